"""Truth: do the figures hold, and where should somebody look again?

The verbs of notebooks/truth.ipynb, for analysts.  What stands out is told as a place to look
at on the spot, with how likely it is by chance; nobody is accused, no household is named, no
score is touched.  Where the plan or the case has not what a question needs, that is said.
"""

from __future__ import annotations

from importlib.resources import files
from math import isnan

import pandas as pd

from hecha.analysis import planted
from hecha.analysis.honesty import beyond
from hecha.analysis.many_tests import false_alarms
from hecha.analysis.reported import sign_power
from hecha.analysis.self_assessed import together, twice_filled
from hecha.fieldwork.backchecking import FOLDER
from hecha.report import views
from hecha.report.fragments import (
    Column,
    Fragment,
    heading,
    labelled,
    listing,
    notice,
    stack,
    table,
    tiles,
)
from hecha.show.truth_households import refused
from hecha.show.truth_seen import (
    NO_FORMS,
    ON_SITE,
    Truth,
    alike,
    all_together,
    chance,
    drawn_level,
    near,
    percent_text,
    range_text,
    rows_of_pair,
    share_range,
    tolerance,
    unit_level,
    usual_visits,
)
from hecha.show.words import score, signed


def truth_bottom_line(truth: Truth) -> Fragment:
    """The conclusion: what stands out, what does not, what could not be asked."""
    seen, said, quiet = truth.seen, _standing_out(truth), _quiet(truth)
    title = f"{views.county_name(truth.results)}{truth.results.plan.plan.year}年数据可信度分析"
    return stack(
        heading(title, "线索不是结论，不影响任何分数"), _tiles(truth),
        listing(f"值得到现场再看的（{len(said)}条）", said, "lead") if said else notice(
            "做了的检验没有列出线索。没有列出不等于没有问题，见“检出力”。" if quiet or len(seen.items) else
            "本卷宗一项检验也做不了，原因如下。"),
        listing("没有列出、不等于没有问题的", quiet) if quiet else None,
        listing("没有条件检验的", _not_asked(truth), "doubt") if _not_asked(truth) else None)


def _tiles(truth: Truth) -> Fragment:
    seen = truth.seen
    shown = []
    if len(seen.pairs):
        shown += [("上报与核实都有的户", f"{len(seen.pairs)}户", f"上报偏高{all_together(seen).above}户，偏低{all_together(seen).below}户"),
                  (f"相差超过{tolerance(seen)}", f"{len(beyond(seen))}户",
                   f"偏高{all_together(seen).beyond_above}户，偏低{all_together(seen).beyond_below}户")]
    persons = seen.exits[(seen.exits["what"] == "persons") & (seen.exits["town"] == "")]
    if len(persons) and not isnan(persons.iloc[0]["share"]):
        one = persons.iloc[0]
        shown.append(("错退率（按人）", percent_text(one["share"]), share_range(one["low"], one["high"])))
    if len(seen.figures):
        above = sum(g > 0 for g in seen.figures["gap"])
        shown.append(("自评高于核查", f"{above}项", f"共{len(seen.figures)}项自评"))
    if len(seen.items):
        high = int((seen.items["mean"] > 0).sum())
        shown.append(("自评高于核查的细项", f"{high}项", f"共{len(seen.items)}项填了两遍"))
    return tiles(shown) if shown else notice("本卷宗没有可以互相核对的数据。", "doubt")


