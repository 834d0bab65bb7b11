"""Live formulas (活的公式): the result as a spreadsheet works it out again, to the same figures.

扣分台账 → 村得分 → 镇得分 → 排名: a sheet is its full marks minus its ledger rows, a figure is
the plan's weighting, the grade is looked up in 等次线, the rank counts who is ahead (ties as the
plan breaks them), and 排名 puts itself in order.  Anybody can change a deduction or a grade
line and see what follows; 核对 says whether everything still is what was published.

A spreadsheet counts in binary, so 89.995 may come out as 89.99499999999999.  Published figures
are therefore rounded twice, first to 11 places, which takes away what binary added (under
10⁻¹²) and nothing that a score could hold, then half up to two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from hecha.plan import Plan
from hecha.plan.model import Figure
from hecha.points import exact_text, publish
from hecha.report import published, views
from hecha.scoring.composite import UNFINISHED
from hecha.scoring.results import Results

FIRST = 2
"""rows above the data of every sheet: the title and the header"""
NOISE = 11
"""decimals that are kept before the published rounding"""
LEDGER, BANDS = "扣分台账", "等次线"
_CAP = re.compile("至多“(.+?)”")


@dataclass(frozen=True)
class Formula:
    """A live formula and the value it has now; a `shown` one is a published figure."""

    text: str
    value: float | str
    shown: bool = False


class Columns:
    """Where the columns of a sheet stand: cells of a row, and whole columns from other sheets.

    >>> at = Columns("镇得分", ["镇代码", "镇", "综合评价"], 15)
    >>> at.cell("综合评价", 3), at.all("镇")
    ('C3', "'镇得分'!$B$3:$B$17")
    """

    def __init__(self, sheet: str, names: Sequence[str], rows: int) -> None:
        self.sheet, self.rows = sheet, rows
        self.letters = {name: xl_col_to_name(i) for i, name in enumerate(names)}

    def cell(self, name: str, row: int) -> str:
        """The cell of a column in a row of this sheet."""
        return f"{self.letters[name]}{row}"

    def all(self, name: str, last: int = 0) -> str:
        """The column's data; `last` ends it at an earlier row."""
        letter = self.letters[name]
        return f"'{self.sheet}'!${letter}${FIRST + 1}:${letter}${last or FIRST + self.rows}"


def ledger(results: Results) -> pd.DataFrame:
    """扣分台账 with its 扣分 as numbers of full precision, which the scores are made of."""
    frame = published.ledger(results)
    frame["扣分"] = [float(p) for p in results.ledger["points"]] if len(frame) else []
    return frame


def villages(results: Results) -> pd.DataFrame:
    """The sheet of sampled units: 得分精确值 from the ledger, 得分 rounded from it."""
    frame = published.villages(results)
    if frame.empty:
        return frame
    plan, rows = results.plan, _ledger_columns(results)
    sampled = results.sheets[results.sheets["sheet"].isin(
        [s.id for s in plan.sheets if plan.level[s.level].sampled])]
    at = Columns(villages_sheet(frame), list(frame.columns), len(frame))
    exact, shown = [], []
    for n, r in enumerate(sampled.itertuples(index=False), FIRST + 1):
        exact.append(_sheet_score(results, r.sheet, r.unit, f"$A{n}", r.score, rows))
        shown.append(None if r.score is None else Formula(
            _rounding(at.cell("得分精确值", n)), float(publish(r.score)), True))
    kept = {"得分": shown, "得分精确值": exact}
    return frame.assign(**{k: pd.Series(v, frame.index, dtype=object) for k, v in kept.items()})


def villages_sheet(frame: pd.DataFrame) -> str:
    """The name of the sheet of sampled units, as its second column names them (村得分)."""
    return f"{frame.columns[1]}得分"


def towns_sheet(plan: Plan) -> str:
    """The name of the sheet of graded units (镇得分)."""
    return f"{views.unit_name(plan)}得分"


def ranking_sheet(plan: Plan) -> str:
    """The first sheet: 排名, or 等次 where ranks are not told."""
    return "排名" if plan.grades.ranked else "等次"


