"""One county, its plan, and the workbooks of a few of its towns."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from hecha.forms import form_workbook, visits
from hecha.forms.workbook import Before, opened

# a replaced household and villages with 缺项; the fewest villages; more than 20 points 缺项
TOWNS = ("449901105", "449901106", "449901111")


@pytest.fixture(scope="session")
def before() -> Before:
    """The county of data/yunxi and its plan."""
    return opened("data/yunxi", "params/xian2023")


@pytest.fixture(scope="session")
def seen_alone(before):
    """The county as its teams saw it: no attendance, adjustment or higher result beside."""
    case = before.case
    return replace(case, adjustments=case.adjustments.iloc[:0], external=case.external.iloc[:0],
                   attendance=case.attendance[case.attendance.event == "核查培训"])


@pytest.fixture(scope="session")
def books(before):
    """The workbooks of TOWNS, by town."""
    return {visit.town: form_workbook(before.plan, visit, "0123456789abcdef")
            for visit in visits(before.plan, before.case, TOWNS)}


@pytest.fixture(scope="session")
def blank_county(tmp_path_factory) -> Path:
    """The county's folder without its returns of the towns."""
    folder = tmp_path_factory.mktemp("before") / "county"
    shutil.copytree("data/yunxi", folder, ignore=shutil.ignore_patterns("核查记录_*"))
    return folder
