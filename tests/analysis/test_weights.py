"""The ASEM index: scores, ranks and rank intervals as COINr computed them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hecha.analysis.weights import composite, rank_statistics, ranks, weighted_means

FOLDER = Path(__file__).parent / "asem"


def read(name):
    return pd.read_csv(FOLDER / name)


@pytest.fixture(scope="module")
def asem():
    """Values by unit, who stands under what, and the wide table of every set of weights."""
    values = read("normalised.csv").set_index("uCode")
    lineage = read("lineage.csv")
    steps = [lineage[[low, high]].set_axis(["part", "above"], axis=1) for low, high in
             zip(lineage.columns, lineage.columns[1:], strict=False)]
    parents = dict(pd.concat(steps).drop_duplicates().itertuples(index=False, name=None))
    nominal = read("weights.csv").set_index("iCode")["Weight"].to_frame().T
    sets = read("weight_sets.csv.gz").pivot(index="set", columns="iCode", values="Weight")
    return values, parents, nominal, sets.loc[read("parameters.csv")["weight_set"]]


def test_各层得分与公布的相同(asem):
    values, parents, nominal, _ = asem
    made = composite(values, parents, nominal)
    known = read("results.csv").set_index("uCode").loc[values.index]
    for heading, scores in made.items():
        assert np.allclose(scores[0], known[heading], rtol=1e-9, atol=0)


def test_名次与公布的完全相同(asem):
    values, parents, nominal, _ = asem
    known = read("results.csv").set_index("uCode").loc[values.index, "Rank"]
    assert (ranks(composite(values, parents, nominal)["Index"])[0] == known).all()


def test_每套权重的名次和名次区间与公布的完全相同(asem):
    values, parents, _, sets = asem
    found = ranks(composite(values, parents, sets)["Index"])
    known = read("ranks.csv").set_index("uCode").loc[values.index]
    assert (found.T == known.drop(columns="Nominal")).all(axis=None)
    said = read("rankstats.csv").set_index("uCode").loc[values.index]
    columns = {"mean": "Mean", "median": "Median", "low": "Q5", "high": "Q95"}
    ours = rank_statistics(found)
    for own, theirs in columns.items():
        assert np.allclose(ours[own], said[theirs], rtol=1e-12)


def test_缺一项_其余按比例重新归一():
    value = weighted_means(np.array([[80.0, np.nan, 60.0]]), np.array([[0.5, 0.3, 0.2]]))
    assert value[0, 0] == pytest.approx((80 * 0.5 + 60 * 0.2) / (0.5 + 0.2))


def test_层次绕成圈_拒绝():
    with pytest.raises(ValueError, match="circle"):
        composite(pd.DataFrame({"a": [1.0]}), {"a": "b", "c": "d", "d": "c"},
                  pd.DataFrame([dict.fromkeys("abcd", 1.0)]))
