"""How strict teams are: by hand, by R-like sums, and in counties of which the truth is known."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hecha.analysis import severity
from tests.report.made import made_results


def scored(rows):
    """team → its scores of the cases."""
    return pd.DataFrame([(team, case, score) for team, scores in rows.items()
                         for case, score in enumerate(scores, 1) if score is not None],
                        columns=["team", "case", "score"])


def test_两个案例三个组_手算收缩():
    # means 82, 79, 76: raw +3, 0, −3. Residuals ±1, 0, ∓1: within = 4/2; between = 18/2 = 9
    found = severity.severity_of(scored({"a": [86, 78], "b": [82, 76], "c": [78, 74]}))
    within, between = (4 * 1**2) / 2, (3**2 + 3**2) / 2
    kept = (between - within / 2) / between
    assert found.kept == pytest.approx(kept)
    assert list(found.teams["severity"]) == pytest.approx([3 * kept, 0, -3 * kept])
    assert found.within == pytest.approx(within**0.5) and found.cases == 2


def test_各组打分一样_就没有宽严之别():
    found = severity.severity_of(scored({"a": [80, 70], "b": [80, 70], "c": [80, 70]}))
    assert list(found.teams["severity"]) == [0, 0, 0] and found.between == 0


def test_差别全是偶然的_全部收缩为0():
    found = severity.severity_of(scored({"a": [80, 70], "b": [70, 80], "c": [76, 75]}))
    assert list(found.teams["severity"]) == [0, 0, 0] and found.kept == 0


def test_收缩多少也是估的_区间把它算在内():
    """Fifteen teams half a point apart: of 200 counties' intervals at least nine in ten hold the truth."""
    rng, held = np.random.default_rng(3), []
    for _ in range(200):
        true = rng.normal(0, 0.5, 15)
        teams = severity.severity_of(scored({
            f"t{i:02d}": 80 + s + rng.normal(0, 2, 6) for i, s in enumerate(true)})).teams
        away = true - true.mean()
        held.append(((teams["low"] <= away) & (away <= teams["high"])).mean())
    assert np.mean(held) > 0.9


def test_三个组的区间_是没有收缩的误差():
    # every mean is 80; residuals ±1, ∓1, 0: within = 4/2, of a mean of two cases 2/2, on 2 degrees of freedom
    found = severity.severity_of(scored({"a": [81, 79], "b": [79, 81], "c": [80, 80]}))
    assert found.teams["high"].to_numpy() == pytest.approx([4.302653 * (4 / 2 / 2) ** 0.5] * 3)


def test_名次按公布的分_半分进一():
    scores = pd.Series([Fraction("89.125"), Fraction("89.13"), Fraction("89.12")], dtype=object)
    assert list(severity._ranked(scores)) == [1, 1, 3]


def test_没有打全案例的组不猜():
    found = severity.severity_of(scored({"a": [84, 74], "b": [80, None], "c": [76, 66]}))
    lacking = found.teams.set_index("team").loc["b"]
    assert pd.isna(lacking["severity"]) and lacking["note"] == severity.NO_CASES


def test_只有一个组打了_说不出宽严():
    with pytest.raises(ValueError, match="至少要两个组"):
        severity.severity_of(scored({"a": [84, 74]}))


def test_前后并列_正式得分不动():
    teams = pd.DataFrame({"team": ["1", "2"], "severity": [2.0, -2.0], "low": [1.0, -3.0],
                          "high": [3.0, -1.0]})
    scores = pd.DataFrame({"town": ["1", "2"], "town_name": ["甲镇", "乙镇"], "team": ["1", "2"],
                           "score": [Fraction(86), Fraction(85)]})
    found = severity.beside(scores, teams, {"1": Fraction(7, 10), "2": Fraction(7, 10)})
    assert list(found["score"]) == [86, 85] and list(found["rank"]) == [1, 2]
    assert list(found["after"]) == pytest.approx([86 - 0.7 * 2, 85 + 0.7 * 2])
    assert list(found["rank_after"]) == [2, 1]


def test_一个核查组的一分_县核查百分之四十二加抽查村百分之二十八():
    worth = severity.worth_of_teams(made_results(), ["town", "village"])
    assert set(worth.values()) == {Fraction(42, 100) + Fraction(28, 100)}


def test_复核连成的链_隔着一个组也比得出来():
    again = pd.DataFrame([("v1", "a", "b", 85, 82), ("v2", "b", "c", 70, 72), ("v3", "d", "e", 60, 61)],
                         columns=["unit", "first_team", "second_team", "first", "second"])
    found = severity.chain(again).set_index("team")
    assert found.loc["a", "severity"] - found.loc["c", "severity"] == pytest.approx((85 - 82) + (70 - 72))
    assert found.loc["a", "component"] != found.loc["d", "component"]  # not comparable at all
    assert found["se"].isna().all()  # nothing left over to judge the error by


def test_链上有多余的复核_误差估得出来():
    again = pd.DataFrame([("v1", "a", "b", 85, 83), ("v2", "a", "b", 75, 71)],
                         columns=["unit", "first_team", "second_team", "first", "second"])
    found = severity.chain(again).set_index("team")
    assert found.loc["a", "severity"] == pytest.approx((2 + 4) / 2 / 2)
    assert found.loc["a", "se"] == pytest.approx((2 / 1 / 2) ** 0.5 / 2)


def test_组内两对之间的差别_手算():
    rows = [("t", 1, 80), ("t", 1, 84), ("t", 2, 90), ("t", 2, 94)]
    found = severity.pair_effects(pd.DataFrame(rows, columns=["team", "pair", "score"])).iloc[0]
    among, inside = 2 * (5**2 + 5**2) / 1, (2**2 + 2**2 + 2**2 + 2**2) / 2
    assert found["f"] == pytest.approx(among / inside)
    assert found["between"] == pytest.approx(((among - inside) / 2) ** 0.5)


def test_每对只打一个村_分不出对与村():
    rows = [("t", 1, 80), ("t", 2, 90)]
    assert severity.pair_effects(pd.DataFrame(rows, columns=["team", "pair", "score"])).iloc[0]["f"] is None


def test_严的组是种下的_定标能认出来():
    rng = np.random.default_rng(7)
    truth = {f"t{i:02d}": 0.0 for i in range(15)} | {"t03": -8.0}
    found = severity.severity_of(scored({t: 80 + s + rng.normal(0, 2, 6) for t, s in truth.items()}))
    strictest = found.teams.sort_values("severity").iloc[0]
    assert strictest["team"] == "t03" and strictest["high"] < 0 and found.p < 0.001


def test_模拟_宽严相差三分时一致程度约0点60_不差时约0点84_定标后居中():
    found = severity.gain((0.0, 3.0), counties=300).set_index("severity")
    assert found.loc[3.0, "tau_before"] == pytest.approx(0.60, abs=0.03)
    assert found.loc[0.0, "tau_before"] == pytest.approx(0.84, abs=0.02)
    assert found.loc[3.0, "tau_before"] + 0.1 < found.loc[3.0, "tau_after"] < found.loc[3.0, "tau_known"]


@given(st.lists(st.lists(st.integers(0, 100), min_size=3, max_size=3), min_size=2, max_size=6))
@settings(max_examples=40, deadline=None)
def test_收缩只会把差别缩小_合计为0(rows):
    found = severity.severity_of(scored({f"t{i}": r for i, r in enumerate(rows)}))
    teams = found.teams
    assert 0 <= found.kept <= 1 + 1e-9 and abs(teams["severity"].sum()) < 1e-6
    assert (teams["severity"].abs() <= teams["raw"].abs() + 1e-9).all()
