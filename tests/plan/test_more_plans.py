"""Two plans of other shapes: what they take from published tables, and what they assume."""

from __future__ import annotations

from fractions import Fraction

import pytest

from hecha.plan import load_plan


@pytest.mark.parametrize("name", ["sheng-bangfu", "ducha-403030"])
def test_没有见到的内容都依据读法_没有冒充原文(name):
    plan = load_plan(f"params/{name}")
    for path, block in plan.blocks():
        assert block.basis != "stated" or block.quote, path
        assert block.basis == "stated" or block.reading or block.quote, path


def test_省级表的片段加拟定的十三分等于一百分():
    plan = load_plan("params/sheng-bangfu")
    points = {g.name: sum(i.points for i in plan.items if i.group == g.code) for g in plan.groups}
    assert points == {"脱贫成效": 50, "精准识别": 15, "精准帮扶": 22, "扶贫资金": 100 - 50 - 15 - 22}


def test_日常督查百分之四十_年度核查与第三方各百分之三十():
    parts = load_plan("params/ducha-403030").figure["comprehensive"].parts
    assert parts == {"supervision": Fraction(40, 100), "year_check": Fraction(30, 100),
                     "third_party": Fraction(30, 100)}


def test_没有镇和村的方案_层级叫什么就是什么():
    names = {name: [v.name for v in load_plan(f"params/{name}").levels]
             for name in ("sheng-bangfu", "ducha-403030")}
    assert names == {"sheng-bangfu": ["省", "市"], "ducha-403030": ["市", "县"]}
