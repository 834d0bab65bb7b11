"""Assignment: who goes where at the smallest sum of tickets, under the rules.

One shape serves the three questions of the teams (which town's people go to
which town, which leader, which person): everybody goes to one place, a place
takes so many, some pairs are forbidden, two towns may exclude each other, a team
takes at most so many of one town.  HiGHS solves it as an integer programme with
gap 0 and :mod:`hecha.field.exact` proves the answer in integers.

When nothing is allowed, the smallest relaxation is sought: the same programme
with a slack for one rule at a time, so that people can decide which rule gives
way, and by how little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from hecha.field.exact import cheap_assignments, flow_proof

RULE_NAMES = MappingProxyType({
    "served": "不核查两年内任职过的镇",
    "mutual": "两镇不互查",
    "most": "同一镇在一组的人数上限",
    "stationed": "不核查帮扶村所在的镇",
    "people": "每个镇都有人去",
    "own_town": "不核查本镇",
})
"""The rules that can make an assignment impossible, the one to give way first, first."""

_LAST_RESORT = "own_town"
_AMOUNTS = MappingProxyType({"most": "加{}人", "mutual": "放宽{}对", "people": "少{}人"})


@dataclass(frozen=True)
class Task:
    """An assignment to be made.

    * `who` goes `where` at `costs[i, j]` (integers below 2**40);
    * `broken`: the rules that i going to j would break ((i, j) → names of RULE_NAMES);
    * `sizes`: the least and the most who go to one place; `spare`: some may stay at home;
    * `mutual`: whether i→j and j→i may both be (only where `who` and `where` are towns);
    * `groups` and `most`: at most so many of one group in a place (None: no limit).
    """

    who: tuple[str, ...]
    where: tuple[str, ...]
    costs: np.ndarray
    broken: Mapping[tuple[int, int], frozenset[str]]
    sizes: tuple[int, int] = (1, 1)
    spare: bool = False
    mutual: bool = True
    groups: tuple[int, ...] = field(default=())
    most: int | None = None

    @property
    def forbidden(self) -> np.ndarray:
        """Where nobody may go, whatever it costs (bool, who × where)."""
        table = np.zeros(self.costs.shape, dtype=bool)
        for i, j in self.broken:
            table[i, j] = True
        return table


@dataclass(frozen=True)
class Relaxation:
    """Rules that have to give way, each by its `amount`, and the pairs where they would.

    The amount counts broken pairs (or, for `most`, how much the limit rises; for
    `people`, the missing people).
    """

    amounts: Mapping[str, int]
    pairs: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        rules = "、".join(f"“{RULE_NAMES[rule]}”{_AMOUNTS.get(rule, '放宽{}处').format(n)}"
                         for rule, n in self.amounts.items())
        pairs = "、".join(f"{who}→{where}" for who, where in self.pairs)
        return rules + (f"（{pairs}）" if pairs else "")


@dataclass(frozen=True)
class Assigned:
    """Who goes where (`places[i]` is an index of `where`, -1 stays at home), and its proof."""

    places: tuple[int, ...]
    cost: int
    least: bool
    unique: bool


def assign(task: Task) -> Assigned | None:
    """The cheapest assignment and its proof; None when the rules allow none.

    >>> costs = np.array([[0, 4, 7], [2, 0, 9], [5, 1, 0]])
    >>> own = {(i, i): frozenset({"own_town"}) for i in range(3)}
    >>> towns = ("甲", "乙", "丙")
    >>> assign(Task(towns, towns, costs, own, mutual=False))
    Assigned(places=(2, 0, 1), cost=10, least=True, unique=True)
    """
    solution = _solve(task)
    if solution is None:
        return None
    places = _places(solution)
    cost = sum(int(task.costs[i, j]) for i, j in enumerate(places) if j >= 0)
    return Assigned(places, cost, *_proof(task, places, cost))


def _proof(task: Task, places: tuple[int, ...], cost: int) -> tuple[bool, bool]:
    """Whether it is the cheapest and the only one, in integers."""
    if task.sizes != (1, 1) or task.most is not None:
        costs = np.where(task.forbidden, -1, task.costs)
        return flow_proof(costs, np.array(task.groups), np.array(places),
                          task.most or len(task.who), task.sizes)
    costs = np.where(task.forbidden, np.inf, task.costs.astype(float)).T
    cheaper = next(cheap_assignments(costs, cost - 1, task.mutual), None)
    as_cheap = list(islice(cheap_assignments(costs, cost, task.mutual), 2))
    return cheaper is None, len(as_cheap) == 1


def relaxations(task: Task) -> list[Relaxation]:
    """The smallest relaxation of each single rule that suffices, else of all together.

    Empty only when even all together do not help (more people than seats).

    >>> towns = ("甲", "乙")
    >>> own = {(i, i): frozenset({"own_town"}) for i in range(2)}
    >>> for way in relaxations(Task(towns, towns, np.ones((2, 2), int), own, mutual=False)):
    ...     print(way)
    “两镇不互查”放宽1对（甲→乙、乙→甲）
    """
    present = [rule for rule in RULE_NAMES if rule in _rules_of(task)]
    single = [_relaxed(task, [rule]) for rule in present if rule != _LAST_RESORT]
    found = [way for way in single if way]
    together = _relaxed(task, present) if not found else None
    return found + ([together] if together else [])


def _rules_of(task: Task) -> set[str]:
    """The rules that a task is under."""
    rules = {rule for broken in task.broken.values() for rule in broken} | {"people"}
    return rules | ({"mutual"} if not task.mutual else set()) | (
        {"most"} if task.most is not None else set())


def _relaxed(task: Task, rules: Iterable[str]) -> Relaxation | None:
    """The smallest relaxation of these rules together, and the cheapest way to use it."""
    rules = tuple(rules)
    least = _solve(task, rules)
    if least is None:
        return None
    used = _weigh(_slacks(task, rules), least)
    solution = _solve(task, rules, used)
    if solution is None:
        return None
    amounts = {rule: round(float(_weigh(row, solution)))
               for rule, row in _slack_rows(task, rules).items()}
    amounts = {rule: n for rule, n in amounts.items() if n}
    return Relaxation(amounts, _pairs(task, amounts, _places(solution)))


def _pairs(task: Task, rules: Mapping[str, int],
           places: tuple[int, ...]) -> tuple[tuple[str, str], ...]:
    """Where the rules are broken, by name."""
    going = [(i, j) for i, j in enumerate(places) if j >= 0]
    return tuple((task.who[i], task.where[j]) for i, j in going
                 if task.broken.get((i, j), frozenset()) & set(rules)
                 or "mutual" in rules and i < len(places) > j and places[j] == i)


@dataclass(frozen=True)
class _Solution:
    """The variables of a solved programme: seats (who × where), then the slacks."""

    seats: np.ndarray
    slacks: np.ndarray


def _places(solution: _Solution) -> tuple[int, ...]:
    """Where each goes, -1 where nowhere."""
    return tuple(int(row.argmax()) if row.any() else -1 for row in solution.seats)


def _slack_rows(task: Task, rules: Iterable[str]) -> dict[str, np.ndarray]:
    """For each rule, which variables count as its relaxation (a row of weights)."""
    n, m = task.costs.shape
    counts = {rule: np.zeros(n * m + m + _pair_count(task) + 1) for rule in rules}
    for (i, j), broken in task.broken.items():
        for rule in broken & counts.keys():
            counts[rule][i * m + j] = 1
    if "people" in counts:
        counts["people"][n * m:n * m + m] = 1
    if "mutual" in counts:
        counts["mutual"][n * m + m:-1] = 1
    if "most" in counts:
        counts["most"][-1] = 1
    return counts


def _slacks(task: Task, rules: Iterable[str]) -> np.ndarray:
    """What a relaxation weighs in all; the last resort outweighs everything else."""
    heavy = task.costs.size + len(task.where) + _pair_count(task) + len(task.who)
    rows = _slack_rows(task, rules)
    return sum((row * (heavy if rule == _LAST_RESORT else 1) for rule, row in rows.items()),
               np.zeros(task.costs.size + len(task.where) + _pair_count(task) + 1))


def _weigh(row: np.ndarray, solution: _Solution) -> float:
    return float(row @ np.concatenate([solution.seats.ravel(), solution.slacks]))


def _pair_count(task: Task) -> int:
    return 0 if task.mutual else len(task.who) * (len(task.who) - 1) // 2


def _solve(task: Task, relaxed: tuple[str, ...] = (),
           budget: float | None = None) -> _Solution | None:
    """The programme: without `relaxed`, the cheapest; with it, the least relaxed, or the
    cheapest within a `budget` of relaxation.  None when there is no solution."""
    n, m = task.costs.shape
    if not n or not m:
        return None
    slacks = _slacks(task, relaxed)
    prices = np.concatenate([task.costs.ravel().astype(float), np.zeros(len(slacks) - n * m)])
    constraints = _constraints(task)
    if relaxed and budget is None:
        prices = slacks
    elif relaxed:
        constraints.append(LinearConstraint(coo_array(slacks[None, :]), ub=budget))
    answer = milp(prices, integrality=np.ones(len(prices)), constraints=constraints,
                  bounds=Bounds(0, _upper(task, relaxed)), options={"mip_rel_gap": 0})
    if answer.x is None:
        return None
    values = np.rint(answer.x).astype(np.int64)
    return _Solution(values[:n * m].reshape(n, m), values[n * m:])


def _upper(task: Task, relaxed: tuple[str, ...]) -> np.ndarray:
    """The upper bounds: a forbidden seat, or a slack, is open only when its rule is relaxed."""
    seats = np.ones(task.costs.shape)
    for (i, j), broken in task.broken.items():
        seats[i, j] = broken <= set(relaxed)
    return np.concatenate([
        seats.ravel(), np.full(len(task.where), task.sizes[0] * ("people" in relaxed)),
        np.full(_pair_count(task), "mutual" in relaxed),
        [len(task.who) * ("most" in relaxed)]])


def _constraints(task: Task) -> list[LinearConstraint]:
    """Everybody to one place, each place filled, no mutual pairs, not too many of a group."""
    n, m = task.costs.shape
    width = n * m + m + _pair_count(task) + 1
    seat = np.arange(n * m).reshape(n, m)
    everybody = _rows([(seat[i], ()) for i in range(n)], width)
    filled = _rows([((*seat[:, j], n * m + j), ()) for j in range(m)], width)
    rules = [LinearConstraint(everybody, lb=0 if task.spare else 1, ub=1),
             LinearConstraint(filled, *task.sizes)]
    if not task.mutual and n > 1:
        pairs = [(i, j) for i in range(n) for j in range(i)]
        rules.append(LinearConstraint(_rows(
            [((seat[i, j], seat[j, i]), (n * m + m + k,)) for k, (i, j) in enumerate(pairs)],
            width), ub=1))
    if task.most is not None:
        groups = np.array(task.groups)
        rules.append(LinearConstraint(_rows(
            [(seat[groups == g, j], (width - 1,)) for g in np.unique(groups) for j in range(m)],
            width), ub=task.most))
    return rules


def _rows(rows: list[tuple[Iterable[int], Iterable[int]]], width: int) -> coo_array:
    """A sparse matrix: in each row, columns that count 1 and columns that count -1."""
    entries = [(r, column, sign) for r, (plus, minus) in enumerate(rows)
               for columns, sign in ((plus, 1.0), (minus, -1.0)) for column in columns]
    lines, columns, values = zip(*entries)
    return coo_array((values, (lines, columns)), shape=(len(rows), width))


__all__ = ["RULE_NAMES", "Assigned", "Relaxation", "Task", "assign", "relaxations"]
