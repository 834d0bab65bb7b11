"""The county of data/yunxi, read once for the tests of the field."""

from __future__ import annotations

import pytest

from hecha.case import load_case
from hecha.field.frame import build_frame
from hecha.problems import Problems
from tests.field.made import DISABLED_FIRST
from tests.setup.declared import ROOT


@pytest.fixture(scope="session")
def yunxi():
    """The case of 云溪县."""
    forms = {"镇核查": "town", "村核查": "village", "日常工作": "daily"}
    return load_case(ROOT / "data" / "yunxi", forms, Problems())


@pytest.fixture(scope="session")
def yunxi_frame(yunxi):
    """Its frame, under its own rule."""
    problems = Problems()
    frame = build_frame(yunxi.villages, yunxi.persons, DISABLED_FIRST, problems)
    assert not len(problems), str(problems)
    return frame
