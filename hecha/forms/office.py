"""Office (县核查办): the sheets that no team fills on its visit, and the attendance.

A sheet such as 日常工作 is filled at the county's office, town by town, in one workbook
named as the return it will be; 考勤 takes one row a case of 缺勤, 迟到 or 早退.  As in the
teams' workbooks each fact is typed in one place, and the page that the intake reads is
made by formulas.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from hecha.case import Case
from hecha.case.desk import rows_of
from hecha.case.shapes import ATTENDANCE
from hecha.folders import write_whole
from hecha.forms.assigned import Assigned
from hecha.forms.check_page import Typed, check_page
from hecha.forms.paper import Book, Page, lines_needed, quoted
from hecha.forms.return_pages import NOTHING, observed_page, records_page
from hecha.forms.visit import Visit, field_sheets
from hecha.forms.workbook import COVER, RECORDS, Before, plan_digest
from hecha.plan import Plan
from hecha.plan.model import Sheet
from hecha.scoring.units import find_units

ATTENDANCE_FILE = "考勤"
ENTRIES = 200  # rows for cases; a county has some dozens
_WIDTHS = (13, 13, 12, 8, 14, 10, 40)
_STAFF_HEADS, _STAFF = ("人员编号", "姓名", "单位镇", "组号"), "人员"
_HOW = (
    "1. 只填“{typed}”页白色和黄色的格，黄色的是还没有填的；“{form}”页由公式生成，是回收表，不要改。",
    "2. 没有的填0或“否”，不要留空：没查不等于没有问题。某项确实不适用的，在“缺项”栏选“是”，备注写原因。",
    "3. 填完保存，不改文件名，放进卷宗的 returns/，或交县核查办收表（hecha intake）。",
)


def office_sheets(plan: Plan) -> list[Sheet]:
    """The sheets that are not filled on a visit and have facts of their own to be typed.

    >>> from hecha.plan import load_plan
    >>> [sheet.form for sheet in office_sheets(load_plan("params/xian2023"))]
    ['日常工作']
    """
    ours = [sheet for sheet in plan.sheets if sheet not in field_sheets(plan)]
    return [s for s in ours if not plan.level[s.level].sampled
            and any(item.observed for item in plan.items_of(s.id))]


def write_office(before: Before, out: Path, assigned: Assigned | None = None) -> list[Path]:
    """A workbook for each sheet of the office, and 考勤 where the plan counts attendance."""
    digest = plan_digest(before.plan, before.plan_folder)
    towns = find_units(before.plan, before.case.villages, before.case.drawn_villages).towns
    written = [write_whole(out / f"{sheet.form}.xlsx",
                           office_workbook(before.plan, sheet, towns, digest)[0])
               for sheet in office_sheets(before.plan)]
    if before.plan.attendance and len(before.case.staff):
        data = attendance_workbook(before.plan, before.case, digest, assigned)
        written.append(write_whole(out / f"{ATTENDANCE_FILE}.xlsx", data))
    return written


def office_workbook(plan: Plan, sheet: Sheet, towns: Mapping[str, str],
                    digest: str = "") -> tuple[bytes, Typed]:
    """The workbook of one sheet for all towns (code → name), and where its inputs stand."""
    book = Book(f"{sheet.name}", f"{plan.plan.id} {digest}")
    cover, name = book.page(COVER, (100,), colour="#C0504D"), f"{sheet.form}·填"
    _told(cover, plan, sheet.name, digest, [
        line.format(typed=name, form=sheet.form) for line in _HOW])
    whole = Visit("", plan.plan.title, (), 0, (), {}, {})
    typed = check_page(book, name, plan, sheet, whole, list(towns.items()))
    ranges = records_page(book, RECORDS, {sheet.form: typed.records})
    observed_page(book, sheet.form, ranges[sheet.form], typed.records)
    return book.finished(), typed


def attendance_workbook(plan: Plan, case: Case, digest: str = "",
                        assigned: Assigned | None = None) -> bytes:
    """考勤: a row a case; the person is chosen by number, name and team come by themselves."""
    rules = plan.attendance
    assert rules is not None
    book = Book(ATTENDANCE_FILE, f"{plan.plan.id} {digest}")
    states = list(dict.fromkeys(charge.state for charge in rules.charges))
    page = book.page(ATTENDANCE_FILE, _WIDTHS, landscape=True, colour="#F2C14E")
    cover = book.page(COVER, (100,), colour="#C0504D")
    _told(cover, plan, ATTENDANCE_FILE, digest, [
        f"1. 只登记{'、'.join(states)}的，一人一次一行；全都正常的不用填。计入扣分的事项：{'、'.join(rules.events)}。",
        "2. 人员编号从下拉框选（见“人员”页），姓名、组号自动填。",
        "3. 填完保存，不改文件名，放进卷宗的 roster/，代替原来的考勤表。"])
    listed = _staff(book, case, assigned)
    for column, head in enumerate(ATTENDANCE.columns):
        page.put(0, column, head.header, "head")
    for row in range(1, ENTRIES + 1):
        _case(page, row, listed, list(rules.known_events), states)
    page.sheet.freeze_panes(1, 0)
    page.sheet.repeat_rows(0)
    page.sheet.fit_to_pages(1, 0)
    return book.finished()


def _told(page: Page, plan: Plan, title: str, digest: str, lines: list[str]) -> None:
    """What the workbook is for and how it is filled."""
    page.put(0, 0, title, "title")
    page.put(1, 0, f"{plan.plan.title}（{plan.plan.year}年度）　方案{plan.plan.id}　校验码{digest}", "small")
    for row, line in enumerate(lines, 2):
        page.put(row, 0, line, "fixed", border=0)
        page.sheet.set_row(row, 16 * lines_needed(line, 99))


def _staff(book: Book, case: Case, assigned: Assigned | None) -> tuple[str, str, str]:
    """人员: who may be named; the ranges of their numbers, names and teams."""
    page = book.page(_STAFF, (14, 12, 16, 8), colour="#BFBFBF")
    members = assigned.members if assigned else case.teams
    teams = dict(zip(members["person_id"], members["team"], strict=True))
    towns = dict(zip(case.villages["town"], case.villages["town_name"], strict=True))
    for column, head in enumerate(_STAFF_HEADS):
        page.put(0, column, head, "head")
    for row, one in enumerate(rows_of(case.staff), 1):
        told = (one.person_id, one.person, towns.get(one.home_town, "县"),
                teams.get(one.person_id, ""))
        for column, text in enumerate(told):
            page.put(row, column, text, "code" if column == 0 else "fixed")
    page.sheet.freeze_panes(1, 0)
    page.sheet.repeat_rows(0)
    last = max(len(case.staff), 1)
    return tuple(page.range(1, column, last, column) for column in (0, 1, 3))  # type: ignore[return-value]


def _case(page: Page, row: int, listed: tuple[str, str, str], events: list[str],
          states: list[str]) -> None:
    """One row: 日期 人员编号 姓名 组号 事项 情况 说明."""
    numbers, names, teams = listed
    day, person = page.entry(row, 0, "date"), page.entry(row, 1, "text")
    local = day.rsplit("!", 1)[-1].replace("$", "")
    page.require(day, f"ISNUMBER({local})", "填日期，如 2024-01-07")
    page.choose_from(person, numbers, "从“人员”页里选")
    for column, found in ((2, names), (3, teams)):
        value = f"INDEX({found},MATCH({person},{numbers},0))"
        blank = quoted(NOTHING)
        page.formula(row, column, f'IF({person}="",{blank},IFERROR(IF({value}="",{blank},{value}),'
                                  f"{blank}))", NOTHING, "fixed")
    page.choose(page.entry(row, 4, "word"), events)
    page.choose(page.entry(row, 5, "word"), states)
    page.entry(row, 6, "text")
