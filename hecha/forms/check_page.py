"""镇表 and 村表: where what was seen of a town and its villages is typed, and only there.

One line for each fact; the state of each line is told beside it.  A page gives back
where everything stands: for the scores (:class:`Asked`) and for the return, row by row
(:class:`Record`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hecha.forms.lines import Line, lines_of
from hecha.forms.paper import Book, Page, exact, lines_needed, quoted
from hecha.forms.scores import MISSING, NOT_APPLICABLE, Asked
from hecha.forms.visit import Visit
from hecha.plan import Item, Plan
from hecha.plan.model import Sheet
from hecha.plan.rules import AdditiveCapped
from hecha.plan.sentences import rule_sentence
from hecha.points import plain

_HEADS = ("指标代码", "指标", "计分办法", "记录项", "填写", "缺项", "备注（缺项写原因）", "状态")
_WIDTHS = (9, 22, 34, 25, 12, 6, 24, 9)
_CODE, _NAME, _RULE, _LABEL, _VALUE, _NA, _NOTE, _STATE = range(8)
_LINE_HEIGHT, _BLANK, _SCALE = 13.5, "", 76
_PAGE = 560.0  # points of lines that a landscape page holds at that scale, with its heads
_JUDGED = ("judgement", "tiered")  # kinds whose `score` a person gives, with the reason
_HINTS = {"yes_no": "选“是”或“否”", "yes_no_na": "选“是”“否”，不适用的选“不适用”",
          "whole": "填0或正整数，没有就填0", "number": "只填数字，不带单位",
          "number_na": "只填数字；没有评分的填“不适用”",
          "percent": "填百分号前面的数，如99.9", "text": "填篇名，没有就留空"}


@dataclass(frozen=True)
class Record:
    """One possible row of the return: formulas, and whether the row is there at all."""

    unit: str
    item: str
    active: str
    measure: str
    value: str
    note: str
    at_first: tuple[bool, str, str]


@dataclass
class Typed:
    """What a page has: `asked` by (unit, item), the possible rows of the return in order,
    and each line's cells for whoever fills the form by machine."""

    asked: dict[tuple[str, str], Asked] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    cells: list[tuple[str, Line, str, str, str]] = field(default_factory=list)


def check_page(book: Book, name: str, plan: Plan, sheet: Sheet, visit: Visit,
               units: list[tuple[str, str]]) -> Typed:
    """The page of one sheet for its units (code, name): one after the other, each on
    paper of its own."""
    page = book.page(name, _WIDTHS, landscape=True, colour="#F2C14E")
    page.wide(0, 0, _STATE, f"{sheet.name}（{visit.name}）", "title")
    page.sheet.set_row(0, 24)
    for column, head in enumerate(_HEADS):
        page.put(1, column, head, "head")
    page.sheet.freeze_panes(2, 0)
    page.sheet.repeat_rows(0, 1)
    typed, row, breaks = Typed(), 2, []
    for unit, unit_name in units:
        if row > 2:
            breaks.append(row)
        page.wide(row, 0, _STATE, f"{unit_name}　{unit}　　核查人（签字）：　　　　　　　　陪同人（签字）：", "band")
        page.sheet.set_row(row, 22)
        row = _unit(page, row + 1, plan, sheet, visit, unit, typed, breaks)
    if breaks:
        page.sheet.set_h_pagebreaks(breaks)
    page.sheet.set_print_scale(_SCALE)
    page.alarming(page.range(2, _STATE, row, _STATE), MISSING, "有误")
    return typed


def _unit(page: Page, row: int, plan: Plan, sheet: Sheet, visit: Visit, unit: str,
          typed: Typed, breaks: list[int]) -> int:
    """The lines of a unit; an item is not cut by the end of a printed page."""
    used = 0.0
    for item, lines in lines_of(plan, sheet, visit):
        height = _item(page, row, plan, unit, item, lines, typed)
        used += height
        if used > _PAGE:
            breaks.append(row)
            used = height
        row += len(lines)
    derived = [i for i in plan.items_of(sheet.id) if not i.observed]
    if derived:
        names = "、".join(f"{i.code} {i.name}" for i in derived)
        told = f"以下细项由户表自动算出，不在这里填：{names}。"
        page.wide(row, 0, _STATE, told, "small")
        page.sheet.set_row(row, _LINE_HEIGHT * lines_needed(told, sum(_WIDTHS)) + 4)
        row += 1
    return row


