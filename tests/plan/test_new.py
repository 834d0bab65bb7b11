"""A new plan: the skeleton loads as it stands, and nothing that is there is written over."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from hecha.case import load_case
from hecha.commands import app
from hecha.folders import project_folder
from hecha.plan import load_plan
from hecha.plan.new import SKELETON, new_plan
from hecha.problems import Refused
from hecha.scoring.score import score_case


def test_骨架不改就能用_名称写进去了(tmp_path):
    plan = load_plan(new_plan("青溪县2024", tmp_path))
    assert plan.plan.id == "青溪县2024"
    assert plan.plan.title.startswith("青溪县2024")
    assert sum(i.points for i in plan.items) == plan.sheets[0].total


def test_骨架的内容都依据读法_没有冒充原文(tmp_path):
    for path, block in load_plan(new_plan("甲", tmp_path)).blocks():
        assert block.basis == "assumed" and block.reading, path


def test_骨架逐处有说明():
    for path in SKELETON.glob("*.yaml"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert sum("#" in line for line in lines) >= 5, path.name


def test_照骨架收表就能计分(tmp_path):
    plan = load_plan(new_plan("甲", tmp_path))
    case = tmp_path / "卷宗"
    (case / "roster").mkdir(parents=True)
    (case / "returns").mkdir()
    (case / "roster" / "镇村名单.csv").write_text(
        "县代码,县名称,镇代码,镇名称,村代码,村名称,村类型,有核查任务\n"
        "443000,甲县,443000601,乙镇,443000601001,丙村,村,是\n", encoding="utf-8")
    (case / "returns" / "考核.csv").write_text(
        "单位代码,指标代码,记录项,数值,备注\n443000601,A-1,met,是,\n443000601,A-2,缺席次数,3,\n"
        "443000601,A-2,迟到次数,1,\n443000601,B-1,numerator,3,\n443000601,B-1,denominator,4,\n",
        encoding="utf-8")
    town = score_case(plan, load_case(case, plan.forms)).towns.iloc[0]
    assert town["result"] == 40 + 30 - 3 * 2 - 0.5 + 22.5


@pytest.mark.parametrize("name", ["a.b", "../外面", "", "有 空格", "-甲"])
def test_名称里有小数点斜线空格的_不收(name, tmp_path):
    with pytest.raises(Refused, match="没有新建方案") as refused:
        new_plan(name, tmp_path / "params")
    assert "只用字母、数字、汉字" in str(refused.value)
    assert not (tmp_path / "params").exists()


def test_已有的方案不覆盖(tmp_path):
    new_plan("甲", tmp_path)
    (tmp_path / "甲" / "items.yaml").write_text("改过的", encoding="utf-8")
    with pytest.raises(Refused, match="没有新建方案"):
        new_plan("甲", tmp_path)
    assert (tmp_path / "甲" / "items.yaml").read_text(encoding="utf-8") == "改过的"


def test_在有params的文件夹里新建_就写在那里_不写到程序旁边(tmp_path, monkeypatch):
    (tmp_path / "params").mkdir()
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, ["plan", "new", "某县2024"])
    assert told.exit_code == 0 and (tmp_path / "params" / "某县2024" / "plan.yaml").is_file()
    assert not (project_folder() / "params" / "某县2024").exists()
