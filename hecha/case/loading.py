"""Loading: one county-year's folder becomes a :class:`Case`.

    roster/  镇村名单, 花名册/*, 抽调人员, 考勤
    draw/    抽样结果
    returns/ 核查记录_*, 日常工作, 上级结果, 调整, 自评, 整改台账

A file that is absent gives an empty frame with its columns.  Problems carry the
units whose score they make doubtful; nothing stops at the first one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from hecha.case.desk import Desk
from hecha.case.drawn import read_draw
from hecha.case.households import check_households
from hecha.case.known import Known, check_village_list
from hecha.case.others import (
    read_adjustments,
    read_external,
    read_rectification,
    read_self_scores,
)
from hecha.case.parameters import read_parameters
from hecha.case.returns import read_returns
from hecha.case.roster import read_persons
from hecha.case.shapes import COUNTERPARTS, VILLAGES
from hecha.case.staff import check_teams, read_attendance, read_counterparts, read_staff
from hecha.problems import Place, Problem, Problems, Refused


@dataclass(frozen=True)
class Case:
    """A county-year as handed in: frames of what can be used, and everything else said.

    Frames and their columns are listed in docs/architecture.md.  Every frame has
    `file`, `sheet` and `row`; in `observations` and `adjustments`, where `sheet`
    is the plan's sheet, the sheet of the file is `form`.
    """

    villages: pd.DataFrame
    persons: pd.DataFrame
    staff: pd.DataFrame
    attendance: pd.DataFrame
    drawn_villages: pd.DataFrame
    drawn_households: pd.DataFrame
    observations: pd.DataFrame
    households: pd.DataFrame
    teams: pd.DataFrame
    external: pd.DataFrame
    adjustments: pd.DataFrame
    self_scores: pd.DataFrame
    rectification: pd.DataFrame
    parameters: pd.DataFrame
    forms_in: dict[str, str]
    accounts: pd.DataFrame
    set_aside: pd.DataFrame
    inputs: dict[str, str]
    problems: Problems
    counterparts: pd.DataFrame = field(default_factory=COUNTERPARTS.empty)


def load_case(folder: str | Path, forms: dict[str, str], problems: Problems | None = None) -> Case:
    """Read the folder of one county-year.

    `forms` maps a form's title to the plan's sheet, as in ``{"镇核查": "town",
    "村核查": "village", "日常工作": "daily"}``.  :class:`Refused` only if the folder
    is not there; what is wrong inside it is in `Case.problems`.

    >>> case = load_case("data/yunxi", {"镇核查": "town", "村核查": "village", "日常工作": "daily"})
    >>> len(case.persons), len(case.households), case.problems.errors
    (20337, 344, [])
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise Refused("卷宗打不开", [Problem(Place(folder.name), "no_folder", "没有这个文件夹")])
    desk = Desk(folder, Problems() if problems is None else problems)
    villages = desk.single(VILLAGES, "roster", "镇村名单").frame
    check_village_list(villages, desk.problems)
    known = Known.of(villages)
    persons = read_persons(desk, known)
    staff = read_staff(desk, known)
    draw = read_draw(desk, known, persons)
    returns = read_returns(desk, forms, known, frozenset(draw.villages.town))
    households = check_households(desk, returns.households, draw, persons, returns.teams)
    case = Case(
        villages=villages,
        persons=persons.frame,
        staff=staff,
        attendance=read_attendance(desk, staff, known),
        drawn_villages=draw.villages,
        drawn_households=draw.households,
        observations=returns.observations,
        households=households,
        teams=check_teams(desk, returns.teams, staff, returns.forms_in),
        external=read_external(desk, known),
        adjustments=read_adjustments(desk, known, forms),
        self_scores=read_self_scores(desk, known),
        rectification=read_rectification(desk, known),
        parameters=read_parameters(desk),
        forms_in=returns.forms_in,
        accounts=desk.accounts(),
        set_aside=desk.asides_frame(),
        inputs=desk.inputs,
        problems=desk.problems,
        counterparts=read_counterparts(desk, known),
    )
    desk.say_unknown_files("roster", "draw", "returns")
    return case


SCORELESS = ("roster/花名册/", "roster/帮扶单位", "returns/自评", "returns/整改台账")


def bears_on_scores(file: str) -> bool:
    """Whether a fault of a file may change a score, as a path from the case's folder.

    Rosters of persons say who may be drawn; self-scores and the rectification ledger are
    for comparison and follow-up. Everything else enters a score.

    >>> bears_on_scores("roster/考勤.csv"), bears_on_scores("returns/自评.csv")
    (True, False)
    """
    return not file.startswith(SCORELESS)
