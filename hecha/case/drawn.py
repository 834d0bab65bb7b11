"""The draw (抽样结果): which villages and households were to be visited.

The draw decides what a town's score is made of, so a village or household there
that does not exist is an error for its town.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from hecha.case.desk import Desk, given, place_of, rows_of
from hecha.case.known import Known
from hecha.case.roster import Roster
from hecha.case.shapes import DRAWN_HOUSEHOLDS, DRAWN_VILLAGES
from hecha.problems import Place
from hecha.tables.contract import Contract, Table
from hecha.words import mask_name


@dataclass(frozen=True)
class Draw:
    """The two frames of the draw."""

    villages: pd.DataFrame
    households: pd.DataFrame


def read_draw(desk: Desk, known: Known, roster: Roster) -> Draw:
    """draw/抽样结果, sheets 村 and 户."""
    path = desk.find("draw", "抽样结果", units=known.county)
    grids = {grid.sheet.strip(): grid for grid in desk.grids(path, known.county)} if path else {}
    villages = _sheet(desk, path, grids, "村", DRAWN_VILLAGES, known)
    households = _sheet(desk, path, grids, "户", DRAWN_HOUSEHOLDS, known)
    villages = desk.set_aside(villages, _check_villages(desk, villages, known))
    households = desk.set_aside(households, _check_households(desk, households, known, roster))
    _check_counts(desk, villages, households)
    return Draw(villages, households)


def _sheet(
    desk: Desk, path, grids: dict, title: str, contract: Contract, known: Known
) -> pd.DataFrame:
    if title in grids:
        return desk.table(
            grids[title], contract, lambda raw: _units_of(raw) if raw else known.county
        ).frame
    if grids:
        desk.problems.error(
            Place(desk.shown(path)),
            "missing_sheet",
            f"缺少工作表“{title}”",
            found="、".join(grids),
            units=known.county,
        )
    return Table(contract.empty()).frame


def _units_of(raw: dict[str, str]) -> tuple[str, ...]:
    village, town = raw.get("village", ""), raw.get("town", "")
    if len(village) == 12 and village.startswith(town):
        return (village,)
    return (town,) if len(town) == 9 else ()


def _check_villages(desk: Desk, frame: pd.DataFrame, known: Known) -> dict[int, str]:
    reasons = {}
    for row in rows_of(frame):
        reason = _village_reason(desk, row, known)
        if reason:
            reasons[row.Index] = reason
    return reasons


def _village_reason(desk: Desk, row, known: Known) -> str:
    """Say what is wrong with a row's codes and names; a reason if it cannot be used."""
    if not known.has(row.village):
        desk.problems.error(
            place_of(row, "村代码"),
            "unknown_unit",
            "村代码不在镇村名单里",
            found=row.village,
            units=(row.town,),
        )
        return "未知的村代码"
    if not row.village.startswith(row.town):
        desk.problems.error(
            place_of(row, "村代码"),
            "code_nesting",
            f"村代码不以镇代码{row.town}开头",
            found=row.village,
            units=(row.town, row.village),
        )
        return "村代码与镇代码不符"
    if not known.confirms(row.village, row.village_name):
        desk.problems.error(
            place_of(row, "村代码"),
            "name_mismatch",
            f"代码{row.village}是“{known.name(row.village)}”，与村名称“{row.village_name}”不符，不知抽中的是哪个村",
            found=row.village,
            units=(row.town,),
        )
        return "村代码与村名称不符"
    return ""


def _check_households(
    desk: Desk, frame: pd.DataFrame, known: Known, roster: Roster
) -> dict[int, str]:
    heads = dict(zip(roster.frame.household, roster.frame["head"], strict=True))
    listed_towns = set(roster.frame.village.str[:9])
    reasons = {}
    for row in rows_of(frame):
        reason = _village_reason(desk, row, known)
        if not reason and not row.household.startswith(row.village):
            desk.problems.error(
                place_of(row, "户编号"),
                "code_nesting",
                f"户编号不以村代码{row.village}开头",
                found=row.household,
                units=(row.village,),
            )
            reason = "户编号与村代码不符"
        if not reason and row.town in listed_towns and row.household not in heads:
            desk.problems.error(
                place_of(row, "户编号"),
                "unknown_household",
                "花名册里没有这一户",
                found=row.household,
                units=(row.village,),
            )
            reason = "花名册里没有这一户"
        if reason:
            reasons[row.Index] = reason
        elif row.head and heads.get(row.household, row.head) != row.head:
            desk.problems.error(
                place_of(row, "户主姓名"),
                "name_mismatch",
                "与花名册里的户主姓名不符",
                found=mask_name(row.head),
                expected=mask_name(heads[row.household]),
                units=(row.village,),
            )
    _say_unlisted(desk, frame, listed_towns, roster)
    return reasons


def _say_unlisted(desk: Desk, frame: pd.DataFrame, listed_towns: set[str], roster: Roster) -> None:
    """Towns whose roster could not be read: their drawn households were not compared."""
    for town in sorted(set(frame.town) & roster.unread - listed_towns):
        first = next(row for row in rows_of(frame) if row.town == town)
        desk.problems.warning(
            place_of(first), "not_compared", f"{town}的花名册读不出来，抽中的户未能与花名册核对"
        )


def _check_counts(desk: Desk, villages: pd.DataFrame, households: pd.DataFrame) -> None:
    """The numbers of the village sheet are those of the household sheet."""
    if villages.empty or households.empty:
        return
    counted = Counter(zip(households.village, households.choice, strict=True))
    for row in rows_of(villages):
        for choice, stated, header in (
            ("正选", row.chosen, "正选户数"),
            ("备选", row.reserves, "备选户数"),
        ):
            if given(stated) and stated != counted[row.village, choice]:
                desk.problems.error(
                    place_of(row, header),
                    "drawn_count",
                    f"“户”表里能用的{choice}户有{counted[row.village, choice]}户",
                    found=str(stated),
                    units=(row.village,),
                )
    listed = set(villages.village)
    for village, group in households.groupby("village", sort=False):
        if village not in listed:
            first = next(rows_of(group))
            desk.problems.error(
                place_of(first, "村代码"),
                "village_not_drawn",
                f"“村”表里没有这个村，“户”表里却有它的{len(group)}户",
                found=village,
                units=(village,),
            )
