"""Objections (申诉): what a unit says against a settled result, and what was decided of it.

They stand in a book of their own, `.hecha/objections.sqlite`, append-only and chained like the
records': an objection alone changes nothing of the result, so the approved version stands
until one is granted.  A late objection is recorded as well and says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from hecha.approvals import RecordedFact
from hecha.intake.book import Book
from hecha.plan import Plan
from hecha.plan.messages import nearest
from hecha.problems import HechaError
from hecha.versions import results_of, versions_of
from hecha.words import mask_text

FILE = "objections.sqlite"
OUTCOMES = ("采纳", "部分采纳", "不采纳")
GRANTED = OUTCOMES[:2]


class NotRecorded(HechaError):
    """An objection or a decision that cannot be recorded as it was given."""


@dataclass(frozen=True)
class Objection:
    """One objection: who against what, when and against which version; late or not; the outcome.

    `deadline` is the last day there was when it came, blank while none runs.
    """

    number: int
    version: int
    town: str
    town_name: str
    item: str
    what: str
    on: str
    by: str
    deadline: str
    outcome: str = ""
    reason: str = ""
    document: str = ""
    decided_on: str = ""

    @property
    def late(self) -> bool:
        """Whether it came after the last day."""
        return bool(self.deadline) and self.on > self.deadline

    @property
    def granted(self) -> bool:
        """Whether it was granted, in whole or in part."""
        return self.outcome in GRANTED


def deadline_of(plan: Plan, facts: Sequence[RecordedFact]) -> dt.date | None:
    """The last day to object; None while the plan has no term or its fact is not recorded.

    Working days are Monday to Friday: public holidays are not known here, and where they
    matter the county sets calendar days.

    >>> from hecha.plan import load_plan
    >>> approved = RecordedFact("approval", "2024-03-05", "云委〔2024〕3号", "")
    >>> str(deadline_of(load_plan("params/xian2023"), [approved]))
    '2024-03-10'
    """
    term = plan.objections
    found = [f for f in facts if term and f.fact == term.after]
    if term is None or not found:
        return None
    day, left = dt.date.fromisoformat(found[-1].on), term.days
    while left:
        day += dt.timedelta(days=1)
        left -= term.counted == "calendar" or day.weekday() < 5
    return day


@contextmanager
def _writing(case: Path) -> Iterator[Book]:
    book = Book.open(case, make=True, file=FILE)
    assert book is not None
    try:
        with book.writing():
            yield book
    finally:
        book.close()


def add(case: Path, town: str, what: str, *, on: str, by: str, at: str, item: str = "") -> Objection:
    """Record an objection against the last kept version.

    NotRecorded where there is none, the day is no date, the text is blank, or the item is
    not the plan's; NoSuchTown names the nearest town.
    """
    known = versions_of(case)
    if not known:
        raise NotRecorded("还没有定稿的版本，申诉要对着一版结果（hecha approve 或 hecha versions keep）")
    version = known[-1]
    results = results_of(case, version)
    code = results.town_code(town)
    codes = sorted({i.code for i in results.plan.items})
    if item and item not in codes:
        raise NotRecorded(f"没有“{item}”这个指标代码。{nearest(item, codes)}不写就是对总的结果申诉")
    if not what.strip():
        raise NotRecorded("须写明申诉的内容（--what）")
    last = deadline_of(results.plan, version.approved)
    body = {"version": version.number, "town": code, "town_name": results.units.towns[code],
            "item": item, "what": what.strip(), "on": _day(on), "by": by,
            "deadline": last.isoformat() if last else ""}
    with _writing(case) as book:
        entry = book.append(at, by, "object", item, code, body)
    return Objection(entry.number, **body)


def decide(case: Path, number: int, outcome: str, *, reason: str, document: str, on: str, by: str,
           at: str) -> Objection:
    """Record what was decided of an objection, once."""
    check_open(case, number)
    if outcome not in OUTCOMES:
        raise NotRecorded(f"结论“{outcome}”不对，可用：{'、'.join(OUTCOMES)}")
    if not reason.strip() or not document.strip():
        raise NotRecorded("须写明理由（--reason）和文号（--document）")
    body = {"number": number, "outcome": outcome, "reason": reason.strip(),
            "document": document.strip(), "decided_on": _day(on)}
    with _writing(case) as book:
        book.append(at, by, "rule", "", "", body)
    return check_known(case, number)


def check_known(case: Path, number: int) -> Objection:
    """The objection of a number; NotRecorded names those there are."""
    known = objections_of(case)
    for one in known:
        if one.number == number:
            return one
    raise NotRecorded(f"没有第{number}号申诉，现有：{'、'.join(str(o.number) for o in known) or '无'}")


def check_open(case: Path, number: int) -> Objection:
    """The objection of a number that nothing was decided of yet."""
    one = check_known(case, number)
    if one.outcome:
        raise NotRecorded(f"第{number}号申诉已于{one.decided_on}决定“{one.outcome}”（{one.document}），不能再改")
    return one


def objections_of(case: Path) -> list[Objection]:
    """Every objection with what was decided of it, in the order they came.

    Raises BookError where the book was tampered with.
    """
    book = Book.open(case, file=FILE)
    if book is None:
        return []
    try:
        entries = book.entries()
    finally:
        book.close()
    found: dict[int, Objection] = {}
    for entry in entries:
        body = dict(entry.body or {})
        if entry.kind == "object":
            found[entry.number] = Objection(entry.number, **body)
        elif entry.kind == "rule":
            number = body.pop("number")
            found[number] = replace(found[number], **body)
    return list(found.values())


def objections_table(case: Path) -> pd.DataFrame:
    """Every objection as a reader sees it."""
    rows = [(f"第{o.number}号", f"第{o.version}版", o.town_name, o.item or "总的结果", mask_text(o.what),
             o.on, o.by, o.deadline or "未起算", "逾期" if o.late else "", o.outcome or "待决定",
             mask_text(o.reason),
             " ".join(filter(None, (o.decided_on, o.document)))) for o in objections_of(case)]
    return pd.DataFrame(rows, columns=["申诉", "对", "单位", "指标", "内容", "收到", "申诉人", "期限",
                                       "逾期", "结论", "理由", "决定"], dtype=object)


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        raise NotRecorded(f"日期“{text}”不对，应如 2024-03-08") from None


__all__ = ["FILE", "GRANTED", "OUTCOMES", "NotRecorded", "Objection", "add", "check_open",
           "deadline_of", "decide", "objections_of", "objections_table"]
