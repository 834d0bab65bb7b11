"""Planted: how often each test finds what was planted, and lists what was not.

Every row of the table is one claim that can be tried again: so many simulated counties with
one thing wrong in them, and the share in which the test lists it.  The first rows are honest
counties, and their shares are false alarms.  The table that reports print is kept in
planted.csv; `python benchmarks/truth.py` makes it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest, chisquare

from hecha.analysis import crowding, heaping, nearly_same, reported
from hecha.analysis.many_tests import LEVEL
from hecha.analysis.rates import exact_interval
from hecha.analysis.simulated import County, Wrong, county

WIDTH, TOLERANCE, EACH = 200.0, 0.1, 3
FIRST_TOWN = "999001000"
COLUMNS = ["test", "planted", "honest", "counties", "listed", "share", "low", "high"]
Test = Callable[[County, int], bool]


def county_over_reports(one: County, seed: int) -> bool:
    """The sign test of all households together."""
    pairs = reported.paired(one.households.assign(all="county"))
    above, below = int((pairs["gap"] > 0).sum()), int((pairs["gap"] < 0).sum())
    return bool(binomtest(above, above + below, 0.5, "greater").pvalue < LEVEL)


def first_town_over_reports(one: County, seed: int) -> bool:
    """The sign test lists the first town, among all towns (Holm)."""
    return FIRST_TOWN in _over_reporting(one)


def any_town_over_reports(one: County, seed: int) -> bool:
    """The sign test lists any town, among all towns (Holm)."""
    return bool(_over_reporting(one))


def _over_reporting(one: County) -> set[str]:
    found = reported.signs(reported.paired(one.households), "town", TOLERANCE)
    return set(found.loc[found["adjusted"] < LEVEL, "town"])


def register_crowds(one: County, seed: int) -> bool:
    """Crowding just above the standard on the whole register."""
    return bool(crowding.crowding(one.register["income"], one.standard, WIDTH).p < LEVEL)


def any_team_heaps(one: County, seed: int) -> bool:
    """Round amounts list any team (Holm)."""
    return bool((heaping.heaping(one.households, "file", seed, 999)["adjusted"] < LEVEL).any())


def any_forms_alike(one: County, seed: int) -> bool:
    """Nearly the same forms list any village (Holm)."""
    return bool((nearly_same.nearly_same(one.households, seed)["adjusted"] < LEVEL).any())


def anything(one: County, seed: int) -> bool:
    """Anything at all is listed on the page."""
    return any(test(one, seed) for test in (county_over_reports, any_town_over_reports,
                                            register_crowds, any_team_heaps, any_forms_alike))


def first_team_differs(one: County, seed: int) -> bool:
    """The back-check of 3 households a town finds higher incomes than the first team did."""
    rng = np.random.default_rng([seed, 1])
    pairs = one.households.assign(again=one.again["verified"])
    own = pairs[pairs["town"] == FIRST_TOWN].sample(EACH, random_state=rng)
    return bool(((own["again"] - own["verified"]) / own["verified"] > TOLERANCE).sum() >= 2)


def benford(one: County, seed: int) -> bool:
    """First digits of a town's 20 verified incomes against Benford's law (chi-square): not used."""
    twenty = one.households.loc[one.households["town"] == FIRST_TOWN, "verified"][:20]
    digits = np.array([int(str(v)[0]) for v in twenty])
    seen = np.array([(digits == d).sum() for d in range(1, 10)])
    expected = np.log10(1 + 1 / np.arange(1, 10))
    return bool(chisquare(seen, expected * seen.sum()).pvalue < LEVEL)


HONEST = Wrong()


@dataclass(frozen=True)
class Claim:
    """A row: the test, what was planted (in Chinese), and the counties it is tried on."""

    test: Test
    name: str
    planted: str
    wrong: Wrong = HONEST


CLAIMS = (
    Claim(county_over_reports, "多报（全县）", "无"),
    Claim(any_town_over_reports, "多报（各镇）", "无"),
    Claim(register_crowds, "贴近标准", "无"),
    Claim(any_team_heaps, "整百元", "无"),
    Claim(any_forms_alike, "相似的表", "无"),
    Claim(anything, "以上任何一项", "无"),
    Claim(benford, "首位数字（不采用）", "无"),
    Claim(county_over_reports, "多报（全县）", "全县5%的户多报", Wrong(false_share=0.05)),
    Claim(county_over_reports, "多报（全县）", "全县10%的户多报", Wrong(false_share=0.1)),
    Claim(county_over_reports, "多报（全县）", "全县20%的户多报", Wrong(false_share=0.2)),
    Claim(first_town_over_reports, "多报（各镇）", "一个镇30%的户多报", Wrong(false_town=0.3)),
    Claim(first_town_over_reports, "多报（各镇）", "一个镇60%的户多报", Wrong(false_town=0.6)),
    Claim(first_town_over_reports, "多报（各镇）", "一个组把收入核低10%", Wrong(harsh=0.1)),
    Claim(first_team_differs, "复核（每镇3户）", "无"),
    Claim(first_team_differs, "复核（每镇3户）", "一个组把收入核低10%", Wrong(harsh=0.1)),
    Claim(first_team_differs, "复核（每镇3户）", "一个组把收入核低20%", Wrong(harsh=0.2)),
    Claim(register_crowds, "贴近标准", "标准下200元内的户25%改报到标准上", Wrong(lifted=0.25)),
    Claim(register_crowds, "贴近标准", "标准下200元内的户50%改报到标准上", Wrong(lifted=0.5)),
    Claim(register_crowds, "贴近标准", "标准下200元内的户75%改报到标准上", Wrong(lifted=0.75)),
    Claim(any_team_heaps, "整百元", "一个组10%的金额取整", Wrong(rounding=0.1)),
    Claim(any_team_heaps, "整百元", "一个组20%的金额取整", Wrong(rounding=0.2)),
    Claim(any_team_heaps, "整百元", "一个组40%的金额取整", Wrong(rounding=0.4)),
    Claim(any_forms_alike, "相似的表", "1个村有1份照抄，改1项", Wrong(copied=1)),
    Claim(any_forms_alike, "相似的表", "5个村各有1份照抄，改1项", Wrong(copied=5)),
    Claim(any_forms_alike, "相似的表", "5个村各有1份照抄，改4项", Wrong(copied=5, changed=4)),
)
"""the rows of the table, in its order"""


def measured(claim: Claim, seeds: Iterable[int]) -> list[object]:
    """One row of the table: the claim tried on a county of each seed."""
    listed = [claim.test(county(seed, claim.wrong), seed) for seed in seeds]
    return [claim.name, claim.planted, claim.wrong == HONEST, len(listed), sum(listed),
            sum(listed) / len(listed), *exact_interval(sum(listed), len(listed))]


def table(counties: int, seed: int, claims: Iterable[Claim] = CLAIMS) -> pd.DataFrame:
    """The table (COLUMNS): share of counties listed, with its exact 95 % interval.

    County number i has the seed `seed` + i, in every row the same.

    >>> table(3, 2024, CLAIMS[2:3])[["test", "counties"]].values.tolist()
    [['贴近标准', 3]]
    """
    seeds = range(seed, seed + counties)
    return pd.DataFrame([measured(claim, seeds) for claim in claims], columns=COLUMNS)


__all__ = ["CLAIMS", "COLUMNS", "Claim", "measured", "table"]
