"""A scored case kept on disk, so that whoever tells it need not score it again.

`results.json` holds the frames of a Results with every Fraction as exact text, and the
plan as it was used (the county's values laid over it).  It is read by notebooks and
by later versions; it names no person and no household.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import pandas as pd

from hecha.plan import Plan
from hecha.problems import Place, Problem, Problems
from hecha.scoring.results import Results
from hecha.scoring.units import Units
from hecha.words import mask_household

_FRAMES = ("towns", "sheets", "items", "ledger", "missing", "income_turns", "listed",
           "self_scores", "counterparts")
_EXACT = "exact:"


def as_text(results: Results) -> str:
    """The results as JSON text, the same bytes for the same results."""
    content = {
        "plan": results.plan.model_dump(mode="json", by_alias=True, fallback=str),
        "units": asdict(results.units),
        "frames": {name: frame_out(getattr(results, name)) for name in _FRAMES},
        "problems": [_masked(p) for p in results.problems],
        "partial": results.partial,
        "mark": results.mark,
        "others": list(results.others),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _masked(problem: Problem) -> dict:
    """A problem without household numbers: what leaves the working files names no one."""
    found = asdict(problem)
    return {**found, "message": mask_household(problem.message),
            "found": mask_household(problem.found)}


def from_text(text: str) -> Results:
    """Results, and the plan they were judged by, from their JSON text."""
    content = json.loads(text)
    plan = Plan.model_validate(content["plan"], context={"kept": True})
    units = content["units"]
    units["drawn"] = {t: tuple(v) for t, v in units["drawn"].items()}
    problems = [Problem(**{**p, "place": Place(**p["place"]), "units": tuple(p["units"])})
                for p in content["problems"]]
    frames = {name: frame_in(content["frames"][name]) for name in _FRAMES
              if name in content["frames"]}
    return Results(plan=plan, units=Units(**units), problems=Problems(problems),
                   partial=content["partial"], mark=content["mark"],
                   others=tuple(content.get("others", ())), **frames)


def load(file: str | Path) -> Results:
    """The results kept in a run's `results.json`."""
    return from_text(Path(file).read_text(encoding="utf-8"))


def frame_out(frame: pd.DataFrame) -> dict:
    """A frame as JSON values, every Fraction as exact text."""
    return {"columns": list(frame.columns),
            "rows": [[_out(v) for v in row] for row in frame.itertuples(index=False)]}


def _out(value: object) -> object:
    if isinstance(value, Fraction):
        return f"{_EXACT}{value}"
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, str | bool | int):
        return value
    return value.item() if hasattr(value, "item") else str(value)


def frame_in(content: dict) -> pd.DataFrame:
    """The frame of such JSON values."""
    rows = [[_in(v) for v in row] for row in content["rows"]]
    return pd.DataFrame(rows, columns=content["columns"], dtype=object)


def _in(value: object) -> object:
    if isinstance(value, str) and value.startswith(_EXACT):
        return Fraction(value.removeprefix(_EXACT))
    return value
