"""How fast and how true the certainty is: replications, coverage, households, severity.

Five tables.  The replications of ranks against a plain Python loop that does the same; how
often the interval of a town's mean holds the truth, with Student's t and with ±1.96, for villages
that differ evenly and for villages with a long tail of bad ones; the same for a rate of
households drawn in two stages under the rule of the 残疾人户; what calibrating teams gains; and how
often the interval of a team's severity holds it.
Run:

    python -m benchmarks.certainty
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy import stats

from hecha.analysis import certainty, severity, survey
from hecha.field.draw import chosen_households, household_chances

TOWNS, VILLAGES, DRAWN, REPLICATIONS, TRIALS = 15, 12, 4, 10_000, 4_000
HOUSEHOLDS, VISITS = 40, 5


def made_towns(rng: np.random.Generator) -> pd.DataFrame:
    """Fifteen towns of four drawn villages, as `certainty.samples` gives them."""
    rows = []
    for number in range(TOWNS):
        parts = tuple(Fraction(int(v), 100) for v in rng.normal(2400 - 40 * number, 120, DRAWN))
        fixed = Fraction(6200 - 50 * number, 100)
        rows.append({"town": str(number), "town_name": f"{number}镇", "n": DRAWN, "N": VILLAGES,
                     "fixed": fixed, "parts": parts, "score": fixed + sum(parts) / DRAWN,
                     "top": Fraction(28), "cap": "", "units": tuple("abcd")})
    return pd.DataFrame(rows, dtype=object)


def arrays(drawn: pd.DataFrame, found: pd.DataFrame) -> None:
    """The replications and the interval of each rank, as the notebook computes them."""
    certainty.rank_intervals(drawn, certainty.replicate(drawn, found, REPLICATIONS))


def loop(drawn: pd.DataFrame, found: pd.DataFrame) -> None:
    """The same in plain Python: one replication after another, one town after another."""
    draw, ranks = random.Random(1), [[] for _ in range(TOWNS)]
    centre, se, df = ([float(v) for v in found[c]] for c in ("score", "se", "df"))
    for _ in range(REPLICATIONS):
        figures = []
        for town in range(TOWNS):
            chi = sum(draw.gauss(0, 1) ** 2 for _ in range(int(df[town])))
            figures.append(round(centre[town] + se[town] * draw.gauss(0, 1)
                                 / (chi / df[town]) ** 0.5, 2))
        for town in range(TOWNS):
            ranks[town].append(1 + sum(other > figures[town] for other in figures))
    for own in ranks:
        own.sort()


def best(action: Callable[[], object], times: int) -> float:
    """The best of a few runs, in seconds."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def coverage(villages: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """How often mean ± t·SE and mean ± 1.96·SE of four drawn villages hold the town's mean."""
    true, n = villages.mean(), DRAWN
    order = rng.permuted(np.tile(villages, (TRIALS, 1)), axis=1)[:, :n]
    se = np.sqrt((1 - n / len(villages)) * order.var(axis=1, ddof=1) / n)
    away = np.abs(order.mean(axis=1) - true)
    return float((away <= survey.student(n - 1) * se).mean()), float((away <= 1.96 * se).mean())


def household_coverage(rng: np.random.Generator, trials: int = 600) -> tuple[float, float, float]:
    """A rate over two stages under «the last gives way»: bias of the estimate, coverage of Korn
    and Graubard's interval, and the mean of the estimated variance over the true one."""
    marked = rng.random((VILLAGES, HOUSEHOLDS)) < 0.15
    bad = rng.random((VILLAGES, HOUSEHOLDS)) < (rng.beta(2, 12, VILLAGES)[:, None] + 0.2 * marked)
    shares, held, variances = [], 0, []
    for _ in range(trials):
        rows = []
        for village in rng.permutation(VILLAGES)[:DRAWN]:
            order, flagged = list(rng.permutation(HOUSEHOLDS)), set(np.flatnonzero(marked[village]))
            chances = household_chances(HOUSEHOLDS, len(flagged), 1, VISITS, "last_gives_way")
            for home in chosen_households(order, flagged, 1, VISITS):
                chance = chances[0] if home in flagged else chances[1]
                rows.append((village, home, int(bad[village, home]),
                             float(1 / (chance * Fraction(DRAWN, VILLAGES)))))
        frame = pd.DataFrame(rows, columns=["v", "h", "y", "w"]).assign(N=VILLAGES, M=HOUSEHOLDS)
        found = survey.rate(survey.Design(frame, ("v", "h"), ("N", "M"), weights="w"), "y").iloc[0]
        shares.append(found["estimate"])
        variances.append(found["se"] ** 2)
        held += found["low"] <= bad.mean() <= found["high"]
    return (float(np.mean(shares) - bad.mean()), held / trials,
            float(np.mean(variances) / np.var(shares)))


def severity_coverage(spread: float, rng: np.random.Generator, teams: int = 15, cases: int = 6,
                      trials: int = 300) -> float:
    """How often the 95 % interval of a team's severity holds it, teams `spread` apart, slips of 2."""
    held = []
    for _ in range(trials):
        true = rng.normal(0, spread, teams)
        scored = pd.DataFrame([(team, case, 80 + true[team] + slip) for team in range(teams)
                               for case, slip in enumerate(rng.normal(0, 2, cases))],
                              columns=["team", "case", "score"])
        found, away = severity.severity_of(scored).teams, true - true.mean()
        held.append(((found["low"] <= away) & (away <= found["high"])).mean())
    return float(np.mean(held))


def main() -> None:
    """Print the five tables."""
    rng = np.random.default_rng(1)
    drawn = made_towns(rng)
    found = certainty.estimates(drawn)
    ours, plain = best(lambda: arrays(drawn, found), 3), best(lambda: loop(drawn, found), 1)
    print(f"{REPLICATIONS} replications, {TOWNS} towns: {ours:.2f} s; plain loop {plain:.1f} s; "
          f"ratio {plain / ours:.0f}")
    print(f"\ncoverage of 95 % intervals, {DRAWN} of {VILLAGES} villages      t      ±1.96")
    counties = {"normal": rng.normal(85, 6, (40, VILLAGES)),
                "long tail": 100 - rng.gamma(1.5, 6, (40, VILLAGES)),
                "one bad village": np.where(np.arange(VILLAGES) == 0, 55.0, rng.normal(90, 3, (40, VILLAGES)))}
    for name, towns in counties.items():
        held = np.array([coverage(villages, rng) for villages in towns]).mean(axis=0)
        print(f"  {name:42s} {held[0]:6.1%} {held[1]:6.1%}")
    print(f"  theory, normal, N infinite{'':17s} {0.95:6.1%} {2 * stats.t.cdf(1.96, 3) - 1:6.1%}")
    bias, held, ratio = np.array([household_coverage(rng) for _ in range(4)]).mean(axis=0)
    print(f"\nhouseholds, {VISITS} of {HOUSEHOLDS} in {DRAWN} of {VILLAGES} villages, one a 残疾人户: bias "
          f"{bias:+.4f}, coverage {held:.1%}, estimated / true variance {ratio:.2f}")
    print("\nKendall's τ with the true order of 15 towns, 500 counties")
    print(severity.gain().round(2).to_string(index=False))
    print("\n95 % intervals of severity, 15 teams, 6 cases: held")
    for spread in (0.0, 0.5, 1.0, 1.5, 3.0):
        print(f"  teams {spread} points apart   {severity_coverage(spread, rng):6.1%}")


if __name__ == "__main__":
    main()