def _standing_out(truth: Truth) -> list[Fragment]:
    """Every clue, each with how likely it is by chance; each ends on site."""
    seen, level = truth.seen, truth.seen.look.level
    figures = together(seen.figures)
    said = [_figure_high(truth, r) for r in figures[figures["adjusted"] < level].itertuples()]
    said += [labelled(r.name, f"{r.above}个高于核查、{r.below}个低于，平均{_more(r.mean)}，碰巧如此的概率（校正后）{chance(r.adjusted)}；"
                              f"请逐项对照扣分台账") for r in seen.items[seen.items["adjusted"] < level].itertuples(index=False)]
    if len(seen.pairs):
        every = all_together(seen)
        if every.p < level:
            said.append(labelled("上报收入", f"{every.above}户偏高、{every.below}户偏低，如果偏高偏低机会均等，"
                                         f"碰巧如此的概率{chance(every.p)}；{ON_SITE}"))
        if seen.crossed and seen.crossed.p < level:
            said.append(labelled("达标与否", f"{seen.crossed.up}户上报达标、核实不达标，反过来的{seen.crossed.down}户，"
                                         f"碰巧如此的概率{chance(seen.crossed.p)}；户见“上报与核实的收入”，{ON_SITE}"))
        for r in seen.town_signs[seen.town_signs["adjusted"] < level].itertuples():
            said.append(labelled(truth.name(r.town), f"{r.above}户偏高、{r.below}户偏低，碰巧如此的概率（校正后）{chance(r.adjusted)}；{ON_SITE}"))
    if seen.register and seen.register.p < level:
        said.append(labelled("贴近标准", f"全部登记户里标准上{near(seen)}以内{seen.register.above}户，比两旁多，"
                                     f"碰巧如此的概率{chance(seen.register.p)}；{ON_SITE}"))
    said += [labelled(truth.name(r.town), f"登记户里标准上{near(seen)}以内{r.above}户，比两旁多，碰巧如此的概率（校正后）{chance(r.adjusted)}；{ON_SITE}")
             for r in seen.town_crowding[seen.town_crowding["adjusted"] < level].itertuples()]
    said += [labelled("整百元", f"{truth.name(r.town)}的表{r.n}个金额里{r.whole}个整百元，碰巧如此的概率（校正后）{chance(r.adjusted)}；{ON_SITE}")
             for r in seen.teams[seen.teams["adjusted"] < level].itertuples()]
    said += [labelled("相似的表", f"{_pair(truth, r)}，碰巧如此的概率（校正后）{chance(r.adjusted)}；{ON_SITE}")
             for r in alike(seen).itertuples()]
    return said


def _figure_high(truth: Truth, found) -> Fragment:
    return labelled(f"自评的{truth.results.plan.figure[found.figure].name}",
                    f"{found.above}个{unit_level(truth)}高于核查、{found.below}个低于，平均{_more(found.mean)}，"
                    f"碰巧如此的概率（校正后）{chance(found.adjusted)}；请逐项对照扣分台账")


def _quiet(truth: Truth) -> list[str]:
    """Questions that were asked and listed nothing, with what they would have seen."""
    seen, level, said = truth.seen, truth.seen.look.level, []
    if len(seen.pairs) and not (seen.town_signs["adjusted"] < level).any():
        least = seen.town_signs["least"].min()
        said.append(f"单个{unit_level(truth)}的上报收入：每{unit_level(truth)}{usual_visits(seen)}户上下，要有"
                    f"{'几乎全部' if isnan(least) else f'{least:.0%}左右'}的户多报，才有八成机会看出。")
    if seen.register and seen.register.p >= level:
        r = seen.register
        said.append(f"贴近标准：标准上下各{near(seen)}和再上{near(seen)}共{r.near}户，标准上一段{r.above}户，不比两旁多。"
                    f"标准下的户若有{r.moved:.0%}改报到标准上，看出的机会{r.power:.0%}。")
    if len(seen.teams) and not (seen.teams["adjusted"] < level).any():
        said.append("整百元：各组的表没有一个明显多于其他组。")
    if len(seen.villages) and not len(alike(seen)):
        said.append(f"相似的表：{int((seen.villages['n'] > 1).sum())}个{drawn_level(truth)}里最像的两份表，相同的金额都不比碰巧多。")
    return said


def _not_asked(truth: Truth) -> list[str]:
    """Questions that this plan or case cannot answer, and why."""
    seen, said = truth.seen, []
    if not len(seen.figures) and not len(seen.items):
        said.append("自评与核查：没有报来自评分，也没有同一张表填两遍。")
    if not len(seen.pairs):
        said.append(NO_FORMS)
    if seen.register is None:
        said.append("贴近标准：没有收入标准，或花名册没有上报收入。")
    if seen.exits.empty:
        said.append("错退率：方案没有按收入标准认定脱贫真假的细项，或没有户表。")
    said.append(refused(truth))
    if seen.exits.empty or not len(seen.recorded):
        said.append("认可度：户表没有问农户认可不认可，不能估计。" if seen.plan.household else
                    "认可度：没有逐户的回答，只能看记录的百分率。")
    if truth.checked is None:
        said.append(f"复核：卷宗里没有复核表（{FOLDER}/复核表.xlsx），核查组的宽严与被核查单位的好坏分不开。")
    return said


