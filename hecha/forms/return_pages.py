"""The sheets of the return: 镇核查 村核查 入户核查, made by formulas, in the intake's columns.

Nothing is typed there.  Rows that are not there (缺项, reserves that were not needed) do
not leave gaps: each row of the return looks up the next one that is.  A blank is one
blank character there: a saved formula whose result is no text at all looks like one
that was never calculated, which the intake must refuse.
"""

from __future__ import annotations

from hecha.case.returns import HOUSEHOLD_SHEET
from hecha.case.shapes import HOUSEHOLDS, OBSERVATIONS
from hecha.forms.check_page import Record
from hecha.forms.counting_page import CountingPage
from hecha.forms.household_page import HouseholdCells
from hecha.forms.paper import Book, Page, quoted

NOTHING = " "
_OBSERVED = (14, 11, 16, 16, 40)
_RECORD_HEADS = ("次序", "单位代码", "指标代码", "记录项", "数值", "备注")


def records_page(book: Book, name: str, forms: dict[str, list[Record]]) -> dict[str, list[str]]:
    """记录计算: the possible rows of each form; its columns' ranges by form."""
    page = book.page(name, (6, 14, 11, 16, 16, 40), colour="#BFBFBF")
    page.put(0, 0, "记录计算（自动，不填）：各表逐项记录，“次序”为空的不进回收表", "small", text_wrap=False)
    row, found = 1, {}
    for form, records in forms.items():
        page.wide(row, 0, 5, form, "band")
        for column, head in enumerate(_RECORD_HEADS):
            page.put(row + 1, column, head, "head")
        first, last, count = row + 2, row + 1 + len(records), 0
        for number, record in enumerate(records, first):
            count += record.at_first[0]
            _record(page, number, first, record, count)
        found[form] = [page.range(first, column, last, column) for column in range(6)]
        row = last + 2
    page.sheet.fit_to_pages(1, 0)
    return found


def _record(page: Page, row: int, first: int, record: Record, count: int) -> None:
    there, measure, note = record.at_first
    number = "1" if row == first else f"COUNT({page.range(first, 0, row - 1, 0)})+1"
    page.formula(row, 0, f'IF({record.active},{number},"")', count if there else "")
    page.put(row, 1, record.unit, "code")
    page.put(row, 2, record.item, "code")
    page.formula(row, 3, record.measure, measure, "fixed")
    page.formula(row, 4, record.value, "", "fixed")
    page.formula(row, 5, record.note, note, "fixed")


def observed_page(book: Book, form: str, ranges: list[str], records: list[Record]) -> None:
    """A form of the return in the five columns of an observation."""
    page = book.page(form, _OBSERVED, colour="#8CA6BF")
    for column, head in enumerate(OBSERVATIONS.columns):
        page.put(0, column, head.header, "head")
    at_first = [(r.unit, r.item, r.at_first[1], "", r.at_first[2]) for r in records
                if r.at_first[0]]
    for row in range(1, len(records) + 1):
        values = at_first[row - 1] if row <= len(at_first) else [""] * 5
        for column, value in enumerate(values):
            page.formula(row, column, _looked_up(ranges[column + 1], ranges[0], row),
                         value or NOTHING,
                         "fixed", **({"text_wrap": False} if column == 4 else {}))
    _printed(page)


def households_page(book: Book, counting: CountingPage, homes: list[HouseholdCells]) -> None:
    """入户核查: one row a visited household, in the columns of the return."""
    widths = [18, 14, 16, 9, 11, 9] + [9] * (len(HOUSEHOLDS.columns) - 7) + [30]
    page = book.page(HOUSEHOLD_SHEET, widths, landscape=True, colour="#8CA6BF")
    page.sheet.set_row(0, 54)
    for column, head in enumerate(HOUSEHOLDS.columns):
        page.put(0, column, head.header, "head", font_size=9)
        for row in range(1, len(homes) + 1):
            page.formula(row, column, _looked_up(counting.facts(column), counting.seq(), row),
                         NOTHING, "plain", font_size=9)
    page.sheet.freeze_panes(1, 1)
    page.sheet.repeat_columns(0, 0)
    _printed(page)


def _looked_up(values: str, numbers: str, number: int) -> str:
    found = f"INDEX({values},MATCH({number},{numbers},0))"
    return f'IFERROR(IF({found}="",{quoted(NOTHING)},{found}),{quoted(NOTHING)})'


def _printed(page: Page) -> None:
    page.sheet.freeze_panes(1, 0) if page.name != HOUSEHOLD_SHEET else None
    page.sheet.repeat_rows(0)
    page.sheet.fit_to_pages(1, 0)
