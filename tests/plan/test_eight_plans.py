"""Eight published plans beside the default one: folders alone, no line of code for any of them.

What their example counties score is compared with the hand-worked results in
tests/scoring/test_plans.py; here it is what they hold, that nothing in hecha/ knows them, and
that every page of each can be told in the plan's own words.
"""

from __future__ import annotations

import ast
import csv
import json
import re
import shutil
from fractions import Fraction
from functools import cache
from pathlib import Path

import nbformat
import pytest

from hecha import show
from hecha.batch.contents import tasks_of
from hecha.batch.opening import open_case
from hecha.batch.run import run
from hecha.fieldwork.rules import sample_rule
from hecha.plan import load_plan
from hecha.plan.show import items_table, plan_table, readings_table
from hecha.problems import Refused
from hecha.report import published, views
from tests.fieldwork.counties import done

EIGHT = ["ducha-403030", "houpinggu2021", "jiaocha-zicha", "nongcun-wushui", "sheng-bangfu",
         "shi-jianpin65", "zhen-kaohe110", "zijin-jixiao"]
FOLDERS = sorted(p.name for p in Path("params").iterdir() if p.is_dir())
CODE = sorted(Path("hecha").rglob("*.py"))


@cache
def plan_of(name):
    return load_plan(f"params/{name}")


@cache
def opened(name):
    return open_case(f"data/{name}", f"params/{name}")


def points(name, heading):
    """The points of the items under a heading of any depth."""
    plan = plan_of(name)
    return sum(i.points for i in plan.items if heading in plan.headings(i) and i.layer is None)


# -- what each plan holds, as far as it is published -----------------------------------------


def test_八个方案都在_各有示例和手工结果():
    assert [n for n in FOLDERS if n != "xian2023"] == EIGHT
    for name in EIGHT:
        units = {p.stem for p in Path("data", name, "expected").glob("*.csv")}
        assert 2 <= len(units) <= 3
        assert units == set(opened(name).results.towns["town"])


def test_减贫成效65_二十一项七个二级指标():
    plan = plan_of("shi-jianpin65")
    assert (points("shi-jianpin65", "减贫成效"), points("shi-jianpin65", "贫困人口脱贫")) == (65, 40)
    assert len(plan.items) == 21
    assert [len([g for g in plan.groups if bool(g.parent) is below])
            for below in (False, True)] == [4, 7]
    by_name = {i.name: i for i in plan.items}
    assert by_name["减贫人口完成率"].points == 15
    assert [by_name[n].points for n in ("义务教育", "基本医疗保险", "大病救治", "住房安全")] == [4, 2, 2, 4]
    assert by_name["义务教育"].rule.kind == "deduct_per_step"


def test_资金评价_一百分以外加三分扣三十分_日数直线计分():
    plan = plan_of("zijin-jixiao")
    assert {e.id: (e.low, e.high) for e in plan.sheets[0].extras} == {
        "bonus": (0, 3), "penalty": (-30, 0)}
    assert (points("zijin-jixiao", "资金保障"), points("zijin-jixiao", "项目管理")) == (7, 20)
    linear = [(i.points, i.rule.full_at, i.rule.zero_at) for i in plan.items
              if i.rule.kind == "linear_between"]
    assert linear[:2] == [(Fraction(1, 2), 15, 30), (6, 25, 50)]
    assert any(i.rule.kind == "tiered" and i.rule.judged for i in plan.items)


def test_交叉检查与自查各一半_同一套四十二个指标():
    plan = plan_of("jiaocha-zicha")
    assert plan.figure["result"].parts == {"cross": Fraction(1, 2), "self": Fraction(1, 2)}
    assert len(plan.groups) == 14
    assert len(plan.items) == len(plan.items_of("self")) == len(plan.items_of("cross")) == 42


def test_镇街考核_一百加十_八个一级二十八个二级一百二十七个三级():
    plan = plan_of("zhen-kaohe110")
    tops = [g for g in plan.groups if not g.parent]
    assert (len(tops), len(plan.groups) - len(tops), len(plan.items)) == (8, 28, 127)
    assert sum(i.points for i in plan.items if i.layer) == plan.sheets[0].extras[0].high == 10


def test_后评估_四个方面_按监测对象分层():
    plan = plan_of("houpinggu2021")
    assert [g.name for g in plan.groups] == ["责任落实", "政策落实", "工作落实", "巩固衔接"]
    assert {s.name: len(s.statuses) for s in plan.sample.strata} == {"监测对象": 3, "脱贫户": 1}


