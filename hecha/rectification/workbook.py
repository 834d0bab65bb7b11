"""The town's workbook: the rectification ledger to be filled, and how it is read back.

One protected sheet for A4: what was asked is locked, what a town fills is open, the state
is chosen from a list.  The number of the edition (版次) is that of the book's last entry when
it was written, so that a form that comes back late is held against what it was printed
from and takes nothing newer away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hecha.forms.paper import Book, Page, lines_needed
from hecha.problems import Place, Problems
from hecha.rectification.states import CHAIN, CLOSED, FIELDS, STATE, Item, Said, Step, take
from hecha.tables.contract import Column, Contract, read_table
from hecha.tables.grid import Grid
from hecha.tables.kinds import one_of
from hecha.words import mask_text

SHEET, GUIDE, FILE = "整改台账", "说明", "整改台账"
LOCKED = {"problem": "问题", "source": "来源", "indicator": "指标", "due": "时限", "unit": "单位代码"}
"""what is printed and may not be changed"""
_ORDER = ("number", "problem", "source", "indicator", "measure", "lead", "responsible", "person",
          "due", "state", "evidence", "reviewer", "unit", "id")
_HEADERS = {"number": "序号", **LOCKED, **FIELDS, "state": STATE, "id": "编号"}
_WIDTHS = (5, 30, 5, 18, 22, 14, 16, 9, 11, 9, 22, 9, 15, 24)
_HEAD_ROW = 2
_EDITION = re.compile(r"单位代码：(\S+?)　版次：(\d+)")

CONTRACT = Contract("整改台账", tuple(
    Column(name, _HEADERS[name], **({"kind": one_of(*CHAIN)} if name == "state" else {}),
           filled=name == "id", vital=name == "id", absent=name == "number")
    for name in _ORDER), key=("id",))


@dataclass(frozen=True)
class Sent:
    """A filled row: where it stands, the item's name, what is typed by field (and `state`)."""

    place: Place
    id: str
    typed: Mapping[str, str]


def printed(item: Item) -> dict[str, str]:
    """The locked cells of an item's row as they are printed: no household, no identity number."""
    return {k: mask_text(item.asked[k]) for k in LOCKED}


# -- writing -----------------------------------------------------------------------------------


def town_workbook(town: str, name: str, items: Sequence[Item], edition: int, *, title: str,
                  mark: str = "", overdue: str = "") -> bytes:
    """The workbook of one town: its items in order, the guide on a second sheet."""
    book = Book(f"{name}整改台账", f"{town} {edition}")
    page = book.page(SHEET, _WIDTHS, landscape=True, colour="#C0504D")
    last = len(_ORDER) - 1
    page.wide(0, 0, last, f"{title}{name}整改台账", "title")
    page.wide(1, 0, last, f"单位代码：{town}　版次：{edition}　共{len(items)}项。白底的格填写，灰底的格"
              f"不能改；填好按原样交回。{mark}", "small")
    for column, field in enumerate(_ORDER):
        page.put(_HEAD_ROW, column, _HEADERS[field], "head")
    for number, item in enumerate(items, 1):
        _row(page, _HEAD_ROW + number, number, item)
    _settings(page, len(items))
    _guide(book, overdue)
    return book.finished()


def _row(page: Page, row: int, number: int, item: Item) -> None:
    told = {"number": str(number), **printed(item), **item.filled, "state": item.state,
            "id": item.id}
    for column, field in enumerate(_ORDER):
        if field in FIELDS and item.state != CLOSED:
            page.entry(row, column, "text", told[field])
        elif field == "state" and item.state != CLOSED:
            page.choose(page.entry(row, column, "word", told[field]), CHAIN,
                        "未整改、整改中、待复核、销号，一步一步往前；报待复核要写佐证，销号由复核人填")
        else:
            page.put(row, column, told[field], "label", num_format="@")
    lines = max(lines_needed(told[f], w) for f, w in zip(_ORDER, _WIDTHS, strict=True))
    page.sheet.set_row(row, max(20, 13.5 * lines + 4))


