"""What changed between two plans: every value that differs, and every block that came or went.

Blocks are matched by their names (an item by its sheet and code), so that a reordering is
no change.  Each row of the table says where, what it was, what it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from hecha.plan.blocks import Block
from hecha.plan.model import Item, Plan
from hecha.plan.sentences import rule_sentence
from hecha.points import plain

COLUMNS = ["变化", "部分", "名称", "位置", "前一方案", "后一方案"]
_PARTS = {
    "plan": "方案", "levels": "层级", "sheets": "表", "groups": "指标", "items": "细项",
    "figures": "得分", "grades": "等次", "household": "户表", "attendance": "考勤扣分",
    "fraud": "弄虚作假", "external": "上级结果", "consequences": "结果运用",
    "publication": "公布", "counterparts": "帮扶单位", "objections": "申诉",
    "retention": "保存期限", "rectification": "整改",
    "calendar": "日期", "sample": "抽样", "teams": "编组",
    "readings": "读法", "parameters": "参数", "glossary": "词汇表",
}
_UNSAID = {"decisions"}
_NAMES = ("id", "code", "key")

Flat = dict[str, tuple[str, str]]
"""path → (the name of the block it is in, the value as text)"""


def plan_diff(before: Plan, after: Plan) -> pd.DataFrame:
    """What differs, in the order of the plan: 变化 is 改, 增 or 删.

    A block that is only in one of the plans is one row with its gist.

    >>> from hecha.plan import load_plan
    >>> plan = load_plan("params/xian2023")
    >>> len(plan_diff(plan, plan))
    0
    """
    rows = [row for part in Plan.model_fields if part not in _UNSAID
            for row in _part(part, getattr(before, part), getattr(after, part), before, after)]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=str)


def _part(part: str, old: Any, new: Any, before: Plan, after: Plan) -> Iterator[tuple[str, ...]]:
    first, second = _blocks(part, old), _blocks(part, new)
    for key in [*first, *(k for k in second if k not in first)]:
        path = f"{part}.{key}" if key else part
        one, two = first.get(key), second.get(key)
        if one is None or two is None:
            kind, block = ("增", two) if one is None else ("删", one)
            gist = _gist(block, after if one is None else before)
            yield (kind, _PARTS[part], _name(block), path, *(("", gist) if one is None else (gist, "")))
            continue
        yield from _values(part, path, one, two)


def _blocks(part: str, value: Any) -> dict[str, Any]:
    """The blocks of a part by name; a part that is one block is its only one."""
    if isinstance(value, tuple):
        return {_key(block, place): block for place, block in enumerate(value)}
    if isinstance(value, dict):
        return {key: {"": text} for key, text in value.items()}
    return {"": value} if value is not None else {}


def _key(block: Any, place: int) -> str:
    if isinstance(block, Item):
        return f"{block.sheet}.{block.code}"
    named = next((getattr(block, n) for n in _NAMES if getattr(block, n, None)), None)
    if named is not None:
        return str(named)
    grades = getattr(block, "grades", None)
    if grades is not None:
        return f"{'、'.join(grades)}{'有' if block.problem else '无'}突出问题"
    return str(getattr(block, "name", f"#{place}"))


def _name(block: Any) -> str:
    return str(getattr(block, "name", "") or getattr(block, "question", "")
               or getattr(block, "title", "") or getattr(block, "action", ""))


def _gist(block: Any, plan: Plan) -> str:
    """A whole block in a phrase: an item with its points and rule, else its name."""
    if isinstance(block, Item):
        return f"{plain(block.points)}分：{rule_sentence(block, plan)}"
    if isinstance(block, Block):
        return _name(block) or "有"
    return "；".join(map(str, block.values())) if isinstance(block, dict) else str(block)


def _values(part: str, path: str, one: Any, two: Any) -> Iterator[tuple[str, ...]]:
    first, second = dict(_flat("", one)), dict(_flat("", two))
    for key in [*first, *(k for k in second if k not in first)]:
        was, now = first.get(key, ""), second.get(key, "")
        if was != now:
            yield ("改", _PARTS[part], _name(two), f"{path}.{key}" if key else path, was, now)


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every single value under a block with its path, as text."""
    if isinstance(value, Block):
        inner = {n: getattr(value, n) for n in type(value).model_fields}
    elif isinstance(value, dict):
        inner = value
    elif isinstance(value, tuple | list) and any(isinstance(v, Block) for v in value):
        inner = {_key(v, n): v for n, v in enumerate(value)}
    else:
        yield path, _said(value) if value is None or not _is_share(path) else f"{plain(value * 100)}%"
        return
    for key, one in inner.items():
        yield from _flat(f"{path}.{key}" if path and key else path or str(key), one)


def _is_share(path: str) -> bool:
    """Weights are shares, and are read as percentages."""
    steps = path.split(".")
    return steps[-1] in ("weight", "share") or "parts" in steps[:-1]


def _said(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Fraction):
        return plain(value)
    if isinstance(value, tuple | list):
        return "、".join(map(_said, value))
    return value.isoformat() if isinstance(value, date) else str(value)


__all__ = ["COLUMNS", "plan_diff"]
