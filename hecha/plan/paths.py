"""Paths into a plan: `figures.year_end.parts.village_mean`, `items.T-A1-1.points`.

A list of blocks is walked by the block's own name (its `id`, `code`, `key` or
`name`; `#0` is its position), so that a path says what it means and survives a
reordering.  Readings,
county parameters and saved states all speak in these paths.
"""

from __future__ import annotations

import copy

from hecha.plan.strict_yaml import Route

_NAMES = ("id", "code", "key", "name")


class NoSuchPath(LookupError):
    """The path leads nowhere; carries the step that failed and what is there."""

    def __init__(self, path: str, step: str, there: list[str]) -> None:
        self.path, self.step, self.there = path, step, there
        super().__init__(f"路径“{path}”中没有“{step}”")


def route_of(tree: object, path: str) -> Route:
    """The route (keys and list positions) of a path.

    >>> route_of({"items": [{"code": "T-A1-1", "points": 8}]}, "items.T-A1-1.points")
    ('items', 0, 'points')
    """
    route: list[str | int] = []
    for step in path.split("."):
        tree, key = _step(tree, step, path)
        route.append(key)
    return tuple(route)


def route_for(tree: object, path: str) -> Route:
    """As route_of, but the last step may be a key that the block does not write yet.

    >>> route_for({"rule": {"kind": "binary"}}, "rule.cap")
    ('rule', 'cap')
    """
    before, _, last = path.rpartition(".")
    try:
        return route_of(tree, path)
    except NoSuchPath:
        block = tree if not before else get_if_there(tree, before)
        if not isinstance(block, dict) or last in block:
            raise
        return (*(route_of(tree, before) if before else ()), last)


def get_if_there(tree: object, path: str) -> object:
    """The value at a path, None where the path leads nowhere."""
    try:
        return get(tree, path)
    except NoSuchPath:
        return None


def _step(tree: object, step: str, path: str) -> tuple[object, str | int]:
    if isinstance(tree, dict) and step in tree:
        return tree[step], step
    if isinstance(tree, list):
        if step.startswith("#") and step[1:].isdigit() and int(step[1:]) < len(tree):
            return tree[int(step[1:])], int(step[1:])
        for index, block in enumerate(tree):
            if step in _names(block):
                return block, index
        raise NoSuchPath(path, step, [n for block in tree for n in _names(block)[:1]])
    raise NoSuchPath(path, step, list(tree) if isinstance(tree, dict) else [])


def _names(block: object) -> list[str]:
    if not isinstance(block, dict):
        return [str(block)]
    return [str(block[name]) for name in _NAMES if name in block]


def get(tree: object, path: str) -> object:
    """The value at a path.

    >>> get({"a": {"b": 3}}, "a.b")
    3
    """
    for key in route_of(tree, path):
        tree = tree[key]  # type: ignore[index]
    return tree


def put(tree: object, path: str, value: object) -> object:
    """A copy of the tree with the value at a path replaced or added; the tree is untouched.

    >>> put({"a": {"b": 3}}, "a.b", 4), put({"a": {}}, "a.b", 4)
    ({'a': {'b': 4}}, {'a': {'b': 4}})
    """
    route = route_for(tree, path)
    changed = copy.deepcopy(tree)
    inner = changed
    for key in route[:-1]:
        inner = inner[key]  # type: ignore[index]
    inner[route[-1]] = value  # type: ignore[index]
    return changed
