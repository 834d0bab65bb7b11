"""Asked: what the certainty notebook asks of, opened once for all its cells."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from hecha.analysis import certainty, severity
from hecha.analysis.certainty import Certainty
from hecha.analysis.severity import Severity
from hecha.batch.opening import NoCase, Opened
from hecha.fieldwork.between_teams import NO_AGAIN, NO_INSIDE, Again, Inside, between_teams
from hecha.fieldwork.calibrating import read_scores
from hecha.fieldwork.visited import NOT_AT_HAND, Visited, visited_in
from hecha.folders import NoSuchFolder
from hecha.problems import Problems
from hecha.scoring.results import Results
from hecha.show.opening import open_results, open_whole


@dataclass(frozen=True)
class Asked:
    """A scored case with how sure it is, its visited households and its calibration.

    `strict` is None where no two teams have scored all cases; `problems` are those of the
    calibration workbook; `handed_in` how many scores of cases there are; `opened` is the case
    itself, None where only its results are at hand; `again` and `inside` are the households that a
    second team visited, and those of the pairs inside teams.
    """

    results: Results
    sure: Certainty
    visited: Visited
    strict: Severity | None = None
    handed_in: int = 0
    problems: Problems = field(default_factory=Problems)
    opened: Opened | None = None
    again: Again = NO_AGAIN
    inside: Inside = NO_INSIDE


def open_certainty(case: str, plan: str, results: str = "") -> Asked:
    """The results (kept by a run, or scored now), and the case they came of where it is at hand."""
    problems, frame = Problems(), pd.DataFrame(columns=["team", "case", "score"])
    opened = _opened(case, plan, results)
    scored = opened.results if opened else open_results(case, plan, results)
    visited, again, inside = NOT_AT_HAND, NO_AGAIN, NO_INSIDE
    if opened:
        frame = read_scores(opened.folder, scored.units.towns, problems)
        visited = visited_in(opened.plan, opened.case)
        again, inside = between_teams(opened.folder, opened.plan, opened.case, scored.units.towns)
    return Asked(scored, certainty.certainty_of(scored), visited, _strict(frame), len(frame), problems,
                 opened, again, inside)


def _opened(case: str, plan: str, results: str) -> Opened | None:
    try:
        return open_whole(case, plan, results)
    except (NoSuchFolder, NoCase):
        return None


def _strict(frame: pd.DataFrame) -> Severity | None:
    try:
        return severity.severity_of(frame) if len(frame) else None
    except ValueError:
        return None


__all__ = ["Asked", "open_certainty"]
