"""得分: every item of every unit scored by live formulas, then the sheets and the figures.

标准分, 自评分 and 核查分 stand side by side.  A sheet with anything missing shows 未填完 and
no score; 缺项 are rescaled as the plan says, in the plan's sentence.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from hecha.forms.check_page import Typed
from hecha.forms.counting_page import CountingPage
from hecha.forms.paper import Book, Page, exact, lines_needed, quoted
from hecha.forms.scores import (
    MISSING,
    NOT_APPLICABLE,
    SYSTEM,
    WRONG,
    Asked,
    Counted,
    Ground,
    deduction,
    noiseless,
    published,
    score,
)
from hecha.forms.visit import Visit, field_sheets, visit_figure
from hecha.plan import Item, Plan
from hecha.plan.model import Sheet
from hecha.plan.rules import DeductPerCase, GroupCap
from hecha.points import plain

UNFINISHED, ALL_GONE = "未填完", "全部缺项"
WIDTHS = (10, 32, 9, 13, 13, 13, 13, 13, 13, 34)
_SCALE = 66  # narrow enough for fonts wider than the one named
_CODE, _NAME, _FULL, _FIRST = range(4)
_SELF, _CHECKED, _CUT, _APPLIES, _EARNED, _EXACT, _TOLD = range(3, 10)
_HEADS = ("项目", "", "标准分", "自评分", "核查分", "自评减核查", "适用满分", "实得", "精确值", "说明")


@dataclass(frozen=True)
class Total:
    """A line of the summary: its name, the published and the exact cell."""

    name: str
    published: str
    exact: str


@dataclass(frozen=True)
class UnitScores:
    """The scores of one unit on one sheet: base items, and items of each extra."""

    sheet: Sheet
    unit: str
    name: str
    points: str
    scores: str
    extras: dict[str, list[tuple[Item, str]]]


class ScorePage:
    """The sheet of scores, from the summary down to each item."""

    def __init__(self, book: Book, page: Page, plan: Plan, visit: Visit,
                 typed: dict[str, Typed], counting: CountingPage) -> None:
        self.book, self.page, self.plan, self.visit = book, page, plan, visit
        self.typed, self.counting = typed, counting
        self.sheets = field_sheets(plan)
        self.cells: dict[tuple[str, str, str], str] = {}
        self.totals: dict[tuple[str, str], Total] = {}
        self.figures: dict[str, Total] = {}

    def units(self, sheet: Sheet) -> list[tuple[str, str]]:
        """The units of a sheet: the town, or its drawn villages."""
        if self.plan.level[sheet.level].sampled:
            return [(v.code, v.name) for v in self.visit.villages]
        return [(self.visit.town, self.visit.name)]

    def written(self) -> ScorePage:
        """Everything: the summary last, because it reads the items below it."""
        lines = sum(len(self.units(s)) for s in self.sheets) + len(self._figures())
        row, columns = lines + 5, []
        breaks = []
        for sheet in self.sheets:
            if self.units(sheet):
                breaks += [row] if columns else []
                row, found = self._items(row, sheet)
                columns += found
        self._summary(columns)
        self.page.sheet.set_h_pagebreaks(breaks)
        self.page.sheet.set_print_scale(_SCALE)
        self.page.alarming(self.page.range(0, 0, row, _TOLD), MISSING, WRONG, UNFINISHED)
        return self

    # -- items -------------------------------------------------------------------------

    def _items(self, row: int, sheet: Sheet) -> tuple[int, list[UnitScores]]:
        units = self.units(sheet)
        self.page.wide(row, 0, _TOLD, f"{sheet.name}：各细项得分（自动）", "band")
        for column, text in enumerate(("指标代码", "细项", "标准分", *(n for _, n in units))):
            self.page.put(row + 1, column, text, "head")
        self.page.put(row + 1, _TOLD, "说明", "head")
        self.page.sheet.set_row(row + 1, 30)
        items = sorted(self.plan.items_of(sheet.id), key=lambda i: i.layer is not None)
        top = row + 2
        for number, item in enumerate(items, top):
            self._titles(number, item)
        base = sum(item.layer is None for item in items)
        found = []
        for column, (unit, name) in enumerate(units, _FIRST):
            cells = self._unit(top, column, sheet, unit, items)
            extras: dict[str, list[tuple[Item, str]]] = defaultdict(list)
            for item, cell in cells:
                if item.layer:
                    extras[item.layer].append((item, cell))
            found.append(UnitScores(sheet, unit, name,
                                 self.page.range(top, _FULL, top + base - 1, _FULL),
                                 self.page.range(top, column, top + base - 1, column), extras))
        return top + len(items) + 1, found

    def _titles(self, row: int, item: Item) -> None:
        remark = self._remark(item)
        self.page.put(row, _CODE, item.code, "code")
        self.page.put(row, _NAME, item.name, "fixed")
        self.page.put(row, _FULL, item.points, "number")
        self.page.put(row, _TOLD, remark, "small", border=1, border_color="#A6A6A6")
        need = max(lines_needed(item.name, WIDTHS[_NAME]), lines_needed(remark, WIDTHS[_TOLD]))
        self.page.sheet.set_row(row, max(18, 13.5 * need + 3))

    def _remark(self, item: Item) -> str:
        told = []
        charges = self.plan.attendance.charges if self.plan.attendance else ()
        if any(charge.item == item.code for charge in charges):
            told.append("核查组员考勤另由系统计入")
        if item.gate and item.gate.grade_cap:
            told.append(f"一票触发时等次至多“{item.gate.grade_cap}”")
        if item.derived:
            told.append("由户表算出")
        return "；".join(told)

    def _unit(self, top: int, column: int, sheet: Sheet, unit: str,
              items: list[Item]) -> list[tuple[Item, str]]:
        """The scores of one unit, item below item."""
        groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
        found = []
        for row, item in enumerate(items, top):
            asked = self.typed[sheet.id].asked.get((unit, item.code), Asked())
            counted = self.counting.counted(unit, item) if item.derived else Counted()
            ground = Ground(item, asked, counted, self.plan)
            rule, before = item.rule, ()
            shared = isinstance(rule, DeductPerCase) and isinstance(rule.cap, GroupCap)
            if shared:
                before = tuple(groups[rule.cap.group])
            first = MISSING if self.visit.villages or item.observed else NOT_APPLICABLE
            cell = self.page.formula(row, column, score(ground, before), first, "number",
                                     align="right")
            if shared:
                groups[rule.cap.group].append((cell, _lost(ground, cell)))
            self.cells[sheet.id, unit, item.code] = cell
            found.append((item, cell))
        return found

    # -- sheets and figures --------------------------------------------------------------

    def _figures(self) -> list:
        """The figures of the plan that a visit can make: sheets, the mean, their weighting."""
        whole, sheets = visit_figure(self.plan), {s.id for s in self.sheets}
        return [f for f in self.plan.figures if (f.mean_of in sheets) or
                (whole is not None and f.id == whole.id)]

    def _summary(self, columns: list[UnitScores]) -> None:
        self.page.wide(0, 0, _TOLD, f"{self.visit.name}核查得分（供当天核对，以系统计分为准）", "title")
        self.page.sheet.set_row(0, 26)
        for column, text in enumerate(_HEADS):
            self.page.put(1, column, text, "head")
        self.page.wide(1, 0, 1, "项目", "head")
        self.page.sheet.repeat_rows(0)
        row = 2
        for column in columns:
            self._sheet_line(row, column)
            row += 1
        for figure in self._figures():
            if figure.mean_of:
                cells = [self.totals[figure.mean_of, unit].exact
                         for unit, _ in self.units(self.plan.sheet[figure.mean_of])]
                formula = _mean(cells, figure.if_empty)
            else:
                formula = self._weighted(figure)
            self._figure_line(row, figure, formula)
            row += 1

    def _sheet_line(self, row: int, column: UnitScores) -> None:
        sheet = column.sheet
        figure = next((f for f in self.plan.figures if f.sheet == sheet.id), None)
        name = figure.name if figure else f"{column.name}（{sheet.name}）"
        besides = [cell for own in column.extras.values() for _, cell in own]
        blocked, elsewhere = (_count([column.scores, *besides], *words)
                              for words in ((MISSING, WRONG), (SYSTEM,)))
        applies = self.page.formula(
            row, _APPLIES, f"SUMPRODUCT(ISNUMBER({column.scores})*{column.points})", 0, "number")
        earned = self.page.formula(row, _EARNED, f"SUM({column.scores})", 0, "number")
        whole = _whole(sheet, applies, earned, column.extras)
        value = self.page.formula(row, _EXACT, (
            f"IF({blocked}>0,{quoted(UNFINISHED)},IF({elsewhere}>0,{quoted(SYSTEM)},"
            f"IF({applies}=0,{quoted(ALL_GONE)},{whole})))"),
            UNFINISHED, "plain", font_size=9, shrink=True)
        self.page.formula(row, _TOLD, _sentence(sheet, applies, earned, value), "", "small",
                          border=1, border_color="#A6A6A6")
        self.page.sheet.set_row(row, 28)
        total = self._line(row, name, sheet.total, figure.id if figure else "", value)
        self.totals[sheet.id, column.unit] = total
        if figure:
            self.figures[figure.id] = total

    def _figure_line(self, row: int, figure, formula: str) -> None:
        value = self.page.formula(row, _EXACT, formula, self._at_first(figure), "plain",
                                  font_size=9, shrink=True)
        for column in (_APPLIES, _EARNED, _TOLD):
            self.page.put(row, column, "", "fixed")
        self.page.sheet.set_row(row, 20)
        total = self.plan.sheet[figure.mean_of].total if figure.mean_of else self.sheets[0].total
        self.figures[figure.id] = self._line(row, figure.name, total, figure.id, value,
                                             self._at_first(figure))

    def _at_first(self, figure) -> str:
        return UNFINISHED if self.visit.villages or not figure.mean_of else NOT_APPLICABLE

    def _line(self, row: int, name: str, full: Fraction, figure: str, value: str,
              at_first: str = UNFINISHED) -> Total:
        self.page.wide(row, 0, 1, name, "label", bold=True)
        self.page.put(row, _FULL, full, "number")
        own = self.visit.self_scores.get(figure)
        self.page.put(row, _SELF, own if own is not None else "", "number")
        checked = self.page.formula(row, _CHECKED, (
            f"IF(ISNUMBER({value}),{published(value)},{value})"), at_first, "strong", align="right")
        claimed = self.page.ref(row, _SELF)
        cut = f'IF(AND(ISNUMBER({claimed}),ISNUMBER({checked})),{published(f"{claimed}-{checked}")},"")'
        self.page.formula(row, _CUT, cut, "", "number")
        return Total(name, checked, value)

    def _weighted(self, figure) -> str:
        """The weighting; a part that does not apply leaves, and the rest is re-weighted."""
        parts = [(self.figures[part].exact, exact(share)) for part, share in figure.parts.items()
                 if part in self.figures]
        cells = [cell for cell, _ in parts]
        top = "+".join(f"N({cell})*{share}" for cell, share in parts)
        bottom = "+".join(f"IF(ISNUMBER({cell}),{share},0)" for cell, share in parts)
        return _made(cells, f"({top})/({bottom})")


def _lost(ground: Ground, cell: str) -> str:
    """What an item lost within its group; nothing where a gate closed it."""
    gate = ground.item.gate
    return f"IF({cell}=0,0,{deduction(ground)})" if gate else deduction(ground)


def _whole(sheet: Sheet, applies: str, earned: str,
           extras: dict[str, list[tuple[Item, str]]]) -> str:
    """The sheet's score: 缺项 as the plan says, extras within bounds, one clamp."""
    total = exact(sheet.total)
    score_ = {"rescale": f"{total}*{earned}/{applies}", "full": f"{total}-{applies}+{earned}",
              "zero": earned}[sheet.na]
    top = sheet.total
    for extra in sheet.extras:
        top += extra.high
        parts = "+".join(f"IF(ISNUMBER({c}),{c}{'' if extra.high > 0 else '-' + exact(i.points)},0)"
                         for i, c in extras.get(extra.id, ()))
        if parts:
            score_ += f"+MIN({exact(extra.high)},MAX({exact(extra.low)},{parts}))"
    return f"MIN({exact(top)},MAX(0,{score_}))"


