"""What a household condition can say: the columns it may name, and a quick look at one.

The language is that of :mod:`hecha.plan.expressions`, whose parser is the judge and is only
loaded for what it must judge: a condition that :func:`plainly` understands at once is right
by construction, anything else goes to the judge.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from itertools import pairwise

MONEY_COLUMNS = (
    "wages", "business_income", "business_costs", "depreciation", "production_tax",
    "production_subsidy", "property_income", "property_outlay", "transfer_income", "pension",
    "transfer_outlay", "imputed_rent", "excluded_income", "self_income",
)
SIGNED_COLUMNS = ("wages", "self_income")  # the others are never below zero
COUNT_COLUMNS = (
    "members", "students_due", "students_served", "dibao_due", "dibao_served", "pension_due",
    "pension_served", "insured", "able_workers", "willing_workers", "employed_workers",
    "handbook_errors", "inconsistencies",
)
TEXT_COLUMNS = ("food", "clothing", "education", "medical", "housing", "water")
TEXT_VALUES = {**dict.fromkeys(TEXT_COLUMNS, ("达标", "不达标", "不适用")), "housing": ("A", "B", "C", "D")}
FLAG_COLUMNS = ("industry_measure", "effective_measure", "wrongly_identified", "disabled")
MADE_COLUMNS = ("business_surplus", "business_net", "counted_transfers", "counted_rent",
                "income_total", "income_standard")
COLUMNS = (*MONEY_COLUMNS, *COUNT_COLUMNS, *TEXT_COLUMNS, *FLAG_COLUMNS, *MADE_COLUMNS)

KINDS = {"flag": "条件（是或否）", "number": "数", "text": "文字"}


_TOKEN = re.compile(r"'[^'\\]*'|<>|<=|>=|!=|=|[^'<>=!]+|[<>!]")
_DOUBTFUL = re.compile(r"""[\\"#]|==|'\s*'|\b\d+[^\W\d]|\b0\d|\d\.""")
_AS_PYTHON = {"<>": "!=", "=": "=="}
_COMPARED = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)


class BadExpression(ValueError):
    """The text is not of the language; the message says what is, in Chinese."""


def plainly(text: str, names: Collection[str]) -> str:
    """The kind of an expression that is plainly right; blank where the judge must look.

    >>> plainly("water = '不达标' and members > 1", COLUMNS), plainly("watr = 1", COLUMNS)
    ('flag', '')
    """
    if not text.isprintable() or _DOUBTFUL.search(text):
        return ""
    tokens = _TOKEN.findall(text)
    if any(b[0] == "'" and (a[-1].isalnum() or a[-1] == "_") for a, b in pairwise(tokens)):
        return ""  # a letter before a quotation mark means something of its own
    python = "".join(_AS_PYTHON.get(t, t) for t in tokens)
    try:
        return _kind(ast.parse(python.strip(), mode="eval").body, names)
    except (SyntaxError, ValueError, RecursionError):
        return ""


def _kind(node: ast.expr, names: Collection[str]) -> str:
    """flag, number, text; blank for anything not plainly right."""
    match node:
        case ast.Constant(value=str()):
            return "text"
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return "number"
        case ast.Name(id="true" | "false"):
            return "flag"
        case ast.Name(id=name) if name in names:
            return column_kind(name)
        case ast.BoolOp(values=parts):
            return "flag" if all(_kind(p, names) == "flag" for p in parts) else ""
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return "flag" if _kind(part, names) == "flag" else ""
        case ast.UnaryOp(op=ast.USub(), operand=part):
            return "number" if _kind(part, names) == "number" else ""
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult(), right=right):
            return "number" if _kind(left, names) == _kind(right, names) == "number" else ""
        case ast.Call(func=ast.Name(id="greatest" | "least"), args=parts, keywords=[]) if parts:
            return "number" if all(_kind(p, names) == "number" for p in parts) else ""
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _compared(left, op, right, names)
    return ""


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, names: Collection[str]) -> str:
    kind = _kind(left, names)
    if isinstance(op, _COMPARED):
        return "flag" if kind and kind == _kind(right, names) else ""
    if isinstance(op, ast.In | ast.NotIn) and isinstance(right, ast.Tuple) and right.elts:
        alike = all(isinstance(e, ast.Constant) and _kind(e, names) == kind for e in right.elts)
        return "flag" if kind and alike else ""
    return ""


def column_kind(name: str) -> str:
    """The kind of a column, or of a condition of the plan, which is a flag."""
    if name in TEXT_COLUMNS:
        return "text"
    return "number" if name in COLUMNS and name not in FLAG_COLUMNS else "flag"
