"""papermill 的两个坑：参数写错名字照样运行，-p 0203 变成 203。这里一律事先拒绝。"""

from pathlib import Path

import nbformat
import pytest

from hecha.batch.notebooks import check_parameters, parameters_of
from hecha.problems import Refused

NOTEBOOKS = Path("notebooks")


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda p: p.stem)
def test_每个笔记本正好一个参数单元格(path):
    names = [p.name for p in parameters_of(path)]
    assert len(names) == len(set(names)) >= 1


def test_写错名字的参数被拒绝_并提示最像的():
    with pytest.raises(Refused, match="没有“twon”这个参数；应为：是不是“town”？"):
        check_parameters(NOTEBOOKS / "town.ipynb", {"twon": "449901105"})


def test_数字不能当作镇代码():
    with pytest.raises(Refused, match="参数“town”的类型不对，填的是“449901105”；应为：str"):
        check_parameters(NOTEBOOKS / "town.ipynb", {"town": 449901105})


def test_几处错误一次说完():
    with pytest.raises(Refused) as refused:
        check_parameters(NOTEBOOKS / "town.ipynb", {"twon": "x", "case": 3})
    assert len(refused.value.problems) == 2


def notebook(tmp_path, *sources):
    cells = [nbformat.v4.new_code_cell(s, metadata={"tags": ["parameters"]}) for s in sources]
    path = tmp_path / "试.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


@pytest.mark.parametrize("sources", [(), ('a: str = "x"', 'b: str = "y"')])
def test_没有或有两个参数单元格的笔记本不运行(tmp_path, sources):
    with pytest.raises(Refused, match="parameters 单元格有"):
        parameters_of(notebook(tmp_path, *sources))


@pytest.mark.parametrize("source", ["a = 3", "a: str = str(3)", "import os"])
def test_参数单元格只能是字面值(tmp_path, source):
    with pytest.raises(Refused, match="只能写"):
        parameters_of(notebook(tmp_path, source))
