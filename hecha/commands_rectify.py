"""Commands of the rectification: 整改.  Thin doors, as in hecha.commands."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from hecha.commands import OUT, _Group, app, plan_option
from hecha.commands_intake import by_option, case_argument, now

MOST = 20
"""problems shown on the screen; all of them are in the file"""
items_argument = click.argument("items", metavar="编号…", nargs=-1, required=True)


@app.group("rectify", cls=_Group)
def rectify_app() -> None:
    """整改：把扣分变成整改台账，发镇填写，收回，复核销号，只增不改。

    未整改 → 整改中 → 待复核 → 销号。报待复核要有佐证，销号要有复核人，且不是责任人本人。
    """


def _day(on: str) -> dt.date:
    try:
        return dt.date.fromisoformat(on) if on else dt.date.today()
    except ValueError:
        raise click.UsageError(f"日期“{on}”不对，应如 2024-03-10") from None


@rectify_app.command("issue")
@case_argument
@plan_option
@by_option
@click.option("--on", metavar="日期", default="", help="交办日，时限从这天起算（缺省今天）")
@click.option("--out", metavar="文件夹", default="", help="写到哪里（缺省 outputs/卷宗名-整改）")
def rectify_issue(case: str, plan: str, by: str, on: str, out: str) -> None:
    """交办：扣分台账和卷宗里的整改台账登记为整改事项，每镇写一个工作簿。

    可以重复运行：编号不变，镇里填过的都在，新扣的分增一项，重新计分后没有了的撤销。
    """
    from hecha.batch.rectifying import issue

    where = _out(out, case)
    issued = issue(case, plan, where, by, now(), _day(on))
    live = sum(not item.withdrawn for item in issued.items.values())
    click.echo(f"整改事项{live}项，新增或有变化{issued.count('ask')}项，撤销{issued.count('withdraw')}项。")
    _tell(issued.problems.found)
    click.echo(f"{len(issued.written)}个工作簿在 {where}")
    sys.exit(1 if issued.problems.errors else 0)


@rectify_app.command("receive")
@click.argument("folder", metavar="文件夹")
@click.option("--case", metavar="卷宗", required=True, help="登记到哪个卷宗")
@by_option
@click.option("--on", metavar="日期", default="", help="按哪一天看时限过没过（缺省今天）")
@click.option("--out", metavar="文件夹", default="", help="问题清单写到哪里（缺省 outputs/卷宗名-整改）")
def rectify_receive(folder: str, case: str, by: str, on: str, out: str) -> None:
    """收回镇里填好的工作簿（文件夹或一个文件）：能登记的都登记，不对的逐格说明。"""
    from hecha.batch.rectifying import receive
    from hecha.report.returned import problems_table
    from hecha.tables.writing import write_csv

    got = receive(case, folder, by, now(), _day(on))
    moved = sum(step[0] == "move" for _, step in got.steps)
    filled = len({name for name, step in got.steps if step[0] == "fill"})
    click.echo(f"{got.files}个工作簿：填报{filled}项，状态前进{moved}步；{got.errors}处错误，"
               f"{len(got.problems) - got.errors}处提示。")
    late = sum(p.code == "overdue" for p in got.problems)
    if late:
        click.echo(f"时限已过还没有销号的{late}项，逐项见问题清单。")
    told = [(p, c) for p, c in zip(got.problems, got.cells, strict=True) if p.code != "overdue"]
    told.sort(key=lambda pair: pair[0].severity)
    _tell([p for p, _ in told], [c for _, c in told])
    listed = _out(out, case) / "整改收表问题.csv"
    write_csv(problems_table(got.problems, got.cells), listed)
    click.echo(f"问题清单在 {listed}")
    sys.exit(1 if got.errors else 0)


@rectify_app.command("close")
@case_argument
@items_argument
@click.option("--reviewer", metavar="姓名", required=True, help="复核人，不能是责任人本人")
@by_option
def rectify_close(case: str, items: tuple[str, ...], reviewer: str, by: str) -> None:
    """销号：只有待复核的可以。"""
    from hecha.batch.rectifying import close

    click.echo(close(case, items, reviewer.strip(), by, now()))


@rectify_app.command("return")
@case_argument
@items_argument
@click.option("--reason", metavar="原因", required=True, help="为什么复核不通过")
@by_option
def rectify_return(case: str, items: tuple[str, ...], reason: str, by: str) -> None:
    """复核不通过，退回整改中。"""
    from hecha.batch.rectifying import send_back

    click.echo(send_back(case, items, reason, by, now()))


@rectify_app.command("history")
@case_argument
@click.argument("item", metavar="编号")
def rectify_history(case: str, item: str) -> None:
    """一项整改的来龙去脉：谁、何时、填了什么、到了哪一步。"""
    from hecha.batch.rectifying import history
    from hecha.batch.telling import show_table

    show_table(item, history(case, item))


@rectify_app.command("verify")
@case_argument
def rectify_verify(case: str) -> None:
    """查验整改登记簿：每一条都接得上前一条。"""
    from hecha.batch.rectifying import verify

    faults, said = verify(case)
    click.echo("\n".join(faults) if faults else said)
    sys.exit(1 if faults else 0)


def _out(out: str, case: str) -> Path:
    from hecha.folders import project_folder

    return Path(out) if out else project_folder() / OUT / f"{Path(case).resolve().name}-整改"


def _tell(problems, cells=()) -> None:
    from itertools import zip_longest

    for problem, cell in [*zip_longest(problems, cells, fillvalue="")][:MOST]:
        click.echo(f"  {problem}" + (f"（{cell}格）" if cell and problem.place.row else ""))
    if len(problems) > MOST:
        click.echo(f"  ……共{len(problems)}处")


__all__ = ["rectify_app"]
