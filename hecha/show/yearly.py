"""Year on year: who got better by their work, who only by the method of scoring.

The verbs of notebooks/yearly.ipynb.  They tell a comparison of hecha.yearly and compute
nothing; every change is in points of the graded figure, a gain positive.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pandas as pd

from hecha.batch.opening import open_case
from hecha.batch.yearly import KEPT_YEARS, compared, last_year_results
from hecha.folders import NoSuchFolder, find_kept
from hecha.report import charts, views
from hecha.report.charts import Figure
from hecha.report.fragments import (
    Column,
    Fragment,
    heading,
    labelled,
    listing,
    notice,
    stack,
    table,
    tiles,
)
from hecha.show.words import listed, score, signed
from hecha.yearly import Years, from_text
from hecha.yearly.comparing import BOTH, KINDS, ONLY_AFTER, ONLY_BEFORE, SHARES, UNDIVIDED

MOST, FIRST = 40, 15
_WORK = ("performance", "method")
_SHARE_NAMES = {"performance": "工作变化", "method": "办法变化", ONLY_BEFORE: "去掉的细项",
                ONLY_AFTER: "新增的细项", UNDIVIDED: "不能分解"}


def open_years(case: str, plan: str, last_year: str) -> Years:
    """The comparison a run kept (a yearly.json), or one made now.

    `last_year` is the folder of last year's run; the case is opened and scored under both
    plans.  Raises NoSuchFolder where there is none.
    """
    if not last_year:
        raise NoSuchFolder("没有写上年的批次（last_year）：写上年 hecha run 的结果文件夹")
    if Path(last_year).name == KEPT_YEARS:
        return from_text(find_kept(last_year, KEPT_YEARS).read_text(encoding="utf-8"))
    return compared(open_case(case, plan), last_year_results(last_year))


def years_bottom_line(years: Years) -> Fragment:
    """How the county changed, and how much of it is work and how much is method."""
    frame = years.compared
    title = f"{years.county}{years.after}年与{years.before}年相比"
    if frame.empty:
        why = "；".join(dict.fromkeys(years.towns["why"]))
        return stack(heading(title), notice(f"没有一个{years.level}两年都有得分，不能比较：{why}。", "stop"))
    mean = {s: views.mean(frame[s]) for s in ("before", "after", "change", *SHARES)}
    shown = [("平均得分", score(mean["after"]),
              f"{years.before}年{score(mean['before'])}，{len(frame)}个{years.level}"),
             ("平均变化", signed(mean["change"]), "分"),
             *((_SHARE_NAMES[s], signed(mean[s]), "分") for s in SHARES
               if s in _WORK or mean[s])]
    return stack(heading(title, "工作变化：记录不同、办法相同；办法变化：记录相同、方案或标准不同"),
                 tiles(shown), listing("结论", _conclusions(years, frame), "lead"))


def _conclusions(years: Years, frame: pd.DataFrame) -> list[Fragment]:
    better = frame[[p > 0 for p in frame["performance"]]]
    worse = frame[[p < 0 for p in frame["performance"]]]
    said = [labelled("工作做得更好的", _named(years, better, -1)),
            labelled("工作退步的", _named(years, worse, 1))]
    only = [f"{r.town_name}（得分{signed(r.change)}，其中工作{signed(r.performance)}）"
            for r in frame.itertuples(index=False) if r.change * r.performance < 0]
    if only:
        said.append(labelled("分数升降与工作相反", f"{listed(only, 5)}。"))
    moved = [f"{r.town_name}（{r.grade_before} → {r.grade_after}）" for r in
             frame.itertuples(index=False) if r.grade_before != r.grade_after]
    said.append(labelled("等次变了", f"{listed(moved)}。"))
    said.append(labelled("老问题", f"{len(years.repeated)}项上年扣过分、今年又扣；"
                                f"{len(years.gone)}项今年没有了。"))
    said.append(labelled("方案", f"两年方案有{len(years.plans)}处不同。" if len(years.plans)
                         else "两年方案相同，没有办法变化。"))
    return said


def _named(years: Years, frame: pd.DataFrame, sign: int) -> str:
    """The towns of a frame with their change in work, the largest first where the plan ranks."""
    rows = list(frame.itertuples(index=False))
    if years.ranked:
        rows.sort(key=lambda r: sign * r.performance)
    names = [f"{r.town_name}{signed(r.performance)}" for r in rows]
    more = "等" if len(names) > 5 else ""
    return f"{len(names)}个，{'、'.join(names[:5])}{more}。" if names else "没有。"


def _change(value: Fraction | None) -> str:
    """A change with its sign; none at all is a bare 0.

    >>> _change(Fraction(0)), _change(Fraction(1, 1000))
    ('0', '+0.00')
    """
    return "0" if value is not None and not value else signed(value)


def years_chart(years: Years) -> Figure | Fragment:
    """Both years' figures of every town, joined."""
    frame = years.compared
    if frame.empty:
        return notice(f"没有两年都有得分的{years.level}，没有图。", "stop")
    if years.ranked:
        frame = frame.assign(rank=[-v for v in frame["after"]]).sort_values("rank", kind="stable")
    up = sum(c > 0 for c in frame["change"])
    gains = sorted(zip(frame["change"], frame["town_name"], strict=True))
    alt = (f"哑铃图：{len(frame)}个{years.level}{years.before}年与{years.after}年的得分，{up}个上升，"
           f"上升最多{gains[-1][1]}{signed(gains[-1][0])}分，最少{gains[0][1]}{signed(gains[0][0])}分")
    return charts.dumbbell(list(frame["town_name"]), list(frame["before"]), list(frame["after"]),
                           labels=(f"{years.before}年", f"{years.after}年"), title="两年得分", alt=alt,
                           caption="空心为上年，实心为今年；包括工作变化和办法变化。")


