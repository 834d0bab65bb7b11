"""计分方式：每一种怎么扣、怎么封顶，写成可以当面争论的话（scoring.md «Kinds»）。"""

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from hecha.plan.rules import Gate, Rule
from hecha.scoring.kinds import Context, NotApplicable, OutOfRange, gate_closed, parts


def rule(**keys):
    return TypeAdapter(Rule).validate_python(keys)


def score(made, points, values, **context):
    listed = {m: v if isinstance(v, list) else [v] for m, v in values.items()}
    lost = sum((p.points for p in parts(made, F(points), listed, Context(**context))), F(0))
    return F(points) - lost


def cases(*options, **keys):
    return rule(kind="deduct_per_case", options=[{"name": n, "amount": F(a)} for n, a in options],
                **keys)


def test_达标得满分_不达标得0分():
    assert score(rule(kind="binary"), 8, {"met": True}) == 8
    assert score(rule(kind="binary"), 8, {"met": False}) == 0


def test_缺席1次迟到3次扣3分半():
    meeting = cases(("缺席", 2), ("迟到", "0.5"), ("早退", "0.5"))
    assert score(meeting, 10, {"缺席": 1, "迟到": 3, "早退": 0}) == 10 - (1 * 2 + 3 * F("0.5"))


def test_扣完为止_不倒扣():
    assert score(cases(("缺席", 2)), 10, {"缺席": 9}) == 10 - 10


def test_另有上限的只扣到上限():
    assert score(cases(("户", 1), cap=F(3)), 8, {"户": 5}) == 8 - 3


def test_扣分不保底的可以扣成负数():
    assert score(cases(("户", 1), floor="none"), 2, {"户": 5}) == 2 - 5


@pytest.mark.parametrize(("rate", "lost"), [
    ("100", 0), ("99.9", 1), ("99.95", 1), ("99.89", 2), ("99.7", 3), ("99.65", 3), ("0", 3)])
def test_每低0点1个百分点扣1分_不足一个台阶按一个计(rate, lost):
    steps = rule(kind="deduct_per_step", target=100, step=F("0.1"), amount=1)
    assert score(steps, 3, {"rate": F(rate)}) == 3 - lost


def test_写明只计整台阶的_不足一个不计():
    steps = rule(kind="deduct_per_step", target=100, step=F("0.1"), amount=1, partial="completed")
    assert score(steps, 3, {"rate": F("99.85")}) == 3 - 1


def test_按比例得分_1031户应1079户得4分的这么多():
    part = rule(kind="proportional")
    assert score(part, 4, {"numerator": 1031, "denominator": 1079}) == F(1031, 1079) * 4


def test_超额完成不加分():
    assert score(rule(kind="proportional"), 8, {"numerator": 12, "denominator": 10}) == 8


def test_两个比例各4分():
    two = rule(kind="proportional", ratios=[
        {"points": 4}, {"numerator": "numerator2", "denominator": "denominator2", "points": 4}])
    values = {"numerator": 26, "denominator": 39, "numerator2": 39, "denominator2": 39}
    assert score(two, 8, values) == F(26, 39) * 4 + 4


def test_分母为0没有比例可算():
    with pytest.raises(NotApplicable, match="分母为0"):
        score(rule(kind="proportional"), 8, {"numerator": 0, "denominator": 0})


def test_与标准相比_几个村取各自封顶后的平均():
    ratio = rule(kind="ratio_to_benchmark", benchmark="mean")
    got = score(ratio, 10, {"value": [7080, 20000]}, benchmark=F(14160))
    assert got == (10 * F(7080, 14160) + 10) / 2


@pytest.mark.parametrize(("value", "points"), [(95, 6), (99, 6), (60, 0), (50, 0),
                                               ("77.5", 3)])
def test_支出率95得满分_60得0分_中间按直线(value, points):
    line = rule(kind="linear_between", full_at=95, zero_at=60)
    assert score(line, 6, {"value": F(value)}) == points


def test_天数越少越好的直线也一样():
    line = rule(kind="linear_between", full_at=15, zero_at=30)
    assert [score(line, 1, {"value": v}) for v in (10, 15, 21, 30, 45)] == [1, 1, F(9, 15), 0, 0]


@pytest.mark.parametrize(("value", "points"), [(112, 3), (100, 3), ("99.99", 2), (80, 2),
                                               ("79.99", 1), (60, 1), ("59.99", 0)])
def test_分档计分_恰在档上算这一档(value, points):
    tiers = rule(kind="tiered", tiers=[{"at_least": 100, "points": 3}, {"at_least": 80, "points": 2},
                                       {"at_least": 60, "points": 1}, {"points": 0}])
    assert score(tiers, 3, {"value": F(value)}) == points


def test_名次递减_并列的同取高位():
    ranks = rule(kind="rank_step", step=F("0.25"), low=F(1))
    peers = (F(90), F(80), F(80), F(70))
    got = [score(ranks, 2, {"value": v}, peers=peers) for v in peers]
    assert got == [2, F("1.75"), F("1.75"), F("1.25")]


def test_打勾项_不适用的退出_其余折到满分():
    ticks = rule(kind="checklist", options=[{"name": n, "points": 2} for n in "甲乙丙丁戊"])
    values = {"甲": True, "乙": True, "丙": True, "丁": False, "戊": None}
    assert score(ticks, 10, values) == F(6, 8) * 10


def test_打勾项全不适用没有分可算():
    ticks = rule(kind="checklist", options=[{"name": "甲", "points": 2}])
    with pytest.raises(NotApplicable):
        score(ticks, 2, {"甲": None})


