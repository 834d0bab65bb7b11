"""How an item turns facts into points: the kinds of scoring and the gate, as data.

Each kind of spec «Kinds» is one frozen block with the numbers it needs and the
measures it asks for; what it computes is in hecha.scoring.kinds.  A kind says
itself which measures must be observed and how each is typed, so that the forms,
the intake and the scorer agree about what «missing» means.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, model_validator

from hecha.plan.blocks import Amount, Block, Points, Share, Text, Whole

MeasureType = Literal["yes_no", "yes_no_na", "whole", "number", "number_na", "percent", "text"]


class Option(Block):
    """A named fault, its price in points, and how many of it count at most (all, unless set)."""

    name: Text
    amount: Points
    max_count: Whole | None = None


class StoryLevel(Block):
    """A level that takes a story (中央, 省 …) and what it earns."""

    name: Text
    amount: Points


class Binary(Block):
    """达标得满分，否则0分."""

    kind: Literal["binary"]

    def measures(self) -> dict[str, MeasureType]:
        return {"met": "yes_no"}


class GroupCap(Block):
    """A cap that several items share: at most `points` off in the whole group."""

    group: Text
    points: Points


class DeductPerCase(Block):
    """每件扣若干分，扣完为止; options each with a price; `floor: none` 不保底."""

    kind: Literal["deduct_per_case"]
    options: tuple[Option, ...] = Field(min_length=1)
    cap: Points | GroupCap | None = None
    floor: Literal["none"] | None = None

    def measures(self) -> dict[str, MeasureType]:
        return {option.name: "whole" for option in self.options}


class DeductPerStep(Block):
    """每低一个台阶扣若干分; a started step counts unless `partial: completed`."""

    kind: Literal["deduct_per_step"]
    target: Amount
    step: Points
    amount: Points
    partial: Literal["started", "completed"] = "started"

    @model_validator(mode="after")
    def _has_a_step(self) -> DeductPerStep:
        if self.step == 0:
            raise ValueError("台阶（step）须大于0")
        return self

    def measures(self) -> dict[str, MeasureType]:
        return {"rate": "percent"}


class Ratio(Block):
    """One ratio and the points it can earn."""

    numerator: Text = "numerator"
    denominator: Text = "denominator"
    points: Points


class Proportional(Block):
    """按比例得分: points × ratio, at most the points. Several ratios may share the item."""

    kind: Literal["proportional"]
    ratios: tuple[Ratio, ...] = ()

    def measures(self) -> dict[str, MeasureType]:
        names = [(r.numerator, r.denominator) for r in self.ratios]
        flat = [n for pair in names or [("numerator", "denominator")] for n in pair]
        return {name: "number" for name in flat}


class RatioToBenchmark(Block):
    """与标准值相比: par × value / benchmark, kept within [low, high].

    `benchmark` is a number, `mean` (of the compared units), or the path in the plan
    where the county's standard stands. `one_per` names a type of village: one row for
    each of them in the town, none where it has none.
    """

    kind: Literal["ratio_to_benchmark"]
    benchmark: Amount | Text
    one_per: Text | None = None
    par: Points | None = None
    low: Points = Fraction(0)
    high: Points | None = None

    def measures(self) -> dict[str, MeasureType]:
        return {"value": "number"}


class LinearBetween(Block):
    """两个界限之间按比例: full points at or beyond `full_at`, none at or beyond `zero_at`."""

    kind: Literal["linear_between"]
    full_at: Amount
    zero_at: Amount
    measured: Literal["number", "percent"] = "percent"

    @model_validator(mode="after")
    def _two_bounds(self) -> LinearBetween:
        if self.full_at == self.zero_at:
            raise ValueError("满分界限（full_at）与零分界限（zero_at）不能相同")
        return self

    def measures(self) -> dict[str, MeasureType]:
        return {"value": self.measured}


class Tier(Block):
    """One step of a ladder: a bound (one of four) or `otherwise`, and its points.

    A step that is itself a range («>1个月≤2个月 9-8») gives `lowest` besides: the score
    within it is judged.
    """

    points: Points
    lowest: Points | None = None
    at_least: Amount | None = None
    above: Amount | None = None
    at_most: Amount | None = None
    below: Amount | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Tier:
        if len(self.bounds) > 1:
            raise ValueError("一档只能写一个界限（at_least、above、at_most、below 之一）")
        if self.lowest is not None and self.lowest >= self.points:
            raise ValueError("一档的最低分（lowest）应低于本档的分值（points）")
        return self

    @property
    def bounds(self) -> dict[str, Fraction]:
        """The bound that is set; none means «otherwise»."""
        named = {name: getattr(self, name) for name in ("at_least", "above", "at_most", "below")}
        return {name: value for name, value in named.items() if value is not None}


class Tiered(Block):
    """分档计分: the points of the first tier whose bound holds; the last has none.

    Where a tier is a range, the score is recorded too (`score`), with its reason.
    """

    kind: Literal["tiered"]
    tiers: tuple[Tier, ...] = Field(min_length=1)
    measured: Literal["number", "percent", "whole"] = "percent"

    @model_validator(mode="after")
    def _every_value_has_a_tier(self) -> Tiered:
        if self.tiers[-1].bounds:
            raise ValueError("最后一档不写界限（其余情况），否则有数值落不到任何一档")
        if any(not tier.bounds for tier in self.tiers[:-1]):
            raise ValueError("只有最后一档可以不写界限")
        return self

    @property
    def judged(self) -> bool:
        """Whether a tier leaves its score to judgement."""
        return any(tier.lowest is not None for tier in self.tiers)

    def measures(self) -> dict[str, MeasureType]:
        return {"value": self.measured, **({"score": "number"} if self.judged else {})}


class RankStep(Block):
    """按名次递减: the best gets all points, each place `step` less, not below `low`."""

    kind: Literal["rank_step"]
    step: Points
    low: Points = Fraction(0)
    best: Literal["high", "low"] = "high"
    measured: Literal["number", "percent"] = "number"

    def measures(self) -> dict[str, MeasureType]:
        return {"value": self.measured}


class SubItem(Block):
    """A line of a checklist and its points."""

    name: Text
    points: Points


class Checklist(Block):
    """逐项打勾: the points of the sub-items ticked; 不适用 ones leave the sum."""

    kind: Literal["checklist"]
    options: tuple[SubItem, ...] = Field(min_length=1)

    def measures(self) -> dict[str, MeasureType]:
        return {option.name: "yes_no_na" for option in self.options}


class KOfN(Block):
    """至少 k 项: all points if at least `k` are 是, else none (or `else_deduct` off)."""

    kind: Literal["k_of_n"]
    options: tuple[Text, ...] = Field(min_length=1)
    k: Whole
    else_deduct: Points | None = None

    @model_validator(mode="after")
    def _can_be_reached(self) -> KOfN:
        if not 1 <= self.k <= len(self.options):
            raise ValueError(f"k 应在1与项数{len(self.options)}之间")
        return self

    def measures(self) -> dict[str, MeasureType]:
        return {name: "yes_no" for name in self.options}


class AdditiveCapped(Block):
    """累加封顶: each story earns its highest level's points (同稿多级取最高)."""

    kind: Literal["additive_capped"]
    options: tuple[StoryLevel, ...] = Field(min_length=1)

    def measures(self) -> dict[str, MeasureType]:
        return {option.name: "text" for option in self.options}


