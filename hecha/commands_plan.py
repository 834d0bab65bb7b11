"""Commands of the plan: 新建, 导入, 比较.  Thin doors, as in hecha.commands."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hecha.commands import _plan, plan_app


@plan_app.command("new")
@click.argument("name", metavar="名称")
def plan_new(name: str) -> None:
    """新建方案：在 params/ 下写一个带说明的骨架，能用，照着改。"""
    from hecha.folders import find_folder
    from hecha.plan.new import new_plan

    folder = new_plan(name, find_folder("params"))
    click.echo(f"已建 {folder}，从 plan.yaml 改起；改完一段就运行 hecha plan check params/{name}")


@plan_app.command("import")
@click.argument("file", metavar="指标表.xlsx")
@click.option("--out", metavar="文件夹", required=True, help="草稿写到哪里，如 params/新方案")
def plan_import(file: str, out: str) -> None:
    """导入指标表：由指标、分值、评分标准三栏写成方案草稿，没有把握的都列出来。"""
    from hecha.batch.telling import show_table
    from hecha.plan.importing import import_plan

    told = import_plan(Path(file), Path(out))
    imported = told[told["认作"] != "没有导入"]
    doubtful = told[told["待定的"] != ""]
    show_table("导入", told)
    click.echo(f"导入{len(imported)}项，没有导入{len(told) - len(imported)}行，"
               f"待定{len(doubtful)}处（见 readings.yaml）。草稿在 {out}，"
               "层级、表、等次按示例写，须改。")


@plan_app.command("diff")
@click.argument("before", metavar="前一方案")
@click.argument("after", metavar="后一方案")
@click.option("--case", metavar="卷宗", default="", help="用这个卷宗算一遍，看谁的等次变了")
def plan_diff_command(before: str, after: str, case: str) -> None:
    """比较两个方案：改了哪些取值，增删了什么；给了卷宗的，谁的等次会变。"""
    from hecha.batch.telling import show_table
    from hecha.plan.diff import plan_diff

    changes = plan_diff(_plan(before, ""), _plan(after, ""))
    if changes.empty:
        click.echo("两个方案没有不同。")
    else:
        show_table(f"两个方案的不同（{len(changes)}处）", changes)
    if case:
        from hecha.batch.comparing import grades_under
        from hecha.folders import find_folder

        in_county = plan_diff(_plan(before, case), _plan(after, case))
        settled = [p for p in changes["位置"] if p not in set(in_county["位置"])]
        if settled:
            click.echo(f"卷宗的参数表另定了{'、'.join(settled)}，这{len(settled)}处改动在本县不起作用。")
        grades = grades_under(case, find_folder(before), find_folder(after))
        show_table("各单位在两个方案下的结果", grades)
        moved = int(grades["变化"].str.startswith("等次").sum())
        click.echo(f"{moved}个单位的等次会变。")
    sys.exit(0)


__all__ = ["plan_diff_command", "plan_import", "plan_new"]
