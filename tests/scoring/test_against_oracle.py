"""两个互不相识的计分程序，对每个单位的每个细项得出同一个分数。

The second scorer (tests/oracle) was written from scoring.md alone and shares no code.
"""

import os
from collections import defaultdict
from fractions import Fraction

from hypothesis import HealthCheck, given, settings

from hecha.points import publish
from hecha.scoring import score_case
from tests.oracle.random_county import counties
from tests.oracle.read_county import read_county
from tests.oracle.second_scorer import score_county
from tests.scoring.small_case import judged_plan, small_case

PLAN = judged_plan()
COUNTIES = int(os.environ.get("HECHA_RANDOM_COUNTIES", "1000"))


def items_of(results):
    return {(r.sheet, r.unit, r.item): r.score for r in results.items.itertuples()}


def sheets_of(results):
    return {(r.sheet, r.unit): r.score for r in results.sheets.itertuples()}


def assert_same(results, expected):
    assert items_of(results) == expected["items"]
    missing = {(r.sheet, r.unit, r.item) for r in results.items.itertuples()
               if r.state == "missing"}
    assert missing == expected["missing"]
    assert {k: v for k, v in sheets_of(results).items() if v is not None} == expected["sheets"]
    for town in results.towns.itertuples():
        other = expected["towns"][town.town]
        names = ("county_check", "village_mean", "year_end", "daily", "comprehensive")
        assert [getattr(town, f) for f in names] == [other[f] for f in names]
        assert (town.grade, town.rank) == (other["grade"] or "", other["rank"])


def assert_ledger_balances(results):
    """100 − 得分 = 台账各行之和，一分不差。"""
    sums = defaultdict(Fraction)
    for row in results.ledger.itertuples():
        sums[row.sheet, row.unit] += row.points
    for (sheet, unit), score in sheets_of(results).items():
        if score is not None:
            assert 100 - score == sums[sheet, unit]


def test_全县每个细项与第二个计分程序一致(yunxi):
    assert_same(yunxi, score_county(**read_county()))
    assert_ledger_balances(yunxi)


@settings(max_examples=COUNTIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(counties())
def test_一千个随机小县也一致(county):
    results = score_case(PLAN, small_case(county))
    assert not results.problems.errors
    assert_same(results, score_county(**vars(county)))
    assert_ledger_balances(results)
    for town in results.towns.itertuples():
        assert town.comprehensive is None or 0 <= publish(town.comprehensive) <= 100
