"""The notebooks run in a true kernel on a made county and become pages without a fault."""

import pytest

from hecha.report import fonts
from hecha.report.page import check_page, page_of, visible_text
from tests.report.made import MARK, made_results
from tests.report.notebook import executed

NAMES = ("甲镇", '<script>alert("乙")</script>\u202e镇', "𣵦镇")
CHARTS = {"certainty": 2, "county": 3, "town": 3, "plan": 0}


@pytest.fixture(scope="module")
def made():
    return made_results(NAMES, unconfirmed=("449901102",))


@pytest.mark.parametrize(("name", "given", "says"), [
    ("county", {}, ["甲镇", "𣵦镇"]),
    ("certainty", {"case": "outputs/none"}, ["甲镇", "没有卷宗在手", "没有定标案例"]),
    ("plan", {}, []),
    ("town", {"town": "449901101"}, ['<script>alert("乙")</script>镇2023年']),
    ("town", {"town": "449901102"}, ["𣵦镇", "待确认", "暂定", "不是数字"])])
def test_笔记本成页(name, given, says, made, tmp_path):
    page = page_of(executed(name, made, tmp_path, **given), mark=MARK, home="index.html")
    font = fonts.woff2_subset(page.characters)
    html = page.html(font)
    found = check_page(html, file=name, names=says, figures=CHARTS[name], font=font, mark=MARK)
    assert [str(p) for p in found] == []
    assert html.count("<script") == bool(page.script)  # the page's own courtesy, no town's name


def test_未完成的镇只说缺什么_没有分数(tmp_path):
    results = made_results(unfinished=("449901101",))
    page = page_of(executed("town", results, tmp_path, town="449901101"), mark=MARK)
    text = visible_text(page.html(b""))
    assert "未完成" in text and "没有填" in text and "已收齐" in text
    assert check_page(page.html(b""), file="乙镇", names=["乙镇"], figures=0, mark=MARK).found == []
    assert not [score for score in ("93.00", "90.00", "91.00") if score in text]


def test_镇名也可以当参数(tmp_path, made):
    page = page_of(executed("town", made, tmp_path, town="甲镇"))
    assert page.title == "甲镇2023年成效核查报告"


def test_两个镇的图各不相同(made, tmp_path):
    from hecha import show

    assert show.town_waterfall(made, "甲镇").svg != show.town_waterfall(made, "449901101").svg
