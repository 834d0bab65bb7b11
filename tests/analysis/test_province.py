"""A province's small tables: what is compared with what."""

from fractions import Fraction

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from hecha.analysis import province
from hecha.analysis.province import Outcome, Province

COLUMNS = ["town", "town_name", "score", "grade", "state"]


def county(run, scores, used="甲口径"):
    rows = [[str(n), f"镇{n}", None if s is None else Fraction(s), "" if s is None else "好",
             "未完成" if s is None else "完成"] for n, s in enumerate(scores)]
    return Outcome(run, run, "p", "方案", used, "镇", ("好", "差"), pd.DataFrame(rows, columns=COLUMNS))


def test_平均分只算有得分的镇():
    table = province.counties(Province((county("甲县", [90, 80, None]),), {}))
    assert table["mean"][0] == Fraction(90 + 80, 2)
    assert (table["towns"][0], table["finished"][0]) == (3, 2)


def test_没有一个镇有得分_就没有平均分():
    assert province.counties(Province((county("甲县", [None]),), {}))["mean"][0] is None


def test_离群只在同一口径里比():
    """九个90分、一个40分；另一口径的县都是40分，不算离群。"""
    found = Province((county("甲县", [90] * 9 + [40]), county("乙县", [40] * 9, "乙口径")), {})
    beyond = province.outliers(found)
    assert beyond[["county", "name", "score", "side"]].values.tolist() == [
        ["甲县", "镇9", Fraction(40), "低"]]


def test_不满八个不说谁离群():
    assert province.outliers(Province((county("甲县", [90] * 6 + [10]),), {})).empty


def test_未定等次的镇另列():
    graded = province.grades(Province((county("甲县", [90, None]),), {}))
    assert graded[["好", "差", "未定等次"]].values.tolist() == [[1, 0, 1]]


@given(st.lists(st.fractions(0, 100), min_size=2, max_size=30))
def test_界限之外的从不过半(values):
    low, high = province.fences(values)
    assert sum(not low <= v <= high for v in values) * 2 <= len(values)
