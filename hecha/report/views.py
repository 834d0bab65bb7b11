"""Views: what a reader asks of a result, as small tables.

A county head asks who is close to a line, a town asks which of its losses weigh most.
The answers are filters and sums over the result's own frames, exact, and nothing else:
no view judges or rounds.  What ties them together is the *weight* of a sheet, how much
one of its points is worth in the graded figure (1 point of 县核查分 is 0.42 of 综合评价);
with it, what a town lost in all its sheets adds up to full marks minus its 综合评价.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction

import pandas as pd

from hecha.plan import Plan
from hecha.plan.model import Figure
from hecha.points import publish
from hecha.report.published import sampled_name, unit_name  # noqa: F401  what tellers ask here
from hecha.scoring.composite import UNCONFIRMED, UNFINISHED
from hecha.scoring.results import Results
from hecha.scoring.worth import weights

_NUMBERING = re.compile(r"^[一二三四五六七八九十\d]+[\s、.]+")
NOT_FILLED = "没有填"
NAMED = 3
"""towns that a title names before it counts"""
_VILLAGE = re.compile(r"(?<=.)(村民委员会|村委会|居民委员会|居委会)$")


def bare(heading: str) -> str:
    """A heading without its number.

    >>> bare("3 责任落实"), bare("一 减贫成效"), bare("三保障")
    ('责任落实', '减贫成效', '三保障')
    """
    return _NUMBERING.sub("", heading)


def short_name(name: str) -> str:
    """A village's name as a chart has room for.

    >>> short_name("云楼村民委员会"), short_name("下陂村")
    ('云楼村', '下陂村')
    """
    return _VILLAGE.sub("村", name)


def whole_name(plan: Plan) -> str:
    """All units together, by the level above theirs: 全县, 全市 …

    >>> from hecha.plan import load_plan
    >>> whole_name(load_plan("params/xian2023")), whole_name(load_plan("params/sheng-bangfu"))
    ('全县', '全省')
    """
    own = next((v for v in plan.levels if v.name == unit_name(plan)), None)
    above = plan.level.get(own.within or "") if own else None
    return f"全{above.name}" if above else "全县"


def county_name(results: Results) -> str:
    """The county's name, 全县 (全市 …) where the plan does not say."""
    return results.plan.plan.county_name or whole_name(results.plan)


def occasion(results: Results) -> str:
    """Whose check it is, for a title: the county's, or of the few towns that were scored."""
    year = f"{results.plan.plan.year}年成效核查"
    if not results.partial:
        return f"{county_name(results)}{year}"
    names = list(results.towns["town_name"])
    more = f"等{len(names)}个{unit_name(results.plan)}" if len(names) > NAMED else ""
    return f"{'、'.join(names[:NAMED])}{more}{year}（只算了部分{unit_name(results.plan)}）"


def graded(plan: Plan) -> Figure:
    """The figure that is graded and ranked."""
    return plan.figure[plan.grades.of]


def town_row(results: Results, town: str) -> pd.Series:
    """The town's row of `results.towns`."""
    return results.towns.loc[results.towns["town"] == town].iloc[0]


def finished(results: Results) -> pd.DataFrame:
    """The towns that have a score."""
    return results.towns[results.towns["state"] != UNFINISHED]


def provisional(results: Results) -> bool:
    """Whether ranks may still move: a town is missing, doubtful or left out."""
    states = {*results.towns["state"], *results.others}
    return not results.final or UNCONFIRMED in states


def standing(results: Results) -> pd.DataFrame:
    """`results.towns`, the best published figure first, towns without a score last.

    Where the plan breaks ties, the rank does so here; where ranks are not told the order
    tells none either: by grade, inside it by code.
    """
    frame, of = results.towns, results.plan.grades.of
    if not results.plan.grades.ranked:
        return _by_grade(results)
    order = [(-publish(v) if v is not None else Fraction(1), 0 if pd.isna(rank) else rank, town)
             for v, rank, town in zip(frame[of], frame["rank"], frame["town"], strict=True)]
    kept = sorted(range(len(frame)), key=order.__getitem__)
    return frame.iloc[kept].reset_index(drop=True)


def _by_grade(results: Results) -> pd.DataFrame:
    frame, grades = results.towns, [band.name for band in results.plan.grades.bands]
    order = [(grades.index(grade) if grade else len(grades), town)
             for grade, town in zip(frame["grade"], frame["town"], strict=True)]
    return frame.iloc[sorted(range(len(frame)), key=order.__getitem__)].reset_index(drop=True)


def full_marks(results: Results, town: str) -> Fraction:
    """What the town's graded figure would be without any loss: its sheets' totals, weighted."""
    worth = weights(results, town)
    own = results.sheets.loc[results.sheets["town"] == town, "sheet"]
    return sum((worth.get(s, Fraction(0)) * results.plan.sheet[s].total for s in own), Fraction(0))


