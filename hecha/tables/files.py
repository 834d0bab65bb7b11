"""Files: the sheets of a workbook or a CSV file, as grids of what a person sees.

A file is read once into memory, inspected (:mod:`hecha.tables.preflight`), and
only then parsed: by the fast reader where nothing speaks against it, by openpyxl
where a sheet holds formulas, error values or percent formats, which the fast
reader would blank or change.  A merged range is a declaration: its value holds
for all its cells.  A file that cannot be read is one problem and no grids.
"""

from __future__ import annotations

import io
import warnings
from functools import lru_cache
from pathlib import Path

from openpyxl import Workbook, load_workbook
from python_calamine import CalamineWorkbook

from hecha.problems import Place, Problems
from hecha.tables.encodings import decode, split_rows
from hecha.tables.grid import Fault, Grid, cell_name, cell_text, column_letter, corners
from hecha.tables.preflight import MAX_FILE_BYTES, MAX_ROWS, Signs, Unfit, inspect

_MOST_AREAS = 5000  # a form has some hundreds a page
MANY = 8  # so many cells are named in one message; then only counted


def read_grids(
    path: str | Path, shown: str, problems: Problems, units: tuple[str, ...] = ()
) -> list[Grid]:
    """Every sheet of the file as a :class:`Grid`; an unreadable file gives none.

    `shown` is the name the reader knows the file by; `units` are the towns or
    villages whose score depends on the file.  Problems are added, never raised.

    >>> found = Problems()
    >>> read_grids("no/such.xlsx", "such.xlsx", found), found.errors[0].code
    ([], 'unreadable')
    """
    try:
        data = _bytes(Path(path))
    except OSError:
        problems.error(
            Place(shown), "unreadable", "文件打不开，请检查文件是否还在、是否有权读取", units=units
        )
        return []
    return grids_of(data, shown, problems, units)


def _bytes(path: Path) -> bytes:
    with open(path, "rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def grids_of(
    data: bytes, shown: str, problems: Problems, units: tuple[str, ...] = ()
) -> list[Grid]:
    """As :func:`read_grids`, from the bytes of the file.

    >>> grids_of("甲,乙\\n1,2\\n".encode(), "a.csv", Problems())[0].rows
    [(1, ['甲', '乙']), (2, ['1', '2'])]
    """
    read = _csv_grids if shown.lower().endswith((".csv", ".txt")) else _workbook_grids
    try:
        return read(data, shown, problems)
    except Unfit as why:
        problems.error(Place(shown), why.code, str(why), units=units)
        return []


def _csv_grids(data: bytes, shown: str, problems: Problems) -> list[Grid]:
    text, encoding = decode(data)
    rows, delimiter = split_rows(text.lstrip("\ufeff"))
    if encoding == "utf-16":
        problems.warning(
            Place(shown),
            "utf16",
            "文件是 UTF-16 编码（“Unicode 文本”），已按文件头的标记读取；请改存为“CSV UTF-8”",
        )
    if delimiter == "\t":
        problems.warning(
            Place(shown), "tabs", "各列用制表符隔开，已按制表符读取；请改存为逗号分隔的 CSV"
        )
    numbered = [(number, cells) for number, cells in enumerate(rows, 1)]
    return [Grid(shown, "", numbered, _broken_text(numbered), delimited=True)]


def _broken_text(rows: list[tuple[int, list[str]]]) -> dict[tuple[int, int], Fault]:
    return {
        (number, column): Fault("mojibake", "文字已乱码，请按原件重填", text)
        for number, cells in rows
        for column, text in enumerate(cells)
        if "\ufffd" in text or "锟斤拷" in text
    }


def _workbook_grids(data: bytes, shown: str, problems: Problems) -> list[Grid]:
    sheets = inspect(data)
    fast = _fast_workbook(data)
    grids = []
    for name, signs in sheets.items():
        _say_signs(Place(shown, name), signs, problems)
        if signs.careful:
            grids.append(_careful_grid(data, shown, name, signs, problems))
        else:
            grids.append(Grid(shown, name, _fast_rows(fast, name), merged=signs.merged))
    for grid in grids:
        _fill_merged(grid)
    return grids


def _fast_workbook(data: bytes) -> CalamineWorkbook:
    return _guarded(lambda: CalamineWorkbook.from_filelike(io.BytesIO(data)))


def _fast_rows(workbook: CalamineWorkbook, sheet: str) -> list[tuple[int, list[str]]]:
    rows = _guarded(lambda: workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False))
    return [(number, [cell_text(value) for value in row]) for number, row in enumerate(rows, 1)]


