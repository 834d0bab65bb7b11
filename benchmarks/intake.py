"""How long reading 200 returned workbooks takes, as a ratio to openpyxl reading the same cells.

Ours inspects every file before any parser touches it, keeps the place of every cell and
says what is wrong; openpyxl only reads.  Run:

    python -m benchmarks.intake
"""

from __future__ import annotations

import time
from itertools import cycle, islice
from pathlib import Path

from openpyxl import load_workbook
from rich.progress import track

from hecha.folders import find_folder
from hecha.problems import Problems
from hecha.tables import read_grids

RETURNS, WORKBOOKS = "data/yunxi/returns", 200


def files() -> list[Path]:
    """The county's returned workbooks, over and over, to the number wanted."""
    return list(islice(cycle(sorted(find_folder(RETURNS).glob("核查记录_*.xlsx"))), WORKBOOKS))


def ours(paths: list[Path]) -> tuple[float, int]:
    """Seconds and cells of our reading."""
    start, cells = time.perf_counter(), 0
    for path in track(paths, description="hecha"):
        for grid in read_grids(path, path.name, Problems()):
            cells += sum(len(row) for _, row in grid.rows)
    return time.perf_counter() - start, cells


def plain(paths: list[Path]) -> tuple[float, int]:
    """Seconds and cells of openpyxl's."""
    start, cells = time.perf_counter(), 0
    for path in track(paths, description="openpyxl"):
        for sheet in load_workbook(path, data_only=True):
            cells += sum(len(row) for row in sheet.iter_rows(values_only=True))
    return time.perf_counter() - start, cells


def main() -> None:
    """Print both times and their ratio."""
    paths = files()
    (own, seen), (other, cells) = ours(paths), plain(paths)
    print(f"hecha    {own:6.2f} s  {seen} cells")
    print(f"openpyxl {other:6.2f} s  {cells} cells")
    print(f"ratio    {own / other:6.2f}")


if __name__ == "__main__":
    main()
