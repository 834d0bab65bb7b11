"""Wrong exits (错退): households on the list of those who left poverty that have not.

The visited households were drawn from that list, so their share can be carried to the whole,
weighted by how likely each was drawn.  Published plans count persons (错退率 = 抽样错退人口数 /
抽样脱贫人口数), and persons of one household are not independent: the interval is Korn and
Graubard's for a ratio over villages.  Who should be on the list and is not (漏评) cannot be
learned from a sample of the list; it is refused in words, not estimated as 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import pandas as pd

from hecha.analysis import survey
from hecha.analysis.rates import exact_interval
from hecha.plan import Plan
from hecha.plan.model import Item
from hecha.scoring.counting import count_households, judged_by_standard, measure_column

REFUSED = ("漏评率：不能估计。走访的户都是从登记的名单里抽的，不在名单上的一户也没有走访；"
           "要估计漏评，须另从没有登记的农户里抽样。")
NO_VISITS = "漏评率：不能估计。本卷宗没有逐户走访的记录。"


def measure_of(plan: Plan) -> tuple[Item, str] | None:
    """The item and measure by which the plan counts wrong exits: households judged by the income
    standard on a sheet that is not sampled; None where the plan has none.

    >>> from hecha.plan import load_plan
    >>> measure_of(load_plan("params/xian2023"))[1]
    '未真正脱贫户'
    >>> measure_of(load_plan("params/shi-jianpin65")) is None
    True
    """
    if plan.household is None:
        return None
    judged = judged_by_standard(plan)
    return next(((i, name) for i in plan.items for name, count in i.derived.items()
                 if count.count and (i.sheet, i.code) in judged
                 and not plan.level[plan.sheet[i.sheet].level].sampled), None)


def exits(plan: Plan, households: pd.DataFrame, weights: Sequence[float]) -> pd.DataFrame:
    """One row a visited household: village, town, wrong (0, 1), persons, wrong_persons, weight.

    `households` as the case has them, `weights` 1/π of each through both stages of the draw
    (hecha.fieldwork.weights). Empty where the plan does not count wrong exits.
    """
    found = measure_of(plan)
    if found is None or households.empty:
        return pd.DataFrame(columns=["village", "town", "wrong", "persons", "wrong_persons", "weight"])
    column = measure_column(found[0].code, found[1])
    counted = count_households(plan, households).set_index("household")[column]
    wrong = counted.reindex(households["household"]).to_numpy(dtype=int)
    persons = households["members"].to_numpy(dtype=int)
    return pd.DataFrame({"village": households["village"].to_numpy(), "town": households["town"].to_numpy(),
                         "wrong": wrong, "persons": persons, "wrong_persons": wrong * persons,
                         "weight": list(weights)})


def rates(frame: pd.DataFrame) -> pd.DataFrame:
    """The share of wrong exits by persons and by households, of all and by town.

    Columns: what (persons, households), town ("" for all), found, n, share, low, high.  All
    together is weighted with Korn and Graubard's interval over villages; a town is households
    as visited with the exact interval, for its 20 say too little for more.

    >>> frame = pd.DataFrame({"village": list("aabb"), "town": "t", "wrong": [1, 0, 0, 0],
    ...                       "persons": [2, 4, 3, 1], "wrong_persons": [2, 0, 0, 0], "weight": 1.0})
    >>> rates(frame)[["what", "found", "n", "share"]].values.tolist()
    [['persons', 2, 10, 0.2], ['households', 1, 4, 0.25], ['households', 1, 4, 0.25]]
    """
    columns = ["what", "town", "found", "n", "share", "low", "high"]
    if frame.empty:
        return pd.DataFrame(columns=columns)
    rows = [["persons", "", int(frame["wrong_persons"].sum()), int(frame["persons"].sum()),
             *_over_villages(frame, "wrong_persons", "persons")],
            ["households", "", int(frame["wrong"].sum()), len(frame), *_over_villages(frame, "wrong")]]
    for town, group in frame.groupby("town", sort=True):
        wrong, n = int(group["wrong"].sum()), len(group)
        rows.append(["households", town, wrong, n, wrong / n, *exact_interval(wrong, n)])
    return pd.DataFrame(rows, columns=columns)


def _over_villages(frame: pd.DataFrame, column: str, of: str = "") -> tuple[float, float, float]:
    if frame["village"].nunique() < 2:
        return float(frame[column].sum() / (frame[of].sum() if of else len(frame))), nan, nan
    design = survey.Design(frame, ("village",), weights="weight")
    told = survey.rate(design, column, denominator=of).iloc[0]
    return float(told["estimate"]), float(told["low"]), float(told["high"])


def recorded(plan: Plan, observations: pd.DataFrame, names: tuple[str, ...] = ("错退率", "漏评率", "认可度")
             ) -> pd.DataFrame:
    """Rates that a case only records, without the counts they are of: sheet, unit, item, name,
    value (as typed), quote (the plan's line, its own words)."""
    asked = {(i.sheet, i.code): i for i in plan.items if any(n in i.name for n in names)}
    rows = [[r.sheet, r.unit, r.item, asked[r.sheet, r.item].name, r.value,
             asked[r.sheet, r.item].quote or ""]
            for r in observations.itertuples() if (r.sheet, r.item) in asked]
    return pd.DataFrame(rows, columns=["sheet", "unit", "item", "name", "value", "quote"])


__all__ = ["NO_VISITS", "REFUSED", "exits", "measure_of", "rates", "recorded"]