def _guarded(read):
    """What a parser returns; whatever it raises is a damaged file (its panics too)."""
    try:
        return read()
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        raise Unfit(
            "damaged", "工作簿内部有表格软件不会写出的内容，读不出来；请重新保存后报送"
        ) from error


def _careful_grid(data: bytes, shown: str, sheet: str, signs: Signs, problems: Problems) -> Grid:
    """A flagged sheet, read twice: the formulas, and the values last calculated."""
    written = _guarded(lambda: _careful_cells(data, sheet, values=False))
    values = _guarded(lambda: _careful_cells(data, sheet, values=True))
    grid = Grid(shown, sheet, [], merged=signs.merged, own=bool(signs.own))
    own, calculated = _within(signs.own), []
    for number, (row, value_row) in enumerate(zip(written, values, strict=True), 1):
        texts = []
        for column, (cell, value) in enumerate(zip(row, value_row, strict=True)):
            text, fault = _careful_text(cell, value)
            texts.append(text)
            if fault:
                grid.faults[number, column] = fault
            elif cell[0] == "f" and not any(a <= column <= z for a, z in own.get(number, ())):
                calculated.append(cell_name(number, column))
        grid.rows.append((number, texts))
    if calculated:
        problems.warning(
            Place(shown, sheet),
            "formula",
            f"有公式，用的是文件里最后一次算出的结果（{_listed(calculated)}）；请改为只填数值",
        )
    return grid


def _within(areas: tuple[str, ...]) -> dict[int, list[tuple[int, int]]]:
    """Row → the runs of columns (from 0) that the areas cover; none where they are no
    form's: too many, or too high."""
    found: dict[int, list[tuple[int, int]]] = {}
    boxes = [corners(area) for area in areas]
    if len(boxes) > _MOST_AREAS or sum(box[2] - box[0] + 1 for box in boxes) > MAX_ROWS:
        return found
    for top, left, bottom, right in boxes:
        for row in range(top, bottom + 1):
            found.setdefault(row, []).append((left, right))
    return found


def _careful_cells(data: bytes, sheet: str, values: bool) -> list[list[tuple[str, object, str]]]:
    """(type, value, number format) of every cell, from A1, rows of equal length."""
    rows = _careful_book(data, values)[sheet].iter_rows(min_row=1, min_col=1)
    return [[(cell.data_type, cell.value, cell.number_format) for cell in row] for row in rows]


@lru_cache(maxsize=2)
def _careful_book(data: bytes, values: bool) -> Workbook:
    """A workbook as openpyxl reads it, opened once for all its sheets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl remarks on styles and extensions only
        return load_workbook(io.BytesIO(data), data_only=values, read_only=False)


def _careful_text(cell: tuple, value: tuple) -> tuple[str, Fault | None]:
    kind, written, number_format = cell
    cached_kind, cached, _ = value
    if kind == "f":
        formula = str(getattr(written, "text", written))
        if cached is None:
            return "", Fault(
                "formula_without_value", "是公式，但文件里没有算好的结果；请改填数值", formula
            )
        written = cached
    if "e" in (kind, cached_kind):
        return "", Fault("error_cell", "是表格软件的错误值，请改填真实数值", str(cached or written))
    if "%" in (number_format or "") and isinstance(written, (int, float)):
        return cell_text(round(written * 100, 12)) + "%", None
    return cell_text(written), None


def _fill_merged(grid: Grid) -> None:
    rows = dict(grid.rows)
    for reference in grid.merged:
        top, left, bottom, right = corners(reference)
        first = rows.get(top, [])
        text = first[left] if left < len(first) else ""
        fault = grid.faults.get((top, left))
        for number in range(top, min(bottom, len(grid.rows)) + 1):
            cells = rows[number]
            for column in range(left, min(right, len(cells) - 1) + 1):
                cells[column] = text
                if fault:
                    grid.faults[number, column] = fault


def _say_signs(place: Place, signs: Signs, problems: Problems) -> None:
    if signs.hidden:
        problems.warning(place, "hidden_sheet", "工作表是隐藏的，内容照读；请确认是否应当报送")
    if signs.hidden_rows:
        rows = [f"第{number}行" for number in signs.hidden_rows]
        problems.warning(
            place, "hidden_rows", f"有隐藏的行（{_listed(rows)}），内容照读；请取消隐藏核对"
        )
    if signs.hidden_columns:
        problems.warning(
            place,
            "hidden_columns",
            f"有隐藏的列（{_listed(signs.hidden_columns)}），内容照读；请取消隐藏核对",
        )


def _listed(names) -> str:
    names = list(names)
    more = f"等{len(names)}处" if len(names) > MANY else ""
    return "、".join(names[:MANY]) + more


__all__ = ["Grid", "column_letter", "grids_of", "read_grids"]
