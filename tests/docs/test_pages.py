"""The pages stand by themselves: links, pictures, nobody's address, nothing left out."""

from __future__ import annotations

import re

import pytest

from tests.docs import help_pages
from tests.docs.reading import PAGES, ROOT, links, page_text, steps

KB = 1024


@pytest.mark.parametrize("page", PAGES)
def test_链接和图片都在(page):
    assert [link for link in links(page) if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_不写任何地址(page):
    assert re.findall(r"https?://\S+|www\.\S+", page_text(page)) == []


def test_每一页都在目录里():
    listed = links("docs/README.md")
    assert [page for page in PAGES[1:] if page not in listed and page != "docs/README.md"] == []


def test_截图不大_真是图片_有替代文字():
    pictures = sorted((ROOT / "docs/images").iterdir())
    assert {p.name for p in pictures} >= {"county.png", "county-phone.png"}
    for picture in pictures:
        assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert 10 * KB < picture.stat().st_size < 200 * KB
    shown = re.findall(r"<img [^>]*>", page_text("README.md"))
    assert len(shown) == 2 and all(re.search(r'alt="[^"]{15,}"', tag) for tag in shown)


def test_自述文件先有英文摘要_有两条命令():
    page = page_text("README.md")
    assert page.index("**In English.**") < page.index("## 一、")
    for command in ("python3 tasks.py run", "python3 tasks.py test", "py tasks.py run",
                    "python3 tasks.py bundle", "conda env create -f environment.yml"):
        assert command in page


def test_每条命令的帮助_就是页上写的():
    from hecha.commands import app

    wanted = {words: help_pages.help_of(words) for words in ["", *help_pages.commands(app)]}
    assert help_pages.shown_help() == wanted, "请运行 python tests/docs/help_pages.py"


def test_页上的命令_都不写进项目的文件夹():
    writing = {"run", "score"}
    for page in PAGES:
        for step in steps(page):
            words = getattr(step, "text", "").split()
            if getattr(step, "exit_code", 0) == 2:
                continue
            if len(words) > 1 and words[0] == "hecha" and words[1] in writing:
                assert "--out" in words, step
