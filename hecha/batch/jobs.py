"""Jobs: what a run does in processes of its own; each takes plain values and gives plain values.

The watcher (:mod:`hecha.batch.run`) imports nothing heavy; the scoring, the notebooks and the
pages run here, in children of the warm parent.  A job writes into an empty folder it is
given and nowhere else; the watcher takes the files once the job has ended well.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from hecha.batch.contents import KEPT, LAST_YEAR, PART, PLAN, Task, tasks_of
from hecha.folders import STARTED_IN, write_whole
from hecha.problems import HechaError

INDEX = "index.html"
FIRST_YEAR = 1980
"""the first year that a zip file, and so a Word document, can name"""


def score(case: str, plan: str, towns: Sequence[str], ranked: bool, only: Mapping[str, Mapping],
          given: Mapping[str, str], out: str, started_in: str, opened: str) -> dict:
    """Score a case and write its tables and results; what the rest of the run must know.

    `case` and `plan` are folders, `given` how the notebooks are to name them; `opened` a file
    that keeps the opened case for the documents of this run. Raises what opening a case
    raises, ClockWrong, and HechaError where there is no Chinese font, before anything is written.
    """
    from hecha.approvals import version_of
    from hecha.batch.telling import told_of
    from hecha.report.fonts import cjk_font_file
    from hecha.report.naming import marked

    os.environ[STARTED_IN] = started_in
    cjk_font_file()
    check_clock(time.localtime().tm_year)
    found = _opened(case, plan, towns, ranked)
    results = found.results
    write_tables(found, Path(out), given.get(LAST_YEAR, ""))
    Path(opened).write_bytes(pickle.dumps(found))
    return {
        "tasks": [asdict(task) for task in tasks_of(results, found.folder, given, only)],
        "told": told_of(results),
        "wrong": bool(results.problems.errors or not len(results.towns)
                      or (results.towns["state"] != "完成").any()),
        "mark": results.mark, "home": marked(INDEX, results),
        "about": {"plan": found.plan.plan.id, "inputs": found.case.inputs, "mark": results.mark,
                  "version": version_of(found.plan, found.case.inputs)},
    }


def _opened(case: str, plan: str, towns: Sequence[str], ranked: bool):
    from hecha.batch.opening import open_case

    return open_case(case, plan, towns, ranked)


class ClockWrong(HechaError):
    """The machine's clock stands at a time in which no file can be made."""


def check_clock(year: int) -> None:
    """Refuse a clock before FIRST_YEAR, which a document's format cannot write.

    >>> check_clock(1970)
    Traceback (most recent call last):
    hecha.batch.jobs.ClockWrong: 本机的时钟停在1970年，早于1980年写不了文书，请先校准时钟
    """
    if year < FIRST_YEAR:
        raise ClockWrong(f"本机的时钟停在{year}年，早于{FIRST_YEAR}年写不了文书，请先校准时钟")


def write_tables(opened, out: Path, last_year: str = "") -> None:
    """The published tables, the workbook and the snapshot of a scored case, with its parts.

    And its register of rectification; with the folder of last year's run, what compares the two.
    """
    from hecha.batch.rectifying import write_register
    from hecha.batch.yearly import last_year_results, write_years
    from hecha.report import published
    from hecha.report.naming import marked
    from hecha.report.workbook import write_results_workbook
    from hecha.scoring import snapshot
    from hecha.scoring.parts import part_of, plan_of
    from hecha.tables.writing import write_csv

    results = opened.results
    before = last_year_results(last_year) if last_year else None
    for name, frame in published.tables(results).items():
        write_csv(frame, out / marked(f"tables/{name}.csv", results))
    write_results_workbook(results, out / marked("tables/results.xlsx", results))
    write_whole(out / KEPT, snapshot.as_text(results))
    parts = {PLAN: plan_of(results), **{t: part_of(results, t) for t in results.towns["town"]}}
    for name, part in parts.items():
        write_whole(out / PART.format(part=name), snapshot.as_text(part))
    write_register(opened, out, before)
    if before is not None:
        write_years(opened, before, out)


def documents(case: str, plan: str, towns: Sequence[str], ranked: bool, only: Mapping, opened: str,
              out: str) -> dict[str, str]:
    """The Word documents of a run; what is wrong with which."""
    from hecha.batch.documents import write_documents

    kept, failed = Path(opened), {}
    found = pickle.loads(kept.read_bytes()) if kept.is_file() else _opened(case, plan, towns, ranked)
    write_documents(found, Path(out), failed)
    return failed


def notebook(source: str, parameters: Mapping[str, object], cwd: str, started_in: str, out: str,
             journal: str) -> dict:
    """Run a notebook into `out`; the characters its page will need.

    Raises NotebookFailed with the executed copy kept and the failing cell marked.
    """
    import nbformat

    from hecha.batch.notebooks import execute
    from hecha.report.page import page_of

    made = execute(Path(source), Path(out), parameters, started_in=started_in, cwd=cwd,
                   journal=Path(journal))
    page = page_of(nbformat.read(made, as_version=4), home=INDEX)
    return {"characters": "".join(sorted(page.characters))}


def stopped(source: str, parameters: Mapping[str, object], out: str, journal: str,
            why: str) -> None:
    """The copy of a notebook whose process was ended: what it had done, and where it stopped."""
    from hecha.batch.notebooks import keep_stopped

    keep_stopped(Path(source), Path(out), parameters, Path(journal), why)


def font(results: str, tasks: Sequence[Mapping], there: Sequence[str], failed: Mapping[str, str],
         characters: str, out: str) -> None:
    """Cut the font with every character of the run's pages; `tasks` are those that have one."""
    from hecha.batch.pages import cut_font
    from hecha.scoring import snapshot

    write_whole(Path(out), cut_font([task_of(t) for t in tasks], snapshot.load(results), there,
                                    failed, characters))


def pages(tasks: Sequence[Mapping], notebooks: Sequence[str], mark: str, home: str, font: str,
          out: str) -> dict[str, str]:
    """A page for each executed notebook; the title of a task → what is wrong with its page."""
    from hecha.batch.pages import write_page

    cut, failed = Path(font).read_bytes(), {}
    for told, path in zip(tasks, notebooks, strict=True):
        write_page(task_of(told), Path(path), mark, home, cut, Path(out), failed)
    return failed


def prints(pages: Sequence[str], out: str) -> dict[str, str]:
    """Print pages on A4 with the desk's browser; what was not printed, and why."""
    from hecha.report.pdf import print_pages

    return print_pages([Path(p) for p in pages], Path(out))


def index(results: str, tasks: Sequence[Mapping], there: Sequence[str], failed: Mapping[str, str],
          font: str, out: str) -> dict[str, str]:
    """The index and the page of faults; what is wrong with them."""
    from hecha.batch.pages import write_index
    from hecha.scoring import snapshot

    wrong = dict(failed)
    write_index([task_of(t) for t in tasks], snapshot.load(results), there, wrong,
                Path(font).read_bytes(), Path(out))
    return {name: why for name, why in wrong.items() if name not in failed}


def task_of(told: Mapping) -> Task:
    """A task from what its record keeps."""
    return Task(**{**told, "names": tuple(told["names"]), "reads": tuple(told["reads"]),
                   "rooms": tuple(told["rooms"])})


__all__ = ["INDEX", "documents", "font", "index", "notebook", "pages", "prints", "score", "stopped",
           "task_of", "write_tables"]
