"""How long `hecha score` takes on the shipped county, as a ratio to a plain pandas read.

The plain read opens the same files with pandas and does nothing else; ours reads, checks
every cell, scores 1,366 items exactly and writes every table.  Run:

    python -m benchmarks.score
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from hecha.batch.run import score
from hecha.folders import find_folder

CASE, PLAN, TIMES = "data/yunxi", "params/xian2023", 3


def plain_read(folder: Path) -> None:
    """Every workbook and table of the case, as pandas reads them."""
    for path in sorted(folder.rglob("*.xlsx")):
        pd.read_excel(path, sheet_name=None, header=None, dtype=str, engine="openpyxl")
    for path in sorted(folder.rglob("*.csv")):
        encoding = "gb18030" if path.name == "镇村名单.csv" else "utf-8-sig"
        pd.read_csv(path, dtype=str, encoding=encoding)


def best(action: Callable[[], object]) -> float:
    """The best of a few runs, in seconds."""
    seconds = []
    for _ in range(TIMES):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def main() -> None:
    """Print both times and their ratio."""
    folder = find_folder(CASE)
    with tempfile.TemporaryDirectory() as out:
        ours = best(lambda: score(CASE, PLAN, Path(out)))
    plain = best(lambda: plain_read(folder))
    print(f"hecha score      {ours:6.2f} s")
    print(f"plain pandas read{plain:6.2f} s")
    print(f"ratio            {ours / plain:6.2f}")


if __name__ == "__main__":
    main()
