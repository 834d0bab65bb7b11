"""入户计算: one row a drawn household, what each item counts of it, and the sums.

The facts come from the 户表; money is in whole fen, as where `hecha` counts, so that no
comparison can turn on binary noise.  Above stand the sums of each village and of the
town, which the scores read.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hecha.case.shapes import HOUSEHOLDS
from hecha.forms.household_page import (
    BAD,
    DONE,
    FLAGS,
    MONEY,
    PARTLY,
    REPLACED,
    UNVISITED,
    HouseholdCells,
)
from hecha.forms.incomes import with_made
from hecha.forms.paper import Book, Page, exact, quoted
from hecha.forms.scores import Counted
from hecha.forms.translating import spreadsheet
from hecha.forms.visit import CHOSEN, Visit
from hecha.plan import Item, Plan

_HEADS = ("次序", "户编号", "单位代码", "类别", "状态", "计入")
_SEQ, _NUMBER, _UNIT, _LABEL, _STATE, _VALID = range(6)
_WAITING, _VISITED = _STATE, _VALID
SPARE = "未用"
Column = tuple[str, str]


@dataclass
class CountingPage:
    """Where the counts stand: `counted[unit]` for the scores of that unit's items;
    `facts` and `seq` for the return; `states` by household number."""

    page: Page | None = None
    measures: list[Column] = field(default_factory=list)
    units: dict[str, int] = field(default_factory=dict)
    first: int = 0
    last: int = 0
    states: dict[str, str] = field(default_factory=dict)

    def counted(self, unit: str, item: Item) -> Counted:
        """The counts of an item's derived measures in a unit."""
        if self.page is None:
            return Counted()
        row = self.units[unit]
        return Counted(
            self.page.ref(row, _WAITING), self.page.ref(row, _VISITED),
            {m: self.page.ref(row, self._column(item.code, m)) for m in item.derived})

    def _column(self, item: str, measure: str) -> int:
        return len(_HEADS) + self.measures.index((item, measure))

    def seq(self) -> str:
        """The column that numbers the rows of the return."""
        return self.page.range(self.first, _SEQ, self.last, _SEQ)  # type: ignore[union-attr]

    def facts(self, index: int) -> str:
        """The column of a field of the return, by its place there."""
        column = len(_HEADS) + len(self.measures) + index
        return self.page.range(self.first, column, self.last, column)  # type: ignore[union-attr]


def counting_page(book: Book, name: str, plan: Plan, visit: Visit,
                  homes: list[HouseholdCells]) -> CountingPage:
    """The sheet of counts; nothing where no household is visited."""
    if not homes:
        return CountingPage()
    measures = [(i.code, m) for i in plan.items for m in i.derived]
    width = len(_HEADS) + len(measures) + len(HOUSEHOLDS.columns)
    page = book.page(name, [6, 18, 14, 8, 14, 6] + [11] * (width - len(_HEADS)), landscape=True,
                     colour="#BFBFBF")
    found = CountingPage(page, measures)
    units = [*(v.code for v in visit.villages), visit.town]
    found.units = {unit: row for row, unit in enumerate(units, 2)}
    found.first = len(units) + 5
    found.last = found.first + len(homes) - 1
    page.put(0, 0, "入户计算（自动，不填）：上为各村和全镇合计，下为逐户", "small", text_wrap=False)
    _heads(page, 1, found, ("", "", "单位代码", "", "未办结户数", "计入户数"))
    _heads(page, found.first - 1, found, _HEADS)
    for unit, row in found.units.items():
        chosen = sum(h.household.choice == CHOSEN and (unit in (h.household.village, visit.town))
                     for h in homes)
        _sums(page, row, unit, chosen, unit == visit.town, found)
    order = {unit: n for n, unit in enumerate(units)}
    ordered = sorted(homes, key=lambda h: (h.household.choice != CHOSEN,
                                           order[h.household.village]))
    for row, home in enumerate(ordered, found.first):
        _household(page, row, plan, home, homes, found)
    page.sheet.freeze_panes(2, 3)
    page.sheet.fit_to_pages(1, 0)
    return found


def _heads(page: Page, row: int, found: CountingPage, heads: tuple[str, ...]) -> None:
    names = [*heads, *(f"{item} {measure}" for item, measure in found.measures)]
    if row > 1:
        names += [column.header for column in HOUSEHOLDS.columns]
    for column, text in enumerate(names):
        page.put(row, column, text, "head", font_size=9)
    page.sheet.set_row(row, 40)


