"""Parts: of a county's results, what one town's report is told, and no more.

A town's page shows the town's own rows, and of the others only what a reader compares it
with: whether all are done (ranks may move while one is not) and the scores of the sampled
units.  Given just that, the page depends on just that: another town's corrected form leaves
it as it is, unless a compared score moved.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from hecha.problems import Problems
from hecha.scoring.results import Results
from hecha.scoring.units import Units

_COMPARED = ("sheet", "unit", "town", "score")


def part_of(results: Results, town: str) -> Results:
    """The results as one town's report is told them; same columns, fewer rows.

    `towns ledger items missing income_turns listed self_scores` and the problems are the
    town's own; `sheets` keeps, of other towns, the sampled units' `sheet unit town score`;
    `others` holds the states of the towns left out. A part of a part is itself.
    """
    units = {town, *results.units.drawn.get(town, ())}
    others = set(results.towns.loc[results.towns["town"] != town, "state"])
    return replace(
        results, towns=_own(results.towns, town), sheets=_compared(results, town),
        items=_own(results.items, town), ledger=_own(results.ledger, town),
        missing=_own(results.missing, town), income_turns=_own(results.income_turns, town),
        self_scores=_own(results.self_scores, town),
        listed=results.listed[results.listed["unit"].isin(units)].reset_index(drop=True),
        problems=Problems(results.problems.of(town)),
        others=tuple(sorted(others | set(results.others))))


def plan_of(results: Results) -> Results:
    """The plan alone, as it was used: results without a row."""
    frames = ("towns", "sheets", "items", "ledger", "missing", "income_turns", "listed",
              "self_scores")
    empty = {name: getattr(results, name).iloc[:0] for name in frames}
    nobody = Units({}, {}, {}, {}, {})
    return replace(results, units=nobody, problems=Problems(), others=(), mark=results.mark, **empty)


def _own(frame: pd.DataFrame, town: str) -> pd.DataFrame:
    return frame[frame["town"] == town].reset_index(drop=True)


def _compared(results: Results, town: str) -> pd.DataFrame:
    plan, frame = results.plan, results.sheets
    sampled = {s.id for s in plan.sheets if plan.level[s.level].sampled}
    kept = frame[(frame["town"] == town) | frame["sheet"].isin(sampled)].reset_index(drop=True)
    away = kept["town"] != town
    kept.loc[away, [c for c in kept.columns if c not in _COMPARED]] = None
    return kept


__all__ = ["part_of", "plan_of"]
