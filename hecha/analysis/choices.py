"""Choices: what the county chose, what else it might have, and every combination tried.

A factor is one decision with its options, the first of them in force: a reading and the
other answers the plan accepts, the weights of a figure, the 拟定 points of a sheet.  The
space is finite, so nothing is sampled: every combination is made, exactly.  It is quick
because it is factored: a sheet is scored once for every combination of the choices that
bear on it, a town's figures once for every different set of its sheets, and only grades
and ranks, whole numbers, are made for all.

Every option of a factor counts alike: that is a convention, not a probability.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pandas as pd

from hecha.analysis.weights import ranks
from hecha.plan import Plan
from hecha.plan.changing import alternatives
from hecha.plan.model import Figure, Reading
from hecha.points import plain, publish
from hecha.problems import HechaError
from hecha.scoring import composite
from hecha.scoring.rescaling import GRID, Scale, bundles, evened_out, scaled_values
from hecha.scoring.score import town_caps
from hecha.scoring.trials import Trials, bears_on

SHIFT = Fraction(1, 10)
"""how far a weight is moved, either way: 60/40 is tried as 70/30 and 50/50"""
MOST = 200_000
"""combinations that are still made; ten towns under them take a few hundred megabytes"""
AS_IT_IS = "照现在的方案"


class TooMany(HechaError):
    """More combinations than can be made."""


@dataclass(frozen=True)
class Option:
    """One answer: its name, the values of the plan and the points of items it sets."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)
    scale: Scale = field(default_factory=dict)


@dataclass(frozen=True)
class Factor:
    """A decision and its options, the first in force. `kind`: 读法, 权重 or 分值."""

    id: str
    kind: str
    name: str
    options: tuple[Option, ...]

    def bears_on(self, trials: Trials, sheet: str) -> bool:
        """Whether an option can move a score of this sheet."""
        return any(trials.bears_on_sheet(p, sheet) for o in self.options for p in o.values) or any(
            s == trials.plan.item[(sheet, code)].sheet for o in self.options
            for s, code in o.scale if (sheet, code) in trials.plan.item)

    def moves(self, plan: Plan) -> str:
        """What its options move first: sheets, figures or grades."""
        found = {bears_on(plan, p) for o in self.options for p in o.values}
        if any(o.scale for o in self.options) or found & {"items", "sheets"}:
            return "sheets"
        return "figures" if "figures" in found else "grades"


def factors_of(plan: Plan, shift: Fraction = SHIFT) -> list[Factor]:
    """Every decision of a plan that can be tried on records already made.

    >>> from hecha.plan import load_plan
    >>> [f.id for f in factors_of(load_plan("params/xian2023"))]
    ['A-02', 'A-03', 'A-04', 'A-11', 'A-16', 'A-42', 'B-03', 'B-04', 'year_end', \
'comprehensive', 'points-town', 'points-village', 'points-daily']
    """
    readings = [f for r in plan.readings if (f := _of_reading(plan, r))]
    weights = [f for figure in plan.figures if (f := _of_weights(figure, shift))]
    points = [f for sheet in plan.sheets if (f := _of_points(plan, sheet.id))]
    return [*readings, *weights, *points]


def fitting(factors: Sequence[Factor], most: int = MOST) -> tuple[list[Factor], list[Factor]]:
    """The first factors that together have no more than `most` combinations, and the rest.

    >>> both = [Factor(name, "读法", name, (Option("a"), Option("b"))) for name in ("甲", "乙")]
    >>> [[f.id for f in part] for part in fitting(both, most=3)]
    [['甲'], ['乙']]
    """
    kept: list[Factor] = []
    left: list[Factor] = []
    for factor in factors:
        many = prod(len(f.options) for f in [*kept, factor])
        (kept if many <= most else left).append(factor)
    return kept, left


def _of_reading(plan: Plan, reading: Reading) -> Factor | None:
    others = alternatives(plan, reading)
    if not others or not bears_on(plan, reading.key or ""):
        return None
    options = [Option(in_force(plan, reading)),
               *(Option(answer, {reading.key: value}) for answer, value in others)]
    return Factor(reading.id, "读法", reading.question, tuple(options))


def in_force(plan: Plan, reading: Reading) -> str:
    """The answer to a reading that the plan now follows, in words."""
    decided = next((d for d in plan.decisions if d.path == reading.key), None)
    for one in reading.alternatives if decided else ():
        if one.value == decided.value:  # type: ignore[union-attr]
            return one.answer
    return reading.answer if decided is None or decided.value == reading.default else \
        f"本县定为{decided.value}"


