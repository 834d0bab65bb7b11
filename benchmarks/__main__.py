"""Print benchmarks: `python -m benchmarks` all of them, `python -m benchmarks batch` one."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

LONG = {"kills"}
"""left to the night: `python -m benchmarks.kills 1000 whole`"""


def names() -> list[str]:
    """The benchmarks there are."""
    found = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.name.startswith("_"))
    return [name for name in found if name not in LONG]


def main(arguments: list[str]) -> None:
    """Run the benchmarks named, or all; the rest of the line goes to a single one."""
    asked = arguments[:1] or names()
    for name in asked:
        sys.argv = [name, *arguments[1:]]
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
