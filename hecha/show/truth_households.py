"""Truth of household forms: incomes, wrong exits, crowding, how forms were filled, the back-check."""

from __future__ import annotations

from math import isnan

import pandas as pd

from hecha.analysis import households
from hecha.analysis.back_check import error_rates, power, stability
from hecha.analysis.honesty import beyond
from hecha.analysis.wrong_exits import NO_VISITS
from hecha.fieldwork.backchecking import HEADERS
from hecha.report import charts
from hecha.report.charts import Figure, Line
from hecha.report.fragments import Column, Fragment, listing, notice, stack, table
from hecha.show.truth_seen import (
    MOST,
    NO_FORMS,
    ON_SITE,
    Truth,
    all_together,
    chance,
    drawn_level,
    file_name,
    near,
    percent_text,
    rows_of_pair,
    share_range,
    tolerance,
    unit_level,
)


def truth_incomes_chart(truth: Truth) -> Figure | Fragment:
    """Reported minus verified against their mean, one point a household without a name."""
    seen, pairs = truth.seen, truth.seen.pairs
    if pairs.empty:
        return notice(NO_FORMS, "doubt")
    g, every = seen.gaps, all_together(seen)
    alt = (f"散点图：{len(pairs)}户上报与核实的人均收入，平均相差{g.mean:.0f}元，95%的户相差在"
           f"{g.lower:.0f}至{g.upper:.0f}元之间；超过{tolerance(seen)}的偏高{every.beyond_above}户、偏低{every.beyond_below}户")
    rows = [(truth.name(r.town), str(r.n), str(r.above), str(r.below)) for r in seen.town_signs.itertuples()]
    return charts.differences(
        list((pairs["reported"] + pairs["verified"]) / 2), list(pairs["gap"]),
        [Line(g.mean, "平均"), Line(g.lower, "2.5%"), Line(g.upper, "97.5%")], tolerance=seen.look.tolerance,
        title="上报减核实的人均收入", alt=alt, labels=("上报与核实的平均（元）", "上报减核实（元）"),
        columns=(unit_level(truth), "户数", "偏高", "偏低"), rows=rows,
        caption=f"一点一户。点线之外（菱形）相差超过{tolerance(seen)}。平均相差{g.mean:.0f}元{_yuan(g.low, g.high)}；"
                f"两条虚线之间是95%的户。")


def _yuan(low: float, high: float) -> str:
    return "" if isnan(low) else f"（95%区间{low:.0f}至{high:.0f}元）"


def truth_incomes(truth: Truth) -> Fragment:
    """By town: how often above and below, beyond the tolerance, and the sign test."""
    seen = truth.seen
    if seen.pairs.empty:
        return notice(NO_FORMS, "doubt")
    rows = [{"town": truth.name(r.town), "n": r.n, "above": r.above, "below": r.below,
             "far": f"{r.beyond_above}／{r.beyond_below}", "p": chance(r.p), "adjusted": chance(r.adjusted),
             "least": "看不出" if isnan(r.least) else f"{r.least:.0%}"} for r in seen.town_signs.itertuples()]
    every = all_together(seen)
    crossed = f"{seen.crossed.up}户上报达标而核实不达标，反过来的{seen.crossed.down}户。" if seen.crossed else ""
    return table(pd.DataFrame(rows), [
        Column("town", unit_level(truth), head=True), Column("n", "户", number=True),
        Column("above", "上报偏高", number=True), Column("below", "偏低", number=True),
        Column("far", f"超过{tolerance(seen)}：高／低", number=True), Column("p", "概率", number=True),
        Column("adjusted", "校正后", number=True), Column("least", "看得出的多报", number=True)],
        "上报与核实的人均收入", stacked=True, total=["合计", every.n, every.above, every.below,
                                        f"{every.beyond_above}／{every.beyond_below}", chance(every.p), "—",
                                        "看不出" if isnan(every.least) else f"{every.least:.0%}"],
        note=f"{crossed}概率：偏高偏低机会均等时碰巧这样多偏高的概率（符号检验，单侧）；校正后：{len(seen.town_signs)}个"
             f"一起看（Holm）；看得出的多报：至少这么大比例的户多报，才有八成机会看出。"
             f"相差{tolerance(seen)}以内不算，是参数 tolerance_percent，方案没有规定。")