def truth_self_assessed(truth: Truth) -> Fragment:
    """Every self-assessed figure of every unit beside the verified, and all of them together."""
    found = truth.seen.figures
    if found.empty:
        return notice("没有报来自评分，无从对照。", "doubt")
    names = {f.id: f.name for f in truth.results.plan.figures}
    figures = list(dict.fromkeys(found["figure"]))
    cells = {(r.town, r.figure): r for r in found.itertuples()}
    rows = [{"town": truth.name(town), **{f: _gap_cell(cells.get((town, f))) for f in figures}}
            for town in dict.fromkeys(found["town"])]
    columns = [Column("town", unit_level(truth), head=True),
               *(Column(f, f"{names[f]}：自评（减核查）", number=True) for f in figures)]
    return stack(table(pd.DataFrame(rows, columns=[c.name for c in columns]), columns, "自评与核查", stacked=True),
                 listing("合起来看", [_together(names[r.figure], r) for r in together(found).itertuples()]))


def _gap_cell(row) -> str:
    return "—" if row is None else f"{score(row.self)}（{signed(row.gap)}）"


def _together(name: str, found) -> Fragment:
    told = f"（95%区间{found.low:+.2f}至{found.high:+.2f}）".replace("-", "−") if not isnan(found.low) else ""
    return labelled(name, f"自评平均比核查{_more(found.mean)}{told}，{found.above}个偏高、{found.below}个偏低，"
                          f"碰巧如此的概率{chance(found.p)}，几个分数一起看校正后{chance(found.adjusted)}")


def _more(value: float) -> str:
    return f"高{value:.2f}分" if value >= 0 else f"低{-value:.2f}分"


def truth_drawn_units(truth: Truth) -> Fragment:
    """The mean of the drawn units with its interval, and whether the self-assessed lies in it."""
    found = truth.seen.drawn
    if found.empty:
        return notice("没有抽查单位的自评平均分，无从对照。", "doubt")
    unit = drawn_level(truth)
    rows = [{"town": truth.name(r.town), "n": f"{r.n}个", "verified": f"{r.verified:.2f}",
             "between": "全部抽查" if r.low == r.high else range_text(r.low, r.high), "self": f"{r.self:.2f}",
             "told": _where_is(r)}
            for r in found.itertuples()]
    above = int((found["outside"] & (found["self"] > found["high"])).sum())
    return table(pd.DataFrame(rows), [
        Column("town", unit_level(truth), head=True), Column("n", f"抽查{unit}", number=True),
        Column("verified", "核查平均", number=True), Column("between", "95%区间", number=True),
        Column("self", "自评平均", number=True), Column("told", "自评在哪里")],
        f"抽查{unit}的平均分与自评", stacked=True,
        note=f"{above}个{unit_level(truth)}的自评高出区间（全部抽查的是高于核查）。区间说的是换一批{unit}会差多少；{unit}全部抽查的没有抽样误差。"
             f"{len(found)}个一起看，没有问题也会有个别落在区间外。")


def _where_is(row) -> str:
    """Where the self-assessed mean lies."""
    if isnan(row.low):
        return "只抽一个，不可估计"
    if not row.outside:
        return "区间内"
    side = "高" if row.self > row.high else "低"
    return f"{side}于核查" if row.low == row.high else f"{side}于区间"


