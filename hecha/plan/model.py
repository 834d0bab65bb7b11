"""The plan as frozen objects: what a county's 核查方案 decides, and on what ground.

A plan is levels (镇 村 …), sheets of items scored out of a total, figures made of
sheets, bands that turn a figure into a grade, and the readings that answer where
the text is silent.  Nothing here knows a particular county or plan: all numbers
come from `params/<plan>/`.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from hecha.plan.blocks import (
    Amount,
    Block,
    Cited,
    Day,
    Days,
    FileWord,
    Flag,
    Points,
    Share,
    Text,
    Whole,
)
from hecha.plan.rules import Gate, Rule


class Head(Block):
    """Who the plan is: id (its folder's name), title, year, the text it is quoted from."""

    id: Text
    title: Text
    year: Whole
    county_code: Text | None = None
    county_name: Text = ""
    text: Text | None = None
    source: Text = ""
    note: Text = ""


class Level(Block):
    """A level of units: its Chinese name and how many characters its codes have."""

    id: Text
    name: Text
    code_digits: Whole
    within: Text | None = None
    sampled: Flag = False


class Extra(Block):
    """Points outside a sheet's total (附加分, 扣减项): bounds of their sum."""

    id: Text
    name: Text
    low: Amount = Fraction(0)
    high: Amount = Fraction(0)


class Sheet(Cited):
    """A score sheet: whose units it scores, out of how many points, on which form."""

    id: Text
    name: Text
    level: Text
    form: Text
    total: Points
    items_of: Text | None = None
    extras: tuple[Extra, ...] = ()
    na: Literal["rescale", "full", "zero"] = "rescale"
    na_flag_above: Points = Fraction(0)


class Group(Cited):
    """A heading of the indicator tree (维度, 指标 …); `parent` is the heading above."""

    code: Text
    name: Text
    parent: Text | None = None


class Count(Block):
    """A measure counted from household checks: households where, or persons summed."""

    count: Text | None = None
    sum: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Count:
        if (self.count is None) == (self.sum is None):
            raise ValueError("写 count（户数条件）或 sum（人数算式）之一")
        return self

    @property
    def expression(self) -> str:
        """The condition or sum, in the plan's small language (SQL comparisons)."""
        return self.count or self.sum or ""


class Item(Cited):
    """细项: one scored line of a sheet.

    `labels` gives a measure's Chinese name (numerator: 已核查户数) for forms and tables.
    """

    code: Text
    sheet: Text
    group: Text
    name: Text
    points: Points
    rule: Rule
    source: Text = ""
    na_when: Text | None = None
    layer: Text | None = None
    gate: Gate | None = None
    derived: dict[Text, Count] = {}
    na_if_zero: Text | None = None
    ranges: dict[Text, tuple[Amount, Amount]] = {}
    labels: dict[Text, Text] = {}

    @property
    def needs(self) -> dict[str, str]:
        """Every measure of the item and its type, observed or derived."""
        gate = self.gate.measures() if self.gate else {}
        return {**self.rule.measures(), **gate}

    def label(self, measure: str) -> str:
        """The Chinese name of a measure; one without a label is named as it is recorded."""
        return self.labels.get(measure, measure)

    @property
    def observed(self) -> dict[str, str]:
        """The measures that must come from a form."""
        return {m: kind for m, kind in self.needs.items() if m not in self.derived}


class Income(Cited):
    """How a household's income is made and what it is compared with (yuan per head)."""

    formula: Text
    formulas: dict[Text, Text]
    standard: Points | None = None
    village_standard: Points | None = None
    include_imputed_rent: Flag = False
    count_pension: Flag = True
    denominator: Literal["members"] = "members"
    negative_business_income: Literal["keep", "clip"] = "keep"
    cost_mode: Literal["actual"] = "actual"

    @model_validator(mode="after")
    def _formula_is_there(self) -> Income:
        if self.formula not in self.formulas:
            raise ValueError(f"收入口径 {self.formula} 没有算式，可用：{'、'.join(self.formulas)}")
        return self


class Condition(Cited):
    """A named household condition, used by the counts of items."""

    id: Text
    name: Text
    where: Text


class Household(Block):
    """What the household form decides: the incomes and the named conditions."""

    income: Income
    conditions: tuple[Condition, ...] = ()


class Charge(Block):
    """One attendance fault becomes one case of an item's option."""

    state: Text
    item: Text
    option: Text
    charged_to: Literal["home_town", "stationed_village"]


class Attendance(Cited):
    """Which attendance counts (R-06) and where it is charged."""

    events: tuple[Text, ...]
    known_events: tuple[Text, ...]
    charges: tuple[Charge, ...]
    village_not_sampled: Literal["list"] = "list"


class Figure(Cited):
    """A figure of a unit: a sheet's score, the mean of a sampled level, or a weighting."""

    id: Text
    name: Text
    sheet: Text | None = None
    mean_of: Text | None = None
    parts: dict[Text, Share] = {}
    grade_name: Text = ""
    if_empty: Literal["block", "renormalise", "zero"] = "block"
    mean: Literal["simple"] = "simple"

    @model_validator(mode="after")
    def _one_way(self) -> Figure:
        if sum([self.sheet is not None, self.mean_of is not None, bool(self.parts)]) != 1:
            raise ValueError("写 sheet（取自一张表）、mean_of（抽查单位平均）或 parts（加权）之一")
        return self


class Band(Block):
    """分数段: a grade from (inclusive) and below (exclusive)."""

    name: Text
    at_least: Amount
    below: Amount | None = None


class Grades(Cited):
    """Which figure is graded, in which bands, how ranked and what is flagged.

    `ranked` false: grades are told and ranks are not (不排名), anywhere.
    """

    of: Text
    also: tuple[Text, ...] = ()
    bands: tuple[Band, ...] = Field(min_length=1)
    grade_on: Literal["published", "exact"] = "published"
    tie_break: tuple[Text, ...] = ()
    near_line: Points = Fraction(0)
    ranked: Flag = True

    def of_score(self, score: Fraction) -> str:
        """The grade of a score (published, or exact where the plan says so)."""
        return next(b.name for b in self.bands if score >= b.at_least)

    def worse(self, first: str, second: str) -> str:
        """The lower of two grades: a cap is applied this way."""
        names = [band.name for band in self.bands]
        return max(first, second, key=names.index)


class Fraud(Cited):
    """弄虚作假: the item becomes 0 and the sheet loses more."""

    per_case: Points
    sheet_cap: Points


class External(Cited):
    """省市结果: whose result stands, and what it replaces."""

    order: tuple[Text, ...]
    rule: Literal["first", "lower"] = "first"
    scope: Literal["town_score"] = "town_score"
    grade_only: Literal["cap"] = "cap"
    not_sampled: Literal["list_only"] = "list_only"
    replaces: dict[Text, Text]


class Consequence(Cited):
    """What follows from a grade and from an outstanding problem (突出问题)."""

    grades: tuple[Text, ...]
    problem: Flag
    action: Text
    note: Text = ""


class Fact(Block):
    """A fact to be recorded before anything may be published."""

    id: Text
    name: Text


class Recipient(Cited):
    """Who receives which part of what is published.

    `kind`: leadership (the county's page, 通报, lists, workbook), office (the table of all
    results), unit (each graded unit its own report alone), counterpart (each unit of that
    class of 帮扶单位 its own reference alone).
    """

    id: Text
    name: Text
    kind: Literal["leadership", "office", "unit", "counterpart"]


class Publication(Cited):
    """R-20: what must be recorded first, and the mark until then.

    `file_mark` is the short form of the mark that stands in the names of files.
    """

    mark: Text
    file_mark: FileWord = "未批准"
    facts: tuple[Fact, ...] = Field(min_length=1)
    recipients: tuple[Recipient, ...] = ()

    @field_validator("recipients", mode="before")
    @classmethod
    def _with_a_part(cls, value: Any, info: ValidationInfo) -> Any:
        """A plan kept with an earlier run may name recipients without the part that is theirs: to
        such nothing was sent, and nothing is."""
        kept = bool(info.context and info.context.get("kept"))
        return [r for r in value if not isinstance(r, str)] if kept else value


class Counterparts(Cited):
    """帮扶单位: whether their villages' mean is told, for reference and without a grade."""

    reference: Flag = False


class Objections(Cited):
    """申诉: how many days after a recorded fact a unit may still object."""

    days: Whole
    counted: Literal["calendar", "working"] = "calendar"
    after: Text


class Retention(Cited):
    """How long what identifies a person is kept: so many years from a day of the calendar."""

    years: Whole = Field(ge=1)
    since: Text


class Rectification(Cited):
    """整改: how many days a town has, from the day the list is handed to it, and what then.

    `overdue` is what follows where the term passes; blank where the plan says nothing.
    """

    term_days: Days
    overdue: Text = ""


class Day_(Cited):
    """A date or term of the plan; one not yet set shows as 未配置."""

    id: Text
    name: Text
    on: Day | None = None
    days: Whole | None = None
    counted: Literal["calendar", "working"] | None = None


class Stratum(Block):
    """A stratum (分层) of the draw: households of these statuses, at least so many a village.

    `any_exit_year`: their exit year is not asked for (监测对象 who never were poor have none).
    """

    id: Text
    name: Text
    statuses: tuple[Text, ...] = Field(min_length=1)
    households_per_village: Whole
    any_exit_year: Flag = False


class Sample(Cited):
    """The draw: how many villages and households, of which frame, from which strata."""

    villages_per_town: Whole
    households_per_village: Whole
    disabled_per_village: Whole
    reserves: Whole
    village_types: tuple[Text, ...]
    statuses: tuple[Text, ...]
    strata: tuple[Stratum, ...] = ()
    exit_from: Whole
    exit_to: Whole
    excluded_notes: tuple[Text, ...] = ()
    household_rule: Literal["last_gives_way", "disabled_first"] = "last_gives_way"
    few_villages: Literal["all"] = "all"
    no_village: Literal["county_check_only"] = "county_check_only"
    avoid_last_year: Flag = False
    frame: Literal["all_exits", "this_year_only"] = "all_exits"


class Teams(Cited):
    """The teams: size, how many of one town, who may not check whom.

    `most_from_town`: in mixed teams, at most so many of one town together; `served`: whether
    a town served in within `served_within_years` is remarked on or forbidden (A-09).
    """

    size: Whole
    from_town: Whole
    from_county: Whole
    mode: Literal["block", "mixed"] = "block"
    no_mutual: Flag = True
    most_from_town: Whole
    served_within_years: Whole
    served: Literal["warn", "forbid"]


class Alternative(Block):
    """Another answer to a reading's question."""

    value: object = None
    answer: Text


class Reading(Block):
    """读法: a question the text leaves open, our answer and the others.

    `key` is the path in the plan where the answer lives; `default` is what we
    propose.  `status` is proposed 待批 until the county approves it (clause 十).
    """

    id: Text
    clause: Text
    question: Text
    answer: Text
    key: Text | None = None
    default: object = None
    alternatives: tuple[Alternative, ...] = ()
    confidence: Literal["high", "medium", "low"]
    impact: Literal["high", "medium", "low", "none"]
    status: Literal["proposed", "approved"] = "proposed"
    approval: Text = ""


class Choice(Block):
    """A county's own parameter: its key in the county's table and the path it sets."""

    key: Text
    name: Text
    sets: Text | None = None
    as_: Literal["text", "number", "percent", "date", "yes_no", "list", "years", "bands",
                 "map", "days", "same"] = Field(alias="as")
    map: dict[Text, object] = {}


class Decision(Block):
    """A value the county set itself, where it stands and what it replaced."""

    key: Text
    name: Text
    path: Text
    value: object
    was: object
    file: Text
    line: int


class Plan(Block):
    """A whole plan. Built by hecha.plan.load_plan, never by hand."""

    plan: Head
    levels: tuple[Level, ...]
    sheets: tuple[Sheet, ...]
    groups: tuple[Group, ...]
    items: tuple[Item, ...]
    figures: tuple[Figure, ...]
    grades: Grades
    household: Household | None = None
    attendance: Attendance | None = None
    fraud: Fraud | None = None
    external: External | None = None
    consequences: tuple[Consequence, ...] = ()
    publication: Publication | None = None
    counterparts: Counterparts | None = None
    objections: Objections | None = None
    retention: Retention | None = None
    rectification: Rectification | None = None
    calendar: tuple[Day_, ...] = ()
    sample: Sample | None = None
    teams: Teams | None = None
    readings: tuple[Reading, ...] = ()
    parameters: tuple[Choice, ...] = ()
    glossary: dict[Text, Text] = {}
    decisions: tuple[Decision, ...] = ()

    @cached_property
    def sheet(self) -> dict[str, Sheet]:
        """Sheets by id."""
        return {s.id: s for s in self.sheets}

    @cached_property
    def item(self) -> dict[tuple[str, str], Item]:
        """Items by (sheet, code); a sheet that borrows another's items has them too."""
        own = {(i.sheet, i.code): i for i in self.items}
        lent = {(s.id, i.code): i for s in self.sheets if s.items_of
                for i in self.items if i.sheet == s.items_of}
        return {**own, **lent}

    @cached_property
    def figure(self) -> dict[str, Figure]:
        """Figures by id."""
        return {f.id: f for f in self.figures}

    @cached_property
    def level(self) -> dict[str, Level]:
        """Levels by id."""
        return {v.id: v for v in self.levels}

    @cached_property
    def group(self) -> dict[str, Group]:
        """Headings by code."""
        return {g.code: g for g in self.groups}

    def items_of(self, sheet: str) -> tuple[Item, ...]:
        """The items of a sheet in catalogue order."""
        return tuple(i for (s, _), i in self.item.items() if s == sheet)

    def headings(self, item: Item) -> list[str]:
        """The headings above an item, outermost first."""
        names, code = [], item.group
        while code:
            names.append(self.group[code].name)
            code = self.group[code].parent
        return names[::-1]

    @property
    def forms(self) -> dict[str, str]:
        """Form title → sheet id, as the loader of a case wants it."""
        return {s.form: s.id for s in self.sheets}

    def level_name(self, sheet: str) -> str:
        """The Chinese name of the level a sheet scores (村, 设施 …)."""
        return self.level[self.sheet[sheet].level].name

    def value_at(self, path: str) -> object:
        """The value at a path (`household.income.standard`), None where there is none."""
        value: object = self
        for step in path.split("."):
            if isinstance(value, tuple):
                value = next((b for b in value if step in (getattr(b, "id", None),
                                                           getattr(b, "code", None))), None)
            else:
                value = getattr(value, step, None)
        return value

    def day(self, name: str) -> date | None:
        """A date of the calendar, None while it is not set."""
        return next((d.on for d in self.calendar if d.id == name), None)

    @property
    def kept_until(self) -> date | None:
        """The day from which personal data may be erased; None where the plan says nothing
        of it, or the day from which it counts is not set.

        >>> from hecha.plan import load_plan
        >>> load_plan("params/xian2023").kept_until
        datetime.date(2027, 1, 10)
        """
        since = self.day(self.retention.since) if self.retention else None
        if since is None:
            return None
        last = monthrange(since.year + self.retention.years, since.month)[1]
        return since.replace(year=since.year + self.retention.years, day=min(since.day, last))

    def blocks(self) -> Iterator[tuple[str, Cited]]:
        """Every cited block with its path, in the order of the plan."""
        yield from _blocks("", self)


def _blocks(path: str, value: object) -> Iterator[tuple[str, Cited]]:
    if isinstance(value, Cited):
        yield path, value
    if isinstance(value, Block):
        for name in type(value).model_fields:
            yield from _blocks(f"{path}.{name}" if path else name, getattr(value, name))
    elif isinstance(value, tuple):
        for index, block in enumerate(value):
            name = getattr(block, "id", None) or getattr(block, "code", None) or f"#{index}"
            yield from _blocks(f"{path}.{name}", block)
