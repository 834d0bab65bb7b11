"""A plan built on another says only what it changes; everything else is the other's."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from hecha.plan import load_plan
from hecha.problems import Refused


@pytest.fixture
def beside(tmp_path):
    """Writes a plan folder beside a copy of the default plan."""
    shutil.copytree("params/xian2023", tmp_path / "xian2023")

    def write(name: str, text: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "plan.yaml").write_text(text, encoding="utf-8")
        return folder

    return write


def said(folder: Path) -> list[str]:
    with pytest.raises(Refused) as refused:
        load_plan(folder)
    return [str(problem) for problem in refused.value.problems]


def test_只改两处_其余照旧_改动都记下(beside):
    plan = load_plan(beside("ours", """\
based_on: xian2023
set:
  items.T-A1-1.points: 7
  items.T-A1-2.points: 5
"""))
    assert plan.item["town", "T-A1-1"].points == 7
    assert plan.item["town", "T-A1-2"].points == 5
    assert plan.grades.bands[0].at_least == 90
    assert [(d.path, d.was, d.value, d.file, d.line) for d in plan.decisions] == [
        ("items.T-A1-1.points", 8, 7, "ours/plan.yaml", 3),
        ("items.T-A1-2.points", 4, 5, "ours/plan.yaml", 4)]


def test_原方案没写的可选键_也能加(beside):
    plan = load_plan(beside("ours", """\
based_on: xian2023
set:
  items.D-E4-1.rule.cap: 6
"""))
    assert plan.item["daily", "D-E4-1"].rule.cap == Fraction(6)


def test_引文仍按原方案的正文核对(beside):
    assert load_plan(beside("ours", "based_on: xian2023\n")).plan.title.startswith("XX县2023年")


def test_可以一层叠一层(beside):
    beside("first", "based_on: xian2023\nset: {grades.near_line: 1}\n")
    plan = load_plan(beside("second", "based_on: first\nset: {sample.households_per_village: 8}\n"))
    assert (plan.grades.near_line, plan.sample.households_per_village) == (1, 8)


def test_改完不合计一百_照样不收(beside):
    messages = said(beside("ours", "based_on: xian2023\nset:\n  items.T-A1-1.points: 7\n"))
    assert [m.split("行：")[1] for m in messages] == ["“镇核查表”满分100分，各细项合计99分，应相等"]


def test_路径写错_说到出错的那一步(beside):
    messages = said(beside("ours", """\
based_on: xian2023
set:
  items.T-A1-9.points: 7
  items.T-A1-1.pionts: 7
  grades.near_line: 很近
"""))
    assert [m.split("；应为")[0] for m in messages] == [
        "错误 ours/plan.yaml第3行：路径“items.T-A1-9.points”中没有“T-A1-9”（是不是“T-A1-3”？）",
        "错误 ours/plan.yaml第4行：“items.T-A1-1”里有不认识的键“pionts”（是不是“points”？）",
        "错误 ours/plan.yaml第5行：“grades.near_line”应为数字（整数或小数，不加引号），填的是“很近”"]


def test_绕圈的依据_说出圈来(beside):
    beside("first", "based_on: second\n")
    assert said(beside("second", "based_on: first\n")) == [
        "错误 first/plan.yaml第1行：based_on 绕成了圈：second→first→second"]