def _of_weights(figure: Figure, shift: Fraction) -> Factor | None:
    if len(figure.parts) < 2:
        return None
    options = [Option(_weights_said(figure.parts))]
    for part in figure.parts:
        moved = _shifted(figure.parts, part, shift)
        if moved and moved != figure.parts:
            values = {f"figures.{figure.id}.parts.{p}": share for p, share in moved.items()}
            options.append(Option(_weights_said(moved), values))
    return Factor(figure.id, "权重", f"{figure.name}的权重", tuple(options))


def _weights_said(parts: Mapping[str, Fraction]) -> str:
    return "/".join(plain(share * 100) for share in parts.values())


def _shifted(parts: Mapping[str, Fraction], part: str, shift: Fraction) -> dict[str, Fraction] | None:
    """A part weighs more by `shift`, the others less in proportion."""
    rest = 1 - parts[part]
    if rest < shift or not rest:
        return None
    others = {p: Fraction(round(share * (rest - shift) / rest * GRID), GRID)
              for p, share in parts.items() if p != part}
    left = 1 - sum(others.values(), Fraction(0))
    return {p: others.get(p, left) for p in parts}


def _of_points(plan: Plan, sheet: str) -> Factor | None:
    scale = evened_out(plan, sheet)
    if not any(by != 1 for by in scale.values()):
        return None
    many = len([b for b in bundles(plan, sheet, alone=True) if not b.fixed])
    return Factor(f"points-{sheet}", "分值", f"{plan.sheet[sheet].name}各细项的拟定分值",
                  (Option(AS_IT_IS), Option(f"{many}个细项分值相同", {}, scale)))


@dataclass(frozen=True)
class Outcomes:
    """What came of every combination.

    Arrays have an axis for every factor (its options) and a last one for the towns: `score`
    the published graded figure in hundredths, `grade` the place of the grade among the bands
    (0 the best), both −1 where there is none; `rank`, 0 where there is none.
    """

    plan: Plan
    towns: tuple[str, ...]
    names: tuple[str, ...]
    factors: tuple[Factor, ...]
    score: np.ndarray
    grade: np.ndarray
    rank: np.ndarray

    @property
    def many(self) -> int:
        """How many combinations there are."""
        return prod(self.score.shape[:-1])

    def choice(self, number: int) -> tuple[dict[str, object], dict[tuple[str, str], Fraction]]:
        """The values and the points of one combination, numbered from 0 (all in force)."""
        places = np.unravel_index(number, self.score.shape[:-1])
        chosen = [f.options[int(p)] for f, p in zip(self.factors, places, strict=True)]
        return ({k: v for o in chosen for k, v in o.values.items()},
                {k: v for o in chosen for k, v in o.scale.items()})

    def values(self, number: int) -> dict[str, object]:
        """What `set` must say to make one combination again."""
        values, scale = self.choice(number)
        return {**values, **scaled_values(self.plan, scale)}


def all_outcomes(trials: Trials, factors: Sequence[Factor] | None = None,
                 most: int = MOST) -> Outcomes:
    """Every combination of the factors (all of the plan, unless given), exactly.

    Raises TooMany above `most` combinations.
    """
    plan = trials.plan
    chosen = factors_of(plan) if factors is None else list(factors)
    many = prod(len(f.options) for f in chosen)
    if many > most:
        raise TooMany(f"{len(chosen)}项选择共有{many}种组合，超过{most}种，请少选几项再试")
    ordered = [f for kind in ("sheets", "figures", "grades") for f in chosen
               if f.moves(plan) == kind]
    made = _Made(trials, ordered)
    shape = tuple(len(f.options) for f in ordered)
    towns = tuple(trials.ground.units.towns)
    score = np.stack([made.score[t].reshape(shape) for t in towns], axis=-1)
    grade = np.stack([made.grade[t].reshape(shape) for t in towns], axis=-1)
    return Outcomes(plan, towns, tuple(trials.ground.units.towns.values()), tuple(ordered), score,
                    grade, made.ranks(towns).reshape(*shape, len(towns)))


