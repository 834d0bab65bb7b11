"""Between teams: what of a case tells a strict team, or pair, from a poor town.

Two sources beside the calibration: households of the back-check that another team visited
again (a chain between teams), and the households that the pairs of a team went to, dealt by
ticket (stage DUI).  Teams are known by the town they check, as in the calibration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from hecha.analysis import judged
from hecha.case import Case
from hecha.case.desk import given, place_of, rows_of
from hecha.fieldwork.backchecking import AGAIN_TEAM, FOLDER, form_of, read_form
from hecha.fieldwork.lists import TEAMS
from hecha.fieldwork.roster import Field
from hecha.forms.assigned import Assigned, assigned_to
from hecha.plan import Plan
from hecha.problems import Problems, Refused

NO_REVISITS, NO_PAIRS = "没有复核", "没有分对"
_BETWEEN_NAMES = re.compile(r"[、，,；;/\s]+")


@dataclass(frozen=True)
class Again:
    """The households visited again: `links` as `judged.links`; `forms` handed in; how many of them
    `unnamed` say no team, are by the `same` team, or share no judgement (`unjudged`)."""

    links: pd.DataFrame
    forms: int = 0
    unnamed: int = 0
    same: int = 0
    unjudged: int = 0
    problems: Problems = field(default_factory=Problems)


@dataclass(frozen=True)
class Inside:
    """The households of the pairs: `scored` as `judged.scored`; `why` there are none; how many
    were visited by no one pair, or by none known (`unknown`), how many by another than was dealt
    (`swapped`)."""

    scored: pd.DataFrame
    why: str = ""
    unknown: int = 0
    swapped: int = 0
    problems: Problems = field(default_factory=Problems)


NO_AGAIN = Again(pd.DataFrame(columns=judged.LINKS))
NO_INSIDE = Inside(pd.DataFrame(columns=["team", "pair", "score"]), NO_PAIRS)


def between_teams(folder: Path, plan: Plan, case: Case, towns: Mapping[str, str]
                  ) -> tuple[Again, Inside]:
    """What a case has of both; `towns`: code → name of the checked towns."""
    problems = Problems()
    teams = _teams(folder, plan, case, problems)
    members = case.teams if teams is None else teams.members
    return again_in(folder, plan, case, towns, members), inside_of(case, teams, problems)


def _teams(folder: Path, plan: Plan, case: Case, problems: Problems) -> Assigned | None:
    """The teams with their pairs: those handed in beside the back-check, else those made here."""
    table = folder / FOLDER / TEAMS
    try:
        return assigned_to(Field(folder, plan), case, str(table) if table.is_file() else "")
    except Refused as refused:
        problems.found += [*refused.problems]
        return None


# -- visited again -----------------------------------------------------------------------------


def again_in(folder: Path, plan: Plan, case: Case, towns: Mapping[str, str], members: pd.DataFrame
             ) -> Again:
    """The back-check of a case as links between teams; NO_AGAIN where none was handed in."""
    path = form_of(folder)
    if path is None or case.households.empty:
        return NO_AGAIN
    checked = read_form(path, case, plan, 0)
    numbers = {str(r.team): r.checked_town for r in members.itertuples()}
    codes = {**numbers, **{name: code for code, name in towns.items()}, **{c: c for c in towns}}
    team = [_team_of(row, codes, checked.problems) for row in rows_of(checked.again)]
    second = checked.again.assign(team=team)
    named = second[second["team"] != ""]
    first = case.households.assign(team=case.households["town"])
    same = int((named["team"] == named["household"].map(dict(zip(first["household"], first["team"])))).sum())
    found = judged.links(first, named)
    return Again(found, len(second), len(second) - len(named), same, len(named) - same - len(found),
                 checked.problems)


def _team_of(row, codes: Mapping[str, str], problems: Problems) -> str:
    """The checked town of the team that a row names by town or number; "" where it cannot be told."""
    text = str(row.again_team).strip() if given(row.again_team) else ""
    if text and text not in codes:
        problems.error(place_of(row, AGAIN_TEAM), "unknown_team", "没有这个核查组", found=text,
                       expected="它核查的镇的代码或名称，或组号")
    return codes.get(text, "")


# -- pairs inside teams --------------------------------------------------------------------------


def inside_of(case: Case, teams: Assigned | None, problems: Problems) -> Inside:
    """The visited households by the pair that went: the visitor's; where the form names nobody of
    the team, the one dealt by ticket."""
    none = Inside(NO_INSIDE.scored, NO_PAIRS, problems=problems)
    if teams is None or case.households.empty or not (teams.members["pair"] > 0).any():
        return none
    own = {(r.checked_town, str(r.person)): int(r.pair) for r in teams.members.itertuples()}
    dealt = [int(teams.pairs.get(h, 0)) for h in case.households["household"]]
    seen = [_visited_by(row, own) for row in rows_of(case.households)]
    visits = case.households.assign(team=case.households["town"],
                                    pair=[d if s is None else s for s, d in zip(seen, dealt, strict=True)])
    known = visits[visits["pair"] > 0]
    if known.empty:
        return Inside(none.scored, "分了对，但签号的种子还不知道，户表上的核查人也对不上，不知道哪一对去了哪一户",
                      len(visits), problems=problems)
    return Inside(judged.scored(known), "", len(visits) - len(known),
                  sum(bool(s and d and s != d) for s, d in zip(seen, dealt, strict=True)), problems)


def _visited_by(row, own: Mapping[tuple[str, str], int]) -> int | None:
    """The pair of the visitors that a form names; 0 where they are no one pair (the leader, people
    of two pairs), None where it names nobody of the team."""
    names = _BETWEEN_NAMES.split(str(row.visitor).strip()) if given(row.visitor) else []
    pairs = {own[row.town, name] for name in names if (row.town, name) in own}
    return (pairs.pop() if len(pairs) == 1 else 0) if pairs else None


__all__ = ["NO_AGAIN", "NO_INSIDE", "NO_PAIRS", "NO_REVISITS", "Again", "Inside", "again_in",
           "between_teams", "inside_of"]
