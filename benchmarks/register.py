"""How long a register of many households takes, as a ratio to reading the same columns.

Makes a register of `--rows` households (30 million take 1.7 GB of disk and some minutes),
reads its columns with the engine alone, counts it to villages, judges the villages, and
holds a sample of 1,000 villages against the scorer that counts household by household.
Each step runs in a process of its own, so that its memory is its own, `--times` times, the
two in turn; of each the quickest is told.  Run:

    python -m benchmarks.register --rows 30000000
    python -m benchmarks.register --draw 10000000
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from hecha.field.register import draw_register
from hecha.fieldwork.rules import sample_rule
from hecha.plan import Plan, load_plan
from hecha.plan.sayable import COUNT_COLUMNS, FLAG_COLUMNS, MONEY_COLUMNS, TEXT_COLUMNS
from hecha.problems import Problems
from hecha.scoring import counting, register
from hecha.tables.engine import engine

PLAN, STANDARD, THREADS, OF_A_VILLAGE, SAMPLE = "params/xian2023", 7500, 2, 50, 1000


def plan_used() -> Plan:
    """The default plan with a standard, as a county sets one."""
    plan = load_plan(PLAN)
    income = plan.household.income.model_copy(update={"standard": Fraction(STANDARD)})
    return plan.model_copy(
        update={"household": plan.household.model_copy(update={"income": income})})


def made_up(rows: int, path: Path) -> None:
    """A register whose cells are hashes of the row's number: the same at every run."""
    def drawn(n: int, below: int) -> str:
        return f"(hash(i * 31 + {n}) % {below})::bigint"

    cells = {c: drawn(n, 900000 if n < 3 else 90000) for n, c in enumerate(MONEY_COLUMNS)}
    cells |= {c: drawn(20 + n, 3) for n, c in enumerate(COUNT_COLUMNS)}
    cells["members"] = f"1 + {drawn(20, 6)}"
    cells |= {c: f"case when hash(i * 31 + {50 + n}) % 30 = 0 then '不达标' else '达标' end"
              for n, c in enumerate(TEXT_COLUMNS)}
    cells["housing"] = "substr('AAAAABBBCD', 1 + (hash(i * 31 + 60) % 10)::int, 1)"
    cells |= {c: f"hash(i * 31 + {70 + n}) % 10 < 8" for n, c in enumerate(FLAG_COLUMNS)}
    village = f"printf('%012d', 110101100000 + i // {OF_A_VILLAGE})"
    listed = ", ".join(f"{sql} as {name}" for name, sql in cells.items())
    with engine(threads=THREADS) as ask:
        ask.keep(f"select {village} as village, {village} || printf('%04d', i % {OF_A_VILLAGE}) "
                 f"as household, {listed} from range({rows}) t(i)", path)


def reading() -> str:
    """A question that makes the engine decode every cell that counting decodes, and do little else.

    The village and every column that the plan names; not the household's code, which counting
    settles by the least and the greatest that the file says of it.  The greatest number, the
    length of the texts, how many are true: a length cannot be answered without the cells, and
    is shorter work than comparing texts (counting the cells, or the greatest alone, the engine
    answers from the file's own summary).
    """
    def told(column: str) -> str:
        if column in FLAG_COLUMNS:
            return f"count_if({column})"
        return f"max({column})" if column not in TEXT_COLUMNS else f"sum(strlen({column}))"

    columns = register.needed_columns(plan_used())
    return f"select sum(strlen(village)), {', '.join(map(told, columns))} from h"


def read(path: Path) -> None:
    """The columns that counting needs, read and nothing else."""
    with engine(files={"h": [path]}, threads=THREADS) as ask:
        ask.ask(reading())


def all_are_read(path: Path) -> bool:
    """Whether the engine's plan for the reading scans the file for every one of the columns."""
    with engine(files={"h": [path]}, threads=THREADS) as ask:
        plan = ask.ask(f"explain (format json) {reading()}").iloc[0, 1]
    return all(f'"{c}"' in plan for c in ("village", *register.needed_columns(plan_used())))


