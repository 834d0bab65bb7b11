"""Phones: exports of ODK Collect and KoboToolbox, wide rows made long again.

A phone form has one column for each observed fact, named `<item>__<measure>` with dots
and dashes of the codes made underscores (`T_A1_2__numerator`, `T_A1_2__na`), besides
`town`, `village`, `team` and the columns of the household form under their English names.
Group paths before a name (`main/T_A1_2__numerator`, `main-T_A1_2__numerator`) are
dropped.  Every long row remembers the cell of the export it came from.

An export is one CSV file, or a zip of them (repeats are files of their own).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from hecha.case.returns import FORM_FILE, HOUSEHOLD_SHEET, TEAM_SHEET
from hecha.case.shapes import HOUSEHOLDS, TEAMS
from hecha.plan import Plan
from hecha.problems import Place, Problems
from hecha.tables import Column, Grid, cell_name, grids_of

MOST_BYTES, MOST_FILES, MOST_RATIO = 64 * 2**20, 200, 200
# what the servers add of their own (ODK Central, KoboToolbox, Aggregate)
META = re.compile(r"(_.*|start|end|today|deviceid|device.*|username|phonenumber|simserial|"
                  r"subscriberid|SubmissionDate|SubmitterID|SubmitterName|KEY|PARENT_KEY|SET-OF-.*|"
                  r"instanceID|instanceName|meta|formdef_version|__version__|audit|ReviewState|"
                  r"AttachmentsPresent|AttachmentsExpected|Status|FormVersion|Edits|.*_note|.*_label)")
WORDS = {"pass": "达标", "fail": "不达标", "not_applicable": "不适用", "n_a": "不适用"}
UNITS = ("town", "village")


@dataclass
class PhoneFile:
    """A town's facts from phones, as grids of the county's forms.

    `origin`: (sheet, row, header) → place in the export; a header of "" is the row's own.
    """

    town: str
    grids: dict[str, Grid]
    origin: dict[tuple[str, int, str], Place] = field(default_factory=dict)


def question_name(item: str, measure: str) -> str:
    """The column of one observed fact in a phone form.

    A code that begins with a digit gets an underscore before it: XML allows no digit there.

    >>> question_name("T-A1-2", "numerator"), question_name("2.1.3", "少开次数")
    ('T_A1_2__numerator', '_2_1_3__少开次数')
    """
    name = f"{_flat(item)}__{_flat(measure)}"
    return name if re.match(r"[^\W\d]", name) else f"_{name}"


def _flat(code: str) -> str:
    return re.sub(r"[.\-]", "_", code)


def questions(plan: Plan) -> dict[str, tuple[str, str, str]]:
    """Column → (sheet's form, item, measure) for everything the plan observes, and its 缺项.

    Whether an item may be 缺项 is for the scoring to say, at the cell.
    """
    found = {}
    for (sheet, code), item in plan.item.items():
        for measure in (*item.observed, *(("na",) if item.observed else ())):
            found[question_name(code, measure)] = (plan.sheet[sheet].form, code, measure)
    return found


def is_zip_of_tables(name: str, data: bytes) -> bool:
    """Whether a file is a zip archive that is not itself a workbook."""
    return name.lower().endswith(".zip") and data[:2] == b"PK"


def unzipped(name: str, data: bytes, problems: Problems) -> dict[str, bytes]:
    """The CSV files of an export, by the name a reader finds them under (a.zip/b.csv).

    A damaged, huge or wily archive is one problem and no files; media are left.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            fault = _zip_fault(members)
            if fault:
                problems.error(Place(name), "zip", fault)
                return {}
            return {f"{name}/{m.filename}": archive.read(m) for m in members
                    if m.filename.lower().endswith(".csv")}
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError):
        problems.error(Place(name), "damaged", "压缩包不完整或设了密码，读不出来；请重新导出")
        return {}


def _zip_fault(members: list[zipfile.ZipInfo]) -> str:
    tables = [m for m in members if m.filename.lower().endswith(".csv")]
    size = sum(m.file_size for m in tables)
    if any(".." in PurePosixPath(m.filename).parts or m.filename.startswith(("/", "\\"))
           for m in members):
        return "压缩包里有指向外面的路径，不读"
    if len(tables) > MOST_FILES or size > MOST_BYTES:
        return "压缩包里的表太多或太大，不读"
    if any(m.file_size > MOST_RATIO * max(m.compress_size, 512) for m in tables):
        return "压缩包解开后大得不合理，不读"
    return "" if tables else "压缩包里没有 CSV 表"


def is_phone_table(grid: Grid, known: Mapping[str, object]) -> bool:
    """Whether a grid is a phone export: its header has two names that only phones use."""
    names = [_bare(text) for text in (grid.rows[0][1] if grid.rows else [])]
    return sum(n in known for n in names) + sum(n in _HOUSEHOLD for n in names) >= 2


def _bare(text: str) -> str:
    """A column's name without its groups."""
    return re.split(r"[/\-:]", text.strip())[-1]


