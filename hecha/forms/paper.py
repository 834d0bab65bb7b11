"""Paper: workbooks that are typed into and printed, on XlsxWriter.

A page is a protected sheet for A4.  Whatever is written as a formula carries the value
it has in the empty form, so that a viewer that does not calculate shows the truth.
No macro, no dynamic array, no link, no hidden sheet: the formulas are those that Excel,
WPS and LibreOffice share.
"""

from __future__ import annotations

import datetime as dt
import io
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from math import ceil

import xlsxwriter
from xlsxwriter.utility import xl_range_abs, xl_rowcol_to_cell

from hecha.points import exact_text
from hecha.tables.preflight import OWN_FORMULAS
from hecha.tables.writing import sheet_name

_CREATED = dt.datetime(2000, 1, 1)  # a fixed date: same inputs, same bytes
_A4 = 9
_NAME_LENGTH = 8000  # a defined name's formula may have 8,192 characters
_FRAME = {"border": 1, "border_color": "#A6A6A6"}
_BASE = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
_STYLES = {
    "title": {"bold": True, "font_size": 15, "align": "center", "font_name": "黑体"},
    "band": {"bold": True, "bg_color": "#DCE6F0", "font_name": "黑体"},
    "head": {"bold": True, "bg_color": "#E7EEF5", "align": "center", "text_wrap": True},
    "label": {"bg_color": "#F5F7F9", "text_wrap": True},
    "fixed": {"text_wrap": True},
    "number": {"num_format": "0.00", "align": "right", "indent": 1},
    "plain": {"num_format": "General"},
    "strong": {"bold": True, "num_format": "0.00", "bg_color": "#EAF3E6", "align": "right",
               "indent": 1},
    "centre": {"align": "center", "text_wrap": True},
    "input": {"locked": False, "bg_color": "#FFFFFF", "num_format": "0.######", "align": "right",
              "indent": 1},
    "money": {"locked": False, "bg_color": "#FFFFFF", "num_format": "0.00", "align": "right",
              "indent": 1},
    "text": {"locked": False, "bg_color": "#FFFFFF", "num_format": "@", "text_wrap": True},
    "word": {"locked": False, "bg_color": "#FFFFFF", "align": "center"},
    "date": {"locked": False, "bg_color": "#FFFFFF", "num_format": "yyyy-mm-dd", "align": "left"},
    "moment": {"locked": False, "bg_color": "#FFFFFF", "num_format": "yyyy-mm-dd hh:mm",
               "align": "left"},
    "closed": {"bg_color": "#EDEDED"},
    "code": {"num_format": "@"},
    "small": {"font_size": 9, "font_color": "#595959", "text_wrap": True},
    "link": {"font_color": "#1F4E79", "underline": 1},
}
_BARE = {"title", "small", "link"}
_WAITING = {"bg_color": "#FFE699"}
_WRONG = {"font_color": "#C00000", "bold": True}


def exact(value: Fraction | int) -> str:
    """A number of the plan inside a formula.

    >>> exact(Fraction(5, 2)), exact(Fraction(27, 7))
    ('2.5', '(27/7)')
    """
    text = exact_text(value)
    return f"({text})" if "/" in text else text


def quoted(text: str) -> str:
    """A text inside a formula.

    >>> quoted("未填") == '"未填"', len(quoted('"'))
    (True, 4)
    """
    return '"' + text.replace('"', '""') + '"'


def lines_needed(text: str, width: float) -> int:
    """How many lines a text takes in a column of so many characters.

    >>> lines_needed("年度减贫任务完成", 10)
    2
    """
    cells = [sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in part)
             for part in text.split("\n")]
    return sum(max(1, ceil(one / (width - 1))) for one in cells)


