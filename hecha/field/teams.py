"""Teams: who checks which town, by ticket, under the rules of crossing (R-01, A-08 to A-10).

In *block* mode the people of one town go together to another town, with a county
leader; in *mixed* mode every person is sent by himself, at most so many of one
town together.  Nobody checks his own town, nor the town of the village he is
stationed at; two towns do not check each other.  Among everything that is
allowed, the assignment with the smallest sum of tickets is taken: nobody chooses
it, and anybody who knows the seed finds the same one.

Inside a team, pairs are made and households given to pairs by ticket too, so
that a person's severity can be told from the luck of the draw.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hecha.field.assignment import Assigned, Relaxation, Task, assign, relaxations
from hecha.field.draw import CHOSEN
from hecha.field.frame import TOWN_DIGITS
from hecha.field.rules import TeamRule
from hecha.field.tickets import cost, going_to, in_ticket_order, ticket
from hecha.problems import Place, Problems

LEADER, MEMBER = "组长", "组员"
MEMBER_COLUMNS = ["team", "person_id", "person", "home_town", "role", "checked_town", "pair"]
VISIT_COLUMNS = ["team", "home_town", "checked_town", "leader", "people"]
_PERSONAL = frozenset({"stationed", "served"})  # rules that a person's ties break, not a town's
_NAMED = 6
_STAFF_TEXTS = ["person_id", "person", "home_town", "stationed_village", "served_town"]


@dataclass(frozen=True)
class Teams:
    """The teams of a county.

    * `members`: MEMBER_COLUMNS, a row a person, by team, the leader first; `pair` counts
      from 1 (0 for the leader); `home_town` "" for county staff;
    * `visits`: VISIT_COLUMNS, a row a team (`home_town` "" in mixed mode);
    * `proved`: the assignment was shown, in integers, to be the cheapest and the only one.

    Both are empty when the rules allow no assignment.  In block mode a team has the number
    of its home town in the order of the codes, in mixed mode that of the checked town.
    """

    members: pd.DataFrame
    visits: pd.DataFrame
    proved: bool


def make_teams(staff: pd.DataFrame, towns: Iterable[str], seed: str, rule: TeamRule,
               problems: Problems) -> Teams:
    """The teams by ticket: stage ZU who goes where, ZHANG the leaders, DUI the pairs.

    `staff` is the case's frame (person_id, person, home_town, stationed_village,
    served_town; home_town "" is county staff), `towns` the codes of the towns with a task.
    Told as errors: towns that send nobody, and, when nothing is allowed, which rule to
    relax and by how little; as warnings: other sizes than the plan's (A-10), people served
    in the town they check (A-09), people of a town without a task.

    >>> staff = pd.DataFrame([(f"{t}{n}", "某", t, "", "") for t in ("1", "2", "3") for n in "ab"]
    ...     + [(f"x{n}", "某", "", "", "") for n in range(3)], columns=_STAFF_TEXTS)
    >>> rule = TeamRule("block", 2, 3, 2, "forbid", "warn", "")
    >>> teams = make_teams(staff, ["1", "2", "3"], "42", rule, Problems())
    >>> teams.visits[["team", "home_town", "checked_town", "people"]].values.tolist()
    [[1, '1', '3', 3], [2, '2', '1', 3], [3, '3', '2', 3]]
    """
    where = tuple(sorted(set(towns)))
    people = _staff(staff, problems)
    county = people[people["home_town"] == ""]
    ours = people[people["home_town"].isin(where)]
    _tell_staff(people, where, rule, problems)
    going = (_blocks if rule.mode == "block" else _mixed)(ours, where, seed, rule)
    leading = _leaders(county, where, seed, rule)
    found = [_assigned(task, title, ours, rule, problems)
             for task, title in ((going, "核查组"), (leading, "组长"))]
    if None in found:
        return Teams(pd.DataFrame(columns=MEMBER_COLUMNS), pd.DataFrame(columns=VISIT_COLUMNS),
                     False)
    sent = _sent(ours, going, found[0])
    led = county[["person_id"]].assign(checked_town=_where_to(leading, found[1]))
    members = _members(people, pd.concat([sent, led]), county, where, seed, rule)
    _tell_members(members, people, rule, problems)
    return Teams(members, _visits(members, rule), all(a.least and a.unique for a in found))


def _staff(staff: pd.DataFrame, problems: Problems) -> pd.DataFrame:
    """The staff by person_id, each once, empty cells as ""."""
    people = staff.copy()
    for name in _STAFF_TEXTS:
        people[name] = people[name].fillna("").astype(str).str.strip()
    people["stationed_town"] = people["stationed_village"].str[:TOWN_DIGITS]
    for person_id in people.loc[people["person_id"].duplicated(), "person_id"].unique():
        problems.error(Place("抽调人员"), "duplicate_key", "人员编号重复", found=person_id)
    people = people.sort_values(["person_id", *_STAFF_TEXTS[1:]], ignore_index=True)
    return people.drop_duplicates("person_id", ignore_index=True)


def _tell_staff(people: pd.DataFrame, where: tuple[str, ...], rule: TeamRule,
                problems: Problems) -> None:
    """What is odd about who was sent, before anybody is assigned."""
    sent = people["home_town"].value_counts()
    for town in where:
        if sent.get(town, 0) == 0:
            problems.error(Place("抽调人员"), "no_staff", f"{town}没有抽调人员", units=(town,))
        elif sent[town] != rule.from_town:
            problems.warning(Place("抽调人员"), "staff_count",
                             f"{town}抽调了{sent[town]}人（应为{rule.from_town}人）", units=(town,))
    for person in people[~people["home_town"].isin([*where, ""])].itertuples():
        problems.warning(Place("抽调人员"), "staff_outside",
                         f"{_name(person)}的单位镇没有核查任务，不编组", found=person.home_town)


def _name(person) -> str:
    return f"{person.person}（{person.person_id}）"


def conflicts(person, town: str, rule: TeamRule) -> frozenset[str]:
    """The rules a person would break by checking a town (A-08, A-09).

    `person` has home_town, stationed_town and served_town.
    """
    broken = {"own_town": person.home_town == town, "stationed": person.stationed_town == town,
              "served": rule.served == "forbid" and person.served_town == town}
    return frozenset(name for name, holds in broken.items() if holds)


def _blocks(ours: pd.DataFrame, where: tuple[str, ...], seed: str, rule: TeamRule) -> Task:
    """Town by town: a town's people may not go where one of them may not."""
    broken: dict[tuple[int, int], frozenset[str]] = {
        (i, i): frozenset({"own_town"}) for i in range(len(where))}
    index = {town: i for i, town in enumerate(where)}
    for person in ours.itertuples():
        for j, town in enumerate(where):
            key = (index[person.home_town], j)
            if found := conflicts(person, town, rule):
                broken[key] = broken.get(key, frozenset()) | found
    return Task(where, where, _costs(seed, "ZU", where, where), broken,
                mutual=rule.mutual == "allow")


