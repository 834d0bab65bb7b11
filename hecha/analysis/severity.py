"""Severity: how strict each team was, apart from how good its town is.

One team checks one town, so a strict team and a poor town look the same.  Three things tell
them apart: written cases that every team scores at the training (calibration), units that a
second team scores again (a chain of back-checks), and the pairs that go different ways inside
a team.  An estimate from six cases is itself uncertain and is drawn towards the mean by as
much as the noise asks (shrinkage: empirical Bayes with variance components by analysis of
variance; Efron & Morris, JASA 70, 1975; Searle, Casella & McCulloch, Variance Components,
1992, 3.5 and 7.2); how much to shrink is itself estimated, and its error is in the interval.

Severity is in points of a sheet, positive where a team gives more than the others (宽) and
negative where it gives less (严).  What follows from it stands beside the official score and
never changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy import stats
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hecha.analysis.survey import LEVEL, student
from hecha.points import publish
from hecha.scoring.results import Results
from hecha.scoring.worth import weights

NO_CASES = "没有打全定标案例，宽严不可估计"


@dataclass(frozen=True)
class Severity:
    """The teams' severity from the calibration cases.

    * `teams`: team, raw (its mean over the cases less that of all teams), severity (shrunk), se,
      low, high, note (why not estimable, or "");
    * `kept`: the share of the raw difference that is kept (1 none shrunk, 0 nothing to see);
    * `between`, `within`: standard deviations of teams and of a single scoring, in points;
    * `p`: the probability of differences as large if all teams were equally strict (F test);
    * `cases`: how many cases every team scored.
    """

    teams: pd.DataFrame
    kept: float
    between: float
    within: float
    p: float
    cases: int


def severity_of(scored: pd.DataFrame, level: float = LEVEL) -> Severity:
    """Each team's severity from the common cases (columns team, case, score out of 100).

    Two-way layout without replication: score = case + team + error. A team that has not scored
    every case has no estimate, and is not guessed at. ValueError with fewer than two teams or cases.

    >>> scored = pd.DataFrame({"team": list("aabbcc"), "case": [1, 2] * 3,
    ...                        "score": [82, 72, 80, 70, 78, 68]})
    >>> found = severity_of(scored)
    >>> found.teams[["team", "raw", "severity"]].values.tolist(), found.kept
    ([['a', 2.0, 2.0], ['b', 0.0, 0.0], ['c', -2.0, -2.0]], 1.0)
    """
    grid = scored.assign(score=pd.to_numeric(scored["score"])).pivot(
        index="team", columns="case", values="score")
    whole = grid.dropna()
    teams, cases = whole.shape
    if teams < 2 or cases < 2:
        raise ValueError("至少要两个组各打全两个案例")
    table = whole.to_numpy(float)
    raw = table.mean(axis=1) - table.mean()
    rest = table - table.mean(axis=0) - raw[:, None]
    within = float((rest**2).sum()) / ((teams - 1) * (cases - 1))
    between = float((raw**2).sum()) / (teams - 1)
    own = max(0.0, between - within / cases)
    kept = own / between if between else 0.0
    p = float(stats.f.sf(between * cases / within, teams - 1, (teams - 1) * (cases - 1))) \
        if within else float(between == 0)
    se = _errors(raw, within / cases, 1 - kept)
    reach = student((teams - 1) * (cases - 1), level) * se
    found = pd.DataFrame({"team": whole.index, "raw": raw, "severity": kept * raw, "se": se})
    found = found.assign(low=found["severity"] - reach, high=found["severity"] + reach, note="")
    lacking = pd.DataFrame({"team": grid.index.difference(whole.index), "note": NO_CASES})
    frame = pd.concat([found, lacking], ignore_index=True) if len(lacking) else found
    return Severity(frame.sort_values("team", ignore_index=True), kept, float(np.sqrt(own)),
                    float(np.sqrt(within)), p, cases)


def _errors(raw: np.ndarray, error: float, shrunk: float) -> np.ndarray:
    """The standard error of each shrunk severity; `error` is the variance of a raw one.

    error (1 − (k − 1)/k B) + 2/(k − 3) B² raw², of k teams with the share B shrunk: what the estimate
    of B adds is the second term (Morris, JASA 78, 1983, 1.17). Taken as known, intervals of 95 % hold
    67 % of severities of half a point. With three teams or fewer the error of the raw one, not shrunk.
    """
    k = len(raw)
    if k <= 3:
        return np.full(k, np.sqrt(error))
    return np.sqrt(error * (1 - (k - 1) / k * shrunk) + 2 / (k - 3) * shrunk**2 * raw**2)


def beside(scores: pd.DataFrame, severity: pd.DataFrame, worth: Mapping[str, Fraction]
           ) -> pd.DataFrame:
    """The graded figure of each town before and after its team's severity is taken off.

    `scores`: town, town_name, team, score (official, exact); `severity` as `Severity.teams`;
    `worth`: town → what one point on all the sheets that its team scores is worth in the figure.
    Adds severity, low and high of it, moved, after (both None where it is not estimable), rank, rank_after.
    The official score stands: `after` is for the office's own eyes.
    """
    known = severity.set_index("team")
    rows = []
    for r in scores.to_dict("records"):
        own = known.loc[r["team"]] if r["team"] in known.index else None
        if own is None or pd.isna(own["severity"]):
            rows.append({**r, "severity": None, "low": None, "high": None, "moved": None,
                         "after": None})
            continue
        moved = -float(worth[r["town"]]) * float(own["severity"])
        rows.append({**r, "severity": own["severity"], "low": own["low"], "high": own["high"],
                     "moved": moved, "after": float(r["score"]) + moved})
    found = pd.DataFrame(rows, dtype=object)
    found["rank"] = _ranked(found["score"])
    found["rank_after"] = _ranked(found["after"]) if found["after"].notna().all() else None
    return found.sort_values("rank", kind="stable", ignore_index=True)


def worth_of_teams(results: Results, sheets: Iterable[str]) -> dict[str, Fraction]:
    """Town → what one point on every sheet that its team scored is worth in its graded figure.

    `sheets` are those that teams fill; a sheet replaced by a 省/市 result was not the team's.
    """
    own = results.sheets[results.sheets["sheet"].isin(list(sheets)) & (results.sheets["external"] == "")]
    found = {}
    for town in results.towns["town"]:
        worth, count = weights(results, town), own[own["town"] == town]["sheet"].value_counts()
        found[town] = sum((worth.get(s, Fraction(0)) * int(n) for s, n in count.items()), Fraction(0))
    return found


def _ranked(values: pd.Series) -> pd.Series:
    """Standard competition ranks of the published figures."""
    told = pd.Series([int(publish(Fraction(v)) * 100) for v in values], index=values.index)
    return told.rank(method="min", ascending=False).astype(int)


def chain(seen_again: pd.DataFrame) -> pd.DataFrame:
    """Severity from units that two teams scored: the back-checks as a chain.

    Columns unit, first_team, second_team, first, second (scores of the same unit). Each
    difference first − second estimates severity(first) − severity(second); least squares over
    all of them, severities summing to 0 within a component. Teams in different components are
    not comparable at all (Linacre, Many-Facet Rasch Measurement, 1989, on connected designs).
    Gives team, component (from 1), severity, se (None where nothing is left to estimate it), visits.

    >>> again = pd.DataFrame([["v1", "a", "b", 85, 81], ["v2", "b", "c", 70, 72]], columns=[
    ...     "unit", "first_team", "second_team", "first", "second"])
    >>> chain(again)[["team", "component", "severity"]].round(6).values.tolist()
    [['a', 1, 2.0], ['b', 1, -2.0], ['c', 1, 0.0]]
    """
    if seen_again.empty:
        return pd.DataFrame(columns=["team", "component", "severity", "se", "visits"])
    teams = sorted({*seen_again["first_team"], *seen_again["second_team"]})
    place = {team: i for i, team in enumerate(teams)}
    a, b = (seen_again[c].map(place).to_numpy() for c in ("first_team", "second_team"))
    n, k = len(seen_again), len(teams)
    count, label = connected_components(coo_array((np.ones(n), (a, b)), shape=(k, k)), directed=False)
    design = np.zeros((n, k))
    np.add.at(design, (np.arange(n), a), 1)
    np.add.at(design, (np.arange(n), b), -1)
    differs = (seen_again["first"].astype(float) - seen_again["second"].astype(float)).to_numpy()
    inverse = np.linalg.pinv(design.T @ design)
    severity = inverse @ design.T @ differs
    left = n - (k - count)
    variance = float(((differs - design @ severity) ** 2).sum()) / left if left > 0 else None
    return pd.DataFrame({
        "team": teams, "component": label + 1, "severity": severity,
        "se": [None] * k if variance is None else np.sqrt(np.diag(inverse).clip(0) * variance),
        "visits": np.bincount(np.concatenate([a, b]), minlength=k)})


def pair_effects(scored: pd.DataFrame) -> pd.DataFrame:
    """Whether the pairs inside teams differ: nested analysis of variance, one row.

    `scored`: team, pair, score of each unit that a pair scored by itself. Columns: between (sd of
    pairs within a team, at least 0), within (sd of units of a pair), f, p, df_pairs, df_units.
    Pairs of a team see different units, dealt by ticket, so what units differ is in `within`.
    Blank where no pair scored two units (Searle, Casella & McCulloch 1992, 3.3).
    """
    scored = scored.assign(score=scored["score"].astype(float))
    pairs = scored.groupby(["team", "pair"])["score"].agg(["mean", "size", "var"])
    teams = scored.groupby("team")["score"].mean()
    df_pairs = int(len(pairs) - len(teams))
    df_units = int((pairs["size"] - 1).sum())
    columns = ["between", "within", "f", "p", "df_pairs", "df_units"]
    if df_pairs < 1 or df_units < 1:
        return pd.DataFrame([(None, None, None, None, df_pairs, df_units)], columns=columns, dtype=object)
    own = teams.reindex(pairs.index.get_level_values("team")).to_numpy()
    among = float((pairs["size"] * (pairs["mean"] - own) ** 2).sum()) / df_pairs
    inside = float(((pairs["size"] - 1) * pairs["var"].fillna(0)).sum()) / df_units
    typical = _typical(pairs["size"], df_pairs)
    between = np.sqrt(max(0.0, (among - inside) / typical))
    f = among / inside if inside else np.inf
    return pd.DataFrame([(float(between), float(np.sqrt(inside)), f,
                          float(stats.f.sf(f, df_pairs, df_units)), df_pairs, df_units)], columns=columns)


def _typical(sizes: pd.Series, df: int) -> float:
    """The mean size of a pair that the expected mean square has (n₀ of unequal groups)."""
    own = sizes.groupby(level="team")
    return float((sizes.sum() - (own.apply(lambda s: (s**2).sum() / s.sum())).sum()) / df)


def gain(severities: Iterable[float] = (0.0, 1.5, 3.0, 4.5), towns: int = 15, cases: int = 6,
         spread: float = 4.4, slip: float = 2.0, noise: float = 1.2, counties: int = 500, seed: int = 20231231
         ) -> pd.DataFrame:
    """What calibration is worth: simulated counties of which the true order is known.

    For each standard deviation of teams' severity (points): Kendall's τ between the true order of
    towns and that of the scores, as scored, after calibration on `cases` written cases, and as it would be
    with severity known. `spread`: of true scores over towns; `slip`: of a team's single scoring of a
    case; `noise`: of a town's score by the draw of its villages. Columns severity, tau_before, tau_after, tau_known.

    >>> found = gain((0.0, 3.0), counties=40)
    >>> bool((found["tau_after"] >= found["tau_before"] - 0.02).all())
    True
    """
    rng, rows = np.random.default_rng(seed), []
    for sd in severities:
        true = rng.normal(0, spread, (counties, towns))
        team = rng.normal(0, sd, (counties, towns))
        clean = true + rng.normal(0, noise, (counties, towns))
        written = team[..., None] + rng.normal(0, slip, (counties, towns, cases))
        taus = [_taus(true, clean + team), _taus(true, clean + team - _shrunk(written)),
                _taus(true, clean)]
        rows.append((sd, *(float(np.mean(t)) for t in taus)))
    return pd.DataFrame(rows, columns=["severity", "tau_before", "tau_after", "tau_known"])


def _shrunk(written: np.ndarray) -> np.ndarray:
    """Shrunk severities of many counties at once (county, team, case), as `severity_of`."""
    _, teams, cases = written.shape
    mean = written.mean(axis=2)
    raw = mean - mean.mean(axis=1, keepdims=True)
    rest = written - written.mean(axis=1, keepdims=True) - raw[..., None]
    within = (rest**2).sum(axis=(1, 2)) / ((teams - 1) * (cases - 1))
    between = (raw**2).sum(axis=1) / (teams - 1)
    kept = np.maximum(0, between - within / cases) / np.where(between > 0, between, 1)
    return kept[:, None] * raw


def _taus(true: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Kendall's τ of each county (no ties in continuous scores)."""
    i, j = np.triu_indices(true.shape[1], 1)
    return (np.sign(true[:, i] - true[:, j]) * np.sign(seen[:, i] - seen[:, j])).mean(axis=1)


__all__ = ["NO_CASES", "Severity", "beside", "chain", "gain", "pair_effects", "severity_of",
           "worth_of_teams"]
