"""A county's own answers, laid over a plan.

The county hands in a table of keys and values (核查方案参数).  The plan says which
keys it knows and where each one goes, so that a value is checked by the same strict
loader as the plan itself and every report can list what the county decided and
where it is written down (clause 十).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from hecha.plan import paths
from hecha.plan.messages import listed, maybe
from hecha.plan.strict_yaml import Route, Source
from hecha.points import NotANumber, narrow, number, plain, whole, yes
from hecha.problems import Place, Problems


@dataclass(frozen=True)
class Parameter:
    """One row of a county's table: key, value as typed, and where it stands."""

    key: str
    value: str
    place: Place


def lay_over(source: Source, given: Iterable[Parameter], problems: Problems) -> Source:
    """The plan's tree with a county's values set, and the list of those decisions.

    Unknown keys, values that cannot be read, and keys given twice are errors at
    their line.  Decisions go to the tree's `decisions`, so that they are told.
    """
    choices = {str(c.get("key")): c for c in source.value.get("parameters") or ()
               if isinstance(c, dict)}
    seen: set[str] = set()
    for parameter in given:
        if parameter.key in seen:
            problems.error(parameter.place, "duplicate_key",
                           f"参数“{parameter.key}”写了两次，只能留一个")
        elif parameter.key not in choices:
            hint = maybe(parameter.key, choices)
            problems.error(parameter.place, "unknown_parameter",
                           f"方案没有“{parameter.key}”这个参数{hint}", expected=listed(choices))
        else:
            source = _set(source, choices[parameter.key], parameter, problems)
        seen.add(parameter.key)
    return source


def _set(source: Source, choice: Mapping, parameter: Parameter, problems: Problems) -> Source:
    try:
        values = convert(choice, parameter.value)
        _all_bands(source.value, choice, values)
    except (NotANumber, ValueError) as error:
        problems.error(parameter.place, "bad_parameter", f"参数“{parameter.key}”：{error}",
                       found=parameter.value)
        return source
    for path, value in values.items():
        source = set_value(source, path, value, parameter, str(choice.get("name", "")), problems)
    return source


def set_value(source: Source, path: str, value: object, parameter: Parameter, name: str,
              problems: Problems) -> Source:
    """One value set at a path; the decision is recorded where the value differs."""
    try:
        route = paths.route_for(source.value, path)
    except paths.NoSuchPath as error:
        problems.error(parameter.place, "no_such_path",
                       f"{error}{maybe(error.step, error.there)}", expected=listed(error.there))
        return source
    was = _at(source.value, route)
    tree = paths.put(source.value, path, value)
    if was != value:
        decision = {"key": parameter.key, "name": name, "path": path, "value": _kept(value), "was": _kept(was),
                    "file": parameter.place.file, "line": parameter.place.row}
        tree["decisions"] = [*tree.get("decisions", []), decision]
    lines: dict[Route, tuple[str, int]] = dict(source.lines)
    lines[route] = (parameter.place.file, parameter.place.row)
    return Source(tree, lines)


def _at(tree: object, route: Route) -> object:
    for key in route:
        tree = tree.get(key) if isinstance(tree, dict) else tree[key]  # type: ignore[index]
    return tree


def _kept(value: object) -> object:
    """A value as it is told and kept: a decimal as its digits."""
    return plain(value) if isinstance(value, Decimal) else value


def convert(choice: Mapping, typed: str) -> dict[str, object]:
    """The paths a parameter sets and their values, from the text that was typed.

    >>> convert({"sets": "figures.year_end.parts.town", "as": "percent"}, "60%")
    {'figures.year_end.parts.town': '60%'}
    >>> convert({"sets": "sample.exit", "as": "years"}, "2018-2023")
    {'sample.exit_from': 2018, 'sample.exit_to': 2023}
    """
    path, how, text = choice.get("sets"), choice.get("as", "text"), narrow(typed)
    if how == "years":
        first, _, last = text.partition("-")
        return {f"{path}_from": whole(first), f"{path}_to": whole(last or first)}
    if how == "bands":
        return _bands(str(path), text)
    value = _value(how, text, choice)
    return {str(path): value} if path else {}


def _value(how: str, text: str, choice: Mapping) -> object:
    if how == "number":
        found = number(text)
        return int(found) if found == found.to_integral_value() else found
    if how == "days":
        return whole(text)
    if how == "percent":
        return f"{plain(number(text.removesuffix('%')))}%"
    if how == "yes_no":
        return yes(text)
    if how == "list":
        return [part.strip() for part in text.replace(",", "、").split("、") if part.strip()]
    if how in ("map", "same"):
        return _mapped(text, choice.get("map", {}))
    return text


def _mapped(text: str, known: Mapping) -> object:
    if text not in known:
        raise ValueError(f"只认得：{'、'.join(map(str, known))}")
    return known[text]


def _all_bands(tree: object, choice: Mapping, values: Mapping) -> None:
    """90/80 for four grades would leave the third line where it was: refused."""
    if choice.get("as") != "bands":
        return
    needed = len(paths.get(tree, str(choice["sets"]))) - 1  # type: ignore[arg-type]
    if len(values) != 2 * needed:
        raise ValueError(f"应写{needed}个界限，从高到低，用“/”隔开")


def _bands(path: str, text: str) -> dict[str, object]:
    """«90/80/60» sets the lower bound of each grade and closes the one below it."""
    values: dict[str, object] = {}
    for index, bound in enumerate(number(part) for part in text.split("/")):
        exact = int(bound) if bound == bound.to_integral_value() else Decimal(bound)
        values[f"{path}.#{index}.at_least"] = exact
        values[f"{path}.#{index + 1}.below"] = exact
    return values
