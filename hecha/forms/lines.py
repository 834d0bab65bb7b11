"""Lines: what the 镇表 and 村表 ask for, one line for each fact to be typed.

Every observed measure of the plan's items has its line.  A kind that takes several rows
has one for each unit that its item names (相对贫困村 …), or some to spare.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

from hecha.forms.visit import Visit
from hecha.plan import Item, Plan
from hecha.plan.model import Sheet
from hecha.plan.rules import AdditiveCapped, RatioToBenchmark

SPARE, MOST_ARTICLES = 3, 12


@dataclass(frozen=True)
class Line:
    """One fact of an item; `spare` lines may stay blank; `note` is prefilled."""

    item: Item
    measure: str
    kind: str
    label: str
    note: str = ""
    spare: bool = False


def lines_of(plan: Plan, sheet: Sheet, visit: Visit | None = None) -> list[tuple[Item, list[Line]]]:
    """The items of a sheet that are observed, with their lines, in catalogue order.

    >>> from hecha.plan import load_plan
    >>> plan = load_plan("params/xian2023")
    >>> asked = lines_of(plan, plan.sheet["village"])
    >>> [(item.code, len(lines)) for item, lines in asked]
    [('V-B1-1', 5), ('V-B3-1', 3), ('V-C1-1', 5), ('V-D1-2', 5)]
    """
    found = [(item, [_counted_elsewhere(plan, line) for measure, kind in item.observed.items()
                     for line in _lines(item, measure, kind, visit)])
             for item in plan.items_of(sheet.id)]
    return [(item, lines) for item, lines in found if lines]


def _counted_elsewhere(plan: Plan, line: Line) -> Line:
    """A line that need not be typed where the attendance of a town's own people feeds it."""
    charges = plan.attendance.charges if plan.attendance else ()
    fed = any((c.item, c.option, c.charged_to) == (line.item.code, line.measure, "home_town")
              for c in charges)
    return replace(line, label=f"{line.label}（由考勤表计入，不填）", spare=True) if fed else line


def _articles(item: Item, measure: str) -> int:
    """As many lines as bring the full points by this option alone, within reason."""
    amount = next((o.amount for o in item.rule.options if o.name == measure), None)
    return min(ceil(item.points / amount), MOST_ARTICLES) if amount else SPARE


def _lines(item: Item, measure: str, kind: str, visit: Visit | None) -> list[Line]:
    label = item.label(measure) if measure != "score" else item.labels.get(measure, "评分")
    if isinstance(item.rule, AdditiveCapped) and measure in item.rule.measures():
        return [Line(item, measure, kind, f"{label}（篇名）", spare=True)] * _articles(item, measure)
    if isinstance(item.rule, RatioToBenchmark) and measure == "value":
        units = [unit for name, named in (visit.of_type if visit else {}).items()
                 if name in item.name + label for unit in named]
        if visit and units:
            return [Line(item, measure, kind, label, note=unit) for unit in units]
        return [Line(item, measure, kind, label)] + [
            Line(item, measure, kind, label, spare=True)] * (SPARE if visit else 0)
    return [Line(item, measure, kind, label)]
