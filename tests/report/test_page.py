"""A page: one file, no code, no address, everything in its own font, and checked."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from hecha.report import charts, fonts, fragments
from hecha.report.page import check_page, page_of, render_page, visible_text
from tests.report.made import MARK

FIGURE = charts.ranked_bars(["甲镇"], [91], [], title="综合评价", alt="柱状图：1个镇")


def notebook(*outputs) -> nbformat.NotebookNode:
    cells = [new_markdown_cell("## 一、名次\n\n排在哪里？<b>x</b>")]
    cells += [new_code_cell("show.secret_code(scored)", outputs=[o]) for o in outputs]
    return new_notebook(cells=cells)


def shown(thing):
    return new_output("execute_result", {"text/html": thing._repr_html_(), "text/plain": "<Figure>"})


@pytest.fixture(scope="module")
def html():
    return render_page(notebook(shown(fragments.heading("甲镇2023年")), shown(FIGURE)), mark=MARK,
                       home="index.html")


def codes(html, **more):
    return {p.code for p in check_page(html, file="甲镇.html", **more)}


def test_页面是中文的_有题目_有内容政策_没有代码(html):
    assert '<html lang="zh-CN">' in html and "<title>甲镇2023年</title>" in html
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:" in html
    assert html.count("<script") == 1 and "script-src 'sha256-" in html
    assert "secret_code" not in html and "&lt;Figure&gt;" not in html
    assert codes(html, names=["甲镇"], figures=1, mark=MARK) == set()


def test_目录与标题对得上():
    page = page_of(notebook(shown(FIGURE)), title="甲")
    assert page.contents == (("s1", "一、名次"),) and '<h2 id="s1">一、名次</h2>' in page.body


def test_正文里的标签只是文字(html):
    assert "&lt;b&gt;x&lt;/b&gt;" in html


def test_标记在页面上_也在打印的页眉(html):
    assert html.count(MARK) >= 3 and "@page" in html and "counter(page)" in html


def test_没有标记就没有水印():
    page = render_page(notebook(shown(FIGURE)), title="甲")
    assert MARK not in page and "<body>" in page


def test_没有字体的页面很小():
    assert len(page_of(notebook(shown(FIGURE)), title="甲").html(b"").encode()) < 24_000


def test_字体覆盖页面上每一个字(html):
    page = page_of(notebook(shown(fragments.heading("𣵦江村")), shown(FIGURE)))
    font = fonts.woff2_subset(page.characters)
    assert codes(page.html(font), font=font) == set()
    other = fonts.woff2_subset("甲")
    [tofu] = [p for p in check_page(page.html(other), file="a", font=other) if p.code == "tofu"]
    assert "𣵦" in tofu.found


@pytest.mark.parametrize(("spoil", "code"), [
    (lambda h: h.replace('role="img" aria-label="柱状图：1个镇"', ""), "no_alt"),
    (lambda h: h.replace("</main>", '<a href="https://example.org/x">x</a></main>'), "address"),
    (lambda h: h.replace("</main>", '<a href="/srv/x">x</a></main>'), "address"),
    (lambda h: h.replace("</style>", "p{background:url(//example.org/x)}</style>"), "address"),
    (lambda h: h.replace("</main>", '<div class="highlight">x</div></main>'), "code"),
    (lambda h: h.replace('lang="zh-CN"', 'lang="en"'), "lang"),
    (lambda h: h.replace(MARK, ""), "no_mark"),
    (lambda h: h.replace("甲镇", "乙镇"), "no_name"),
    (lambda h: h.replace("<figure", "<div").replace("</figure>", "</div>"), "figures"),
])
def test_页面坏了查得出来(html, spoil, code):
    spoiled = spoil(html)
    assert spoiled != html
    assert code in codes(spoiled, names=["甲镇"], figures=1, mark=MARK)


def test_出错的单元格查得出来():
    error = new_output("error", ename="ValueError", evalue="坏了", traceback=[])
    assert "cell_error" in codes(render_page(notebook(error), title="甲"))


def test_文字里的网址只是文字(html):
    said = html.replace("</main>", "<p>见https://example.org</p></main>")
    assert codes(said) == set()


def test_看得见的字不含样式(html):
    assert "font-family" not in visible_text(html) and "一、名次" in visible_text(html)


def test_同样的笔记本给同样的字节(html):
    again = render_page(notebook(shown(fragments.heading("甲镇2023年")), shown(FIGURE)), mark=MARK,
                        home="index.html")
    assert again == html


def test_图的说明和数据都在(html):
    assert re.search(r"<figcaption>.*?</figcaption>", html) and "<summary>数据：综合评价" in html