def bands(plan: Plan) -> pd.DataFrame:
    """等次线, the lowest first as a look-up wants it: the lines and what follows from each grade."""
    rows = []
    for band in reversed(plan.grades.bands):
        row: dict[str, object] = {"等次": band.name, "下限": float(band.at_least)}
        for problem, said in ((False, "无突出问题"), (True, "有突出问题")):
            follows = next((c for c in plan.consequences
                            if band.name in c.grades and c.problem == problem), None)
            row[f"{said}拟办"] = follows.action if follows else ""
            row[f"{said}说明"] = follows.note if follows else ""
        rows.append(row)
    return pd.DataFrame(rows, dtype=object)


def towns(results: Results, sampled: pd.DataFrame) -> pd.DataFrame:
    """镇得分: every figure, grade, rank and consequence as a formula, beside what was published.

    A town without a score has no formula. 核对 says whether all of them agree.
    """
    names = _town_columns(results.plan)
    at = Columns(towns_sheet(results.plan), names, len(results.towns))
    writer = _Towns(results, at, sampled)
    rows = [dict.fromkeys(names) | writer.row(r, n)
            for n, r in enumerate(results.towns.to_dict("records"), FIRST + 1)]
    return pd.DataFrame(rows, columns=names, dtype=object)


def _shown_figures(plan: Plan) -> list[Figure]:
    """The figures that are published beside their exact value: weighted, graded or tie-breaking."""
    named = {plan.grades.of, *plan.grades.tie_break}
    return [f for f in plan.figures if f.parts or f.id in named]


def _town_columns(plan: Plan) -> list[str]:
    level, ranks = views.unit_name(plan), ("名次", "名次（公布）") if plan.grades.ranked else ()
    pairs = [c for f in _shown_figures(plan) for c in (f"{f.name}（重算）", f"{f.name}（公布）")]
    return [f"{level}代码", level, *(f.name for f in plan.figures), *pairs, "按分数", "至多", "等次",
            "等次（公布）", *ranks, "核对", "突出问题", "拟办", "拟办说明", "自评", "核查比自评",
            "说明", "状态", "次序"]


