"""What a reader asks of a result, answered by sums of what the result holds."""

from fractions import Fraction

from hecha.report import views
from tests.report.made import PLAN, made_results


def test_县核查1分合综合评价0_42分_一个村1分合0_07分():
    worth = views.weights(made_results(villages=4), "449901100")
    assert worth == {"town": Fraction("0.42"), "village": Fraction("0.07"),
                     "daily": Fraction("0.3")}


def test_各行失分按权重相加正好是100减综合评价():
    results = made_results()
    lost = views.losses(results)
    for town in results.towns.itertuples():
        own = sum(lost.loc[lost["town"] == town.town, "weighted"], Fraction(0))
        assert own == 100 - town.comprehensive


def test_未完成的镇排在最后():
    results = made_results(unfinished=("449901100",))
    assert list(views.standing(results)["town_name"])[-1] == "甲镇"


def test_离上一等次还差的分_由失分最多的细项补足():
    results = made_results()
    ahead = views.next_grades(results)
    for row in ahead.itertuples():
        assert sum((p for _, p in row.items), Fraction(0)) >= row.gap > 0


def test_自评按方案的权重折算():
    own = views.self_figures(made_results())["449901100"]
    assert own["year_end"] == Fraction("98.8")  # 99 × 60% + 98.5 × 40%
    assert own["comprehensive"] == Fraction("98.26")  # 97 × 30% + 98.8 × 70%


def test_没有报自评的镇没有自评分():
    assert set(views.self_figures(made_results(self_scores=False))["449901100"].values()) == {None}


def test_得分率的指标按方案的次序():
    shares = views.indicator_shares(made_results())
    heads = list(dict.fromkeys(shares["indicator"]))
    assert heads[0] == "实际减贫人口的真实情况" and heads[-1] == "会议与报表"
    assert len(heads) == 11 == sum(g.parent is not None for g in PLAN.groups)


def test_有镇待确认时名次都是暂定():
    assert not views.provisional(made_results())
    assert views.provisional(made_results(unconfirmed=("449901102",)))
    assert views.provisional(made_results(unfinished=("449901102",)))