class Source(Block):
    """Who rates, and what share of the rating is theirs."""

    name: Text
    weight: Share


class WeightedRatings(Block):
    """多方评分加权: the points × the weighted mean of the ratings out of `full`.

    A source that gave none is recorded as 不适用; the others' weights are brought to 100 %.
    """

    kind: Literal["weighted_ratings"]
    sources: tuple[Source, ...] = Field(min_length=1)
    full: Points

    @model_validator(mode="after")
    def _weights_are_whole(self) -> WeightedRatings:
        if sum(source.weight for source in self.sources) != 1:
            raise ValueError("各方权重（weight）合计应为100%")
        if len({source.name for source in self.sources}) != len(self.sources):
            raise ValueError("评分的各方（sources）名称不能相同")
        if self.full == 0:
            raise ValueError("评分的满分（full）须大于0")
        return self

    def measures(self) -> dict[str, MeasureType]:
        return {source.name: "number_na" for source in self.sources}


class Judgement(Block):
    """酌情给分: a score within the item's points, with its reason in the note."""

    kind: Literal["judgement"]

    def measures(self) -> dict[str, MeasureType]:
        return {"score": "number"}


Rule = Annotated[
    Binary | DeductPerCase | DeductPerStep | Proportional | RatioToBenchmark | LinearBetween
    | Tiered | RankStep | Checklist | KOfN | AdditiveCapped | WeightedRatings | Judgement,
    Field(discriminator="kind"),
]


class Gate(Block):
    """一票: where it closes the item is 0 and its rule does not run.

    Closed by a measure that is 是 (`when: yes`), by a count (`at_least: 1`), or by a
    share (`measure` / `of` at or above `share`).  `grade_cap` limits the grade too.
    """

    measure: Text
    when: Literal["yes"] | None = None
    at_least: Points | None = None
    of: Text | None = None
    share: Share | None = None
    grade_cap: Text | None = None

    @model_validator(mode="after")
    def _one_condition(self) -> Gate:
        ways = [self.when is not None, self.at_least is not None, self.share is not None]
        if sum(ways) != 1 or (self.share is None) != (self.of is None):
            raise ValueError("一票条件写一种：when: yes、at_least: 次数，或 of 与 share 一起写")
        return self

    def measures(self) -> dict[str, MeasureType]:
        kind: MeasureType = "yes_no" if self.when else "whole"
        return {name: kind for name in (self.measure, self.of) if name}
