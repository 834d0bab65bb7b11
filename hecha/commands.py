"""The command line: thin doors to functions that a notebook can call as well.

Everything a person reads here is Chinese.  Imports wait until a command needs them, so
that help and checks are quick.  An error that the user can act on is shown without a
traceback, with its own exit code.
"""

from __future__ import annotations

import gc
import gettext
import os
import sys
from importlib import import_module
from pathlib import Path

os.environ["LANGUAGE"] = "zh_CN"  # the library's own words, from hecha/locale
gettext.bindtextdomain("messages", str(Path(__file__).parent / "locale"))

import click

from hecha import __version__
from hecha.problems import HechaError

CASE, PLAN, OUT = "data/yunxi", "params/xian2023", "outputs"
_SELDOM = (100_000, 50, 50)
"""when to look for what can be freed: what a command loads stays, looking for more is time lost"""
_HELP = {"help_option_names": ["--help", "-h"]}

case_argument = click.argument("case", metavar="[卷宗]", default=CASE)
plan_argument = click.argument("plan", metavar="[方案]", default=PLAN)
plan_option = click.option("--plan", metavar="文件夹", default=PLAN, show_default=True,
                           help="方案文件夹")
case_option = click.option("--case", metavar="卷宗", default="", help="连同这个卷宗的参数一起看")
out_option = click.option("--out", metavar="文件夹", default="",
                          help="结果写到哪里（缺省 outputs/卷宗名）")
towns_option = click.option("--towns", metavar="镇", default="",
                            help="只算这些镇，代码或镇名，用逗号或顿号隔开")


unranked_option = click.option("--no-rank", "unranked", is_flag=True,
                               help="不排名：各处只列等次，不列名次")


class _Group(click.Group):
    """A group whose usage line is Chinese too."""

    def __init__(self, *args: object, **keys: object) -> None:
        super().__init__(*args, options_metavar="[选项]", subcommand_metavar="命令 …",
                         **keys)  # type: ignore[arg-type]

    def command(self, *args: object, **keys: object):
        """A command of this group, its options named in Chinese."""
        return super().command(*args, options_metavar="[选项]", **keys)  # type: ignore[arg-type]


@click.group(cls=_Group, context_settings=_HELP)
@click.version_option(__version__, message="hecha %(version)s")
def app() -> None:
    """成效核查：从各镇报来的数据到分数、等次和报告，每一分都查得到依据。

    卷宗是一县一年的文件夹（roster/ draw/ returns/）；不写就用随附的示例县 data/yunxi。
    """


@app.group("plan", cls=_Group)
def plan_app() -> None:
    """方案：查看、检查、新建、导入、比较。"""


def _out(out: str, case: str) -> Path:
    return Path(out) if out else _outputs() / Path(case).resolve().name


def _outputs() -> Path:
    from hecha.folders import project_folder

    return project_folder() / OUT


def _towns(typed: str) -> list[str]:
    return [t.strip() for t in typed.replace("，", ",").replace("、", ",").split(",") if t.strip()]


@app.command("run")
@case_argument
@plan_option
@out_option
@towns_option
@click.option("--workers", metavar="个数", type=click.IntRange(1), default=2, show_default=True,
              help="同时运行几个笔记本（卷宗多时，同时几个卷宗）")
@click.option("--pdf", is_flag=True, help="把各页网页也印成 PDF（用本机的 Edge、Chrome 或 Chromium）")
@unranked_option
@click.option("--force", is_flag=True, help="全部重做，没有变化的也重做")
@click.option("--timeout", metavar="秒", type=click.FloatRange(1), help="一个笔记本至多运行多久（缺省600）")
@click.option("--retries", metavar="次数", type=click.IntRange(0),
              help="进程意外结束或超时的笔记本再试几次（缺省1）")
@click.option("--memory", metavar="MB", type=click.IntRange(64), default=4096, show_default=True,
              help="一个笔记本至多再用多少内存")
@click.option("--last-year", metavar="批次", default="", help="上年批次的文件夹，加出“与上年比”")
@click.option("--cluster", metavar="地址", default="",
              help="许多卷宗交给这个 Dask 调度器（tcp://…）；不写就用本机的几个进程")
def run_command(case: str, plan: str, out: str, towns: str, workers: int, pdf: bool,
                unranked: bool, force: bool, timeout: float | None, retries: int | None,
                memory: int, last_year: str, cluster: str) -> None:
    """计分并生成全部报告：结果表、县和各镇的网页和 Word、笔记本、清单。

    没有变化的不重做。卷宗可以是一个，也可以是装着许多卷宗的文件夹，或写明各批次的 runs.yaml。
    """
    from hecha.batch.many import cases_asked, not_cases
    from hecha.batch.progress import progress_bar
    from hecha.batch.run import How, run
    from hecha.batch.telling import tell

    if pdf:
        from hecha.report.pdf import find_browser

        find_browser()
    how = How(workers, timeout, retries, memory, force)
    asked = cases_asked(case, plan, out, _outputs())
    if len(asked) > 1 and (left := not_cases(case)):
        click.echo(f"这些文件夹里没有 roster、draw、returns，不是卷宗，没有运行：{'、'.join(left)}", err=True)
    if len(asked) > 1 or cluster or asked[0].notebooks or asked[0].towns or asked[0].away:
        if pdf or towns or last_year:
            raise click.UsageError("--pdf、--towns、--last-year 只用于一个卷宗，并且不在地址上")
        sys.exit(_many(asked, how, cluster, unranked))
    with progress_bar() as progress:
        report = run(asked[0].case, asked[0].plan, Path(asked[0].out), _towns(towns), progress,
                     pdf=pdf, ranked=not unranked, how=how, last_year=last_year)
    sys.exit(tell(report))


