"""The published tables: a Results in Chinese columns, figures rounded once.

Each table gives the published figure and, where it matters, the exact value beside it
(综合评价 and 综合评价精确值).  These frames are what towns.csv, villages.csv, items.csv,
ledger.csv and the workbook hold; nothing is computed here but the one rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import pandas as pd

from hecha.plan import Plan
from hecha.plan.blocks import BASIS_NAMES
from hecha.points import decimal_text, fraction_text, plain, publish, rounded
from hecha.problems import SEVERITY_NAMES, Problem
from hecha.scoring import Results
from hecha.scoring.results import graded_level
from hecha.words import mask_text

STATE_NAMES = {"scored": "已计分", "na": "缺项", "missing": "未完成"}


def published(value: object) -> str:
    """The published figure as text, blank where there is none.

    >>> published(Fraction("89.995")), published(None)
    ('90.00', '')
    """
    return f"{publish(value):f}" if isinstance(value, Fraction | int) else ""


def exact(value: object) -> str:
    """The exact value as a decimal of up to 20 places, blank where there is none."""
    return decimal_text(value) if isinstance(value, Fraction | int) else ""


def fraction(value: object) -> str:
    """The exact value as text that loses nothing and that no spreadsheet takes for a date.

    `8/9` would be the 9th of August and `-3/4` a formula; :func:`read_fraction` reads it back.

    >>> fraction(Fraction(8, 9)), fraction(Fraction(17, 4)), fraction(None)
    ('8÷9', '4.25', '')
    """
    return fraction_text(value) if isinstance(value, Fraction | int) else ""


def read_fraction(text: str) -> Fraction | None:
    """The value that :func:`fraction` or :func:`exact` wrote, blank as None.

    >>> read_fraction("8÷9"), read_fraction("-0.25"), read_fraction("")
    (Fraction(8, 9), Fraction(-1, 4), None)
    """
    return Fraction(text.replace("÷", "/")) if text else None


def eight(value: object) -> str:
    """The value at eight decimals, as worked examples are printed."""
    return f"{rounded(value, 8):f}" if isinstance(value, Fraction | int) else ""


unit_name = graded_level


def sampled_name(plan: Plan) -> str:
    """What a drawn unit is called: 村, 设施 …; blank where the plan samples nothing.

    >>> from hecha.plan import load_plan
    >>> sampled_name(load_plan("params/xian2023")), sampled_name(load_plan("params/ducha-403030"))
    ('村', '')
    """
    scored = [plan.level[s.level] for s in plan.sheets]
    return next((v.name for v in (*scored, *plan.levels) if v.sampled), "")


def tables(results: Results) -> dict[str, pd.DataFrame]:
    """Every published table by the name of its file, those that the plan and the case have."""
    found = {
        "towns": towns(results), "villages": villages(results), "items": items(results),
        "ledger": ledger(results), "sheets": sheets(results), "missing": missing(results),
        "income_turns": income_turns(results), "listed": listed(results),
        "problems": problems(results.problems),
    }
    if results.plan.consequences:
        found["consequences"] = consequences(results)
    if len(results.counterparts):
        found["counterparts"] = counterparts(results)
    return found


def towns(results: Results) -> pd.DataFrame:
    """One row a town: the figures, grades, rank (where the plan ranks) and state, in code order.

    暂定 says whether grade and rank may still move: a town is missing or in doubt.
    """
    plan, frame, level = results.plan, results.towns, unit_name(results.plan)
    columns: dict[str, Iterable[object]] = {
        f"{level}代码": frame["town"], level: frame["town_name"]}
    for figure in plan.figures:
        columns[figure.name] = frame[figure.id].map(published)
        if figure.id in plan.grades.also:
            columns[figure.grade_name or f"{figure.name}等次"] = frame[f"grade:{figure.id}"]
        if figure.id == plan.grades.of:
            columns[f"{figure.name}精确值"] = frame[figure.id].map(exact)
    columns["等次"] = frame["grade"]
    if plan.grades.ranked:
        columns["名次"] = frame["rank"].map(_whole)
    columns["暂定"] = [_yes(not results.final) if grade else "" for grade in frame["grade"]]
    columns["状态"] = frame["state"]
    return _frame(columns)


def villages(results: Results) -> pd.DataFrame:
    """One row a sampled unit: its score, 缺项折算 and what replaced it."""
    plan = results.plan
    sampled = [s.id for s in plan.sheets if plan.level[s.level].sampled]
    frame = results.sheets[results.sheets["sheet"].isin(sampled)]
    level = sampled_name(plan) or "抽查单位"
    return _frame({
        f"{level}代码": frame["unit"], level: frame["unit_name"],
        f"{unit_name(plan)}代码": frame["town"], "得分": frame["score"].map(published),
        "得分精确值": frame["score"].map(exact), "适用满分": frame["applicable"].map(fraction),
        "实得": frame["earned"].map(published), "缺项折算": frame["sentence"],
        "上级结果": frame["external"].map(_said), "状态": frame["score"].map(_sheet_state),
        "缺什么": frame["missing"].map(_said),
    })


def sheets(results: Results) -> pd.DataFrame:
    """One row a sheet of a unit; 满分 − 得分 is the sum of its ledger rows."""
    frame, plan = results.sheets, results.plan
    return _frame({
        "表": frame["sheet"], "表名": frame["sheet"].map(lambda s: plan.sheet[s].name),
        "单位代码": frame["unit"], "单位": frame["unit_name"],
        "满分": frame["sheet"].map(lambda s: plain(plan.sheet[s].total)),
        "适用满分": frame["applicable"].map(fraction), "实得": frame["earned"].map(eight),
        "得分": frame["score"].map(published), "得分精确值": frame["score"].map(fraction),
        "缺项折算": frame["sentence"], "缺项超限": frame["flagged"].map(_yes),
        "上级结果": frame["external"].map(_said), "状态": frame["score"].map(_sheet_state),
        "缺什么": frame["missing"].map(_said),
    })


def items(results: Results) -> pd.DataFrame:
    """One row an item of a unit, before 缺项折算; 得分 at eight decimals and exactly."""
    frame, plan = results.items, results.plan
    return _frame({
        "表": frame["sheet"], "单位代码": frame["unit"], "指标代码": frame["item"],
        "满分": frame["points"].map(fraction), "得分": frame["score"].map(eight),
        "缺项": (frame["state"] == "na").map(_yes), "状态": frame["state"].map(STATE_NAMES),
        "得分精确值": frame["score"].map(fraction), "细项": frame["name"],
        "维度": frame["dimension"], "指标": frame["indicator"],
        "表名": frame["sheet"].map(lambda s: plan.sheet[s].name), "说明": frame["reason"].map(_said),
    })


def ledger(results: Results) -> pd.DataFrame:
    """扣分台账: one row per point lost (positive) or gained (negative)."""
    frame, names = results.ledger, results.units.names
    return _frame({
        "表": frame["sheet"], "单位代码": frame["unit"],
        "单位": frame["unit"].map(lambda u: names.get(u, u)), "指标代码": frame["item"],
        "细项": frame["item_name"], "类型": frame["type_name"], "记录项": frame["measure"],
        "数量": frame["count"].map(fraction), "单价": frame["price"].map(fraction),
        "扣分": frame["points"].map(eight), "扣分精确值": frame["points"].map(fraction),
        "说明": frame["sentence"].map(_said), "条款": frame["clause"],
        "依据": frame["basis"].map(BASIS_NAMES), "读法": frame["reading"],
        "证据": frame["evidence"].map(_said),
    })


def missing(results: Results) -> pd.DataFrame:
    """What is missing, town by town."""
    frame, level = results.missing, unit_name(results.plan)
    return _frame({f"{level}代码": frame["town"], level: frame["town_name"],
                   "缺什么": frame["what"].map(_said)})


def income_turns(results: Results) -> pd.DataFrame:
    """Households whose pass turns on the formula: by place in the files, never by name."""
    frame, level = results.income_turns, unit_name(results.plan)
    sampled = sampled_name(results.plan) or "抽查单位"
    per_head = [(Fraction(int(a)) / 100 / int(m), Fraction(int(b)) / 100 / int(m))
                for a, b, m in zip(frame["f1"], frame["f2"], frame["members"], strict=True)]
    return _frame({
        f"{level}代码": frame["town"], f"{sampled}代码": frame["village"],
        sampled: frame["village_name"],
        "所在": frame["place"], "F1人均": [published(a) for a, _ in per_head],
        "F2人均": [published(b) for _, b in per_head], "说明": frame["turns"],
    })


def listed(results: Results) -> pd.DataFrame:
    """What was recorded and moves no score."""
    frame = results.listed
    return _frame({"事项": frame["what"], "单位代码": frame["unit"], "说明": frame["reason"].map(_said),
                   "所在": frame["place"]})


def consequences(results: Results) -> pd.DataFrame:
    """表扬 and 约谈, one row a unit, with the rule each stands on, in the plan's own words (八).

    突出问题 are those that people recorded; nothing is inferred.
    """
    plan, level = results.plan, unit_name(results.plan)
    order = list(dict.fromkeys(c.action for c in plan.consequences))
    rows = [(r, next(c for c in plan.consequences if r["grade"] in c.grades
                     and c.problem == bool(r["problem"])))
            for action in order for r in results.towns.to_dict("records") if r["action"] == action]
    return _frame({
        "事项": [r["action"] for r, _ in rows], f"{level}代码": [r["town"] for r, _ in rows],
        level: [r["town_name"] for r, _ in rows], "等次": [r["grade"] for r, _ in rows],
        "突出问题": [_said(recorded_problems(r["notes"])) if r["problem"] else "无" for r, _ in rows],
        "条款": [c.clause for _, c in rows], "依据": [c.basis_name for _, c in rows],
        "读法": ["、".join(c.reading) for _, c in rows], "原文": [c.quote for _, c in rows],
        "说明": [_said("；".join(filter(None, (r["action_note"], r["caps"])))) for r, _ in rows],
    })


def recorded_problems(notes: str) -> str:
    """The outstanding problems among a unit's notes.

    >>> recorded_problems("突出问题：饮水工程停用（云乡振组〔2024〕5号）；只抽到3个村")
    '饮水工程停用（云乡振组〔2024〕5号）'
    """
    said = [n.removeprefix("突出问题：") for n in notes.split("；") if n.startswith("突出问题")]
    return "；".join(said) or "有"


def counterparts(results: Results) -> pd.DataFrame:
    """帮扶单位 with the mean of their drawn villages (A-30): 参考, without a grade."""
    frame = results.counterparts
    return _frame({
        "单位": frame["name"], "类别": frame["kind"], "参考分": frame["mean"].map(published),
        "参考分精确值": frame["mean"].map(exact), "抽到的村": frame["villages"],
        "帮扶村数": frame["helped"].map(str), "抽到村数": frame["scored"].map(str),
        "说明": ["参考，不评等次" if isinstance(m, Fraction) else "帮扶的村没有抽到，或没有得分"
               for m in frame["mean"]],
    })


def problems(found: Iterable[Problem]) -> pd.DataFrame:
    """Everything wrong, errors first, in the reader's coordinates."""
    rows = sorted(found, key=lambda p: (p.severity, p.place))
    return _frame({
        "程度": [SEVERITY_NAMES[p.severity] for p in rows], "文件": [p.place.file for p in rows],
        "工作表": [p.place.sheet for p in rows],
        "行": [str(p.place.row or "") for p in rows], "列": [p.place.column for p in rows],
        "问题": [_said(p.message) for p in rows], "填的是": [_said(p.found) for p in rows],
        "应为": [p.expected for p in rows], "影响": ["、".join(p.units) for p in rows],
    })


def _frame(columns: dict[str, Iterable[object]]) -> pd.DataFrame:
    return pd.DataFrame({name: list(values) for name, values in columns.items()}, dtype=object)


def _said(text: object) -> object:
    """What a person typed, or a sentence made of it, without numbers that tell of a person or household."""
    return mask_text(text) if isinstance(text, str) else text


def _whole(value: object) -> str:
    return "" if value is None or value != value else str(int(value))  # type: ignore[call-overload]


def _yes(value: object) -> str:
    return "是" if value else "否"


def _sheet_state(score: object) -> str:
    return "未完成" if score is None or score != score else "完成"
