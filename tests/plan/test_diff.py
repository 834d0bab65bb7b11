"""Two plans compared: each value that differs with its place, and whose grade would change."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from hecha.batch.comparing import grades_under
from hecha.commands import app
from hecha.plan import load_plan
from hecha.plan.diff import plan_diff

FOLDERS = sorted(p.name for p in Path("params").iterdir() if p.is_dir())


def variant(folder: Path, base: str, **changes: object) -> Path:
    """A plan that is `base` with some values set, in a folder beside a copy of it."""
    import shutil

    shutil.copytree(Path("params") / base, folder / base)
    (folder / "另案").mkdir()
    lines = [f"  {path.replace('__', '.')}: {value}" for path, value in changes.items()]
    (folder / "另案" / "plan.yaml").write_text(
        "\n".join([f"based_on: {base}", "set:", *lines, ""]), encoding="utf-8")
    return folder / "另案"


@pytest.mark.parametrize("name", FOLDERS)
def test_方案与自己没有不同(name):
    plan = load_plan(f"params/{name}")
    assert plan_diff(plan, plan).empty


def test_改了的取值逐处列出_权重写成百分数(tmp_path):
    after = variant(tmp_path, "ducha-403030", figures__comprehensive__parts__supervision="50%", figures__comprehensive__parts__year_check="20%", grades__bands__好__at_least=85, grades__bands__较好__below=85)
    table = plan_diff(load_plan("params/ducha-403030"), load_plan(after))
    assert {(r.位置, r.前一方案, r.后一方案) for r in table.itertuples()} == {
        ("figures.comprehensive.parts.supervision", "40%", "50%"),
        ("figures.comprehensive.parts.year_check", "30%", "20%"),
        ("grades.bands.好.at_least", "90", "85"), ("grades.bands.较好.below", "90", "85")}
    assert set(table["变化"]) == {"改"}


def test_增删的整块各为一行_写明分值和怎样计分():
    one, two = load_plan("params/sheng-bangfu"), load_plan("params/ducha-403030")
    table = plan_diff(one, two).set_index("位置")
    assert table.loc["items.city.S1-1", "变化"] == "删"
    assert table.loc["items.city.S1-1", "前一方案"].startswith("20分：完成年度减贫任务的得20分")
    assert table.loc["items.third_party.P-4", "变化"] == "增"
    assert table.loc["items.third_party.P-4", "后一方案"].startswith("10分：")


def test_细项换了次序_不算不同(tmp_path):
    import shutil

    shutil.copytree("params/zijin-jixiao", tmp_path / "甲")
    path = tmp_path / "甲" / "items.yaml"
    head, _, items = path.read_text(encoding="utf-8").partition("\nitems:\n")
    first, rest = items.split("  - code: F1-2", 1)
    path.write_text(f"{head}\nitems:\n  - code: F1-2{rest}{first}", encoding="utf-8")
    assert plan_diff(load_plan("params/zijin-jixiao"), load_plan(tmp_path / "甲")).empty


def test_换一个方案_谁的等次会变(tmp_path):
    after = variant(tmp_path, "ducha-403030", grades__bands__好__at_least=99, grades__bands__较好__below=99, figures__third_party__if_empty="zero", grades__bands__差__below=67, grades__bands__一般__at_least=67)
    table = grades_under("data/ducha-403030", "params/ducha-403030", after).set_index("单位")
    assert table.loc["平河县", "变化"] == "等次由“一般”变为“差”"      # 66.99，界线改为67分
    assert table.loc["青田县", "变化"] == ""                        # 99.18，仍在99分以上
    assert table.loc["石门县", "变化"] == "只变分数"                   # 第三方按0分：41×40%+(167÷12)×30%
    assert table.loc["石门县", "后一方案得分"] == "20.58"              # 16.4+4.175=20.575


def test_卷宗没有另一方案要的表_记作未完成():
    table = grades_under("data/ducha-403030", "params/ducha-403030", "params/sheng-bangfu")
    assert set(table["后一方案等次"]) == {"未完成"}


def test_另立的方案压过县的参数表_看得出谁的等次会变(tmp_path):
    after = variant(tmp_path, "xian2023", grades__bands__好__at_least=85, grades__bands__较好__below=85)
    said = CliRunner().invoke(app, ["plan", "diff", "params/xian2023", str(after),
                                    "--case", "data/yunxi"]).output
    assert "另定了" not in said
    assert "4个单位的等次会变" in said  # 历源88.92、湾头87.93、建安87.01、宝石85.48


def test_命令_两个方案相同的_说没有不同():
    said = CliRunner().invoke(app, ["plan", "diff", "params/xian2023", "params/xian2023"]).output
    assert said == "两个方案没有不同。\n"


def test_命令_新建和导入(tmp_path, monkeypatch):
    (tmp_path / "params").mkdir()
    table = Path("data/zhen-kaohe110/指标表.xlsx").absolute()
    monkeypatch.chdir(tmp_path)
    made = CliRunner().invoke(app, ["plan", "new", "甲"])
    assert made.exit_code == 0 and (tmp_path / "params" / "甲" / "plan.yaml").is_file()
    told = CliRunner().invoke(app, ["plan", "import", str(table), "--out", str(tmp_path / "params" / "乙")])
    assert told.exit_code == 0
    assert "导入127项，没有导入1行，待定4处" in told.output
