"""Plan: what was read, on what ground, and what the county still has to decide.

The tables are hecha.plan.show's; here they are dressed for a page, sheet by sheet.
"""

from __future__ import annotations

from collections import Counter

import pandas as pd

from hecha.plan import Plan
from hecha.plan.blocks import BASIS_NAMES
from hecha.plan.model import Decision
from hecha.plan.show import items_table, plan_table, readings_table, unset
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
    unbroken,
)
from hecha.report.views import bare

_MEANING = {"stated": "方案写明", "derived": "由原文推出", "assumed": "原文没有，由读法补上"}
_COLOURS = {"原文": "g1", "推定": "g2", "拟定": "g3"}


def plan_overview(plan: Plan) -> Fragment:
    """What this plan is, and how much of it is its own words."""
    basis = Counter(block.basis for _, block in plan.blocks())
    proposed = sum(r.status == "proposed" for r in plan.readings)
    open_ = len(unset(plan))
    lines = [f"{plan.plan.title}，读作{len(plan.sheets)}张表、{len(plan.items)}个细项。",
             f"{basis['assumed']}处是原文没有、由读法补上的，{proposed}条读法待批。",
             f"{open_}处还没有填写。" if open_ else "该由县里填写的都已填写。"]
    return stack(
        heading(f"{plan.plan.county_name}{plan.plan.year}年核查方案：读到了什么", plan.plan.title),
        tiles([*((name, f"{basis[key]}处", _MEANING[key]) for key, name in BASIS_NAMES.items()),
               ("读法", f"{len(plan.readings)}条", f"{proposed}条待批"),
               ("未配置", f"{open_}处", "见下")]),
        listing("结论", lines, "lead"))


def plan_values(plan: Plan) -> Fragment:
    """Everything the plan decides besides its items: value, clause, basis, readings, quotation."""
    found = plan_table(plan)
    return _table(_dressed(found), [
        Column("部分", "部分", keep=True), Column("名称", "名称", head=True, wide=True),
        Column("取值", "取值", wide=True), Column("条款", "条款", keep=True),
        Column("依据", "依据", keep=True), Column("读法", "读法"), Column("原文", "原文", wide=True)],
        f"方案的各项规定（{len(found)}处）")


def plan_decisions(plan: Plan) -> Fragment:
    """What the county set itself, what stood there before, and where it is written."""
    said = plan_table(plan).set_index("位置")["取值"].to_dict()
    rows = [{"name": d.name, "value": said.get(d.path) or _plainly(d.value), "was": _plainly(d.was),
             "where": f"{d.file}第{d.line}行"} for d in plan.decisions if _new(d)]
    return _table(pd.DataFrame(rows, columns=["name", "value", "was", "where"]), [
        Column("name", "参数", head=True, wide=True), Column("value", "本县定为", wide=True),
        Column("was", "方案原为", wide=True), Column("where", "写在哪里", keep=True)],
        f"本县自己定的（{len(rows)}处）")


def _new(decision: Decision) -> bool:
    return decision.value != decision.was


def plan_unset(plan: Plan) -> Fragment:
    """What must still be decided: dates and values that stand empty."""
    lines = unset(plan)
    return listing("未配置", lines, "doubt" if lines else "")


def plan_items(plan: Plan) -> Fragment:
    """Every item of every sheet: how it is scored, from what, on which clause and basis."""
    found = _dressed(items_table(plan))
    found["指标"] = found["指标"].map(bare)
    columns = [Column("代码", "代码", keep=True), Column("细项", "细项", head=True, wide=True),
               Column("指标", "指标", wide=True), Column("分值", "分值", number=True),
               Column("计分方式", "怎样计分", wide=True), Column("数据来源", "数据来源"),
               Column("缺项情形", "何时作缺项"), Column("条款", "条款", keep=True),
               Column("依据", "依据", keep=True), Column("读法", "读法")]
    return stack(*(_table(found[found["表"] == sheet.name], columns,
                          f"{sheet.name}（{plain(sheet.total)}分）") for sheet in plan.sheets))


def plan_readings(plan: Plan) -> Fragment:
    """Every reading: question, answer, alternatives, confidence, impact and status."""
    found = readings_table(plan)
    found["状态"] = found["状态"].map(lambda s: badge(s, "doubt" if s == "待批" else "g1"))
    return _table(found, [
        Column("读法", "读法", head=True), Column("条款", "条款", keep=True),
        Column("问题", "方案没有说清的", wide=True), Column("答案", "我们的答案", wide=True),
        Column("其他可取的答案", "也可以", wide=True), Column("现在采用", "现在采用"),
        Column("把握", "把握", keep=True), Column("对等次的影响", "对等次的影响"),
        Column("状态", "状态", keep=True)], f"读法（{len(found)}条）")


def _dressed(frame: pd.DataFrame) -> pd.DataFrame:
    """Basis in a box, readings that do not break."""
    return frame.astype(object).assign(
        依据=[badge(b, _COLOURS.get(b.partition("，")[0], "")) for b in frame["依据"]],
        读法=[unbroken(*r.split("、")) for r in frame["读法"]])


def _plainly(value: object) -> str:
    if value is None or value == "":
        return "（空）"
    return plain(value) if hasattr(value, "denominator") and not isinstance(value, bool) else str(value)


def _table(frame: pd.DataFrame, columns: list[Column], caption: str) -> Fragment:
    return table(frame, columns, caption, stacked=True)


__all__ = ["plan_decisions", "plan_items", "plan_overview", "plan_readings", "plan_unset",
           "plan_values"]
