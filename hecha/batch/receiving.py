"""Receiving (收表): a folder of returned files, read, checked, accounted and recorded.

The folder may be a whole case or what lay on a stick; with a case beside it, the case's
roster and draw are what the returns are held against, and every form becomes an entry of
its book.  Nothing is lost: each file is named with what became of it, each row is used or
set aside with its reason.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from hecha.batch.opening import parameters_of
from hecha.case import Case, load_case
from hecha.case.desk import ENDINGS
from hecha.case.returns import HOUSEHOLD_SHEET, TEAM_SHEET
from hecha.digests import sha256_bytes
from hecha.folders import find_folder
from hecha.intake import phones
from hecha.intake.book import Book
from hecha.intake.cells import Cells
from hecha.intake.effective import ROOMS, keep_received, renamed
from hecha.intake.patterns import lateness, patterns
from hecha.intake.sent import SentFile, contract_of, sent_file
from hecha.intake.states import (
    DRAFT,
    STATE_NAMES,
    NotAllowed,
    Told,
    check,
    digest_of,
    replay,
    step,
)
from hecha.plan import Plan, load_plan
from hecha.problems import HechaError, Place, Problem, Problems
from hecha.scoring import score_case
from hecha.scoring.facts import missing_measures, read_facts
from hecha.tables import Grid, grids_of, read_table
from hecha.tables.preflight import MAX_FILE_BYTES
from hecha.tables.writing import write_workbook

Progress = Callable[[str, int, int], None]
_NOT_SENT = ("~$", ".", "Thumbs.db", "desktop.ini")
NEWS = ["sheet", "unit", "file", "team", "outcome", "state", "why"]


@dataclass
class Received:
    """What came of a folder.

    * `files`: file, size, digest, state (已读 / 读不出 / 未读), sheets, why
    * `problems`: problem objects of these files; `cells`: each one's cell, in the same order
    * `accounts`, `set_aside`: as in a Case, of these files alone
    * `news`: sheet, unit, file, team, outcome, state, why of every form that was recorded
    * `lateness`, `patterns`: see hecha.intake.patterns
    * `missing`: town, town_name, what of the towns whose forms came
    * `beyond`: how many problems other files of the case have
    """

    folder: Path
    plan: Plan
    case: Case
    files: pd.DataFrame
    problems: list[Problem]
    cells: list[str]
    accounts: pd.DataFrame
    set_aside: pd.DataFrame
    news: pd.DataFrame
    lateness: pd.DataFrame
    patterns: pd.DataFrame
    missing: pd.DataFrame
    beyond: int = 0

    @property
    def errors(self) -> int:
        """How many of the problems are errors."""
        return sum(p.severity == "error" for p in self.problems)

    @property
    def balanced(self) -> bool:
        """Whether read = used + set aside holds for every sheet, and every row is told."""
        a = self.accounts
        told = self.set_aside.groupby(["file", "sheet"]).size().to_dict()
        return bool((a["read"] == a["used"] + a["set_aside"]).all()) and all(
            told.get(key, 0) == n for *key_, n in
            a[["file", "sheet", "set_aside"]].itertuples(index=False) for key in [tuple(key_)])


@dataclass
class _Bag:
    """The files of a folder as they are read, one after another."""

    problems: Problems = field(default_factory=Problems)
    data: dict[str, bytes] = field(default_factory=dict)
    grids: dict[str, list[Grid]] = field(default_factory=dict)
    towns: dict[str, phones.PhoneFile] = field(default_factory=dict)
    phone_rows: dict[str, tuple[str, int]] = field(default_factory=dict)


def receive(folder: str | Path, plan: str | Path, case: str | Path = "", *, by: str = "",
            at: str = "", progress: Progress = lambda *_: None, keep: bool = True) -> Received:
    """Read a folder of returns; with `case`, hold it against that case and record it there.

    With `keep=False` nothing is recorded.  `by` is who hands it in (otherwise the team named in the file), `at` the time of the
    entries.  Raises NoSuchFolder, Refused (a wrong plan) and BookError.
    """
    folder = find_folder(folder)
    beside = find_folder(case) if case else None
    bare = load_plan(find_folder(plan))
    bag = _read_all(folder, bare, progress)
    progress("核对", 0, 1)
    staged, shown = _load(folder, beside, bare, bag)
    judged = load_plan(find_folder(plan), parameters_of(staged))
    found = _received(folder, judged, staged, bag, set(shown.values()) | set(bag.data))
    if beside is not None and keep:
        progress("登记", 0, 1)
        sent = _sent_files(bag, judged, folder)
        found.news = record(beside, sent, judged, by, at)
    progress("完成", 1, 1)
    return found


# -- reading -------------------------------------------------------------------------------


def _listed(folder: Path) -> list[Path]:
    rooms = [folder / room for room in ROOMS if (folder / room).is_dir()]
    files = [p for room in rooms or [folder] for p in room.rglob("*") if p.is_file()]
    return sorted(p for p in files if not p.name.startswith(_NOT_SENT)
                  and ".hecha" not in p.relative_to(folder).parts)


def _read_all(folder: Path, plan: Plan, progress: Progress) -> _Bag:
    bag, paths = _Bag(), _listed(folder)
    known = phones.questions(plan)
    for number, path in enumerate(paths, 1):
        shown = path.relative_to(folder).as_posix()
        progress(shown, number, len(paths))
        _read_one(bag, path, shown, plan, known)
    return bag


def _read_one(bag: _Bag, path: Path, shown: str, plan: Plan, known: dict) -> None:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError:
        bag.problems.error(Place(shown), "unreadable", "文件打不开，请检查是否有权读取")
        return
    bag.data[shown] = data
    silent = Problems()
    phone = phones.is_zip_of_tables(shown, data)
    grids = phones.phone_tables(shown, data, bag.problems if phone else silent) if (
        phone or path.suffix.lower() in ENDINGS) else []
    bag.grids[shown] = grids
    for grid in grids:
        if phone or (grid.delimited and phones.is_phone_table(grid, known)):
            count = phones.read_phone_table(grid, plan, bag.problems, bag.towns)
            bag.phone_rows[grid.file] = (shown, count)


# -- laying the returns out beside the case ----------------------------------------------------


def _load(folder: Path, beside: Path | None, plan: Plan, bag: _Bag) -> tuple[Case, dict[str, str]]:
    """The case as these files make it, every place named as it lies in the folder."""
    whole = any((folder / room).is_dir() for room in ROOMS)
    if whole and beside is None and not bag.towns:
        return load_case(folder, plan.forms), {}
    with tempfile.TemporaryDirectory(prefix="hecha-") as name:
        stage = Path(name)
        base = beside or folder
        attended = attendance_in(bag.data)
        for room in ("roster", "draw"):
            if (base / room).is_dir() and not (room == "roster" and attended):
                _beside(base / room, stage / room)
        shown = _lay_attendance(base / "roster", stage / "roster", attended, bag)
        for file in base.glob("*.md"):
            (stage / file.name).write_bytes(file.read_bytes())
        shown |= _lay_returns(stage, bag, attended)
        return renamed(load_case(stage, plan.forms), shown), shown


def _beside(room: Path, place: Path) -> None:
    """A room of the case as it is, by a link where the system has links."""
    try:
        place.symlink_to(room.resolve(), target_is_directory=True)
    except OSError:
        shutil.copytree(room, place)


def attendance_in(names: Iterable[str]) -> str:
    """The table of attendance among files that lie loose; "" where there is none.

    >>> attendance_in(["returns/日常工作.xlsx", "U盘/考勤.xlsx"])
    'U盘/考勤.xlsx'
    """
    loose = [name for name in names if not name.startswith("roster/")
             and name.rsplit("/", 1)[-1].rpartition(".")[0] == ATTENDANCE]
    return next(iter(sorted(loose)), "")


def _lay_attendance(roster: Path, place: Path, name: str, bag: _Bag) -> dict[str, str]:
    """A loose 考勤 in the place of the case's own: staged path → shown name."""
    if not name:
        return {}
    if roster.is_dir():
        shutil.copytree(roster, place, ignore=shutil.ignore_patterns(f"{ATTENDANCE}.*"))
    place.mkdir(exist_ok=True)
    staged = f"{ATTENDANCE}.{name.rpartition('.')[2]}"
    (place / staged).write_bytes(bag.data[name])
    return {f"roster/{staged}": name}


