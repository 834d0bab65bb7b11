"""Certainty: how sure the grades and ranks are, in words that a county head can use.

Every probability told here is about one thing: which villages happened to be drawn.  It
is said with every figure, because a probability that seems to be about honesty would be
worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pandas as pd

from hecha.analysis import certainty, households, rates, severity
from hecha.analysis.certainty import ALL_DRAWN, NOTHING_DRAWN, ONE_DRAWN, Certainty
from hecha.fieldwork.between_teams import Again
from hecha.forms.visit import field_sheets
from hecha.problems import Problems
from hecha.report import charts, views
from hecha.report.charts import Figure, Line
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
from hecha.scoring.results import Results
from hecha.show.asked import Asked, open_certainty
from hecha.show.words import and_rank, likely, listed, rank_text, score, signed
from hecha.words import mask_household

SURE = 0.95
"""A grade that is kept with less than this probability is told as not sure."""
FALSE = (1, 2, 4, 8)
"""how many false households of a village the table of detection goes through"""


def about(results: Results) -> str:
    """What the probabilities are about, and what not."""
    level, sampled = views.unit_name(results.plan), views.sampled_name(results.plan)
    return (f"概率只说抽样这一件事：每{level}只查了抽中的几个{sampled}，若当初抽到别的{sampled}，结果会差多少。"
            "它不说所报的是否真实、各核查组掌握的宽严是否一样，也不重算县级核查和日常工作的分。")


def unsure_grades(results: Results) -> Fragment | None:
    """The line of the conclusions that names the towns whose grade hangs on the draw."""
    drawn = certainty.samples(results)
    chances = certainty.grade_chances(results.plan, drawn, certainty.estimates(drawn))
    unsure = [f"{r.town_name}（{r.grade}，{likely(r.kept)}）" for r in chances.itertuples(index=False)
              if r.kept is not None and r.kept < SURE]
    if not unsure:
        return None
    return labelled("没有把握的等次", f"{'、'.join(unsure)}。括号内为换一批抽查{views.sampled_name(results.plan)}"
                                f"仍是这个等次的概率，见“等次有多大把握”。")


def county_certainty(results: Results) -> Fragment:
    """Each town's score and rank with intervals, its grade with its probability, who is level."""
    sure = certainty.certainty_of(results)
    if not sure.sampled:
        return notice(_not_sampled(results))
    if not results.plan.grades.ranked:
        return stack(notice(about(results), "doubt"), _county_table(results, sure))
    return stack(notice(about(results), "doubt"), _county_table(results, sure),
                 listing(f"分不出高低的（说谁真的更高，都没有{sure.level:.0%}的把握）",
                         _together(results, sure)))


def _county_table(results: Results, sure: Certainty) -> Fragment:
    """One row a town: score, interval, rank and its interval where ranks are told, grade, chance."""
    level, of = views.unit_name(results.plan), views.graded(results.plan)
    ranks = dict(zip(results.towns["town"], results.towns["rank"], strict=True))
    rows = [{"town": e.town_name, "score": score(e.score_exact), "span": span(e.low, e.high),
             "rank": rank_text(results, ranks[e.town]), "between": between(r.low, r.high),
             "grade": g.grade, "kept": likely(g.kept)} for e, r, g in _each(sure)]
    ranked = [Column("rank", "名次", number=True), Column("between", "名次区间", number=True, keep=True)]
    return table(pd.DataFrame(rows), [
        Column("town", level, head=True), Column("score", of.name, number=True),
        Column("span", f"{sure.level:.0%}区间", number=True, keep=True),
        *(ranked if results.plan.grades.ranked else []),
        Column("grade", "等次"), Column("kept", "仍为此等次的概率", number=True)],
        f"各{level}的区间和等次的概率", stacked=True,
        note=f"区间：若重抽{views.sampled_name(results.plan)}，一百次里约有{100 * sure.level:.0f}次真值落在其中。"
             f"{_unestimable(results, sure)}")


def _each(sure: Certainty) -> list[tuple]:
    """Estimate, rank and grade rows of each town side by side."""
    return list(zip(sure.estimates.assign(score_exact=sure.drawn["score"]).itertuples(index=False),
                    sure.ranks.itertuples(index=False), sure.grades.itertuples(index=False),
                    strict=True))


