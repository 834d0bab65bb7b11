"""What a command says when it has done: a table of towns, and what is wrong.

Problems are said in full in tables/problems.csv; on the screen come the counts, the
towns, and the first of them, so that a clerk knows where to look.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table

from hecha.batch.run import STEPS, RunReport
from hecha.words import mask_household

if TYPE_CHECKING:
    import pandas as pd

    from hecha.batch.many import CaseDone
    from hecha.scoring import Results

SHOWN_PROBLEMS = 12
MANY_SHOWN = 2
WIDE, SHORT, LOG_WIDTH = 140, 10, 240
ROOMY = ("原文", "位置", "读法", "备注")


def _console(**how: object) -> Console:
    """The screen; a pipe or a log has room for a whole row, and nothing is cut."""
    console = Console(highlight=False, **how)  # type: ignore[arg-type]
    return console if console.is_terminal else Console(
        highlight=False, width=LOG_WIDTH, **how)  # type: ignore[arg-type]


def told_of(results: Results) -> dict:
    """What the screen says of scored results, as plain values that a run can keep."""
    from hecha.report import published
    from hecha.report.naming import marked

    problems, lines = results.problems, []
    for name, what in results.missing.groupby("town_name", sort=False)["what"]:
        lines.append(f"{name} 未完成，缺{len(what)}项：{what.iloc[0]}{' 等' if len(what) > 1 else ''}")
    lines += [mask_household(str(p)) for p in problems.errors[:SHOWN_PROBLEMS]]
    if len(problems):
        more = f"，其余见 {marked('tables/problems.csv', results)}" if len(problems.errors) > SHOWN_PROBLEMS else ""
        lines.append(f"共{len(problems.errors)}处错误、{len(problems.warnings)}处提示{more}")
    brief = _brief(published.towns(results))
    return {"title": f"各{published.unit_name(results.plan)}结果{'' if results.final else '（暂定）'}",
            "columns": [str(c) for c in brief.columns],
            "rows": [["" if v is None else str(v) for v in row] for row in brief.itertuples(index=False)],
            "lines": lines, "mark": results.mark}


def tell(report: RunReport) -> int:
    """Print what a run did and return its exit code."""
    console, told = _console(soft_wrap=True), report.told
    show_rows(told["title"], told["columns"], told["rows"])
    for line in told["lines"]:
        console.print(line, markup=False)
    if report.failed:
        show_rows("没有做成的", ["报告", "原因"], [[k, v] for k, v in report.failed.items()])
    if told["mark"]:
        console.print(told["mark"])
    console.print(_done(report), markup=False)
    console.print(f"结果在 {report.folder}", markup=False)
    return report.exit_code


def tell_many(done: Sequence[CaseDone]) -> int:
    """Print what became of many cases and return the exit code."""
    console = _console(soft_wrap=True)
    show_rows("各卷宗", ["卷宗", "状态", "做了几份报告", "没有变化", "没有做成", "用时", "结果在"], [
        [d.name, d.state, str(d.did), str(d.kept), str(len(d.failed)), f"{d.seconds:.1f}秒",
         d.asked.out] for d in done])
    wrong = [[d.name, report, why] for d in done for report, why in d.failed.items()]
    wrong += [[d.name, "整个卷宗", d.why] for d in done if d.why]
    if wrong:
        show_rows("没有做成的", ["卷宗", "报告", "原因"], wrong)
    unsettled = [[d.name, line] for d in done for line in _brief_lines(d.lines)]
    if unsettled:
        show_rows("还有什么问题", ["卷宗", "问题"], unsettled)
    bad = [d for d in done if d.state != "完成"]
    console.print(f"{len(done)}个卷宗，{len(done) - len(bad)}个完成，{len(bad)}个有问题。")
    return 1 if bad else 0


def _brief_lines(lines: Sequence[str]) -> list[str]:
    """The first of what is wrong with a case, and the last line, which counts all.

    >>> _brief_lines(["甲", "乙", "丙", "丁", "共9处错误"])
    ['甲', '乙', '……', '共9处错误']
    """
    return list(lines) if len(lines) <= MANY_SHOWN + 1 else [*lines[:MANY_SHOWN], "……", lines[-1]]


def _done(report: RunReport) -> str:
    if not report.did:
        return f"没有变化，{len(report.kept)}份报告都是最新的（{report.seconds:.1f}秒）。"
    beside = "、".join(step for step in STEPS if step in report.did)
    did = "，".join([*([f"做了{len(report.made)}份报告"] if report.made else []),
                    *([f"另有{beside}" if report.made else f"重做了{beside}"] if beside else []),
                    *([f"{len(report.failed)}份没有做成"] if report.failed else []),
                    *([f"{len(report.kept)}份报告没有变化"] if report.kept else [])])
    return f"{did}，用时{report.seconds:.1f}秒。"


def _brief(towns: pd.DataFrame) -> pd.DataFrame:
    """The towns without what a screen has no room for."""
    shown = [c for c in towns.columns if "精确" not in c and "代码" not in c]
    return towns[[c for c in shown if not c.endswith("等次") or c == "等次"]]


def show_table(title: str, frame: pd.DataFrame) -> None:
    """A frame as a table on the screen, every cell as text."""
    show_rows(title, [str(c) for c in frame.columns],
              [["" if v is None else str(v) for v in row] for row in frame.itertuples(index=False)])


def show_rows(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows of text as a table on the screen."""
    console = _console(markup=False)
    shown = [n for n, c in enumerate(columns) if console.width >= WIDE or c not in ROOMY]
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD,
                  padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for n in shown:
        short = max((len(row[n]) for row in rows), default=0) <= SHORT
        table.add_column(columns[n], overflow="fold", no_wrap=short)
    for row in rows:
        table.add_row(*(row[n] for n in shown))
    console.print(table)
