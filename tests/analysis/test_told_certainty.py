"""What the pages say of certainty: about the draw only, and nothing surer than it is."""

import re
from dataclasses import replace
from fractions import Fraction

import pandas as pd
import pytest

from hecha import show
from hecha.analysis import certainty, severity
from hecha.fieldwork.between_teams import Again, Inside
from hecha.fieldwork.visited import NOT_AT_HAND
from hecha.show.asked import Asked
from hecha.show.certainty import unsure_grades
from tests.report.made import made_results


@pytest.fixture(scope="module")
def results():
    """甲镇 with two villages far apart and a score near a line; the others with level villages."""
    made = made_results()
    sheets = made.sheets.copy()
    villages = sheets.index[(sheets["sheet"] == "village") & (sheets["town"] == "449901100")]
    mean = Fraction(sum(sheets.loc[villages, "score"])) / len(villages)
    sheets.loc[villages[0], "score"], sheets.loc[villages[1], "score"] = mean - 4, mean + 4
    return replace(made, sheets=sheets)


def text(fragment):
    return re.sub(r"<[^>]+>|\s+", "", fragment._repr_html_())


def asked(results, strict=None, handed_in=0):
    return Asked(results, certainty.certainty_of(results, replications=500), NOT_AT_HAND, strict, handed_in)


def test_县级报告说明概率只说抽样_不说真实和宽严(results):
    said = text(show.county_certainty(results))
    assert "概率只说抽样这一件事" in said and "不说所报的是否真实" in said and "宽严" in said


def test_各村不齐又近线的镇写进结论_各村一样的不写(results):
    said = text(unsure_grades(results))
    assert "甲镇" in said and "乙镇" not in said and "丙镇" not in said


def test_不排名的方案_一处也不说名次(results):
    plan = results.plan.model_copy(update={
        "grades": results.plan.grades.model_copy(update={"ranked": False})})
    one = asked(replace(results, plan=plan))
    said = "".join(text(getattr(show, verb)(one)) for verb in show.__all__
                   if verb.startswith("certainty_") and verb not in ("certainty_ranks", "certainty_pairs"))
    assert "名次" not in said and "不排名" in text(show.certainty_ranks(one))


def test_没有卷宗_户的比率说明为什么没有(results):
    assert "没有卷宗在手" in text(show.certainty_rates(asked(results)))
    assert show.open_sensitivity(asked(results)) is None


def test_卷宗读一次_敏感性用的是同一个():
    one = show.open_certainty("data/zhen-kaohe110", "params/zhen-kaohe110")
    assert one.opened.results is one.results
    assert show.open_sensitivity(one).opened is one.opened


def test_没有定标案例_说明怎样做(results):
    assert "hechacalibrate" in text(show.certainty_severity(asked(results)))


def test_交了打分而不够估计_不说没有交(results):
    said = text(show.certainty_severity(asked(results, handed_in=6)))
    assert "收到6个定标打分" in said and "没有定标案例" not in said
    assert "没有定标案例" not in text(show.certainty_bottom_line(asked(results, handed_in=6)))


def test_有定标案例_正式得分在前_参考在后(results):
    towns = list(results.units.towns)
    strict = severity.severity_of(pd.DataFrame(
        [(t, c, 80 + 4 * i + c) for i, t in enumerate(towns) for c in (1, 2, 3)],
        columns=["team", "case", "score"]))
    said = text(show.certainty_severity(asked(results, strict)))
    assert "正式得分和等次都不因此改动" in said
    for score in results.towns["comprehensive"]:
        assert f"{float(score):.2f}" in said
    # the teams give −4, 0 and +4: 0.42 + 2 × 0.14 of it comes off the figure
    assert "−4.00" in said and "+2.80" in said and "−2.80" in said


def test_不能估计的写成话(results):
    assert "漏评率：不能估计" in text(show.certainty_refused(asked(results)))


def test_没有复核_没有分对_页上照直说(results):
    one = asked(results)
    assert "没有复核：没有一户由另一个组再走访" in text(show.certainty_severity_chain(one))
    assert "没有分对：组内各对宽严是否一样，分不出来" in text(show.certainty_severity_pairs(one))


def test_复核和分对的结果在页上_正式得分不动(results):
    a, b, _ = results.units.towns
    links = pd.DataFrame([("h1", a, b, Fraction(100), Fraction(50)), ("h2", a, b, Fraction(100), Fraction(70))],
                         columns=["unit", "first_team", "second_team", "first", "second"])
    scored = pd.DataFrame([(a, p, Fraction(60 + 20 * p + e)) for p in (1, 2) for e in (-1, 1)],
                          columns=["team", "pair", "score"])
    one = replace(asked(results), again=Again(links, 3, unnamed=1), inside=Inside(scored))
    # (50 + 30) / 2 = 40 apart: +20 and −20
    said = text(show.certainty_severity_chain(one))
    assert "+20.00" in said and "−20.00" in said and "1户没有写明复核组" in said and "正式得分和等次都不因此改动" in said
    assert "第1对80.0（2户）；第2对100.0（2户）" in text(show.certainty_severity_pairs(one))
    assert "复核把2个组连成了链" in text(show.certainty_bottom_line(one))
