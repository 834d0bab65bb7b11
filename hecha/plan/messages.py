"""What a strict plan says when it refuses: pydantic's findings in plain Chinese.

The shape of a plan is checked by pydantic; its English findings are turned here
into one line each, with the file and line where the value stands and what would
have been allowed.  A name in a message is a path that can be used as it stands in
`set:` (`items.T-A1-1.points`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from types import NoneType

from pydantic import BaseModel, ValidationError

from hecha.plan.blocks import Cited
from hecha.plan.strict_yaml import Route, Source
from hecha.problems import Problems

SHOWN = 20
"""So many allowed names are listed; more are counted."""


@dataclass(frozen=True)
class Said:
    """One finding in words: the value's route, what is wrong, what stood there, what may."""

    route: Route
    kind: str
    text: str
    found: str = ""
    allowed: tuple[str, ...] = ()
    at: Route | None = None
    """Where it stands, if that is more exact than the value's route."""
    choice: bool = False
    """True where the value may be of several shapes, this being what one of them says."""


def explain(error: ValidationError, source: Source, model: type[BaseModel],
            problems: Problems) -> None:
    """Turn every finding of a ValidationError into a located problem."""
    said = [_say(finding, source.value, model) for finding in error.errors()]
    for one in _choices(_without_echoes(said)):
        name = path_of(one.route, source.value)
        problems.error(source.place(one.at or one.route), one.kind, _sentence(name, one.text),
                       found=one.found, expected=listed(one.allowed))


def _sentence(name: str, text: str) -> str:
    if not name:
        return text
    if text.startswith("不认识的键"):
        return f"“{name}”里有{text}"
    return f"“{name}”{text}" if text[0] in "应不缺" else f"“{name}”：{text}"


def _without_echoes(said: list[Said]) -> Iterator[Said]:
    """Leave out what only repeats another finding: a key missed because it is misspelt."""
    meant = {(s.route, _closest(s.found, s.allowed)) for s in said if s.kind == "extra_forbidden"}
    for one in said:
        if one.kind == "missing" and (one.route, one.found) in meant:
            continue
        if one.kind == "extra_forbidden":
            hint = maybe(one.found, one.allowed)
            yield replace(one, text=f"{one.text}{hint}", found="")
        elif one.kind == "missing":
            yield replace(one, found="")
        elif one.kind != "echo":
            yield one


def _choices(said: Iterable[Said]) -> Iterator[Said]:
    """Findings of the several shapes of one value, joined by 或."""
    waiting: Said | None = None
    for one in said:
        if waiting and one.choice and one.route == waiting.route:
            waiting = replace(waiting, text=f"{waiting.text}，或{one.text}",
                              allowed=(*waiting.allowed, *one.allowed))
            continue
        if waiting:
            yield waiting
        waiting = one if one.choice else None
        if waiting is None:
            yield one
    if waiting:
        yield waiting


def _say(finding: dict, tree: object, model: type[BaseModel]) -> Said:
    route = _real(finding["loc"], tree)
    kind, context, value = finding["type"], finding.get("ctx", {}), finding.get("input")
    last = str(finding["loc"][-1]) if finding["loc"] else ""
    blocks = _blocks_at(finding["loc"], model)
    choice = last.startswith("function-") or any(last == b.__name__ for b in blocks)
    if kind == "missing" and isinstance(value, dict):
        return Said(route, kind, f"缺少“{last}”", last)
    if kind == "missing":
        return Said(route, kind, f"少了第{int(last) + 1}个值，应为一对数 [下限, 上限]")
    if kind == "extra_forbidden":
        return Said(route[:-1], kind, f"不认识的键“{last}”", last, _keys(finding["loc"], model),
                    at=route)
    if kind == "literal_error":
        return Said(route, kind, "不是允许的取值", typed(value), _quoted(context["expected"]))
    if kind == "union_tag_invalid":
        return Said((*route, "kind"), kind, "不是允许的计分方式", str(context["tag"]),
                    _quoted(context["expected_tags"]))
    if kind == "union_tag_not_found":
        return Said(route, kind, "缺少“kind”（计分方式）", "", tuple(_kinds(blocks)))
    if kind == "too_short":
        return Said(route, "echo" if value else kind, "不能为空")
    if kind == "value_error":
        shape = blocks and _wrong_shape(value, last)
        return Said(route, "echo" if shape else kind, str(context["error"]), typed(value),
                    choice=choice)
    if choice and kind == "model_type":
        inside = ", ".join(f"{name}: …" for name in _names(blocks))
        return Said(route, kind, f"写成 {{{inside}}}", typed(value), choice=True)
    kinds = tuple(_kinds(blocks))
    keys = () if kinds else _names(blocks) if kind == "model_type" else ()
    shape = "应为若干“键: 值”，先写 kind（计分方式）" if kinds else _SHAPES.get(kind, "的写法不对")
    return Said(route, kind, shape, typed(value), kinds or keys)


