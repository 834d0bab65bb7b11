"""Rectification: what is still open, who is late, what came back from last year.

The verbs of notebooks/rectification.ipynb.  The day that decides what is late is given, else
the plan's 整改台账统计日; the clock is never asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pandas as pd

from hecha.batch.opening import open_case
from hecha.batch.rectifying import KEPT_REGISTER, register_now
from hecha.batch.yearly import last_year_results
from hecha.folders import find_kept
from hecha.problems import HechaError
from hecha.rectification import Register, from_text
from hecha.rectification.states import CHAIN, CLOSED, WAITING
from hecha.report import charts, views
from hecha.report.charts import Figure
from hecha.report.fragments import (
    Column,
    Fragment,
    badge,
    heading,
    labelled,
    listing,
    notice,
    stack,
    table,
    tiles,
)
from hecha.scoring import Results, snapshot
from hecha.show.opening import KEPT
from hecha.show.words import listed, percent

MOST = 40
"""rows of a list on the page; all of them are in tables/rectification.csv"""
_STATES = {CHAIN[0]: "stop", CHAIN[1]: "doubt", WAITING: "", CLOSED: "g1"}


@dataclass(frozen=True)
class Rectifying:
    """A county's results and its register of rectification."""

    results: Results
    register: Register


class WrongDay(HechaError):
    """The day given is none."""


def open_rectification(case: str, plan: str, results: str = "", last_year: str = "") -> Rectifying:
    """The register a run kept (`results`), or the case's as it stands now.

    With `last_year`, the folder of last year's run, the case is opened and every item is held
    against that run's losses.
    """
    if results and not last_year:
        file = find_kept(results, KEPT)
        kept = file.with_name(KEPT_REGISTER)
        if kept.is_file():
            return Rectifying(snapshot.load(file), from_text(kept.read_text(encoding="utf-8")))
    opened = open_case(case, plan)
    before = last_year_results(last_year) if last_year else None
    return Rectifying(opened.results, register_now(opened, before))


def _day(opened: Rectifying, as_of: str) -> date | None:
    if not as_of:
        return opened.results.plan.day("ledger_as_of")
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise WrongDay(f"统计日“{as_of}”不对，应如 2024-02-29") from None


def _asked_of(opened: Rectifying) -> str:
    return views.unit_name(opened.results.plan)


def rectification_bottom_line(opened: Rectifying, as_of: str) -> Fragment:
    """How much is closed, what is late, who has most left, what follows (九)."""
    results, register, day = opened.results, opened.register, _day(opened, as_of)
    title = f"{views.county_name(results)}{results.plan.plan.year}年整改进度"
    below = f"统计到{day.isoformat()}" if day else "没有给统计日，不判断逾期"
    live = register.live
    if live.empty:
        return stack(heading(title, below), notice("没有要整改的事项。"))
    counts = {s: int((live["state"] == s).sum()) for s in CHAIN}
    late = len(register.overdue(day)) if day else None
    shown = [("整改事项", f"{len(live)}项", ""), *((s, f"{n}项", "") for s, n in counts.items()),
             ("逾期", "—" if late is None else f"{late}项", "过了时限没有销号")]
    return stack(heading(title, below), tiles(shown),
                 listing("结论", _conclusions(opened, day, counts), "lead"))


def _conclusions(opened: Rectifying, day: date | None, counts: dict[str, int]) -> list[Fragment]:
    register, live = opened.register, opened.register.live
    progress = register.progress(day)
    said = [labelled("进度", f"{len(live)}项中销号{counts[CLOSED]}项，占"
                             f"{percent(views.mean(_closed(live)))}；还有"
                             f"{len(live) - counts[CLOSED]}项没有销号，其中{counts[WAITING]}项等待复核。")]
    done = progress[progress["closed"] == 1]["town_name"]
    if len(done):
        said.append(labelled("已全部销号", f"{listed(done)}。"))
    if day:
        late = progress[progress["overdue"] > 0].sort_values("overdue", ascending=False,
                                                            kind="stable")
        names = [f"{r.town_name}（{r.overdue}项）" for r in late.itertuples(index=False)]
        said.append(labelled("逾期最多", f"{listed(names, 3)}。") if names else
                    labelled("逾期", "没有逾期的事项。"))
        said.append(_what_follows(opened, bool(names)))
    if register.compared:
        said.append(labelled("上年也有", f"{len(register.repeated())}项上年（{register.compared}）也扣过分，"
                                       "是没有改掉的老问题。"))
    undated = int(progress["undated"].sum())
    if undated:
        said.append(labelled("没有时限", f"{undated}项没有时限，没有交办的先交办（hecha rectify issue）。"))
    return said


