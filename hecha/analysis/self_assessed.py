"""Self-assessed: what the units said of themselves against what was verified.

Three grains, as far as the plan has them: the unit's figures (自评 against 县核查分 …), the
drawn units against the unit's own mean, and the items, where a plan has the same sheet filled
twice (自查 and 交叉检查).  A figure of one sheet that was looked through whole has no sampling
error; the mean of drawn units has, and its interval is that of the villages drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from fractions import Fraction
from math import nan

import pandas as pd
from scipy.stats import binomtest

from hecha.analysis import survey
from hecha.analysis.many_tests import holm
from hecha.plan import Plan
from hecha.scoring.composite import UNFINISHED
from hecha.scoring.results import Results

DRAWN = ["town", "n", "self", "verified", "low", "high", "outside"]
TOGETHER = ["figure", "n", "mean", "low", "high", "above", "below", "p", "adjusted"]
ITEMS = ["item", "name", "indicator", "n", "mean", "low", "high", "above", "below", "p", "adjusted"]


@dataclass(frozen=True)
class Gaps:
    """Gaps self − verified of several units: how many, the mean with its interval, the sign test.

    `above` and `below` count the units; `p` is the exact one-sided sign test of «above».
    """

    n: int
    mean: float
    low: float
    high: float
    above: int
    below: int
    p: float


def gaps_of(values: Iterable[float]) -> Gaps:
    """The gaps of independent units together (t with n − 1 degrees of freedom).

    >>> found = gaps_of([1.0, 2, 3, -2])
    >>> found.mean, found.above, found.below, round(found.p, 4)
    (1.0, 3, 1, 0.3125)
    >>> gaps_of([]).n
    0
    """
    known = [float(v) for v in values]
    above, below = sum(v > 0 for v in known), sum(v < 0 for v in known)
    p = float(binomtest(above, above + below, 0.5, "greater").pvalue) if above + below else nan
    if len(known) < 2:
        return Gaps(len(known), known[0] if known else nan, nan, nan, above, below, p)
    told = survey.mean(survey.Design(pd.DataFrame({"gap": known})), "gap").iloc[0]
    return Gaps(len(known), float(told["estimate"]), float(told["low"]), float(told["high"]),
                above, below, p)


def figures(results: Results) -> pd.DataFrame:
    """One row a unit and figure that it assessed itself: town, figure, self, verified, gap.

    Columns of exact Fractions; units that are not finished or said nothing are left out.
    """
    known = [f.id for f in results.plan.figures if f.id in results.self_scores.columns]
    done = results.towns[results.towns["state"] != UNFINISHED].set_index("town")
    rows = []
    for own in results.self_scores.to_dict("records"):
        for name in known if own["town"] in done.index else ():
            verified = done.loc[own["town"], name]
            if pd.notna(own[name]) and verified is not None:
                said = Fraction(own[name])
                rows.append([own["town"], name, said, verified, said - verified])
    return pd.DataFrame(rows, columns=["town", "figure", "self", "verified", "gap"], dtype=object)


def together(found: pd.DataFrame) -> pd.DataFrame:
    """Each figure of `figures` over all units: figure, the Gaps, and p among all figures (Holm).

    >>> gaps = pd.DataFrame({"figure": list("aaaaaab"), "gap": [1, 2, 1, 2, 1, 2, 1]})
    >>> together(gaps)[["figure", "n", "p", "adjusted"]].round(4).values.tolist()
    [['a', 6, 0.0156, 0.0312], ['b', 1, 0.5, 0.5]]
    """
    rows = [(name, *astuple(gaps_of(group["gap"]))) for name, group in found.groupby("figure", sort=False)]
    told = pd.DataFrame(rows, columns=TOGETHER[:-1])
    return told.assign(adjusted=holm(list(told["p"])))


def drawn_units(results: Results, mean_of: str, figure: str) -> pd.DataFrame:
    """The drawn units of each town against its self-assessed mean.

    Columns (DRAWN): town, n, self, verified (mean of the drawn), low, high (interval of the mean
    over the units that could be drawn, no error where all were), outside (whether the
    self-assessed mean lies outside it).  One drawn unit of several has no interval.
    """
    sheets = results.sheets[(results.sheets["sheet"] == mean_of) & results.sheets["score"].notna()]
    said, top = results.self_scores.set_index("town")[figure], float(results.plan.sheet[mean_of].total)
    rows = []
    for town, group in sheets.groupby("town", sort=True):
        if town in said.index and pd.notna(said[town]):
            rows.append([town, len(group), float(said[town]),
                         *_interval(group["score"].astype(float), results.units.eligible.get(town), top)])
    found = pd.DataFrame(rows, columns=DRAWN[:-1])
    return found.assign(outside=(found["self"] < found["low"]) | (found["self"] > found["high"]))


def _interval(scores: pd.Series, of: int | None, top: float) -> tuple[float, float, float]:
    """The mean of the drawn and its interval within 0 and `top`; `of` units could be drawn."""
    n, mean = len(scores), float(scores.mean())
    if n < 2:
        return (mean, mean, mean) if of == n else (mean, nan, nan)
    frame = pd.DataFrame({"score": scores.to_numpy(), "N": max(of or 0, n)})
    told = survey.mean(survey.Design(frame, sizes=("N",) if of else ()), "score").iloc[0]
    return mean, max(0.0, float(told["low"])), min(top, float(told["high"]))


def twice_filled(plan: Plan) -> list[tuple[str, str]]:
    """Pairs of sheets with the same items: (verified sheet, the other).

    >>> from hecha.plan import load_plan
    >>> twice_filled(load_plan("params/jiaocha-zicha")), twice_filled(load_plan("params/xian2023"))
    ([('cross', 'self')], [])
    """
    return [(s.items_of, s.id) for s in plan.sheets if s.items_of]


def items(results: Results, verified: str, own: str) -> pd.DataFrame:
    """Every item of a sheet filled twice: item, name, indicator, the Gaps over the units, and p among
    all items (Holm).  Columns: ITEMS.
    """
    scored = results.items[results.items["score"].notna()]
    sides = {sheet: scored[scored["sheet"] == sheet].set_index(["town", "item"]) for sheet in (verified, own)}
    found = sides[verified]["score"].rename("score_verified")
    both = sides[own].join(found, how="inner").reset_index()
    rows = []
    for item, group in both.groupby("item", sort=False):
        gaps = gaps_of(float(a - b) for a, b in zip(group["score"], group["score_verified"], strict=True))
        first = group.iloc[0]
        rows.append([item, first["name"], first["indicator"], *astuple(gaps)])
    told = pd.DataFrame(rows, columns=ITEMS[:-1])
    return told.assign(adjusted=holm(list(told["p"])))


__all__ = ["DRAWN", "ITEMS", "TOGETHER", "Gaps", "drawn_units", "figures", "gaps_of", "items", "together",
           "twice_filled"]
