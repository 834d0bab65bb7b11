"""Standing: what the book still lacks of what was scored and of what was handed in (pure).

A loss that is new is asked for, one whose wording changed is asked for again, one that a
second scoring no longer finds is withdrawn, with what was filled kept.  A rectification
ledger handed in with the case is laid over it row by row: a row of a unit and item that
lost points is that item's, any other is an item of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import date, timedelta

import pandas as pd

from hecha.plan import Plan
from hecha.problems import Place, Problems
from hecha.rectification.items import HANDED, LEDGER, Asked, ledger_items
from hecha.rectification.states import FIELDS, Item, Step, apply, replay, take
from hecha.scoring.composite import UNFINISHED
from hecha.scoring.results import Results

GONE = "重新计分后没有这一项扣分"
_CELLS = {"measure": "measure", "lead": "lead", "responsible": "unit_responsible",
          "person": "person", "evidence": "evidence", "reviewer": "reviewer"}

Named = tuple[str, Step]
"""an item's name and one of its steps"""


def standing(results: Results, handed: pd.DataFrame, entries: Iterable, problems: Problems,
             on: date | None = None) -> tuple[list[Named], dict[str, Item]]:
    """The steps to be written, in order, and the items as they then stand.

    `handed` is a case's frame `rectification`, `entries` those of the book so far, `on` the
    day the list is handed to the towns: from it the term of new items runs.  None: nothing
    is handed over, new items have no term yet.
    """
    items = replay(entries)
    steps: list[Named] = []

    def do(name: str, step: Step) -> None:
        apply(items, name, step)
        steps.append((name, step))

    rows = _matched(results, handed, found := ledger_items(results))
    laid = {a.id: a for a, _ in rows}
    ledger = [laid.get(a.id, a) for a in found]
    for one in [*ledger, *(a for a, _ in rows if a.origin == HANDED)]:
        for step in _ask(one, items.get(one.id), term(results.plan, on), on):
            do(one.id, step)
    for one, row in rows:
        for step in _hand(items[one.id], row, problems):
            do(one.id, step)
    for name in _gone(results, items, {a.id for a in found}):
        do(name, ("withdraw", {"reason": GONE}))
    return steps, items


def term(plan: Plan, on: date | None) -> str:
    """The last day of the plan's term, counted from a day; blank without either.

    >>> from hecha.plan import load_plan
    >>> term(load_plan("params/xian2023"), date(2024, 1, 10))
    '2024-03-10'
    """
    if on is None or plan.rectification is None:
        return ""
    return (on + timedelta(days=plan.rectification.term_days)).isoformat()


def _ask(asked: Asked, known: Item | None, due: str, on: date | None) -> list[Step]:
    """Asking anew keeps the term that runs; the term of what was never issued begins now."""
    before = known.asked if known else {}
    issued = bool(known and known.issued)
    due = asked.due or (before.get("due", "") if issued else due)
    new = asdict(replace(asked, due=due, number=asked.number or before.get("number", "")))
    if known and before == new and not known.withdrawn and (issued or on is None):
        return []
    return [("ask", {"asked": new, "on": on.isoformat() if on else "",
                     "responsible": asked.unit_name})]


def _gone(results: Results, items: dict[str, Item], found: set[str]) -> Iterator[str]:
    """Items of finished towns that the ledger no longer has."""
    towns = results.towns
    done = set(towns.loc[towns["state"] != UNFINISHED, "town"])
    for name, item in items.items():
        if (item.asked["origin"] == LEDGER and name not in found and not item.withdrawn
                and item.asked["town"] in done):
            yield name


# -- a ledger that was handed in -----------------------------------------------------------


def _matched(results: Results, handed: pd.DataFrame, asked: list[Asked]
             ) -> list[tuple[Asked, tuple]]:
    """Every handed row of a known unit with the item it is about."""
    if handed.empty:
        return []
    known = set(results.units.names)
    many = Counter(zip(handed["unit"], handed["item"], strict=True))
    own = {(a.unit, a.item): a for a in asked if a.item}
    found = []
    for row in handed.itertuples(index=False):
        key = (row.unit, row.item)
        if row.unit[:12] not in known and row.unit not in known:
            continue
        if key in own and many[key] == 1:
            found.append((_laid_over(own[key], row), row))
        else:
            found.append((_of_row(results, row), row))
    return found


def _laid_over(asked: Asked, row: tuple) -> Asked:
    """A loss in the words of the ledger that was handed in beside its own."""
    told = "" if row.problem in asked.problem else f"（台账：{row.problem}）"
    return replace(asked, number=row.number, due=row.due or "", problem=asked.problem + told)


def _of_row(results: Results, row: tuple) -> Asked:
    """A handed row as an item of its own, named by its 序号: never by a household."""
    units, plan = results.units, results.plan
    place = row.unit if row.unit in units.names else row.unit[:12]
    sheet, item = next(((s, c) for s, c in plan.item if c == row.item), ("", row.item))
    name = plan.item[sheet, item].name if sheet else ""
    return Asked(f"{plan.plan.year}-台账-{row.number}", units.town_of(place), row.unit,
                 units.names[place], sheet, item, f"{name}（{item}）" if name else item,
                 row.problem, row.source, row.due or "", row.number, HANDED)


def _hand(item: Item, row: tuple, problems: Problems) -> Iterator[Step]:
    values = {f: str(getattr(row, name) or "") for f, name in _CELLS.items()}
    values |= {"state": row.state or "", "due": row.due or "", "number": row.number,
               "problem": row.problem}
    if values == item.handed:
        return
    last = Item(item.asked, state=item.handed.get("state", ""),
                filled={f: item.handed.get(f, "") for f in FIELDS}) if item.handed else None
    place = Place(row.file, row.sheet, int(row.row))
    steps, said = take(item, values, last, first=last is None)
    for one in said:
        tell = problems.error if one.severity == "error" else problems.warning
        tell(place.at(one.column), one.code, one.message, found=one.found)
    yield "hand", {"row": values}
    yield from steps


__all__ = ["GONE", "Named", "standing", "term"]
