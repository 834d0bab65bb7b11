"""The ways of scoring, as pure functions (scoring.md, «Kinds»).

Each takes the rule, the item's points and the measures already read, and says part
by part what is lost: ``points − Σ parts`` is the score.  No kind knows where its
measures came from, what sheet it is on, or what will be rescaled later.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from hecha.plan import rules
from hecha.points import decimal_text, plain
from hecha.scoring.rows import Part

Values = Mapping[str, Sequence[object]]
"""measure → the values read, in order (one, except where a kind takes several)."""


class NotApplicable(Exception):
    """缺项: the item cannot be asked here (no denominator, nothing to tick)."""


class OutOfRange(Exception):
    """A judged score lies outside what its tier allows, or a rating outside its full marks."""


class NoBenchmark(Exception):
    """The plan gives no standard to compare with: the item cannot be scored."""


@dataclass(frozen=True)
class Context:
    """What some kinds need besides their own measures: the compared units' values, and labels."""

    benchmark: Fraction | None = None
    peers: tuple[Fraction, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    def label(self, measure: str) -> str:
        """The Chinese name of a measure."""
        return self.labels.get(measure, measure)

    def counted(self, measure: str, value: Fraction) -> str:
        """A value with what it counts; a measure that has only a key is left unnamed.

        >>> Context(labels={"numerator": "已核查户数"}).counted("numerator", Fraction(18))
        '已核查户数 18'
        >>> Context().counted("numerator", Fraction(18))
        '18'
        """
        name = self.label(measure)
        return plain(value) if name.isascii() else f"{name} {plain(value)}"


def parts(rule: rules.Rule, points: Fraction, values: Values, context: Context) -> list[Part]:
    """What the rule takes off, part by part.

    >>> from hecha.plan.rules import Binary
    >>> parts(Binary(kind="binary"), Fraction(8), {"met": [False]}, Context())[0].points
    Fraction(8, 1)
    """
    return _KINDS[rule.kind](rule, points, values, context)


def _number(values: Values, measure: str) -> Fraction:
    return Fraction(values[measure][0])  # type: ignore[arg-type]


def _said(value: Fraction) -> str:
    """A value in a sentence: exact where that is short, else at four decimals."""
    text = plain(value)
    return text if "/" not in text else f"约{decimal_text(value, 4)}"


def _shortfall(points: Fraction, score: Fraction, measure: str, sentence: str) -> list[Part]:
    lost = points - score
    return [Part("shortfall", measure, lost, f"{sentence}，少得{_said(lost)}分")] if lost else []


def binary(rule: rules.Binary, points: Fraction, values: Values, _: Context) -> list[Part]:
    """P or 0."""
    if values["met"][0]:
        return []
    return [Part("deduction", "met", points, f"未达到，{plain(points)}分全扣")]


def deduct_per_case(rule: rules.DeductPerCase, points: Fraction, values: Values,
                    context: Context) -> list[Part]:
    """P − min(cap, Σ count × amount); no cap where the group has one or 不保底.

    An option with `max_count` counts no more cases than that.
    """
    found = [_case(option, sum(values.get(option.name, ())), context) for option in rule.options
             if sum(values.get(option.name, ()))]
    total = sum((part.points for part in found), Fraction(0))
    cap = rule.cap
    if cap is None:
        cap = total if rule.floor == "none" else points
    if isinstance(cap, rules.GroupCap) or total <= cap:
        return found
    over = total - cap
    return [*found, Part("cap", "", -over, f"应扣{plain(total)}分，本项最多扣{plain(cap)}分，"
                                           f"退还{plain(over)}分")]


def _case(option: rules.Option, found: int, context: Context) -> Part:
    count = found if option.max_count is None else min(found, option.max_count)
    lost = count * option.amount
    said = f"{context.label(option.name)} {count} × 每件{plain(option.amount)}分"
    more = f"（共{found}，最多计{count}）" if count < found else ""
    return Part("deduction", option.name, lost, f"{said}{more}", Fraction(count), option.amount)


def deduct_per_step(rule: rules.DeductPerStep, points: Fraction, values: Values,
                    _: Context) -> list[Part]:
    """Each started (or completed) step below the target costs `amount`."""
    rate = _number(values, "rate")
    if rate >= rule.target:
        return []
    steps = (rule.target - rate) / rule.step
    count = math.ceil(steps) if rule.partial == "started" else math.floor(steps)
    lost = min(points, count * rule.amount)
    said = (f"{plain(rate)}%低于{plain(rule.target)}%，按每{plain(rule.step)}个百分点计{count}个台阶，"
            f"扣{plain(lost)}分")
    return [Part("deduction", "rate", lost, said, Fraction(count), rule.amount)] if lost else []


def proportional(rule: rules.Proportional, points: Fraction, values: Values,
                 context: Context) -> list[Part]:
    """P × min(1, max(0, numerator / denominator)), ratio by ratio."""
    ratios = rule.ratios or (rules.Ratio(points=points),)
    if any(_number(values, ratio.denominator) == 0 for ratio in ratios):
        raise NotApplicable("分母为0")
    return [part for ratio in ratios for part in _ratio(ratio, values, context)]


def _ratio(ratio: rules.Ratio, values: Values, context: Context) -> list[Part]:
    top, bottom = _number(values, ratio.numerator), _number(values, ratio.denominator)
    share = min(Fraction(1), max(Fraction(0), top / bottom))
    said = (f"{context.counted(ratio.numerator, top)} ÷ {context.counted(ratio.denominator, bottom)}"
            f" × {plain(ratio.points)}分")
    return _shortfall(ratio.points, share * ratio.points, ratio.numerator, said)


def ratio_to_benchmark(rule: rules.RatioToBenchmark, points: Fraction, values: Values,
                       context: Context) -> list[Part]:
    """The mean of the clamped ratios par × value / benchmark."""
    if not context.benchmark:
        raise NoBenchmark("方案没有给出这一项的标准值")
    par = points if rule.par is None else rule.par
    high = points if rule.high is None else rule.high
    found = [Fraction(v) for v in values["value"]]  # type: ignore[arg-type]
    kept = [min(high, max(rule.low, par * v / context.benchmark)) for v in found]
    score = sum(kept, Fraction(0)) / len(kept)
    said = f"{'、'.join(plain(v) for v in sorted(found))} 与标准 {plain(context.benchmark)} 相比"
    return _shortfall(points, score, "value", said)


def linear_between(rule: rules.LinearBetween, points: Fraction, values: Values,
                   _: Context) -> list[Part]:
    """P at or beyond full_at, 0 at or beyond zero_at, a straight line between."""
    value = _number(values, "value")
    share = (value - rule.zero_at) / (rule.full_at - rule.zero_at)
    score = points * min(Fraction(1), max(Fraction(0), share))
    said = f"{plain(value)}，{plain(rule.full_at)}得满分、{plain(rule.zero_at)}得0分"
    return _shortfall(points, score, "value", said)


_BOUNDS: dict[str, tuple[str, Callable[[Fraction, Fraction], bool]]] = {
    "at_least": ("不低于", lambda v, b: v >= b), "above": ("高于", lambda v, b: v > b),
    "at_most": ("不超过", lambda v, b: v <= b), "below": ("低于", lambda v, b: v < b),
}


def tiered(rule: rules.Tiered, points: Fraction, values: Values, _: Context) -> list[Part]:
    """The points of the first tier whose bound holds; in a tier that is a range, as judged."""
    value = _number(values, "value")
    tier = next(t for t in rule.tiers
                if all(_BOUNDS[name][1](value, bound) for name, bound in t.bounds.items()))
    where = "".join(f"{_BOUNDS[n][0]}{plain(b)}" for n, b in tier.bounds.items()) or "其余"
    score = tier.points
    if rule.judged:
        score = _number(values, "score")
        lowest = tier.points if tier.lowest is None else tier.lowest
        if not lowest <= score <= tier.points:
            more = "" if lowest == tier.points else f"～{plain(tier.points)}"
            raise OutOfRange(f"“{where}”一档应给{plain(lowest)}{more}分，填的是{plain(score)}分")
    return _shortfall(points, score, "value",
                      f"{plain(value)}，落在“{where}”一档得{plain(score)}分")


def rank_step(rule: rules.RankStep, points: Fraction, values: Values,
              context: Context) -> list[Part]:
    """The best of the compared units gets P, each place `step` less, not below `low`."""
    value = _number(values, "value")
    better = (lambda v: v > value) if rule.best == "high" else (lambda v: v < value)
    place = 1 + sum(better(peer) for peer in context.peers)
    score = max(rule.low, points - (place - 1) * rule.step)
    return _shortfall(points, score, "value", f"{plain(value)}，在同级中列第{place}位")


def checklist(rule: rules.Checklist, points: Fraction, values: Values,
              context: Context) -> list[Part]:
    """Σ points of the ticked sub-items; 不适用 ones leave, the rest is scaled to P."""
    applicable = [o for o in rule.options if values[o.name][0] is not None]
    whole = sum((o.points for o in applicable), Fraction(0))
    if not whole:
        raise NotApplicable("各分项均不适用")
    return [Part("deduction", o.name, o.points * points / whole, f"{context.label(o.name)}：否",
                 Fraction(1), o.points * points / whole)
            for o in applicable if not values[o.name][0]]


def k_of_n(rule: rules.KOfN, points: Fraction, values: Values, _: Context) -> list[Part]:
    """P if at least k are 是, else none of it (or `else_deduct` off)."""
    met = [name for name in rule.options if values[name][0]]
    if len(met) >= rule.k:
        return []
    lost = points if rule.else_deduct is None else rule.else_deduct
    return [Part("deduction", "", lost, f"{len(met)}项为是，应至少{rule.k}项，扣{plain(lost)}分")]


def additive_capped(rule: rules.AdditiveCapped, points: Fraction, values: Values,
                    _: Context) -> list[Part]:
    """Each distinct story earns its highest level's points; the sum is capped at P."""
    best: dict[str, Fraction] = {}
    for option in rule.options:
        for story in values.get(option.name, ()):
            best[str(story)] = max(option.amount, best.get(str(story), Fraction(0)))
    earned = min(points, sum(best.values(), Fraction(0)))
    return _shortfall(points, earned, "", f"{len(best)}篇计{plain(earned)}分（同稿多级取最高）")


def weighted_ratings(rule: rules.WeightedRatings, points: Fraction, values: Values,
                     _: Context) -> list[Part]:
    """P × Σ weight × rating / (Σ weight × full), over the sources that rated."""
    rated = [(s, Fraction(values[s.name][0])) for s in rule.sources  # type: ignore[arg-type]
             if values[s.name][0] is not None]
    if not rated:
        raise NotApplicable("各方均没有评分")
    if any(rating > rule.full for _, rating in rated):
        raise OutOfRange(f"评分不能高于满分{plain(rule.full)}分")
    whole = sum((source.weight for source, _ in rated), Fraction(0))
    share = sum((source.weight * rating for source, rating in rated), Fraction(0)) / whole / rule.full
    said = "、".join(f"{source.name}{plain(rating)}×{plain(source.weight * 100)}%"
                    for source, rating in rated)
    renewed = f"，其余各方没有评分，按{plain(whole * 100)}%归一" if whole != 1 else ""
    return _shortfall(points, points * share, "", f"{said}{renewed}，满分{plain(rule.full)}分")


def judgement(rule: rules.Judgement, points: Fraction, values: Values, _: Context) -> list[Part]:
    """The score that was given, within [0, P]."""
    return _shortfall(points, _number(values, "score"), "score", "酌情给分，理由见备注")


_KINDS: dict[str, Callable[..., list[Part]]] = {
    "binary": binary, "deduct_per_case": deduct_per_case, "deduct_per_step": deduct_per_step,
    "proportional": proportional, "ratio_to_benchmark": ratio_to_benchmark,
    "linear_between": linear_between, "tiered": tiered, "rank_step": rank_step,
    "checklist": checklist, "k_of_n": k_of_n, "additive_capped": additive_capped,
    "weighted_ratings": weighted_ratings, "judgement": judgement,
}


def gate_closed(gate: rules.Gate, values: Values) -> bool:
    """Whether the gate's condition holds: the item is 0 and its rule does not run.

    A share gate at «5 % 以上» closes at exactly 5 %; with nobody to ask it is open.
    """
    if gate.when:
        return bool(values[gate.measure][0])
    count = Fraction(sum(values[gate.measure]))  # type: ignore[arg-type]
    if gate.at_least is not None:
        return count >= gate.at_least
    asked = Fraction(sum(values[gate.of]))  # type: ignore[index,arg-type]
    return asked > 0 and count / asked >= gate.share  # type: ignore[operator]
