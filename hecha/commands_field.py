"""Commands of the field: 抽签, 编组.  Thin doors, as in hecha.commands.

Nothing that must stay secret until the visit is printed: neither the nonce nor, before it is
revealed, which villages were drawn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from hecha.commands import OUT, _Group, app, case_argument, plan_option

SHOWN = 20
_DIGESTS = {"villages": "村抽样框", "households": "户抽样框", "flags": "残疾人户标记",
            "rule": "规则", "verifier": "验证程序"}

papers_option = click.option("--out", metavar="文件夹", default="",
                             help="公布的文件写到哪里（缺省 outputs/卷宗名-draw）")
again_option = click.option("--again", metavar="理由", default="", help="作废前一次，须写明理由")


class _FirstByDefault(_Group):
    """A group whose first command need not be named: `hecha teams` is `hecha teams assign`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the first command before whatever is none."""
        if not args or args[0] not in {*self.commands, "--help", "-h"}:
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


def _case(given: str) -> Path:
    from hecha.folders import find_folder

    return find_folder(given)


def _field(case: str, plan: str):
    from hecha.fieldwork.roster import open_field

    return open_field(case, plan)


def _papers(case: str, out: str) -> Path:
    from hecha.folders import project_folder

    return Path(out) if out else project_folder() / OUT / f"{Path(case).resolve().name}-draw"


def _names(typed: str) -> tuple[str, ...]:
    for sign in "，、;；":
        typed = typed.replace(sign, ",")
    return tuple(name.strip() for name in typed.split(",") if name.strip())


def _say(lines: Iterable[object]) -> None:
    from hecha.words import mask_household

    kept = list(lines)
    for line in kept[:SHOWN]:
        click.echo(mask_household(str(line)))
    if len(kept) > SHOWN:
        click.echo(f"…共{len(kept)}条")


def _end(problems) -> None:
    """Say what was found; exit 1 where there is an error."""
    _say(problems)
    sys.exit(1 if problems.errors else 0)


def _written(files: Iterable[Path]) -> None:
    click.echo("可以公布的文件：")
    for path in files:
        click.echo(f"  {path}")


# -- draw --------------------------------------------------------------------------------------


@app.group("draw", cls=_Group)
def draw_app() -> None:
    """抽签：冻结抽样框、承诺、抽签、公布、验证，按次序各做一次。步骤见 docs/draw.md。"""


@draw_app.command("freeze")
@case_argument
@plan_option
@click.option("--more", metavar="村=户数", multiple=True, help="某村多抽几户，可重复")
@click.option("--last-year", metavar="村代码", default="", help="去年抽过的村，用逗号隔开")
@click.option("--ticked", metavar="文件", default="", help="人工认定的残疾人户（户编号、理由）")
@click.option("--exits", metavar="文件", default="", help="当年脱贫户花名册，核对是否都在抽样框")
@click.option("--despite", metavar="理由", default="", help="花名册有误仍要冻结，须写明理由")
@again_option
def freeze_command(case: str, plan: str, more: tuple[str, ...], last_year: str, ticked: str,
                   exits: str, despite: str, again: str) -> None:
    """第一步：由花名册和方案定下抽样框，给出要公布的摘要。"""
    from hecha.fieldwork.freezing import Wishes, freeze

    wishes = Wishes(_more(more), _names(last_year), ticked, exits, despite)
    frozen, problems = freeze(_field(case, plan), wishes, again)
    _say(problems)
    click.echo(f"已冻结：可抽的村{len(frozen.frame.villages)}个，可抽的户"
               f"{len(frozen.frame.households)}户，缺口{len(frozen.shortfalls)}处。")
    _say(f"  {flag.message}（读法{flag.reading}）" for flag in frozen.shortfalls.itertuples())
    click.echo("请公布以下摘要（SHA-256）：")
    _say(f"  {name}　{frozen.digests[key]}" for key, name in _DIGESTS.items())
    click.echo("下一步：hecha draw commit")


def _more(typed: tuple[str, ...]) -> Mapping[str, int]:
    pairs = [one.replace("＝", "=").partition("=") for one in typed]
    for village, _, many in pairs:
        if not many.isdecimal():
            raise click.BadParameter(f"应写成“村代码=户数”：{village}", param_hint="--more")
    return {village.strip(): int(many) for village, _, many in pairs}


@draw_app.command("half")
@click.argument("file", metavar="文件")
def half_command(file: str) -> None:
    """两个单位各持一半随机数时：生成自己的一半，存入文件，给出要公布的摘要。"""
    from hecha.fieldwork.committing import new_half

    click.echo(f"摘要：{new_half(file)}")
    click.echo("文件由本单位保管，抽签以后才交出。")


@draw_app.command("commit")
@case_argument
@click.option("--simple", is_flag=True, help="不用随机数：公开号码就是种子，结果当场人人可算")
@click.option("--nonce-file", metavar="文件", default="", help="用自己写下的32位随机数")
@click.option("--halves", metavar="摘要,摘要", default="", help="两个单位各持一半：两半的摘要")
def commit_command(case: str, simple: bool, nonce_file: str, halves: str) -> None:
    """第二步：写下随机数（不显示），给出要公布的承诺。"""
    from hecha.fieldwork import committing

    if sum((simple, bool(nonce_file), bool(halves))) > 1:
        raise click.UsageError("--simple、--nonce-file、--halves 只能用一个")
    folder = _case(case)
    if simple:
        committing.commit_openly(folder)
        click.echo("不用随机数。公开号码一出，抽中的村和户就人人可算。")
    elif halves:
        _say(f"第{n}半的承诺：{digest}"
             for n, digest in enumerate(committing.commit_apart(folder, _names(halves)).halves, 1))
    else:
        nonce = committing.read_nonce(nonce_file) if nonce_file else ""
        click.echo(f"承诺：{committing.commit_to(folder, nonce).digest}")
        click.echo("随机数存在 .hecha/draw/nonce，走访结束以前不得给任何人看。")
    click.echo("请公布以上内容，再取公开号码。下一步：hecha draw draw")


@draw_app.command("draw")
@case_argument
@click.option("--dice", metavar="号码", required=True, help="公开号码，照记录原样")
@click.option("--source", metavar="出处", required=True, help="公开号码登在哪里，如 双色球第2024001期")
@click.option("--at", "at", metavar="时间", required=True, help="抽签的时间，如 2024-01-02T09:30")
@click.option("--minutes", metavar="姓名", required=True, help="会议记录的见证人，至少两人，用逗号隔开")
@click.option("--result", metavar="文件", default="", help="抽样结果写到哪里（缺省在 .hecha/draw）")
@papers_option
def draw_command(case: str, dice: str, source: str, at: str, minutes: str, result: str,
                 out: str) -> None:
    """第三步：记下公开号码，抽签，写出封存的证书和给核查组的抽样结果。"""
    from hecha.fieldwork.drawing import cast
    from hecha.fieldwork.papers import write_public

    folder = _case(case)
    cast(folder, dice, source, at, _names(minutes))
    _written(write_public(folder, _papers(case, out)))
    _result(folder, result)


@draw_app.command("open")
@click.argument("halves", metavar="文件 文件", nargs=2)
@click.option("--case", metavar="卷宗", required=True, help="哪个卷宗")
@click.option("--result", metavar="文件", default="", help="抽样结果写到哪里（缺省在 .hecha/draw）")
def open_command(halves: tuple[str, str], case: str, result: str) -> None:
    """抽签以后把两个单位的两半随机数合到一起，写出抽样结果。"""
    from hecha.fieldwork.committing import bring_halves

    bring_halves(_case(case), halves)
    _result(_case(case), result)


def _result(folder: Path, result: str) -> None:
    """The workbook for the teams, as soon as somebody holds the whole nonce."""
    from hecha.fieldwork.committing import commitment_of, has_nonce
    from hecha.fieldwork.drawing import drawn_of
    from hecha.fieldwork.freezing import changed_since, frozen_of
    from hecha.fieldwork.papers import write_result
    from hecha.fieldwork.roster import read_roster

    if not has_nonce(folder):
        click.echo("随机数分两半保管：请用 hecha draw open 文件 文件 --case 卷宗 读入两半。")
        return
    roster, drawn = read_roster(folder), drawn_of(folder)
    path = write_result(folder, roster, Path(result) if result else None)
    if changed_since(frozen_of(folder), roster):
        click.echo("提示：花名册在冻结以后改动过；仍按冻结的抽样框抽签。")
    click.echo(f"抽到{len(drawn.villages)}个村，正选{int(drawn.villages['chosen'].sum())}户，"
               f"备选{int(drawn.villages['reserves'].sum())}户，须说明{len(drawn.flags)}处。")
    if commitment_of(folder).empty:
        _say(f"  {flag.message}（读法{flag.reading}）" for flag in drawn.flags.itertuples())
    click.echo(f"抽样结果：{path}")
    click.echo("只给核查组用；走访结束以前不得外传。")


@draw_app.command("result")
@case_argument
@click.option("--result", metavar="文件", default="", help="抽样结果写到哪里（缺省在 .hecha/draw）")
def result_command(case: str, result: str) -> None:
    """重新写出给核查组的抽样结果。"""
    _result(_case(case), result)


@draw_app.command("replace")
@click.argument("household", metavar="户编号")
@case_argument
@click.option("--reason", metavar="理由", required=True, help="为什么走访不成，如 全户外出务工")
@click.option("--names", metavar="甲,乙", required=True, help="经办人和见证人两人")
@click.option("--on", "on", metavar="日期", default="", help="哪一天，如 2024-01-04")
def replace_command(household: str, case: str, reason: str, names: str, on: str) -> None:
    """登记抽中的户（或轮到的备选户）不在家，说出应替补的下一户。"""
    from hecha.fieldwork.absences import check_log, replace_absent

    folder = _case(case)
    due = replace_absent(folder, household, reason, _names(names), on)
    click.echo(f"应走访：{due}" if due else "备选户已用完，本村少一户，不得另抽。")
    _say(check_log(folder).errors)


@draw_app.command("reveal")
@case_argument
@plan_option
@click.option("--on", "on", metavar="日期", required=True, help="公布的日期，如 2024-01-08")
@click.option("--early", metavar="理由", default="", help="走访结束以前公布，须写明理由")
@papers_option
def reveal_command(case: str, plan: str, on: str, early: str, out: str) -> None:
    """第四步：走访结束后公布随机数、证书和验证工具。"""
    from hecha.fieldwork.drawing import reveal
    from hecha.fieldwork.papers import write_public

    field = _field(case, plan)
    paper = reveal(field, on, early)
    if paper["nonce"]:
        click.echo(f"随机数：{paper['nonce']}")
    click.echo(f"种子：{paper['seed']}")
    _say(f"  {flag['message']}（读法{flag['reading']}）" for flag in paper["flags"])
    _written(write_public(field.folder, _papers(case, out)))
    click.echo("给核验人（含户编号和残疾人户标记，不得公布）："
               ".hecha/draw/certificate-verifiers.json 和三个抽样框文件")


@draw_app.command("papers")
@case_argument
@papers_option
def papers_command(case: str, out: str) -> None:
    """重新写出现在可以公布的文件。"""
    from hecha.fieldwork.papers import write_public

    _written(write_public(_case(case), _papers(case, out)))


@draw_app.command("verify")
@click.argument("certificate", metavar="证书")
@click.option("--case", metavar="卷宗", default="", help="用这个卷宗冻结的抽样框，并核对报来的抽样结果")
@click.option("--frames", metavar="文件夹", default="", help="用这个文件夹里的三个抽样框文件")
def verify_command(certificate: str, case: str, frames: str) -> None:
    """由证书重新计算，逐处说出不同；有不同时退出码为1。"""
    from hecha.fieldwork.checking import read_certificate, texts_in, verify_paper

    paper = read_certificate(certificate)
    folder = _case(frames) if frames else _case(case) / ".hecha" / "draw" if case else None
    problems = verify_paper(paper, texts_in(folder) if folder else None)
    if case and not problems.errors and paper.get("state") == "revealed":
        from hecha.fieldwork.told import handed_in_faults

        problems.extend(handed_in_faults(_case(case)))
    if not problems.errors:
        click.echo("与重新计算的结果一致。")
    _end(problems)


@draw_app.command("check")
@case_argument
@plan_option
def check_command(case: str, plan: str) -> None:
    """没有证书的卷宗：核对报来的抽样结果与抽样框、规则是否相符。"""
    from hecha.fieldwork.told import told_draw
    from hecha.problems import Problems

    told = told_draw(case, plan)
    click.echo(f"抽中的村{len(told.villages)}个，缺口{len(told.shortfalls)}处。")
    _say(f"  {flag.message}（读法{flag.reading}）" for flag in told.shortfalls.itertuples())
    if not told.faults:
        click.echo("没有不相符的。")
    _end(Problems(list(told.faults)))


# -- teams -------------------------------------------------------------------------------------


@app.group("teams", cls=_FirstByDefault)
def teams_app() -> None:
    """编组：派出、换人、核对。不写命令就是 assign。"""


@teams_app.command("assign")
@case_argument
@plan_option
@click.option("--dice", metavar="号码", default="", help="编组自己的公开号码（缺省用抽签的种子）")
@click.option("--source", metavar="出处", default="", help="公开号码登在哪里")
@click.option("--out", metavar="文件", default="", help="编组表写到哪里（缺省在 .hecha/teams）")
@again_option
def assign_command(case: str, plan: str, dice: str, source: str, out: str, again: str) -> None:
    """按签号编组：谁去哪个镇、谁当组长、组内怎样分对。"""
    from hecha.fieldwork.grouping import assign_teams
    from hecha.fieldwork.lists import write_teams, write_visits

    field = _field(case, plan)
    now, problems = assign_teams(field, dice, source, again)
    _say(problems)
    click.echo(f"编成{now.members['team'].nunique()}个组，{len(now.members)}人。")
    click.echo(f"编组表：{write_teams(field, now, list(problems), Path(out) if out else None)}")
    visits = write_visits(field, now)
    if visits:
        click.echo(f"走访分工（走访结束以前不得外传）：{visits}")


@teams_app.command("substitute")
@case_argument
@plan_option
@click.option("--leaving", metavar="编号", required=True, help="被换的人")
@click.option("--coming", metavar="编号", required=True, help="接替的人的编号")
@click.option("--name", metavar="姓名", required=True, help="接替的人的姓名")
@click.option("--town", metavar="镇代码", default="", help="接替的人的单位镇（县级人员不写）")
@click.option("--stationed", metavar="村代码", default="", help="接替的人的所帮扶村")
@click.option("--served", metavar="镇代码", default="", help="接替的人曾任职的镇")
@click.option("--reason", metavar="原因", required=True, help="为什么换")
@click.option("--by", metavar="单位", required=True, help="由谁安排")
@click.option("--on", "on", metavar="日期", required=True, help="哪一天，如 2023-12-28")
def substitute_command(case: str, plan: str, leaving: str, coming: str, name: str, town: str,
                       stationed: str, served: str, reason: str, by: str, on: str) -> None:
    """换人：培训以前可以，培训起一律不准；准不准都登记。"""
    from hecha.fieldwork.grouping import request_substitution
    from hecha.fieldwork.lists import rewrite_teams

    field = _field(case, plan)
    granted, why = request_substitution(field, {
        "date": on, "leaving": leaving, "person_id": coming, "person": name, "home_town": town,
        "stationed_village": stationed, "served_town": served, "reason": reason,
        "arranged_by": by})
    rewrite_teams(field)
    click.echo("已换人，已登记。" if granted else f"不准换人（已登记）：{why}")
    sys.exit(0 if granted else 1)


@teams_app.command("verify")
@case_argument
@plan_option
def verify_teams_command(case: str, plan: str) -> None:
    """由签号重新编组，逐人说出不同；有不同时退出码为1。"""
    from hecha.fieldwork.grouping import verify_grouping

    problems = verify_grouping(_field(case, plan))
    if not problems.errors:
        click.echo("编组与重新计算的结果一致。")
    _end(problems)


@teams_app.command("attendance")
@case_argument
@plan_option
@click.option("--out", metavar="文件", default="", help="名单写到哪里（缺省在 .hecha/teams）")
def attendance_command(case: str, plan: str, out: str) -> None:
    """考勤通报名单（工作底稿）：谁缺勤、迟到、早退，计不计入扣分。"""
    from hecha.fieldwork.lists import write_attendance
    from hecha.fieldwork.roster import read_people

    field = _field(case, plan)
    people = read_people(field.folder, attended=True)
    _say(people.problems)
    path, mark = write_attendance(field, people, Path(out) if out else None)
    click.echo(f"考勤通报名单：{path}")
    if mark:
        click.echo(mark)
