"""A province: the results of many counties beside each other, as small tables.

A county's run comes as an :class:`Outcome`, a few columns of its towns and what it was judged
by.  Scores made under different plans are not compared: what is called an outlier is one
among the counties, or towns, of the same plan as used.  An outlier is something to look at
on the spot; a county with other conditions may rightly be one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import quantiles

import pandas as pd

FENCE = Fraction(3, 2)
FEWEST = 8
TOWN_COLUMNS = ["run", "county", "used", "town", "town_name", "score", "grade", "state"]
COUNTY_COLUMNS = ["run", "county", "plan", "title", "used", "towns", "finished", "mean", "least",
                  "most", "errors", "mark"]
OUTLIER_COLUMNS = ["level", "run", "county", "name", "score", "low", "high", "side"]


@dataclass(frozen=True)
class Outcome:
    """What a run says of one county.

    `run` is the folder's name; `county` its name; `plan` and `title` the plan's id and title;
    `used` a digest of the plan as used; `level` what a town is called there; `bands` the grades
    from the best; `towns` a frame town, town_name, score (exact or None), grade, state; `errors`
    how many; `mark` what the run carries, `file_mark` what its files' names carry, `facts` how
    many facts must stand before the mark falls (0 without one); `of` what the plan calls a county
    (县, 市, 区 …).
    """

    run: str
    county: str
    plan: str
    title: str
    used: str
    level: str
    bands: tuple[str, ...]
    towns: pd.DataFrame
    errors: int = 0
    mark: str = ""
    file_mark: str = ""
    facts: int = 0
    of: str = "县"


@dataclass(frozen=True)
class Province:
    """The outcomes that are there, in the order of their runs, and the runs that gave none.

    `lost`: run → why there is nothing of it.
    """

    outcomes: tuple[Outcome, ...]
    lost: dict[str, str]

    @property
    def of(self) -> str:
        """What the plans call a county; 地方 where they differ, or there is none."""
        names = {one.of for one in self.outcomes}
        return names.pop() if len(names) == 1 else "地方"

    @property
    def marks(self) -> tuple[str, str]:
        """The mark and file mark of the whole: of the county of which most facts must stand
        before its mark falls, the first of several; blank where nobody carries one.

        >>> lax, strict, free = (Outcome(n, n, "p", "方案", "1", "镇", (), pd.DataFrame(), 0, *m)
        ...     for n, m in (("甲", ("草稿", "草稿", 1)), ("乙", ("未批准稿", "未批准", 3)), ("丙", ())))
        >>> Province((free, lax, strict), {}).marks, Province((free,), {}).marks
        (('未批准稿', '未批准'), ('', ''))
        """
        held = [one for one in self.outcomes if one.mark]
        strictest = max(held, key=lambda one: one.facts, default=None)
        return (strictest.mark, strictest.file_mark) if strictest else ("", "")


def counties(found: Province) -> pd.DataFrame:
    """One row a county, COUNTY_COLUMNS: how many towns, how many finished, their mean, range.

    `mean` is exact, over the finished towns; None where there is none.

    >>> counties(Province((Outcome("a", "甲县", "p", "方案", "1", "镇", ("好", "差"), pd.DataFrame(
    ...     [["1", "子镇", Fraction(90), "好", "完成"], ["2", "丑镇", None, "", "未完成"]],
    ...     columns=TOWN_COLUMNS[3:])),), {}))[["county", "towns", "finished", "mean"]].values.tolist()
    [['甲县', 2, 1, Fraction(90, 1)]]
    """
    rows = []
    for one in found.outcomes:
        scores = [s for s in one.towns["score"] if s is not None]
        rows.append([one.run, one.county, one.plan, one.title, one.used, len(one.towns),
                     len(scores), sum(scores, Fraction(0)) / len(scores) if scores else None,
                     min(scores, default=None), max(scores, default=None), one.errors, one.mark])
    return pd.DataFrame(rows, columns=COUNTY_COLUMNS).astype(
        dict.fromkeys(("mean", "least", "most"), object))


def towns(found: Province) -> pd.DataFrame:
    """One row a town, TOWN_COLUMNS, in the order of the runs."""
    parts = [one.towns.assign(run=one.run, county=one.county, used=one.used)[TOWN_COLUMNS]
             for one in found.outcomes]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=TOWN_COLUMNS)


def bands(found: Province) -> list[str]:
    """Every grade that the plans know, each once, from the best."""
    return list(dict.fromkeys(band for one in found.outcomes for band in one.bands))


def grades(found: Province) -> pd.DataFrame:
    """How many towns of each county have each grade: run, county, one column a grade, 未定等次."""
    rows = []
    for one in found.outcomes:
        counted = one.towns["grade"].value_counts()
        rows.append([one.run, one.county, *(int(counted.get(b, 0)) for b in bands(found)),
                     int((one.towns["grade"] == "").sum())])
    return pd.DataFrame(rows, columns=["run", "county", *bands(found), "未定等次"])


def plans(found: Province) -> pd.DataFrame:
    """Which plan each county was judged by: title, used, counties (names), how many."""
    frame = counties(found)
    rows = [[title, used, list(part["county"]), len(part)]
            for (title, used), part in frame.groupby(["title", "used"], sort=False)]
    return pd.DataFrame(rows, columns=["title", "used", "counties", "number"])


def outliers(found: Province) -> pd.DataFrame:
    """Counties (by mean) and towns (by score) beyond Tukey's fences, among those of one plan.

    OUTLIER_COLUMNS: `level` county or town, `low` and `high` the fences, `side` 低 or 高.
    The fences are 1.5 interquartile ranges outside the quartiles (J. W. Tukey, Exploratory
    Data Analysis, 1977, 2C); with fewer than FEWEST values nothing is called an outlier.
    """
    rows = []
    for _, part in counties(found).groupby("used", sort=False):
        rows += _beyond("county", part.assign(name=part["county"], score=part["mean"]))
    for _, part in towns(found).groupby("used", sort=False):
        rows += _beyond("town", part.assign(name=part["town_name"]))
    return pd.DataFrame(rows, columns=OUTLIER_COLUMNS)


def fences(values: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """Tukey's fences of some values, exactly.

    >>> fences([Fraction(v) for v in (1, 2, 3, 4, 5)])
    (Fraction(-1, 1), Fraction(7, 1))
    """
    first, _, third = quantiles(values, n=4, method="inclusive")
    return first - FENCE * (third - first), third + FENCE * (third - first)


def _beyond(level: str, frame: pd.DataFrame) -> list[list[object]]:
    frame = frame[[s is not None for s in frame["score"]]]
    if len(frame) < FEWEST:
        return []
    low, high = fences(list(frame["score"]))
    return [[level, r.run, r.county, r.name, r.score, low, high, "低" if r.score < low else "高"]
            for r in frame.itertuples(index=False) if not low <= r.score <= high]
