"""Simulated: counties of whom it is known what is wrong with them.

A test of honesty is worth what it finds where something was planted and what it lists where
nothing was.  A county here is a set of tables shaped as the real ones, made fast from an
explicit seed: visited households with their amounts, the register's incomes, a back-check.
Everything that is wrong is an argument, and without arguments everybody is honest: people
still err, round and resemble each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from hecha.analysis.nearly_same import COMPARED

PRESENT = (0.6, 0.4, 0.4, 0.2, 0.1, 0.2, 0.75, 0.1, 1.0, 1.0, 0.4)
"""the share of households that have each of COMPARED, about as in the shipped example county"""
LARGEST = (60_000, 15_000, 6_000, 900, 60, 600, 1_600, 110, 30_000, 2_500, 1_000)
"""yuan, likewise"""


@dataclass(frozen=True)
class Wrong:
    """What is planted, by share; 0 is honest.

    * `false_share` of all households are reported 1.3 to 2 times their income, `false_town` of
      the first town's;
    * `copied` villages have one form that repeats another of the village but for `changed` amounts;
    * `rounding` of the first team's amounts are made full hundreds (everybody does so with 0.05);
    * `lifted` of the register's households within `width` below the standard report just above it;
    * `harsh` is how much lower than the truth the first team finds incomes.
    """

    false_share: float = 0.0
    false_town: float = 0.0
    copied: int = 0
    changed: int = 1
    rounding: float = 0.0
    lifted: float = 0.0
    harsh: float = 0.0


@dataclass(frozen=True)
class County:
    """Tables of a simulated county.

    `households`: household, village, town, file (the team's), visitor, members, reported, verified
    (yuan a head), the columns COMPARED (fen); `register`: town, income (yuan a head); `again`: the
    incomes (yuan a head) that a back-check finds, by household.
    """

    households: pd.DataFrame
    register: pd.DataFrame
    again: pd.DataFrame
    standard: float


def county(seed: int, wrong: Wrong | None = None, towns: int = 15, villages: int = 4,
           visits: int = 5, registered: int = 600, standard: float = 10_620,
           width: float = 200) -> County:
    """A county of so many towns, drawn villages, visits a village and registered households a town.

    The same seed gives the same county but for what is planted.

    >>> one = county(7, towns=2, villages=2)
    >>> len(one.households), len(one.register), one.households["town"].nunique()
    (20, 1200, 2)
    >>> one.households.equals(county(7, towns=2, villages=2).households)
    True
    """
    wrong, rng = wrong or Wrong(), np.random.default_rng(seed)
    units = towns * villages * visits
    town, village = np.arange(units) // (villages * visits), np.arange(units) // visits
    true = rng.lognormal(np.log(16_000), 0.35, units) * np.exp(rng.normal(0, 0.1, towns * villages)[village])
    first = town == 0
    households = pd.DataFrame({
        "household": [f"{999001000 + t}{200 + v % villages}{n:04d}" for n, (t, v) in
                      enumerate(zip(town, village, strict=True))],
        "village": [f"{999001000 + t}{200 + v % villages}" for t, v in zip(town, village, strict=True)],
        "town": (999001000 + town).astype(str), "file": [f"{t:02d}" for t in town],
        "visitor": [f"{t:02d}-{n % 3}" for n, t in enumerate(town)],
        "reported": _reported(true, first, wrong, rng),
        "verified": true * np.exp(rng.normal(0, 0.03, units)) * np.where(first, 1 - wrong.harsh, 1)})
    amounts = _amounts(units, first, village, wrong, rng)
    again = pd.DataFrame({"household": households["household"],
                          "verified": true * np.exp(rng.normal(0, 0.03, units))})
    register = _register(towns, registered, standard, width, wrong, rng)
    return County(households.assign(**{c: amounts[:, i] for i, c in enumerate(COMPARED)}), register,
                  again, standard)


def _reported(true: np.ndarray, first: np.ndarray, wrong: Wrong, rng: np.random.Generator) -> np.ndarray:
    """Honest reports err by 5 %, as often up as down; false ones are 1.3 to 2 times the truth."""
    error, raised = np.exp(rng.normal(0, 0.05, len(true))), rng.uniform(1.3, 2, len(true))
    chance = rng.uniform(size=len(true))
    false = chance < np.where(first, np.maximum(wrong.false_town, wrong.false_share), wrong.false_share)
    return true * np.where(false, raised, error)


def _amounts(units: int, first: np.ndarray, village: np.ndarray, wrong: Wrong,
             rng: np.random.Generator) -> np.ndarray:
    """Amounts in fen, some rounded, and in the first `copied` villages one form a copy."""
    largest = np.array(LARGEST) * 100
    made = rng.integers(largest // 20, largest, (units, len(COMPARED)))
    made = np.where(rng.uniform(size=made.shape) < np.array(PRESENT), made, 0)
    rounds = rng.uniform(size=made.shape) < np.where(first, max(0.05, wrong.rounding), 0.05)[:, None]
    made = np.where(rounds & (made >= 10_000), made // 10_000 * 10_000, made)
    for number in range(wrong.copied):
        one, other = np.flatnonzero(village == number)[:2]
        kept = rng.permutation(len(COMPARED))[wrong.changed:]
        made[other, kept] = made[one, kept]
    return made


def _register(towns: int, registered: int, standard: float, width: float, wrong: Wrong,
              rng: np.random.Generator) -> pd.DataFrame:
    income = rng.lognormal(np.log(19_000), 0.3, towns * registered)
    below = (income >= standard - width) & (income < standard)
    moved = below & (rng.uniform(size=len(income)) < wrong.lifted)
    income = np.where(moved, standard + rng.uniform(0, width, len(income)), income)
    return pd.DataFrame({"town": (999001000 + np.arange(towns * registered) // registered).astype(str),
                         "income": income})


__all__ = ["County", "Wrong", "county"]
