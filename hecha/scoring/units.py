"""Who is scored: the units of each sheet, their names, and who belongs to whom.

Towns with a task are checked in full, villages are sampled (R-02): a sheet on a
sampled level scores the units of the draw, any other sheet all units with a task.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from hecha.plan import Plan


@dataclass(frozen=True)
class Units:
    """The scored units of a case.

    `towns`: town code → name, in code order; `drawn`: town → its drawn villages in code
    order; `names`: every unit's name; `eligible`: town → number of villages that could
    be drawn; `excluded`: towns without a task; `home`: every village → its town; `types`:
    town → how many villages it has of each type.
    """

    towns: dict[str, str]
    drawn: dict[str, tuple[str, ...]]
    names: dict[str, str]
    eligible: dict[str, int]
    excluded: dict[str, str]
    home: dict[str, str] = field(default_factory=dict)
    types: dict[str, dict[str, int]] = field(default_factory=dict)

    def town_of(self, unit: str) -> str:
        """The town a unit belongs to (a town belongs to itself)."""
        return self.home.get(unit, unit)

    def of_sheet(self, plan: Plan, sheet: str) -> list[str]:
        """The units a sheet scores, in code order."""
        if plan.level[plan.sheet[sheet].level].sampled:
            return [v for town in self.towns for v in self.drawn.get(town, ())]
        return list(self.towns)


def find_units(plan: Plan, villages: pd.DataFrame, drawn: pd.DataFrame) -> Units:
    """The units of a case from its village list and draw."""
    tasks = villages.groupby("town", sort=True).agg(name=("town_name", "first"),
                                                    task=("has_task", "max"))
    kept = tasks[tasks["task"].astype(bool)]
    towns = dict(kept["name"].items())
    names = dict(zip(villages["village"], villages["village_name"], strict=True)) | dict(
        tasks["name"])
    types = set(plan.sample.village_types) if plan.sample else set()
    open_ = villages[villages["village_type"].isin(types)]
    return Units(
        towns=towns,
        drawn={t: tuple(sorted(drawn.loc[drawn["town"] == t, "village"])) for t in towns},
        names=names,
        eligible={t: int((open_["town"] == t).sum()) for t in towns},
        excluded={t: n for t, n in tasks["name"].items() if t not in kept.index},
        home=dict(zip(villages["village"], villages["town"], strict=True)),
        types={t: dict(Counter(rows["village_type"])) for t, rows in villages.groupby("town")},
    )
