"""抽样的说明：村和数目可以说，户不说；没有公布就连村也不说。"""

from __future__ import annotations

import re
import shutil

import pytest

from hecha import show
from hecha.fieldwork.told import HANDED_IN, NOTHING, REVEALED, SECRET
from hecha.report.page import visible_text
from tests.fieldwork.counties import PLAN, YUNXI, done, drawn, three_towns

VERBS = ("draw_bottom_line", "draw_towns", "draw_villages", "draw_shortfalls", "draw_faults",
         "draw_how_to_verify", "draw_chances", "draw_doubts")
HOUSEHOLD = re.compile(r"(?<!\d)\d{16}(?!\d)")


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return three_towns(tmp_path_factory.mktemp("说明") / "三镇")


def text_of(told):
    return "\n".join(visible_text(getattr(show, verb)(told).html) for verb in VERBS)


def test_抽签以前_封存_公布_各说各的(case, tmp_path):
    assert "还没有抽签" in text_of(show.open_draw(case, PLAN))
    drawn(case, tmp_path)
    told = show.open_draw(case, PLAN)
    text = text_of(told)
    assert told.state == SECRET and told.villages.empty and "公布随机数以前" in text
    assert "樟冲" not in text and "宝石镇可抽的村只有3个" in text
    done("draw", "reveal", case, "--on", "2024-01-08", "--out", tmp_path)
    told = show.open_draw(case, PLAN)
    text = text_of(told)
    assert told.state == REVEALED and len(told.villages) == 11 and told.faults == ()
    assert "樟冲村可抽的户只有4户" in text.replace("民委员会", "") and "certificate.html" in text
    assert not HOUSEHOLD.search(text)


def test_报来的抽样与抽样框一处一处核对(case, tmp_path):
    other = shutil.copytree(case, tmp_path / "三镇", ignore=shutil.ignore_patterns(".hecha"))
    assert show.open_draw(other, PLAN).state == NOTHING
    shutil.copytree(YUNXI / "draw", other / "draw")
    told = show.open_draw(other, PLAN)
    said = text_of(told)
    assert told.state == HANDED_IN
    assert {p.code for p in told.faults} == {"not_in_frame"}  # twelve towns are not of this county
    assert "没有抽签证书" in said and not HOUSEHOLD.search(said)


def test_没有花名册也不崩溃(tmp_path):
    case = tmp_path / "县"
    shutil.copytree(YUNXI, case, ignore=shutil.ignore_patterns("花名册", "returns", "expected"))
    assert "可抽的户0户" in text_of(show.open_draw(case, PLAN))


@pytest.mark.slow
def test_示例县的抽样与抽样框处处相符_缺口只有三处():
    told = show.open_draw(YUNXI, PLAN)
    assert [str(p) for p in told.faults] == []
    assert sorted(told.shortfalls["reading"]) == ["A-15", "A-17", "A-18"]
    assert len(told.villages) == 14 * 4 + 3 and int(told.villages["chosen"].sum()) == 344
    chances = told.chances.set_index("village")
    assert chances.loc["449901106201", "其他户"] == 1  # three villages of three, four of four
    assert chances["其他户"].notna().all()


@pytest.mark.slow
def test_抽样笔记本成页_不写一户(tmp_path):
    import nbformat

    from hecha.batch.notebooks import execute
    from hecha.report import fonts
    from hecha.report.page import check_page, page_of

    made = execute(YUNXI.parents[1] / "notebooks" / "draw.ipynb", tmp_path / "draw.ipynb",
                   {"case": str(YUNXI.resolve())})
    page = page_of(nbformat.read(made, as_version=4), home="index.html")
    font = fonts.woff2_subset(page.characters)
    html = page.html(font)
    found = check_page(html, file="draw.html", names=["云城镇", "宝石镇"], figures=0, font=font)
    assert [str(p) for p in found] == []
    assert not HOUSEHOLD.search(visible_text(html))
