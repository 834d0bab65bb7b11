"""Honesty: all questions of truth asked of one case, and what stands out.

Nothing here says that anybody lied.  What stands out is a list of places to look at again,
with how likely it is by chance and how likely the test would have seen something; what does
not stand out is not thereby true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from hecha.analysis import self_assessed, wrong_exits
from hecha.analysis.crowding import Crowding, crowding, register_incomes
from hecha.analysis.heaping import heaping
from hecha.analysis.many_tests import LEVEL, holm
from hecha.analysis.nearly_same import nearly_same
from hecha.analysis.reported import Agreement, Crossed, agreement, crossed, incomes, signs
from hecha.plan import Plan
from hecha.scoring.results import Results

SEED = 20240110
"""of the permutations: the same case gives the same p-values"""
WORTH_TESTING = 0.5
"""a town's register is tested for crowding only if the test would more often see it than not"""


@dataclass(frozen=True)
class Look:
    """How closely to look: the relative gap of incomes let pass, the stretch above the standard
    in yuan a head, and the level of the tests."""

    tolerance: float = 0.1
    near: float = 200.0
    level: float = LEVEL


@dataclass(frozen=True)
class Returned:
    """What came back of a case: its `households`, `persons` (the register) and `observations` as
    docs/architecture.md has them, and for rates the `visited` with their chances and the measures
    that are wrong exits (`main`), as hecha.fieldwork.visited gathers them."""

    households: pd.DataFrame
    persons: pd.DataFrame
    observations: pd.DataFrame
    visited: pd.DataFrame
    main: Mapping[str, str]


@dataclass(frozen=True)
class Seen:
    """What was asked of a case, each as its module gives it; frames may be empty.

    `figures`, `drawn`, `items`: self-assessed against verified; `pairs`, `all_signs`, `town_signs`,
    `gaps`, `crossed` (None without a standard): incomes; `exits`, `recorded`: rates; `register` crowding of all (None without a standard),
    `town_crowding`: town, near, above, p, power, adjusted (those worth testing), `register_n` households;
    `teams`: round amounts; `villages`: nearly the same forms.
    """

    plan: Plan
    returned: Returned
    results: Results
    look: Look
    figures: pd.DataFrame
    drawn: pd.DataFrame
    items: pd.DataFrame
    pairs: pd.DataFrame
    all_signs: pd.DataFrame
    town_signs: pd.DataFrame
    gaps: Agreement
    crossed: Crossed | None
    exits: pd.DataFrame
    recorded: pd.DataFrame
    register: Crowding | None
    town_crowding: pd.DataFrame
    register_n: int
    teams: pd.DataFrame
    villages: pd.DataFrame


def look_at(plan: Plan, returned: Returned, results: Results, look: Look | None = None) -> Seen:
    """Ask everything of a case; what the plan or the case has not is an empty frame."""
    look = look or Look()
    forms = returned.households if plan.household else returned.households.iloc[:0]
    pairs = incomes(plan, forms)
    register = register_incomes(returned.persons)
    standard = plan.household.income.standard if plan.household else None
    crowd, by_town = _crowding(register, standard, look)
    return Seen(
        plan, returned, results, look, self_assessed.figures(results), _drawn(results), _items(results),
        pairs, signs(pairs.assign(all="all"), "all", look.tolerance, look.level),
        signs(pairs, "town", look.tolerance, look.level), agreement(pairs),
        None if standard is None else crossed(pairs, float(standard)),
        wrong_exits.rates(returned.visited, returned.main),
        wrong_exits.recorded(plan, returned.observations), crowd, by_town, len(register),
        heaping(forms, "file", SEED), nearly_same(forms, SEED))


def _drawn(results: Results) -> pd.DataFrame:
    """The first figure that is a mean of drawn units and was self-assessed."""
    for figure in results.plan.figures:
        if figure.mean_of and figure.id in results.self_scores.columns:
            return self_assessed.drawn_units(results, figure.mean_of, figure.id)
    return pd.DataFrame(columns=self_assessed.DRAWN)


def _items(results: Results) -> pd.DataFrame:
    pairs = self_assessed.twice_filled(results.plan)
    return self_assessed.items(results, *pairs[0]) if pairs else pd.DataFrame(columns=self_assessed.ITEMS)


def _crowding(register: pd.DataFrame, standard, look: Look) -> tuple[Crowding | None, pd.DataFrame]:
    columns = ["town", "near", "above", "p", "power", "adjusted"]
    if standard is None or register.empty:
        return None, pd.DataFrame(columns=columns)
    whole = crowding(register["income"], float(standard), look.near, level=look.level)
    rows = []
    for town, group in register.groupby("town", sort=True):
        own = crowding(group["income"], float(standard), look.near, level=look.level)
        if own.power >= WORTH_TESTING:
            rows.append([town, own.near, own.above, own.p, own.power])
    told = pd.DataFrame(rows, columns=columns[:-1])
    return whole, told.assign(adjusted=holm(list(told["p"])))


def beyond(seen: Seen) -> pd.DataFrame:
    """Households whose report lies beyond the tolerance, the largest gap first (as `pairs`)."""
    far = seen.pairs[seen.pairs["relative"].abs() > seen.look.tolerance]
    return far.reindex(far["relative"].abs().sort_values(ascending=False, kind="stable").index)


__all__ = ["SEED", "WORTH_TESTING", "Look", "Returned", "Seen", "beyond", "look_at"]
