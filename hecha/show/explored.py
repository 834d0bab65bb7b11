"""Explored (试算所见): what a state of the choices gives, always beside the official result.

Each function takes a trial and tells one thing of it: the ranking, a town's way from full
marks to its figure, an indicator down to the last visited household, what the next grade
would take.  Nothing is computed here that is not in the trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pandas as pd

from hecha.analysis.exploring import Lost, Takes
from hecha.plan import Item, Plan
from hecha.points import Exact, plain, publish
from hecha.report import views
from hecha.report.fragments import (
    Column,
    Fragment,
    badge,
    labelled,
    listing,
    notice,
    render,
    stack,
    table,
)
from hecha.scoring import results
from hecha.scoring.composite import TownResult
from hecha.scoring.counting import measure_column
from hecha.scoring.results import Results
from hecha.scoring.sheets import SheetScore
from hecha.scoring.trials import Trial, by_standing
from hecha.show.words import grade_badge, places, score, signed

NOT_A_PROMISE = "这是按现有记录倒推的算术，不是承诺：事情做没做到，要到现场核查。"


def explored_summary(official: Trial, trial: Trial) -> Fragment:
    """In a line: whether anything differs from the official result, and what."""
    pairs = list(zip(official.towns, trial.towns, strict=True))
    grades = [now.name for was, now in pairs if was.grade != now.grade]
    ranks = [now.name for was, now in pairs if was.rank != now.rank]
    scores = [now.name for was, now in pairs
              if _figure(official, was) != _figure(trial, now)]
    level = views.unit_name(trial.plan)
    if not scores and not ranks and not grades:
        return notice("试算与正式结果相同。")
    moved = f"{len(ranks)}个名次变化，" if trial.plan.grades.ranked else ""
    said = f"试算：{len(grades)}个{level}等次变化，{moved}{len(scores)}个得分变化。"
    more = f"等次变化的：{'、'.join(grades)}。" if grades else ""
    return notice(f"{said}{more}正式结果不受影响。", "doubt")


def _figure(trial: Trial, town: TownResult) -> Exact | None:
    value = town.figures[trial.plan.grades.of]
    return None if value is None else publish(value)


def explored_ranking(official: Trial, trial: Trial, marked: str = "") -> Fragment:
    """Every town as tried, in its new order, with the official figures beside it."""
    was = {t.town: t for t in official.towns}
    of = trial.plan.figure[trial.plan.grades.of]
    rows = [{"rank": town.rank or "—", "town": town.name, "score": score(town.figures[of.id]),
             "grade": grade_badge(trial.plan, town.grade), "rank_was": was[town.town].rank or "—",
             "score_was": score(was[town.town].figures[official.plan.grades.of]),
             "grade_was": was[town.town].grade or "—",
             "change": _change(was[town.town], town)}
            for town in by_standing(trial.towns, of.id)]
    columns = [Column("rank", "名次", number=True), Column("town", views.unit_name(trial.plan), head=True),
               Column("score", of.name, number=True), Column("grade", "等次"),
               Column("rank_was", "正式名次", number=True),
               Column("score_was", "正式得分", number=True), Column("grade_was", "正式等次"),
               Column("change", "变化", keep=True)]
    frame = pd.DataFrame(rows, columns=[c.name for c in columns], dtype=object)
    if not trial.plan.grades.ranked:
        columns = [c for c in columns if not c.name.startswith("rank")]
    what = "名次与等次" if trial.plan.grades.ranked else "等次"
    return table(frame, columns, f"试算的{what}，正式结果在右", marked=[marked])


def _change(was: TownResult, now: TownResult) -> Fragment | str:
    said = f"等次{was.grade}→{now.grade}" if was.grade != now.grade else ""
    if was.rank and now.rank and was.rank != now.rank:
        up = "升" if now.rank < was.rank else "降"
        said += ("，" if said else "") + f"{up}{abs(now.rank - was.rank)}位"
    return badge(said, "doubt") if said else ""


def of_one_town(trial: Trial, code: str) -> Results:
    """The results of one town of a trial, as the tellers of a town read them."""
    units, plan = trial.ground.units, trial.plan
    own = {code, *units.drawn.get(code, ())}
    sheets = [s for (_, unit), s in trial.sheets.items() if unit in own]
    nothing = pd.DataFrame()
    return Results(
        plan=plan, units=units, towns=results.towns_frame(plan, [trial.town(code)]),
        sheets=results.sheets_frame(units, sheets),
        items=results.items_frame(plan, units, [i for s in sheets for i in s.items]),
        ledger=results.ledger_frame(plan, units, [r for s in sheets for r in s.rows]),
        missing=nothing, income_turns=nothing, listed=nothing, self_scores=nothing,
        problems=trial.ground.problems, partial=True)


def explored_waterfall(trial: Trial, code: str) -> Fragment:
    """From full marks down to the town's figure, an indicator a row."""
    town, of = trial.town(code), views.graded(trial.plan)
    if town.figures[of.id] is None:
        return notice(f"{town.name}没有得分。", "stop")
    told = of_one_town(trial, code)
    full = views.full_marks(told, code)
    steps = list(views.summed(views.losses(told), ["indicator"]).itertuples(index=False, name=None))
    return render("steps.html", caption=f"{town.name}：从满分{plain(full)}分到{of.name}"
                  f"{score(town.figures[of.id])}分", heads=("指标", "分"),
                  rows=_bars(full, steps, of.name),
                  note="各行是该项指标在总分里的失分，已按权重折算。")


