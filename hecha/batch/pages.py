"""From executed notebooks to the pages of a run, with one font cut for all of them.

Every page is looked at before it is called done: the names that must stand in it, the
mark, no error, no address, no character without a glyph (hecha.report.page).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
             **({"结果运用名单": "consequences.csv"} if plan.consequences else {}),
             **({"帮扶单位参考分": "counterparts.csv"} if len(results.counterparts) else {}),
             "缺什么": "missing.csv",
             **({"取决于收入口径的户": "income_turns.csv"} if plan.household else {}),
             "只列示的事": "listed.csv", "问题清单": "problems.csv"}
    return (*(Entry(title, marked(f"tables/{name}", results)) for title, name in named.items()),
            Entry("清单（本批次每个文件的摘要）", "manifest.json"))


def cut_font(tasks: Sequence[Task], results: Results, there: Collection[str],
             failed: Mapping[str, str], characters: str) -> bytes:
    """The font that all pages of a run share: `characters` and what the index and the page of
    faults show, as far as they are known by now."""
    ahead = [_index(tasks, results, there, failed), _faults(results, failed)]
    return fonts.woff2_subset(frozenset(characters).union(
        *(page.characters for page in ahead if page)))


def write_page(task: Task, notebook: Path, mark: str, home: str, font: bytes, out: Path,
               failed: dict[str, str]) -> None:
    """Write the page of an executed notebook; its faults go to `failed`."""
    page = page_of(nbformat.read(notebook, as_version=4), mark=mark, home=home)
    _write(out / task.page, task.title, page, font, failed, mark, task.names)


def write_index(tasks: Sequence[Task], results: Results, there: Collection[str],
                failed: dict[str, str], font: bytes, out: Path) -> None:
    """Write the page of faults and the index, when everything else of the run is there.

    `there` are the files of the run, as paths from its folder.
    """
    wrong = _faults(results, failed)
    if wrong:
        _write(out / marked(FAULTS, results), TITLE, wrong, _covering(wrong, font), failed, results.mark)
    index = _index(tasks, results, there, failed)
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


def _faults(results: Results, failed: Mapping[str, str]) -> Page | None:
    return faults_page(results, failed, home=marked(INDEX, results))


def _index(tasks: Iterable[Task], results: Results, there: Collection[str],
           failed: Mapping[str, str]) -> Page:
    """The index over what is there: pages of the tasks, documents and prints."""
    tasks = list(tasks)
    towns = {str(t.parameters["town"]): t.page for t in tasks if "town" in t.parameters}
    county = [Entry(t.title, t.page) for t in tasks if "town" not in t.parameters]
    printed = [Entry(f"{e.title}（PDF）", p) for e in county if (p := _printed(e.href, there))]
    papers = [p for p in papers_of(results) if p.file in there]
    county += [*printed, *(Entry(f"{p.title}（Word）", p.file) for p in papers if not p.town)]
    own: dict[str, list[Entry]] = {}
    for p in papers:
        if p.town:
            own.setdefault(p.town, []).append(Entry("Word", p.file, "核查报告（Word）"))
    for town, page in towns.items():
        if print_ := _printed(page, there):
            own.setdefault(town, []).append(Entry("PDF", print_, "核查报告（PDF）"))
    wrong = marked(FAULTS, results) if _faults(results, failed) else ""
    return index_page(results, county, towns, files=files_of(results), papers=own,
                      failed=failed, faults=wrong)


def _printed(page: str, there: Collection[str]) -> str:
    """The address of a page's PDF, blank where it was not printed."""
    made = f"{PRINTED}/{Path(page).stem}.pdf"
    return made if made in there else ""
