"""综合评价、等次、名次、结果运用：条款六、七、八（R-15…R-24）。"""

from fractions import Fraction as F

import pytest

from hecha.points import publish
from hecha.scoring import composite
from hecha.scoring.composite import Cap, TownResult, figures_of, grade_town, rank_towns
from hecha.scoring.sheets import SheetScore
from hecha.scoring.units import Units
from tests.scoring.small_case import judged_plan

PLAN = judged_plan()
TOWN, VILLAGES = "449901100", ("449901100200", "449901100201")


def sheet(name, unit, score, missing=()):
    value = None if score is None else F(score)
    return SheetScore(name, unit, (), value, F(100), value, value, F(0), "", False, missing, ())


def town_of(county, villages, daily, *, plan=PLAN, caps=(), problem=False, eligible=2):
    drawn = VILLAGES[:len(villages)]
    units = Units({TOWN: "甲镇"}, {TOWN: drawn}, {TOWN: "甲镇"}, {TOWN: eligible}, {})
    sheets = {("town", TOWN): county if isinstance(county, SheetScore) else
              sheet("town", TOWN, county), ("daily", TOWN): sheet("daily", TOWN, daily)}
    sheets |= {("village", v): sheet("village", v, s) for v, s in zip(drawn, villages, strict=True)}
    figures, missing = figures_of(plan, TOWN, units, sheets)
    result = TownResult(TOWN, "甲镇", figures, tuple(missing),
                        composite.UNFINISHED if missing else composite.DONE)
    grade_town(plan, result, caps, problem)
    return result


def test_日常76_县核查100_村90_综合恰为90分_是好不是较好():
    town = town_of(100, [90, 90], 76)
    assert town.figures["year_end"] == 100 * F("0.6") + 90 * F("0.4")
    assert town.figures["comprehensive"] == F("22.8") + F("67.2") == 90
    assert town.grade == "好"


@pytest.mark.parametrize(("score", "shown", "grade"), [
    ("89.995", "90.00", "好"), ("89.9949", "89.99", "较好"), ("80", "80.00", "较好"),
    ("79.994", "79.99", "一般"), ("60", "60.00", "一般"), ("59.99", "59.99", "较差")])
def test_按公布分定等次_四舍五入到两位(score, shown, grade):
    town = town_of(score, [score, score], score)
    assert str(publish(town.figures["comprehensive"])) == shown
    assert town.grade == grade


def test_方案改为按未取整的分定等次_89点995就是较好():
    exact = PLAN.model_copy(update={"grades": PLAN.grades.model_copy(update={"grade_on": "exact"})})
    assert town_of("89.995", ["89.995"] * 2, "89.995", plan=exact).grade == "较好"


def test_权重可由县改_六四变三七():
    plan = judged_plan(weight_county_check="30%", weight_villages="70%")
    town = town_of(100, [90, 80], 76, plan=plan)
    assert town.figures["year_end"] == 100 * F("0.3") + F(90 + 80, 2) * F("0.7")


def test_抽查村平均分是简单平均():
    assert town_of(100, [90, 85], 76).figures["village_mean"] == F(90 + 85, 2)


def test_镇内没有可抽的村_年终成效就是县核查分():
    town = town_of(80, [], 70, eligible=0)
    assert town.figures["village_mean"] is None
    assert town.figures["year_end"] == 80
    assert town.figures["comprehensive"] == 70 * F("0.3") + 80 * F("0.7")


def test_有村可抽却没有抽样结果_不能定等次():
    town = town_of(80, [], 70, eligible=3)
    assert town.grade == "" and "没有抽样结果" in "".join(town.missing)


def test_一个村没有分_全镇未完成_不显示综合评价():
    town = town_of(95, [90, None], 90)
    assert town.state == "未完成"
    assert town.figures["comprehensive"] is None and town.grade == ""


def test_等次上限只压等次_不动分数():
    town = town_of(95, [95, 95], 95, caps=[Cap("较好", "一票")])
    assert (town.figures["comprehensive"], town.grade, town.uncapped) == (95, "较好", "好")


def test_几个上限取最低的():
    caps = [Cap("较好", "一票"), Cap("一般", "县定")]
    assert town_of(95, [95, 95], 95, caps=caps).grade == "一般"


def test_年终等次不受上限影响():
    assert town_of(95, [95, 95], 95, caps=[Cap("一般", "县定")]).grade_of["year_end"] == "好"


def test_名次按公布分_并列的同名次_下一名空出():
    scores = {"甲": "90.001", "乙": "90.004", "丙": "80"}
    towns = [TownResult(n, n, {"comprehensive": F(s)}, ()) for n, s in scores.items()]
    rank_towns(PLAN, towns)
    assert [t.rank for t in towns] == [1, 1, 3]


@pytest.mark.parametrize(("score", "problem", "action"), [
    (95, False, "表扬"), (85, False, "表扬"), (85, True, "约谈分管负责同志"),
    (70, False, "约谈分管负责同志"), (70, True, "约谈分管负责同志"),
    (50, True, "约谈主要负责同志"), (50, False, "约谈分管负责同志")])
def test_结果运用按条款八(score, problem, action):
    town = town_of(score, [score, score], score, problem=problem)
    assert town.consequence.action == action


def test_较差而无突出问题_注明方案未规定():
    assert "方案未规定" in town_of(50, [50, 50], 50).consequence.note


def test_离线半分之内要提示():
    assert town_of("89.6", ["89.6"] * 2, "89.6").near == "好"
    assert town_of("89.4", ["89.4"] * 2, "89.4").near == ""
