"""Judged: how many of the judgements on a household came out in its favour.

What teams are strict or lenient about are judgements: whether food, clothing, schooling,
medicine and water are 达标, whether the house is safe, whether the measures are there, whether
all who are due were served.  Their share in favour, out of 100, is the score of a household
that two visits, or the pairs of a team, can be compared by.  It is nobody's official score.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

import pandas as pd

ANSWERS: Mapping[str, Mapping[object, bool]] = {
    **dict.fromkeys(("food", "clothing", "education", "medical", "water"), {"达标": True, "不达标": False}),
    "housing": {"A": True, "B": True, "C": False, "D": False},
    **dict.fromkeys(("industry_measure", "effective_measure"), {True: True, False: False})}
"""judged column of the household form → answer → whether it is in favour; C and D are the dangerous
grades of a house (《农村住房安全性鉴定技术导则》, 2019); what is 不适用 or blank is not judged"""
SERVED: Mapping[str, str] = {"students_served": "students_due", "dibao_served": "dibao_due",
                             "pension_served": "pension_due"}
"""persons served → persons due: in favour where all who are due were served"""
LINKS = ["unit", "first_team", "second_team", "first", "second"]
"""the columns of `hecha.analysis.severity.chain`"""


def judgements(form: Mapping[str, object]) -> dict[str, bool]:
    """What a household form judges: column → whether in favour.

    >>> judgements({"water": "达标", "food": "不适用", "housing": "C", "students_due": 2,
    ...             "students_served": 1})
    {'water': True, 'housing': False, 'students_served': False}
    """
    found = {c: answers[form[c]] for c, answers in ANSWERS.items()
             if _there(form.get(c)) and form[c] in answers}
    for served, due in SERVED.items():
        if _there(form.get(served)) and _there(form.get(due)) and int(form[due]) > 0:  # type: ignore[call-overload]
            found[served] = int(form[served]) >= int(form[due])  # type: ignore[call-overload]
    return found


def _there(value: object) -> bool:
    return value is not None and value != "" and not pd.isna(value)  # type: ignore[call-overload]


def in_favour(judged: Mapping[str, bool], among: Collection[str]) -> Fraction:
    """The share in favour among these columns, out of 100, exact.

    >>> in_favour({"water": True, "food": True, "housing": False}, ["water", "food", "housing"])
    Fraction(200, 3)
    """
    return Fraction(100 * sum(judged[c] for c in among), len(among))


def links(first: pd.DataFrame, again: pd.DataFrame) -> pd.DataFrame:
    """The households that a second team judged again (LINKS), by what both visits judged.

    `first` has household, `team` and the form's columns, `again` the same with the second team's. A
    household that both visits judged nothing of, or the same team twice, is no link.

    >>> one = pd.DataFrame([["h1", "a", "达标", "A"]], columns=["household", "team", "water", "housing"])
    >>> two = pd.DataFrame([["h1", "b", "不达标", "B"]], columns=["household", "team", "water", "housing"])
    >>> links(one, two).values.tolist()
    [['h1', 'a', 'b', Fraction(100, 1), Fraction(50, 1)]]
    """
    visits, rows = {r["household"]: r for r in first.to_dict("records")}, []
    for second in again.to_dict("records"):
        visit = visits.get(second["household"])
        if visit is None or visit["team"] == second["team"]:
            continue
        one, two = judgements(visit), judgements(second)
        both = [c for c in one if c in two]
        if both:
            rows.append([second["household"], visit["team"], second["team"], in_favour(one, both),
                         in_favour(two, both)])
    return pd.DataFrame(rows, columns=LINKS, dtype=object)


def scored(visits: pd.DataFrame) -> pd.DataFrame:
    """Columns of `hecha.analysis.severity.pair_effects`: team, pair, score of each household.

    `visits` has team, pair and the form's columns; one of which nothing is judged is left out.
    """
    rows = [[r["team"], r["pair"], in_favour(own, own)] for r in visits.to_dict("records")
            if (own := judgements(r))]
    return pd.DataFrame(rows, columns=["team", "pair", "score"], dtype=object)


__all__ = ["ANSWERS", "LINKS", "SERVED", "in_favour", "judgements", "links", "scored"]
