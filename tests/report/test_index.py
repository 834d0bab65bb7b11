"""The index of a run: everything one click away, and what is wrong said first."""

from hecha.report.index import FINDER, Entry, index_page
from hecha.report.page import check_page
from tests.report.made import MARK, made_results

ENTRIES = [Entry("县级报告", "county.html", "给领导看"), Entry("方案与读法", "plan.html")]


def made(results, **more):
    towns = {t: f"town_{t}.html" for t in results.towns["town"]}
    return index_page(results, ENTRIES, towns, **more)


def test_县_方案_各镇和文件都连得到():
    html = made(made_results(), files=[Entry("工作簿", "tables/results.xlsx")]).html(b"")
    for address in ("county.html", "plan.html", "town_449901100.html", "tables/results.xlsx"):
        assert f'href="{address}"' in html
    assert check_page(html, file="index.html", names=["甲镇", "乙镇"], mark=MARK).found == []


def test_没有错就不说哪里不对():
    assert "哪里不对" not in made(made_results()).html(b"")


def test_有错先说哪里不对():
    html = made(made_results(unconfirmed=("449901101",)), failed={"丙镇报告": "停下"}).html(b"")
    assert "哪里不对、先修什么（2处）" in html and html.index("哪里不对") < html.index("各镇报告")
    assert "没有生成“丙镇报告”：停下" in html and "名次、等次为暂定" in html


def test_没有生成的镇只列不连():
    results = made_results()
    html = index_page(results, ENTRIES, {}).html(b"")
    assert "甲镇" in html and "town_" not in html


def test_查找的脚本只凭指纹放行():
    html = made(made_results()).html(b"")
    assert f"<script>{FINDER}</script>" in html and "script-src 'sha256-" in html
    assert html.count("<script>") == 1


def test_别有用心的镇名只是文字():
    html = made(made_results(("<script>x</script>", "乙镇", "丙镇"))).html(b"")
    assert "&lt;script&gt;x" in html and html.count("<script>") == 1
