"""Rates: what a few visits can say about a share, and what they would not have seen.

A share of 0 among 5 households is no share of 0 in the village.  The intervals here hold
for small counts (exact), for clustered and weighted samples (Korn and Graubard), and the
power of a visit says how likely it is to meet a fault at all.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
from scipy import stats


def exact_interval(found: float, visited: float, level: float = 0.95) -> tuple[float, float]:
    """Clopper & Pearson's interval of a share: never below its level (Biometrika 26, 1934).

    `found` of `visited` households, drawn independently; fractions are allowed, for effective
    sizes. With none found the upper end is 1 − (α/2)^(1/n).

    >>> low, high = exact_interval(0, 20)
    >>> low, round(high, 4)
    (0.0, 0.1684)
    >>> [round(end, 4) for end in exact_interval(2, 20)]
    [0.0123, 0.317]
    """
    tail = (1 - level) / 2
    low = 0.0 if found <= 0 else float(stats.beta.ppf(tail, found, visited - found + 1))
    high = 1.0 if found >= visited else float(stats.beta.ppf(1 - tail, found + 1, visited - found))
    return low, high


def korn_graubard(share: float, se: float, n: int, df: int, level: float = 0.95
                  ) -> tuple[float, float]:
    """The exact interval with the effective sample size (Korn & Graubard, 1998).

    The effective size is p(1−p)/se², times (t_{n−1}/t_df)² for the few clusters, at most n
    (the truncation of the National Center for Health Statistics, 2017, keeps a lucky small
    variance from promising more than n visits can). With no variance to be seen (a share of
    0 or 1) it is n (t_{n−1}/t_df)²: the clusters cannot be told from independent households.

    >>> [round(end, 4) for end in korn_graubard(0.0, 0.0, 20, 3)]
    [0.0, 0.3472]
    >>> [round(end, 4) for end in korn_graubard(0.2, 0.1, 40, 39)]
    [0.0464, 0.4703]
    """
    tail = (1 - level) / 2
    few = float(stats.t.ppf(tail, n - 1) / stats.t.ppf(tail, df)) ** 2 if df > 0 and n > 1 else 0.0
    size = share * (1 - share) / se**2 if se > 0 else float(n)
    size = min(size * few, float(n))
    return exact_interval(share * size, size, level) if size > 0 else (0.0, 1.0)


def interval(method: str, share: float, se: float, n: int, df: int, level: float = 0.95
             ) -> tuple[float, float]:
    """An interval of a share by name: `korn_graubard`, `logit` or `asin`.

    `logit` and `asin` put Student's interval on the transformed scale (delta method; Brown, Cai
    & DasGupta 2001 for the transformations); at 0 and 1 they do not exist and Korn and
    Graubard's is given.
    """
    if method == "korn_graubard" or not 0 < share < 1:
        return korn_graubard(share, se, n, df, level)
    reach = float(stats.t.ppf((1 + level) / 2, df))
    if method == "logit":
        middle, half = np.log(share / (1 - share)), reach * se / (share * (1 - share))
        return tuple(float(1 / (1 + np.exp(-end))) for end in (middle - half, middle + half))
    if method == "asin":
        middle, half = np.arcsin(np.sqrt(share)), reach * se / (2 * np.sqrt(share * (1 - share)))
        return tuple(float(np.sin(max(0.0, min(np.pi / 2, end))) ** 2)
                     for end in (middle - half, middle + half))
    raise ValueError(f"unknown method {method!r}: korn_graubard, logit, asin")


def detection(households: int, false: int, visits: int) -> Fraction:
    """The probability that at least one of `false` households is visited (hypergeometric).

    1 − C(M − K, m)/C(M, m). A village with 4 false households of 40 is caught by 5 visits with
    probability 0.43: more often than not it goes unseen.

    >>> round(float(detection(40, 4, 5)), 2), detection(5, 1, 5)
    (0.43, Fraction(1, 1))
    """
    if not 0 <= false <= households or not 0 <= visits <= households:
        raise ValueError("户数、假户数、走访户数对不上")
    return 1 - Fraction(comb(households - false, visits), comb(households, visits))


def visits_needed(households: int, false: int, wanted: float) -> int:
    """The fewest visits that meet a false household with probability `wanted`.

    >>> visits_needed(40, 4, 0.9)
    17
    """
    return next(v for v in range(households + 1) if detection(households, false, v) >= wanted)


__all__ = ["detection", "exact_interval", "interval", "korn_graubard", "visits_needed"]
