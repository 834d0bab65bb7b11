"""Words on a page: figures, signs, grades and states as every report writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

import pandas as pd

from hecha.plan import Plan
from hecha.plan.blocks import BASIS_NAMES
from hecha.points import publish
from hecha.report.fragments import Fragment, badge, unbroken
from hecha.report.views import provisional, short_name
from hecha.scoring.composite import DONE, UNCONFIRMED, UNFINISHED
from hecha.scoring.results import Results

_ROW = re.compile(r"(.*)第(\d+)行")
TENTATIVE = "（暂定）"
_STATES = {UNCONFIRMED: "doubt", UNFINISHED: "stop"}


def score(value: Fraction | None) -> str:
    """A published figure, a dash where there is none.

    >>> score(Fraction("89.995")), score(None)
    ('90.00', '—')
    """
    return "—" if value is None else str(publish(value)).replace("-", "−")


def signed(value: Fraction | None) -> str:
    """A difference with its sign, in the minus sign of print.

    >>> signed(Fraction("-0.5")), signed(Fraction(2))
    ('−0.50', '+2.00')
    """
    if value is None:
        return "—"
    text = str(publish(value))
    return f"−{text[1:]}" if text.startswith("-") else f"+{text}"


def percent(share: Fraction) -> str:
    """A share as a percentage without needless zeros.

    >>> percent(Fraction(42, 100)), percent(Fraction(1, 3))
    ('42%', '33.33%')
    """
    text = str(publish(share * 100))
    return f"{text.rstrip('0').rstrip('.')}%"


def likely(chance: float | None) -> str:
    """A probability as a reader needs it; what is not quite sure is never told as sure.

    >>> likely(0.5014), likely(0.9993), likely(0.002), likely(1.0), likely(0.0), likely(None)
    ('50%', '>99%', '<1%', '100%', '0', '不可估计')
    """
    if chance is None:
        return "不可估计"
    if 0 < chance < 0.01:
        return "<1%"
    if 0.99 < chance < 1:
        return ">99%"
    return "0" if not chance else f"{chance:.0%}"


def listed(names: Iterable[str], most: int = 0) -> str:
    """Names in a row; with `most`, the rest is counted.

    >>> listed(["甲镇", "乙镇"]), listed(["甲", "乙", "丙"], 2), listed([])
    ('甲镇、乙镇', '甲、乙等3个', '无')
    """
    kept = list(names)
    if most and len(kept) > most:
        return f"{'、'.join(kept[:most])}等{len(kept)}个"
    return "、".join(kept) or "无"


def grade_badge(plan: Plan, grade: str, tentative: bool = False) -> Fragment | str:
    """A grade in its box; 暂定 beside it where it may still move."""
    if not grade:
        return "—"
    names = [band.name for band in plan.grades.bands]
    place = names.index(grade) if grade in names else 0
    step = 1 + round(place * 3 / max(1, len(names) - 1))
    return badge(grade + (TENTATIVE if tentative else ""), f"g{step}")


def state_badge(state: str) -> Fragment | str:
    """A state in its box; a finished town needs none."""
    return state if state == DONE else badge(state, _STATES.get(state, ""))


def tentative(results: Results, state: str) -> bool:
    """Whether a town's grade is only provisional."""
    return state == UNCONFIRMED or not results.final


def and_rank(results: Results) -> str:
    """「和名次」 where ranks are told, nothing where they are not."""
    return "和名次" if results.plan.grades.ranked else ""


def planned(results: Results) -> str:
    """「拟」 before what follows, until it is approved."""
    return "拟" if results.mark else ""


def rank_text(results: Results, rank: object) -> str:
    """A rank; 暂定 while any town may still move, a dash where none is given."""
    if rank is None or pd.isna(rank):
        return "—"
    return f"{int(rank)}{TENTATIVE if provisional(results) else ''}"  # type: ignore[call-overload]


def ground(clause: str, basis: str, reading: str) -> Fragment:
    """Clause, basis and readings of a row in one cell, none broken inside.

    >>> ground("四(一)", "assumed", "B-01").html
    '<span class="k">四(一)</span> <span class="k">拟定</span> <span class="k">B-01</span>'
    """
    return unbroken(clause, BASIS_NAMES.get(basis, basis), *reading.split("、"))


def places(text: str, most: int = 12) -> str:
    """Where facts stand, the rows of one sheet together, without the folder.

    >>> places("returns/a.xlsx［入户核查］第3行；returns/a.xlsx［入户核查］第11行；roster/考勤.csv第4行")
    'a.xlsx［入户核查］第3、11行；考勤.csv第4行'
    """
    rows: dict[str, list[str]] = {}
    for place in filter(None, text.split("；")):
        found = _ROW.fullmatch(place)
        sheet, row = (found[1], found[2]) if found else (place, "")
        rows.setdefault(sheet.split("/", 1)[-1], []).append(row)
    return "；".join(f"{sheet}第{_rows(found, most)}行" if any(found) else sheet
                    for sheet, found in rows.items())


def _rows(rows: list[str], most: int) -> str:
    kept = sorted(set(rows), key=lambda r: int(r or 0))
    more = f"…共{len(kept)}" if len(kept) > most else ""
    return "、".join(kept[:most]) + more


def sheet_of(results: Results, row: object) -> str:
    """A sheet of a unit by name: 镇核查表 for the town's own, 马门村（村核查表） for a village."""
    name = results.plan.sheet[row.sheet].name  # type: ignore[attr-defined]
    unit = short_name(results.units.names.get(row.unit, row.unit))  # type: ignore[attr-defined]
    sampled = results.plan.level[results.plan.sheet[row.sheet].level].sampled  # type: ignore
    return f"{unit}（{name}）" if sampled else name


def from_above(external: str) -> str:
    """A 省/市 result as it is recorded in `results.sheets`.

    >>> from_above("省 省核查反馈〔2024〕2号")
    '省结果（省核查反馈〔2024〕2号）'
    """
    level, _, document = external.partition(" ")
    return f"{level}结果（{document}）" if document else f"{level}结果"
