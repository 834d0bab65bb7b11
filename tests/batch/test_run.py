"""一次运行：结果表、笔记本、网页、清单；坏的镇说清楚，好的镇照报。"""

import csv
import json
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner

from hecha import approvals
from hecha.batch.manifest import verify_manifest
from hecha.batch.notebooks import NotebookFailed, execute
from hecha.batch.run import run
from hecha.commands import app
from hecha.plan import load_plan
from hecha.problems import HechaError
from hecha.report.naming import with_mark
from hecha.scoring import snapshot

YUNXI, PLAN = Path("data/yunxi"), "params/xian2023"
TOWNS = ("镇代码", "镇", "县核查分", "抽查村平均分", "年终成效", "年终等次", "日常工作", "综合评价",
         "综合评价精确值", "等次", "名次", "暂定", "状态")
UNAPPROVED = "未批准"
TWO = ["449901105", "449901113"]


def lighter(folder):
    """The county without its person rosters: they move no score, and loading them takes long."""
    shutil.copytree(YUNXI, folder, ignore=shutil.ignore_patterns("花名册", "expected"))
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two towns, run in a folder with Chinese and a blank in its name."""
    base = tmp_path_factory.mktemp("核查 一")
    out = base / "结果 一"
    return run(lighter(base / "云溪 县"), PLAN, out, TWO), out


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_运行产出全部文件(made):
    _, out = made
    names = {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert {with_mark(name, UNAPPROVED) for name in (
        "index.html", "county.html", "plan.html", "town_449901105.html", "town_449901113.html",
        "tables/towns.csv", "tables/villages.csv", "tables/items.csv", "tables/ledger.csv",
        "tables/results.xlsx", "notebooks/county.ipynb", "notebooks/town_449901105.ipynb")} <= names
    assert not [n for n in names if n.split("/")[-1].startswith(".")]
    assert {"log/run.log", "log/run.jsonl", "log/durations.json"} <= names


def test_没有批准_除了给程序读的两个文件_个个文件名都写着未批准(made):
    _, out = made
    listed = json.loads((out / "manifest.json").read_text("utf-8"))["outputs"]
    plain = {name for name in [*listed, "manifest.json"] if f".{UNAPPROVED}." not in name}
    assert plain == {"results.json", "manifest.json", "rectification.json", "results/plan.json",
                     *(f"results/{town}.json" for town in TWO)}
    for name in plain:
        assert "内部资料 未经批准不得通报" in (out / name).read_text(encoding="utf-8")


def test_没有批准_目录里的链接都通(made):
    _, out = made
    page = (out / "index.未批准.html").read_text(encoding="utf-8")
    links = re.findall(r'href="([^"#:]+)"', page)
    assert len(links) > 6 and [name for name in links if not (out / unquote(name)).is_file()] == []


def test_各镇表的列与顺序(made):
    _, out = made
    assert tuple(rows(out / "tables/towns.未批准.csv")[0]) == TOWNS


def test_结果表是带BOM的UTF8(made):
    _, out = made
    for path in (out / "tables").glob("*.csv"):
        assert path.read_bytes().startswith(b"\xef\xbb\xbf"), path.name


def test_没有一页失败(made):
    report, _ = made
    assert report.failed == {}


def test_每页都有镇名和内部资料标记(made):
    _, out = made
    page = (out / "town_449901105.未批准.html").read_text(encoding="utf-8")
    assert "建安镇" in page and "内部资料 未经批准不得通报" in page


def test_清单与文件一致_改动一个字节就看得出(made, tmp_path):
    _, out = made
    assert verify_manifest(out) == []
    copy = shutil.copytree(out, tmp_path / "改动")
    (copy / "tables/towns.未批准.csv").write_bytes(b"x")
    (copy / "多出.txt").write_text("x", encoding="utf-8")
    assert verify_manifest(copy) == ["多了 多出.txt", "tables/towns.未批准.csv 被改动过"]


def test_同样的输入得到同样的字节(made, tmp_path):
    _, out = made
    again = tmp_path / "结果 一"
    run(out.parent / "云溪 县", PLAN, again, TWO)
    first, second = (json.loads((o / "manifest.json").read_text("utf-8"))["outputs"]
                     for o in (out, again))
    assert first == second


def test_快照读回来与原结果一样(made):
    report, out = made
    kept = snapshot.load(out / "results.json")
    assert kept.plan == report.results.plan
    for name in ("towns", "sheets", "items", "ledger"):
        assert getattr(kept, name).to_dict("records") == getattr(
            report.results, name).to_dict("records")


def test_没有这个镇就按名字拒绝_什么也不写(tmp_path):
    result = CliRunner().invoke(app, ["score", str(lighter(tmp_path / "县")), "--towns", "建按镇",
                                      "--out", str(tmp_path / "出")])
    assert result.exit_code != 0
    assert "没有“建按镇”这个镇" in str(result.exception) and "建安镇" in str(result.exception)
    assert not (tmp_path / "出").exists()


@pytest.mark.parametrize(("out", "says"), [
    ("卷宗", "成果不能写进卷宗“卷宗”里面"), ("卷宗/成果", "成果不能写进卷宗“卷宗”里面"),
    (".", "里面有卷宗“卷宗”"), ("方案/成果", "成果不能写进方案“方案”里面")])
def test_成果不和个人资料写在一处(out, says, tmp_path):
    shutil.copytree("data/ducha-403030", tmp_path / "卷宗")
    shutil.copytree("params/ducha-403030", tmp_path / "方案")
    before = sorted(tmp_path.rglob("*"))
    told = CliRunner().invoke(app, ["run", str(tmp_path / "卷宗"), "--plan", str(tmp_path / "方案"),
                                    "--out", str(tmp_path / out)])
    assert isinstance(told.exception, HechaError) and told.exception.exit_code == 2
    assert says in str(told.exception) and sorted(tmp_path.rglob("*")) == before


def test_坏卷宗退出码不为零_其余镇照报(tmp_path):
    folder = lighter(tmp_path / "县")
    (folder / "returns/核查记录_449901110.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    out = tmp_path / "出"
    result = CliRunner().invoke(app, ["score", str(folder), "--out", str(out)])
    assert result.exit_code == 1
    towns = {r["镇代码"]: r for r in rows(out / "tables/towns.未批准.csv")}
    assert (towns["449901110"]["状态"], towns["449901110"]["综合评价"]) == ("未完成", "")
    assert (towns["449901105"]["状态"], towns["449901105"]["综合评价"]) == ("完成", "87.01")
    assert any("核查记录_449901110.xlsx" in r["文件"] for r in rows(out / "tables/problems.未批准.csv"))


def test_笔记本出错时留下执行到哪里(tmp_path):
    output = tmp_path / "town.ipynb"
    with pytest.raises(NotebookFailed, match="没有“999999999”这个镇"):
        execute(Path("notebooks/town.ipynb"), output, {"town": "999999999"})
    assert "NoSuchTown" in output.read_text(encoding="utf-8")


def test_两项事实记录以后_标记才取消(tmp_path):
    folder, runner = lighter(tmp_path / "县"), CliRunner()
    first = runner.invoke(app, ["approve", "provincial_end", str(folder), "--on", "2024-03-01",
                                "--document", "省核查通报〔2024〕1号"])
    assert "还缺：县委、县政府批准" in first.output
    second = runner.invoke(app, ["approve", "approval", str(folder), "--on", "2024-03-05",
                                 "--document", "云委〔2024〕8号"])
    assert "公布的条件齐备" in second.output
    out = tmp_path / "出"
    result = runner.invoke(app, ["score", str(folder), "--out", str(out)])
    assert "内部资料" not in result.output
    assert snapshot.load(out / "results.json").mark == ""
    assert (out / "tables/towns.csv").is_file()
    assert not [p for p in out.rglob("*") if UNAPPROVED in p.name]


def test_批准的是哪一版就是哪一版_材料一改标记又回来(tmp_path):
    folder, runner = lighter(tmp_path / "县"), CliRunner()
    for fact, on in (("provincial_end", "2024-03-01"), ("approval", "2024-03-05")):
        runner.invoke(app, ["approve", fact, str(folder), "--on", on, "--document", "文〔2024〕1号"])
    with open(folder / "returns/自评.csv", "ab") as file:
        file.write(b"\r\n")
    out = tmp_path / "出"
    runner.invoke(app, ["score", str(folder), "--out", str(out)])
    assert snapshot.load(out / "results.json").mark == "内部资料 未经批准不得通报"


@pytest.mark.parametrize(("arguments", "says"), [
    (["aproval", "--on", "2024-03-01"], "没有“aproval”这个事实。是不是“approval”？"),
    (["approval", "--on", "20240301"], "日期“20240301”不对，应如 2024-03-01")])
def test_记录事实写错了就不记(tmp_path, arguments, says):
    folder = lighter(tmp_path / "县")
    result = CliRunner().invoke(app, ["approve", arguments[0], str(folder), *arguments[1:],
                                      "--document", "文"])
    assert says in str(result.exception)
    assert not (folder / ".hecha/facts.json").exists()


def test_同一时刻记录两件事_一件也不丢(tmp_path, monkeypatch):
    """Each reads what is there, thinks, and writes it with its own; the other must not be lost."""
    read, plan = approvals.facts_of, load_plan(Path(PLAN))

    def slowly(case):
        found = read(case)
        time.sleep(0.2)
        return found

    monkeypatch.setattr(approvals, "facts_of", slowly)
    with ThreadPoolExecutor(2) as people:
        list(people.map(lambda fact: approvals.record(tmp_path, plan, approvals.RecordedFact(
            fact, "2024-03-01", "文", "v")), ("provincial_end", "approval")))
    assert {f.fact for f in read(tmp_path)} == {"provincial_end", "approval"}


def test_批准不能早于省考核完毕(tmp_path):
    folder, runner = lighter(tmp_path / "县"), CliRunner()
    runner.invoke(app, ["approve", "provincial_end", str(folder), "--on", "2024-06-01",
                        "--document", "文"])
    result = runner.invoke(app, ["approve", "approval", str(folder), "--on", "2024-01-01",
                                 "--document", "文"])
    assert "不能早于" in str(result.exception)


def test_再运行一次_上次的页面不冒充这次的(made, tmp_path):
    _, out = made
    copy = shutil.copytree(out, tmp_path / "再次")
    (copy / "自己的笔记.txt").write_text("留着", encoding="utf-8")
    result = CliRunner().invoke(app, ["score", str(out.parent / "云溪 县"), "--out", str(copy),
                                      "--towns", "建安镇"])
    assert result.exit_code == 0
    assert not list(copy.glob("*.html")) and (copy / "自己的笔记.txt").exists()
    assert verify_manifest(copy) == ["多了 自己的笔记.txt"]
