"""Scores as formulas: the kinds of the plan in the words of a spreadsheet.

Each formula gives a number, or says why there is none: 未填 (something is missing, or a
household was not visited), 填写有误, 缺项, 以系统计分为准.  What is not a number is not in
the sum, and all but 缺项 keep the sum from showing: not checked is not flawless.
Binary noise is rounded away (9 decimals) before anything is compared or cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from hecha.forms.paper import exact, quoted
from hecha.plan import Item, Plan, expressions, rules

MISSING, WRONG, NOT_APPLICABLE, SYSTEM = "未填", "填写有误", "缺项", "以系统计分为准"
_NOISE = 9  # decimals: binary noise is below, anything a plan can mean is above


@dataclass(frozen=True)
class Counted:
    """Where the counts of a unit's households stand.

    `waiting`: how many drawn households are not settled; `visited`: how many count;
    `counts`: measure → cell.  A town without a village to draw has none of it.
    """

    waiting: str = ""
    visited: str = ""
    counts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """Where an item's typed facts stand: cells by measure, their states, the 缺项 cell."""

    cells: dict[str, list[str]] = field(default_factory=dict)
    states: str = ""
    na: str = ""

    def one(self, measure: str) -> str:
        """The cell of a measure that has one."""
        return self.cells[measure][0]


@dataclass(frozen=True)
class Ground:
    """All an item of a unit is judged by in the workbook."""

    item: Item
    asked: Asked
    counted: Counted
    plan: Plan

    def value(self, measure: str) -> str:
        """The cell of a measure, typed or counted; 0 where nobody could be counted."""
        if measure in self.item.derived:
            return self.counted.counts.get(measure, "0")
        return self.asked.one(measure)

    @property
    def outside(self) -> str:
        """What the item is where it cannot be asked."""
        return quoted(NOT_APPLICABLE if self.item.na_when else MISSING)


def noiseless(formula: str) -> str:
    """A value without binary noise."""
    return f"ROUND({formula},{_NOISE})"


def published(formula: str) -> str:
    """The published figure: half up, two decimals, noise taken away first."""
    return f"ROUND({noiseless(formula)},2)"


def score(ground: Ground, before: Sequence[tuple[str, str]] = ()) -> str:
    """The formula of an item's score; `before` are the score cell and the deduction of
    each earlier item of its group, where a group shares a cap."""
    item, asked = ground.item, ground.asked
    formula = _gated(ground, _kind(ground, before))
    if _lacks_standard(ground):
        formula = quoted(MISSING)
    if asked.cells:
        formula = _answered(ground, formula)
    if item.derived:
        formula = _visited(ground, formula)
    if asked.na:
        formula = f'IF({asked.na}="是",{quoted(NOT_APPLICABLE)},{formula})'
    if asked.cells:
        formula = f'IF(COUNTIF({asked.states},"有误*")>0,{quoted(WRONG)},{formula})'
    return formula


def _answered(ground: Ground, formula: str) -> str:
    """未填 while a line is blank; a yes/no gate that is closed asks for no more."""
    waiting = f"COUNTIF({ground.asked.states},{quoted(MISSING)})>0"
    return f"IF({waiting},{quoted(MISSING)},{formula})"


def _visited(ground: Ground, formula: str) -> str:
    """Derived counts need every drawn household, and somebody to count."""
    item, counted = ground.item, ground.counted
    if not counted.waiting:
        return formula if item.observed else quoted(NOT_APPLICABLE)
    nobody = [f"{counted.visited}=0"]
    if item.na_if_zero:
        nobody.append(f"{ground.value(item.na_if_zero)}=0")
    return (f"IF({counted.waiting}>0,{quoted(MISSING)},"
            f"IF(OR({','.join(nobody)}),{ground.outside},{formula}))")


def _lacks_standard(ground: Ground) -> bool:
    """Whether the item counts by an income standard that the plan does not have yet."""
    household = ground.plan.household
    if household is None or household.income.standard is not None:
        return False
    conditions = {c.id: c.where for c in household.conditions}
    return any("income_standard" in expressions.render(count.expression, conditions)
               for count in ground.item.derived.values())


def _gated(ground: Ground, formula: str) -> str:
    gate = ground.item.gate
    if gate is None:
        return formula
    if gate.when:
        closed = f'{ground.value(gate.measure)}="是"'
    elif gate.at_least is not None:
        closed = f"{ground.value(gate.measure)}>={exact(gate.at_least)}"
    else:
        of = ground.value(gate.of)
        over = noiseless(f"{ground.value(gate.measure)}-{exact(gate.share)}*{of}")
        closed = f"AND({of}>0,{over}>=0)"
    return f"IF({closed},0,{formula})"


def _kind(ground: Ground, before: Sequence[tuple[str, str]]) -> str:
    rule = ground.item.rule
    if rule.kind == "deduct_per_case":
        return _deduct(ground, before)
    make = _KINDS.get(rule.kind)
    return make(ground, exact(ground.item.points)) if make else quoted(SYSTEM)


def deduction(ground: Ground) -> str:
    """What the cases of an item cost before any cap."""
    return "(" + "+".join(f"{_cases(ground, o)}*{exact(o.amount)}"
                          for o in ground.item.rule.options) + ")"


def _cases(ground: Ground, option: rules.Option) -> str:
    """How many cases of an option count."""
    count = ground.value(option.name)
    return count if option.max_count is None else f"MIN({option.max_count},{count})"


