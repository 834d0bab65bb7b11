"""The plan as tables that a person reads: what was read, on what ground, what is open.

Each table has one row for a thing somebody could dispute, with clause, quotation,
basis and readings beside the value, and 位置, the path under which it can be changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from hecha.plan import paths
from hecha.plan.blocks import Block, Cited
from hecha.plan.model import (
    Band,
    Charge,
    Decision,
    Fact,
    Figure,
    Income,
    Plan,
    Reading,
    Recipient,
    Sheet,
    Stratum,
)
from hecha.plan.sentences import rule_sentence
from hecha.points import plain

UNSET = "未配置"
PLAN_COLUMNS = ["部分", "名称", "取值", "条款", "依据", "读法", "原文", "县定于", "位置"]
ITEM_COLUMNS = ["代码", "表", "维度", "指标", "细项", "分值", "计分方式", "数据来源", "缺项情形", "条款",
                "依据", "读法", "说明"]
READING_COLUMNS = ["读法", "条款", "问题", "答案", "其他可取的答案", "现在采用", "把握", "对等次的影响", "状态",
                   "位置"]

_DEGREES = {"high": "高", "medium": "中", "low": "低", "none": "无"}
_STATUS = {"proposed": "待批", "approved": "已批"}

_PARTS: dict[str, tuple[str, dict[str, str]]] = {
    "grades": ("等次", {
        "of": "定等次的分数", "also": "另列等次的分数", "bands": "分数段", "grade_on": "按哪个数定等次",
        "ranked": "排名次", "tie_break": "同分时再比", "near_line": "距等次线多少分以内提示"}),
    "fraud": ("弄虚作假", {"per_case": "每件另扣分", "sheet_cap": "每张表最多另扣分"}),
    "external": ("上级结果", {
        "order": "优先次序", "rule": "两级都有结果时", "scope": "镇的结果替代什么", "grade_only": "只有等次时",
        "not_sampled": "没有抽到的村", "replaces": "替代哪张表"}),
    "attendance": ("考勤扣分", {
        "events": "计哪些事项", "charges": "扣在哪里", "village_not_sampled": "所帮扶村没有抽到时"}),
    "publication": ("公布", {"mark": "公布前的标记", "file_mark": "文件名里的标记", "facts": "公布须先具备", "recipients": "分送"}),
    "counterparts": ("帮扶单位", {"reference": "列出参考分"}),
    "objections": ("申诉", {"days": "期限（日）", "counted": "怎样数", "after": "从哪件事起"}),
    "retention": ("个人信息保存期限", {"years": "保存几年", "since": "自哪一天起"}),
    "rectification": ("整改", {
        "term_days": "整改时限（自交办之日起，天）", "overdue": "逾期没有销号的"}),
    "sample": ("抽样", {
        "villages_per_town": "每镇抽查村数", "households_per_village": "每村最少户数",
        "disabled_per_village": "其中残疾人户", "reserves": "每村备选户数", "village_types": "抽查哪类村",
        "statuses": "可抽户的状态", "strata": "分层",
        "exit_from": "脱贫年度自", "exit_to": "脱贫年度至",
        "excluded_notes": "不抽的户", "household_rule": "户的抽法", "few_villages": "村数不足时",
        "no_village": "没有可抽的村时", "avoid_last_year": "避开上年抽过的村", "frame": "抽样框"}),
    "teams": ("编组", {
        "size": "每组人数", "from_town": "其中镇抽调", "from_county": "其中县抽调", "mode": "组成",
        "no_mutual": "两镇不互查", "served_within_years": "几年内曾任职的镇应回避"}),
    "household.income": ("收入", {
        "formula": "收入口径", "formulas": "各口径的算式", "standard": "户脱贫标准（元/人·年）",
        "village_standard": "相对贫困村退出标准（元/人·年）", "include_imputed_rent": "自有住房折算净租金计入",
        "count_pension": "养老金计入", "denominator": "分母", "negative_business_income": "经营亏损",
        "cost_mode": "经营费用"}),
}

_WORDS = {
    "grade_on": {"published": "公布的分数（四舍五入到两位小数）", "exact": "精确分数"},
    "rule": {"first": "取优先的一级", "lower": "取较低的一个"},
    "scope": {"town_score": "只替代直接核查的得分", "year_end": "替代年终得分"},
    "grade_only": {"cap": "保留原分，等次不高于上级等次"},
    "not_sampled": {"list_only": "只列示，不计分"},
    "village_not_sampled": {"list": "列入通报，不影响分数"},
    "household_rule": {"last_gives_way": "先取满，没有残疾人户的，末位让给残疾人户",
                       "disabled_first": "先抽1户残疾人户，再抽足其余"},
    "few_villages": {"all": "有几个抽几个"},
    "no_village": {"county_check_only": "只按直接核查的得分"},
    "frame": {"all_exits": "各年度脱贫户", "this_year_only": "本年度脱贫户"},
    "mode": {"block": "整组派出", "mixed": "各镇混编"},
    "denominator": {"members": "登记人口"},
    "negative_business_income": {"keep": "照减", "clip": "按0计"},
    "cost_mode": {"actual": "据实"},
    "na": {"rescale": "换算为满分", "full": "按满分计", "zero": "按0分计"},
    "if_empty": {"block": "不能定分", "renormalise": "去掉，其余重新归一", "zero": "按0分计"},
    "mean": {"simple": "简单平均"},
    "counted": {"calendar": "自然日", "working": "工作日"},
    "kind": {"leadership": "全部", "office": "综合评价结果", "unit": "各自的核查报告",
             "counterpart": "各自的参考分"},
    "charged_to": {"home_town": "派出镇", "stationed_village": "所帮扶村"},
}


def plan_table(plan: Plan) -> pd.DataFrame:
    """Everything the plan decides besides its items and readings, one row a value.

    Columns: 部分, 名称, 取值, 条款, 依据, 读法, 原文, 县定于 (file, line and what stood there
    before), 位置 (the path to change it by). A value not yet set is 未配置.

    >>> from hecha.plan import load_plan
    >>> table = plan_table(load_plan("params/xian2023"))
    >>> table.loc[table["位置"] == "figures.comprehensive", "取值"].item()
    '日常工作×30%+年终成效×70%'
    """
    rows = [*_sheets(plan), *_figures(plan), *_singles(plan), *_conditions(plan),
            *_consequences(plan), *_recipients(plan), *_calendar(plan)]
    return pd.DataFrame(rows, columns=PLAN_COLUMNS, dtype=str)


def _row(plan: Plan, part: str, name: str, value: str, block: Cited, path: str) -> tuple[str, ...]:
    decided = "；".join(_decided(plan, d) for d in plan.decisions if _under(d.path, path))
    return (part, name, value, block.clause, block.basis_name, "、".join(block.reading), block.quote,
            decided, path)


def _field_row(plan: Plan, part: str, name: str, value: str, block: Cited,
               path: str) -> tuple[str, ...]:
    """As _row, with the readings about this very value, else the block's general ones."""
    keys = {r.id: r.key for r in plan.readings}
    here = [r for r in block.reading if _under(keys.get(r) or "", path)]
    readings = here or [r for r in block.reading if not keys.get(r)]
    row = list(_row(plan, part, name, value, block, path))
    row[PLAN_COLUMNS.index("读法")] = "、".join(readings)
    if here and block.basis == "stated":
        row[PLAN_COLUMNS.index("依据")] = f"{block.basis_name}，按读法"
    return tuple(row)


