"""From a folder of params/ to a frozen Plan, or to everything that is wrong with it.

All `*.yaml` files of the folder make one tree; a top-level key stands in one file
only.  A folder may build on another (`based_on: NAME` and `set: {path: value}`), and
a county's parameter table may set what the plan lets it set.  An item that gives no
clause or quotation of its own stands on its heading's.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from hecha.plan import checks, paths, sound
from hecha.plan.messages import explain
from hecha.plan.model import Plan
from hecha.plan.parameters import Parameter, lay_over, set_value
from hecha.plan.strict_yaml import Source, read_yaml
from hecha.problems import Place, Problems


def load_plan(folder: str | Path, parameters: Iterable[Parameter] = ()) -> Plan:
    """The plan of a folder, with a county's parameters laid over it.

    Raises Refused with every problem at once: unknown or repeated keys, sheets that do
    not total, weights that are not 100 %, bands with a gap, quotations that do not stand
    in the text, assumed numbers without a reading.

    >>> plan = load_plan("params/xian2023")
    >>> plan.plan.title
    'XX县2023年乡村振兴工作成效核查方案'
    """
    problems = Problems()
    plan = read_plan(folder, parameters, problems)
    problems.raise_if_errors(f"方案“{Path(folder).name}”不能使用")
    assert plan is not None
    return plan


def read_plan(folder: str | Path, parameters: Iterable[Parameter],
              problems: Problems) -> Plan | None:
    """As load_plan, but problems are collected and None is returned where it has any."""
    folder = Path(folder)
    if not folder.is_dir():
        problems.error(Place(folder.name), "no_plan", "没有这个方案文件夹",
                       expected=_plans_beside(folder))
        return None
    source, changes = read_tree(folder, problems)
    if any(p.code in _UNREADABLE for p in problems.errors):
        return None
    source = lay_over(source, parameters, problems)
    for change in changes:
        source = set_value(source, *change, problems)
    source = with_citations(source)
    plan, lost = _validated(source, problems)
    if plan is not None:
        text = plan_text(folder, plan.plan.text)
        found = checks.findings(plan, source.value, text)
        for path, code, message, was, expected in sound.beyond(found, lost):
            problems.error(_place(source, path), code, message + _set_by(plan, path), found=was,
                           expected=expected)
    return plan if not problems.errors else None


def _set_by(plan: Plan, path: str) -> str:
    """Who set a value inside the block at fault, where it was not the plan itself."""
    inside = [d for d in plan.decisions if d.path.startswith(f"{path}.")]
    said = "、".join(f"{d.key}在{d.file}第{d.line}行" for d in inside)
    return f"（其中{said}另定）" if said else ""


_UNREADABLE = ("yaml", "encoding", "no_plan", "loop")


def _plans_beside(folder: Path) -> str:
    if not folder.parent.is_dir():
        return ""
    return "、".join(sorted(f.name for f in folder.parent.iterdir() if f.is_dir()))


Change = tuple[str, object, Parameter, str]
"""A value that `set` changes: its path, the value, where it stands, its name."""


def read_tree(folder: Path, problems: Problems,
              above: tuple[str, ...] = ()) -> tuple[Source, list[Change]]:
    """The folder's YAML files (on those of `based_on`) as one tree, and what `set` changes.

    The changes are made last, over the county's own parameters: who names such a plan
    wants to see what it would do.
    """
    own = _own_tree(folder, problems)
    base = own.value.pop("based_on", None)
    changes = own.value.pop("set", None) or {}
    if changes and (base is None or not isinstance(changes, dict)):
        said = ("set 只用于改动另一个方案，还要写 based_on" if base is None
                else "set 里应是若干“路径: 值”")
        problems.error(own.place(("set",)), "set", said)
    if base is None:
        return own, []
    if _leads_nowhere(folder, str(base), own.place(("based_on",)), above, problems):
        return own, []
    source, made = read_tree(folder.parent / str(base), problems, (*above, folder.name))
    for path, value in changes.items() if isinstance(changes, dict) else ():
        file, line = own.lines[("set", path)]
        given = Parameter(path, str(value), Place(file, "", line))
        made.append((path, value, given, ""))
    tree, lines = {**source.value, **own.value}, {**source.lines, **own.lines}
    return Source(tree, lines), made


def _leads_nowhere(folder: Path, base: str, place: Place, above: tuple[str, ...],
                   problems: Problems) -> bool:
    if base in (*above, folder.name):
        problems.error(place, "loop", f"based_on 绕成了圈：{'→'.join((*above, folder.name, base))}")
        return True
    if not (folder.parent / base).is_dir():
        problems.error(place, "no_plan", f"没有“{base}”这个方案文件夹",
                       expected=_plans_beside(folder))
        return True
    return False


def _own_tree(folder: Path, problems: Problems) -> Source:
    tree: dict[str, object] = {}
    lines: dict = {}
    for path in sorted(folder.glob("*.yaml")):
        shown = f"{folder.name}/{path.name}"
        part = read_yaml(path, shown, problems)
        if not isinstance(part.value, dict):
            problems.error(Place(shown, "", 1), "yaml",
                           "文件最外层应是若干“键: 值”（冒号用半角，后面空一格）")
            continue
        for key, value in part.value.items():
            if key == "decisions":
                problems.error(part.place((key,)), "extra_forbidden", f"不认识的键“{key}”")
            elif key in tree and not (isinstance(tree[key], list) and isinstance(value, list)):
                problems.error(part.place((key,)), "duplicate_key",
                               f"键“{key}”在另一个文件里已经写过（{_where(lines, key)}）")
            elif key in tree:
                _append(tree[key], value, key, part, lines)
            else:
                tree[key] = value
                lines |= {r: at for r, at in part.lines.items() if r[:1] == (key,)}
    lines.setdefault((), (folder.name, 0))
    return Source(tree, lines)


def _where(lines: dict, key: str) -> str:
    file, line = lines[(key,)]
    return f"{file}第{line}行"


def _append(rows: list, more: list, key: str, part: Source, lines: dict) -> None:
    """Lists of blocks may be spread over files (items-town.yaml, items-village.yaml)."""
    shift = len(rows)
    rows.extend(more)
    for route, at in part.lines.items():
        if route[:1] == (key,) and len(route) > 1:
            lines[(key, int(route[1]) + shift, *route[2:])] = at


def with_citations(source: Source) -> Source:
    """An item without clause or quote of its own stands on its heading's."""
    groups = {g.get("code"): g for g in source.value.get("groups", []) if isinstance(g, dict)}
    items = []
    for item in source.value.get("items", []):
        heading = groups.get(item.get("group"), _NO_HEADING) if isinstance(item, dict) else {}
        borrowed = {k: heading[k] for k in ("clause", "quote") if k in heading}
        items.append({**borrowed, **item} if isinstance(item, dict) else item)
    tree = {**source.value, "items": items} if "items" in source.value else source.value
    return Source(tree, source.lines)


_NO_HEADING = {"clause": ""}
"""For an item of an unknown heading, so that the heading is what is said to be missing."""


def _validated(source: Source, problems: Problems) -> tuple[Plan | None, sound.Lost]:
    """The plan, or what is sound of it and what was lost, so that all is said at once."""
    try:
        return Plan.model_validate(source.value), sound.Lost()
    except ValidationError as error:
        explain(error, source, Plan, problems)
        return sound.part(source.value, error)


def _place(source: Source, path: str) -> Place:
    """The place of a path, or of as much of it as there is."""
    steps = path.split(".")
    for end in range(len(steps), 0, -1):
        try:
            return source.place(paths.route_of(source.value, ".".join(steps[:end])))
        except paths.NoSuchPath:
            continue
    return source.place(())


def plan_text(folder: Path, name: str | None) -> str | None:
    """The words the plan is quoted from, its own or those of the plan it is based on.

    None where there is no such file.
    """
    if not name:
        return None
    if (folder / name).is_file():
        return (folder / name).read_text(encoding="utf-8-sig")
    base = _own_tree(folder, Problems()).value.get("based_on")
    return plan_text(folder.parent / str(base), name) if base else None
