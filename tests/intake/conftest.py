"""A small county's folder, and the dirty county received once."""

from __future__ import annotations

from pathlib import Path

import pytest

from hecha.batch.receiving import Received, receive
from tests.case.small import Folder
from tests.intake.sending import AT, PLAN, copied
from tests.setup.declared import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A small county of two towns without a fault."""
    return Folder(tmp_path / "县")


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Received, Path]:
    """云溪县 as it really came in, received into a case of its own."""
    case = copied(ROOT / "data" / "yunxi-dirty", tmp_path_factory.mktemp("dirty") / "云溪")
    return receive(case, PLAN, case, at=AT), case
