"""笔记本出什么事都只坏它自己的报告：原因说得对，执行到哪里留得住，别的报告照出。"""

import json
import shutil

import nbformat
import pytest

from hecha.batch.manifest import verify_manifest
from hecha.batch.run import How, run
from hecha.batch.workers import Job, Workers, how_ended

CASE, PLAN = "sheng-bangfu", "params/sheng-bangfu"
LOOP, KILLED, HUNGRY = "449000101", "449000102", "449000103"
BAD = f'''
import os, signal
if town == "{LOOP}":
    while True:
        pass
if town == "{KILLED}":
    os.kill(os.getpid(), signal.SIGKILL)
if town == "{HUNGRY}":
    hoard = bytearray(8 << 30)
'''


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """One run with five notebooks that misbehave, each in its own way."""
    base = tmp_path_factory.mktemp("坏")
    books = shutil.copytree("notebooks", base / "notebooks")
    put(books / "town.ipynb", BAD)
    put(books / "county.ipynb", "1 / 0")
    put(books / "plan.ipynb", "import sys; sys.exit(0)")
    out = base / "出"
    patch = pytest.MonkeyPatch()
    patch.setenv("HECHA_NOTEBOOKS", str(books))
    try:
        report = run(f"data/{CASE}", PLAN, out, how=How(2, limit=45, retries=0, memory=2048))
    finally:
        patch.undo()
    return report, out


def put(book, source):
    """Put a cell after the second code cell, so that one has already been shown."""
    notebook = nbformat.read(book, as_version=4)
    places = [n for n, c in enumerate(notebook.cells) if c.cell_type == "code"]
    notebook.cells.insert(places[2] + 1, nbformat.v4.new_code_cell(source))
    nbformat.write(notebook, book)


REASONS = {
    "县级报告": "ZeroDivisionError：division by zero", "方案与读法": "SystemExit：0",
    "云州市核查报告": "超过时限45秒，已停止", "江临市核查报告": "进程被强行结束（信号 SIGKILL",
    "南屏市核查报告": "MemoryError"}
COPIES = {"县级报告": "county", "方案与读法": "plan", "云州市核查报告": f"town_{LOOP}",
          "江临市核查报告": f"town_{KILLED}", "南屏市核查报告": f"town_{HUNGRY}"}


def test_五种出事都说出真正的原因_运行不停_退出码不为零(made):
    report, _ = made
    assert set(report.failed) == set(REASONS) and report.exit_code == 1
    for title, reason in REASONS.items():
        assert reason in report.failed[title], title


def test_没出事的报告照出_出事的没有网页_目录里写明(made):
    _, out = made
    assert (out / "intake.html").is_file() and verify_manifest(out) == []
    index = (out / "index.html").read_text("utf-8")
    for title, name in COPIES.items():
        assert not (out / f"{name}.html").exists(), title
        assert f"没有生成“{title}”" in index


@pytest.mark.parametrize("title", list(REASONS))
def test_执行到哪里留得住_出事的那一格写着原因(made, title):
    _, out = made
    notebook = nbformat.read(out / f"notebooks/{COPIES[title]}.ipynb", as_version=4)
    bad = [c for c in notebook.cells if c.cell_type == "code" and any(
        o.output_type == "error" for o in c.outputs)]
    assert len(bad) == 1
    error = next(o for o in bad[0].outputs if o.output_type == "error")
    assert (f"{error.ename}：{error.evalue}").find(REASONS[title].removeprefix("：")) >= 0
    before = notebook.cells[:notebook.cells.index(bad[0])]
    assert any(c.get("outputs") for c in before if c.cell_type == "code")
    assert all(not c.outputs for c in notebook.cells[notebook.cells.index(bad[0]) + 1:]
               if c.cell_type == "code")


def test_日志里人看的和机器看的都有(made):
    _, out = made
    lines = [json.loads(line) for line in (out / "log/run.jsonl").read_text("utf-8").splitlines()]
    assert {line["what"] for line in lines if line["event"] == "failed"} == set(REASONS)
    assert all(line["seconds"] >= 0 for line in lines if line["event"] in ("made", "failed"))
    assert "失败　云州市核查报告" in (out / "log/run.log").read_text("utf-8")


def test_退出码和信号说成话():
    assert how_ended(3) == "进程自行退出，退出码3"
    assert how_ended(-11) == "进程被强行结束（信号 SIGSEGV）"


def test_意外结束的再试_自己出错的不再试(tmp_path):
    """A process that dies is tried as often as it may be; an error of the job's own is not."""
    book = tmp_path / "dies.ipynb"
    notebook = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_code_cell('mark: str = ""', metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("open(mark, 'a').write('x')"),
        nbformat.v4.new_code_cell("import os; os._exit(7)")], metadata={
            "kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}})
    nbformat.write(notebook, book)
    arguments = {"source": str(book), "cwd": str(tmp_path), "started_in": "",
                 "journal": str(tmp_path / "journal")}
    with Workers(1) as crew:
        (ended,) = crew.run([Job("死", "hecha.batch.jobs:notebook", {
            **arguments, "out": str(tmp_path / "a.ipynb"),
            "parameters": {"mark": str(tmp_path / "died")}}, 60, 2)])
        (refused,) = crew.run([Job("拒", "hecha.batch.jobs:notebook", {
            **arguments, "out": str(tmp_path / "b.ipynb"),
            "parameters": {"mrak": "x"}}, 60, 2)])
    assert ended.why == "进程自行退出，退出码7" and (tmp_path / "died").read_text() == "xxx"
    assert "没有“mrak”这个参数" in str(refused.error) and not refused.why
