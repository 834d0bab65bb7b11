"""组员 and 说明: who checks, when, how the workbook is filled, and what is still open."""

from __future__ import annotations

from dataclasses import dataclass

from hecha.case.returns import TEAM_SHEET
from hecha.case.shapes import TEAMS
from hecha.forms.household_page import HouseholdCells
from hecha.forms.paper import Book, Page, lines_needed, quoted
from hecha.forms.return_pages import NOTHING
from hecha.forms.visit import Visit
from hecha.plan import Plan

_TYPED = {"person_id": "text", "person": "text", "home_town": "text", "role": "word"}
_SCALE, _WIDTH = 72, 99
HOW = (
    "1. 只填白色和黄色的格，黄色的是还没有填的。灰色、蓝色的格自动计算，已锁定（没有密码）。",
    "2. 先填本页的组号、核查日期和“组员”页，再填镇表、村表、户表；每件事只在一处填。",
    "3. 没有的填0或“否”，不要留空：没查不等于没有问题。没填完的，得分不显示。",
    "4. 某项确实不适用的，在“缺项”栏选“是”，备注写原因，“填写”栏留空；没有“缺项”格的不能作缺项。",
    "5. 正选户无人在家，按次序改查备选户，在备选户的户表写明替换正选第几户和原因；原来那一户的表留空。",
    "6. 镇核查、村核查、入户核查三页由公式生成，是回收表，不要改。填完保存，整个文件交县核查办，不改文件名。",
    "7. “得分”页的分数供当天核对。考勤扣分、调整、省市结果、日常工作和等次以系统计分为准。",
)


@dataclass(frozen=True)
class Front:
    """The cells of the cover that other pages read."""

    page: Page
    team: str
    day: str
    scored_at: str
    reported_at: str


def cover_page(book: Book, page: Page, plan: Plan, digest: str, visit: Visit) -> Front:
    """The cover's head: town, plan and its hash, what is typed once for the whole team."""
    page.wide(0, 0, 5, f"{visit.name}核查表", "title", font_size=18)
    page.sheet.set_row(0, 32)
    page.wide(1, 0, 5, f"{plan.plan.title}（{plan.plan.year}年度）", "small", align="center")
    known = (("被核查镇", f"{visit.name}　{visit.town}"), ("方案", f"{plan.plan.id}"),
             ("方案校验码", digest))
    for row, (label, value) in enumerate(known, 2):
        page.put(row, 0, label, "label")
        page.wide(row, 1, 5, value, "fixed")
    team = visit.team[0]["team"] if visit.team else None
    cells = []
    asked = (("组号", "input", team), ("核查日期", "date", None),
             ("记分提交时间", "moment", None), ("报告提交时间", "moment", None))
    for number, (label, style, value) in enumerate(asked):
        row, column = 5 + number // 2, number % 2 * 3
        page.put(row, column, label, "label")
        cells.append(page.entry(row, column + 1, style, value, column + 2))
    local = [c.rsplit("!", 1)[-1].replace("$", "") for c in cells]
    page.require(cells[0], f"IF(ISNUMBER({local[0]}),AND({local[0]}>=1,INT({local[0]})={local[0]}),"
                           "FALSE)", "组号填整数")
    page.require(cells[1], f"ISNUMBER({local[1]})", "填日期，如 2024-01-07")
    for cell, at in zip(cells[2:], local[2:], strict=True):
        page.require(cell, f"ISNUMBER({at})", "填日期和时间，如 2024-01-07 18:30",
                     "日期和时间，如 2024-01-07 18:30")
    page.waiting(*cells[:3])
    return Front(page, *cells)


