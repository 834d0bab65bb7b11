"""The book of records (登记簿): what came in and what was decided, in one SQLite file.

`<case>/.hecha/records.sqlite` only grows.  Every entry carries the SHA-256 of the one
before it, so that an entry cannot be changed, taken out or slipped in without the chain
breaking; triggers refuse UPDATE and DELETE besides.  What was typed (`content`) stands
apart under the digest of its text and a salt: it can be erased after the term, and the
chain still holds.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hecha.digests import sha256_text
from hecha.problems import HechaError

FILE = "records.sqlite"
START = "0" * 64
"""what stands before the first entry"""

_SCHEMA = """
create table entry (
  number integer primary key check (number > 0), at text not null, who text not null,
  kind text not null, sheet text not null, unit text not null, content text not null,
  previous text not null unique, hash text not null unique) strict;
create table content (hash text primary key, body text not null) strict;
create trigger entry_is_final before update on entry
  begin select raise(abort, '登记簿只能追加，不能修改'); end;
create trigger entry_stays before delete on entry
  begin select raise(abort, '登记簿只能追加，不能删除'); end;
create trigger content_is_final before update on content
  begin select raise(abort, '登记簿只能追加，不能修改'); end;
create trigger content_stays before delete on content
  when (select kind from entry order by number desc limit 1) is not 'erase'
  begin select raise(abort, '登记簿只能追加，不能删除'); end;
"""


class BookError(HechaError):
    """The book of records cannot be read, or it was tampered with."""


@dataclass(frozen=True)
class Entry:
    """One entry: when, who, what was done to which form (`sheet`, `unit`), and its content.

    `body` is None where the content was erased after the term.
    """

    number: int
    at: str
    who: str
    kind: str
    sheet: str
    unit: str
    content: str
    previous: str
    hash: str
    body: dict | None

    def expected_hash(self) -> str:
        """The digest that belongs to what the entry says."""
        return _hash(self.number, self.at, self.who, self.kind, self.sheet, self.unit,
                     self.content, self.previous)


class Book:
    """The book of one case.  Every writing is one transaction: all of it or nothing.

    >>> book = Book.in_memory()
    >>> one = book.append("2024-01-05T18:20", "张三", "attach", "村核查", "449901105200", {"n": 1})
    >>> two = book.append("2024-01-05T18:30", "张三", "attach", "村核查", "449901105200", {"n": 2})
    >>> two.previous == one.hash, book.faults()
    (True, [])
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._base = connection

    @classmethod
    def in_memory(cls) -> Book:
        """A book that is not kept."""
        base = sqlite3.connect(":memory:", isolation_level=None)
        base.executescript(_SCHEMA)
        return cls(base)

    @classmethod
    def open(cls, case: Path, *, make: bool = False, file: str = FILE) -> Book | None:
        """The book of a case's folder; None if it has none, unless it is to be made.

        `file` names it: a case may keep a second book for what touches no score.
        """
        path = book_file(case, file)
        if not path.is_file() and not make:
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        return cls(_opened(path))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction; what fails inside leaves no trace."""
        self._base.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._base.execute("rollback")
            raise
        self._base.execute("commit")

    def append(self, at: str, who: str, kind: str, sheet: str = "", unit: str = "",
               body: dict | None = None, salt: str = "") -> Entry:
        """Add an entry behind the last one."""
        text = json.dumps({"body": body or {}, "salt": salt or secrets.token_hex(16)},
                          ensure_ascii=False, sort_keys=True)
        content = sha256_text(text)
        last = self._base.execute(
            "select number, hash from entry order by number desc limit 1").fetchone()
        number, previous = (last[0] + 1, last[1]) if last else (1, START)
        digest = _hash(number, at, who, kind, sheet, unit, content, previous)
        row = (number, at, who, kind, sheet, unit, content, previous, digest)
        self._base.execute("insert into content values (?, ?)", (content, text))
        self._base.execute("insert into entry values (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return Entry(*row, body or {})

    def entries(self) -> list[Entry]:
        """All entries, first to last; BookError where the chain is broken."""
        found, faults = self._read()
        if faults:
            raise BookError("登记簿被改动过，不能使用：" + "；".join(faults[:3]))
        return found

    def faults(self) -> list[str]:
        """What does not agree in the book, in sentences; nothing if it is whole."""
        return self._read()[1]

    @property
    def head(self) -> str:
        """The digest of the last entry: whoever notes it can prove the book later."""
        last = self._base.execute("select hash from entry order by number desc limit 1").fetchone()
        return last[0] if last else START

    def has(self, head: str) -> bool:
        """Whether a digest noted earlier is one of the chain's (nothing was cut off)."""
        return head == START or self._base.execute(
            "select 1 from entry where hash = ?", (head,)).fetchone() is not None

    def erase_contents(self) -> int:
        """Take out what was typed; allowed only right after an `erase` entry."""
        last = self._base.execute("select content from entry order by number desc limit 1"
                                  ).fetchone()[0]
        gone = self._base.execute("delete from content where hash <> ?", (last,)).rowcount
        return gone

    def compact(self) -> None:
        """Leave nothing of what was erased in the file's free pages."""
        self._base.execute("vacuum")

    def as_bytes(self) -> bytes:
        """The whole file as it stands between two transactions."""
        return self._base.serialize()

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def _read(self) -> tuple[list[Entry], list[str]]:
        try:
            rows = self._base.execute(
                "select e.number, at, who, kind, sheet, unit, content, previous, e.hash, body "
                "from entry e left join content c on c.hash = e.content order by e.number"
            ).fetchall()
        except sqlite3.DatabaseError as why:
            raise BookError(f"登记簿读不出来：{why}") from why
        erased = max((row[0] for row in rows if row[3] == "erase"), default=0)
        found, faults, previous = [], [], START
        for place, row in enumerate(rows, 1):
            entry = Entry(*row[:9], body=_body(row[9]))
            fault = _fault(entry, place, previous, row[9], erased)
            faults += [fault] if fault else []
            previous = entry.hash
            found.append(entry)
        return found, faults


