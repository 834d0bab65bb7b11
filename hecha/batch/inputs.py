"""Inputs: the digests of all that a run depends on.

Data first: whether anything must be done is known from hashes, a tenth of a second for a
county, before any library for doing it is imported.  What is hashed: the case's files that
hecha reads, the plan's (and the plan it builds on), the notebooks, the program with its
templates, the versions of the libraries that make a figure, a page or a number.
"""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import hecha
from hecha.digests import sha256_file, sha256_text
from hecha.folders import notebooks_folder

ROOMS = ("roster", "draw", "returns", "backcheck", "calibration", ".hecha")
PACKAGES = ("pandas", "numpy", "scipy", "duckdb", "sqlglot", "pydantic", "PyYAML",
            "python-calamine", "openpyxl", "XlsxWriter", "python-docx", "matplotlib", "jinja2",
            "fonttools", "brotli", "zhplot", "papermill", "nbformat", "nbclient", "nbconvert",
            "mistune", "ipykernel", "ipython")
_PASSING = (".", "~$", "Thumbs.db", "desktop.ini")
_BASED_ON = re.compile(r"^based_on:\s*['\"]?([^'\"\s#]+)", re.MULTILINE)


@dataclass(frozen=True)
class Inputs:
    """Name → SHA-256 of what a run reads; `code` of the whole program, `versions` as text."""

    case: dict[str, str]
    plan: dict[str, str]
    notebooks: dict[str, str]
    code: str
    versions: dict[str, str]


def inputs_of(case: Path, plan: Path) -> Inputs:
    """The digests of a case, its plan and all that makes something of them, as they are now.

    >>> found = inputs_of(Path("data/yunxi"), Path("params/xian2023"))
    >>> "returns/自评.csv" in found.case, "expected" in str(found.case), "county" in found.notebooks
    (True, False, True)
    """
    return Inputs(case_files(case), plan_files(plan), _notebooks(), code_digest(), versions())


def case_files(case: Path) -> dict[str, str]:
    """The files of a case that hecha reads, and what it keeps for it."""
    tops = [p for p in case.iterdir() if p.is_file() and not p.name.startswith(_PASSING)]
    rooms = [p for room in ROOMS for p in _files(case / room)]
    return {p.relative_to(case).as_posix(): sha256_file(p) for p in sorted([*tops, *rooms])}


def plan_files(plan: Path, seen: tuple[Path, ...] = ()) -> dict[str, str]:
    """The files of a plan's folder, and of the plan it builds on."""
    found = {}
    for path in _files(plan):
        found[path.relative_to(plan.parent).as_posix()] = sha256_file(path)
    for name in built_on(plan):
        if (base := plan.parent / name).is_dir() and base not in (plan, *seen):
            found |= plan_files(base, (*seen, plan))
    return found


def built_on(plan: Path) -> list[str]:
    """The names of the plans that a plan's files say they build on, which lie beside it."""
    return [name for path in _files(plan) if path.suffix == ".yaml"
            for name in _BASED_ON.findall(path.read_text(encoding="utf-8", errors="replace"))]


def _files(folder: Path) -> list[Path]:
    """The files below a folder, without what comes and goes."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(_PASSING)
                  and not p.name.endswith(("-shm", ".pyc", ".lock")))


def _notebooks() -> dict[str, str]:
    return {p.stem: sha256_file(p) for p in sorted(notebooks_folder().glob("*.ipynb"))}


@cache
def code_digest() -> str:
    """One digest of the program: its modules, templates, fonts, words."""
    room = Path(hecha.__file__).parent
    found = [f"{p.relative_to(room).as_posix()} {sha256_file(p)}" for p in _files(room)]
    return sha256_text("\n".join(found))


@cache
def versions() -> dict[str, str]:
    """The versions that a result may depend on."""
    found = {"hecha": hecha.__version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


__all__ = ["Inputs", "built_on", "case_files", "inputs_of", "plan_files", "versions"]
