"""From executed notebooks to the pages of a run, with one font cut for all of them.

Every page is looked at before it is called done: the names that must stand in it, the
mark, no error, no address, no character without a glyph (hecha.report.page).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import nbformat

from hecha.batch.contents import Task
from hecha.batch.documents import PRINTED, papers_of
from hecha.folders import write_whole
from hecha.report import fonts, published
from hecha.report.faults import TITLE, faults_page
from hecha.report.index import Entry, index_page
from hecha.report.naming import marked
from hecha.report.page import Page, check_page, page_of
from hecha.scoring import Results

INDEX, FAULTS = "index.html", "faults.html"


def files_of(results: Results) -> tuple[Entry, ...]:
    """The tables of a run, called by the plan's own levels, under their names of today."""
    plan = results.plan
    sampled, unit = published.sampled_name(plan), published.unit_name(plan)
    named = {"结果工作簿": "results.xlsx", f"各{unit}结果表": "towns.csv",
             **({f"各{sampled}结果表": "villages.csv"} if sampled else {}),
             "各表得分": "sheets.csv", "细项得分表": "items.csv", "扣分台账": "ledger.csv",
             "缺什么": "missing.csv",
             **({"取决于收入口径的户": "income_turns.csv"} if plan.household else {}),
             "只列示的事": "listed.csv", "问题清单": "problems.csv"}
    return (*(Entry(title, marked(f"tables/{name}", results)) for title, name in named.items()),
            Entry("清单（本批次每个文件的摘要）", "manifest.json"))


def write_pages(tasks: Sequence[Task], results: Results, out: Path,
                failed: dict[str, str]) -> bytes:
    """Write a page for each executed notebook; faults go to `failed`. The font they share.

    The font covers the index and the page of faults as far as they are known by now.
    """
    pages = [(task, _page(task, results, out)) for task in tasks]
    ahead = [_index(tasks, results, out, failed), _faults(results, failed)]
    font = fonts.woff2_subset(frozenset().union(
        *(p.characters for p in (*(p for _, p in pages), *filter(None, ahead)))))
    for task, page in pages:
        _write(out / task.page, task.title, page, font, failed, results.mark, task.names)
    return font


def write_index(tasks: Sequence[Task], results: Results, out: Path, failed: dict[str, str],
                font: bytes) -> None:
    """Write the page of faults and the index, when everything else of the run is there."""
    wrong = _faults(results, failed)
    if wrong:
        _write(out / marked(FAULTS, results), TITLE, wrong, _covering(wrong, font), failed, results.mark)
    index = _index(tasks, results, out, failed)
    _write(out / marked(INDEX, results), "目录页", index, _covering(index, font), failed, results.mark)


def _write(path: Path, title: str, page: Page, font: bytes, failed: dict[str, str], mark: str,
           names: Sequence[str] = ()) -> None:
    """Write one page and look at it."""
    html = page.html(font)
    faults = check_page(html, file=path.name, names=names, font=font, mark=mark)
    if faults.errors:
        failed[title] = "；".join(p.message for p in faults.errors)
    write_whole(path, html)


def _covering(page: Page, font: bytes) -> bytes:
    """The shared font, or one of its own for a page that needs a character it lacks."""
    lost = fonts.missing_characters("".join(sorted(page.characters)), font)
    return fonts.woff2_subset(page.characters) if lost else font


def _page(task: Task, results: Results, out: Path) -> Page:
    notebook = nbformat.read(out / "notebooks" / f"{task.name}.ipynb", as_version=4)
    return page_of(notebook, mark=results.mark, home=marked(INDEX, results))


def _faults(results: Results, failed: dict[str, str]) -> Page | None:
    return faults_page(results, failed, home=marked(INDEX, results))


def _index(tasks: Iterable[Task], results: Results, out: Path, failed: dict[str, str]) -> Page:
    """The index over what is there: pages of the tasks, documents and prints on the disk."""
    tasks = list(tasks)
    towns = {str(t.parameters["town"]): t.page for t in tasks if "town" in t.parameters}
    county = [Entry(t.title, t.page) for t in tasks if "town" not in t.parameters]
    printed = [Entry(f"{e.title}（PDF）", p) for e in county if (p := _printed(e.href, out))]
    papers = [p for p in papers_of(results) if (out / p.file).is_file()]
    county += [*printed, *(Entry(f"{p.title}（Word）", p.file) for p in papers if not p.town)]
    own: dict[str, list[Entry]] = {}
    for p in papers:
        if p.town:
            own.setdefault(p.town, []).append(Entry("Word", p.file, "核查报告（Word）"))
    for town, page in towns.items():
        if print_ := _printed(page, out):
            own.setdefault(town, []).append(Entry("PDF", print_, "核查报告（PDF）"))
    wrong = marked(FAULTS, results) if _faults(results, failed) else ""
    return index_page(results, county, towns, files=files_of(results), papers=own,
                      failed=failed, faults=wrong)


def _printed(page: str, out: Path) -> str:
    """The address of a page's PDF, blank where it was not printed."""
    made = f"{PRINTED}/{Path(page).stem}.pdf"
    return made if (out / made).is_file() else ""
