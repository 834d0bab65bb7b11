"""Contracts: which columns a table must have, and what its rows then mean.

A sheet as sent has titles above its header, notes below, columns in any order
and rows that are totals.  :func:`read_table` finds the header, reads every cell
by its column's kind, and says everything that is wrong at once, where the reader
finds it.  A row that cannot be used is set aside with its reason; a header is
never guessed.  read = used + set aside, always.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pandas as pd

from hecha.points import narrow
from hecha.problems import Place, Problems
from hecha.tables.grid import Grid, cell_name, column_letter, corners
from hecha.tables.kinds import DATE, TEXT, Kind, Unreadable, serial_date, trimmed
from hecha.words import mask_numbers

LONGEST_QUOTE = 60
HEADER_WITHIN = 20  # rows from the top in which a header is looked for
_TOTAL = re.compile(r"(合|总|小|共|累)计.{0,8}|.{1,12}(合|总|小)计:?")
_REMARK = re.compile(
    r"(注|备注|说明|填报|填表|制表|审核|复核人|负责人|单位负责人|日期|联系)[^:]{0,8}:"
)
_LIVE = re.compile(r"[=@]|[+\-].*[A-Za-z(|!]", re.DOTALL)
_MARKUP = re.compile(r"<\s*[A-Za-z/!?]")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
Units = Callable[[dict[str, str]], tuple[str, ...]]


@dataclass(frozen=True)
class Column:
    """A declared column: English `name`, Chinese `header`, `kind` of its cells.

    `filled`: the cell may not be blank.  `vital`: a row whose cell here cannot be
    used is set aside, whole (default: as `filled`); otherwise the problem is said
    and the cell becomes blank.  `absent`: the whole column may be missing.
    `aliases` are accepted as the header, with a remark.  `doubt`: a bad cell makes
    the score of the row's units doubtful (default: as `vital`).  `mask` is applied to what
    a problem quotes.
    """

    name: str
    header: str
    kind: Kind = TEXT
    filled: bool = True
    vital: bool | None = None
    absent: bool = False
    aliases: tuple[str, ...] = ()
    doubt: bool | None = None
    mask: Callable[[str], str] = mask_numbers

    @property
    def is_vital(self) -> bool:
        """Whether a row lives or dies by this cell."""
        return self.filled if self.vital is None else self.vital

    @property
    def is_doubtful(self) -> bool:
        """Whether a bad cell here touches a score."""
        return self.is_vital if self.doubt is None else self.doubt

    @property
    def dtype(self) -> str:
        """The frame's type: the kind's where no cell can be blank, else object."""
        whole = self.kind.texts or (self.filled and self.is_vital)
        return self.kind.dtype if whole else "object"


@dataclass(frozen=True)
class Contract:
    """The declared shape of a table; `key` columns name a row and may not repeat."""

    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def empty(self) -> pd.DataFrame:
        """The frame of a table without rows.

        >>> Contract("镇", (Column("town", "镇代码"),)).empty().columns.tolist()
        ['town', 'file', 'sheet', 'row']
        """
        return _frame(self, {column.name: [] for column in self.columns}, "", "", [])


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
    >>> grid = Grid("a.csv", "", [(1, ["一览表"]), (2, ["镇名称", "镇代码"]), (3, ["云城镇", "449901100"])])
    >>> table = read_table(grid, towns, Problems())
    >>> table.frame.town.tolist(), table.frame.row.tolist()
    (['449901100'], [3])
    """
    return _Reading(grid, contract, problems, units_of or (lambda raw: ())).table()


