"""What the county chose, every combination tried: exactly what scoring gives, and no sample."""

from fractions import Fraction
from math import prod

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hecha.analysis.choices import (
    TooMany,
    all_outcomes,
    factors_of,
    indices,
    influence,
    ledger,
    one_alone,
    ranges,
)
from hecha.analysis.replications import drawn_weights, replicate_trial
from hecha.plan.changing import alternatives, faults, with_values
from hecha.points import publish
from hecha.scoring import score_case
from hecha.show import sensitivity
from tests.analysis.made import on_the_cut


@pytest.fixture(scope="module")
def outcomes(trials):
    return all_outcomes(trials)


def test_照现在的方案_与正式结果相同(opened, official):
    towns = opened.results.towns.set_index("town")
    for town in official.towns:
        assert town.figures["comprehensive"] == towns.loc[town.town, "comprehensive"]
        assert (town.grade, town.rank, town.state) == tuple(
            towns.loc[town.town, ["grade", "rank", "state"]])


@pytest.mark.parametrize("number", [0, 1, 9_001, 17_777, -1])
def test_任取一种组合_与重新计分逐镇相同(outcomes, opened, number):
    number %= outcomes.many
    changed = with_values(opened.plan, outcomes.values(number))
    assert faults(changed) == []
    towns = score_case(changed, opened.case).towns
    at = np.unravel_index(number, outcomes.score.shape[:-1])
    bands = [b.name for b in opened.plan.grades.bands]
    graded = [publish(v) for v in towns[changed.grades.of]]
    assert [Fraction(int(s), 100) for s in outcomes.score[at]] == graded
    assert [bands[g] for g in outcomes.grade[at]] == list(towns["grade"])
    assert list(outcomes.rank[at]) == list(towns["rank"])


def test_组合数是各项选择个数之积_台账每种一行(outcomes):
    tried = {f.id: len(f.options) for f in outcomes.factors}
    assert tried.keys() >= {"A-02", "A-42", "B-03", "year_end", "points-town"}
    assert (tried["A-42"], tried["B-03"], tried["year_end"]) == (3, 2, 3)
    assert outcomes.many == prod(tried.values())
    made = ledger(outcomes)
    assert len(made) == outcomes.many and len(made.drop_duplicates()) == outcomes.many


def test_六四改三七_三个镇变等次(trials):
    """The README's own example, without scoring the county again."""
    tried = trials.under({"figures.year_end.parts.county_check": "30%",
                          "figures.year_end.parts.village_mean": "70%"})
    said = {t.name: (str(publish(t.figures["comprehensive"])), t.grade) for t in tried.towns}
    assert said["平㙍镇"] == ("89.82", "较好")
    assert said["河洞镇"] == ("80.89", "较好")
    assert said["历源镇"] == ("90.06", "好")


def test_只关系抽样日期的读法_不作试算(opened):
    tried = {f.id for f in factors_of(opened.plan) if f.kind == "读法"}
    assert {"A-19", "A-34", "A-46", "C-01", "C-02"} & tried == set()
    by_id = {r.id: r for r in opened.plan.readings}
    assert alternatives(opened.plan, by_id["A-23"]) == []  # 方案还不接受加权平均
    assert alternatives(opened.plan, by_id["B-02"]) == []  # 没有填写不是一种答案


def test_培训缺勤也计_不影响没有这类记录的镇(outcomes):
    place = [f.id for f in outcomes.factors].index("A-16")
    assert set(one_alone(outcomes, place)["moves"]) == {Fraction(0)}


def test_每个镇的最好最差名次包含现在的名次(outcomes):
    found = ranges(outcomes)
    assert (found["best"] <= found["rank"]).all() and (found["rank"] <= found["worst"]).all()
    shares = [c for c in found.columns if c.startswith("share:")]
    assert all(sum(row) == 1 for row in found[shares].itertuples(index=False))


def test_指数都在0与1之间_总效应不小于一阶效应(outcomes):
    found = influence(outcomes)
    assert all(0 <= a <= b <= 1 for a, b in zip(found["first"], found["total"], strict=True))
    assert sum(found["first"]) <= 1


def test_每项都压在线上的镇_怎样选都还是好(trials, official):
    cut = on_the_cut(official, "449901100")
    weights = [f for f in factors_of(trials.plan) if f.kind == "权重"]
    for factor in weights:
        for option in factor.options:
            town = cut.under(option.values)
            assert town.figures["comprehensive"] == 90 and town.grade == "好"


def test_说给人听的_等次与精确结果一致_台账能重做(outcomes, opened, official, tmp_path):
    drawn = drawn_weights(opened.plan, times=30)
    tried = sensitivity.Sensitivity(opened, outcomes, replicate_trial(official, drawn))
    told = sensitivity.sensitivity_changes(tried).html
    assert "年终成效的权重改为“50/50”" in told and "平㙍镇好→较好（−0.06分）" in told
    assert "云城镇" in sensitivity.sensitivity_bottom_line(tried).html
    written = {p.name.split(".")[0]: p for p in sensitivity.write_sensitivity(tried, tmp_path)}
    table = pd.read_csv(written["重复台账"], encoding="utf-8-sig")
    assert all(p.name.endswith(".未批准.csv") for p in written.values())
    assert len(table) == 30 and set(table.filter(like="year_end.parts").sum(axis=1)) == {1000}
    assert "based_on: xian2023" in sensitivity.replication_plan(tried, 29)
    with pytest.raises(sensitivity.NoSuchReplication, match="第0至29次"):
        sensitivity.replication_plan(tried, 30)


def test_没有卷宗在手_说明不作比较():
    for verb in (sensitivity.sensitivity_bottom_line, sensitivity.sensitivity_ranks):
        assert "没有全县的卷宗在手" in verb(None).html


def test_组合太多_拒绝并说明(trials):
    with pytest.raises(TooMany, match="请少选几项"):
        all_outcomes(trials, most=100)


def test_相加的模型_一阶就是全部():
    """y = 2a + b, a and b each 0 or 1: variances 4/4 and 1/4, so 4/5 and 1/5."""
    values = np.array([[2 * a + b for b in (0, 1)] for a in (0, 1)])
    assert indices(values) == ([Fraction(4, 5), Fraction(1, 5)],) * 2


def test_只在一起才起作用_一阶为零():
    """y = 1 where a and b differ: alone neither explains anything, together all."""
    assert indices(np.array([[0, 1], [1, 0]])) == ([0, 0], [1, 1])


def test_什么都不变_没有指数():
    assert indices(np.full((2, 3), 7)) == ([None, None], [None, None])


@given(arrays.arrays(np.int64, (2, 3, 2), elements=st.integers(0, 12_000)))
def test_指数按定义逐个算出(values):
    """The indices against variances of means, written out in fractions."""
    cells = [Fraction(int(v)) for v in values.ravel()]
    mean = sum(cells) / len(cells)
    whole = sum((c - mean) ** 2 for c in cells) / len(cells)
    first, total = indices(values)
    for axis in range(3):
        if not whole:
            assert first[axis] is None
            continue
        alone = [Fraction(int(np.take(values, k, axis).sum()), values.size // values.shape[axis])
                 for k in range(values.shape[axis])]
        rest = [Fraction(int(v), values.shape[axis]) for v in values.sum(axis=axis).ravel()]
        assert first[axis] == sum((a - mean) ** 2 for a in alone) / len(alone) / whole
        assert total[axis] == 1 - sum((r - mean) ** 2 for r in rest) / len(rest) / whole
