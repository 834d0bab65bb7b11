"""Heaping: amounts in full hundreds more often in one team's forms than in the others'.

People round, so round numbers prove nothing by themselves; what can be tested is whether a
team's forms have more of them than chance gives when the county's households are dealt to
the teams anew.  Whole households are dealt, because the amounts of one household are
rounded together.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hecha.analysis.many_tests import enough, holm, permutation_p

TOLD = ("wages", "business_income", "business_costs", "property_income", "transfer_income")
"""amounts that a person tells; pensions and contributions come in fixed sizes and are left out"""
HUNDRED = 10_000
"""100 yuan in fen"""


def whole_hundreds(amounts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """A row's amounts (fen) of at least 100 yuan, and how many of them are full hundreds.

    >>> many, whole = whole_hundreds(pd.DataFrame({"a": [30_000, 12_345], "b": [0, 50_000]}))
    >>> many.tolist(), whole.tolist()
    ([1, 2], [1, 1])
    """
    values = amounts.to_numpy(dtype=np.int64)
    large = values >= HUNDRED
    return large.sum(axis=1), (large & (values % HUNDRED == 0)).sum(axis=1)


def heaping(households: pd.DataFrame, by: str, seed: int, permutations: int = 1999) -> pd.DataFrame:
    """Round amounts by a column (`file` is the team) against the rest of the county.

    Columns: the column's name, town, n (amounts), whole, share, rest (the others' share),
    p (permutation of households, one-sided), adjusted (Holm).  nan where it has no amount.

    >>> frame = pd.DataFrame({"file": ["a"] * 6 + ["b"] * 6, "town": "t",
    ...     **{name: [30_000] * 6 + [31_415] * 6 for name in TOLD}})
    >>> heaping(frame, "file", seed=1)["whole"].tolist()
    [30, 0]
    """
    columns = [by, "town", "n", "whole", "share", "rest", "p"]
    if households.empty:
        return pd.DataFrame(columns=[*columns, "adjusted"])
    frame = households.sort_values([by], kind="stable")
    many, whole = whole_hundreds(frame[list(TOLD)])
    overall = whole.sum() / max(1, many.sum())
    surplus = whole - overall * many
    units, starts = np.unique(frame[by].to_numpy(dtype=str), return_index=True)
    shuffled = _shuffled(surplus, starts, seed, enough(permutations, len(units)))
    seen = np.add.reduceat(surplus, starts)
    rows = [_row(unit, frame["town"].iloc[at], many[at:to], whole[at:to], many.sum(), whole.sum(),
                 permutation_p(seen[i], shuffled[:, i]))
            for i, (unit, at, to) in enumerate(zip(units, starts, [*starts[1:], len(frame)],
                                                   strict=True))]
    found = pd.DataFrame(rows, columns=columns)
    found["adjusted"] = holm(list(found["p"]))
    return found


def _shuffled(surplus: np.ndarray, starts: np.ndarray, seed: int, permutations: int) -> np.ndarray:
    """The units' sums when the households are dealt anew, one row a permutation."""
    order = np.random.default_rng(seed).permuted(
        np.broadcast_to(surplus, (permutations, len(surplus))), axis=1)
    return np.add.reduceat(order, starts, axis=1)


def _row(unit: str, town: str, many: np.ndarray, whole: np.ndarray, all_many: int, all_whole: int,
         p: float) -> list[object]:
    n, own = int(many.sum()), int(whole.sum())
    others = all_many - n
    return [unit, town, n, own, own / n if n else np.nan,
            (all_whole - own) / others if others else np.nan, p if n else np.nan]


__all__ = ["HUNDRED", "TOLD", "heaping", "whole_hundreds"]
