"""How sure the grades are: hand-computed cases and what must hold for any county."""

from fractions import Fraction
from math import sqrt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hecha.analysis import certainty
from hecha.analysis.certainty import ALL_DRAWN, NO_FRAME, NOTHING_DRAWN, ONE_DRAWN
from hecha.plan import load_plan
from tests.report.made import PLAN, made_results

BANDS = [band.name for band in PLAN.grades.bands]


def town(parts, n=None, whole=9, fixed=Fraction(0), top=Fraction(100), code="1", cap=""):
    """A town whose figure is its villages' mean, unless part of it is fixed."""
    parts = tuple(map(Fraction, parts))
    mean = sum(parts, Fraction(0)) / len(parts) if parts else Fraction(0)
    return {"town": code, "town_name": f"{code}镇", "score": fixed + mean, "fixed": fixed,
            "parts": parts, "top": top, "n": len(parts), "N": whole, "cap": cap,
            "units": tuple(f"{code}-{i}" for i in range(len(parts)))}


def county(*towns):
    return pd.DataFrame(towns, dtype=object)


def one(*args, **more):
    drawn = county(town(*args, **more))
    return drawn, certainty.estimates(drawn)


def test_四个村的标准误_手算():
    _, found = one((80, 84, 88, 92))
    se = sqrt((1 - 4 / 9) * (36 + 4 + 4 + 36) / 3 / 4)
    row = found.iloc[0]
    assert row["se"] == pytest.approx(se) and row["df"] == 3
    assert row["low"] == pytest.approx(86 - 3.182446 * se, rel=1e-6)


def test_合并方差_各镇平方和相加再除以自由度之和():
    drawn = county(town((80, 84, 88, 92)), town((70, 72), code="2", whole=4))
    row = certainty.estimates(drawn).iloc[1]
    shared = (36 + 4 + 4 + 36 + 1 + 1) / (3 + 1)
    assert row["pooled_se"] == pytest.approx(sqrt((1 - 2 / 4) * shared / 2)) and row["pooled_df"] == 4


def test_全查的镇没有抽样误差():
    _, found = one((80, 84, 88), whole=3)
    row = found.iloc[0]
    assert (row["se"], row["low"], row["high"], row["note"]) == (0, 84, 84, ALL_DRAWN)


def test_只抽一个村不可估计_区间和等次概率都空着():
    drawn, found = one((80,))
    row = found.iloc[0]
    assert row["note"] == ONE_DRAWN and row["se"] is None and row["low"] is None
    assert certainty.grade_chances(PLAN, drawn, found).iloc[0]["kept"] is None


def test_没有抽样的镇等次不动():
    drawn, found = one((), fixed=Fraction(90), whole=None)
    assert found.iloc[0]["note"] == NOTHING_DRAWN
    assert certainty.grade_chances(PLAN, drawn, found).iloc[0]["kept"] == 1


def test_总村数不明_不作有限总体修正():
    row = one((80, 84, 88, 92), whole=None)[1].iloc[0]
    assert row["note"] == NO_FRAME and row["se"] == pytest.approx(sqrt(80 / 3 / 4))


@pytest.mark.parametrize("line", [Fraction("89.995"), Fraction(80), Fraction(60), Fraction("79.995")])
def test_各村分数都正好在线上的镇_保住等次的概率为1(line):
    drawn, found = one((line,) * 4)
    assert certainty.grade_chances(PLAN, drawn, found).iloc[0]["kept"] == 1
    figures = certainty.replicate(drawn, found, 50)
    published = {Fraction("89.995"): 9000, Fraction("79.995"): 8000}.get(line, int(line * 100))
    assert (figures == published).all()


def test_恰好90分而各村参差_一半的把握为好():
    drawn, found = one((88, 90, 90, 92), top=Fraction(100))
    row = certainty.grade_chances(PLAN, drawn, found).iloc[0]
    assert row["grade"] == "好" and 0.5 < row["kept"] < 0.51  # 89.995 is published as 90.00


def test_一票封顶的镇_等次不会好过封顶():
    row = certainty.grade_chances(PLAN, *one((94, 96, 98, 96), cap="较好")).iloc[0]
    assert row["好"] == 0 and row["较好"] > 0.999 and row["grade"] == "较好"


def test_满分封住上限_区间不超过最高分():
    row = one((100, 100, 100, 90))[1].iloc[0]
    assert row["high"] == 100 and 97.5 - row["low"] == pytest.approx(
        3.182446 * sqrt((1 - 4 / 9) * 25 / 4), rel=1e-6)


