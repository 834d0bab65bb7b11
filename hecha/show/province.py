"""Province: counties and towns beside each other, for the level above.

Conclusion first: how many counties and towns, which grades, who is missing.  Counties judged
by different plans are shown beside each other and never compared.
"""

from __future__ import annotations

import json
from fractions import Fraction

import pandas as pd

from hecha.analysis import province
from hecha.analysis.province import Province
from hecha.batch.gathering import gather
from hecha.problems import HechaError
from hecha.report import charts
from hecha.report.charts import Figure
from hecha.report.fragments import Column, Fragment, heading, listing, notice, stack, table, tiles
from hecha.show.words import listed, score

SEVERAL = 3


class NotJson(HechaError):
    """A parameter is not the JSON it should be."""


def open_province(runs: str, lost: str = "", only: str = "") -> Province:
    """The runs below a folder; `lost` names runs that failed, as JSON {run: why}; `only` the
    runs meant, as JSON [run, …], and none means all. Raises what `gather` raises; NotJson."""
    return gather(runs, _read("lost", lost, {}), _read("only", only, []))


def _read(name: str, text: str, empty: dict | list):
    try:
        told = json.loads(text) if text else empty
    except ValueError:
        told = None
    if not isinstance(told, type(empty)):
        raise NotJson(f"参数“{name}”读不出来，应如 "
                      + ('{"县002": "表头不对"}' if empty == {} else '["县000", "县001"]'))
    return told


def province_bottom_line(found: Province) -> Fragment:
    """The conclusion: counties, towns, grades, who is not there, whether one plan was used."""
    counties, level = province.counties(found), _level(found)
    graded = province.grades(found)
    number = int(counties["towns"].sum())
    counted = [(band, f"{int(graded[band].sum())}", f"个{level}") for band in province.bands(found)]
    lines = [f"{len(counties)}个{found.of}、{number}个{level}，{int(counties['finished'].sum())}个有得分。"]
    used = province.plans(found)
    if len(used) > 1:
        lines.append(f"用了{len(used)}种计分口径，不同口径之间的分数不能比较，见“用了哪个方案”。")
    beyond = province.outliers(found)
    lines.append(f"{len(beyond)}处离群，见“离群”。" if len(beyond) else
                 f"没有离群的{found.of}和单位（同一口径满{province.FEWEST}个才判断）。")
    marks = sorted({m for m in counties["mark"] if m})
    return stack(heading(f"各{found.of}成效核查结果汇总",
                         f"{len(counties)}个{found.of}"), _open(found, counties),
                 *(notice(m, "mark") for m in marks), tiles(counted),
                 listing("结论", lines, "lead"))


def _open(found: Province, counties: pd.DataFrame) -> Fragment | None:
    lines = [f"{run}没有结果：{why}" for run, why in found.lost.items()]
    unfinished = counties[counties["finished"] < counties["towns"]]
    if len(unfinished):
        lines.append(f"有单位未完成的{found.of}：{listed(unfinished['county'], SEVERAL)}。平均分只算有得分的。")
    return listing("尚未定局", lines, "stop") if lines else None


def province_tiles(found: Province) -> Figure | Fragment:
    """The counties as tiles, shaded by the mean score of their towns."""
    frame = province.counties(found)
    if frame.empty:
        return notice(f"没有一个{found.of}有结果，没有图。", "stop")
    known = frame[[m is not None for m in frame["mean"]]]
    least, most = (known.sort_values("mean").iloc[at] for at in (0, -1)) if len(known) else (None, None)
    ends = "" if least is None else (f"，平均分最高{most['county']}{score(most['mean'])}，"
                                     f"最低{least['county']}{score(least['mean'])}")
    return charts.tile_map(list(frame["county"]), list(frame["mean"]), title=f"各{found.of}平均分",
                           alt=f"瓦片图：{len(frame)}个{found.of}{ends}", value_name="平均分",
                           caption=f"一格一个{found.of}，按文件夹名的先后，不是地理位置；颜色由低到高。")


