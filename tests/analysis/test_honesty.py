"""Whether figures are honest: every test on cases whose answer is known, and what it must not do."""

import hashlib
from math import comb, isclose, isnan, nan

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hecha.analysis import (
    back_check,
    crowding,
    heaping,
    many_tests,
    nearly_same,
    planted,
    reported,
    self_assessed,
    wrong_exits,
)
from hecha.analysis.honesty import beyond, look_at
from hecha.analysis.rates import exact_interval
from hecha.analysis.simulated import Wrong, county
from hecha.field.back_check import draw_again
from hecha.show.truth import kept_table
from tests.analysis.truthful import made_case, made_plan, results

shares = st.lists(st.floats(0, 1), min_size=1, max_size=20)


# -- many tests -----------------------------------------------------------------------------------


@given(shares)
def test_校正只会变大_不改变先后(p_values):
    adjusted = many_tests.holm(p_values)
    assert all(a >= p and a <= 1 for a, p in zip(adjusted, p_values, strict=True))
    by_p = [a for _, a in sorted(zip(p_values, adjusted, strict=True))]
    assert by_p == sorted(by_p)


@given(shares)
def test_最小的一个乘以检验的个数(p_values):
    assert isclose(min(many_tests.holm(p_values)), min(1, min(p_values) * len(p_values)))


@given(st.integers(1, 3000))
def test_单位再多_最突出的一个也列得出来(units):
    least = 1 / (1 + many_tests.enough(1999, units))
    assert many_tests.holm([least] + [1.0] * (units - 1))[0] <= 0.025 + 1e-12


def test_没有检验的不占份():
    assert many_tests.holm([0.01, nan])[0] == 0.01


def test_置换的概率不会是零():
    assert many_tests.permutation_p(9, np.zeros(99)) == 1 / 100


# -- reported incomes -----------------------------------------------------------------------------


def pairs(*gaps, town="甲"):
    frame = pd.DataFrame({"town": town, "village": town, "verified": 100.0,
                          "reported": [100.0 + g for g in gaps]})
    return reported.paired(frame)


def test_十户九高一低_概率是十一除以一千零二十四():
    [row] = reported.signs(pairs(*[5] * 9, -5), "town", 0.1).itertuples()
    assert isclose(row.p, (comb(10, 9) + comb(10, 10)) / 2**10)


def test_相等的户不算高也不算低():
    [row] = reported.signs(pairs(0, 0, 5), "town", 0.1).itertuples()
    assert (row.n, row.above, row.below) == (3, 1, 0)


def test_正好一成不算超过_多一分就算():
    [row] = reported.signs(pairs(10, 10.01, -10.01, -10), "town", 0.1).itertuples()
    assert (row.beyond_above, row.beyond_below) == (1, 1)


@given(st.integers(1, 400), st.floats(0, 1))
def test_多报越多越看得出_不多报时不超过检验的水平(n, share):
    assert reported.sign_power(n, 0) <= 0.05 + 1e-12
    assert reported.sign_power(n, share) >= reported.sign_power(n, 0) - 1e-12


def test_一户怎样也看不出():
    assert isnan(reported.least_share(1))


def test_上报达标核实不达标的_与反过来的比():
    frame = pairs(5, 5, -5)
    assert reported.crossed(frame.assign(verified=[98.0, 99, 101]).assign(
        reported=[103.0, 104, 96]), 100) == reported.Crossed(2, 1, (3 + 1) / 8)


# -- crowding -------------------------------------------------------------------------------------


def at(*counts):
    return np.repeat([50.0, 150.0, 250.0], counts)


@pytest.mark.parametrize("counts", [(10, 20, 30), (30, 20, 10), (20, 20, 20), (0, 20, 40)])
def test_收入均匀增减_再陡也不算贴近(counts):
    assert crowding.crowding(at(*counts), 100, 100).p > 0.4


def test_中间一段比两旁多_算贴近():
    one = crowding.crowding(at(10, 40, 10), 100, 100)
    assert isclose(one.p, sum(comb(60, k) * 2 ** (60 - k) for k in range(40, 61)) / 3**60)


