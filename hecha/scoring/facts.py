"""From what was typed to facts: observations held against the plan's items.

A row of a form becomes a typed value of a measure of an item of a unit, or a problem
at its cell.  An item with a doubtful row is doubtful as a whole: it is not scored
from what is left.  Nothing is dropped: every row is used or set aside with a reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from hecha.plan import Item, Plan
from hecha.plan.messages import nearest
from hecha.plan.rules import AdditiveCapped, RatioToBenchmark
from hecha.points import NotANumber, narrow, number, percent, plain, whole, yes
from hecha.problems import Place, Problems

Key = tuple[str, str, str]
"""(sheet, unit, item)"""

NOT_APPLICABLE = "na"
_NA_WORDS = frozenset({"不适用", "na", "n/a", "/", "—", "无此项"})


class Fact(NamedTuple):
    """One typed value and where it stands."""

    measure: str
    value: object
    note: str
    place: Place


@dataclass
class ItemFacts:
    """What is known of one item of one unit."""

    facts: list[Fact] = field(default_factory=list)
    na: Fact | None = None
    doubtful: list[str] = field(default_factory=list)

    def values(self) -> dict[str, list[object]]:
        """measure → values in the order they stand."""
        found: dict[str, list[object]] = defaultdict(list)
        for fact in self.facts:
            found[fact.measure].append(fact.value)
        return dict(found)

    def evidence(self) -> tuple[str, ...]:
        """Where the facts stand, as a reader finds them."""
        return tuple(str(f.place.at("")) for f in [*self.facts, *filter(None, [self.na])])


def read_facts(plan: Plan, observations: pd.DataFrame, units: dict[str, Collection[str]],
               problems: Problems) -> dict[Key, ItemFacts]:
    """Facts by (sheet, unit, item) from an observations frame.

    `units` gives for each sheet the units it scores (towns with a task, drawn
    villages). Every row that cannot be used is a problem naming its unit.
    """
    found: dict[Key, ItemFacts] = defaultdict(ItemFacts)
    for row in observations.itertuples(index=False):
        place = Place(row.file, row.form, int(row.row))
        item = _item(plan, row, units, place, problems)
        if item is not None:
            _add(found[(row.sheet, row.unit, item.code)], item, row, place, problems)
    for (_, unit, code), facts in found.items():
        _na_alone(facts, unit, code, problems)
    return dict(found)


def _item(plan: Plan, row: tuple, units: dict, place: Place, problems: Problems) -> Item | None:
    """The item a row speaks of, or None after saying why it cannot."""
    sheet = plan.sheet[row.sheet]
    item = plan.item.get((row.sheet, row.item))
    if item is None:
        elsewhere = [plan.sheet[s].name for (s, code) in plan.item if code == row.item]
        known = [i.code for i in plan.items_of(row.sheet)]
        message = (f"指标代码属于{elsewhere[0]}，不在{sheet.name}上" if elsewhere
                   else f"{sheet.name}上没有这个指标代码")
        problems.error(place.at("指标代码"), "unknown_item", message, found=row.item,
                       expected=nearest(row.item, known), units=[row.unit])
    elif row.unit not in units[row.sheet]:
        level = plan.level[sheet.level]
        what = "不在抽样结果里，不计分" if level.sampled else f"不是有核查任务的{level.name}"
        problems.error(place.at("单位代码"), "unknown_unit", f"这个单位{what}", found=row.unit,
                       expected=f"{level.code_digits}位{level.name}代码", units=[row.unit])
        return None
    return item


def _add(facts: ItemFacts, item: Item, row: tuple, place: Place, problems: Problems) -> None:
    measure = row.measure.strip()
    if measure == NOT_APPLICABLE:
        _add_na(facts, item, row, place, problems)
        return
    if measure not in item.observed:
        derived = f"“{item.name}”由入户核查得出，不另填" if not item.observed else ""
        _doubt(facts, problems, place.at("记录项"), "unknown_measure",
               derived or f"“{item.name}”没有这个记录项", measure, "、".join(item.observed), row.unit)
        return
    try:
        value = read_value(item, measure, row.value, row.note)
    except NotANumber as error:
        _doubt(facts, problems, place.at("数值"), "bad_value", f"“{item.name}”的“{item.label(measure)}”{error}",
               row.value, "", row.unit)
        return
    _repeated(facts, item, Fact(measure, value, row.note, place), row, problems)
    facts.facts.append(Fact(measure, value, row.note, place))


def _add_na(facts: ItemFacts, item: Item, row: tuple, place: Place, problems: Problems) -> None:
    if not item.observed:
        _doubt(facts, problems, place.at("记录项"), "na_of_derived",
               f"“{item.name}”由入户核查得出，不能另作缺项", row.value, "删去这一行", row.unit)
    elif item.na_when is None:
        _doubt(facts, problems, place.at("记录项"), "na_not_allowed",
               f"“{item.name}”不能作缺项", row.value, "如实填写各记录项", row.unit)
    elif not _is_yes(row.value):
        _doubt(facts, problems, place.at("数值"), "bad_value", "缺项（na）的数值只能填“是”",
               row.value, "是，或删去这一行", row.unit)
    elif facts.na is not None:
        _doubt(facts, problems, place, "duplicate_row", "缺项填了两次", row.value, "", row.unit)
    else:
        facts.na = Fact(NOT_APPLICABLE, True, row.note, place)
        if not row.note:
            problems.warning(place.at("备注"), "na_without_reason", f"“{item.name}”作缺项没有写明原因",
                             expected=item.na_when, units=[row.unit])


def _is_yes(text: str) -> bool:
    try:
        return yes(text)
    except NotANumber:
        return False


def _doubt(facts: ItemFacts, problems: Problems, place: Place, code: str, message: str,
           found: str, expected: str, unit: str) -> None:
    problems.error(place, code, message, found=found, expected=expected, units=[unit])
    facts.doubtful.append(message)


def _repeated(facts: ItemFacts, item: Item, fact: Fact, row: tuple, problems: Problems) -> None:
    """Two rows of one measure are an error, except where a kind takes several."""
    earlier = [f for f in facts.facts if f.measure == fact.measure]
    if isinstance(item.rule, RatioToBenchmark) and fact.measure == "value":
        code = fact.note[:12]
        earlier = [f for f in earlier if code.isdigit() and f.note.startswith(code)]
    if isinstance(item.rule, AdditiveCapped):
        for same in (f for f in earlier if f.value == fact.value):
            problems.warning(fact.place, "same_story", f"与{same.place}是同一篇、同一级，只计一次",
                             found=row.value, units=[row.unit])
    elif earlier:
        message = f"“{item.name}”的“{item.label(fact.measure)}”填了两行（另一行在{earlier[0].place}）"
        _doubt(facts, problems, fact.place, "duplicate_row", message, row.value, "只留一行", row.unit)


def _na_alone(facts: ItemFacts, unit: str, code: str, problems: Problems) -> None:
    if facts.na is not None and facts.facts:
        _doubt(facts, problems, facts.na.place, "na_not_alone",
               f"{code} 作了缺项，又填了“{facts.facts[0].measure}”（第{facts.facts[0].place.row}行）", "", "缺项只留 na 一行", unit)


def read_value(item: Item, measure: str, typed: str, note: str) -> object:
    """The typed value of a measure; NotANumber says in Chinese why not.

    yes/no → bool (None for 不适用 on a checklist), counts → int, numbers and percentages
    → Decimal, titles of stories → text in one form.
    """
    kind = item.observed[measure]
    if not narrow(typed):
        raise NotANumber("空白，没有填写")
    value = _READERS[kind](typed)
    signed = measure in item.ranges
    if kind in _AMOUNTS and value is not None and value < 0 and not signed:  # type: ignore
        raise NotANumber("不能为负")
    _in_range(item, measure, value)
    if _judged(item, measure) and not note:
        raise NotANumber("酌情给分须在备注写明理由")
    return value


def _judged(item: Item, measure: str) -> bool:
    """Whether the value is someone's judgement, which wants its reason in the note."""
    return item.rule.kind == "judgement" or measure == "score" and measure in item.rule.measures()