def truth_items(truth: Truth) -> Fragment:
    """Item by item, where the same sheet was filled twice."""
    found = truth.seen.items
    pairs = twice_filled(truth.results.plan)
    if found.empty:
        return notice("本方案的自评只有总分，没有逐项自评，不能按指标对照。" if not pairs else "两张表都填了的细项一个也没有。", "doubt")
    verified, own = (truth.results.plan.sheet[s].name for s in pairs[0])
    far = found[found["above"] + found["below"] > 0]
    rows = [{"name": r.name, "indicator": views.bare(r.indicator), "n": r.n,
             "mean": f"{r.mean:+.2f}".replace("-", "−"), "between": range_text(r.low, r.high),
             "signs": f"{r.above}／{r.below}", "p": chance(r.p), "adjusted": chance(r.adjusted)}
            for r in far.sort_values("mean", ascending=False).itertuples(index=False)]
    return table(pd.DataFrame(rows, columns=["name", "indicator", "n", "mean", "between", "signs", "p",
                                             "adjusted"]), [
        Column("name", "细项", head=True), Column("indicator", "指标"), Column("n", "单位数", number=True),
        Column("mean", f"{own}减{verified}", number=True), Column("between", "95%区间", number=True),
        Column("signs", "偏高／偏低", number=True), Column("p", "概率", number=True),
        Column("adjusted", "校正后", number=True)],
        f"{own}与{verified}逐项相差", stacked=True,
        note=f"两张表完全相同的{len(found) - len(far)}项不列。概率：符号检验，单侧；校正后：各项一起看（Holm）。")


def truth_power(truth: Truth) -> Fragment:
    """The table of power: what every test finds in counties of whom the truth is known."""
    found = kept_table()
    false = found[found["planted"] == "无"]
    return table(pd.DataFrame([{
        "test": r.test, "planted": r.planted, "share": f"{r.share:.0%}", "between": share_range(r.low, r.high)}
        for r in found.itertuples()]), [
        Column("test", "检验", head=True), Column("planted", "事先放进去的", wide=True),
        Column("share", "列出的县", number=True), Column("between", "95%区间", number=True)],
        "检出力与误报率", stacked=True, marked=(),
        note=f"每行{int(found['counties'].iloc[0])}个模拟的县（15个镇，每镇4村，每村5户，登记9000户），"
             f"种子{int(found['seed'].iloc[0])}起；“无”的{len(false)}行是诚实的县，列出的就是误报。"
             "“复核”的行按三户里有两户的收入比第一次高出一成以上计，不是复核表上逐个答案的检验。"
             "真实的县与模拟的不同，这些数是量级。")


def kept_table() -> pd.DataFrame:
    """The table of planted truths that the benchmark keeps."""
    return pd.read_csv(files(planted.__package__).joinpath("planted.csv").open(encoding="utf-8"))


def truth_doubts(truth: Truth) -> Fragment:
    """How sure this is: what the tests cannot tell, and how often they speak for nothing."""
    seen = truth.seen
    towns = max(1, len(seen.town_signs) or len(truth.results.towns))
    lines = [(f"{towns}个单位逐个按5%检验，全都诚实也有{false_alarms(towns):.0%}的县会列出至少一个，"
              "所以每个问题内部都做了校正；几个问题合起来，误报的机会见附表“以上任何一项”。"),
             "一个单位由一个组查，组查得严，核实的收入就低，看起来像上报偏高：只有复核能分开。",
             "偏高偏低机会均等，是假定上报与核实口径相同；口径有系统差别（时点、养老金、经营成本）也会一边倒。",
             "检验把各户当作互不相干；同一个村、同一个人填的户往往一起偏，真实的碰巧的概率比写出的大。",
             "不用首位数字定律，不用“相同超过85%”的线：诚实的数据也常常越线，实测见 docs/truth.md。"]
    if len(seen.pairs):
        n = len(seen.pairs)
        lines.append(f"全部{n}户合起来，一成的户多报，看得出的机会{sign_power(n, 0.1):.0%}；单个单位{usual_visits(seen)}户，只有"
                     f"{sign_power(usual_visits(seen), 0.1):.0%}。")
    if truth.results.mark:
        lines.append(f"本页为{truth.results.mark}。")
    return listing("", lines, "doubt")


def _pair(truth: Truth, row) -> str:
    return f"{truth.name(row.unit)}，{rows_of_pair(truth, row)}，{row.compared}个金额里{row.same}个相同"


__all__ = ["kept_table", "truth_bottom_line", "truth_doubts", "truth_drawn_units", "truth_items",
           "truth_power", "truth_self_assessed"]