def test_至少两种宣传方式_否则不得分():
    two = rule(kind="k_of_n", options=["广播", "入户", "墙报"], k=2)
    assert score(two, 5, {"广播": True, "入户": True, "墙报": False}) == 5
    assert score(two, 5, {"广播": True, "入户": False, "墙报": False}) == 0


def test_十个一有一个完不成扣10分():
    every = rule(kind="k_of_n", options=["一", "二"], k=2, else_deduct=10)
    assert score(every, 20, {"一": True, "二": False}) == 20 - 10


def test_同稿多级采用只按最高一级计一次():
    media = rule(kind="additive_capped", options=[{"name": "中央", "amount": 5},
                                                  {"name": "省", "amount": 3}])
    assert score(media, 15, {"中央": ["甲稿"], "省": ["甲稿", "乙稿"]}) == 5 + 3
    assert score(media, 15, {"中央": list("甲乙丙丁")}) == 15


def test_酌情给分照给的分():
    assert score(rule(kind="judgement"), 5, {"score": F("3.5")}) == F("3.5")


@pytest.mark.parametrize(("days", "lost"), [(0, 0), (14, 14), (15, 15), (16, 15), (300, 15)])
def test_停产每多一天扣1分_最多计15天(days, lost):
    stopped = rule(kind="deduct_per_case",
                   options=[{"name": "停产天数", "amount": 1, "max_count": 15}])
    assert score(stopped, 20, {"停产天数": days}) == 20 - lost


def test_一个选项计满了_别的选项照扣():
    two = rule(kind="deduct_per_case", options=[
        {"name": "停产天数", "amount": 1, "max_count": 15}, {"name": "溢流处数", "amount": 2}])
    assert score(two, 20, {"停产天数": 40, "溢流处数": 1}) == 20 - 15 - 2


LADDER = {"kind": "tiered", "measured": "number", "tiers": [
    {"at_most": 1, "points": 10}, {"at_most": 2, "points": 9, "lowest": 8}, {"points": 0}]}


@pytest.mark.parametrize(("months", "given", "points"), [
    (1, 10, 10), ("1.5", 9, 9), (2, "8.5", F("8.5")), (2, 8, 8), (3, 0, 0)])
def test_一档是一个区间的_在区间内酌情给分(months, given, points):
    assert score(rule(**LADDER), 10, {"value": F(months), "score": F(given)}) == points


@pytest.mark.parametrize(("months", "given"), [(1, 9), (2, "7.9"), (2, "9.1"), (3, 1)])
def test_给分超出所在档的_不予计分(months, given):
    with pytest.raises(OutOfRange, match="一档应给"):
        score(rule(**LADDER), 10, {"value": F(months), "score": F(given)})


def test_没有区间档的_不另填给分():
    assert "score" not in rule(kind="tiered", tiers=[{"at_least": 1, "points": 1},
                                                     {"points": 0}]).measures()


RATINGS = {"kind": "weighted_ratings", "full": 100, "sources": [
    {"name": "村民甲", "weight": "15%"}, {"name": "村民乙", "weight": "15%"},
    {"name": "政府代表", "weight": "30%"}, {"name": "考核组", "weight": "40%"}]}


def test_村民政府代表考核组的评分加权():
    given = {"村民甲": 80, "村民乙": 60, "政府代表": 90, "考核组": 85}
    assert score(rule(**RATINGS), 20, given) == F(80 * 15 + 60 * 15 + 90 * 30 + 85 * 40, 10000) * 20


def test_缺一方评分_其余权重重新归一():
    given = {"村民甲": 80, "村民乙": None, "政府代表": 90, "考核组": 85}
    assert score(rule(**RATINGS), 20, given) == F(80 * 15 + 90 * 30 + 85 * 40, 85 * 100) * 20


def test_各方都没有评分_没有分可算_评分超过满分_不予计分():
    with pytest.raises(NotApplicable):
        score(rule(**RATINGS), 20, dict.fromkeys(rule(**RATINGS).measures()))
    with pytest.raises(OutOfRange, match="不能高于满分100分"):
        score(rule(**RATINGS), 20, {**dict.fromkeys(rule(**RATINGS).measures()), "考核组": 101})


@pytest.mark.parametrize("wrong", [
    {"sources": [{"name": "甲", "weight": "50%"}, {"name": "乙", "weight": "40%"}]},
    {"sources": [{"name": "甲", "weight": "50%"}, {"name": "甲", "weight": "50%"}]}, {"full": 0}])
def test_权重不合计百分之百_重名_没有满分的_不收(wrong):
    with pytest.raises(ValueError, match="权重|名称|满分"):
        rule(**{**RATINGS, **wrong})


@pytest.mark.parametrize(("wrong", "closed"), [(0, False), (1, True), (2, True)])
def test_错误识别占比恰为百分之五即一票(wrong, closed):
    gate = Gate(measure="错", of="户", share="5%")
    assert gate_closed(gate, {"错": [wrong], "户": [20]}) is closed


def test_没有入户就没有占比可言_不触发一票():
    assert not gate_closed(Gate(measure="错", of="户", share="5%"), {"错": [0], "户": [0]})


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 3))
def test_多一处问题从不加分(first, second, more):
    faults = cases(("甲", "0.5"), ("乙", 2))
    before = score(faults, 10, {"甲": first, "乙": second})
    assert score(faults, 10, {"甲": first + more, "乙": second}) <= before
    assert 0 <= before <= 10
