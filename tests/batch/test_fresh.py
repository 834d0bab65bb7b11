"""新与旧：没有变化的不重做，改了什么只重做靠它的；写到一半被打断，看到的总是完整的一套。"""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hecha.batch.folder import Held, RunFolder
from hecha.batch.fresh import Record, why_stale
from hecha.batch.inputs import plan_files
from hecha.batch.journal import Journal
from hecha.batch.manifest import verify_manifest
from hecha.batch.many import cases_asked, runs_in
from hecha.batch.run import RunReport, run
from hecha.batch.status import FRESH, status_of
from hecha.batch.telling import _done
from hecha.folders import write_whole
from hecha.problems import Refused
from hecha.scoring import snapshot
from hecha.scoring.parts import part_of

CASE, PLAN = "sheng-bangfu", "params/sheng-bangfu"
ONE = "449000101"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small province run once: its case, its folder, the report."""
    base = tmp_path_factory.mktemp("省 一")
    shutil.copytree(f"data/{CASE}", base / "卷 宗", ignore=shutil.ignore_patterns("expected"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(base)
        report = run("卷 宗", PLAN, base / "结 果")
    assert report.failed == {}
    return base


@pytest.fixture
def again(made, tmp_path, monkeypatch):
    """A copy of both, to be changed; the case is named as before, from where it lies."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return Path("卷 宗"), tmp_path / "结 果"


def manifest(out):
    return json.loads((out / "manifest.json").read_text("utf-8"))


def test_没有变化_什么也不做_清单仍相符(again):
    case, out = again
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*") if p.is_file() and ".run" not in p.parts}
    report = run(case, PLAN, out)
    assert report.did == [] and len(report.kept) == len(manifest(out)["notebooks"])
    assert before == {p: p.stat().st_mtime_ns for p in before}
    assert verify_manifest(out) == []


def test_没有变化的_一个重的库也不装入(again):
    case, out = again
    code = ("import sys; from hecha.commands import app\n"
            f"try: app(['run', {case.as_posix()!r}, '--plan', {PLAN!r}, '--out', {str(out)!r}])\n"
            "except SystemExit: pass\n"
            "print(sorted({'pandas','numpy','papermill','nbformat','pydantic','matplotlib','yaml',"
            "'duckdb','sqlglot','scipy','jinja2'} & set(sys.modules)))")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          encoding="utf-8", check=True).stdout
    assert f"没有变化，{len(manifest(out)['notebooks'])}份报告都是最新的" in said and said.splitlines()[-1] == "[]"


def test_改一个单位的表_只重做它和靠全部结果的_其余不动(again):
    case, out = again
    form = case / "returns/市级考核.csv"
    text = form.read_text(encoding="utf-8-sig")
    assert f"{ONE},S1-1,met,是," in text
    form.write_text(text.replace(f"{ONE},S1-1,met,是,", f"{ONE},S1-1,met,否,"), encoding="utf-8-sig")
    report = run(case, PLAN, out)
    assert "云州市核查报告" in report.did and "县级报告" in report.did
    assert "南屏市核查报告" in report.kept and "江临市核查报告" in report.kept
    assert "方案与读法" in report.kept
    assert verify_manifest(out) == []


def test_增量得到的_与从头做的_每个文件都一样(again):
    case, out = again
    before = manifest(out)
    (out / "county.html").write_text("改坏了", encoding="utf-8")
    (out / "notebooks/plan.ipynb").unlink()
    report = run(case, PLAN, out)
    assert report.did == ["方案与读法"] and verify_manifest(out) == []
    assert manifest(out) == before
    assert (out / "county.html").read_text("utf-8").endswith("</html>\n")


def test_说得出为什么要重做(again):
    case, out = again
    assert {s.state for s in status_of(case, PLAN, out)} == {FRESH}
    (out / f"town_{ONE}.html").unlink()
    found = {s.title: s.why for s in status_of(case, PLAN, out) if s.state != FRESH}
    assert found == {"云州市核查报告": f"成果不在了：town_{ONE}.html"}
    (case / "returns/新来的.csv").write_text("x", encoding="utf-8")
    found = {s.title: s.why for s in status_of(case, PLAN, out) if s.state != FRESH}
    assert found["读入并计分"] == "卷宗变了：returns/新来的.csv"
    assert found["收表情况"] == "卷宗变了：returns/新来的.csv"
    assert found["南屏市核查报告"] == "先重新计分；所读的结果没有变，就不重做"


def test_记录里的每一部分变了都算旧(tmp_path):
    record = Record({"笔记本": "a", "参数": {"town": "1"}, "程序": "c"}, {"a.txt": "x"})
    now = {"笔记本": "b", "参数": {"town": "2"}, "程序": "c"}
    assert why_stale(record, now, lambda name: tmp_path / name) == ["笔记本变了", "参数变了：town"]
    assert why_stale(record, record.parts, lambda name: tmp_path / name) == ["成果不在了：a.txt"]
    (tmp_path / "a.txt").write_text("y", encoding="utf-8")
    assert why_stale(record, record.parts, lambda name: tmp_path / name) == ["成果被改动过：a.txt"]


