"""The workbook (结果工作簿): the results as a clerk wants them, in one formatted file.

年终成效 and 综合评价 stand in 镇得分 as live formulas over the sheet scores and the villages'
own rows, rounded once at the end, beside the published figures, so that anybody can
change a number and see what follows.  Text stays text: a name that begins with «=» is
a name.  The same results give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path

import pandas as pd
import xlsxwriter

from hecha.folders import write_whole
from hecha.plan import Plan
from hecha.plan.model import Figure
from hecha.points import exact_text, publish
from hecha.report import published, views
from hecha.scoring.composite import UNFINISHED
from hecha.scoring.results import Results
from hecha.words import mask_household, mask_numbers

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
            "nan_inf_to_errors": False, "in_memory": True}
_CREATED = dt.datetime(2000, 1, 1)
_CELL = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter", "border": 1,
         "border_color": "#BFC7CE"}
_NUMBERS = {"满分", "适用满分", "实得", "得分", "扣分", "数量", "单价", "F1人均", "F2人均", "行", "名次",
            "自评", "核查比自评"}
_FIRST = 2
"""rows above the data: the title and the header"""


@dataclass(frozen=True)
class Formula:
    """A live formula and the value it has now."""

    text: str
    value: float | str


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
            _write_sheet(book.add_worksheet(name), f"{_title(results)}　{name}", results.mark, frame,
                         formats)
    return out.getvalue()


def sheets_of(results: Results) -> dict[str, pd.DataFrame]:
    """The sheets by name; cells are text, numbers of a `_NUMBERS` column, or formulas."""
    villages = published.villages(results)
    return {
        "排名" if results.plan.grades.ranked else "等次": _ranking(results),
        f"{views.unit_name(results.plan)}得分": town_formulas(results, villages),
        _villages_sheet(villages): villages,
        "细项": published.items(results),
        "扣分台账": published.ledger(results),
        "缺什么": published.missing(results),
        "问题清单": published.problems(results.problems),
        "读法": _readings(results.plan),
    }


def _villages_sheet(villages: pd.DataFrame) -> str:
    """The name of the sheet of sampled units, as its second column names them (村得分)."""
    return f"{villages.columns[1]}得分"


def _title(results: Results) -> str:
    return f"{views.county_name(results)}{results.plan.plan.year}年成效核查"


def _ranking(results: Results) -> pd.DataFrame:
    plan, of, own = results.plan, views.graded(results.plan), views.self_figures(results)
    rows = []
    for r in views.standing(results).to_dict("records"):
        said = own[r["town"]][of.id]
        gap = None if said is None or r[of.id] is None else r[of.id] - said
        rows.append({**_ranked(plan, r), views.unit_name(plan): r["town_name"],
                     "等次": r["grade"], of.name: _shown(r[of.id]), "自评": _shown(said),
                     "核查比自评": _shown(gap), "拟办": r["action"], "说明": "；".join(
                         filter(None, (r["action_note"], r["caps"], r["notes"]))),
                     "状态": r["state"] + ("（暂定）" if views.provisional(results) else "")})
    return pd.DataFrame(rows, dtype=object)


def _ranked(plan: Plan, row: dict) -> dict[str, object]:
    """The cell of the rank; none where the plan does not rank."""
    return {"名次": _rank(row["rank"])} if plan.grades.ranked else {}


def _rank(rank: object) -> object:
    return None if rank is None or pd.isna(rank) else int(rank)  # type: ignore[call-overload]


def _shown(value: Fraction | None) -> object:
    return None if value is None else publish(value)


def town_formulas(results: Results, villages: pd.DataFrame) -> pd.DataFrame:
    """镇得分: sheet scores as numbers, the rest as formulas, beside what was published.

    A town without a score has no formula. 核对 says whether the recomputed figures are
    the published ones.
    """
    plan, level = results.plan, views.unit_name(results.plan)
    columns = {f.id: _letter(2 + i) for i, f in enumerate(plan.figures)}
    weighted = [f for f in plan.figures if f.parts]
    rows = []
    for at, r in enumerate(results.towns.to_dict("records"), start=_FIRST + 1):
        row: dict[str, object] = {f"{level}代码": r["town"], level: r["town_name"]}
        for f in plan.figures:
            row[f.name] = _live(plan, f, r, columns, at, villages)
        row |= _recomputed(weighted, r, columns, at, 2 + len(plan.figures))
        rows.append({**row, "等次": r["grade"], **_ranked(plan, r), "状态": r["state"]})
    return pd.DataFrame(rows, dtype=object)


def _live(plan: Plan, figure: Figure, row: dict, columns: dict[str, str], at: int,
          villages: pd.DataFrame) -> object:
    value = row[figure.id]
    if value is None or row["state"] == UNFINISHED:
        return None
    if figure.sheet:
        return float(value)
    if figure.mean_of:
        return Formula(_mean_formula(villages, f"$A{at}"), float(value))
    parts = {p: s for p, s in figure.parts.items() if row[p] is not None}
    whole = sum(parts.values(), Fraction(0))
    terms = "+".join(f"{columns[p]}{at}*{_weight(s / whole)}" for p, s in parts.items())
    return Formula(f"={terms}", float(value))


def _weight(share: Fraction) -> str:
    text = exact_text(share)
    return f"({text})" if "/" in text else text


def _mean_formula(villages: pd.DataFrame, code: str) -> str:
    """The mean of the rows of 村得分 that belong to the town, at full precision."""
    last, sheet = _FIRST + len(villages), _villages_sheet(villages)
    town = _letter(2)
    score = _letter(list(villages.columns).index("得分精确值"))
    towns = f"'{sheet}'!${town}${_FIRST + 1}:${town}${last}"
    scores = f"'{sheet}'!${score}${_FIRST + 1}:${score}${last}"
    return f"=SUMPRODUCT(({towns}={code})*{scores})/SUMPRODUCT(({towns}={code})*1)"


def _recomputed(weighted: Sequence[Figure], row: dict, columns: dict[str, str], at: int,
                after: int) -> dict[str, object]:
    cells: dict[str, object] = {}
    pairs = []
    for f in weighted:
        value = row[f.id]
        recomputed, given = f"{f.name}（重算）", f"{f.name}（公布）"
        cells[recomputed] = None if value is None else Formula(f"=ROUND({columns[f.id]}{at},2)",
                                                               float(publish(value)))
        cells[given] = _shown(value)
        place = after + 2 * len(pairs)
        pairs.append(f"{_letter(place)}{at}={_letter(place + 1)}{at}")
    done = all(row[f.id] is not None for f in weighted)
    cells["核对"] = Formula(f'=IF(AND({",".join(pairs)}),"一致","不一致")', "一致") if done else ""
    return cells


def _letter(column: int) -> str:
    return xlsxwriter.utility.xl_col_to_name(column)


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
        for row, value in enumerate(values, start=_FIRST):
            _write_cell(sheet, row, column, _typed(str(name), value), formats)
    _lay_out(sheet, frame, mark)


def _lay_out(sheet, frame: pd.DataFrame, mark: str) -> None:
    """Frozen and repeated header, A4 landscape as wide as the paper, the mark on each sheet."""
    sheet.freeze_panes(_FIRST, 2)
    sheet.repeat_rows(1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&C{mark.replace('&', '&&')}" if mark else "")
    sheet.set_footer("&C第&P页，共&N页")
    if len(frame) and len(frame.columns):
        sheet.autofilter(1, 0, _FIRST + len(frame) - 1, len(frame.columns) - 1)


def _typed(column: str, value: object) -> object:
    """A figure of a number column as a number; everything else as it is."""
    numeric = column in _NUMBERS or column.endswith(("精确值", "（公布）"))
    if not isinstance(value, str) or not numeric:
        return value
    try:
        return Decimal(value) if value else None
    except InvalidOperation:
        return value


def _write_cell(sheet, row: int, column: int, value: object, formats: dict) -> None:
    if isinstance(value, Formula):
        kind = formats["score"] if "ROUND" in value.text else formats["number"]
        sheet.write_formula(row, column, value.text, kind, value.value)
    elif value is None or value == "":
        sheet.write_blank(row, column, None, formats["text"])
    elif isinstance(value, int) and not isinstance(value, bool):
        sheet.write_number(row, column, value, formats["whole"])
    elif isinstance(value, float | Decimal):
        sheet.write_number(row, column, float(value), formats["number"])
    else:
        sheet.write_string(row, column, _plain(value), formats["text"])


def _plain(value: object) -> str:
    if value is None or isinstance(value, Formula):
        return ""
    return mask_household(mask_numbers(str(value)))


def _width(texts: list[str]) -> float:
    """Column width in characters; a Chinese character takes two."""
    longest = max(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
                  for text in texts[:400] for line in (text.split("\n") or [""]))
    return min(46, max(8, longest + 2))


__all__ = ["Formula", "sheets_of", "town_formulas", "workbook_bytes", "write_results_workbook"]
