"""The command of the forms: 核查表 for the teams.  A thin door, as in hecha.commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hecha.commands import OUT, _towns, app, case_argument, plan_option, towns_option

if TYPE_CHECKING:
    from hecha.case import Case
    from hecha.forms.assigned import Assigned


@app.command("forms")
@case_argument
@plan_option
@click.option("--out", metavar="文件夹", default="",
              help="核查表写到哪里（缺省 outputs/卷宗名-forms）")
@towns_option
@click.option("--teams", metavar="文件", default="",
              help="用这个文件的编组预填（缺省用 hecha teams 编好的组）")
@click.option("--office", is_flag=True, help="县核查办填的表（日常工作、考勤），不写各组的工作簿")
@click.option("--xlsform", is_flag=True, help="手机用的表（ODK、Kobo），不写工作簿")
def forms_command(case: str, plan: str, out: str, towns: str, teams: str, office: bool,
                  xlsform: bool) -> None:
    """生成核查表：每镇一个工作簿，已填好抽中的村和户，边填边算分；或手机用的表。"""
    from hecha.fieldwork.roster import Field
    from hecha.forms import write_forms, write_office, write_phone_forms
    from hecha.forms.assigned import assigned_to
    from hecha.forms.workbook import opened, plan_digest

    before = opened(case, plan)
    folder = Path(out) if out else _default(before.folder)
    wanted = before.town_codes(_towns(towns))
    if xlsform:
        digest = plan_digest(before.plan, before.plan_folder)
        written = write_phone_forms(before.plan, before.case, digest, folder, wanted)
    elif office:
        known = assigned_to(Field(before.folder, before.plan), before.case, teams)
        written = write_office(before, folder, known)
    else:
        assigned = assigned_to(Field(before.folder, before.plan), before.case, teams)
        written = write_forms(before, folder, wanted, assigned,
                              lambda name: click.echo(f"{name}：核查表已写好", err=True))
        click.echo(_who_goes(assigned, before.case))
    errors = before.case.problems.errors
    if errors:
        click.echo(f"名单、抽样等有{len(errors)}处错误，可能影响预填的内容，先用 hecha intake 看清楚：")
        click.echo("\n".join(f"  {problem}" for problem in errors[:5]))
    click.echo(f"已写出{len(written)}个文件：{folder}")


def _who_goes(assigned: Assigned | None, case: Case) -> str:
    """Where the members in the forms come from, and what was remarked of their table."""
    if assigned:
        return "\n".join([*map(str, assigned.problems), "组员、组长、分对按编组填好"])
    return "组员按已交回的组员表填好" if len(case.teams) else "还没有编组（hecha teams），组员要自己填"


def _default(case: Path) -> Path:
    from hecha.folders import project_folder

    return project_folder() / OUT / f"{case.name}-forms"
