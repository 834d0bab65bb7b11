"""Status: why each report of a run's folder is fresh or stale, without doing anything.

The same records and hashes that a run decides by.  A notebook that reads only the results is
not yet known to be stale while the scoring must be done again: if its part of the results
stays the same, it is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hecha.batch.contents import LAST_YEAR
from hecha.batch.folder import RunFolder
from hecha.batch.fresh import why_stale
from hecha.batch.inputs import inputs_of
from hecha.batch.jobs import task_of
from hecha.batch.run import (
    DOCUMENTS,
    LAST_RESULTS,
    PAGES,
    SCORING,
    digest_of_last,
    notebook_parts,
    scoring_parts,
)
from hecha.folders import NoSuchFolder, find_folder

FRESH, STALE, OPEN = "新", "旧", "待定"


@dataclass(frozen=True)
class State:
    """One step: its name, FRESH, STALE or OPEN, why, and the seconds it last took."""

    title: str
    state: str
    why: str = ""
    seconds: float | None = None


def status_of(case: str | Path, plan: str | Path, out: Path) -> list[State]:
    """Each step of the run in `out`: the scoring, the reports, the documents, the pages.

    Raises NoSuchFolder.
    """
    folder = RunFolder(Path(out).absolute())
    inputs = inputs_of(find_folder(case).resolve(), find_folder(plan).resolve())
    scored = folder.records.load("score")
    if scored is None:
        return [State(SCORING, STALE, "还没有做过")]
    why = why_stale(scored, {**scoring_parts(inputs, scored.parts["参数"]),
                             **_last_year(scored.parts["参数"])}, folder.place)
    states = [_state(SCORING, why, scored.seconds)]
    for task in map(task_of, scored.value["tasks"]):
        record = folder.records.load(task.name)
        parts = notebook_parts(task, inputs, scored.files)
        own = why_stale(record, parts, folder.place)
        if record and not own:
            page = folder.records.load(f"page_{task.name}")
            own = why_stale(page, page.parts if page else {}, folder.place)
        if why and not own and not task.rooms:
            states.append(State(task.title, OPEN, "先重新计分；所读的结果没有变，就不重做", record.seconds))
        else:
            states.append(_state(task.title, own, record.seconds if record else None))
    for title, step in ((DOCUMENTS, "documents"), (PAGES, "index")):
        record = folder.records.load(step)
        own = why_stale(record, record.parts if record else {}, folder.place) or (
            ["要重新计分"] if why else [])
        states.append(_state(title, own, record.seconds if record else None))
    return states


def _last_year(asked: Mapping[str, object]) -> dict[str, str]:
    """Last year's results as they are now, for a run that was compared with them."""
    run = str(asked.get(LAST_YEAR, ""))
    try:
        return {LAST_RESULTS: digest_of_last(run)} if run else {}
    except NoSuchFolder:
        return {LAST_RESULTS: ""}


def _state(title: str, why: list[str], seconds: float | None) -> State:
    return State(title, STALE if why else FRESH, "；".join(why), seconds)


__all__ = ["FRESH", "OPEN", "STALE", "State", "status_of"]
