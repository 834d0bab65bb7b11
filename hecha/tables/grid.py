"""A grid: one sheet as it was sent, every cell as the text a person sees.

A grid keeps the row numbers of the spreadsheet, so that a problem can be said
where the reader finds it.  A cell that must not be believed (an error value, a
formula that was never calculated) stays in the grid as a :class:`Fault`; the
contract says it at its column if that column matters.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal

EXACT_LIMIT = 10**15  # Excel keeps 15 significant digits; above this the number is damaged


@dataclass(frozen=True)
class Fault:
    """Why a cell must not be believed: the check's code, the sentence, what stood there."""

    code: str
    message: str
    found: str = ""


@dataclass
class Grid:
    """One sheet: `rows` are (spreadsheet row number, cell texts from column A on).

    `faults` are keyed by (row number, column index from 0); `merged` are the
    merged ranges, already filled; `delimited` is true for a CSV file, whose rows
    must have as many cells as the header.  `own` is true for a page of a form that hecha
    made, which holds formulas of its own.
    """

    file: str
    sheet: str
    rows: list[tuple[int, list[str]]]
    faults: dict[tuple[int, int], Fault] = field(default_factory=dict)
    merged: tuple[str, ...] = ()
    delimited: bool = False
    own: bool = False

    def cells(self) -> dict[str, str]:
        """Non-blank cells by their spreadsheet name, for comparing two sheets.

        >>> Grid("a.csv", "", [(2, ["甲", " "])]).cells()
        {'A2': '甲'}
        """
        return {
            cell_name(row, column): text
            for row, texts in self.rows
            for column, text in enumerate(texts)
            if text.strip()
        }


def column_letter(index: int) -> str:
    """The letter of a column counted from 0.

    >>> column_letter(0), column_letter(26), column_letter(16383)
    ('A', 'AA', 'XFD')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """The column, counted from 0, that a letter names.

    >>> column_index("A"), column_index("AA"), column_index("XFD")
    (0, 26, 16383)
    """
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1


def cell_name(row: int, column: int) -> str:
    """A cell's name from its row number and its column counted from 0.

    >>> cell_name(29, 3)
    'D29'
    """
    return f"{column_letter(column)}{row}"


def corners(reference: str) -> tuple[int, int, int, int]:
    """First row, first column, last row, last column of a range (columns from 0).

    >>> corners("A2:C6"), corners("B2")
    ((2, 0, 6, 2), (2, 1, 2, 1))
    """
    found = re.findall(r"([A-Z]+)(\d+)", reference)
    (left, top), (right, bottom) = found[0], found[-1]
    return int(top), column_index(left), int(bottom), column_index(right)


def cell_text(value: object) -> str:
    """A cell's value as a person sees it: integers without .0, dates in ISO form.

    Numbers are shown with the 15 significant digits that Excel keeps and shows;
    what is longer appears in scientific notation, as in Excel, and is refused
    where it matters.

    >>> cell_text(3.0), cell_text(0.1 + 0.2), cell_text(449901195105236094.0)
    ('3', '0.3', '4.49901195105236E+17')
    >>> cell_text(dt.datetime(2023, 12, 31)), cell_text(True), cell_text(None)
    ('2023-12-31', 'TRUE', '')
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return _number_text(value)
    if isinstance(value, dt.datetime):
        return _moment_text(value)
    return str(value)


def _number_text(value: float) -> str:
    if abs(value) >= EXACT_LIMIT:
        return f"{value:.14E}"
    if value == int(value):
        return str(int(value))
    return format(Decimal(f"{value:.15g}"), "f")


def _moment_text(value: dt.datetime) -> str:
    if value.time() == dt.time():
        return value.date().isoformat()
    return value.strftime("%Y-%m-%d %H:%M:%S" if value.second else "%Y-%m-%d %H:%M")