def _lay_returns(stage: Path, bag: _Bag, elsewhere: str) -> dict[str, str]:
    """Write the returned files where the loader looks: staged path → shown name."""
    shown: dict[str, str] = {}
    (stage / "returns").mkdir()
    exports = {first for first, _ in bag.phone_rows.values()}
    by_name = defaultdict(list)
    for name in bag.data:
        if name not in {*exports, elsewhere} and not name.startswith(("roster/", "draw/")):
            by_name[name.rsplit("/", 1)[-1]].append(name)
    for last, names in by_name.items():
        for name in names:
            within = name.rsplit("/", 1)[0] if "/" in name else ""
            stem, dot, ending = last.rpartition(".")
            staged = last if len(names) == 1 else f"{stem}（{within.replace('/', '_')}）{dot}{ending}"
            (stage / "returns" / staged).write_bytes(bag.data[name])
            shown[f"returns/{staged}"] = name
    for town, file in bag.towns.items():
        staged = phone_file(town)
        write_workbook(stage / "returns" / staged, _phone_frames(file))
        shown[f"returns/{staged}"] = staged
    return shown


def _phone_frames(file: phones.PhoneFile) -> dict[str, pd.DataFrame]:
    """A town's phone forms as sheets; the last column says where each row came from."""
    frames = {}
    for sheet, grid in file.grids.items():
        rows = [[*cells, str(file.origin[sheet, number, ""])] for number, cells in grid.rows[1:]]
        frames[sheet] = pd.DataFrame(rows, columns=[*grid.rows[0][1], ORIGIN], dtype=object)
    return frames


