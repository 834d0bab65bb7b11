"""The small language of household conditions: compare, add, and nothing else.

A plan says which households or persons an item counts («housing in ('C', 'D')»,
«greatest(students_due - students_served, 0)»).  Such a text is data, never code:
sqlglot parses it, every node must be on the list below, every name must be a column
of the household form or a condition of the plan, and only then is it rendered for
the engine that counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import sqlglot
from sqlglot import exp

from hecha.plan.messages import maybe
from hecha.plan.sayable import COLUMNS, KINDS, BadExpression, column_kind

_ALLOWED = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.And, exp.Or, exp.Not, exp.Paren,
    exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Add, exp.Sub, exp.Mul, exp.Neg,
    exp.Greatest, exp.Least,
)


def parse(text: str, names: Iterable[str] = COLUMNS) -> exp.Expression:
    """The checked tree of an expression.

    >>> parse("water = '不达标'").sql()
    "water = '不达标'"
    >>> parse("watr = 1")
    Traceback (most recent call last):
    hecha.plan.sayable.BadExpression: 没有“watr”这一列或条件（是不是“water”？）
    """
    try:
        tree = sqlglot.parse_one(text, dialect="duckdb")
    except sqlglot.errors.SqlglotError:
        raise BadExpression("算式写得不完整或有错字") from None
    known = set(names)
    for node in tree.walk():
        if not isinstance(node, _ALLOWED):
            raise BadExpression(f"算式里不能用“{node.sql()}”，只能比较、加减乘，用 and、or、not 连接")
        if isinstance(node, exp.Column) and (node.table or node.name not in known):
            raise BadExpression(f"没有“{node.sql()}”这一列或条件{maybe(node.name, known)}")
    return tree


def kind_of(node: exp.Expression) -> str:
    """Whether a checked tree gives a flag, a number or a text; unlike things do not compare.

    >>> kind_of(parse("water = '不达标' and members > 1")), kind_of(parse("members * 2"))
    ('flag', 'number')
    """
    if isinstance(node, exp.Paren | exp.Neg):
        return kind_of(node.this)
    if isinstance(node, exp.Column):
        return column_kind(node.name)
    if isinstance(node, exp.Literal):
        return "text" if node.is_string else "number"
    if isinstance(node, exp.Boolean):
        return "flag"
    parts = [n for n in node.iter_expressions()]
    wanted = _WANTED.get(type(node)) or kind_of(parts[0])
    for part in parts:
        if kind_of(part) != wanted:
            raise BadExpression(f"“{part.sql()}”应是{KINDS[wanted]}")
    return "number" if type(node) in _NUMBERS else "flag"


_NUMBERS = {exp.Add: "number", exp.Sub: "number", exp.Mul: "number", exp.Greatest: "number",
            exp.Least: "number"}
_WANTED = {**_NUMBERS, exp.And: "flag", exp.Or: "flag", exp.Not: "flag"}


def render(text: str, conditions: Mapping[str, str]) -> str:
    """The expression for the engine, with the plan's named conditions written out.

    >>> render("not dry", {"dry": "water = '不达标'"})
    "NOT (water = '不达标')"
    """
    return _rendered(text, tuple(conditions.items()))


@lru_cache(maxsize=4096)
def _rendered(text: str, named: tuple[tuple[str, str], ...]) -> str:
    conditions = dict(named)
    tree = parse(text, (*COLUMNS, *conditions))

    def inline(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and node.name in conditions:
            return exp.Paren(this=sqlglot.parse_one(render(conditions[node.name], {
                k: v for k, v in conditions.items() if k != node.name}), dialect="duckdb"))
        return node

    return tree.transform(inline).sql(dialect="duckdb")
