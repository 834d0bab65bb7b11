"""What is written is what is read: exact numbers, and nothing by goodwill."""

from __future__ import annotations

import copy
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hecha.plan import paths
from hecha.plan.loader import read_tree, with_citations
from hecha.plan.messages import explain
from hecha.plan.model import Plan
from hecha.plan.strict_yaml import Source, dump_yaml, parse_yaml
from hecha.problems import Problems

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"))
scalars = (st.none() | st.booleans() | st.integers() | texts
           | st.decimals(allow_nan=False, allow_infinity=False, places=4)
           | st.sampled_from(["yes", "off", "1.50", "007", "1e3", "2024-01-10", "~", "null", "60%",
                              "１２", "0x1F", "1_000", "- a", "a: b", "#x", "'", '"', "=", "<<"]))
trees = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4)
                     | st.dictionaries(texts, inner, max_size=4), max_leaves=20)


def read(text: str) -> object:
    problems = Problems()
    value = parse_yaml(text, "x.yaml", problems).value
    assert not problems, str(problems)
    return value


@settings(deadline=None)
@given(st.dictionaries(texts, trees, max_size=5))
def test_写出去再读回来_一个字不差(tree):
    assert read(dump_yaml(tree)) == tree


@pytest.mark.parametrize(("written", "value"), [
    ("0.1", Decimal("0.1")),
    ("0.10", Decimal("0.10")),
    ("100", 100),
    ("-3", -3),
    ("60%", "60%"),
    ("yes", "yes"),
    ("true", True),
    ("2024-01-10", "2024-01-10"),
    ("1e3", "1e3"),
    ("１２", "１２"),
    ("0123", "0123"),
    ("'8'", "8"),
    ("null", None),
    ("", None),
])
def test_每种写法读成什么(written, value):
    got = read(f"a: {written}\n")["a"]
    assert got == value
    assert type(got) is type(value)


def test_零点一加零点二正好是零点三():
    values = read("a: [0.1, 0.2]\n")["a"]
    assert sum(values) == Decimal("0.3")


def test_每个值都知道自己在第几行():
    source = parse_yaml("a:\n  - b: 1\n    c:\n      - 2\n", "x.yaml", Problems())
    assert [str(source.place(route)) for route in
            [("a",), ("a", 0, "b"), ("a", 0, "c", 0), ("a", 0, "d"), ("z",)]] == [
        "x.yaml第1行", "x.yaml第2行", "x.yaml第4行", "x.yaml第2行", "x.yaml第1行"]


TREE = with_citations(read_tree(Path("params/xian2023"), Problems())[0])


def routes(value: object, route: tuple = ()) -> list[tuple]:
    """Every place of the plan that holds something."""
    inner = value.items() if isinstance(value, dict) else (
        enumerate(value) if isinstance(value, list) else ())
    return [route, *(r for key, child in inner for r in routes(child, (*route, key)))]


@settings(deadline=None)
@given(st.sampled_from(routes(TREE.value)[1:]),
       st.sampled_from([None, True, 3, Decimal("0.5"), "甲", [], {}, ["甲"], {"甲": 1}]))
def test_任何一处写成别的东西_都用中文说清在哪一行(route, other):
    tree = copy.deepcopy(TREE.value)
    inner = tree
    for key in route[:-1]:
        inner = inner[key]
    inner[route[-1]] = other
    problems = Problems()
    try:
        Plan.model_validate(tree)
    except ValueError as error:
        explain(error, Source(tree, TREE.lines), Plan, problems)
        assert problems.errors
    for problem in problems:
        assert problem.place.row, problem
        assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", re.sub("“[^”]*”", "", problem.message))
        assert "写法不对" not in problem.message


def test_路径指得到_也写得进():
    tree = paths.put(TREE.value, "items.T-A1-1.points", 9)
    assert paths.get(tree, "items.T-A1-1.points") == 9
    assert paths.get(TREE.value, "items.T-A1-1.points") == 8
