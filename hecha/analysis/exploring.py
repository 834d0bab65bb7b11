"""Exploring (探试): a state of the county's choices, and what a town would have to make good.

A state is what differs from the plan in force: weights, bands, answers to readings, the
points of headings.  It is scored exactly and can be written as a plan of its own
(`based_on` and `set`), which every command reads.

«What would it take» restores lost points item by item: the fewest items, and the fewest
points, that lift a town to the next grade, each set scored again before it is told.  It says
what the arithmetic asks, not what a town can do, and it promises nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from hecha.plan import Plan
from hecha.plan.changing import faults, overlay
from hecha.plan.model import Band
from hecha.scoring import composite, score
from hecha.scoring.composite import UNFINISHED, TownResult
from hecha.scoring.items import ItemScore
from hecha.scoring.rescaling import Scale, scaled_values, shared_out
from hecha.scoring.sheets import SheetScore
from hecha.scoring.trials import Trial, Trials

Place = tuple[str, str, str]
"""(sheet, unit, item)"""


@dataclass(frozen=True)
class State:
    """What differs from the plan in force.

    `values`: path → value (weights as shares, bands as points, answers to readings);
    `points`: sheet → heading's code → the points it is to have, the others giving way.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    points: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)

    @property
    def is_official(self) -> bool:
        """Whether nothing differs."""
        return not self.values and not any(self.points.values())

    def scale(self, plan: Plan) -> Scale:
        """By how much every item's points are multiplied; NoSuchPoints where it cannot be."""
        return {key: by for sheet, wanted in self.points.items() if wanted
                for key, by in shared_out(plan, sheet, wanted).items() if by != 1}

    def set_values(self, plan: Plan) -> dict[str, object]:
        """Everything that `set` has to say of the state."""
        return {**self.values, **scaled_values(plan, self.scale(plan))}


def try_out(trials: Trials, state: State) -> Trial:
    """The county under a state. Raises NotAccepted or NoSuchPoints where it cannot be."""
    return trials.under(state.values, state.scale(trials.plan))


def faults_of(trials: Trials, state: State) -> list[str]:
    """What does not hold in a state (weights, bands), in words; nothing if all is well."""
    if state.is_official:
        return []
    return faults(trials.plan_under(state.values, state.scale(trials.plan)))


def as_plan(trials: Trials, state: State, based_on: str, comment: str = "") -> str:
    """The text of a plan.yaml that says this state and nothing else.

    `based_on` is the name of the folder of the plan in force, beside which the new one is
    to stand.
    """
    return overlay(based_on, state.set_values(trials.plan), comment)


@dataclass(frozen=True)
class Lost:
    """Points lost on one item of one unit, and what restoring them would bring the town."""

    place: Place
    name: str
    points: Fraction
    brings: Fraction


@dataclass(frozen=True)
class Takes:
    """What would lift a town to the next grade.

    `gap`: what the graded figure lacks; `fewest`: the fewest items, of which the largest;
    `cheapest`: the items with the fewest points of their sheets together; `reached`: the town
    scored again with `fewest` restored. `why_not`: why no restoring of items lifts it.
    """

    town: TownResult
    next: str = ""
    gap: Fraction = Fraction(0)
    fewest: tuple[Lost, ...] = ()
    cheapest: tuple[Lost, ...] = ()
    reached: TownResult | None = None
    reached_cheaply: TownResult | None = None
    why_not: str = ""


def what_it_takes(trial: Trial, code: str) -> Takes:
    """The items that would lift a town to the grade above its own, exactly.

    Items closed for 弄虚作假 and sheets replaced by a higher result cannot be restored.
    """
    town, grades = trial.town(code), trial.plan.grades
    if town.state == UNFINISHED or not town.grade:
        return Takes(town, why_not=f"{UNFINISHED}，没有等次可比")
    names = [b.name for b in grades.bands]
    if town.grade == names[0]:
        return Takes(town, why_not=f"已是最高等次“{town.grade}”")
    band = grades.bands[names.index(town.grade) - 1]
    gap = max(Fraction(0), _least(trial.plan, band) - town.figures[grades.of])  # type: ignore
    lost = lost_points(trial, code)
    must = [one for one in lost if _caps_below(trial, one.place, band.name)]
    good = names[:names.index(band.name) + 1]
    fewest = _fewest(must, lost, gap)
    found = _lifted(trial, code, fewest or lost, lost, good)
    if found is None:
        limits = "；".join(c.reason for c in town.caps if grades.worse(c.grade, band.name) != band.name)
        said = f"等次受限：{limits}" if limits else "补上全部失分仍不够"
        return Takes(town, band.name, gap, why_not=said)
    fewest, reached = found
    cheapest = _cheapest(must, lost, gap, fewest)
    cheaply = _with(trial, code, cheapest)
    if cheaply.grade not in good:
        cheapest, cheaply = fewest, reached
    return Takes(town, band.name, gap, tuple(fewest), tuple(cheapest), reached, cheaply)


def _with(trial: Trial, code: str, chosen: Sequence[Lost]) -> TownResult:
    return restored(trial, [o.place for o in chosen]).town(code)


