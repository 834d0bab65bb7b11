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
_HANGS_ON = {"sheet_total": {"items", "sheets"}, "consequence": {"consequences"}}


@dataclass(frozen=True)
class Lost:
    """What had to be left out: the parts of the plan it was in, and its names.

    A block whose name itself cannot be read counts as "", any name.
    """

    parts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


def part(tree: dict, error: ValidationError) -> tuple[Plan | None, Lost]:
    """The plan without its misspelt keys and unreadable list blocks, if one is left."""
    pruned, lost = copy.deepcopy(tree), Lost()
    for finding in error.errors():
        if finding["type"] == "extra_forbidden":
            _drop_key(pruned, finding["loc"])
    for _ in range(2):
        try:
            return Plan.model_validate(pruned), lost
        except ValidationError as again:
            lost = _drop_blocks(pruned, {f["loc"][:2] for f in again.errors()})
    return None, Lost()


def _drop_key(tree: object, loc: Route) -> None:
    inner = tree
    for key in loc[:-1]:
        if (isinstance(inner, dict) and key in inner) or (
                isinstance(inner, list) and isinstance(key, int)):
            inner = inner[key]  # type: ignore[index]
    if isinstance(inner, dict):
        inner.pop(loc[-1], None)


def _drop_blocks(tree: dict, broken: Iterable[Route]) -> Lost:
    gone = {loc for loc in broken if len(loc) == 2 and isinstance(loc[1], int)}
    parts = {str(part) for part, _ in gone}
    names = {_name(tree[part][at]) for part, at in gone}
    for part in parts:
        tree[part] = [block for at, block in enumerate(tree[part]) if (part, at) not in gone]
    return Lost(frozenset(parts), frozenset(names))


def _name(block: object) -> str:
    named = block if isinstance(block, dict) else {}
    return next((named[k] for k in ("id", "code", "key") if isinstance(named.get(k), str)), "")


def beyond(findings: Iterable[Finding], lost: Lost) -> Iterator[Finding]:
    """The findings that hold whatever was lost: those that hang on a lost block are left out."""
    for finding in findings:
        if not _hangs(finding, lost):
            yield finding


def _hangs(finding: Finding, lost: Lost) -> bool:
    path, code, message, _, _ = finding
    if code == "unknown_name":
        return any(not name or f"“{name}”" in message for name in lost.names)
    if code == "reading_value":
        return path.split(".")[0] in lost.parts
    return bool(_HANGS_ON.get(code, set()) & lost.parts)
