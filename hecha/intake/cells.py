"""Cells: the spreadsheet name (D6) of the place a problem speaks of.

A problem names its row and the header of its column; a clerk wants the cell.  The header
is looked for in the sheet as it was read, under its own name or a declared alias.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from hecha.case import shapes
from hecha.problems import Place
from hecha.tables import Contract, Grid, cell_name
from hecha.tables.header import WITHIN, plain

_LETTERS = re.compile(r"[A-Z]{1,3}")
_CELL = re.compile(r"[A-Z]{1,3}[1-9]\d*")


@cache
def _aliases() -> dict[str, frozenset[str]]:
    """Every declared header → the names it may stand under."""
    found: dict[str, frozenset[str]] = {}
    for contract in vars(shapes).values():
        for column in contract.columns if isinstance(contract, Contract) else ():
            names = frozenset(map(plain, (column.header, *column.aliases)))
            for name in names:
                found[name] = found.get(name, frozenset()) | names
    return found


class Cells:
    """Finds cells in the grids of the files that were read.

    >>> grid = Grid("a.csv", "", [(1, ["镇代码", "乡镇名称"]), (2, ["449901100", "云城镇"])])
    >>> Cells([grid]).name(Place("a.csv", "", 2, "镇名称"))
    'B2'
    """

    def __init__(self, grids: Iterable[Grid]) -> None:
        self._grids: dict[tuple[str, str], Grid] = {(g.file, g.sheet): g for g in grids}
        self._headers: dict[tuple[str, str], Mapping[str, int]] = {}

    def name(self, place: Place) -> str:
        """The cell's name; the row's first cell where no column is meant; blank for a file."""
        if _CELL.fullmatch(place.column):
            return place.column
        if _LETTERS.fullmatch(place.column):
            return f"{place.column}{place.row or 1}"
        key = (place.file, place.sheet)
        if key not in self._grids:
            return cell_name(place.row, 0) if place.row else ""
        if not place.column:
            return cell_name(place.row or 1, 0)
        at = self._column(key, place.column)
        return cell_name(place.row or self._header_row(key, place.column), at)

    def text(self, file: str, sheet: str, cell: str) -> str:
        """What stands in a cell."""
        grid = self._grids.get((file, sheet))
        return grid.cells().get(cell, "") if grid else ""

    def _column(self, key: tuple[str, str], header: str) -> int:
        places = self._places(key)
        names = [plain(header), *sorted(_aliases().get(plain(header), ()))]
        return next((places[n] for n in names if n in places), 0)

    def _places(self, key: tuple[str, str]) -> Mapping[str, int]:
        """Header → column of the row that has most of the known headers."""
        if key not in self._headers:
            rows = [[plain(t) for t in cells] for _, cells in self._grids[key].rows[:WITHIN]]
            best = max(rows, key=lambda r: sum(t in _aliases() for t in r), default=[])
            self._headers[key] = {t: at for at, t in reversed(list(enumerate(best))) if t}
        return self._headers[key]

    def _header_row(self, key: tuple[str, str], header: str) -> int:
        for number, cells in self._grids[key].rows[:WITHIN]:
            if plain(header) in map(plain, cells):
                return number
        return 1