def _unestimable(results: Results, sure: Certainty) -> str:
    """Who cannot be estimated, and who has no score at all."""
    level, said = views.sampled_name(results.plan), []
    whole = sure.estimates.loc[sure.estimates["note"] == ALL_DRAWN, "town_name"]
    if len(whole):
        said.append(f"{listed(whole)}的{level}全部查到，没有抽样误差。")
    alone = sure.estimates.loc[sure.estimates["note"] == ONE_DRAWN, "town_name"]
    if len(alone):
        said.append(f"{listed(alone)}只抽了1个{level}，自身的误差不可估计"
                    f"{'，名次区间借用全部合并的方差' if results.plan.grades.ranked else ''}。")
    left = len(results.towns) - len(sure.drawn)
    if left:
        said.append(f"没有得分的{left}个不在其中。")
    return "".join(said)


def _together(results: Results, sure: Certainty) -> list[str]:
    """The runs of towns that the sample cannot tell apart."""
    names = dict(zip(results.towns["town"], results.towns["town_name"], strict=True))
    lines = [listed(names[t] for t in group) for group in sure.together]
    return lines or ["相邻的任何两个都分得出高低。"]


def span(low: float | None, high: float | None) -> str:
    """An interval of scores.

    >>> span(88.9, 91.004), span(90.0, 90.0), span(None, None)
    ('88.90–91.00', '90.00', '不可估计')
    """
    if low is None or high is None:
        return "不可估计"
    return f"{low:.2f}" if low == high else f"{low:.2f}–{high:.2f}"


def between(low: int, high: int) -> str:
    """An interval of ranks.

    >>> between(4, 6), between(3, 3)
    ('4–6', '3')
    """
    return f"{low}" if low == high else f"{low}–{high}"


def _not_sampled(results: Results) -> str:
    return f"本方案没有抽查下级单位，或者抽查单位全部查到：等次{and_rank(results)}没有抽样误差。"


def certainty_bottom_line(asked: Asked) -> Fragment:
    """The conclusion: whose grade is not sure, who cannot be told apart, what it is about."""
    results, sure, plan = asked.results, asked.sure, asked.results.plan
    title = f"{views.county_name(results)}{plan.plan.year}年核查结果有多大把握"
    head = heading(title, f"{len(sure.drawn)}个{views.unit_name(plan)}有得分，"
                          f"按{views.graded(plan).name}定等次（条款{plan.grades.clause}）")
    if not sure.sampled:
        return stack(head, notice(_not_sampled(results)))
    kept = sure.grades["kept"]
    firm = sum(k is not None and k >= SURE for k in kept)
    wide = max((h - w for w, h in zip(sure.estimates["low"], sure.estimates["high"], strict=True)
                if w is not None), default=0.0)
    figures = tiles([
        ("等次有把握", f"{firm}个", f"重抽仍为此等次的概率不低于{SURE:.0%}"),
        ("等次没有把握", f"{sum(k is not None for k in kept) - firm}个", f"离等次线近，或各{views.sampled_name(plan)}相差大"),
        *([("分不出高低", f"{len(sure.together)}组", f"没有{sure.level:.0%}的把握说谁更高")]
          if plan.grades.ranked else []),
        ("最宽的区间", f"{wide:.2f}分", f"{sure.level:.0%}区间的上下限之差")])
    return stack(head, figures, listing("结论", _conclusions(asked), "lead"))


def _conclusions(asked: Asked) -> list[Fragment]:
    results, sure = asked.results, asked.sure
    unsure = unsure_grades(results)
    level = views.unit_name(results.plan)
    said = [unsure or labelled("等次", f"每个{level}的等次都有{SURE:.0%}以上的把握。")]
    if sure.together and results.plan.grades.ranked:
        said.append(labelled("名次", f"分不出高低的有{len(sure.together)}组，最大的一组是"
                                    f"{_names(results, max(sure.together, key=len))}；组内的先后不宜作为奖惩的依据。"))
    said.append(labelled("概率说的是什么", about(results)))
    said.append(labelled("各组宽严", f"{_strictness_known(asked)}，见“各核查组宽严是否一样”。"))
    return said


