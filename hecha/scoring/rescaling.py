"""Rescaling: other points for the same items, with the same things observed.

Whoever asks what a heading's points do to the ranking changes the points of its items and
every amount inside their rules in one proportion: a town that earned two thirds of an item
still earns two thirds.  Sheets keep their total exactly, so multipliers are taken on a grid
(thousandths) and are finite decimals: the changed plan can be written down and loaded.

A judged item (酌情给分) has its points written on the form and keeps them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

import numpy as np

from hecha.plan import Item, Plan
from hecha.plan.blocks import Block
from hecha.plan.changing import item_path
from hecha.plan.rules import DeductPerCase, GroupCap, Judgement, Tiered
from hecha.scoring.items import ItemScore

GRID = 1000
"""multipliers and weights are whole thousandths"""

Scale = Mapping[tuple[str, str], Fraction]
"""(sheet, code) of an item → by how much its points are multiplied"""

_AMOUNTS = ("points", "amount", "cap", "par", "low", "high", "else_deduct")
_INSIDE = ("options", "tiers", "ratios")


class NoSuchPoints(ValueError):
    """A sheet cannot keep its total with the points asked for; the message says why."""


@dataclass(frozen=True)
class Bundle:
    """Items of a sheet whose points move together: a heading, or one item alone.

    Items that share a cap are always in one bundle. `fixed`: one of them is judged, so that
    none of them moves.
    """

    sheet: str
    code: str
    name: str
    items: tuple[Item, ...]
    fixed: bool

    @property
    def points(self) -> Fraction:
        """The points of the bundle."""
        return sum((i.points for i in self.items), Fraction(0))

    @property
    def assumed(self) -> bool:
        """Whether the points of one of them are 拟定."""
        return any(i.basis == "assumed" for i in self.items)


def bundles(plan: Plan, sheet: str, alone: bool = False) -> list[Bundle]:
    """The bundles of a sheet's own items: by heading, or item by item (`alone`).

    >>> from hecha.plan import load_plan
    >>> [(b.code, b.name, int(b.points)) for b in bundles(load_plan("params/xian2023"), "daily")][2:]
    [('E3', '10 新闻媒体报道', 15), ('E4', '11 会议与报表', 25)]
    """
    items = [i for i in plan.items if i.sheet == sheet and i.layer is None]
    keys = [i.code if alone else i.group for i in items]
    for cap in {c for i in items if (c := _shared_cap(i))}:
        joined = {k for i, k in zip(items, keys, strict=True) if _shared_cap(i) == cap}
        keys = [min(joined) if k in joined else k for k in keys]
    found = []
    for key in dict.fromkeys(keys):
        own = tuple(i for i, k in zip(items, keys, strict=True) if k == key)
        name = own[0].name if alone and len(own) == 1 else plan.group[own[0].group].name
        found.append(Bundle(sheet, key, name, own, any(map(_is_judged, own))))
    return found


def _shared_cap(item: Item) -> str:
    cap = item.rule.cap if isinstance(item.rule, DeductPerCase) else None
    return cap.group if isinstance(cap, GroupCap) else ""


def _is_judged(item: Item) -> bool:
    return isinstance(item.rule, Judgement) or isinstance(item.rule, Tiered) and item.rule.judged


def on_grid(points: Sequence[Fraction], wanted: np.ndarray) -> np.ndarray:
    """Multipliers in thousandths, nearest to `wanted`, that keep the total of the points.

    `wanted`: replications × parts, its weighted total already about 1. Gives whole numbers
    n with Σ points × n = 1000 × Σ points in every row.

    >>> on_grid([Fraction(60), Fraction(40)], np.array([[0.5, 1.75], [1.0004, 0.9994]])).tolist()
    [[500, 1750], [1000, 1000]]
    """
    common = math.lcm(*(p.denominator for p in points))
    whole = np.array([int(p * common) for p in points], dtype=np.int64)
    whole //= max(1, math.gcd(*whole.tolist()))
    found = np.rint(np.asarray(wanted) * GRID).astype(np.int64)
    left = GRID * whole.sum() - found @ whole
    made, reach = _corrections(tuple(whole.tolist()))
    if left.size and int(np.abs(left).max()) > reach:
        raise NoSuchPoints("倍数合计偏离太多，不能保持一张表的满分")
    return found + made[left + reach]


@cache
def _corrections(points: tuple[int, ...]) -> tuple[np.ndarray, int]:
    """For every rest −reach … reach the smallest change of the multipliers that takes it up."""
    reach = sum(points)
    known: dict[int, tuple[int, ...]] = {0: (0,) * len(points)}
    front = [0]
    while front and len(known) < 4 * reach + 1:
        ahead = []
        for rest in front:
            for place, step in ((i, s * p) for i, p in enumerate(points) for s in (1, -1)):
                to = rest + step
                if abs(to) <= 2 * reach and to not in known:
                    change = list(known[rest])
                    change[place] += 1 if step > 0 else -1
                    known[to] = tuple(change)
                    ahead.append(to)
        front = ahead
    return np.array([known[rest] for rest in range(-reach, reach + 1)], dtype=np.int64), reach


def shared_out(plan: Plan, sheet: str, wanted: Mapping[str, Fraction]) -> Scale:
    """Points for some headings of a sheet; the others give way in proportion.

    `wanted`: code of a bundle → its points. Raises NoSuchPoints where the others have nothing
    left to give.

    >>> from hecha.plan import load_plan
    >>> plan = load_plan("params/xian2023")
    >>> scale = shared_out(plan, "daily", {"E3": Fraction(30)})
    >>> scale[("daily", "D-E3-1")], sum(scale[("daily", i.code)] * i.points
    ...                                 for i in plan.items_of("daily"))
    (Fraction(2, 1), Fraction(100, 1))
    """
    own = [b for b in bundles(plan, sheet) if not b.fixed]
    asked = [b for b in own if b.code in wanted]
    rest = [b for b in own if b.code not in wanted]
    given = [Fraction(round(wanted[b.code] / b.points * GRID), GRID) for b in asked]
    spare = sum((b.points for b in own), Fraction(0)) - sum(
        (b.points * m for b, m in zip(asked, given, strict=True)), Fraction(0))
    whole = sum((b.points for b in rest), Fraction(0))
    if spare < 0 or (not rest and spare) or (rest and not spare):
        raise NoSuchPoints(f"“{plan.sheet[sheet].name}”各指标合计须为{float(plan.sheet[sheet].total):g}分："
                           "已定的指标没有给其余指标留下分数")
    left = _given_way(rest, spare, whole) if rest else []
    return {(sheet, i.code): m for b, m in zip([*asked, *rest], [*given, *left], strict=True)
            for i in b.items}


def _given_way(rest: Sequence[Bundle], spare: Fraction, whole: Fraction) -> list[Fraction]:
    """One multiplier for all that give way, corrected by thousandths until the total holds."""
    points = [b.points for b in rest]
    common = math.lcm(*(p.denominator for p in points), spare.denominator * GRID)
    units = [int(p * common) for p in points]
    near = [round(spare / whole * GRID)] * len(rest)
    left = int(spare * common * GRID) - sum(u * n for u, n in zip(units, near, strict=True))
    step = math.gcd(*units)
    if left % step:
        raise NoSuchPoints("这样的分值用有限小数写不出来，请换一个分值")
    made, reach = _corrections(tuple(u // step for u in units))
    change = made[left // step + reach]
    return [Fraction(n + int(c), GRID) for n, c in zip(near, change, strict=True)]


def evened_out(plan: Plan, sheet: str) -> Scale:
    """Every item of a sheet with as many points as any other, as near as thousandths allow.

    >>> from hecha.plan import load_plan
    >>> plan = load_plan("params/xian2023")
    >>> scale = evened_out(plan, "daily")
    >>> sorted({round(float(scale[("daily", i.code)] * i.points), 1)
    ...         for i in plan.items_of("daily")})
    [7.7]
    """
    own = [b for b in bundles(plan, sheet, alone=True) if not b.fixed]
    if len(own) < 2:
        return {}
    total = sum((b.points for b in own), Fraction(0))
    many = sum(len(b.items) for b in own)
    wanted = np.array([[float(total * len(b.items) / many / b.points) for b in own]])
    found = on_grid([b.points for b in own], wanted)[0]
    return {(sheet, i.code): Fraction(int(n), GRID) for b, n in zip(own, found, strict=True)
            for i in b.items}


def scaled_values(plan: Plan, scale: Scale) -> dict[str, Fraction]:
    """The values of the plan that change with the points: path → value.

    >>> from hecha.plan import load_plan
    >>> scaled_values(load_plan("params/xian2023"), {("daily", "D-E4-2"): Fraction(11, 10)})
    {'items.D-E4-2.points': Fraction(11, 1), 'items.D-E4-2.rule.options.#0.amount': Fraction(11, 5), \
'items.D-E4-2.rule.options.#1.amount': Fraction(11, 20), \
'items.D-E4-2.rule.options.#2.amount': Fraction(11, 20)}
    """
    found = {}
    for item in plan.items:
        by = scale.get((item.sheet, item.code), Fraction(1))
        if by != 1:
            path = item_path(plan, item)
            found[f"{path}.points"] = item.points * by
            found.update((f"{path}.rule.{key}", value * by) for key, value in _amounts(item.rule))
    return found


def _amounts(rule: Block) -> Iterator[tuple[str, Fraction]]:
    """Every number of points inside a rule, with its path."""
    names = [*_AMOUNTS, *(["step"] if rule.kind == "rank_step" else [])]  # type: ignore
    for name in names:
        value = getattr(rule, name, None)
        if isinstance(value, Fraction) and value:
            yield name, value
        elif isinstance(value, GroupCap):
            yield f"{name}.points", value.points
    for name in _INSIDE:
        for place, inner in enumerate(getattr(rule, name, ())):
            for key in ("points", "amount"):
                if isinstance(getattr(inner, key, None), Fraction):
                    yield f"{name}.#{place}.{key}", getattr(inner, key)


def rescaled(one: ItemScore, item: Item) -> ItemScore:
    """A scored item under the same rule with other points: every row in proportion.

    Sentences keep the wording of the points they were written with.
    """
    by = item.points / one.item.points
    rows = tuple(replace(row, part=replace(row.part, points=row.part.points * by))
                 for row in one.rows)
    score = None if one.score is None else one.score * by
    return replace(one, item=item, score=score, rows=rows)


__all__ = ["GRID", "Bundle", "NoSuchPoints", "Scale", "bundles", "evened_out", "on_grid",
           "rescaled", "scaled_values", "shared_out"]