def _fault(entry: Entry, place: int, previous: str, text: str | None, erased: int) -> str:
    if entry.number != place:
        return f"第{place}条不见了"
    if entry.previous != previous:
        return f"第{place}条接不上前一条"
    if entry.hash != entry.expected_hash():
        return f"第{place}条被改动过"
    if text is None:
        return "" if place < erased else f"第{place}条的内容不见了"
    return "" if sha256_text(text) == entry.content else f"第{place}条的内容被改动过"


def _body(text: str | None) -> dict | None:
    try:
        return None if text is None else json.loads(text)["body"]
    except (ValueError, KeyError, TypeError):
        return None


def _hash(*fields: object) -> str:
    return sha256_text(json.dumps(fields, ensure_ascii=False))


def book_file(case: Path, file: str = FILE) -> Path:
    """Where a case keeps its book."""
    return case / ".hecha" / file


def _opened(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        base.execute("pragma synchronous = full")
        base.execute("begin immediate")
        made = base.execute("select count(*) from sqlite_master where name = 'entry'").fetchone()[0]
        base.execute("commit")
        if not made:
            base.executescript(f"begin immediate;{_SCHEMA}commit;")
    except sqlite3.DatabaseError as why:
        base.close()
        raise BookError(f"登记簿 {path.name} 打不开：{why}") from why
    return base


def entries_frame(entries: list[Entry]) -> pd.DataFrame:
    """The entries as a table for CSV, what was typed as JSON text in 内容."""
    return pd.DataFrame(
        [(e.number, e.at, e.who, KIND_NAMES.get(e.kind, e.kind), e.sheet, e.unit,
          "（已清除）" if e.body is None else json.dumps(e.body, ensure_ascii=False, sort_keys=True),
          e.content, e.previous, e.hash) for e in entries],
        columns=["序号", "时间", "经办人", "事项", "表", "单位代码", "内容", "内容摘要", "前一条",
                 "本条"], dtype=object)


KIND_NAMES = {
    "receive": "报送", "submit": "提交", "refuse": "未采用的报送", "return": "退回",
    "review": "复核", "lock": "锁定", "correct": "更正", "decide": "决定采用",
    "attach": "附证据", "object": "申诉", "rule": "申诉决定", "erase": "清除个人数据",
}