def _strictness_known(asked: Asked) -> str:
    linked = f"；复核把{_teams_of(asked)}个组连成了链" if len(asked.again.links) else ""
    return f"{_calibrated(asked)}{linked}"


def _teams_of(asked: Asked) -> int:
    return len({*asked.again.links["first_team"], *asked.again.links["second_team"]})


def _calibrated(asked: Asked) -> str:
    if asked.strict:
        return "已按定标案例估计"
    return "定标打分不够，宽严分不出来" if asked.handed_in else "没有定标案例，宽严分不出来"


def _names(results: Results, towns: Iterable[str]) -> str:
    names = dict(zip(results.towns["town"], results.towns["town_name"], strict=True))
    return listed(names[t] for t in towns)


def certainty_chart(asked: Asked) -> Figure | Fragment:
    """Every town's graded figure with its interval and the grade lines."""
    found, plan = asked.sure.estimates, asked.results.plan
    if found.empty:
        return notice(f"还没有一个{views.unit_name(plan)}有得分，没有图。", "stop")
    return charts.intervals(
        list(found["town_name"]), list(asked.sure.drawn["score"]), list(found["low"]),
        list(found["high"]), [Line(b.at_least, b.name) for b in plan.grades.bands[:-1]],
        title=f"{views.graded(plan).name}的{asked.sure.level:.0%}区间", value_name=views.graded(plan).name,
        unit=f"个{views.unit_name(plan)}",
        caption="横线为区间，虚线为等次线；橙色的区间跨过等次线。空心点不可估计；只有点没有横线的没有抽样误差。")


def certainty_grades(asked: Asked) -> Fragment:
    """Own and pooled intervals and the probability of each grade, a row a town."""
    results, sure, plan = asked.results, asked.sure, asked.results.plan
    bands = [b.name for b in plan.grades.bands]
    rows = [{"town": e.town_name, "drawn": _drawn(e), "span": span(e.low, e.high),
             "pooled": span(e.pooled_low, e.pooled_high), "grade": g.grade,
             **{b: likely(getattr(g, b)) for b in bands}} for e, _, g in _each(sure)]
    names = ["town", "drawn", "span", "pooled", "grade", *bands]
    sampled = views.sampled_name(plan)
    return table(pd.DataFrame(rows, columns=names), [
        Column("town", views.unit_name(plan), head=True), Column("drawn", f"抽查{sampled}/总数", number=True),
        Column("span", f"{sure.level:.0%}区间", number=True, keep=True),
        Column("pooled", "合并方差的区间", number=True, keep=True), Column("grade", "现等次"),
        *(Column(b, f"为“{b}”", number=True) for b in bands)],
        "区间和各等次的概率", stacked=True,
        note=f"区间按各{views.unit_name(plan)}自己的{sampled}间差别算，用t分布（自由度为抽查数减1）；“合并方差”假定各"
             f"{views.unit_name(plan)}的{sampled}间差别相同，更稳，但各不相同时会偏。有封顶的，超过封顶的概率并入封顶的等次。"
             f"{_unestimable(results, sure)}")


def _drawn(row: tuple) -> str:
    return f"{row.n}/{'不明' if row.N is None else row.N}" if row.n else "—"


def certainty_ranks(asked: Asked) -> Figure | Fragment:
    """Every town's rank with its interval."""
    ranks, level = asked.sure.ranks, views.unit_name(asked.results.plan)
    if not asked.results.plan.grades.ranked:
        return notice("本方案不排名，没有名次区间。")
    if ranks.empty:
        return notice(f"还没有一个{level}有得分，没有图。", "stop")
    return charts.intervals(
        list(ranks["town_name"]), *([int(v) for v in ranks[c]] for c in ("rank", "low", "high")),
        title="名次区间", value_name="名次", digits=0, best="low", unit=f"个{level}",
        alt=_ranks_told(asked), caption=f"点为现名次，横线为{asked.sure.level:.0%}的重抽里名次落在的范围。")


