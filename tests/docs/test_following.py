"""Every command a page shows does what the page says, and the figures it quotes are these."""

from __future__ import annotations

import re

import pytest

from tests.docs.following import Followed, follow_all
from tests.docs.reading import PAGES, page_text, rows_of, steps, tables_after

RUN_PAGES = [page for page in PAGES if steps(page)]


@pytest.fixture(scope="module")
def followed(tmp_path_factory, worker_id) -> dict[str, Followed]:
    """All pages followed once, in a folder that the test workers share."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    return follow_all(RUN_PAGES, shared / "docs-followed")


@pytest.fixture(scope="module")
def readme(followed) -> Followed:
    return followed["README.md"]


@pytest.mark.parametrize("page", RUN_PAGES)
def test_照着做_所见如所写(followed, page):
    assert followed[page].complaints == ()


def test_改规则的例子_数字是真的_别的镇都没有变(readme):
    tables = tables_after("README.md", "对照")
    compared = [(words.split(), rows) for words, rows in tables if len(words.split()) == 2]
    assert len(compared) == 2
    for (before, after), (_, *rows) in compared:
        old, new = (_towns(readme, run) for run in (before, after))
        for town, *figures in rows:
            assert figures == [*old[town], *new[town]]
        changed = {town for town in old if old[town][1] != new[town][1]}
        assert changed == {row[0] for row in rows}


def _towns(readme: Followed, run: str) -> dict[str, list[str]]:
    rows = readme.table(f"outputs/{run}/tables/towns.csv")
    return {row["镇"]: [row["综合评价"], row["等次"]] for row in rows}


def test_查账的例子_台账里只有这一行(readme):
    (_, (_, *pairs)), = tables_after("README.md", "对照台账")
    said = dict(pairs)
    rows = [row for row in readme.table("outputs/原样/tables/ledger.csv")
            if (row["单位"], row["指标代码"]) == (said["单位"], said["指标代码"])]
    assert [{key: row[key] for key in said} for row in rows] == [said]


def test_输出文件的列_一列不多一列不少_次序也对(readme):
    sections = re.findall(r"^## tables/(\w+)\.csv\n(.*?)(?=^## )", page_text("docs/outputs.md"),
                          re.MULTILINE | re.DOTALL)
    folder = readme.folder / "outputs/原样/tables"  # nothing is approved there
    assert sorted(name for name, _ in sections) == sorted(
        p.name.removesuffix(".未批准.csv") for p in folder.glob("*.csv"))
    for name, body in sections:
        table = re.search(r"^\|.*(?:\n\|.*)+", body, re.MULTILINE).group()
        said = [row[0].strip("`") for row in rows_of(table)[1:]]
        header = (folder / f"{name}.未批准.csv").read_text(encoding="utf-8-sig").splitlines()[0]
        assert said == header.split(","), name


def test_自述文件里主要的列_与文件一致(readme):
    for name in ("towns", "villages", "items", "ledger"):
        line = re.search(rf"^- \*\*{name}\.csv\*\*：(.*)$", page_text("README.md"), re.MULTILINE).group(1)
        path = readme.path(f"outputs/原样/tables/{name}.csv")
        assert line.split("、") == path.read_text(encoding="utf-8-sig").splitlines()[0].split(",")


def test_工作簿的表名_与写出的一致(readme):
    from openpyxl import load_workbook

    line = re.search(r"工作表依次是：(.*?)。", page_text("docs/outputs.md")).group(1)
    book = load_workbook(readme.path("outputs/原样/tables/results.xlsx"), read_only=True)
    assert re.findall(r"`([^`]+)`", line) == book.sheetnames


def test_清单的键_与写出的一致(readme):
    import json

    body = page_text("docs/outputs.md").split("## manifest.json")[1]
    text = (readme.folder / "outputs/原样/manifest.json").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)`", body, re.MULTILINE)) == set(json.loads(text))


def test_计分的实例_都是台账里的原话原数(followed):
    runs = [followed["README.md"].table("outputs/原样/tables/ledger.csv"),
            *(followed["docs/scoring.md"].table(f"outputs/{run}/tables/ledger.csv")
              for run in ("督查", "省级"))]
    real = {(row["单位"], row["指标代码"], row["说明"], row["扣分精确值"])
            for rows in runs for row in rows}
    said = [tuple(row[-4:]) for _, (_, *rows) in tables_after("docs/scoring.md", "对照实例")
            for row in rows]
    assert len(said) > 20
    assert [row for row in said if row not in real] == []


def test_毛病的原话_都在问题清单里(followed):
    page = followed["docs/faults.md"]
    real = {row["问题"] for row in page.table("outputs/毛病/tables/problems.csv")}
    said = [row[0] for _, (_, *rows) in tables_after("docs/faults.md", "对照问题清单")
            for row in rows]
    assert len(said) > 40
    assert [words for words in said if words not in real] == []


def test_未完成的镇_与页上说的一样多(followed):
    towns = followed["docs/faults.md"].table("outputs/毛病/tables/towns.csv")
    assert [row["镇"] for row in towns if row["状态"] != "未完成"] == ["南渡镇"]
    assert len(towns) == 15
