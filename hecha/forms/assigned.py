"""Assigned: the teams as the form shows them: members, leader, pairs, and whose household.

They come from a table a person names, else from the teams made here (`.hecha/teams`, with
the substitutions granted so far).  Which pair goes to which household is dealt by ticket,
as in 走访分工; without a seed, or without pairs, it stays open for the leader to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from hecha.case import Case
from hecha.case.desk import given
from hecha.case.returns import TEAM_SHEET
from hecha.case.shapes import TEAMS
from hecha.field.teams import MEMBER_COLUMNS, households_to_pairs
from hecha.fieldwork.grouping import grouped_of, teams_kept
from hecha.fieldwork.lists import pair_seed
from hecha.fieldwork.roster import Field
from hecha.fieldwork.rules import team_rule
from hecha.problems import Place, Problems
from hecha.tables import Column, Contract, read_grids, read_table
from hecha.tables.kinds import WHOLE

TEAM_TABLE = Contract("核查组编组", (
    *(column for column in TEAMS.columns if column.name in MEMBER_COLUMNS),
    Column("pair", "第几对", WHOLE, filled=False, absent=True)), key=("person_id",))


@dataclass(frozen=True)
class Assigned:
    """`members`: MEMBER_COLUMNS (`pair` 0 for a leader or where pairs are not made);
    `pairs`: household → pair; `problems` of the table that was read."""

    members: pd.DataFrame
    pairs: Mapping[str, int]
    problems: Problems = field(default_factory=Problems)


def assigned_to(known: Field, case: Case, table: str = "") -> Assigned | None:
    """The teams of a case, from the table named or from those made here; None without any.

    Refused where the table cannot be read.
    """
    problems = Problems()
    if table:
        members = _read(Path(table), problems)
    elif teams_kept(known.folder).has("assigned.json"):
        members = grouped_of(known.folder, team_rule(known.plan)).members
    else:
        return None
    seed = pair_seed(known.folder)
    dealt = households_to_pairs(case.drawn_households, members, seed) if seed else None
    pairs = {} if dealt is None else dict(zip(dealt["household"], dealt["pair"], strict=True))
    return Assigned(members, pairs, problems)


def _read(path: Path, problems: Problems) -> pd.DataFrame:
    """The members of a table of teams: its sheet 组员, or its only one."""
    grids = read_grids(path, path.name, problems)
    named = [grid for grid in grids if grid.sheet.strip() == TEAM_SHEET] or grids[:1]
    if not named and not problems.errors:
        problems.error(Place(path.name), "missing_sheet", f"没有工作表“{TEAM_SHEET}”")
    frame = read_table(named[0], TEAM_TABLE, problems).frame if named else TEAM_TABLE.empty()
    problems.raise_if_errors(f"“{path.name}”读不出来")
    pair = [int(one) if given(one) else 0 for one in frame["pair"]]
    return frame.assign(pair=pair)[MEMBER_COLUMNS]