def _item(page: Page, top: int, plan: Plan, unit: str, item: Item, lines: list[Line],
          typed: Typed) -> float:
    """The lines of one item, what is asked on the left, what is typed on the right; their
    height in points."""
    bottom, title = top + len(lines) - 1, f"{item.name}（{plain(item.points)}分）"
    rule = rule_sentence(item, plan)
    for column, text in ((_CODE, item.code), (_NAME, title), (_RULE, rule)):
        page.block(top, column, bottom, column, text, "fixed")
    need = max(lines_needed(text, _WIDTHS[column]) for column, text in
               ((_NAME, title), (_RULE, rule)))
    na = _na_cell(page, top, bottom, item)
    values = [page.ref(top + n, _VALUE) for n in range(len(lines))]
    cells: dict[str, list[str]] = {}
    for line, cell in zip(lines, values, strict=True):
        cells.setdefault(line.measure, []).append(cell)
    asked = Asked(cells, page.range(top, _STATE, bottom, _STATE), na)
    typed.asked[unit, item.code] = asked
    height = 0.0
    for number, line in enumerate(lines):
        row = top + number
        own = max(need / len(lines), lines_needed(line.label, _WIDTHS[_LABEL]),
                  lines_needed(line.note, _WIDTHS[_NOTE]))
        height += max(19, _LINE_HEIGHT * own + 4)
        page.sheet.set_row(row, max(19, _LINE_HEIGHT * own + 4))
        _line(page, row, line, asked, unit, number == 0, typed)
    return height


def _na_cell(page: Page, top: int, bottom: int, item: Item) -> str:
    """Where 缺项 is said, if the plan allows it."""
    for row in range(top, bottom + 1):
        page.put(row, _NA, "", "closed")
    if item.na_when is None:
        return ""
    cell = page.entry(top, _NA, "word")
    page.choose(cell, ["是"], f"{item.na_when}的，在这里选“是”，右边写原因，“填写”一栏留空")
    return cell


def _line(page: Page, row: int, line: Line, asked: Asked, unit: str, first: bool,
          typed: Typed) -> None:
    page.put(row, _LABEL, line.label, "label")
    words = {"yes_no": ["是", "否"], "yes_no_na": ["是", "否", "不适用"]}.get(line.kind)
    cell = page.entry(row, _VALUE, "word" if words else "text" if line.kind == "text" else "input")
    note = page.entry(row, _NOTE, "text", line.note)
    hint = _HINTS[line.kind]
    if words:
        page.choose(cell, words, hint)
    elif line.kind != "text":
        page.require(cell, valid(line, _near(cell)), _wrong(line), hint, line.kind == "percent")
    if not line.spare:
        page.waiting(cell, unless=asked.na)
    state = state_formula(line, cell, note, asked, first)
    at_first = _BLANK if line.spare else MISSING
    page.formula(row, _STATE, state.replace(f"'{page.name}'!", ""), at_first, "centre")
    typed.records.append(_record(line, cell, note, asked, unit, first))
    typed.cells.append((unit, line, cell, note, asked.na))


def _near(cell: str) -> str:
    return cell.rsplit("!", 1)[-1].replace("$", "")


# -- what may stand in a cell ------------------------------------------------------------


def bounds(line: Line) -> tuple[str, str]:
    """The least and the largest that a number may be; blank where there is no limit."""
    item = line.item
    if line.measure == "score" and item.rule.kind in _JUDGED:
        return "0", exact(item.points)
    if line.kind == "number_na":
        return "0", exact(item.rule.full)
    low, high = item.ranges.get(line.measure, (None, None))
    least = "" if line.kind in ("number", "percent") and line.measure == "value" else "0"
    return (exact(low) if low is not None else least, exact(high) if high is not None else "")


