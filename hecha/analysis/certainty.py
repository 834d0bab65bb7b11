"""Certainty: what the grades and ranks owe to which villages happened to be drawn.

Four villages stand for a town.  Had others been drawn, the mean would differ, and with it
the graded figure, perhaps the grade, perhaps the rank.  Because the draw is by chance, how
much is known: SE = √((1 − n/N) s²/n), Student's t with n − 1 degrees of freedom (Cochran,
Sampling Techniques, 1977, 2.23 and 2.14; with four villages ±1.96 SE would be too narrow).
All villages drawn: no error.  One of several: 不可估计.

What is said of a town is its confidence distribution, score + SE·t (Fisher's fiducial; Xie &
Singh, Int. Stat. Review 81, 2013): the probability of a grade is exact under it, those of
ranks and pairs come from replications drawn from it (Goldstein & Spiegelhalter, JRSS A 159,
1996, for ranks with their intervals).  It speaks of the sampling of villages only: not of
whether what was reported is true, nor of how strict a team was, nor of the town's own sheets.

Scores come in exact; only the deviation from the score is a float, so a town without
spread keeps exactly the grade it has.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import ceil, sqrt

import numpy as np
import pandas as pd
from scipy import stats

from hecha.analysis.survey import LEVEL, student
from hecha.analysis.weights import ranks
from hecha.plan import Plan
from hecha.points import publish
from hecha.scoring.composite import UNFINISHED
from hecha.scoring.results import Results
from hecha.scoring.worth import weights

REPLICATIONS = 10_000
SEED = 20231231
ALL_DRAWN, ONE_DRAWN, NOTHING_DRAWN, NO_FRAME = "全部抽查", "不可估计", "没有抽样", "总村数不明"
_HALF = Fraction(1, 200)


def samples(results: Results) -> pd.DataFrame:
    """The finished towns with what was drawn of each, best first.

    Columns: town, town_name, score (the graded figure, exact), fixed (its part that is not
    sampled), parts (what the town's figure would owe to villages like each drawn one: score =
    fixed + their mean), top (the most that part can be), n, N (None when unknown), cap (the
    grade the town is held to, or ""), units (codes of the drawn).
    """
    plan, rows = results.plan, []
    for town in results.towns[results.towns["state"] != UNFINISHED].itertuples(index=False):
        score = getattr(town, plan.grades.of)
        if score is None:
            continue
        parts, top = _parts(results, town.town)
        n, known = len(parts), results.units.eligible.get(town.town) or None
        mean = sum(parts.values(), Fraction(0)) / n if n else Fraction(0)
        rows.append((town.town, town.town_name, score, score - mean, tuple(parts.values()), top, n,
                     None if known is None else max(known, n), getattr(town, "cap", ""),
                     tuple(parts)))
    columns = ["town", "town_name", "score", "fixed", "parts", "top", "n", "N", "cap", "units"]
    found = pd.DataFrame(rows, columns=columns, dtype=object)
    if plan.grades.ranked:
        return found.sort_values("score", ascending=False, kind="stable", ignore_index=True)
    grade = dict(zip(results.towns["town"], results.towns["grade"], strict=True))
    bands = [band.name for band in plan.grades.bands]
    order = sorted(range(len(rows)), key=lambda i: (bands.index(grade[rows[i][0]]), rows[i][0]))
    return found.iloc[order].reset_index(drop=True)


def _parts(results: Results, town: str) -> tuple[dict[str, Fraction], Fraction]:
    """Unit → its scores weighted as if all were like it, and the most there can be."""
    plan, worth, sheets = results.plan, weights(results, town), results.sheets
    sampled = [s for s in plan.sheets if plan.level[s.level].sampled and s.id in worth]
    drawn = results.units.drawn.get(town, ())
    own = {(r.sheet, r.unit): r.score for r in sheets[sheets["town"] == town].itertuples()}
    found = {unit: sum((own[s.id, unit] * worth[s.id] for s in sampled), Fraction(0)) * len(drawn)
             for unit in drawn if all(own.get((s.id, unit)) is not None for s in sampled)}
    top = sum((s.total * worth[s.id] for s in sampled), Fraction(0)) * len(drawn)
    return (found, top) if sampled and len(found) == len(drawn) else ({}, Fraction(0))


def estimates(drawn: pd.DataFrame, level: float = LEVEL) -> pd.DataFrame:
    """Each town's graded figure with its standard error and interval, own and pooled.

    `drawn` as from `samples`. Columns: town, town_name, score, n, N, sd, se, df, low, high,
    and beside them pooled_se, pooled_df, pooled_low, pooled_high, note. The pooled alternative takes one
    variance for all towns, Σ(n − 1)s² / Σ(n − 1) (Cochran 5.4): steadier, if towns are alike.
    `se` is 0 where all were drawn or nothing is sampled, None where one of several was
    (不可估计); where N is unknown no finite population correction is taken.

    >>> one = pd.DataFrame([{"town": "1", "town_name": "甲镇", "score": Fraction(86), "n": 4, "N": 9,
    ...     "fixed": Fraction(0), "parts": (80, 84, 88, 92), "top": Fraction(100)}])
    >>> found = estimates(one).iloc[0]
    >>> round(found.se, 4), found.df, round(found.low, 2), round(found.high, 2)
    (1.9245, 3, 79.88, 92.12)
    """
    spread = [_variance(parts) for parts in drawn["parts"]]
    df = sum(len(p) - 1 for p in drawn["parts"] if len(p) > 1)
    shared = sum(v * (len(p) - 1) for v, p in zip(spread, drawn["parts"], strict=True)
                 if v is not None) / df if df else None
    rows = [_estimate(town, variance, shared, df, level)
            for town, variance in zip(drawn.itertuples(index=False), spread, strict=True)]
    columns = ["town", "town_name", "score", "n", "N", "sd", "se", "df", "low", "high", "pooled_se",
               "pooled_df", "pooled_low", "pooled_high", "note"]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def _variance(parts: Sequence[Fraction]) -> Fraction | None:
    """s², exact; None of fewer than two."""
    if len(parts) < 2:
        return None
    mean = Fraction(sum(parts)) / len(parts)
    return sum((Fraction(p) - mean) ** 2 for p in parts) / (len(parts) - 1)


def _estimate(town: tuple, variance: Fraction | None, shared: Fraction | None, df: int,
              level: float) -> tuple:
    score, n = float(town.score), town.n
    note = (NOTHING_DRAWN if not n else ALL_DRAWN if n == town.N
            else ONE_DRAWN if n == 1 else NO_FRAME if town.N is None else "")
    if note in (NOTHING_DRAWN, ALL_DRAWN):
        own = pooled = (0.0, n - 1 if n else 0, score, score)
    else:
        left = Fraction(1) if town.N is None else 1 - Fraction(n, town.N)
        own, pooled = (_reach(town, v, left / n, d, level)
                       for v, d in ((variance, n - 1), (shared, df)))
    sd = None if variance is None else sqrt(variance)
    return (town.town, town.town_name, score, n, town.N, sd, *own, *pooled, note)


def _reach(town: tuple, variance: Fraction | None, share: Fraction, df: int, level: float
           ) -> tuple:
    """(se, df, low, high) within what the figure can be; None where there is no variance."""
    if variance is None:
        return None, df, None, None
    score, se = float(town.score), sqrt(variance * share)
    half, fixed = student(df, level) * se, float(town.fixed)
    return se, df, max(fixed, score - half), min(fixed + float(town.top), score + half)


def grade_chances(plan: Plan, drawn: pd.DataFrame, found: pd.DataFrame, pooled: bool = False
                  ) -> pd.DataFrame:
    """The probability of each grade of each town, its cap applied; blank where 不可估计.

    Columns: town, town_name, one a band (best first), grade (the one it has), kept (the
    probability of that one). A line is met where the published figure meets it (A-03).
    """
    names, rows = [b.name for b in plan.grades.bands], []
    for town, own in zip(drawn.itertuples(index=False), found.itertuples(index=False), strict=True):
        se, df = (own.pooled_se, own.pooled_df) if pooled else (own.se, own.df)
        has = plan.grades.of_score(_graded(plan, town.score))
        has = plan.grades.worse(has, town.cap) if town.cap else has
        chances = [None] * len(names) if se is None else _bands(plan, town, se, df)
        rows.append((town.town, town.town_name, *chances, has, chances[names.index(has)]))
    return pd.DataFrame(rows, columns=["town", "town_name", *names, "grade", "kept"], dtype=object)


def _graded(plan: Plan, score: Fraction) -> Fraction:
    return Fraction(publish(score)) if plan.grades.grade_on == "published" else score


def _bands(plan: Plan, town: tuple, se: float, df: int) -> list[float]:
    """The probability of each band, what a cap forbids counted in the cap."""
    margin = _HALF if plan.grades.grade_on == "published" else Fraction(0)
    reached = [_at_least(town, band.at_least - margin, se, df) for band in plan.grades.bands[:-1]]
    ends = [0.0, *reached, 1.0]
    chances = [b - a for a, b in itertools.pairwise(ends)]
    if town.cap:
        at = [b.name for b in plan.grades.bands].index(town.cap)
        chances = [0.0] * at + [sum(chances[:at + 1])] + chances[at + 1:]
    return chances


def _at_least(town: tuple, line: Fraction, se: float, df: int) -> float:
    """P(figure ≥ line), the figure kept between its least and its most."""
    gap = line - town.score  # exact: a score on the line has a gap of 0, not nearly 0
    if line <= town.fixed or (not se and gap <= 0):
        return 1.0
    if line > town.fixed + town.top or not se:
        return 0.0
    return float(stats.t.sf(float(gap) / se, df))


def replicate(drawn: pd.DataFrame, found: pd.DataFrame, replications: int = REPLICATIONS,
              seed: int = SEED, pooled: bool = False) -> np.ndarray:
    """Replications of the published figure in hundredths of a point: integers, (replication, town).

    Each town's figure is drawn from its confidence distribution (a Latin hypercube: every town goes
    through the same even steps of it, in an order of its own; McKay, Beckman & Conover, Technometrics
    21, 1979) and rounded as it would be published. A town that is 不可估计 takes the pooled error, or stays where it is.
    """
    se, df = (np.array([_first(b, a, n) for a, b, n in zip(
        found[f"pooled_{what}"], found[f"pooled_{what}" if pooled else what], found["note"],
        strict=True)], dtype=float) for what in ("se", "df"))
    rng = np.random.default_rng(seed)
    moved = np.array([rng.permutation(_steps(int(max(d, 1)), replications)) * s
                      for d, s in zip(df, se, strict=True)]).reshape(len(drawn), replications)
    low = np.array([float(t.fixed - t.score) for t in drawn.itertuples()])[:, None]
    high = np.array([float(t.fixed + t.top - t.score) for t in drawn.itertuples()])[:, None]
    return _hundredths(drawn["score"], np.clip(moved, low, high, out=moved).T)


@cache
def _steps(df: int, replications: int) -> np.ndarray:
    """Student's t at the middles of so many even steps of probability."""
    upper = stats.t.isf((np.arange(replications // 2) + 0.5) / replications, df)
    middle = np.zeros(replications % 2)
    return np.concatenate([-upper, middle, upper[::-1]])


def _first(own: float | None, pooled: float | None, note: str) -> float:
    """Its own error, where it has none the pooled, else none."""
    chosen = pooled if own is None or note == ONE_DRAWN else own
    return 0.0 if chosen is None else float(chosen)


def _hundredths(scores: Sequence[Fraction], moved: np.ndarray) -> np.ndarray:
    """⌊100 score + ½ + 100 deviation⌋, the score's part exact."""
    scaled = [score * 100 + Fraction(1, 2) for score in scores]
    whole = np.array([s.numerator // s.denominator for s in scaled], dtype=np.int32)
    rest = np.array([float(s - int(w)) for s, w in zip(scaled, whole, strict=True)])
    return whole + np.floor(rest + 100 * moved).astype(np.int32)


def rank_intervals(drawn: pd.DataFrame, figures: np.ndarray, level: float = LEVEL
                   ) -> pd.DataFrame:
    """Each town's rank among the finished with its interval: town, town_name, rank, low, high.

    The interval holds `level` of the replications, as little as possible left out at each
    end (Goldstein & Spiegelhalter 1996).
    """
    found, own = ranks(figures), ranks(_hundredths(drawn["score"], np.zeros((1, len(drawn)))))
    tail, ordered = (1 - level) / 2, np.sort(found, axis=0)
    low, high = (ordered[max(0, ceil(round(share * len(found), 6)) - 1)]
                 for share in (tail, 1 - tail))
    return pd.DataFrame({"town": drawn["town"], "town_name": drawn["town_name"], "rank": own[0],
                         "low": low, "high": high})


def chance_above(drawn: pd.DataFrame, figures: np.ndarray) -> pd.DataFrame:
    """P(row's published figure is above column's), town codes on both sides; ties count for none."""
    towns = list(drawn["town"])
    own = np.ascontiguousarray(figures.T)
    above = [[np.count_nonzero(one > other) / len(figures) for other in own] for one in own]
    return pd.DataFrame(above, index=towns, columns=towns)


def not_told_apart(drawn: pd.DataFrame, above: pd.DataFrame, level: float = LEVEL
                   ) -> list[tuple[str, ...]]:
    """Runs of towns, best first, of which no better one is above a worse one with `level`.

    Largest runs only; they may overlap, as the letters of a comparison display do. Every pair is
    judged by itself: with many pairs some will differ by chance alone.

    >>> drawn = pd.DataFrame({"town": ["a", "b", "c"]})
    >>> above = pd.DataFrame([[0, .6, .99], [.4, 0, .8], [.01, .2, 0]], list("abc"), list("abc"))
    >>> not_told_apart(drawn, above)
    [('a', 'b'), ('b', 'c')]
    """
    towns, found, reached = list(drawn["town"]), [], 0
    for first in range(len(towns)):
        last = first
        while last + 1 < len(towns) and (
                above.loc[towns[first:last + 1], towns[last + 1]] < level).all():
            last += 1
        if last > first and last + 1 > reached:
            found.append(tuple(towns[first:last + 1]))
        reached = max(reached, last + 1)
    return found


def leave_one_out(plan: Plan, drawn: pd.DataFrame) -> pd.DataFrame:
    """What each town's figure would be without each of its drawn units, exactly.

    Columns: town, town_name, unit, score (with all), without, moved, grade, grade_without. Towns
    with fewer than two drawn have nothing to leave out.
    """
    rows = []
    for town in drawn.itertuples(index=False):
        for unit, part in zip(town.units, town.parts, strict=True):
            if town.n < 2:
                continue
            without = town.fixed + (sum(town.parts, Fraction(0)) - part) / (town.n - 1)
            grades = [plan.grades.of_score(_graded(plan, s)) for s in (town.score, without)]
            rows.append((town.town, town.town_name, unit, town.score, without, without - town.score,
                         *(plan.grades.worse(g, town.cap) if town.cap else g for g in grades)))
    return pd.DataFrame(rows, columns=["town", "town_name", "unit", "score", "without", "moved",
                                       "grade", "grade_without"], dtype=object)


@dataclass(frozen=True)
class Certainty:
    """How sure a result is: the frames of this module for one scored case, best town first.

    `drawn` (samples), `estimates`, `grades` (grade_chances), `ranks` (rank_intervals), `above`
    (chance_above), `together` (not_told_apart), `level`, `pooled`.
    """

    drawn: pd.DataFrame
    estimates: pd.DataFrame
    grades: pd.DataFrame
    ranks: pd.DataFrame
    above: pd.DataFrame
    together: list[tuple[str, ...]]
    level: float
    pooled: bool

    @property
    def sampled(self) -> bool:
        """Whether any town's figure depends on which villages were drawn."""
        return bool((~self.estimates["note"].isin([NOTHING_DRAWN, ALL_DRAWN])).any())


def certainty_of(results: Results, level: float = LEVEL, replications: int = REPLICATIONS,
                 seed: int = SEED, pooled: bool = False) -> Certainty:
    """All of it for a scored case: the finished towns only."""
    drawn = samples(results)
    found = estimates(drawn, level)
    figures = replicate(drawn, found, replications, seed, pooled)
    above = chance_above(drawn, figures)
    return Certainty(drawn, found, grade_chances(results.plan, drawn, found, pooled),
                     rank_intervals(drawn, figures, level), above,
                     not_told_apart(drawn, above, level), level, pooled)


__all__ = [
    "ALL_DRAWN",
    "NOTHING_DRAWN",
    "NO_FRAME",
    "ONE_DRAWN",
    "REPLICATIONS",
    "SEED",
    "Certainty",
    "certainty_of",
    "chance_above",
    "estimates",
    "grade_chances",
    "leave_one_out",
    "not_told_apart",
    "rank_intervals",
    "replicate",
    "samples",
]
