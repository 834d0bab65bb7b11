"""The plan's small language in other tongues: spreadsheet formulas and XLSForm expressions.

A plan says once which households an item counts and how an income is made; the engine
that counts, the workbook and the phone must all mean the same.  The tree is that of
:mod:`hecha.plan.expressions`, so what the plan's loader refused never comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hecha.plan import expressions

_SIGNS = {"eq": "=", "neq": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=",
          "add": "+", "sub": "-", "mul": "*"}


def spreadsheet(text: str, refs: Mapping[str, str], conditions: Mapping[str, str]) -> str:
    """The expression as a formula; `refs` gives each column's cell.

    >>> spreadsheet("not dry or wages > 5", {"water": "C2", "wages": "D2"},
    ...             {"dry": "water = '不达标'"})
    'OR(NOT((C2="不达标")),(D2>5))'
    """
    return _told(_tree(text, conditions), refs, _SPREADSHEET)


def xlsform(text: str, refs: Mapping[str, str], conditions: Mapping[str, str]) -> str:
    """The expression for an XLSForm.

    >>> xlsform("greatest(students_due - students_served, 0)", {"students_due": "${d}",
    ...         "students_served": "${s}"}, {})
    'if((${d} - ${s}) > 0, (${d} - ${s}), 0)'
    """
    return _told(_tree(text, conditions), refs, _XLSFORM)


def _tree(text: str, conditions: Mapping[str, str]):
    return expressions.parse(expressions.render(text, conditions))


Tongue = Mapping[str, Callable]


def _told(node, refs: Mapping[str, str], tongue: Tongue) -> str:
    def inner(one) -> str:
        return _told(one, refs, tongue)

    if node.key == "column":
        return refs[node.name]
    if node.key == "paren":
        return inner(node.this)
    if node.key == "literal":
        return f'"{node.this}"' if node.is_string else str(node.this)
    if node.key in ("greatest", "least"):
        return tongue[node.key]([inner(one) for one in (node.this, *node.expressions)])
    if node.key == "in":
        return tongue["or"]([tongue["sign"]("eq", inner(node.this), inner(one))
                             for one in node.expressions])
    if node.key in ("and", "or"):
        return tongue[node.key]([inner(node.left), inner(node.right)])
    if node.key in ("not", "neg"):
        return tongue[node.key](inner(node.this))
    if node.key == "boolean":
        return tongue["true" if node.this else "false"]()
    return tongue["sign"](node.key, inner(node.left), inner(node.right))


def _extreme(sign: str) -> Callable[[list[str]], str]:
    def told(values: list[str]) -> str:
        first, *others = values
        for other in others:
            first = f"if({first} {sign} {other}, {first}, {other})"
        return first

    return told


_SPREADSHEET: Tongue = {
    "and": lambda parts: f"AND({','.join(parts)})", "or": lambda parts: f"OR({','.join(parts)})",
    "not": lambda part: f"NOT({part})", "neg": lambda part: f"(-{part})",
    "greatest": lambda parts: f"MAX({','.join(parts)})",
    "least": lambda parts: f"MIN({','.join(parts)})",
    "true": lambda: "TRUE", "false": lambda: "FALSE",
    "sign": lambda key, one, two: f"({one}{_SIGNS[key]}{two})",
}
_XLSFORM: Tongue = {
    "and": lambda parts: f"({' and '.join(parts)})", "or": lambda parts: f"({' or '.join(parts)})",
    "not": lambda part: f"not({part})", "neg": lambda part: f"(0 - {part})",
    "greatest": _extreme(">"), "least": _extreme("<"),
    "true": lambda: "true()", "false": lambda: "false()",
    "sign": lambda key, one, two: f"({one} {'!=' if key == 'neq' else _SIGNS[key]} {two})",
}
