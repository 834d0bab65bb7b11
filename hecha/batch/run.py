"""A run: score a case, tell it, and write `outputs/<run>/` so that it can be checked.

Tables first, then notebooks through papermill, then one page a notebook, the index and
the manifest.  A notebook that fails keeps its executed copy and the run goes on; a town
that is unfinished is reported as such and stops nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hecha.batch.manifest import write_manifest
from hecha.batch.opening import Opened, open_case
from hecha.folders import project_folder, write_whole
from hecha.problems import HechaError
from hecha.report import published
from hecha.scoring import Results, snapshot
from hecha.tables.writing import write_csv

Progress = Callable[[str, int, int], None]
"""called with what is being done, how many are done, how many there are"""


@dataclass(frozen=True)
class Task:
    """One notebook with its parameters and the page it becomes."""

    notebook: str
    name: str
    title: str
    parameters: dict[str, object] = field(default_factory=dict)


@dataclass
class RunReport:
    """What a run did: the folder, the results, and what failed and why."""

    folder: Path
    results: Results
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 only where nothing is wrong and nothing failed."""
        return 1 if self.failed or self.results.problems.errors or not len(self.results.towns) \
            or (self.results.towns["state"] != "完成").any() else 0


def write_tables(opened: Opened, out: Path) -> None:
    """The published tables, the workbook's data and the snapshot of a scored case."""
    for name, frame in published.tables(opened.results).items():
        write_csv(frame, out / "tables" / f"{name}.csv")
    write_whole(out / "results.json", snapshot.as_text(opened.results))


def score(case: str | Path, plan: str | Path, out: Path, towns: Sequence[str] = ()) -> RunReport:
    """Tables only: what `hecha score` does."""
    from hecha.report.workbook import write_results_workbook

    opened = open_case(case, plan, towns)
    write_tables(opened, out)
    write_results_workbook(opened.results, out / "tables" / "results.xlsx")
    write_manifest(opened, out)
    return RunReport(out, opened.results)


def tasks_of(opened: Opened, out: Path) -> list[Task]:
    """The notebooks of a run: plan, county, and one a town."""
    common = {"case": str(opened.folder.resolve()), "plan": str(opened.plan_folder.resolve()),
              "results": str((out / "results.json").resolve())}
    units = opened.results.units.towns
    towns = [Task("town", f"town_{code}", f"{units[code]}核查报告", {**common, "town": code})
             for code in opened.results.towns["town"]]
    return [Task("plan", "plan", "方案与读法", common), Task("county", "county", "县级报告", common),
            *towns]


def run(case: str | Path, plan: str | Path, out: Path, towns: Sequence[str] = (),
        progress: Progress = lambda *_: None) -> RunReport:
    """All of it: tables, notebooks, pages, index, manifest."""
    from hecha.report.workbook import write_results_workbook

    progress("读入并计分", 0, 1)
    opened = open_case(case, plan, towns)
    write_tables(opened, out)
    write_results_workbook(opened.results, out / "tables" / "results.xlsx")
    report = RunReport(out, opened.results)
    tasks = tasks_of(opened, out)
    done = _run_notebooks(tasks, out, report, progress)
    _write_pages(done, opened, out, report)
    write_manifest(opened, out)
    return report


def _run_notebooks(tasks: list[Task], out: Path, report: RunReport,
                   progress: Progress) -> list[Task]:
    from hecha.batch.notebooks import execute

    done = []
    for index, task in enumerate(tasks):
        progress(task.title, index, len(tasks))
        try:
            execute(project_folder() / "notebooks" / f"{task.notebook}.ipynb",
                    out / "notebooks" / f"{task.name}.ipynb", task.parameters)
            done.append(task)
        except HechaError as error:
            report.failed[task.title] = str(error)
    progress("完成", len(tasks), len(tasks))
    return done
