"""Items (整改事项): what the ledger took away, as problems to be put right.

One item is one (sheet, unit, item) that lost points.  Its name hangs on the year, the
item's code and the unit's code alone, so that a second scoring finds it again whatever
the wording, the number of cases or the order have become.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from hecha.plan import Plan
from hecha.scoring.results import Results

OWN_TYPES = {"penalty": "扣罚"}
"""ledger rows of no item that are a problem of their own"""
LEDGER, HANDED = "ledger", "handed"


@dataclass(frozen=True)
class Asked:
    """What a town is asked to put right; none of it is the town's to change.

    `id`: the stable name; `source`: 镇, 村 or 户 (the level's name in the plan); `item`: the
    item's code, `indicator` as it is shown; `due`: the last day, blank while none is set;
    `number`: the row's 序号 in a ledger that was handed in; `origin`: ledger or handed.
    """

    id: str
    town: str
    unit: str
    unit_name: str
    sheet: str
    item: str
    indicator: str
    problem: str
    source: str
    due: str = ""
    number: str = ""
    origin: str = LEDGER


def ledger_items(results: Results) -> list[Asked]:
    """The items of a scored case, town by town, in the order of the ledger."""
    groups: dict[tuple[str, str, str], list] = {}
    for row in results.ledger.itertuples(index=False):
        code = row.item or (row.type if row.type in OWN_TYPES else "")
        if code:
            groups.setdefault((row.sheet, row.unit, code), []).append(row)
    order = {town: n for n, town in enumerate(results.units.towns)}
    made = [_asked(results, key, rows) for key, rows in groups.items()
            if sum((r.points for r in rows), Fraction(0)) > 0]
    return sorted(made, key=lambda a: order.get(a.town, len(order)))


def _asked(results: Results, key: tuple[str, str, str], rows: list) -> Asked:
    sheet, unit, code = key
    plan = results.plan
    name = rows[0].item_name or OWN_TYPES.get(code, code)
    said = "；".join(dict.fromkeys(r.sentence for r in rows if r.points > 0))
    return Asked(item_id(plan, sheet, code, unit), rows[0].town, unit,
                 results.units.names.get(unit, unit), sheet, rows[0].item,
                 f"{name}（{code}）" if rows[0].item else name,
                 said if said.startswith(name) else f"{name}：{said}", plan.level_name(sheet))


def item_id(plan: Plan, sheet: str, code: str, unit: str) -> str:
    """The stable name of an item; the sheet is named where two sheets share the code.

    >>> from hecha.plan import load_plan
    >>> item_id(load_plan("params/xian2023"), "town", "T-B2-2", "449901105")
    '2023-T-B2-2-449901105'
    """
    shared = Counter(c for _, c in plan.item)[code] > 1 or (sheet, code) not in plan.item
    parts = (plan.plan.year, *([sheet] if shared else []), code, unit)
    return "-".join(map(str, parts))


__all__ = ["HANDED", "LEDGER", "Asked", "item_id", "ledger_items"]