def test_后评估_某一层抽得不足的_注明(name="houpinggu2021"):
    notes = dict(zip(opened(name).results.towns["town_name"], opened(name).results.towns["notes"],
                     strict=True))
    assert notes == {"白沙镇": "", "石鼓镇": "鼓楼村监测对象应抽2户，实抽1户（名册上只有1户）"}


def test_分层抽签_监测对象不看脱贫年度():
    rule = sample_rule(plan_of("houpinggu2021"))
    assert [(s.name, s.households, s.any_exit_year) for s in rule.strata] == [
        ("监测对象", 2, True), ("脱贫户", 2, False)]
    assert not rule.asks_exit_year("边缘易致贫户") and rule.asks_exit_year("脱贫户")


def test_后评估的抽样_由公开号码重抽_与报来的一户不差(tmp_path):
    case = Path(shutil.copytree("data/houpinggu2021", tmp_path / "清江县"))
    plan = ("--plan", "params/houpinggu2021")
    done("draw", "freeze", case, *plan)
    done("draw", "commit", case, "--simple")
    done("draw", "draw", case, "--dice", "2021120709", "--source", "交易中心第9号", "--at",
         "2021-12-07T09:30", "--minutes", "李一,周二", "--out", tmp_path / "公布")
    done("draw", "reveal", case, *plan, "--on", "2021-12-20", "--early", "已走访完毕",
         "--out", tmp_path / "公布")
    told = done("draw", "verify", tmp_path / "公布" / "certificate.json", "--case", case)
    assert "与重新计算的结果一致" in told and "错误" not in told
    paper = json.loads((tmp_path / "公布" / "certificate.json").read_text(encoding="utf-8"))
    assert [one["name"] for one in paper["rule"]["strata"]] == ["监测对象", "脱贫户"]
    page = (tmp_path / "公布" / "certificate.html").read_text(encoding="utf-8")
    assert "先按签号从小到大抽足各层" in page and "至少1户残疾人户" not in page


def test_分层又另定残疾人户数_就拒绝_不作近似():
    plan = plan_of("houpinggu2021")
    both = plan.sample.model_copy(update={"disabled_per_village": 1})
    with pytest.raises(Refused) as refused:
        sample_rule(plan.model_copy(update={"sample": both}))
    assert "不能另定残疾人户的户数" in str(refused.value)


def test_污水考核_评分权重和停产天数的上限():
    plan = plan_of("nongcun-wushui")
    ratings = plan.item["service", "F1-1"].rule
    assert [s.weight for s in ratings.sources] == [Fraction(n, 100) for n in (15, 15, 30, 40)]
    assert plan.item["facility", "W1-1"].rule.options[0].max_count == 15


def test_污水考核_适用满分88分实得68分半_换算为77分84():
    sheets = opened("nongcun-wushui").results.sheets
    said = sheets.set_index("unit").loc["442000801001", "sentence"]
    assert said == "适用满分88分,实得68.50分,换算为77.84分"


@pytest.mark.parametrize("name", EIGHT)
def test_没有见到的内容都依据读法_引文都在原文里(name):
    for path, block in plan_of(name).blocks():
        assert block.quote if block.basis != "assumed" else block.reading, path


@pytest.mark.parametrize("name", EIGHT)
def test_每条读法都有块依据它(name):
    plan = plan_of(name)
    used = {r for _, block in plan.blocks() for r in block.reading}
    general = {r.id for r in plan.readings if r.key is None}
    assert {r.id for r in plan.readings} - used <= general


@pytest.mark.parametrize("name", EIGHT)
def test_手工结果的每一行都写了算式或理由(name):
    for path in sorted(Path("data", name, "expected").glob("*.csv")):
        with open(path, encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                assert row["remark"], (path.name, row)


# -- nothing in hecha/ knows a plan -----------------------------------------------------------


def strings(tree):
    """Every text of the code that is no docstring."""
    docs = {id(node.body[0].value) for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body and isinstance(node.body[0], ast.Expr)}
    return [node.value for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs]


@pytest.mark.parametrize("path", CODE, ids=str)
def test_程序里没有一个方案的名称(path):
    """The one default of the command line aside: no plan is asked for by name."""
    found = [text for text in strings(ast.parse(path.read_text(encoding="utf-8")))
             for name in FOLDERS if name in text]
    assert found in ([], ["params/xian2023"])
    assert not found or path.name == "commands.py"


@pytest.mark.parametrize("path", CODE, ids=str)
def test_程序里没有拿方案的编码名称来判断的(path):
    """No comparison with an item, sheet, figure or grade of any plan."""
    own = set()
    for name in FOLDERS:
        plan = plan_of(name)
        own |= {i.code for i in plan.items} | {b.name for b in plan.grades.bands}
        own |= {g.name for g in plan.groups} | {s.name for s in plan.sheets}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    asked = [c.value for node in ast.walk(tree) if isinstance(node, ast.Compare)
             for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)]
    assert not own.intersection(asked)