def valid(line: Line, cell: str) -> str:
    """Whether what stands in a cell can be believed.

    A percentage between 0 and 1 is most likely one typed with its sign, so a person is
    asked; a person who means it may leave it.
    """
    if line.kind == "text":
        return f'{cell}<>""'
    if line.kind in ("yes_no", "yes_no_na"):
        words = ["是", "否", *(["不适用"] if line.kind == "yes_no_na" else [])]
        return f"OR({','.join(f'{cell}={quoted(word)}' for word in words)})"
    low, high = bounds(line)
    tests = [*([f"{cell}>={low}"] if low else []), *([f"{cell}<={high}"] if high else [])]
    if line.kind == "whole":
        tests.append(f"INT({cell})={cell}")
    if line.kind == "percent":
        tests.append(f"OR({cell}<=0,{cell}>=1)")
    otherwise = f'{cell}="不适用"' if line.kind == "number_na" else "FALSE"
    return f"IF(ISNUMBER({cell}),AND({','.join(tests or ['TRUE'])}),{otherwise})"


def _wrong(line: Line) -> str:
    low, high = bounds(line)
    between = f"（{low or '不限'}～{high}）" if high else ""
    if line.kind == "percent":
        return f"应填百分号前面的数{between}，如99.9；若填的确实就是这个数，请选“是”"
    return f"{_HINTS[line.kind]}{between}"


def state_formula(line: Line, cell: str, note: str, asked: Asked, first: bool) -> str:
    """已填, 未填, 有误, 缺项; blank for a spare line and for what a closed gate asks no more."""
    sure = line if line.kind != "percent" else _Sure(line)
    good = valid(sure, cell)
    if line.measure == "score" and line.item.rule.kind in _JUDGED:
        good = f'AND({good},{note}<>"")'
    blank = quoted(_BLANK if line.spare else MISSING)
    gate = line.item.gate
    if gate and gate.when and line.measure != gate.measure:
        blank = f'IF({asked.one(gate.measure)}="是",{quoted(_BLANK)},{blank})'
    formula = f'IF({cell}="",{blank},IF({good},"已填","有误"))'
    if not asked.na:
        return formula
    gone = f'IF({cell}="",{quoted(NOT_APPLICABLE)},"有误：缺项不填数值")'
    return f'IF({asked.na}="是",{gone},{formula})'


class _Sure(Line):
    """A percentage that the person has confirmed: any number within its bounds."""

    def __init__(self, line: Line) -> None:
        super().__init__(line.item, line.measure, "number", line.label, line.note, line.spare)


# -- rows of the return --------------------------------------------------------------------


def _record(line: Line, cell: str, note: str, asked: Asked, unit: str, first: bool) -> Record:
    """The row of a line.  Where the item is 缺项 its first row says so, and the others go;
    a value that stands there all the same is handed in too, to be asked about."""
    item, gate = line.item, line.item.gate
    active = f'{cell}<>""' if line.spare else "TRUE"
    if gate and gate.when and line.measure != gate.measure:
        active = f'OR({cell}<>"",{asked.one(gate.measure)}<>"是")'
    measure, value = quoted(line.measure), f'IF({cell}="","",{cell})'
    if asked.na:
        gone = f'{asked.na}="是"'
        active = f'IF({gone},{"TRUE" if first else f"{cell}<>{quoted(_BLANK)}"},{active})'
        if first:
            measure = f'IF({gone},"na",{measure})'
            value = f'IF({gone},IF({cell}="","是","是；又填了"&{cell}),{value})'
    there = not line.spare
    said = f'IF({note}="","",{note})'
    if isinstance(item.rule, AdditiveCapped) or not line.note:
        return Record(unit, item.code, active, measure, value, said, (there, line.measure, ""))
    return Record(unit, item.code, active, measure, value, said,
                  (there, line.measure, line.note))
