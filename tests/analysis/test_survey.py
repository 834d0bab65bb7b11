"""The estimators against R's `survey`, to 1e-9, and against sums done by hand."""

import json
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hecha.analysis import rates, survey
from hecha.analysis.survey import Design, NotEstimable

HERE = Path(__file__).parent / "survey"
R = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
API = {
    "apisrs": {"sizes": ("fpc",), "weights": "pw"},
    "apistrat": {"sizes": ("fpc",), "weights": "pw", "strata": "stype"},
    "apiclus1": {"clusters": ("dnum",), "sizes": ("fpc",), "weights": "pw"},
    "apiclus2": {"clusters": ("dnum", "snum"), "sizes": ("fpc1", "fpc2"), "weights": "pw"},
    "apiclus2wr": {"clusters": ("dnum",), "weights": "pw"},
}


def read(name):
    return pd.read_csv(HERE / f"{name}.csv")


def design(name):
    frame = read(name.removesuffix("wr"))
    return Design(frame.assign(known=frame["enroll"].notna()), **API[name])


def same(found, key):
    wanted, row = R[key], found.iloc[0]
    got = [row["estimate"], row["se"], row["df"], row["low"], row["high"]]
    assert got == pytest.approx([wanted["est"], wanted["se"], wanted["df"], *wanted["ci_t"]],
                                rel=1e-9)


@pytest.mark.parametrize("name", API)
def test_与R的survey一致_均数(name):
    same(survey.mean(design(name), "api00"), f"{name}_mean_api00")


@pytest.mark.parametrize("name", API)
def test_与R的survey一致_总数(name):
    same(survey.total(design(name), "enroll", where="known"), f"{name}_total_enroll")


def test_两阶段不能丢掉第二阶段的误差():
    both = survey.mean(design("apiclus2"), "api00")["se"].iloc[0]
    first = survey.mean(Design(read("apiclus2"), ("dnum",), ("fpc1",), weights="pw"), "api00")
    assert round(both, 3) == 30.099 and round(first["se"].iloc[0], 3) == 29.889


def test_两阶段的权就是两个阶段的N比n相乘():
    found = Design(read("apiclus2"), ("dnum", "snum"), ("fpc1", "fpc2")).weight()
    assert found == pytest.approx(read("apiclus2")["pw"].to_numpy(), rel=1e-6)


def test_mu284_两阶段没有给权():
    found = Design(read("mu284"), ("id1", "id2"), ("n1", "n2"))
    same(survey.total(found, "y1"), "mu284_total_y1")
    same(survey.mean(found, "y1"), "mu284_mean_y1")


@pytest.mark.parametrize(("sizes", "key"), [(("Nh",), "fpc_mean_x"), ((), "nofpc_mean_x")])
def test_分层整群_有没有有限总体修正(sizes, key):
    found = Design(read("fpc"), ("psuid",), sizes, "stratid", "weight")
    same(survey.mean(found, "x"), key)


def test_比率_受测人数比在校人数():
    wanted = R["apiclus2_ratio_apistu_enroll"]
    found = survey.ratio(design("apiclus2"), "api.stu", "enroll", where="known").iloc[0]
    assert [found["estimate"], found["se"]] == pytest.approx([wanted["est"], wanted["se"]], rel=1e-9)


def test_各类学校的均数():
    wanted = R["apiclus2_by_stype"]
    found = survey.by(design("apiclus2"), "stype", "api00")
    assert list(found["what"]) == wanted["stype"]
    assert found["estimate"].to_numpy() == pytest.approx(wanted["est"], rel=1e-9)
    assert found["se"].to_numpy() == pytest.approx(wanted["se"], rel=1e-9)


@pytest.mark.parametrize(("method", "key"), [
    ("korn_graubard", "beta"), ("logit", "xlogit"), ("asin", "asin"), ("mean", "mean")])
def test_比例的区间_四种算法(method, key):
    frame = read("apiclus2").assign(met=lambda d: (d["sch.wide"] == "Yes").astype(int))
    found = survey.rate(Design(frame, **API["apiclus2"]), "met", method=method).iloc[0]
    wanted = R[f"apiclus2_prop_schwide_{key}"]
    assert [found["low"], found["high"]] == pytest.approx(wanted["ci"], rel=1e-9)
    assert found["se"] == pytest.approx(wanted["se"], rel=1e-9)


def test_刀切法_每次去掉一群():
    same(survey.jackknife(design("apiclus1"), "api00"), "apiclus1_JK1mse_mean_api00")


def test_设计效应_相当于只走访了六分之一():
    assert survey.design_effect(design("apiclus2"), "api00") == pytest.approx(R["apiclus2_deff"],
                                                                              rel=1e-9)


