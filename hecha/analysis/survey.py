"""Survey: estimates from a sample that was drawn, with the error of having drawn it.

A sample stands for more than itself, and how well is known from how it was drawn: the
stages (villages, then households), how many there were at each (the finite population
correction), and the chance of each unit.  One variance serves every estimate here: the
estimate is written as a sum of influences (Taylor linearisation), and the sum's variance
follows stage by stage.  Source: Särndal, Swensson & Wretman, Model Assisted Survey Sampling
(1992), result 4.3.1 (two stages) and 5.5 (linearisation); Cochran, Sampling Techniques (1977),
2.8 (one stage), 5.6 (strata), 9A.4 and 10.6 (clusters).  The results are those of R's `survey`.

Every function takes a `Design` and the names of columns and gives a table with the columns
`what estimate se df low high n`: df is clusters less strata, the interval is Student's t.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import stats

from hecha.analysis import rates

COLUMNS = ["what", "estimate", "se", "df", "low", "high", "n"]
LEVEL = 0.95


class NotEstimable(ValueError):
    """不可估计: one unit where two are needed, or a value that is not there."""


@dataclass(frozen=True)
class Design:
    """A sample and how it was drawn.

    * `frame`: one row a sampled unit of the last stage;
    * `clusters`: the columns that name the units of each stage, the first stage first (villages,
      households); none: every row was drawn by itself. A name counts within its stratum and
      the stage before;
    * `sizes`: for each stage, the column of how many units there were to draw from (N of the
      town's villages, M of the village's households). Without it a stage counts as drawn with
      replacement, which ends the stages: the first stage then carries all the variance;
    * `strata`: the column of the strata of the first stage;
    * `weights`: the column of 1/π. Without it every stage counts as a simple random sample and
      the weight is the product of N/n.
    """

    frame: pd.DataFrame
    clusters: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    strata: str = ""
    weights: str = ""

    def weight(self) -> np.ndarray:
        """The weight of each row: the column, or the product of N/n over the stages."""
        if self.weights:
            return self.frame[self.weights].to_numpy(float)
        found = np.ones(len(self.frame))
        for stage, size in enumerate(self.sizes):
            inside, drawn = self._codes(stage), self._codes(stage + 1)
            own = pd.DataFrame({"inside": inside, "drawn": drawn})
            n = own.groupby("inside")["drawn"].transform("nunique").to_numpy()
            found *= self.frame[size].to_numpy(float) / n
        return found

    def df(self) -> int:
        """Degrees of freedom: clusters of the first stage less strata."""
        return int(self._codes(1).max() - self._codes(0).max())

    def variance(self, influence: np.ndarray) -> float:
        """The variance of the sum of `influence` (weights included) over the sample.

        NotEstimable where a stage has one unit drawn of several.
        """
        codes = [self._codes(stage) for stage in range(max(len(self.clusters), 1) + 1)]
        sizes = [self.frame[size].to_numpy(float) for size in self.sizes]
        return sum(_stage(influence, np.flatnonzero(codes[0] == g), codes, sizes, 1)
                   for g in range(codes[0].max(initial=-1) + 1))

    def _codes(self, stage: int) -> np.ndarray:
        """A number for each unit of a stage; stage 0 are the strata."""
        names = [*([self.strata] if self.strata else []), *self.clusters[:stage]]
        if stage and not self.clusters:
            return np.arange(len(self.frame))
        if not names:
            return np.zeros(len(self.frame), dtype=int)
        return self.frame.groupby(names, sort=False).ngroup().to_numpy()


def _stage(influence: np.ndarray, rows: np.ndarray, codes: Sequence[np.ndarray],
           sizes: Sequence[np.ndarray], stage: int) -> float:
    """(1 − n/N) n/(n−1) Σ(t − t̄)² of the rows of a unit, and n/N times what the next stage adds."""
    units, inverse = np.unique(codes[stage][rows], return_inverse=True)
    n, size = len(units), float(sizes[stage - 1][rows[0]]) if len(sizes) >= stage else np.inf
    if n > size:
        raise NotEstimable(f"抽了{n}个，总数却只有{size:g}个")
    if n == 1 and size > 1:
        raise NotEstimable("只抽了1个单位，不可估计")
    sums = np.bincount(inverse, weights=influence[rows])
    own = (1 - n / size) * n / (n - 1) * float(((sums - sums.mean()) ** 2).sum()) if n > 1 else 0.0
    if len(sizes) <= stage or stage + 1 >= len(codes):
        return own
    inner = sum(_stage(influence, rows[inverse == u], codes, sizes, stage + 1) for u in range(n))
    return own + n / size * inner


def total(design: Design, column: str, level: float = LEVEL, where: str = "") -> pd.DataFrame:
    """Σ w y: the Horvitz–Thompson total; `where` names a column of the rows that count.

    >>> frame = pd.DataFrame({"y": [1.0, 2, 3], "N": 3})
    >>> total(Design(frame, sizes=("N",)), "y")[["estimate", "se"]].values.tolist()
    [[6.0, 0.0]]
    """
    inside = _inside(design, where)
    influence = design.weight() * inside * _values(design, column, inside)
    return _told(design, column, influence.sum(), influence, level, int(inside.sum()))


def mean(design: Design, column: str, level: float = LEVEL, where: str = "") -> pd.DataFrame:
    """Σ w y / Σ w: the mean (Hájek), the ratio of two estimated totals.

    With one stage and equal weights the standard error is √((1 − n/N) s²/n).

    >>> frame = pd.DataFrame({"y": [80.0, 84, 88, 92], "N": 9})  # s² = 80/3
    >>> mean(Design(frame, sizes=("N",)), "y").round(4)[["estimate", "se", "df"]].values.tolist()
    [[86.0, 1.9245, 3.0]]
    """
    return ratio(design, column, "", level, where)


def ratio(design: Design, numerator: str, denominator: str, level: float = LEVEL,
          where: str = "") -> pd.DataFrame:
    """Σ w y / Σ w x, such as persons wrongly exited of all persons (错退率).

    The influence of a row is w (y − R x) / Σ w x (Särndal 5.6.2). `denominator` "" is 1 a row.
    Rows outside `where` count as 0: they were drawn, and belong to another part.
    """
    inside = _inside(design, where)
    weight, top = design.weight() * inside, _values(design, numerator, inside)
    below = _values(design, denominator, inside) if denominator else np.ones(len(top))
    whole = float((weight * below).sum())
    if not whole:
        raise NotEstimable(f"“{denominator}”合计为0，没有比率")
    estimate = float((weight * top).sum()) / whole
    return _told(design, numerator, estimate, weight * (top - estimate * below) / whole, level,
                 int(inside.sum()))


def by(design: Design, domain: str, column: str, level: float = LEVEL) -> pd.DataFrame:
    """The mean of each part of the population (domain); rows outside count as 0 in it.

    The whole design stays in the variance: how many of a part were drawn is chance too.
    """
    rows = []
    for name in sorted(design.frame[domain].unique()):
        part = replace(design, frame=design.frame.assign(_in=design.frame[domain] == name))
        rows.append(mean(part, column, level, "_in").assign(what=str(name)))
    return pd.concat(rows, ignore_index=True)


def rate(design: Design, column: str, level: float = LEVEL, method: str = "korn_graubard",
         denominator: str = "") -> pd.DataFrame:
    """The share of rows (or of `denominator`) with an interval fit for shares.

    `method`: `korn_graubard` (the default: exact with the effective sample size, holds near 0
    and 1), `logit`, `asin` or `mean` (plain t); see hecha.analysis.rates for the sources.

    >>> frame = pd.DataFrame({"v": [1, 1, 2, 2, 3, 3], "y": [0, 0, 0, 1, 0, 0], "N": 9})
    >>> found = rate(Design(frame, ("v",), ("N",)), "y")
    >>> bool(found["low"][0] >= 0), round(float(found["estimate"][0]), 4)
    (True, 0.1667)
    """
    found = ratio(design, column, denominator, level)
    share, se, df, n = (found[c].iloc[0] for c in ("estimate", "se", "df", "n"))
    if method != "mean":
        low, high = rates.interval(method, float(share), float(se), int(n), int(df), level)
        found = found.assign(low=low, high=high)
    return found


def jackknife(design: Design, column: str, level: float = LEVEL) -> pd.DataFrame:
    """The mean with the error that leaving out one first-stage cluster at a time shows (JK1).

    (1 − n/N) (n−1)/n Σ(θ₍ᵢ₎ − θ)², without strata (Wolter, Introduction to Variance Estimation,
    2007, 4.5); deviations from the estimate itself, as R's `mse = TRUE`.
    """
    weight, value, codes = design.weight(), _values(design, column, _inside(design, "")), design._codes(1)
    n = int(codes.max()) + 1
    estimate = float((weight * value).sum() / weight.sum())
    kept = [codes != cluster for cluster in range(n)]
    without = np.array([(weight[k] * value[k]).sum() / weight[k].sum() for k in kept])
    left = 1 - n / float(design.frame[design.sizes[0]].iloc[0]) if design.sizes else 1.0
    se = float(np.sqrt(left * (n - 1) / n * ((without - estimate) ** 2).sum()))
    reach = student(n - 1, level) * se
    row = (column, estimate, se, n - 1, estimate - reach, estimate + reach, len(value))
    return pd.DataFrame([row], columns=COLUMNS)


def design_effect(design: Design, column: str) -> float:
    """The variance of the mean over that of a simple random sample of as many rows (Kish 8.2)."""
    weight, value = design.weight(), _values(design, column, _inside(design, ""))
    found, n, size = mean(design, column), len(value), float(weight.sum())
    spread = float((weight * (value - found["estimate"].iloc[0]) ** 2).sum()) / size * n / (n - 1)
    simple = spread * (size - n) / (size * n)
    return float(found["se"].iloc[0]) ** 2 / simple


def _inside(design: Design, where: str) -> np.ndarray:
    """1 for the rows that count, 0 for the others."""
    return design.frame[where].to_numpy(float) if where else np.ones(len(design.frame))


def _values(design: Design, column: str, inside: np.ndarray) -> np.ndarray:
    """A column as floats; a value that is missing inside is refused, never counted as 0."""
    found = pd.to_numeric(design.frame[column], errors="coerce").to_numpy(float)
    missing = int(np.isnan(found[inside > 0]).sum())
    if missing:
        raise NotEstimable(f"“{column}”有{missing}个空值，不能当作0")
    return np.where(inside > 0, found, 0.0)


def _told(design: Design, what: str, estimate: float, influence: np.ndarray, level: float,
          n: int) -> pd.DataFrame:
    """An estimate with its standard error and Student's interval, a row."""
    se, df = float(np.sqrt(design.variance(influence))), design.df()
    reach = student(df, level) * se if se else 0.0
    return pd.DataFrame([(what, float(estimate), se, df, estimate - reach, estimate + reach, n)],
                        columns=COLUMNS)


def student(df: int, level: float = LEVEL) -> float:
    """Student's t for a two-sided interval: 3.18 with 3 degrees of freedom, not 1.96.

    >>> round(student(3), 2), round(student(1000), 2)
    (3.18, 1.96)
    """
    return float(stats.t.ppf((1 + level) / 2, df))




__all__ = ["COLUMNS", "LEVEL", "Design", "NotEstimable", "by", "design_effect",
           "jackknife", "mean", "rate",
           "ratio", "student", "total"]
