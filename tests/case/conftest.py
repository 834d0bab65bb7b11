"""The two counties of data/, read once, and a folder for making a third."""

from __future__ import annotations

from pathlib import Path

import pytest

from hecha.case import Case, load_case
from tests.case.small import FORMS, Folder
from tests.setup.declared import ROOT


@pytest.fixture(scope="session")
def clean() -> Case:
    """云溪县 as it should be."""
    return load_case(ROOT / "data" / "yunxi", FORMS)


@pytest.fixture(scope="session")
def dirty() -> Case:
    """云溪县 as it really came in."""
    return load_case(ROOT / "data" / "yunxi-dirty", FORMS)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A small county of two towns without a fault."""
    return Folder(tmp_path)
