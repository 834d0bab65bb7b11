"""A run: score a case, tell it, and write `outputs/<run>/` so that it can be checked.

Tables first, then notebooks through papermill, then one page a notebook, the index and
the manifest.  A notebook that fails keeps its executed copy and the run goes on; a town
that is unfinished is reported as such and stops nobody else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path

from hecha.batch.contents import Task, tasks_of
from hecha.batch.documents import print_run, write_documents
from hecha.batch.manifest import clear, write_manifest
from hecha.batch.notebooks import execute
from hecha.batch.opening import Opened, open_case
from hecha.batch.pages import write_index, write_pages
from hecha.folders import project_folder, write_whole
from hecha.problems import HechaError
from hecha.report import published
from hecha.report.naming import marked
from hecha.report.workbook import write_results_workbook
from hecha.scoring import Results, snapshot
from hecha.tables.writing import write_csv

KEPT = "../results.json"

Progress = Callable[[str, int, int], None]
"""called with what is being done, how many are done, how many there are"""


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
    """The published tables, the workbook and the snapshot of a scored case."""
    results = opened.results
    for name, frame in published.tables(results).items():
        write_csv(frame, out / marked(f"tables/{name}.csv", results))
    write_results_workbook(results, out / marked("tables/results.xlsx", results))
    write_whole(out / "results.json", snapshot.as_text(results))


def score(case: str | Path, plan: str | Path, out: Path, towns: Sequence[str] = (),
          ranked: bool = True) -> RunReport:
    """Tables only: what `hecha score` does."""
    opened = open_case(case, plan, towns, ranked)
    others = clear(out)
    write_tables(opened, out)
    write_manifest(opened, out, others)
    return RunReport(out, opened.results)


def _tasks(opened: Opened, case: str | Path, plan: str | Path) -> list[Task]:
    """The notebooks of a run (hecha.batch.contents).

    They read the results kept beside them, by a relative path, so that an executed notebook
    names no machine and can be opened where the run's folder is moved.
    """
    given = {"case": Path(case).as_posix(), "plan": Path(plan).as_posix(), "results": KEPT}
    return tasks_of(opened.results, opened.folder, given)


def run(case: str | Path, plan: str | Path, out: Path, towns: Sequence[str] = (),
        progress: Progress = lambda *_: None, workers: int = 2, pdf: bool = False,
        ranked: bool = True) -> RunReport:
    """All of it: tables, notebooks, pages, documents, with `pdf` the prints, index, manifest."""
    progress("读入并计分", 0, 1)
    opened = open_case(case, plan, towns, ranked)
    others = clear(out)
    write_tables(opened, out)
    report = RunReport(out, opened.results)
    done = _run_notebooks(_tasks(opened, case, plan), out, report, progress, workers)
    progress("文书", len(done), len(done))
    write_documents(opened, out, report.failed)
    font = write_pages(done, opened.results, out, report.failed)
    if pdf:
        progress("打印成PDF", len(done), len(done))
        report.failed |= print_run(out)
    write_index(done, opened.results, out, report.failed, font)
    write_manifest(opened, out, others)
    return report


def _run_notebooks(tasks: list[Task], out: Path, report: RunReport, progress: Progress,
                   workers: int) -> list[Task]:
    """Run the notebooks side by side; a failed one is kept, named, and stops no other."""
    done = []
    with _pool(workers) as pool:
        jobs = {pool.submit(execute, project_folder() / "notebooks" / f"{task.notebook}.ipynb",
                            out / "notebooks" / f"{task.name}.ipynb", task.parameters,
                            started_in=Path.cwd()): task
                for task in tasks}
        for count, job in enumerate(as_completed(jobs), 1):
            task = jobs[job]
            progress(task.title, count, len(tasks))
            error = job.exception()
            if error is None:
                done.append(task)
            elif isinstance(error, HechaError):
                report.failed[task.title] = str(error)
            else:
                report.failed[task.title] = f"运行笔记本的进程意外结束（{type(error).__name__}）"
    return sorted(done, key=tasks.index)


def _pool(workers: int) -> ProcessPoolExecutor:
    """A process for every notebook, forked from a warm parent that has its imports.

    Where the system cannot fork, workers live on and run one notebook after another.
    """
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # its remark is no one's news
    if "forkserver" not in get_all_start_methods():
        return ProcessPoolExecutor(workers, get_context("spawn"))
    context = get_context("forkserver")
    context.set_forkserver_preload(["hecha.batch.warm"])
    return ProcessPoolExecutor(workers, context, max_tasks_per_child=1)
