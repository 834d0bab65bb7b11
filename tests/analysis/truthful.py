"""A case made from a simulated county, for tests of what is looked at and how it is told."""

import pandas as pd

from hecha.analysis.honesty import Returned
from hecha.analysis.nearly_same import COMPARED
from hecha.analysis.simulated import Wrong, county
from hecha.case.shapes import HOUSEHOLDS
from hecha.plan.changing import with_values
from tests.report.made import PLAN, made_results

STANDARD = 10_620
WORDS = {"food": "达标", "clothing": "达标", "education": "不适用", "medical": "达标", "water": "达标",
         "housing": "A"}


def made_plan():
    """The default plan with an income standard, which a county must give it."""
    return with_values(PLAN, {"household.income.standard": STANDARD})


def made_case(wrong=None, seed=1, towns=3):
    """Households whose verified income is wages alone, and the register, of a simulated county."""
    one = county(seed, wrong or Wrong(), towns=towns, villages=2)
    frame = one.households
    rows = pd.DataFrame({c.name: 0 for c in HOUSEHOLDS.columns}, index=frame.index)
    rows = rows.assign(**WORDS, note="", head="张三丰", members=1, visit_date="", village_name="")
    rows = rows.assign(**{c: frame[c] for c in COMPARED if c != "wages"})
    for name in ("household", "village", "visitor"):
        rows[name] = frame[name]
    other = rows["business_income"] - rows["business_costs"] - rows["depreciation"] - rows[
        "production_tax"] + rows["production_subsidy"] + rows["property_income"] - rows[
        "property_outlay"] + rows["transfer_income"]
    rows["wages"] = (frame["verified"] * 100).round().astype(int) - other
    rows["self_income"] = (frame["reported"] * 100).round().astype(int)
    towns_of = {code: f"4499011{i:02d}" for i, code in enumerate(dict.fromkeys(frame["town"]))}
    rows["town"] = frame["town"].map(towns_of)
    rows["village"] = [town + village[-3:] for town, village in zip(rows["town"], frame["village"])]
    rows = rows.assign(file="returns/核查记录_" + rows["town"] + ".xlsx", sheet="入户核查",
                       row=range(2, len(rows) + 2), replaces="")
    persons = pd.DataFrame({
        "household": [f"{n:016d}" for n in range(len(one.register))], "village": one.register["town"] + "200",
        "reported_income": (one.register["income"] * 100).round().astype(int)})
    observed = pd.DataFrame(columns=["sheet", "unit", "item", "measure", "value", "note"])
    visited = rows[["town", "village", "household", "members"]].assign(
        N=8, M=20, weight=(8 / 2) * (20 / 5), bad=(frame["verified"] < STANDARD).astype(int))
    return Returned(rows, persons, observed, visited, {"bad": "未真正脱贫户"})


def results(**given):
    """Results of the towns of `made_case`."""
    return made_results(**given)
