"""Deciding an objection (申诉): what is granted is corrected, scored anew and kept as a version.

The correction is one of the case's records (`hecha record correct`), on the decision's
document; the file stays as it came.
"""

from __future__ import annotations

from pathlib import Path

from hecha.batch.keeping import settle
from hecha.batch.opening import open_case
from hecha.batch.recording import correct as record_correction
from hecha.folders import find_folder
from hecha.intake.objections import GRANTED, NotRecorded, Objection, check_open, decide
from hecha.versions import Version


def decide_and_correct(folder: Path, plan: str, number: int, outcome: str, *, reason: str,
                       document: str, on: str, by: str, at: str,
                       correct: tuple[str, str, str, str] | None = None
                       ) -> tuple[Objection, Version | None]:
    """Record the decision; with `correct` (file, sheet, cell, new value) also what follows.

    The correction comes first: what it refuses leaves no decision behind. The decision that
    is recorded and the version that came of it, if one did.
    """
    open_ = check_open(folder, number)
    if correct and outcome not in GRANTED:
        raise NotRecorded("不采纳的申诉没有可更正的")
    if correct:
        file, sheet, cell, after = correct
        record_correction(folder, file, sheet, cell, after, by, at, f"申诉第{number}号：{reason}", document,
                          find_folder(plan))
    done = decide(folder, number, outcome, reason=reason, document=document, on=on, by=by, at=at)
    if not correct:
        return done, None
    why = f"申诉第{number}号（{open_.town_name}{open_.item}）{outcome}：{reason}（{document}）"
    return done, settle(open_case(folder, plan), why, at)


__all__ = ["decide_and_correct"]