class _Towns:
    """The rows of 镇得分 being written."""

    def __init__(self, results: Results, at: Columns, sampled: pd.DataFrame) -> None:
        self.results, self.plan, self.at, self.sampled = results, results.plan, at, sampled
        self.of = views.graded(self.plan)
        self.ledger = _ledger_columns(results)
        self.own = views.self_figures(results)
        self.bands = Columns(BANDS, list(bands(self.plan).columns), len(self.plan.grades.bands))
        self.one_sheet = sum(self.plan.level[s.level].sampled for s in self.plan.sheets) == 1
        self.order = {t: n for n, t in enumerate(views.standing(results)["town"], 1)}

    def row(self, r: dict, n: int) -> dict[str, object]:
        """One town at row n of its sheet."""
        level = views.unit_name(self.plan)
        made: dict[str, object] = {f"{level}代码": r["town"], level: r["town_name"]}
        for f in self.plan.figures:
            made[f.name] = self._figure(f, r, n)
        made |= self._published(r, n)
        own = self.own[r["town"]][self.of.id]
        made |= {"至多": self._cap(r), "突出问题": "是" if r["problem"] else "否",
                 "自评": _float(own), "等次（公布）": r["grade"],
                 "说明": "；".join(filter(None, (r["caps"], r["notes"]))), "状态": self._state(r)}
        if self.plan.grades.ranked:
            made["名次（公布）"] = _rank(r["rank"])
        graded = r[self.of.id] is not None and r["state"] != UNFINISHED
        if graded and own is not None:
            gap = f"{self.at.cell(self.of.name, n)}-{self.at.cell('自评', n)}"
            made["核查比自评"] = Formula(_rounding(gap), float(publish(r[self.of.id] - own)), True)
        made |= self._grade(r, n) if graded else {"次序": self.order[r["town"]]}
        return made | (self._follows(r, n) | self._checked(r, n) if graded else {})

    def _figure(self, figure: Figure, r: dict, n: int) -> object:
        value = r[figure.id]
        if value is None or r["state"] == UNFINISHED:
            return None
        if figure.sheet:
            return _sheet_score(self.results, figure.sheet, r["town"], f"$A{n}", value, self.ledger)
        if figure.mean_of:
            return self._mean(n, value) if self.one_sheet else float(value)
        parts = {p: s for p, s in figure.parts.items() if r[p] is not None}
        whole = sum(parts.values(), Fraction(0))
        terms = "+".join(f"{self.at.cell(self.plan.figure[p].name, n)}*{_number(s / whole)}"
                         for p, s in parts.items())
        return Formula(f"={terms}", float(value))

    def _mean(self, n: int, value: Fraction) -> Formula:
        """The mean of the rows of 村得分 that belong to the town; they are all of one sheet."""
        there = Columns(villages_sheet(self.sampled), list(self.sampled.columns), len(self.sampled))
        own = f"({there.all(self.sampled.columns[2])}=$A{n})"
        return Formula(f"=SUMPRODUCT({own}*{there.all('得分精确值')})/SUMPRODUCT({own}*1)", float(value))

    def _published(self, r: dict, n: int) -> dict[str, object]:
        made: dict[str, object] = {}
        for f in _shown_figures(self.plan):
            value = None if r["state"] == UNFINISHED else r[f.id]
            made[f"{f.name}（重算）"] = None if value is None else Formula(
                _rounding(self.at.cell(f.name, n)), float(publish(value)), True)
            made[f"{f.name}（公布）"] = None if value is None else float(publish(value))
        return made

    def _cap(self, r: dict) -> str:
        """The grade a town may have at most, blank without a cap (R-19, A-17)."""
        names = [b.name for b in self.plan.grades.bands]
        found = [g for g in _CAP.findall(r["caps"]) if g in names]
        return max(found, key=names.index) if found else ""

    def _state(self, r: dict) -> str:
        return r["state"] + ("（暂定）" if views.provisional(self.results) else "")

    def _grade(self, r: dict, n: int) -> dict[str, object]:
        """Grade by the lines, capped; rank and place by who is ahead."""
        at, grades = self.at, self.bands.all("等次")
        graded = f"{self.of.name}（重算）" if self.plan.grades.grade_on == "published" else self.of.name
        found, cap = at.cell("按分数", n), at.cell("至多", n)
        worse = f"MIN(MATCH({found},{grades},0),MATCH({cap},{grades},0))"
        ahead = self._ahead(n)
        made: dict[str, object] = {
            "按分数": Formula(f"=LOOKUP({at.cell(graded, n)},{self.bands.all('下限')},{grades})",
                           r["uncapped"]),
            "等次": Formula(f'=IF({cap}="",{found},INDEX({grades},{worse}))', r["grade"]),
            "次序": self.order[r["town"]]}
        if self.plan.grades.ranked:
            made["次序"] = Formula(f"=1+{ahead}{self._before(n)}", self.order[r["town"]])
            made["名次"] = Formula(f"=1+{ahead}", int(r["rank"])) if self._has_rank(r) else None
        return made

    def _has_rank(self, r: dict) -> bool:
        return self.plan.grades.ranked and _rank(r["rank"]) is not None

    def _keys(self) -> list[str]:
        return [f"{self.plan.figure[f].name}（重算）"
                for f in (self.of.id, *self.plan.grades.tie_break)]

    def _ahead(self, n: int) -> str:
        """How many towns have more, or as much and more in what breaks the tie."""
        terms, level = [], ""
        for key in self._keys():
            own = self.at.cell(key, n)
            terms.append(f"SUMPRODUCT({level}({self.at.all(key)}>{own}))" if level else
                         f"SUMPRODUCT(({self.at.all(key)}>{own})*1)")
            level += f"({self.at.all(key)}={own})*"
        return "+".join(terms)

    def _before(self, n: int) -> str:
        """How many of those that are level stand above in this sheet."""
        if n == FIRST + 1:
            return ""
        same = "*".join(f"({self.at.all(k, n - 1)}={self.at.cell(k, n)})" for k in self._keys())
        return f"+SUMPRODUCT({same}*1)"

    def _follows(self, r: dict, n: int) -> dict[str, object]:
        if not self.plan.consequences:
            return {}
        line = f"MATCH({self.at.cell('等次', n)},{self.bands.all('等次')},0)"
        asked = f'{self.at.cell("突出问题", n)}="是"'
        return {name: Formula(
            f'=IF({asked},INDEX({self.bands.all(f"有突出问题{kind}")},{line}),'
            f'INDEX({self.bands.all(f"无突出问题{kind}")},{line}))&""', value)
            for name, kind, value in (("拟办", "拟办", r["action"]),
                                      ("拟办说明", "说明", r["action_note"]))}

    def _checked(self, r: dict, n: int) -> dict[str, object]:
        pairs = [f"{f.name}（" for f in _shown_figures(self.plan) if r[f.id] is not None]
        equal = [f"{self.at.cell(f'{p}重算）', n)}={self.at.cell(f'{p}公布）', n)}" for p in pairs]
        kept = ["等次", *(["名次"] if self._has_rank(r) else [])]
        equal += [f"{self.at.cell(k, n)}={self.at.cell(f'{k}（公布）', n)}" for k in kept]
        return {"核对": Formula(f'=IF(AND({",".join(equal)}),"一致","不一致")', "一致")}