def scored_villages(path: Path) -> pd.DataFrame:
    """Counted and judged."""
    plan, problems = plan_used(), Problems()
    counted = register.count_register(plan, [path], problems, threads=THREADS)
    assert not len(problems)
    return register.score_register(plan, counted)


def score(path: Path) -> int:
    """How many villages are counted and judged."""
    return len(scored_villages(path))


def sample_agrees(path: Path, scored: pd.DataFrame) -> int:
    """How many of a sample of villages have the counts of the one-by-one count, all of them."""
    plan = plan_used()
    step = max(1, len(scored) // SAMPLE)
    villages = scored["village"].iloc[::step].head(SAMPLE)
    with engine({"wanted": villages.to_frame()}, {"h": [path]}, threads=THREADS) as ask:
        homes = ask.ask("select h.*, '' as file, 0 as row from h semi join wanted using (village)")
    one_by_one = counting.totals(counting.count_households(plan, homes), "village")
    frame = pd.DataFrame.from_dict(one_by_one, orient="index").rename_axis("village").reset_index()
    again = register.score_register(plan, frame.assign(unusable=0)).set_index("village")
    return int((again.loc[villages] == scored.set_index("village").loc[villages]).all(axis=1).sum())


def timed(action: Callable, *args: object) -> tuple[float, float, int, object]:
    """Wall and processor seconds of an action, the process's peak in MB, and the answer."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = action(*args)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return time.perf_counter() - wall, time.process_time() - cpu, peak, answer


def alone(action: Callable, *args: object) -> tuple[float, float, int, object]:
    """As timed, in a fresh process; its answer is small, so that no process is born large."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(timed, action, *args).result()


def best(runs: list[tuple[float, float, int, object]]) -> tuple[float, float, int]:
    """The shortest wall, the least processor time and the highest memory."""
    wall, cpu, peak, _ = zip(*runs, strict=True)
    return min(wall), min(cpu), max(peak)


def draw(path: Path) -> int:
    """How many households are drawn of the register."""
    drawn = draw_register([path], "42", sample_rule(load_plan(PLAN)), threads=THREADS)
    return int((drawn["choice"] == "正选").sum())


def tell_draw(rows: int) -> None:
    """Print how long the draw of every village of a register takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.parquet"
        made_up(rows, path)
        wall, cpu, peak, drawn = alone(draw, path)
    print(f"{rows:,} households, {drawn:,} drawn: {wall:.1f} s  cpu {cpu:.1f} s  {peak} MB")


def tell_score(rows: int, times: int) -> None:
    """Print the times, the ratio, the memory and the agreement."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.parquet"
        made_up(rows, path)
        assert all_are_read(path)
        runs = [(alone(read, path), alone(score, path)) for _ in range(times)]
        wall, cpu, peak = best([reading for reading, _ in runs])
        print(f"{rows:,} households, {len(register.needed_columns(plan_used()))} columns")
        print(f"read   {wall:6.1f} s  cpu {cpu:6.1f} s  {peak} MB")
        ours, used, most = best([scoring for _, scoring in runs])
        print(f"score  {ours:6.1f} s  cpu {used:6.1f} s  {most} MB")
        print(f"ratio  {ours / wall:6.2f}    cpu {used / cpu:6.2f}")
        scored = scored_villages(path)
        print(f"sample {sample_agrees(path, scored)} of {min(SAMPLE, len(scored))} villages agree, "
              f"of {len(scored):,}")


def main() -> None:
    """One of the two, as asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3_000_000)
    parser.add_argument("--times", type=int, default=3, help="how often each is measured")
    parser.add_argument("--draw", type=int, default=0, help="draw so many households instead")
    given = parser.parse_args()
    if given.draw:
        tell_draw(given.draw)
    else:
        tell_score(given.rows, given.times)


if __name__ == "__main__":
    main()
