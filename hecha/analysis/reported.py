"""Reported: what the village reported of a household against what the visit found.

One figure a household and two people's word for it.  Where both are honest the report is
as often too high as too low, whatever the size of the errors; that is the sign test, and
it needs no model of incomes.  How far the two lie apart is another question, told as Bland
and Altman tell it: the difference against the mean, the limits between which 95 % lie.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from scipy.stats import binom, binomtest

from hecha.analysis import survey
from hecha.analysis.many_tests import LEVEL, holm
from hecha.plan import Plan
from hecha.scoring.counting import count_households

COLUMNS = ["household", "village", "town", "visitor", "members", "reported", "verified", "gap",
           "relative", "file", "sheet", "row"]


def incomes(plan: Plan, households: pd.DataFrame) -> pd.DataFrame:
    """One row a visited household that has both figures, in yuan a head.

    Columns: household, village, town, visitor, members, reported (上报), verified (核实, by the
    plan's formula), gap (reported − verified), relative (gap / verified, nan where that is
    not above 0), file, sheet, row.  Empty where the plan has no household form.
    """
    if plan.household is None or households.empty:
        return pd.DataFrame(columns=COLUMNS)
    known = households[households["self_income"].notna() & (households["members"] > 0)]
    total = count_households(plan, known).set_index("household")["income_total"]
    verified = total.reindex(known["household"]).to_numpy(dtype=float)
    return paired(known.assign(
        reported=known["self_income"].astype(float) / 100,
        verified=verified / 100 / known["members"].to_numpy(dtype=float)))


def paired(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with reported and verified, its `gap` and `relative` added (COLUMNS it has).

    >>> paired(pd.DataFrame({"reported": [120.0, 5], "verified": [100.0, 0]})).values.tolist()
    [[120.0, 100.0, 20.0, 0.2], [5.0, 0.0, 5.0, nan]]
    """
    gap = frame["reported"] - frame["verified"]
    found = frame.assign(gap=gap, relative=gap / frame["verified"].where(frame["verified"] > 0))
    return found[[c for c in COLUMNS if c in found]].reset_index(drop=True)


def signs(pairs: pd.DataFrame, by: str, tolerance: float, level: float = LEVEL) -> pd.DataFrame:
    """How often the report is above and below, by a column, and the one-sided sign test.

    `tolerance` is the relative gap that is let pass when counting households beyond it.
    Columns: the column's name, n, above, below, beyond_above, beyond_below, p (exact binomial,
    equal ones left out), adjusted (Holm over the units), least (the smallest share of
    over-reported households that this n would show with probability 0.8; nan if none would).

    >>> two = pd.DataFrame({"town": "甲", "gap": [5.0] * 9 + [-5.0], "relative": [0.3] * 9 + [-0.1]})
    >>> signs(two, "town", 0.2).round(4).values.tolist()[0][:7]
    ['甲', 10, 9, 1, 9, 0, 0.0107]
    """
    rows = []
    for unit, group in pairs.groupby(by, sort=True):
        above, below = int((group["gap"] > 0).sum()), int((group["gap"] < 0).sum())
        p = binomtest(above, above + below, 0.5, "greater").pvalue if above + below else nan
        rows.append([unit, len(group), above, below, int((group["relative"] > tolerance).sum()),
                     int((group["relative"] < -tolerance).sum()), p])
    found = pd.DataFrame(rows, columns=[by, "n", "above", "below", "beyond_above", "beyond_below", "p"])
    units = int(found["p"].notna().sum())
    found["adjusted"] = holm(list(found["p"]))
    found["least"] = [least_share(int(a + b), level / max(1, units))
                      for a, b in zip(found["above"], found["below"], strict=True)]
    return found


@dataclass(frozen=True)
class Crossed:
    """Households on different sides of the standard: `up` are reported on or above it and found
    below, `down` the other way; p is the exact one-sided test of up against down (McNemar)."""

    up: int
    down: int
    p: float


def crossed(pairs: pd.DataFrame, standard: float) -> Crossed:
    """Whose report and visit disagree about the standard (yuan a head).

    >>> crossed(pd.DataFrame({"reported": [11.0, 12, 13, 8], "verified": [9.0, 9, 9, 8]}), 10)
    Crossed(up=3, down=0, p=0.125)
    """
    reported, verified = pairs["reported"] >= standard, pairs["verified"] >= standard
    up, down = int((reported & ~verified).sum()), int((~reported & verified).sum())
    return Crossed(up, down, float(binomtest(up, up + down, 0.5, "greater").pvalue) if up + down else nan)


def sign_power(n: int, share: float, level: float = LEVEL) -> float:
    """The chance that the sign test shows a `share` of n households reported too high.

    The others are above or below with equal chance.  Exact; nan without households.

    >>> round(sign_power(23, 0.1), 2), round(sign_power(344, 0.1), 2), sign_power(23, 0) < 0.05
    (0.12, 0.57, True)
    """
    if n < 1:
        return nan
    needed = int(binom.isf(level, n, 0.5)) + 1
    return float(binom.sf(needed - 1, n, share + (1 - share) / 2))


def least_share(n: int, level: float = LEVEL, wanted: float = 0.8) -> float:
    """The smallest share, in steps of 0.05, that is shown with probability `wanted`; nan if none."""
    return next((s / 20 for s in range(1, 21) if sign_power(n, s / 20, level) >= wanted), nan)


@dataclass(frozen=True)
class Agreement:
    """How far two figures agree, in the unit of the figures.

    `mean` is the mean gap with its interval (`low`, `high`, by the means of the villages, which
    are what was drawn); `lower` and `upper` are the limits of agreement, the 2.5 % and 97.5 %
    points of the gaps, as Bland and Altman give where gaps are not normal.
    """

    n: int
    mean: float
    low: float
    high: float
    lower: float
    upper: float


def agreement(pairs: pd.DataFrame) -> Agreement:
    """Bland and Altman's figures of the gaps (Statistical Methods in Medical Research 8, 1999).

    The interval of the mean treats the village as what was drawn (hecha.analysis.survey): t
    with villages − 1 degrees of freedom; one village has none.

    >>> frame = pd.DataFrame({"village": list("aabb"), "gap": [1.0, 3, 2, 4]})
    >>> one = agreement(frame)
    >>> one.n, one.mean, round(one.low, 2), round(one.high, 2)
    (4, 2.5, -3.85, 8.85)
    """
    gaps = pairs["gap"].to_numpy(dtype=float)
    if not len(gaps):
        return Agreement(0, nan, nan, nan, nan, nan)
    low, high = _interval(pairs)
    lower, upper = np.quantile(gaps, [0.025, 0.975])
    return Agreement(len(gaps), float(gaps.mean()), low, high, float(lower), float(upper))


def _interval(pairs: pd.DataFrame) -> tuple[float, float]:
    if pairs["village"].nunique() < 2:
        return nan, nan
    told = survey.mean(survey.Design(pairs, ("village",)), "gap").iloc[0]
    return float(told["low"]), float(told["high"])


__all__ = ["COLUMNS", "Agreement", "Crossed", "agreement", "crossed", "incomes", "least_share", "paired", "sign_power",
           "signs"]
