"""Rectifying (整改): the steps a person takes, written in the case's own book of rectification.

`.hecha/rectification.sqlite` is a book like that of the records (append-only, chained), but
a second one: what a town puts right changes no score and voids no approval.  Every step is
one transaction; everything wrong with a folder of forms is said at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from hecha.batch.contents import KEPT_REGISTER
from hecha.batch.opening import Opened, open_case
from hecha.case.desk import ENDINGS
from hecha.folders import find_folder, safe_name, write_whole
from hecha.intake.book import Book, Entry
from hecha.intake.cells import Cells
from hecha.plan import Plan
from hecha.problems import HechaError, Place, Problem, Problems
from hecha.rectification.register import Register, as_text, published, register_of
from hecha.rectification.standing import Named, standing
from hecha.rectification.states import (
    CLOSED,
    FIELDS,
    KIND_NAMES,
    Item,
    NotAllowed,
    Step,
    apply,
    closing,
    replay,
    sending_back,
)
from hecha.rectification.workbook import FILE, LOCKED, Sent, read_back, steps_of, town_workbook
from hecha.report.naming import marked
from hecha.report.views import county_name
from hecha.scoring import Results
from hecha.tables import Grid, grids_of
from hecha.tables.preflight import MAX_FILE_BYTES
from hecha.tables.writing import write_csv
from hecha.words import mask_text

BOOK = "rectification.sqlite"
SHEET = "整改台账"
_NOT_SENT = ("~$", ".")


class NotIssued(HechaError):
    """The case has no rectification yet."""


class Unreceived(HechaError):
    """A workbook would be written over that holds what nobody has received."""


@dataclass
class Issued:
    """What an issuing did: the items as they stand, what is new, gone, and wrong."""

    items: dict[str, Item]
    steps: list[Named]
    problems: Problems
    written: list[Path] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """How many items got a step of this kind."""
        return len({name for name, step in self.steps if step[0] == kind})


@dataclass
class ReceivedForms:
    """What came of a folder of filled forms: files read, steps written, what is wrong, where."""

    files: int
    steps: list[Named]
    problems: list[Problem]
    cells: list[str]

    @property
    def errors(self) -> int:
        """How many of the problems are errors."""
        return sum(p.severity == "error" for p in self.problems)


# -- the book ----------------------------------------------------------------------------------


@contextmanager
def _book(case: Path, make: bool = False) -> Iterator[Book]:
    book = Book.open(case, make=make, file=BOOK)
    if book is None:
        raise NotIssued(f"卷宗 {case.name} 还没有交办整改（hecha rectify issue {case.name}）")
    try:
        yield book
    finally:
        book.close()


def _entries(case: Path) -> list[Entry]:
    book = Book.open(case, file=BOOK)
    if book is None:
        return []
    try:
        return book.entries()
    finally:
        book.close()


def _write(book: Book, steps: Sequence[Named], by: str, at: str) -> None:
    for name, (kind, body) in steps:
        book.append(at, by, kind, SHEET, name, body)


# -- issuing -----------------------------------------------------------------------------------


def issue(case: str | Path, plan: str | Path, out: Path, by: str, at: str, on: date) -> Issued:
    """Hand the list to the towns: new items enter the book, every town gets its workbook.

    Raises Unreceived, and writes nothing, where a workbook in `out` holds what was filled
    and never received.
    """
    opened = open_case(case, plan)
    return hand_over(opened.results, opened.case.rectification, opened.folder, out, by, at, on)


def hand_over(results: Results, handed: pd.DataFrame, case: Path, out: Path, by: str, at: str,
              on: date) -> Issued:
    """As `issue`, for results and a handed-in ledger that are there already."""
    _nothing_unreceived(case, out)
    problems = Problems()
    with _book(case, make=True) as book:
        with book.writing():
            steps, items = standing(results, handed, book.entries(), problems, on)
            _write(book, steps, by, at)
            edition = len(book.entries())
    issued = Issued(items, steps, problems)
    issued.written = write_workbooks(results, items, edition, out)
    write_csv(published(register_of(results, items.values())), out / marked(f"{FILE}.csv", results))
    return issued


def write_workbooks(results: Results, items: dict[str, Item], edition: int, out: Path
                    ) -> list[Path]:
    """One workbook for every town that has something to put right, be it without a task of its own."""
    written, plan = [], results.plan
    overdue = plan.rectification.overdue if plan.rectification else ""
    for town, name in (results.units.towns | results.units.excluded).items():
        own = [i for i in items.values() if i.asked["town"] == town and not i.withdrawn]
        if own:
            data = town_workbook(town, name, own, edition, mark=results.mark, overdue=overdue,
                                 title=f"{county_name(results)}{plan.plan.year}年")
            written.append(write_whole(out / marked(workbook_name(town, name), results), data))
    return written


def workbook_name(town: str, name: str) -> str:
    """What a town's workbook is called."""
    return safe_name(f"{FILE}_{town}_{name}") + ".xlsx"