def truth_to_visit(truth: Truth) -> Fragment:
    """The households beyond the tolerance, by the row of their form: where to look on the spot."""
    seen = truth.seen
    if seen.pairs.empty:
        return notice(NO_FORMS, "doubt")
    far = beyond(seen)
    standard = seen.plan.household.income.standard
    rows = [{"village": truth.name(r.village), "town": truth.name(r.town), "place": f"{file_name(r.file)}第{r.row}行",
             "gap": f"{r.relative:+.0%}".replace("-", "−"), "crossed": _sides(r, standard)}
            for r in far.head(MOST).itertuples()]
    more = f"共{len(far)}户，只列相差最大的{MOST}户。" if len(far) > MOST else ""
    return table(pd.DataFrame(rows, columns=["village", "town", "place", "gap", "crossed"]), [
        Column("village", drawn_level(truth), head=True), Column("town", unit_level(truth)),
        Column("place", "户表", wide=True), Column("gap", "上报比核实", number=True), Column("crossed", "标准")],
        f"相差超过{tolerance(seen)}的户（{len(far)}户）", stacked=True,
        note=f"{more}不列户号与姓名，须凭原表去看。相差有许多原因（口径、时点、漏项），{ON_SITE}。")


def _sides(row, standard) -> str:
    if standard is None:
        return ""
    sides = [("达标" if value >= float(standard) else "不达标") for value in (row.reported, row.verified)]
    return f"上报{sides[0]}，核实{sides[1]}" if sides[0] != sides[1] else f"都{sides[0]}"


def truth_rates(truth: Truth) -> Fragment:
    """错退率 with its interval, 漏评率 refused, and what is recorded as a percentage only."""
    found, parts = truth.seen.exits, []
    if len(found):
        names = {"persons": "全部（按人）", "households": "全部（按户）"}
        rows = [{"who": truth.name(r.town) if r.town else names[r.what], "found": f"{r.found}／{r.n}",
                 "share": percent_text(r.share), "between": share_range(r.low, r.high)}
                for r in found.itertuples()]
        parts.append(table(pd.DataFrame(rows), [
            Column("who", "范围", head=True), Column("found", "错退／走访", number=True),
            Column("share", "错退率", number=True), Column("between", "95%区间", number=True)],
            "错退率", stacked=True,
            note=f"错退按“{'、'.join(dict.fromkeys(found['measure']))}”认定；各{unit_level(truth)}按人。按抽中的机会加权，"
                 "两步抽样的误差都算在内（Korn–Graubard 区间），与“把握有多大”一页同一个估计。"))
    if len(truth.seen.recorded):
        rows = [{"unit": truth.name(r.unit), "name": r.name, "value": r.value, "line": r.quote}
                for r in truth.seen.recorded.itertuples(index=False)]
        parts.append(table(pd.DataFrame(rows), [
            Column("unit", "单位", head=True), Column("name", "项目"), Column("value", "记录的值", number=True),
            Column("line", "方案的线")], "只记了百分率的", stacked=True,
            note="没有记抽了几户、其中几户，不能给区间，也不能说离线多远是碰巧。"))
    return stack(*parts, notice(refused(truth), "doubt"))


def refused(truth: Truth) -> str:
    """Why 漏评率 is not estimated."""
    return households.refused()[0] if len(truth.seen.pairs) else NO_VISITS


def truth_crowding(truth: Truth) -> Fragment:
    """Crowding just above the income standard on the register, of all and where a town has power."""
    seen, one = truth.seen, truth.seen.register
    if one is None:
        return notice("没有收入标准，或花名册没有上报收入，不能检验。", "doubt")
    rows = [{"who": "全部登记户", "below": one.below, "above": one.above, "further": one.further, "p": chance(one.p),
             "adjusted": "—", "power": f"{one.power:.0%}"}]
    rows += [{"who": truth.name(r.town), "below": "", "above": r.above, "further": f"三段共{r.near}", "p": chance(r.p),
              "adjusted": chance(r.adjusted), "power": f"{r.power:.0%}"} for r in seen.town_crowding.itertuples()]
    tested = len(seen.town_crowding)
    return table(pd.DataFrame(rows), [
        Column("who", "范围", head=True), Column("below", f"标准下{near(seen)}", number=True),
        Column("above", f"标准上{near(seen)}", number=True), Column("further", f"再上{near(seen)}", number=True),
        Column("p", "概率", number=True), *([Column("adjusted", "校正后", number=True)] if tested else []),
        Column("power", "检出力", number=True)],
        "上报收入贴近标准", stacked=True,
        note=f"花名册{seen.register_n}户的上报收入。收入均匀变化时，中间一段占三段的三分之一；概率是碰巧这么多的概率（二项）。"
             f"检出力：标准下的户有{one.moved:.0%}改报到标准上时看得出的机会。"
             f"{f'{tested}个单位单独检验，一起看（Holm）。' if tested else '单个单位在标准附近只有几户，检出力不到一半，不单独检验。'}")


