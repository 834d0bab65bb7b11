"""Contracts: which columns a table must have, and what its rows then mean.

A sheet as sent has titles above its header, notes below, columns in any order
and rows that are totals.  :func:`read_table` finds the header, reads every cell
by its column's kind, and says everything that is wrong at once, where the reader
finds it.  A row that cannot be used is set aside with its reason; a header is
never guessed.  read = used + set aside, always.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import pandas as pd

from hecha.problems import Place, Problems
from hecha.tables.columns import Column, Contract, frame_of, quoted
from hecha.tables.grid import Grid
from hecha.tables.header import Rows, find_header, plain, say_around, say_no_header, unusable
from hecha.tables.kinds import DATE, Kind, Unreadable, serial_date, trimmed
from hecha.words import mask_numbers

_TOTAL = re.compile(r"(合|总|小|共|累)计.{0,8}|.{1,12}(合|总|小)计:?")
_REMARK = re.compile(
    r"(注|备注|说明|填报|填表|制表|审核|复核人|负责人|单位负责人|日期|联系)[^:]{0,8}:"
)
_LIVE = re.compile(r"[=@]|[+\-].*[A-Za-z(|!]", re.DOTALL)
_MARKUP = re.compile(r"<\s*[A-Za-z/!?]")
Units = Callable[[dict[str, str]], tuple[str, ...]]


@dataclass(frozen=True)
class Aside:
    """A row that was not used: where it stands and why."""

    file: str
    sheet: str
    row: int
    reason: str


@dataclass
class Table:
    """What was read: `frame` of the used rows, the rows `set_aside`, the counts."""

    frame: pd.DataFrame
    set_aside: list[Aside] = field(default_factory=list)
    read: int = 0
    blank: int = 0
    preamble: str = ""

    @property
    def used(self) -> int:
        """Rows in the frame; read = used + set aside."""
        return len(self.frame)


def read_table(
    grid: Grid, contract: Contract, problems: Problems, units_of: Units | None = None
) -> Table:
    """The rows of a grid under a contract.

    The frame has the contract's columns, then `file`, `sheet`, `row` (as the
    spreadsheet counts).  `units_of` gets a row's raw texts by column name and
    returns the towns or villages whose score the row decides.

    >>> towns = Contract("镇", (Column("town", "镇代码"), Column("town_name", "镇名称")))
    >>> rows = [(1, ["一览表"]), (2, ["镇名称", "镇代码"]), (3, ["云城镇", "449901100"])]
    >>> grid = Grid("a.csv", "", rows)
    >>> table = read_table(grid, towns, Problems())
    >>> table.frame.town.tolist(), table.frame.row.tolist()
    (['449901100'], [3])
    """
    return _Reading(grid, contract, problems, units_of or (lambda raw: ())).table()


class _Reading:
    """One sheet being read, row by row, under a header that was found."""

    def __init__(self, grid: Grid, contract: Contract, problems: Problems, units_of: Units) -> None:
        self.grid, self.contract, self.problems, self.units_of = grid, contract, problems, units_of
        self.place = Place(grid.file, grid.sheet)
        self.asides: list[Aside] = []
        self.seen: dict[str, dict[str, object]] = {
            column.name: {} if column.filled else {"": column.kind.blank}
            for column in contract.columns
        }

    def table(self) -> Table:
        """The sheet as a table; problems are said on the way."""
        header = find_header(self.grid, self.contract)
        if header is None:
            say_no_header(self.grid, self.contract, self.problems, self.units_of({}))
            return Table(self.contract.empty())
        self.header, self.columns = header, header.columns
        body, blank = self._body()
        say_around(self.grid, self.contract, header, body, self.problems)
        values, numbers = self._rows(body) if self._usable(body) else ([], [])
        frame = self._keyed(values, numbers)
        preamble = "\n".join(cells[0] for _, cells in self.grid.rows[: header.position] if cells)
        return Table(frame, self.asides, len(frame) + len(self.asides), blank, preamble)

    def _usable(self, body: Rows) -> bool:
        """Whether the header has what every row needs; if not, all rows are set aside."""
        units = {unit for _, cells in body for unit in self.units_of(self._raw(cells))}
        whose = tuple(sorted(units)) or self.units_of({})
        bad = unusable(self.grid, self.contract, self.header, self.problems, whose)
        if bad:
            for number, _ in body:
                self._aside(number, "表头缺少或重复：" + "、".join(bad))
        return not bad

    # -- the rows around the data -------------------------------------------------

    def _body(self) -> tuple[Rows, int]:
        """Rows with content below the header, and how many between them are blank."""
        rows = self.grid.rows[self.header.position + 1 :]
        filled = [(number, cells) for number, cells in rows if self._filled(number, cells)]
        last = filled[-1][0] if filled else 0
        kept = {number for number, _ in filled}
        blank = [number for number, _ in rows if number < last and number not in kept]
        if blank:
            message = f"数据中间有空行（{_ranges(blank)}），已跳过"
            self.problems.warning(self._at(blank[0]), "blank_rows", message)
        return [row for row in filled if not self._is_header(*row)], len(blank)

    def _filled(self, number: int, cells: list[str]) -> bool:
        faults = self.grid.faults
        return any(map(str.strip, cells)) or (
            bool(faults) and any((number, at) in faults for at in self.columns.values())
        )

    def _is_header(self, number: int, cells: list[str]) -> bool:
        again = self.header.repeats(cells)
        if again:
            self.problems.warning(self._at(number), "header_again", "重复的表头，不当作数据")
        return again

    def _at(self, number: int, column: Column | None = None) -> Place:
        return replace(self.place, row=number, column=self.header.text(column) if column else "")

    # -- the rows -------------------------------------------------------------------

    def _raw(self, cells: list[str]) -> dict[str, str]:
        return {
            name: cells[at].strip() if at < len(cells) else "" for name, at in self.columns.items()
        }

    def _rows(self, body: list) -> tuple[list[list[object]], list[int]]:
        values, numbers = [], []
        for number, cells in body:
            row = self._row(number, cells)
            if row is not None:
                values.append(row)
                numbers.append(number)
        return values, numbers

    def _row(self, number: int, cells: list[str]) -> list[object] | None:
        if self._not_data(number, cells):
            return None
        bad, row = [], []
        for column in self.contract.columns:
            at = self.columns.get(column.name, -1)
            text = cells[at] if 0 <= at < len(cells) else ""
            known = self.seen[column.name]
            if text in known and not self.grid.faults:
                row.append(known[text])
                continue
            value, good = self._cell(column, number, at, text, cells)
            row.append(value)
            if not good and column.is_vital:
                bad.append(column.header)
        if bad:
            self._aside(number, "不能用的列：" + "、".join(bad))
            return None
        return row

    def _not_data(self, number: int, cells: list[str]) -> bool:
        """Whether the row is a total, a remark or ragged: said, and set aside."""
        first = plain(next((text for text in cells if text.strip()), ""))
        if _TOTAL.fullmatch(first):
            self.problems.warning(self._at(number), "total_row", f"是“{first}”行，不当作数据")
            self._aside(number, f"{first}行")
        elif _REMARK.match(first) and sum(1 for text in cells if text.strip()) <= 3:
            message = "是表下的说明或落款，不当作数据"
            self.problems.warning(self._at(number), "remark_row", message)
            self._aside(number, "说明行")
        elif self.grid.delimited and len(cells) != self.header.width:
            self._say_ragged(number, cells)
            self._aside(number, "格数与表头不符")
        else:
            return False
        return True

    def _say_ragged(self, number: int, cells: list[str]) -> None:
        counts = f"这一行有{len(cells)}格，表头有{self.header.width}格"
        message = f"{counts}，各列对不上（文字里的逗号要加引号）"
        units = self.units_of(self._raw(cells))
        self.problems.error(self._at(number), "cell_count", message, units=units)

    def _aside(self, number: int, reason: str) -> None:
        self.asides.append(Aside(self.grid.file, self.grid.sheet, number, reason))

    def _cell(
        self, column: Column, number: int, at: int, text: str, cells: list[str]
    ) -> tuple[object, bool]:
        """A cell's value, and whether it may be used; problems are said."""
        fault = self.grid.faults.get((number, at))
        if fault:
            self._say(column, number, cells, fault.code, fault.message, fault.found)
            return column.kind.blank, False
        if not trimmed(text):
            if column.filled and at >= 0:
                self._say(column, number, cells, "blank", "空白，必须填写", "")
                return column.kind.blank, False
            return column.kind.blank, True
        try:
            value = column.kind.read(text)
        except Unreadable as why:
            self._say(column, number, cells, why.code, str(why), text)
            return column.kind.blank, False
        if not self._remarked(column, number, text):
            self.seen[column.name][text] = value
        return value, True

    def _say(
        self, column: Column, number: int, cells: list[str], code: str, message: str, found: str
    ) -> None:
        self.problems.error(
            self._at(number, column),
            code,
            message,
            found=quoted(column, found),
            expected=column.kind.expected,
            units=self.units_of(self._raw(cells)) if column.is_doubtful else (),
        )

    def _remarked(self, column: Column, number: int, text: str) -> bool:
        """Say what deserves a remark in a text that is kept as it is."""
        remarks = _remarks(text, column.kind) if column.kind.texts else []
        for code, message in remarks:
            place = self._at(number, column)
            self.problems.warning(place, code, message, found=quoted(column, text))
        return bool(remarks)

    def _keyed(self, values: list[list[object]], numbers: list[int]) -> pd.DataFrame:
        repeated = self._repeated(values, numbers)
        rows = [row for row, number in zip(values, numbers, strict=True) if number not in repeated]
        kept = [number for number in numbers if number not in repeated]
        names = [column.name for column in self.contract.columns]
        data = (
            dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
            if rows
            else {n: [] for n in names}
        )
        return frame_of(self.contract, data, self.grid.file, self.grid.sheet, kept)

    def _repeated(self, values: list[list[object]], numbers: list[int]) -> set[int]:
        """Rows whose key another row has too: all of them, which is right is unknown."""
        if not self.contract.key:
            return set()
        names = [column.name for column in self.contract.columns]
        places = [names.index(name) for name in self.contract.key]
        where: dict[tuple, dict[int, tuple[str, ...]]] = {}
        for row, number in zip(values, numbers, strict=True):
            units = self.units_of(dict(zip(names, map(str, row), strict=True)))
            where.setdefault(tuple(row[at] for at in places), {})[number] = units
        repeated = {key: rows for key, rows in where.items() if len(rows) > 1}
        for key, rows in repeated.items():
            self._say_repeated(key, rows)
        return {number for rows in repeated.values() for number in rows}

    def _say_repeated(self, key: tuple, rows: dict[int, tuple[str, ...]]) -> None:
        listed = "、".join(f"第{row}行" for row in rows)
        message = f"同一条记录出现了{len(rows)}次（{listed}），不能确定用哪一行"
        last = next(c for c in self.contract.columns if c.name == self.contract.key[-1])
        found = mask_numbers("，".join(map(str, key)))
        for row, units in rows.items():
            place = self._at(row, last)
            self.problems.error(place, "duplicate", message, found=found, units=units)
            self._aside(row, f"重复（{listed}）")


def _remarks(text: str, kind: Kind) -> list[tuple[str, str]]:
    clean = trimmed(text)
    found = []
    if kind is DATE and serial_date(clean):
        found.append(("date_serial", f"日期存成了序号，读作{serial_date(clean)}，请核对"))
    if clean != text:
        found.append(("blanks_around", "文字前后有空格，已去掉"))
    if _LIVE.match(clean):
        found.append(("formula_text", "文字像公式，按文字保存，不会执行"))
    if _MARKUP.search(clean):
        found.append(("markup", "文字像网页代码，按文字保存，不会执行"))
    return found


def _ranges(numbers: Iterable[int]) -> str:
    """Row numbers with neighbours joined: 第100–102行、第110行."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    parts = [f"第{a}行" if a == b else f"第{a}–{b}行" for a, b in runs[:8]]
    return "、".join(parts) + (f"等{len(runs)}处" if len(runs) > 8 else "")


__all__ = ["Aside", "Column", "Contract", "Table", "Units", "read_table"]