class _Made:
    """The combinations of a county under way: sheets, then figures, then grades."""

    def __init__(self, trials: Trials, factors: Sequence[Factor]) -> None:
        plan = trials.plan
        self.trials = trials
        kinds = {kind: [f for f in factors if f.moves(plan) == kind]
                 for kind in ("sheets", "figures", "grades")}
        self.sheet_factors = kinds["sheets"]
        self.weighed = [trials.plan_under(v, s) for v, s in _combined(kinds["figures"])]
        self.judged = [trials.plan_under(v, s).grades for v, s in _combined(kinds["grades"])]
        self.asked = {name for g in self.judged for name in (g.of, *g.tie_break)}
        self.score: dict[str, np.ndarray] = {}
        self.grade: dict[str, np.ndarray] = {}
        self.keys: dict[str, list[np.ndarray]] = {}
        states = self._states()
        for town in trials.ground.units.towns:
            self._judge(town, states)

    def _states(self) -> dict[str, tuple[list[dict], np.ndarray]]:
        """Sheet → its scores under every combination that bears on it, and which goes where."""
        found = {}
        for sheet in self.trials.plan.sheets:
            own = [f for f in self.sheet_factors if f.bears_on(self.trials, sheet.id)]
            made = [self.trials.sheets_under(v, s, sheet.id) for v, s in _combined(own)]
            places = np.arange(len(made)).reshape([len(f.options) if f in own else 1
                                                   for f in self.sheet_factors])
            found[sheet.id] = (made, np.broadcast_to(
                places, [len(f.options) for f in self.sheet_factors]).ravel())
        return found

    def _judge(self, town: str, states: Mapping) -> None:
        """A town's figures for every different set of its sheets, then its grades."""
        units = {town, *self.trials.ground.units.drawn.get(town, ())}
        parts, code = [], np.zeros(1, dtype=np.int64)
        for made, places in states.values():
            own = [{k: s for k, s in one.items() if k[1] in units} for one in made]
            kept, which = _different(own)
            parts.append(kept)
            code = code * len(kept) + which[places]
        seen, back = np.unique(code, return_inverse=True)
        figures = [self._figures(town, _unpacked(int(c), parts)) for c in seen]
        shape = (len(figures), len(self.weighed), len(self.judged))
        score, grade = np.full(shape, -1, dtype=np.int64), np.full(shape, -1, dtype=np.int64)
        keys = [np.full(shape[:2], -1, dtype=np.int64) for _ in self.judged]
        for i, (by_weight, caps) in enumerate(figures):
            for w, values in enumerate(by_weight):
                self._grades(values, caps, score[i, w], grade[i, w], keys, (i, w))
        self.score[town], self.grade[town] = score[back].ravel(), grade[back].ravel()
        self.keys[town] = [k[back] for k in keys]

    def _figures(self, town: str, sheets: dict) -> tuple[list[dict], list]:
        """The figures of a town under every weighting, and the caps of its grade."""
        units = self.trials.ground.units
        found = [composite.figures_of(plan, town, units, sheets) for plan in self.weighed]
        return ([{} if missing else values for values, missing in found],
                town_caps(self.trials.ground, town, sheets))

    def _grades(self, values: dict, caps: list, score: np.ndarray, grade: np.ndarray,
                keys: list[np.ndarray], at: tuple[int, int]) -> None:
        told = {name: publish(values[name] or Fraction(0)) for name in self.asked if name in values}
        for j, grades in enumerate(self.judged):
            value = values.get(grades.of)
            if value is None:
                continue
            score[j] = int(told[grades.of] * 100)
            name = grades.of_score(Fraction(told[grades.of]) if grades.grade_on == "published"
                                   else value)
            for cap in caps:
                name = grades.worse(name, cap.grade)
            grade[j] = [b.name for b in grades.bands].index(name)
            keys[j][at] = _rank_key(told, (grades.of, *grades.tie_break))

    def ranks(self, towns: Sequence[str]) -> np.ndarray:
        """Ranks of the towns in every combination; none where a town has no score."""
        made = []
        for j, grades in enumerate(self.judged):
            key = np.stack([self.keys[t][j].ravel() for t in towns], axis=-1)
            made.append(np.where(
                (key < 0).any(axis=-1, keepdims=True) | (not grades.ranked), 0, ranks(key)))
        return np.stack(made, axis=1).astype(np.int16)


def _rank_key(told: Mapping[str, Decimal], names: Sequence[str]) -> int:
    """Published figures in hundredths, one behind the other, as one number."""
    key = 0
    for name in names:
        key = key * 10**5 + int(told[name] * 100)
    return key