def _sentence(sheet: Sheet, applies: str, earned: str, value: str) -> str:
    """The sentence of 缺项折算, and the flag where more is 缺项 than the plan allows."""
    total = exact(sheet.total)
    said = (f'"适用满分"&{applies}&"分,实得"&TEXT({published(earned)},"0.00")&"分,换算为"'
            f'&TEXT({published(f"{total}*{earned}/{applies}")},"0.00")&"分"')
    flag = '""'
    if sheet.na_flag_above:
        over = noiseless(f"{total}-{applies}")
        flag = (f"IF({over}>{exact(sheet.na_flag_above)},"
                f'"；缺项超过{plain(sheet.na_flag_above)}分","")')
    return f'IF(ISNUMBER({value}),IF({applies}<{total},{said}&{flag},""),"")'


def _mean(cells: list[str], if_empty: str) -> str:
    """The simple mean of the sampled units; without one, as the plan says."""
    if not cells:
        return "0" if if_empty == "zero" else quoted(NOT_APPLICABLE)
    return _made(cells, f"AVERAGE({','.join(cells)})")


def _count(cells: list[str], *words: str) -> str:
    """How often the words stand in cells or ranges."""
    return "(" + "+".join(f"COUNTIF({cell},{quoted(word)})" for cell in cells
                          for word in words) + ")"


def _made(cells: list[str], formula: str) -> str:
    """A figure made of scores, unless one of them is not there."""
    return (f"IF({_count(cells, UNFINISHED, ALL_GONE)}>0,{quoted(UNFINISHED)},"
            f"IF({_count(cells, SYSTEM)}>0,{quoted(SYSTEM)},{formula}))")
