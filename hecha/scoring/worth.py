"""Worth: what one point of a sheet is worth in a town's graded figure.

1 point of 县核查分 is 0.42 of 综合评价, 1 point of one of four villages 0.07 (六, 七).  It is
the plan's weights multiplied down the tree of figures, as the scoring does it: a part
that does not apply to a town leaves, and the rest is re-weighted.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from hecha.plan import Plan
from hecha.plan.model import Figure
from hecha.scoring.composite import UNFINISHED
from hecha.scoring.results import Results


def weights(results: Results, town: str) -> dict[str, Fraction]:
    """Sheet → what one point of one of its units is worth in the town's graded figure.

    Sampled sheets share their weight among the town's units; a part that does not
    apply to the town leaves and the rest is re-weighted, as the scoring does.
    """
    plan = results.plan
    row = results.towns.loc[results.towns["town"] == town].iloc[0]
    gone = {f.id for f in plan.figures if row["state"] != UNFINISHED and row[f.id] is None}
    found: dict[str, Fraction] = defaultdict(Fraction)
    drawn = max(1, len(results.units.drawn.get(town, ())))
    _spread(plan, plan.figure[plan.grades.of], Fraction(1), gone, drawn, found)
    return dict(found)


def _spread(plan: Plan, figure: Figure, share: Fraction, gone: set[str], drawn: int,
            found: dict[str, Fraction]) -> None:
    if figure.sheet:
        found[figure.sheet] += share
    elif figure.mean_of:
        found[figure.mean_of] += share / drawn
    else:
        parts = {p: s for p, s in figure.parts.items() if p not in gone}
        whole = sum(parts.values(), Fraction(0))
        for part, own in parts.items():
            _spread(plan, plan.figure[part], share * own / whole, gone, drawn, found)


__all__ = ["weights"]
