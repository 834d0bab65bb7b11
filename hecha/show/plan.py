"""Plan: what was read, on what ground, and what the county still has to decide."""

from __future__ import annotations

from collections import Counter

import pandas as pd

from hecha.plan import Plan
from hecha.plan.blocks import BASIS_NAMES
from hecha.points import plain
from hecha.report.fragments import (
    Column,
    Fragment,
    badge,
    heading,
    listing,
    stack,
    table,
    tiles,
)
from hecha.report.views import bare
from hecha.show.words import percent

_DEGREES = {"high": "高", "medium": "中", "low": "低", "none": "无"}


def plan_overview(plan: Plan) -> Fragment:
    """What this plan is: sheets, figures, bands, and how much of it is the plan's own words."""
    basis = Counter(block.basis for _, block in plan.blocks())
    proposed = sum(r.status == "proposed" for r in plan.readings)
    return stack(
        heading(f"{plan.plan.county_name}{plan.plan.year}年核查方案：读到了什么", plan.plan.title),
        tiles([("细项", f"{len(plan.items)}项", f"{len(plan.sheets)}张表"),
               *((name, f"{basis[key]}处", _MEANING[key]) for key, name in BASIS_NAMES.items()),
               ("读法", f"{len(plan.readings)}条", f"{proposed}条待批")]),
        _figures(plan), _bands(plan))


_MEANING = {"stated": "方案写明", "derived": "由原文推出", "assumed": "原文没有，读法补上"}


def _figures(plan: Plan) -> Fragment:
    rows = []
    for f in plan.figures:
        if f.parts:
            how = " + ".join(f"{plan.figure[p].name}×{percent(s)}" for p, s in f.parts.items())
        else:
            how = plan.sheet[f.sheet].name if f.sheet else f"{plan.sheet[f.mean_of].name}得分的平均"
        rows.append((f.name, how, f"条款{f.clause}", f"「{f.quote}」", basis_badge(f.basis)))
    return _table(rows, ("分数", "怎样算", "条款", "原文", "依据"), "各项分数怎样算", wide=(1, 3))


def _bands(plan: Plan) -> Fragment:
    rows = [(b.name, f"{plain(b.at_least)}分以上"
             + (f"，不到{plain(b.below)}分" if b.below is not None else "")) for b in plan.grades.bands]
    return _table(rows, ("等次", "分数段"), f"等次（条款{plan.grades.clause}，「{plan.grades.quote}」）")


def basis_badge(basis: str) -> Fragment:
    """原文, 推定 or 拟定 in a box."""
    return badge(BASIS_NAMES[basis], {"stated": "g1", "derived": "g2", "assumed": "g3"}[basis])


def plan_items(plan: Plan) -> Fragment:
    """Every item of every sheet with points, source, clause and basis."""
    parts = []
    for sheet in plan.sheets:
        rows = [(i.code, i.name, bare(plan.headings(i)[-1]), plain(i.points), i.source,
                 i.na_when or "—", f"条款{i.clause}", basis_badge(i.basis), "、".join(i.reading))
                for i in plan.items_of(sheet.id)]
        parts.append(_table(rows, ("代码", "细项", "指标", "分值", "数据来源", "何时作缺项", "条款",
                                   "依据", "读法"),
                            f"{sheet.name}（{plain(sheet.total)}分，{len(rows)}项）",
                            wide=(1, 2), numbers=(3,), head=1))
    return stack(*parts)


def plan_readings(plan: Plan) -> Fragment:
    """Every reading: question, answer, alternatives, confidence, impact and status."""
    rows = [(r.id, f"条款{r.clause}", r.question, r.answer,
             "；".join(a.answer for a in r.alternatives) or "—", _DEGREES[r.confidence],
             _DEGREES[r.impact], _status(r)) for r in plan.readings]
    return _table(rows, ("读法", "条款", "方案没有说清的", "现按", "也可以", "把握", "对等次影响", "状态"),
                  f"读法（{len(rows)}条）", wide=(2, 3, 4))


def _status(reading: object) -> Fragment:
    if reading.status == "approved":  # type: ignore[attr-defined]
        return badge(f"已批 {reading.approval}", "g1")  # type: ignore[attr-defined]
    return badge("待批", "doubt")


def plan_decisions(plan: Plan) -> Fragment:
    """What the county set itself, what stood there before, and where it is written."""
    rows = [(d.name, d.key, _said(d.value), _said(d.was), f"{d.file}第{d.line}行")
            for d in plan.decisions]
    return _table(rows, ("参数", "键名", "本县定为", "方案原为", "写在哪里"),
                  f"本县自己定的（{len(rows)}处）", wide=(2, 3))


def plan_unset(plan: Plan) -> Fragment:
    """What must still be decided: dates and values that stand empty."""
    lines = [f"{d.name}（条款{d.clause}）" for d in plan.calendar if d.on is None and d.days is None]
    income = plan.household.income if plan.household else None
    if income and income.standard is None:
        lines.append("户脱贫标准（元/人·年）")
    if income and income.village_standard is None:
        lines.append("相对贫困村退出标准（元/人·年）")
    return listing("未配置", lines, "doubt" if lines else "")


def _said(value: object) -> str:
    """A value of the plan as a reader knows it."""
    if value is None or value == "":
        return "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list | tuple):
        return "、".join(_said(v) for v in value) or "（空）"
    if isinstance(value, dict):
        return "；".join(f"{k} {_said(v)}" for k, v in value.items())
    return plain(value) if hasattr(value, "denominator") else str(value)


def _table(rows: list[tuple], labels: tuple[str, ...], caption: str, *,
           wide: tuple[int, ...] = (), numbers: tuple[int, ...] = (), head: int = 0) -> Fragment:
    columns = [Column(str(i), label, number=i in numbers, head=i == head, wide=i in wide)
               for i, label in enumerate(labels)]
    frame = pd.DataFrame(rows, columns=[c.name for c in columns], dtype=object)
    return table(frame, columns, caption, stacked=True)


__all__ = ["basis_badge", "plan_decisions", "plan_items", "plan_overview", "plan_readings",
           "plan_unset"]
