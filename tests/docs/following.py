"""Following a page: its commands run for real, in a folder with its own copy of data and plans.

A page's commands are typed one after another in one process, because starting Python and
importing everything for each would take longer than what they do.

    python -m tests.docs.following docs/faults.md FOLDER
"""

from __future__ import annotations

import contextlib
import csv
import io
import os
import shlex
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hecha.report.naming import with_mark
from tests.docs.reading import ROOT, Change, Command, steps

UNAPPROVED = "未批准"
"""what the default plan puts in the names of files until approval"""
PATIENCE = 300
"""seconds that one worker waits for another to follow the pages"""


@dataclass(frozen=True)
class Followed:
    """What came of a page: its folder, and everything that went otherwise than it says."""

    folder: Path
    complaints: tuple[str, ...]

    def table(self, name: str) -> list[dict[str, str]]:
        """A table that a command of the page wrote, as rows; nothing was approved there."""
        with self.path(name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))


    def path(self, name: str) -> Path:
        """Where a file of a run is, under the name it bears until approval, or its own."""
        return next(p for p in (self.folder / with_mark(name, UNAPPROVED), self.folder / name)
                    if p.exists())


def follow_all(pages: list[str], base: Path) -> dict[str, Followed]:
    """Follow every page once, however many test workers ask."""
    base.mkdir(parents=True, exist_ok=True)
    try:
        (base / "begun").mkdir()
    except FileExistsError:
        return _await(pages, base)
    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda page: _apart(page, base / _folder(page)), pages))
    finally:
        (base / "done").touch()
    return {page: _read(base / _folder(page)) for page in pages}


def _apart(page: str, folder: Path) -> None:
    """Follow a page in a process of its own."""
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    subprocess.run([sys.executable, "-m", "tests.docs.following", page, str(folder)], cwd=ROOT,
                   check=False,  # what went wrong stands in complaints.txt, or its absence tells
                   env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "120", "PYTHONUTF8": "1"})


def _await(pages: list[str], base: Path) -> dict[str, Followed]:
    until = time.monotonic() + PATIENCE
    while not (base / "done").exists() and time.monotonic() < until:
        time.sleep(0.2)
    return {page: _read(base / _folder(page)) for page in pages}


def _folder(page: str) -> str:
    return Path(page).stem


def _read(folder: Path) -> Followed:
    said = folder / "complaints.txt"
    if not said.is_file():
        return Followed(folder, ("没有跟着做完",))
    return Followed(folder, tuple(said.read_text(encoding="utf-8").splitlines()))


def follow(page: str, folder: Path) -> None:
    """Do what a page says, in order, and note in complaints.txt whatever is not as it says."""
    for name in ("data", "params"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".hecha"))
    os.chdir(folder)
    complaints = []
    for step in steps(page):
        complaints += _change(step) if isinstance(step, Change) else _run(step)
    Path("complaints.txt").write_text("\n".join(complaints), encoding="utf-8")


def _change(change: Change) -> list[str]:
    path = Path(change.file)
    if not change.old:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(change.new) + "\n", encoding="utf-8")
        return []
    text = path.read_text(encoding="utf-8")
    lost = [line for line in change.old if line not in text.splitlines()]
    head, *others = change.old
    for line in others:
        text = text.replace(f"{line}\n", "", 1)
    path.write_text(text.replace(head, "\n".join(change.new), 1), encoding="utf-8")
    return [f"{change.file} 里没有这一行：{line}" for line in lost]


def _run(command: Command) -> list[str]:
    words = shlex.split(command.text)
    if words[:2] == ["cp", "-r"]:
        shutil.copytree(words[2], words[3])
        return []
    if words[0] != "hecha":
        return [f"这一句不会运行：{command.text}"]
    exit_code, rest = _typed(words[1:])
    found = []
    if exit_code != command.exit_code:
        found.append(f"{command.text}：退出码{exit_code}，页上说{command.exit_code}")
    for line in map(str.strip, command.shown):
        before, seen, after = rest.partition(line)
        rest = after if seen else before
        found += [] if seen else [f"{command.text}：没有看到“{line}”"]
    return found


def _typed(words: list[str]) -> tuple[int, str]:
    """What a command ends with and says, both its outputs together."""
    from hecha.commands import main

    said, sys.argv = io.StringIO(), ["hecha", *words]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0), said.getvalue()
    return 0, said.getvalue()


if __name__ == "__main__":
    follow(sys.argv[1], Path(sys.argv[2]))