def test_甲镇真的高于乙镇的概率_差得远就是1_一样就各半():
    drawn = county(town((90, 91, 92, 93)), town((90, 91, 92, 93), code="2"), town((50,) * 4, code="3"))
    figures = certainty.replicate(drawn, certainty.estimates(drawn), 4000)
    above = certainty.chance_above(drawn, figures)
    assert above.loc["1", "3"] == 1 and above.loc["3", "1"] == 0
    assert above.loc["1", "2"] == pytest.approx(0.5, abs=0.03)
    assert certainty.not_told_apart(drawn, above) == [("1", "2")]


def test_同分同名次_后面顺延():
    drawn = county(town((90,) * 4), town((90,) * 4, code="2"), town((80,) * 4, code="3"))
    found = certainty.rank_intervals(drawn, certainty.replicate(drawn, certainty.estimates(drawn), 20))
    assert found[["rank", "low", "high"]].to_numpy().tolist() == [[1, 1, 1], [1, 1, 1], [3, 3, 3]]


def test_去掉一个村_手算():
    drawn = county(town((80, 84, 88, 96), fixed=Fraction(0)))
    found = certainty.leave_one_out(PLAN, drawn)
    assert list(found["without"]) == [Fraction(268, 3), Fraction(264, 3), Fraction(260, 3), 84]
    assert list(found["moved"])[-1] == 84 - 87


def test_同样的种子给同样的重复():
    drawn, found = one((80, 84, 88, 92))
    assert (certainty.replicate(drawn, found, 100) == certainty.replicate(drawn, found, 100)).all()
    assert (certainty.replicate(drawn, found, 100) != certainty.replicate(drawn, found, 100, 1)).any()


def test_分数等于不抽样的部分加各村部分的平均():
    results = made_results()
    drawn = certainty.samples(results)
    assert list(drawn["town_name"]) == ["甲镇", "乙镇", "丙镇"]
    for row in drawn.itertuples(index=False):
        score = results.towns.loc[results.towns["town"] == row.town, "comprehensive"].iloc[0]
        assert row.fixed + sum(row.parts) / row.n == score
        assert row.top == 100 * Fraction(28, 100)  # 40 % of 70 %


def test_未完成的镇不在其中_也不算作0():
    drawn = certainty.samples(made_results(unfinished=("449901101",)))
    assert list(drawn["town_name"]) == ["甲镇", "丙镇"]


@pytest.mark.parametrize("folder", ["ducha-403030", "nongcun-wushui", "sheng-bangfu"])
def test_别的方案也能问(folder):
    from hecha.batch.opening import open_case

    results = open_case(f"data/{folder}", f"params/{folder}").results
    found = certainty.certainty_of(results, replications=200)
    names = [band.name for band in load_plan(f"params/{folder}").grades.bands]
    kept = found.grades.dropna(subset=["kept"])
    assert [sum(row) for row in kept[names].to_numpy()] == pytest.approx([1] * len(kept))


marks = st.lists(st.integers(0, 100), min_size=2, max_size=5)


@given(st.lists(marks, min_size=1, max_size=4), st.integers(0, 40), st.booleans())
@settings(max_examples=40, deadline=None)
def test_各等次的概率合计为1(towns, more, pooled):
    drawn = county(*(town(p, code=str(i), whole=len(p) + more) for i, p in enumerate(towns)))
    found = certainty.grade_chances(PLAN, drawn, certainty.estimates(drawn), pooled)
    for row in found.itertuples(index=False):
        chances = [getattr(row, name) for name in BANDS]
        assert sum(chances) == pytest.approx(1) and all(0 <= c <= 1 for c in chances)


@given(marks, st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_各村同加几分_标准误不变(values, more):
    first, second = (one(v, whole=20, top=Fraction(200))[1].iloc[0]["se"]
                     for v in (values, [v + more for v in values]))
    assert first == pytest.approx(second)


@given(st.lists(marks, min_size=2, max_size=5))
@settings(max_examples=25, deadline=None)
def test_名次区间包住名次_甲高于乙和乙高于甲不会都很大(towns):
    drawn = county(*(town(p, code=str(i), whole=len(p) + 3) for i, p in enumerate(towns)))
    drawn = drawn.sort_values("score", ascending=False, kind="stable", ignore_index=True)
    figures = certainty.replicate(drawn, certainty.estimates(drawn), 300)
    ranks = certainty.rank_intervals(drawn, figures)
    assert (ranks["low"] >= 1).all() and (ranks["high"] <= len(towns)).all()
    above = certainty.chance_above(drawn, figures)
    assert ((above + above.T).to_numpy() <= 1 + 1e-12).all()
