"""From two folders to a scored case: the one way in for commands and notebooks.

The plan's folder and the case's folder go in; the county's parameter table is laid over
the plan, the case is loaded by the plan's forms, scored, and marked as R-20 asks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from hecha.approvals import facts_of, mark_of, version_of
from hecha.case import Case, load_case
from hecha.case.desk import Desk
from hecha.case.parameters import FILE, read_parameters
from hecha.folders import find_folder
from hecha.intake import with_records
from hecha.plan import Parameter, Plan, load_plan
from hecha.problems import HechaError, Place, Problems
from hecha.scoring import Results, score_case

PARTS = ("roster", "draw", "returns")


class NoCase(HechaError):
    """The folder is there but is no case."""


@dataclass(frozen=True)
class Opened:
    """A case, the plan it is judged by, and what came of it."""

    folder: Path
    plan_folder: Path
    case: Case
    plan: Plan
    results: Results


def parameters_of(case: Case) -> list[Parameter]:
    """The county's parameter rows with the place of each value."""
    return [_parameter(row) for row in case.parameters.itertuples(index=False)]


def _parameter(row: tuple) -> Parameter:
    return Parameter(row.key, row.value, Place(row.file, row.sheet, int(row.row), "值"))


def parameters_in(folder: Path) -> list[Parameter]:
    """The parameter rows of a case's folder, without reading the rest of it."""
    desk = Desk(folder, Problems())
    rows = read_parameters(desk)
    desk.problems.raise_if_errors("核查方案参数有误")
    return [_parameter(row) for row in rows.itertuples(index=False)]


def _ask_for_parameters(case: Case, plan: Plan) -> None:
    """A parameter table that is there and says nothing was not read as it was meant."""
    if plan.parameters and FILE in case.inputs and case.parameters.empty:
        case.problems.error(Place(FILE), "no_parameters", "参数表里没有找到一行“键 | 值 | 含义”，"
                            "县的参数都没有读到")


def unranked(plan: Plan) -> Plan:
    """The plan as it would be told without ranks (不排名).

    >>> unranked(load_plan("params/xian2023")).grades.ranked
    False
    """
    return plan.model_copy(update={"grades": plan.grades.model_copy(update={"ranked": False})})


def load_only(case: str | Path, plan: str | Path) -> tuple[Path, Path, Case, Plan]:
    """The folders, the case as handed in and recorded, the plan with its values; nothing scored.

    Raises as :func:`open_case`.
    """
    folder, plan_folder = find_folder(case), find_folder(plan)
    if not any((folder / part).is_dir() for part in PARTS):
        raise NoCase(f"“{folder.name}”不是卷宗：里面没有 {'、'.join(PARTS)} 文件夹")
    bare = load_plan(plan_folder)
    loaded = with_records(load_case(folder, bare.forms), folder, bare.forms)
    _ask_for_parameters(loaded, bare)
    return folder, plan_folder, loaded, load_plan(plan_folder, parameters_of(loaded))


def open_case(case: str | Path, plan: str | Path, towns: Iterable[str] = (),
              ranked: bool = True) -> Opened:
    """Load, judge and score a case; `towns` (codes or names) scores only some.

    `ranked` false lists without ranking (不排名), as a plan may say itself.

    Raises Refused where plan or parameters are wrong, NoSuchTown where a town is.
    """
    folder, plan_folder, loaded, judged = load_only(case, plan)
    judged = judged if ranked else unranked(judged)
    results = score_case(judged, loaded, towns)
    facts, version = facts_of(folder), version_of(judged, loaded.inputs)
    if results.final and mark_of(judged, facts, version) and not mark_of(judged, facts):
        results.problems.warning(Place(".hecha/facts.json"), "changed_since_approval",
                                 "批准之后卷宗的文件或方案有改动，不是批准的那一版，须重新报批")
    mark = mark_of(judged, facts, version, results.final)
    return Opened(folder, plan_folder, loaded, judged, replace(results, mark=mark))
