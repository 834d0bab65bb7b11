"""A small county whose forms are sent, changed and sent again."""

from __future__ import annotations

import shutil
from pathlib import Path

from hecha.batch.receiving import NEWS, record
from hecha.intake.sent import sent_file
from hecha.plan import load_plan
from hecha.problems import Problems
from hecha.tables import grids_of
from tests.case.small import FORMS, ONE, Folder, village_of
from tests.setup.declared import ROOT

PLAN = ROOT / "params" / "xian2023"
VILLAGE = village_of(ONE)
AT = "2024-01-04T20:00:00"
__all__ = ["AT", "FORMS", "NEWS", "ONE", "PLAN", "VILLAGE", "sending", "sent_by"]


def sending(folder: Folder, town: str = ONE) -> tuple[str, bytes]:
    """The town's return as it stands in the folder's tables now: its name and bytes."""
    folder.load()
    name = f"returns/核查记录_{town}.xlsx"
    return name, (folder.root / name).read_bytes()


def sent_by(case: Path, *files: tuple[str, bytes], by: str = "", at: str = AT):
    """Record files in a case's book; what became of every form."""
    plan = load_plan(PLAN)
    forms = [sent_file(name, data, grids_of(data, name, Problems()), plan.forms)
             for name, data in files]
    return record(case, forms, plan, by, at)


def copied(source: Path, target: Path) -> Path:
    """A county of data/ that a test may write in."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".hecha"))
    return target
