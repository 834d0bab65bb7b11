"""A county made by hand, so that a test of telling needs no file and no scoring.

Every item has full points but the first of each sheet, which loses what a town is told
to lose; the ledger, the sheets and the figures follow from that.
"""

from __future__ import annotations

from fractions import Fraction

import pandas as pd

from hecha.batch.opening import unranked
from hecha.plan import load_plan
from hecha.problems import Place, Problems
from hecha.scoring import composite
from hecha.scoring.composite import TownResult
from hecha.scoring.results import Results, towns_frame
from hecha.scoring.units import Units

PLAN = load_plan("params/xian2023")
MARK = PLAN.publication.mark
SELF = ("town", "town_name", "county_check", "village_mean", "daily", "submitted_on")


def made_results(names=("甲镇", "乙镇", "丙镇"), lost=(4, 10, 30), unfinished=(), unconfirmed=(),
                 villages=2, self_scores=True, village_name="{}子村民委员会",
                 ranked=True) -> Results:
    """Results of towns with these names; `lost` points off each of a town's sheets."""
    codes = [f"4499011{i:02d}" for i in range(len(names))]
    drawn = {c: tuple(f"{c}{200 + v}" for v in range(villages)) for c in codes}
    all_names = dict(zip(codes, names, strict=True)) | {
        v: village_name.format("一二三四"[i]) for vs in drawn.values() for i, v in enumerate(vs)}
    units = Units(dict(zip(codes, names, strict=True)), drawn, all_names,
                  dict.fromkeys(codes, 9), {})
    items, ledger, sheets = [], [], []
    for code, points in zip(codes, lost, strict=True):
        for sheet in PLAN.sheets:
            own = drawn[code] if PLAN.level[sheet.level].sampled else (code,)
            for unit in own:
                _sheet(sheet, unit, code, all_names, Fraction(points), code in unfinished, items,
                       ledger, sheets)
    towns = [_town(c, n, Fraction(p), c in unfinished, c in unconfirmed, villages)
             for c, n, p in zip(codes, names, lost, strict=True)]
    if ranked and not unfinished:
        composite.rank_towns(PLAN, towns)
    missing = [{"town": c, "town_name": all_names[c], "what": f"镇核查表 T-A1-1 {_first('town').name}："
                "没有填“达到”"} for c in unfinished]
    return Results(
        plan=PLAN if ranked else unranked(PLAN), units=units, towns=towns_frame(PLAN, towns), sheets=_frame(sheets),
        items=_frame(items), ledger=_frame(ledger),
        missing=pd.DataFrame(missing, columns=["town", "town_name", "what"], dtype=object),
        income_turns=_turns(codes[0], drawn), listed=_listed(), problems=_problems(unconfirmed),
        self_scores=pd.DataFrame([(c, n, "99", "98.5", "97", "2023-12-20") for c, n in
                                  zip(codes, names, strict=True)] if self_scores else [],
                                 columns=SELF), mark=MARK)


def _first(sheet):
    """The item that loses the points: the one worth most, so that it can lose them."""
    return max(PLAN.items_of(sheet), key=lambda i: i.points)


def _sheet(sheet, unit, town, names, lost, missing, items, ledger, sheets) -> None:
    first = _first(sheet.id)
    lost = min(lost, first.points)
    for item in PLAN.items_of(sheet.id):
        hit = item.code == first.code
        state = "missing" if missing and hit and sheet.id == "town" else "scored"
        heads = PLAN.headings(item)
        items.append({"sheet": sheet.id, "unit": unit, "town": town, "item": item.code,
                      "name": item.name, "dimension": heads[0], "indicator": heads[-1],
                      "points": item.points, "state": state,
                      "score": None if state == "missing" else item.points - (lost if hit else 0),
                      "reason": "没有填“达到”" if state == "missing" else ""})
    ledger.append({"sheet": sheet.id, "unit": unit, "town": town, "item": first.code,
                   "item_name": first.name, "type": "deduction", "type_name": "扣分",
                   "measure": "met", "count": Fraction(1), "price": lost, "points": lost,
                   "sentence": f"1 × 每件{lost}分", "clause": first.clause, "basis": first.basis,
                   "reading": "、".join(first.reading), "evidence": "returns/表.xlsx［表］第3行"})
    gone = missing and sheet.id == "town"
    sheets.append({"sheet": sheet.id, "unit": unit, "unit_name": names[unit], "town": town,
                   "applicable": sheet.total, "earned": None if gone else sheet.total - lost,
                   "before": None if gone else sheet.total - lost, "na_points": Fraction(0),
                   "sentence": "", "flagged": False,
                   "score": None if gone else sheet.total - lost, "external": "",
                   "missing": f"{first.code} {first.name}：没有填“达到”" if gone else ""})


def _town(code, name, lost, unfinished, unconfirmed, villages) -> TownResult:
    state = composite.UNFINISHED if unfinished else (
        composite.UNCONFIRMED if unconfirmed else composite.DONE)
    own = {s.id: s.total - min(lost, _first(s.id).points) for s in PLAN.sheets}
    figures = {"county_check": own["town"], "village_mean": own["village"] if villages else None,
               "daily": own["daily"]}
    figures["year_end"] = (figures["county_check"] * Fraction(6, 10)
                           + figures["village_mean"] * Fraction(4, 10))
    figures["comprehensive"] = (figures["daily"] * Fraction(3, 10)
                                + figures["year_end"] * Fraction(7, 10))
    figures = {f.id: None if unfinished else figures[f.id] for f in PLAN.figures}
    result = TownResult(code, name, figures, ("镇核查表",) if unfinished else (), state)
    composite.grade_town(PLAN, result, [], False)
    return result


def _turns(town, drawn) -> pd.DataFrame:
    columns = ["town", "village", "village_name", "place", "members", "f1", "f2", "turns"]
    rows = [(town, v, "子村民委员会", "returns/a.xlsx［入户核查］第2行", 2, 100, 90, "F1达标、F2不达标")
            for v in drawn[town][:1]]
    return pd.DataFrame(rows, columns=columns)


def _listed() -> pd.DataFrame:
    return pd.DataFrame([("考勤缺勤", "", "所帮扶村未被抽到", "roster/考勤.csv第4行")],
                        columns=["what", "unit", "reason", "place"])


def _problems(unconfirmed) -> Problems:
    problems = Problems()
    for town in unconfirmed:
        problems.error(Place("returns/表.xlsx", "镇核查", 3, "数值"), "bad_value", "不是数字",
                       found="abc", units=[town])
    return problems


def _frame(rows: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(rows, dtype=object)