def test_正好等于标准的算在标准上():
    assert crowding.just_above([99.99, 100.0], 100, 1).tolist() == [False, True]


def test_没有一户在附近_不检验():
    assert isnan(crowding.crowding([1.0], 100, 10).p)


@given(st.integers(3, 300))
def test_没有移动时检出力不超过水平(near):
    assert crowding.power(near, 0.0) <= 0.05 + 1e-12 <= crowding.power(near, 1.0) + 0.06


# -- heaping and copies ---------------------------------------------------------------------------


def forms(amounts, file="a"):
    return pd.DataFrame({**{c: amounts for c in nearly_same.COMPARED}, "file": file, "town": "t",
                         "village": "v"})


def test_人人都取整_谁也不突出():
    frame = pd.concat([forms([30_000] * 6, "a"), forms([50_000] * 6, "b")], ignore_index=True)
    assert set(heaping.heaping(frame, "file", 1)["p"]) == {1.0}


def test_只有一个组取整_列出这个组_与行的次序无关():
    frame = pd.concat([forms([30_000] * 8, "a"), forms([31_415] * 8, "b")], ignore_index=True)
    found = heaping.heaping(frame, "file", 1)
    assert found["adjusted"].lt(0.05).tolist() == [True, False]
    turned = heaping.heaping(frame.iloc[::-1], "file", 1)
    assert turned["whole"].tolist() == found["whole"].tolist()


def test_不到一百元的不算金额():
    many, whole = heaping.whole_hundreds(pd.DataFrame({"a": [9_999, 0, 10_000]}))
    assert many.tolist() == [0, 0, 1] and whole.tolist() == [0, 0, 1]


def test_照抄的一份列出来_都空白的不算相同():
    own = np.arange(5 * len(nearly_same.COMPARED)).reshape(5, -1) * 37 + 11
    own[1] = own[0]
    frame = pd.DataFrame(own, columns=nearly_same.COMPARED).assign(village="v", town="t")
    [row] = nearly_same.nearly_same(frame, 1).itertuples()
    assert ({row.one, row.other}, row.same) == ({0, 1}, len(nearly_same.COMPARED)) and row.p < 0.001
    [blank] = nearly_same.nearly_same(forms([0] * 5), 1).itertuples()
    assert (blank.same, blank.p) == (0, 1.0)


def test_一份表不检验():
    [row] = nearly_same.nearly_same(forms([5]), 1).itertuples()
    assert isnan(row.p)


# -- self-assessed and rates ----------------------------------------------------------------------


def test_自评减核查_是两个数的差():
    found = self_assessed.figures(results(lost=(4, 10, 30)))
    first = found[(found["town"] == "449901100") & (found["figure"] == "county_check")].iloc[0]
    assert first["gap"] == 99 - (100 - 4)


def test_未完成的镇没有核查分_不对照():
    assert "449901100" not in set(self_assessed.figures(results(unfinished=("449901100",)))["town"])


def test_错退按人算_一户两人的错退是两人():
    frame = pd.DataFrame({"village": list("aabb"), "town": "t", "household": list("wxyz"), "weight": 1.0,
                          "bad": [1, 0, 0, 0], "members": [2, 4, 3, 1], "N": 2, "M": 2})
    found = wrong_exits.rates(frame, {"bad": "错退"}).set_index(["what", "town"])
    assert found.loc[("persons", ""), "share"] == 2 / 10
    assert found.loc[("households", ""), "share"] == 1 / 4
    assert found.loc[("persons", "t"), ["found", "n"]].tolist() == [2, 10]


def test_方案不认定错退_就不估计():
    assert wrong_exits.rates(made_case().visited, {}).empty


# -- all together ---------------------------------------------------------------------------------


def test_放进去的多报找得到_诚实的县不越线():
    false = look_at(made_plan(), made_case(Wrong(false_share=0.4)), results())
    honest = look_at(made_plan(), made_case(), results())
    assert false.all_signs["p"][0] < 0.05 < honest.all_signs["p"][0]
    assert len(beyond(false)) > 10 > len(beyond(honest))


