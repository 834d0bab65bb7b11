"""哪里不对、先修什么：先说挡住得分的，逐个文件，逐处有行有列。"""

from hecha.problems import Place
from hecha.report.faults import count_faults, faults_page
from hecha.report.page import check_page
from tests.report.made import MARK, made_results


def results_with_faults():
    results = made_results(unfinished=("449901100",), unconfirmed=("449901101",))
    add = results.problems.error
    add(Place("returns/甲.xlsx", "入户核查", 7, "人数"), "x", "人数不对", found="abc", expected="整数",
        units=["449901100200"])
    add(Place("roster/考勤.csv", "", 9, "组号"), "x", "没有这个组", found="99")
    results.problems.warning(Place("roster/考勤.csv", "", 3, "说明"), "x", "没有说明")
    return results


def html_of(results, **more):
    return faults_page(results, home="index.html", **more).html(b"")


def test_没有错就没有这一页():
    assert faults_page(made_results()) is None and count_faults(made_results(), {}) == 0


def test_先修没有得分的_再修待确认的_后修不影响得分的():
    html = html_of(results_with_faults(), failed={"丙镇核查报告": "笔记本停下"})
    order = [html.index(f">{t}") for t in ("没有生成的报告", "先修：没有得分的镇", "再修：待确认的镇",
                                           "后修：不影响得分的错误", "请看一眼：提示")]
    assert order == sorted(order) and "丙镇核查报告" in html


def test_每一处都有文件_工作表_行_列_填的和应填的():
    html = html_of(results_with_faults())
    [row] = [r for r in html.split("<tr") if "人数不对" in r]
    for said in ("入户核查", ">7<", ">人数<", "abc", "整数"):
        assert said in row
    assert "returns/甲.xlsx（1处）" in html
    assert html.index("人数不对") < html.index("不是数字") < html.index("没有这个组") < html.index("没有说明")


def test_别有用心的文件名只是文字():
    results = results_with_faults()
    results.problems.error(Place("returns/<script>x</script>.xlsx", "", 1), "x", "坏了")
    html = html_of(results)
    assert "<script>x" not in html and "&lt;script&gt;x" in html
    assert check_page(html, file="faults.html", mark=MARK).found == []
