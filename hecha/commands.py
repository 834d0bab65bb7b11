"""The command line: thin doors to functions that a notebook can call as well.

Everything a person reads here is Chinese.  Imports wait until a command needs them, so
that help and checks are quick.  An error that the user can act on is shown without a
traceback, with its own exit code.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hecha.problems import HechaError

CASE, PLAN, OUT = "data/yunxi", "params/xian2023", "outputs"

app = typer.Typer(help="成效核查：从各镇报来的数据到分数、等次和报告，每一分都查得到依据。",
                  no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  context_settings={"help_option_names": ["--help", "-h"]})
plan_app = typer.Typer(help="方案：查看、检查。", no_args_is_help=True)
app.add_typer(plan_app, name="plan")

CaseArg = Annotated[str, typer.Argument(help="卷宗文件夹（roster/ draw/ returns/）",
                                        metavar="卷宗", show_default=True)]
PlanOpt = Annotated[str, typer.Option("--plan", help="方案文件夹", metavar="文件夹")]
OutOpt = Annotated[str, typer.Option("--out", help="结果写到哪里（缺省 outputs/卷宗名）",
                                     metavar="文件夹")]
TownsOpt = Annotated[str, typer.Option("--towns", help="只算这些镇，代码或镇名，用逗号或顿号隔开",
                                       metavar="镇")]


def _out(out: str, case: str) -> Path:
    from hecha.folders import project_folder

    return Path(out) if out else project_folder() / OUT / Path(case).resolve().name


def _towns(typed: str) -> list[str]:
    return [t.strip() for t in typed.replace("，", ",").replace("、", ",").split(",") if t.strip()]


@app.command("run")
def run_command(case: CaseArg = CASE, plan: PlanOpt = PLAN, out: OutOpt = "",
                towns: TownsOpt = "") -> None:
    """计分并生成全部报告：结果表、县和各镇的网页、笔记本、清单。"""
    from hecha.batch.run import run
    from hecha.batch.telling import progress_bar, tell

    with progress_bar() as progress:
        report = run(case, plan, _out(out, case), _towns(towns), progress)
    raise typer.Exit(tell(report))


@app.command("score")
def score_command(case: CaseArg = CASE, plan: PlanOpt = PLAN, out: OutOpt = "",
                  towns: TownsOpt = "") -> None:
    """只计分：写出结果表和工作簿，不运行笔记本。"""
    from hecha.batch.run import score
    from hecha.batch.telling import tell

    raise typer.Exit(tell(score(case, plan, _out(out, case), _towns(towns))))


@app.command("approve")
def approve_command(
        fact: Annotated[str, typer.Argument(help="事实：provincial_end 省考核完毕，approval 批准",
                                            metavar="事实")],
        case: CaseArg = CASE, plan: PlanOpt = PLAN,
        on: Annotated[str, typer.Option("--on", help="日期，如 2024-03-01", metavar="日期")] = "",
        document: Annotated[str, typer.Option("--document", help="文号", metavar="文号")] = "",
) -> None:
    """记录公布所需的事实（方案八）；两项齐备前，一切成果都标“内部资料”。"""
    from hecha.approvals import record, still_needed
    from hecha.folders import find_folder
    from hecha.plan import load_plan

    judged = load_plan(find_folder(plan))
    needed = still_needed(judged, record(find_folder(case), judged, fact, on, document))
    typer.echo(f"已记录。还缺：{'、'.join(needed)}" if needed else "已记录，公布的条件齐备。")


@app.command("verify")
def verify_command(run: Annotated[str, typer.Argument(help="批次文件夹", metavar="批次")]) -> None:
    """核对一个批次的文件与它的清单（manifest.json）是否一致。"""
    from hecha.batch.manifest import verify_manifest
    from hecha.folders import find_folder

    differences = verify_manifest(find_folder(run))
    typer.echo("\n".join(differences) if differences else "与清单一致。")
    raise typer.Exit(1 if differences else 0)


@plan_app.command("show")
def plan_show(plan: Annotated[str, typer.Argument(help="方案文件夹", metavar="方案")] = PLAN,
              case: Annotated[str, typer.Option("--case", help="连同这个卷宗的参数一起看",
                                                metavar="卷宗")] = "") -> None:
    """把方案列成表：每一条的取值、条款、依据、读法。"""
    from hecha.batch.telling import show_table
    from hecha.plan.show import items_table, plan_table, readings_table

    judged = _plan(plan, case)
    show_table("方案", plan_table(judged))
    show_table("细项", items_table(judged))
    show_table("读法", readings_table(judged))


@plan_app.command("check")
def plan_check(plan: Annotated[str, typer.Argument(help="方案文件夹", metavar="方案")] = PLAN,
               case: Annotated[str, typer.Option("--case", help="连同这个卷宗的参数一起查",
                                                 metavar="卷宗")] = "") -> None:
    """检查方案：键、合计、权重、分数段、引文、读法，有错一次说完。"""
    judged = _plan(plan, case)
    typer.echo(f"方案“{judged.plan.title}”没有问题："
               f"{len(judged.sheets)}张表，{len(judged.items)}个细项，{len(judged.readings)}条读法。")


def _plan(plan: str, case: str):
    from hecha.folders import find_folder
    from hecha.plan import load_plan

    folder = Path(plan).parent if plan.endswith((".yaml", ".yml")) else Path(plan)
    folder = find_folder(folder)
    if not case:
        return load_plan(folder)
    from hecha.batch.opening import parameters_in

    return load_plan(folder, parameters_in(find_folder(case)))


def main() -> None:
    """The `hecha` command: errors a user can act on are said plainly, without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except HechaError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