class Book:
    """A workbook under construction, with its styles."""

    def __init__(self, title: str, mark: str) -> None:
        self.stream = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.stream, {
            "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
            "default_format_properties": {"font_name": "宋体", "font_size": 11}})
        self.book.set_properties({"title": title, "created": _CREATED, "comments": mark})
        self._styles: dict[tuple, object] = {}
        self.pages: list[Page] = []
        self.waiting, self.wrong = self.book.add_format(_WAITING), self.book.add_format(_WRONG)

    def style(self, name: str, **more: object):
        """A format by its name, with what differs."""
        key = (name, *sorted(more.items()))
        if key not in self._styles:
            frame = {} if name in _BARE else _FRAME
            self._styles[key] = self.book.add_format(_BASE | frame | _STYLES[name] | more)
        return self._styles[key]

    def page(self, name: str, widths: Sequence[float], *, landscape: bool = False,
             colour: str = "") -> Page:
        """A new protected sheet for A4."""
        self.pages.append(Page(self, sheet_name(name), widths, landscape, colour))
        return self.pages[-1]

    def finished(self) -> bytes:
        """The file.  Every page says by a name of its own where its formulas stand, so that
        whoever reads it back can tell them from a formula that a person typed."""
        for page in self.pages:
            for number, areas in enumerate(_cut(page.formula_areas())):
                name = f"{OWN_FORMULAS}{number or ''}"
                self.book.define_name(f"'{page.name}'!{name}", f"={','.join(areas)}")
        self.book.close()
        return self.stream.getvalue()


