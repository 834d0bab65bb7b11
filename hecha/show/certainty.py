"""Certainty: how sure the grades and ranks are, in words that a county head can use.

Every probability told here is about one thing: which villages happened to be drawn.  It
is said with every figure, because a probability that seems to be about honesty would be
worse than none.
"""

from __future__ import annotations

import pandas as pd

from hecha.analysis import certainty
from hecha.analysis.certainty import ALL_DRAWN, ONE_DRAWN, Certainty
from hecha.report import charts, views
from hecha.report.charts import Figure, Line
from hecha.report.fragments import Column, Fragment, labelled, listing, notice, stack, table
from hecha.scoring.results import Results
from hecha.show.words import and_rank, likely, listed, rank_text, score

SURE = 0.95
"""A grade that is kept with less than this probability is told as not sure."""


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
        return notice(f"本方案没有抽查下级单位，或者抽查单位全部查到：等次{and_rank(results)}没有抽样误差。")
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
                    f"{'，名次区间借用各镇合并的方差' if results.plan.grades.ranked else ''}。")
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


__all__ = ["about", "between", "county_certainty", "span", "unsure_grades"]