def _under(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above}.")


def _decided(plan: Plan, decision: Decision) -> str:
    was = _said(plan, decision.path.rpartition(".")[2], decision.was)
    return f"{decision.file}第{decision.line}行（原为{was}）"


def _sheets(plan: Plan) -> Iterator[tuple[str, ...]]:
    for sheet in plan.sheets:
        yield _row(plan, "表", sheet.name, _sheet(plan, sheet), sheet, f"sheets.{sheet.id}")


def _sheet(plan: Plan, sheet: Sheet) -> str:
    flag = f"，缺项超过{plain(sheet.na_flag_above)}分提示" if sheet.na_flag_above else ""
    extras = "".join(f"；另有{e.name}{plain(e.low)}至{plain(e.high)}分" for e in sheet.extras)
    return (f"{plan.level[sheet.level].name}，满分{plain(sheet.total)}分，缺项{_WORDS['na'][sheet.na]}"
            f"{flag}{extras}")


def _figures(plan: Plan) -> Iterator[tuple[str, ...]]:
    for figure in plan.figures:
        yield _row(plan, "得分", figure.name, figure_sentence(plan, figure), figure,
                   f"figures.{figure.id}")


def figure_sentence(plan: Plan, figure: Figure) -> str:
    """How a figure is made: of a sheet, a mean, or weighted parts.

    >>> from hecha.plan import load_plan
    >>> plan = load_plan("params/xian2023")
    >>> figure_sentence(plan, plan.figure["village_mean"])
    '各村核查表得分的简单平均；没有时去掉，其余重新归一'
    """
    empty = f"；没有时{_WORDS['if_empty'][figure.if_empty]}" if figure.if_empty != "block" else ""
    if figure.parts:
        parts = [f"{plan.figure[p].name}×{plain(s * 100)}%" for p, s in figure.parts.items()]
        return "+".join(parts) + empty
    if figure.sheet:
        return f"{plan.sheet[figure.sheet].name}得分{empty}"
    mean = _WORDS["mean"].get(figure.mean, figure.mean)
    return f"各{plan.sheet[figure.mean_of or ''].name}得分的{mean}{empty}"