ORIGIN, ATTENDANCE = "手机来源", "考勤"


def _held_against(plan: Plan, case: Case, bag: _Bag) -> tuple[list[Problem], pd.DataFrame]:
    """Every problem of case and plan at its own place, and what the forms still lack."""
    problems, lacking = list(case.problems), pd.DataFrame(columns=["town", "town_name", "what"])
    with suppress(HechaError):  # a plan without an income standard judges no household
        results = score_case(plan, case)
        problems, lacking = list(results.problems), results.missing
    origins = {(phone_file(town), *key): place for town, file in bag.towns.items()
               for key, place in file.origin.items()}
    found = [replace(p, place=origins.get((p.place.file, p.place.sheet, p.place.row,
                                           p.place.column), p.place))
             for p in problems if ORIGIN not in p.message]
    came = lacking["town"].isin(_towns_in(case))
    return list(dict.fromkeys(found)), lacking[came].reset_index(drop=True)


def _towns_in(case: Case) -> set[str]:
    """The towns whose forms came, whole or in part, or came twice."""
    return set(case.forms_in) | {unit[:9] for p in case.problems if p.place.file for unit in p.units
                                 if p.code in ("two_files", "missing_sheet")}


def phone_file(town: str) -> str:
    """What a town's forms from phones are called in a report."""
    return f"核查记录_{town}（手机）.xlsx"


