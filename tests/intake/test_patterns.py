"""Lateness is counted; suspicions are listed, end with «请到现场核实», and touch no score."""

from fractions import Fraction

import pandas as pd
import pytest

from hecha.intake.patterns import ON_SITE, lateness, patterns
from tests.case.small import ONE, visited

INCOMES = ("经营收入", "经营费用", "财产性收入", "转移性收入", "转移性支出")


def households(folder, *rows):
    folder.form(ONE, "入户核查")[:] = rows
    case = folder.load()
    return case.households


def amounts(*values):
    told = dict(zip(("工资性收入", *INCOMES), values, strict=False))
    return told


def kinds(frame, standard=None):
    return set(patterns(frame, standard)["kind"])


def test_同组两张表金额几乎一样_列出来(folder):
    same = amounts("1234.5", "800.7", "120.3", "55.1", "901.2")
    frame = households(folder, visited(ONE, 1, **same), visited(ONE, 2, **same))
    found = patterns(frame, None)
    assert set(found["kind"]) == {"相似的表"} and all(ON_SITE in w for w in found["what"])


def test_金额各不相同_不列(folder):
    frame = households(folder, visited(ONE, 1, **amounts("1234.5", "800.7", "120.3", "55.1")),
                       visited(ONE, 2, **amounts("2234.5", "820.7", "121.3", "56.1")))
    assert kinds(frame) == set()


def test_都填零的两张表_不算相似(folder):
    assert kinds(households(folder, visited(ONE, 1), visited(ONE, 2))) == set()


def test_整百元偏多_列出来(folder):
    frame = households(folder, visited(ONE, 1, **amounts("1000", "500", "200", "300", "700")),
                       visited(ONE, 2, **amounts("2000", "900", "100", "400", "600")))
    assert "整数偏多" in kinds(frame)


@pytest.mark.parametrize(("wage", "listed"), [("9000", True), ("9200", True), ("9200.01", False),
                                              ("8999.99", False)])
def test_收入只比标准高一点的户多_列出来(folder, wage, listed):
    frame = pd.concat([households(folder, visited(ONE, 1, 工资性收入=wage),
                                  visited(ONE, 2, 工资性收入=wage))] * 2)
    assert ("收入贴近标准" in kinds(frame[frame["village"].str.startswith(ONE)],
                               Fraction(9000))) is listed


@pytest.mark.parametrize(("scored", "reported", "days"), [
    ("2024-01-04 23:59", "2024-01-05 23:59", (0, 0)), ("2024-01-05 00:01", "2024-01-06 00:01", (1, 1)),
    ("2024-01-07 09:00", "2024-01-08 09:00", (3, 3)), ("", "", (None, None))])
def test_记分当天_报告次日_迟几天(folder, scored, reported, days):
    folder.form(ONE, "组员")[0] |= {"记分提交时间": scored, "报告提交时间": reported}
    teams = folder.load().teams
    late = lateness(teams[teams["checked_town"] == ONE]).iloc[0]
    assert (late["score_days_late"], late["report_days_late"]) == days
