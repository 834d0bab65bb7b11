"""The default plan says what the text and the catalogue say, and a county's table fits on it."""

from __future__ import annotations

import csv
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from hecha.case.desk import Desk
from hecha.case.parameters import read_parameters
from hecha.plan import Parameter, load_plan
from hecha.problems import Place, Problems, Refused

PLAN = "params/xian2023"
CATALOGUE = list(csv.DictReader(Path("tests/oracle/catalogue.csv").open(encoding="utf-8-sig")))


@pytest.fixture(scope="module")
def plan():
    return load_plan(PLAN)


def county_table(folder: str) -> list[Parameter]:
    rows = read_parameters(Desk(Path(folder), Problems())).itertuples()
    return [Parameter(r.key, r.value, Place(r.file, r.sheet, r.row)) for r in rows]


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row["code"])
def test_每个细项与指标目录一致(plan, row):
    item = plan.item[row["sheet"], row["code"]]
    assert plan.headings(item) == [row["dimension"], row["indicator"]]
    assert item.name == row["name"]
    assert item.points == Fraction(row["points"])
    assert item.rule.kind == row["kind"]
    assert item.source == row["source"]
    assert (item.na_when or "") == row["na_when"]


def test_三张表五十个细项各一百分(plan):
    points = {s.id: sum(i.points for i in plan.items_of(s.id)) for s in plan.sheets}
    assert points == {"town": 100, "village": 100, "daily": 100}
    assert len(plan.items) == len(CATALOGUE) == 50


def test_五个维度十一项指标(plan):
    dimensions = [g for g in plan.groups if g.parent is None]
    indicators = [g for g in plan.groups if g.parent]
    assert len(dimensions) == 5
    assert len(indicators) == 2 + 3 + 1 + 1 + 4


def test_权重与等次线出自正文(plan):
    assert plan.figure["year_end"].parts == {"county_check": Fraction(60, 100),
                                             "village_mean": Fraction(40, 100)}
    assert plan.figure["comprehensive"].parts == {"daily": Fraction(30, 100),
                                                  "year_end": Fraction(70, 100)}
    assert plan.grades.of_score(Fraction(90)) == "好"
    assert plan.grades.of_score(Fraction("89.99")) == "较好"
    assert plan.grades.of_score(Fraction(80)) == "较好"
    assert plan.grades.of_score(Fraction(60)) == "一般"
    assert plan.grades.of_score(Fraction("59.99")) == "较差"


def test_正文没有说清的四十六处都有读法_且都待批(plan):
    numbered = [r.id for r in plan.readings if r.id.startswith("A-")]
    assert numbered == [f"A-{n:02d}" for n in range(1, 47)]
    assert {r.status for r in plan.readings} == {"proposed"}


def test_拟定的内容都依据一条读法_其余都有原文(plan):
    for path, block in plan.blocks():
        assert block.reading if block.basis == "assumed" else block.quote, path


def test_县的参数表叠加在方案上_只有县改动的才记为县定():
    plan = load_plan(PLAN, county_table("data/yunxi"))
    assert plan.plan.county_name == "云溪县"
    assert plan.household.income.standard == 10620
    assert plan.household.income.village_standard == 14160
    assert plan.sample.household_rule == "disabled_first"
    assert plan.day("deadline") == date(2024, 1, 10)
    decided = {d.path: (d.was, d.value, d.line) for d in plan.decisions}
    assert decided["sample.household_rule"] == ("last_gives_way", "disabled_first", 23)
    assert "figures.year_end.parts.county_check" not in decided  # 60%，与正文相同


def test_县的参数表里的错误_一次说全():
    wrong = [Parameter("incom_standard", "10620", Place("plan_parameters.md", "", 11)),
             Parameter("villages_per_town", "4.5", Place("plan_parameters.md", "", 12)),
             Parameter("grade_bands", "90/80", Place("plan_parameters.md", "", 13)),
             Parameter("grade_basis", "日常工作", Place("plan_parameters.md", "", 14))]
    with pytest.raises(Refused) as refused:
        load_plan(PLAN, wrong)
    assert [str(p).split("；")[0] for p in refused.value.problems] == [
        "错误 plan_parameters.md第11行：方案没有“incom_standard”这个参数（是不是“income_standard”？）",
        "错误 plan_parameters.md第12行：参数“villages_per_town”：应为0或正整数，不能有小数，填的是“4.5”",
        "错误 plan_parameters.md第13行：参数“grade_bands”：应写3个界限，从高到低，用“/”隔开，填的是“90/80”",
        "错误 plan_parameters.md第14行：参数“grade_basis”：只认得：综合评价、年终成效，填的是“日常工作”",
    ]


def test_县把权重改成不合计一百_连同所在行一起说():
    with pytest.raises(Refused) as refused:
        load_plan(PLAN, [Parameter("weight_daily", "40%", Place("plan_parameters.md", "", 40))])
    assert [str(p).split("行：", 1)[1] for p in refused.value.problems] == [
        "“综合评价”的权重合计110%，应为100%"
        "（其中weight_daily在plan_parameters.md第40行另定）"]
