"""引擎执行出来的笔记本，与原版 papermill 执行出来的一样。"""

import nbformat
import pytest

from hecha.batch.notebooks import NotebookFailed, execute
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
]
LAST = {"除以零": "1 / 0", "退出": "import sys\nsys.exit(3)", "零退出": "import sys\nsys.exit(0)",
        "语法": "if", "问人": "input('？')"}


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
             nbformat.v4.new_code_cell("found = 'left' in globals()\nleft = 1\nfound, _")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=PYTHON), tmp_path / "in.ipynb")
    jobs = [Job(n, "hecha.batch.notebooks:execute", {
        "notebook": tmp_path / "in.ipynb", "output": tmp_path / f"{n}.ipynb", "given": {}}) for n in "一二"]
    with Workers(1) as crew:
        assert all(ended.good for ended in crew.run(jobs))
    for n in "一二":
        last = nbformat.read(tmp_path / f"{n}.ipynb", as_version=4).cells[-1]
        assert last.outputs[0].data["text/plain"] == "(False, '')" and last.execution_count == 2