class Page:
    """One sheet: rows and columns count from 0."""

    def __init__(self, book: Book, name: str, widths: Sequence[float], landscape: bool,
                 colour: str) -> None:
        self.book, self.name = book, name
        self.sheet = book.book.add_worksheet(name)
        self.widths = widths
        self._formulas: dict[int, list[int]] = {}
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        self.sheet.set_paper(_A4)
        if landscape:
            self.sheet.set_landscape()
        if colour:
            self.sheet.set_tab_color(colour)
        self.sheet.set_margins(left=0.5, right=0.4, top=0.5, bottom=0.6)
        self.sheet.center_horizontally()
        self.sheet.set_footer(f"&L&9{name}&C&9第&P页，共&N页")
        self.sheet.protect("", {"format_columns": True, "format_rows": True})

    # -- where a cell is -------------------------------------------------------------

    def ref(self, row: int, column: int) -> str:
        """A cell's address from any sheet.

        >>> Book("", "").page("镇表", [8]).ref(0, 0)
        "'镇表'!$A$1"
        """
        return f"'{self.name}'!{xl_rowcol_to_cell(row, column, True, True)}"

    def range(self, top: int, left: int, bottom: int, right: int) -> str:
        """A range's address from any sheet."""
        return f"'{self.name}'!{xl_range_abs(top, left, bottom, right)}"

    # -- what stands in it -----------------------------------------------------------

    def put(self, row: int, column: int, value: object, style: str = "fixed", **more) -> None:
        """A locked text or number."""
        form = self.book.style(style, **more)
        if value is None or value == "":
            self.sheet.write_blank(row, column, None, form)
        elif isinstance(value, int | float | Fraction) and not isinstance(value, bool):
            self.sheet.write_number(row, column, float(value), form)
        else:
            self.sheet.write_string(row, column, str(value), form)

    def wide(self, row: int, left: int, right: int, value: object, style: str = "fixed",
             **more) -> None:
        """A locked text over several columns."""
        self.block(row, left, row, right, value, style, **more)

    def block(self, top: int, left: int, bottom: int, right: int, value: object,
              style: str = "fixed", **more) -> None:
        """A locked text over several cells."""
        if (top, left) == (bottom, right):
            self.put(top, left, value, style, **more)
        else:
            self.sheet.merge_range(top, left, bottom, right, value, self.book.style(style, **more))

    def formula(self, row: int, column: int, formula: str, value: object,
                style: str = "plain", **more) -> str:
        """A formula with the value it has in the empty form; the cell's address."""
        self.sheet.write_formula(row, column, f"={formula}", self.book.style(style, **more), value)
        self._formulas.setdefault(row, []).append(column)
        return self.ref(row, column)

    def formula_areas(self) -> list[str]:
        """The areas that hold this page's formulas: runs of columns over runs of rows."""
        open_runs: dict[tuple[int, int], list[int]] = {}
        closed = []
        for row in sorted(self._formulas):
            for run in runs(self._formulas[row]):
                rows = open_runs.get(run)
                if rows and rows[-1] == row - 1:
                    rows.append(row)
                    continue
                if rows:
                    closed.append((rows[0], run[0], rows[-1], run[1]))
                open_runs[run] = [row]
        closed += [(rows[0], run[0], rows[-1], run[1]) for run, rows in open_runs.items()]
        return [self.range(*area) for area in sorted(closed)]

    def link(self, row: int, column: int, target: str, text: str, style: str = "link") -> None:
        """A jump to another place of the workbook."""
        self.sheet.write_url(row, column, f"internal:{target}", self.book.style(style), text)

    def entry(self, row: int, column: int, style: str, value: object = None,
              right: int | None = None) -> str:
        """A cell to be typed into, amber while it is blank; its address."""
        form = self.book.style(style)
        if right is not None:
            self.sheet.merge_range(row, column, row, right, "", form)
        if value in (None, ""):
            self.sheet.write_blank(row, column, None, form)
        else:
            self.sheet.write(row, column, value, form)
        return self.ref(row, column)

    # -- what may be typed -----------------------------------------------------------

    def waiting(self, *cells: str, unless: str = "") -> None:
        """Cells (of this page) that are amber while they are blank and `unless` is not 是."""
        for cell in cells:
            rule: dict = {"type": "blanks"}
            if unless:
                test = f'AND({_local(cell)}="",{_local(unless)}<>"是")'
                rule = {"type": "formula", "criteria": f"={test}"}
            self.sheet.conditional_format(_local(cell), rule | {"format": self.book.waiting})

    def alarming(self, area: str, *words: str) -> None:
        """Red where one of the words stands."""
        for word in words:
            self.sheet.conditional_format(_local(area), {
                "type": "text", "criteria": "begins with", "value": word, "format": self.book.wrong})

    def choose(self, cell: str, words: Sequence[str], message: str = "") -> None:
        """Only one of the words."""
        self._validate(cell, {"validate": "list", "source": list(words),
                              "error_message": f"请从下拉框选：{'、'.join(words)}"[:255]}, message)

    def choose_from(self, cell: str, area: str, message: str = "") -> None:
        """Only what stands in an area of another page."""
        self._validate(cell, {"validate": "list", "source": f"={area}",
                              "error_message": "请从下拉框选"}, message)

    def require(self, cell: str, condition: str, error: str, message: str = "",
                warn: bool = False) -> None:
        """Only what satisfies a condition; `warn` asks instead of refusing."""
        self._validate(cell, {"validate": "custom", "value": f"={condition}",
                              "error_message": error[:255],
                              "error_type": "warning" if warn else "stop"}, message)

    def _validate(self, cell: str, rule: dict, message: str) -> None:
        said = {"input_message": message[:255]} if message else {}
        self.sheet.data_validation(_local(cell), {"error_title": "填写有误", **rule, **said})


def runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of every run of neighbours.

    >>> runs([1, 2, 3, 7])
    [(1, 3), (7, 7)]
    """
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _cut(areas: Sequence[str]) -> list[list[str]]:
    """Areas in portions that a defined name can hold."""
    parts: list[list[str]] = []
    for area in areas:
        if not parts or len(",".join([*parts[-1], area])) > _NAME_LENGTH:
            parts.append([])
        parts[-1].append(area)
    return parts


def _local(address: str) -> str:
    """An address without its sheet.

    >>> _local("'镇表'!$A$1:$B$2")
    'A1:B2'
    """
    return address.rsplit("!", 1)[-1].replace("$", "")
