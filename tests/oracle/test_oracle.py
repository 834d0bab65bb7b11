"""第二个计分程序自身可信：与样例镇一致，并与手算一致。

Every hand-worked case starts from a county without a fault (every sheet 100): town 449901100, one
sampled village, one household, unless it says otherwise. Each docstring is the sentence at issue.
"""

import csv
from fractions import Fraction as F

import pytest
from hypothesis import given, settings

from tests.oracle.default_items import half_up
from tests.oracle.random_county import CATALOGUE, counties, flawless
from tests.oracle.read_county import YUNXI, read_county
from tests.oracle.second_scorer import score_county

TOWN, VILLAGE = "449901100", "449901100200"
SHEETS = {"T": ("town", TOWN), "V": ("village", VILLAGE), "D": ("daily", TOWN)}


def found(county, item, *rows):
    """The county with the observations of one item replaced by (measure, value) rows."""
    sheet, unit = SHEETS[item[0]]
    county.observations = [o for o in county.observations if o[1:3] != (unit, item)] + [
        (sheet, unit, item, measure, value, "") for measure, value in rows]
    return county


def score(county):
    return score_county(**vars(county))


def item_score(county, item):
    return score(county)["items"][(*SHEETS[item[0]], item)]


def sheet_score(county, letter):
    return score(county)["sheets"][SHEETS[letter]]


def with_homes(*changes):
    """One household for each dict of changes, in the one sampled village."""
    county = flawless(((len(changes),),))
    for household, change in zip(county.households, changes):
        household |= change
    return county