def test_方案的指纹包括它所依据的方案(tmp_path):
    for name, text in (("甲", "based_on: 乙\n"), ("乙", "x: 1\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "plan.yaml").write_text(text, encoding="utf-8")
    assert set(plan_files(tmp_path / "甲")) == {"甲/plan.yaml", "乙/plan.yaml"}


@pytest.mark.parametrize(("case", "plan"), [("yunxi", "xian2023"), ("sheng-bangfu", "sheng-bangfu"),
                                            ("zhen-kaohe110", "zhen-kaohe110")])
def test_只给一个单位自己的那部分结果_报告一字不差(case, plan):
    from hecha import show
    from hecha.batch.opening import open_case

    results = open_case(f"data/{case}", f"params/{plan}").results
    town = list(results.towns["town"])[-2]
    part = snapshot.from_text(snapshot.as_text(part_of(results, town)))
    assert list(part.towns["town"]) == [town]
    for name in ["villages_compared", *(v for v in show.__all__ if v.startswith("town_"))]:
        verb = getattr(show, name)
        assert str(html(verb(part, town))) == str(html(verb(results, town))), name


def html(shown):
    return getattr(shown, "html", None) or shown._repr_html_()


# -- 占用与打断 ------------------------------------------------------------------------------


def test_正在运行的_第二次运行被拒绝_说出是谁(tmp_path):
    folder = RunFolder(tmp_path / "出")
    with folder.held(), pytest.raises(Held, match=f"正由另一次运行占用（进程 {os.getpid()}，用户 .*开始）"):
        run(f"data/{CASE}", PLAN, tmp_path / "出")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="没有 SIGKILL")
def test_占用的进程一死_锁就放开(tmp_path):
    code = ("import time; from pathlib import Path; from hecha.batch.folder import RunFolder\n"
            f"with RunFolder(Path({str(tmp_path / '出')!r})).held(): print('ok', flush=True); time.sleep(60)")
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "ok\n"
    folder = RunFolder(tmp_path / "出")
    with pytest.raises(Held), folder.held():
        pass
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with folder.held():
        pass


def test_发布到一半被打断_下一次接着做完(tmp_path):
    out = tmp_path / "出"
    folder = RunFolder(out)
    with folder.held():
        for name, text in (("a.txt", "一"), ("b.txt", "二"), ("manifest.json", "{}")):
            (folder.new).mkdir(parents=True, exist_ok=True)
            (folder.new / name).write_text(text, encoding="utf-8")
        (folder.new / "a.txt").replace(out / "a.txt")
        (out / "旧.txt").write_text("旧", encoding="utf-8")
        (folder.room / "publish.json").write_text(
            json.dumps({"files": ["a.txt", "b.txt"], "gone": ["旧.txt"]}), encoding="utf-8")
    with folder.held():
        assert {p.name for p in out.iterdir() if p.is_file()} == {"a.txt", "b.txt", "manifest.json"}


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="没有 fork")
def test_随时打断五十次_文件夹总是完整_最后的结果一样():
    done = subprocess.run([sys.executable, "-m", "benchmarks.kills", "50"], capture_output=True,
                          text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "50 kills" in done.stdout


# -- 磁盘、权限、时钟、字体 ------------------------------------------------------------------


def hecha(*arguments, before=None, path=None):
    paths = [str(p) for p in (path, Path(__file__).parents[2], os.environ.get("PYTHONPATH")) if p]
    return subprocess.run([sys.executable, "-m", "hecha", *map(str, arguments)], capture_output=True,
                          text=True, encoding="utf-8", check=False, preexec_fn=before,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)})


@pytest.mark.skipif(sys.platform == "win32", reason="没有文件大小限制")
def test_磁盘满了_说清楚_原来的成果一个不动(again):
    import resource

    case, out = again
    (case / "plan_note.md").write_text("变了", encoding="utf-8")
    before = manifest(out)
    done = hecha("run", case, "--plan", PLAN, "--out", out, before=lambda: resource.setrlimit(
        resource.RLIMIT_FSIZE, (20_000, 20_000)))
    assert done.returncode != 0 and "文件超过了系统允许的大小" in done.stderr, done.stderr[-500:]
    assert manifest(out) == before and verify_manifest(out) == []
    assert not [p for p in out.rglob("*.part")]


def test_结果写不进去_说清楚(tmp_path):
    (tmp_path / "文件").write_text("x", encoding="utf-8")
    done = hecha("run", f"data/{CASE}", "--plan", PLAN, "--out", tmp_path / "文件/出")
    assert done.returncode == 3
    assert "文件写不了或读不了" in done.stderr and "Traceback" not in done.stderr


