"""The other returns: results from above, adjustments, self-scores, rectification.

Results and adjustments move scores by themselves, so a row that cannot be
believed is set aside and its unit named.  Self-scores and the rectification
ledger move none.
"""

from __future__ import annotations

from decimal import Decimal

import pandas as pd

from hecha.case.desk import Desk, place_of, rows_of
from hecha.case.known import Known
from hecha.case.shapes import ADJUSTMENTS, EXTERNAL, RECTIFICATION, SELF_SCORES
from hecha.problems import Place
from hecha.tables.contract import Column, Contract


def _unit_of(raw: dict[str, str]) -> tuple[str, ...]:
    unit = raw.get("unit", "")
    return (unit,) if len(unit) in (9, 12) and unit.isdigit() else ()


def _keyed(contract: Contract, *key: str) -> Contract:
    return Contract(contract.title, contract.columns, key)


# -- results from above ----------------------------------------------------------------


def read_external(desk: Desk, known: Known) -> pd.DataFrame:
    """上级结果: score within full marks, one result of a level for a unit."""
    frame = desk.single(
        _keyed(EXTERNAL, "level", "unit"),
        "returns",
        "上级结果",
        units_of=_unit_of,
        whole=known.county,
    ).frame
    reasons = {
        row.Index: reason
        for row in rows_of(frame)
        if (reason := _external_reason(desk, row, known))
    }
    return desk.set_aside(frame, reasons)


def _external_reason(desk: Desk, row, known: Known) -> str:
    found = _external_fault(row, known)
    if not found:
        return ""
    column, code, message, text = found
    units = (row.unit,) if known.has(row.unit) else ()
    desk.problems.error(place_of(row, column), code, message, found=text, units=units)
    return message


def _external_fault(row, known: Known) -> tuple[str, str, str, str] | None:
    if not known.has(row.unit):
        return "单位代码", "unknown_unit", "代码不在镇村名单里", row.unit
    if len(row.unit) != {"镇": 9, "村": 12}[row.object]:
        return "对象", "unit_level", "对象与单位代码的位数不符", f"{row.object} {row.unit}"
    if not known.confirms(row.unit, row.unit_name):
        return (
            "单位名称",
            "name_mismatch",
            f"代码{row.unit}是“{known.name(row.unit)}”，不知是哪个单位的结果",
            row.unit_name,
        )
    return _score_fault(row.score, row.full, row.grade)


def _score_fault(
    score: Decimal | None, full: Decimal | None, grade: str
) -> tuple[str, str, str, str] | None:
    if score is None:
        return None if grade else ("得分", "blank", "得分和等次都是空白", "")
    if full is None or full <= 0:
        return "满分", "full_marks", "有得分就要有大于0的满分", "" if full is None else str(full)
    if not 0 <= score <= full:
        return "得分", "score_range", f"得分应在0和满分{full}之间", str(score)
    return None


# -- adjustments ------------------------------------------------------------------------


def read_adjustments(desk: Desk, known: Known, forms: dict[str, str]) -> pd.DataFrame:
    """调整: each names a known unit, its amount and its approval; `sheet` is the plan's sheet."""
    columns = tuple(
        Column("form_sheet", *_rest(column)) if column.name == "sheet" else column
        for column in ADJUSTMENTS.columns
    )
    table = desk.single(
        Contract("调整", columns, ADJUSTMENTS.key),
        "returns",
        "调整",
        units_of=_unit_of,
        whole=known.county,
    )
    reasons = {
        row.Index: reason
        for row in rows_of(table.frame)
        if (reason := _adjustment_reason(desk, row, known, set(forms.values())))
    }
    frame = desk.set_aside(table.frame, reasons)
    return frame.rename(columns={"sheet": "form"}).rename(columns={"form_sheet": "sheet"})


def _rest(column: Column) -> tuple:
    return (
        column.header,
        column.kind,
        column.filled,
        column.vital,
        column.absent,
        column.aliases,
        column.mask,
    )


