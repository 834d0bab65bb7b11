"""The teams: nobody at home, no town in pairs, the smallest sum of tickets (R-01, A-08 to A-10)."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hecha.field.assignment import Task, assign, relaxations
from hecha.field.teams import LEADER, MEMBER, households_to_pairs, make_teams, verify_teams
from hecha.field.tickets import cost, going_to, ticket
from hecha.problems import Problems
from tests.field.made import MIXED, TEAM_RULE, seeds, staff_of, town_codes, unhurried


def made(staff, towns, seed="42", rule=TEAM_RULE):
    problems = Problems()
    return make_teams(staff, towns, seed, rule, problems), problems


def with_ties(data, towns: int) -> pd.DataFrame:
    """Staff of whom some are stationed in, or served in, towns of the county."""
    staff, codes = staff_of(towns), town_codes(towns)
    some = st.lists(st.sampled_from(range(len(staff))), max_size=2, unique=True)
    for row in data.draw(some):
        staff.loc[row, "stationed_village"] = data.draw(st.sampled_from(codes)) + "201"
    for row in data.draw(some):
        staff.loc[row, "served_town"] = data.draw(st.sampled_from(codes))
    return staff


@unhurried
@given(st.data(), st.integers(3, 15), seeds, st.sampled_from([TEAM_RULE, MIXED]))
def test_whoever_is_sent_is_sent_under_the_rules(data, count, seed, rule):
    staff, towns = with_ties(data, count), town_codes(count)
    teams, problems = made(staff, towns, seed, rule)
    if teams.members.empty:
        assert problems.errors[0].code == "no_assignment"
        return
    people = teams.members.merge(staff, on="person_id", suffixes=("", "_own"))
    assert sorted(people["person_id"]) == sorted(staff["person_id"])
    assert (people["home_town"] != people["checked_town"]).all()
    assert (people["stationed_village"].str[:9] != people["checked_town"]).all()
    assert (people.groupby("team").size() == 7).all()
    assert (people[people["role"] == LEADER].groupby("team").size() == 1).all()
    assert sorted(teams.visits["checked_town"]) == towns
    assert teams.proved
    served = people[(people["served_town"] == people["checked_town"])]
    assert len([p for p in problems if p.code == "served"]) == len(served)
    if rule.mode == "block":
        sent = dict(zip(teams.visits["home_town"], teams.visits["checked_town"]))
        assert not any(sent[sent[town]] == town for town in towns)
        assert (people[people["role"] == MEMBER].groupby("team")["home_town"].nunique() == 1).all()
    else:
        assert people[people["role"] == MEMBER].groupby(["team", "home_town"]).size().max() <= 2


@unhurried
@given(st.integers(3, 8), seeds, st.sampled_from([TEAM_RULE, MIXED]), st.randoms())
def test_the_order_of_the_rows_changes_no_team(count, seed, rule, random):
    staff, towns = staff_of(count), town_codes(count)
    order = list(range(len(staff)))
    random.shuffle(order)
    one, _ = made(staff, towns, seed, rule)
    other, _ = made(staff.iloc[order], towns[::-1], seed, rule)
    pd.testing.assert_frame_equal(one.members, other.members)


@pytest.mark.parametrize("seed", ["1", "2", "3", "4", "5"])
def test_towns_go_where_the_sum_of_tickets_is_smallest(seed):
    towns = town_codes(6)
    teams, _ = made(staff_of(6), towns, seed)
    price = {(a, b): cost(seed, "ZU", going_to(a, b)) for a in towns for b in towns}
    allowed = [p for p in permutations(towns)
               if all(a != b and p[towns.index(b)] != a for a, b in zip(towns, p))]
    best = min(allowed, key=lambda p: sum(price[pair] for pair in zip(towns, p)))
    assert tuple(teams.visits.sort_values("home_town")["checked_town"]) == best


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_persons_go_where_the_sum_of_tickets_is_smallest(seed):
    towns, staff = town_codes(3), staff_of(3, per_town=2)
    rule = replace(MIXED, most_from_town=1)
    teams, _ = made(staff, towns, seed, rule)
    who = staff[staff["home_town"] != ""].reset_index()
    best = min((p for p in product(towns, repeat=6) if fits(p, who["home_town"], towns)),
               key=lambda p: sum(cost(seed, "ZU", going_to(a, b))
                                 for a, b in zip(who["person_id"], p)))
    sent = teams.members.set_index("person_id")["checked_town"]
    assert tuple(sent[who["person_id"]]) == best


def fits(places, homes, towns) -> bool:
    pairs = list(zip(homes, places))
    return all(a != b for a, b in pairs) and len(set(pairs)) == len(pairs) \
        and all(places.count(town) == 2 for town in towns)


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_leaders_go_where_the_sum_of_tickets_is_smallest_and_the_others_stay(seed):
    towns, leaders = town_codes(4), [f"X{n:03d}" for n in range(6)]
    teams, _ = made(staff_of(4, leaders=6), towns, seed)
    best = min(permutations(leaders, 4), key=lambda p: sum(
        cost(seed, "ZHANG", going_to(a, b)) for a, b in zip(p, towns)))
    assert tuple(teams.visits.sort_values("checked_town")["leader"]) == best


def test_two_towns_cannot_but_check_each_other():
    _, problems = made(staff_of(2), town_codes(2))
    assert "“两镇不互查”放宽1对（449901100→449901101、449901101→449901100）" in str(problems)


def test_the_missing_leaders_are_counted():
    _, problems = made(staff_of(5, leaders=3), town_codes(5))
    assert [p.message for p in problems.errors] == [
        "按现有规则排不出组长，至少要放宽（任选一项）：“每个镇都有人去”少2人"]


def test_the_limit_of_one_town_rises_by_as_little_as_it_must():
    _, problems = made(staff_of(3), town_codes(3), rule=MIXED)
    assert "“同一镇在一组的人数上限”加1人" in str(problems)
    assert not made(staff_of(3), town_codes(3), rule=replace(MIXED, most_from_town=3))[1].errors


def test_a_town_stationed_everywhere_says_who_would_have_to_go():
    staff, towns = staff_of(4), town_codes(4)
    for row, town in zip([0, 1, 2], towns[1:]):
        staff.loc[row, "stationed_village"] = town + "201"
    _, problems = made(staff, towns)
    assert "“不核查帮扶村所在的镇”放宽1处（449901100→" in str(problems)


def test_a_town_served_in_is_a_warning_or_a_rule():
    staff, towns = staff_of(3), town_codes(3)
    staff.loc[0, "served_town"] = towns[1]
    sent = made(staff, towns, rule=replace(TEAM_RULE, served="forbid"))[0].visits
    assert dict(zip(sent["home_town"], sent["checked_town"]))[towns[0]] == towns[2]
    with_warning = [made(staff, towns, str(n))[1].warnings for n in range(8)]
    assert {len(found) for found in with_warning} == {0, 1}


def test_one_rule_gives_way_or_another():
    own = {(i, i): frozenset({"own_town"}) for i in range(2)}
    towns = ("甲", "乙")
    assert [dict(way.amounts) for way in relaxations(
        Task(towns, towns, np.ones((2, 2), int), own | {(0, 1): frozenset({"stationed"})}))] == [
        {"stationed": 1}]
    assert [dict(way.amounts) for way in relaxations(
        Task(("甲",), ("甲",), np.ones((1, 1), int), {(0, 0): frozenset({"own_town"})}))] == [
        {"own_town": 1}]


def test_equal_sums_are_not_called_unique():
    towns = ("甲", "乙", "丙")
    own = {(i, i): frozenset({"own_town"}) for i in range(3)}
    found = assign(Task(towns, towns, np.ones((3, 3), int), own))
    assert found.least and not found.unique


@unhurried
@given(st.integers(0, 2**32 - 1), st.integers(3, 6), st.booleans(), st.integers(2, 30))
def test_the_proof_agrees_with_counting_everything_out(number, count, mutual, top):
    random = np.random.default_rng(number)
    costs = random.integers(0, top, (count, count))
    broken = {(i, i): frozenset({"own_town"}) for i in range(count)}
    towns = tuple(map(str, range(count)))
    found = assign(Task(towns, towns, costs, broken, mutual=mutual))
    sums = [sum(costs[i, j] for i, j in enumerate(p)) for p in permutations(range(count))
            if all(i != j and (mutual or p[j] != i) for i, j in enumerate(p))]
    if not sums:
        assert found is None
        return
    assert found.cost == min(sums) and found.least
    assert found.unique == (sums.count(min(sums)) == 1)


@unhurried
@given(st.integers(0, 2**32 - 1), st.integers(1, 2), st.integers(2, 30))
def test_the_proof_of_persons_agrees_with_counting_everything_out(number, most, top):
    random = np.random.default_rng(number)
    groups = (0, 0, 1, 1, 2, 2)[:int(random.integers(4, 7))]
    costs = random.integers(0, top, (len(groups), 3))
    broken = {(i, g): frozenset({"own_town"}) for i, g in enumerate(groups)}
    least, more = divmod(len(groups), 3)
    sizes = (least, least + (more > 0))
    who = tuple(map(str, range(len(groups))))
    found = assign(Task(who, ("0", "1", "2"), costs, broken, sizes, groups=groups, most=most))
    sums = [sum(costs[i, j] for i, j in enumerate(p)) for p in product(range(3), repeat=len(who))
            if all(groups[i] != j for i, j in enumerate(p))
            and all(sizes[0] <= p.count(j) <= sizes[1] for j in range(3))
            and all(sum(groups[i] == g and p[i] == j for i in range(len(who))) <= most
                    for g in range(3) for j in range(3))]
    if not sums:
        assert found is None
        return
    assert found.cost == min(sums) and found.least
    assert found.unique == (sums.count(min(sums)) == 1)


def test_other_sizes_than_the_plans_are_only_remarked_on():
    staff = staff_of(3).drop(index=[0])
    teams, problems = made(staff, town_codes(3))
    assert not problems.errors and len(teams.members) == 20
    assert {p.code for p in problems} == {"staff_count", "team_size"}


def test_a_town_that_sends_nobody_is_an_error():
    staff = staff_of(4)
    _, problems = made(staff[staff["home_town"] != "449901102"], town_codes(4))
    assert "449901102没有抽调人员" in str(problems)


def test_three_pairs_of_two_by_ticket():
    teams, _ = made(staff_of(3), town_codes(3))
    for town, members in teams.members[teams.members["pair"] > 0].groupby("checked_town"):
        ordered = sorted(members["person_id"],
                         key=lambda p: ticket("42", "DUI", going_to(p, town)))
        pairs = members.set_index("person_id")["pair"]
        assert pairs[ordered].tolist() == [1, 1, 2, 2, 3, 3]


def test_a_towns_twenty_households_are_dealt_evenly_to_its_pairs():
    teams, _ = made(staff_of(3), town_codes(3))
    homes = pd.DataFrame([(t, f"{t}{200 + v}", f"{t}{200 + v}{n:04d}", "正选" if n < 5 else "备选")
                          for t in town_codes(3) for v in range(4) for n in range(8)],
                         columns=["town", "village", "household", "choice"])
    dealt = households_to_pairs(homes, teams.members, "42")
    assert len(dealt) == 60
    assert sorted(dealt.groupby(["team", "pair"]).size()) == [6] * 3 + [7] * 6
    assert dealt.groupby("village")["pair"].nunique().min() == 3
    mixed = households_to_pairs(homes.sample(frac=1, random_state=1), teams.members, "42")
    pd.testing.assert_frame_equal(dealt, mixed)


def test_the_teams_can_be_redone_and_a_moved_person_is_told():
    staff, towns = staff_of(5), town_codes(5)
    teams, _ = made(staff, towns)
    assert not len(verify_teams(teams.members, staff, towns, "42", TEAM_RULE))
    moved = teams.members.copy()
    moved.loc[3, "checked_town"] = towns[0]
    told = verify_teams(moved, staff, towns, "42", TEAM_RULE)
    assert len(told) == (moved.loc[3, "checked_town"] != teams.members.loc[3, "checked_town"])
    assert verify_teams(moved.iloc[1:], staff, towns, "42", TEAM_RULE).errors


def test_the_county_can_be_put_into_teams(yunxi):
    towns = yunxi.villages.loc[yunxi.villages["has_task"], "town"].unique()
    teams, problems = made(yunxi.staff, towns, rule=replace(TEAM_RULE, served="forbid"))
    assert len(teams.members) == 105 and len(teams.visits) == 15 and teams.proved
    assert str(problems) == ""