def _received(folder: Path, plan: Plan, case: Case, bag: _Bag, own: set[str]) -> Received:
    whole = any((folder / room).is_dir() for room in ROOMS)
    made = {phone_file(town) for town in bag.towns}
    inner = set(bag.phone_rows)
    held, lacking = _held_against(plan, case, bag)
    every = [*bag.problems, *held]
    mine = [p for p in every if whole or p.place.file in own | made | inner or not p.place.file]
    cells = Cells(_as_shown(bag))
    accounts = pd.concat([case.accounts[case.accounts["file"].isin(own | made) | whole],
                          _phone_accounts(bag)], ignore_index=True)
    aside = case.set_aside[case.set_aside["file"].isin(own | made) | whole]
    income = plan.household.income if plan.household else None
    return Received(
        folder=folder, plan=plan, case=case, files=_files(bag, mine, accounts), problems=mine,
        cells=[cells.name(p.place) for p in mine],
        accounts=accounts, set_aside=aside.reset_index(drop=True),
        news=pd.DataFrame(columns=NEWS, dtype=object), lateness=lateness(case.teams),
        patterns=patterns(case.households, income.standard if income else None),
        missing=lacking,
        beyond=len(every) - len(mine))


def _as_shown(bag: _Bag) -> list[Grid]:
    return [grid for grids in bag.grids.values() for grid in grids]


def _phone_accounts(bag: _Bag) -> pd.DataFrame:
    """Submissions of phone exports: read and made into rows of the towns' forms."""
    rows = [(name, "", count, count, 0) for name, (_, count) in bag.phone_rows.items()]
    return pd.DataFrame(rows, columns=["file", "sheet", "read", "used", "set_aside"])


def _files(bag: _Bag, problems: list[Problem], accounts: pd.DataFrame) -> pd.DataFrame:
    """What became of every file of the folder."""
    counted = set(accounts["file"]) | {first for first, _ in bag.phone_rows.values()}
    rows = []
    for name, data in bag.data.items():
        own = [p for p in problems if p.place.file == name
               and not (p.place.sheet or p.place.row or p.place.column)]
        why = next((p.message for p in own if p.severity == "error" or p.code == "unknown_file"), "")
        state = "已读" if name in counted else "读不出" if any(
            p.severity == "error" for p in own) else "未读"
        sheets = "、".join(g.sheet for g in bag.grids.get(name, ()) if g.sheet)
        rows.append((name, len(data), sha256_bytes(data), state, sheets, why))
    return pd.DataFrame(rows, columns=["file", "size", "digest", "state", "sheets", "why"],
                        dtype=object)


# -- recording -------------------------------------------------------------------------------


def _sent_files(bag: _Bag, plan: Plan, folder: Path) -> list[SentFile]:
    """The files that hold forms of the plan, cut into them."""
    exports = {first for first, _ in bag.phone_rows.values()}
    found = [sent_file(name, bag.data[name], grids, plan.forms)
             for name, grids in bag.grids.items()
             if grids and name not in exports and not name.startswith(("roster/", "draw/"))]
    with tempfile.TemporaryDirectory(prefix="hecha-") as place:
        for town, file in bag.towns.items():
            name = phone_file(town)
            path = Path(place) / "made.xlsx"
            write_workbook(path, _phone_frames(file))
            data = path.read_bytes()
            found.append(sent_file(name, data, grids_of(data, name, Problems()), plan.forms))
    return [file for file in found if file.forms]


def record(case: Path, sent: Iterable[SentFile], plan: Plan, by: str, at: str) -> pd.DataFrame:
    """Enter every form of the files in a case's book, in one transaction."""
    sent = list(sent)
    many = defaultdict(int)
    for file in sent:
        many[file.subject] += 1
    book = Book.open(case, make=True)
    assert book is not None
    rows = []
    try:
        with book.writing():
            told = replay(book.entries())
            if told.erased:
                raise NotAllowed("个人数据已按期清除，登记簿只可查验，不能再改")
            for file in sent:
                keep_received(case, file.digest, file.name, file.data)
                team = by or file.team
                source = team if many[file.subject] == 1 else f"{team}·{file.name}"
                rows += _record_file(book, told, file, plan, team, source, at)
            rows = [_in_the_end(told, row) for row in rows]
    finally:
        book.close()
    return pd.DataFrame(rows, columns=NEWS, dtype=object)