def _nothing_unreceived(case: Path, out: Path) -> None:
    """Refuse to write over forms that hold what the book does not have."""
    if not out.is_dir():
        return
    entries = _entries(case)
    items, full = replay(entries), []
    for path in sorted(out.glob(f"{FILE}_*.xlsx")):
        steps, problems, _ = _steps_of_file(path.name, _grids(path, own := Problems()), items, entries)
        if steps or problems.errors or own.errors:
            full.append(path.name)
    if full:
        raise Unreceived(f"{'、'.join(full)} 里有填了还没有收的内容，没有覆盖，什么都没有写；请先收表"
                         "（hecha rectify receive）、改好不对的格，或换一个 --out")


# -- receiving ---------------------------------------------------------------------------------


def receive(case: str | Path, folder: str | Path, by: str, at: str, on: date | None = None
            ) -> ReceivedForms:
    """Read a folder (or one file) of filled workbooks into the book: all good steps, all problems.

    `on` is the day by which a term has passed; the day of `at` unless it is given.
    """
    on = on or date.fromisoformat(at[:10])
    home = find_folder(case)
    paths = _listed(folder)
    problems, grids, done = Problems(), [], []
    with _book(home) as book, book.writing():
        entries = book.entries()
        items = replay(entries)
        for path in paths:
            own = Problems()
            sheets = _grids(path, own)
            steps, said, rows = _steps_of_file(path.name, sheets, items, entries)
            for name, step in steps:
                apply(items, name, step, at, by)
            _write(book, steps, by, at)
            _say_late(rows, items, said, on)
            done += steps
            grids += sheets
            problems.found += [*own, *said]
    cells = Cells(grids)
    return ReceivedForms(len(paths), done, list(problems),
                         [cells.name(p.place) for p in problems])


def _listed(folder: str | Path) -> list[Path]:
    given = Path(folder)
    found = [given] if given.is_file() else sorted(
        p for p in find_folder(folder).rglob("*") if p.is_file()
        and p.suffix.lower() in ENDINGS and p.suffix.lower() != ".csv"
        and not p.name.startswith(_NOT_SENT))
    if not found:
        raise NotIssued(f"“{given.name}”里没有工作簿")
    return found


def _grids(path: Path, problems: Problems) -> list[Grid]:
    with path.open("rb") as file:
        return grids_of(file.read(MAX_FILE_BYTES + 1), path.name, problems)


def _steps_of_file(name: str, grids: list[Grid], items: dict[str, Item], entries: list[Entry]
                   ) -> tuple[list[Named], Problems, list[Sent]]:
    """The steps of one workbook, held against the items as they stand and as they were printed."""
    problems = Problems()
    found = read_back(grids, name, problems) if grids else None
    if found is None:
        return [], problems, []
    town, edition, rows = found
    if edition > len(entries):
        problems.error(Place(name, SHEET, 2), "edition", "登记簿里还没有这一版，不是这个卷宗发的表",
                       found=str(edition))
        return [], problems, []
    before = replay(entries, edition)
    steps = [(sent.id, (kind, body | {"edition": edition, "file": name})) for sent in rows
             for kind, body in steps_of(sent, items, before, town, problems)]
    _say_lost_rows(name, town, rows, before, problems)
    return steps, problems, rows


def _say_lost_rows(name: str, town: str, rows: list[Sent], before: dict[str, Item],
                   problems: Problems) -> None:
    lost = [i.id for i in before.values() if i.asked["town"] == town and not i.withdrawn
            and i.id not in {r.id for r in rows}]
    if lost:
        problems.warning(Place(name, SHEET), "rows_lost", f"少了{len(lost)}行，登记的内容不变："
                         f"{'、'.join(lost[:5])}" + ("等" if len(lost) > 5 else ""))


def _say_late(rows: list[Sent], items: dict[str, Item], problems: Problems, on: date) -> None:
    """Rows whose term has passed by a day and that are not closed."""
    for sent in rows:
        item = items.get(sent.id)
        due = item.asked["due"] if item else ""
        if item and due and item.state != CLOSED and not item.withdrawn:
            days = (on - date.fromisoformat(due)).days
            if days > 0:
                problems.warning(sent.place.at(LOCKED["due"]), "overdue",
                                 f"时限已过{days}天，仍是“{item.state}”", found=due)


# -- deciding ----------------------------------------------------------------------------------


