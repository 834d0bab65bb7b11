"""Roster: what the steps before the visit read of a case, without its returns."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hecha.batch.opening import parameters_in
from hecha.case.desk import Desk
from hecha.case.known import Known, check_village_list
from hecha.case.roster import read_persons
from hecha.case.shapes import (
    ATTENDANCE,
    DRAWN_HOUSEHOLDS,
    DRAWN_VILLAGES,
    HOUSEHOLD,
    VILLAGES,
)
from hecha.case.staff import read_attendance, read_staff
from hecha.folders import find_folder
from hecha.plan import Plan, load_plan
from hecha.problems import Place, Problems
from hecha.tables.contract import Column, Contract, read_table
from hecha.tables.files import read_grids

TICKED = Contract("人工认定的残疾人户", (Column("household", "户编号", HOUSEHOLD),
                               Column("reason", "理由")), key=("household",))
EXITS = Contract("当年脱贫户名单", (Column("household", "户编号", HOUSEHOLD),))


@dataclass(frozen=True)
class Field:
    """A county before the visit: its folder, and the plan with the county's own values."""

    folder: Path
    plan: Plan


@dataclass(frozen=True)
class Roster:
    """`villages` and `persons` as in docs/architecture.md, and what is wrong with them."""

    villages: pd.DataFrame
    persons: pd.DataFrame
    problems: Problems


@dataclass(frozen=True)
class Staff:
    """The villages, the staff, their attendance where it was read, and what is wrong."""

    villages: pd.DataFrame
    staff: pd.DataFrame
    attendance: pd.DataFrame
    problems: Problems

    @property
    def towns(self) -> dict[str, str]:
        """The towns with a task, code → name."""
        tasked = self.villages[self.villages["has_task"].astype(bool)]
        return dict(zip(tasked["town"], tasked["town_name"]))


def open_field(case: str | Path, plan: str | Path) -> Field:
    """The case's folder and the plan it is judged by; NoSuchFolder, Refused."""
    folder = find_folder(case)
    return Field(folder, load_plan(find_folder(plan), parameters_in(folder)))


def read_roster(folder: Path) -> Roster:
    """镇村名单 and 花名册."""
    desk, villages, known = _desk(folder)
    return Roster(villages, read_persons(desk, known).frame, desk.problems)


def read_people(folder: Path, attended: bool = False) -> Staff:
    """镇村名单, 抽调人员 and, if it is asked who `attended`, 考勤 (else no row of it)."""
    desk, villages, known = _desk(folder)
    staff = read_staff(desk, known)
    if staff.empty:
        desk.problems.error(Place("roster/抽调人员"), "missing", "没有抽调人员名单，或一行也读不出来")
    attendance = read_attendance(desk, staff, known) if attended else ATTENDANCE.empty()
    return Staff(villages, staff, attendance, desk.problems)


def _desk(folder: Path) -> tuple[Desk, pd.DataFrame, Known]:
    desk = Desk(folder, Problems())
    villages = desk.single(VILLAGES, "roster", "镇村名单").frame
    check_village_list(villages, desk.problems)
    if villages.empty:
        desk.problems.error(Place("roster/镇村名单"), "missing", "没有镇村名单，或一行也读不出来")
    return desk, villages, Known.of(villages)


def read_handed_in(folder: Path, problems: Problems) -> tuple[pd.DataFrame, pd.DataFrame]:
    """draw/抽样结果 as it lies in the case: its villages and households, empty if absent."""
    desk = Desk(folder, problems)
    path = desk.find("draw", "抽样结果")
    grids = {grid.sheet.strip(): grid for grid in desk.grids(path)} if path else {}
    found = [desk.table(grids[name], contract).frame if name in grids else contract.empty()
             for name, contract in (("村", DRAWN_VILLAGES), ("户", DRAWN_HOUSEHOLDS))]
    return found[0], found[1]


def read_list(path: str | Path, contract: Contract) -> pd.DataFrame:
    """One sheet of a file a person names; Refused when it cannot be read."""
    problems = Problems()
    grids = read_grids(path, Path(path).name, problems)
    frame = read_table(grids[0], contract, problems).frame if grids else contract.empty()
    problems.raise_if_errors(f"“{Path(path).name}”读不出来")
    return frame


__all__ = ["EXITS", "TICKED", "Field", "Roster", "Staff", "open_field", "read_handed_in",
           "read_list", "read_people", "read_roster"]