def test_计分和方案的程序里没有一个政策数字():
    policy = set()
    for name in FOLDERS:
        plan = plan_of(name)
        policy |= {b.at_least for b in plan.grades.bands} | {
            s for f in plan.figures for s in f.parts.values()}
    policy -= {0, 100}
    for path in [*Path("hecha/plan").rglob("*.py"), *Path("hecha/scoring").rglob("*.py"),
                 *Path("hecha/show").glob("*.py")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        numbers = {Fraction(str(n.value)) for n in ast.walk(tree) if isinstance(n, ast.Constant)
                   and isinstance(n.value, int | float) and not isinstance(n.value, bool)}
        assert not numbers & policy, path


# -- told in its own words --------------------------------------------------------------------


@pytest.mark.parametrize("name", EIGHT)
def test_方案的三张表都列得出来(name):
    plan = plan_of(name)
    assert len(items_table(plan)) == sum(len(plan.items_of(s.id)) for s in plan.sheets)
    assert not plan_table(plan).empty and len(readings_table(plan)) == len(plan.readings)


@pytest.mark.parametrize("name", EIGHT)
def test_结果表用方案自己的层级和得分名称(name):
    results = opened(name).results
    level, sampled = published.unit_name(results.plan), published.sampled_name(results.plan)
    columns = list(published.towns(results).columns)
    assert {f"{level}代码", level, *(f.name for f in results.plan.figures)} <= set(columns)
    assert list(published.villages(results).columns)[1] == (sampled or "抽查单位")
    assert views.whole_name(results.plan).startswith("全")


VERBS = {book: [c.source for c in nbformat.read(f"notebooks/{book}.ipynb", 4).cells
                if c.cell_type == "code" and c.source.startswith("show.")]
         for book in ("county", "town", "plan")}


def html(shown) -> str:
    """What a verb gives, as the page would have it: a figure's own words, or a fragment's."""
    return shown.html if hasattr(shown, "html") else shown._repr_html_()


def told(book: str, name: str, town: str = "") -> str:
    """Every verb of a notebook, called as the notebook calls it."""
    here = opened(name)
    names = {"show": show, "scored": here.results, "judged_by": show.open_plan(
        str(here.folder), str(here.plan_folder)), "town": town}
    return "\n".join(html(eval(source, names)) for source in VERBS[book])  # noqa: S307  the verbs of this file


@pytest.mark.parametrize("name", EIGHT)
def test_三个笔记本的每一格都讲得出来_说的是方案自己的单位和等次(name):
    results = opened(name).results
    pages = {"county": told("county", name), "plan": told("plan", name)}
    for town in results.towns["town"]:
        pages[town] = told("town", name, town)
    for title, page in pages.items():
        assert page and "None" not in re.sub(r"<[^>]*>", "", page), title
    for band in results.plan.grades.bands:
        assert band.name in pages["county"]
    for sheet in results.plan.sheets:
        assert sheet.name in pages[results.towns["town"].iloc[0]]
    if not {"镇", "村"} & {v.name for v in results.plan.levels}:
        said = re.sub(r"<[^>]*>", "", pages["county"])
        assert not re.search(r"各镇(?!街)|各村|抽查村|一个村|本镇(?!街)", said)


@pytest.mark.slow
@pytest.mark.parametrize("name", EIGHT)
def test_每个方案的示例一路跑到网页(name, tmp_path):
    report = run(f"data/{name}", f"params/{name}", tmp_path / name)
    assert not report.failed and report.exit_code == 0
    pages = {p.name for p in (tmp_path / name).glob("*.html")}
    towns = report.results.towns["town"]
    listed = tasks_of(report.results, Path(f"data/{name}"), {"case": "", "plan": ""})
    assert pages == {"index.html", *(task.page for task in listed)}
    assert pages >= {"county.html", "plan.html", *(f"town_{t}.html" for t in towns)}
    assert json.loads((tmp_path / name / "results.json").read_text(encoding="utf-8"))


