"""From sheets to a town's figures, grade, rank and what follows.

年终成效 and 综合评价 are weightings of the plan's figures, exact to the end; what is
published is rounded once, and the published figure is graded and ranked (A-03).  A
town that misses anything has no figure, no grade and no rank: it is 未完成.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from hecha.plan import Plan
from hecha.plan.model import Consequence, Figure
from hecha.points import publish
from hecha.scoring.sheets import SheetScore
from hecha.scoring.units import Units

DONE, UNCONFIRMED, UNFINISHED = "完成", "待确认", "未完成"


@dataclass(frozen=True)
class Cap:
    """A limit on a town's grade and why it stands."""

    grade: str
    reason: str


@dataclass
class TownResult:
    """A town's figures (exact), grade and rank.

    `figures`: figure id → exact value, None where it does not apply or is missing;
    `grade_of`: the grade of each graded figure; `uncapped`: the grade before caps.
    """

    town: str
    name: str
    figures: dict[str, Fraction | None]
    missing: tuple[str, ...]
    state: str = DONE
    grade_of: dict[str, str] = field(default_factory=dict)
    grade: str = ""
    uncapped: str = ""
    caps: tuple[Cap, ...] = ()
    rank: int | None = None
    near: str = ""
    problem: bool = False
    consequence: Consequence | None = None
    notes: tuple[str, ...] = ()
    visited: int = 0


def figures_of(plan: Plan, town: str, units: Units,
               sheets: Mapping[tuple[str, str], SheetScore]
               ) -> tuple[dict[str, Fraction | None], list[str]]:
    """The figures of a town in the plan's order, and what is missing for them."""
    found: dict[str, Fraction | None] = {}
    missing: list[str] = []
    for figure in plan.figures:
        if figure.sheet and source_absent(figure, sheets[(figure.sheet, town)]):
            found[figure.id] = Fraction(0) if figure.if_empty == "zero" else None
        elif figure.sheet:
            found[figure.id] = _sheet_figure(plan, figure.sheet, town, sheets, units, missing)
        elif figure.mean_of:
            found[figure.id] = _mean(plan, figure, town, units, sheets, missing)
        else:
            found[figure.id] = _weighted(figure, found, bool(missing))
    if missing:
        found = dict.fromkeys(found, None)
    return found, missing


def source_absent(figure: Figure, done: SheetScore) -> bool:
    """Whether a whole source did not take place, where the plan lets the rest stand for it."""
    return (figure.if_empty != "block" and done.score is None
            and all(one.state == "missing" for one in done.items))


def _sheet_figure(plan: Plan, sheet: str, unit: str, sheets: Mapping, units: Units,
                  missing: list[str]) -> Fraction | None:
    done = sheets[(sheet, unit)]
    if done.score is None:
        where = "" if unit in units.towns else f"{units.names.get(unit, unit)}："
        missing += [f"{plan.sheet[sheet].name} {where}{what}" for what in done.missing or ("没有得分",)]
    return done.score


def _mean(plan: Plan, figure: Figure, town: str, units: Units, sheets: Mapping,
          missing: list[str]) -> Fraction | None:
    """The simple mean of the sampled units (A-23); none eligible: as the plan says (A-16)."""
    drawn = units.drawn.get(town, ())
    if not drawn:
        if units.eligible[town]:
            missing.append(f"{plan.sheet[figure.mean_of].name}：没有抽样结果")
        return Fraction(0) if figure.if_empty == "zero" else None
    scores = [_sheet_figure(plan, figure.mean_of, v, sheets, units, missing) for v in drawn]
    if None in scores:
        return None
    return sum(scores, Fraction(0)) / len(scores)


def _weighted(figure: Figure, found: Mapping[str, Fraction | None],
              missing: bool) -> Fraction | None:
    """The weighting; a part that does not apply leaves, and the rest is re-weighted."""
    parts = {part: share for part, share in figure.parts.items() if found[part] is not None}
    if missing or not parts:
        return None
    whole = sum(parts.values(), Fraction(0))
    if not whole:
        return None
    return sum((found[part] * share for part, share in parts.items()), Fraction(0)) / whole


def grade_town(plan: Plan, result: TownResult, caps: Sequence[Cap], problem: bool) -> None:
    """Set the town's grades, caps, nearness to a line and consequence."""
    result.problem = problem
    value = result.figures[plan.grades.of]
    if result.state == UNFINISHED or value is None:
        return
    for name in dict.fromkeys((*plan.grades.also, plan.grades.of)):
        figure = result.figures[name]
        result.grade_of[name] = "" if figure is None else grade_of(plan, figure)
    result.uncapped = result.grade = result.grade_of[plan.grades.of]
    for cap in caps:
        result.grade = plan.grades.worse(result.grade, cap.grade)
    result.caps = tuple(caps)
    result.near = _near(plan, publish(value))
    result.consequence = next((c for c in plan.consequences
                               if result.grade in c.grades and c.problem == problem), None)


def grade_of(plan: Plan, value: Fraction) -> str:
    """The grade of a figure before any cap, by its published or its exact value (A-03)."""
    graded = Fraction(publish(value)) if plan.grades.grade_on == "published" else value
    return plan.grades.of_score(graded)


def _near(plan: Plan, published: Decimal) -> str:
    """The line a published score is near to, within the plan's margin."""
    for band in plan.grades.bands[:-1]:
        if abs(Fraction(published) - band.at_least) <= plan.grades.near_line:
            return band.name
    return ""


def rank_towns(plan: Plan, results: Sequence[TownResult]) -> None:
    """Standard competition ranks (1, 1, 3) on the published figure (A-04)."""
    keys = {r.town: _rank_key(plan, r) for r in results}
    for result in results:
        result.rank = 1 + sum(keys[other] > keys[result.town] for other in keys)


def _rank_key(plan: Plan, result: TownResult) -> tuple[Decimal, ...]:
    names = (plan.grades.of, *plan.grades.tie_break)
    return tuple(publish(result.figures[name] or Fraction(0)) for name in names)
