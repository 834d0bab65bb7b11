"""引擎执行出来的笔记本，与原版 papermill 执行出来的一样。"""

import getpass
import logging
import os
import sys
import warnings

import matplotlib
import nbformat
import pytest

from hecha.batch.notebooks import NotebookFailed, execute
from hecha.batch.shell import shell
from hecha.batch.workers import Job, Workers

CELLS = [
    "print('甲'); print('乙')",
    "import sys; print('错', file=sys.stderr)",
    "1 + 1",
    "1 + 1;",
    "from IPython.display import display, clear_output, HTML\nhandle = display('旧', display_id='x')",
    "handle.update('新')\nmore = display({'text/plain': '又'}, raw=True, display_id='y')",
    "print('去掉'); clear_output(); print('留下')",
    "import asyncio\nawait asyncio.sleep(0)\n'等到了'",
    "display(HTML('<b>粗</b>')); print('中'); display(3)",
    "%%capture kept\nprint('藏')",
    "kept.stdout, _, town",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('图前')",
    "class 本():\n    def __repr__(self): return '本'\n    def _repr_html_(self): return '<i>本</i>'\n    def _repr_png_(self): return b'PNG'\n本()",
    "!echo 外面",
    "",
    "try:\n    input('？')\nexcept Exception as error:\n    print(type(error).__name__)",
    "import getpass\ntry:\n    getpass.getpass()\nexcept Exception as error:\n    print(f'{error}')",
]
LAST = {"除以零": "1 / 0", "退出": "import sys\nsys.exit(3)", "零退出": "import sys\nsys.exit(0)",
        "语法": "if", "问人": "input('？')",
        "自己处理": "get_ipython().set_custom_exc((ValueError,), lambda *_, **__: print('处理'))\nraise ValueError"}

PYTHON = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}


def run(engine, name, folder):
    """Execute one of the notebooks: stock papermill here, ours in a worker, as a run does."""
    cells = [nbformat.v4.new_code_cell('town: str = "0203"', metadata={"tags": ["parameters"]}),
             nbformat.v4.new_markdown_cell("# 题"),
             *map(nbformat.v4.new_code_cell, CELLS if name == "好" else ["print('前')", LAST.get(name, name), "print('后')"])]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=PYTHON), folder / "in.ipynb")
    asked = {"notebook": folder / "in.ipynb", "output": folder / "out.ipynb",
             "given": {"town": "449901105"}, "engine": engine}
    if engine:
        with Workers(1) as crew:
            (ended,) = crew.run([Job("引擎", "hecha.batch.notebooks:execute", asked)])
        failed = str(ended.error or ended.why)
    else:
        try:
            failed = execute(**asked) and ""
        except NotebookFailed as error:
            failed = str(error)
    return failed, nbformat.read(folder / "out.ipynb", as_version=4)


@pytest.mark.parametrize("name", ["好", *LAST])
def test_每一格的输出_编号_元数据都与原版一样(name, tmp_path):
    stock, ours = (told(*run(engine, name, tmp_path)) for engine in (None, "hecha"))
    assert bool(ours[0]) == (name != "好")
    assert ours == stock


def told(failed, notebook):
    """What an executed notebook says: why it failed, its cells, its language."""
    cells = [dict(c) | {"outputs": [bare(o) for o in c.get("outputs", ())]} for c in notebook.cells]
    return failed, cells, notebook.metadata


def bare(output):
    """An output without the numbers of temporary files in a traceback."""
    kept = dict(output)
    kept.pop("traceback", None)
    return kept


def test_单元格里写退出_与sys_exit一样停下(tmp_path):
    failed, notebook = run("hecha", "exit", tmp_path)
    assert "SystemExit" in failed and notebook.cells[-1].execution_count is None


def test_不能分叉的系统_一个进程先后做几份_互不相见(tmp_path, monkeypatch):
    monkeypatch.setenv("HECHA_NO_FORK", "1")
    cells = [nbformat.v4.new_code_cell('town: str = ""', metadata={"tags": ["parameters"]}),
             nbformat.v4.new_code_cell("found = 'left' in globals()\nleft = 1\nfound, _"),
             nbformat.v4.new_code_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2]);")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=PYTHON), tmp_path / "in.ipynb")
    jobs = [Job(n, "hecha.batch.notebooks:execute", {
        "notebook": tmp_path / "in.ipynb", "output": tmp_path / f"{n}.ipynb", "given": {}}) for n in "一二"]
    with Workers(1) as crew:
        assert all(ended.good for ended in crew.run(jobs))
    figures = []
    for n in "一二":
        *_, said, drawn = nbformat.read(tmp_path / f"{n}.ipynb", as_version=4).cells
        assert said.outputs[0].data["text/plain"] == "(False, '')" and said.execution_count == 2
        figures += [o.data["image/png"] for o in drawn.outputs]
    assert len(figures) == 2 and figures[0] == figures[1]


@pytest.mark.parametrize("cell", ["raise ExceptionGroup('组', [ValueError(1)])", "import bdb\nraise bdb.BdbQuit"])
def test_错误没有写进输出的_也算没有做成_后面的格不运行(cell, tmp_path):
    """A group of exceptions is printed, a debugger that was left says nothing."""
    failed, notebook = run("hecha", cell, tmp_path)
    assert failed == "in.ipynb 在第4个单元格停下：CellExecutionError："
    assert notebook.cells[-1].execution_count is None


THREADS = """
import sys, threading
sys.setswitchinterval(1e-6)
def say():
    for _ in range(500): print('字', flush=True)
each = [threading.Thread(target=say) for _ in range(4)]
[one.start() for one in each]; [one.join() for one in each]
sys.setswitchinterval(0.005)
"""


def test_几个线程同时打印_一个字也不丢():
    with shell() as ours:
        _, outputs, good = ours.run(THREADS)
    assert good and sum(o.text.count("字") for o in outputs) == 4 * 500


def test_打印的每一句不另作一个输出_后面清掉的不留():
    with shell() as ours:
        _, outputs, _ = ours.run("for n in range(3): print(n)\nimport sys; print('错', file=sys.stderr)\nprint(4)")
        assert [(o.name, o.text) for o in outputs] == [
            ("stdout", "0\n1\n2\n"), ("stderr", "错\n"), ("stdout", "4\n")]
        _, outputs, _ = ours.run("from IPython.display import clear_output\nprint('旧'); print('旧')\n"
                                 "clear_output(wait=True)\nprint('新'); print('新')")
        assert [o.text for o in outputs] == ["新\n新\n"]


def test_半个字符也写得进文件():
    with shell() as ours:
        _, said, _ = ours.run("print('甲\\ud800')")
        _, error, _ = ours.run("raise ValueError('乙\\ud800')")
    assert said[0].text == "甲?\n" and error[-1].evalue == "乙?"


CHANGES = """
import getpass, logging, os, sys, warnings, matplotlib
logging.warning('说'); logging.getLogger().setLevel(10); os.environ['HECHA_LEFT'] = '留'
sys.path.insert(0, '别处'); warnings.simplefilter('ignore'); matplotlib.rcParams['font.size'] = 99
getpass.getpass = None
"""


def test_一个笔记本改了进程里的什么_下一个看不到():
    def seen():
        root = logging.getLogger()
        return (list(root.handlers), root.level, dict(os.environ), list(sys.path), list(warnings.filters),
                matplotlib.rcParams["font.size"], getpass.getpass)

    before = seen()
    with shell() as ours:
        _, outputs, good = ours.run(CHANGES)
        assert good and seen() != before
    assert seen() == before
