"""Trials (试算): the same records under other choices, exactly and quickly.

A choice touches only part of the way from records to grades: a weight only the figures, a
band only the grades, the income formula only the items that count incomes.  What is not
touched is taken over, what is touched is made by the scoring itself, once for every choice:
so a trial is what `hecha score` would give under a plan with the same `set`, only sooner.

Choices that decide the draw, the teams or the calendar move no score of what was already
recorded; `bears_on` says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from hecha.case import Case
from hecha.plan import Plan, expressions
from hecha.plan.changing import Changes, with_values
from hecha.plan.rules import RatioToBenchmark
from hecha.problems import Problems
from hecha.scoring import score
from hecha.scoring.composite import TownResult
from hecha.scoring.items import ItemScore
from hecha.scoring.recorded import read_recorded
from hecha.scoring.rescaling import Scale, rescaled, scaled_values
from hecha.scoring.score import Scoring, Unit
from hecha.scoring.sheets import SheetScore
from hecha.scoring.units import find_units

ItemKey = tuple[str, str]
"""(sheet, code)"""

_INCOME = re.compile(r"\b(income_\w+|business_\w+|counted_\w+|f1_total|f2_total)\b")
_RECORDED = ("external", "fraud")
_TOLD = ("grades.ranked", "grades.also", "grades.near_line")
"""how grades are told, not what they are"""
_ITEMS = ("items", "household", "attendance")


def bears_on(plan: Plan, path: str) -> str:
    """What a value of the plan moves first: items, sheets, figures, grades, or nothing ("").

    Nothing: what decides the draw, the teams, the calendar, or how a result is told.

    >>> from hecha.plan import load_plan
    >>> plan = load_plan("params/xian2023")
    >>> [bears_on(plan, p) for p in ("household.income.formula", "sheets.town.na",
    ...                              "figures.village_mean.if_empty", "grades.of", "teams.mode")]
    ['items', 'sheets', 'figures', 'grades', '']
    """
    head = path.split(".")[0]
    if path in _TOLD:
        return ""
    if head in ("figures", "grades"):
        return head
    if head in ("sheets", *_RECORDED):
        return "sheets"
    return "items" if head in _ITEMS else ""


def touched_items(plan: Plan, path: str) -> frozenset[ItemKey]:
    """The items whose score may change with a value of the plan.

    >>> from hecha.plan import load_plan
    >>> sorted(touched_items(load_plan("params/xian2023"), "attendance.events"))
    [('daily', 'D-E4-3'), ('village', 'V-B3-1')]
    """
    if bears_on(plan, path) != "items":
        return frozenset()
    head, _, rest = path.partition(".")
    if head == "attendance":
        charged = {c.item for c in plan.attendance.charges} if plan.attendance else set()
        return frozenset(k for k in plan.item if k[1] in charged)
    if head == "items":
        return frozenset(k for k in plan.item if _is_at(plan, k, rest.split(".")[0]))
    return frozenset(k for k in plan.item if _counts_by(plan, k, path))


def _is_at(plan: Plan, key: ItemKey, step: str) -> bool:
    place = step.removeprefix("#")
    return plan.item[key].code == step or (place.isdigit() and step.startswith("#")
                                           and plan.items[int(place)] is plan.item[key])


def _counts_by(plan: Plan, key: ItemKey, path: str) -> bool:
    """Whether an item counts what a value of `household` decides."""
    item = plan.item[key]
    if isinstance(item.rule, RatioToBenchmark) and item.rule.benchmark == path:
        return True
    conditions = {c.id: c.where for c in plan.household.conditions} if plan.household else {}
    texts = [expressions.render(c.expression, conditions) for c in item.derived.values()]
    return any(_INCOME.search(text) for text in texts) if path.startswith("household.income") \
        else bool(texts)


@dataclass(frozen=True)
class Trial:
    """The county under some choices: the plan with them, every sheet, every town."""

    plan: Plan
    ground: Scoring
    sheets: Mapping[Unit, SheetScore]
    towns: tuple[TownResult, ...]

    def town(self, code: str) -> TownResult:
        """A town of the trial."""
        return next(t for t in self.towns if t.town == code)


@dataclass(frozen=True)
class Patch:
    """What a choice that touches items gives: its own ground, and those items scored."""

    ground: Scoring
    items: Mapping[Unit, Mapping[str, ItemScore]]


@dataclass
class Trials:
    """A county scored once, to be looked at under other choices.

    `made` keeps every sheet that a choice has given so far.
    """

    plan: Plan
    case: Case
    ground: Scoring
    items: Mapping[Unit, list[ItemScore]]
    patches: dict[tuple, Patch] = field(default_factory=dict)
    made: dict[tuple, dict[Unit, SheetScore]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, case: Case) -> Trials:
        """Score a case once under the plan in force."""
        units = find_units(plan, case.villages, case.drawn_villages)
        ground = score.gather(plan, case, units, Problems([*case.problems]))
        return cls(plan, case, ground, score.score_items(ground))

    def under(self, values: Changes | None = None, scale: Scale | None = None) -> Trial:
        """The county with these values of the plan, and these points of items.

        Raises NotAccepted where the plan refuses a value.
        """
        values, scale = values or {}, scale or {}
        plan = self.plan_under(values, scale)
        sheets = {key: one for sheet in plan.sheets
                  for key, one in self.sheets_under(values, scale, sheet.id).items()}
        ground = self._ground(plan, values)
        towns = score.judge_towns(ground, sheets)
        score.rank_if_all(plan, towns)
        return Trial(plan, ground, sheets, tuple(towns))

    def plan_under(self, values: Changes, scale: Scale) -> Plan:
        """The plan with these values and points; what does not change is the same plan."""
        plan = with_values(self.plan, values) if values else self.plan
        return with_values(plan, scaled_values(plan, scale)) if scale else plan

    def sheets_under(self, values: Changes, scale: Scale, sheet: str) -> dict[Unit, SheetScore]:
        """One sheet of all its units; made once for every choice that bears on it."""
        values = {p: v for p, v in values.items() if self.bears_on_sheet(p, sheet)}
        codes = {i.code: i.sheet for i in self.plan.items_of(sheet)}
        scale = {k: by for k, by in scale.items() if by != 1 and codes.get(k[1]) == k[0]}
        key = (sheet, _key(values), tuple(sorted(scale.items())))
        if key not in self.made:
            self.made[key] = self._make(values, scale, sheet)
        return self.made[key]

    def bears_on_sheet(self, path: str, sheet: str) -> bool:
        """Whether a value can move a score of this sheet."""
        head, _, rest = path.partition(".")
        if head == "sheets":
            return rest.split(".")[0] == sheet
        return head in _RECORDED or any(s == sheet for s, _ in touched_items(self.plan, path))

    def _make(self, values: Changes, scale: Scale, sheet: str) -> dict[Unit, SheetScore]:
        plan = self.plan_under(values, scale)
        patches = [self._patch(group) for group in self._together(values)]
        items = {}
        for unit, own in self.items.items():
            if unit[0] == sheet:
                new = {code: one for patch in patches for code, one in patch.items.get(unit, {}).items()}
                own = [new.get(one.item.code, one) for one in own]
                items[unit] = [self._moved(plan, one, scale) for one in own]
        return score.finish_sheets(self._ground(plan, values), items)

    def _moved(self, plan: Plan, one: ItemScore, scale: Scale) -> ItemScore:
        """An item as the plan now has it: other points, the same things observed."""
        key = (one.sheet, one.item.code)
        return rescaled(one, plan.item[key]) if (one.item.sheet, one.item.code) in scale else one

    def _ground(self, plan: Plan, values: Changes) -> Scoring:
        """What the scoring stands on, under a changed plan; its remarks are thrown away."""
        problems = Problems([*self.ground.problems])
        recorded = self.ground.recorded
        if any(p.split(".")[0] in _RECORDED for p in values):
            recorded = read_recorded(plan, self.case.adjustments, self.case.external,
                                     self.ground.units, Problems())
        visited = self.ground.visited
        for group in self._together(values):
            if any(p.startswith("household.") for p in group):
                visited = self._patch(group).ground.visited
        return replace(self.ground, plan=plan, recorded=recorded, visited=visited,
                       problems=problems)

    def _together(self, values: Changes) -> list[dict[str, object]]:
        """The values that touch items, those that touch a common item together."""
        groups: list[tuple[set[ItemKey], dict[str, object]]] = []
        for path, value in values.items():
            items = set(touched_items(self.plan, path))
            if not items:
                continue
            common = [g for g in groups if g[0] & items]
            groups = [g for g in groups if not g[0] & items]
            merged = {p: v for _, own in common for p, v in own.items()}
            groups.append((items.union(*(g[0] for g in common)), {**merged, path: value}))
        return [own for _, own in groups]

    def _patch(self, values: dict[str, object]) -> Patch:
        """The items that these values touch, scored again."""
        key = _key(values)
        if key not in self.patches:
            plan = with_values(self.plan, values)
            only = frozenset().union(*(touched_items(self.plan, p) for p in values))
            ground = score.gather(plan, self.case, self.ground.units, Problems())
            self.patches[key] = Patch(ground, {
                unit: {one.item.code: one for one in own} for unit, own in
                score.score_items(ground, only).items()})
        return self.patches[key]


def _key(values: Changes) -> tuple:
    return tuple(sorted((path, repr(value)) for path, value in values.items()))


def by_standing(towns: Iterable[TownResult], of: str) -> list[TownResult]:
    """Towns by a figure, the highest first, those without one last, else in code order."""
    return sorted(towns, key=lambda t: (t.figures[of] is None, -(t.figures[of] or 0), t.town))


__all__ = ["Patch", "Trial", "Trials", "bears_on", "by_standing", "touched_items"]
