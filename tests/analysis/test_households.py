"""Rates from visited households: weighted by the draw, by persons, or refused."""

from fractions import Fraction

import pandas as pd
import pytest

from hecha.analysis import households
from hecha.field.draw import household_chances
from hecha.fieldwork.visited import visited_in


def visited(rows, **more):
    frame = pd.DataFrame(rows, columns=["village", "members", "weight", "bad"])
    return frame.assign(town="t", household=range(len(frame)), N=4, M=10, **more)


def test_错退率按人算_不按户算():
    rows = [("a", 6, 1.0, 1), ("a", 2, 1.0, 0), ("b", 1, 1.0, 0), ("b", 1, 1.0, 0)]
    found = households.rates(visited(rows), {"bad": "未真正脱贫户"}).set_index("per")
    assert found.loc["户", "estimate"] == pytest.approx(1 / 4)
    assert found.loc["人", "estimate"] == pytest.approx(6 / (6 + 2 + 1 + 1))


def test_残疾人户机会大_权就小():
    # 10 households, 1 of them 残疾人户 and sure to be drawn; the others with 4/9
    marked, other = household_chances(10, 1, 1, 5, "last_gives_way")
    weights = [float(1 / marked), float(1 / other)]
    rows = [(v, 1, weights[0], 1) for v in "ab"] + [(v, 1, weights[1], 0) for v in "ab" for _ in range(4)]
    found = households.rates(visited(rows), {"bad": "住房不安全"}).iloc[0]
    assert found["estimate"] == pytest.approx(float(Fraction(1) / (1 + 4 * Fraction(9, 4))))


def test_只走访一个村的镇不可估计_说明原因():
    found = households.rates(visited([("a", 1, 1.0, 1), ("a", 1, 1.0, 0)]), {"bad": "x"}, "town")
    assert found["estimate"].isna().all() and "不可估计" in found["note"].iloc[0]


def test_一户问题也没有_区间上限仍远大于0():
    rows = [(v, 1, 1.0, 0) for v in "abcd" for _ in range(5)]
    found = households.rates(visited(rows), {"bad": "x"}).iloc[0]
    assert (found["low"], found["estimate"]) == (0, 0) and found["high"] > 0.168  # at best 20 households


def test_不能估计的说明白():
    said = "".join(households.refused(True, "非贫困村", "相对贫困村"))
    assert "漏评率：不能估计" in said and "相对贫困村的情况：不能估计" in said


@pytest.fixture(scope="module")
def yunxi(opened):
    return visited_in(opened.plan, opened.case)


def test_示例县走访户都有入样概率_不带户号(yunxi):
    assert yunxi.without == 0 and len(yunxi.frame) == 344
    assert yunxi.frame["household"].max() < 20
    assert list(yunxi.main.values()) == ["未真正脱贫户"]


def test_权数合计接近可抽的户数(yunxi):
    # Σ w estimates the households that could be drawn
    villages = yunxi.frame.drop_duplicates("village")
    towns = villages.groupby("town").agg(M=("M", "mean"), N=("N", "first"))
    assert yunxi.frame["weight"].sum() == pytest.approx((towns["M"] * towns["N"]).sum(), rel=0.15)