def sheet_names(plan: Plan) -> str:
    """The names of the sheets in a row (镇核查表、村核查表、日常工作表)."""
    return "、".join(sheet.name for sheet in plan.sheets)


def clauses_of(plan: Plan) -> str:
    """The clauses that consequences stand on (八), in a row."""
    return "、".join(dict.fromkeys(c.clause for c in plan.consequences))


def losses(results: Results) -> pd.DataFrame:
    """The ledger with `unit_name`, `indicator`, `dimension` and `weighted` points.

    `weighted` is what the row costs in the graded figure; over a finished town the
    column sums to full marks − 综合评价. A row of no item has its type as indicator.
    """
    frame = results.ledger.copy()
    by_town = {town: weights(results, town) for town in results.towns["town"]}
    heads = {key: results.plan.headings(item) for key, item in results.plan.item.items()}
    keys = list(zip(frame["sheet"], frame["item"], strict=True))
    frame["unit_name"] = frame["unit"].map(lambda u: results.units.names.get(u, u))
    frame["indicator"] = [bare(heads[k][-1]) if k in heads else t
                          for k, t in zip(keys, frame["type_name"], strict=True)]
    frame["dimension"] = [bare(heads[k][0]) if k in heads else t
                          for k, t in zip(keys, frame["type_name"], strict=True)]
    frame["weighted"] = [p * by_town[t].get(s, Fraction(0)) for p, t, s in
                         zip(frame["points"], frame["town"], frame["sheet"], strict=True)]
    return frame


def summed(frame: pd.DataFrame, by: list[str], value: str = "weighted") -> pd.DataFrame:
    """The exact sums of a column by groups, the largest first, zeros left out."""
    sums: dict[tuple, Fraction] = defaultdict(Fraction)
    for *key, points in frame[[*by, value]].itertuples(index=False):
        sums[tuple(key)] += points
    rows = [(*key, total) for key, total in sums.items() if total]
    found = pd.DataFrame(rows, columns=[*by, value], dtype=object)
    return found.sort_values(value, ascending=False, kind="stable", ignore_index=True)


def by_item(frame: pd.DataFrame) -> pd.DataFrame:
    """Losses of a town by item over all its units: sheet, item, name, weighted."""
    named = frame.assign(name=[n or t for n, t in
                               zip(frame["item_name"], frame["type_name"], strict=True)])
    return summed(named, ["sheet", "item", "name"])


def next_grades(results: Results) -> pd.DataFrame:
    """Towns below the best grade: town, town_name, score, grade, next, gap, items.

    `gap` is what the graded figure lacks to the next line, exactly; `items` the
    fewest items, largest loss first, that would make it up, as (name, weighted).  The nearest
    town comes first; where ranks are not told, the town order stays.
    """
    plan, lost, rows = results.plan, losses(results), []
    for row in finished(results).itertuples(index=False):
        score = getattr(row, plan.grades.of)
        above = [b for b in plan.grades.bands if b.at_least > publish(score)]
        if above:
            gap = above[-1].at_least - score
            items = _make_up(by_item(lost[lost["town"] == row.town]), gap)
            rows.append((row.town, row.town_name, score, row.uncapped, above[-1].name, gap, items))
    found = pd.DataFrame(rows, columns=["town", "town_name", "score", "grade", "next", "gap",
                                        "items"], dtype=object)
    if not plan.grades.ranked:
        return found
    return found.sort_values("gap", kind="stable", ignore_index=True)


def _make_up(items: pd.DataFrame, gap: Fraction) -> list[tuple[str, Fraction]]:
    chosen: list[tuple[str, Fraction]] = []
    for row in items[items["item"] != ""].itertuples(index=False):
        if gap <= 0 or row.weighted <= 0:
            break
        chosen.append((row.name, row.weighted))
        gap -= row.weighted
    return chosen


def near_lines(results: Results) -> pd.DataFrame:
    """Towns near a grade line: town, town_name, score, line (grade), at_least, over."""
    plan = results.plan
    at = {band.name: band.at_least for band in plan.grades.bands}
    rows = [(r.town, r.town_name, getattr(r, plan.grades.of), r.near, at[r.near],
             Fraction(publish(getattr(r, plan.grades.of))) - at[r.near])
            for r in finished(results).itertuples(index=False) if r.near]
    return pd.DataFrame(rows, columns=["town", "town_name", "score", "line", "at_least", "over"],
                        dtype=object)


def self_figures(results: Results) -> dict[str, dict[str, Fraction | None]]:
    """Town → figure → the town's own score, weighted as the plan weighs the verified."""
    known = [f.id for f in results.plan.figures if f.id in results.self_scores.columns]
    given = {row["town"]: {f: _exact(row[f]) for f in known}
             for _, row in results.self_scores.iterrows()}
    return {town: {f.id: _self(results.plan, f, given.get(town, {}))
                   for f in results.plan.figures} for town in results.towns["town"]}