def _lifted(trial: Trial, code: str, chosen: Sequence[Lost], lost: Sequence[Lost], good: Collection[str]
            ) -> tuple[list[Lost], TownResult] | None:
    """`chosen` and the town with it; the next weightiest join it where a shared cap or the floor of a
    sheet eats what it should bring. None where all that was lost does not lift the town."""
    made, taken = _with(trial, code, chosen), list(chosen)
    if made.grade in good:
        return taken, made
    if _with(trial, code, lost).grade not in good:
        return None
    for one in (o for o in lost if o not in chosen):
        taken.append(one)
        made = _with(trial, code, taken)
        if made.grade in good:
            return taken, made
    return None


def _least(plan: Plan, band: Band) -> Fraction:
    """The least figure that reaches a band: half a hundredth below it where what is published
    is graded."""
    if plan.grades.grade_on != "published":
        return band.at_least
    hundredths = -(-band.at_least * 100 // 1)
    return Fraction(hundredths, 100) - Fraction(1, 200)


def lost_points(trial: Trial, code: str) -> list[Lost]:
    """Every item of a town that lost points which could be restored, the weightiest first."""
    units = {code, *trial.ground.units.drawn.get(code, ())}
    found = []
    for (sheet, unit), done in trial.sheets.items():
        if unit not in units or done.score is None or _is_replaced(done):
            continue
        worth = _worth(trial, code, done) * _stretch(trial.plan, done)
        for one in done.items:
            gone = _could_return(one)
            if gone > 0 and worth > 0:
                found.append(Lost((sheet, unit, one.item.code), one.item.name, gone, gone * worth))
    return sorted(found, key=lambda o: (-o.brings, o.place))


def _is_replaced(done: SheetScore) -> bool:
    return done.external is not None and done.external.score is not None


def _could_return(one: ItemScore) -> Fraction:
    """The points an item lost; none where it is no part of the total or was closed for fraud."""
    fraud = any(row.part.type == "fraud" for row in one.rows)
    if one.state != "scored" or one.score is None or one.item.layer is not None or fraud:
        return Fraction(0)
    return one.item.points - one.score


def _stretch(plan: Plan, done: SheetScore) -> Fraction:
    """What a point of an item is worth on its sheet: more than one where 缺项 are rescaled."""
    sheet = plan.sheet[done.sheet]
    return sheet.total / done.applicable if sheet.na == "rescale" else Fraction(1)


def _worth(trial: Trial, code: str, done: SheetScore) -> Fraction:
    """What one point of a sheet is worth in the town's graded figure."""
    key = (done.sheet, done.unit)
    more = {**trial.sheets, key: replace(done, score=done.score + 1)}  # type: ignore[operator]
    of = trial.plan.grades.of
    now, then = (composite.figures_of(trial.plan, code, trial.ground.units, sheets)[0][of]
                 for sheets in (trial.sheets, more))
    return Fraction(0) if now is None or then is None else then - now


def _caps_below(trial: Trial, place: Place, grade: str) -> bool:
    """Whether a closed gate of this item keeps the town below a grade."""
    sheet, unit, code = place
    one = next(i for i in trial.sheets[(sheet, unit)].items if i.item.code == code)
    cap = one.item.gate.grade_cap if one.item.gate else None
    closed = any(row.part.type == "gate" for row in one.rows)
    return bool(closed and cap and trial.plan.grades.worse(cap, grade) != grade)


def _fewest(must: Sequence[Lost], lost: Sequence[Lost], gap: Fraction) -> list[Lost] | None:
    """The fewest items that bring at least the gap: the weightiest, until it is enough."""
    chosen = list(must)
    for one in lost:
        if sum((o.brings for o in chosen), Fraction(0)) >= gap and chosen:
            break
        if one not in chosen:
            chosen.append(one)
    enough = sum((o.brings for o in chosen), Fraction(0)) >= gap
    return chosen if enough and chosen else None


def _cheapest(must: Sequence[Lost], lost: Sequence[Lost], gap: Fraction,
              fallback: Sequence[Lost]) -> list[Lost]:
    """The items with the fewest points together that bring at least the gap.

    An integer programme finds them (HiGHS); what it says is added up exactly, and asked
    again a little more strictly where a float let it stop short.
    """
    if not gap:
        return list(must)
    cost = np.array([float(o.points) for o in lost])
    brings = np.array([[float(o.brings / gap) for o in lost]])
    least = np.array([1.0 if o in must else 0.0 for o in lost])
    for margin in (0.0, 1e-7, 1e-5):
        found = milp(cost, constraints=LinearConstraint(brings, 1 + margin, np.inf),
                     bounds=Bounds(least, 1), integrality=np.ones(len(lost)))
        if found.x is None:
            break
        chosen = [o for o, taken in zip(lost, found.x, strict=True) if taken > 0.5]
        if sum((o.brings for o in chosen), Fraction(0)) >= gap:
            return chosen
    return list(fallback)


def restored(trial: Trial, places: Collection[Place]) -> Trial:
    """The county with these items at full points, everything else as it was."""
    wanted = set(places)
    changed = {(s, u) for s, u, _ in wanted}
    items = {key: [_made_good(o) if (*key, o.item.code) in wanted else o
                   for o in trial.sheets[key].items] for key in changed}
    sheets = {**trial.sheets, **score.finish_sheets(trial.ground, items)}
    towns = score.judge_towns(trial.ground, sheets)
    score.rank_if_all(trial.plan, towns)
    return Trial(trial.plan, trial.ground, sheets, tuple(towns))


def _made_good(one: ItemScore) -> ItemScore:
    return replace(one, score=one.item.points, rows=())


__all__ = ["Lost", "State", "Takes", "as_plan", "faults_of", "lost_points", "restored",
           "try_out", "what_it_takes"]
