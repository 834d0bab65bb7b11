"""Replications: the same county under many drawn weights, and what becomes of the ranks.

The weights of the plan (60/40, 30/70, the points of every heading) were chosen by people and
could have been a little different.  Each replication draws them anew around what was chosen,
on a grid of thousandths on which every sheet still totals its full marks and every figure
100 %, scores all towns, grades and ranks them.  The drawn numbers are the run ledger: any
replication can be written as a plan's `set` and scored by `hecha score` again.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), step 7; the noise is
that of COINr's weight perturbation.  The figures are floats, good to ten decimals; a
published figure is rounded half up as everywhere, so that a figure on the line stays on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from hecha.analysis.weights import rank_statistics, ranks
from hecha.plan import Plan
from hecha.plan.model import Sheet
from hecha.scoring.rescaling import GRID, Bundle, bundles, on_grid, scaled_values
from hecha.scoring.score import town_caps
from hecha.scoring.sheets import SheetScore
from hecha.scoring.trials import Trial, Trials

SPREAD = Fraction(1, 4)
"""each weight is drawn evenly within a quarter of itself either way, as COINr's example does"""
TIMES = 10_000
SEED = 2023
_NEAR = 1e-7
"""how near to half a hundredth a figure counts as on it, in hundredths"""


@dataclass(frozen=True)
class Drawn:
    """The weights of many replications, in whole thousandths: the run ledger.

    `parts`: figure → replications × its parts (shares); `points`: sheet → replications × its
    bundles (multipliers).
    """

    plan: Plan
    bundles: Mapping[str, tuple[Bundle, ...]]
    parts: Mapping[str, np.ndarray]
    points: Mapping[str, np.ndarray]

    def ledger(self) -> pd.DataFrame:
        """One row a replication: every weight in thousandths, every multiplier likewise."""
        columns = {f"figures.{f}.parts.{p}": self.parts[f][:, i] for f in self.parts
                   for i, p in enumerate(self.plan.figure[f].parts)}
        columns |= {f"points.{s}.{b.code}": self.points[s][:, i] for s in self.points
                    for i, b in enumerate(self.bundles[s])}
        return pd.DataFrame(columns)

    def values(self, number: int) -> dict[str, Fraction]:
        """What `set` must say to make a replication again, numbered from 0."""
        found = {f"figures.{f}.parts.{p}": Fraction(int(self.parts[f][number, i]), GRID)
                 for f in self.parts for i, p in enumerate(self.plan.figure[f].parts)}
        scale = {(s, i.code): Fraction(int(self.points[s][number, at]), GRID)
                 for s in self.points for at, b in enumerate(self.bundles[s]) for i in b.items}
        return {**found, **scaled_values(self.plan, scale)}


def drawn_weights(plan: Plan, times: int = TIMES, spread: Fraction = SPREAD,
                  seed: int = SEED) -> Drawn:
    """Weights drawn around those of the plan, evenly within `spread` of each.

    >>> from hecha.plan import load_plan
    >>> drawn = drawn_weights(load_plan("params/xian2023"), times=3)
    >>> drawn.parts["year_end"].sum(axis=1).tolist(), drawn.ledger().shape
    ([1000, 1000, 1000], (3, 21))
    """
    chance = np.random.default_rng(seed)
    low, high = 1 - float(spread), 1 + float(spread)
    parts = {}
    for figure in (f for f in plan.figures if len(f.parts) > 1):
        shares = np.array([float(s) for s in figure.parts.values()])
        wanted = shares * chance.uniform(low, high, (times, len(shares)))
        parts[figure.id] = _shares(wanted)
    kept, points = {}, {}
    for sheet in plan.sheets:
        own = tuple(b for b in bundles(plan, sheet.id) if not b.fixed)
        if len(own) > 1:
            worth = np.array([float(b.points) for b in own])
            wanted = chance.uniform(low, high, (times, len(own)))
            wanted *= worth.sum() / (wanted @ worth)[:, None]
            kept[sheet.id], points[sheet.id] = own, on_grid([b.points for b in own], wanted)
    return Drawn(plan, kept, parts, points)


