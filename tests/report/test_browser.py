"""Pages in a real browser: no request, no console word, no sideways scroll, on phone and paper."""

import io
import re
import subprocess

import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from hecha import show
from hecha.report import fonts, fragments
from hecha.report.faults import faults_page
from hecha.report.index import Entry, index_page
from hecha.report.page import page_of
from tests.report.made import MARK, PLAN, made_results

pytestmark = pytest.mark.browser

NAMES = ("甲镇", '<script>alert("乙")</script>"\'镇', "𣵦镇", *(f"丁{i}镇" for i in range(12)))
COUNTY = (show.county_bottom_line, show.ranking_chart, show.county_ranking, show.consequences,
          show.distance_to_next_grade, show.heat_map, show.problems_by_type, show.largest_losses,
          show.self_vs_verified, show.missing_and_replaced, show.readings_in_force, show.doubts,
          show.income_turns)
TOWN = (show.town_bottom_line, show.town_work, show.town_sheets, show.town_waterfall,
        show.villages_compared, show.town_self_vs_verified, show.town_problems, show.town_deductions,
        show.town_rectification_list, show.town_doubts)
PLANS = (show.plan_overview, show.plan_decisions, show.plan_unset, show.plan_values,
         show.plan_items, show.plan_readings)


def notebook_of(made):
    """An executed notebook that shows these, each in a section of its own after the first."""
    cells = [new_code_cell("", outputs=[new_output("display_data", {"text/html": made[0]._repr_html_()})])]
    for i, part in enumerate(made[1:], 1):
        shown = new_output("display_data", {"text/html": part._repr_html_()})
        cells += [new_markdown_cell(f"## 第{i}节\n\n问的是什么？"), new_code_cell("", outputs=[shown])]
    return new_notebook(cells=cells)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The pages of a made county, of its faults, and the index, as files."""
    results = made_results(NAMES, lost=tuple(range(1, 16)), villages=4)
    parts = {"county": [verb(results) for verb in COUNTY],
             "town": [verb(results, "449901101") for verb in TOWN],
             "plan": [verb(PLAN) for verb in PLANS]}
    pages = {name: page_of(notebook_of(made), title=name, mark=MARK, home="index.html")
             for name, made in parts.items()}
    pages["faults"] = faults_page(made_results(NAMES, lost=tuple(range(1, 16)),
                                               unfinished=("449901100",), unconfirmed=("449901101",)))
    pages["index"] = index_page(results, [Entry("县级报告", "county.html")],
                                {"449901100": "town.html"})
    font = fonts.woff2_subset(frozenset().union(*(p.characters for p in pages.values())))
    folder = tmp_path_factory.mktemp("pages")
    for name, page in pages.items():
        (folder / f"{name}.html").write_text(page.html(font), encoding="utf-8")
    return folder


@pytest.fixture(params=["county", "town", "plan", "index", "faults"])
def name(request):
    return request.param


@pytest.fixture
def opened(browser, files):
    """Opens a page at a width and hears every request and every word of the console."""
    contexts = []

    def open_page(name, width=390, **more):
        context = browser.new_context(viewport={"width": width, "height": 844}, **more)
        contexts.append(context)
        page = context.new_page()
        page.heard = []
        page.on("request", lambda r: page.heard.append(r.url))
        page.on("console", lambda m: page.heard.append(m.text))
        page.on("pageerror", lambda e: page.heard.append(str(e)))
        page.goto((files / f"{name}.html").as_uri())
        page.evaluate("document.fonts.ready")
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_不联网_控制台没有话(opened, name):
    page = opened(name)
    assert [h for h in page.heard if not h.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_不用左右移动整页(opened, name, width):
    page = opened(name, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_不用脚本也读得全(opened, name):
    page = opened(name, java_script_enabled=False)
    assert "镇" in page.inner_text("main")


def test_没有严重的无障碍问题(opened, name):
    found = Axe().run(opened(name, 1280)).response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in serious] == []


def test_用的是自带的字体(opened, name):
    page = opened(name)
    assert page.evaluate("[...document.fonts].filter(f => f.status === 'loaded').length") == 1


def test_别有用心的镇名显示为文字(opened):
    page = opened("county")
    assert page.locator("text=<script>alert").first.is_visible()


def test_表格在自己的框里移动(opened):
    page = opened("county")
    page.evaluate("document.querySelectorAll('details.sec').forEach(d => d.open = true)")
    box = page.get_by_role("region", name=re.compile("得分与名次"))
    assert box.evaluate("e => e.scrollWidth > e.clientWidth")
    assert box.get_attribute("tabindex") == "0"


def test_键盘走得到每一个链接和按钮(opened):
    page = opened("county", 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    want = page.evaluate("""[...document.querySelectorAll('a,button,summary,input,[tabindex="0"]')]
        .filter(e => e.checkVisibility()).length""")
    reached = page.evaluate("""() => new Set([document.activeElement]).size""")
    for _ in range(want + 5):
        page.keyboard.press("Tab")
        reached += page.evaluate("""() => { const e = document.activeElement;
            if (e === document.body || e.dataset.seen) return 0; e.dataset.seen = 1; return 1 }""")
    assert reached >= want


def test_手机上先看结论_其余折起_点目录就展开(opened):
    page = opened("county")
    sections = page.locator("details.sec")
    assert page.locator("details.sec[open]").count() == 1 < sections.count()
    page.locator(".toc a").nth(4).click()
    assert sections.nth(4).get_attribute("open") is not None


def test_电脑上全部展开_没有脚本时手机上也展开(opened):
    for page in (opened("county", 1280), opened("county", java_script_enabled=False)):
        assert page.locator("details.sec:not([open])").count() == 0


def test_表格点表头排序_数字按大小(opened):
    page = opened("county", 1280)
    table = page.get_by_role("region", name=re.compile("得分与名次"))
    button = table.get_by_role("button", name="综合评价")
    button.focus()
    page.keyboard.press("Enter")
    figures = [float(t) for t in table.locator("tbody tr td:nth-child(4)").all_inner_texts()]
    assert figures == sorted(figures) and len(figures) == 15
    assert table.locator("th[aria-sort=ascending]").count() == 1


def test_长表可以筛选(opened):
    page = opened("county", 1280)
    box = page.locator("p.find", has=page.locator("text=筛选")).first
    box.locator("input").fill("丁3镇")
    assert "剩1行" in box.inner_text()


def test_目录能找镇(opened):
    page = opened("index")
    page.fill("#find", "𣵦")
    rows = page.locator("#towns tbody tr")
    assert [r.is_visible() for r in rows.all()].count(True) == 1
    assert page.inner_text("#found") == "找到1个"


def printed(page):
    """The text of each printed sheet."""
    data = page.pdf(prefer_css_page_size=True, print_background=True)
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=data, capture_output=True,
                          check=True).stdout.decode("utf-8")
    return text.split("\f")[:-1], io.BytesIO(data)


def test_打印有页码和标记_每页都有(opened):
    sheets, _ = printed(opened("town", 1280))
    assert len(sheets) > 2
    for number, sheet in enumerate(sheets, start=1):
        assert re.search(rf"—\s*{number}\s*/\s*{len(sheets)}\s*—", sheet)
        assert "内部资料" in sheet


def test_打印的表每页重复表头(opened):
    sheets, _ = printed(opened("plan", 1280))
    with_readings = [s for s in sheets if "建议的" in s]
    assert len(with_readings) > 1 and all("也可以" in s for s in with_readings)


def test_片段在笔记本里也能单独看(opened):
    assert fragments.notice("甲").html == '<p class="notice">甲</p>'
