"""Weights: how many households each visited one stands for, by its chance in the draw."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from hecha.field.draw import household_chances
from hecha.plan import Plan


def weights_of(plan: Plan, visited: pd.DataFrame, drawn: pd.DataFrame,
               eligible: Mapping[str, int]) -> list[float]:
    """1/π of each visited household: its village's n/N times its own chance in the village.

    `visited` and `drawn` are the case's households and drawn_villages, `eligible` how many
    villages each town could draw. 1 for all where there is no draw of these villages.
    """
    known = drawn.set_index("village")
    if plan.sample is None or drawn.empty or not set(visited["village"]) <= set(known.index):
        return [1.0] * len(visited)
    chances = {v.village: household_chances(int(v.eligible), int(v.disabled),
                                            plan.sample.disabled_per_village, int(v.chosen),
                                            plan.sample.household_rule) for v in drawn.itertuples()}
    towns = drawn.groupby("town")["village"].nunique()
    found = []
    for home in visited.itertuples():
        marked, other = chances[home.village]
        own = float(marked if home.disabled and marked else other or marked)
        n = int(towns[home.town])
        found.append(max(eligible.get(home.town) or n, n) / n / own)
    return found


__all__ = ["weights_of"]
