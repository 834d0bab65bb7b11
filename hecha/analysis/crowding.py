"""Crowding: more incomes just above the standard than beside it.

Where figures are pushed over a line, the stretch just above the line has more households
than the two stretches beside it.  Where incomes only thin out or grow evenly along the
three, the middle one has a third of them whatever the slope, so the count is exactly
binomial: Frandsen, Party Bias in Union Representation Elections, Advances in Econometrics 38
(2017), for a figure that takes few values; the binomial windows of Cattaneo, Frandsen and
Titiunik (2015) compare two stretches only and take a slope for crowding.  McCrary's test
(2008) wants thousands near the line; a county's register has dozens.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from scipy.stats import binom, binomtest

from hecha.analysis.many_tests import LEVEL


@dataclass(frozen=True)
class Crowding:
    """Households in the stretches below, just above and further above, and the exact p-value.

    `power` is the chance to show it if `moved` of those below had been lifted just above.
    """

    below: int
    above: int
    further: int
    p: float
    power: float
    moved: float

    @property
    def near(self) -> int:
        """Households in the three stretches."""
        return self.below + self.above + self.further


def just_above(incomes: pd.Series | np.ndarray, standard: float, width: float) -> np.ndarray:
    """Which incomes lie on the standard or less than `width` above it.

    >>> just_above(np.array([99, 100, 149, 150]), 100, 50).tolist()
    [False, True, True, False]
    """
    over = np.asarray(incomes) - standard
    return (over >= 0) & (over < width)


def crowding(incomes: pd.Series | np.ndarray, standard: float, width: float, moved: float = 0.5,
             curvature: float = 0.0, level: float = LEVEL) -> Crowding:
    """The test on incomes a head (the unit of `standard` and `width`).

    `curvature` k is how far the density may bend over the three stretches: an honest middle
    one then has at most (1 + k)/(3 + k) of them (0: a straight line).

    >>> crowding(np.repeat([50.0, 150, 250], [10, 40, 10]), 100, 100).p < 0.001
    True
    >>> round(crowding(np.repeat([50.0, 150, 250], [10, 20, 30]), 100, 100).p, 3)
    0.548
    """
    counts = [int(just_above(incomes, standard + shift * width, width).sum()) for shift in (-1, 0, 1)]
    n, honest = sum(counts), (1 + curvature) / (3 + curvature)
    p = float(binomtest(counts[1], n, honest, "greater").pvalue) if n else nan
    return Crowding(*counts, p, power(n, moved, curvature, level), moved)


def power(near: int, moved: float, curvature: float = 0.0, level: float = LEVEL) -> float:
    """The chance that the test shows `moved` of the households below lifted just above.

    `near` households lie in the three stretches. Exact; nan without households.

    >>> [round(power(n, 0.5), 2) for n in (12, 30, 126)]
    [0.19, 0.57, 0.98]
    """
    if near < 1:
        return nan
    honest = (1 + curvature) / (3 + curvature)
    needed = int(binom.isf(level, near, honest)) + 1
    return float(binom.sf(needed - 1, near, honest + moved * (1 - honest) / 2))


def register_incomes(persons: pd.DataFrame) -> pd.DataFrame:
    """The register's reported incomes, one row a household: household, village, town, income (yuan)."""
    known = persons[persons["reported_income"].notna()].drop_duplicates("household")
    return pd.DataFrame({"household": known["household"], "village": known["village"],
                         "town": known["village"].str[:9],
                         "income": known["reported_income"].astype(float) / 100}
                        ).reset_index(drop=True)


__all__ = ["Crowding", "crowding", "just_above", "power", "register_incomes"]
