"""Asked: what the certainty notebook asks of, opened once for all its cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from hecha.analysis import certainty, severity
from hecha.analysis.certainty import Certainty
from hecha.analysis.severity import Severity
from hecha.fieldwork.calibrating import read_scores
from hecha.fieldwork.visited import Visited, visited_of
from hecha.folders import NoSuchFolder, find_folder
from hecha.problems import Problems
from hecha.scoring.results import Results
from hecha.show.opening import open_results


@dataclass(frozen=True)
class Asked:
    """A scored case with how sure it is, its visited households and its calibration.

    `strict` is None where no team has scored all cases; `problems` are those of the
    calibration workbook; `handed_in` how many scores of cases there are.
    """

    results: Results
    sure: Certainty
    visited: Visited
    strict: Severity | None = None
    handed_in: int = 0
    problems: Problems = field(default_factory=Problems)


def open_certainty(case: str, plan: str, results: str = "") -> Asked:
    """The results (kept by a run, or scored now), and the case they came of where it is at hand."""
    scored = open_results(case, plan, results)
    problems, frame = Problems(), pd.DataFrame(columns=["team", "case", "score"])
    folder = _folder(case)
    if folder is not None:
        frame = read_scores(folder, scored.units.towns, problems)
    visited = visited_of(case, plan)
    return Asked(scored, certainty.certainty_of(scored), visited, _strict(frame), len(frame), problems)


def _folder(case: str) -> Path | None:
    try:
        return find_folder(case)
    except NoSuchFolder:
        return None


def _strict(frame: pd.DataFrame) -> Severity | None:
    try:
        return severity.severity_of(frame) if len(frame) else None
    except ValueError:
        return None


__all__ = ["Asked", "open_certainty"]