def _ranks_told(asked: Asked) -> str:
    """The rank chart in a sentence."""
    ranks = asked.sure.ranks
    width = ranks["high"] - ranks["low"]
    widest = ranks.iloc[int(width.argmax())]
    return (f"区间图：{len(ranks)}个{views.unit_name(asked.results.plan)}的名次区间，{int((width == 0).sum())}个名次不变，"
            f"最宽的是{widest['town_name']}，第{widest['low']}至第{widest['high']}名")


def certainty_pairs(asked: Asked) -> Fragment:
    """Neighbours in the ranking: the probability that the upper is really above the lower."""
    sure = asked.sure
    if not asked.results.plan.grades.ranked:
        return notice("本方案不排名，不比较谁高谁低。")
    towns = list(sure.estimates[["town", "town_name", "note"]].itertuples(index=False))
    rows = []
    for a, b in pairwise(towns):
        up, down = float(sure.above.loc[a.town, b.town]), float(sure.above.loc[b.town, a.town])
        exact = {a.note, b.note} <= {ALL_DRAWN, NOTHING_DRAWN}
        rows.append({"pair": f"{a.town_name}高于{b.town_name}", "chance": _simulated(up, exact),
                     "same": _simulated(max(0.0, round(1 - up - down, 6)), exact)})
    return stack(
        table(pd.DataFrame(rows, columns=["pair", "chance", "same"]), [
            Column("pair", "名次相邻的两个", head=True), Column("chance", "真的更高的概率", number=True),
            Column("same", "同分的概率", number=True)], "相邻两个谁真的更高",
            note="“真的”指所有抽查单位都查到时，公布的分数更高。"),
        listing(f"分不出高低的（说谁真的更高，都没有{asked.sure.level:.0%}的把握）",
                _together(asked.results, asked.sure)))


def _simulated(share: float, exact: bool) -> str:
    """A share of the replications; one that is all or none is not told as certain unless it is.

    >>> _simulated(1.0, False), _simulated(1.0, True), _simulated(0.0, False)
    ('>99%', '100%', '<1%')
    """
    return likely(share if exact else min(max(share, 1e-9), 1 - 1e-9))


def certainty_without_one(asked: Asked) -> Fragment:
    """The drawn unit that weighs most in each town: what the figure would be without it."""
    plan, units = asked.results.plan, asked.results.units
    found = certainty.leave_one_out(plan, asked.sure.drawn)
    if found.empty:
        return notice("没有抽查两个以上下级单位的，没有可去掉的。")
    rows = []
    for _, own in found.groupby("town", sort=False):
        most = own.iloc[max(range(len(own)), key=lambda i, o=own: abs(o["moved"].iloc[i]))]
        changes = own[own["grade_without"] != own["grade"]]
        rows.append({"town": most["town_name"],
                     "unit": views.short_name(units.names.get(most["unit"], most["unit"])),
                     "score": score(most["score"]), "without": score(most["without"]),
                     "moved": signed(most["moved"]), "grades": "；".join(
                         f"去掉{views.short_name(units.names.get(r.unit, r.unit))}为“{r.grade_without}”"
                         for r in changes.itertuples()) or "不变"})
    return table(pd.DataFrame(rows), [
        Column("town", views.unit_name(plan), head=True), Column("unit", f"影响最大的{views.sampled_name(plan)}"),
        Column("score", views.graded(plan).name, number=True), Column("without", "去掉它", number=True),
        Column("moved", "相差", number=True), Column("grades", "等次", wide=True)],
        f"少查一个{views.sampled_name(plan)}会怎样", stacked=True, note="只看结论靠不靠某一个抽查单位，正式得分不变。")


