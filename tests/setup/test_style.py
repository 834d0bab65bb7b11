"""The code is as ruff wants it, by the rules that pyproject.toml names."""

import subprocess
import sys

from tests.setup.declared import ROOT


def test_nothing_is_unused_unsorted_or_caught_too_widely():
    found = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", "."], cwd=ROOT,
                           capture_output=True, text=True, encoding="utf-8", check=False)
    assert found.returncode == 0, found.stdout
