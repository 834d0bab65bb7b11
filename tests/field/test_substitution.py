"""Substitution of members: before the training, never after (R-05, A-37)."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from hecha.field.substitution import REQUEST_COLUMNS, substitute
from hecha.field.teams import make_teams
from hecha.problems import Problems
from tests.field.made import TEAM_RULE, staff_of, town_codes

TOWN = town_codes(3)[0]


def request(day="2024-01-01", leaving="Z10000", comes="Z19999", home=TOWN, stationed="",
            served="", reason="生病", arranged_by="云城镇") -> pd.DataFrame:
    return pd.DataFrame([[day, leaving, comes, "新人", home, stationed, served, reason,
                          arranged_by]], columns=REQUEST_COLUMNS)


def why(asked: pd.DataFrame, rule=TEAM_RULE, members=None) -> str:
    return substitute(staff_of(3), asked, rule, members)[2]["why"].item()


def test_before_the_training_the_town_may_send_another():
    staff, _, log = substitute(staff_of(3), request(), TEAM_RULE)
    assert log["accepted"].tolist() == [True]
    assert "Z19999" in staff["person_id"].tolist() and "Z10000" not in staff["person_id"].tolist()
    assert len(staff) == len(staff_of(3))


@pytest.mark.parametrize("day", ["2024-01-02", "2024-01-03"])
def test_from_the_day_of_the_training_nobody_is_changed(day):
    staff, _, log = substitute(staff_of(3), request(day), TEAM_RULE)
    assert log["why"].item() == "2024-01-02已开始培训，人员不得变动"
    pd.testing.assert_frame_equal(staff, staff_of(3))


def test_without_a_training_date_nothing_can_be_allowed():
    assert "没有填培训日期" in why(request(), replace(TEAM_RULE, training_date=""))


@pytest.mark.parametrize("asked, reason", [
    (request(day="1月1日"), "日期应为"), (request(reason=""), "没有写明原因"),
    (request(arranged_by=""), "没有写明原因"), (request(leaving="Z0"), "不在抽调名单"),
    (request(home=town_codes(3)[1]), "不是同一个镇的"), (request(comes="Z10001"), "已在抽调名单里"),
    (request(comes=""), "没有编号")])
def test_a_request_that_lacks_something_is_refused_and_logged(asked, reason):
    assert reason in why(asked)


def test_who_comes_takes_the_place_and_must_not_be_kept_from_the_town():
    members = make_teams(staff_of(3), town_codes(3), "42", TEAM_RULE, Problems()).members
    place = members.set_index("person_id").loc["Z10000"]
    _, changed, _ = substitute(staff_of(3), request(), TEAM_RULE, members)
    assert changed.set_index("person_id").loc["Z19999", ["team", "pair", "checked_town"]].tolist() \
        == place[["team", "pair", "checked_town"]].tolist()
    asked = request(stationed=place["checked_town"] + "201")
    assert why(asked, members=members) == "接替的人须回避：不核查帮扶村所在的镇"


def test_changes_follow_one_another():
    both = pd.concat([request(), request(leaving="Z19999", comes="Z19998")])
    staff, _, log = substitute(staff_of(3), both, TEAM_RULE)
    assert log["accepted"].all() and "Z19998" in staff["person_id"].tolist()
