"""Household checks: the fields of one household agree, and it was to be visited.

The verified income is the sum of its parts (formula F2 of the county's form); a
stated total that differs is an error to be confirmed, and the parts count.  A
reserve is visited only in place of a first choice, with the reason in 备注.
"""

from __future__ import annotations

import re

import pandas as pd

from hecha.case.desk import Desk, given, place_of, rows_of
from hecha.case.drawn import Draw
from hecha.case.roster import Roster

_REPLACES = re.compile(
    r"替换\s*[<＜〈《（(]?\s*(\d{16})\s*[>＞〉》）)]?\s*[:：]?\s*(.*)", re.DOTALL
)

# (smaller, its header, larger, its header)
_AT_MOST = (
    ("students_served", "已享教育资助人数", "students_due", "应享教育资助人数"),
    ("dibao_served", "已享低保人数", "dibao_due", "应享低保人数"),
    ("pension_served", "已享养老保险人数", "pension_due", "应享养老保险人数"),
    ("students_due", "应享教育资助人数", "members", "家庭人口"),
    ("dibao_due", "应享低保人数", "members", "家庭人口"),
    ("pension_due", "应享养老保险人数", "members", "家庭人口"),
    ("insured", "参加基本医保人数", "members", "家庭人口"),
    ("employed_workers", "已就业人数", "willing_workers", "有就业意愿人数"),
    ("willing_workers", "有就业意愿人数", "able_workers", "有劳动能力人数"),
    ("able_workers", "有劳动能力人数", "members", "家庭人口"),
    ("pension", "其中养老金", "transfer_income", "转移性收入"),
)


def income_total(row) -> int:
    """Disposable income of the household in fen, before division (formula F2).

    >>> from types import SimpleNamespace as Row
    >>> business = dict(business_income=50, business_costs=10, depreciation=5)
    >>> taxes = dict(production_tax=3, production_subsidy=1)
    >>> other = dict(property_income=7, property_outlay=2, transfer_income=20, transfer_outlay=4)
    >>> income_total(Row(wages=100, **business, **taxes, **other))
    154
    """
    business = (
        row.business_income
        - row.business_costs
        - row.depreciation
        - (row.production_tax - row.production_subsidy)
    )
    return (
        row.wages
        + business
        + (row.property_income - row.property_outlay)
        + (row.transfer_income - row.transfer_outlay)
    )


def replaced_by(note: str) -> tuple[str, str]:
    """The household that a reserve was visited for, and the reason; blank if none.

    >>> replaced_by("替换4499011052170036：户主外出"), replaced_by("无")
    (('4499011052170036', '户主外出'), ('', ''))
    """
    found = _REPLACES.search(note)
    return (found.group(1), found.group(2).strip()) if found else ("", "")


def check_households(
    desk: Desk, frame: pd.DataFrame, draw: Draw, roster: Roster, teams: pd.DataFrame
) -> pd.DataFrame:
    """The usable household checks with `town` and `replaces`; the rest is set aside."""
    frame = frame.assign(
        town=frame.village.str[:9].astype("str"),
        replaces=pd.Series([replaced_by(note)[0] for note in frame.note], dtype="str"),
    )
    days = dict(zip(teams.file, teams.visit_date, strict=True))
    reasons = {}
    for row in rows_of(frame):
        reason = _field_reason(desk, row)
        _check_total(desk, row)
        _check_day(desk, row, days.get(row.file, ""))
        if reason:
            reasons[row.Index] = reason
    if len(draw.households):
        reasons |= _check_drawn(desk, frame, draw)
    _check_roster(desk, frame, roster)
    return desk.set_aside(frame, reasons)


