"""通报 (Word): the county's result as it goes out, a list of grades or a ranking.

Two ways are in use and a county chooses: «综合评价好的镇、较好的镇 …» names the towns of each
grade in the order of their codes, without a figure or a rank anywhere (不排名); the ranking
gives both.  Everything the tables know is written; who issues it, its number and its day
are left as 【请填写…】.  Before the facts of 八 are recorded it is a draft and says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pandas as pd

from hecha.plan import Plan
from hecha.points import plain, publish
from hecha.report import views
from hecha.report.word import Column, Paper, shown_figure
from hecha.scoring.composite import UNCONFIRMED, UNFINISHED
from hecha.scoring.results import Results

MOST_INDICATORS, MOST_ITEMS, MOST_NAMED = 5, 3, 2


def county_notice(results: Results, *, ranked: bool) -> Paper:
    """The 通报 of a whole county; `ranked` False lists grades without figures and ranks.

    Reads `results` alone. A town without a score is named as 未完成; while one is missing or
    in doubt every grade is called 暂定.
    """
    return _Notice(results, ranked).written()


def write_county_notice(results: Results, path: Path, *, ranked: bool) -> Path:
    """Write the notice; see :func:`county_notice`."""
    return county_notice(results, ranked=ranked).save(path)


class _Notice:
    """One notice being written."""

    def __init__(self, results: Results, ranked: bool) -> None:
        self.results, self.plan, self.ranked = results, results.plan, ranked
        self.of, self.level = views.graded(results.plan), views.unit_name(results.plan)
        self.towns = views.standing(results) if ranked else results.towns
        self.caution = "" if results.final else "（暂定）"
        self.paper = Paper()

    def written(self) -> Paper:
        """All of it, in order."""
        paper, plan = self.paper, self.plan
        if self.results.mark:
            paper.mark(self.results.mark)
        paper.title(f"关于{views.county_name(self.results)}{plan.plan.year}年成效核查\n"
                    f"{self.of.name}结果的通报")
        paper.blank("发文字号")
        paper.addressed(f"各{self.level}、各有关单位")
        paper.text(f"根据《{plan.plan.title}》，{self._scale()}{self._status()}现将结果通报如下。")
        self._method()
        self._outcome()
        self._consequences()
        self._problems()
        self._rectification()
        paper.attachments([self._table_name()])
        paper.signed("【请填写：发文机关】", "　　年　月　日")
        self._recipients()
        self._table()
        return paper

    # -- opening -------------------------------------------------------------------------------

    def _scale(self) -> str:
        units = self.results.units
        drawn = sum(map(len, units.drawn.values()))
        visited = sum(int(n) for n in self.results.towns["visited"] if n)
        said = f"对{len(self.towns)}个{self.level}进行了核查"
        if drawn:
            said += f"，抽查{drawn}个{views.sampled_name(self.plan)}"
        return said + (f"，入户核查{visited}户。" if visited else "。")

    def _status(self) -> str:
        facts = self.plan.publication.facts if self.plan.publication else ()
        if not facts:
            return ""
        named = "".join(f"“{f.name}”" for f in facts)
        if self.results.mark:
            return f"本稿供送审，{named}记录齐备以前不得印发。"
        return f"{named}均已记录在案。"

    def _method(self) -> None:
        self.paper.section("评价办法")
        lines = [_formula(self.plan, f.id) for f in self.plan.figures if f.parts]
        said = "；".join(reversed(lines))
        self.paper.text(f"{said}。" if said else f"按{self.of.name}评定。")
        bands = "，".join(_band(self.plan, at) for at in range(len(self.plan.grades.bands)))
        ranks = "分数相同的名次并列。" if self.ranked and not self.plan.grades.tie_break else ""
        self.paper.text(f"{self.of.name}分为{len(self.plan.grades.bands)}个等次：{bands}"
                        f"（条款{self.plan.grades.clause}）。{ranks}")

    # -- the result ----------------------------------------------------------------------------

    def _outcome(self) -> None:
        paper = self.paper
        paper.section(f"{self.of.name}结果{self.caution}")
        for band in self.plan.grades.bands:
            own = self.towns[self.towns["grade"] == band.name]
            paper.part(f"{self.of.name}“{band.name}”的{self.level}（{len(own)}个）")
            paper.text(self._named(own) + "。" if len(own) else "无。")
        lost = self.towns[self.towns["state"] == UNFINISHED]
        if len(lost):
            paper.part(f"尚未评定的{self.level}（{len(lost)}个）")
            paper.text(f"{_listed(lost['town_name'])}。材料没有收齐，不出分，{_unranked(self.ranked)}")
        doubtful = self.towns[self.towns["state"] == UNCONFIRMED]
        if len(doubtful):
            paper.text(f"{_listed(doubtful['town_name'])}所报数据有疑问，结果待确认。")

    def _named(self, towns: pd.DataFrame) -> str:
        if not self.ranked:
            return _listed(towns["town_name"])
        return _listed(f"{r['town_name']}（{shown_figure(r[self.of.id])}分）"
                       for r in towns.to_dict("records"))

    def _consequences(self) -> None:
        paper = self.paper
        if not self.plan.consequences:
            return
        paper.section("结果运用")
        paper.text(f"按方案条款{views.clauses_of(self.plan)}，{'拟' if self.results.mark else ''}作如下处理"
                   f"{self.caution}：")
        order = dict.fromkeys(c.action for c in self.plan.consequences)
        for action in order:
            own = self.towns[self.towns["action"] == action]
            if len(own):
                paper.point(f"{action}（{len(own)}个）：", f"{_listed(map(self._why, own.to_dict('records')))}。")

    def _why(self, row: dict) -> str:
        """A town, and what there is besides its grade."""
        problem = "；".join(n.removeprefix("突出问题：") for n in row["notes"].split("；")
                           if n.startswith("突出问题")) if row["problem"] else ""
        said = "，".join(filter(None, (problem and f"突出问题：{problem}", row["action_note"])))
        return f"{row['town_name']}（{said}）" if said else row["town_name"]

    # -- what went wrong -------------------------------------------------------------------------

    def _problems(self) -> None:
        paper, lost = self.paper, views.losses(self.results)
        paper.section("主要问题")
        own = lost[(lost["item"] != "") & (lost["weighted"] > 0)]
        found = views.summed(own, ["indicator"])
        if not len(found):
            paper.text("没有扣分的细项。")
        for r in found.head(MOST_INDICATORS).itertuples(index=False):
            paper.point(f"{r.indicator}。", self._indicator(own[own["indicator"] == r.indicator]))
        paper.blank("上述问题的成因和需要点名的事项")

    def _indicator(self, lost: pd.DataFrame) -> str:
        towns = views.summed(lost, ["town"])
        items = [f"“{r.item_name}”（{lost.loc[lost['item_name'] == r.item_name, 'town'].nunique()}个）"
                 for r in views.summed(lost, ["item_name"]).head(MOST_ITEMS).itertuples(index=False)]
        said = f"涉及{len(towns)}个{self.level}，主要是{_listed(items)}。"
        if not self.ranked:
            return said
        worst = [self.results.units.names[t] for t in towns["town"].head(MOST_NAMED)]
        mean = sum(lost["weighted"], Fraction(0)) / len(self.towns)
        return f"平均每{self.level}失{shown_figure(mean)}分，{said}失分较多的是{_listed(worst)}。"

    def _rectification(self) -> None:
        paper = self.paper
        paper.section("整改要求")
        paper.text(f"各{self.level}要对照核查报告所附问题清单，深入剖析原因，制定整改方案，逐项明确措施、责任人和"
                   "时限，整改一项、销号一项，并提交整改报告。整改结束后组织督查巡查。")
        paper.blank("整改方案、整改报告的报送时限")

    def _recipients(self) -> None:
        named = self.plan.publication.recipients if self.plan.publication else ()
        copied = [r.name for r in named if r.kind == "office"]
        if copied:
            self.paper.line()
            self.paper.text(f"抄送：{_listed(copied)}。")

    # -- the table -------------------------------------------------------------------------------

    def _table_name(self) -> str:
        return f"各{self.level}{self.of.name}{'得分与名次' if self.ranked else '等次'}"

    def _table(self) -> None:
        paper = self.paper
        paper.attachment(0, self._table_name())
        note = "" if self.results.final else f"还有{self.level}没有收齐或待确认，等次{'和名次' if self.ranked else ''}均为暂定。"
        if not self.ranked:
            paper.table(f"各{self.level}等次", [Column("序号", 16, True), Column(self.level, 60),
                                            Column("等次", 30), Column("状态", 50)],
                        [[n, r.town_name, r.grade or "—", r.state]
                         for n, r in enumerate(self.towns.itertuples(index=False), 1)], note)
            return
        rest = [f for f in reversed(self.plan.figures) if f.id != self.of.id]
        columns = [Column("名次", 14, True), Column(self.level, 28), Column("等次", 20),
                   Column(self.of.name, 22, True), *(Column(f.name, 22, True) for f in rest)]
        paper.table("得分与名次", columns, [
            ["—" if pd.isna(r["rank"]) else int(r["rank"]), r["town_name"], r["grade"] or r["state"],
             *(shown_figure(r[f.id]) for f in (self.of, *rest))]
            for r in self.towns.to_dict("records")], "；".join(filter(None, (*self._capped(), note))))

    def _capped(self) -> list[str]:
        """Who has a lower grade than the figure alone would give, and why."""
        return [f"{r.town_name}按分数为“{r.uncapped}”，{r.caps}"
                for r in self.towns.itertuples(index=False) if r.grade != r.uncapped]


def _formula(plan: Plan, figure: str) -> str:
    """How a figure is made: 综合评价=日常工作×30%+年终成效×70%."""
    parts = (f"{plan.figure[p].name}×{plain(publish(share * 100))}%"
             for p, share in plan.figure[figure].parts.items())
    return f"{plan.figure[figure].name}={'+'.join(parts)}"


def _band(plan: Plan, at: int) -> str:
    """A grade and its bounds: 80分以上不满90分为“较好”."""
    bands = plan.grades.bands
    if at == len(bands) - 1:
        return f"不满{plain(bands[at - 1].at_least)}分为“{bands[at].name}”" if at else f"“{bands[at].name}”"
    below = f"不满{plain(bands[at - 1].at_least)}分" if at else ""
    return f"{plain(bands[at].at_least)}分以上{below}为“{bands[at].name}”"


def _unranked(ranked: bool) -> str:
    return "其余名次待其补齐后确定。" if ranked else "补齐后评定。"


def _listed(names: Iterable[str]) -> str:
    return "、".join(names)


__all__ = ["county_notice", "write_county_notice"]