def _settings(page: Page, many: int) -> None:
    page.sheet.repeat_rows(_HEAD_ROW)
    page.sheet.freeze_panes(_HEAD_ROW + 1, 2)
    page.sheet.fit_to_pages(1, 0)
    page.sheet.print_area(0, 0, _HEAD_ROW + many, len(_ORDER) - 1)


def _guide(book: Book, overdue: str) -> None:
    page = book.page(GUIDE, (4, 100))
    lines = [
        "一行是一项要整改的问题。“问题、来源、指标、时限、单位代码、编号”不能改，不要增删行。",
        "整改措施、牵头单位、责任单位、责任人、佐证由镇填写；以后清空一格，不算删除，原来填的仍在。",
        "状态只能往前：未整改 → 整改中 → 待复核 → 销号。",
        "报“待复核”必须写佐证（照片几张、文件名称、存放在哪里）。",
        "“销号”由县里的复核人填写并署名：须是上一次已报待复核的，复核人不能是责任人本人。",
        "佐证、整改措施里不要写群众的身份证号、户编号；写姓名的，只写姓。",
        f"过了时限没有销号的：{overdue}。" if overdue else "过了时限没有销号的，列为逾期。",
    ]
    page.wide(0, 0, 1, "怎样填", "title")
    for number, text in enumerate(lines, 1):
        page.put(number, 0, str(number), "centre")
        page.put(number, 1, text, "fixed")
        page.sheet.set_row(number, 32)


# -- reading back ------------------------------------------------------------------------------


def read_back(grids: Sequence[Grid], file: str, problems: Problems
              ) -> tuple[str, int, list[Sent]] | None:
    """The town's code, the edition and the filled rows; None, and a problem, if it is no form."""
    grid = next((g for g in grids if g.sheet.strip() == SHEET), None)
    if grid is None:
        if grids:
            problems.error(Place(file), "missing_sheet", f"缺少工作表“{SHEET}”",
                           found="、".join(g.sheet for g in grids))
        return None
    table = read_table(grid, CONTRACT, problems)
    found = _EDITION.search(table.preamble)
    if not found:
        problems.error(Place(file, grid.sheet, 2), "no_edition", "第2行的单位代码和版次不见了或被改了，"
                       "不能确定是哪一次发的表；请把填的内容抄到新发的表上再交")
        return None
    frame = table.frame
    fields = [*LOCKED, *FIELDS, "state"]
    rows = [Sent(Place(file, grid.sheet, int(row["row"])), row["id"],
                 {f: str(row[f] or "") for f in fields}) for row in frame.to_dict("records")]
    return found[1], int(found[2]), rows


def steps_of(sent: Sent, items: Mapping[str, Item], before: Mapping[str, Item], town: str,
             problems: Problems) -> list[Step]:
    """What a row that came back does; everything wrong with it is said at its cell.

    `items` as they stand, `before` as they stood when the form was written.
    """
    item, base = items.get(sent.id), before.get(sent.id)
    if item is None or base is None:
        problems.error(sent.place.at("编号"), "unknown_id", "没有这个编号的整改事项", found=sent.id)
        return []
    if item.asked["town"] != town:
        problems.error(sent.place.at("编号"), "other_town", "不是这个单位的整改事项", found=sent.id)
        return []
    for field, was in printed(base).items():
        if sent.typed[field] != was:
            problems.error(sent.place.at(LOCKED[field]), "locked", "这一格不能改，没有采用",
                           found=sent.typed[field] or "空白", expected=was or "空白")
    steps, said = take(item, sent.typed, base)
    for one in said:
        _tell(problems, sent.place, one)
    against = {n: s.found for s in said for n, c in FIELDS.items() if s.code == "conflict" and s.column == c}
    known = {(name, value) for _, name, value in base.refused}
    new = {n: v for n, v in against.items() if (n, v) not in known}
    return [*steps, ("refuse", {"set": new})] if new else steps


def _tell(problems: Problems, place: Place, said: Said) -> None:
    tell = problems.error if said.severity == "error" else problems.warning
    tell(place.at(said.column), said.code, said.message, found=said.found)


__all__ = ["CONTRACT", "FILE", "LOCKED", "SHEET", "Sent", "printed", "read_back", "steps_of",
           "town_workbook"]
