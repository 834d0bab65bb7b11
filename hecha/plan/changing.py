"""A plan with some of its values changed, for trying what another choice would do.

Paths are those of `set` in a plan's folder (hecha.plan.paths), and a changed block is
checked by its own rules, so that what is tried here and what is written down there are the
same.  What must hold between blocks (weights that total 100 %) is for hecha.plan.checks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from hecha.plan import checks
from hecha.plan.blocks import Block
from hecha.plan.model import Item, Plan, Reading
from hecha.plan.strict_yaml import dump_yaml
from hecha.points import plain
from hecha.problems import HechaError

Changes = Mapping[str, object]
"""path → the value as the plan's files write it (`60%`, 90, a list, true)"""

_NAMES = ("id", "code", "key", "name")


class NotAccepted(HechaError):
    """A value the plan does not accept at that place."""


def with_values(plan: Plan, values: Changes) -> Plan:
    """The plan with these values at these paths; the plan itself is untouched.

    Raises NotAccepted where a path leads nowhere or a block refuses its value.

    >>> from hecha.plan import load_plan
    >>> plan = load_plan("params/xian2023")
    >>> changed = with_values(plan, {"figures.year_end.parts.county_check": "30%"})
    >>> changed.figure["year_end"].parts["county_check"]
    Fraction(3, 10)
    >>> with_values(plan, {"figures.year_end.mean": "households"})
    Traceback (most recent call last):
    hecha.plan.changing.NotAccepted: “figures.year_end.mean”不能取“households”
    """
    try:
        return _changed(plan, [(tuple(path.split(".")), path, v) for path, v in values.items()])
    except (LookupError, TypeError) as error:
        raise NotAccepted(f"方案里没有“{error.args[0] if error.args else ''}”") from None


def _changed(value: Any, changes: Sequence[tuple[tuple[str, ...], str, object]]) -> Any:
    """A value with the changes below it made."""
    for steps, _, new in changes:
        if not steps:
            return new
    below: dict[Any, list] = defaultdict(list)
    for steps, path, new in changes:
        below[_step(value, steps[0], path)].append((steps[1:], path, new))
    if isinstance(value, Block):
        return _rebuilt(value, {n: _changed(getattr(value, n), c) for n, c in below.items()}, changes)
    if isinstance(value, dict):
        return {**value, **{n: _changed(value.get(n), c) for n, c in below.items()}}
    return tuple(_changed(v, below[i]) if i in below else v for i, v in enumerate(value))


def _step(value: Any, step: str, path: str) -> Any:
    """The field, key or position that a step of a path means."""
    if isinstance(value, Block) and step in type(value).model_fields or isinstance(value, dict):
        return step
    if isinstance(value, tuple):
        if step.startswith("#") and step[1:].isdigit() and int(step[1:]) < len(value):
            return int(step[1:])
        for place, block in enumerate(value):
            if step in [getattr(block, name, None) for name in _NAMES]:
                return place
    raise LookupError(path)


def _rebuilt(block: Block, new: dict[str, Any], changes: Sequence) -> Block:
    """The block made anew, so that its own rules run; what stays is not looked at again."""
    kept = {field.alias or name: getattr(block, name) for name, field in type(block).model_fields.items()}
    try:
        return type(block).model_validate({**kept, **new})
    except ValidationError:
        _, path, value = changes[0]
        raise NotAccepted(f"“{path}”不能取“{value}”") from None


def faults(plan: Plan) -> list[str]:
    """What does not hold between the blocks of a changed plan, in words.

    Quotations are not checked again: a change of values changes no quotation.

    >>> from hecha.plan import load_plan
    >>> plan = load_plan("params/xian2023")
    >>> faults(plan), faults(with_values(plan, {"figures.year_end.parts.county_check": "30%"}))
    ([], ['“年终成效”的权重合计70%，应为100%'])
    """
    return [message for _, _, message, _, _ in checks.between_blocks(plan)]


def alternatives(plan: Plan, reading: Reading) -> list[tuple[str, object]]:
    """The other answers to a reading that the plan accepts as they stand: (answer, value).

    The answer in force is left out, and so is «not filled in»; a reading without a key has
    none: it is not a value of the plan.

    >>> from hecha.plan import load_plan
    >>> plan = load_plan("params/xian2023")
    >>> by_id = {r.id: r for r in plan.readings}
    >>> [value for _, value in alternatives(plan, by_id["A-02"])]
    ['year_end']
    """
    if reading.key is None:
        return []
    now = plan.value_at(reading.key)
    offered = [(reading.answer, reading.default), *((a.answer, a.value) for a in reading.alternatives)]
    found = []
    for answer, value in offered:
        if value is None:
            continue
        try:
            changed = with_values(plan, {reading.key: value})
        except NotAccepted:
            continue
        if changed.value_at(reading.key) != now and not faults(changed):
            found.append((answer, value))
    return found


def as_written(path: str, value: object) -> object:
    """A value as a plan's file writes it: weights as percentages, points as decimals.

    Raises NotAccepted for a fraction that no finite decimal says.

    >>> as_written("figures.year_end.parts.county_check", Fraction(3, 8))
    '37.5%'
    >>> as_written("grades.bands.好.at_least", Fraction(85)), as_written("grades.of", "year_end")
    (85, 'year_end')
    """
    if not isinstance(value, Fraction):
        return list(value) if isinstance(value, tuple) else value
    is_share = ".parts." in path
    text = plain(value * 100 if is_share else value)
    if "/" in text:
        raise NotAccepted(f"“{path}”的{text}写不成有限小数")
    if is_share:
        return f"{text}%"
    return int(text) if "." not in text else Decimal(text)


def overlay(based_on: str, values: Changes, comment: str = "") -> str:
    """The text of a plan.yaml that changes these values of another plan.

    >>> print(overlay("xian2023", {"grades.bands.好.at_least": Fraction("87.5")}), end="")
    based_on: xian2023
    set:
      grades.bands.好.at_least: 87.5
    """
    made = {path: as_written(path, value) for path, value in values.items()}
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return head + dump_yaml({"based_on": based_on, **({"set": made} if made else {})})


def item_path(plan: Plan, item: Item) -> str:
    """The path of an item: by its code, by its position where two sheets share the code.

    >>> from hecha.plan import load_plan
    >>> plan = load_plan("params/xian2023")
    >>> item_path(plan, plan.items[0])
    'items.D-E1-08'
    """
    same = [i for i in plan.items if i.code == item.code]
    return f"items.{item.code}" if len(same) == 1 else f"items.#{plan.items.index(item)}"


__all__ = ["Changes", "NotAccepted", "alternatives", "as_written", "faults", "item_path",
           "overlay", "with_values"]