def years_towns(years: Years) -> Fragment:
    """Every town: both figures, the change and what it is made of, grade and rank."""
    used = [s for s in SHARES if s in _WORK or
            any(v for v in years.compared[s])]
    rows = [{"town": r["town_name"], "before": score(r["before"]), "after": score(r["after"]),
             "change": _change(r["change"]), **{s: _change(r[s]) for s in used},
             "grade": f"{r['grade_before'] or '—'} → {r['grade_after'] or '—'}",
             "rank": f"{r['rank_before'] or '—'} → {r['rank_after'] or '—'}", "why": r["why"]}
            for r in years.towns.to_dict("records")]
    columns = [Column("town", years.level, head=True), Column("before", f"{years.before}年", number=True),
               Column("after", f"{years.after}年", number=True), Column("change", "变化", number=True),
               *(Column(s, _SHARE_NAMES[s], number=True) for s in used),
               Column("grade", "等次", keep=True)]
    if years.ranked:
        columns.append(Column("rank", "名次", keep=True))
    if (years.towns["why"] != "").any():
        columns.append(Column("why", "为什么不比", wide=True))
    frame = pd.DataFrame(rows, columns=[*[c.name for c in columns if c.name != "why"], "why"])
    return table(frame, columns, f"各{years.level}两年得分与变化", note="变化＝其后各列之和，按精确值计算，"
                 "各列分别四舍五入到两位小数。")


def years_indicators(years: Years) -> Fragment:
    """Where the change comes from: indicators, on average per town."""
    return _summed(years, "indicator", "指标")


def years_items(years: Years) -> Fragment:
    """Where the change comes from, item by item: the largest work changes."""
    frame = years.by("name")
    size = [(abs(p), abs(c)) for p, c in zip(frame["performance"], frame["change"], strict=True)]
    order = sorted(range(len(frame)), key=size.__getitem__, reverse=True)[:FIRST]
    return _summed(years, "name", "细项", frame.iloc[order].reset_index(drop=True),
                   f"先列工作变化大的，再列总变化大的，共{FIRST}项。")


def _summed(years: Years, name: str, label: str, frame: pd.DataFrame | None = None,
            note: str = "") -> Fragment:
    found = years.by(name) if frame is None else frame
    found = found.loc[[any(row) for row in found[["change", *SHARES]].itertuples(index=False)]]
    used = [s for s in SHARES if s in _WORK or any(v for v in found[s])]
    rows = [{name: r[name], "change": _change(r["change"]), **{s: _change(r[s]) for s in used}}
            for r in found.to_dict("records")]
    columns = [Column(name, label, head=True, wide=True), Column("change", "变化", number=True),
               *(Column(s, _SHARE_NAMES[s], number=True) for s in used)]
    return table(pd.DataFrame(rows, columns=[c.name for c in columns]), columns,
                 f"各{label}的变化（平均每个{years.level}，分）", note=note)


