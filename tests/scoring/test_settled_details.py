"""计分的细处（scoring.md «Settled details»）：每一条都是有人会来争的话。"""

import pytest

from hecha.plan import Parameter, read_plan
from hecha.points import publish
from hecha.problems import Place, Problems
from hecha.scoring import score_case
from tests.oracle.random_county import flawless
from tests.scoring.small_case import judged_plan, small_case

PLAN = judged_plan()
TOWN, VILLAGE = "449901100", "449901100200"


def scored(county, plan=PLAN):
    return score_case(plan, small_case(county))


def item_of(results, code):
    return results.items.set_index("item").loc[code]


def town_of(results):
    return results.towns.iloc[0]


def replaced(county, item, *rows):
    """The county with the rows of an item replaced by (measure, value)."""
    sheet, unit = next((r[0], r[1]) for r in county.observations if r[2] == item)
    county.observations = [r for r in county.observations if r[2] != item]
    county.observations += [(sheet, unit, item, m, v, "说明") for m, v in rows]
    return county


def test_样样齐全没有问题就是满分():
    assert town_of(scored(flawless()))["comprehensive"] == 100


def test_由入户核查得出的细项不能另作缺项():
    county = flawless()
    county.households[0]["students_served"] = 0
    county.observations.append(("village", VILLAGE, "V-B2-1", "na", "是", "抽查户无学生"))
    results = scored(county)
    assert [p.code for p in results.problems.errors] == ["na_of_derived"]
    assert item_of(results, "V-B2-1")["state"] == "missing"


def poor_villages(rows, count):
    county = replaced(flawless(), "T-A2-1", *rows)
    county.villages[TOWN] = [f"{TOWN}{300 + n}" for n in range(count)]
    return item_of(scored(county), "T-A2-1")


def test_有三个相对贫困村只填一个不算填完():
    assert poor_villages([("value", "14160")], 3)["reason"] == "应填3个村，填了1个"


def test_有相对贫困村却作缺项不认():
    assert poor_villages([("na", "是")], 2)["state"] == "missing"


def test_没有相对贫困村也没有填就是缺项():
    assert poor_villages([], 0)["state"] == "na"


def test_同一个村填两行不算两个村():
    county = flawless()
    code = f"{TOWN}300"
    county.villages[TOWN] = [code, f"{TOWN}301"]
    county.observations = [r for r in county.observations if r[2] != "T-A2-1"]
    county.observations += [("town", TOWN, "T-A2-1", "value", "14160", f"{code} 某村")] * 2
    assert item_of(scored(county), "T-A2-1")["state"] == "missing"


def test_县没有给户脱贫标准_收入各项不计分_而不是全部达标():
    plan = read_plan("params/xian2023", [], Problems())
    results = scored(flawless(), plan)
    assert "没有户脱贫标准" in item_of(results, "V-A1-1")["reason"]
    assert town_of(results)["state"] == "未完成"


def test_县没有给村收入标准_这一项不是缺项():
    plan = read_plan("params/xian2023", [Parameter("income_standard", "10620", Place("参数"))],
                     Problems())
    assert item_of(scored(flawless(), plan), "T-A2-1")["state"] == "missing"


def test_突出问题写在没抽到的村上_也是这个镇的():
    county = flawless()
    county.adjustments.append(("outstanding_problem", "", f"{TOWN}999", "", "", ""))
    assert town_of(scored(county))["problem"]


def test_扣罚写在没有这张表的单位上_报错而不是落空():
    county = flawless()
    county.adjustments.append(("penalty", "daily", VILLAGE, "", "9", ""))
    results = scored(county)
    assert [p.code for p in results.problems.errors] == ["unscored_unit"]
    assert town_of(results)["state"] == "待确认"


def test_扣罚写明扣前扣后():
    county = flawless()
    county.adjustments.append(("penalty", "town", TOWN, "", "2.5", ""))
    sentence = scored(county).ledger.set_index("type").loc["penalty", "sentence"]
    assert sentence == "因（文），扣2.5分：由100.00分到97.50分"


def test_不知道该扣谁的考勤_每个镇都待确认():
    county = flawless(((1,), (1,)))
    county.cases = [("实地核查", "缺勤", "", "")]
    case = small_case(county)
    case.attendance["person_id"] = "X999"
    results = score_case(PLAN, case)
    assert set(results.towns["state"]) == {"待确认"} and not results.final


