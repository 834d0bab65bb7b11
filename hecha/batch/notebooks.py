"""Notebooks run by papermill, with parameters refused by name before anything runs.

papermill only warns of an unknown parameter and runs the default town; it turns
`0203` into 203 and checks no type.  Here the tagged cell is read as what it is, a list
of typed literals, and a misspelt or mistyped parameter is refused with the
nearest name.  Here and in the engine beside it papermill is imported, nowhere else.
"""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat

from hecha.batch.engine import NAME, InProcessEngine
from hecha.folders import STARTED_IN, write_whole
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
            engine: str | None = NAME, *, started_in: str | Path = "", cwd: str | Path = "",
            journal: Path | None = None) -> Path:
    """Run a notebook with parameters and keep the executed copy, whole.

    `engine` None is papermill's own, a kernel for the notebook; it runs in `cwd` (the folder
    of `output` where none is named). `started_in` is the folder from which relative paths
    among the parameters are meant, where it is not that; `journal` as the engine keeps it.
    Raises NotebookFailed with the failing cell's own words; the copy then has it marked.
    """
    kept, failed = _executed(notebook, output, given, engine, started_in, cwd, journal)
    _settle(kept)
    write_whole(output, nbformat.writes(kept) + "\n")
    if failed:
        raise NotebookFailed(failed)
    return output


def _executed(notebook: Path, output: Path, given: Mapping[str, object], engine: str | None,
              started_in: str | Path, cwd: str | Path, journal: Path | None
              ) -> tuple[nbformat.NotebookNode, str]:
    """The executed notebook, and why it failed, if it did."""
    import papermill
    from papermill.engines import papermill_engines

    papermill_engines.register(NAME, InProcessEngine)
    check_parameters(notebook, given)
    if started_in:
        os.environ[STARTED_IN] = str(started_in)
    output.parent.mkdir(parents=True, exist_ok=True)
    aside = output.with_name(f".{output.name}")
    own = {"journal": str(journal)} if journal and engine == NAME else {}
    try:
        made = papermill.execute_notebook(
            str(notebook), str(aside), dict(given), engine_name=engine, kernel_name="python3",
            progress_bar=False, log_output=False, request_save_on_cell_execute=False,
            cwd=str(cwd or output.parent), **own)
        return made, _left_early(notebook.name, made)
    except papermill.PapermillExecutionError as error:
        return nbformat.read(aside, as_version=4), (
            f"{notebook.name} 在第{error.cell_index}个单元格停下：{error.ename}：{error.evalue}")
    finally:
        aside.unlink(missing_ok=True)


def _left_early(name: str, made: nbformat.NotebookNode) -> str:
    """papermill takes `sys.exit(0)` for success; the cells after it have not run."""
    for index, cell in enumerate(made.cells):
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                return f"{name} 在第{index}个单元格停下：{output.ename}：{output.evalue}"
    return ""


def keep_stopped(notebook: Path, output: Path, given: Mapping[str, object], journal: Path,
                 why: str) -> None:
    """Keep the copy of a notebook whose process was ended, from what its journal has.

    The cells that were done have their outputs; the one that was running bears `why` as
    its error, and papermill's own marks.
    """
    import papermill
    from papermill.execute import raise_for_execution_errors

    output.parent.mkdir(parents=True, exist_ok=True)
    aside = output.with_name(f".{output.name}")
    kept = papermill.execute_notebook(str(notebook), str(aside), dict(given), prepare_only=True,
                                      kernel_name="python3", progress_bar=False)
    for line in _lines(journal) or [{"cell": 0}]:
        cell = kept.cells[line["cell"]]
        stopped = nbformat.v4.new_output("error", ename="Stopped", evalue=why, traceback=[why])
        cell.outputs = nbformat.from_dict(line.get("outputs", [stopped]))
        cell.execution_count = line.get("count")
    with suppress(papermill.PapermillExecutionError):
        raise_for_execution_errors(kept, str(aside))
    kept = nbformat.read(aside, as_version=4)
    aside.unlink()
    _settle(kept)
    write_whole(output, nbformat.writes(kept) + "\n")


def _lines(journal: Path) -> list[dict]:
    """The lines of a journal; one that was cut off is left out, its cell had not ended."""
    found = []
    for text in journal.read_text(encoding="utf-8").splitlines() if journal.is_file() else []:
        with suppress(ValueError):
            found.append(json.loads(text))
    return found


def _settle(notebook: nbformat.NotebookNode) -> None:
    """Take out times and random ids, so that the same inputs give the same bytes."""
    notebook.metadata.pop("papermill", None)
    for index, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        cell.id = f"cell-{index}"