def _shares(wanted: np.ndarray) -> np.ndarray:
    """Shares in thousandths; the largest takes up what rounding leaves."""
    found = np.rint(wanted / wanted.sum(axis=1, keepdims=True) * GRID).astype(np.int64)
    rows = np.arange(len(found))
    found[rows, found.argmax(axis=1)] += GRID - found.sum(axis=1)
    return found


@dataclass(frozen=True)
class Replications:
    """Every replication of every finished town.

    `figures`: figure → replications × towns (exact but for the last decimals of a float);
    `published`: the graded figure in hundredths; `grades`: places among the bands; `ranks`.
    """

    plan: Plan
    towns: tuple[str, ...]
    names: tuple[str, ...]
    drawn: Drawn
    figures: Mapping[str, np.ndarray]
    published: np.ndarray
    grades: np.ndarray
    ranks: np.ndarray


def replicate(trials: Trials, drawn: Drawn) -> Replications:
    """Score, grade and rank the finished towns under every drawn set of weights."""
    return replicate_trial(trials.under(), drawn)


def replicate_trial(trial: Trial, drawn: Drawn) -> Replications:
    """As replicate, for a county as it stands in a trial."""
    plan, units = trial.plan, trial.ground.units
    towns = [t for t in trial.towns if t.figures[plan.grades.of] is not None]
    sheets = {s.id: _sheet_scores(trial, s, drawn) for s in plan.sheets}
    times = len(next(iter([*drawn.points.values(), *drawn.parts.values()]), [0]))
    figures: dict[str, np.ndarray] = {}
    for figure in plan.figures:
        if figure.parts:
            figures[figure.id] = _weighted(drawn, figure.id, figures, figure.parts)
            continue
        made = np.empty((len(towns), times))
        for row, t in zip(made, towns, strict=True):
            own = [t.town] if figure.sheet else units.drawn.get(t.town, ())
            row[:] = _figure(sheets[figure.sheet or figure.mean_of], own, t.figures[figure.id])
        figures[figure.id] = made
    return _judged(trial, towns, drawn, figures)


def _figure(scores: Mapping[str, np.ndarray], own: Sequence[str],
            exact: Fraction | None) -> np.ndarray | float:
    """The mean of a town's own units; NaN where the figure does not apply to it."""
    if exact is None:
        return np.nan
    if not own or any(unit not in scores for unit in own):
        return float(exact)
    return sum(scores[unit] for unit in own) / len(own)  # type: ignore[return-value]


def _sheet_scores(trial: Trial, sheet: Sheet, drawn: Drawn) -> dict[str, np.ndarray]:
    """The score of a sheet of every unit that has one, in every replication."""
    own = drawn.bundles.get(sheet.id, ())
    place = {i.code: at for at, b in enumerate(own) for i in b.items}
    made = [s for (name, _), s in trial.sheets.items() if name == sheet.id and s.score is not None]
    got, of = np.zeros((len(made), len(own) + 1)), np.zeros((len(made), len(own) + 1))
    off = np.array([_recorded(one) for one in made], dtype=float).reshape(len(made), 1)
    for row, one in enumerate(made):
        for item in (i for i in one.items if i.state == "scored" and i.item.layer is None):
            at = place.get(item.item.code, len(own))
            got[row, at] += item.score.numerator / item.score.denominator  # type: ignore[union-attr]
            of[row, at] += item.item.points.numerator / item.item.points.denominator
    weights = np.ones((len(own) + 1, len(drawn.points.get(sheet.id, [0]))))
    if own:
        weights[:-1] = drawn.points[sheet.id].T / GRID
    top = sheet.total + sum((e.high for e in sheet.extras), Fraction(0))
    found = got @ weights
    short = np.flatnonzero(of.sum(axis=1) < float(sheet.total) - 1e-9)  # 缺项; others total it
    found[short] = _whole(sheet, found[short], of[short] @ weights)
    found -= off
    np.clip(found, 0.0, float(top), out=found)
    return {one.unit: np.full(1, float(one.score)) if _replaced(one) else row  # type: ignore
            for one, row in zip(made, found, strict=True)}