def years_not_divided(years: Years) -> Fragment:
    """What cannot be divided into work and method, and why."""
    rest = years.parts[years.parts["kind"] != BOTH]
    if rest.empty:
        return notice("每一项两年都有，上年的方案也都能算今年的记录，变化全部分解开了。")
    rows = []
    for (kind, name, why), own in rest.groupby(["kind", "name", "why"], sort=False):
        reason = why or ("今年的方案没有这一项" if kind == ONLY_BEFORE else "上年的方案没有这一项")
        rows.append({"name": name, "kind": KINDS[kind], "towns": own["town"].nunique(),
                     "change": _change(sum(own["change"], Fraction(0)) / len(years.compared)),
                     "why": reason})
    why = set(rest["why"]) if (years.parts["kind"] == UNDIVIDED).all() else set()
    told = notice(f"不能分解：{why.pop()}。", "stop") if len(why) == 1 else None
    return stack(told, table(pd.DataFrame(rows, columns=["name", "kind", "towns", "change", "why"]), [
        Column("name", "细项", head=True, wide=True), Column("kind", "怎样", keep=True),
        Column("towns", f"涉及{years.level}", number=True), Column("change", "平均变化", number=True),
        Column("why", "为什么", wide=True)], "不能分成工作和办法的", stacked=True,
        note="只在一年里有的细项，分数变化既不算工作进步，也不算退步。"))


def years_repeated(years: Years) -> Fragment:
    """What lost points in both years: the same unit, the same item."""
    frame = years.repeated
    order = sorted(range(len(frame)), key=lambda i: -frame["after"].iloc[i])[:MOST]
    rows = [{"town": r["town_name"], "unit": views.short_name(r["unit_name"]), "name": r["name"],
             "before": score(r["before"]), "after": score(r["after"])}
            for r in (frame.iloc[i] for i in order)]
    more = f"这里列今年扣分最多的{MOST}项，共{len(frame)}项。" if len(frame) > MOST else ""
    return table(pd.DataFrame(rows, columns=["town", "unit", "name", "before", "after"]), [
        Column("town", years.level, head=True, keep=True), Column("unit", "问题所在", keep=True),
        Column("name", "细项", wide=True), Column("before", f"{years.before}年扣分", number=True),
        Column("after", f"{years.after}年扣分", number=True)],
        f"两年都扣分的（{len(frame)}项）", note=f"扣分是在各自的表里的分。{more}", stacked=True)


def years_plans(years: Years) -> Fragment:
    """What differs between the two plans: the whole of the method."""
    frame = years.plans
    if frame.empty:
        return notice("两年的方案没有不同。")
    return table(frame.head(MOST), [
        Column("变化", "变化"), Column("部分", "部分", keep=True), Column("名称", "名称", head=True),
        Column("位置", "位置"), Column("前一方案", f"{years.before}年", wide=True),
        Column("后一方案", f"{years.after}年", wide=True)], f"两年方案的不同（{len(frame)}处）",
        note=f"这里列前{MOST}处。" if len(frame) > MOST else "", stacked=True)


def years_doubts(years: Years) -> Fragment:
    """What this comparison cannot tell."""
    lines = [
        "分解的办法：用上年的方案把今年的记录再算一遍，它减上年得分是工作变化，今年得分减它是办法变化。"
        "倒过来（用今年的方案算上年的记录）要有上年的原始记录，批次结果里没有，两种算法的数会略有不同。",
        "抽查的村、户两年不同，抽查得分的变化里有抽样的偶然，几分之差不足以断定工作变好变差。",
        "核查组也换了人，宽严不同看不出来，都算在工作变化里。",
        "上级结果、弄虚作假、扣罚等人工认定的，按认定那一年的记录计入工作变化。",
    ]
    if years.unseen:
        lines.append(f"上年扣过分的有{years.unseen}项今年没有查到（村没有再抽中，或细项没有了），不知道改了没有。")
    left = years.towns[years.towns["why"] != ""]
    if len(left):
        lines.append(f"没有比的：{listed(f'{r.town_name}（{r.why}）' for r in left.itertuples())}。")
    return listing("把握", lines)


__all__ = ["open_years", "years_bottom_line", "years_chart", "years_doubts", "years_indicators",
           "years_items", "years_not_divided", "years_plans", "years_repeated", "years_towns"]