def _combined(factors: Sequence[Factor]) -> Iterator[tuple[dict, dict]]:
    """Values and points of every combination of the factors' options, the last fastest."""
    for chosen in product(*(f.options for f in factors)):
        yield ({k: v for o in chosen for k, v in o.values.items()},
               {k: v for o in chosen for k, v in o.scale.items()})


def _different(states: Sequence[dict]) -> tuple[list[dict], np.ndarray]:
    """The states that differ in a score, and which of them each state is."""
    kept: dict[tuple, int] = {}
    found, which = [], []
    for state in states:
        key = tuple((k, s.score, s.missing) for k, s in state.items())
        if key not in kept:
            kept[key] = len(found)
            found.append(state)
        which.append(kept[key])
    return found, np.array(which, dtype=np.int64)


def _unpacked(code: int, parts: Sequence[Sequence[dict]]) -> dict:
    """The sheets that a code stands for."""
    sheets: dict = {}
    for kept in reversed(parts):
        code, place = divmod(code, len(kept))
        sheets.update(kept[place])
    return sheets


def indices(values: np.ndarray) -> tuple[list[Fraction | None], list[Fraction | None]]:
    """First-order and total Sobol indices of every axis of a whole-number array, exactly.

    The axes are independent and their places count alike; None where nothing varies.
    Source: Saltelli et al., Global Sensitivity Analysis (2008), 4.5 and 4.6, by enumeration.

    >>> indices(np.array([[0, 1], [2, 3]]))
    ([Fraction(4, 5), Fraction(1, 5)], [Fraction(4, 5), Fraction(1, 5)])
    >>> indices(np.array([[0, 0], [0, 1]]))
    ([Fraction(1, 3), Fraction(1, 3)], [Fraction(2, 3), Fraction(2, 3)])
    """
    first, total = [], []
    whole, variance = _sums(values)
    for axis in range(values.ndim):
        alone = values.sum(axis=tuple(a for a in range(values.ndim) if a != axis))
        rest = values.sum(axis=axis)
        first.append(_share(_spread(alone, whole), variance))
        left = _share(_spread(rest, whole), variance)
        total.append(None if left is None else 1 - left)
    return first, total


def _sums(values: np.ndarray) -> tuple[int, int]:
    whole = int(values.sum())
    return whole, _spread(values, whole)


def _spread(sums: np.ndarray, whole: int) -> int:
    """N² × the variance of the means whose sums these are, each of equally many cells."""
    flat = sums.ravel().astype(np.int64)
    if flat.size * int(np.abs(flat).max()) ** 2 < 2**62:
        return flat.size * int(flat @ flat) - whole**2
    return flat.size * sum(v**2 for v in flat.tolist()) - whole**2


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def influence(outcomes: Outcomes) -> pd.DataFrame:
    """How much of what varies hangs on each factor, over all towns with a score.

    Columns: factor, kind, name, first, total (shares of the variance of the published
    figure, exact), rank_total (of the rank), grades (towns whose grade an option of it changes
    alone), moves (the largest change of a published figure by it alone, in points).
    """
    done = [t for t in range(len(outcomes.towns)) if (outcomes.score[..., t] >= 0).all()]
    rows = []
    for what in ("score", "rank"):
        rows.append(_pooled([getattr(outcomes, what)[..., t] for t in done], len(outcomes.factors)))
    found = []
    for place, factor in enumerate(outcomes.factors):
        alone = one_alone(outcomes, place)
        found.append({
            "factor": factor.id, "kind": factor.kind, "name": factor.name,
            "first": rows[0][0][place], "total": rows[0][1][place], "rank_total": rows[1][1][place],
            "grades": int((alone["grade"] != alone["grade_now"]).groupby(alone["town"]).any().sum()),
            "moves": max((abs(m) for m in alone["moves"]), default=Fraction(0))})
    return pd.DataFrame(found, columns=["factor", "kind", "name", "first", "total", "rank_total",
                                        "grades", "moves"], dtype=object)


