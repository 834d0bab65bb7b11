"""Charts: text stays text, the same values give the same bytes, and each says what it shows."""

import re
from fractions import Fraction

import pytest

from hecha.report import charts, fonts
from hecha.report.charts import Line, NoAlternative

LINES = [Line(90, "好"), Line(80, "较好")]
HOSTILE = '<script>alert("1")</script>$x^2$\u202e镇'


def bars(**more):
    return charts.ranked_bars(["甲镇", "乙镇"], [91, 85], LINES, **{
        "title": "综合评价", "alt": "柱状图：2个镇，最高甲镇91.00分", **more})


ALL = {
    "bars": bars,
    "waterfall": lambda: charts.waterfall(
        [("责任落实", 3), ("上级结果", -1)], LINES, start=100, start_name="满分",
        end_name="综合评价", title="瀑布", alt="瀑布图：从100分到98分"),
    "heat": lambda: charts.heat_map(["甲镇", "乙镇"], ["责任落实", "明星产品、消费、车间、致富带头人"],
                                    [[1, None], [0, Fraction(1, 2)]], title="得分率", alt="热力图：2个镇"),
    "dumbbell": lambda: charts.dumbbell(["甲镇", "乙镇"], [98, None], [91, 80],
                                        labels=("自评", "核查"), title="自评", alt="哑铃图：2个镇"),
    "villages": lambda: charts.compared_bars(
        ["子村"], [88], [Line(89, "本镇平均"), Line(90, "全县平均")], others=[70, 95],
        others_name="全县各村", title="村", alt="柱状图：1个村"),
    "intervals": lambda: charts.intervals(["乙镇", "甲镇", "丙镇"], [85, 91, 70], [83.5, 89.0, None],
                                          [86.5, 93.0, None], LINES, title="区间"),
}


@pytest.mark.parametrize("name", ALL)
def test_同样的数给同样的字节(name):
    assert ALL[name]().svg == ALL[name]().svg


@pytest.mark.parametrize("name", ALL)
def test_图里的字是字_字体是页面的(name):
    svg = ALL[name]().svg
    assert "<text" in svg and fonts.FAMILY in svg and "Hecha measured" not in svg
    assert not re.search(r"<image|<metadata|<dc:date|url\((?!#)", svg)


@pytest.mark.parametrize("name", ALL)
def test_每幅图带替代文字和数据(name):
    html = ALL[name]()._repr_html_()
    assert 'role="img" aria-label="' in html and "<figcaption>" in html
    assert "<details><summary>数据：" in html and '<th scope="row">' in html


def test_没有替代文字的图不成图():
    with pytest.raises(NoAlternative, match="综合评价"):
        bars(alt=" ")


def test_别有用心的镇名在图里只是文字():
    figure = charts.ranked_bars([HOSTILE], [91], LINES, title=HOSTILE, alt=HOSTILE)
    assert "<script" not in figure._repr_html_()
    assert "$x^2$" in figure.svg and "\u202e" not in figure.svg


def test_生僻的村名画得出来():
    assert "𣵦江村" in charts.ranked_bars(["𣵦江村", "平㙍镇"], [91, 90], LINES, title="村",
                                       alt="柱状图：2个").svg


def test_一幅图不引用另一幅图的部件():
    first, second = ALL["bars"]().svg, ALL["waterfall"]().svg
    ids = re.findall(r'id="([^"]+)"', first), re.findall(r'id="([^"]+)"', second)
    assert not set(ids[0]) & set(ids[1])


def test_等次线标在图上():
    assert re.search(r"<text[^>]*>好</text>", bars().svg)


def test_颜色之外还有数字():
    assert re.search(r"<text[^>]*>50</text>", ALL["heat"]().svg)
    assert re.search(r"<text[^>]*>−1\.00</text>", ALL["dumbbell"]().svg) is None
    assert re.search(r"<text[^>]*>−7\.00</text>", ALL["dumbbell"]().svg)


def test_区间图按得分从高到低_不可估计的只有一点():
    rows = ALL["intervals"]().rows
    assert [r[0] for r in rows] == ["甲镇", "乙镇", "丙镇"]
    assert rows[-1] == ("丙镇", "70.00", "—", "—")


def test_区间图的替代文字说出最高最低和跨线的个数():
    alt = ALL["intervals"]().alt
    assert "最高甲镇91.00（89.00至93.00）" in alt and "最低丙镇70.00" in alt
    assert "1个的区间跨过等次线" in alt  # 89 < 90 <= 93


def test_名次的区间图_第一名在上():
    made = charts.intervals(["甲镇", "乙镇"], [2, 1], [1, 1], [3, 2], title="名次", digits=0, best="low",
                            value_name="名次")
    assert made.rows == (("乙镇", "1", "1", "2"), ("甲镇", "2", "1", "3"))
