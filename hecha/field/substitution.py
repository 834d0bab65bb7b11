"""Substitution: a member may be changed before the training, never after (R-05, A-37).

The town arranges it; the one who comes is of the same home town, takes the place
of the one who leaves in everything, and may not be somebody whom the rules keep
from the town that the team checks.  Every request is logged, the refused ones
with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd

from hecha.field.assignment import RULE_NAMES
from hecha.field.frame import TOWN_DIGITS
from hecha.field.rules import TeamRule
from hecha.field.teams import conflicts

REQUEST_COLUMNS = ["date", "leaving", "person_id", "person", "home_town", "stationed_village",
                   "served_town", "reason", "arranged_by"]
LOG_COLUMNS = [*REQUEST_COLUMNS, "accepted", "why"]


def substitute(staff: pd.DataFrame, requests: pd.DataFrame, rule: TeamRule,
               members: pd.DataFrame | None = None
               ) -> tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame]:
    """The staff and teams after the substitutions, and the log of all requests.

    `requests` has REQUEST_COLUMNS, one change a row in the order they were made: `date`
    (ISO), who leaves, who comes, why, and who arranged it.  `members` are the teams if
    they are made already.  Returned are (staff, members, log); the log is the requests
    with `accepted` (bool) and `why` it was refused ("" when accepted).

    >>> staff = pd.DataFrame({"person_id": ["a", "b"], "person": "某", "home_town": "1",
    ...                       "stationed_village": "", "served_town": ""})
    >>> requests = pd.DataFrame(
    ...     [["2024-01-01", "a", "c", "丙", "1", "", "", "生病", "甲镇"],
    ...      ["2024-01-02", "b", "d", "丁", "1", "", "", "出差", "甲镇"]], columns=REQUEST_COLUMNS)
    >>> rule = TeamRule("block", 6, 7, 2, "forbid", "warn", "2024-01-02")
    >>> changed, _, log = substitute(staff, requests, rule)
    >>> changed["person_id"].tolist(), log["why"].tolist()
    (['c', 'b'], ['', '2024-01-02已开始培训，人员不得变动'])
    """
    staff, members = staff.copy(), None if members is None else members.copy()
    log = []
    for request in requests.reindex(columns=REQUEST_COLUMNS).fillna("").astype(str).itertuples(
            index=False):
        why = next(_refusals(request, staff, members, rule), "")
        if not why:
            staff = _changed(staff, request)
            members = members if members is None else _changed(members, request)
        log.append((*request, not why, why))
    return staff, members, pd.DataFrame(log, columns=LOG_COLUMNS)


def _refusals(request, staff: pd.DataFrame, members: pd.DataFrame | None,
              rule: TeamRule) -> Iterator[str]:
    """Every reason to refuse a request, the first one first."""
    yield from _too_late(request.date, rule.training_date)
    if not request.reason or not request.arranged_by:
        yield "没有写明原因和安排的镇"
    known = dict(zip(staff["person_id"], staff["home_town"].fillna("")))
    if request.leaving not in known:
        yield "被换的人不在抽调名单里"
    elif known[request.leaving] != request.home_town:
        yield "接替的人不是同一个镇的"
    if not request.person_id or request.person_id in known:
        yield "接替的人没有编号，或已在抽调名单里"
    for town in () if members is None else _checked(members, request.leaving):
        broken = conflicts(_Candidate(request), town, rule)
        if broken:
            yield "接替的人须回避：" + "、".join(RULE_NAMES[name] for name in sorted(broken))


def _too_late(day: str, training: str) -> Iterator[str]:
    """Why a day is not before the training."""
    if not training:
        yield "方案没有填培训日期，不能判断是否还可以换人"
        return
    try:
        late = date.fromisoformat(day) >= date.fromisoformat(training)
    except ValueError:
        yield f"日期应为年-月-日：{day or '空白'}"
        return
    if late:
        yield f"{training}已开始培训，人员不得变动"


class _Candidate:
    """The one who comes, as :func:`conflicts` looks at people."""

    def __init__(self, request) -> None:
        self.home_town = request.home_town
        self.stationed_town = request.stationed_village[:TOWN_DIGITS]
        self.served_town = request.served_town


def _checked(members: pd.DataFrame, person_id: str) -> list[str]:
    return members.loc[members["person_id"] == person_id, "checked_town"].tolist()


def _changed(table: pd.DataFrame, request) -> pd.DataFrame:
    """A table with one person in another's place; what is not known of him is emptied."""
    table = table.copy()
    row = table["person_id"] == request.leaving
    kept = {"team", "role", "checked_town", "pair"}
    for name in set(table.columns) - kept:
        table.loc[row, name] = getattr(request, name, None)
    return table


__all__ = ["LOG_COLUMNS", "REQUEST_COLUMNS", "substitute"]