def _mixed(ours: pd.DataFrame, where: tuple[str, ...], seed: str, rule: TeamRule) -> Task:
    """Person by person, teams as equal as can be, at most so many of one town in each."""
    who = tuple(ours["person_id"])
    least, more = divmod(len(who), max(len(where), 1))
    groups = tuple(where.index(town) for town in ours["home_town"])
    return Task(who, where, _costs(seed, "ZU", who, where), _broken(ours, where, rule),
                sizes=(least, least + (more > 0)), groups=groups, most=rule.most_from_town)


def _leaders(county: pd.DataFrame, where: tuple[str, ...], seed: str, rule: TeamRule) -> Task:
    """County people to towns, one each; more people than towns stay in reserve."""
    who = tuple(county["person_id"])
    return Task(who, where, _costs(seed, "ZHANG", who, where), _broken(county, where, rule),
                spare=True)


def _broken(people: pd.DataFrame, where: tuple[str, ...],
            rule: TeamRule) -> dict[tuple[int, int], frozenset[str]]:
    table = {(i, j): conflicts(person, town, rule)
             for i, person in enumerate(people.itertuples()) for j, town in enumerate(where)}
    return {key: found for key, found in table.items() if found}


def _costs(seed: str, stage: str, who: tuple[str, ...], where: tuple[str, ...]) -> np.ndarray:
    """The ticket costs: the first 10 hex digits, whole numbers."""
    return np.array([[cost(seed, stage, going_to(a, b)) for b in where] for a in who],
                    dtype=np.int64).reshape(len(who), len(where))


