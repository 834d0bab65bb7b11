"""Sent: the forms that stand in a returned file, as they were typed.

A file holds several forms: 镇核查 of a town, 村核查 and 入户核查 of each of its villages,
组员, 日常工作.  Here a file's grids are cut into them, every cell as typed, so that two
submissions can be compared and each can be returned, reviewed and locked by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from hecha.case.returns import FORM_FILE, HOUSEHOLD_SHEET, TEAM_SHEET
from hecha.case.shapes import HOUSEHOLDS, OBSERVATIONS, TEAMS
from hecha.digests import sha256_bytes
from hecha.intake.states import ROW
from hecha.tables import Contract, Grid
from hecha.tables.header import find_header

_TOWN = re.compile(r"(?<!\d)(\d{9})(?!\d)")
_UNIT_COLUMN = {HOUSEHOLD_SHEET: "village", TEAM_SHEET: "checked_town"}


@dataclass(frozen=True)
class SentForm:
    """One form of one file: its sheet's title, its unit, its rows (header → text, 行)."""

    sheet: str
    unit: str
    rows: tuple[dict, ...]


@dataclass(frozen=True)
class SentFile:
    """A file as it came: shown name, bytes, grids, the town it is about, its forms."""

    name: str
    data: bytes
    grids: tuple[Grid, ...]
    subject: str
    forms: tuple[SentForm, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the file."""
        return sha256_bytes(self.data)

    @property
    def team(self) -> str:
        """The team that filled it (第3组); the file's subject where it names none."""
        numbers = Counter(row.get("组号", "").strip() for form in self.forms
                          if form.sheet == TEAM_SHEET for row in form.rows)
        first = next((n for n, _ in numbers.most_common() if n), "")
        return f"第{first}组" if first else self.subject


def contract_of(sheet: str) -> Contract:
    """The contract of a form's sheet."""
    return {HOUSEHOLD_SHEET: HOUSEHOLDS, TEAM_SHEET: TEAMS}.get(sheet, OBSERVATIONS)


def sent_file(name: str, data: bytes, grids: list[Grid], titles: Collection[str]) -> SentFile:
    """A file cut into its forms; `titles` are those of the plan's forms."""
    known = [*titles, HOUSEHOLD_SHEET, TEAM_SHEET]
    sheets = {g.sheet.strip(): g for g in grids}
    cut = [part for title in known if title in sheets for part in _cut(title, sheets[title])]
    if not cut and len(grids) == 1:  # 日常工作.csv, or a workbook with one unnamed sheet
        title = next((t for t in titles if t in name), "")
        cut = _cut(title, grids[0]) if title else []
    subject = subject_of(name, cut)
    town = subject if _TOWN.fullmatch(subject) else ""
    forms = tuple(SentForm(sheet, unit or town, tuple(rows))
                  for (sheet, unit), rows in _gathered(cut, town).items() if unit or town)
    return SentFile(name, data, tuple(grids), subject, forms)


def subject_of(name: str, rows: list[tuple[str, str, dict]]) -> str:
    """What a file is about: the town of a 核查记录, else its own title (日常工作)."""
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    coded = _TOWN.search(stem)
    if coded:
        return coded[1]
    if FORM_FILE not in stem:
        return stem
    towns = Counter(unit[:9] for _, unit, _ in rows if len(unit) in (9, 12))
    return towns.most_common(1)[0][0] if towns else stem


def _cut(title: str, grid: Grid) -> list[tuple[str, str, dict]]:
    """(sheet, unit, row) of every row below the header."""
    header = find_header(grid, contract_of(title))
    if header is None:
        return []
    names = {at: text.strip() for at, text in enumerate(header.cells) if text.strip()}
    at = header.columns.get(_UNIT_COLUMN.get(title, "unit"), -1)
    found = []
    for number, cells in grid.rows[header.position + 1:]:
        texts = {name: _text(grid, number, place, cells) for place, name in names.items()}
        if any(texts.values()):
            unit = cells[at].strip() if 0 <= at < len(cells) else ""
            found.append((title, unit if re.fullmatch(r"\d{9}|\d{12}", unit) else "",
                          {**texts, ROW: number}))
    return found


def _text(grid: Grid, row: int, column: int, cells: list[str]) -> str:
    fault = grid.faults.get((row, column))
    return fault.found if fault else cells[column].strip() if column < len(cells) else ""


def _gathered(rows: list[tuple[str, str, dict]], town: str) -> dict[tuple[str, str], list[dict]]:
    """Rows by form; one whose unit cannot be read, or is another town's, is the file's town's."""
    found: dict[tuple[str, str], list[dict]] = {}
    for sheet, unit, row in rows:
        own = unit if unit.startswith(town) else ""
        found.setdefault((sheet, own), []).append(row)
    if town:
        for sheet, unit in [key for key in found if not key[1]]:
            found.setdefault((sheet, town), []).extend(found.pop((sheet, unit)))
    return found
