"""PDF：用本机的浏览器印；没有浏览器说清楚；同样的网页印出同样的字节。"""

import re
import subprocess

import pandas as pd
import pytest

from hecha.report import fonts, fragments, pdf
from hecha.report.page import Page, courtesy
from tests.report.made import MARK

ROWS = 60


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page with a table of many rows of several lines each."""
    frame = pd.DataFrame([(f"甲{n}始", "怎样扣的，写得很长的一段话" * 12, f"乙{n}末") for n in range(ROWS)],
                         columns=["a", "b", "c"])
    table = fragments.table(frame, [fragments.Column("a", "细项栏", head=True),
                                    fragments.Column("b", "说明栏", wide=True),
                                    fragments.Column("c", "证据栏", keep=True)], "很长的表")
    path = tmp_path_factory.mktemp("印 刷") / "很长 的页.html"
    body = f'<details class="sec" open><summary><h2>一</h2></summary>{table.html}</details>'
    made = Page("长", body, mark=MARK, script=courtesy())
    path.write_text(made.html(fonts.woff2_subset(made.characters)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def printed(page, browser_file):
    return pdf.print_page(page, page.with_suffix(".pdf"), browser_file)


@pytest.fixture(scope="module")
def sheets(printed):
    text = subprocess.run(["pdftotext", "-layout", printed, "-"], capture_output=True, check=True
                          ).stdout.decode("utf-8")
    return text.split("\f")[:-1]


@pytest.mark.browser
def test_每页有页码和标记_表头重复(sheets):
    assert len(sheets) > 2
    for number, sheet in enumerate(sheets, 1):
        assert re.search(rf"—\s*{number}\s*/\s*{len(sheets)}\s*—", sheet)
        assert MARK in sheet and "细项栏" in sheet and "证据栏" in sheet


@pytest.mark.browser
def test_没有一行被切成两页(sheets):
    for n in range(ROWS):
        [whole] = [s for s in sheets if re.search(rf"甲{n}始", s)]
        assert re.search(rf"乙{n}末", whole)


@pytest.mark.browser
def test_再印一次_字节相同(page, printed, browser_file):
    again = pdf.print_page(page, page.with_name("再印.pdf"), browser_file)
    assert again.read_bytes() == printed.read_bytes()


def test_没有浏览器_说清楚装什么_或怎样手工印(monkeypatch):
    monkeypatch.setenv("HECHA_BROWSER", "没有这个程序")
    with pytest.raises(pdf.NoBrowser, match="印不出 PDF.*HECHA_BROWSER.*另存为 PDF"):
        pdf.find_browser()


def test_找浏览器先看环境变量(monkeypatch, tmp_path):
    program = tmp_path / "我的 浏览器"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("HECHA_BROWSER", str(program))
    assert pdf.find_browser() == program


def test_浏览器没有写出文件_说是哪一页(page, tmp_path):
    program = tmp_path / "什么也不做"
    program.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
    program.chmod(0o755)
    with pytest.raises(pdf.NotPrinted, match="很长 的页.html 没有印成 PDF"):
        pdf.print_page(page, tmp_path / "a.pdf", program)