class _Reading:
    """One sheet being read: the header, then row by row."""

    def __init__(self, grid: Grid, contract: Contract, problems: Problems, units_of: Units) -> None:
        self.grid, self.contract, self.problems, self.units_of = grid, contract, problems, units_of
        self.place = Place(grid.file, grid.sheet)
        self.asides: list[Aside] = []
        self.seen: dict[str, dict[str, object]] = {column.name: {} for column in contract.columns}

    def table(self) -> Table:
        header = self._header()
        if header is None:
            return Table(self.contract.empty())
        position, columns = header
        self.columns = columns
        self.width = len(self.grid.rows[position][1])
        self.heads = {name: self.grid.rows[position][1][at].strip() for name, at in columns.items()}
        body, blank = self._body(position)
        self._say_around(position, body)
        missing = self._missing(position, body)
        values, numbers = ([], []) if missing else self._rows(body)
        frame = self._keyed(values, numbers)
        preamble = "\n".join("".join(cells[:1]) for _, cells in self.grid.rows[:position])
        return Table(frame, self.asides, len(frame) + len(self.asides), blank, preamble)

    # -- the header -----------------------------------------------------------

    def _header(self) -> tuple[int, dict[str, int]] | None:
        """The position of the header among the rows, and each column's place in it."""
        best, found = -1, {}
        for position, (_, cells) in enumerate(self.grid.rows[:HEADER_WITHIN]):
            columns = _matched(cells, self.contract)
            if len(columns) > len(found):
                best, found = position, columns
        wanted = min(2, len(self.contract.columns))
        if len(found) < wanted:
            self._say_no_header()
            return None
        return best, found

    def _say_no_header(self) -> None:
        expected = "、".join(c.header for c in self.contract.columns if not c.absent)
        if not any(text.strip() for _, cells in self.grid.rows for text in cells):
            self.problems.error(
                self.place,
                "empty_sheet",
                "表里没有任何内容",
                expected=f"表头 {expected}",
                units=self.units_of({}),
            )
            return
        self.problems.error(
            self.place,
            "no_header",
            f"前{HEADER_WITHIN}行里找不到表头",
            expected=expected,
            units=self.units_of({}),
        )

    def _places(self, number: int, cells: list[str], at: int) -> list[int]:
        """Every column with the header that stands at `at`; a merged header is one."""
        wide = {
            column
            for name in self.grid.merged
            for top, left, bottom, right in [corners(name)]
            if top <= number <= bottom
            for column in range(left + 1, right + 1)
        }
        return [
            other
            for other, text in enumerate(cells)
            if _plain_header(text) == _plain_header(cells[at]) and other not in wide
        ]

    def _twice(self, number: int, cells: list[str], body: list) -> list[Column]:
        """The columns whose header stands more than once: which one counts is unknown."""
        repeated = []
        for column in self.contract.columns:
            places = (
                self._places(number, cells, self.columns[column.name])
                if column.name in self.columns
                else []
            )
            if len(places) > 1:
                letters = "、".join(map(column_letter, places))
                self.problems.error(
                    Place(self.grid.file, self.grid.sheet, number, column.header),
                    "duplicate_header",
                    f"表头「{column.header}」出现了{len(places)}次（{letters}列），不能确定用哪一列",
                    units=self._units_of_all(body),
                )
                repeated.append(column)
        return repeated

    def _missing(self, position: int, body: list) -> bool:
        """Say which headers are not there, or twice; whether the rows cannot be used for it."""
        number, cells = self.grid.rows[position]
        twice = self._twice(number, cells, body)
        absent = [c for c in self.contract.columns if c.name not in self.columns]
        taken = set(self.columns.values())
        spare = [
            text.strip()[:LONGEST_QUOTE]
            for at, text in enumerate(cells)
            if at not in taken and text.strip()
        ]
        vital = [column for column in absent if not column.absent]
        units = self._units_of_all(body) if vital else ()
        for column in absent:
            self._say_missing(column, number, spare, units)
        if vital or twice:
            reason = "表头缺少或重复：" + "、".join(column.header for column in [*vital, *twice])
            self.asides += [Aside(self.grid.file, self.grid.sheet, row, reason) for row, _ in body]
        return bool(vital or twice)

    def _say_missing(self, column: Column, number: int, spare: list[str], units) -> None:
        near = _nearest(column.header, spare)
        ask = (
            f"；表头里有「{near}」，是否就是它？若是，请把表头改为「{column.header}」"
            if near
            else ""
        )
        place = Place(self.grid.file, self.grid.sheet, number, column.header)
        if column.absent:
            self.problems.warning(
                place, "missing_column", f"没有「{column.header}」列，按空白处理{ask}"
            )
        else:
            self.problems.error(
                place, "missing_column", f"缺少「{column.header}」列{ask}", found=near, units=units
            )

    def _units_of_all(self, body: list) -> tuple[str, ...]:
        units = {unit for _, cells in body for unit in self.units_of(self._raw(cells))}
        return tuple(sorted(units)) or self.units_of({})

    # -- the rows around the data -------------------------------------------------

    def _body(self, position: int) -> tuple[list[tuple[int, list[str]]], int]:
        """Rows with content below the header, and how many between them are blank."""
        rows = self.grid.rows[position + 1 :]
        filled = [(number, cells) for number, cells in rows if self._filled(number, cells)]
        last = filled[-1][0] if filled else 0
        kept = {number for number, _ in filled}
        blank = [number for number, _ in rows if number < last and number not in kept]
        if blank:
            self.problems.warning(
                replace_row(self.place, blank[0]),
                "blank_rows",
                f"数据中间有空行（{_ranges(blank)}），已跳过",
            )
        header = [_plain_header(text) for text in self.grid.rows[position][1]]
        return [row for row in filled if not self._is_header_again(row, header)], len(blank)

    def _filled(self, number: int, cells: list[str]) -> bool:
        return any(map(str.strip, cells)) or any(
            (number, at) in self.grid.faults for at in self.columns.values()
        )

    def _is_header_again(self, row: tuple[int, list[str]], header: list[str]) -> bool:
        number, cells = row
        first = next(iter(self.columns.values()))
        if first >= len(cells) or _plain_header(cells[first]) != header[first]:
            return False
        if [_plain_header(text) for text in cells] != header:
            return False
        self.problems.warning(
            replace_row(self.place, number), "header_again", "重复的表头，不当作数据"
        )
        return True

    def _say_around(self, position: int, body: list) -> None:
        number, cells = self.grid.rows[position]
        self._say_aliases(number, cells)
        taken = set(self.columns.values())
        extra = [
            text.strip()[:LONGEST_QUOTE]
            for at, text in enumerate(cells)
            if at not in taken and text.strip()
        ]
        if extra:
            self.problems.warning(
                replace_row(self.place, number),
                "extra_columns",
                "有表头没有规定的列，未读取：" + "、".join(f"「{name}」" for name in extra),
            )
        self._say_stray(number, [(number, cells), *body], taken)
        self._say_merged(number)

    def _say_stray(self, number: int, rows: list, taken: set[int]) -> None:
        """Columns without a header that nevertheless hold something, if only blanks."""
        unnamed = [at for at, text in enumerate(rows[0][1]) if at not in taken and not text.strip()]
        stray = [
            cell_name(row, at)
            for row, texts in rows
            for at in unnamed
            if at < len(texts) and texts[at].strip()
        ]
        if stray:
            more = f"等{len(stray)}格" if len(stray) > 5 else ""
            message = f"没有表头的列里有内容（{'、'.join(stray[:5])}{more}），未读取"
        elif unnamed and unnamed[-1] == self.width - 1 and not self.grid.delimited:
            message = f"表格右边到{column_letter(self.width - 1)}列还有只含空格的格子，请删除"
        else:
            return
        self.problems.warning(
            Place(self.grid.file, self.grid.sheet, number, column_letter(unnamed[-1])),
            "stray_cells",
            message,
        )

    def _say_aliases(self, number: int, cells: list[str]) -> None:
        for column in self.contract.columns:
            at = self.columns.get(column.name)
            if at is not None and _plain_header(cells[at]) != _plain_header(column.header):
                self.problems.warning(
                    Place(self.grid.file, self.grid.sheet, number, column.header),
                    "alias",
                    f"表头「{cells[at].strip()}」按「{column.header}」读取",
                    found=cells[at].strip(),
                    expected=column.header,
                )

    def _say_merged(self, number: int) -> None:
        below = [name for name in self.grid.merged if corners(name)[2] > number]
        if below:
            listed = "、".join(sorted(below, key=corners)[:8]) + (
                f"等{len(below)}处" if len(below) > 8 else ""
            )
            self.problems.warning(
                self.place,
                "merged",
                f"有合并单元格（{listed}），其内容按对其中每一格都成立读取；请取消合并",
            )

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
        first = _INVISIBLE.sub("", narrow(next((text for text in cells if text.strip()), "")))
        if _TOTAL.fullmatch(first):
            self.problems.warning(
                replace_row(self.place, number), "total_row", f"是“{first}”行，不当作数据"
            )
            self._aside(number, f"{first}行")
            return True
        if _REMARK.match(first) and sum(1 for text in cells if text.strip()) <= 3:
            self.problems.warning(
                replace_row(self.place, number), "remark_row", "是表下的说明或落款，不当作数据"
            )
            self._aside(number, "说明行")
            return True
        if self.grid.delimited and len(cells) != self.width:
            self.problems.error(
                replace_row(self.place, number),
                "cell_count",
                f"这一行有{len(cells)}格，表头有{self.width}格，各列对不上（文字里的逗号要加引号）",
                units=self.units_of(self._raw(cells)),
            )
            self._aside(number, "格数与表头不符")
            return True
        return False

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
        place = Place(
            self.grid.file, self.grid.sheet, number, self.heads.get(column.name, column.header)
        )
        units = self.units_of(self._raw(cells)) if column.is_doubtful else ()
        self.problems.error(
            place,
            code,
            message,
            found=_quoted(column, found),
            expected=column.kind.expected,
            units=units,
        )

    def _remarked(self, column: Column, number: int, text: str) -> bool:
        """Say what deserves a remark in a text that is kept as it is."""
        if not column.kind.texts:
            return False
        remarks = _remarks(text, column.kind)
        place = Place(
            self.grid.file, self.grid.sheet, number, self.heads.get(column.name, column.header)
        )
        for code, message in remarks:
            self.problems.warning(place, code, message, found=_quoted(column, text))
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
        return _frame(self.contract, data, self.grid.file, self.grid.sheet, kept)

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
        head = self.heads.get(self.contract.key[-1], "")
        for row, units in rows.items():
            self.problems.error(
                Place(self.grid.file, self.grid.sheet, row, head),
                "duplicate",
                f"同一条记录出现了{len(rows)}次（{listed}），不能确定用哪一行",
                found=mask_numbers("，".join(map(str, key))),
                units=units,
            )
            self._aside(row, f"重复（{listed}）")


