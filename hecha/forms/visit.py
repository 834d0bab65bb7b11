"""The visit: what is known of a town before the team goes there.

Drawn villages and households, what the roster says of them, the team if it is known,
the town's own scores if it handed them in.  Identity numbers are masked here, once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from hecha.case import Case
from hecha.case.desk import given, rows_of
from hecha.forms.assigned import Assigned
from hecha.plan import Plan
from hecha.plan.model import Figure, Sheet
from hecha.problems import HechaError
from hecha.scoring.units import Units, find_units
from hecha.words import mask_identity

CHOSEN, RESERVE = "正选", "备选"


class NotDrawn(HechaError):
    """The town's villages have not been drawn, so there is nothing to prefill."""


@dataclass(frozen=True)
class Household:
    """A drawn household and what the roster says of it."""

    number: str
    village: str
    village_name: str
    head: str
    choice: str
    order: int
    disabled: bool
    kind: str = ""
    exit_year: str = ""
    status: str = ""
    registered: int | None = None
    reported: Fraction | None = None
    members: tuple[tuple[str, str, str, str], ...] = ()
    pair: int = 0

    @property
    def label(self) -> str:
        """How the team calls it: 正选1, 备选2."""
        return f"{self.choice}{self.order}"


@dataclass(frozen=True)
class Village:
    """A drawn village with its households, first choices first, each in ticket order."""

    code: str
    name: str
    households: tuple[Household, ...]


@dataclass(frozen=True)
class Visit:
    """One town to be checked; `of_type` gives its villages by type, `sent_by` the names of
    the towns that the team comes from."""

    town: str
    name: str
    villages: tuple[Village, ...]
    eligible: int
    team: tuple[dict[str, object], ...]
    self_scores: dict[str, Fraction]
    of_type: dict[str, tuple[str, ...]]
    sent_by: str = ""

    @property
    def pairs(self) -> dict[int, tuple[str, ...]]:
        """The names of each pair, by its number; empty where pairs are not made."""
        numbers = sorted({m["pair"] for m in self.team if m["pair"]})
        return {n: tuple(str(m["person"]) for m in self.team if m["pair"] == n) for n in numbers}

    @property
    def households(self) -> list[Household]:
        """First choices of all villages, then the reserves."""
        every = [h for village in self.villages for h in village.households]
        return sorted(every, key=lambda h: h.choice != CHOSEN)


def field_sheets(plan: Plan) -> list[Sheet]:
    """The sheets that a team fills on its visit, in the plan's order.

    Those of the figure that the sampled units enter (年终成效: 县核查 and 抽查村);
    where a plan samples nothing, all its sheets.

    >>> from hecha.plan import load_plan
    >>> [sheet.form for sheet in field_sheets(load_plan("params/xian2023"))]
    ['镇核查', '村核查']
    """
    whole = visit_figure(plan)
    parts = [plan.figure[part] for part in whole.parts] if whole else plan.figures
    wanted = {figure.sheet or figure.mean_of for figure in parts}
    return [sheet for sheet in plan.sheets if sheet.id in wanted]


def visit_figure(plan: Plan) -> Figure | None:
    """The weighted figure that a mean of sampled units enters, if there is one."""
    means = {figure.id for figure in plan.figures if figure.mean_of}
    return next((f for f in plan.figures if means & set(f.parts)), None)


def visits(plan: Plan, case: Case, towns: Iterable[str] = (),
           assigned: Assigned | None = None) -> list[Visit]:
    """The towns of a case with all that is known before the visit; `towns` keeps some.

    The team is that of `assigned`, or else the one that the case's returns name.
    NotDrawn where a town has villages to draw and none was drawn.
    """
    units = find_units(plan, case.villages, case.drawn_villages)
    wanted = tuple(towns)
    return [_visit(plan, case, units, town, assigned) for town in units.towns
            if not wanted or town in wanted]


def _visit(plan: Plan, case: Case, units: Units, town: str, assigned: Assigned | None) -> Visit:
    sampled = plan.household is not None or any(plan.level[sheet.level].sampled
                                                for sheet in field_sheets(plan))
    drawn = units.drawn[town] if sampled else ()
    if sampled and units.eligible[town] and not drawn:
        raise NotDrawn(f"{units.towns[town]}还没有抽样结果，请先抽签")
    rows, team = case.villages[case.villages.town == town], _team(case, town, assigned)
    homes = sorted({str(member["home_town"]) for member in team if member["home_town"]})
    types = {kind: tuple(f"{row.village} {row.village_name}" for row in rows_of(part))
             for kind, part in rows.groupby("village_type")}
    return Visit(town, units.towns[town],
                 tuple(_village(case, code, units.names[code], assigned) for code in drawn),
                 units.eligible[town], team, _self_scores(case, town), types,
                 "、".join(units.names.get(code, code) for code in homes))


def _village(case: Case, code: str, name: str, assigned: Assigned | None) -> Village:
    drawn = case.drawn_households[case.drawn_households.village == code]
    persons = dict(tuple(case.persons[case.persons.household.isin(drawn.household)]
                         .groupby("household", sort=False)))
    pairs = assigned.pairs if assigned else {}
    found = [_household(row, name, persons.get(row.household), pairs.get(row.household, 0))
             for row in rows_of(drawn)]
    return Village(code, name, tuple(sorted(found, key=lambda h: (h.choice != CHOSEN, h.order))))


def _household(row, village_name: str, persons: pd.DataFrame | None, pair: int) -> Household:
    known: dict[str, object] = {}
    if persons is not None:
        first = next(rows_of(persons))
        known = {
            "kind": first.household_kind, "status": first.status,
            "exit_year": str(first.exit_year) if given(first.exit_year) else "",
            "registered": int(first.members) if given(first.members) else None,
            "reported": Fraction(int(first.reported_income), 100)
            if given(first.reported_income) else None,
            "members": tuple(_member(one) for one in rows_of(persons)),
        }
    return Household(row.household, row.village, village_name, row.head, row.choice,
                     int(row.order), bool(row.disabled), pair=pair, **known)


def _member(row) -> tuple[str, str, str, str]:
    """Name with relation and sex, masked number, disability and labour, schooling."""
    told = [text for text in (row.relation, row.sex) if given(text)]
    able = [text for text in (row.disability, row.labour) if given(text)]
    return (f"{row.person}（{'，'.join(told)}）" if told else row.person,
            mask_identity(row.identity), "，".join(able),
            row.schooling if given(row.schooling) else "")


def _team(case: Case, town: str, assigned: Assigned | None) -> tuple[dict[str, object], ...]:
    every = assigned.members if assigned else case.teams.assign(pair=0)
    rows = every[every.checked_town == town]
    names = ("team", "person_id", "person", "home_town", "role", "pair")
    return tuple({name: getattr(row, name) for name in names} for row in rows_of(rows))


def _self_scores(case: Case, town: str) -> dict[str, Fraction]:
    """The town's own figures, by the figure's id."""
    rows = case.self_scores[case.self_scores.town == town]
    return {name: Fraction(row[name]) for _, row in rows.iterrows()
            for name in ("county_check", "village_mean", "daily") if given(row[name])}
