"""Weights: a composite by a hierarchy of weights, its ranks, and what weights do to ranks.

The commonest way to make one figure of many: values are averaged by weight, heading by
heading, up to the top.  A value that is not there (缺项) leaves with its weight, and the rest
is weighed anew.  Many sets of weights are one array: one row a replication.

Source: OECD/JRC, Handbook on Constructing Composite Indicators (2008), steps 6 and 7; the
same aggregation as the R package COINr (a_amean, Uncertainty), which tests/analysis
reproduces.  Floats: nothing here is a score.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

Array = np.ndarray


def weighted_means(values: Array, weights: Array) -> Array:
    """The weighted means of units under many sets of weights: replications × units.

    `values`: units × parts, or replications × units × parts; NaN is absent. `weights`:
    replications × parts. A unit without any part is NaN.

    >>> weighted_means(np.array([[90.0, 80.0], [70.0, np.nan]]), np.array([[3.0, 1.0], [1.0, 1.0]]))
    array([[87.5, 70. ],
           [85. , 70. ]])
    """
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    if values.ndim == 2:
        top, bottom = weights @ filled.T, weights @ there.T.astype(float)
    else:
        top = np.einsum("rp,rup->ru", weights, filled)
        bottom = np.einsum("rp,rup->ru", weights, there.astype(float))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom > 0, top / bottom, np.nan)


def composite(values: pd.DataFrame, parents: Mapping[str, str],
              weights: pd.DataFrame) -> dict[str, Array]:
    """Every heading of a hierarchy from its leaves: heading → replications × units.

    `values`: one row a unit, one column a leaf (NaN is absent); `parents`: part → the
    heading above it; `weights`: one row a replication, one column a part. Weights are shares
    of their heading: only their proportions count.

    >>> marks = pd.DataFrame({"a": [90.0, 60.0], "b": [70.0, 80.0], "c": [50.0, 100.0]})
    >>> tree = {"a": "first", "b": "first", "first": "all", "c": "all"}
    >>> even = pd.DataFrame([dict.fromkeys(tree, 1.0)])
    >>> composite(marks, tree, even)["all"]
    array([[65., 85.]])
    """
    made: dict[str, Array] = {}
    found = {leaf: np.broadcast_to(values[leaf].to_numpy(float), (len(weights), len(values)))
             for leaf in values.columns}
    headings = set(parents.values())
    while headings - made.keys():
        ready = [h for h in sorted(headings - made.keys())
                 if all(part in found for part, above in parents.items() if above == h)]
        if not ready:
            raise ValueError("the hierarchy has a circle, or a part without values")
        for heading in ready:
            parts = [part for part, above in parents.items() if above == heading]
            below = np.stack([found[part] for part in parts], axis=-1)
            made[heading] = weighted_means(below, weights[parts].to_numpy(float))
            found[heading] = made[heading]
    return made


def ranks(scores: Array) -> Array:
    """Standard competition ranks (1, 1, 3) along the last axis, the highest first.

    NaN has no rank (0). Scores are compared as they are: publish them first where the plan
    ranks the published figure.

    >>> ranks(np.array([[90.0, 95.0, 90.0, np.nan]]))
    array([[2, 1, 2, 0]], dtype=int16)
    """
    rows = np.ascontiguousarray(np.moveaxis(scores, -1, 0))
    found = np.ones(rows.shape, dtype=np.int16)
    for own, place in zip(rows, found, strict=True):
        for other in rows:
            place += other > own
    found[np.isnan(rows)] = 0
    return np.moveaxis(found, 0, -1)


RANK_STATISTICS = ("mean", "median", "low", "high", "best", "worst")


def rank_statistics(found: Array, level: float = 0.90) -> pd.DataFrame:
    """What many replications say of each unit's rank: one row a unit.

    `found`: replications × units. Columns mean, median, low and high (the ends of the
    middle `level` of the replications; 0.90 as in COINr's Q5 and Q95, by linear
    interpolation, type 7), best and worst.

    >>> rank_statistics(np.array([[1, 2], [1, 2], [2, 1], [1, 2]])).round(2).values.tolist()
    [[1.25, 1.0, 1.0, 1.85, 1.0, 2.0], [1.75, 2.0, 1.15, 2.0, 1.0, 2.0]]
    """
    tail = (1 - level) / 2
    low, median, high = np.quantile(found, [tail, 0.5, 1 - tail], axis=0)
    return pd.DataFrame({"mean": found.mean(axis=0), "median": median, "low": low, "high": high,
                         "best": found.min(axis=0).astype(float),
                         "worst": found.max(axis=0).astype(float)})


__all__ = ["RANK_STATISTICS", "composite", "rank_statistics", "ranks", "weighted_means"]