def cover_rest(front: Front, visit: Visit, members: list[str], totals: list[tuple[str, str]],
               states: dict[str, str], homes: list[HouseholdCells],
               links: list[tuple[str, str]]) -> None:
    """The cover's body: team, running totals, how to fill, where everything is."""
    page, row = front.page, 8
    page.wide(row, 0, 5, "核查组成员（在“组员”页填）", "band")
    for number, cell in enumerate(members):
        at, column = row + 1 + number // 6, number % 6
        first = visit.team[number]["person"] if number < len(visit.team) else ""
        page.formula(at, column, f'IF({cell}="","",{cell})', first, "centre")
    row += 2 + (len(members) - 1) // 6
    row = _sent(page, row, visit)
    page.wide(row, 0, 5, "得分（自动）", "band")
    for number, (label, cell) in enumerate(totals):
        at, column = row + 1 + number // 3, number % 3 * 2
        page.put(at, column, label, "label")
        page.formula(at, column + 1, cell, "未填完", "strong", align="center")
    row += 2 + (len(totals) - 1) // 3
    page.wide(row, 0, 5, "怎样填", "band")
    for line in HOW:
        row += 1
        page.wide(row, 0, 5, line, "fixed", border=0)
        page.sheet.set_row(row, 16 * lines_needed(line, _WIDTH))
    row += 1
    page.wide(row, 0, 5, "目录（点蓝字跳转）", "band")
    row += 1
    for number, (text, target) in enumerate(links):
        page.link(row + number // 6, number % 6, target, text)
    row += 1 + (len(links) - 1) // 6
    page.sheet.set_print_scale(_SCALE)
    if homes:
        _index(page, row, visit, states, homes)


def _sent(page: Page, row: int, visit: Visit) -> int:
    """Where the team comes from, its leader, and who goes in pairs, as assigned; the next row."""
    leaders = "、".join(str(m["person"]) for m in visit.team if m["role"] == "组长")
    known = [("派出镇", visit.sent_by), ("组长", leaders),
             *((f"第{number}对", "、".join(names)) for number, names in visit.pairs.items())]
    told = [pair for pair in known if pair[1]]
    for number, (label, text) in enumerate(told):
        at, column = row + number // 2, number % 2 * 3
        page.put(at, column, label, "label")
        page.wide(at, column + 1, column + 2, text, "fixed")
    return row + (len(told) + 1) // 2


def _index(page: Page, row: int, visit: Visit, states: dict[str, str],
           homes: list[HouseholdCells]) -> None:
    """Every household with its state, so that nothing is forgotten."""
    by_number = {home.household.number: home for home in homes}
    for village in visit.villages:
        page.wide(row, 0, 5, f"{village.name}　{village.code}", "band")
        row += 1
        for number, one in enumerate(village.households):
            at, column = row + number // 3, number % 3 * 2
            home = by_number[one.number]
            text = (f"{one.label} {one.head}{'（残）' if one.disabled else ''}"
                    f"{f' 第{one.pair}对' if one.pair else ''}")
            page.link(at, column, home.top.replace("$", ""), text)
            cell = states[one.number]
            first = "未入户" if one.choice == "正选" else "未用"
            page.formula(at, column + 1, cell, first, "fixed", text_wrap=False, shrink=True)
        row += 1 + (len(village.households) - 1) // 3
    page.alarming(page.range(9, 0, row, 5), "有误", "未填完", "未入户")


def team_page(book: Book, plan: Plan, visit: Visit, front: Front) -> list[str]:
    """组员: the return's sheet; the name cells.  What the cover has is not typed again."""
    page = book.page(TEAM_SHEET, (7, 13, 12, 14, 12, 14, 14, 20, 20), landscape=True,
                     colour="#F2C14E")
    for column, head in enumerate(TEAMS.columns):
        page.put(0, column, head.header, "head")
    size = max(len(visit.team), plan.teams.size if plan.teams else 7)
    names = []
    for row in range(1, size + 1):
        known = visit.team[row - 1] if row <= len(visit.team) else {}
        names.append(_member(page, row, known, visit, front))
    page.sheet.freeze_panes(1, 0)
    page.sheet.repeat_rows(0)
    page.sheet.fit_to_pages(1, 0)
    return names


def _member(page: Page, row: int, known: dict[str, object], visit: Visit, front: Front) -> str:
    person = page.ref(row, 1)

    def if_there(formula: str) -> str:
        return f'IF({person}="",{quoted(NOTHING)},{formula})'

    def moment(cell: str, pattern: str) -> str:
        return if_there(f'IF({cell}="",{quoted(NOTHING)},TEXT({cell},{quoted(pattern)}))')

    there = bool(known)
    made = {
        "team": (if_there(f'IF({front.team}="",{quoted(NOTHING)},{front.team})'),
                 known.get("team", NOTHING)),
        "checked_town": (if_there(quoted(visit.town)), visit.town if there else NOTHING),
        "visit_date": (moment(front.day, "yyyy-mm-dd"), NOTHING),
        "scored_at": (moment(front.scored_at, "yyyy-mm-dd hh:mm"), NOTHING),
        "reported_at": (moment(front.reported_at, "yyyy-mm-dd hh:mm"), NOTHING),
    }
    for column, head in enumerate(TEAMS.columns):
        if head.name in made:
            formula, value = made[head.name]
            page.formula(row, column, formula, value, "fixed")
            continue
        cell = page.entry(row, column, _TYPED[head.name], known.get(head.name))
        if head.name == "role":
            page.choose(cell, ["组长", "组员"])
        if head.name != "home_town":
            page.waiting(cell)
    return page.ref(row, 2)
