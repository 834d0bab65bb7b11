"""What a strict plan says when it refuses: pydantic's findings in plain Chinese.

The shape of a plan is checked by pydantic; its English findings are turned here
into one line each, with the file and line where the value stands and what would
have been allowed.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pydantic import BaseModel, ValidationError

from hecha.plan.strict_yaml import Route, Source
from hecha.problems import Problems


def explain(error: ValidationError, source: Source, model: type[BaseModel],
            problems: Problems) -> None:
    """Turn every finding of a ValidationError into a located problem."""
    for finding in error.errors():
        route = _real(finding["loc"], source.value)
        place = source.place(route)
        message, expected = _say(finding, route, model)
        found = "" if finding["type"] == "missing" else _short(finding.get("input"))
        problems.error(place, finding["type"], message, found=found, expected=expected)


def _real(loc: Route, value: object) -> Route:
    """pydantic's location without the tags it adds for unions."""
    route: list = []
    for key in loc:
        if isinstance(value, dict) and key in value or (
                isinstance(value, list) and isinstance(key, int) and key < len(value)):
            value = value[key]
            route.append(key)
    return tuple(route)


def _say(finding: dict, route: Route, model: type[BaseModel]) -> tuple[str, str]:
    name = ".".join(str(k) for k in finding["loc"])
    kind, context = finding["type"], finding.get("ctx", {})
    if kind == "missing":
        return f"缺少“{finding['loc'][-1]}”", ""
    if kind == "extra_forbidden":
        return f"不认识的键“{finding['loc'][-1]}”", _allowed_keys(finding, model)
    if kind == "literal_error":
        return f"“{name}”的取值不在允许范围", context.get("expected", "").replace(" or ", "、")
    if kind == "union_tag_invalid":
        return "不认识的计分方式（kind）", context.get("expected_tags", "")
    if kind == "union_tag_not_found":
        return f"“{name}”缺少计分方式（kind）", ""
    if kind in ("value_error", "assertion_error"):
        return f"“{name}”{str(context.get('error', finding['msg']))}", ""
    if kind == "too_short":
        return f"“{name}”不能为空", ""
    return f"“{name}”的写法不对", _TYPES.get(kind, finding["msg"])


_TYPES = {
    "int_type": "整数", "int_parsing": "整数", "bool_type": "true 或 false",
    "bool_parsing": "true 或 false", "tuple_type": "列表（- 开头的若干行）",
    "dict_type": "若干“键: 值”", "model_type": "若干“键: 值”", "string_type": "文字",
    "model_attributes_type": "若干“键: 值”",
}


def _allowed_keys(finding: dict, model: type[BaseModel]) -> str:
    here: type[BaseModel] | None = model
    for key in finding["loc"][:-1]:
        here = _inner(here, key) or here
    allowed = [f.alias or n for n, f in here.model_fields.items()] if here else []
    return f"{nearest(str(finding['loc'][-1]), allowed)}可用：{'、'.join(allowed)}"


def _inner(model: type[BaseModel] | None, key: object) -> type[BaseModel] | None:
    """The block inside a field, by the field's name or a union's tag."""
    if model is None:
        return None
    if isinstance(key, str) and key in model.model_fields:
        return next(iter(_models(model.model_fields[key].annotation)), None)
    return None


def _models(annotation: object) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _models(inner)


def nearest(name: str, allowed: Iterable[str]) -> str:
    """«是不是“…”？» for a misspelt name, else nothing.

    >>> nearest("pionts", ["points", "name"])
    '是不是“points”？'
    """
    close = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.6)
    return f"是不是“{close[0]}”？" if close else ""


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
