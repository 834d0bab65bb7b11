"""What people decided and recorded: adjustments and higher results (R-04, R-15).

弄虚作假, 扣罚, 等次上限 and 突出问题 lie outside the item rules; each has a reason and
an approval.  省 and 市 results replace the county's own, 省 before 市.  Nothing here is
inferred from the data.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

import pandas as pd

from hecha.plan import Plan
from hecha.problems import Place, Problems
from hecha.scoring.composite import Cap
from hecha.scoring.sheets import ExternalResult, Penalty
from hecha.scoring.units import Units


@dataclass
class Recorded:
    """Adjustments and external results, by where they apply."""

    frauds: dict[tuple[str, str], list[tuple[str, Penalty]]] = field(
        default_factory=lambda: defaultdict(list))
    penalties: dict[tuple[str, str], list[Penalty]] = field(
        default_factory=lambda: defaultdict(list))
    caps: dict[str, list[Cap]] = field(default_factory=lambda: defaultdict(list))
    problems: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    external: dict[tuple[str, str], ExternalResult] = field(default_factory=dict)
    listed: list[ExternalResult] = field(default_factory=list)


def read_recorded(plan: Plan, adjustments: pd.DataFrame, external: pd.DataFrame, units: Units,
                  problems: Problems) -> Recorded:
    """Sort what was recorded to the sheets and towns it concerns."""
    recorded = Recorded()
    for row in adjustments.itertuples(index=False):
        _adjust(plan, row, units, recorded, problems)
    _take_external(plan, external, units, recorded, problems)
    return recorded


def _adjust(plan: Plan, row: tuple, units: Units, recorded: Recorded, problems: Problems) -> None:
    place = Place(row.file, row.form, int(row.row))
    said = Penalty(Fraction(row.points or 0), row.reason, row.approval, str(place),
                   str(getattr(row, "approved_on", "") or ""))
    town = units.town_of(row.unit)
    if row.type in ("fraud", "penalty") and row.sheet not in plan.sheet:
        problems.error(place.at("评分表"), "unknown_sheet", "没有这张评分表", found=row.sheet,
                       expected="、".join(plan.sheet), units=[row.unit])
    elif row.type == "fraud" and (row.sheet, row.item) not in plan.item:
        problems.error(place.at("指标代码"), "unknown_item", "这张评分表上没有这个指标代码，"
                       "弄虚作假无从扣分", found=row.item, units=[row.unit])
    elif row.type in ("fraud", "penalty") and row.unit not in units.of_sheet(plan, row.sheet):
        problems.error(place.at("单位代码"), "unscored_unit", f"{plan.sheet[row.sheet].name}不给这个"
                       "单位计分，这一条无处可扣", found=row.unit, units=[town])
    elif row.type == "fraud":
        recorded.frauds[(row.sheet, row.unit)].append((row.item, said))
    elif row.type == "penalty":
        recorded.penalties[(row.sheet, row.unit)].append(said)
    elif row.type == "grade_cap" and row.grade_cap not in [b.name for b in plan.grades.bands]:
        problems.error(place.at("等次上限"), "unknown_grade", "没有这个等次", found=row.grade_cap,
                       expected="、".join(b.name for b in plan.grades.bands), units=[row.unit])
    elif row.type == "grade_cap":
        recorded.caps[town].append(Cap(row.grade_cap, f"{row.reason}（{row.approval}）"))
    elif row.type == "outstanding_problem":
        recorded.problems[town].append(f"{row.reason}（{row.approval}）")


def _take_external(plan: Plan, external: pd.DataFrame, units: Units, recorded: Recorded,
                   problems: Problems) -> None:
    """The first level of the plan's order (or the lower score) stands for each unit."""
    if plan.external is None:
        return
    order = {level: i for i, level in enumerate(plan.external.order)}
    found: dict[tuple[str, str], list[ExternalResult]] = defaultdict(list)
    for row in external.itertuples(index=False):
        place = Place(row.file, row.sheet, int(row.row))
        if row.level not in order or row.object not in plan.external.replaces:
            problems.error(place, "unknown_level", "方案没有规定这一级或这类对象的结果如何使用",
                           found=f"{row.level}/{row.object}", expected="、".join(order),
                           units=[row.unit])
            continue
        score = None if pd.isna(row.score) else Fraction(row.score) / Fraction(row.full) * 100
        result = ExternalResult(row.level, score, row.grade or "", row.document, str(place),
                                row.unit)
        found[(plan.external.replaces[row.object], row.unit)].append(result)
    for (sheet, unit), results in found.items():
        best = min(results, key=lambda r: _preference(plan, order, r))
        if unit in units.of_sheet(plan, sheet):
            recorded.external[(sheet, unit)] = best
            recorded.listed += [r for r in results if r is not best]
        else:
            recorded.listed += results


def _preference(plan: Plan, order: dict[str, int], result: ExternalResult) -> tuple:
    if plan.external.rule == "lower" and result.score is not None:  # type: ignore[union-attr]
        return (0, result.score)
    return (1, order[result.level])