def certainty_rates(asked: Asked) -> Fragment:
    """The county's rates by household and by person, weighted by the draw, with intervals."""
    visited = asked.visited
    if visited.why:
        return notice(f"{visited.why}。", "doubt")
    found = households.rates(visited.frame, visited.measures)
    rows = [{"measure": f.measure.removesuffix("数"), "home": _share(f), "home_span": _shares(f),
             "person": _share(p), "person_span": _shares(p)}
            for f, p in zip(found.iloc[::2].itertuples(), found.iloc[1::2].itertuples(), strict=True)]
    out = f"另有{visited.without}户不在抽样框里，没有入样概率，未列入。" if visited.without else ""
    return table(pd.DataFrame(rows), [
        Column("measure", "什么情况", head=True, wide=True), Column("home", "按户", number=True),
        Column("home_span", "95%区间", number=True, keep=True), Column("person", "按人", number=True),
        Column("person_span", "95%区间", number=True, keep=True)],
        f"由入户样本推算{views.whole_name(asked.results.plan)}（走访{len(visited.frame)}户）", stacked=True,
        note=f"按入样概率加权（残疾人户机会大，权就小），两个阶段的误差都算在内。错退率按人计，看“按人”。{out}")


def certainty_town_rates(asked: Asked) -> Fragment:
    """The main rate of each town by person, with its interval: how wide it is."""
    visited, plan = asked.visited, asked.results.plan
    if visited.why or not visited.main:
        return notice(f"{visited.why or '本方案没有按收入标准认定的户'}。", "doubt")
    found = households.rates(visited.frame, visited.main, "town")
    names = asked.results.units.names
    rows = [{"town": names.get(r.where, r.where), "per": f"按{r.per}", "n": f"{r.n}户", "share": _share(r),
             "span": _shares(r), "measure": r.measure} for r in found.itertuples() if r.per == households.PER_PERSON]
    return table(pd.DataFrame(rows), [
        Column("town", views.unit_name(plan), head=True), Column("measure", "什么情况"), Column("n", "走访", number=True),
        Column("share", "按人", number=True), Column("span", "95%区间", number=True, keep=True)],
        f"各{views.unit_name(plan)}的比率", stacked=True,
        note="区间这样宽，说明只凭这些户不能断定哪个高、哪个低，更不能断定是否低于某条线。")


def _share(row: tuple) -> str:
    return "不可估计" if row.estimate is None else f"{100 * row.estimate:.1f}%"


def _shares(row: tuple) -> str:
    return row.note if row.estimate is None else f"{100 * row.low:.1f}–{100 * row.high:.1f}%"


def certainty_refused(asked: Asked) -> Fragment:
    """What this sample cannot estimate, in words."""
    sample, units = asked.results.plan.sample, asked.results.units
    if sample is None:
        return listing("这个样本不能估计的", ["方案没有抽样的规定，由样本推算什么都没有依据。"], "stop")
    others = sorted({kind for kinds in units.types.values() for kind in kinds} - set(sample.village_types))
    return listing("这个样本不能估计的", households.refused(
        bool(sample.statuses), "、".join(sample.village_types), "、".join(others)), "stop")


def certainty_detection(asked: Asked) -> Fragment:
    """How likely the visits of a village meet a false household, by how many there are."""
    if asked.visited.why:
        return notice(f"{asked.visited.why}。", "doubt")
    frame = asked.visited.frame.groupby("village").agg(M=("M", "first"), m=("household", "size"))
    size, visits = int(frame["M"].median()), int(frame["m"].median())
    rows = [{"false": f"{k}户（{k / size:.0%}）", "chance": likely(float(rates.detection(size, k, visits))),
             "need": f"{rates.visits_needed(size, k, 0.9)}户"} for k in FALSE if k <= size]
    level = views.sampled_name(asked.results.plan)
    return table(pd.DataFrame(rows), [
        Column("false", "其中有假", head=True), Column("chance", f"走访{visits}户至少碰上一户的概率", number=True),
        Column("need", "要有90%的把握须走访", number=True)],
        f"一个{level}走访{visits}户能发现什么（可抽户数取中位数{size}户）",
        note=f"没有碰上不等于没有。例：40户里有4户假，走访5户碰上的概率是{likely(float(rates.detection(40, 4, 5)))}。")


