"""Households: rates of a town and of the county from the households that were visited.

Two stages of chance: villages of the town, then households of the village, where the rule
that one of them be a 残疾人户 gives those a larger chance.  A rate is therefore a ratio of
weighted totals (weights 1/π), its variance that of both stages (hecha.analysis.survey), its
interval Korn and Graubard's, because rates near 0 are the rule here.  Within a village the
households count as a simple random sample of their weighted values: the rule's joint
chances are nearly that, and the benchmark measures how nearly.

What the design cannot say is said (`refused`), not estimated.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from hecha.analysis import survey
from hecha.analysis.survey import LEVEL, Design, NotEstimable

COLUMNS = ["where", "measure", "per", "estimate", "se", "df", "low", "high", "n", "note"]
PER_HOUSEHOLD, PER_PERSON = "户", "人"


def rates(visited: pd.DataFrame, measures: Mapping[str, str], by: str = "", level: float = LEVEL
          ) -> pd.DataFrame:
    """The share of households, and of persons in them, that each measure is true of.

    `visited`: one row a visited household: town, village, household, members, `N` (villages of
    its town that could be drawn), `M` (households of its village), `weight` (1/π), and one 0/1
    column a measure; `measures`: column → its name. `by` "" is all together, towns being
    strata; `town` gives a row a town. Per person is Σ w·members·y / Σ w·members: 错退率 counts
    persons. Where it cannot be estimated the figures are blank and `note` says why.

    >>> visited = pd.DataFrame({"town": "t", "village": list("aabb"), "household": list("wxyz"),
    ...     "members": [1, 3, 2, 2], "N": 4, "M": 10, "weight": 10.0, "bad": [1, 0, 0, 0]})
    >>> rates(visited, {"bad": "未真正脱贫户"})[["per", "estimate"]].values.tolist()
    [['户', 0.25], ['人', 0.125]]
    """
    parts = [("", visited)] if not by else list(visited.groupby(by, sort=True))
    rows = [_rate(str(name), part, column, said, per, level) for name, part in parts
            for column, said in measures.items() for per in (PER_HOUSEHOLD, PER_PERSON)]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def _rate(where: str, part: pd.DataFrame, column: str, said: str, per: str, level: float) -> tuple:
    """A row of `rates`."""
    persons = per == PER_PERSON
    frame = part.assign(_top=part[column] * (part["members"] if persons else 1))
    design = Design(frame, ("village", "household"), ("N", "M"), "town", "weight")
    try:
        found = survey.rate(design, "_top", level, denominator="members" if persons else "")
    except NotEstimable as why:
        return (where, said, per, *[None] * 5, len(part), str(why))
    return (where, said, per, *found[["estimate", "se", "df", "low", "high", "n"]].iloc[0].tolist(), "")


def refused(register_only: bool = True, sampled_types: str = "", other_types: str = "") -> list[str]:
    """What this sample cannot estimate, in words.

    `register_only`: the households were drawn from the register; `sampled_types` the villages
    that may be drawn, `other_types` those that may not.

    >>> refused(True, "非贫困村", "相对贫困村")[0]
    '漏评率：不能估计。户是从建档立卡名册里抽的，没有进名册的户一户也不会被抽到。'
    """
    said = []
    if register_only:
        said.append("漏评率：不能估计。户是从建档立卡名册里抽的，没有进名册的户一户也不会被抽到。")
    if other_types:
        said.append(f"{other_types}的情况：不能估计。只抽{sampled_types}，{other_types}没有入样的机会；"
                    "涉及它们的指标只能用统计数，不能由样本推算。")
    return said


__all__ = ["COLUMNS", "PER_HOUSEHOLD", "PER_PERSON", "rates", "refused"]