def _closed(live: pd.DataFrame) -> list[Fraction]:
    return [Fraction(int(s == CLOSED)) for s in live["state"]]


def _what_follows(opened: Rectifying, late: bool) -> Fragment:
    """What the plan says of a passed term, or that it says nothing."""
    rule = opened.results.plan.rectification
    if rule is None or not rule.overdue:
        return labelled("逾期的后果", "方案没有规定，只列示。")
    said = f"{rule.overdue}（条款{rule.clause}，{rule.basis_name}，读法{'、'.join(rule.reading)}）"
    return labelled("逾期的后果", f"{said}；不扣分、不改等次。" if late else f"{said}；目前没有。")


def rectification_chart(opened: Rectifying) -> Figure | Fragment:
    """The share closed, town by town, the best first."""
    progress = opened.register.progress(None)
    if progress.empty:
        return notice("没有要整改的事项，没有图。")
    order = progress.assign(rank=[-c for c in progress["closed"]]).sort_values("rank", kind="stable")
    names, values = list(order["town_name"]), [c * 100 for c in order["closed"]]
    best, worst = percent(order["closed"].iloc[0]), percent(order["closed"].iloc[-1])
    alt = (f"柱状图：{len(names)}个{_asked_of(opened)}的销号率，最高{names[0]}{best}，"
           f"最低{names[-1]}{worst}")
    return charts.ranked_bars(names, values, [], title="销号率（%）", alt=alt, value_name="销号率（%）",
                              caption="销号的项数占全部整改事项的百分比。")


def rectification_progress(opened: Rectifying, as_of: str) -> Fragment:
    """Every town: how many items, in which state, how many late, how many from last year."""
    register, day = opened.register, _day(opened, as_of)
    frame = register.progress(day)
    shown = frame.assign(closed=frame["closed"].map(percent),
                         overdue=["—" if n is None else n for n in frame["overdue"]])
    columns = [Column("town_name", _asked_of(opened), head=True), Column("count", "事项", number=True),
               *(Column(s, s, number=True) for s in CHAIN),
               Column("closed", "销号率", number=True), Column("overdue", "逾期", number=True)]
    if register.compared:
        columns.append(Column("repeated", "上年也有", number=True))
    if frame["undated"].sum():
        columns.append(Column("undated", "没有时限", number=True))
    return table(shown, columns, f"各{_asked_of(opened)}整改进度",
                 total=_totals(register, columns, frame))


def _totals(register: Register, columns: list[Column], frame: pd.DataFrame) -> list[str]:
    closed = views.mean(_closed(register.live))
    sums = {c.name: frame[c.name].sum() for c in columns[1:] if c.name not in ("closed", "overdue")}
    late = [n for n in frame["overdue"] if n is not None]
    told = {**{k: str(v) for k, v in sums.items()},
            "closed": percent(closed) if closed is not None else "—",
            "overdue": str(sum(late)) if len(late) == len(frame) else "—"}
    return ["合计", *(told[c.name] for c in columns[1:])]


def rectification_overdue(opened: Rectifying, as_of: str) -> Fragment:
    """Every item whose term has passed, the longest first, with who answers for it."""
    day = _day(opened, as_of)
    if day is None:
        return notice("没有给统计日（as_of），方案和参数表也没有，不判断逾期。", "doubt")
    late = opened.register.overdue(day)
    late = late.sort_values("late", ascending=False, kind="stable", ignore_index=True)
    columns = [*_item_columns(opened), Column("due", "时限", keep=True),
               Column("late", "逾期天数", number=True), Column("state", "状态")]
    return _items(late, columns, f"逾期的事项（{len(late)}项）")


