"""The Word documents and PDFs of a run: the county's 通报, each town's 核查报告, the pages on A4.

Every document is looked at before it is called done (hecha.report.word_check); one that is
not as it should be is kept, named, and stops no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hecha.batch.opening import Opened
from hecha.folders import safe_name
from hecha.report.county_word import write_county_notice
from hecha.report.naming import marked
from hecha.report.pdf import print_pages
from hecha.report.town_word import write_town_report
from hecha.report.views import county_name
from hecha.report.word_check import check_word
from hecha.scoring import Results

FOLDER, PRINTED = "documents", "pdf"
SCREEN_ONLY = ("index", "faults")
NOTICES = {"通报（排名式）": True, "通报（名单式）": False}


@dataclass(frozen=True)
class Paper:
    """A document of a run: what it is, its file, and the town it is about, if one."""

    title: str
    file: str
    town: str = ""


def papers_of(results: Results) -> list[Paper]:
    """The documents of a run; where only some towns were scored there is no county notice.

    Where ranks are not told there is no notice that ranks.
    """
    county = county_name(results)
    notices = [] if results.partial or results.towns.empty else [
        Paper(f"{county}{title}", _file(f"{county}{title}", results))
        for title, ranked in NOTICES.items() if results.plan.grades.ranked or not ranked]
    return [*notices, *(
        Paper(f"{r.town_name}核查报告", _file(f"{r.town}{r.town_name}核查报告", results), r.town)
        for r in results.towns.itertuples(index=False))]


def _file(name: str, results: Results) -> str:
    return marked(f"{FOLDER}/{safe_name(name)}.docx", results)


def write_documents(opened: Opened, out: Path, failed: dict[str, str]) -> None:
    """Write and check every document; faults go to `failed`."""
    results = opened.results
    for paper in papers_of(results):
        path = out / paper.file
        if paper.town:
            write_town_report(results, opened.case, paper.town, path)
        else:
            write_county_notice(results, path, ranked=_ranked(paper))
        names = [results.units.towns[paper.town]] if paper.town else list(results.towns["town_name"])
        faults = check_word(path, names=names, mark=results.mark)
        if faults.errors:
            failed[paper.title] = "；".join(p.message for p in faults.errors)


def _ranked(paper: Paper) -> bool:
    return next(ranked for title, ranked in NOTICES.items() if paper.title.endswith(title))


def pages_to_print(out: Path) -> list[Path]:
    """The pages of a run that are filed on paper: all but the index and the list of faults."""
    return sorted(p for p in out.glob("*.html") if p.name.split(".")[0] not in SCREEN_ONLY)


def print_run(out: Path) -> dict[str, str]:
    """Print the pages of a run into pdf/; what was not printed, and why."""
    return print_pages(pages_to_print(out), out / PRINTED)
