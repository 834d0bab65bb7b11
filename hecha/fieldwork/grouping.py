"""Grouping: the teams of a county assigned, changed before the training, redone by anyone.

What is kept in `.hecha/teams/`: the staff and the teams as assigned, and the log of every
request to substitute a member.  The teams of today are the assignment with the accepted
requests replayed; nothing is overwritten.  The seed is a public number of the teams' own,
or the draw's, which stays secret and is never written here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from hecha.field.assignment import RULE_NAMES
from hecha.field.rules import TeamRule
from hecha.field.substitution import LOG_COLUMNS, REQUEST_COLUMNS, substitute
from hecha.field.teams import MEMBER_COLUMNS, conflicts, make_teams, verify_teams
from hecha.field.tickets import seed_of
from hecha.fieldwork.drawing import seed_kept
from hecha.fieldwork.freezing import draw_kept
from hecha.fieldwork.kept import Kept, OutOfOrder, written
from hecha.fieldwork.roster import Field, read_people
from hecha.fieldwork.rules import team_rule
from hecha.problems import Place, Problem, Problems

STAFF_COLUMNS = ["person_id", "person", "home_town", "stationed_village", "served_town"]
_CODE = re.compile(r"(?<!\d)\d{9}(?!\d)")


@dataclass(frozen=True)
class Grouped:
    """The teams as they stand.

    `members`: MEMBER_COLUMNS; `staff`: STAFF_COLUMNS; `log`: every request (LOG_COLUMNS);
    `towns`: code → name; `dice` and `source`: the public number ("" is the draw's own seed).
    """

    members: pd.DataFrame
    staff: pd.DataFrame
    log: pd.DataFrame
    towns: dict[str, str]
    dice: str
    source: str


def teams_kept(case: Path) -> Kept:
    """What is kept of a case's teams."""
    return Kept(case, "teams")


def assign_teams(field: Field, dice: str = "", source: str = "",
                 again: str = "") -> tuple[Grouped, Problems]:
    """Assign the teams by ticket and keep them; the teams, and what is to be remarked.

    `dice` is a public number of the teams' own (with its `source`); "" takes the draw's
    seed.  Refused with the advice which rule to relax where nothing is allowed, and where
    teams are made already, unless `again` says why.
    """
    kept, rule, people = teams_kept(field.folder), team_rule(field.plan), read_people(field.folder)
    if kept.has("assigned.json") and not again:
        raise OutOfOrder("核查组已经编好；要重新编组，用 --again 写明理由")
    people.problems.raise_if_errors("抽调人员名单有误，不能编组")
    seed, problems = _seed(field.folder, dice, source), Problems(list(people.problems))
    staff = _today(kept, people.staff[STAFF_COLUMNS], rule)
    made = make_teams(staff, people.towns, seed, rule, problems)
    problems = with_names(problems, people.towns, staff)
    problems.raise_if_errors("编组没有完成")
    if kept.has("assigned.json"):
        _void(kept, again)
    kept.write("assigned", {
        "dice": dice, "source": source.strip(), "towns": people.towns,
        "staff": staff.to_dict("records"), "members": made.members.to_dict("records"),
        "requests": len(kept.data("substitutions") or [])})
    return grouped_of(field.folder, rule), problems


def _seed(case: Path, dice: str, source: str) -> str:
    if dice:
        if not source.strip():
            raise OutOfOrder("--source 要写明公开号码登在哪里")
        return seed_of(dice)
    if not draw_kept(case).has("dice.json"):
        raise OutOfOrder("没有公开号码：用 --dice 写明，或先抽签（hecha draw draw），用抽签的种子")
    return seed_kept(case)


def _today(kept: Kept, staff: pd.DataFrame, rule: TeamRule) -> pd.DataFrame:
    """The staff after the requests accepted so far."""
    return substitute(staff, _accepted(_log(kept)), rule)[0]


def _log(kept: Kept) -> pd.DataFrame:
    return pd.DataFrame(kept.data("substitutions") or [], columns=LOG_COLUMNS)


def _accepted(log: pd.DataFrame) -> pd.DataFrame:
    return log.loc[log["accepted"].astype(bool), REQUEST_COLUMNS]


def _void(kept: Kept, reason: str) -> None:
    """Keep the teams made before under the next free name, with the reason."""
    old = {**kept.data("assigned"), "void": written(reason, "--again")}
    number = next(n for n in range(1, 1000) if not kept.has(f"assigned-void-{n}.json"))
    kept.write(f"assigned-void-{number}", old)


def grouped_of(case: Path, rule: TeamRule) -> Grouped:
    """The teams of a case as they stand today; OutOfOrder where none were made."""
    kept = teams_kept(case)
    data = kept.need("assigned", "还没有编组，请先 hecha teams")
    log = _log(kept)
    staff, members, _ = substitute(
        pd.DataFrame(data["staff"], columns=STAFF_COLUMNS),
        _accepted(log.iloc[data["requests"]:]), rule,
        pd.DataFrame(data["members"], columns=MEMBER_COLUMNS))
    return Grouped(members, staff, log, data["towns"], data["dice"], data["source"])


def request_substitution(field: Field, request: Mapping[str, str]) -> tuple[bool, str]:
    """Log a request to change a member (REQUEST_COLUMNS); whether it is granted, and why not.

    Before the training only, arranged by the town, one of the same town, nobody whom the
    rules keep from the town that is checked (R-05).  A refused request is logged too.
    """
    kept, rule = teams_kept(field.folder), team_rule(field.plan)
    row = pd.DataFrame([request]).reindex(columns=REQUEST_COLUMNS).fillna("")
    if kept.has("assigned.json"):
        now = grouped_of(field.folder, rule)
        log = substitute(now.staff, row, rule, now.members)[2]
    else:
        people = read_people(field.folder)
        people.problems.raise_if_errors("抽调人员名单有误，不能换人")
        log = substitute(_today(kept, people.staff[STAFF_COLUMNS], rule), row, rule)[2]
    entry = {name: _plain(value) for name, value in log.iloc[0].items()}
    kept.write("substitutions", [*(kept.data("substitutions") or []), entry])
    return bool(entry["accepted"]), str(entry["why"])


def _plain(value: Any) -> Any:
    return value if isinstance(value, str) else bool(value)


def verify_grouping(field: Field) -> Problems:
    """Redo the teams from the kept staff and the seed, and hold the staff list to them."""
    rule, kept = team_rule(field.plan), teams_kept(field.folder)
    data = kept.need("assigned", "还没有编组，请先 hecha teams")
    staff = pd.DataFrame(data["staff"], columns=STAFF_COLUMNS)
    members = pd.DataFrame(data["members"], columns=MEMBER_COLUMNS)
    seed = seed_of(data["dice"]) if data["dice"] else seed_kept(field.folder)
    problems = verify_teams(members, staff, data["towns"], seed, rule)
    now = grouped_of(field.folder, rule)
    _hold_staff(read_people(field.folder).staff, staff, now.staff, problems)
    _hold_rules(now, rule, problems)
    return with_names(problems, data["towns"], now.staff)


def _hold_staff(listed: pd.DataFrame, then: pd.DataFrame, now: pd.DataFrame,
                problems: Problems) -> None:
    """The list in roster/ is the one assigned from, or the one after the substitutions."""
    known = {*then["person_id"], *now["person_id"]}
    for person in sorted(set(listed["person_id"]) - known):
        problems.warning(Place("抽调人员"), "not_assigned", f"{person}在名单里，编组时没有，也没有换人登记")
    for person in sorted(set(now["person_id"]) & set(then["person_id"]) - set(listed["person_id"])):
        problems.warning(Place("抽调人员"), "left_list", f"{person}在组里，名单里已没有，也没有换人登记")


def _hold_rules(now: Grouped, rule: TeamRule, problems: Problems) -> None:
    """Nobody in the teams of today is kept from the town that he checks."""
    people = now.staff.assign(stationed_town=now.staff["stationed_village"].fillna("").str[:9])
    checked = dict(zip(now.members["person_id"], now.members["checked_town"]))
    for person in people.itertuples():
        broken = conflicts(person, checked.get(person.person_id, "-"), rule)
        if broken:
            names = "、".join(RULE_NAMES[name] for name in sorted(broken))
            problems.error(Place("核查组"), "conflict", f"{person.person_id}须回避：{names}")


def with_names(problems: Problems, towns: Mapping[str, str], staff: pd.DataFrame) -> Problems:
    """The same problems with towns by their names, and people by name and number.

    >>> found = Problems()
    >>> found.error(Place("核查组"), "x", "放宽1对（449901100→449901101）")
    >>> print(with_names(found, {"449901100": "甲镇", "449901101": "乙镇"},
    ...                  pd.DataFrame(columns=["person_id", "person"])))
    错误 核查组：放宽1对（甲镇→乙镇）
    >>> found.error(Place("组长"), "x", "放宽1处（X1→乙镇）；某（X2）")
    >>> print(with_names(Problems(list(found)[1:]), {}, pd.DataFrame(
    ...     [("X1", "李"), ("X2", "某")], columns=["person_id", "person"])))
    错误 组长：放宽1处（李（X1）→乙镇）；某（X2）
    """
    people = {row.person_id: f"{row.person}（{row.person_id}）" for row in staff.itertuples()}
    one = "|".join(re.escape(p) for p in people) or r"(?!)"
    bare = re.compile(rf"(?<!\w)(?:(?<!（)(?:{one})|(?:{one})(?!）))(?!\w)")  # not 某（编号）

    def told(text: str) -> str:
        text = _CODE.sub(lambda m: towns.get(m.group(), m.group()), text)
        return bare.sub(lambda m: people[m.group()], text)

    return Problems([_renamed(problem, told) for problem in problems])


def _renamed(problem: Problem, told) -> Problem:
    return replace(problem, message=told(problem.message), found=told(str(problem.found)),
                   expected=told(str(problem.expected)))


__all__ = ["STAFF_COLUMNS", "Grouped", "assign_teams", "grouped_of", "request_substitution",
           "teams_kept", "verify_grouping", "with_names"]