def _adjustment_reason(desk: Desk, row, known: Known, sheets: set[str]) -> str:
    found = _adjustment_fault(row, known, sheets)
    if not found:
        return ""
    column, code, message, text = found
    units = (row.unit,) if known.has(row.unit) else ()
    desk.problems.error(place_of(row, column), code, message, found=text, units=units)
    return message


def _adjustment_fault(row, known: Known, sheets: set[str]) -> tuple[str, str, str, str] | None:
    if not known.has(row.unit):
        return "单位代码", "unknown_unit", "代码不在镇村名单里", row.unit
    if row.type in ("fraud", "penalty") and row.form_sheet not in sheets:
        return "评分表", "not_allowed", f"应为 {'、'.join(sorted(sheets))} 之一", row.form_sheet
    if row.type == "fraud" and not row.item:
        return "指标代码", "blank", "弄虚作假要写明是哪个指标", ""
    if row.type == "penalty" and (row.points is None or row.points <= 0):
        return (
            "扣分",
            "negative",
            "扣分应为大于0的数字（扣几分就填几）",
            "" if row.points is None else str(row.points),
        )
    if row.type == "grade_cap" and not row.grade_cap:
        return "等次上限", "blank", "限制等次要写明最高到哪一等", ""
    return None


# -- what moves no score --------------------------------------------------------------------


def read_self_scores(desk: Desk, known: Known) -> pd.DataFrame:
    """自评: one row a town, scores of 0 to 100; for comparison only."""
    frame = desk.single(SELF_SCORES, "returns", "自评").frame
    reasons = {
        row.Index: reason for row in rows_of(frame) if (reason := _self_reason(desk, row, known))
    }
    _say_missing_towns(desk, frame, known)
    return desk.set_aside(frame, reasons)


def _self_reason(desk: Desk, row, known: Known) -> str:
    if not known.has(row.town):
        desk.problems.error(
            place_of(row, "镇代码"), "unknown_unit", "代码不在镇村名单里", found=row.town
        )
        return "未知的镇代码"
    if not known.confirms(row.town, row.town_name):
        desk.problems.error(
            place_of(row, "镇名称"),
            "name_mismatch",
            f"代码{row.town}是“{known.name(row.town)}”",
            found=row.town_name,
        )
        return "镇代码与镇名称不符"
    for name, header in (
        ("county_check", "县核查自评分"),
        ("village_mean", "村级自评平均分"),
        ("daily", "日常工作自评分"),
    ):
        score = getattr(row, name)
        if score is not None and not 0 <= score <= 100:
            desk.problems.error(
                place_of(row, header), "score_range", "自评分应在0和100之间", found=str(score)
            )
            return "自评分超出范围"
    return ""


def _say_missing_towns(desk: Desk, frame: pd.DataFrame, known: Known) -> None:
    """Towns with a task whose self-score is not there (only where there are any)."""
    if frame.empty:
        return
    for town in sorted(set(known.tasked) - set(frame.town)):
        desk.problems.warning(
            Place(frame.file.iloc[0]),
            "missing_town",
            f"没有{known.name(town)}（{town}）的自评分",
            expected=town,
        )


def read_rectification(desk: Desk, known: Known) -> pd.DataFrame:
    """整改台账: every problem belongs to a known town, village or household."""
    frame = desk.single(RECTIFICATION, "returns", "整改台账").frame
    for row in rows_of(frame):
        if not known.has(row.unit):
            desk.problems.error(
                place_of(row, "单位代码"), "unknown_unit", "代码不在镇村名单里", found=row.unit
            )
        elif len(row.unit) != {"镇": 9, "村": 12, "户": 16}[row.source]:
            desk.problems.warning(
                place_of(row, "来源"),
                "unit_level",
                "来源与单位代码的位数不符",
                found=f"{row.source} {row.unit}",
            )
    return frame