def _exact(value: object) -> Fraction | None:
    return None if value is None or pd.isna(value) or value == "" else Fraction(str(value))


def _self(plan: Plan, figure: Figure, given: Mapping[str, Fraction | None]) -> Fraction | None:
    if not figure.parts:
        return given.get(figure.id)
    parts = [(_self(plan, plan.figure[p], given), share) for p, share in figure.parts.items()]
    if any(value is None for value, _ in parts):
        return None
    return sum((value * share for value, share in parts), Fraction(0))  # type: ignore[operator]


def indicator_shares(results: Results) -> pd.DataFrame:
    """Share of points earned: town, town_name, indicator, share (0–1, None without points).

    Items of all the town's sheets are pooled by what they weigh in the graded figure;
    缺项 are left out. Before 缺项折算, adjustments and higher results.
    """
    used = {i.group for i in results.plan.items if i.layer is None}
    heads = [bare(g.name) for g in results.plan.groups if g.code in used]
    got: dict[tuple, Fraction] = defaultdict(Fraction)
    of: dict[tuple, Fraction] = defaultdict(Fraction)
    by_town = {town: weights(results, town) for town in results.towns["town"]}
    for row in results.items[results.items["state"] == "scored"].itertuples(index=False):
        key, weight = (row.town, bare(row.indicator)), by_town[row.town].get(row.sheet, Fraction(0))
        got[key] += row.score * weight
        of[key] += row.points * weight
    rows = [(town.town, town.town_name, head, got[(town.town, head)] / of[(town.town, head)]
             if of[(town.town, head)] else None)
            for town in standing(results).itertuples(index=False) for head in heads]
    return pd.DataFrame(rows, columns=["town", "town_name", "indicator", "share"], dtype=object)


def sampled_sheets(results: Results, town: str = "") -> pd.DataFrame:
    """The rows of `results.sheets` of sampled units, of the county or of one town."""
    plan = results.plan
    ids = [s.id for s in plan.sheets if plan.level[s.level].sampled]
    frame = results.sheets[results.sheets["sheet"].isin(ids)]
    return frame[frame["town"] == town] if town else frame


def missing_items(results: Results, town: str) -> pd.DataFrame:
    """What a town misses, gathered: sheet, unit, unit_name, why, items (names), whole.

    Items of one unit that miss for one reason stand together; `whole` says that nothing
    of the unit's form was filled.
    """
    frame = results.items
    own = frame[(frame["town"] == town) & (frame["state"] == "missing")]
    rows = []
    for (sheet, unit), part in own.groupby(["sheet", "unit"], sort=False):
        asked = sum(bool(i.observed) for i in results.plan.items_of(sheet))
        for why, same in part.groupby(part["reason"].map(_reason), sort=False):
            rows.append((sheet, unit, results.units.names.get(unit, unit), why,
                         tuple(same["name"]), why == NOT_FILLED and len(same) >= asked - 1))
    return pd.DataFrame(rows, columns=["sheet", "unit", "unit_name", "why", "items", "whole"],
                        dtype=object)


def _reason(text: str) -> str:
    return NOT_FILLED if text.startswith(NOT_FILLED) else text


def mean(values: Iterable[Fraction | None]) -> Fraction | None:
    """The exact mean of the values that are there."""
    kept = [v for v in values if v is not None]
    return sum(kept, Fraction(0)) / len(kept) if kept else None


def consequences(results: Results) -> dict[str, pd.DataFrame]:
    """Action → the towns it falls to, best first, in the plan's order of actions."""
    order = list(dict.fromkeys(c.action for c in results.plan.consequences))
    frame = standing(results)
    return {a: part for a in order if len(part := frame[frame["action"] == a])}


def tested_at_most(households: int, doubt: float = 0.05) -> float:
    """The upper bound of the true rate of faults, in %, when `households` show none.

    Clopper and Pearson's exact bound, one-sided at the confidence 1 − `doubt` (Biometrika 26, 1934).

    >>> [round(tested_at_most(n), 1) for n in (5, 20, 60, 300)]
    [45.1, 13.9, 4.9, 1.0]
    """
    return 100 * (1 - doubt ** (1 / households))


__all__ = ["bare", "by_item", "clauses_of", "consequences", "county_name", "finished",
           "full_marks", "graded",
           "indicator_shares", "losses", "mean", "missing_items", "near_lines", "next_grades", "occasion", "provisional",
           "sampled_sheets", "self_figures", "sheet_names", "short_name", "standing", "summed",
           "tested_at_most", "town_row", "unit_name", "weights"]
