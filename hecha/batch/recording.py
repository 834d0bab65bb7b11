"""Recording (登记): what people decide about the forms that came, written in the case's book.

Every function opens the book, replays it, asks whether the step is allowed, and appends
one entry in one transaction.  A whole town is moved at once by its code and 全部.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from hecha.digests import sha256_bytes
from hecha.folders import safe_name, write_whole
from hecha.intake.book import KIND_NAMES, Book, Entry, entries_frame
from hecha.intake.edits import NoSuchCell, edited, text_at
from hecha.intake.effective import corrected, digest_in
from hecha.intake.sent import sent_file
from hecha.intake.states import (
    ROW,
    STATE_NAMES,
    Form,
    NotAllowed,
    Told,
    Version,
    check,
    replay,
    step,
    version_of,
)
from hecha.plan import load_plan
from hecha.problems import HechaError, Problems
from hecha.tables import grids_of
from hecha.tables.writing import write_csv

ALL = "全部"
LARGEST_EVIDENCE = 20 * 2**20
EVIDENCE = (".jpg", ".jpeg", ".png", ".heic", ".pdf", ".mp4", ".m4a", ".mp3")


class NoBook(HechaError):
    """The case has no book of records yet."""


def _book(case: Path, make: bool = False) -> Book:
    book = Book.open(case, make=make)
    if book is None:
        raise NoBook(f"卷宗 {case.name} 还没有登记簿，请先收表（hecha intake … --case {case.name}）")
    return book


@contextmanager
def _writing(case: Path, make: bool = False) -> Iterator[tuple[Book, Told]]:
    book = _book(case, make)
    try:
        with book.writing():
            yield book, replay(book.entries())
    finally:
        book.close()


def _told(case: Path) -> Told:
    book = _book(case)
    try:
        return replay(book.entries())
    finally:
        book.close()


def chosen(told: Told, sheet: str, unit: str) -> list[Form]:
    """The forms meant by a sheet's title or 全部, and a unit's code or its town's."""
    found = [f for f in told.forms.values()
             if sheet in (ALL, f.sheet) and (f.unit == unit or (sheet == ALL and
                                                                f.unit.startswith(unit)))]
    if not found:
        raise NotAllowed(f"登记簿里没有 {unit}［{sheet}］")
    return sorted(found, key=lambda f: (f.unit, f.sheet))


def move(case: Path, kind: str, sheet: str, unit: str, by: str, at: str, reason: str = "") -> str:
    """Submit, return, review or lock forms: all that are meant, or none."""
    with _writing(case) as (book, told):
        forms = chosen(told, sheet, unit)
        for form in forms:
            check(told, form, kind)
            step(told, book.append(at, by, kind, form.sheet, form.unit, {"reason": reason}))
    return f"{KIND_NAMES[kind]}{len(forms)}份：{'、'.join(f.name for f in forms[:6])}" + (
        "等" if len(forms) > 6 else "")


def decide(case: Path, sheet: str, unit: str, use: int, by: str, at: str, reason: str) -> str:
    """Say which of different submissions counts; `use` is the number of its entry."""
    with _writing(case) as (book, told):
        form = chosen(told, sheet, unit)[0]
        check(told, form, "decide")
        if use not in {v.number for v in form.live}:
            listed = "；".join(f"第{v.number}条 {v.team} {v.name}" for v in form.live)
            raise NotAllowed(f"{form.name}没有第{use}条报送，可选：{listed}")
        body = {"use": use, "reason": reason}
        step(told, book.append(at, by, "decide", form.sheet, form.unit, body))
    version = form.standing
    assert version is not None
    return f"{form.name}采用第{use}条（{version.team} {version.name}）"


def correct(case: Path, file: str, table: str, cell: str, after: str, by: str, at: str,
            reason: str, approval: str, plan: Path) -> str:
    """Correct one cell of one file: who, why, on whose approval; the file stays as it came."""
    if file.startswith("draw/"):
        raise NotAllowed("抽样结果是抽签定下的，不能更正")
    cell = cell.strip().upper()
    data, digest = digest_in(case, file)
    forms = load_plan(plan).forms
    with _writing(case, make=True) as (book, told):
        earlier = [c for c in told.corrections if c.digest == digest]
        data = corrected(data, file, earlier, file, Problems())
        grids = grids_of(data, file, Problems())
        if not grids:
            raise NoSuchCell(f"{file} 读不出来，不能更正，请重新报送")
        before = text_at(grids, table, cell)
        if before.strip() == after.strip():
            raise NotAllowed(f"{file}［{table}］{cell}本来就是“{after}”")
        edited(data, file, {(table, cell): after})
        form = _form_at(told, file, data, table, cell, forms)
        check(told, form, "correct")
        body = {"file": file, "digest": digest, "sheet": table, "cell": cell, "before": before,
                "after": after, "reason": reason, "approval": approval}
        book.append(at, by, "correct", form.sheet, form.unit, body)
    return f"已登记更正：{file}［{table}］{cell} “{before}”改为“{after}”，原件未动"