def test_没有镇也没有村的人缺勤_列出来():
    county = flawless()
    county.cases = [("实地核查", "缺勤", "", "")]
    results = scored(county)
    assert town_of(results)["comprehensive"] == 100
    assert "没有派出镇" in results.listed.iloc[0]["reason"]


def test_村的上级等次不压镇的等次():
    county = flawless()
    case = small_case(county)
    row = {"level": "市", "object": "村", "unit": VILLAGE, "score": None, "full": None,
           "grade": "较差", "document": "文", "file": "上级", "sheet": "", "row": 2}
    case.external.loc[0] = row
    assert town_of(score_case(PLAN, case))["grade"] == "好"


def test_镇只有上级等次没有分数_等次不高于它():
    case = small_case(flawless())
    case.external.loc[0] = {"level": "省", "object": "镇", "unit": TOWN, "score": None,
                            "full": None, "grade": "一般", "document": "文", "file": "上级",
                            "sheet": "", "row": 2}
    town = town_of(score_case(PLAN, case))
    assert (town["grade"], town["comprehensive"]) == ("一般", 100) and "待补分数" in town["caps"]


@pytest.mark.parametrize("typed", ["-1", "0.5", "①"])
def test_被通报处数只能是0或正整数(typed):
    county = replaced(flawless(), "D-E1-08", ("late", "否"), ("value", typed))
    assert item_of(scored(county), "D-E1-08")["state"] == "missing"


def test_圈码不是数字():
    county = replaced(flawless(), "T-B2-1", ("rate", "①00"))
    assert item_of(scored(county), "T-B2-1")["state"] == "missing"


def test_作缺项要写原因_没写就提示():
    county = flawless()
    county.observations = [r for r in county.observations if r[2] != "T-B3-3"]
    county.observations.append(("town", TOWN, "T-B3-3", "na", "是", ""))
    results = scored(county)
    assert "na_without_reason" in [p.code for p in results.problems.warnings]


def loss_maker():
    """A household just above the standard whose business lost money."""
    county = flawless()
    county.households[0] |= {"members": 1, "insured": 1, "工资性收入": "15000", "经营收入": "0",
                             "经营费用": "6000"}
    return county


@pytest.mark.parametrize(("formula", "business", "met"), [
    ("F1", "keep", 0), ("F1", "clip", 1), ("F2", "keep", 0), ("F2", "clip", 1)])
def test_经营亏损照减或按0计_两种口径都管用(formula, business, met):
    plan = judged_plan(income_formula=formula, negative_business_income=business)
    county = loss_maker()
    for part in county.households[0]:
        if part.endswith(("收入", "支出", "费用", "折旧", "税", "补贴")) and part not in (
                "工资性收入", "经营费用", "不计入收入"):
            county.households[0][part] = "0"
    assert item_of(scored(county, plan), "V-A1-1")["score"] == 15 * met


@pytest.mark.parametrize(("count", "says"), [("是", "不计养老金则不达标"), ("否", "计入养老金则达标")])
def test_达标与否取决于养老金的户要列出来(count, says):
    county = flawless()
    county.households[0] |= {"members": 1, "insured": 1, "工资性收入": "9000", "经营收入": "0",
                             "经营费用": "0", "转移性收入": "2400", "其中养老金": "2400"}
    results = scored(county, judged_plan(count_pension=count))
    assert says in "；".join(results.income_turns["turns"])


COUNTY_KEYS = {
    "grade_basis": "年终成效", "attendance_counts": "核查培训、实地核查", "external_order": "市、省",
    "count_pension": "否", "include_imputed_rent": "是", "negative_business_income": "clip",
    "income_formula": "F1", "weight_county_check": "60%", "grade_bands": "85/75/60",
    "household_draw_rule": "disabled_first", "report_due_days": "2", "score_final": "次日"}


@pytest.mark.parametrize("key", COUNTY_KEYS)
def test_县能填的参数改了也算得出来_写得出表(key):
    from hecha.report import published

    results = scored(flawless(), judged_plan(**{key: COUNTY_KEYS[key]}))
    tables = published.tables(results)
    assert f"{publish(town_of(results)['comprehensive'])}" == "100.00"
    assert len(tables["towns"]) == 1


def test_考勤事项写错了_方案就不能用():
    problems = Problems()
    read_plan("params/xian2023", [Parameter("attendance_counts", "实地检查", Place("参数", "", 3))],
              problems)
    assert "没有“实地检查”这个考勤事项" in str(problems)