def close(case: str | Path, names: Sequence[str], reviewer: str, by: str, at: str) -> str:
    """Close items that stand at 待复核: all that are named, or none."""
    return _decide(case, names, lambda item: closing(item, reviewer), by, at, "销号")


def send_back(case: str | Path, names: Sequence[str], reason: str, by: str, at: str) -> str:
    """Send items at 待复核 back to 整改中, with a reason: all that are named, or none."""
    return _decide(case, names, lambda item: sending_back(item, reason), by, at, "退回整改")


def _decide(case: str | Path, names: Sequence[str], steps_for, by: str, at: str, what: str) -> str:
    with _book(find_folder(case)) as book, book.writing():
        items = replay(book.entries())
        unknown = [n for n in names if n not in items]
        if unknown:
            raise NotAllowed(f"没有这个编号的整改事项：{'、'.join(unknown)}")
        steps: list[Named] = [(n, s) for n in dict.fromkeys(names) for s in steps_for(items[n])]
        _write(book, steps, by, at)
    return f"{what}{len(set(names))}项：{'、'.join(dict.fromkeys(names))}"


def history(case: str | Path, name: str) -> pd.DataFrame:
    """序号, 时间, 经办人, 事项, 说明 of one item, from first to last."""
    with _book(find_folder(case)) as book:
        entries = [e for e in book.entries() if e.unit == name]
    if not entries:
        raise NotAllowed(f"没有这个编号的整改事项：{name}")
    rows = [(e.number, e.at, e.who, KIND_NAMES[e.kind],
             mask_text(_said((e.kind, e.body or {})))) for e in entries]
    return pd.DataFrame(rows, columns=["序号", "时间", "经办人", "事项", "说明"], dtype=object)


def _said(step: Step) -> str:
    kind, body = step
    if kind == "ask":
        return f"{body['asked']['problem']}；时限{body['asked']['due'] or '未定'}"
    if kind == "fill":
        return "；".join(f"{FIELDS[f]}“{body['was'].get(f, '')}”→“{v}”" for f, v in body["set"].items())
    if kind == "refuse":
        return "；".join(f"{FIELDS[f]}“{v}”与同一版已登记的不同" for f, v in body["set"].items())
    if kind == "move":
        why = f"：{body['reason']}" if body.get("reason") else ""
        return f"{body['from']}→{body['to']}{why}"
    if kind == "hand":
        return f"卷宗整改台账第{body['row'].get('number', '')}号，{body['row'].get('state', '')}"
    return body.get("reason", "")


def verify(case: str | Path) -> tuple[list[str], str]:
    """What is wrong with the book's chain (nothing if whole), and the sentence to note down."""
    with _book(find_folder(case)) as book:
        faults = book.faults()
        if faults:
            return faults, ""
        return [], f"整改登记簿完好，共{len(book.entries())}条。链尾 {book.head}，请抄记备查。"


# -- telling -----------------------------------------------------------------------------------


def register_now(opened: Opened, last_year: Results | None = None) -> Register:
    """The register of a case as it stands now; nothing is written."""
    _, items = standing(opened.results, opened.case.rectification, _entries(opened.folder),
                        Problems())
    lost = None if last_year is None else lost_in(last_year, opened.results.plan)
    return register_of(opened.results, items.values(), lost,
                       str(last_year.plan.plan.year) if last_year else "")


def write_register(opened: Opened, out: Path, last_year: Results | None = None) -> None:
    """Keep the register beside a run's results, for its notebook and as a table."""
    register = register_now(opened, last_year)
    write_csv(published(register), out / marked("tables/rectification.csv", opened.results))
    write_whole(out / KEPT_REGISTER, as_text(register, opened.results.mark))


def lost_in(results: Results, plan: Plan | None = None) -> dict[tuple[str, str, str], bool]:
    """(sheet, unit, item) that a run judged → whether it lost points there.

    What is not among them nobody looked at.  With another year's `plan`, an item that is called
    otherwise there is left out: one code, two items.
    """
    names, now = ({(i.sheet, i.code): i.name for i in one.items}
                  for one in (results.plan, plan or results.plan))
    judged = {(r.sheet, r.unit, r.item): False for r in results.items.itertuples(index=False)
              if r.state != "missing"}
    sums = results.ledger[results.ledger["item"] != ""].groupby(
        ["sheet", "unit", "item"])["points"].sum()
    found = judged | {key: points > 0 for key, points in sums.items()}
    return {key: lost for key, lost in found.items()
            if names.get((key[0], key[2])) == now.get((key[0], key[2]))}


__all__ = ["BOOK", "KEPT_REGISTER", "Issued", "NotIssued", "ReceivedForms", "Unreceived", "close", "history",
           "issue", "lost_in", "receive", "register_now", "send_back", "verify",
           "workbook_name", "write_register", "write_workbooks"]
