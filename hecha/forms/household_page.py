"""户表: one printed page a household, typed into; the incomes compute themselves.

What the roster knows stands there already; identity numbers are masked.  The parts of
the income follow the county's form, the incomes per head are the plan's formulas, and
the page says at once what is missing and what contradicts itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hecha.case.households import _AT_MOST as AT_MOST
from hecha.case.shapes import HOUSEHOLDS
from hecha.forms.incomes import NET, STATED, with_made
from hecha.forms.paper import Book, Page, exact, quoted
from hecha.forms.translating import spreadsheet
from hecha.forms.visit import CHOSEN, Household, Village
from hecha.plan import Plan
from hecha.plan.model import Income
from hecha.plan.sayable import MONEY_COLUMNS, TEXT_COLUMNS
from hecha.points import plain
from hecha.tables.columns import Column

COLUMN: dict[str, Column] = {column.name: column for column in HOUSEHOLDS.columns}
CONDITION_WORDS, HOUSING_WORDS, YES_NO_WORDS = (
    ["达标", "不达标", "不适用"], ["A", "B", "C", "D"], ["是", "否"])
_NET = (("经营净收入", NET), ("财产净收入", "property_income - property_outlay"),
        ("转移净收入", "transfer_income - transfer_outlay"))
MONEY = tuple(name for name in MONEY_COLUMNS if name != "self_income")
COUNTS = ("students_due", "students_served", "dibao_due", "dibao_served", "pension_due",
          "pension_served", "insured", "able_workers", "willing_workers", "employed_workers")
FLAGS = ("industry_measure", "effective_measure", "wrongly_identified")
FOUND = ("handbook_errors", "inconsistencies")
CONDITIONS = ("food", "clothing", "education", "medical", "housing", "water")
_WIDTHS = (27, 15, 31, 15)
_ROW, _SMALL_ROW = 20.0, 15.0
_MOST_MEMBERS, _SCALE = 7, 84
UNVISITED, PARTLY, BAD, DONE, REPLACED = "未入户", "未填完", "有误", "已填", "已替换"


@dataclass
class HouseholdCells:
    """Where a household's facts stand: `cells` by column of the return, `state` and
    `started` for the sheet that counts."""

    household: Household
    top: str = ""
    cells: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    replaces: str = ""
    reason: str = ""
    state: str = ""
    started: str = ""


def household_page(book: Book, name: str, plan: Plan, village: Village,
                   visit_day: str) -> list[HouseholdCells]:
    """A village's households, one printed page each."""
    page = book.page(name, _WIDTHS, colour="#7FB069")
    found, top, breaks = [], 0, []
    for household in village.households:
        if top:
            breaks.append(top)
        one = HouseholdPage(page, plan, household, village, top, visit_day)
        found.append(one.written())
        top = one.row
    page.sheet.set_h_pagebreaks(breaks)
    page.sheet.set_print_scale(_SCALE)
    return found


