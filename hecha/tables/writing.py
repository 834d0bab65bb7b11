"""Writing: tables as files that open correctly in a Chinese office.

CSV is UTF-8 with a BOM and CRLF line ends, so that a double click shows Chinese.
Workbooks keep text as text: a cell that begins with = + - @ is a string, never a
formula, and codes never become numbers.  Both are written beside their place and
renamed into it, so a reader never sees half a file; the same frame gives the same
bytes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import re
import tempfile
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pandas as pd
import xlsxwriter

from hecha.points import plain

_CREATED = dt.datetime(2000, 1, 1)  # a fixed date: same inputs, same bytes
_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": False,
    "in_memory": True,
    "default_date_format": "yyyy-mm-dd",
}
_BODY = {
    "font_name": "宋体",
    "font_size": 10.5,
    "valign": "vcenter",
    "border": 1,
    "border_color": "#BFBFBF",
}
_STAMP = {"font_name": "黑体", "font_size": 10.5, "font_color": "#8C1D18"}
_HEADER = _BODY | {"bold": True, "bg_color": "#E7EEF5", "align": "center", "text_wrap": True}
_LARGEST_EXACT = 10**15
_WIDEST, _NARROWEST = 48, 7
_HEAD = 250
_LIVE = ("=", "+", "-", "@", "\t", "\r")
_HARMLESS = re.compile(r"[+-][\d.,/÷]*%?")  # a sign, a number, a fraction


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """The frame as CSV: header, UTF-8 with BOM, CRLF, whole or not at all.

    A text that a spreadsheet would run as a formula is written behind an
    apostrophe, the spreadsheet's own mark for text; numbers stay as they are.

    >>> folder = tempfile.TemporaryDirectory()
    >>> frame = pd.DataFrame({"镇代码": ["449901100"], "得分": [Decimal("90.00")]})
    >>> write_csv(frame, Path(folder.name) / "a.csv")
    >>> (Path(folder.name) / "a.csv").read_bytes().decode("utf-8-sig")
    '镇代码,得分\\r\\n449901100,90.00\\r\\n'
    >>> folder.cleanup()
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_inert(str(name)) for name in frame.columns])
    for row in zip(*(frame[name].tolist() for name in frame.columns), strict=True):
        writer.writerow([_csv_text(value) for value in row])
    _replace(Path(path), out.getvalue().encode("utf-8-sig"))


def write_workbook(path: str | Path, sheets: Mapping[str, pd.DataFrame], mark: str = "") -> None:
    """The frames as sheets of one workbook, ready to print on A4.

    Each sheet has a frozen header that repeats on every page, widths that fit and
    landscape pages as wide as the paper.  Text stays text; exact numbers are
    written as numbers where a spreadsheet can hold them, else as text.  A `mark` stands at
    the head of every printed page, right of the header row, and in the file's properties.

    >>> folder = tempfile.TemporaryDirectory()
    >>> write_workbook(Path(folder.name) / "a.xlsx", {"镇": pd.DataFrame({"备注": ["=1+1"]})})
    >>> from hecha.problems import Problems
    >>> from hecha.tables.files import read_grids
    >>> read_grids(Path(folder.name) / "a.xlsx", "a.xlsx", Problems())[0].rows
    [(1, ['备注']), (2, ['=1+1'])]
    >>> folder.cleanup()
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _OPTIONS) as book:
        book.set_properties({"created": _CREATED, "comments": mark})
        header, body = book.add_format(_HEADER), book.add_format(_BODY)
        text = book.add_format(_BODY | {"num_format": "@"})
        stamp = book.add_format(_STAMP)
        for name, frame in sheets.items():
            sheet = book.add_worksheet(sheet_name(name))
            _write_sheet(sheet, frame, header, body, text)
            if mark:
                sheet.set_header(page_head(mark))
                sheet.write_string(0, len(frame.columns) + 1, mark, stamp)
                sheet.print_area(0, 0, len(frame), max(0, len(frame.columns) - 1))
    _replace(Path(path), out.getvalue())


def page_head(mark: str) -> str:
    """A mark as the head of printed pages: within the 255 signs that a workbook allows.

    Its «&» is written full-width, since a workbook takes the other for a command.

    >>> page_head("内部&资料"), len(page_head("长" * 300))
    ('&C内部＆资料', 252)
    """
    said = mark.replace("&", "＆")
    return f"&C{said if len(said) <= _HEAD else said[:_HEAD - 1] + '…'}"


def sheet_name(name: str) -> str:
    """A name that a workbook allows: without []:*?/\\\\, at most 31 characters.

    >>> sheet_name("镇/村:得分"), len(sheet_name("长" * 40))
    ('镇_村_得分', 31)
    """
    clean = "".join("_" if character in "[]:*?/\\" else character for character in name).strip("'")
    return clean[:31] or "表"


def _write_sheet(sheet, frame: pd.DataFrame, header, body, text) -> None:
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.set_footer("&C第&P页，共&N页")
    for column, name in enumerate(frame.columns):
        values = frame[name].tolist()
        sheet.write_string(0, column, str(name), header)
        sheet.set_column(column, column, _width([str(name), *map(_shown, values)]))
        for row, value in enumerate(values, 1):
            _write_cell(sheet, row, column, value, body, text)
    if len(frame.columns):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)


def _write_cell(sheet, row: int, column: int, value: object, body, text) -> None:
    if _blank(value):
        sheet.write_blank(row, column, None, body)
    elif _is_number(value):
        sheet.write_number(row, column, float(value), body)
    else:
        sheet.write_string(row, column, _shown(value), text)


def _blank(value: object) -> bool:
    return (
        value is None
        or value is pd.NaT
        or (not isinstance(value, (str, Fraction)) and bool(pd.isna(value)))
    )


def _is_number(value: object) -> bool:
    """Whether a spreadsheet holds the value as it is written: at most 15 digits."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return False
    if isinstance(value, Decimal):
        return value.is_finite() and len(value.normalize().as_tuple().digits) <= 15
    return abs(value) < _LARGEST_EXACT


def _shown(value: object) -> str:
    """The value as text: 是/否 for a truth value, plain digits for a number."""
    if _blank(value):
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Fraction):
        return plain(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def _csv_text(value: object) -> str:
    text = _shown(value)
    return _inert(text) if isinstance(value, str) else text


def _inert(text: str) -> str:
    return "'" + text if text.startswith(_LIVE) and not _HARMLESS.fullmatch(text) else text


def _width(texts: list[str]) -> float:
    """Column width in characters; a Chinese character takes two."""
    longest = max(
        (
            sum(_cells(character) for character in line)
            for text in texts[:500]
            for line in text.split("\n")
        ),
        default=0,
    )
    return min(_WIDEST, max(_NARROWEST, longest + 2))


def _cells(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _replace(path: Path, data: bytes) -> None:
    """Write beside the place, force it to disk, rename: whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(aside, 0o644)
        os.replace(aside, path)
    except BaseException:
        Path(aside).unlink(missing_ok=True)
        raise


__all__ = ["sheet_name", "write_csv", "write_workbook"]
