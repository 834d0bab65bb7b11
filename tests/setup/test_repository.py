"""What no file of the repository may hold: where packages come from, or whose machine it was."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.setup.declared import ROOT

# each with a gap, so that this file does not hold what it looks for
REGISTRIES = [r"py[p]i\.(org|io|tuna)", r"python[h]osted", r"registry\.[n]pmjs", r"npmjs\.[c]om",
              r"debian\.[o]rg", r"anaconda\.[o]rg", r"mirrors?\.[a-z]+\.(edu|com|c[n])",
              r"proxy\.golang", r"--(extra-)?index-[u]rl[= ]\S", r"/simpl[e]/"]
MACHINES = [r"(?<![\w.])/wor[k]/", r"(?<![\w.~')])/roo[t]\b", r"(?<![\w.])/hom[e]/\w",
            r"(?<![\w.])/tm[p]/\w", r"(?<![\w.])/op[t]/\w", r"/User[s]/\w", r"[A-Z]:\\\\?User[s]"]


NOT_OURS = {".git", ".venv", ".venv-lab", ".venv-test", "bundle", "outputs", "build", "dist",
            "__pycache__", ".pytest_cache", ".hypothesis", ".ruff_cache", ".ipynb_checkpoints"}


def our_files() -> list[Path]:
    """Every tracked file; in a folder that git does not know, every file that is ours."""
    try:
        names = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT,
                                        stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        everything = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        return [path for path in everything if not NOT_OURS & set(path.parts)
                and not any(part.endswith(".egg-info") for part in path.parts)]
    return [Path(name) for name in names.decode("utf-8").split("\0") if name]


def text_files() -> list[tuple[Path, str]]:
    """Every text file of ours: its name and what it says."""
    raw = [(path, (ROOT / path).read_bytes()) for path in our_files() if (ROOT / path).is_file()]
    return [(path, data.decode("utf-8", "replace")) for path, data in raw if b"\0" not in data]


@pytest.mark.parametrize("kind", ["registry", "machine"])
def test_no_file_names_a(kind):
    pattern = re.compile("|".join(REGISTRIES if kind == "registry" else MACHINES))
    found = [f"{name}: {match.group()}" for name, text in text_files()
             if (match := pattern.search(text))]
    assert found == []
