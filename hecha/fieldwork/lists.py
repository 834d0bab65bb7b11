"""Lists: the papers of the teams, and who was missing (R-05, R-06).

They name the staff and are working files of the office: they stay in `.hecha/teams/`, or
go where a person says.  The list of absences may be publicised only after approval.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hecha.approvals import facts_of, mark_of
from hecha.field.teams import households_to_pairs
from hecha.field.tickets import seed_of
from hecha.fieldwork.committing import has_nonce
from hecha.fieldwork.drawing import drawn_of, seed_kept
from hecha.fieldwork.freezing import draw_kept
from hecha.fieldwork.grouping import Grouped, grouped_of, teams_kept
from hecha.fieldwork.roster import Field, Staff
from hecha.fieldwork.rules import team_rule
from hecha.plan import Plan
from hecha.problems import Problem
from hecha.tables.writing import write_csv, write_workbook

TEAMS, ATTENDANCE, VISITS = "核查组编组.xlsx", "考勤通报名单.xlsx", "走访分工.xlsx"
_LOG = {"date": "日期", "leaving": "被换的人", "person_id": "接替的人员编号", "person": "接替的人",
        "home_town": "单位镇", "reason": "原因", "arranged_by": "由谁安排", "accepted": "准许",
        "why": "不准的理由"}


def write_teams(field: Field, now: Grouped, remarks: list[Problem] | None = None,
                out: Path | None = None) -> Path:
    """核查组编组.xlsx (teams, members, substitutions, remarks), and the members as CSV."""
    target = out or teams_kept(field.folder).path(TEAMS)
    members = members_table(now)
    write_workbook(target, {
        "核查组": _teams_table(now), "组员": members,
        "换人登记": now.log[list(_LOG)].rename(columns=_LOG),
        "提示": pd.DataFrame({"提示": [str(p) for p in remarks or []]})})
    write_csv(members, target.with_suffix(".csv"))
    return target


def rewrite_teams(field: Field) -> Path | None:
    """The papers again after a request to substitute; None where no teams were made."""
    if not teams_kept(field.folder).has("assigned.json"):
        return None
    now = grouped_of(field.folder, team_rule(field.plan))
    write_visits(field, now)
    return write_teams(field, now)


def members_table(now: Grouped) -> pd.DataFrame:
    """The members under the headers of the returns' sheet 组员, then names and pairs."""
    table = now.members
    return pd.DataFrame({
        "组号": table["team"], "人员编号": table["person_id"], "姓名": table["person"],
        "单位镇代码": table["home_town"], "组内职务": table["role"],
        "核查镇代码": table["checked_town"],
        "单位镇": [now.towns.get(t, "县") for t in table["home_town"]],
        "核查镇": [now.towns.get(t, t) for t in table["checked_town"]],
        "第几对": table["pair"]})


def _teams_table(now: Grouped) -> pd.DataFrame:
    rows = []
    for team, people in now.members.groupby("team", sort=True):
        homes = sorted(set(people.loc[people["home_town"] != "", "home_town"]))
        leads = people.loc[people["role"] == "组长", "person"]
        rows.append((team, "、".join(now.towns.get(h, h) for h in homes),
                     now.towns.get(people["checked_town"].iloc[0], ""), "、".join(leads),
                     len(people)))
    return pd.DataFrame(rows, columns=["组号", "派出镇", "被核查镇", "组长", "人数"])


def pair_seed(case: Path) -> str:
    """The seed that deals households to pairs: the draw's where it may be known here, else
    the teams' own public number; "" where there is neither."""
    if draw_kept(case).has("dice.json") and has_nonce(case):
        return seed_kept(case)
    dice = (teams_kept(case).data("assigned") or {}).get("dice", "")
    return seed_of(dice) if dice else ""


def write_visits(field: Field, now: Grouped) -> Path | None:
    """走访分工.xlsx: which pair goes to which drawn household; None before the seed is known.

    It names households and stays secret until the visit.
    """
    if not draw_kept(field.folder).has("dice.json") or not has_nonce(field.folder):
        return None
    drawn = drawn_of(field.folder)
    table = households_to_pairs(drawn.households, now.members, seed_kept(field.folder))
    names = dict(zip(drawn.villages["village"], drawn.villages["village_name"]))
    kept = teams_kept(field.folder)
    write_workbook(kept.path(VISITS), {"走访分工": pd.DataFrame({
        "组号": table["team"], "第几对": table["pair"], "村代码": table["village"],
        "村名称": table["village"].map(names), "户编号": table["household"]})})
    return kept.hide(VISITS)


def attendance_list(plan: Plan, people: Staff) -> pd.DataFrame:
    """Who was missing, late or early, and where it counts: 日期 … 计入的镇, 计入的村, 是否计分.

    Only what the plan counts moves a score; the rest is listed all the same (R-06).
    """
    states = {c.state for c in plan.attendance.charges} if plan.attendance else set()
    events = set(plan.attendance.events) if plan.attendance else set()
    names = dict(zip(people.villages["village"], people.villages["village_name"]))
    names |= dict(zip(people.villages["town"], people.villages["town_name"]))
    staff = {row.person_id: row for row in people.staff.itertuples()}
    rows = []
    for row in people.attendance.sort_values(["date", "person_id"], kind="stable").itertuples():
        person = staff.get(row.person_id)
        if person is None or row.state not in states:
            continue
        rows.append((row.date, row.person_id, person.person, names.get(person.home_town, "县"),
                     row.event, row.state, names.get(person.stationed_village, ""),
                     "是" if row.event in events else "否", row.note))
    return pd.DataFrame(rows, columns=["日期", "人员编号", "姓名", "单位", "事项", "情况",
                                       "所帮扶村", "计入扣分", "说明"])


def write_attendance(field: Field, people: Staff, out: Path | None = None) -> tuple[Path, str]:
    """考勤通报名单.xlsx and the mark it bears until it is approved ("" afterwards)."""
    mark = mark_of(field.plan, facts_of(field.folder))
    target = out or teams_kept(field.folder).path(ATTENDANCE)
    table = attendance_list(field.plan, people)
    sheets = {"考勤通报": table}
    if mark:
        sheets = {"须知": pd.DataFrame({"须知": [mark, "批准以前只作工作底稿，不得通报"]}), **sheets}
    write_workbook(target, sheets)
    return target, mark


__all__ = ["attendance_list", "members_table", "pair_seed", "rewrite_teams", "write_attendance",
           "write_teams", "write_visits"]