def certainty_severity(asked: Asked) -> Fragment:
    """Each team's severity and the figures before and after it, beside each other."""
    wrong = listing("定标打分表里不能用的", map(str, asked.problems), "stop") if asked.problems else None
    if asked.strict is None and asked.handed_in:
        return stack(wrong, notice(f"收到{asked.handed_in}个定标打分，还估计不出宽严：至少要有两个组打全同样的两个以上案例。"
                                   "补齐以后放回卷宗，这里就会估计。", "doubt"))
    if asked.strict is None:
        return stack(wrong, notice(
            "没有定标案例的打分：一个镇只由一个核查组打分，组严还是镇差，从分数上分不出来。"
            "用 hecha calibrate 生成定标打分表，培训时各组打同样的案例，收齐后放进卷宗，这里就会估计各组的宽严。", "doubt"))
    return stack(wrong, _strictness(asked), _before_and_after(asked))


def _strictness(asked: Asked) -> Fragment:
    """What the cases say of the teams as a whole."""
    strict = asked.strict
    told = (f"各组打{strict.cases}个同样的案例：组间标准差{strict.between:.2f}分，同一组每次打分的出入{strict.within:.2f}分；"
            f"若各组宽严一样，出现这样大差别的概率为{likely(strict.p)}。")
    names, teams = asked.results.units.towns, strict.teams
    lacking = [names.get(t, t) for t in teams.loc[teams["severity"].isna(), "team"]]
    return listing("定标案例说明什么", [
        told, *([f"核查{listed(lacking)}的组没有打全案例，宽严不可估计，不猜。"] if lacking else []), f"估计只保留了原差别的{strict.kept:.0%}：案例少，差别里有一部分是偶然，按误差收缩。",
        "定标案例是书面材料，现场的宽严未必与此相同；下面只供县核查办掌握，正式得分和等次都不因此改动。"])


def _before_and_after(asked: Asked) -> Fragment:
    results, plan = asked.results, asked.results.plan
    scores = asked.sure.drawn[["town", "town_name", "score"]].assign(team=asked.sure.drawn["town"])
    worth = severity.worth_of_teams(results, [s.id for s in field_sheets(plan)])
    found = severity.beside(scores, asked.strict.teams, worth)
    rows = [{"town": r.town_name, "severity": _points(r.severity), "span": _reach(r.low, r.high),
             "before": score(r.score), "after": "—" if r.after is None else f"{r.after:.2f}",
             "moved": _points(r.moved), "rank": r.rank,
             "rank_after": "—" if pd.isna(r.rank_after) else int(r.rank_after)}
            for r in found.itertuples(index=False)]
    return table(pd.DataFrame(rows), [
        Column("town", f"被核查的{views.unit_name(plan)}", head=True),
        Column("severity", "该组宽（+）严（−）", number=True), Column("span", "95%区间", number=True, keep=True),
        Column("before", "正式得分", number=True), Column("after", "扣除宽严（参考）", number=True),
        Column("moved", "相差", number=True),
        *([Column("rank", "名次", number=True), Column("rank_after", "扣除后（参考）", number=True)]
          if plan.grades.ranked else [])], "扣除宽严前后对照（只供参考）", stacked=True,
        note="宽严以各组平均为0，单位是一张表的百分制分；折算时只算核查组自己打的表，上级结果代替的不算。"
             f"{'' if found['after'].notna().all() else '有的组没有估计，不排扣除后的名次。'}")


def _points(value: float | None) -> str:
    """A difference in points, signed; a dash where there is none.

    >>> _points(1.234), _points(-0.5), _points(0.0), _points(None)
    ('+1.23', '−0.50', '0.00', '—')
    """
    if value is None or pd.isna(value):
        return "—"
    text = f"{value:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", "−")


def _reach(low: float | None, high: float | None) -> str:
    """An interval of differences, which have signs.

    >>> _reach(-4.05, -1.38), _reach(None, None)
    ('−4.05至−1.38', '不可估计')
    """
    return "不可估计" if low is None or pd.isna(low) else f"{_points(low)}至{_points(high)}"


JUDGED = ("比的是每户的判断（吃、穿、教育、医疗、住房、饮水、有没有措施、应享的是否都享了）有多少对这一户有利，按百分制，"
          "与定标的一张表的百分制不是一把尺；只供参考，正式得分和等次都不因此改动。")