def _assigned(task: Task, title: str, people: pd.DataFrame, rule: TeamRule,
              problems: Problems) -> Assigned | None:
    """The assignment; an impossible one says what would make it possible."""
    found = assign(task)
    if found is None:
        ways = [f"{way}{_involved(way, people, rule)}" for way in relaxations(task)]
        problems.error(Place(title), "no_assignment", f"按现有规则排不出{title}，{_advice(ways)}")
    elif not (found.least and found.unique):
        problems.error(Place(title), "not_unique",
                       f"{title}的签号之和不是唯一的最小值，请另取公开号码")
    return found


def _involved(way: Relaxation, people: pd.DataFrame, rule: TeamRule) -> str:
    """Whose ties a relaxation would overlook, where it speaks of whole towns."""
    asked = _PERSONAL & set(way.amounts)
    found = [_name(person) for who, where in way.pairs if asked
             for person in people[people["home_town"] == who].itertuples()
             if conflicts(person, where, rule) & asked]
    more = f"等{len(found)}人" if len(found) > _NAMED else ""
    return f"，须回避的是{'、'.join(found[:_NAMED])}{more}" if found else ""


def _advice(ways: list[str]) -> str:
    if not ways:
        return "放宽任何一条规则也不行，请核对人数"
    return "至少要放宽（任选一项）：" + "；或".join(ways)


def _sent(ours: pd.DataFrame, task: Task, found: Assigned) -> pd.DataFrame:
    """Where each town person goes: by his own assignment, or by his town's."""
    to = dict(zip(task.who, _where_to(task, found)))
    key = "person_id" if task.most is not None else "home_town"
    return ours[["person_id"]].assign(checked_town=ours[key].map(to))


def _where_to(task: Task, found: Assigned) -> list[str]:
    return [task.where[j] if j >= 0 else "" for j in found.places]


def _members(people: pd.DataFrame, sent: pd.DataFrame, county: pd.DataFrame,
             where: tuple[str, ...], seed: str, rule: TeamRule) -> pd.DataFrame:
    """The members table, from where everybody goes."""
    table = people.merge(sent[sent["checked_town"] != ""], on="person_id")
    leads = table["person_id"].isin(county["person_id"])
    table["role"] = np.where(leads, LEADER, MEMBER)
    table["team"] = _numbers(table, where, rule)
    pairs = {person: n for town, members in table[~leads].groupby("checked_town")
             for person, n in pairs_by_ticket(seed, members["person_id"], town).items()}
    table["pair"] = [pairs.get(person, 0) for person in table["person_id"]]
    return table.sort_values(["team", "pair", "person_id"], ignore_index=True)[MEMBER_COLUMNS]


def _numbers(table: pd.DataFrame, where: tuple[str, ...], rule: TeamRule) -> list[int]:
    """The team numbers: the home town's place in block mode, else the checked town's."""
    homes = table[table["home_town"] != ""].drop_duplicates("checked_town")
    named = homes["home_town"] if rule.mode == "block" else homes["checked_town"]
    number = {town: where.index(name) + 1 for town, name in zip(homes["checked_town"], named)}
    return [number.get(town, 0) for town in table["checked_town"]]


