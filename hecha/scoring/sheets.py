"""From items to a sheet's score: group caps, the sum, 缺项折算, adjustments, the clamp.

Every step that moves a score writes a ledger row, so that `total − score` is the sum
of the sheet's rows at every moment (scoring.md, «Modifiers» and «The trace»).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction

from hecha.plan import Plan
from hecha.plan.model import Sheet
from hecha.plan.rules import DeductPerCase, GroupCap
from hecha.points import plain, publish
from hecha.scoring.items import ItemScore
from hecha.scoring.rows import Part, Row, RowType


@dataclass(frozen=True)
class Penalty:
    """A recorded adjustment of a sheet: points off, with its approval."""

    points: Fraction
    reason: str
    approval: str
    place: str
    on: str = ""

    @property
    def said(self) -> str:
        """The reason with its approval and date."""
        return f"{self.reason}（{'，'.join(filter(None, (self.approval, self.on)))}）"


@dataclass(frozen=True)
class ExternalResult:
    """A 省/市 result of a unit: the score out of 100, or None with only a grade."""

    level: str
    score: Fraction | None
    grade: str
    document: str
    place: str
    unit: str = ""


@dataclass(frozen=True)
class SheetScore:
    """A finished sheet of one unit.

    `score` is None where something is missing; `before` is the score before fraud,
    penalties, clamp and external results; `sentence` tells 缺项折算.
    """

    sheet: str
    unit: str
    items: tuple[ItemScore, ...]
    score: Fraction | None
    applicable: Fraction
    earned: Fraction | None
    before: Fraction | None
    na_points: Fraction
    sentence: str
    flagged: bool
    missing: tuple[str, ...]
    rows: tuple[Row, ...]
    external: ExternalResult | None = None


def share_group_caps(items: list[ItemScore]) -> list[ItemScore]:
    """Give back what a group lost beyond its cap, in catalogue order, last first.

    A fraud item is out of it: what it lost is not the group's, and nothing returns.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for index, one in enumerate(items):
        rule = one.item.rule
        if isinstance(rule, DeductPerCase) and isinstance(rule.cap, GroupCap) and _deducted(one):
            groups[rule.cap.group].append(index)
    items = list(items)
    for members in groups.values():
        cap = items[members[0]].item.rule.cap.points  # type: ignore[union-attr]
        over = sum((_deducted(items[i]) for i in members), Fraction(0)) - cap
        for index in reversed(members):
            back = min(max(over, Fraction(0)), _deducted(items[index]))
            if back:
                said = f"本组最多扣{plain(cap)}分，退还{plain(back)}分"
                items[index] = items[index].with_part(Part("give_back", "", -back, said))
                over -= back
    return items


def _deducted(one: ItemScore) -> Fraction:
    if one.state != "scored" or any(r.part.type in ("fraud", "gate") for r in one.rows):
        return Fraction(0)
    return sum((r.points for r in one.rows), Fraction(0))


def close_item_for_fraud(one: ItemScore, penalty: Penalty) -> ItemScore:
    """弄虚作假: whatever the item had earned is lost; it stays applicable, at 0."""
    said = f"弄虚作假，本项由{_short(one.score)}分记为0分：{penalty.said}"
    return one.with_part(Part("fraud", "", one.score, said), (penalty.place,))


def finish_sheet(plan: Plan, sheet: Sheet, unit: str, items: list[ItemScore],
                 frauds: list[Penalty], penalties: list[Penalty],
                 external: ExternalResult | None) -> SheetScore:
    """The sheet of a unit from its items and what was recorded about it."""
    base = [one for one in items if one.item.layer is None]
    missing = tuple(f"{one.item.code} {one.item.name}：{one.reason}"
                    for one in items if one.state == "missing")
    applied = sum((o.item.points for o in base if o.state == "scored"), Fraction(0))
    rows = [row for one in base for row in one.rows]
    if missing or not applied:
        missing = missing or ("各细项均为缺项，没有得分",)
        draft = SheetScore(sheet.id, unit, tuple(items), None, applied, None, None,
                           sheet.total - applied, "", False, missing, tuple(rows))
        return _replaced(plan, sheet, draft, rows, external)
    earned = sum((o.score for o in base if o.state == "scored"), Fraction(0))
    rows += _rescaling(sheet, unit, applied, earned)
    rows += _extras(sheet, unit, items)
    before = sheet.total - sum((r.points for r in rows), Fraction(0))
    rows += _recorded(plan, sheet, unit, before, frauds, penalties)
    rows += _clamp(sheet, unit, rows)
    na_points = sheet.total - applied
    score = SheetScore(
        sheet.id, unit, tuple(items), sheet.total - sum((r.points for r in rows), Fraction(0)),
        applied, earned, before, na_points, _sentence(sheet, applied, earned),
        na_points > sheet.na_flag_above > 0, (), tuple(rows))
    return _replaced(plan, sheet, score, rows, external)