def _sums(page: Page, row: int, unit: str, chosen: int, whole: bool,
          found: CountingPage) -> None:
    page.put(row, _UNIT, unit, "code")

    def area(column: int) -> str:
        return page.range(found.first, column, found.last, column)

    def total(column: int) -> str:
        if whole:
            return f"SUM({area(column)})"
        return f"SUMIFS({area(column)},{area(_UNIT)},{quoted(unit)})"

    open_states = [f"{BAD}*", f"{PARTLY}*", UNVISITED]
    here = "" if whole else f",{area(_UNIT)},{quoted(unit)}"
    waiting = "+".join(f"COUNTIFS({area(_STATE)},{quoted(s)}{here})" for s in open_states)
    page.formula(row, _WAITING, waiting, chosen)
    page.formula(row, _VISITED, total(_VALID), 0)
    for index in range(len(found.measures)):
        column = len(_HEADS) + index
        page.formula(row, column, total(column), 0)


def _household(page: Page, row: int, plan: Plan, home: HouseholdCells,
               homes: list[HouseholdCells], found: CountingPage) -> None:
    one = home.household
    earlier = page.range(found.first, _SEQ, max(found.first, row - 1), _SEQ)
    number = "1" if row == found.first else f"COUNT({earlier})+1"
    page.formula(row, _SEQ, f'IF({home.started},{number},"")', "")
    page.put(row, _NUMBER, one.number, "code")
    page.put(row, _UNIT, one.village, "code")
    page.put(row, _LABEL, one.label, "fixed")
    state = _state(home, [h for h in homes if h.household.village == one.village])
    first = UNVISITED if one.choice == CHOSEN else SPARE
    found.states[one.number] = page.formula(row, _STATE, state, first, "fixed")
    valid = page.ref(row, _VALID)
    page.formula(row, _VALID, f"IF({page.ref(row, _STATE)}={quoted(DONE)},1,0)", 0)
    left = len(_HEADS) + len(found.measures)
    cells = {c.name: page.ref(row, left + n) for n, c in enumerate(HOUSEHOLDS.columns)}
    constant = {"household": one.number, "village": one.village, "village_name": one.village_name,
                "head": one.head, "disabled": "是" if one.disabled else "否"}
    for index, column in enumerate(HOUSEHOLDS.columns):
        formula = home.cells[column.name]
        value = constant.get(column.name, _at_first(column.name, one))
        page.formula(row, left + index, formula, value, "fixed", text_wrap=False)
    refs = _refs(plan, cells)
    conditions = {c.id: c.where for c in plan.household.conditions}  # type: ignore[union-attr]
    for index, (code, measure) in enumerate(found.measures):
        count = next(i for i in plan.items if i.code == code).derived[measure]
        told = spreadsheet(count.expression, refs, conditions)
        counted = f"IF({told},1,0)" if count.count else told
        formula = f"IF({valid}=1,{counted},0)".replace(f"'{page.name}'!", "")
        page.formula(row, len(_HEADS) + index, formula, 0)


def _at_first(name: str, one) -> object:
    if name == "self_income" and one.reported is not None:
        return float(one.reported)
    return 0 if name == "stated_total" else ""


def _refs(plan: Plan, cells: dict[str, str]) -> dict[str, str]:
    """What each name of the plan's language is in a household's row, money in fen."""
    income = plan.household.income  # type: ignore[union-attr]
    fen = {name: f"ROUND(N({cells[name]})*100,0)" for name in (*MONEY, "self_income")}
    yes = {name: f'({cells[name]}="是")' for name in (*FLAGS, "disabled")}
    refs = with_made(income, cells | fen | yes, spreadsheet)
    standard = income.standard
    return refs | {"income_total": f"({spreadsheet(income.formulas[income.formula], refs, {})})",
                   "income_standard": exact(standard * 100) if standard is not None else "0"}


def _state(home: HouseholdCells, neighbours: list[HouseholdCells]) -> str:
    """The state of a household within its village: visited, replaced, or still open."""
    reserves = [h for h in neighbours if h.replaces]
    if home.household.choice == CHOSEN:
        taken = _taken(str(home.household.order), reserves)
        return (f'IF({taken}=0,{home.state},IF(OR({taken}>1,{home.started}),"{BAD}：又作了替换",'
                f"{quoted(REPLACED)}))")
    chosen = [h for h in neighbours if h.household.choice == CHOSEN]
    return (f"IF({home.started},IF({home.replaces}=\"\",\"{BAD}：没有写替换了谁\","
            f"{_of_chosen(home, chosen, reserves)}),{quoted(SPARE)})")


def _of_chosen(home: HouseholdCells, chosen: list[HouseholdCells],
               reserves: list[HouseholdCells]) -> str:
    """The reserve's own state, unless its first choice was visited or replaced twice."""
    clash = [f'AND({home.replaces}&""="{c.household.order}",OR({c.started},'
             f'{_taken(str(c.household.order), reserves)}>1))' for c in chosen]
    return f'IF(OR({",".join(clash)}),"{BAD}：被替换的户重复",{home.state})'


def _taken(order: str, reserves: list[HouseholdCells]) -> str:
    if not reserves:
        return "0"
    return "(" + "+".join(f'IF(AND({r.started},{r.replaces}&""="{order}"),1,0)'
                          for r in reserves) + ")"
