"""What a scoring gives: frames with exact values, for tables, charts and reports.

Every frame is small and tidy; scores are Fractions, never floats.  Whoever tells the
result reads these frames and computes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import pandas as pd

from hecha.plan import Plan
from hecha.plan.messages import nearest
from hecha.problems import HechaError, Problems
from hecha.scoring.composite import DONE, TownResult
from hecha.scoring.items import ItemScore
from hecha.scoring.rows import TYPE_NAMES, Row
from hecha.scoring.sheets import SheetScore
from hecha.scoring.units import Units

COUNTERPARTS = ["name", "kind", "villages", "helped", "scored", "mean"]


class NoSuchTown(HechaError):
    """The town asked for is not among the checked towns."""


@dataclass(frozen=True)
class Results:
    """A scored case.

    * `towns`: town, town_name, one column per figure (Fraction or None), grade columns
      (`grade:<figure>`), grade, uncapped, rank, state, near, problem, cap (the lowest grade it
      is capped at), caps, action, action_note, notes, visited
    * `sheets`: sheet, unit, unit_name, town, applicable, earned, before, na_points, sentence,
      flagged, score, external, missing
    * `items`: sheet, unit, town, item, name, dimension, indicator, points, score, state, reason
    * `ledger`: sheet, unit, town, item, item_name, type, measure, count, price, points, sentence,
      clause, basis, reading, evidence
    * `missing`: town, town_name, what
    * `income_turns`: town, village, village_name, place, members, f1, f2 (household totals in
      fen), turns (what the pass turns on)
    * `listed`: what, unit, reason, place of facts that move no score (attendance of villages not
      drawn, results not used)
    * `self_scores`: as handed in
    * `others`: in a part of the results (hecha.scoring.parts), the states of the towns left out
    * `counterparts`: name, kind, villages (names), drawn, scored, mean of 帮扶单位, for reference
    * `mark`: what every page must carry until publication is allowed (R-20), or nothing
    """

    plan: Plan
    units: Units
    towns: pd.DataFrame
    sheets: pd.DataFrame
    items: pd.DataFrame
    ledger: pd.DataFrame
    missing: pd.DataFrame
    income_turns: pd.DataFrame
    listed: pd.DataFrame
    self_scores: pd.DataFrame
    problems: Problems
    partial: bool = False
    mark: str = ""
    others: tuple[str, ...] = ()
    counterparts: pd.DataFrame = field(default_factory=lambda: _frame([], COUNTERPARTS))

    @property
    def final(self) -> bool:
        """Whether every town is done: only then are ranks and grades more than provisional."""
        return (not self.partial and len(self.towns) > 0
                and bool((self.towns["state"] == DONE).all())
                and all(state == DONE for state in self.others))

    def town_code(self, asked: object) -> str:
        """The code of a town given as code or name; NoSuchTown names the nearest."""
        return find_town(self.units, asked, graded_level(self.plan))


def find_town(units: Units, asked: object, level: str = "镇") -> str:
    """The code of a town given as code or name; NoSuchTown names the nearest."""
    text = str(asked).strip()
    names = {name: code for code, name in units.towns.items()}
    if text in units.towns or text in names:
        return names.get(text, text)
    raise NoSuchTown(f"没有“{text}”这个{level}。{nearest(text, [*units.towns, *names])}"
                     f"可用：{'、'.join(f'{c} {n}' for c, n in units.towns.items())}")


def graded_level(plan: Plan) -> str:
    """The Chinese name of the level that is graded (镇)."""
    sheet = next(f.sheet for f in plan.figures if f.sheet)
    return plan.level[plan.sheet[sheet].level].name


def graded_figures(plan: Plan) -> list[str]:
    """The figures that have a grade of their own, the deciding one last."""
    return [*(name for name in plan.grades.also if name != plan.grades.of), plan.grades.of]


def towns_frame(plan: Plan, results: Sequence[TownResult]) -> pd.DataFrame:
    """One row a town, in code order."""
    rows, bands = [], [band.name for band in plan.grades.bands]
    for r in results:
        rows.append({
            "town": r.town, "town_name": r.name, **r.figures,
            **{f"grade:{name}": r.grade_of.get(name, "") for name in
               graded_figures(plan)},
            "grade": r.grade, "uncapped": r.uncapped, "rank": r.rank, "state": r.state,
            "near": r.near, "problem": r.problem,
            "cap": max((c.grade for c in r.caps), key=bands.index, default=""),
            "caps": "；".join(f"至多“{c.grade}”：{c.reason}" for c in r.caps),
            "action": r.consequence.action if r.consequence else "",
            "action_note": r.consequence.note if r.consequence else "",
            "notes": "；".join(r.notes), "visited": r.visited,
        })
    columns = ["town", "town_name", *(f.id for f in plan.figures),
               *(f"grade:{n}" for n in graded_figures(plan)), "grade", "uncapped",
               "rank", "state", "near", "problem", "cap", "caps", "action", "action_note", "notes",
               "visited"]
    return _frame(rows, columns)


def sheets_frame(units: Units, sheets: Sequence[SheetScore]) -> pd.DataFrame:
    """One row a sheet of a unit."""
    rows = [{
        "sheet": s.sheet, "unit": s.unit, "unit_name": units.names.get(s.unit, s.unit),
        "town": units.town_of(s.unit), "applicable": s.applicable, "earned": s.earned,
        "before": s.before, "na_points": s.na_points, "sentence": s.sentence,
        "flagged": s.flagged, "score": s.score,
        "external": f"{s.external.level} {s.external.document}" if s.external else "",
        "missing": "；".join(s.missing),
    } for s in sheets]
    return _frame(rows, ["sheet", "unit", "unit_name", "town", "applicable", "earned", "before",
                         "na_points", "sentence", "flagged", "score", "external", "missing"])


def items_frame(plan: Plan, units: Units, items: Sequence[ItemScore]) -> pd.DataFrame:
    """One row an item of a unit, in catalogue order; score before 缺项折算."""
    rows = []
    for one in items:
        heads = plan.headings(one.item)
        rows.append({
            "sheet": one.sheet, "unit": one.unit, "town": units.town_of(one.unit),
            "item": one.item.code, "name": one.item.name, "dimension": heads[0],
            "indicator": heads[-1], "points": one.item.points,
            "score": one.score if one.state == "scored" else None, "state": one.state,
            "reason": one.reason,
        })
    return _frame(rows, ["sheet", "unit", "town", "item", "name", "dimension", "indicator",
                         "points", "score", "state", "reason"])


def ledger_frame(plan: Plan, units: Units, rows: Sequence[Row]) -> pd.DataFrame:
    """The ledger: one row per point lost or gained."""
    made = [{
        "sheet": r.sheet, "unit": r.unit, "town": units.town_of(r.unit), "item": r.item,
        "item_name": plan.item[(r.sheet, r.item)].name if r.item else "",
        "type": r.part.type, "type_name": TYPE_NAMES[r.part.type], "measure": r.part.measure,
        "count": r.part.count, "price": r.part.price, "points": r.points,
        "sentence": r.part.sentence, "clause": r.clause, "basis": r.basis,
        "reading": "、".join(r.reading), "evidence": "；".join(r.evidence),
    } for r in rows]
    return _frame(made, ["sheet", "unit", "town", "item", "item_name", "type", "type_name",
                         "measure", "count", "price", "points", "sentence", "clause", "basis",
                         "reading", "evidence"])


def counterparts_frame(plan: Plan, units: Units, helped: pd.DataFrame,
                       sheets: Sequence[SheetScore]) -> pd.DataFrame:
    """帮扶单位 with the mean of the drawn villages they help (A-30): a reference, never a grade.

    Empty unless the plan asks for it. A unit none of whose villages was drawn, or one of whose
    drawn villages has no score, has no mean.
    """
    if plan.counterparts is None or not plan.counterparts.reference:
        return _frame([], COUNTERPARTS)
    sampled = {s.unit: s.score for s in sheets if plan.level[plan.sheet[s.sheet].level].sampled}
    rows = []
    for (kind, name), part in helped.groupby(["kind", "name"], sort=True):
        own = [v for v in part["village"] if v in sampled]
        scores = [sampled[v] for v in own]
        whole = bool(scores) and None not in scores
        rows.append({"name": name, "kind": kind, "villages": "、".join(
            units.names.get(v, v) for v in own), "helped": len(part), "scored": len(own),
            "mean": sum(scores, Fraction(0)) / len(scores) if whole else None})
    return _frame(rows, COUNTERPARTS)


def _frame(rows: list[dict], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns, dtype=object)