def _bars(full: Fraction, steps: Sequence[tuple[str, Fraction]], last: str) -> list[tuple]:
    """(name, figure, left %, width %, kind) of every row."""
    top = max(full, full - min((p for _, p in steps), default=Fraction(0)), Fraction(1))

    def share(value: Fraction) -> str:
        return f"{float(value / top * 100):.2f}"

    rows, at = [("满分", score(full), "0", share(full), "whole")], full
    for name, points in steps:
        left = min(at, at - points)
        rows.append((name, signed(-points), share(left), share(abs(points)),
                     "loss" if points > 0 else "gain"))
        at -= points
    return [*rows, (last, score(at), "0", share(max(at, Fraction(0))), "whole")]


def explored_items(trial: Trial, code: str, indicator: str, rescaled: bool = False) -> Fragment:
    """The items of an indicator on every sheet of the town: points, why, and where it stands.

    `indicator` is a heading's code.
    """
    rows = []
    for done in _sheets(trial, code):
        for one in (i for i in done.items if i.item.group == indicator):
            rows.append({
                "unit": _unit(trial, done), "item": one.item.name, "full": plain(one.item.points),
                "score": "缺项" if one.state == "na" else score(one.score),
                "why": "；".join(r.part.sentence for r in one.rows) or one.reason or "没有失分",
                "where": places("；".join(dict.fromkeys(e for r in one.rows for e in r.evidence)))})
    note = "“怎样扣的”里的单价是原方案的，分值和得分已按试算。" if rescaled else ""
    return table(pd.DataFrame(rows, columns=["unit", "item", "full", "score", "why", "where"]), [
        Column("unit", "表", keep=True), Column("item", "细项", head=True, wide=True),
        Column("full", "满分", number=True), Column("score", "得分", number=True),
        Column("why", "怎样扣的", wide=True), Column("where", "证据所在", wide=True)],
        f"{trial.town(code).name}：{views.bare(trial.plan.group[indicator].name)}", note=note)


def _sheets(trial: Trial, code: str) -> list[SheetScore]:
    units = {code, *trial.ground.units.drawn.get(code, ())}
    return [s for (_, unit), s in trial.sheets.items() if unit in units]


def _unit(trial: Trial, done: SheetScore) -> str:
    plan = trial.plan
    name = plan.sheet[done.sheet].name
    sampled = plan.level[plan.sheet[done.sheet].level].sampled
    return views.short_name(trial.ground.units.names.get(done.unit, done.unit)) if sampled else name


def explored_households(trial: Trial, code: str, indicator: str) -> Fragment | None:
    """Every visited household of the town and what of it an indicator counted; no number, no name.

    None where the indicator counts no households.
    """
    items = [i for i in trial.plan.items if i.group == indicator and i.derived]
    visited = trial.ground.visited.get(code)
    if not items or visited is None:
        return None
    rows, names = [], trial.ground.units.names
    for village, own in visited.groupby("village", sort=True):
        for order, row in enumerate(own.sort_values("row").to_dict("records"), 1):
            counted = _counted(items, row, trial.plan)
            rows.append({"village": views.short_name(names.get(village, str(village))),
                         "order": f"第{order}户", "said": counted or "没有记到",
                         "where": places(str(row["place"]))})
    return table(pd.DataFrame(rows, columns=["village", "order", "said", "where"]), [
        Column("village", views.sampled_name(trial.plan)), Column("order", "户", head=True),
        Column("said", "记到的", wide=True), Column("where", "所在", wide=True)],
        f"逐户：{len(rows)}户", note="不列户编号和姓名；要看是谁，按“所在”查有权限的原表。")


def _counted(items: Sequence[Item], row: dict, plan: Plan) -> str:
    """What the items count of a household: `label 2`, zeros and «every household» left out."""
    found: dict[str, str] = {}
    for item in items:
        for measure, count in item.derived.items():
            many = int(row.get(measure_column(item.code, measure)) or 0)
            if many and count.expression != "true":
                found.setdefault(item.label(measure), f"{item.label(measure)} {many}")
    return "；".join(found.values())


def explored_takes(trial: Trial, takes: Takes) -> Fragment:
    """What would lift the town to the next grade: fewest items, fewest points, checked."""
    town = takes.town
    if takes.why_not:
        ahead = f"升到“{takes.next}”：" if takes.next else ""
        return notice(f"{town.name}：{ahead}{takes.why_not}。")
    of = views.graded(trial.plan)
    lines = [labelled("项数最少", _set(trial, takes.fewest, takes.reached)),
             labelled("分数最少", _set(trial, takes.cheapest, takes.reached_cheaply))]
    gap = f"{of.name}还差{plain(publish(takes.gap)) if takes.gap >= Fraction(1, 200) else '不到0.01'}分"
    return stack(listing(f"{town.name}升到“{takes.next}”：{gap}", lines),
                 notice(NOT_A_PROMISE, "doubt"))


def _set(trial: Trial, chosen: Sequence[Lost], reached: TownResult | None) -> str:
    """The items of a set with the points to make good, and what the town would then have."""
    named = "、".join(f"{_where(trial, one)}{one.name}（补{plain(publish(one.points))}分）" for one in chosen)
    value = reached.figures[trial.plan.grades.of] if reached else None
    whole = plain(publish(sum((o.points for o in chosen), Fraction(0))))
    after = f"，重算为{score(value)}分，{reached.grade}" if reached else ""
    return f"{len(chosen)}项，共补{whole}分{after}：{named}"


def _where(trial: Trial, one: Lost) -> str:
    sheet, unit, _ = one.place
    sampled = trial.plan.level[trial.plan.sheet[sheet].level].sampled
    return f"{views.short_name(trial.ground.units.names.get(unit, unit))}·" if sampled else ""


__all__ = ["NOT_A_PROMISE", "explored_households", "explored_items", "explored_ranking",
           "explored_summary", "explored_takes", "explored_waterfall", "of_one_town"]
