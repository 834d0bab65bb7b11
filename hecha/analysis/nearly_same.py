"""Nearly the same: two forms of one village that share amounts to the cent.

A form filled by copying another agrees with it in amounts that households do not share:
wages, sales, rents.  How many two honest forms may share by chance is found in the village
itself: every amount is dealt anew among its households, and the closest pair is counted
again.  Pensions and contributions come in fixed sizes and are not compared; amounts that
are blank in both are no agreement.  There is no line of 85 % (Kuriakose and Robbins, 2016):
it flags honest forms with many blank or fixed answers, see docs/truth.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations
from math import nan

import numpy as np
import pandas as pd

from hecha.analysis.many_tests import enough, holm, permutation_p

COMPARED = ("wages", "business_income", "business_costs", "depreciation", "production_tax",
            "production_subsidy", "property_income", "property_outlay", "transfer_income",
            "imputed_rent", "excluded_income")
FEWEST = 2
"""a closest pair that shares less than this is not worth a permutation: its p-value is 1"""
COLUMNS = ["unit", "town", "n", "one", "other", "same", "compared", "p", "adjusted"]


def agreement(one, other, names: Sequence[str]) -> tuple[Fraction, int]:
    """Share of the amounts, filled in either form, that are equal; and how many they are.

    >>> from types import SimpleNamespace as Form
    >>> agreement(Form(a=5, b=0, c=7), Form(a=5, b=0, c=8), "abc")
    (Fraction(1, 2), 2)
    """
    pairs = [(a, b) for name in names
             if (a := int(getattr(one, name))) or int(getattr(other, name))
             for b in [int(getattr(other, name))]]
    same = sum(a == b for a, b in pairs)
    return (Fraction(same, len(pairs)) if pairs else Fraction(0)), len(pairs)


def nearly_same(households: pd.DataFrame, seed: int, by: str = "village",
                permutations: int = 4999) -> pd.DataFrame:
    """The closest pair of every village and how likely it is by chance.

    Columns: unit, town, n (forms), one and other (their index in `households`), same (equal
    amounts), compared (filled in either), p (permutation within the unit), adjusted (Holm).
    A unit with one form is not tested. With many units there are more `permutations` (`enough`).

    >>> frame = pd.DataFrame({"village": "a", "town": "t",
    ...     **{n: [100 * i + 1, 100 * i + 1, 200 * i + 3, 300 * i + 5, 7 * i + 1]
    ...        for i, n in enumerate(COMPARED, 1)}})
    >>> found = nearly_same(frame, seed=1)
    >>> found[["one", "other", "same", "compared"]].values.tolist(), bool(found["p"][0] < 0.001)
    ([[0, 1, 11, 11]], True)
    """
    rows, permutations = [], enough(permutations, households[by].nunique())
    for number, (unit, group) in enumerate(households.groupby(by, sort=True)):
        amounts = group[list(COMPARED)].to_numpy(dtype=np.int64)
        rows.append([unit, group["town"].iloc[0], len(group),
                     *_closest(group.index, amounts, [seed, number], permutations)])
    found = pd.DataFrame(rows, columns=COLUMNS[:-1])
    return found.assign(adjusted=holm(list(found["p"])))


def _closest(index: pd.Index, amounts: np.ndarray, seed: list[int], permutations: int) -> list:
    if len(amounts) < 2:
        return [None, None, 0, 0, nan]
    pairs = np.array(list(combinations(range(len(amounts)), 2)))
    same = _equal(amounts[None], pairs)[0]
    best = int(same.argmax())
    one, other = pairs[best]
    compared = int(((amounts[one] != 0) | (amounts[other] != 0)).sum())
    p = 1.0 if same[best] < FEWEST else chance_of(amounts, int(same[best]), pairs, seed, permutations)
    return [index[one], index[other], int(same[best]), compared, p]


def chance_of(amounts: np.ndarray, same: int, pairs: np.ndarray, seed: list[int],
              permutations: int) -> float:
    """The p-value of a closest pair with `same` equal amounts, every column dealt anew."""
    dealt = np.random.default_rng(seed).permuted(
        np.broadcast_to(amounts, (permutations, *amounts.shape)), axis=1)
    return permutation_p(same, _equal(dealt, pairs).max(axis=1))


def _equal(amounts: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Equal, filled amounts of every pair of forms, for each of several tables."""
    first, second = amounts[:, pairs[:, 0]], amounts[:, pairs[:, 1]]
    return ((first == second) & (first != 0)).sum(axis=2)


__all__ = ["COLUMNS", "COMPARED", "FEWEST", "agreement", "chance_of", "nearly_same"]