def _frame(
    contract: Contract, data: dict[str, list], file: str, sheet: str, numbers: list[int]
) -> pd.DataFrame:
    series = {
        column.name: pd.Series(data[column.name], dtype=column.dtype) for column in contract.columns
    }
    series["file"] = pd.Series([file] * len(numbers), dtype="str")
    series["sheet"] = pd.Series([sheet] * len(numbers), dtype="str")
    series["row"] = pd.Series(numbers, dtype="int64")
    return pd.DataFrame(series)


def _plain_header(text: str) -> str:
    return _INVISIBLE.sub("", narrow(text))


def _matched(cells: list[str], contract: Contract) -> dict[str, int]:
    """Where each declared column stands in a row of texts; the header before its aliases."""
    places: dict[str, int] = {}
    for at, text in enumerate(cells):
        places.setdefault(_plain_header(text), at)
    found = {}
    for column in contract.columns:
        names = (column.header, *column.aliases)
        at = next((places[plain] for plain in map(_plain_header, names) if plain in places), None)
        if at is not None:
            found[column.name] = at
    return found


def _nearest(header: str, spare: list[str]) -> str:
    close = difflib.get_close_matches(header, spare, n=1, cutoff=0.34)
    return close[0] if close else ""


def _quoted(column: Column, text: str) -> str:
    """What stood there, masked, on one line and not too long."""
    masked = " ".join(mask_numbers(column.mask(text)).split()) if text else ""
    return masked if len(masked) <= LONGEST_QUOTE else masked[:LONGEST_QUOTE] + "…"


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


def replace_row(place: Place, row: int) -> Place:
    """The same sheet, at a row."""
    return Place(place.file, place.sheet, row)


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
