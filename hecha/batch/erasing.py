"""Erasing (到期清除): personal data goes after the term, scores and hashes stay.

Rosters, returns, the files that were received, evidence and what was typed into the book
are deleted; `.hecha/kept/` keeps the published tables and the SHA-256 of everything that
was there.  The book's chain still holds: it was made of hashes.
"""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

from hecha.batch.opening import open_case, parameters_in
from hecha.digests import sha256_file
from hecha.folders import find_folder, write_whole
from hecha.intake.book import Book
from hecha.plan import load_plan
from hecha.problems import HechaError
from hecha.report import published
from hecha.tables.writing import write_csv

PERSONAL = ("roster", "returns", "draw", "backcheck", ".hecha")
KEPT = ("towns", "villages", "sheets", "items")
STAYS = ("roster/镇村名单", ".hecha/records.sqlite", ".hecha/facts.json", ".hecha/plan/", ".hecha/kept/",
         ".hecha/versions/")


class NotErased(HechaError):
    """Nothing was erased, and why."""


def erase(case: str, plan: str, ended: str, document: str, by: str, confirm: str, at: str) -> str:
    """Delete a case's personal data for good.

    `confirm` must repeat the folder's name, `document` name the permission.  The term is the
    plan's; `ended`, a past day, overrides it where the document sets another one.
    """
    folder = find_folder(case).resolve()
    ended = ended or _term(folder, plan, at)
    _allowed(folder, ended, document, confirm, at)
    kept = folder / ".hecha" / "kept"
    earlier = _kept_before(kept / "erased.json")
    if not earlier:  # once something is gone, the scores of what is left are not the scores
        for name, frame in published.tables(open_case(case, plan).results).items():
            if name in KEPT:
                write_csv(frame, kept / f"{name}.csv")
    doomed = [p for room in PERSONAL for p in sorted((folder / room).rglob("*"))
              if p.is_file() and not p.relative_to(folder).as_posix().startswith(STAYS)]
    hashes = earlier | {p.relative_to(folder).as_posix(): sha256_file(p) for p in doomed}
    content = {"at": at, "by": by, "ended": ended, "document": document, "files": hashes}
    write_whole(kept / "erased.json", json.dumps(content, ensure_ascii=False, indent=1,
                                                 sort_keys=True))
    gone = _erase_book(folder, at, by, ended, document)
    for path in doomed:
        path.unlink()
    for room in PERSONAL:
        _drop_empty(folder / room)
    return (f"已清除{len(doomed)}个文件和{gone}条登记内容，不可恢复；分数和摘要留在 .hecha/kept。"
            "备份和各组笔记本上的副本，请另行清除。")


def _term(folder: Path, plan: str, at: str) -> str:
    """The day the plan's term ended; NotErased where it has not, or where there is none."""
    judged = load_plan(find_folder(plan), parameters_in(folder))
    until, retention = judged.kept_until, judged.retention
    how = "凭文件清除的，用 --ended 写明文件定的期满之日"
    if retention is None or until is None:
        why = "方案没有定个人信息的保存期限" if retention is None else "方案里保存期限起算的日期还没有填"
        raise NotErased(f"没有清除：{why}；{how}")
    if until.isoformat() > at[:10]:
        since = next(day for day in judged.calendar if day.id == retention.since)
        read = f"，读法{'、'.join(retention.reading)}" if retention.reading else ""
        raise NotErased(f"没有清除：保存期限还没有到。按方案自{since.name}（{_day(since.on)}）起保存"
                        f"{retention.years}年，到{_day(until)}才可以清除（条款{retention.clause}{read}）；{how}")
    return until.isoformat()


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _kept_before(path: Path) -> dict[str, str]:
    """The hashes an earlier, perhaps interrupted, erasing kept."""
    return json.loads(path.read_text(encoding="utf-8"))["files"] if path.is_file() else {}


def _allowed(folder: Path, ended: str, document: str, confirm: str, at: str) -> None:
    if confirm != folder.name:
        raise NotErased(f"没有清除：--confirm 应写卷宗文件夹的名字“{folder.name}”")
    try:
        day = date.fromisoformat(ended)
    except ValueError:
        raise NotErased(f"没有清除：日期“{ended}”不对，应如 2027-01-10") from None
    if day.isoformat() > at[:10]:
        raise NotErased(f"没有清除：保存期限{ended}还没有到")
    if not document.strip():
        raise NotErased("没有清除：须写明准许清除的文号（--document）")


def _erase_book(folder: Path, at: str, by: str, ended: str, document: str) -> int:
    book = Book.open(folder)
    if book is None:
        return 0
    try:
        with book.writing():
            book.entries()
            book.append(at, by, "erase", body={"ended": ended, "document": document})
            gone = book.erase_contents()
        book.compact()
        return gone
    finally:
        book.close()


def _drop_empty(folder: Path) -> None:
    if folder.is_dir() and not any(p.is_file() for p in folder.rglob("*")):
        shutil.rmtree(folder)