class HouseholdPage:
    """One household's page, from its first row down."""

    def __init__(self, page: Page, plan: Plan, household: Household, village: Village,
                 top: int, visit_day: str) -> None:
        self.page, self.plan, self.household = page, plan, household
        self.row, self.visit_day = top, visit_day
        self.chosen = [h for h in village.households if h.choice == CHOSEN]
        self.members = min(_MOST_MEMBERS, max(len(h.members) for h in village.households))
        self.found = HouseholdCells(household, page.ref(top, 0))
        self.income: Income = plan.household.income  # type: ignore[union-attr]

    def written(self) -> HouseholdCells:
        """Everything in its order; where it stands."""
        self._heading()
        self._members()
        self._visit()
        top = self.row
        left, right = self._incomes(top), self._conditions(top)
        self.row = max(left, right)
        for row in range(top, self.row):
            self.page.sheet.set_row(row, _ROW)
        self._remark()
        self._state()
        self._signatures()
        return self.found

    # -- what is known ---------------------------------------------------------------

    def _step(self, height: float = _ROW) -> int:
        self.page.sheet.set_row(self.row, height)
        self.row += 1
        return self.row - 1

    def _heading(self) -> None:
        one = self.household
        title = f"入户核查户表　{one.village_name}　{one.label}"
        title += f"　第{one.pair}对" if one.pair else ""
        self.page.wide(self._step(24), 0, 3, title, "title")
        exit_ = f"{one.status}{f'（{one.exit_year}年）' if one.exit_year else ''}"
        reported = "" if one.reported is None else f"{plain(one.reported)}元"
        pairs = (("户编号", one.number, "户主姓名", one.head),
                 ("户属性", one.kind, "状态（脱贫年度）", exit_),
                 ("残疾人户", "是" if one.disabled else "否", "上报人均可支配收入", reported))
        for label, value, other, second in pairs:
            row = self._step()
            for column, text in enumerate((label, value, other, second)):
                self.page.put(row, column, text, "label" if column % 2 == 0 else "code",
                              **({"shrink": True} if column % 2 else {}))
        self.found.cells |= {"household": quoted(one.number), "village": quoted(one.village),
                             "village_name": quoted(one.village_name), "head": quoted(one.head),
                             "disabled": quoted("是" if one.disabled else "否")}

    def _members(self) -> None:
        row = self._step()
        for column, text in enumerate(("登记成员（与户主关系，性别）", "在校情况", "证件号码（隐去中间）",
                                       "残疾、劳动能力")):
            self.page.put(row, column, text, "head")
        listed = self.household.members
        for number in range(self.members):
            row = self._step(_SMALL_ROW)
            member = listed[number] if number < len(listed) else ("", "", "", "")
            if number == self.members - 1 and len(listed) > self.members:
                member = (f"……共{len(listed)}人，其余见花名册", "", "", "")
            name, identity, able, school = member
            for column, text in enumerate((name, school, identity, able)):
                self.page.put(row, column, text, "fixed", font_size=9, shrink=True, text_wrap=False)

    # -- what is typed ---------------------------------------------------------------

    def _visit(self) -> None:
        row = self._step()
        self.page.put(row, 0, "核查日期（空白即说明页日期）", "label")
        day = self.page.entry(row, 1, "date")
        self._in_window(day)
        self.page.put(row, 2, "核查人", "label")
        visitor = self.page.entry(row, 3, "text")
        first = f"IF({day}<>\"\",{day},{self.visit_day})"
        self.found.inputs |= {"visit_date": day, "visitor": visitor}
        self.found.cells |= {
            "visit_date": f'IF(N({first})=0,"",TEXT({first},"yyyy-mm-dd"))',
            "visitor": f'IF({visitor}="","",{visitor})'}
        row = self._step()
        if self.household.choice == CHOSEN:
            self.page.wide(row, 0, 3, "正选户：无人在家的，按次序改查备选户，在备选户的户表上写明替换了谁",
                           "small", border=1, border_color="#A6A6A6")
            return
        self.page.put(row, 0, "替换正选第几户（不入户就留空）", "label")
        self.found.replaces = self.page.entry(row, 1, "word")
        self.page.choose(self.found.replaces, [str(h.order) for h in self.chosen],
                         "这一备选户替换了本村正选第几户")
        self.page.put(row, 2, "替换原因", "label")
        self.found.reason = self.page.entry(row, 3, "text")

    def _in_window(self, cell: str) -> None:
        first, last = self.plan.day("visit_from"), self.plan.day("visit_to")
        local = _local(cell)
        test = f"ISNUMBER({local})"
        if first and last:
            days = [f"DATE({d.year},{d.month},{d.day})" for d in (first, last)]
            test = f"AND({test},{local}>={days[0]},{local}<={days[1]})"
            said = f"应填实地核查期间（{first}至{last}）的日期"
        else:
            said = "应填日期，如 2024-01-07"
        self.page.require(cell, test, said)

    def _entry(self, row: int, column: int, name: str, style: str) -> str:
        """A fact of the return that must be filled."""
        self.page.put(row, column, COLUMN[name].header, "label")
        cell = self.page.entry(row, column + 1, style)
        self.found.inputs[name] = cell
        self.found.cells[name] = f'IF({cell}="","",{cell})'
        return cell

    def _number(self, row: int, column: int, name: str) -> None:
        local = _local(self._entry(row, column, name, "money" if name in MONEY else "input"))
        test, said = f"ISNUMBER({local})", "应填数字，没有就填0"
        if name in MONEY:
            least = "" if name == "wages" else f"{local}>=0,"
            test = f"IF({test},AND({least}ROUND({local},2)={local}),FALSE)"
            said = "应填以元为单位的数，最多两位小数；没有就填0"
        else:
            least = "1" if name == "members" else "0"
            test = f"IF({test},AND({local}>={least},INT({local})={local}),FALSE)"
            said = f"应填不小于{least}的整数" + ("；没有就填0" if least == "0" else "")
        self.page.require(local, test, said)

    def _word(self, row: int, column: int, name: str, words: list[str]) -> None:
        self.page.choose(self._entry(row, column, name, "word"), words)

    def _incomes(self, row: int) -> int:
        """The left half: members, the parts of the income, what they come to."""
        self._section(row, 0, "一、收入与支出（元/年，没有就填0）")
        self._number(row + 1, 0, "members")
        known = self.household.registered
        if known is not None:
            self.page.put(row + 1, 0, f"家庭人口（花名册登记{known}人）", "label")
        for number, name in enumerate(MONEY, 2):
            self._number(row + number, 0, name)
        row += 2 + len(MONEY)
        self._section(row, 0, "（自动计算）")
        for label, formula, value, style in self._computed():
            row += 1
            self.page.put(row, 0, label, "label")
            cell = self.page.formula(row, 1, self._here(formula), value, style)
            if label == COLUMN["stated_total"].header:
                self.found.cells["stated_total"] = cell
        return row + 1

    def _computed(self) -> list[tuple[str, str, object, str]]:
        lines = [(label, self._yuan(text), 0, "number") for label, text in _NET]
        lines.append((COLUMN["stated_total"].header, self._yuan(STATED), 0, "number"))
        members = self.found.inputs["members"]
        heads = {}
        for name in self.income.formulas:
            heads[name] = f"IF(N({members})>0,ROUND({self._total(name)}/100/{members},2),\"\")"
            mark = "（方案口径）" if name == self.income.formula else "（对照）"
            lines.append((f"{name} 人均{mark}", heads[name], "", "strong"))
        standard = self.income.standard
        lines.append(("脱贫标准（元/人·年）", exact(standard) if standard else '"未定"',
                      float(standard) if standard else "未定", "number"))
        lines.append(("收入是否达标", self._verdict(), "未填完", "strong"))
        return lines

    def _verdict(self) -> str:
        standard = self.income.standard
        if standard is None:
            return quoted("标准未定")
        least = f"{exact(standard * 100)}*N({self.found.inputs['members']})"
        blank = "+".join(f'({self.found.inputs[n]}="")' for n in ("members", *MONEY))
        chosen = self._total(self.income.formula)
        met = f"({chosen}>={least})"
        turns = [f'IF(({self._total(name)}>={least})<>{met},"（{name}结论不同）","")'
                 for name in self.income.formulas if name != self.income.formula]
        if self.income.count_pension:
            without = f"({chosen})-{self._fen('pension')}"
            turns.append(f'IF(AND({met},{without}<{least}),"（不计养老金则不达标）","")')
        else:
            besides = f"({chosen})+{self._fen('pension')}"
            turns.append(f'IF(AND(NOT({met}),{besides}>={least}),"（计入养老金则达标）","")')
        return f'IF({blank}>0,"未填完",IF({met},"达标","不达标")&{"&".join(turns)})'

    def _here(self, formula: str) -> str:
        """A formula of this page, its cells without the page's name."""
        return formula.replace(f"'{self.page.name}'!", "")

    def _fen(self, name: str) -> str:
        return f"ROUND(N({self.found.inputs[name]})*100,0)"

    def _yuan(self, text: str) -> str:
        return f"ROUND(({spreadsheet(text, self._refs(), {})})/100,2)"

    def _refs(self) -> dict[str, str]:
        return with_made(self.income, {name: self._fen(name) for name in MONEY}, spreadsheet)

    def _total(self, name: str) -> str:
        return f"({spreadsheet(self.income.formulas[name], self._refs(), {})})"

    def _section(self, row: int, column: int, text: str) -> None:
        self.page.wide(row, column, column + 1, text, "band")

    def _conditions(self, row: int) -> int:
        """The right half: conditions, policies, measures, records."""
        parts = (
            ("二、两不愁三保障和饮水安全", CONDITIONS), ("三、政策落实（人数，没有就填0）", COUNTS),
            ("四、帮扶措施与识别", FLAGS), ("五、档案（处数，没有就填0）", FOUND),
        )
        for title, names in parts:
            self._section(row, 2, title)
            for name in names:
                row += 1
                if name in TEXT_COLUMNS:
                    self._word(row, 2, name, HOUSING_WORDS if name == "housing" else
                               CONDITION_WORDS)
                elif name in FLAGS:
                    self._word(row, 2, name, YES_NO_WORDS)
                else:
                    self._number(row, 2, name)
            row += 1
        self._self_income(row)
        return row + 1

    def _self_income(self, row: int) -> None:
        known = self.household.reported
        if known is None:
            local = _local(self._entry(row, 2, "self_income", "money"))
            self.page.require(local, f"ISNUMBER({local})", "应填以元为单位的数")
        else:
            self.found.cells["self_income"] = exact(known)

    def _remark(self) -> None:
        row = self._step(26)
        self.page.put(row, 0, "备注（照片号、证明人等）", "label")
        cell = self.page.entry(row, 1, "text", right=3)
        self.found.inputs["note"] = cell
        note = f'IF({cell}="","",{cell})'
        if self.found.replaces:
            rest = f'IF({cell}="","","；"&{cell})'
            number = self._replaced_number()
            note = (f'IF({self.found.replaces}="",{note},'
                    f'"替换"&{number}&"："&{self.found.reason}&{rest})')
        self.found.cells["note"] = note

    def _replaced_number(self) -> str:
        """The number of the household that is replaced, from its place in the draw."""
        formula = '""'
        for one in reversed(self.chosen):
            formula = f'IF({self.found.replaces}&""="{one.order}",{quoted(one.number)},{formula})'
        return formula

    # -- what is missing or wrong --------------------------------------------------------

    def _state(self) -> None:
        row = self._step(28)
        needed = [name for name in self.found.inputs if name not in
                  ("visit_date", "visitor", "note")]
        cells = [self.found.inputs[name] for name in needed]
        if self.household.choice == CHOSEN:
            self.page.waiting(*_runs(cells), self.found.inputs["visitor"])
        filled = f"COUNTA({','.join(_runs(cells))})"
        wrong = "+".join(self._faults())
        self.page.put(row, 0, "填写检查", "label")
        count = len(cells)
        state = (f'IF({filled}=0,{quoted(UNVISITED)},IF({wrong}>0,"{BAD}：见红字，或前后矛盾",'
                 f'IF({filled}<{count},"{PARTLY}：还有"&({count}-{filled})&"项未填","{DONE}")))')
        self.page.sheet.merge_range(row, 1, row, 3, "", self.page.book.style("fixed"))
        self.found.state = self.page.formula(row, 1, self._here(state), UNVISITED, "fixed")
        self.page.alarming(self.found.state, BAD, PARTLY)
        self.found.started = f"({filled}>0)"
        said = self._contradictions()
        row = self._step(28)
        self.page.put(row, 0, "前后矛盾", "label")
        self.page.sheet.merge_range(row, 1, row, 3, "", self.page.book.style("fixed"))
        self.page.formula(row, 1, self._here(said), "", "fixed", font_color="#C00000")

    def _faults(self) -> list[str]:
        """How many cells cannot be believed, and how many pairs contradict each other."""
        inputs = self.found.inputs
        tests = []
        for name, cell in inputs.items():
            if name in MONEY:
                least = "TRUE" if name == "wages" else f"{cell}>=0"
                good = f"IF(ISNUMBER({cell}),AND({least},ROUND({cell},2)={cell}),{cell}=\"\")"
            elif name in (*COUNTS, *FOUND, "members"):
                least = "1" if name == "members" else "0"
                good = f"IF(ISNUMBER({cell}),AND({cell}>={least},INT({cell})={cell}),{cell}=\"\")"
            elif name in TEXT_COLUMNS or name in FLAGS:
                words = (HOUSING_WORDS if name == "housing" else YES_NO_WORDS if name in FLAGS
                         else CONDITION_WORDS)
                good = f"OR({cell}=\"\",{','.join(f'{cell}={quoted(w)}' for w in words)})"
            else:
                continue
            tests.append(f"IF({good},0,1)")
        return tests + [
            f"IF({self._both(small, large)},IF({inputs[small]}>{inputs[large]},1,0),0)"
            for small, _, large, _ in AT_MOST]

    def _both(self, small: str, large: str) -> str:
        inputs = self.found.inputs
        return f"AND(ISNUMBER({inputs[small]}),ISNUMBER({inputs[large]}))"

    def _contradictions(self) -> str:
        inputs = self.found.inputs
        return "&".join(
            f'IF({self._both(small, large)},IF({inputs[small]}>{inputs[large]},'
            f'"{one}不应多于{other}。",""),"")' for small, one, large, other in AT_MOST)

    def _signatures(self) -> None:
        row = self._step(24)
        self.page.wide(row, 0, 3, "农户（签字、按手印）：　　　　　　　核查人（签字）：　　　　　　　"
                       "　　　　年　　月　　日", "small")


def _local(cell: str) -> str:
    return cell.rsplit("!", 1)[-1].replace("$", "")


def _runs(cells: list[str]) -> list[str]:
    """Cells below one another joined into ranges: a shorter formula.

    >>> _runs(["'户'!$B$3", "'户'!$B$4", "'户'!$D$9"])
    ["'户'!$B$3:$B$4", "'户'!$D$9"]
    """
    runs: list[list[str]] = []
    for cell in cells:
        if runs and _below(runs[-1][-1]) == cell:
            runs[-1].append(cell)
        else:
            runs.append([cell])
    return [f"{run[0]}:{_dollars(run[-1])}" if len(run) > 1 else run[0] for run in runs]


def _dollars(cell: str) -> str:
    return cell.rsplit("!", 1)[-1]


def _below(cell: str) -> str:
    head, row = cell.rsplit("$", 1)
    return f"{head}${int(row) + 1}"
