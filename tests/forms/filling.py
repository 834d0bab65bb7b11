"""A team that fills its workbook with what the county's return says, and an office that saves it."""

from __future__ import annotations

import datetime as dt
import io
import subprocess
from pathlib import Path

from openpyxl import load_workbook

from hecha.case import Case
from hecha.forms.check_page import Typed
from hecha.forms.household_page import CONDITIONS, COUNTS, FLAGS, FOUND, MONEY
from hecha.forms.workbook import FormBook
from hecha.plan import Plan
from hecha.scoring.facts import read_value


def filled(form: FormBook, plan: Plan, case: Case, town: str = "") -> bytes:
    """The form with every fact of the town's return typed into it, as a person would."""
    book = load_workbook(io.BytesIO(form.data))
    if town:
        _front(book, form, case, town)
    checks_filled(book, form.typed, plan, case)
    _households(book, form, case)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def put(book, cell: str, value: object) -> None:
    """A value at an address like '镇表'!$E$4."""
    page, place = cell.rsplit("!", 1)
    book[page.strip("'")][place.replace("$", "")].value = value


def value_in(book, cell: str) -> object:
    """What stands at an address like '得分'!$E$4."""
    page, place = cell.rsplit("!", 1)
    return book[page.strip("'")][place.replace("$", "")].value


def _front(book, form: FormBook, case: Case, town: str) -> None:
    team = case.teams[case.teams.checked_town == town].iloc[0]
    put(book, form.front.day, dt.date.fromisoformat(team.visit_date))
    put(book, form.front.scored_at, dt.datetime.fromisoformat(team.scored_at))
    put(book, form.front.reported_at, dt.datetime.fromisoformat(team.reported_at))


def checks_filled(book, pages: dict[str, Typed], plan: Plan, case: Case) -> None:
    """Type every observation of the case into the pages (by sheet) that ask for it."""
    rows = case.observations
    for sheet, typed in pages.items():
        taken: set[int] = set()
        for unit, line, cell, note, na in typed.cells:
            own = rows[(rows.sheet == sheet) & (rows.unit == unit) & (rows.item == line.item.code)]
            gone = own[own.measure == "na"]
            if len(gone):
                put(book, na, "是")
                put(book, note, gone.note.iloc[0])
                continue
            own = own[(own.measure == line.measure) & ~own.index.isin(taken)]
            if line.note:
                own = own[own.note.str.startswith(line.note[:12])]
            if len(own):
                taken.add(own.index[0])
                put(book, cell, _told(line, own.iloc[0]))
                put(book, note, own.note.iloc[0] or None)


def _told(line, row) -> object:
    value = read_value(line.item, line.measure, row.value, row.note)
    if line.kind in ("yes_no", "yes_no_na"):
        return {True: "是", False: "否", None: "不适用"}[value]
    if value is None:
        return "不适用"
    return value if isinstance(value, (int, str)) else float(value)


def _households(book, form: FormBook, case: Case) -> None:
    visited = {row.household: row for row in case.households.itertuples()}
    order = {h.household.number: h.household.order for h in form.homes}
    for home in form.homes:
        row = visited.get(home.household.number)
        if row is None:
            continue
        put(book, home.inputs["visit_date"], dt.date.fromisoformat(row.visit_date))
        for name in ("members", *COUNTS, *FOUND, *CONDITIONS, "visitor"):
            put(book, home.inputs[name], getattr(row, name))
        for name in [n for n in (*MONEY, "self_income") if n in home.inputs]:
            put(book, home.inputs[name], int(getattr(row, name)) / 100)
        for name in FLAGS:
            put(book, home.inputs[name], "是" if getattr(row, name) else "否")
        if row.replaces:
            put(book, home.replaces, order[row.replaces])
            put(book, home.reason, row.note.split("：", 1)[1])
        elif row.note:
            put(book, home.inputs["note"], row.note)


def recalculated(office: Path, data: dict[str, bytes], folder: Path,
                 kind: str = "xlsx") -> dict[str, Path]:
    """The workbooks as LibreOffice saves them after calculating every formula."""
    raw, out = folder / "typed", folder / kind
    raw.mkdir(parents=True, exist_ok=True)
    for name, content in data.items():
        (raw / name).write_bytes(content)
    profile = (folder / "profile").as_uri()
    subprocess.run([str(office), "--headless", f"-env:UserInstallation={profile}", "--convert-to",
                    kind, "--outdir", str(out), *(str(raw / name) for name in data)],
                   check=True, capture_output=True, timeout=300)
    return {name: (out / name).with_suffix(f".{kind}") for name in data}
