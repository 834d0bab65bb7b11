"""Patterns: what good survey practice looks at in finished forms (lists, never verdicts).

Lateness is a fact with a clause (R-03).  Forms alike within a team, round numbers and
incomes just above the standard are suspicions at most: they touch no score, name no
person, and every line ends with «请到现场核实».  Thresholds are those of the lists alone;
how likely such a thing is by chance is asked of the whole county, in hecha.analysis.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import pandas as pd

from hecha.analysis.heaping import whole_hundreds
from hecha.analysis.nearly_same import agreement
from hecha.case.households import income_total
from hecha.problems import Place

ON_SITE = "请到现场核实"
COLUMNS = ["kind", "town", "unit", "what", "file", "sheet", "row"]
_TYPED = ("wages", "business_income", "business_costs", "depreciation", "production_tax",
          "production_subsidy", "property_income", "property_outlay", "transfer_income", "pension",
          "transfer_outlay", "imputed_rent", "excluded_income")


@dataclass(frozen=True)
class Look:
    """How closely the lists look: shares, counts and a margin in yuan per head."""

    alike: Fraction = Fraction(9, 10)
    round_share: Fraction = Fraction(1, 2)
    fewest: int = 8
    margin_yuan: int = 200
    crowd: int = 3


def lateness(teams: pd.DataFrame) -> pd.DataFrame:
    """R-03 of every team: visit_date, scored_at, reported_at and how many days late each.

    Scores are due on the day of the visit, the report on the next calendar day (A-34).
    One row a (file, team); a time that was not written is `None` days late, not on time.

    >>> one = pd.DataFrame([["3", "449901105", "2024-01-05", "2024-01-06 09:00", "", "a", "组员", 2]],
    ...     columns=["team", "checked_town", "visit_date", "scored_at", "reported_at", "file",
    ...              "sheet", "row"])
    >>> lateness(one)[["score_days_late", "report_days_late"]].values.tolist()
    [[1, None]]
    """
    rows = []
    for (file, team), group in teams.groupby(["file", "team"], sort=False):
        first = group.iloc[0]
        rows.append({
            "town": first["checked_town"], "team": team, "visit_date": first["visit_date"],
            "scored_at": max(group["scored_at"]), "reported_at": max(group["reported_at"]),
            "score_days_late": _late(first["visit_date"], max(group["scored_at"]), 0),
            "report_days_late": _late(first["visit_date"], max(group["reported_at"]), 1),
            "file": file, "sheet": first["sheet"], "row": int(first["row"])})
    return pd.DataFrame(rows, columns=["town", "team", "visit_date", "scored_at", "reported_at",
                                       "score_days_late", "report_days_late", "file", "sheet",
                                       "row"], dtype=object)


def _late(visit: str, done: str, allowed: int) -> int | None:
    if not visit or not done:
        return None
    days = dt.date.fromisoformat(done[:10]) - dt.date.fromisoformat(visit)
    return max(0, days.days - allowed)


def patterns(households: pd.DataFrame, standard_yuan: Fraction | None,
             look: Look | None = None) -> pd.DataFrame:
    """All suspicions of the household forms: kind, town, unit, what, file, sheet, row."""
    look = look or Look()
    if households.empty:
        return pd.DataFrame(columns=COLUMNS, dtype=object)
    parts = [_alike(households, look), _round(households, look), _same_day(households)]
    if standard_yuan is not None:
        parts.append(_crowded(households, standard_yuan, look))
    return pd.DataFrame([line for part in parts for line in part], columns=COLUMNS, dtype=object)


def _line(kind: str, row, what: str) -> list[object]:
    return [kind, row.town, row.village, f"{what}；{ON_SITE}", row.file, row.sheet, int(row.row)]


def _alike(households: pd.DataFrame, look: Look) -> Iterable[list[object]]:
    """Pairs of one team's forms whose amounts agree almost wholly (blank ones aside)."""
    for _, group in households.groupby("file", sort=False):
        rows = list(group.itertuples(index=False))
        for one, two in combinations(rows, 2):
            share, compared = agreement(one, two, _TYPED)
            if compared >= 4 and share >= look.alike:
                where = Place(two.file, two.sheet, int(two.row))
                yield _line("相似的表", one, f"与{where.sheet}第{where.row}行的{compared}项金额"
                                         f"有{int(share * compared)}项相同")


def _round(households: pd.DataFrame, look: Look) -> Iterable[list[object]]:
    """Visitors' forms in one village where many amounts end in full hundreds of yuan."""
    for _, group in households.groupby(["file", "village"], sort=False):
        many, whole = (int(counts.sum()) for counts in whole_hundreds(group[list(_TYPED)]))
        if many >= look.fewest and Fraction(whole, many) >= look.round_share:
            yield _line("整数偏多", next(group.itertuples(index=False)),
                        f"{many}个金额中{whole}个是整百元")


def _crowded(households: pd.DataFrame, standard: Fraction, look: Look) -> Iterable[list[object]]:
    """Villages where several incomes lie just above the standard."""
    for _, group in households.groupby("village", sort=False):
        near = [row for row in group.itertuples(index=False) if row.members and 0 <=
                Fraction(income_total(row), 100 * int(row.members)) - standard <= look.margin_yuan]
        if len(near) >= look.crowd:
            rows = "、".join(str(int(r.row)) for r in near)
            yield _line("收入贴近标准", near[0], f"{len(group)}户中{len(near)}户的人均收入只比标准高"
                                           f"{look.margin_yuan}元以内（第{rows}行）")


def _same_day(households: pd.DataFrame, most: int = 12) -> Iterable[list[object]]:
    """More households in one day by one visitor than can be visited well."""
    named = households[(households["visitor"] != "") & (households["visit_date"] != "")]
    for (_, _, day), group in named.groupby(["file", "visitor", "visit_date"], sort=False):
        if len(group) > most:
            yield _line("一天走访过多", next(group.itertuples(index=False)),
                        f"同一核查人{day}一天填了{len(group)}户")


def kinds(found: pd.DataFrame) -> Sequence[str]:
    """The kinds of a table of patterns, in order of appearance."""
    return list(dict.fromkeys(found["kind"]))
