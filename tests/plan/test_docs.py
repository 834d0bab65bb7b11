"""docs/plans.md teaches what is true: every example of it is accepted as it stands."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import get_args

import pytest

from hecha.plan import expressions, load_plan
from hecha.plan.model import Choice, Condition, Count, Item, Reading
from hecha.plan.rules import Gate, Rule
from hecha.plan.strict_yaml import parse_yaml
from hecha.problems import Problems

PAGE = Path("docs/plans.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)


def read(text: str) -> dict:
    problems = Problems()
    tree = parse_yaml(text, "docs/plans.md", problems).value
    assert not problems, str(problems)
    return tree


def examples(key: str) -> list[dict]:
    return [tree for tree in map(read, EXAMPLES) if set(tree) >= {key}]


def item(**more) -> Item:
    return Item.model_validate({"code": "X", "sheet": "town", "group": "A1", "name": "例",
                                "points": 3, "rule": {"kind": "binary"}, "clause": "四",
                                "basis": "assumed", "reading": ["B-01"], **more})


def test_每个例子都是有效的YAML():
    assert len(EXAMPLES) >= 25
    for example in EXAMPLES:
        read(example)


def test_十四种计分方式_每种有例子():
    kinds = {tree["rule"]["kind"] for tree in examples("rule")}
    assert kinds == {k.model_fields["kind"].annotation.__args__[0]
                     for k in get_args(get_args(Rule)[0])}
    for tree in examples("rule"):
        if set(tree) == {"rule"}:
            item(rule=tree["rule"])


def test_三种一票条件_每种有例子():
    gates = [Gate.model_validate(tree["gate"]) for tree in examples("gate")]
    assert [bool(g.when) for g in gates].count(True) == 1
    assert [g.at_least is not None for g in gates].count(True) == 1
    assert [g.share is not None for g in gates].count(True) == 1


def test_细项_读法_参数_条件的例子都合格():
    for tree in examples("items"):
        [Item.model_validate(one) for one in tree["items"]]
    for tree in examples("readings"):
        [Reading.model_validate(one) for one in tree["readings"]]
    for tree in examples("parameters"):
        [Choice.model_validate(one) for one in tree["parameters"]]
    for tree in examples("household"):
        [Condition.model_validate(one) for one in tree["household"]["conditions"]]
    known = [*expressions.COLUMNS, "has_able"]
    for tree in examples("derived"):
        for count in tree["derived"].values():
            expressions.parse(Count.model_validate(count).expression, known)


def test_另建方案的例子能用(tmp_path):
    shutil.copytree("params/xian2023", tmp_path / "xian2023")
    (tmp_path / "shitan").mkdir()
    example = next(e for e in EXAMPLES if "based_on" in e)
    (tmp_path / "shitan" / "plan.yaml").write_text(example, encoding="utf-8")
    plan = load_plan(tmp_path / "shitan")
    assert plan.item["town", "T-B2-1"].points == 4
    assert plan.grades.of_score(plan.grades.bands[0].at_least) == "好"
    assert len(plan.decisions) == 7


@pytest.mark.parametrize("column", expressions.COLUMNS)
def test_条件可用的列都列出来了(column):
    assert f"`{column}`" in PAGE


@pytest.mark.parametrize("how", get_args(Choice.model_fields["as_"].annotation))
def test_参数的读法都列出来了(how):
    assert how == "same" or f"`{how}`" in PAGE


def test_表里的拒绝说法与实际一致():
    said = "\n".join(path.read_text(encoding="utf-8") for path in Path("tests/plan/bad").iterdir())
    for message in re.findall(r"\| `(“?[^`]*[一-龥][^`]*)` \|", PAGE.split("## 十、")[1]):
        plainly = re.sub(r"第\d+行", "", message)
        assert plainly in re.sub(r"第〔.*?〕行", "", said), message