def test_四个村的标准误_手算():
    # 80 84 88 92: mean 86, s² = (36 + 4 + 4 + 36) / 3; (1 − 4/9) × s² / 4
    frame = pd.DataFrame({"score": [80, 84, 88, 92], "N": 9})
    found = survey.mean(Design(frame, sizes=("N",)), "score").iloc[0]
    se = sqrt((1 - 4 / 9) * (36 + 4 + 4 + 36) / 3 / 4)
    assert (found["estimate"], found["df"]) == (86, 3) and found["se"] == pytest.approx(se)
    assert found["high"] - found["estimate"] == pytest.approx(3.182446 * se, rel=1e-6)


def test_两阶段手算_村间加村内():
    # two of four villages; in each two of three households: totals 3 × 2 = 6 and 3 × 6 = 18 of y
    frame = pd.DataFrame({"v": [1, 1, 2, 2], "h": [1, 2, 1, 2], "y": [1, 3, 5, 7], "N": 4, "M": 3})
    found = survey.total(Design(frame, ("v", "h"), ("N", "M")), "y").iloc[0]
    between = 4**2 * (1 - 2 / 4) * ((6 - 12) ** 2 + (18 - 12) ** 2) / 1 / 2
    within = 4 / 2 * sum(3**2 * (1 - 2 / 3) * 2 / 2 for _ in range(2))
    assert found["estimate"] == 4 / 2 * (6 + 18)
    assert found["se"] == pytest.approx(sqrt(between + within))


def test_一个村不可估计_除非全镇只有一个村():
    with pytest.raises(NotEstimable, match="不可估计"):
        survey.mean(Design(pd.DataFrame({"y": [80.0], "N": [9]}), sizes=("N",)), "y")
    only = survey.mean(Design(pd.DataFrame({"y": [80.0], "N": [1]}), sizes=("N",)), "y")
    assert only["se"].iloc[0] == 0


def test_空值不能当作0():
    with pytest.raises(NotEstimable, match="1个空值"):
        survey.mean(Design(pd.DataFrame({"y": [80.0, None]})), "y")


def test_抽的比有的还多_拒绝():
    with pytest.raises(NotEstimable, match="总数却只有1个"):
        survey.mean(Design(pd.DataFrame({"y": [1.0, 2.0], "N": 1}), sizes=("N",)), "y")


scores = st.lists(st.integers(0, 100).map(float), min_size=2, max_size=8)


@given(scores)
def test_全查了就没有抽样误差(values):
    frame = pd.DataFrame({"y": values, "N": len(values)})
    assert survey.mean(Design(frame, sizes=("N",)), "y")["se"].iloc[0] == 0


@given(scores, st.integers(-50, 50))
def test_各村同加几分_标准误不变(values, more):
    frame = pd.DataFrame({"y": values, "z": [v + more for v in values], "N": 20})
    one, other = (survey.mean(Design(frame, sizes=("N",)), c).iloc[0] for c in "yz")
    assert other["se"] == pytest.approx(one["se"], abs=1e-9)
    assert other["estimate"] == pytest.approx(one["estimate"] + more)


@given(st.integers(1, 60), st.data())
def test_精确区间包住样本的比率(visited, data):
    found = data.draw(st.integers(0, visited))
    low, high = rates.exact_interval(found, visited)
    assert 0 <= low <= found / visited <= high <= 1
    back = rates.exact_interval(visited - found, visited)
    assert (1 - back[1], 1 - back[0]) == pytest.approx((low, high))


@pytest.mark.parametrize(("visited", "bound"), [(5, 45.1), (20, 13.9), (60, 4.9), (300, 1.0)])
def test_一户问题也没有_真实问题率的上限(visited, bound):
    assert round(100 * rates.exact_interval(0, visited, 0.9)[1], 1) == bound  # one-sided 95 %


def test_四十户里四户假_走访五户只有四成三的把握碰上():
    missed = (36 / 40) * (35 / 39) * (34 / 38) * (33 / 37) * (32 / 36)
    assert float(rates.detection(40, 4, 5)) == pytest.approx(1 - missed)
    assert round(1 - missed, 2) == 0.43


def test_精确区间的覆盖率不低于所称():
    n = 20
    ends = [rates.exact_interval(k, n) for k in range(n + 1)]
    for true in np.linspace(0.01, 0.99, 50):
        from scipy.stats import binom
        covered = sum(binom.pmf(k, n, true) for k, (low, high) in enumerate(ends) if low <= true <= high)
        assert covered >= 0.95
