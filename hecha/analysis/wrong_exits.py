"""Wrong exits (错退): households on the list of those who left poverty that have not.

The estimate is that of hecha.analysis.households (weighted, two stages, Korn and Graubard):
here are the counts it stands on beside it, and the rates that a case only records as a
percentage.  Who should be on the list and is not (漏评) cannot be learned from a sample of the
list; it is refused in words, not estimated as 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan

import pandas as pd

from hecha.analysis import households
from hecha.plan import Plan

NO_VISITS = "漏评率：不能估计。本卷宗没有可以推算的逐户走访。"
COLUMNS = ["what", "town", "measure", "found", "n", "share", "low", "high"]


def faults_of(plan: Plan, main: Mapping[str, str]) -> dict[str, str]:
    """Of the measures judged by the income standard, those that cost points by the case: a count of
    households above a line is no count of wrong exits.

    >>> from hecha.plan import load_plan
    >>> faults_of(load_plan("params/xian2023"), {"T-A1-3/未真正脱贫户": "未真正脱贫户"})
    {'T-A1-3/未真正脱贫户': '未真正脱贫户'}
    """
    by_case = {i.code for i in plan.items if i.rule.kind == "deduct_per_case"}
    return {column: name for column, name in main.items() if column.split("/")[0] in by_case}


def rates(visited: pd.DataFrame, main: Mapping[str, str]) -> pd.DataFrame:
    """The share of wrong exits by persons and by households, of all and by town (COLUMNS).

    `visited` and `main` as hecha.fieldwork.visited gathers them: the frame of `households.rates` and
    its measures that are 错退. `what` is persons or households, `town` "" for all, `found` of `n`
    what was visited; nan where a share cannot be estimated.

    >>> visited = pd.DataFrame({"town": "t", "village": list("aabb"), "household": list("wxyz"),
    ...     "members": [1, 3, 2, 2], "N": 4, "M": 10, "weight": 10.0, "bad": [1, 0, 0, 0]})
    >>> rates(visited, {"bad": "未真正脱贫户"})[["what", "town", "found", "n", "share"]].values.tolist()
    [['households', '', 1, 4, 0.25], ['persons', '', 1, 8, 0.125], ['persons', 't', 1, 8, 0.125]]
    """
    if visited.empty or not main:
        return pd.DataFrame(columns=COLUMNS)
    of_all = households.rates(visited, main)
    by_town = households.rates(visited, main, "town")
    told = pd.concat([of_all, by_town[by_town["per"] == households.PER_PERSON]], ignore_index=True)
    columns = {name: column for column, name in main.items()}
    return pd.DataFrame([_row(r, visited, columns[r.measure]) for r in told.itertuples()],
                        columns=COLUMNS)


def _row(told, visited: pd.DataFrame, column: str) -> list[object]:
    """A row of `households.rates` with what was found and visited."""
    part = visited[visited["town"] == told.where] if told.where else visited
    persons = told.per == households.PER_PERSON
    each = part["members"] if persons else pd.Series(1, index=part.index)
    ends = [nan if v is None else float(v) for v in (told.estimate, told.low, told.high)]
    return ["persons" if persons else "households", told.where, told.measure,
            int((part[column] * each).sum()), int(each.sum()), *ends]


def recorded(plan: Plan, observations: pd.DataFrame, names: tuple[str, ...] = ("错退率", "漏评率", "认可度")
             ) -> pd.DataFrame:
    """Rates that a case only records, without the counts they are of: sheet, unit, item, name,
    value (as typed), quote (the plan's line, its own words)."""
    asked = {(i.sheet, i.code): i for i in plan.items if any(n in i.name for n in names)}
    rows = [[r.sheet, r.unit, r.item, asked[r.sheet, r.item].name, r.value,
             asked[r.sheet, r.item].quote or ""]
            for r in observations.itertuples() if (r.sheet, r.item) in asked]
    return pd.DataFrame(rows, columns=["sheet", "unit", "item", "name", "value", "quote"])


__all__ = ["COLUMNS", "NO_VISITS", "faults_of", "rates", "recorded"]