def _record_file(book: Book, told: Told, file: SentFile, plan: Plan, team: str, source: str,
                 at: str) -> list[tuple]:
    faults, rows = faults_of(file, plan), []
    for sent in file.forms:
        form = told.form(sent.sheet, sent.unit)
        wrong = faults.get((sent.sheet, sent.unit), [])
        outcome, kind = _outcome(told, form, sent, source, wrong)
        if kind:
            body = {"team": team, "source": source, "file": file.digest, "name": file.name,
                    "rows": list(sent.rows), "faults": wrong}
            step(told, book.append(at, team, kind, sent.sheet, sent.unit, body))
        rows.append((sent.sheet, sent.unit, file.name, team, outcome, "", "；".join(wrong[:3])))
    return rows


def _in_the_end(told: Told, row: tuple) -> tuple:
    """A line of news with the state its form has after the whole folder."""
    form = told.form(row[0], row[1])
    outcome = "与另一份不同，待决定" if form.contested else row[4]
    return (*row[:4], outcome, STATE_NAMES[form.state], row[6])


def _outcome(told: Told, form, sent, source: str, wrong: list[str]) -> tuple[str, str]:
    """What is said of a form that came, and the kind of entry it makes (blank: none)."""
    digest = digest_of(sent.rows)
    known = [v for v in form.versions if v.digest == digest]
    if any(v.source == source or not form.contested for v in known):
        if form.state == DRAFT and not wrong and known[-1].faults and form.standing:
            return "已补齐", "receive"
        return "未变", ""
    try:
        check(told, form, "receive")
    except NotAllowed as why:
        refused = str(why)
        return f"未采用：{refused}", "refuse"
    return ("更新" if form.versions else "首次"), "receive"


def faults_of(file: SentFile, plan: Plan) -> dict[tuple[str, str], list[str]]:
    """(sheet, unit) → why a form is not complete: unreadable cells, measures without a row."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for grid in file.grids:
        title = grid.sheet.strip()
        forms = [f for f in file.forms if f.sheet == title] or (
            list(file.forms) if len(file.grids) == 1 else [])
        if not forms:
            continue
        sheet, problems = forms[0].sheet, Problems()
        table = read_table(grid, contract_of(sheet), problems)
        if sheet not in (HOUSEHOLD_SHEET, TEAM_SHEET):
            _observed_faults(table.frame, plan, sheet, forms, problems, found)
        where = {row["行"]: f.unit for f in forms for row in f.rows}
        for problem in problems.errors:
            units = [where[problem.place.row]] if problem.place.row in where else [
                f.unit for f in forms]
            for unit in units:
                row = f"第{problem.place.row}行" if problem.place.row else ""
                found[sheet, unit].append(f"{row}{problem.place.column}{problem.message}")
    return dict(found)


def _observed_faults(frame: pd.DataFrame, plan: Plan, title: str, forms: list, problems: Problems,
                     found: dict[tuple[str, str], list[str]]) -> None:
    sheet = plan.forms[title]
    frame = frame.rename(columns={"sheet": "form"}).assign(sheet=sheet)
    facts = read_facts(plan, frame, {s.id: set(frame["unit"]) for s in plan.sheets}, problems)
    charges = plan.attendance.charges if plan.attendance else ()
    for form in forms:
        for item in plan.items_of(sheet):
            known = facts.get((sheet, form.unit, item.code))
            if not item.observed or (known and known.na):
                continue
            fed = [c.option for c in charges if c.item == item.code]
            lost = missing_measures(item, known, fed)
            if lost:
                labels = "、".join(item.label(m) for m in lost)
                found[title, form.unit].append(f"{item.code} {item.name}没有填{labels}")