def test_sample_town_to_the_last_item():
    """样例镇449901105的每个细项、每张表、每个总分和等次，与expected逐一相同（8位小数）。"""
    result, town = score_county(**read_county()), "449901105"
    assert not result["missing"]
    with open(YUNXI / "expected" / f"{town}.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    mine = result["towns"][town]
    exact = {("item", *key): s for key, s in result["items"].items()}
    exact |= {("sheet", *key, ""): s for key, s in result["sheets"].items()}
    exact |= {("total", name, town, ""): s for name, s in mine.items()}
    for row in rows:
        figure = exact[row["level"], row["sheet"], row["unit"], row["item"]]
        if row["sheet"] == "grade":
            assert figure == row["remark"]
        elif row["remark"] == "缺项":
            assert figure is None, row
        else:
            assert half_up(figure, 8) == F(row["score"]), row
        if row["level"] == "total" and row["sheet"] != "grade":
            assert half_up(figure) == F(row["remark"]), row
    assert len(rows) == 102
    listed = {(r["sheet"], r["unit"], r["item"]) for r in rows if r["level"] == "item"}
    assert listed == {k for k in result["items"] if k[1].startswith(town)}


def test_flawless_county():
    """样样都好的县，三张表都是100分，等次为好。"""
    result = score(flawless())
    assert set(result["sheets"].values()) == {F(100)}
    assert result["towns"][TOWN]["grade"] == "好"


@pytest.mark.parametrize(("rate", "expected"), [
    ("100", 3), ("99.91", 2), ("99.9", 2), ("９９．９０％", 2), ("99.89", 1), ("99.80%", 1), ("99.79", 0),
    ("99", 0), ("0.999", 0)])
def test_started_step(rate, expected):
    """控辍保学低于100%的，每开始一个0.1个百分点扣1分：99.91差0.09算一个，99.89差0.11算两个；0.999不是99.9%。"""
    assert item_score(found(flawless(), "T-B2-1", ("rate", rate)), "T-B2-1") == expected


@pytest.mark.parametrize(("households", "expected"), [(20, 0), (21, 10), (19, 0)])
def test_gate_at_five_percent(households, expected):
    """错误识别1户：抽查20户正好5%，归零；21户为4.76%，不归零。"""
    county = with_homes({"wrongly_identified": "√"}, *[{}] * (households - 1))
    assert item_score(county, "T-D1-1") == expected


def test_gate_before_its_rule():
    """错误识别达到5%的，投诉件数不再计算；没有错误识别的，投诉2件扣2分：10 − 2 = 8。"""
    assert item_score(found(flawless(), "T-D1-1", ("complaints", "2")), "T-D1-1") == 8
    gated = found(with_homes({"wrongly_identified": "是"}), "T-D1-1", ("complaints", "2"))
    assert item_score(gated, "T-D1-1") == 0


@pytest.mark.parametrize(("rows", "expected"), [
    ([("中央", "春耕"), ("省", "春耕"), ("县", "春耕")], 5),
    ([("县", "春耕"), ("市", "电商1"), ("省", " 电商１ ")], F(7, 2)),
    ([("省", "春耕"), ("省", "春耕")], 3),
    ([("中央", "甲"), ("中央", "乙"), ("中央", "丙"), ("县", "丁")], 15),
    ([], 0)])
def test_same_story_counts_once(rows, expected):
    """同一篇稿件多级刊登取最高：中央、省、县同登一稿得5分；县0.5 + 省3 = 3.5；15分封顶；没有稿件得0分。"""
    assert item_score(found(flawless(), "D-E3-1", *rows), "D-E3-1") == expected


@pytest.mark.parametrize(("county_result", "published", "grade"), [
    ("319.95", "90.00", "好"), ("319.949", "89.99", "较好")])
def test_rounding_before_the_grade(county_result, published, grade):
    """综合89.995公布为90.00，是好；89.9949公布为89.99，是较好。

    日常100 × 30% = 30；村100 × 40% × 70% = 28；县核查分319.95 ÷ 420 × 100，× 60% × 70% = 31.995。
    """
    county = flawless()
    county.external = [("省", TOWN, county_result, "420")]
    town = score(county)["towns"][TOWN]
    assert town["comprehensive"] == 58 + F(county_result) / 10
    assert (town["published"], town["grade"]) == (F(published), grade)


def test_not_applicable_items_rescale_the_sheet():
    """本镇无抽调（5分）缺项、明星产品80%（6分得4分）：适用满分95分,实得93.00分,换算为97.89分。"""
    county = found(found(flawless(), "D-E4-3", ("na", "是")), "D-E2-1", ("value", "80%"))
    assert item_score(county, "D-E4-3") is None
    assert sheet_score(county, "D") == F(9300, 95)


def test_sheet_without_an_applicable_item():
    """一张表全部缺项的没有分数，该镇没有总分，名次空缺。"""
    county = found(flawless(), "D-E2-2", ("na", "是"))
    county.catalogue = [e for e in CATALOGUE if e["sheet"] != "daily" or e["code"] == "D-E2-2"]
    result = score(county)
    assert SHEETS["D"] not in result["sheets"]
    town = result["towns"][TOWN]
    assert (town["year_end"], town["comprehensive"], town["grade"], town["rank"]) == (100, None, None, None)


def test_inapplicable_sub_items_leave_the_checklist():
    """资金项目5个小项，2项不适用，其余3项中1项为否：10 × 2/3；5项都不适用即缺项。"""
    subs = ("项目公示", "资金公示", "台账", "验收", "管护")
    rows = list(zip(subs, ("是", "×", "１", "不适用", "不适用")))
    assert item_score(found(flawless(), "V-C1-1", *rows), "V-C1-1") == F(20, 3)
    assert item_score(found(flawless(), "V-C1-1", *((s, "不适用") for s in subs)), "V-C1-1") is None


def test_all_sub_items_inapplicable_where_not_allowed():
    """低保与养老保险不允许缺项：两项都写不适用的，镇表没有分数。"""
    result = score(found(flawless(), "T-B2-3", ("低保", "不适用"), ("养老保险", "不适用")))
    assert result["missing"] == {("town", TOWN, "T-B2-3")}
    assert SHEETS["T"] not in result["sheets"]


@pytest.mark.parametrize(("frauds", "expected"), [
    (["T-B1-3"], 93), (["T-B1-3", "T-B2-1", "T-B2-3", "T-B2-4", "T-B2-5"], 66)])
def test_fraud(frauds, expected):
    """弄虚作假一项（2分）：100 − 2 − 5 = 93；五项（2+3+3+3+3=14分）：100 − 14 − 20 = 66，另扣以20分为限。"""
    county = flawless()
    county.adjustments = [("fraud", "town", TOWN, item, "", "") for item in frauds]
    assert sheet_score(county, "T") == expected
    assert score(county)["towns"][TOWN]["grade"] != "较差"


def test_fraud_after_rescaling():
    """无年度任务（8分）缺项，造假2分的一项：90 ÷ 92 × 100 − 5；扣5分在折算之后。"""
    county = found(flawless(), "T-A1-1", ("na", "是"))
    county.adjustments = [("fraud", "town", TOWN, "T-B1-3", "", "")]
    assert sheet_score(county, "T") == F(9000, 92) - 5


def test_penalty_and_the_one_clamp():
    """扣2.5分：97.5；扣70分又扣40分：不低于0分。"""
    county = flawless()
    county.adjustments = [("penalty", "village", VILLAGE, "", "2.5", "")]
    assert sheet_score(county, "V") == F("97.5")
    county.adjustments = [("penalty", "village", VILLAGE, "", p, "") for p in ("70", "40")]
    assert sheet_score(county, "V") == 0


def test_serious_violation_stands_under_an_external_result():
    """严重违规1件：该项0分（100 − 6 = 94）；省核查给满分的，镇得100分，但等次仍以较好为限。"""
    county = found(flawless(), "T-C1-3", ("一般问题", "0"), ("严重违规", "１"))
    assert (item_score(county, "T-C1-3"), sheet_score(county, "T")) == (0, 94)
    county.external = [("省", TOWN, "100", "100")]
    town = score(county)["towns"][TOWN]
    assert (town["county_check"], town["published"], town["grade"]) == (100, 100, "较好")


def test_province_before_city():
    """省、市都有结果的用省的：106.7 ÷ 120 × 100；替换后本表的扣分不再起作用；未抽到的村不计。"""
    county = flawless()
    county.external = [("省", VILLAGE, "106.7", "120"), ("市", VILLAGE, "93.5", "100"),
                       ("市", "449901100999", "1", "100")]
    county.adjustments = [("penalty", "village", VILLAGE, "", "50", "")]
    result = score(county)
    assert result["sheets"][SHEETS["V"]] == F(10670, 120)
    assert result["towns"][TOWN]["village_mean"] == F(10670, 120)


def test_grade_cap():
    """限定等次不改分数：100分，等次一般。"""
    county = flawless()
    county.adjustments = [("grade_cap", "", TOWN, "", "", "一般")]
    town = score(county)["towns"][TOWN]
    assert (town["published"], town["grade"]) == (100, "一般")


def test_attendance_counts_twice():
    """核查时缺勤1次：本镇日常扣2分，所帮扶村扣1分，加上村里自查的迟到1次0.5分；培训缺勤不算；县级人员只扣村。"""
    county = found(flawless(), "V-B3-1", ("迟到", "1"))
    county.cases = [("实地核查", "缺勤", TOWN, VILLAGE), ("核查培训", "缺勤", TOWN, VILLAGE),
                    ("实地核查", "正常", TOWN, VILLAGE), ("实地核查", "早退", "", VILLAGE)]
    assert item_score(county, "D-E4-3") == 3
    assert item_score(county, "V-B3-1") == 5 - 1 - F(1, 2) - F(1, 2)


def test_income_equal_to_the_standard():
    """人均10620元即达标；全户少1分钱即不达标：15 × 1/2，镇表扣1分。"""
    county = with_homes({}, {"工资性收入": "10619.99"})
    assert item_score(county, "V-A1-1") == F(15, 2)
    assert item_score(county, "T-A1-3") == 7


def test_income_is_not_rounded():
    """三口之家31859.99元，人均10619.9966…，四舍五入是10620.00，仍不达标。"""
    assert item_score(with_homes({"members": 3, "工资性收入": "31859.99"}), "V-A1-1") == 0


def test_income_by_f2():
    """20000 + (5000 − 3000 − 500 − (40 − 140)) + (300 − 100) + (900 − 1000) = 21700；两人各10850，达标。

    差1000元经营费用：20700 ÷ 2 = 10350，不达标。养老金已在转移性收入内，折算租金和不计入收入不算。
    """
    parts = {"members": 2, "工资性收入": "20000", "经营收入": "5000", "经营费用": "3000", "固定资产折旧": "500",
             "生产税": "40", "生产补贴": "140", "财产性收入": "300", "财产性支出": "100", "转移性收入": "900",
             "转移性支出": "1000", "其中养老金": "900", "自有住房折算净租金": "5000", "不计入收入": "9000"}
    assert item_score(with_homes(parts), "V-A1-1") == 15
    assert item_score(with_homes({**parts, "经营费用": "4000"}), "V-A1-1") == 0


def test_condition_not_applicable_is_not_a_failure():
    """义务教育不适用不是不达标；住房C级是：四户中一户C级，15 × 3/4，住房到户扣2.5分。"""
    county = with_homes({"education": "不适用"}, {"housing": "C"}, {}, {"housing": "B"})
    assert item_score(county, "V-A1-2") == F(45, 4)
    assert item_score(county, "V-B2-4") == F(5, 2)
    assert item_score(county, "T-A1-3") == 7


def test_shortfall_of_one_household_is_not_made_up_by_another():
    """一户应享2人未享，一户应享1人已享3人：缺2人，3 − 2 × 0.5 = 2，多享的不抵。"""
    county = with_homes({"students_due": 2, "students_served": 0}, {"students_due": 1, "students_served": 3})
    assert item_score(county, "T-B2-2") == 2
    assert item_score(county, "V-B2-1") == 4


def test_nobody_to_serve():
    """抽查户没有学生、没有有劳动能力的户、没有有就业意愿的人：这五项缺项。"""
    county = with_homes({"students_due": 0, "able_workers": 0, "willing_workers": 0, "employed_workers": 0})
    absent = {k[2] for k, s in score(county)["items"].items() if s is None}
    assert absent == {"T-B2-2", "T-B3-2", "T-B3-4", "V-B2-1", "V-B3-2"}


def test_measure_of_a_household_without_workers_does_not_count():
    """有劳动能力的2户，1户有产业措施；另1户无劳动能力而有措施，分子分母都不算：3 × 1/2。"""
    county = with_homes({"industry_measure": "否"}, {}, {"able_workers": 0, "industry_measure": "是"})
    assert item_score(county, "T-B3-2") == F(3, 2)


def test_mean_of_clamped_ratios():
    """两个相对贫困村20000元和7080元：(10 + 5) ÷ 2 = 7.5，超出标准的不抵不足的。"""
    county = found(flawless(), "T-A2-1", ("value", "20000"), ("value", "７０８０"))
    county.villages = {TOWN: ["449901100300", "449901100301"]}
    assert item_score(county, "T-A2-1") == F(15, 2)


@pytest.mark.parametrize(("rows", "expected"), [
    ([("late", "是")], 0), ([("late", "√"), ("value", "0")], 0), ([("late", "否"), ("value", "2")], 4),
    ([("late", "N"), ("value", "3")], 2), ([("late", "0"), ("value", "0")], 6)])
def test_late_monthly_report(rows, expected):
    """月报迟报的得0分，被通报几处不再看；未迟报的，2处得4分，3处得2分。"""
    assert item_score(found(flawless(), "D-E1-09", *rows), "D-E1-09") == expected


@pytest.mark.parametrize(("value", "expected"), [("95", 6), ("99", 6), ("60", 0), ("77.5", 3), ("93.01%", F(6 * 3301, 3500))])
def test_straight_line(value, expected):
    """支出率95%得满分6分，60%得0分，中间按直线：77.5%得3分，93.01%得6 × 33.01/35。"""
    assert item_score(found(flawless(), "T-C1-1", ("value", value)), "T-C1-1") == expected


def test_two_ratios():
    """录入3/4、培训5/4：4 × 0.75 + 4 × 1 = 7。"""
    rows = [("numerator", "3"), ("denominator", "4"), ("numerator2", "5"), ("denominator2", "4")]
    assert item_score(found(flawless(), "D-E2-4", *rows), "D-E2-4") == 7


def test_zero_denominator():
    """没有车间（0/0）是缺项；应核查0户不允许缺项，镇表没有分数。"""
    nothing = [("numerator", "0"), ("denominator", "0")]
    assert sheet_score(found(flawless(), "D-E2-3", *nothing), "D") == 100
    assert score(found(flawless(), "T-A1-2", *nothing))["missing"] == {("town", TOWN, "T-A1-2")}


def test_unchecked_is_not_flawless():
    """一个镇有一个选项没有填：该表没有分数，该镇没有总分，全县名次空缺，别的镇照样有分。"""
    result = score(found(flawless(((1,), (1,))), "D-E4-2", ("漏报", "0"), ("迟报", "0")))
    assert result["missing"] == {("daily", TOWN, "D-E4-2")}
    assert [(t["published"], t["rank"]) for t in result["towns"].values()] == [(None, None), (100, None)]


def test_ties_share_the_better_rank():
    """公布分相同的名次相同，后一名次空出：1、1、3。"""
    result = score(found(flawless(((1,), (1,), (1,))), "D-E4-2", ("漏报", "1"), ("迟报", "0"), ("退回", "0")))
    assert [t["rank"] for t in result["towns"].values()] == [3, 1, 1]
    assert result["towns"][TOWN]["published"] == F("99.4")  # 98 × 30 % + 100 × 70 %


def test_town_without_an_eligible_village():
    """没有可抽的村：由入户推算的细项缺项，年终成效就是县核查分。"""
    county = flawless()
    county.drawn, county.households = {TOWN: []}, []
    county = found(county, "T-B1-3", ("缺项数", "1"))
    town = score(county)["towns"][TOWN]
    assert town["county_check"] == town["year_end"] == 100 * F(80 - 1, 80)  # 100 − 8 − 3 − 3 − 3 − 3 = 80
    assert town["village_mean"] is None


@pytest.mark.parametrize("spoil", [
    lambda c: found(c, "T-B1-3", ("na", "是")),
    lambda c: found(c, "V-A1-1", ("na", "是")),
    lambda c: found(c, "T-B2-5", ("na", "是"), ("met", "是")),
    lambda c: found(c, "T-B1-3", ("缺项数", "0"), ("缺项数", "0")),
    lambda c: found(c, "T-B1-3", ("缺项数", "0.5")),
    lambda c: found(c, "T-B1-3", ("缺项数", "-1")),
    lambda c: c.external.extend([("省", TOWN, "90", "100"), ("省", TOWN, "91", "100")]) or c,
    lambda c: c.adjustments.append(("fraud", "daily", TOWN, "D-E2-1", "", "")) or found(
        c, "D-E2-1", ("na", "是")),
    lambda c: c.cases.append(("实地核查", "迟到", TOWN, "")) or found(c, "D-E4-3", ("na", "是")),
], ids=["不允许缺项", "推算项填缺项", "缺项又有记录", "一项两行", "半件", "负数", "两个省结果", "缺项上造假", "缺项上缺勤"])
def test_refused(spoil):
    """这些数据不能计分，要退回。"""
    with pytest.raises(ValueError):
        score(spoil(flawless()))


@settings(max_examples=100, deadline=None)
@given(counties())
def test_random_counties_are_valid(county):
    """随机的县都能计分：没有缺记录，每张表都在0到100之间，每镇都有等次和名次。"""
    result = score(county)
    assert not result["missing"]
    assert all(0 <= s <= 100 for s in result["sheets"].values())
    assert all(t["grade"] and t["rank"] for t in result["towns"].values())