def _singles(plan: Plan) -> Iterator[tuple[str, ...]]:
    for path, (part, fields) in _PARTS.items():
        block = _block(plan, path)
        for field, name in fields.items() if block else ():
            value = _said(plan, field, getattr(block, field))
            yield _field_row(plan, part, name, value, block, f"{path}.{field}")


def _block(plan: Plan, path: str) -> Any:
    block: Any = plan
    for step in path.split("."):
        block = getattr(block, step, None)
    return block


def _conditions(plan: Plan) -> Iterator[tuple[str, ...]]:
    for c in plan.household.conditions if plan.household else ():
        yield _row(plan, "户的条件", c.name, c.where, c, f"household.conditions.{c.id}")


def _consequences(plan: Plan) -> Iterator[tuple[str, ...]]:
    for index, c in enumerate(plan.consequences):
        name = f"{'、'.join(c.grades)}，{'有' if c.problem else '没有'}突出问题"
        action = f"{c.action}（{c.note}）" if c.note else c.action
        yield _row(plan, "结果运用", name, action, c, f"consequences.#{index}")


def _recipients(plan: Plan) -> Iterator[tuple[str, ...]]:
    for r in plan.publication.recipients if plan.publication else ():
        yield _row(plan, "分送", r.name, _WORDS["kind"][r.kind], r, f"publication.recipients.{r.id}")


def _calendar(plan: Plan) -> Iterator[tuple[str, ...]]:
    for day in plan.calendar:
        yield _row(plan, "日期", day.name, _when(day.on, day.days, day.counted), day,
                   f"calendar.{day.id}")


def _when(on: date | None, days: int | None, counted: str | None) -> str:
    if on is None and days is None:
        return UNSET
    if on is not None:
        return on.isoformat()
    return "当天" if days == 0 else f"{days}个{_WORDS['counted'][counted or 'calendar']}内"


def _said(plan: Plan, field: str, value: object) -> str:
    """A value in a reader's words: figures and sheets by name, choices spelt out."""
    if isinstance(value, str):
        facts = plan.publication.facts if plan.publication else ()
        named = [*plan.sheets, *plan.figures, *plan.calendar, *facts]
        names = _names(named) if field in _BY_NAME else {}
        return {**names, **_WORDS.get(field, {})}.get(value, value)
    if isinstance(value, tuple):
        return "、".join(_said(plan, field, v) for v in value) or "无"
    if isinstance(value, dict):
        return "；".join(f"{k}：{_said(plan, field, v)}" for k, v in value.items())
    return _plainly(value)


_BY_NAME = ("of", "also", "tie_break", "replaces", "since", "after")


def _names(blocks: Iterable[Any]) -> dict[str, str]:
    return {block.id: block.name for block in blocks}


def _plainly(value: object) -> str:
    """A single value as text.

    >>> _plainly(Fraction(1, 2)), _plainly(None), _plainly(True), _plainly(["脱贫"])
    ('0.5', '未配置', '是', '脱贫')
    """
    if value is None or value == "":
        return UNSET
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Fraction | Decimal | int):
        return plain(value)
    if isinstance(value, list | tuple):
        return "、".join(map(_plainly, value)) or "无"
    return _block_text(value) if isinstance(value, Block) else str(value)


