"""The workbook (结果工作簿): the results as a clerk wants them, in one formatted file.

Scores, grades, ranks and the order of 排名 are live formulas (hecha.report.live) from the
ledger up, beside the published figures, so that anybody can change a deduction and see what
follows.  Text stays text: a name that begins with «=» is a name.  The same results give the
same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pandas as pd
import xlsxwriter

from hecha.folders import write_whole
from hecha.plan import Plan
from hecha.report import live, published, views
from hecha.report.live import FIRST, Formula
from hecha.scoring.results import Results
from hecha.tables.writing import page_head
from hecha.words import mask_text

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
            "nan_inf_to_errors": False, "in_memory": True}
_CREATED = dt.datetime(2000, 1, 1)
_CELL = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter", "border": 1,
         "border_color": "#BFC7CE"}
_NUMBERS = {"满分", "适用满分", "实得", "得分", "数量", "单价", "F1人均", "F2人均", "行"}
WIDE = 14
"""columns that one sheet of paper has room for"""
_GRADES = (("#0B4F8A", "#FFFFFF"), ("#DBE8F3", "#0A3D6B"), ("#FBE9D7", "#6B3900"),
           ("#9C2F0C", "#FFFFFF"))
"""the best to the last, as on the pages: each pair has contrast enough, and the word stays"""


def write_results_workbook(results: Results, path: str | Path) -> Path:
    """Write the workbook, whole or not at all: 排名 … 读法."""
    return write_whole(Path(path), workbook_bytes(results))


def workbook_bytes(results: Results) -> bytes:
    """The workbook's bytes, the same for the same results."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        book.set_properties({"created": _CREATED, "title": _title(results), "comments": results.mark})
        formats = _formats(book)
        for name, frame in sheets_of(results).items():
            sheet = book.add_worksheet(name)
            _write_sheet(sheet, f"{_title(results)}　{name}", results.mark, frame, formats)
            _colour(sheet, frame, results.plan, formats)
    return out.getvalue()


def sheets_of(results: Results) -> dict[str, pd.DataFrame]:
    """The sheets by name; cells are text, numbers or formulas."""
    villages = live.villages(results)
    towns = live.towns(results, villages)
    return {
        live.ranking_sheet(results.plan): live.ranking(results, towns),
        live.towns_sheet(results.plan): towns,
        live.villages_sheet(villages): villages,
        **({"结果运用": published.consequences(results)} if results.plan.consequences else {}),
        **({"帮扶单位参考": published.counterparts(results)} if len(results.counterparts) else {}),
        "细项": published.items(results),
        live.LEDGER: live.ledger(results),
        live.BANDS: live.bands(results.plan),
        "缺什么": published.missing(results),
        "问题清单": published.problems(results.problems),
        "读法": _readings(results.plan),
    }


def _title(results: Results) -> str:
    return f"{views.county_name(results)}{results.plan.plan.year}年成效核查"


def _readings(plan: Plan) -> pd.DataFrame:
    words = {"high": "高", "medium": "中", "low": "低", "none": "无"}
    return pd.DataFrame([{
        "读法": r.id, "条款": r.clause, "方案没有说清的": r.question, "现按": r.answer,
        "也可以": "；".join(a.answer for a in r.alternatives), "把握": words[r.confidence],
        "对等次影响": words[r.impact],
        "状态": f"已批 {r.approval}" if r.status == "approved" else "待批"}
        for r in plan.readings], dtype=object)


def _formats(book: xlsxwriter.Workbook) -> dict[str, object]:
    return {
        "title": book.add_format({"font_name": "黑体", "font_size": 14}),
        "mark": book.add_format({"font_name": "黑体", "font_size": 10.5, "font_color": "#8C1D18"}),
        "header": book.add_format(_CELL | {"bold": True, "bg_color": "#E7EEF5", "align": "center",
                                           "text_wrap": True}),
        "text": book.add_format(_CELL | {"num_format": "@", "text_wrap": True, "valign": "top"}),
        "number": book.add_format(_CELL | {"num_format": "0.00##", "valign": "top"}),
        "score": book.add_format(_CELL | {"num_format": "0.00", "valign": "top"}),
        "said": book.add_format(_CELL | {"text_wrap": True, "valign": "top"}),
        "grades": [book.add_format({"bg_color": ground, "font_color": ink})
                   for ground, ink in _GRADES],
        "wrong": book.add_format({"bg_color": "#9C2F0C", "font_color": "#FFFFFF"}),
        "whole": book.add_format(_CELL | {"num_format": "0", "valign": "top"}),
    }


