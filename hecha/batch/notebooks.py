"""Notebooks run by papermill, with parameters refused by name before anything runs.

papermill only warns of an unknown parameter and runs the default town; it turns
`0203` into 203 and checks no type.  Here the tagged cell is read as what it is, a list
of typed literals, and a misspelt or mistyped parameter is refused with the
nearest name.  Here and in the engine beside it papermill is imported, nowhere else.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat

from hecha.batch.engine import NAME, InProcessEngine
from hecha.folders import STARTED_IN
from hecha.plan.messages import nearest
from hecha.problems import HechaError, Place, Problems

_TYPES = {"str": str, "int": int, "bool": bool, "float": float}


class NotebookFailed(HechaError):
    """A notebook stopped at a cell; its executed copy is kept with the cell marked."""

    exit_code = 1


@dataclass(frozen=True)
class Parameter:
    """One line of the parameters cell: `town: str = "449901105"`."""

    name: str
    type: str
    default: object


def parameters_of(notebook: Path) -> tuple[Parameter, ...]:
    """The parameters a notebook declares, from its one cell tagged `parameters`.

    Raises Refused where the cell is not there exactly once or is more than literals.
    """
    problems = Problems()
    place = Place(notebook.name)
    cells = [c for c in nbformat.read(notebook, as_version=4).cells
             if "parameters" in c.metadata.get("tags", [])]
    if len(cells) != 1:
        problems.error(place, "parameters_cell", f"parameters 单元格有{len(cells)}个",
                       expected="正好一个")
    found = [p for c in cells[:1] for p in _declared(c.source, place, problems)]
    problems.raise_if_errors("笔记本不能运行")
    return tuple(found)


def _declared(source: str, place: Place, problems: Problems) -> list[Parameter]:
    found: list[Parameter] = []
    try:
        lines = ast.parse(source).body
    except SyntaxError as error:
        problems.error(place, "parameters_cell", "parameters 单元格不是有效的 Python",
                       found=str(error.text or "").strip())
        return found
    for line in lines:
        ok = (isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
              and isinstance(line.annotation, ast.Name) and isinstance(line.value, ast.Constant)
              and line.annotation.id in _TYPES)
        if ok and not _is_a(line.value.value, line.annotation.id):
            problems.error(place, "parameters_cell", f"参数“{line.target.id}”的缺省值与类型不符",
                           found=ast.unparse(line), expected=line.annotation.id)
        elif ok and line.target.id in [p.name for p in found]:
            problems.error(place, "parameters_cell", f"参数“{line.target.id}”写了两次",
                           found=ast.unparse(line))
        elif ok:
            found.append(Parameter(line.target.id, line.annotation.id, line.value.value))
        else:
            problems.error(place, "parameters_cell", "parameters 单元格只能写“名称: 类型 = 值”",
                           found=ast.unparse(line))
    return found


def check_parameters(notebook: Path, given: Mapping[str, object]) -> None:
    """Refuse unknown, and mistyped parameters, all at once.

    >>> from hecha.folders import project_folder
    >>> town = project_folder() / "notebooks" / "town.ipynb"
    >>> check_parameters(town, {"twon": "449901105"})
    Traceback (most recent call last):
    hecha.problems.Refused: 笔记本参数有误（1处）：
      错误 town.ipynb：没有“twon”这个参数；应为：是不是“town”？可用：case、plan、results、town
    """
    declared = {p.name: p for p in parameters_of(notebook)}
    problems, place = Problems(), Place(notebook.name)
    for name, value in given.items():
        if name not in declared:
            problems.error(place, "unknown_parameter", f"没有“{name}”这个参数",
                           expected=f"{nearest(name, declared)}可用：{'、'.join(declared)}")
        elif not _is_a(value, declared[name].type):
            problems.error(place, "parameter_type", f"参数“{name}”的类型不对",
                           found=repr(value), expected=declared[name].type)
    problems.raise_if_errors("笔记本参数有误")


def _is_a(value: object, type_name: str) -> bool:
    if isinstance(value, bool):
        return type_name == "bool"
    return isinstance(value, _TYPES[type_name])


def execute(notebook: Path, output: Path, given: Mapping[str, object],
            engine: str | None = NAME, started_in: str | Path = "") -> Path:
    """Run a notebook with parameters and keep the executed copy, whole.

    `engine` None is papermill's own, a kernel for the notebook; `started_in` the folder from
    which relative paths among the parameters are meant, where it is not the notebook's own.
    Raises NotebookFailed with the failing cell's own words.
    """
    import papermill
    from papermill.engines import papermill_engines

    papermill_engines.register(NAME, InProcessEngine)
    check_parameters(notebook, given)
    if started_in:
        os.environ[STARTED_IN] = str(started_in)
    output.parent.mkdir(parents=True, exist_ok=True)
    aside = output.with_name(f".{output.name}")
    try:
        papermill.execute_notebook(str(notebook), str(aside), dict(given), engine_name=engine,
                                   kernel_name="python3", progress_bar=False, log_output=False, cwd=str(output.parent))
    except papermill.PapermillExecutionError as error:
        aside.replace(output)
        raise NotebookFailed(f"{notebook.name} 在第{error.cell_index}个单元格停下："
                             f"{error.ename}：{error.evalue}") from None
    _settle(aside)
    aside.replace(output)
    return output


def _settle(path: Path) -> None:
    """Take out times and random ids, so that the same inputs give the same bytes."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("papermill", None)
    for index, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        cell.id = f"cell-{index}"
    nbformat.write(notebook, path)