def _in_range(item: Item, measure: str, value: object) -> None:
    if value is None:
        return
    low, high = item.ranges.get(measure, (None, None))
    if item.rule.kind == "judgement" and measure == "score":
        low, high = 0, item.points
    if low is not None and not low <= value <= high:  # type: ignore[operator]
        raise NotANumber(f"超出范围{plain(low)}～{plain(high)}")


def _tick(text: str) -> bool | None:
    return None if narrow(text).lower() in _NA_WORDS else yes(text)


def _rating(text: str) -> object:
    return None if narrow(text).lower() in _NA_WORDS else number(text)


_READERS = {"yes_no": yes, "yes_no_na": _tick, "whole": whole, "number": number,
            "number_na": _rating, "percent": percent, "text": narrow}
_AMOUNTS = ("number", "number_na", "percent")


def missing_measures(item: Item, facts: ItemFacts | None, optional: Iterable[str]) -> list[str]:
    """The measures of an item that should have a row and have none.

    Additive items may have none at all (they can only earn); `optional` measures are
    fed otherwise besides (attendance). A yes/no gate that is closed asks for no more.
    """
    seen = facts.values() if facts else {}
    if isinstance(item.rule, AdditiveCapped):
        wanted = [m for m in item.observed if m not in item.rule.measures()]
    else:
        wanted = list(item.observed)
    if item.gate and item.gate.when and seen.get(item.gate.measure) == [True]:
        return []
    return [m for m in wanted if m not in seen and m not in set(optional)]