def certainty_severity_chain(asked: Asked) -> Fragment:
    """The back-checks as a chain: each team's severity where a second team visited again."""
    again, level = asked.again, views.unit_name(asked.results.plan)
    wrong = _wrong("复核表里不能用的", again.problems)
    if again.links.empty:
        return stack(wrong, notice(_no_links(again), "doubt"))
    names, found = asked.results.units.towns, severity.chain(again.links)
    rows = [{"town": names.get(r.team, r.team), "part": f"第{r.component}片", "severity": _points(r.severity),
             "se": "不可估计" if r.se is None or pd.isna(r.se) else f"{r.se:.2f}", "visits": f"{r.visits}户"}
            for r in found.sort_values(["component", "severity"], kind="stable").itertuples(index=False)]
    apart = found["component"].nunique()
    left = _left_out([(again.unnamed, "没有写明复核组"), (again.same, "由原来的组复核"),
                      (again.unjudged, "两次没有都判断的项")])
    return stack(wrong, table(pd.DataFrame(rows), [
        Column("town", f"被核查的{level}（组）", head=True), *([Column("part", "连成的片")] if apart > 1 else []),
        Column("severity", "该组宽（+）严（−）", number=True), Column("se", "标准误", number=True, keep=True),
        Column("visits", "复核涉及", number=True)], "复核连成的链", stacked=True,
        note=f"{len(again.links)}户由另一个组又走访一遍；一户两次的差，是两个组宽严的差，一片之内各组平均为0。"
             f"{f'连成{apart}片，不同的片之间不能比。' if apart > 1 else ''}{left}{JUDGED}"))


def _wrong(title: str, problems: Problems) -> Fragment | None:
    """What cannot be used of a handed-in table, with numbers of households masked."""
    return listing(title, [mask_household(str(p)) for p in problems], "stop") if problems else None


def _no_links(again: Again) -> str:
    """Why there is no chain, and what makes one."""
    if not again.forms:
        return ("没有复核：没有一户由另一个组再走访，各组之间连不成链。用 hecha backcheck draw 抽户，由别的组复核、"
                "写明“复核组”，填好放进卷宗，这里就会比。")
    left = _left_out([(again.unnamed, "没有写明复核组"), (again.same, "由原来的组复核"),
                      (again.unjudged, "两次没有都判断的项")])
    return f"收到{again.forms}户复核，没有一户能比较两个组。{left}"


def _left_out(counts: Iterable[tuple[int, str]]) -> str:
    """The households that were not used, by reason.

    >>> _left_out([(2, "没有写明复核组"), (0, "由原来的组复核")])
    '没有用的：2户没有写明复核组。'
    """
    said = [f"{n}户{why}" for n, why in counts if n]
    return f"没有用的：{'，'.join(said)}。" if said else ""


def certainty_severity_pairs(asked: Asked) -> Fragment:
    """The pairs inside teams: their means, and whether they differ more than households do."""
    inside, level = asked.inside, views.unit_name(asked.results.plan)
    wrong = _wrong("编组表里不能用的", inside.problems)
    if inside.scored.empty:
        return stack(wrong, notice(
            f"{inside.why or '各对走访的户没有可比的判断'}：组内各对宽严是否一样，分不出来。按方案用 hecha teams 编组分对，"
            "或把写明“第几对”的编组表放在卷宗的 backcheck/核查组编组.xlsx，这里就会比。", "doubt"))
    frame = inside.scored.assign(score=inside.scored["score"].astype(float))
    means = frame.groupby(["team", "pair"])["score"].agg(["mean", "size"])
    names = asked.results.units.towns
    rows = [{"town": names.get(team, team), "pairs": "；".join(
        f"第{pair}对{r['mean']:.1f}（{int(r['size'])}户）" for (_, pair), r in own.iterrows())}
        for team, own in means.groupby(level="team")]
    left = _left_out([(inside.unknown, "不是某一对去的，或不知道是哪一对")])
    swapped = f"{inside.swapped}户不是签号分到的那一对去的，按实际去的算。" if inside.swapped else ""
    return stack(wrong, listing("组内各对说明什么", [_pairs_differ(severity.pair_effects(frame).iloc[0])]), table(
        pd.DataFrame(rows), [Column("town", f"被核查的{level}（组）", head=True), Column("pairs", "各对走访户的平均", wide=True)],
        "组内各对", stacked=True, note=f"哪一对去的，按户表上的核查人；没有写组员名字的，按签号（DUI）分到的。平均不同有户的差别在内。{swapped}{left}{JUDGED}"))


