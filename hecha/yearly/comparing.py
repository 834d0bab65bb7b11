"""Comparing two years: the change of every town's graded figure, item by item, exactly.

A finished town's figure is its full marks minus the weighted rows of its ledger, so the
change between two years is a sum over items.  For an item that both plans have, three
losses are known: last year's (L0), this year's under last year's plan (L1), this year's
(L2); L0 − L1 is performance, L1 − L2 method, and together they are L0 − L2.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from hecha.plan.diff import plan_diff
from hecha.report import views
from hecha.scoring.composite import UNFINISHED
from hecha.scoring.results import Results

BOTH, ONLY_BEFORE, ONLY_AFTER, UNDIVIDED = "both", "only_before", "only_after", "undivided"
KINDS = {BOTH: "两年都有", ONLY_BEFORE: "只有上年有", ONLY_AFTER: "只有今年有", UNDIVIDED: "不能分解"}
SHARES = ("performance", "method", ONLY_BEFORE, ONLY_AFTER, UNDIVIDED)
"""what a change is divided into, each in points of the graded figure, gains positive"""

Key = tuple[str, str]
"""(sheet, item); for rows of no item (sheet, their type)"""
_FULL: Key = ("", "full")
ZERO = Fraction(0)


@dataclass(frozen=True)
class Years:
    """Two years of a county side by side; every number an exact Fraction.

    * `county`, `level`: whose figures these are, and what its units are called (镇)
    * `ranked`: whether this year's plan ranks; if not, nobody's place is told
    * `before`, `after`: the years
    * `towns`: town, town_name, before, after, change, performance, method, only_before,
      only_after, undivided, grade_before, grade_after, rank_before, rank_after, why (blank
      where the town is compared; else why it is not, and the numbers are None)
    * `parts`: town, sheet, item, name, indicator, kind, before, after (points lost), change,
      performance, method, why: change = performance + method where kind is both
    * `repeated`: sheet, unit, unit_name, town, town_name, item, name, before, after (points lost
      in the sheet) of what lost points in both years
    * `gone`: what lost points last year and none this year, in the same columns
    * `unseen`: how many (unit, item) of last year's losses belong to units not checked now
    * `plans`: what differs between the two plans (hecha.plan.diff)
    """

    county: str
    level: str
    ranked: bool
    before: str
    after: str
    towns: pd.DataFrame
    parts: pd.DataFrame
    repeated: pd.DataFrame
    gone: pd.DataFrame
    unseen: int
    plans: pd.DataFrame

    @property
    def compared(self) -> pd.DataFrame:
        """The towns that have a figure in both years."""
        return self.towns[self.towns["why"] == ""].reset_index(drop=True)

    def by(self, name: str) -> pd.DataFrame:
        """The parts summed over the compared towns by a column (`indicator`, `name`, …).

        Columns: the column, change, then the shares; per town on average, exactly.
        """
        many = len(self.compared) or 1
        sums: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
        for part in self.parts.to_dict("records"):
            for share, points in shares_of(part).items():
                sums[part[name]][share] += points / many
        rows = [{name: key, "change": sum(own.values(), ZERO), **{s: own[s] for s in SHARES}}
                for key, own in sums.items()]
        frame = pd.DataFrame(rows, columns=[name, "change", *SHARES], dtype=object)
        return frame.sort_values("change", kind="stable", ignore_index=True)


def shares_of(part: dict) -> dict[str, Fraction]:
    """The shares of one part of a change; they sum to it.

    >>> shares_of({"kind": "only_after", "change": Fraction(-1)})
    {'only_after': Fraction(-1, 1)}
    """
    if part["kind"] == BOTH:
        return {"performance": part["performance"], "method": part["method"]}
    return {part["kind"]: part["change"]}


NO_REASON = "上年的方案不能用在今年的记录上"


def compare(before: Results, after: Results, crossed: Results | None, why_not: str = "") -> Years:
    """Last year's results, this year's, and this year's records under last year's plan.

    `crossed` is None where last year's plan cannot be applied to this year's records at all:
    then nothing is divided, and `why_not` says why.  A town is compared where it has a figure in both years.
    """
    parts, rows = [], []
    for town in dict.fromkeys([*after.towns["town"], *before.towns["town"]]):
        why = _not_compared(before, after, town)
        own = [] if why else list(_parts(before, after, crossed, town, why_not))
        parts += own
        rows.append(_town(before, after, town, why, own))
    lost = _lost_twice(before, after)
    return Years(views.county_name(after), views.unit_name(after.plan), after.plan.grades.ranked,
                 str(before.plan.plan.year), str(after.plan.plan.year),
                 _frame(rows, _TOWN_COLUMNS), _frame(parts, _PART_COLUMNS),
                 _frame(lost[0], _LOST_COLUMNS), _frame(lost[1], _LOST_COLUMNS), lost[2],
                 plan_diff(before.plan, after.plan))


_TOWN_COLUMNS = ["town", "town_name", "before", "after", "change", *SHARES, "grade_before",
                 "grade_after", "rank_before", "rank_after", "why"]
_PART_COLUMNS = ["town", "sheet", "item", "name", "indicator", "kind", "before", "after", "change",
                 "performance", "method", "why"]
_LOST_COLUMNS = ["sheet", "unit", "unit_name", "town", "town_name", "item", "name", "before", "after"]


def _frame(rows: list[dict], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns, dtype=object)


# -- towns -------------------------------------------------------------------------------------


def _row_of(results: Results, town: str) -> dict:
    own = results.towns[results.towns["town"] == town]
    return own.iloc[0].to_dict() if len(own) else {}


def _figure(results: Results, row: dict) -> Fraction | None:
    done = bool(row) and row["state"] != UNFINISHED
    return row[results.plan.grades.of] if done else None


def _not_compared(before: Results, after: Results, town: str) -> str:
    first, second = _row_of(before, town), _row_of(after, town)
    if not first or not second:
        return "上年没有这个单位" if not first else "今年没有这个单位"
    unfinished = [name for name, results, row in (("上年", before, first), ("今年", after, second))
                  if _figure(results, row) is None]
    return f"{'、'.join(unfinished)}未完成，没有得分" if unfinished else ""


def _town(before: Results, after: Results, town: str, why: str, parts: list[dict]) -> dict:
    first, second = _row_of(before, town), _row_of(after, town)
    was, now = _figure(before, first), _figure(after, second)
    shares: dict[str, Fraction] = dict.fromkeys(SHARES, ZERO)
    for part in parts:
        for share, points in shares_of(part).items():
            shares[share] += points
    name = after.units.names.get(town) or before.units.names.get(town, town)
    return {"town": town, "town_name": name, "before": was, "after": now, "why": why,
            "change": None if why else now - was,  # type: ignore[operator]
            **({s: None for s in SHARES} if why else shares),
            "grade_before": first.get("grade", ""), "grade_after": second.get("grade", ""),
            "rank_before": _rank(first), "rank_after": _rank(second)}


def _rank(row: dict) -> int | None:
    rank = row.get("rank")
    return None if rank is None or pd.isna(rank) else int(rank)


# -- parts ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Side:
    """One scoring of one town: full marks, losses by key, names, and what is scored whole."""

    full: Fraction
    lost: dict[Key, Fraction]
    names: dict[Key, str]
    heads: dict[Key, str]
    open_items: set[Key]
    open_sheets: set[str]


def _side(results: Results, town: str) -> _Side:
    ledger = results.ledger[results.ledger["town"] == town]
    worth = views.weights(results, town)
    lost: dict[Key, Fraction] = defaultdict(Fraction)
    names: dict[Key, str] = {}
    for row in ledger.itertuples(index=False):
        key = (row.sheet, row.item or row.type)
        lost[key] += row.points * worth.get(row.sheet, ZERO)
        if not row.item:
            names[key] = f"{row.type_name}（{results.plan.sheet[row.sheet].name}）"
    items = results.items[results.items["town"] == town]
    missing = {(r.sheet, r.item) for r in items.itertuples(index=False) if r.state == "missing"}
    own = results.sheets[results.sheets["town"] == town]
    unscored = {r.sheet for r in own.itertuples(index=False) if r.score is None}
    plan = results.plan
    heads = {key: views.bare(plan.headings(item)[-1]) for key, item in plan.item.items()}
    return _Side(views.full_marks(results, town), lost,
                 {**{key: item.name for key, item in plan.item.items()}, **names}, heads, missing,
                 unscored)


def _parts(before: Results, after: Results, crossed: Results | None, town: str,
           why_not: str) -> Iterator[dict]:
    first, last = _side(before, town), _side(after, town)
    middle = _side(crossed, town) if crossed is not None and _row_of(crossed, town) else None
    blocked = _blocked(after, crossed, town) if middle else \
        f"{NO_REASON}：{why_not}" if why_not else NO_REASON
    plans = before.plan, after.plan
    for key in dict.fromkeys([*first.lost, *last.lost]):
        for part in _of_key(key, first, middle, last, plans, blocked):
            if part["before"] or part["after"]:
                yield {"town": town, **part}
    yield from _full_marks(town, first, middle, last, blocked)


def _blocked(after: Results, crossed: Results | None, town: str) -> str:
    """Why a town's weights under last year's plan are not known."""
    row, now = _row_of(crossed, town), _row_of(after, town)  # type: ignore[arg-type]
    left_out = any(now[f.id] is None for f in after.plan.figures)
    return "有得分项不参加计算，权重须重新归一" if row["state"] == UNFINISHED and left_out else ""


def _of_key(key: Key, first: _Side, middle: _Side | None, last: _Side, plans: tuple,
            blocked: str) -> Iterator[dict]:
    in_before, in_after = (key in plan.item for plan in plans)
    real = in_before or in_after
    renamed = in_before and in_after and first.names[key] != last.names[key]
    was, now = first.lost.get(key, ZERO), last.lost.get(key, ZERO)
    if real and (renamed or not in_after):
        yield _part(key, first, ONLY_BEFORE, was, ZERO, "代码相同而名称不同，按两项" if renamed else "")
    if real and (renamed or not in_before):
        yield _part(key, last, ONLY_AFTER, ZERO, now, "代码相同而名称不同，按两项" if renamed else "")
    if real and (renamed or in_before != in_after):
        return
    side = last if key in last.names else first
    why = blocked or _not_divided(key, middle, real)
    if why:
        yield _part(key, side, UNDIVIDED, was, now, why)
        return
    then = middle.lost.get(key, ZERO)  # type: ignore[union-attr]
    yield _part(key, side, BOTH, was, now) | {"performance": was - then, "method": then - now}


def _not_divided(key: Key, middle: _Side | None, real: bool) -> str:
    if middle is None:
        return NO_REASON
    if real and key in middle.open_items:
        return "今年的记录里没有上年计分要的记录项"
    if not real and key[0] in middle.open_sheets:
        return "这张表有细项只在上年的方案里，按上年的方案出不了整张表的分"
    return ""


def _part(key: Key, side: _Side, kind: str, was: Fraction, now: Fraction, why: str = "") -> dict:
    name = side.names.get(key, key[1])
    return {"sheet": key[0], "item": key[1], "name": name, "indicator": side.heads.get(key, name),
            "kind": kind, "before": was, "after": now, "change": was - now, "performance": None,
            "method": None, "why": why}


def _full_marks(town: str, first: _Side, middle: _Side | None, last: _Side,
                blocked: str) -> Iterator[dict]:
    """Where full marks themselves changed, which weights that total 100 % never do."""
    if first.full == last.full and (middle is None or blocked or middle.full == first.full):
        return
    gain = last.full - first.full
    row = {"town": town, "sheet": "", "item": _FULL[1], "name": "满分", "indicator": "满分",
           "kind": UNDIVIDED, "before": -first.full, "after": -last.full, "change": gain,
           "performance": None, "method": None, "why": "满分变了"}
    if middle is not None and not blocked:
        row |= {"kind": BOTH, "performance": middle.full - first.full,
                "method": last.full - middle.full, "why": ""}
    yield row


# -- problems ------------------------------------------------------------------------------------


def _losses(results: Results) -> dict[tuple[str, str, str], Fraction]:
    sums: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    for row in results.ledger.itertuples(index=False):
        if row.item:
            sums[row.sheet, row.unit, row.item] += row.points
    return {key: points for key, points in sums.items() if points > 0}


def _lost_twice(before: Results, after: Results) -> tuple[list[dict], list[dict], int]:
    """Losses of one unit and item in both years; those that are gone; how many nobody looked at."""
    first, second = _losses(before), _losses(after)
    seen = {(r.sheet, r.unit, r.item) for r in after.items.itertuples(index=False)
            if r.state != "missing"}
    again, gone, unseen = [], [], 0
    for key, was in first.items():
        if not _same(before, after, (key[0], key[2])) or key not in seen:
            unseen += 1
            continue
        row = _lost_row(after, key, was, second.get(key, ZERO))
        (again if key in second else gone).append(row)
    return again, gone, unseen


def _same(before: Results, after: Results, key: Key) -> bool:
    one, two = before.plan.item.get(key), after.plan.item.get(key)
    return one is not None and two is not None and one.name == two.name


def _lost_row(results: Results, key: tuple[str, str, str], was: Fraction, now: Fraction) -> dict:
    sheet, unit, item = key
    town = results.units.town_of(unit)
    return {"sheet": sheet, "unit": unit, "unit_name": results.units.names.get(unit, unit),
            "town": town, "town_name": results.units.names.get(town, town), "item": item,
            "name": results.plan.item[sheet, item].name, "before": was, "after": now}


def balanced(years: Years) -> bool:
    """Whether every compared town's shares sum to its change, exactly."""
    rows: Iterable[dict] = years.compared.to_dict("records")
    return all(sum((r[s] for s in SHARES), ZERO) == r["change"] for r in rows)


__all__ = ["BOTH", "KINDS", "ONLY_AFTER", "ONLY_BEFORE", "SHARES", "UNDIVIDED", "Years", "balanced",
           "compare", "shares_of"]
