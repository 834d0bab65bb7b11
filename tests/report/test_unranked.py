"""不排名：等次照列，名次哪里也不说，先后也看不出名次。"""

from __future__ import annotations

import re

import openpyxl
import pytest
from docx import Document

from hecha import show
from hecha.report import published, views
from hecha.report.county_word import write_county_notice
from hecha.report.index import index_page
from hecha.report.page import page_of, visible_text
from hecha.report.workbook import sheets_of, write_results_workbook
from tests.report.made import made_results
from tests.report.notebook import executed

NAMES, LOST = ("甲镇", "乙镇", "丙镇", "丁镇"), (12, 3, 10, 4)
TOLD = re.compile(r"名次|排名|第[一二三四\d]+名|最高[甲乙丙丁]镇|最低[甲乙丙丁]镇")


@pytest.fixture(scope="module")
def unranked():
    return made_results(NAMES, LOST, ranked=False)


@pytest.mark.parametrize("name", ["county", "town"])
def test_网页不说名次(name, unranked, tmp_path):
    given = {"town": "449901101"} if name == "town" else {}
    text = visible_text(page_of(executed(name, unranked, tmp_path, **given)).html(b""))
    assert "等次" in text and TOLD.findall(text) == []


@pytest.mark.parametrize("verb", [
    show.ranking_chart, show.county_ranking, show.heat_map, show.largest_losses, show.county_certainty])
def test_各表各图按等次再按代码_不按分数(verb):
    unranked = made_results(NAMES, (12, 5, 10, 2), ranked=False)
    text = visible_text(verb(unranked)._repr_html_())
    places = [text.rindex(name) for name in ("乙镇", "丁镇", "甲镇")]
    assert list(unranked.towns["grade"])[1::2] == ["好", "好"] and places == sorted(places)


def test_不指名谁在哪一项最低_哪一类失分最多(unranked):
    assert "失分最多" not in visible_text(show.problems_by_type(unranked)._repr_html_())
    assert not re.search("最低为[甲乙丙丁]镇", visible_text(show.heat_map(unranked)._repr_html_()))
    ranked = made_results(NAMES, LOST)
    assert "失分最多" in visible_text(show.problems_by_type(ranked)._repr_html_())


def test_没有收齐的名单式通报也不提名次(tmp_path):
    open_ = made_results(NAMES, LOST, unfinished=("449901100",))
    path = write_county_notice(open_, tmp_path / "a.docx", ranked=False)
    text = "".join(p.text for p in Document(str(path)).paragraphs)
    assert "等次均为暂定" in text and "名次" not in text


def test_排名的时候_同一个地方说名次(tmp_path):
    ranked = made_results(NAMES, LOST)
    text = visible_text(page_of(executed("county", ranked, tmp_path)).html(b""))
    assert {"名次"} <= set(TOLD.findall(text))


def test_目录页不说名次(unranked):
    assert TOLD.findall(visible_text(index_page(unranked, [], {}).html(b""))) == []


def test_结果表和工作簿里没有名次这一列(unranked, tmp_path):
    assert [n for n, frame in published.tables(unranked).items() if "名次" in frame.columns] == []
    assert "排名" not in sheets_of(unranked)
    book = openpyxl.load_workbook(write_results_workbook(unranked, tmp_path / "结果.xlsx"))
    headers = {cell.value for sheet in book for cell in sheet[2]}
    assert "等次" in headers and "名次" not in headers


def test_先等次后代码_同一等次里分高的不排在前(unranked):
    listed = list(views.standing(unranked)["town_name"])
    scores = dict(zip(unranked.towns["town_name"], unranked.towns["comprehensive"], strict=True))
    assert scores["丁镇"] < scores["乙镇"] and scores["甲镇"] < scores["丙镇"]
    by_grade = [[n for n in NAMES if g == dict(zip(
        unranked.towns["town_name"], unranked.towns["grade"], strict=True))[n]] for g in "好 较好".split()]
    assert listed == sum(by_grade, []) and len(by_grade[0]) > 1
