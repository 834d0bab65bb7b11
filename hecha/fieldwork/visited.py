"""Visited: the households that were visited, each with its chance of having been drawn.

What the estimates of a rate need of the draw, gathered as columns: how many villages and
households there were, 1/π, and what the plan counts of a household.  No name and no
number of a household leaves here: they are numbered within the village.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from hecha.case import Case
from hecha.field.frame import build_frame
from hecha.fieldwork.rules import sample_rule
from hecha.fieldwork.told import HANDED_IN, ToldDraw
from hecha.plan import Plan, expressions
from hecha.problems import Problems, Refused
from hecha.scoring.counting import count_households, measure_column

_EVERY = "true"
"""the condition of every household, which is no rate"""
_NO_RULE, _NO_FORM = "方案没有可以推算的抽样规定", "本方案不核查入户情况"


@dataclass(frozen=True)
class Visited:
    """The visited households of a case, or why there are none.

    * `frame`: town, village, household (a number), members, N, M, weight, and a 0/1 column for
      each of `measures` (column → name); `main`: the measures that judge by the income standard
      on a sheet that is not sampled (错退);
    * `without`: how many visited households have no chance known and were left out; `why`: what is
      missing where the frame is empty.
    """

    frame: pd.DataFrame
    measures: dict[str, str]
    main: dict[str, str]
    without: int = 0
    why: str = ""


def visited_in(plan: Plan, case: Case) -> Visited:
    """The visited households of a case, under the plan it is judged by."""
    try:
        rule = sample_rule(plan)
    except Refused:
        return _none(_NO_RULE)
    if plan.household is None:
        return _none(_NO_FORM)
    if case.households.empty or case.drawn_villages.empty:
        return _none("没有入户核查记录或抽样结果")
    frame = build_frame(case.villages, case.persons, rule, Problems())
    told = ToldDraw(plan, rule, HANDED_IN, frame, case.drawn_villages, frame.villages.iloc[:0],
                    (), None, "", "")
    return _gathered(told, case)


def _none(why: str) -> Visited:
    return Visited(pd.DataFrame(), {}, {}, why=why)


NOT_AT_HAND = _none("没有卷宗在手（只有结果），户的比率无从估计")
"""what there is to say where only results are at hand"""


def _gathered(told: ToldDraw, case: Case) -> Visited:
    """Households with their columns; those without a known chance are counted, not guessed."""
    measures, main = _measures(told.plan)
    homes = case.households[["household", "village", "members", "disabled"]].merge(
        count_households(told.plan, case.households)[["household", *measures]], on="household")
    chances = told.chances.melt(["village", "chance"], list(told.kinds), "kind", "both")
    homes = homes.assign(kind=_kinds(told, homes)).merge(
        chances.drop(columns="chance"), on=["village", "kind"], how="left").merge(
        told.frame.villages[["village", "town", "eligible"]], on="village", how="left")
    known = homes[homes["both"].notna() & homes["members"].gt(0)].copy()
    if known.empty:
        return _none("走访的户都不在抽样框里，没有入样概率，不能推算")
    sizes = told.frame.villages.groupby("town").size()
    visits = known.groupby("village")["household"].transform("size")
    known = known.assign(N=known["town"].map(sizes), M=known["eligible"].clip(lower=visits),
                         weight=[float(1 / c) for c in known["both"]],
                         household=known.groupby("village").cumcount() + 1)
    columns = ["town", "village", "household", "members", "N", "M", "weight", *measures]
    return Visited(known[columns].reset_index(drop=True), measures, main, len(homes) - len(known))


def _kinds(told: ToldDraw, homes: pd.DataFrame) -> pd.Series:
    """Which of the draw's kinds each household is: its stratum, or a 残疾人户 or not."""
    if told.rule.strata:
        return homes["household"].map(told.frame.households.set_index("household")["stratum"])
    return homes["disabled"].astype(bool).map({True: told.kinds[0], False: told.kinds[-1]})


def _measures(plan: Plan) -> tuple[dict[str, str], dict[str, str]]:
    """What the plan counts of households (each condition once), and what of it is the main thing."""
    found, main, seen = {}, {}, set()
    conditions = {c.id: c.where for c in plan.household.conditions}
    for item in plan.items:
        sampled = plan.level[plan.sheet[item.sheet].level].sampled
        for name, count in item.derived.items():
            if count.count is None or count.count in seen | {_EVERY}:
                continue
            seen.add(count.count)
            column = measure_column(item.code, name)
            found[column] = item.label(name)
            if not sampled and "income_standard" in expressions.render(count.count, conditions):
                main[column] = item.label(name)
    return found, main


__all__ = ["NOT_AT_HAND", "Visited", "visited_in"]
