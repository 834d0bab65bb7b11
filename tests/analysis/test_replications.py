"""Drawn weights: each can be redone, none breaks a total, and a town on the cut stays on it."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from hecha.analysis.replications import (
    drawn_weights,
    hundredths,
    rank_intervals,
    replicate,
    replicate_trial,
)
from hecha.batch.opening import open_case, parameters_of
from hecha.plan import load_plan
from hecha.plan.changing import overlay
from hecha.scoring import score_case
from hecha.scoring.trials import Trials
from tests.analysis.made import on_the_cut


@pytest.fixture(scope="module")
def drawn(opened):
    return drawn_weights(opened.plan, times=400)


@pytest.fixture(scope="module")
def replications(official, drawn):
    return replicate_trial(official, drawn)


def test_每次重复_各表仍是满分_各权重仍合计百分之百(opened, drawn):
    for shares in drawn.parts.values():
        assert set(shares.sum(axis=1)) == {1000}
    for sheet, multipliers in drawn.points.items():
        worth = np.array([int(b.points) for b in drawn.bundles[sheet]])
        assert set(multipliers @ worth) == {1000 * 100}


def test_倍数在四分之一以内(drawn):
    for multipliers in drawn.points.values():
        assert multipliers.min() > 1000 * 0.75 * 0.9 and multipliers.max() < 1000 * 1.25 * 1.15


def test_任取一次重复_写成方案重新计分_分数名次相同(opened, drawn, replications, tmp_path):
    shutil.copytree("params/xian2023", tmp_path / "xian2023")
    (tmp_path / "第138次").mkdir()
    (tmp_path / "第138次" / "plan.yaml").write_text(overlay("xian2023", drawn.values(137)),
                                                   encoding="utf-8")
    plan = load_plan(tmp_path / "第138次", parameters_of(opened.case))
    towns = score_case(plan, opened.case).towns
    exact = np.array([float(v) for v in towns["comprehensive"]])
    assert np.allclose(replications.figures["comprehensive"][137], exact, rtol=0, atol=1e-10)
    assert list(replications.ranks[137]) == list(towns["rank"])
    bands = [b.name for b in plan.grades.bands]
    assert [bands[g] for g in replications.grades[137]] == list(towns["grade"])


def test_每项都压在线上的镇_以概率1保持等次(official, drawn):
    found = replicate_trial(on_the_cut(official, "449901100").trial, drawn)
    place = found.towns.index("449901100")
    assert set(found.published[:, place]) == {9000}
    assert rank_intervals(found).set_index("town").loc["449901100", "share:好"] == 1.0


def test_同一种子同一结果_换种子不同(opened, drawn):
    again = drawn_weights(opened.plan, times=400)
    other = drawn_weights(opened.plan, times=400, seed=1)
    assert again.ledger().equals(drawn.ledger()) and not other.ledger().equals(drawn.ledger())


def test_浮点差一点的半分仍进一():
    assert hundredths(np.array([89.995, 89.99499999999999, 89.9949])).tolist() == [9000, 9000, 8999]


def test_未完成的镇不参加(official, drawn):
    first, *rest = official.towns
    lost = replace(first, figures=dict.fromkeys(first.figures))
    found = replicate_trial(replace(official, towns=(lost, *rest)), drawn)
    assert found.towns == tuple(t.town for t in rest) and found.ranks.max() == len(rest)


@pytest.mark.parametrize("name", ["sheng-bangfu", "nongcun-wushui", "jiaocha-zicha", "zijin-jixiao"])
def test_别的方案也能换权重_照原权重就是原分(name):
    from hecha.batch.opening import open_case
    from hecha.scoring.trials import Trials

    case = open_case(f"data/{name}", f"params/{name}")
    official = Trials.of(case.plan, case.case).under()
    drawn = drawn_weights(case.plan, times=1, spread=0)
    found = replicate_trial(official, drawn)
    of = case.plan.grades.of
    exact = case.results.towns.set_index("town").loc[list(found.towns)]
    assert np.allclose(found.figures[of][0], [float(v) for v in exact[of]], atol=1e-9)
    bands = [b.name for b in case.plan.grades.bands]
    assert [bands[g] for g in found.grades[0]] == list(exact["grade"])


def test_一个地方也没有完成_重复就是空的_不是出错(tmp_path):
    shutil.copytree("data/ducha-403030", tmp_path / "县")
    (tmp_path / "县/returns/年度核查.csv").unlink()
    county = open_case(tmp_path / "县", "params/ducha-403030")
    assert not (county.results.towns["state"] == "完成").any()
    found = replicate(Trials.of(county.plan, county.case), drawn_weights(county.plan, times=20))
    assert found.ranks.size == found.grades.size == 0
