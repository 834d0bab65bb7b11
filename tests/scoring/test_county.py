"""云溪县：算到最后一项、次序无关、多一处问题从不加分、没交的不当满分。"""

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hecha.batch.opening import open_case
from hecha.points import publish
from hecha.report import published
from hecha.scoring import score_case

YUNXI = Path("data/yunxi")


def expected_rows(level):
    with open(YUNXI / "expected/449901105.csv", encoding="utf-8", newline="") as file:
        return [r for r in csv.DictReader(file) if r["level"] == level]


def test_建安镇每个细项与随附的算例一致(yunxi):
    items = {(r.单位代码, r.指标代码): r for r in published.items(yunxi).itertuples()}
    for row in expected_rows("item"):
        got = items[row["unit"], row["item"]]
        assert (got.满分, got.得分, got.缺项) == (
            row["points"], row["score"], "是" if row["remark"] == "缺项" else "否")


def test_建安镇各表折算的话与分数一字不差(yunxi):
    sheets = {(r.sheet, r.unit): r for r in yunxi.sheets.itertuples()}
    for row in expected_rows("sheet"):
        got = sheets[row["sheet"], row["unit"]]
        assert (published.eight(got.score), got.sentence) == (row["score"], row["remark"])
        assert published.fraction(got.applicable) == row["points"]


def test_建安镇的综合评价与等次(yunxi):
    town = yunxi.towns.set_index("town").loc["449901105"]
    for row in expected_rows("total"):
        if row["sheet"] == "grade":
            assert town["grade"] == row["remark"]
        else:
            assert published.eight(town[row["sheet"]]) == row["score"]
            assert f"{publish(town[row['sheet']])}" == row["remark"]


def test_随附的县没有错误(yunxi):
    assert [str(p) for p in yunxi.problems.errors] == []


def test_该提示的都提示了(yunxi):
    notes = "；".join(yunxi.towns["notes"])
    assert "应抽4村，实抽3村" in notes and "应抽5户，实抽4户" in notes
    assert "无残疾人户" in notes and "缺项超过20分" in notes


def shuffled(frame, seed):
    columns = list(frame.sample(frac=1, axis=1, random_state=seed).columns)
    return frame.sample(frac=1, random_state=seed)[columns].reset_index(drop=True)


def told(results):
    tables = published.tables(results)
    return {name: sorted(map(tuple, tables[name].drop(columns="证据", errors="ignore").values))
            for name in ("towns", "villages", "items", "ledger", "sheets")}


@pytest.mark.parametrize("seed", [1, 2])
def test_行列镇村的次序都不影响结果(opened, seed):
    frames = {name: shuffled(getattr(opened.case, name), seed)
              for name in ("villages", "observations", "households", "attendance", "staff",
                           "drawn_villages", "drawn_households", "external", "adjustments")}
    assert told(score_case(opened.plan, replace(opened.case, **frames))) == told(opened.results)


FAULTS = ["deduct_per_case", "binary", "checklist"]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_多一处问题从不加分(opened, data):
    observations = opened.case.observations
    kinds = {(i.sheet, i.code): i.rule.kind for i in opened.plan.items}
    rows = [i for i, r in enumerate(observations.itertuples())
            if kinds[r.sheet, r.item] in FAULTS and r.measure != "na" and r.value != "不适用"]
    index = data.draw(st.sampled_from(rows))
    worse = observations.copy()
    row = worse.iloc[index]
    counted = kinds[row["sheet"], row["item"]] == "deduct_per_case"
    worse.loc[worse.index[index], "value"] = "9" if counted else "否"
    after = score_case(opened.plan, replace(opened.case, observations=worse)).towns
    before = opened.results.towns
    assert all(a <= b for a, b in zip(after["comprehensive"], before["comprehensive"], strict=True))


@pytest.fixture()
def copied(tmp_path):
    """A copy of the county that a test may spoil, rosters left out to be quick."""
    folder = tmp_path / "云溪 县"
    shutil.copytree(YUNXI, folder, ignore=shutil.ignore_patterns("花名册", "expected"))
    return folder


def test_没交核查记录的镇是未完成_写明缺什么_其他镇照报(copied):
    (copied / "returns/核查记录_449901110.xlsx").unlink()
    results = open_case(copied, "params/xian2023").results
    towns = results.towns.set_index("town")
    assert towns.loc["449901110", "state"] == "未完成"
    assert pd.isna(towns.loc["449901110", "comprehensive"]) and towns.loc["449901110", "grade"] == ""
    assert set(results.missing["town"]) == {"449901110"}
    assert towns.loc["449901105", "grade"] == "较好"
    assert towns["rank"].isna().all()


def test_考勤表没交_各镇都不能当作人人到齐(copied):
    (copied / "roster/考勤.csv").unlink()
    results = open_case(copied, "params/xian2023").results
    assert set(results.towns["state"]) == {"未完成"}
    assert results.missing["what"].str.contains("考勤表没有交").any()


def test_只算几个镇时没有名次(copied):
    results = open_case(copied, "params/xian2023", ["建安镇", "449901106"]).results
    assert list(results.towns["town"]) == ["449901105", "449901106"]
    assert results.towns["rank"].isna().all()


def test_分项合计不符的户_分项算数_镇为待确认(copied):
    import openpyxl

    path = copied / "returns/核查记录_449901105.xlsx"
    book = openpyxl.load_workbook(path)
    page = book["入户核查"]
    column = [c.value for c in page[1]].index("核实可支配收入合计") + 1
    page.cell(2, column).value = 99999
    book.save(path)
    results = open_case(copied, "params/xian2023").results
    town = results.towns.set_index("town").loc["449901105"]
    assert (town["state"], f"{publish(town['comprehensive'])}") == ("待确认", "87.01")
