"""Sensitivity (敏感性): what the county's own choices would have changed.

Two questions, kept apart: every combination of the choices that are open (readings, weights,
拟定 points), each made exactly; and weights drawn many times around those in force.  Both
say how far a rank hangs on what people decided, not on what was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pandas as pd

from hecha.analysis import choices, replications
from hecha.analysis.choices import AS_IT_IS, Factor, Outcomes
from hecha.analysis.replications import Replications
from hecha.batch.opening import Opened
from hecha.plan import Plan
from hecha.plan.changing import overlay
from hecha.points import decimal_text, plain, publish
from hecha.problems import HechaError
from hecha.report import charts, views
from hecha.report.charts import Figure
from hecha.report.fragments import (
    Column,
    Fragment,
    labelled,
    listing,
    notice,
    stack,
    table,
)
from hecha.report.naming import marked
from hecha.scoring.trials import Trials
from hecha.show.asked import Asked
from hecha.show.words import listed, percent, score, signed
from hecha.tables.writing import write_csv

LEVEL = 0.90
"""of the replications lie within a rank interval, as in COINr"""


_NOT_AT_HAND = notice("没有全县的卷宗在手，或者只算了部分单位，不作这项比较。")


class NoSuchReplication(HechaError):
    """A number beyond the replications that were drawn."""


@dataclass(frozen=True)
class Sensitivity:
    """A county, every combination of its choices, and its replications.

    `left`: choices that were left out, because all together they have too many combinations.
    """

    opened: Opened
    outcomes: Outcomes
    replications: Replications
    left: tuple[Factor, ...] = ()

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self.opened.plan


def open_sensitivity(asked: Asked) -> Sensitivity | None:
    """The county of the certainty notebook under every combination of its choices and many weights.

    None where its case is not at hand, or where its results are of some towns only: then there
    is nothing to compare, and each verb says so.
    """
    if asked.opened is None or asked.results.partial:
        return None
    return sensitivity_of(asked.opened)


def sensitivity_of(opened: Opened, times: int = replications.TIMES,
                   seed: int = replications.SEED) -> Sensitivity:
    """As open_sensitivity, for a county already open."""
    trials = Trials.of(opened.plan, opened.case)
    drawn = replications.drawn_weights(opened.plan, times, seed=seed)
    kept, left = choices.fitting(choices.factors_of(opened.plan))
    return Sensitivity(opened, choices.all_outcomes(trials, kept),
                       replications.replicate(trials, drawn), tuple(left))


def sensitivity_bottom_line(tried: Sensitivity | None) -> Fragment:
    """Whose grade holds whatever is chosen, whose hangs on a choice, and on which."""
    if tried is None:
        return _NOT_AT_HAND
    found, level = choices.ranges(tried.outcomes), views.unit_name(tried.plan)
    if found.empty:
        return notice(f"还没有一个{level}有得分，无从比较。", "stop")
    held = found[[row[f"share:{row['grade']}"] == 1 for _, row in found.iterrows()]]
    rest = found[~found["town"].isin(held["town"])]
    lines = [labelled("怎样选等次都不变", f"{len(held)}个{level}：{listed(held['town_name'])}。"),
             labelled("等次取决于怎样选", f"{len(rest)}个{level}：" + "、".join(
                 f"{r['town_name']}（现为“{r['grade']}”，占{percent(r['share:' + r['grade']])}的组合）"
                 for _, r in rest.iterrows()) + "。")]
    if tried.left:
        lines.append(labelled("没有一起试的", f"{listed(f.name for f in tried.left)}：组合太多。"))
    top = _weightiest(tried.outcomes)
    if top:
        lines.append(labelled("影响最大的选择", f"{top}。"))
    return stack(notice(f"{len(tried.outcomes.factors)}项选择的全部{tried.outcomes.many}种组合逐一精确计分，"
                        f"没有抽样。每种选择同等看待只是一种约定，不是说它们同样可能。", "doubt"),
                 listing("结论", lines, "lead"))


def _weightiest(outcomes: Outcomes) -> str:
    found = choices.influence(outcomes)
    found = found[[v is not None and v > 0 for v in found["total"]]]
    found = found.iloc[sorted(range(len(found)), key=lambda i: -found["total"].iloc[i])].head(3)
    return "、".join(f"{_short(r.factor, r.kind, r.name)}（{percent(r.total)}）"
                    for r in found.itertuples(index=False))


def _short(identifier: str, kind: str, name: str) -> str:
    return f"读法 {identifier}" if kind == "读法" else name


def sensitivity_ranges(tried: Sensitivity | None) -> Fragment:
    """Each town over all combinations: score, rank and the share of each grade."""
    if tried is None:
        return _NOT_AT_HAND
    plan, of = tried.plan, views.graded(tried.plan)
    rows = [{"town": r["town_name"], "score": score(r["score"]),
             "between": f"{score(r['low'])}–{score(r['high'])}", "rank": r["rank"] or "—",
             "ranks": _between(r["best"], r["worst"]),
             **{b.name: percent(r[f"share:{b.name}"]) for b in plan.grades.bands}}
            for _, r in choices.ranges(tried.outcomes).iterrows()]
    ranked = [Column("rank", "名次", number=True), Column("ranks", "名次范围", number=True, keep=True)]
    columns = [Column("town", views.unit_name(plan), head=True), Column("score", of.name, number=True),
               Column("between", "得分范围", number=True, keep=True),
               *(ranked if plan.grades.ranked else []),
               *(Column(b.name, b.name, number=True) for b in plan.grades.bands)]
    return table(pd.DataFrame(rows, columns=[c.name for c in columns]), columns,
                 f"全部{tried.outcomes.many}种组合里各{views.unit_name(plan)}的得分和等次",
                 stacked=True, note="各等次下是得到这个等次的组合所占的比例。")


def _between(best: int, worst: int) -> str:
    return "—" if not best else f"{best}" if best == worst else f"{best}–{worst}"


def sensitivity_influence(tried: Sensitivity | None) -> Fragment:
    """What each choice explains of the variation, alone and with the others, and what it moves."""
    if tried is None:
        return _NOT_AT_HAND
    found = choices.influence(tried.outcomes)
    by_id = {f.id: f for f in tried.outcomes.factors}
    order = sorted(range(len(found)), key=lambda i: -(found["total"].iloc[i] or 0))
    rows = [{"kind": r.kind, "name": f"{r.factor} {r.name}" if r.kind == "读法" else r.name,
             "options": _options(by_id[r.factor]), "first": _share(r.first), "total": _share(r.total),
             "moves": score(r.moves), "grades": f"{r.grades}个" if r.grades else "—"}
            for r in found.iloc[order].itertuples(index=False)]
    return table(pd.DataFrame(rows, columns=["kind", "name", "options", "first", "total", "moves",
                                             "grades"]), [
        Column("kind", "类别", keep=True), Column("name", "选择", head=True, wide=True),
        Column("options", "试过的其他答案", wide=True), Column("first", "一阶", number=True),
        Column("total", "总效应", number=True), Column("moves", "最多移动", number=True),
        Column("grades", "单独改变等次", number=True)], "各项选择的影响", stacked=True,
        note="一阶：只由这一项解释的得分变动；总效应：连同它与其他选择的配合。由全部组合精确算出（Sobol 指数）。"
             "“最多移动”是只换这一项时一个单位得分的最大变化。")


def _options(factor: Factor) -> str:
    return "；".join(o.name for o in factor.options[1:] if o.name != AS_IT_IS)


def _share(value: Fraction | None) -> str:
    return "—" if value is None else "0" if not value else f"{plain(publish(value * 100))}%"


def sensitivity_changes(tried: Sensitivity | None) -> Fragment:
    """Every answer that alone changes a grade: whose, and from what to what."""
    if tried is None:
        return _NOT_AT_HAND
    lines = []
    for place, factor in enumerate(tried.outcomes.factors):
        found = choices.one_alone(tried.outcomes, place)
        for option, own in found.groupby("option", sort=False):
            moved = own[own["grade"] != own["grade_now"]]
            if len(moved):
                said = "、".join(f"{r.town_name}{r.grade_now}→{r.grade}（{signed(r.moves)}分）"
                                for r in moved.itertuples(index=False))
                lines.append(labelled(f"{_short(factor.id, factor.kind, factor.name)}改为“{option}”", said))
    return listing("只换一项就会改变的等次", lines or ["没有：任何一项单独改变，都不改变任何等次。"])


def sensitivity_ranks(tried: Sensitivity | None) -> Figure | Fragment:
    """The rank intervals under drawn weights, as a chart; scores where the plan ranks nobody."""
    if tried is None:
        return _NOT_AT_HAND
    found, reps = replications.rank_intervals(tried.replications, LEVEL), tried.replications
    if not tried.plan.grades.ranked or found.empty:
        return notice("本方案不排名，没有名次区间。" if len(found) else "没有得分，没有名次区间。")
    level = views.unit_name(tried.plan)
    return charts.intervals(
        list(found["town_name"]), list(found["median"]), list(found["low"]), list(found["high"]),
        title=f"换{len(reps.ranks)}次权重的名次", value_name="名次", digits=0, best="low", unit=f"个{level}",
        caption=f"点是中位名次，线是中间{LEVEL:.0%}的重复。每次各项权重和各指标分值在现行的四分之一上下随机另取，"
                "各表仍合计满分；种子固定，每一次都可重做。")


def sensitivity_keeps(tried: Sensitivity | None) -> Fragment:
    """How often each town has each grade under drawn weights."""
    if tried is None:
        return _NOT_AT_HAND
    found, plan = replications.rank_intervals(tried.replications, LEVEL), tried.plan
    rows = [{"town": r["town_name"], "median": f"{r['median']:g}", "ranks": f"{r['low']:g}–{r['high']:g}",
             **{b.name: f"{r['share:' + b.name]:.1%}" for b in plan.grades.bands}}
            for _, r in found.iterrows()]
    ranked = [Column("median", "中位名次", number=True),
              Column("ranks", f"{LEVEL:.0%}区间", number=True, keep=True)]
    columns = [Column("town", views.unit_name(plan), head=True), *(ranked if plan.grades.ranked else []),
               *(Column(b.name, b.name, number=True) for b in plan.grades.bands)]
    return table(pd.DataFrame(rows, columns=[c.name for c in columns]), columns,
                 f"换{len(tried.replications.published)}次权重，各等次出现的比例", stacked=True,
                 note="权重是人定的，这里只问定得稍有不同会怎样；比例不是等次正确的概率。")


def write_sensitivity(tried: Sensitivity, folder: Path) -> list[Path]:
    """The tables and both run ledgers as CSV: what was tried, and what came of it."""
    reps, of = tried.replications, tried.plan.grades.of
    drawn = reps.drawn.ledger()
    drawn.insert(0, "重复", range(len(drawn)))
    scored = pd.DataFrame(reps.published, columns=list(reps.names))
    combined = choices.ledger(tried.outcomes)
    combined.insert(0, "组合", range(len(combined)))
    ways = tried.outcomes.score.reshape(tried.outcomes.many, -1)
    for at, name in enumerate(tried.outcomes.names):
        combined[f"{name}（{tried.plan.figure[of].name}×100）"] = ways[:, at]
    made = {"得分范围": choices.ranges(tried.outcomes), "各项影响": choices.influence(tried.outcomes),
            "名次区间": replications.rank_intervals(reps, LEVEL), "组合台账": combined,
            "组合选项": choices.options(tried.outcomes),
            "重复台账": pd.concat([drawn, scored.add_suffix("×100")], axis=1)}
    return [_written(frame, folder / marked(f"{name}.csv", tried.opened.results))
            for name, frame in made.items()]


_LABELS = {"town": "单位代码", "town_name": "单位", "score": "得分", "low": "下限", "high": "上限",
           "rank": "名次", "best": "最好名次", "worst": "最差名次", "grade": "等次", "factor": "选择",
           "kind": "类别", "name": "内容", "first": "一阶", "total": "总效应", "rank_total": "名次总效应",
           "grades": "单独改变等次的单位数", "moves": "最多移动", "mean": "平均名次", "median": "中位名次",
           "option": "选项", "answer": "答案"}


def _written(frame: pd.DataFrame, path: Path) -> Path:
    """A table under Chinese headers, its exact shares as decimals."""
    told = frame.rename(columns=lambda c: _LABELS.get(c, c.replace("share:", "占比：")))
    exact = [c for c in told if told[c].map(lambda v: isinstance(v, Fraction)).any()]
    for column in exact:
        told[column] = [decimal_text(v, 6) if isinstance(v, Fraction) else "" for v in told[column]]
    write_csv(told, path)
    return path


def replication_plan(tried: Sensitivity, number: int) -> str:
    """The text of a plan.yaml that makes one replication again. Raises NoSuchReplication."""
    many = len(tried.replications.published)
    if not 0 <= number < many:
        raise NoSuchReplication(f"只有第0至{many - 1}次重复，没有第{number}次")
    return overlay(tried.opened.plan_folder.name, tried.replications.drawn.values(number),
                   f"敏感性分析第{number}次重复的权重，不是方案。")


__all__ = ["NoSuchReplication", "Sensitivity", "open_sensitivity", "replication_plan",
           "sensitivity_bottom_line", "sensitivity_changes", "sensitivity_influence",
           "sensitivity_keeps", "sensitivity_of", "sensitivity_ranges", "sensitivity_ranks",
           "write_sensitivity"]