def province_counties(found: Province) -> Fragment:
    """Every county: towns, mean, best and worst, grades, errors, plan."""
    frame, graded, level = province.counties(found), province.grades(found), _level(found)
    names = [*province.bands(found), "未定等次"]
    rows = pd.DataFrame({
        "county": frame["county"], "towns": frame["towns"], "finished": frame["finished"],
        **{c: frame[c].map(score) for c in ("mean", "most", "least")},
        **{band: graded[band] for band in names}, "errors": frame["errors"],
        "used": frame["used"]})
    columns = [Column("county", found.of, head=True), Column("towns", level, number=True),
               Column("finished", "有得分", number=True), Column("mean", "平均分", number=True),
               Column("most", "最高", number=True), Column("least", "最低", number=True),
               *(Column(band, band, number=True) for band in names),
               Column("errors", "数据错误", number=True), Column("used", "口径")]
    return table(rows, columns, f"各{found.of}结果（{len(rows)}个{found.of}）",
                 note=f"按文件夹名的先后列出，不排名：{found.of}与{found.of}之间排名，方案没有规定。")


def province_grades(found: Province) -> Figure | Fragment:
    """The share of towns in each grade, county by county."""
    graded, names = province.grades(found), [*province.bands(found), "未定等次"]
    if graded.empty:
        return notice(f"没有一个{found.of}有结果，没有图。", "stop")
    sums = graded[names].sum(axis=1)
    shares = [[Fraction(int(row[n]), int(total)) if total else None for n in names]
              for (_, row), total in zip(graded.iterrows(), sums, strict=True)]
    told = "，".join(f"{n}{int(graded[n].sum())}个" for n in names)
    return charts.stacked_bars(list(graded["county"]), names, shares, title=f"各{found.of}等次分布",
                               alt=f"堆叠柱状图：{len(graded)}个{found.of}的等次分布，{told}",
                               open_part="未定等次", caption=f"一条为一个{found.of}，由左到右为各等次的单位占百分之几。")


def province_outliers(found: Province) -> Fragment:
    """Counties and towns far from the others judged by the same plan."""
    frame = province.outliers(found)
    if frame.empty:
        return notice(f"没有离群的{found.of}和单位（同一口径满{province.FEWEST}个才判断）。")
    rows = frame.assign(
        level=frame["level"].map({"county": f"{found.of}平均分", "town": f"{_level(found)}得分"}),
        score=frame["score"].map(score),
        span=[f"{score(a)}～{score(b)}" for a, b in zip(frame["low"], frame["high"], strict=True)])
    columns = [Column("county", found.of), Column("name", "单位", head=True), Column("level", "看什么"),
               Column("score", "分数", number=True), Column("side", "偏"),
               Column("span", "多数落在")]
    return table(rows, columns, f"离群的{found.of}和单位",
                 note="多数落在：同一口径各值的四分位向外1.5倍四分位距。离群只是值得去看一看，不是结论。")


def province_plans(found: Province) -> Fragment:
    """Which plan, and which values of it, each county was judged by."""
    frame = province.plans(found)
    rows = frame.assign(counties=[listed(names, SEVERAL) for names in frame["counties"]])
    columns = [Column("title", "方案", head=True), Column("used", "口径（摘要）"),
               Column("number", f"{found.of}数", number=True), Column("counties", f"哪些{found.of}")]
    return table(rows, columns, "用了哪个方案",
                 note="口径是计分所用各项取值的摘要；参数改了分值、权重、收入标准，摘要就不同。")


def province_lost(found: Province) -> Fragment:
    """The counties that gave no result, and why."""
    rows = pd.DataFrame(list(found.lost.items()), columns=["run", "why"])
    if rows.empty:
        return notice(f"每个{found.of}都有结果。")
    return table(rows, [Column("run", "卷宗", head=True), Column("why", "为什么")], f"没有结果的{found.of}")


def province_doubts(found: Province) -> Fragment:
    """What this page cannot tell."""
    return listing("把握有多大", [
        f"各{found.of}由各自的核查组打分，松紧不一；两个{found.of}平均分的差，有多少是核查组的，这里看不出来。",
        "每个单位的分数来自抽查，抽到别的村、别的户会有不同，见各自的“把握”。",
        f"条件不同的{found.of}，离群也可能是应当的。",
    ])


def _level(found: Province) -> str:
    names = {one.level for one in found.outcomes}
    # Where a unit is called as the whole is, "2个县、6个县" says nothing.
    return names.pop() if len(names) == 1 and found.of not in names else "单位"