def truth_heaping(truth: Truth) -> Fragment:
    """Full hundreds, team by team against the others."""
    found = truth.seen.teams
    if found.empty:
        return notice(NO_FORMS, "doubt")
    if not found["whole"].sum():
        return notice(f"{int(found['n'].sum())}个金额里没有一个是整百元：各组都没有取整，没有可比的。"
                      "一个也没有也不寻常：逐笔问来的金额总有整数，可问一问金额是怎样填的。", "doubt")
    rows = [{"town": truth.name(r.town), "n": r.n, "whole": r.whole, "share": percent_text(r.share),
             "rest": percent_text(r.rest), "p": chance(r.p), "adjusted": chance(r.adjusted)} for r in found.itertuples()]
    return table(pd.DataFrame(rows), [
        Column("town", "被核查单位", head=True), Column("n", "金额", number=True), Column("whole", "整百元", number=True),
        Column("share", "占", number=True), Column("rest", "其他组占", number=True), Column("p", "概率", number=True),
        Column("adjusted", "校正后", number=True)], "整百元的金额", stacked=True,
        note="把全部户重新分给各组，碰巧这么多整百元的概率（按户置换）；养老金、缴费有固定数额，不算在内。")


def truth_alike(truth: Truth) -> Fragment:
    """The closest pair of forms of every village that shares two amounts or more."""
    found = truth.seen.villages
    if found.empty:
        return notice(NO_FORMS, "doubt")
    near = found[found["same"] > 1].sort_values("p", kind="stable")
    if near.empty:
        return notice(f"{len(found)}个{drawn_level(truth)}的表，没有两份有两个以上相同的金额。")
    rows = [{"village": truth.name(r.unit), "pair": rows_of_pair(truth, r), "same": f"{r.same}／{r.compared}",
             "p": chance(r.p), "adjusted": chance(r.adjusted)} for r in near.head(MOST).itertuples()]
    return table(pd.DataFrame(rows), [
        Column("village", drawn_level(truth), head=True), Column("pair", "哪两份", wide=True),
        Column("same", "相同／比较", number=True), Column("p", "概率", number=True),
        Column("adjusted", "校正后", number=True)], "最像的两份表", stacked=True,
        note="金额在同一个村里重新分给各户，碰巧有这样像的两份的概率（村内置换）；两份都空白的不算相同。")


def truth_back_check(truth: Truth) -> Fragment:
    """The back-check by team and by item, where there is one."""
    checked = truth.checked
    if checked is None:
        return notice("没有复核。走访以后用 hecha backcheck draw 抽签，再走一遍，才能把核查组的宽严与被核查单位的好坏分开。", "doubt")
    if checked.compared.empty:
        return notice("复核表里没有一个可以比较的答案。", "doubt")
    seen = checked.compared
    teams, items, firm = error_rates(seen, "town"), error_rates(seen, "item"), stability(seen)
    usual = float(teams["differences"].sum() / teams["n"].sum())
    answers = int(teams["n"].median())
    by_team = [{"town": truth.name(r.town), "households": r.households, "n": r.n, "wrong": r.differences,
                "rate": percent_text(r.rate), "between": share_range(r.low, r.high), "p": chance(r.adjusted)}
               for r in teams.itertuples()]
    reliable = dict(zip(firm["item"], firm["reliability"], strict=True))
    by_item = [{"item": HEADERS[r.item], "type": r.type, "n": r.n, "wrong": r.differences, "rate": percent_text(r.rate),
                "between": share_range(r.low, r.high), "firm": _figure(reliable.get(r.item))} for r in items.itertuples()]
    return stack(
        table(pd.DataFrame(by_team), [
            Column("town", "核查组（按被核查单位）", head=True), Column("households", "户", number=True),
            Column("n", "答案", number=True), Column("wrong", "不同", number=True), Column("rate", "不同率", number=True),
            Column("between", "95%区间", number=True), Column("p", "校正后", number=True)],
            "复核与第一次不同的答案，按组", stacked=True,
            note=f"只算一类、二类答案，每个答案当作互不相干；同一户的答案常常一起不同，概率因此偏小。每组{answers}个答案，不同率由{usual:.0%}升到{min(1, usual + 0.15):.0%}的组，"
                 f"看得出的机会{power(answers, usual, min(1, usual + 0.15), 0.05 / len(teams)):.0%}。"),
        table(pd.DataFrame(by_item), [
            Column("item", "项目", head=True), Column("type", "类", number=True), Column("n", "答案", number=True),
            Column("wrong", "不同", number=True), Column("rate", "不同率", number=True),
            Column("between", "95%区间", number=True), Column("firm", "信度", number=True)],
            "复核与第一次不同的答案，按项", stacked=True,
            note="一类：不会变、不难问的，不同说明走访有问题；二类：难问、难判断的，不同说明要培训；三类：会变的。"
                 "信度＝1－差的方差的一半÷复核值的方差。两次谁对，要看现场。"),
        listing("复核表里要改的", [str(p) for p in checked.problems], "stop", fold=10)
        if len(checked.problems) else None)


def _figure(value: float | None) -> str:
    return "—" if value is None or isnan(value) else f"{value:.2f}"


__all__ = ["refused", "truth_alike", "truth_back_check", "truth_crowding", "truth_heaping", "truth_incomes",
           "truth_incomes_chart", "truth_rates", "truth_to_visit"]