def _wrong_shape(value: object, tag: str) -> bool:
    """A mapping is never meant as the plain number of a choice: the block's findings count."""
    return isinstance(value, dict) and bool(value) and tag.startswith("function-")


_SHAPES = {
    "tuple_type": "应为列表（[甲, 乙]，或以“- ”开头的若干行）",
    "too_long": "应为一对数 [下限, 上限]",
    "dict_type": "应为若干“键: 值”", "model_type": "应为若干“键: 值”",
}


def _quoted(text: str) -> tuple[str, ...]:
    return tuple(text.split("'")[1::2])


def _real(loc: Route, value: object) -> Route:
    """pydantic's location without the tags it adds for unions."""
    route: list = []
    for key in loc:
        if isinstance(value, dict) and key in value or (
                isinstance(value, list) and isinstance(key, int) and key < len(value)):
            value = value[key]
            route.append(key)
    return tuple(route)


def path_of(route: Route, tree: object) -> str:
    """A route as a path with names instead of positions.

    >>> path_of(("items", 0, "points"), {"items": [{"code": "T-A1-1", "points": -1}]})
    'items.T-A1-1.points'
    """
    steps: list[str] = []
    for key in route:
        inner = tree[key] if _has(tree, key) else None  # type: ignore[index]
        steps.append(_step_name(key, inner))
        tree = inner
    return ".".join(steps)


def _has(tree: object, key: object) -> bool:
    if isinstance(tree, dict):
        return key in tree
    return isinstance(tree, list) and isinstance(key, int) and key < len(tree)


def _step_name(key: object, inner: object) -> str:
    if not isinstance(key, int):
        return str(key)
    named = inner if isinstance(inner, dict) else {}
    found = [named[n] for n in ("id", "code", "key", "name") if isinstance(named.get(n), str)]
    return found[0] if found else f"#{key}"


def _keys(loc: Route, model: type[BaseModel]) -> tuple[str, ...]:
    own = ("based_on", "set") if len(loc) == 1 else ()
    return (*_names(_blocks_at(loc[:-1], model)), *own)


def _names(blocks: Iterable[type[BaseModel]]) -> tuple[str, ...]:
    names = dict.fromkeys(f.alias or n for b in blocks for n, f in b.model_fields.items()
                          if n != "decisions")
    return tuple(sorted(names, key=lambda name: name in Cited.model_fields))


def _kinds(blocks: Iterable[type[BaseModel]]) -> Iterator[str]:
    for block in blocks:
        if "kind" in block.model_fields:
            yield block.model_fields["kind"].annotation.__args__[0]


def _blocks_at(loc: Route, model: type[BaseModel]) -> list[type[BaseModel]]:
    """The blocks that may stand at a location; a union's tag picks one of them."""
    here = [model]
    for key in loc:
        fields = [b.model_fields[str(key)] for b in here if str(key) in b.model_fields]
        aliased = [f for b in here for f in b.model_fields.values() if f.alias == key]
        if fields or aliased:
            here = [m for f in fields or aliased for m in _models(f.annotation)]
        else:
            here = [b for b in here if key in (b.__name__, *_kinds([b]))] or here
    return here


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)


def nearest(name: str, allowed: Iterable[str]) -> str:
    """«是不是“…”？» for a misspelt name, else nothing.

    >>> nearest("pionts", ["points", "name"])
    '是不是“points”？'
    """
    close = _closest(name, allowed)
    return f"是不是“{close}”？" if close else ""


def maybe(name: str, allowed: Iterable[str]) -> str:
    """As nearest, in brackets, to follow a name in a message.

    >>> maybe("B-1", ["A-01", "B-01"])
    '（是不是“B-01”？）'
    """
    hint = nearest(name, allowed)
    return f"（{hint}）" if hint else ""


def _closest(name: str, allowed: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(allowed), n=1)
    return close[0] if close else ""


def listed(names: Iterable[str]) -> str:
    """Names in one line; of many, the first and how many there are.

    >>> listed(["好", "较好"])
    '好、较好'
    >>> listed(map(str, range(50)))
    '0、1、2、3、4、5、6、7、8、9、10、11、12、13、14、15、16、17、18、19…（共50个）'
    """
    names = list(names)
    line = "、".join(names[:SHOWN if len(names) > SHOWN + 3 else len(names)])
    return line if len(names) <= SHOWN + 3 else f"{line}…（共{len(names)}个）"


def typed(value: object) -> str:
    """A value as it stands in the file; a list or block is not repeated.

    >>> typed(True), typed(None), typed("60"), typed({"a": 1})
    ('true', 'null', '60', '')
    """
    if isinstance(value, bool | NoneType):
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, list | tuple | dict):
        return ""
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
