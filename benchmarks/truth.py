"""The tests of honesty on counties of whom it is known what is wrong with them.

Run from the project's folder: `python benchmarks/truth.py` (500 counties a row; `--counties 50`
for a quick look). Prints the table of the notebook's appendix; `--keep` writes it to
hecha/analysis/planted.csv, from where the report takes it.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter

import pandas as pd

from hecha.analysis import planted

SEED = 20_240_110
KEPT = Path(planted.__file__).with_name("planted.csv")


def main() -> None:
    """Every claim on the same counties, the claims side by side."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--counties", type=int, default=500)
    asked.add_argument("--workers", type=int, default=2)
    asked.add_argument("--keep", action="store_true")
    given, started = asked.parse_args(), perf_counter()
    seeds = range(SEED, SEED + given.counties)
    with ProcessPoolExecutor(given.workers) as pool:
        rows = list(pool.map(partial(planted.measured, seeds=seeds), planted.CLAIMS))
    found = pd.DataFrame(rows, columns=planted.COLUMNS).assign(seed=SEED)
    print(found.round(3).to_string(index=False))
    print(f"{given.counties} counties a row, {perf_counter() - started:.0f} s")
    if given.keep:
        found.round(4).to_csv(KEPT, index=False, encoding="utf-8", lineterminator="\n")


if __name__ == "__main__":
    main()
