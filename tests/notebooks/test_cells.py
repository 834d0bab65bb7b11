"""What a notebook may and may not hold: every cell of every notebook is looked at.

A notebook states its question, names its clauses, holds one cell of literal parameters, calls
one verb a cell and says in prose what it means; the rest is the package's.
"""

import ast
import json
import re
from pathlib import Path

import nbformat
import pytest

from hecha import show

NOTEBOOKS = sorted(Path("notebooks").glob("*.ipynb"))
REQUIRED = {"county", "plan", "town"}
NOT_ALLOWED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.While,
               ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Try, ast.With, ast.If,
               ast.Global, ast.Delete, ast.BinOp, ast.Assert, ast.Raise)
MODULES = {"hecha"}
FRAME_WORDS = {"merge", "join", "groupby", "apply", "query", "pivot", "concat"}
CLOCK_WORDS = {"now", "today", "time", "seed", "random", "simplefilter", "filterwarnings"}


def code_cells(notebook):
    return [c for c in notebook.cells if c.cell_type == "code"]


def read(path):
    return nbformat.read(path, as_version=4)


def is_parameters(cell):
    return "parameters" in cell.metadata.get("tags", ())


def trees(path):
    return [(c, ast.parse(c.source)) for c in code_cells(read(path)) if not is_parameters(c)]


@pytest.fixture(params=NOTEBOOKS, ids=lambda p: p.stem)
def path(request):
    return request.param


def test_该有的笔记本都在():
    assert {p.stem for p in NOTEBOOKS} >= REQUIRED


def test_正好一个参数单元格_每行是有类型的字面值(path):
    [cell] = [c for c in read(path).cells if is_parameters(c)]
    assert cell.cell_type == "code"
    for line in ast.parse(cell.source).body:
        assert isinstance(line, ast.AnnAssign) and isinstance(line.value, ast.Constant)
        assert type(line.value.value).__name__ == line.annotation.id


def test_参数都用得上(path):
    [cell] = [c for c in read(path).cells if is_parameters(c)]
    used = " ".join(c.source for c in code_cells(read(path)) if not is_parameters(c))
    for line in ast.parse(cell.source).body:
        assert re.search(rf"\b{line.target.id}\b", used), line.target.id


def test_没有定义_循环_判断_捕获(path):
    found = [type(node).__name__ for _, tree in trees(path) for node in ast.walk(tree)
             if isinstance(node, NOT_ALLOWED)]
    assert found == []


def test_除了打开_每格一句_调用一个动词(path):
    for _, tree in trees(path):
        imports = [n for n in tree.body if isinstance(n, ast.ImportFrom | ast.Import)]
        rest = [n for n in tree.body if n not in imports]
        assert len(rest) == 1
        [call] = [n for n in ast.walk(rest[0]) if isinstance(n, ast.Call)]
        assert call.func.value.id == "show" and call.func.attr in show.__all__
        assert all(isinstance(a, ast.Name) for a in call.args) and not call.keywords


def test_只引入hecha(path):
    for _, tree in trees(path):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert {a.name.split(".")[0] for a in node.names} <= MODULES
            if isinstance(node, ast.ImportFrom):
                assert node.module.split(".")[0] in MODULES


def test_没有数字_路径_合并_时钟_种子(path):
    for _, tree in trees(path):
        for node in ast.walk(tree):
            assert not isinstance(node, ast.Constant)
            if isinstance(node, ast.Attribute):
                assert node.attr not in FRAME_WORDS | CLOCK_WORDS


def test_没有魔法命令和系统命令(path):
    assert not [c.source for c in code_cells(read(path)) if re.search(r"(?m)^\s*[%!]", c.source)]


def test_没有输出_没有会变的元数据(path):
    notebook = read(path)
    for cell in code_cells(notebook):
        assert cell.outputs == [] and cell.execution_count is None
        assert set(cell.metadata) <= {"tags"}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata.language_info) == {"name"}


def test_存的就是规整的样子(path):
    text = path.read_text(encoding="utf-8")
    assert nbformat.writes(read(path)).rstrip("\n") == text.rstrip("\n")
    assert json.loads(text)["nbformat"] == 4


def test_提问_写明条款_结论在前_把握在后(path):
    prose = [c.source for c in read(path).cells if c.cell_type == "markdown"]
    headings = [line for text in prose for line in text.splitlines() if line.startswith("#")]
    assert all(line.startswith("## ") for line in headings)  # the first heading is a verb's
    assert "条款" in "".join(prose) and "？" in "".join(prose)
    assert path.stem == "plan" or "把握" in headings[-1]


def test_正文不写分数和标准():
    numbers = re.compile(r"\d+(\.\d+)?\s*(分|元|%|个镇|户)")
    for path in NOTEBOOKS:
        for cell in read(path).cells:
            if cell.cell_type == "markdown":
                assert not numbers.search(cell.source), cell.source


def test_nbstripout认为是干净的(path):
    from nbstripout import strip_output

    stripped = strip_output(read(path), keep_output=False, keep_count=False, keep_id=True)
    assert stripped == read(path)
