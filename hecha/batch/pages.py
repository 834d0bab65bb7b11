"""From executed notebooks to the pages of a run, with one font cut for all of them.

Every page is looked at before it is called done: the names that must stand in it, the
mark, no error, no address, no character without a glyph (hecha.report.page).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import nbformat

from hecha.batch.contents import Task
from hecha.folders import write_whole
from hecha.report import fonts, published
from hecha.report.index import Entry, index_page
from hecha.report.naming import marked
from hecha.report.page import Page, check_page, page_of
from hecha.scoring import Results

INDEX = "index.html"


def files_of(results: Results) -> tuple[Entry, ...]:
    """The tables of a run, called by the plan's own levels, under their names of today."""
    sampled = published.sampled_name(results.plan)
    named = {"结果工作簿": "tables/results.xlsx",
             f"各{published.unit_name(results.plan)}结果表": "tables/towns.csv",
             **({f"各{sampled}结果表": "tables/villages.csv"} if sampled else {}),
             "细项得分表": "tables/items.csv", "扣分台账": "tables/ledger.csv",
             "问题清单": "tables/problems.csv"}
    return tuple(Entry(title, marked(name, results)) for title, name in named.items())


def write_pages(tasks: Sequence[Task], results: Results, out: Path,
                failed: dict[str, str]) -> None:
    """Write a page for each executed notebook and the index; faults go to `failed`."""
    pages = [(task, _page(task, results, out)) for task in tasks]
    index = _index(tasks, results, failed)
    font = fonts.woff2_subset(frozenset().union(*(p.characters for _, p in pages),
                                                index.characters))
    for task, page in pages:
        html = page.html(font)
        faults = check_page(html, file=task.page, names=task.names, font=font, mark=results.mark)
        if faults.errors:
            failed[task.title] = "；".join(p.message for p in faults.errors)
        write_whole(out / task.page, html)
    home = marked(INDEX, results)
    faults = check_page(index.html(font), file=home, font=font, mark=results.mark)
    if faults.errors:
        failed["目录页"] = "；".join(p.message for p in faults.errors)
    last = _index(tasks, results, failed)
    write_whole(out / home, last.html(
        font if last.characters <= index.characters else fonts.woff2_subset(last.characters)))


def _page(task: Task, results: Results, out: Path) -> Page:
    notebook = nbformat.read(out / "notebooks" / f"{task.name}.ipynb", as_version=4)
    return page_of(notebook, mark=results.mark, home=marked(INDEX, results))


def _index(tasks: Iterable[Task], results: Results, failed: dict[str, str]) -> Page:
    tasks = list(tasks)
    towns = {str(t.parameters["town"]): t.page for t in tasks if "town" in t.parameters}
    entries = [Entry(t.title, t.page) for t in tasks if "town" not in t.parameters]
    return index_page(results, entries, towns, files=files_of(results), failed=failed)