def _block_text(block: Block) -> str:
    if isinstance(block, Band):
        below = f"，不到{plain(block.below)}" if block.below is not None else ""
        return f"{block.name}（{plain(block.at_least)}分以上{below}）"
    if isinstance(block, Charge):
        return f"{block.state}→{_WORDS['charged_to'][block.charged_to]}{block.item}“{block.option}”"
    if isinstance(block, Stratum):
        free = "，不看脱贫年度" if block.any_exit_year else ""
        return f"{block.name}每村至少{block.households_per_village}户{free}"
    return block.name if isinstance(block, Fact | Recipient) else str(block)


def items_table(plan: Plan) -> pd.DataFrame:
    """Every item, sheet by sheet: points, how it is scored, from what, when it is 缺项.

    >>> from hecha.plan import load_plan
    >>> items_table(load_plan("params/xian2023")).loc[0, ["代码", "表", "分值", "计分方式"]].tolist()
    ['T-A1-1', '镇核查表', '8', '完成年度减贫任务的得8分，否则不得分']
    """
    rows = [(i.code, sheet.name, plan.headings(i)[0], plan.headings(i)[-1], i.name, plain(i.points),
             rule_sentence(i, plan), i.source, i.na_when or "", i.clause, i.basis_name,
             "、".join(i.reading), i.note)
            for sheet in plan.sheets for i in plan.items_of(sheet.id)]
    return pd.DataFrame(rows, columns=ITEM_COLUMNS, dtype=str)


def readings_table(plan: Plan) -> pd.DataFrame:
    """Every reading: question, answer, the others, what is in force, and its status.

    >>> from hecha.plan import load_plan
    >>> readings_table(load_plan("params/xian2023")).set_index("读法").loc["A-23", "其他可取的答案"]
    '按核查户数加权平均'
    """
    rows = [(r.id, r.clause, r.question, r.answer, "；".join(a.answer for a in r.alternatives),
             in_force(plan, r), _DEGREES[r.confidence], _DEGREES[r.impact],
             f"{_STATUS[r.status]}{r.approval}", r.key or "") for r in plan.readings]
    return pd.DataFrame(rows, columns=READING_COLUMNS, dtype=str)


def in_force(plan: Plan, reading: Reading) -> str:
    """The answer the plan works by: ours, another of the list, or the county's own.

    >>> from hecha.plan import load_plan
    >>> plan = load_plan("params/xian2023")
    >>> in_force(plan, plan.readings[0])
    '建议的答案'
    """
    if reading.key is None:
        return "建议的答案"
    now = _comparable(_value_at(plan, reading.key))
    if now == _comparable(reading.default):
        return UNSET if now is None else "建议的答案"
    other = next((a.answer for a in reading.alternatives if _comparable(a.value) == now), None)
    return other or f"另定为{_plainly(_value_at(plan, reading.key))}"


def _value_at(plan: Plan, path: str) -> object:
    decided = [d.value for d in plan.decisions if d.path == path]
    return decided[-1] if decided else paths.get(_unfrozen(plan), path)


def _unfrozen(value: object) -> object:
    """The plan's plain values again: blocks as dicts, tuples as lists."""
    if isinstance(value, Block):
        return {n: _unfrozen(getattr(value, n)) for n in type(value).model_fields}
    if isinstance(value, tuple):
        return [_unfrozen(v) for v in value]
    return {k: _unfrozen(v) for k, v in value.items()} if isinstance(value, dict) else value


def _comparable(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, date) else value


def unset(plan: Plan) -> list[str]:
    """未配置: what nobody has decided yet, by name, in the order of the plan.

    >>> from hecha.plan import load_plan
    >>> unset(load_plan("params/xian2023"))[:3]
    ['县代码', '户脱贫标准（元/人·年）', '相对贫困村退出标准（元/人·年）']
    """
    head = ["县代码"] if _asks(plan, "plan.county_code") and not plan.plan.county_code else []
    income = plan.household.income if plan.household else None
    dates = [d.name for d in plan.calendar if d.on is None and d.days is None]
    return [*head, *(_open_standards(income) if income else []), *dates]


def _asks(plan: Plan, path: str) -> bool:
    return any(choice.sets == path for choice in plan.parameters)


def _open_standards(income: Income) -> list[str]:
    labels = _PARTS["household.income"][1]
    return [labels[f] for f in ("standard", "village_standard") if getattr(income, f) is None]


__all__ = ["figure_sentence", "in_force", "items_table", "plan_table", "readings_table",
           "rule_sentence", "unset"]
