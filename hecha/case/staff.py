"""Staff, teams and attendance: who checked, where, and who was missing.

R-01: nobody checks his own town.  R-03: scores are final on the day of the
visit, the report is due the next day.  R-06: a case of absence costs points in
two places, so an attendance row must point at a known person.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import pandas as pd

from hecha.case.desk import Desk, place_of, rows_of
from hecha.case.known import Known
from hecha.case.shapes import ATTENDANCE, COUNTERPARTS, STAFF
from hecha.words import mask_name


def read_counterparts(desk: Desk, known: Known) -> pd.DataFrame:
    """帮扶单位: which unit helps which village; a village must exist and be called so."""
    frame = desk.single(COUNTERPARTS, "roster", "帮扶单位").frame
    for row in rows_of(frame):
        if not known.has(row.village):
            desk.problems.error(place_of(row, "帮扶村代码"), "unknown_unit", "代码不在镇村名单里",
                                found=row.village)
        elif row.village_name and not known.confirms(row.village, row.village_name):
            desk.problems.warning(place_of(row, "帮扶村"), "name_mismatch",
                                  f"代码{row.village}是“{known.name(row.village)}”",
                                  found=row.village_name)
    return frame


def read_staff(desk: Desk, known: Known) -> pd.DataFrame:
    """抽调人员: towns and villages named there must exist."""
    frame = desk.single(
        STAFF, "roster", "抽调人员", whole=known.county, units_of=lambda raw: ()
    ).frame
    columns = (
        ("home_town", "单位镇代码"),
        ("stationed_village", "所帮扶村代码"),
        ("served_town", "曾任职镇代码"),
    )
    for row in rows_of(frame):
        for name, header in columns:
            code = getattr(row, name)
            if code and not known.has(code):
                desk.problems.error(
                    place_of(row, header), "unknown_unit", "代码不在镇村名单里", found=code
                )
    return frame


def read_attendance(desk: Desk, staff: pd.DataFrame, known: Known) -> pd.DataFrame:
    """考勤: every row is a case of a known person; others are set aside."""
    people = {row.person_id: row for row in rows_of(staff)}
    frame = desk.single(
        ATTENDANCE,
        "roster",
        "考勤",
        whole=known.county,
        units_of=lambda raw: _touched(people.get(raw.get("person_id"))),
    ).frame
    reasons = {}
    for row in rows_of(frame):
        person = people.get(row.person_id)
        if people and person is None:
            desk.problems.error(
                place_of(row, "人员编号"),
                "unknown_person",
                "不在抽调人员名单里，不知道该扣哪个镇",
                found=row.person_id,
            )
            reasons[row.Index] = "未知的人员"
        elif person is not None and row.person and row.person != person.person:
            desk.problems.error(
                place_of(row, "姓名"),
                "name_mismatch",
                f"与抽调人员里编号{row.person_id}的姓名不符",
                found=mask_name(row.person),
                expected=mask_name(person.person),
                units=_touched(person),
            )
            reasons[row.Index] = "编号与姓名不符"
    return desk.set_aside(frame, reasons)


def _touched(person) -> tuple[str, ...]:
    """The units that a case of this person costs points."""
    if person is None:
        return ()
    return tuple(code for code in (person.home_town, person.stationed_village) if code)


def check_teams(
    desk: Desk, frame: pd.DataFrame, staff: pd.DataFrame, forms_in: dict[str, str]
) -> pd.DataFrame:
    """组员: nobody in his own town, everybody known, scores and reports in time."""
    people = {row.person_id: row for row in rows_of(staff)}
    town_of = {file: town for town, file in forms_in.items()}
    reasons = {}
    for row in rows_of(frame):
        town = town_of.get(row.file, row.checked_town)
        reason = _check_member(desk, row, people, town)
        if reason:
            reasons[row.Index] = reason
        _check_times(desk, row, town)
    _check_once(desk, frame)
    _check_leaders(desk, frame)
    return desk.set_aside(frame, reasons)


def _check_member(desk: Desk, row, people: dict, town: str) -> str:
    """Say what is wrong with a member; a reason if the row cannot be used."""
    person = people.get(row.person_id)
    if people and person is None:
        desk.problems.error(
            place_of(row, "人员编号"),
            "unknown_person",
            "不在抽调人员名单里（培训之后不得换人）",
            found=row.person_id,
            units=(town,),
        )
        return "未知的人员"
    if row.checked_town != town:
        desk.problems.error(
            place_of(row, "核查镇代码"),
            "other_town",
            f"本文件是{town}的",
            found=row.checked_town,
            units=(town,),
        )
        return "别的镇的记录"
    if person is not None:
        _check_person(desk, row, person, town)
    home = person.home_town if person is not None else row.home_town
    if home and home == town:
        desk.problems.error(
            place_of(row, "单位镇代码"),
            "own_town",
            "核查了自己所在的镇，不符合交叉核查",
            found=home,
            units=(town,),
        )
    elif person is not None and person.stationed_village.startswith(town):
        desk.problems.warning(
            place_of(row, "人员编号"),
            "own_village",
            f"核查了自己所帮扶村（{person.stationed_village}）所在的镇",
            found=row.person_id,
            units=(town,),
        )
    return ""


def _check_person(desk: Desk, row, person, town: str) -> None:
    if row.person and row.person != person.person:
        desk.problems.error(
            place_of(row, "姓名"),
            "name_mismatch",
            f"与抽调人员里编号{row.person_id}的姓名不符",
            found=mask_name(row.person),
            expected=mask_name(person.person),
            units=(town,),
        )
    if row.home_town != person.home_town:
        desk.problems.error(
            place_of(row, "单位镇代码"),
            "home_town",
            "与抽调人员里的单位镇代码不符",
            found=row.home_town or "空白",
            expected=person.home_town or "空白",
            units=(town,),
        )


def _check_times(desk: Desk, row, town: str) -> None:
    if row.visit_date and row.scored_at and row.scored_at[:10] != row.visit_date:
        desk.problems.warning(
            place_of(row, "记分提交时间"),
            "late_score",
            f"不在核查当天（{row.visit_date}）提交记分",
            found=row.scored_at,
            units=(town,),
        )
    if row.visit_date and row.reported_at:
        due = dt.date.fromisoformat(row.visit_date) + dt.timedelta(days=1)
        if not row.visit_date <= row.reported_at[:10] <= due.isoformat():
            desk.problems.warning(
                place_of(row, "报告提交时间"),
                "late_report",
                f"不在核查次日（{due}）前提交报告",
                found=row.reported_at,
                units=(town,),
            )


def _check_once(desk: Desk, frame: pd.DataFrame) -> None:
    places = defaultdict(list)
    for row in rows_of(frame):
        places[row.person_id].append(row)
    for rows in places.values():
        for row in rows[1:]:
            desk.problems.warning(
                place_of(row, "人员编号"),
                "two_teams",
                f"此人还在{rows[0].file}第{rows[0].row}行的核查组里",
                found=row.person_id,
            )


def _check_leaders(desk: Desk, frame: pd.DataFrame) -> None:
    for _, group in frame.groupby("file", sort=False):
        leaders = int((group.role == "组长").sum())
        if leaders != 1:
            first = next(rows_of(group))
            desk.problems.warning(
                place_of(first, "组内职务"), "leaders", f"核查组应有1名组长，填了{leaders}名"
            )
