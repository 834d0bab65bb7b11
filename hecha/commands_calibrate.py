"""The command of the calibration: 定标打分表.  A thin door, as in hecha.commands."""

from __future__ import annotations

from pathlib import Path

import click

from hecha.commands import OUT, app, case_argument, plan_option


@app.command("calibrate")
@case_argument
@plan_option
@click.option("--out", metavar="文件", default="",
              help="写到哪里（缺省 outputs/卷宗名-calibration/定标打分.xlsx）")
@click.option("--cases", metavar="个数", default=6, show_default=True,
              type=click.IntRange(2, 40), help="几个书面案例")
def calibrate_command(case: str, plan: str, out: str, cases: int) -> None:
    """生成定标打分表：培训时各组给同样的书面案例打分，据此估计各组宽严（不改正式得分）。"""
    from hecha.fieldwork.calibrating import FILE, write_cases
    from hecha.folders import project_folder
    from hecha.forms.workbook import opened
    from hecha.scoring.units import find_units

    before = opened(case, plan)
    towns = find_units(before.plan, before.case.villages, before.case.drawn_villages).towns
    path = Path(out) if out else (project_folder() / OUT / f"{before.folder.resolve().name}-calibration"
                                  / Path(FILE).name)
    if path.suffix.lower() != ".xlsx":  # a folder, as --out is everywhere else
        path /= Path(FILE).name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_cases(before.plan, towns, path, cases)
    click.echo(f"已写好：{path}\n{len(towns)}个核查组、{cases}个案例；案情由县核查办填写。"
               f"收齐后存为卷宗里的 {FILE}")
