"""What is sound of a plan that has broken blocks, so that everything wrong is said at once.

A plan with a misspelt key can still be checked for sheets that do not total: the key
is left out and the checks run.  A block that cannot be read is left out too; then
whatever only fails because that block is missing is not said.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from hecha.plan.model import Plan
from hecha.plan.strict_yaml import Route

Finding = tuple[str, str, str, str, str]
_HANG_TOGETHER = ("sheet_total", "item_total", "weights", "bands", "consequence", "expression",
                  "unknown_name", "no_such_path", "reading_value")


@dataclass(frozen=True)
class Lost:
    """The top-level parts of a plan in which a block had to be left out."""

    parts: frozenset[str] = frozenset()


def part(tree: dict, error: ValidationError) -> tuple[Plan | None, Lost]:
    """The plan without its misspelt keys and unreadable list blocks, if one is left."""
    pruned, lost = copy.deepcopy(tree), set()
    keys = [f["loc"] for f in error.errors() if f["type"] == "extra_forbidden"]
    for loc in keys:
        _drop_key(pruned, loc)
    for _ in range(2):
        try:
            return Plan.model_validate(pruned), Lost(frozenset(lost))
        except ValidationError as again:
            broken = {f["loc"][:2] for f in again.errors()}
        lost |= {str(loc[0]) for loc in broken}
        _drop_blocks(pruned, broken)
    return None, Lost()


def _drop_key(tree: object, loc: Route) -> None:
    inner = tree
    for key in loc[:-1]:
        if (isinstance(inner, dict) and key in inner) or (
                isinstance(inner, list) and isinstance(key, int)):
            inner = inner[key]  # type: ignore[index]
    if isinstance(inner, dict):
        inner.pop(loc[-1], None)


def _drop_blocks(tree: dict, broken: Iterable[Route]) -> None:
    gone = {loc for loc in broken if len(loc) == 2 and isinstance(loc[1], int)}
    for name in {str(loc[0]) for loc in gone}:
        tree[name] = [b for i, b in enumerate(tree[name]) if (name, i) not in gone]


def beyond(findings: Iterable[Finding], lost: Lost) -> Iterator[Finding]:
    """The findings that hold whatever was lost: those that hang on a lost block are left out."""
    for finding in findings:
        if not lost.parts or finding[1] not in _HANG_TOGETHER:
            yield finding