def _many(asked: list, how, cluster: str, unranked: bool) -> int:
    """Many cases on this machine's processes or a cluster, and the page that gathers them."""
    from dataclasses import replace

    from hecha.batch.away import above
    from hecha.batch.cluster import can_cluster, run_on_cluster
    from hecha.batch.many import run_many
    from hecha.batch.progress import progress_bar
    from hecha.batch.province import write_province
    from hecha.batch.telling import tell_many

    asked = [replace(one, ranked=one.ranked and not unranked) for one in asked]
    with progress_bar() as progress:
        def ended(one, n: int, of: int) -> None:
            progress(f"{one.name} {one.state}", n, of)

        if cluster or (len(asked) > 1 and how.workers > 1 and can_cluster()):
            done = run_on_cluster(asked, how, cluster, ended)
        else:
            done = run_many(asked, how, ended)
    code, folders = tell_many(done), {above(d.asked.out) for d in done}
    if len(done) > 1 and len(folders) == 1:
        asked_for = {Path(d.asked.out).name for d in done}
        lost = {Path(d.asked.out).name: d.why for d in done if d.why}
        click.echo(f"汇总在 {write_province(folders.pop(), lost, asked_for)}")
    return code


@app.command("province")
@click.argument("runs", metavar="文件夹")
def province_command(runs: str) -> None:
    """各县汇总：把一个文件夹下所有的批次汇总成一页；hecha run 许多卷宗之后写的那一页，只有那一次要做的县。"""
    from hecha.batch.province import write_province

    click.echo(f"汇总在 {write_province(runs)}")


@app.command("status")
@case_argument
@plan_option
@out_option
def status_command(case: str, plan: str, out: str) -> None:
    """看每份报告是新是旧、为什么，什么也不做。要重做的用 hecha run。"""
    from hecha.batch.status import FRESH, status_of
    from hecha.batch.telling import show_rows

    states = status_of(case, plan, _out(out, case))
    show_rows("新旧", ["报告", "新旧", "为什么", "上次用时"], [
        [s.title, s.state, s.why, "" if s.seconds is None else f"{s.seconds:.1f}秒"] for s in states])
    sys.exit(0 if all(s.state == FRESH for s in states) else 1)


@app.command("score")
@case_argument
@plan_option
@out_option
@towns_option
@unranked_option
def score_command(case: str, plan: str, out: str, towns: str, unranked: bool) -> None:
    """只计分：写出结果表和工作簿，不运行笔记本。"""
    from hecha.batch.run import score
    from hecha.batch.telling import tell

    sys.exit(tell(score(case, plan, _out(out, case), _towns(towns), not unranked)))


@app.command("pdf")
@click.argument("run", metavar="批次")
def pdf_command(run: str) -> None:
    """把一个批次的网页印成 PDF，放在它的 pdf 文件夹里（用本机的 Edge、Chrome 或 Chromium）。"""
    from hecha.batch.documents import PRINTED, pages_to_print
    from hecha.batch.printing import print_afterwards
    from hecha.folders import find_folder

    folder = find_folder(run)
    failed = print_afterwards(folder)
    for why in failed.values():
        click.echo(why)
    click.echo(f"印了{len(pages_to_print(folder)) - len(failed)}份，在 {folder / PRINTED}")
    sys.exit(1 if failed else 0)


@app.command("verify")
@click.argument("run", metavar="批次")
def verify_command(run: str) -> None:
    """核对一个批次的文件与它的清单（manifest.json）是否一致。"""
    from hecha.batch.manifest import verify_manifest
    from hecha.folders import find_folder

    differences = verify_manifest(find_folder(run))
    click.echo("\n".join(differences) if differences else "与清单一致。")
    sys.exit(1 if differences else 0)


@plan_app.command("show")
@plan_argument
@case_option
def plan_show(plan: str, case: str) -> None:
    """把方案列成表：每一条的取值、条款、依据、读法。"""
    from hecha.batch.telling import show_table
    from hecha.plan.show import items_table, plan_table, readings_table

    judged = _plan(plan, case)
    show_table("方案", plan_table(judged))
    show_table("细项", items_table(judged))
    show_table("读法", readings_table(judged))


@plan_app.command("check")
@plan_argument
@case_option
def plan_check(plan: str, case: str) -> None:
    """检查方案：键、合计、权重、分数段、引文、读法，有错一次说完。"""
    judged = _plan(plan, case)
    click.echo(f"方案“{judged.plan.title}”没有问题："
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


_DOORS = ("backcheck", "calibrate", "field", "forms", "intake", "plan", "publish", "rectify",
          "register", "sensitivity")
for _module in _DOORS:  # each adds its commands to `app`
    import_module(f"hecha.commands_{_module}")


def main() -> None:
    """The `hecha` command: errors a user can act on are said plainly, without a traceback."""
    gc.set_threshold(*_SELDOM)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app(prog_name="hecha")
    except HechaError as error:
        click.echo(str(error), err=True)
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        from hecha.folders import why_not

        click.echo(why_not(error), err=True)
        raise SystemExit(3) from None


if __name__ == "__main__":
    main()