def ranking(results: Results, scored: pd.DataFrame) -> pd.DataFrame:
    """排名: 镇得分 in the order of its 次序, so that it sorts itself anew when a score changes."""
    plan, of = results.plan, views.graded(results.plan)
    level = views.unit_name(plan)
    at = Columns(towns_sheet(plan), list(scored.columns), len(scored))
    values = {c: [_value(v) for v in scored[c]] for c in scored.columns}
    rows = []
    for n in range(1, len(scored) + 1):
        here = next(i for i, v in enumerate(values["次序"]) if v == n)
        found = f"MATCH({n},{at.all('次序')},0)"

        def look(column: str, shown: bool = False, at_=here, found_=found) -> object:
            value = values[column][at_]
            if value is None or value == "":
                return None
            return Formula(f'=IF(INDEX({at.all(column)},{found_})="","",'
                           f"INDEX({at.all(column)},{found_}))", value, shown)

        score = f"{of.name}（重算）"
        rows.append({
            **({"名次": look("名次")} if plan.grades.ranked else {}), level: look(level), "等次": look("等次"), of.name: look(score, True),
            "自评": look("自评", True), "核查比自评": look("核查比自评", True),
            "拟办": look("拟办"), "拟办说明": look("拟办说明"), "说明": look("说明"),
            "状态": look("状态")})
    first = ["名次"] if plan.grades.ranked else []
    return pd.DataFrame(rows, columns=[*first, level, "等次", of.name, "自评", "核查比自评", "拟办",
                                       "拟办说明", "说明", "状态"], dtype=object)


def _value(cell: object) -> object:
    return cell.value if isinstance(cell, Formula) else cell


def _ledger_columns(results: Results) -> Columns:
    frame = published.ledger(results)
    return Columns(LEDGER, list(frame.columns), len(frame))


def _sheet_score(results: Results, sheet: str, unit: str, code: str, score: Fraction | None,
                 rows: Columns) -> object:
    """A unit's sheet: full marks minus its ledger rows; `code` is the cell that holds the unit."""
    if score is None:
        return None
    total = results.plan.sheet[sheet].total
    own = results.ledger[(results.ledger["sheet"] == sheet) & (results.ledger["unit"] == unit)] \
        if len(results.ledger) else results.ledger
    if own.empty or total - sum(own["points"], Fraction(0)) != score:
        return float(score)
    return Formula(f'={_number(total)}-SUMPRODUCT(({rows.all("表")}="{sheet}")*({rows.all("单位代码")}'
                   f"={code})*{rows.all('扣分')})", float(score))


def _rounding(cell: str) -> str:
    return f"=ROUND(ROUND({cell},{NOISE}),2)"


def _number(value: Fraction) -> str:
    text = exact_text(value)
    return f"({text})" if "/" in text else text


def _rank(rank: object) -> int | None:
    return None if rank is None or pd.isna(rank) else int(rank)  # type: ignore[call-overload]


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


__all__ = ["BANDS", "FIRST", "Columns", "Formula", "bands", "ledger", "ranking", "ranking_sheet",
           "towns", "towns_sheet", "villages", "villages_sheet"]
