"""Edits: a copy of a file with single cells replaced; everything else stays byte for byte.

A correction is replayed on a copy of the raw file, cell by cell, so that every check runs
on it again as if the clerk had typed it so.  In a workbook only the `<c>` element of the
cell changes, inside its sheet's XML; formulas, formats and the other sheets stay.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable

from lxml import etree

from hecha.problems import HechaError, Problems
from hecha.tables import Grid, cell_name, grids_of
from hecha.tables.encodings import decode, split_rows
from hecha.tables.grid import column_index

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_WHEN = (1980, 1, 1, 0, 0, 0)


class NoSuchCell(HechaError):
    """A cell that is to be corrected cannot be found, or does not take the text."""


def cell_at(name: str) -> tuple[int, int]:
    """Row number and column (from 0) of a cell's name.

    >>> cell_at("d36"), cell_at("AA2")
    ((36, 3), (2, 26))
    """
    found = _CELL.fullmatch(name.strip().upper())
    if not found:
        raise NoSuchCell(f"“{name}”不是单元格名，应如 D36")
    return int(found[2]), column_index(found[1])


def text_at(grids: Iterable[Grid], sheet: str, cell: str) -> str:
    """What a cell holds as the reader sees it; NoSuchCell if the sheet is not there."""
    row, column = cell_at(cell)
    for grid in grids:
        if grid.sheet.strip() == sheet.strip():
            fault = grid.faults.get((row, column))
            cells = dict(grid.rows).get(row, [])
            return fault.found if fault else cells[column] if column < len(cells) else ""
    raise NoSuchCell(f"文件里没有工作表“{sheet}”")


def edited(data: bytes, name: str, edits: dict[tuple[str, str], str]) -> bytes:
    """The file with some cells replaced: (sheet, cell name) → text.

    >>> edited("甲,乙\\n1,2\\n".encode(), "a.csv", {("", "B2"): "3"}).decode("utf-8-sig")
    '甲,乙\\r\\n1,3\\r\\n'
    """
    if name.lower().endswith((".csv", ".txt")):
        made = _edited_csv(data, edits)
    else:
        made = _edited_workbook(data, edits)
    grids = grids_of(made, name, Problems())
    for (sheet, cell), text in edits.items():
        if text_at(grids, sheet, cell) != text:
            raise NoSuchCell(f"{name}［{sheet}］{cell}改不了（可能在合并单元格里，请改左上角的一格）")
    return made


def _edited_csv(data: bytes, edits: dict[tuple[str, str], str]) -> bytes:
    rows, _ = split_rows(decode(data)[0].lstrip("\ufeff"))
    for (_, cell), text in edits.items():
        row, column = cell_at(cell)
        if row > len(rows) or column >= len(rows[row - 1]):
            raise NoSuchCell(f"文件里没有{cell}这一格")
        rows[row - 1][column] = text
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _edited_workbook(data: bytes, edits: dict[tuple[str, str], str]) -> bytes:
    by_sheet: dict[str, dict[str, str]] = {}
    for (sheet, cell), text in edits.items():
        by_sheet.setdefault(sheet, {})[cell] = text
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(
            out, "w", zipfile.ZIP_DEFLATED) as new:
        parts = _sheet_parts(old)
        changes = {_part(parts, sheet): cells for sheet, cells in by_sheet.items()}
        for item in old.infolist():
            content = old.read(item)
            if item.filename in changes:
                content = _edited_sheet(content, changes[item.filename])
            new.writestr(zipfile.ZipInfo(item.filename, _WHEN), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _part(parts: dict[str, str], sheet: str) -> str:
    for name, part in parts.items():
        if name.strip() == sheet.strip():
            return part
    raise NoSuchCell(f"文件里没有工作表“{sheet}”")


def _parsed(content: bytes) -> etree._Element:
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))


def _sheet_parts(book: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → the part of the package that holds it."""
    links = {link.get("Id"): link.get("Target") for link in
             _parsed(book.read("xl/_rels/workbook.xml.rels"))}
    sheets = _parsed(book.read("xl/workbook.xml")).find(f"{_MAIN}sheets")
    found = {}
    for sheet in sheets if sheets is not None else ():
        target = links.get(sheet.get(_LINK)) or ""
        found[sheet.get("name")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return found


def _edited_sheet(content: bytes, cells: dict[str, str]) -> bytes:
    sheet = _parsed(content)
    rows = sheet.find(f"{_MAIN}sheetData")
    for name, text in cells.items():
        number, column = cell_at(name)
        row = _found(rows, "row", number, lambda e: int(e.get("r")), str(number))
        cell = _found(row, "c", column, lambda e: cell_at(e.get("r"))[1], cell_name(number, column))
        style = cell.get("s")
        for child in list(cell):
            cell.remove(child)
        cell.attrib.clear()
        cell.set("r", cell_name(number, column))
        if style:
            cell.set("s", style)
        cell.set("t", "inlineStr")
        held = etree.SubElement(etree.SubElement(cell, f"{_MAIN}is"), f"{_MAIN}t")
        held.text = text
        held.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return etree.tostring(sheet, xml_declaration=True, encoding="UTF-8", standalone=True)


def _found(parent: etree._Element, tag: str, wanted: int, at, name: str) -> etree._Element:
    """The child that stands at a place, made there in order if it is missing."""
    before = 0
    for child in parent.findall(f"{_MAIN}{tag}"):
        here = at(child)
        if here == wanted:
            return child
        before += here < wanted
    made = etree.Element(f"{_MAIN}{tag}", {"r": name})
    parent.insert(before, made)
    return made
