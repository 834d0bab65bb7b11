"""Replacing an absent household (A-21)."""

from __future__ import annotations

import pandas as pd
import pytest

from hecha.field.replacing import REPORT_COLUMNS, replacements
from hecha.problems import Problems


def village() -> pd.DataFrame:
    """Two drawn households, one of them the only 残疾人户; three reserves and its own."""
    return pd.DataFrame({
        "village": "v", "household": ["a", "d", "r1", "r2", "r3", "rd"],
        "choice": ["正选"] * 2 + ["备选"] * 4, "order": [1, 2, 1, 2, 3, 4],
        "disabled": [False, True, False, False, False, True],
        "stands_for": ["", "", "任一户", "任一户", "任一户", "残疾人户"]})


def done(*rows: tuple[str, str], reason: str = "外出", second: str = "乙"):
    problems = Problems()
    report = pd.DataFrame([[absent, visited, reason, "甲", second] for absent, visited in rows],
                          columns=REPORT_COLUMNS)
    table = replacements(village(), report, 1, problems)
    return table.set_index("absent"), [p.code for p in problems]


def test_the_next_reserve_by_ticket_stands_in():
    table, codes = done(("a", "r1"))
    assert table.loc["a", "due"] == "r1" and table.loc["a", "regular"] and codes == []


def test_the_only_disabled_household_is_replaced_by_the_next_disabled_one():
    table, codes = done(("d", "rd"))
    assert table.loc["d", "due"] == "rd" and codes == []


def test_a_skipped_reserve_shows():
    table, codes = done(("a", "r3"))
    assert table.loc["a", "skipped"] == "r1" and codes == ["reserve_skipped"]


def test_a_reserve_that_was_absent_too_is_no_skipped_one():
    table, codes = done(("a", "r2"), ("r1", ""))
    assert table.loc["a", "due"] == "r2" and codes == []


def test_two_absent_households_take_two_reserves_in_either_order():
    first, codes = done(("a", "r1"), ("d", "rd"))
    second, _ = done(("d", "rd"), ("a", "r1"))
    assert codes == []
    pd.testing.assert_frame_equal(first, second)


def test_the_reserve_for_disabled_households_stands_for_nobody_else():
    table, codes = done(("a", "rd"), ("r1", ""), ("r2", ""), ("r3", ""))
    assert table.loc["a", "due"] == "" and codes == ["not_due"]


def test_used_up_reserves_are_told_and_nobody_is_drawn_again():
    table, codes = done(("a", ""), ("r1", ""), ("r2", ""), ("r3", ""))
    assert table.loc["a", "due"] == "" and codes == ["reserves_exhausted"]


@pytest.mark.parametrize("reason, second", [("", "乙"), ("外出", ""), ("外出", "甲")])
def test_a_replacement_has_a_reason_and_two_names(reason, second):
    assert done(("a", "r1"), reason=reason, second=second)[1] == ["replacement_unwitnessed"]


def test_a_household_that_was_never_drawn_is_told():
    assert "not_drawn" in done(("a", "x"))[1]


def test_nobody_is_both_absent_and_visited():
    assert "absent_and_visited" in done(("a", "r1"), ("r1", ""))[1]


def test_the_county_replaced_by_the_next_reserve_everywhere(yunxi):
    told = yunxi.households[yunxi.households["replaces"] != ""]
    report = pd.DataFrame({
        "absent": told["replaces"], "visited": told["household"], "reason": told["note"],
        "first_witness": "甲", "second_witness": "乙"})
    problems = Problems()
    table = replacements(yunxi.drawn_households, report, 1, problems)
    assert len(table) == len(told) > 0
    assert table["regular"].all() and str(problems) == ""