def _pooled(arrays: Sequence[np.ndarray], many: int) -> tuple[list, list]:
    """The indices of several outcomes together, each counting by its variance."""
    whole, first, total = 0, [0] * many, [0] * many
    for values in arrays:
        own = values.astype(np.int64)
        summed, variance = _sums(own)
        whole += variance
        for axis in range(many):
            alone = own.sum(axis=tuple(a for a in range(many) if a != axis))
            first[axis] += _spread(alone, summed)
            total[axis] += variance - _spread(own.sum(axis=axis), summed)
    return [_share(v, whole) for v in first], [_share(v, whole) for v in total]


def one_alone(outcomes: Outcomes, place: int) -> pd.DataFrame:
    """One factor moved and all others as they are: a row for every other option and town.

    Columns: option, town, town_name, score, moves (points), grade, grade_now, rank, rank_now.
    """
    rows = []
    bands = [b.name for b in outcomes.plan.grades.bands]
    for option in range(1, len(outcomes.factors[place].options)):
        at = tuple(option if a == place else 0 for a in range(len(outcomes.factors)))
        now = (0,) * len(outcomes.factors)
        for t, town in enumerate(outcomes.towns):
            score, was = int(outcomes.score[at][t]), int(outcomes.score[now][t])
            if score < 0 or was < 0:
                continue
            rows.append({
                "option": outcomes.factors[place].options[option].name, "town": town,
                "town_name": outcomes.names[t], "score": Fraction(score, 100),
                "moves": Fraction(score - was, 100), "grade": bands[outcomes.grade[at][t]],
                "grade_now": bands[outcomes.grade[now][t]], "rank": int(outcomes.rank[at][t]),
                "rank_now": int(outcomes.rank[now][t])})
    return pd.DataFrame(rows, columns=["option", "town", "town_name", "score", "moves", "grade",
                                       "grade_now", "rank", "rank_now"], dtype=object)


def ranges(outcomes: Outcomes) -> pd.DataFrame:
    """What every town gets over all combinations, in the order of its present rank.

    Where ranks are not told, by grade and inside it by code.

    Columns: town, town_name, score, low, high (published), rank, best, worst, grade, and
    `share:<grade>` (share of the combinations, exact).
    """
    now = (0,) * len(outcomes.factors)
    bands = [b.name for b in outcomes.plan.grades.bands]
    rows = []
    for t, town in enumerate(outcomes.towns):
        score, grade, rank = (getattr(outcomes, n)[..., t] for n in ("score", "grade", "rank"))
        if score[now] < 0:
            continue
        held = score[score >= 0]
        rows.append({
            "town": town, "town_name": outcomes.names[t], "score": Fraction(int(score[now]), 100),
            "low": Fraction(int(held.min()), 100), "high": Fraction(int(held.max()), 100),
            "rank": int(rank[now]), "best": int(rank.min()), "worst": int(rank.max()),
            "grade": bands[grade[now]],
            **{f"share:{b}": Fraction(int((grade == i).sum()), outcomes.many)
               for i, b in enumerate(bands)}})
    columns = ["town", "town_name", "score", "low", "high", "rank", "best", "worst", "grade",
               *(f"share:{b}" for b in bands)]
    found = pd.DataFrame(rows, columns=columns, dtype=object)
    if outcomes.plan.grades.ranked:
        return found.sort_values("score", ascending=False, kind="stable", ignore_index=True)
    order = sorted(range(len(rows)), key=lambda i: (bands.index(rows[i]["grade"]), rows[i]["town"]))
    return found.iloc[order].reset_index(drop=True)


def ledger(outcomes: Outcomes) -> pd.DataFrame:
    """The run ledger: one row a combination, the option of every factor, numbered from 0.

    Columns are the factors' ids; what an option of a factor is called is in `options`.
    """
    places = np.unravel_index(np.arange(outcomes.many), outcomes.score.shape[:-1])
    return pd.DataFrame({f.id: p for f, p in zip(outcomes.factors, places, strict=True)})


def options(outcomes: Outcomes) -> pd.DataFrame:
    """What the numbers of the ledger mean: factor, kind, name, option (from 0, in force), answer."""
    rows = [(f.id, f.kind, f.name, at, o.name) for f in outcomes.factors
            for at, o in enumerate(f.options)]
    return pd.DataFrame(rows, columns=["factor", "kind", "name", "option", "answer"], dtype=object)


__all__ = ["AS_IT_IS", "MOST", "SHIFT", "Factor", "Option", "Outcomes", "TooMany", "all_outcomes",
           "factors_of", "fitting", "in_force", "indices", "influence", "ledger", "one_alone", "options",
           "ranges"]
