"""What a command says when it has done: progress, a table of towns, and what is wrong.

Problems are said in full in tables/problems.csv; on the screen come the counts, the
towns, and the first of them, so that a clerk knows where to look.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from hecha.batch.run import RunReport
from hecha.report import published
from hecha.report.naming import marked
from hecha.words import mask_household

SHOWN_PROBLEMS = 12
WIDE, SHORT, LOG_WIDTH = 140, 10, 240
ROOMY = ("原文", "位置", "读法", "备注")


def _console(**how: object) -> Console:
    """The screen; a pipe or a log has room for a whole row, and nothing is cut."""
    console = Console(highlight=False, **how)  # type: ignore[arg-type]
    return console if console.is_terminal else Console(
        highlight=False, width=LOG_WIDTH, **how)  # type: ignore[arg-type]


@contextmanager
def progress_bar() -> Iterator:
    """A bar on a terminal; plain silence where there is none to look at."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
               TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("开始", total=1)

        def progress(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)
            if not console.is_terminal:
                console.print(f"[{done}/{total}] {what}", markup=False)

        yield progress


def tell(report: RunReport) -> int:
    """Print what a run did and return its exit code."""
    console, problems = _console(soft_wrap=True), report.results.problems
    show_table(f"各{published.unit_name(report.results.plan)}结果" + ("" if report.results.final else "（暂定）"),
               _brief(published.towns(report.results)))
    for row in report.results.missing.groupby("town_name", sort=False)["what"]:
        name, what = row
        console.print(f"{name} 未完成，缺{len(what)}项：{what.iloc[0]}"
                      f"{' 等' if len(what) > 1 else ''}", markup=False)
    for problem in problems.errors[:SHOWN_PROBLEMS]:
        console.print(mask_household(str(problem)), markup=False)
    if len(problems):
        more = f"，其余见 {marked('tables/problems.csv', report.results)}" if len(problems.errors) > SHOWN_PROBLEMS else ""
        console.print(f"共{len(problems.errors)}处错误、{len(problems.warnings)}处提示{more}")
    for name, why in report.failed.items():
        console.print(f"没有生成 {name}：{why}", markup=False)
    if report.results.mark:
        console.print(report.results.mark)
    console.print(f"结果在 {report.folder}", markup=False)
    return report.exit_code


def _brief(towns: pd.DataFrame) -> pd.DataFrame:
    """The towns without what a screen has no room for."""
    shown = [c for c in towns.columns if "精确" not in c and "代码" not in c]
    return towns[[c for c in shown if not c.endswith("等次") or c == "等次"]]


def show_table(title: str, frame: pd.DataFrame) -> None:
    """A frame as a table on the screen, every cell as text."""
    console = _console(markup=False)
    if console.width < WIDE:
        frame = frame[[c for c in frame.columns if c not in ROOMY]]
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD,
                  padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for column in frame.columns:
        short = frame[column].map(lambda v: len(str(v))).max() <= SHORT if len(frame) else True
        table.add_column(str(column), overflow="fold", no_wrap=bool(short))
    for row in frame.itertuples(index=False):
        table.add_row(*("" if v is None else str(v) for v in row))
    console.print(table)
