"""Province: counties and towns beside each other, for the level above.

Conclusion first: how many counties and towns, which grades, who is missing.  Counties judged
by different plans are shown beside each other and never compared.
"""

from __future__ import annotations

from fractions import Fraction

import pandas as pd

from hecha.analysis import province
from hecha.analysis.province import Province
from hecha.batch.gathering import gather
from hecha.report import charts
from hecha.report.charts import Figure
from hecha.report.fragments import Column, Fragment, heading, listing, notice, stack, table, tiles
from hecha.show.words import listed, score

SEVERAL = 3


def open_province(runs: str, lost: str = "", only: str = "") -> Province:
    """The runs below a folder; `lost` names runs that failed, «name：why» a line; `only` the
    runs meant, one a line, and none means all."""
    told = dict(line.split("：", 1) for line in lost.splitlines() if "：" in line)
    return gather(runs, told, only.split("\n") if only else ())


def province_bottom_line(found: Province) -> Fragment:
    """The conclusion: counties, towns, grades, who is not there, whether one plan was used."""
    counties, level = province.counties(found), _level(found)
    graded = province.grades(found)
    number = int(counties["towns"].sum())
    counted = [(band, f"{int(graded[band].sum())}", f"个{level}") for band in province.bands(found)]
    lines = [f"{len(counties)}个县、{number}个{level}，{int(counties['finished'].sum())}个有得分。"]
    used = province.plans(found)
    if len(used) > 1:
        lines.append(f"用了{len(used)}种计分口径，不同口径之间的分数不能比较，见“用了哪个方案”。")
    beyond = province.outliers(found)
    lines.append(f"{len(beyond)}处离群，见“离群”。" if len(beyond) else
                 f"没有离群的县和单位（同一口径满{province.FEWEST}个才判断）。")
    marks = sorted({m for m in counties["mark"] if m})
    return stack(heading("各县成效核查结果汇总", f"{len(counties)}个县"), _open(found, counties),
                 *(notice(m, "mark") for m in marks), tiles(counted),
                 listing("结论", lines, "lead"))


def _open(found: Province, counties: pd.DataFrame) -> Fragment | None:
    lines = [f"{run}没有结果：{why}" for run, why in found.lost.items()]
    unfinished = counties[counties["finished"] < counties["towns"]]
    if len(unfinished):
        lines.append(f"有单位未完成的县：{listed(unfinished['county'], SEVERAL)}。平均分只算有得分的。")
    return listing("尚未定局", lines, "stop") if lines else None


def province_tiles(found: Province) -> Figure | Fragment:
    """The counties as tiles, shaded by the mean score of their towns."""
    frame = province.counties(found)
    if frame.empty:
        return notice("没有一个县有结果，没有图。", "stop")
    known = frame[[m is not None for m in frame["mean"]]]
    least, most = (known.sort_values("mean").iloc[at] for at in (0, -1)) if len(known) else (None, None)
    ends = "" if least is None else (f"，平均分最高{most['county']}{score(most['mean'])}，"
                                     f"最低{least['county']}{score(least['mean'])}")
    return charts.tile_map(list(frame["county"]), list(frame["mean"]), title="各县平均分",
                           alt=f"瓦片图：{len(frame)}个县{ends}", value_name="平均分",
                           caption="一格一县，按文件夹名的先后，不是地理位置；颜色由低到高。")


def province_counties(found: Province) -> Fragment:
    """Every county: towns, mean, best and worst, grades, errors, plan."""
    frame, graded, level = province.counties(found), province.grades(found), _level(found)
    names = [*province.bands(found), "未定等次"]
    rows = pd.DataFrame({
        "county": frame["county"], "towns": frame["towns"], "finished": frame["finished"],
        **{c: frame[c].map(score) for c in ("mean", "most", "least")},
        **{band: graded[band] for band in names}, "errors": frame["errors"],
        "used": frame["used"]})
    columns = [Column("county", "县", head=True), Column("towns", level, number=True),
               Column("finished", "有得分", number=True), Column("mean", "平均分", number=True),
               Column("most", "最高", number=True), Column("least", "最低", number=True),
               *(Column(band, band, number=True) for band in names),
               Column("errors", "数据错误", number=True), Column("used", "口径")]
    return table(rows, columns, f"各县结果（{len(rows)}个县）",
                 note="按文件夹名的先后列出，不排名：县与县之间排名，方案没有规定。")


def province_grades(found: Province) -> Figure | Fragment:
    """The share of towns in each grade, county by county."""
    graded, names = province.grades(found), [*province.bands(found), "未定等次"]
    if graded.empty:
        return notice("没有一个县有结果，没有图。", "stop")
    sums = graded[names].sum(axis=1)
    shares = [[Fraction(int(row[n]), int(total)) if total else None for n in names]
              for (_, row), total in zip(graded.iterrows(), sums, strict=True)]
    told = "，".join(f"{n}{int(graded[n].sum())}个" for n in names)
    return charts.stacked_bars(list(graded["county"]), names, shares, title="各县等次分布",
                               alt=f"堆叠柱状图：{len(graded)}个县的等次分布，{told}",
                               open_part="未定等次", caption="一条为一个县，由左到右为各等次的单位占百分之几。")


def province_outliers(found: Province) -> Fragment:
    """Counties and towns far from the others judged by the same plan."""
    frame = province.outliers(found)
    if frame.empty:
        return notice(f"没有离群的县和单位（同一口径满{province.FEWEST}个才判断）。")
    rows = frame.assign(
        level=frame["level"].map({"county": "县平均分", "town": f"{_level(found)}得分"}),
        score=frame["score"].map(score),
        span=[f"{score(a)}～{score(b)}" for a, b in zip(frame["low"], frame["high"], strict=True)])
    columns = [Column("county", "县"), Column("name", "单位", head=True), Column("level", "看什么"),
               Column("score", "分数", number=True), Column("side", "偏"),
               Column("span", "多数落在")]
    return table(rows, columns, "离群的县和单位",
                 note="多数落在：同一口径各值的四分位向外1.5倍四分位距。离群只是值得去看一看，不是结论。")


def province_plans(found: Province) -> Fragment:
    """Which plan, and which values of it, each county was judged by."""
    frame = province.plans(found)
    rows = frame.assign(counties=[listed(names, SEVERAL) for names in frame["counties"]])
    columns = [Column("title", "方案", head=True), Column("used", "口径（摘要）"),
               Column("number", "县数", number=True), Column("counties", "哪些县")]
    return table(rows, columns, "用了哪个方案",
                 note="口径是计分所用各项取值的摘要；县参数改了分值、权重、收入标准，摘要就不同。")


def province_lost(found: Province) -> Fragment:
    """The counties that gave no result, and why."""
    rows = pd.DataFrame(list(found.lost.items()), columns=["run", "why"])
    if rows.empty:
        return notice("每个县都有结果。")
    return table(rows, [Column("run", "卷宗", head=True), Column("why", "为什么")], "没有结果的县")


def province_doubts(found: Province) -> Fragment:
    """What this page cannot tell."""
    return listing("把握有多大", [
        "各县由各县的核查组打分，松紧不一；两县平均分的差，有多少是核查组的，这里看不出来。",
        "每个单位的分数来自抽查，抽到别的村、别的户会有不同，见各县的“把握”。",
        "条件不同的县，离群也可能是应当的。",
    ])


def _level(found: Province) -> str:
    names = {one.level for one in found.outcomes}
    # Where the units are counties themselves, "2个县、6个县" says nothing.
    return names.pop() if len(names) == 1 and "县" not in names else "单位"
