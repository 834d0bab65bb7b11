"""别的方案、别的县：只换方案文件夹和卷宗，不动程序；手工算好的分数逐项对得上。"""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from hecha.batch.opening import open_case
from hecha.points import publish
from hecha.report import published

PLANS = sorted(p.name for p in Path("data").iterdir()
               if (Path("params") / p.name).is_dir() and (p / "expected").is_dir())


def expected(plan):
    for path in sorted((Path("data") / plan / "expected").glob("*.csv")):
        with open(path, encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)


def test_至少有两个别的方案():
    assert len(PLANS) >= 2


@pytest.fixture(scope="module", params=PLANS)
def judged(request):
    """A plan's example county, scored, with the results worked by hand beside it."""
    results = open_case(f"data/{request.param}", f"params/{request.param}").results
    return results, list(expected(request.param))


def test_每个细项与手工算的一致(judged):
    results, rows = judged
    items = {(r.sheet, r.unit, r.item): r for r in results.items.itertuples()}
    worked = [r for r in rows if r["level"] == "item"]
    assert worked
    for row in worked:
        got = items[row["sheet"], row["unit"], row["item"]]
        assert published.eight(got.score) == row["score"], (row, got.reason)


def test_每张表与手工算的一致(judged):
    results, rows = judged
    sheets = {(r.sheet, r.unit): r for r in results.sheets.itertuples()}
    for row in (r for r in rows if r["level"] == "sheet"):
        assert published.eight(sheets[row["sheet"], row["unit"]].score) == row["score"]


def test_总分与等次与手工算的一致(judged):
    results, rows = judged
    towns = results.towns.set_index("town")
    for row in (r for r in rows if r["level"] == "total"):
        town = towns.loc[row["unit"]]
        if row["sheet"] == "grade":
            assert town["grade"] == row["remark"].split("；")[0]
        elif row["score"]:
            assert published.eight(town[row["sheet"]]) == row["score"]
        else:
            assert town[row["sheet"]] is None


def test_台账之和就是失分(judged):
    results, _ = judged
    for sheet in (s for s in results.sheets.itertuples() if s.score is not None):
        own = results.ledger[(results.ledger["sheet"] == sheet.sheet)
                             & (results.ledger["unit"] == sheet.unit)]
        total = results.plan.sheet[sheet.sheet].total
        assert total - sheet.score == sum(own["points"], Fraction(0))


def test_公布分只取整一次(judged):
    results, _ = judged
    of = results.plan.grades.of
    for town, row in zip(results.towns.itertuples(), published.towns(results).to_dict("records"),
                         strict=True):
        value = getattr(town, of)
        assert row[results.plan.figure[of].name] == ("" if value is None else f"{publish(value)}")
