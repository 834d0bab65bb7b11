"""Many tests: what a p-value is worth when a county is looked at a hundred times.

Fifteen honest towns tested at 5 % give a false alarm in more than half of all counties.
So the units of one question are judged together, by Holm's step-down method, which holds
whatever the tests have to do with each other; a unit that could not be tested takes no
part.  What is left on the list is a reason to look on the spot, nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isnan, nan

import numpy as np

LEVEL = 0.05
"""the usual level of a test: of 20 honest counties, one is listed for nothing"""


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values: below `level`, the unit stands out among all that were tested.

    nan (not tested) stays nan and does not count.  Holm, A simple sequentially rejective
    multiple test procedure, Scandinavian Journal of Statistics 6 (1979).

    >>> holm([0.01, 0.04, nan, 0.03])
    [0.03, 0.06, nan, 0.06]
    """
    asked = sorted((p, i) for i, p in enumerate(p_values) if not isnan(p))
    adjusted, largest = [nan] * len(p_values), 0.0
    for rank, (p, i) in enumerate(asked):
        largest = max(largest, min(1.0, p * (len(asked) - rank)))
        adjusted[i] = largest
    return adjusted


def permutation_p(seen: float, shuffled: np.ndarray) -> float:
    """The p-value of a statistic among its permutations, never 0.

    (1 + those at least as large) / (1 + permutations): Phipson and Smyth, Permutation
    p-values should never be zero, Statistical Applications in Genetics 9 (2010).

    >>> permutation_p(3, np.array([0, 1, 3]))
    0.5
    """
    return (1 + int(np.count_nonzero(shuffled >= seen - 1e-9))) / (1 + len(shuffled))


def enough(permutations: int, tests: int, level: float = LEVEL) -> int:
    """At least so many permutations, and more where many units are tested together.

    The smallest p-value of n permutations is 1/(1 + n): times the number of tests (Holm) it must
    come down to half the level, or no unit could ever stand out.

    >>> enough(4999, 60), enough(4999, 400)
    (4999, 15999)
    """
    return max(permutations, ceil(round(2 * tests / level, 6)) - 1)


def false_alarms(tests: int, level: float = LEVEL) -> float:
    """The chance of at least one false alarm in so many independent tests without correction.

    >>> round(false_alarms(15), 2)
    0.54
    """
    return 1 - (1 - level) ** tests


__all__ = ["LEVEL", "enough", "false_alarms", "holm", "permutation_p"]
