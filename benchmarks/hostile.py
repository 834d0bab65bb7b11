"""Hostile workbooks, one after the other: what reading each costs, and that the reader lives.

Each file is read in a process of its own, so that its peak of memory is its own.  Printed:
seconds, peak megabytes (with Python and our libraries, about 100), what was said.  The
limits of issue 3 are 2 s and 1 GB a file.  Run:

    python -m benchmarks.hostile
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.tables import workbooks as made
from tests.tables.test_files_sent import REFUSED

SECONDS, MEGABYTES = 2.0, 1024.0
READ_ONE = """
import sys, time
from hecha.problems import Problems
from hecha.tables import read_grids
problems = Problems()
start = time.perf_counter()
grids = read_grids(sys.argv[1], "x.xlsx", problems)
took = time.perf_counter() - start
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
except ImportError:
    peak = float("nan")
said = [p.code for p in problems] + [f.code for g in grids for f in g.faults.values()]
print(took, peak, "、".join(said) or "无")
"""
FLAGGED = {
    "会启动程序的公式": made.scored("<c r=\"B2\"><f>cmd|'/C calc'!A0</f><v>1</v></c>"),
    "没有结果的公式": made.scored('<c r="B2"><f>A1*2</f><v></v></c>'),
    "错误值": made.scored('<c r="B2" t="e"><v>#DIV/0!</v></c>'),
    "三万行的工作簿": made.workbook("".join(
        f'<row r="{n}">{made.text_cell(f"A{n}", "甲")}</row>' for n in range(1, 30_000))),
}


def cost(data: bytes) -> tuple[float, float, str]:
    """Seconds, peak megabytes and what was said of one file, read in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.xlsx"
        path.write_bytes(data)
        done = subprocess.run([sys.executable, "-c", READ_ONE, str(path)], capture_output=True,
                              text=True, encoding="utf-8", timeout=120)
    if done.returncode:
        return float("inf"), float("inf"), f"进程没有活下来（{done.returncode}）"
    took, peak, said = done.stdout.split(maxsplit=2)
    return float(took), float(peak), said.strip()


def main() -> None:
    """Print a line a file, and whether all stayed within the limits."""
    files = {name: data for name, (data, _) in REFUSED.items()} | FLAGGED
    costs = {name: cost(data) for name, data in files.items()}
    for name, (took, peak, said) in costs.items():
        print(f"{took:6.2f} s {peak:7.0f} MB  {name}：{said}")
    within = all(took < SECONDS and peak < MEGABYTES for took, peak, _ in costs.values())
    print(f"{len(costs)} files, {'all' if within else 'NOT all'} under {SECONDS:g} s and "
          f"{MEGABYTES:g} MB")


if __name__ == "__main__":
    main()
