"""What no file of the repository may hold: where packages come from, or whose machine it was."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.setup.declared import ROOT

# each with a gap, so that this file does not hold what it looks for
REGISTRIES = [r"py[p]i\.(org|io|tuna)", r"python[h]osted", r"registry\.[n]pmjs", r"npmjs\.[c]om",
              r"debian\.[o]rg", r"anaconda\.[o]rg", r"mirrors?\.[a-z]+\.(edu|com|c[n])",
              r"proxy\.golang", r"--(extra-)?index-[u]rl[= ]\S", r"/simpl[e]/"]
MACHINES = [r"(?<![\w.])/wor[k]/", r"(?<![\w.~])/roo[t]\b", r"(?<![\w.])/hom[e]/\w",
            r"(?<![\w.])/tm[p]/\w", r"(?<![\w.])/op[t]/\w", r"/User[s]/\w", r"[A-Z]:\\\\?User[s]"]


def text_files() -> list[tuple[str, str]]:
    """Every tracked text file: its name and what it says."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode:
        pytest.skip("不在 git 仓库里，无从知道哪些文件属于项目")
    names = [name for name in listed.stdout.decode("utf-8").split("\0") if name]
    raw = [(name, (ROOT / name).read_bytes()) for name in names if (ROOT / name).is_file()]
    return [(name, data.decode("utf-8", "replace")) for name, data in raw if b"\0" not in data]


@pytest.mark.parametrize("kind", ["registry", "machine"])
def test_no_file_names_a(kind):
    pattern = re.compile("|".join(REGISTRIES if kind == "registry" else MACHINES))
    found = [f"{name}: {match.group()}" for name, text in text_files()
             if (match := pattern.search(text))]
    assert found == []
