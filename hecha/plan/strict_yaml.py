"""YAML read strictly: no key twice, no float, every value with its line.

A plan is law turned into data, so its file may not be read with goodwill.  The
text becomes plain Python (dict, list, str, int, Decimal, bool, None) and, beside
it, a map from each path to the line where it stands, so that every later problem
can say where.  `yes`, `off` and dates stay text; `0.5` is a Decimal, exactly.
References (`&` `*`) and tags (`!`) are refused: what is written is all there is.
This is the only module that imports yaml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import yaml

from hecha.problems import Place, Problems

Key = str | int
Route = tuple[Key, ...]

_INT = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[+-]?[0-9]+\.[0-9]+")
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True)
class Source:
    """Plain values and where each one stands: `lines[route] = (file, line)`."""

    value: object
    lines: dict[Route, tuple[str, int]] = field(default_factory=dict)

    def place(self, route: Route) -> Place:
        """The place of a value, or of the nearest thing around it."""
        for end in range(len(route), -1, -1):
            if route[:end] in self.lines:
                file, line = self.lines[route[:end]]
                return Place(file, "", line)
        return Place()


def read_yaml(path: Path, shown: str, problems: Problems) -> Source:
    """Read one file; what is wrong with its form goes to `problems`.

    `shown` is the file's name as the reader knows it.  A file that is no YAML, or
    not UTF-8, gives an empty Source and an error with its line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problems.error(Place(shown), "encoding", "方案文件应存为 UTF-8")
        return Source({})
    return parse_yaml(text, shown, problems)


def parse_yaml(text: str, shown: str, problems: Problems) -> Source:
    """Parse YAML text strictly.

    >>> found = Problems()
    >>> parse_yaml("a: 0.10\\nb: [yes, 60%]\\n", "x.yaml", found).value
    {'a': Decimal('0.10'), 'b': ['yes', '60%']}
    >>> _ = parse_yaml("a: 1\\na: 2\\n", "x.yaml", found)
    >>> print(found)
    错误 x.yaml第2行：键“a”写了两次（第1行已有），只能留一个
    """
    try:
        node = _node(text)
    except _Indirect as place:
        problems.error(Place(shown, "", place.args[0]), "yaml",
                       "方案里不用锚点（&）、引用（*）和标签（!），请把内容写全，文字加引号")
        return Source({})
    except yaml.YAMLError as error:
        line, why = _fault(error, text.splitlines())
        problems.error(Place(shown, "", line), "yaml", f"不是有效的 YAML：{why}")
        return Source({})
    lines: dict[Route, tuple[str, int]] = {}
    value = _plain(node, (), shown, lines, problems) if node is not None else {}
    return Source(value, lines)


class _Indirect(Exception):
    """A reference or a tag, at this line."""


_FAST = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _node(text: str) -> yaml.Node | None:
    """The tree of nodes; where the fast parser stumbles the other one says why."""
    try:
        return _composed(text, _FAST)
    except yaml.YAMLError:
        return _composed(text, yaml.SafeLoader)


def _composed(text: str, loader: type) -> yaml.Node | None:
    for event in yaml.parse(text, Loader=loader):
        if _is_indirect(event):
            raise _Indirect(event.start_mark.line + 1)
    return yaml.compose(text, Loader=loader)


def _is_indirect(event: yaml.Event) -> bool:
    return bool(getattr(event, "anchor", None) or getattr(event, "tag", None))


_WIDE = re.compile(r"\s*(- )?[A-Za-z_]+：")
_FAULTS = (
    ("\\t", "缩进用了制表符（Tab），请改用空格"),
    ("mapping values are not allowed", "一行里有两个“: ”，或缩进不对；含冒号的文字请加引号"),
    ("expected <block end>", "缩进与上面的行没有对齐"),
    ("could not find expected ':'", "键的后面缺少冒号"),
    ("expected ',' or", "括号 [ ] { } 没有成对，或中间缺少逗号"),
    ("expected a single document", "一个文件只写一份，不用“---”分段"),
    ("cannot start any token", "文字以特殊符号开头，请加引号"),
    ("special characters", "有看不见的控制字符，请删去"),
)


def _fault(error: yaml.YAMLError, lines: list[str]) -> tuple[int, str]:
    """The line to look at and what is wrong there."""
    mark = getattr(error, "problem_mark", None)
    line = mark.line if mark else -1
    near = [n for n in (line - 1, line) if 0 <= n < len(lines)]
    wide = next((n for n in near if _WIDE.match(lines[n])), None)
    if wide is not None:
        return wide + 1, "冒号是全角的，请改用半角“:”，后面空一格"
    said = str(error)
    if "quoted scalar" in said and "end of stream" in said:
        return error.context_mark.line + 1, "从这里开始的引号没有成对"
    if "flow" in said and error.context_mark:
        line = error.context_mark.line
    return line + 1, next((why for sign, why in _FAULTS if sign in said), "检查缩进、冒号和引号")


def _plain(node: yaml.Node, route: Route, shown: str, lines: dict, problems: Problems) -> object:
    lines.setdefault(route, (shown, node.start_mark.line + 1))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, route, shown, lines, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*route, index), shown, lines, problems)
                for index, child in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, route: Route, shown: str, lines: dict,
             problems: Problems) -> dict:
    result: dict[str, object] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            problems.error(Place(shown, "", line), "yaml", "键应为文字或数字，不能是列表")
            continue
        key = key_node.value
        if key in result:
            first = lines[(*route, key)][1]
            problems.error(Place(shown, "", line), "duplicate_key",
                           f"键“{key}”写了两次（第{first}行已有），只能留一个")
            continue
        lines[(*route, key)] = (shown, line)
        result[key] = _plain(value_node, (*route, key), shown, lines, problems)
    return result


def _scalar(node: yaml.ScalarNode) -> object:
    text = node.value
    if node.style:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INT.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text


def dump_yaml(value: object) -> str:
    """Plain values as YAML text that :func:`parse_yaml` reads back the same.

    >>> print(dump_yaml({"set": {"items.T-A1-1.points": Decimal("8.5")}}), end="")
    set:
      items.T-A1-1.points: 8.5
    """
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


class _Dumper(yaml.SafeDumper):
    """Decimals are written as the digits they are; nothing is written by reference."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _digits(value: Decimal) -> str:
    text = format(value, "f")
    return text if "." in text else f"{text}.0"


_Dumper.add_representer(Decimal, lambda dumper, value: dumper.represent_scalar(
    "tag:yaml.org,2002:float", _digits(value)))
_Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar(
    "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None))
