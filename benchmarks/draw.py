"""The draw and the teams at scale: how fair, and how fast.

Run from the project's folder: `python benchmarks/draw.py`.  Prints one line a claim:

* uniform: over 10,000 seeds, the villages of a town are drawn equally often;
* chances: over 200,000 draws of a village, households are drawn as often as the exact
  inclusion probabilities say, under both rules, with 0, 1 and 2 残疾人户, and in strata;
* teams: seconds, and the proof, for 15 and 50 towns, both modes.
"""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import sqrt
from time import perf_counter

import numpy as np
import pandas as pd
from scipy.stats import chi2, chisquare, norm

from hecha.field.draw import (
    chosen_households,
    first_disabled,
    household_chances,
    stratified_households,
    stratum_chances,
)
from hecha.field.rules import TeamRule
from hecha.field.teams import make_teams
from hecha.field.tickets import in_ticket_order
from hecha.problems import Problems

SEEDS, DRAWS = 10_000, 200_000
ELIGIBLE, DISABLED, WANTED = 16, 3, 5
VILLAGE = "449901100200"


def uniform() -> None:
    """Twelve villages, four drawn, 10,000 seeds."""
    villages = [f"449901100{200 + n}" for n in range(12)]
    counts = Counter(village for seed in range(SEEDS)
                     for village in in_ticket_order(str(seed), "CUN", villages)[:4])
    # four different villages a seed vary less than four tickets put back: (N − 1)/(N − n)
    statistic = chisquare([counts[village] for village in villages]).statistic * 11 / 8
    print(f"uniform    {SEEDS} seeds, 4 of 12 villages: chi-square {statistic:.1f}, "
          f"p {chi2.sf(statistic, 11):.3f}")


def chances(rule: str, least: int) -> None:
    """One village drawn 200,000 times, with at least so many 残疾人户."""
    homes = [f"{VILLAGE}{n:04d}" for n in range(ELIGIBLE)]
    marked = set(homes[:DISABLED])
    started, counts = perf_counter(), Counter()
    for seed in map(str, range(DRAWS)):
        first = first_disabled(seed, VILLAGE, marked, least) if rule == "disabled_first" else []
        ordered = in_ticket_order(seed, "HU", homes)
        counts.update(chosen_households(ordered, marked, least, WANTED, first))
    with_mark, without = map(float, household_chances(ELIGIBLE, DISABLED, least, WANTED, rule))
    told(f"{rule}, at least {least}", counts,
         {unit: with_mark if unit in marked else without for unit in homes}, started)


def strata() -> None:
    """One village of 3 and 13 households drawn 200,000 times: 2 and 2 first, then 2 of all."""
    homes = [f"{VILLAGE}{n:04d}" for n in range(ELIGIBLE)]
    of, least = {u: "监测" if n < DISABLED else "脱贫" for n, u in enumerate(homes)}, {"监测": 2, "脱贫": 2}
    started, counts = perf_counter(), Counter()
    for seed in map(str, range(DRAWS)):
        ordered = in_ticket_order(seed, "HU", homes)
        within = {name: [u for u in ordered if of[u] == name] for name in least}
        counts.update(stratified_households(seed, VILLAGE, within, least, WANTED + 1))
    share = stratum_chances({"监测": DISABLED, "脱贫": ELIGIBLE - DISABLED}, least, WANTED + 1)
    told("strata", counts, {unit: float(share[of[unit]]) for unit in homes}, started)


def told(name: str, counts: Counter, expected: dict[str, float], started: float) -> None:
    """Seen beside expected, for the kinds of households whose chances differ."""
    worst = max(abs(counts[u] - DRAWS * p) / sqrt(DRAWS * p * (1 - p))
                for u, p in expected.items() if 0 < p < 1)
    seen = [f"π {p:.5f}, seen {np.mean([counts[u] for u in expected if expected[u] == p]) / DRAWS:.5f}"
            for p in sorted(set(expected.values()), reverse=True)]
    print(f"chances    {name}: {DRAWS} draws: {'; '.join(seen)}; largest |z| {worst:.2f} "
          f"(limit {norm.isf(0.0005 / len(expected)):.2f}); {perf_counter() - started:.0f} s")


def teams(towns: int, mode: str) -> None:
    """A county with a third of its people stationed somewhere, ten seeds."""
    codes = [f"449901{100 + n}" for n in range(towns)]
    random = np.random.default_rng(towns)
    rows = [(f"Z{code[-3:]}{n:02d}", "", code,
             f"{random.choice(codes)}201" if random.random() < 0.3 else "", "")
            for code in codes for n in range(6)]
    rows += [(f"X{n:03d}", "", "", "", "") for n in range(towns)]
    staff = pd.DataFrame(rows, columns=["person_id", "person", "home_town", "stationed_village",
                                        "served_town"])
    rule = TeamRule(mode, 6, 7, 2, "forbid", "warn", "")
    seconds, proved = [], []
    for seed in map(str, range(10)):
        started = perf_counter()
        made = make_teams(staff, codes, seed, rule, Problems())
        seconds.append(perf_counter() - started)
        proved.append(made.proved)
    print(f"teams      {towns} towns, {mode}: {np.mean(seconds):.2f} s (worst {max(seconds):.2f}), "
          f"proved the only cheapest in {sum(proved)} of 10")


def main() -> None:
    """Print every claim."""
    uniform()
    for name, number in product(("last_gives_way", "disabled_first"), (0, 1, 2)):
        chances(name, number)
    strata()
    for number, how in product((15, 50), ("block", "mixed")):
        teams(number, how)


if __name__ == "__main__":
    main()