def _whole(sheet: Sheet, earned: np.ndarray, applied: np.ndarray) -> np.ndarray:
    """缺项折算, as the plan has it."""
    total = float(sheet.total)
    if sheet.na == "full":
        return earned + total - applied
    if sheet.na == "zero":
        return earned
    with np.errstate(invalid="ignore", divide="ignore"):
        return total * earned / applied


def _replaced(one: SheetScore) -> bool:
    return one.external is not None and one.external.score is not None


def _recorded(one: SheetScore) -> Fraction:
    """What a sheet loses outside its items: frauds, penalties, extra points."""
    return sum((r.points for r in one.rows if not r.item
                and r.part.type in ("extra", "fraud", "penalty")), Fraction(0))


def _weighted(drawn: Drawn, figure: str, figures: Mapping[str, np.ndarray],
              parts: Mapping[str, Fraction]) -> np.ndarray:
    """A weighting; a part that does not apply leaves, and the rest is weighed anew."""
    shares = drawn.parts.get(figure)
    top = bottom = 0.0
    for at, part in enumerate(parts):
        weight = float(parts[part]) if shares is None else shares[:, at] / GRID
        there = ~np.isnan(figures[part])
        top = top + weight * np.where(there, figures[part], 0.0)
        bottom = bottom + weight * there
    with np.errstate(invalid="ignore", divide="ignore"):
        return top / bottom


def _judged(trial: Trial, towns: list, drawn: Drawn, figures: dict) -> Replications:
    plan = trial.plan
    told = {name: hundredths(figures[name]) for name in (plan.grades.of, *plan.grades.tie_break)}
    value = told[plan.grades.of] if plan.grades.grade_on == "published" else \
        figures[plan.grades.of] * 100
    names = [b.name for b in plan.grades.bands]
    places = np.zeros(value.shape, dtype=np.int8)
    for band in plan.grades.bands[:-1]:
        places += value < float(band.at_least * 100) - _NEAR
    for row, t in zip(places, towns, strict=True):
        caps = [names.index(c.grade) for c in town_caps(trial.ground, t.town, trial.sheets)]
        np.maximum(row, max(caps, default=0), out=row)
    key = told[plan.grades.of]
    for name in plan.grades.tie_break:
        key = key * 10**5 + told[name]
    return Replications(plan, tuple(t.town for t in towns), tuple(t.name for t in towns), drawn,
                        {name: made.T for name, made in figures.items()},
                        told[plan.grades.of].T, places.T, ranks(key.T))


def hundredths(values: np.ndarray) -> np.ndarray:
    """Figures as published, in whole hundredths, half up; what is half but for a float's last
    decimals is half.

    >>> hundredths(np.array([89.995, 89.9949, 90 * (1 - 1e-15)])).tolist()
    [9000, 8999, 9000]
    """
    found = values * 100
    found += 0.5 + _NEAR
    if np.isnan(found).any():
        found = np.nan_to_num(found)
    return np.floor(found, out=found).astype(np.int64)


def rank_intervals(found: Replications, level: float = 0.90) -> pd.DataFrame:
    """One row a town, the best median rank first: its ranks and how often it keeps its grade.

    Columns: town, town_name, the columns of rank_statistics, `share:<grade>` (share of the
    replications).
    """
    bands = [b.name for b in found.plan.grades.bands]
    frame = rank_statistics(found.ranks, level)
    frame.insert(0, "town", list(found.towns))
    frame.insert(1, "town_name", list(found.names))
    for place, band in enumerate(bands):
        frame[f"share:{band}"] = (found.grades == place).mean(axis=0)
    return frame.sort_values(["median", "mean"], kind="stable", ignore_index=True)


__all__ = ["SEED", "SPREAD", "TIMES", "Drawn", "Replications", "drawn_weights", "hundredths",
           "rank_intervals", "replicate", "replicate_trial"]
