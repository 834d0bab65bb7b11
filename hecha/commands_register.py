"""Commands of a register of many households: 计分, 抽户.  Thin doors, as in hecha.commands."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from hecha.commands import _Group, _plan, app, case_option, plan_option


@app.group("register", cls=_Group)
def register_app() -> None:
    """许多户（省级、全国的花名册，Parquet 文件）：逐村计分、抽户。"""


@register_app.command("score")
@click.argument("files", metavar="文件.parquet…", nargs=-1, required=True)
@plan_option
@case_option
@click.option("--out", metavar="文件.csv", required=True, help="逐村的得分写到哪里")
@click.option("--repeated", is_flag=True, help="也查户编号有没有重复（要把全部户排一遍）")
def register_score(files: tuple[str, ...], plan: str, case: str, out: str,
                   repeated: bool) -> None:
    """花名册逐村计分：只算由入户核查得出的细项，千万户也不占内存。

    每行一户，列名用户表的英文名（docs/scale.md），钱以分为单位。
    """
    from hecha.problems import Problems
    from hecha.scoring import register
    from hecha.tables.writing import write_csv

    used, problems = _plan(plan, case), Problems()
    twice = register.repeated_households(files) if repeated else None
    counted = register.count_register(used, files, problems)
    table = register.score_register(used, counted)
    write_csv(table.rename(columns=register.headers(used)), Path(out))
    for problem in problems:
        click.echo(str(problem), err=True)
    if twice is not None:
        least = "至少" if len(twice) == register.SHOWN else ""
        click.echo(f"户编号重复的{least}{len(twice)}个" + "".join(
            f"，{row.household}出现{row.times}次" for row in twice.head().itertuples()))
    done = int((table["state"] == "完成").sum())
    click.echo(f"{int(table['households'].sum())}户，{len(table)}村，完成{done}村，"
               f"未完成{len(table) - done}村。写在 {out}")
    sys.exit(1 if len(table) > done or (twice is not None and len(twice)) else 0)


@register_app.command("draw")
@click.argument("files", metavar="文件.parquet…", nargs=-1, required=True)
@click.option("--seed", metavar="种子", required=True, help="抽签的种子（docs/draw.md）")
@plan_option
@case_option
@click.option("--out", metavar="文件.csv", required=True, help="抽中的户和备选写到哪里")
def register_draw(files: tuple[str, ...], seed: str, plan: str, case: str, out: str) -> None:
    """花名册逐村抽户：与 hecha draw 同一种签号、同一条规则，千万户一分钟。

    文件就是抽样框：只放可以抽的户，三列 village、household、disabled（是不是残疾人户）。
    """
    from hecha.field import register
    from hecha.fieldwork.rules import sample_rule
    from hecha.tables.writing import write_csv

    rule = sample_rule(_plan(plan, case))
    drawn = register.draw_register(files, seed, rule)
    write_csv(drawn.rename(columns=register.HEADERS), Path(out))
    click.echo(f"{drawn['village'].nunique()}村，抽中{int((drawn['choice'] == '正选').sum())}户，"
               f"备选{int((drawn['choice'] == '备选').sum())}户。写在 {out}")
    short = [v for v, n in drawn.groupby("village")["eligible"].first().items() if n < rule.wanted(v)]
    if short:
        click.echo(f"{len(short)}村可抽的户不够数，全部抽中：{'、'.join(short[:5])}"
                   + ("等" if len(short) > 5 else ""))