def pairs_by_ticket(seed: str, people: Iterable[str], town: str) -> dict[str, int]:
    """The pairs of a team that checks a town: person → pair, counting from 1.

    Stage DUI, unit «person>town»: the two smallest tickets are the first pair, and so on;
    the last of an odd number joins the last pair.

    >>> pairs_by_ticket("42", ["a", "b", "c", "d", "e"], "440923101")
    {'a': 1, 'd': 1, 'e': 2, 'b': 2, 'c': 2}
    """
    ordered = in_ticket_order(seed, "DUI", (going_to(person, town) for person in people))
    last = max(len(ordered) // 2, 1)
    return {unit.partition(">")[0]: min(n // 2 + 1, last) for n, unit in enumerate(ordered)}


def households_to_pairs(households: pd.DataFrame, members: pd.DataFrame,
                        seed: str) -> pd.DataFrame:
    """Which pair visits which drawn household: village, household, team, pair.

    `households` are the draw's (town, village, household, choice), `members` the teams'.
    In a town the drawn households are dealt to the pairs like cards: village by village in
    the order of the codes, by ticket (stage DUI) in each.  A reserve is visited by the pair
    of the household it replaces.

    >>> households = pd.DataFrame({"town": "1", "village": "1v", "choice": "正选",
    ...                            "household": ["h1", "h2", "h3"]})
    >>> members = pd.DataFrame({"team": 7, "checked_town": "1", "pair": [0, 1, 1, 2, 2]})
    >>> households_to_pairs(households, members, "42")["pair"].tolist()
    [1, 2, 1]
    """
    drawn = households[households["choice"] == CHOSEN]
    pairs = members[members["pair"] > 0].groupby("checked_town")["pair"].max()
    teams = dict(zip(members["checked_town"], members["team"]))
    dealt = drawn.assign(ticket=[ticket(seed, "DUI", unit) for unit in drawn["household"]])
    dealt = dealt.sort_values(["town", "village", "ticket"], ignore_index=True)
    dealt = dealt[dealt["town"].isin(pairs.index)].reset_index(drop=True)
    turn = dealt.groupby("town").cumcount()
    dealt["pair"] = turn % dealt["town"].map(pairs).astype(int) + 1
    dealt["team"] = [teams[town] for town in dealt["town"]]
    return dealt[["village", "household", "team", "pair"]]


def _tell_members(members: pd.DataFrame, people: pd.DataFrame, rule: TeamRule,
                  problems: Problems) -> None:
    """Teams of another size, and people who served in the town they check."""
    for team, size in members.groupby("team").size().items():
        if size != rule.size:
            problems.warning(Place(f"第{team}组"), "team_size",
                             f"全组{size}人（应为{rule.size}人）")
    served = dict(zip(people["person_id"], people["served_town"]))
    for person in members.itertuples():
        if served[person.person_id] == person.checked_town:
            problems.warning(Place(f"第{person.team}组"), "served",
                             f"{_name(person)}两年内在被核查的镇任过职",
                             found=person.checked_town, units=(person.checked_town,))


def _visits(members: pd.DataFrame, rule: TeamRule) -> pd.DataFrame:
    """One row a team: who goes where, under whom."""
    by_team = members.groupby("team")
    leads = members[members["role"] == LEADER].set_index("team")["person_id"]
    sends = members[members["role"] == MEMBER].groupby("team")["home_town"].first()
    table = by_team.agg(checked_town=("checked_town", "first"),
                        people=("person_id", "size")).reset_index()
    table["home_town"] = table["team"].map(sends) if rule.mode == "block" else ""
    table["leader"] = table["team"].map(leads)
    return table[VISIT_COLUMNS]


def verify_teams(members: pd.DataFrame, staff: pd.DataFrame, towns: Iterable[str], seed: str,
                 rule: TeamRule) -> Problems:
    """Redo the teams and tell every person who stands elsewhere than the tickets say.

    `members` has MEMBER_COLUMNS as published; no problem means: the same teams, leaders
    and pairs.
    """
    problems = Problems()
    again = make_teams(staff, towns, seed, rule, Problems()).members
    left, right = ({row[1]: row for row in table[MEMBER_COLUMNS].itertuples(index=False, name=None)}
                   for table in (members, again))
    for person in sorted({*left, *right}):
        if left.get(person) != right.get(person):
            problems.error(Place("核查组"), "not_as_drawn", f"{person}的编组与重新计算的结果不符",
                           found=_line(left.get(person)), expected=_line(right.get(person)))
    return problems


def _line(row: tuple | None) -> str:
    return "不在组里" if row is None else f"第{row[0]}组、{row[4]}、核查{row[5]}、第{row[6]}对"


__all__ = [
    "LEADER", "MEMBER", "MEMBER_COLUMNS", "VISIT_COLUMNS", "Teams", "conflicts",
    "households_to_pairs", "make_teams", "pairs_by_ticket", "verify_teams",
]
