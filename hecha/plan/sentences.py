"""How an item is scored, as a sentence a cadre would write in a score table (评分细则).

One function a kind, from the rule's own numbers: what stands in a form, in the plan's
table and in a report is therefore what the program does.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hecha.plan import rules
from hecha.plan.model import Item, Plan
from hecha.points import plain

_PERCENT = re.compile(r"[（(]%[)）]$")
_COUNTED = re.compile(r"([户人处件次个项篇条天页场])数?$")


def rule_sentence(item: Item, plan: Plan | None = None) -> str:
    """评分细则 of an item; with the plan, groups and standards are called by name.

    >>> from hecha.plan import load_plan
    >>> plan = load_plan("params/xian2023")
    >>> print(rule_sentence(plan.item["town", "T-A1-3"]))
    未真正脱贫户每户扣1分，最多扣8分（由入户核查得出）
    >>> print(rule_sentence(plan.item["town", "T-B2-1"]))
    义务教育入学巩固率以100%为准，每低0.1个百分点扣1分（不足一个台阶按一个计），最多扣3分
    """
    rule = _SENTENCES[item.rule.kind](item, plan)
    return f"{rule}{_derived(item)}{_gate(item)}"


def _name(item: Item, measure: str) -> str:
    return _PERCENT.sub("", item.label(measure))


def _unit(name: str) -> str:
    """户 for 饮水不达标户数, 次 where the name does not say."""
    found = _COUNTED.search(name)
    return found[1] if found else "次"


def _binary(item: Item, _: Plan | None) -> str:
    met = item.labels.get("met", "达标")
    return f"{met}的得{plain(item.points)}分，否则不得分"


def _per_case(item: Item, plan: Plan | None) -> str:
    cases = [f"{n}每{_unit(n)}扣{plain(o.amount)}分{_most(o, n)}"
             for o in item.rule.options for n in [item.label(o.name)]]
    return f"{'，'.join(cases)}，{_cap(item, plan)}"


def _most(option: rules.Option, name: str) -> str:
    return "" if option.max_count is None else f"（最多计{option.max_count}{_unit(name)}）"


def _cap(item: Item, plan: Plan | None) -> str:
    rule = item.rule
    if rule.floor == "none":
        return "不保底，可以扣成负分"
    if isinstance(rule.cap, rules.GroupCap):
        name = plan.group[rule.cap.group].name if plan else rule.cap.group
        return f"“{name}”各细项合计最多扣{plain(rule.cap.points)}分"
    return f"最多扣{plain(item.points if rule.cap is None else rule.cap)}分"


def _per_step(item: Item, _: Plan | None) -> str:
    rule = item.rule
    part = {"started": "不足一个台阶按一个计", "completed": "不足一个台阶不计"}[rule.partial]
    return (f"{_name(item, 'rate')}以{plain(rule.target)}%为准，每低{plain(rule.step)}个百分点"
            f"扣{plain(rule.amount)}分（{part}），最多扣{plain(item.points)}分")


def _proportional(item: Item, _: Plan | None) -> str:
    ratios = item.rule.ratios or (rules.Ratio(points=item.points),)
    said = [f"{_name(item, r.numerator)}÷{_name(item, r.denominator)}×{plain(r.points)}分"
            for r in ratios]
    return f"按比例得分：{'，加'.join(said)}，最多{plain(item.points)}分"


def _benchmark(item: Item, plan: Plan | None) -> str:
    rule = item.rule
    par = item.points if rule.par is None else rule.par
    high = item.points if rule.high is None else rule.high
    return (f"{_name(item, 'value')}÷{_standard(rule.benchmark, plan)}×{plain(par)}分，"
            f"最低{plain(rule.low)}分，最高{plain(high)}分，有几个数的取平均")


def _standard(benchmark: object, plan: Plan | None) -> str:
    if benchmark == "mean":
        return "各单位平均值"
    if not isinstance(benchmark, str):
        return plain(benchmark)  # type: ignore[arg-type]
    names = {c.sets: c.name for c in plan.parameters} if plan else {}
    return names.get(benchmark, "标准值")


def _linear(item: Item, _: Plan | None) -> str:
    rule, name = item.rule, _name(item, "value")
    sign = "%" if rule.measured == "percent" else ""
    best, worst = ("≥", "≤") if rule.full_at > rule.zero_at else ("≤", "≥")
    return (f"{name}{best}{plain(rule.full_at)}{sign}得{plain(item.points)}分，"
            f"{worst}{plain(rule.zero_at)}{sign}得0分，两者之间按比例得分")


_BOUNDS = {"at_least": "≥", "above": ">", "at_most": "≤", "below": "<"}


def _tiered(item: Item, _: Plan | None) -> str:
    sign = "%" if item.rule.measured == "percent" else ""
    said = [f"{_BOUNDS[bound]}{plain(value)}{sign}得{_tier_points(tier)}分"
            for tier in item.rule.tiers for bound, value in tier.bounds.items()]
    judged = "（一档有上下限的，在其间酌情给分）" if item.rule.judged else ""
    return (f"{_name(item, 'value')}{'，'.join(said)}，其余得{_tier_points(item.rule.tiers[-1])}分"
            f"{judged}")


def _tier_points(tier: rules.Tier) -> str:
    lowest = "" if tier.lowest is None else f"～{plain(tier.lowest)}"
    return f"{plain(tier.points)}{lowest}"


def _rank(item: Item, _: Plan | None) -> str:
    rule = item.rule
    best = {"high": "最高", "low": "最低"}[rule.best]
    return (f"{_name(item, 'value')}{best}的得{plain(item.points)}分，每低一名减{plain(rule.step)}分，"
            f"最少得{plain(rule.low)}分，并列的同分")


def _checklist(item: Item, _: Plan | None) -> str:
    said = "，".join(f"{item.label(o.name)}{plain(o.points)}分" for o in item.rule.options)
    return f"逐项核对：{said}；不适用的项不计，其余换算"


def _k_of_n(item: Item, _: Plan | None) -> str:
    rule = item.rule
    names = "、".join(item.label(n) for n in rule.options)
    lost = "不得分" if rule.else_deduct is None else f"扣{plain(rule.else_deduct)}分"
    return f"{names}，至少有{rule.k}项的得{plain(item.points)}分，否则{lost}"


def _additive(item: Item, _: Plan | None) -> str:
    said = "，".join(f"{item.label(o.name)}{plain(o.amount)}分" for o in item.rule.options)
    return f"每篇{said}，同一篇只按最高一级计，累计最多{plain(item.points)}分"


def _ratings(item: Item, _: Plan | None) -> str:
    said = "，".join(f"{item.label(s.name)}{plain(s.weight * 100)}%" for s in item.rule.sources)
    return (f"各方评分（满分{plain(item.rule.full)}分）加权平均，折合{plain(item.points)}分："
            f"{said}；没有评分的一方去掉，其余重新归一")


def _judgement(item: Item, _: Plan | None) -> str:
    return f"酌情给0至{plain(item.points)}分，须写明理由"


_SENTENCES: dict[str, Callable[[Item, Plan | None], str]] = {
    "binary": _binary, "deduct_per_case": _per_case, "deduct_per_step": _per_step,
    "proportional": _proportional, "ratio_to_benchmark": _benchmark, "linear_between": _linear,
    "tiered": _tiered, "rank_step": _rank, "checklist": _checklist, "k_of_n": _k_of_n,
    "additive_capped": _additive, "weighted_ratings": _ratings, "judgement": _judgement,
}


def _derived(item: Item) -> str:
    ruled = item.rule.measures()
    return "（由入户核查得出）" if all(m in item.derived for m in ruled) else ""


def _gate(item: Item) -> str:
    gate = item.gate
    if gate is None:
        return ""
    name = item.label(gate.measure)
    if gate.when:
        closed = f"{name}的"
    elif gate.at_least is not None:
        closed = f"{name}达到{plain(gate.at_least)}{_unit(name)}的"
    else:
        share = plain(gate.share * 100)  # type: ignore[operator]
        closed = f"{name}占{item.label(gate.of or '')}{share}%以上的"
    cap = f"，等次不高于“{gate.grade_cap}”" if gate.grade_cap else ""
    return f"；{closed}不得分{cap}"


__all__ = ["rule_sentence"]