def test_时钟被调回过去_照样判断新旧_日志里提醒(again):
    case, out = again
    with (out / "log/run.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"at": "2999-01-01 00:00:00", "event": "end", "what": ""}) + "\n")
    (out / f"town_{ONE}.html").unlink()
    report = run(case, PLAN, out)
    assert report.failed == {} and verify_manifest(out) == []
    assert "比上一次运行结束时（2999-01-01 00:00:00）还早" in (out / "log/run.log").read_text("utf-8")
    assert Journal(out).last_end() < "2999"


NO_FONT = """
import importlib.metadata, pathlib
files, rglob = importlib.metadata.files, pathlib.Path.rglob
importlib.metadata.files = lambda name: None if name == "zhplot" else files(name)
pathlib.Path.rglob = lambda self, name: iter(()) if name.endswith(("tf", "ttc")) else rglob(self, name)
"""


def test_没有中文字体_一句话说清楚_原来的成果一个不动(again):
    """The carrier's files are hidden from every process of the run, and so are the system's."""
    case, out = again
    before = manifest(out)
    Path("sitecustomize.py").write_text(NO_FONT, encoding="utf-8")
    done = hecha("run", case, "--plan", PLAN, "--out", out, "--force", path=Path.cwd())
    assert done.returncode == 2 and done.stderr.splitlines()[-1].startswith("没有找到中文字体")
    assert "Traceback" not in done.stderr
    assert manifest(out) == before and verify_manifest(out) == []


def test_有一处写不进去_原来的成果一个不动(tmp_path, monkeypatch):
    out = tmp_path / "出"
    folder = RunFolder(out)
    for base, text in ((out, "旧"), (folder.new, "新")):
        (base / "tables").mkdir(parents=True)
        for name in ("a.txt", "tables/b.txt"):
            (base / name).write_text(text, encoding="utf-8")
    (out / "manifest.json").write_text('{"outputs": {"a.txt": ""}}', encoding="utf-8")
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "tables")
    with pytest.raises(PermissionError, match="tables"):
        folder.publish(["a.txt", "tables/b.txt"], "{}")
    assert (out / "a.txt").read_text("utf-8") == "旧" and folder.listed() == {"a.txt": ""}
    monkeypatch.undo()
    folder.publish(["a.txt", "tables/b.txt"], "{}")
    assert (out / "tables/b.txt").read_text("utf-8") == "新" and folder.listed() == {}


def test_一个文件写不成_不留半截的_说出是哪个(tmp_path):
    (tmp_path / "表.csv").mkdir()
    with pytest.raises(OSError, match="表.csv"):
        write_whole(tmp_path / "表.csv", "x")
    assert [p.name for p in tmp_path.iterdir()] == ["表.csv"]


def test_做了几份报告_数的是报告_与没有变化时数的一样():
    report = RunReport(Path("出"), did=["读入并计分", "甲镇核查报告", "乙镇核查报告", "文书", "网页"],
                       kept=["县级报告"], failed={"乙镇核查报告": "时限"})
    assert report.made == ["甲镇核查报告"]
    assert _done(report) == "做了1份报告，另有读入并计分、文书、网页，1份没有做成，1份报告没有变化，用时0.0秒。"
    assert _done(RunReport(Path("出"), did=["网页"], kept=["县级报告"])) == (
        "重做了网页，1份报告没有变化，用时0.0秒。")


# -- 许多卷宗 --------------------------------------------------------------------------------


def test_一个文件夹里的卷宗各成一批(tmp_path):
    for name in ("乙县", "甲县"):
        (tmp_path / name / "returns").mkdir(parents=True)
    (tmp_path / "别的").mkdir()
    asked = cases_asked(str(tmp_path), PLAN, str(tmp_path / "出"), Path("outputs"))
    assert [(Path(a.case).name, Path(a.out).name) for a in asked] == [("乙县", "乙县"), ("甲县", "甲县")]


def test_批次表写错了_一次说完(tmp_path):
    file = tmp_path / "runs.yaml"
    file.write_text("runs:\n- case: data/yunxi\n  notebooks: [twon]\n- plan: params/xian2023\n"
                    "- case: data/yunxi\n  pln: x\n", encoding="utf-8")
    with pytest.raises(Refused) as refused:
        runs_in(file, PLAN, tmp_path)
    said = str(refused.value)
    assert "没有“twon”这个笔记本" in said and "每一批都要写 case" in said and "不认识“pln”" in said
    assert "runs.yaml第2行" in said


def test_批次表可以选笔记本_给参数(tmp_path):
    file = tmp_path / "runs.yaml"
    file.write_text("runs:\n- case: data/yunxi\n  out: 出\n  towns: [建安镇]\n  notebooks:\n    town: {}\n",
                    encoding="utf-8")
    (asked,) = runs_in(file, "params/xian2023", tmp_path)
    assert (asked.plan, asked.out, asked.towns, asked.notebooks) == (
        "params/xian2023", "出", ("建安镇",), {"town": {}})