def _sheet_row(sheet: Sheet, unit: str, part: Part, evidence: tuple[str, ...] = (),
               cited: object = None) -> Row:
    law = cited or sheet
    return Row(sheet.id, unit, "", part, law.clause, law.basis, law.reading,  # type: ignore
               evidence)


def _sentence(sheet: Sheet, applied: Fraction, earned: Fraction) -> str:
    if applied == sheet.total or sheet.na != "rescale":
        return ""
    scaled = sheet.total * earned / applied
    return (f"适用满分{plain(applied)}分,实得{publish(earned)}分,换算为{publish(scaled)}分")


def _rescaling(sheet: Sheet, unit: str, applied: Fraction, earned: Fraction) -> list[Row]:
    """缺项折算: rescaled to the total (default), given in full, or lost, as the plan says."""
    gone = sheet.total - applied
    if not gone or sheet.na == "full":
        return []
    if sheet.na == "zero":
        return [_sheet_row(sheet, unit, Part("rescaling", "", gone, "缺项按0分计"))]
    lost = (applied - earned) * gone / applied
    said = _sentence(sheet, applied, earned)
    return [_sheet_row(sheet, unit, Part("rescaling", "", lost, said))] if lost else []


def _extras(sheet: Sheet, unit: str, items: list[ItemScore]) -> list[Row]:
    """附加分 and 扣减项: outside the total, each layer within its own bounds."""
    rows: list[Row] = []
    for extra in sheet.extras:
        own = [o for o in items if o.item.layer == extra.id and o.state == "scored"]
        gained = sum(((o.score if extra.high > 0 else o.score - o.item.points) for o in own),
                     Fraction(0))
        kept = min(extra.high, max(extra.low, gained))
        if kept:
            said = f"{extra.name}{plain(gained)}分，计{plain(kept)}分"
            rows.append(_sheet_row(sheet, unit, Part("extra", extra.id, -kept, said)))
    return rows


def _recorded(plan: Plan, sheet: Sheet, unit: str, before: Fraction, frauds: list[Penalty],
              penalties: list[Penalty]) -> list[Row]:
    """Frauds and penalties, each with its approval and the score before and after (A-27)."""
    rows = []
    rule, taken, score = plan.fraud, Fraction(0), before

    def take(kind: RowType, off: Fraction, said: str, place: str) -> None:
        nonlocal score
        said = f"{said}，扣{plain(off)}分：由{_short(score)}分到{_short(score - off)}分"
        score -= off
        rows.append(_sheet_row(sheet, unit, Part(kind, "", off, said), (place,), rule))

    for fraud in frauds if rule else ():
        off = min(rule.per_case, rule.sheet_cap - taken)
        taken += off
        if off:
            take("fraud", off, f"弄虚作假另扣（一张表最多{plain(rule.sheet_cap)}分），"
                               f"{fraud.said}", fraud.place)
    for penalty in penalties:
        take("penalty", penalty.points, penalty.said, penalty.place)
    return rows


def _short(value: Fraction) -> str:
    """A score in a sentence, at two decimals."""
    return f"{publish(value):f}"


def _clamp(sheet: Sheet, unit: str, rows: list[Row]) -> list[Row]:
    """One clamp to [0, total + extras], after all adjustments (A-40)."""
    score = sheet.total - sum((r.points for r in rows), Fraction(0))
    top = sheet.total + sum((e.high for e in sheet.extras), Fraction(0))
    kept = min(top, max(Fraction(0), score))
    if kept == score:
        return []
    said = f"得分{plain(score)}超出0～{plain(top)}，按{plain(kept)}计"
    return [_sheet_row(sheet, unit, Part("clamp", "", score - kept, said))]


def _replaced(plan: Plan, sheet: Sheet, done: SheetScore, rows: list[Row],
              external: ExternalResult | None) -> SheetScore:
    """以省或市的考核结果为准: the external score replaces the finished sheet."""
    if external is None or external.score is None:
        return replace(done, external=external)
    score = external.score * sheet.total / 100
    moved = sheet.total - sum((r.points for r in rows), Fraction(0)) - score
    said = f"以{external.level}考核结果{publish(external.score)}分为准（{external.document}）"
    row = _sheet_row(sheet, done.unit, Part("external", "", moved, said), (external.place,),
                     plan.external)
    return replace(done, score=score, external=external, rows=(*rows, row))