def _form_at(told: Told, file: str, data: bytes, table: str, cell: str, forms) -> Form:
    """The form a cell belongs to; one without sheet and unit where it belongs to none."""
    from hecha.intake.edits import cell_at

    sent = sent_file(file, data, grids_of(data, file, Problems()), forms)
    row = cell_at(cell)[0]
    for form in sent.forms:
        if any(r[ROW] == row for r in form.rows) and (not table or form.sheet == table.strip()):
            return told.form(form.sheet, form.unit)
    return told.form("", "")


def attach(case: Path, sheet: str, unit: str, file: Path, by: str, at: str, about: str) -> str:
    """Keep a photograph or scan beside a form, by its hash; never shown in a report."""
    if file.suffix.lower() not in EVIDENCE or not file.is_file():
        raise NotAllowed(f"{file.name} 不是能附的证据（{'、'.join(EVIDENCE)}）")
    if file.stat().st_size > LARGEST_EVIDENCE:
        raise NotAllowed(f"{file.name} 超过{LARGEST_EVIDENCE // 2**20}兆，请压缩后再附")
    data = file.read_bytes()
    digest = sha256_bytes(data)
    with _writing(case) as (book, told):
        form = chosen(told, sheet, unit)[0]
        check(told, form, "attach")
        kept = case / ".hecha" / "evidence" / f"{digest[:12]}_{safe_name(file.name)}"
        if not kept.is_file():
            write_whole(kept, data)
        body = {"file": digest, "name": file.name, "about": about}
        book.append(at, by, "attach", form.sheet, form.unit, body)
    return f"{form.name}附上 {file.name}（{digest[:12]}）"


def forms_table(case: Path) -> pd.DataFrame:
    """单位代码, 表, 状态, 报送, 报送人, 更正, 证据, 说明 of every recorded form."""
    rows = []
    for form in sorted(_told(case).forms.values(), key=lambda f: (f.unit, f.sheet)):
        if not form.unit:
            continue
        last = form.standing or (form.versions[-1] if form.versions else None)
        state = "待决定" if form.contested else STATE_NAMES[form.state]
        said = form.reason or ("；".join(last.faults[:2]) if last else "")
        if form.contested:
            said = "；".join(f"第{v.number}条 {v.team} {v.name}" for v in form.live)
        rows.append((form.unit, form.sheet, state, last.at if last else "",
                     last.team if last else "", len(form.corrections), len(form.evidence), said))
    return pd.DataFrame(rows, columns=["单位代码", "表", "状态", "报送", "报送人", "更正", "证据",
                                       "说明"], dtype=object)


def history(case: Path, sheet: str, unit: str) -> pd.DataFrame:
    """序号, 时间, 经办人, 事项, 说明: each submission with what it changed, before and after."""
    book = _book(case)
    try:
        entries = [e for e in book.entries() if (e.sheet, e.unit) == (sheet, unit)]
    finally:
        book.close()
    if not entries:
        raise NotAllowed(f"登记簿里没有 {unit}［{sheet}］")
    rows, last = [], None
    for entry in entries:
        said = _said(entry, last)
        if entry.kind == "receive" and entry.body is not None:
            last = version_of(entry, entry.body)
        rows.append((entry.number, entry.at, entry.who, KIND_NAMES[entry.kind], said))
    return pd.DataFrame(rows, columns=["序号", "时间", "经办人", "事项", "说明"], dtype=object)


def _said(entry: Entry, last: Version | None) -> str:
    body = entry.body
    if body is None:
        return "（已清除）"
    if entry.kind == "receive":
        changed = differences(last, version_of(entry, body)) if last else []
        return f"{body.get('name', '')}" + ("：" + "；".join(changed[:12]) if changed else "")
    if entry.kind == "correct":
        return (f"{body['file']}［{body['sheet']}］{body['cell']} “{body['before']}”→"
                f"“{body['after']}”：{body['reason']}（{body['approval']}）")
    if entry.kind == "decide":
        return f"采用第{body['use']}条：{body['reason']}"
    return body.get("reason") or body.get("about") or body.get("name", "")


def differences(before: Version, after: Version) -> list[str]:
    """What one submission changed of another, cell by cell: 第6行 数值 “1”→“2”."""
    found = []
    for n in range(max(len(before.rows), len(after.rows))):
        if n >= len(after.rows):
            found.append(f"少了原第{before.rows[n][ROW]}行")
        elif n >= len(before.rows):
            found.append(f"多了第{after.rows[n][ROW]}行")
        else:
            one, two = before.rows[n], after.rows[n]
            found += [f"第{two[ROW]}行 {k} “{one.get(k, '')}”→“{two.get(k, '')}”"
                      for k in dict.fromkeys([*one, *two])
                      if k != ROW and one.get(k, "") != two.get(k, "")]
    return found


def verify(case: Path, head: str = "") -> tuple[list[str], str]:
    """What is wrong with the book's chain (nothing if whole), and the sentence to note down."""
    book = _book(case)
    try:
        faults = book.faults()
        if head and not book.has(head.strip()):
            faults.append(f"以前记下的链尾 {head} 不在登记簿里，后面的记录被抽走或整簿被换过")
        return faults, f"登记簿完好。链尾 {book.head}，请抄记备查。"
    finally:
        book.close()


def export(case: Path, out: Path) -> int:
    """The book as CSV; how many entries."""
    book = _book(case)
    try:
        entries = book.entries()
    finally:
        book.close()
    write_csv(entries_frame(entries), out)
    return len(entries)
