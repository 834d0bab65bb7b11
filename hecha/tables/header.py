"""Headers: where a table begins, which column is which, and what stands around it.

Sheets have titles and notes above the header and columns nobody asked for.  The
header is the row that has most of the declared headers; names must match (blanks
and invisible characters aside), or be a declared alias, which is said.  A header
that is missing is asked for, with the nearest one found: it is never guessed.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from hecha.points import narrow
from hecha.problems import Place, Problems
from hecha.tables.columns import LONGEST_QUOTE, Column, Contract
from hecha.tables.grid import Grid, cell_name, column_letter, corners

WITHIN = 20  # rows from the top in which a header is looked for
INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
MANY = 8
Rows = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class Header:
    """A header found: its position among the grid's rows, and each column's place in it."""

    position: int
    number: int
    cells: list[str]
    columns: dict[str, int]

    @property
    def width(self) -> int:
        """Cells in the header row."""
        return len(self.cells)

    def text(self, column: Column) -> str:
        """The header as it stands there; as declared where it is missing."""
        at = self.columns.get(column.name)
        return column.header if at is None else self.cells[at].strip()

    def spare(self) -> list[str]:
        """Headers that belong to no declared column."""
        taken = set(self.columns.values())
        return [
            text.strip()[:LONGEST_QUOTE]
            for at, text in enumerate(self.cells)
            if at not in taken and text.strip()
        ]

    def repeats(self, cells: list[str]) -> bool:
        """Whether a row below is the header again, as on every printed page."""
        first = next(iter(self.columns.values()))
        if first >= len(cells) or plain(cells[first]) != plain(self.cells[first]):
            return False
        return list(map(plain, cells)) == list(map(plain, self.cells))


def plain(text: str) -> str:
    """A header without blanks, line breaks and invisible characters, half-width.

    >>> plain("镇 代\\n码\\u200b")
    '镇代码'
    """
    return INVISIBLE.sub("", narrow(text))


def find_header(grid: Grid, contract: Contract) -> Header | None:
    """The row, of the first 20, with most of the declared headers; None below two.

    >>> grid = Grid("a.csv", "", [(1, ["一览表"]), (2, ["镇名称", "镇代码"])])
    >>> towns = Contract("镇", (Column("town", "镇代码"), Column("name", "镇名称")))
    >>> find_header(grid, towns).columns
    {'town': 1, 'name': 0}
    """
    best = None
    for position, (number, cells) in enumerate(grid.rows[:WITHIN]):
        columns = _matched(cells, contract)
        if columns and (best is None or len(columns) > len(best.columns)):
            best = Header(position, number, cells, columns)
    wanted = min(2, len(contract.columns))
    return best if best and len(best.columns) >= wanted else None


def _matched(cells: list[str], contract: Contract) -> dict[str, int]:
    """Where each declared column stands in a row; the header goes before its aliases."""
    places: dict[str, int] = {}
    for at, text in enumerate(cells):
        places.setdefault(plain(text), at)
    found = {}
    for column in contract.columns:
        names = map(plain, (column.header, *column.aliases))
        at = next((places[name] for name in names if name in places), None)
        if at is not None:
            found[column.name] = at
    return found


def say_no_header(
    grid: Grid, contract: Contract, problems: Problems, units: tuple[str, ...]
) -> None:
    """The sheet is empty, or has no row that could be its header."""
    expected = "、".join(column.header for column in contract.columns if not column.absent)
    code, message = "no_header", f"前{WITHIN}行里找不到表头"
    if not any(text.strip() for _, cells in grid.rows for text in cells):
        code, message = "empty_sheet", "表里没有任何内容"
    place = Place(grid.file, grid.sheet)
    problems.error(place, code, message, expected=f"表头 {expected}", units=units)


def unusable(
    grid: Grid, contract: Contract, header: Header, problems: Problems, units: tuple[str, ...]
) -> list[str]:
    """Say which headers are missing or stand twice; those without which no row can be used."""
    place = Place(grid.file, grid.sheet, header.number)
    bad = []
    for column in contract.columns:
        if column.name not in header.columns:
            _say_missing(place.at(column.header), column, header, problems, units)
            bad += [] if column.absent else [column.header]
            continue
        twice = _same(grid, header, header.columns[column.name])
        if len(twice) > 1:
            letters = "、".join(map(column_letter, twice))
            message = (
                f"表头「{column.header}」出现了{len(twice)}次（{letters}列），不能确定用哪一列"
            )
            problems.error(place.at(column.header), "duplicate_header", message, units=units)
            bad.append(column.header)
    return bad


def _say_missing(
    place: Place, column: Column, header: Header, problems: Problems, units: tuple[str, ...]
) -> None:
    close = difflib.get_close_matches(column.header, header.spare(), n=1, cutoff=0.34)
    near = close[0] if close else ""
    ask = f"；表头里有「{near}」，是否就是它？若是，请把表头改为「{column.header}」" if near else ""
    if column.absent:
        message = f"没有「{column.header}」列，按空白处理{ask}"
        problems.warning(place, "missing_column", message)
    else:
        message = f"缺少「{column.header}」列{ask}"
        problems.error(place, "missing_column", message, found=near, units=units)


def _same(grid: Grid, header: Header, at: int) -> list[int]:
    """Every column with the header that stands at `at`; a merged header is one."""
    wide = {
        column
        for top, left, bottom, right in map(corners, grid.merged)
        if top <= header.number <= bottom
        for column in range(left + 1, right + 1)
    }
    name = plain(header.cells[at])
    return [
        other
        for other, text in enumerate(header.cells)
        if plain(text) == name and other not in wide
    ]


def say_around(
    grid: Grid, contract: Contract, header: Header, body: Rows, problems: Problems
) -> None:
    """Remarks: aliases, columns nobody asked for, cells without a header, merged cells."""
    place = Place(grid.file, grid.sheet, header.number)
    _say_aliases(place, contract, header, problems)
    if header.spare():
        names = "、".join(f"「{name}」" for name in header.spare())
        problems.warning(place, "extra_columns", f"有表头没有规定的列，未读取：{names}")
    _say_stray(grid, place, header, body, problems)
    _say_merged(grid, header, problems)


def _say_aliases(place: Place, contract: Contract, header: Header, problems: Problems) -> None:
    for column in contract.columns:
        stands = header.text(column)
        if plain(stands) != plain(column.header):
            message = f"表头「{stands}」按「{column.header}」读取"
            problems.warning(
                place.at(column.header), "alias", message, found=stands, expected=column.header
            )


def _say_stray(grid: Grid, place: Place, header: Header, body: Rows, problems: Problems) -> None:
    """Columns without a header that nevertheless hold something, if only blanks."""
    taken = set(header.columns.values())
    unnamed = [at for at, text in enumerate(header.cells) if at not in taken and not text.strip()]
    if not unnamed:
        return
    last = column_letter(unnamed[-1])
    stray = [
        cell_name(row, at)
        for row, cells in body
        for at in unnamed
        if at < len(cells) and cells[at].strip()
    ]
    if stray:
        message = f"没有表头的列里有内容（{_listed(stray)}），未读取"
        problems.warning(place.at(last), "stray_cells", message)
    elif unnamed[-1] == header.width - 1 and not grid.delimited:
        message = f"表格右边到{last}列还有只含空格的格子，请删除"
        problems.warning(place.at(last), "stray_cells", message)


def _say_merged(grid: Grid, header: Header, problems: Problems) -> None:
    below = [name for name in grid.merged if corners(name)[2] > header.number]
    if below:
        names = _listed(sorted(below, key=corners))
        message = f"有合并单元格（{names}），其内容按对其中每一格都成立读取；请取消合并"
        problems.warning(Place(grid.file, grid.sheet), "merged", message)


def _listed(names: list[str]) -> str:
    return "、".join(names[:MANY]) + (f"等{len(names)}处" if len(names) > MANY else "")
