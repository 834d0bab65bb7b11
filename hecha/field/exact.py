"""Exact: proof, in integers, that an assignment is the cheapest and the only one.

A solver computes in floating point.  Here its answer is checked without a single
rounding: the costs are integers below 2**40, their sums stay below 2**53, and the
two algorithms below only add, subtract and compare them, so that every number is
exact.  They do not search a good answer; they say whether anything as cheap or
cheaper exists.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

EXACT_BELOW = 2**53


def cheap_assignments(costs: np.ndarray, limit: int, mutual: bool) -> Iterator[tuple[int, ...]]:
    """Every assignment (row → column, each column at most once) that costs `limit` or less.

    `costs` are floats that hold integers, inf where forbidden; at least as many columns as
    rows.  With `mutual` False, i→j and j→i exclude each other.  Branch and bound: the
    cheapest assignment without that condition is found (only sums and differences of the
    costs, hence exact below 2**53); where it breaks the condition the search splits on the
    pair, where not it is given and the search goes on without it.

    >>> costs = np.array([[np.inf, 1, 5], [1, np.inf, 5], [5, 5, np.inf]])
    >>> sorted(cheap_assignments(costs, 11, mutual=False))
    [(1, 2, 0), (2, 0, 1)]
    """
    if np.where(np.isinf(costs), 0, costs).max(initial=0) * len(costs) >= EXACT_BELOW:
        raise ValueError("costs too large to be added exactly")
    waiting = [costs]
    while waiting:
        table = waiting.pop()
        try:
            rows, columns = linear_sum_assignment(table)
        except ValueError:  # nothing is left to assign
            continue
        if table[rows, columns].sum() > limit:
            continue
        found = tuple(int(column) for column in columns)
        pair = None if mutual else _mutual_pair(found)
        if pair is None:
            yield found
            waiting += _without(table, found)
        else:
            i, j = pair
            waiting += [_forbidden(table, i, j), _forbidden(_forced(table, i, j), j, i)]


def _mutual_pair(found: tuple[int, ...]) -> tuple[int, int] | None:
    """The first i, j with i→j and j→i."""
    return next(((i, j) for i, j in enumerate(found)
                 if i < j < len(found) and found[j] == i), None)


def _without(table: np.ndarray, found: tuple[int, ...]) -> Iterator[np.ndarray]:
    """The tables that together hold every assignment but the one found (Murty)."""
    for i, j in enumerate(found):
        yield _forbidden(table, i, j)
        table = _forced(table, i, j)


def _forbidden(table: np.ndarray, i: int, j: int) -> np.ndarray:
    changed = table.copy()
    changed[i, j] = np.inf
    return changed


def _forced(table: np.ndarray, i: int, j: int) -> np.ndarray:
    changed = table.copy()
    changed[i, np.arange(table.shape[1]) != j] = np.inf
    return changed


def flow_proof(costs: np.ndarray, groups: np.ndarray, found: np.ndarray, most: int,
               sizes: tuple[int, int]) -> tuple[bool, bool]:
    """Whether a seating is the cheapest, and whether it is the only one that cheap.

    `costs` (person × team) hold integers, -1 where forbidden; `groups` is the number of
    each person's town, `found` the team of each; `most` of one town in a team; `sizes` the
    least and the most people of a team.  Such seatings are flows in a network, and a flow
    is cheapest when no chain of exchanges gains anything: Bellman and Ford's potentials
    over the exchanges prove it.  It is the only one when no chain of exchanges comes back
    at no cost.

    >>> costs = np.array([[3, 1], [1, 4]])
    >>> flow_proof(costs, np.array([0, 1]), np.array([1, 0]), 1, (1, 1))
    (True, True)
    >>> flow_proof(costs, np.array([0, 1]), np.array([0, 1]), 1, (1, 1))
    (False, False)
    """
    tails, heads, prices, nodes = _exchanges(costs, groups, found, most, sizes)
    potentials = _potentials(tails, heads, prices, nodes)
    if potentials is None:
        return False, False
    free = prices + potentials[tails] - potentials[heads] == 0
    graph = coo_array((np.ones(free.sum()), (tails[free], heads[free])), shape=(nodes, nodes))
    _, labels = connected_components(graph, connection="strong")
    people = labels[:len(costs)]
    return True, bool((np.bincount(labels)[people] == 1).all())


def _potentials(tails: np.ndarray, heads: np.ndarray, prices: np.ndarray,
                nodes: int) -> np.ndarray | None:
    """Shortest distances from anywhere (64-bit integers), None when a chain gains for ever."""
    distance = np.zeros(nodes, dtype=np.int64)
    for _ in range(nodes + 1):
        reached = distance.copy()
        np.minimum.at(reached, heads, distance[tails] + prices)
        if (reached == distance).all():
            return distance
        distance = reached
    return None


def _exchanges(costs: np.ndarray, groups: np.ndarray, found: np.ndarray, most: int,
               sizes: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """The arcs of the residual network: people, then (town, team) benches, teams, one sink."""
    people, teams = costs.shape
    towns = int(groups.max(initial=-1)) + 1
    bench = people + groups[:, None] * teams + np.arange(teams)[None, :]
    team_node = people + towns * teams + np.arange(teams)
    sink = people + towns * teams + teams
    seated = np.zeros((people, teams), dtype=bool)
    seated[np.arange(people), found] = True
    who = np.broadcast_to(np.arange(people)[:, None], costs.shape)
    may = (costs >= 0) & ~seated
    onto = (who[may], bench[may], costs[may])
    off = (bench[seated], who[seated], -costs[seated])
    counts = np.zeros((towns, teams), dtype=np.int64)
    np.add.at(counts, (groups, found), 1)
    benches = people + np.arange(towns * teams).reshape(towns, teams)
    ends = np.broadcast_to(team_node[None, :], counts.shape)
    arcs = [onto, off, _free(benches, ends, counts < most), _free(ends, benches, counts > 0)]
    full = counts.sum(axis=0)
    sinks = np.full(teams, sink)
    arcs += [_free(team_node, sinks, full < sizes[1]), _free(sinks, team_node, full > sizes[0])]
    tails, heads, prices = (np.concatenate([arc[n] for arc in arcs]).astype(np.int64)
                            for n in range(3))
    return tails, heads, prices, sink + 1


def _free(tails: np.ndarray, heads: np.ndarray,
          allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arcs without a price, where allowed."""
    return tails[allowed], heads[allowed], np.zeros(int(allowed.sum()), dtype=np.int64)


__all__ = ["EXACT_BELOW", "cheap_assignments", "flow_proof"]
