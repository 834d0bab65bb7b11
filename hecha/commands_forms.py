"""The command of the forms: 核查表 for the teams.  A thin door, as in hecha.commands."""

from __future__ import annotations

from pathlib import Path

import click

from hecha.commands import OUT, _towns, app, case_argument, plan_option, towns_option


@app.command("forms")
@case_argument
@plan_option
@click.option("--out", metavar="文件夹", default="",
              help="核查表写到哪里（缺省 outputs/卷宗名-forms）")
@towns_option
@click.option("--xlsform", is_flag=True, help="手机用的表（ODK、Kobo），不写工作簿")
def forms_command(case: str, plan: str, out: str, towns: str, xlsform: bool) -> None:
    """生成核查表：每镇一个工作簿，已填好抽中的村和户，边填边算分；或手机用的表。"""
    from hecha.forms import write_forms, write_phone_forms
    from hecha.forms.workbook import opened, plan_digest

    before = opened(case, plan)
    folder = Path(out) if out else _default(before.folder)
    wanted = before.town_codes(_towns(towns))
    if xlsform:
        digest = plan_digest(before.plan, before.plan_folder)
        written = write_phone_forms(before.plan, before.case, digest, folder, wanted)
    else:
        written = write_forms(before.plan, before.case, before.plan_folder, folder, wanted,
                              lambda name: click.echo(f"{name}：核查表已写好", err=True))
    errors = before.case.problems.errors
    if errors:
        click.echo(f"名单、抽样等有{len(errors)}处错误，可能影响预填的内容，先用 hecha intake 看清楚：")
        click.echo("\n".join(f"  {problem}" for problem in errors[:5]))
    click.echo(f"已写出{len(written)}个文件：{folder}")


def _default(case: Path) -> Path:
    from hecha.folders import project_folder

    return project_folder() / OUT / f"{case.name}-forms"
