"""The workbook of a team: pages in their order, and one file a town."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from hecha.batch.opening import parameters_of
from hecha.case import Case, load_case
from hecha.case.returns import FORM_FILE
from hecha.digests import sha256_file, sha256_text
from hecha.folders import find_folder, write_whole
from hecha.forms.assigned import Assigned
from hecha.forms.check_page import Typed, check_page
from hecha.forms.counting_page import counting_page
from hecha.forms.household_page import HouseholdCells, household_page
from hecha.forms.paper import Book
from hecha.forms.return_pages import households_page, observed_page, records_page
from hecha.forms.score_page import WIDTHS, ScorePage
from hecha.forms.team_page import Front, cover_page, cover_rest, team_page
from hecha.forms.visit import Visit, field_sheets, visits
from hecha.plan import Plan, load_plan
from hecha.plan.messages import nearest
from hecha.plan.model import Sheet
from hecha.scoring.results import NoSuchTown
from hecha.scoring.units import find_units

COVER, SCORES, COUNTS, RECORDS = "说明", "得分", "入户计算", "记录计算"


@dataclass(frozen=True)
class FormBook:
    """A workbook and where its inputs and results stand, for machines and tests."""

    data: bytes
    front: Front
    typed: dict[str, Typed]
    homes: list[HouseholdCells]
    scores: ScorePage


@dataclass(frozen=True)
class Before:
    """A case before the visit, and the plan with the county's own values."""

    folder: Path
    plan_folder: Path
    case: Case
    plan: Plan

    def town_codes(self, asked: Iterable[str]) -> list[str]:
        """The codes of towns given as code or name; NoSuchTown names the nearest."""
        names = find_units(self.plan, self.case.villages, self.case.drawn_villages).towns
        codes = {name: code for code, name in names.items()} | {code: code for code in names}
        for one in asked:
            if one not in codes:
                raise NoSuchTown(f"没有“{one}”这个镇。{nearest(one, [*codes])}")
        return [codes[one] for one in asked]


def opened(case: str | Path, plan: str | Path) -> Before:
    """Load a case and its plan without scoring anything."""
    folder, plan_folder = find_folder(case), find_folder(plan)
    loaded = load_case(folder, load_plan(plan_folder).forms)
    return Before(folder, plan_folder, loaded, load_plan(plan_folder, parameters_of(loaded)))


def plan_digest(plan: Plan, folder: Path) -> str:
    """The first 16 digits of the hash of the plan's files and the county's own values.

    >>> from hecha.plan import load_plan
    >>> len(plan_digest(load_plan("params/xian2023"), Path("params/xian2023")))
    16
    """
    files = sorted(path for path in folder.iterdir() if path.is_file())
    lines = [f"{path.name} {sha256_file(path)}" for path in files]
    lines += [f"{d.key} {d.value}" for d in plan.decisions]
    return sha256_text("\n".join(lines))[:16]


def write_forms(before: Before, out: Path, towns: Iterable[str] = (),
                assigned: Assigned | None = None,
                progress: Callable[[str], None] = lambda what: None) -> list[Path]:
    """One workbook a town, named as the return it will be."""
    digest, written = plan_digest(before.plan, before.plan_folder), []
    for visit in visits(before.plan, before.case, towns, assigned):
        data = form_workbook(before.plan, visit, digest).data
        written.append(write_whole(out / f"{FORM_FILE}_{visit.town}.xlsx", data))
        progress(visit.name)
    return written


def form_workbook(plan: Plan, visit: Visit, digest: str = "") -> FormBook:
    """The workbook of one town."""
    book = Book(f"{visit.name}核查表", f"{plan.plan.id} {digest}")
    cover = book.page(COVER, (16, 17, 16, 17, 16, 17), colour="#C0504D")
    result = book.page(SCORES, WIDTHS, landscape=True, colour="#C0504D")
    front = cover_page(book, cover, plan, digest, visit)
    sheets = field_sheets(plan)
    typed, links = {}, [("得分", f"'{SCORES}'!A1")]
    for sheet in sheets:
        name = _typed_name(plan, sheet)
        typed[sheet.id] = check_page(book, name, plan, sheet, visit,
                                     _units(plan, sheet, visit))
        links.append((name, f"'{name}'!A1"))
    homes = _homes(book, plan, visit, front, links)
    members = team_page(book, plan, visit, front)
    links.append(("组员", "'组员'!A1"))
    _returns(book, plan, visit, typed, homes, links)
    counting = counting_page(book, COUNTS, plan, visit, homes)
    if homes:
        households_page(book, counting, homes)
    scores = ScorePage(book, result, plan, visit, typed, counting).written()
    totals = [(total.name, total.published) for total in scores.figures.values()]
    cover_rest(front, visit, members, totals, counting.states, homes, links)
    return FormBook(book.finished(), front, typed, homes, scores)


def _typed_name(plan: Plan, sheet: Sheet) -> str:
    """镇表, 村表; the sheet's own name where a level has several."""
    alone = [s for s in field_sheets(plan) if s.level == sheet.level] == [sheet]
    return f"{plan.level[sheet.level].name}表" if alone else f"{sheet.name}·填"


def _units(plan: Plan, sheet: Sheet, visit: Visit) -> list[tuple[str, str]]:
    if plan.level[sheet.level].sampled:
        return [(village.code, village.name) for village in visit.villages]
    return [(visit.town, visit.name)]


def _homes(book: Book, plan: Plan, visit: Visit, front: Front,
           links: list[tuple[str, str]]) -> list[HouseholdCells]:
    found: list[HouseholdCells] = []
    if plan.household is None:
        return found
    for number, village in enumerate(visit.villages, 1):
        name = f"户表{number} {village.name}"
        found += household_page(book, name, plan, village, front.day)
        links.append((name, f"'{name}'!A1"))
    return found


def _returns(book: Book, plan: Plan, visit: Visit, typed: dict[str, Typed],
             homes: list[HouseholdCells], links: list[tuple[str, str]]) -> None:
    forms = {sheet.form: typed[sheet.id].records for sheet in field_sheets(plan)
             if typed[sheet.id].records}
    ranges = records_page(book, RECORDS, forms)
    for form, records in forms.items():
        observed_page(book, form, ranges[form], records)
        links.append((form, f"'{form}'!A1"))


