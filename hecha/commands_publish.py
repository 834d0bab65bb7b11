"""Commands of what follows the result: 批准, 版本, 申诉, 公布.  Thin doors, as in hecha.commands."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hecha.commands import _Group, app, case_argument, plan_option, unranked_option
from hecha.commands_intake import now


@app.command("approve")
@click.argument("fact", metavar="事实")
@case_argument
@plan_option
@click.option("--on", metavar="日期", required=True, help="事实发生的日期，如 2024-03-01")
@click.option("--document", metavar="文号", required=True, help="文号")
def approve_command(fact: str, case: str, plan: str, on: str, document: str) -> None:
    """记录公布所需的事实（方案八）：provincial_end 省考核完毕，approval 批准。

    两项齐备以前，一切成果都标“内部资料 未经批准不得通报”。齐备时，批准的这一版留存。
    """
    from hecha.batch.keeping import record_fact
    from hecha.batch.opening import open_case

    opened = open_case(case, plan)
    needed, version = record_fact(opened, fact, on, document, now())
    click.echo(f"已记录。还缺：{'、'.join(needed)}" if needed else
               "已记录，公布的条件齐备。" if version else "已记录。")
    if version:
        click.echo(f"批准的是第{version.number}版。公布：hecha publish")
    elif not opened.results.final:
        click.echo("提示：还有未完成或待确认的，不能公布；补齐以后结果变了，须重新报批。")
    elif not needed:
        click.echo("提示：批准之后卷宗或方案有改动，现在这一版没有批准，须重新报批。")


@app.command("publish")
@click.argument("given", metavar="卷宗或批次", default="data/yunxi")
@plan_option
@click.option("--to", "out", metavar="文件夹", default="", help="公布稿写到哪里（缺省 outputs/卷宗名-公布）")
@click.option("--version", "number", metavar="版本", type=click.IntRange(1), default=None,
              help="公布批准过的第几版（缺省是现在这一版）")
@click.option("--case", metavar="卷宗", default="", help="给的是批次时，它的卷宗在哪里")
@unranked_option
def publish_command(given: str, plan: str, out: str, number: int | None, case: str,
                    unranked: bool) -> None:
    """公布：把批准的那一版按方案分送，各收各的一份。

    缺记录、有镇未完成、批准以后又有改动，都不公布，并说明原因。
    """
    from hecha.batch.progress import progress_bar
    from hecha.batch.publishing import publish, told

    with progress_bar() as progress:
        made = publish(given, plan, out, number=number or 0, case=case, ranked=not unranked,
                       at=now(), progress=progress)
    for line in told(made):
        click.echo(line)
    sys.exit(1 if made.failed else 0)


# -- 版本 ------------------------------------------------------------------------------------


@app.group("versions", cls=_Group)
def versions_app() -> None:
    """版本：定稿的结果逐版留存，后一版与前一版逐项对比。"""


@versions_app.command("list")
@case_argument
def versions_list(case: str) -> None:
    """列出各版本：什么时候、为什么、批准没有。"""
    from hecha.batch.keeping import versions_table
    from hecha.batch.telling import show_table
    from hecha.folders import find_folder

    show_table("版本", versions_table(find_folder(case)))


@versions_app.command("keep")
@case_argument
@plan_option
@click.option("--why", metavar="缘由", required=True, help="为什么另立一版，如 省核查反馈〔2024〕9号")
def versions_keep(case: str, plan: str, why: str) -> None:
    """把现在的结果定稿为新的一版，并说明与前一版的差别。"""
    from hecha.batch.keeping import settle
    from hecha.batch.opening import open_case

    opened = open_case(case, plan)
    version = settle(opened, why, now())
    click.echo(f"现在是第{version.number}版：{version.why}")
    _tell_step(opened.folder)


@versions_app.command("diff")
@click.argument("first", metavar="前一版", type=click.IntRange(1))
@click.argument("second", metavar="后一版", type=click.IntRange(1))
@case_argument
@click.option("--to", "out", metavar="文件.xlsx", default="", help="也写成工作簿")
def versions_diff(first: int, second: int, case: str, out: str) -> None:
    """比较两版：哪个镇的分数、等次、名次变了，分在哪里变的，为什么。"""
    from hecha.batch.keeping import mark_between, step_between, told_losses
    from hecha.folders import find_folder
    from hecha.tables.writing import write_workbook

    folder = find_folder(case)
    step = step_between(folder, first, second)
    _show_step(step)
    if out:
        write_workbook(Path(out), {"分数等次": step.figures, "分在哪里变的": told_losses(step)},
                       mark_between(folder, step))
        click.echo(f"写在 {out}")


def _tell_step(folder: Path) -> None:
    from hecha.batch.keeping import last_step

    step = last_step(folder)
    if step:
        _show_step(step)


def _show_step(step) -> None:
    from hecha.batch.keeping import told_losses
    from hecha.batch.telling import show_table

    click.echo(f"第{step.before.number}版 → 第{step.after.number}版：{step.after.why}")
    for line in step.inputs:
        click.echo(f"· {line}")
    if step.figures.empty:
        click.echo("分数、等次都没有变。")
        return
    show_table("分数、等次", step.figures)
    show_table("分在哪里变的", told_losses(step))


# -- 申诉 ------------------------------------------------------------------------------------


@app.group("objection", cls=_Group)
def objection_app() -> None:
    """申诉：登记、决定；采纳的更正以后另立一版。记录只增不改。"""


@objection_app.command("add")
@case_argument
@click.option("--town", metavar="镇", required=True, help="谁申诉，代码或镇名")
@click.option("--item", metavar="指标代码", default="", help="对哪个细项，如 T-B3-1；不写就是总的结果")
@click.option("--what", metavar="内容", required=True, help="申诉的内容")
@click.option("--on", metavar="日期", required=True, help="收到的日期，如 2024-03-08")
@click.option("--by", metavar="姓名", required=True, help="申诉人")
def objection_add(case: str, town: str, item: str, what: str, on: str, by: str) -> None:
    """登记一件申诉；逾期的照样登记，注明逾期。"""
    from hecha.folders import find_folder
    from hecha.intake.objections import add

    made = add(find_folder(case), town, what, on=on, by=by, at=now(), item=item)
    term = f"期限{made.deadline}{'，已逾期' if made.late else ''}" if made.deadline else "期限还没有起算"
    click.echo(f"已登记第{made.number}号申诉：{made.town_name}对第{made.version}版；{term}")


@objection_app.command("list")
@case_argument
@click.option("--to", "out", metavar="文件.xlsx", default="", help="也写成工作簿")
def objection_list(case: str, out: str) -> None:
    """列出全部申诉：谁、对什么、逾期没有、结论。"""
    from hecha.batch.telling import show_table
    from hecha.folders import find_folder
    from hecha.intake.objections import objections_table
    from hecha.tables.writing import write_workbook

    frame = objections_table(find_folder(case))
    show_table("申诉", frame)
    if out:
        write_workbook(Path(out), {"申诉": frame})


@objection_app.command("decide")
@click.argument("number", metavar="第几号", type=click.IntRange(1))
@case_argument
@plan_option
@click.option("--outcome", metavar="结论", required=True, help="采纳、部分采纳、不采纳")
@click.option("--reason", metavar="理由", required=True, help="理由")
@click.option("--document", metavar="文号", required=True, help="决定的文号")
@click.option("--on", metavar="日期", required=True, help="决定的日期")
@click.option("--by", metavar="姓名", required=True, help="经办人")
@click.option("--correct", metavar="文件 表 单元格 新值", nargs=4, default=None,
              help="采纳的，同时更正这一格，例如 returns/核查记录_449901105.xlsx 镇核查 D18 是")
def objection_decide(number: int, case: str, plan: str, outcome: str, reason: str, document: str,
                     on: str, by: str, correct: tuple[str, str, str, str] | None) -> None:
    """决定一件申诉；带 --correct 的，更正原始记录、重新计分、另立一版。"""
    from hecha.batch.objecting import decide_and_correct
    from hecha.folders import find_folder

    folder = find_folder(case)
    done, version = decide_and_correct(folder, plan, number, outcome, reason=reason,
                                       document=document, on=on, by=by, at=now(), correct=correct)
    click.echo(f"第{number}号申诉（{done.town_name}）：{done.outcome}，{done.document}")
    if version:
        click.echo(f"现在是第{version.number}版，须重新报批（hecha approve）")
        _tell_step(folder)
    elif done.granted:
        click.echo(f"请更正记录（hecha record correct）或在调整表登记，再 hecha versions keep --why 申诉第{number}号")
