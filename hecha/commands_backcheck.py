"""Commands of the back-check: 抽复核、比较复核.  Thin doors, as in hecha.commands."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hecha.commands import OUT, _Group, app, case_argument, plan_option

SHOWN = 20


@app.group("backcheck", cls=_Group)
def backcheck_app() -> None:
    """复核：走访以后抽签，再走一遍，两次的答案逐项比较。说明见 docs/truth.md。"""


@backcheck_app.command("draw")
@case_argument
@plan_option
@click.option("--dice", metavar="公开号码", required=True, help="走访结束以后产生的公开号码")
@click.option("--each", metavar="户数", type=click.IntRange(1), default=3, show_default=True,
              help="每镇复核几户")
@click.option("--out", metavar="文件夹", default="", help="复核表写到哪里（缺省 outputs/卷宗名-复核）")
def draw_command(case: str, plan: str, dice: str, each: int, out: str) -> None:
    """抽复核：按签号从走访过的户里每镇抽几户，写出空白的复核表。"""
    from hecha.fieldwork.backchecking import FILE, FOLDER, draw_form

    path, households = draw_form(case, plan, dice, each, _out(out, case))
    click.echo(f"抽出{households}户，复核表在 {path}")
    click.echo("由别的核查组复核的，“复核组”写它原来核查的镇（代码或名称）或组号，用来比较各组宽严；不是核查组的留空。")
    click.echo(f"复核人不看第一次的答案，没有问的留空。填好后放在卷宗的 {FOLDER}/{FILE}。")


@backcheck_app.command("compare")
@case_argument
@click.argument("file", metavar="[复核表]", default="")
@plan_option
@click.option("--within", metavar="百分数", type=click.IntRange(0, 100), default=10, show_default=True,
              help="金额相差多少以内算相同（占第一次的百分之几）")
@click.option("--out", metavar="文件夹", default="", help="比较结果写到哪里（缺省 outputs/卷宗名-复核）")
def compare_command(case: str, file: str, plan: str, within: int, out: str) -> None:
    """比较复核：两次答案按项、按核查人、按组比较。不同只说明要去看，不说明谁对。"""
    from hecha.fieldwork.backchecking import checked_case, tables
    from hecha.tables.writing import write_workbook
    from hecha.words import mask_household

    checked = checked_case(case, plan, file, within / 100)
    problems = list(checked.problems)
    for problem in problems[:SHOWN]:
        click.echo(mask_household(str(problem)))
    if len(problems) > SHOWN:
        click.echo(f"…共{len(problems)}条")
    path = _out(out, case) / "复核比较.xlsx"
    write_workbook(path, tables(checked))
    seen = checked.compared
    click.echo(f"复核{seen['household'].nunique()}户，比较{len(seen)}个答案，不同{int(seen['differs'].sum())}个。"
               f"结果在 {path}")
    sys.exit(1 if checked.problems.errors else 0)


def _out(out: str, case: str) -> Path:
    from hecha.folders import project_folder

    return Path(out) if out else project_folder() / OUT / f"{Path(case).resolve().name}-复核"