def _field_reason(desk: Desk, row) -> str:
    """Say which fields contradict each other; a reason if there are any."""
    bad = []
    if not row.household.startswith(row.village):
        desk.problems.error(
            place_of(row, "户编号"),
            "code_nesting",
            f"户编号不以村代码{row.village}开头",
            found=row.household,
            units=(row.village,),
        )
        bad.append("户编号")
    if row.members < 1:
        desk.problems.error(
            place_of(row, "家庭人口"),
            "logic",
            "家庭人口至少1人",
            found=str(row.members),
            units=(row.village,),
        )
        bad.append("家庭人口")
    for small, small_header, large, large_header in _AT_MOST:
        value, limit = getattr(row, small), getattr(row, large)
        if value > limit:
            value, limit = (_yuan(value), _yuan(limit)) if small == "pension" else (value, limit)
            desk.problems.error(
                place_of(row, small_header),
                "logic",
                f"不应多于{large_header}（{limit}）",
                found=str(value),
                units=(row.village,),
            )
            bad.append(small_header)
    return "前后矛盾：" + "、".join(dict.fromkeys(bad)) if bad else ""


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(int(fen)) // 100}.{abs(int(fen)) % 100:02d}"


def _check_total(desk: Desk, row) -> None:
    total = income_total(row)
    if given(row.stated_total) and row.stated_total != total:
        desk.problems.error(
            place_of(row, "核实可支配收入合计"),
            "stated_total",
            f"与分项相加（{_yuan(total)}）不符，按分项计算，请核实",
            found=_yuan(row.stated_total),
            expected=_yuan(total),
            units=(row.village,),
        )


def _check_day(desk: Desk, row, day: str) -> None:
    if day and row.visit_date and row.visit_date != day:
        desk.problems.warning(
            place_of(row, "核查日期"),
            "visit_date",
            f"与核查组的核查日期（{day}）不同",
            found=row.visit_date,
            units=(row.village,),
        )


def _check_drawn(desk: Desk, frame: pd.DataFrame, draw: Draw) -> dict[int, str]:
    """Rows of households that were not to be visited."""
    choices = dict(zip(draw.households.household, draw.households.choice, strict=True))
    returned = set(frame.household)
    replaced: dict[str, int] = {}
    reasons = {}
    for row in rows_of(frame):
        if row.household not in choices:
            desk.problems.error(
                place_of(row, "户编号"),
                "undrawn",
                "不在抽样结果里，不计入",
                found=row.household,
                units=(row.village,),
            )
            reasons[row.Index] = "不在抽样结果里"
        elif choices[row.household] == "备选" or row.replaces:
            reason = _reserve_reason(desk, row, choices, returned, replaced)
            if reason:
                reasons[row.Index] = reason
    return reasons


def _reserve_reason(
    desk: Desk, row, choices: dict[str, str], returned: set[str], replaced: dict[str, int]
) -> str:
    """Whether a reserve was rightly visited: for one absent first choice of its village."""
    fault = _reserve_fault(row, choices, returned, replaced)
    if fault:
        desk.problems.error(
            place_of(row, "备注"),
            "reserve",
            fault,
            found=row.replaces or row.household,
            expected="替换<户编号>：原因",
            units=(row.village,),
        )
        return "替换说明不成立"
    replaced[row.replaces] = row.row
    if not replaced_by(row.note)[1]:
        desk.problems.warning(
            place_of(row, "备注"),
            "no_reason",
            "替换没有写原因",
            found=row.replaces,
            units=(row.village,),
        )
    return ""


def _reserve_fault(
    row, choices: dict[str, str], returned: set[str], replaced: dict[str, int]
) -> str:
    if not row.replaces:
        return "是备选户，备注里没有写替换了哪一户"
    if choices[row.household] != "备选":
        return "本身是正选户，不能替换别的户"
    if choices.get(row.replaces) != "正选" or not row.replaces.startswith(row.village):
        return "被替换的户不是本村的正选户"
    if row.replaces in returned:
        return "被替换的户自己也有核查记录"
    return f"被替换的户已由第{replaced[row.replaces]}行替换" if row.replaces in replaced else ""


def _check_roster(desk: Desk, frame: pd.DataFrame, roster: Roster) -> None:
    """Registered members are those of the roster."""
    members = dict(zip(roster.frame.household, roster.frame.members, strict=True))
    for row in rows_of(frame):
        listed = members.get(row.household)
        if given(listed) and listed != row.members:
            desk.problems.warning(
                place_of(row, "家庭人口"),
                "members_differ",
                f"花名册登记{listed}人",
                found=str(row.members),
                units=(row.village,),
            )