_HOUSEHOLD = {c.name: c for c in HOUSEHOLDS.columns if c.name not in ("note", *UNITS)}
_TEAM = {c.name: c for c in TEAMS.columns}
_OBSERVED = ["单位代码", "指标代码", "记录项", "数值", "备注"]


def read_phone_table(grid: Grid, plan: Plan, problems: Problems,
                     files: dict[str, PhoneFile]) -> int:
    """Add a wide table's facts to the towns' files; how many submissions it held."""
    known = questions(plan)
    header = grid.rows[0][1]
    names = [_bare(text) for text in header]
    _say_unknown(grid, header, names, known, problems)
    forms = {s.form: plan.level[s.level].id for s in plan.sheets}
    towns = {s.form for s in plan.sheets if not plan.level[s.level].sampled}
    count = 0
    for row, cells in grid.rows[1:]:
        if not any(text.strip() for text in cells):
            continue
        count += 1
        told = {n: (cells[at].strip() if at < len(cells) else "") for at, n in enumerate(names)}
        _Submission(grid, row, told, names, files, problems).take(known, towns, forms)
    return count


def _say_unknown(grid: Grid, header: list[str], names: list[str], known: Mapping, problems: Problems
                 ) -> None:
    fine = {*known, *_HOUSEHOLD, *_TEAM, *UNITS, "note", "unit"}
    notes = {question_name(item, "note") for _, item, _ in known.values()}
    strange = [text for text, n in zip(header, names, strict=True)
               if n and n not in fine | notes and not META.fullmatch(text.strip())
               and not META.fullmatch(n)]
    if strange:
        problems.warning(Place(grid.file, grid.sheet, grid.rows[0][0]), "unknown_question",
                         "不认得的题目，未读取：" + "、".join(strange[:8]), expected="指标代码__记录项")


class _Submission:
    """One row of an export: one filled phone form."""

    def __init__(self, grid: Grid, row: int, told: dict[str, str], names: list[str],
                 files: dict[str, PhoneFile], problems: Problems) -> None:
        self.grid, self.row, self.told, self.names = grid, row, told, names
        self.problems = problems
        self.village = told.get("village", "") or told.get("household", "")[:12]
        self.town = told.get("town", "") or self.village[:9] or told.get("checked_town", "")
        self.files = files

    def take(self, known: Mapping, towns: set[str], forms: Mapping) -> None:
        if not re.fullmatch(r"\d{9}", self.town):
            self.problems.error(Place(self.grid.file, self.grid.sheet, self.row), "no_town",
                                "这份手机表没有镇代码，不知道是哪个镇的", found=self.town,
                                expected="town 列填9位镇代码")
            return
        file = self.files.setdefault(self.town, PhoneFile(self.town, {}))
        for at, name in enumerate(self.names):
            value = self.told[name]
            if name in known and value:
                form, item, measure = known[name]
                self._observe(file, form, item, measure, value, at,
                              self.town if form in towns else self.village)
        if self.told.get("household"):
            self._row(file, HOUSEHOLD_SHEET, HOUSEHOLDS.columns)
        if self.told.get("person_id"):
            self._row(file, TEAM_SHEET, TEAMS.columns)

    def _observe(self, file: PhoneFile, form: str, item: str, measure: str, value: str, at: int,
                 unit: str) -> None:
        grid = file.grids.setdefault(form, Grid("", form, [(1, list(_OBSERVED))]))
        number = len(grid.rows) + 1
        note = self.told.get(question_name(item, "note"), "")
        grid.rows.append((number, [unit, item, measure, WORDS.get(value, value), note]))
        place = Place(self.grid.file, self.grid.sheet, self.row, cell_name(self.row, at))
        file.origin[form, number, ""] = place
        for header in _OBSERVED:
            file.origin[form, number, header] = place

    def _row(self, file: PhoneFile, sheet: str, columns: tuple[Column, ...]) -> None:
        grid = file.grids.setdefault(sheet, Grid("", sheet, [(1, [c.header for c in columns])]))
        number = len(grid.rows) + 1
        told = {**self.told, "village": self.village, "checked_town": self.town}
        grid.rows.append((number, [WORDS.get(told.get(c.name, ""), told.get(c.name, ""))
                                   for c in columns]))
        place = Place(self.grid.file, self.grid.sheet, self.row)
        file.origin[sheet, number, ""] = place
        for c in columns:
            at = self.names.index(c.name) if c.name in self.names else -1
            file.origin[sheet, number, c.header] = (
                place.at(cell_name(self.row, at)) if at >= 0 else place)


def phone_tables(name: str, data: bytes, problems: Problems) -> list[Grid]:
    """The grids of an export: a CSV file, or the CSV files of a zip."""
    if is_zip_of_tables(name, data):
        return [grid for inner, content in unzipped(name, data, problems).items()
                for grid in grids_of(content, inner, problems)]
    return grids_of(data, name, problems)


def workbook_name(town: str) -> str:
    """What a town's file made of phone forms is called in the case."""
    return f"{FORM_FILE}_{town}.xlsx"
