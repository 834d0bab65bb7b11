"""Plain data made into a Case, so that a test can score a county of its own.

The data are those of tests/oracle: observations, households, cases, results and
adjustments as a person would list them.
"""

from decimal import Decimal

import pandas as pd

from hecha.case import Case
from hecha.plan import Parameter, load_plan
from hecha.points import fen, whole, yes
from hecha.problems import Place, Problems

MONEY = {
    "工资性收入": "wages", "经营收入": "business_income", "经营费用": "business_costs",
    "固定资产折旧": "depreciation", "生产税": "production_tax", "生产补贴": "production_subsidy",
    "财产性收入": "property_income", "财产性支出": "property_outlay",
    "转移性收入": "transfer_income", "其中养老金": "pension", "转移性支出": "transfer_outlay",
    "自有住房折算净租金": "imputed_rent", "不计入收入": "excluded_income",
    "self_income": "self_income",
}
COUNTS = ("members", "students_due", "students_served", "dibao_due", "dibao_served", "pension_due",
          "pension_served", "insured", "able_workers", "willing_workers", "employed_workers",
          "handbook_errors", "inconsistencies")
FLAGS = ("industry_measure", "effective_measure", "wrongly_identified")
TEXTS = ("food", "clothing", "education", "medical", "water", "housing")


def judged_plan(**parameters):
    """The default plan with the standards of the fictional county (and more, by key)."""
    given = {"income_standard": "10620", "village_income_standard": "14160", **parameters}
    return load_plan("params/xian2023", [Parameter(k, v, Place("参数", "", i))
                                         for i, (k, v) in enumerate(given.items(), 1)])


def small_case(county) -> Case:
    """A Case of a tests/oracle County."""
    cases = pd.DataFrame([
        {"event": event, "state": state, "person_id": f"P{i}", "file": "考勤", "sheet": "", "row": i}
        for i, (event, state, _, _) in enumerate(county.cases)] or [_someone_present()])
    staff = pd.DataFrame([{"person_id": f"P{i}", "home_town": home, "stationed_village": post}
                          for i, (_, _, home, post) in enumerate(county.cases)] or [
                              {"person_id": "P", "home_town": "", "stationed_village": ""}])
    drawn = [(town, village) for town, villages in county.drawn.items() for village in villages]
    households = [_household(row, i) for i, row in enumerate(county.households)]
    empty = pd.DataFrame()
    return Case(
        villages=_villages(county), persons=empty, staff=staff, attendance=cases,
        drawn_villages=pd.DataFrame([{"town": t, "village": v, "chosen": None, "disabled": None}
                                     for t, v in drawn],
                                    columns=["town", "village", "chosen", "disabled"]),
        drawn_households=pd.DataFrame([
            {"village": h["village"], "household": h["household"], "choice": "正选", "order": 1}
            for h in households], columns=["village", "household", "choice", "order"]),
        observations=_observations(county.observations),
        households=pd.DataFrame(households), teams=empty, external=_external(county),
        adjustments=_adjustments(county.adjustments), self_scores=empty, rectification=empty,
        parameters=empty, forms_in={}, accounts=empty, set_aside=empty, inputs={},
        problems=Problems())


def _someone_present():
    return {"event": "实地核查", "state": "正常", "person_id": "P", "file": "", "sheet": "", "row": 1}


def _villages(county):
    rows = [(t, v, "非贫困村") for t, villages in county.drawn.items() for v in villages]
    rows += [(t, v, "相对贫困村") for t, villages in county.villages.items() for v in villages]
    rows += [(t, f"{t}999", "居委会") for t in county.drawn]
    return pd.DataFrame([{"town": t, "town_name": f"镇{t[-3:]}", "village": v,
                          "village_name": f"村{v[-6:]}", "village_type": kind, "has_task": True}
                         for t, v, kind in rows])


def _observations(rows):
    names = ["sheet", "unit", "item", "measure", "value", "note"]
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    return frame.assign(file="表", form="", row=range(1, len(frame) + 1))


def _household(row, index):
    money = {name: fen(row.get(header, 0)) for header, name in MONEY.items()}
    return {"household": row["household"], "village": row["village"], "visit_date": "",
            "replaces": "", "disabled": False, "file": "户", "sheet": "", "row": index, **money,
            **{name: whole(row[name]) for name in COUNTS},
            **{name: yes(row[name]) for name in FLAGS}, **{name: row[name] for name in TEXTS}}


def _external(county):
    rows = [{"level": level, "object": "镇" if unit in county.drawn else "村", "unit": unit,
             "score": Decimal(score), "full": Decimal(full), "grade": "", "document": "文",
             "file": "上级", "sheet": "", "row": i}
            for i, (level, unit, score, full) in enumerate(county.external)]
    return pd.DataFrame(rows, columns=["level", "object", "unit", "score", "full", "grade",
                                       "document", "file", "sheet", "row"], dtype=object)


def _adjustments(rows):
    made = [{"type": kind, "sheet": sheet, "unit": unit, "item": item,
             "points": Decimal(points or 0), "grade_cap": cap, "reason": "因", "approval": "文",
             "file": "调整", "form": "", "row": i}
            for i, (kind, sheet, unit, item, points, cap) in enumerate(rows)]
    return pd.DataFrame(made, columns=["type", "sheet", "unit", "item", "points", "grade_cap",
                                       "reason", "approval", "file", "form", "row"], dtype=object)
