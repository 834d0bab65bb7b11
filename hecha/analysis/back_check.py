"""Back-check compared: the second visit's answers against the first's.

The practice of household surveys (Innovations for Poverty Action, back check manual; Stata's
`bcstats`).  Answers are of three types: 1, what cannot have changed and is easy to ask, where
a difference is about the visit; 2, what is hard to ask or to judge, where it is about the
training; 3, what may change, where it is about the question.  Error rates are told by item,
visitor and team, with exact intervals; the amounts and counts with their simple response
variance and reliability.  Which of two answers is right, neither of them says.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy.stats import binom, binomtest, hypergeom

from hecha.analysis.many_tests import holm
from hecha.analysis.rates import exact_interval

TYPES: Mapping[str, int] = MappingProxyType({
    **dict.fromkeys(("members", "housing", "students_due", "dibao_due", "pension_due", "insured"), 1),
    **dict.fromkeys(("wages", "business_income", "business_costs", "property_income",
                     "transfer_income", "food", "clothing", "education", "medical", "water",
                     "students_served", "dibao_served", "pension_served", "industry_measure",
                     "effective_measure"), 2),
    **dict.fromkeys(("able_workers", "willing_workers", "employed_workers"), 3),
})
"""the columns of the household form that a back-check asks, and the type of each"""
MONEY = ("wages", "business_income", "business_costs", "property_income", "transfer_income")
NUMBERS = (*MONEY, "members", "students_due", "students_served", "dibao_due", "dibao_served",
           "pension_due", "pension_served", "insured", "able_workers", "willing_workers",
           "employed_workers")
COMPARED = ["household", "village", "town", "visitor", "item", "type", "first", "again", "differs",
            "file", "sheet", "row"]


def compare(first: pd.DataFrame, again: pd.DataFrame, within: float) -> pd.DataFrame:
    """One row an answer and household that both visits have (COMPARED), in the order of TYPES.

    `first` has the columns of the case's households, `again` household and any of TYPES; a
    blank there was not asked and is not compared. Amounts differ where they lie further apart
    than `within` (a share of the first answer; bcstats' okrange), other answers where unequal.
    file, sheet and row are those of the first form.

    >>> one = pd.DataFrame([["h1", "v", "t", "甲", 4, 100_000, "f", "s", 2]], columns=["household",
    ...     "village", "town", "visitor", "members", "wages", "file", "sheet", "row"])
    >>> two = pd.DataFrame({"household": ["h1"], "members": [4], "wages": [120_000]})
    >>> compare(one, two, within=0.1)[["item", "type", "differs"]].values.tolist()
    [['members', 1, False], ['wages', 2, True]]
    """
    second = again.set_index("household")
    rows = []
    for form in first[first["household"].isin(second.index)].to_dict("records"):
        for item in (i for i in TYPES if i in second and i in form):
            answer = second.at[form["household"], item]
            if answer is not None and not pd.isna(answer) and answer != "":
                rows.append([*(form[c] for c in COMPARED[:4]), item, TYPES[item], form[item], answer,
                             _differs(item, form[item], answer, within),
                             form["file"], form["sheet"], form["row"]])
    order = {item: place for place, item in enumerate(TYPES)}
    return pd.DataFrame(sorted(rows, key=lambda row: order[row[4]]), columns=COMPARED, dtype=object)


def _differs(item: str, first: object, again: object, within: float) -> bool:
    if item in MONEY:
        return abs(int(again) - int(first)) > within * abs(int(first))  # type: ignore[call-overload]
    return bool(first != again)


def error_rates(compared: pd.DataFrame, by: str) -> pd.DataFrame:
    """Differences of type 1 and 2 answers by a column (`town` is the team's, `visitor`, `item`).

    Columns: the column, households, n (answers), differences, rate, low, high (exact 95 %), and
    where there are several units, p (Fisher's exact test against all others together, one-sided)
    and adjusted (Holm).  By item all three types are told, each with its `type`.
    """
    told = compared if by == "item" else compared[compared["type"].isin((1, 2))]
    n_all, wrong_all = len(told), int(told["differs"].sum())
    rows = []
    for unit, group in told.groupby(by, sort=by != "item"):
        n, wrong = len(group), int(group["differs"].sum())
        p = float(hypergeom.sf(wrong - 1, n_all, wrong_all, n)) if n_all > n else nan
        rows.append([unit, int(group["type"].iloc[0]), group["household"].nunique(), n, wrong, wrong / n,
                     *exact_interval(wrong, n), p])
    found = pd.DataFrame(rows, columns=[by, "type", "households", "n", "differences", "rate", "low",
                                        "high", "p"])
    return found.assign(adjusted=holm(list(found["p"])))


def stability(compared: pd.DataFrame) -> pd.DataFrame:
    """Amounts and counts of both visits: item, type, n, first, again, srv, reliability, up, down, p.

    `first` and `again` are means, `srv` the simple response variance (variance of the differences
    / 2), `reliability` 1 − srv / variance of the second answers (both as IPA's
    `reliabilityratio`; after Hansen, Hurwitz and Bershad, 1961), `up` and `down` how often the
    second answer is higher and lower, p the exact two-sided sign test.

    >>> frame = pd.DataFrame({"item": "members", "type": 1, "first": [1, 2, 3, 4], "again": [1, 2, 3, 5]})
    >>> stability(frame)[["n", "srv", "reliability"]].round(3).values.tolist()
    [[4.0, 0.125, 0.957]]
    """
    rows = []
    for item, group in compared[compared["item"].isin(NUMBERS)].groupby("item", sort=False):
        first, again = (group[c].to_numpy(dtype=float) for c in ("first", "again"))
        gap = again - first
        up, down = int((gap > 0).sum()), int((gap < 0).sum())
        srv = float(np.var(gap, ddof=1)) / 2 if len(gap) > 1 else nan
        spread = float(np.var(again, ddof=1)) if len(gap) > 1 else nan
        rows.append([item, int(group["type"].iloc[0]), len(group), float(first.mean()),
                     float(again.mean()), srv, 1 - srv / spread if spread else nan, up, down,
                     float(binomtest(up, up + down).pvalue) if up + down else nan])
    return pd.DataFrame(rows, columns=["item", "type", "n", "first", "again", "srv", "reliability",
                                       "up", "down", "p"])


def inconsistency(compared: pd.DataFrame) -> pd.DataFrame:
    """Answers of words of both visits: item, type, n, gross difference rate, index of inconsistency.

    The gross difference rate g is the share that differs, the index g over what two unrelated
    answers with these shares would differ (U.S. Census Bureau; Hansen, Hurwitz and Pritzker, 1964).

    >>> frame = pd.DataFrame({"item": "water", "type": 2, "first": ["达标", "达标", "不达标", "不达标"],
    ...                       "again": ["达标", "达标", "不达标", "达标"]})
    >>> inconsistency(frame)[["n", "gross", "index"]].values.tolist()
    [[4.0, 0.25, 0.5]]
    """
    rows = []
    for item, group in compared[~compared["item"].isin(NUMBERS)].groupby("item", sort=False):
        gross = float((group["first"] != group["again"]).mean())
        first, again = (group[c].value_counts(normalize=True) for c in ("first", "again"))
        chance = 1 - float(first.mul(again, fill_value=0).sum())
        rows.append([item, int(group["type"].iloc[0]), len(group), gross, gross / chance if chance else nan])
    return pd.DataFrame(rows, columns=["item", "type", "n", "gross", "index"])


def power(answers: int, usual: float, rate: float, level: float = 0.05) -> float:
    """The chance that a team with error rate `rate` stands out in so many answers from `usual`.

    >>> round(power(60, 0.1, 0.25), 2), round(power(20, 0.1, 0.25), 2)
    (0.91, 0.59)
    """
    needed = int(binom.isf(level, answers, usual)) + 1
    return float(binom.sf(needed - 1, answers, rate))


__all__ = ["COMPARED", "MONEY", "NUMBERS", "TYPES", "compare", "error_rates", "inconsistency", "power",
           "stability"]