def rectification_repeated(opened: Rectifying) -> Fragment:
    """What lost points last year too: the same unit, the same item."""
    register = opened.register
    if not register.compared:
        return notice("没有上年的批次可比（运行时加 --last-year 上年批次），看不出哪些是老问题。", "doubt")
    again = register.repeated()
    columns = [*_item_columns(opened), Column("due", "时限", keep=True), Column("state", "状态")]
    return _items(again, columns, f"上年（{register.compared}）也扣过分的（{len(again)}项）",
                  "同一单位、同一细项。上年没有抽到的村，看不出是不是老问题。")


def rectification_by_indicator(opened: Rectifying) -> Fragment:
    """Which items are open most often."""
    live = opened.register.live
    rows = []
    for name, own in live.groupby("indicator", sort=False):
        left = own[own["state"] != CLOSED]
        rows.append({"indicator": name, "count": len(own), "left": len(left),
                     "towns": left["town"].nunique(), "_": -len(left)})
    frame = pd.DataFrame(rows, columns=["indicator", "count", "left", "towns", "_"])
    frame = frame.sort_values("_", kind="stable", ignore_index=True)
    return table(frame, [Column("indicator", "细项", head=True, wide=True),
                         Column("count", "事项", number=True), Column("left", "没有销号", number=True),
                         Column("towns", f"涉及{_asked_of(opened)}", number=True)], "各细项还剩多少")


def rectification_left(opened: Rectifying) -> Fragment:
    """What is not closed, the earliest term first."""
    left = opened.register.left()
    columns = [*_item_columns(opened), Column("measure", "整改措施", wide=True),
               Column("due", "时限", keep=True), Column("state", "状态")]
    return _items(left, columns, f"没有销号的事项（{len(left)}项）")


def _item_columns(opened: Rectifying) -> list[Column]:
    return [Column("town_name", _asked_of(opened), head=True, keep=True), Column("unit_name", "单位", keep=True),
            Column("problem", "问题", wide=True), Column("responsible", "责任单位", keep=True),
            Column("person", "责任人", keep=True)]


def _items(frame: pd.DataFrame, columns: list[Column], caption: str, note: str = "") -> Fragment:
    kept = frame.head(MOST)
    if len(frame) > MOST:
        note = f"{note}这里列前{MOST}项，全部{len(frame)}项见 tables/rectification.csv。"
    shown = kept.assign(state=[badge(s, _STATES[s]) for s in kept["state"]],
                        due=[d or "未定" for d in kept["due"]],
                        unit_name=[views.short_name(n) for n in kept["unit_name"]],
                        responsible=[views.short_name(n) for n in kept["responsible"]])
    return table(shown, columns, caption, note=note, stacked=True)


def rectification_doubts(opened: Rectifying, as_of: str) -> Fragment:
    """What these figures do not show."""
    register, plan = opened.register, opened.results.plan
    day, rule, lines = _day(opened, as_of), plan.rectification, []
    lines.append("佐证只核对有没有写，写的是不是真的，要到现场看；销号是否属实，由复核人负责。")
    handed = int((register.live["origin"] == "handed").sum())
    if handed:
        lines.append(f"{handed}项来自卷宗里的整改台账，以前各步在何时、由谁办理，没有记录，按交来时的状态登记。")
    if day:
        lines.append(f"逾期按{day.isoformat()}判断，状态是登记簿现在的；这一天以后才销号的，不再算逾期。")
    gone = register.items[register.items["withdrawn"] != ""]
    if len(gone):
        lines.append(f"{len(gone)}项已撤销（重新计分后没有这一项扣分），不在统计之内，填过的内容仍在登记簿里。")
    if rule is not None:
        lines.append(f"时限自交办之日起{rule.term_days}天，条款{rule.clause}，{rule.basis_name}，"
                     f"读法{'、'.join(rule.reading)}。")
    else:
        lines.append("方案没有规定整改时限，只有卷宗台账上写了的才判断逾期。")
    if not register.compared:
        lines.append("没有与上年对比，不知道哪些是老问题。")
    return listing("把握", lines)


__all__ = ["Rectifying", "open_rectification", "rectification_bottom_line",
           "rectification_by_indicator", "rectification_chart", "rectification_doubts",
           "rectification_left", "rectification_overdue", "rectification_progress",
           "rectification_repeated"]