def test_两次看同一个卷宗_结果一样():
    one, two = (look_at(made_plan(), made_case(Wrong(copied=1)), results()) for _ in range(2))
    pd.testing.assert_frame_equal(one.villages, two.villages)
    pd.testing.assert_frame_equal(one.teams, two.teams)


# -- the back-check -------------------------------------------------------------------------------

HOMES = [f"449901100200{n:04d}" for n in range(1, 12)]


def test_复核抽签_谁都能用散列复算():
    visited = pd.DataFrame({"town": "449901100", "village": "449901100200", "household": HOMES})
    drawn = draw_again(visited, "20240111", each=3)
    mine = sorted(HOMES, key=lambda h: hashlib.sha256(f"20240111|FUCHA|{h}".encode("ascii")).hexdigest())
    assert drawn["household"].tolist() == mine[:5]
    assert drawn["choice"].tolist() == ["正选"] * 3 + ["备选"] * 2


@settings(max_examples=20)
@given(st.permutations(HOMES))
def test_行的次序不改变抽签(homes):
    visited = pd.DataFrame({"town": "449901100", "village": "449901100200", "household": homes})
    assert set(draw_again(visited, "7", each=2)["household"]) == set(
        draw_again(visited.sort_values("household"), "7", each=2)["household"])


def compared(**again):
    case = made_case()
    second = pd.DataFrame([{"household": case.households["household"][0], **again}])
    return back_check.compare(case.households, second, within=0.1), case.households.iloc[0]


def test_没有问的不比_问了一样的不算不同():
    found, _ = compared(members=1, housing="", water=None)
    assert found[["item", "differs"]].values.tolist() == [["members", False]]


def test_金额差正好一成算相同_多一分算不同():
    _, first = compared(members=1)
    rent = int(first["transfer_income"])
    for again, differs in ((rent + rent // 10, False), (rent + rent // 10 + 1, True)):
        found, _ = compared(transfer_income=again)
        assert found["differs"].tolist() == [differs]


def test_错误率只算一类二类_按项三类都列():
    found, _ = compared(members=2, able_workers=3)
    assert back_check.error_rates(found, "town")["n"].tolist() == [1]
    assert back_check.error_rates(found, "item")["type"].tolist() == [1, 3]


def test_简单回答方差_是差的方差的一半():
    frame = pd.DataFrame({"item": "members", "type": 1, "first": [1, 2, 3, 4], "again": [1, 2, 3, 6]})
    [row] = back_check.stability(frame).itertuples()
    assert isclose(row.srv, np.var([0, 0, 0, 2], ddof=1) / 2)
    assert isclose(row.reliability, 1 - row.srv / np.var([1, 2, 3, 6], ddof=1))


# -- planted truths -------------------------------------------------------------------------------


def test_同一个种子_同一个县():
    assert county(3, Wrong(copied=1)).households.equals(county(3, Wrong(copied=1)).households)


def test_附表与小规模重做相符():
    """30 counties of the same seeds anew: the kept share lies in the exact interval of their count."""
    kept = kept_table()
    assert len(kept) == len(planted.CLAIMS) and set(kept["counties"]) == {500}
    seed = int(kept["seed"][0])
    for number in (0, 2, 9, 17, 18):
        claim, row = planted.CLAIMS[number], kept.iloc[number]
        assert (row["test"], row["planted"]) == (claim.name, claim.planted)
        *_, counties, listed, _, _, _ = planted.measured(claim, range(seed, seed + 30))
        low, high = exact_interval(listed, counties, level=0.999)
        assert low <= row["share"] <= high


def test_诚实的县_单项检验的误报不超过水平():
    kept = kept_table()
    used = kept[(kept["planted"] == "无") & ~kept["test"].str.contains("任何|不采用")]
    assert len(used) == 6 and (used["low"] <= 0.05).all()
