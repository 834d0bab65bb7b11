"""The command of the sensitivity: 敏感性.  A thin door, as in hecha.commands."""

from __future__ import annotations

import click

from hecha.commands import _out, app, case_argument, out_option, plan_option


@app.command("sensitivity")
@case_argument
@plan_option
@out_option
@click.option("--times", metavar="次数", type=click.IntRange(1), default=10_000, show_default=True,
              help="换多少次权重")
@click.option("--seed", metavar="种子", type=int, default=2023, show_default=True, help="随机数种子")
@click.option("--redo", metavar="第几次", type=int, default=None,
              help="把这一次重复的权重写成方案，放在方案文件夹旁边")
def sensitivity_command(case: str, plan: str, out: str, times: int, seed: int,
                        redo: int | None) -> None:
    """敏感性：县里的权重、读法、拟定分值换一种，谁的等次和名次会变。

    全部组合和每次重复的参数都写进台账；任何一次都能写成方案，用 hecha score 重做。
    """
    from pathlib import Path

    from hecha.batch.opening import open_case
    from hecha.folders import write_whole
    from hecha.show.sensitivity import replication_plan, sensitivity_of, write_sensitivity

    opened = open_case(case, plan)
    tried = sensitivity_of(opened, times, seed)
    folder = Path(_out(out, case)) / "sensitivity"
    if redo is not None:
        beside = opened.plan_folder.parent
        path = write_whole(beside / f"重复{redo}" / "plan.yaml", replication_plan(tried, redo))
        click.echo(f"第{redo}次重复写成方案 {beside.name}/{path.parent.name}")
    for path in write_sensitivity(tried, folder):
        click.echo(f"已写 {path.name}")
    click.echo(f"结果在 {folder}")


__all__ = ["sensitivity_command"]
