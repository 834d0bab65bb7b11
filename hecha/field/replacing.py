"""Replacing: who is visited when a drawn household is not at home (A-21).

Nobody draws again.  An absent household gives way to the next reserve in ticket
order; when the absent household was the village's only 残疾人户, to the next
残疾人户.  Each replacement has a reason and two names.  What the team did is laid
beside what the order asks for, so that a skipped reserve shows.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from hecha.field.draw import CHOSEN, FOR_ANY, FOR_DISABLED, RESERVE
from hecha.problems import Place, Problems

REPORT_COLUMNS = ["absent", "visited", "reason", "first_witness", "second_witness"]
REPLACEMENT_COLUMNS = ["village", *REPORT_COLUMNS, "due", "skipped", "regular"]


def replacements(households: pd.DataFrame, reported: pd.DataFrame, least: int,
                 problems: Problems) -> pd.DataFrame:
    """The replacements of a county beside those that the ticket order asks for.

    `households` are the draw's (`Draw.households`: village, household, choice, order,
    disabled, stands_for), or the case's `drawn_households`, where every reserve stands for
    anyone.  `least` 残疾人户 are wanted in a village.  `reported` has REPORT_COLUMNS: an absent household and the one
    visited in its place ("" when not yet visited: `due` says whom to visit).  A reserve
    that was absent too has a row of its own with `visited` empty.

    Returned are REPLACEMENT_COLUMNS, sorted by village and the order of the draw: `due`
    is the household that should stand in ("" when no reserve is left), `skipped` the due
    reserves passed over in the village, joined with 、, `regular` whether nothing is to
    be explained.  Told: missing reasons and names, households not drawn, skipped
    reserves, exhausted lists.

    >>> drawn = pd.DataFrame({
    ...     "village": "v", "household": ["a", "b", "r1", "r2"], "disabled": False,
    ...     "choice": ["正选", "正选", "备选", "备选"], "order": [1, 2, 1, 2],
    ...     "stands_for": "任一户"})
    >>> report = pd.DataFrame([["a", "r2", "外出", "甲", "乙"]], columns=REPORT_COLUMNS)
    >>> found = Problems()
    >>> replacements(drawn, report, 1, found)[["absent", "visited", "due", "skipped"]].values.tolist()
    [['a', 'r2', 'r1', 'r1']]
    >>> print(found)
    错误 a：跳过了备选户，应先走访r1，填的是“r2”
    """
    households = _listed(households)
    report = _usable(households, reported, problems)
    tables = [_in_village(homes, report[report["absent"].isin(homes["household"])], least)
              for _, homes in households.groupby("village")]
    table = pd.concat(tables, ignore_index=True) if tables else _nothing()
    _tell(table, problems)
    return table


def _listed(households: pd.DataFrame) -> pd.DataFrame:
    """The drawn households with `disabled` a bool and `stands_for` filled in."""
    stands_for = households.get("stands_for", FOR_ANY)
    return households.assign(stands_for=stands_for,
                             disabled=[value is not None and bool(value)
                                       for value in households["disabled"]])


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(columns=REPLACEMENT_COLUMNS)


def _usable(households: pd.DataFrame, reported: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """The reported rows that speak of drawn households; the others are told."""
    report = reported.reindex(columns=REPORT_COLUMNS).fillna("").astype(str)
    known = set(households["household"])
    for row in report.itertuples(index=False):
        for unit in {row.absent, row.visited} - known - {""}:
            problems.error(Place(unit), "not_drawn", "不在抽样结果里，既不是正选户也不是备选户",
                           found=unit)
        if not row.reason or not row.first_witness or not row.second_witness \
                or row.first_witness == row.second_witness:
            problems.error(Place(row.absent), "replacement_unwitnessed",
                           "替换要写明理由，并由两人签名", units=(row.absent,))
    for unit in report.loc[report["absent"].duplicated(), "absent"].unique():
        problems.error(Place(unit), "duplicate_key", "同一户登记了两次不在家", units=(unit,))
    for unit in sorted(set(report["absent"]) & set(report["visited"]) - {""}):
        problems.error(Place(unit), "absent_and_visited", "这一户既登记不在家，又登记已走访",
                       units=(unit,))
    return report.drop_duplicates("absent")


def _in_village(homes: pd.DataFrame, report: pd.DataFrame, least: int) -> pd.DataFrame:
    """The replacements of one village, the absent taken in the order of the draw."""
    order = homes.assign(turn=homes["choice"].map({CHOSEN: 0, RESERVE: 1})).sort_values(
        ["turn", "order"])
    absent = set(report["absent"])
    due = due_replacements(order, absent, least)
    visited = set(report["visited"])
    rows = report.set_index("absent").reindex(
        [unit for unit in order["household"] if unit in absent]).reset_index()
    rows = rows.assign(village=homes["village"].iloc[0],
                       due=[due.get(unit, "") for unit in rows["absent"]])
    rows["skipped"] = [_skipped(visit, due.values(), visited) for visit in rows["visited"]]
    exhausted = rows["absent"].isin(list(due)) & (rows["due"] == "")
    rows["regular"] = ~exhausted & rows["visited"].isin(["", *due.values()])
    return rows[REPLACEMENT_COLUMNS]


def due_replacements(order: pd.DataFrame, absent: set[str], least: int) -> dict[str, str]:
    """Who stands in for each absent drawn household of a village: "" when nobody is left.

    `order` is the village's drawn and reserve households in order (household, choice,
    disabled, stands_for); `absent` may name reserves too; `least` is how many 残疾人户 the
    village must give.  With strata, one of the same stratum comes first.

    >>> order = pd.DataFrame({
    ...     "household": ["a", "d", "r1", "r2"], "choice": ["正选", "正选", "备选", "备选"],
    ...     "disabled": [False, True, False, True],
    ...     "stands_for": ["", "", "任一户", "残疾人户"]})
    >>> due_replacements(order, {"d"}, 1), due_replacements(order, {"a", "r1"}, 1)
    ({'d': 'r2'}, {'a': ''})
    """
    marked = set(order.loc[order["disabled"], "household"])
    uses = {row.household: row.stands_for for row in order.itertuples() if row.choice == RESERVE}
    kinds = {row.household: row.stands_for for row in order.itertuples()}
    free = [unit for unit in uses if unit not in absent]
    drawn = list(order.loc[order["choice"] == CHOSEN, "household"])
    present = [unit for unit in drawn if unit not in absent]
    due = {}
    for unit in (unit for unit in drawn if unit in absent):
        needed = unit in marked and len(marked.intersection(present)) < least
        same = {one for one in free if uses[one] == kinds[unit]}
        stand_in = _next(free, uses, marked if needed else same)
        due[unit] = stand_in
        if stand_in:
            free.remove(stand_in)
            present.append(stand_in)
    return due


def _next(free: list[str], uses: dict[str, str], sought: set[str]) -> str:
    """The next reserve: a sought one if there is any, else the first that stands for anyone."""
    fitting = [unit for unit in free if unit in sought]
    anyone = [unit for unit in free if uses[unit] != FOR_DISABLED]
    return next(iter(fitting or anyone), "")


def _skipped(visit: str, due: Iterable[str], visited: set[str]) -> str:
    """The due reserves nobody visited, when a household was visited that was not due."""
    owed = [unit for unit in due if unit and unit not in visited]
    return "" if not visit or visit in set(due) else "、".join(owed)


def _tell(table: pd.DataFrame, problems: Problems) -> None:
    """Say what the order of the draw does not explain."""
    for row in table.itertuples():
        units = (row.village,)
        if row.skipped:
            problems.error(Place(row.absent), "reserve_skipped",
                           f"跳过了备选户，应先走访{row.skipped}", found=row.visited, units=units)
        elif not row.regular and not row.due and row.visited == "":
            problems.warning(Place(row.absent), "reserves_exhausted",
                             "备选户已用完，本村少一户，不得另抽", units=units)
        elif not row.regular:
            problems.error(Place(row.absent), "not_due", "走访的户不是按签号应替补的户",
                           found=row.visited, expected=row.due or "无备选可用", units=units)


__all__ = ["REPLACEMENT_COLUMNS", "REPORT_COLUMNS", "due_replacements", "replacements"]
