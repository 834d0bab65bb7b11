"""What the project declares: its dependencies, as the files of the set-up state them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]


def requirements(*extras: str) -> dict[str, str]:
    """Name and range of every direct dependency, with those of some extras."""
    lines = [*PROJECT["project"]["dependencies"], *(line for e in extras for line in EXTRAS[e])]
    return dict(split(line) for line in lines)


def split(line: str) -> tuple[str, str]:
    """A requirement's name, as every index compares it, and its range."""
    name, span = re.fullmatch(r"([\w.-]+)(.*)", line.strip()).groups()
    return re.sub(r"[-_.]+", "-", name).lower(), span.replace(" ", "")