def _pairs_differ(found: pd.Series) -> str:
    """The nested analysis of variance in one sentence."""
    if found["p"] is None or pd.isna(found["p"]):
        return "每组只有一对，或没有一对走访两户以上，各对宽严是否一样，不可估计。"
    return (f"组内对与对之间的标准差{found['between']:.2f}分，同一对各户之间的标准差{found['within']:.2f}分；若组内各对宽严一样，"
            f"出现这样大差别的概率为{likely(found['p'])}（自由度{int(found['df_pairs'])}、{int(found['df_units'])}）。")


def certainty_severity_gain(asked: Asked) -> Fragment:
    """Appendix: what calibration would gain, in counties of which the true order is known."""
    found = severity.gain(towns=max(2, len(asked.results.towns)))
    rows = [{"severity": f"{r.severity:.1f}分", "before": f"{r.tau_before:.2f}", "after": f"{r.tau_after:.2f}",
             "known": f"{r.tau_known:.2f}"} for r in found.itertuples(index=False)]
    return table(pd.DataFrame(rows), [
        Column("severity", "各组宽严的标准差", head=True), Column("before", "直接用打分", number=True),
        Column("after", "定标后", number=True), Column("known", "宽严完全已知", number=True)],
        "附：定标能换来什么（模拟500个县，与真实先后的一致程度τ）",
        note="τ=1为先后完全一致，0为毫无关系。模拟里真实分数的标准差4.4分，抽样误差1.2分，六个案例、每次打分出入2分；"
             "数字只说明量级，不是本县的估计。")


def _from_to(numbers: Iterable[int]) -> str:
    """A count, or the least and the most of several.

    >>> _from_to([4, 3, 4]), _from_to([4, 4])
    ('3至4', '4')
    """
    least, most = min(kept := [int(n) for n in numbers]), max(kept)
    return f"{most}" if least == most else f"{least}至{most}"


def certainty_doubts(asked: Asked) -> Fragment:
    """How sure the certainty itself is: what it leaves out."""
    results, plan, level = asked.results, asked.results.plan, views.sampled_name(asked.results.plan)
    if not asked.sure.sampled:
        return listing("", [_not_sampled(results), "这不是说结果没有别的疑问：所报是否真实、各核查组宽严，不在抽样误差里。"],
                       "doubt")
    lines = [about(results),
             (f"每个{views.unit_name(plan)}只抽{_from_to(asked.sure.estimates['n'])}个{level}，标准误本身也估得不准；"
             f"{level}的得分偏斜时，95%的区间盖不到95%：模拟12个里抽4个，大约九成；只有个别{level}特别差时约七成半（见 docs/certainty.md）。")]
    if any(i.derived for i in plan.items if not plan.level[plan.sheet[i.sheet].level].sampled):
        lines.append(f"不抽样的表里有几项由走访户合并得出，换一批{level}它们也会变，这一部分误差没有算进区间，真实的区间还要宽一些。")
    if plan.grades.ranked:
        lines.append("比较高低是一对一对做的，比的对数多了，总有几对只是碰巧分得开。")
    if plan.grades.ranked and plan.grades.tie_break:
        lines.append(f"名次区间只按{views.graded(plan).name}排，同分的名次并列，没有再比别的分，与正式名次可能差在同分的几个上。")
    if plan.sample is not None:
        lines.append(f"能抽足户数的{level}先抽，抽不足的排在后面，它们的情况由样本代表得少。")
    return listing("", lines, "doubt")


__all__ = ["about", "between", "certainty_bottom_line", "certainty_chart", "certainty_detection",
           "certainty_doubts", "certainty_grades", "certainty_pairs", "certainty_ranks",
           "certainty_rates", "certainty_refused", "certainty_severity", "certainty_severity_chain",
           "certainty_severity_gain", "certainty_severity_pairs",
           "certainty_town_rates", "certainty_without_one", "county_certainty", "open_certainty",
           "span", "unsure_grades"]
