"""The draw: smallest tickets first, and nothing else matters (R-08, A-15 to A-21, A-39)."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from itertools import permutations, product
from math import factorial

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hecha.field.certificate import json_text
from hecha.field.draw import (
    CHOSEN,
    RESERVE,
    chosen_households,
    draw,
    household_chances,
    listed_households,
    stratified_households,
    stratum_chances,
)
from hecha.field.frame import Frame, build_frame
from hecha.field.replacing import due_replacements
from hecha.field.rules import SampleRule
from hecha.field.tickets import in_ticket_order, ticket
from hecha.problems import Problems
from tests.field.made import (
    DISABLED_FIRST,
    RULE,
    STRATIFIED,
    counties,
    frame_from,
    large_counties,
    seeds,
    stratified_frame,
    unhurried,
    village_codes,
)

rules = st.sampled_from([RULE, DISABLED_FIRST])


def same(left, right, town: str | None = None) -> bool:
    """Whether two draws drew the same, in a town or everywhere."""
    parts = [(getattr(d, name), name) for d in (left, right) for name in ("villages", "households")]
    keys = ["village", "household", "choice", "order"]
    tables = [t if town is None else t[t["town"] == town] for t, _ in parts]
    lists = [t[[k for k in keys if k in t]].values.tolist() for t in tables]
    return lists[0] == lists[2] and lists[1] == lists[3]


@unhurried
@given(counties, seeds, rules, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(county, seed, rule, random):
    frame = frame_from(county)
    order = [random.sample(range(n), n) for n in (len(frame.villages), len(frame.households))]
    mixed = Frame(frame.towns, frame.villages.iloc[order[0]], frame.households.iloc[order[1]])
    assert same(draw(frame, seed, rule), draw(mixed, seed, rule))
    pd.testing.assert_frame_equal(draw(frame, seed, rule).household_order,
                                  draw(mixed, seed, rule).household_order)


@unhurried
@given(counties, seeds, rules)
def test_other_towns_change_nothing(county, seed, rule):
    town = min(county)[:9]
    alone = {village: homes for village, homes in county.items() if village.startswith(town)}
    assert same(draw(frame_from(county), seed, rule), draw(frame_from(alone), seed, rule), town)


@unhurried
@given(large_counties, seeds, rules, st.data())
def test_a_village_that_was_not_drawn_changes_nothing(county, seed, rule, data):
    drawn = draw(frame_from(county), seed, rule)
    idle = sorted(set(county) - set(drawn.villages["village"]))
    assume(idle)
    gone = data.draw(st.sampled_from(idle))
    rest = {village: homes for village, homes in county.items() if village != gone}
    assert same(drawn, draw(frame_from(rest), seed, rule))


@unhurried
@given(counties, seeds, rules, st.data())
def test_a_household_that_was_not_listed_changes_nothing(county, seed, rule, data):
    frame = frame_from(county)
    drawn = draw(frame, seed, rule)
    idle = sorted(set(frame.households["household"]) - set(drawn.households["household"]))
    assume(idle)
    gone = data.draw(st.sampled_from(idle))
    fewer = Frame(frame.towns, _recounted(frame, gone),
                  frame.households[frame.households["household"] != gone])
    assert same(drawn, draw(fewer, seed, rule))


def _recounted(frame: Frame, gone: str) -> pd.DataFrame:
    left = frame.households[frame.households["household"] != gone].groupby("village")["disabled"]
    counts = left.agg(["size", "sum"])
    return frame.villages.assign(**{
        name: frame.villages["village"].map(counts[column]).fillna(0).astype(int)
        for name, column in (("eligible", "size"), ("disabled", "sum"))})


@unhurried
@given(counties, seeds, rules)
def test_the_frame_is_left_as_it_was(county, seed, rule):
    frame, before = frame_from(county), frame_from(county)
    draw(frame, seed, rule)
    pd.testing.assert_frame_equal(frame.villages, before.villages)
    pd.testing.assert_frame_equal(frame.households, before.households)


@unhurried
@given(counties, seeds, rules)
def test_a_town_gives_four_villages_or_all_it_has(county, seed, rule):
    frame = frame_from(county)
    drawn = draw(frame, seed, rule).villages.groupby("town").size()
    assert drawn.to_dict() == {town: min(4, n) for town, n in
                               frame.villages.groupby("town").size().items()}


@unhurried
@given(counties, seeds, rules)
def test_a_village_gives_five_households_with_a_disabled_one_if_it_can(county, seed, rule):
    drawn = draw(frame_from(county), seed, rule)
    chosen = drawn.households[drawn.households["choice"] == CHOSEN].groupby("village")
    for village in drawn.villages.itertuples():
        homes = county[village.village]
        assert village.chosen == min(5, len(homes))
        if any(homes):
            assert chosen.get_group(village.village)["disabled"].any()


def test_villages_that_can_give_what_is_asked_come_first_then_the_others_flagged():
    able, poor = village_codes(1, 3), village_codes(1, 7)[3:]
    frame = frame_from({v: [True] + [False] * 4 for v in able} | {v: [False] * 9 for v in poor})
    drawn = draw(frame, "42", RULE)
    assert set(drawn.villages["village"]) == {*able, in_ticket_order("42", "CUN", poor)[0]}
    assert drawn.flags["reading"].tolist() == ["A-18"]


def test_reserves_are_the_next_by_ticket():
    frame = frame_from({"449901100200": [True] * 20})
    homes = draw(frame, "42", RULE).households
    ordered = in_ticket_order("42", "HU", frame.households["household"])
    assert homes["household"].tolist() == ordered[:8]
    assert homes["choice"].tolist() == [CHOSEN] * 5 + [RESERVE] * 3
    assert homes["order"].tolist() == [1, 2, 3, 4, 5, 1, 2, 3]
    assert homes["ticket"].tolist() == [ticket("42", "HU", unit) for unit in ordered[:8]]


def test_the_last_gives_way_to_the_first_disabled_household_and_is_the_first_reserve():
    listed = listed_households(list("abcdefgh"), {"g", "h"}, 1, 5, 2)
    assert [u for u in listed if listed[u][0] == CHOSEN] == ["a", "b", "c", "d", "g"]
    assert listed["e"] == (RESERVE, 1, "任一户")
    assert listed["h"] == (RESERVE, 3, "残疾人户")


def test_under_the_other_rule_the_disabled_household_is_first_by_its_own_ticket():
    frame = frame_from({"449901100200": [True] * 4 + [False] * 9})
    marked = frame.households.loc[frame.households["disabled"], "household"]
    own = {unit: ticket("42", "HU", f"449901100200>{unit}") for unit in marked}
    homes = draw(frame, "42", DISABLED_FIRST).households["household"].tolist()
    rest = [unit for unit in in_ticket_order("42", "HU", frame.households["household"])
            if unit != homes[0]]
    assert homes[0] == min(own, key=own.get)
    assert homes[1:] == rest[:7]


def test_without_a_disabled_household_both_rules_take_the_first_five():
    frame = frame_from({"449901100200": [False] * 9})
    assert same(draw(frame, "42", RULE), draw(frame, "42", DISABLED_FIRST))


@given(st.permutations("abcdefg"), st.sets(st.sampled_from("abcdefg"), min_size=1),
       st.integers(1, 7))
def test_with_one_ticket_for_both_the_two_rules_would_be_one(order, disabled, wanted):
    first = next(unit for unit in order if unit in disabled)
    assert set(chosen_households(order, disabled, 1, wanted)) == set(
        chosen_households(order, disabled, 1, wanted, [first]))


def test_the_plan_may_ask_for_more_in_a_village():
    frame = frame_from({"449901100200": [True] * 9, "449901100201": [True] * 9})
    more = replace(RULE, more_households=(("449901100201", 7),))
    assert draw(frame, "42", more).villages.set_index("village")["chosen"].to_dict() == {
        "449901100200": 5, "449901100201": 7}


def test_last_years_villages_give_way_when_the_plan_says_so():
    villages = village_codes(1, 6)
    frame = frame_from({v: [True] * 6 for v in villages})
    last_year = draw(frame, "42", RULE).villages["village"].tolist()
    assert draw(frame, "42", RULE, last_year).villages["village"].tolist() == last_year
    avoiding = draw(frame, "42", replace(RULE, avoid_last_year=True), last_year)
    assert set(villages) - set(last_year) <= set(avoiding.villages["village"])
    assert avoiding.flags["reading"].tolist() == ["A-39", "A-39"]
    assert set(avoiding.village_order["chance"]) == {Fraction(1), Fraction(2, 4)}


@pytest.mark.parametrize("least", [0, 1, 2])
@pytest.mark.parametrize("rule", ["last_gives_way", "disabled_first"])
@pytest.mark.parametrize("eligible, disabled, wanted", [
    (6, 1, 3), (6, 2, 3), (6, 3, 3), (6, 6, 3), (6, 0, 3), (5, 2, 1), (4, 2, 5), (1, 1, 1),
    (6, 3, 5), (6, 4, 2)])
def test_the_chances_are_those_of_every_order_counted_out(rule, eligible, disabled, wanted, least):
    units = list("abcdefg")[:eligible]
    marked = set(units[:disabled])
    by_own = rule == "disabled_first" and marked
    firsts = list(permutations(sorted(marked), min(least, disabled))) if by_own else [()]
    drawn = [unit for order in permutations(units) for first in firsts
             for unit in chosen_households(order, marked, least, wanted, first)]
    chance = {unit: Fraction(drawn.count(unit), factorial(eligible) * len(firsts))
              for unit in units}
    with_mark, without = household_chances(eligible, disabled, least, wanted, rule)
    assert all(chance[unit] == (with_mark if unit in marked else without) for unit in units)


@pytest.mark.parametrize("sizes, least, wanted", [
    ((2, 3), (2, 2), 4), ((1, 4), (2, 2), 4), ((3, 3), (1, 1), 4), ((2, 2), (1, 1), 5),
    ((0, 5), (2, 2), 4), ((4, 2), (0, 2), 3)])
def test_the_chances_of_strata_are_those_of_every_order_counted_out(monkeypatch, sizes, least, wanted):
    """Every order of the strata against every order of those who fill up, all equally likely."""
    strata = {name: tuple(f"{name}{n}" for n in range(size)) for name, size in zip("ab", sizes)}
    wants = dict(zip("ab", least))
    units = [unit for own in strata.values() for unit in own]
    places = []
    for orders in product(*(permutations(own) for own in strata.values())):
        rest = {unit for name, own in zip("ab", orders) for unit in own[wants[name]:]}
        for filling in permutations(sorted(rest)):
            monkeypatch.setattr("hecha.field.draw._by_own_ticket", lambda *_, f=filling: list(f))
            places.append(stratified_households("", "v", dict(zip("ab", orders)), wants, wanted))
    told = stratum_chances(dict(zip("ab", sizes)), wants, wanted)
    for unit in units:
        seen = Fraction(sum(unit in drawn for drawn in places), len(places))
        assert seen == told[unit[0]], unit


def test_two_disabled_households_where_the_plan_wants_two_and_no_difference_where_none():
    frame = frame_from({"449901100200": [False] * 9 + [True] * 3})
    two, none = replace(RULE, disabled=2), replace(RULE, disabled=0)
    for seed in map(str, range(40)):
        homes = draw(frame, seed, two).households
        assert homes[homes["choice"] == CHOSEN]["disabled"].sum() >= 2
        assert draw(frame, seed, none).households["household"].tolist() == in_ticket_order(
            seed, "HU", frame.households["household"])[:8]
        spares = homes[homes["stands_for"] == "残疾人户"]
        assert set(spares["disabled"]) <= {True}
    poor = frame_from({"449901100200": [False] * 9 + [True]})
    assert messages(draw(poor, "42", two)) == [
        "449901100200可抽的残疾人户只有1户（至少应抽2户）"]
    assert messages(draw(frame_from({"449901100200": [False] * 9}), "42", none)) == []


def messages(drawn):
    """What is flagged of the villages."""
    return drawn.flags.loc[drawn.flags["level"] == "village", "message"].tolist()


def test_of_each_stratum_its_number_and_reserves_of_its_own():
    frame = stratified_frame(*["监测对象"] * 4, *["脱贫户"] * 6)
    for seed in map(str, range(20)):
        homes = draw(frame, seed, STRATIFIED).households
        counts = homes.groupby(["choice", "stands_for"]).size().to_dict()
        assert counts == {(CHOSEN, "监测对象"): 2, (CHOSEN, "脱贫户"): 2,
                          (RESERVE, "监测对象"): 1, (RESERVE, "脱贫户"): 1}
        assert homes["chance"].map(str).tolist() == ["1/2", "1/2", "1/3", "1/3", "1/2", "1/3"]
        absent = set(homes["household"][:1])
        due = due_replacements(homes, absent, 0)
        assert list(due.values()) == homes["household"][homes["stands_for"] == "监测对象"].tolist()[2:]


def test_a_stratum_that_is_short_is_filled_up_and_flagged():
    drawn = draw(stratified_frame("监测对象", *["脱贫户"] * 5), "42", STRATIFIED)
    assert drawn.villages["chosen"].tolist() == [4]
    assert messages(drawn) == [
        "449901100200的监测对象只有1户（至少应抽2户），有几户抽几户，由其他户补足"]
    assert set(drawn.households["chance"].map(str)) == {"1", "3/5"}


@pytest.mark.parametrize("rule", [STRATIFIED, replace(RULE, disabled=2),
                                  replace(RULE, away_notes=("外出", "死亡")), RULE])
def test_a_rule_is_the_same_after_a_certificate_has_carried_it(rule):
    assert SampleRule.from_data(json.loads(json_text(rule.as_data()))) == rule


def test_a_certificate_of_the_plain_rule_reads_as_it_always_did():
    assert sorted(RULE.as_data()) == [
        "avoid_last_year", "away_note", "exit_years", "household_rule", "households",
        "more_households", "reserves", "statuses", "village_types", "villages"]


def test_each_of_several_remarks_keeps_a_household_out():
    rule = replace(RULE, away_notes=("整户外出", "整户死亡"))
    villages = pd.DataFrame({"town": ["449901100"], "town_name": ["甲镇"],
                             "village": ["449901100200"], "village_name": ["甲村"],
                             "village_type": ["非贫困村"], "has_task": [True]})
    persons = pd.DataFrame({
        "household": [f"449901100200{n:04d}" for n in range(3)], "village": "449901100200",
        "head": "张", "identity": "", "exit_year": 2019, "status": "脱贫",
        "note": ["整户外出打工", "整户死亡", ""]})
    frame = build_frame(villages, persons, rule, Problems())
    assert frame.households["household"].tolist() == ["4499011002000002"]
    assert frame.outside["reason"].tolist() == ["整户外出", "整户死亡"]


@unhurried
@given(counties, seeds, rules)
def test_the_chances_of_a_town_add_up_to_what_is_drawn(county, seed, rule):
    drawn = draw(frame_from(county), seed, rule)
    by_town = drawn.village_order.groupby("town")
    assert all(sum(rows["chance"]) == rows["drawn"].sum() for _, rows in by_town)
    for _, homes in drawn.household_order.groupby("village"):
        within = [chance / village for chance, village in
                  zip(homes["chance"], homes["village_chance"])]
        assert sum(within) == (homes["choice"] == CHOSEN).sum()


def test_the_county_drew_by_the_rule_that_its_parameters_name(yunxi, yunxi_frame):
    drawn = yunxi.drawn_households
    marks = dict(zip(yunxi_frame.households["household"], yunxi_frame.households["disabled"]))
    first = drawn[(drawn["choice"] == CHOSEN) & (drawn["order"].astype(int) == 1)]
    has_any = yunxi_frame.villages.set_index("village")["disabled"] > 0
    assert all(marks[home.household] == has_any[home.village] for home in first.itertuples())
    chosen = drawn[drawn["choice"] == CHOSEN].groupby("village").size()
    eligible = yunxi_frame.villages.set_index("village")["eligible"]
    assert all(n >= min(5, eligible[village]) for village, n in chosen.items())


def test_drawing_as_many_as_the_county_did_fits_its_frame(yunxi, yunxi_frame):
    sizes = yunxi.drawn_villages.set_index("village")["chosen"].astype(int)
    drawn = draw(yunxi_frame, "031117", DISABLED_FIRST)
    assert len(drawn.villages) == len(sizes) == 59
    assert drawn.villages.groupby("town").size().to_dict() == \
        yunxi.drawn_villages.groupby("town").size().to_dict()