def _deduct(ground: Ground, before: Sequence[tuple[str, str]]) -> str:
    item, rule, lost = ground.item, ground.item.rule, deduction(ground)
    points = exact(item.points)
    if isinstance(rule.cap, rules.GroupCap):
        taken = "".join(f"-IF(ISNUMBER({cell}),{earlier},0)" for cell, earlier in before)
        return f"{points}-MIN({lost},MAX(0,{exact(rule.cap.points)}{taken}))"
    if rule.floor == "none":
        return f"{points}-{lost}"
    return f"{points}-MIN({exact(item.points if rule.cap is None else rule.cap)},{lost})"


def _binary(ground: Ground, points: str) -> str:
    return f'IF({ground.value("met")}="是",{points},0)'


def _per_step(ground: Ground, points: str) -> str:
    rule, rate = ground.item.rule, ground.value("rate")
    cut = "ROUNDUP" if rule.partial == "started" else "ROUNDDOWN"
    steps = f"{cut}({noiseless(f'({exact(rule.target)}-{rate})/{exact(rule.step)}')},0)"
    return f"{points}-IF({rate}>={exact(rule.target)},0,MIN({points},{steps}*{exact(rule.amount)}))"


def _proportional(ground: Ground, points: str) -> str:
    ratios = ground.item.rule.ratios or (rules.Ratio(points=ground.item.points),)
    empty = ",".join(f"{ground.value(r.denominator)}=0" for r in ratios)
    parts = "+".join(f"{exact(r.points)}*MIN(1,MAX(0,{ground.value(r.numerator)}"
                     f"/{ground.value(r.denominator)}))" for r in ratios)
    return f"IF(OR({empty}),{ground.outside},{parts})"


def _benchmark(ground: Ground, points: str) -> str:
    rule = ground.item.rule
    mark = _mark(ground.plan, rule.benchmark)
    if mark is None:
        return quoted(SYSTEM)
    if not mark:
        return quoted(MISSING)
    par = points if rule.par is None else exact(rule.par)
    high = points if rule.high is None else exact(rule.high)
    cells = ground.asked.cells["value"]
    kept = "+".join(f'IF({c}="",0,MIN({high},MAX({exact(rule.low)},{par}*{c}/{exact(mark)})))'
                    for c in cells)
    return f"({kept})/COUNT({','.join(cells)})"


def _mark(plan: Plan, benchmark: Fraction | str) -> Fraction | None:
    """The standard; None where it is made of other units' values, 0 where it is not set."""
    if benchmark == "mean":
        return None
    value: object = benchmark
    if isinstance(benchmark, str):
        value = plan
        for step in benchmark.split("."):
            value = getattr(value, step, None)
    return Fraction(value or 0)  # type: ignore[arg-type]


def _linear(ground: Ground, points: str) -> str:
    rule = ground.item.rule
    share = (f"({ground.value('value')}-{exact(rule.zero_at)})"
             f"/({exact(rule.full_at)}-{exact(rule.zero_at)})")
    return f"{points}*MIN(1,MAX(0,{share}))"


_BOUNDS = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}


def _tiered(ground: Ground, points: str) -> str:
    *bounded, last = ground.item.rule.tiers
    formula = _tier(ground, last)
    for tier in reversed(bounded):
        (name, bound), = tier.bounds.items()
        holds = f"{ground.value('value')}{_BOUNDS[name]}{exact(bound)}"
        formula = f"IF({holds},{_tier(ground, tier)},{formula})"
    return formula


def _tier(ground: Ground, tier: rules.Tier) -> str:
    """A tier's points; what was judged within it, where the rule leaves that open."""
    if not ground.item.rule.judged:
        return exact(tier.points)
    given = ground.value("score")
    lowest = tier.points if tier.lowest is None else tier.lowest
    fits = f"AND({given}>={exact(lowest)},{given}<={exact(tier.points)})"
    return f"IF({fits},{given},{quoted(WRONG)})"


def _checklist(ground: Ground, points: str) -> str:
    options = [(ground.value(o.name), exact(o.points)) for o in ground.item.rule.options]
    whole = "+".join(f'IF({cell}="不适用",0,{worth})' for cell, worth in options)
    lost = "+".join(f'IF({cell}="否",{worth},0)' for cell, worth in options)
    return f"IF(({whole})=0,{ground.outside},{points}-({lost})*{points}/({whole}))"


def _k_of_n(ground: Ground, points: str) -> str:
    rule = ground.item.rule
    met = "+".join(f'IF({ground.value(name)}="是",1,0)' for name in rule.options)
    lost = points if rule.else_deduct is None else exact(rule.else_deduct)
    return f"IF(({met})>={rule.k},{points},{points}-{lost})"


def _ratings(ground: Ground, points: str) -> str:
    rule = ground.item.rule
    rated = [(ground.value(s.name), exact(s.weight)) for s in rule.sources]
    whole = "+".join(f"IF(ISNUMBER({cell}),{weight},0)" for cell, weight in rated)
    earned = "+".join(f"{weight}*N({cell})" for cell, weight in rated)
    return f"IF(({whole})=0,{ground.outside},{points}*({earned})/({whole})/{exact(rule.full)})"


def _judgement(ground: Ground, points: str) -> str:
    return ground.value("score")


_KINDS: dict[str, Callable[[Ground, str], str]] = {
    "binary": _binary, "deduct_per_step": _per_step, "proportional": _proportional,
    "ratio_to_benchmark": _benchmark, "linear_between": _linear, "tiered": _tiered,
    "checklist": _checklist, "k_of_n": _k_of_n, "weighted_ratings": _ratings,
    "judgement": _judgement,
}
"""Kinds a workbook of one town can compute; the others compare towns or gather stories."""