def _write_sheet(sheet, title: str, mark: str, frame: pd.DataFrame, formats: dict) -> None:
    sheet.write_string(0, 0, title, formats["title"])
    if mark:
        sheet.write_string(0, max(3, len(frame.columns) - 2), mark, formats["mark"])
    for column, name in enumerate(frame.columns):
        values = frame[name].tolist()
        sheet.write_string(1, column, str(name), formats["header"])
        sheet.set_column(column, column, _width([str(name), *map(_plain, values)]))
        for row, value in enumerate(values, start=FIRST):
            _write_cell(sheet, row, column, _typed(str(name), value), formats)
    _lay_out(sheet, frame, mark)


def _lay_out(sheet, frame: pd.DataFrame, mark: str) -> None:
    """Frozen and repeated header, A4 landscape as wide as the paper, the mark on each sheet."""
    sheet.freeze_panes(FIRST, 2)
    sheet.repeat_rows(1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1 if len(frame.columns) <= WIDE else 2, 0)
    sheet.repeat_columns(0, 1)
    sheet.set_header(page_head(mark) if mark else "")
    sheet.set_footer("&C第&P页，共&N页")
    if len(frame) and len(frame.columns):
        sheet.autofilter(1, 0, FIRST + len(frame) - 1, len(frame.columns) - 1)


def _typed(column: str, value: object) -> object:
    """A figure of a number column as a number; everything else as it is."""
    numeric = column in _NUMBERS or column.endswith("精确值")
    if not isinstance(value, str) or not numeric:
        return value
    try:
        return Decimal(value) if value else None
    except InvalidOperation:
        return value


def _write_cell(sheet, row: int, column: int, value: object, formats: dict) -> None:
    if isinstance(value, Formula):
        now = _plain(value) if isinstance(value.value, str) else value.value
        sheet.write_formula(row, column, value.text, formats[_kind(value)], now)
    elif value is None or value == "":
        sheet.write_blank(row, column, None, formats["text"])
    elif isinstance(value, int) and not isinstance(value, bool):
        sheet.write_number(row, column, value, formats["whole"])
    elif isinstance(value, float | Decimal):
        sheet.write_number(row, column, float(value), formats["number"])
    else:
        sheet.write_string(row, column, _plain(value), formats["text"])


def _kind(formula: Formula) -> str:
    """How a formula's value is set: a figure as published, one in full, a whole number, words."""
    if isinstance(formula.value, str):
        return "said"
    return "score" if formula.shown else "whole" if isinstance(formula.value, int) else "number"


def _colour(sheet, frame: pd.DataFrame, plan: Plan, formats: dict) -> None:
    """Grades in their colours, what no longer agrees in red, bars where length says something."""
    last = FIRST + len(frame) - 1
    names = [band.name for band in plan.grades.bands]
    for column, name in enumerate(map(str, frame.columns)):
        place = (FIRST, column, max(FIRST, last), column)
        if name in ("等次", "按分数") and live.BANDS != sheet.name:
            for at, grade in enumerate(names):
                step = round(at * 3 / max(1, len(names) - 1))
                sheet.conditional_format(*place, _is(grade, formats["grades"][step]))
        elif name == "核对":
            sheet.conditional_format(*place, _is("不一致", formats["wrong"]))
        elif (sheet.name, name) in ((live.ranking_sheet(plan), plan.figure[plan.grades.of].name),
                                    (live.LEDGER, "扣分")):
            sheet.conditional_format(*place, {
                "type": "data_bar", "bar_color": "#BFD3E6", "min_type": "num", "min_value": 0})


def _is(word: str, how: object) -> dict[str, object]:
    return {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": how}


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Formula):
        return _plain(value.value) if isinstance(value.value, str) else ""
    return mask_text(str(value))


def _width(texts: list[str]) -> float:
    """Column width in characters; a Chinese character takes two."""
    longest = max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
                  for text in texts[:400] for line in (text.split("\n") or [""]))
    return min(46, max(8, longest + 2))


__all__ = ["Formula", "sheets_of", "workbook_bytes", "write_results_workbook"]
