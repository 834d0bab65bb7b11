"""Commands of the returns: 收表, 登记, 一镇计分, 打包.  Thin doors, as in hecha.commands."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from hecha.commands import OUT, PLAN, _Group, app, plan_option

CASE_HELP = "记入这个卷宗；不写就只看不记"
by_option = click.option("--by", metavar="姓名", required=True, help="经办人")
reason_option = click.option("--reason", metavar="原因", required=True, help="原因")
sheet_argument = click.argument("sheet", metavar="表")
unit_argument = click.argument("unit", metavar="单位代码")
case_argument = click.argument("case", metavar="卷宗")


def now() -> str:
    """The time of an entry."""
    return dt.datetime.now().isoformat(timespec="seconds")


def _out(out: str, name: str) -> Path:
    from hecha.folders import project_folder

    return Path(out) if out else project_folder() / OUT / name


@app.command("intake")
@click.argument("folder", metavar="文件夹")
@click.option("--case", metavar="卷宗", default="", help=CASE_HELP)
@plan_option
@click.option("--by", metavar="姓名", default="", help="谁交来的（缺省按表里的组号）")
@click.option("--out", metavar="文件夹", default="", help="报告写到哪里（缺省 outputs/名称-收表）")
def intake_command(folder: str, case: str, plan: str, by: str, out: str) -> None:
    """收表：读报来的文件，逐格说明问题，核对行数，登记每一份表。

    收工作簿、CSV，也收手机表（ODK、KoboToolbox）导出的 CSV 和 zip。
    """
    from hecha.batch.progress import progress_bar
    from hecha.batch.receiving import attendance_in, receive
    from hecha.report.returned import PAGE, write_returned

    with progress_bar() as progress:
        received = receive(folder, plan, case, by=by, at=now(), progress=progress)
    where = _out(out, f"{received.folder.resolve().name}-收表")
    write_returned(received, where)
    files, errors = received.files, received.errors
    click.echo(f"{len(files)}个文件，{int((files['state'] != '已读').sum())}个没有用上；{errors}处错误，"
               f"{len(received.problems) - errors}处提示；行数{'平衡' if received.balanced else '不平衡'}。")
    if len(received.news):
        for (outcome, state), n in received.news.groupby(["outcome", "state"], sort=False).size(
                ).items():
            click.echo(f"登记：{outcome}（{state}）{n}份")
    attended = attendance_in(files["file"])
    if attended:
        click.echo(f"{attended}已核对，不登记；无误后请放进卷宗的 roster/，代替原来的考勤表")
    click.echo(f"报告在 {where / PAGE}")
    sys.exit(1 if errors or not received.balanced else 0)


# -- 登记 ------------------------------------------------------------------------------------


@app.group("record", cls=_Group)
def record_app() -> None:
    """登记：每一份表的状态、更正和决定，只增不改。

    草稿 → 已提交 →（已退回）→ 已复核 → 已锁定。锁定的记录不能再动。
    """


@record_app.command("list")
@case_argument
@click.option("--state", metavar="状态", default="", help="只看这种状态，如 草稿、待决定")
def record_list(case: str, state: str) -> None:
    """列出每一份表的状态。"""
    from hecha.batch.recording import forms_table
    from hecha.batch.telling import show_table
    from hecha.folders import find_folder

    frame = forms_table(find_folder(case))
    show_table("登记的表", frame[frame["状态"].str.contains(state)] if state else frame)


def _moving(kind: str, help_text: str):
    @record_app.command(kind, help=help_text)
    @case_argument
    @sheet_argument
    @unit_argument
    @by_option
    @click.option("--reason", metavar="原因", required=kind == "return", default="", help="原因")
    def moving(case: str, sheet: str, unit: str, by: str, reason: str) -> None:
        from hecha.batch.recording import move
        from hecha.folders import find_folder

        click.echo(move(find_folder(case), kind, sheet, unit, by, now(), reason))

    return moving


_moving("submit", "提交一份草稿（没有填完的不能提交）。表可写“全部”，单位代码可写镇代码。")
_moving("return", "退回一份表，请报送人重报。表可写“全部”，单位代码可写镇代码。")
_moving("review", "复核一份表。表可写“全部”，单位代码可写镇代码。")
_moving("lock", "锁定一份复核过的表。表可写“全部”，单位代码可写镇代码。")


@record_app.command("decide")
@case_argument
@sheet_argument
@unit_argument
@click.option("--use", metavar="序号", type=int, required=True, help="采用第几条报送")
@by_option
@reason_option
def record_decide(case: str, sheet: str, unit: str, use: int, by: str, reason: str) -> None:
    """两份不同的报送，决定采用哪一份。"""
    from hecha.batch.recording import decide
    from hecha.folders import find_folder

    click.echo(decide(find_folder(case), sheet, unit, use, by, now(), reason))


@record_app.command("correct")
@case_argument
@click.argument("file", metavar="文件")
@click.argument("table", metavar="工作表")
@click.argument("cell", metavar="单元格")
@click.argument("after", metavar="改成")
@by_option
@reason_option
@click.option("--approval", metavar="批准", required=True, help="谁批准的、文号")
@plan_option
def record_correct(case: str, file: str, table: str, cell: str, after: str, by: str, reason: str,
                   approval: str, plan: str) -> None:
    """更正一格：原件不动，计分时按更正后的读（如 returns/核查记录_449901113.xlsx 入户核查 Q5 8600）。

    CSV 文件没有工作表，写一个减号 -。
    """
    from hecha.batch.recording import correct
    from hecha.folders import find_folder

    click.echo(correct(find_folder(case), file, "" if table == "-" else table, cell, after, by,
                       now(), reason, approval, find_folder(plan)))


@record_app.command("attach")
@case_argument
@sheet_argument
@unit_argument
@click.argument("file", metavar="文件")
@by_option
@click.option("--about", metavar="说明", default="", help="拍的是什么")
def record_attach(case: str, sheet: str, unit: str, file: str, by: str, about: str) -> None:
    """给一份表附上照片或扫描件，按摘要保存，不进报告。"""
    from hecha.batch.recording import attach
    from hecha.folders import find_folder

    click.echo(attach(find_folder(case), sheet, unit, Path(file), by, now(), about))


@record_app.command("history")
@case_argument
@sheet_argument
@unit_argument
def record_history(case: str, sheet: str, unit: str) -> None:
    """一份表的来龙去脉：每次报送改了什么，谁更正、退回、锁定。"""
    from hecha.batch.recording import history
    from hecha.batch.telling import show_table
    from hecha.folders import find_folder

    show_table(f"{unit}［{sheet}］", history(find_folder(case), sheet, unit))


@record_app.command("verify")
@case_argument
@click.option("--head", metavar="摘要", default="", help="以前记下的链尾，查它还在不在")
def record_verify(case: str, head: str) -> None:
    """查验登记簿：每一条都接得上前一条，没有改动、抽走、插入。"""
    from hecha.batch.recording import verify
    from hecha.folders import find_folder

    faults, said = verify(find_folder(case), head)
    click.echo("\n".join(faults) if faults else said)
    sys.exit(1 if faults else 0)


@record_app.command("export")
@case_argument
@click.argument("out", metavar="文件.csv")
def record_export(case: str, out: str) -> None:
    """把登记簿导出成 CSV（含报送内容，工作组内部使用）。"""
    from hecha.batch.recording import export
    from hecha.folders import find_folder

    click.echo(f"导出{export(find_folder(case), Path(out))}条：{out}")


# -- 一镇计分 ----------------------------------------------------------------------------------


@app.command("town")
@click.argument("code", metavar="镇代码")
@click.option("--returns", "file", metavar="文件", required=True, help="这个镇的核查记录工作簿")
@click.option("--case", metavar="卷宗", default="data/yunxi", show_default=True,
              help="名册和抽样结果所在的卷宗")
@plan_option
@click.option("--out", metavar="文件夹", default="", help="写到哪里（缺省 outputs/镇代码-当晚）")
def town_command(code: str, file: str, case: str, plan: str, out: str) -> None:
    """当晚：一台笔记本、一个工作簿，给出本镇的分数、扣分和核查报告（Word）。"""
    from hecha.batch.evening import evening

    sys.exit(evening(code, Path(file), case, plan, _out(out, f"{code}-当晚")))


# -- 卷宗 --------------------------------------------------------------------------------------


@app.group("case", cls=_Group)
def case_app() -> None:
    """卷宗：打包、解包、合并各组的结果、到期清除个人数据。"""


@case_app.command("pack")
@case_argument
@click.argument("out", metavar="文件.zip")
@plan_option
@click.option("--with-draw", is_flag=True, help="连同还没有公布的抽签（随机数在内），只作本办公室备份")
def case_pack(case: str, out: str, plan: str, with_draw: bool) -> None:
    """把卷宗连同所依的方案打成一个包，附每个文件的摘要。"""
    from hecha.folders import find_folder
    from hecha.intake.packing import pack, secret_draw

    folder = find_folder(case)
    count = pack(folder, find_folder(plan), Path(out), with_draw)
    click.echo(f"{count}个文件已打包：{out}")
    if secret_draw(folder):
        click.echo("提示：包里有还没有公布的抽签，不得外传。" if with_draw
                   else "提示：抽签还没有公布，没有打进包里；本办公室备份用 --with-draw。")


@case_app.command("unpack")
@click.argument("file", metavar="文件.zip")
@click.argument("folder", metavar="文件夹")
def case_unpack(file: str, folder: str) -> None:
    """解开卷宗包；有改动过、越界或多余的文件就整包拒绝。"""
    from hecha.intake.packing import unpack

    plan = unpack(Path(file), Path(folder))
    click.echo(f"已解开，逐个文件与清单相符：{folder}\n当时的方案在 {plan}")


@case_app.command("merge")
@case_argument
@click.argument("laptops", metavar="各组文件夹", nargs=-1, required=True)
@plan_option
def case_merge(case: str, laptops: tuple[str, ...], plan: str) -> None:
    """合并各组笔记本当晚的结果：查方案是否相同、分数是否一致，并登记入卷宗。"""
    from hecha.batch.merging import merge
    from hecha.batch.telling import show_table

    frame = merge(case, [Path(p) for p in laptops], plan, now())
    show_table("合并", frame)
    sys.exit(0 if len(frame) and (frame["结果"] == "一致").all() else 1)


@case_app.command("erase")
@case_argument
@click.option("--ended", metavar="日期", default="",
              help="文件定的期满之日（缺省按方案的保存期限）")
@click.option("--document", metavar="文号", required=True, help="准许清除的文号")
@by_option
@click.option("--confirm", metavar="卷宗名", required=True, help="再写一遍卷宗文件夹的名字")
@plan_option
def case_erase(case: str, ended: str, document: str, by: str, confirm: str, plan: str) -> None:
    """期满清除个人数据：名册、报送原件和登记内容不可恢复地删去，只留分数和摘要。

    期限按方案（retention）；没有到期的，说明到哪一天，不清除。文件另定期限的，用 --ended 写明。
    """
    from hecha.batch.erasing import erase

    click.echo(erase(case, plan, ended, document, by, confirm, now()))


__all__ = ["PLAN", "case_app", "record_app"]
