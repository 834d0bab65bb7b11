"""Two years compared: what is work, what is method, and that nothing is left over."""

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hecha.batch import yearly
from hecha.batch.yearly import last_year_results
from hecha.folders import NoSuchFolder
from hecha.plan import Parameter, load_plan
from hecha.plan.changing import with_values
from hecha.problems import HechaError, Place
from hecha.scoring import score_case
from hecha.scoring.composite import UNFINISHED
from hecha.show.yearly import years_not_divided
from hecha.yearly import as_text, compare, from_text
from hecha.yearly.comparing import BOTH, ONLY_AFTER, ONLY_BEFORE, SHARES, UNDIVIDED, balanced
from tests.oracle.random_county import flawless
from tests.report.made import made_results
from tests.scoring.small_case import judged_plan, small_case

PLAN = judged_plan()


def half_and_half():
    """The plan of the year before: 50 : 50 instead of 60 : 40."""
    given_ = {"income_standard": "10620", "village_income_standard": "14160",
              "weight_county_check": "50%", "weight_villages": "50%", "assessment_year": "2022"}
    return load_plan("params/xian2023", [Parameter(k, v, Place("参数", "", n))
                                         for n, (k, v) in enumerate(given_.items(), 1)])


def lacking(case, item, measure, value):
    """The case with one observed value changed; None takes the row out."""
    rows = case.observations
    hit = (rows["item"] == item) & (rows["measure"] == measure)
    assert hit.any()
    changed = rows[~hit] if value is None else rows.assign(
        value=rows["value"].where(~hit, value))
    return replace(case, observations=changed.reset_index(drop=True))


@pytest.fixture(scope="module")
def case():
    return small_case(flawless())


def one(years):
    [row] = years.towns.to_dict("records")
    return row


def test_方案没变_变化全是工作(case):
    # 少开2次会，每次1分：县核查分少 2，综合评价少 2 × 60% × 70%
    worse = score_case(PLAN, lacking(case, "T-B1-1", "少开次数", "2"))
    years = compare(score_case(PLAN, case), worse, worse)
    row = one(years)
    assert row["performance"] == row["change"] < 0 and row["method"] == 0
    [part] = years.parts.to_dict("records")
    assert part["change"] == -(part["after"] - part["before"])
    lost = worse.ledger["points"].sum()
    assert row["change"] == -lost * Fraction(60, 100) * Fraction(70, 100)


def test_记录没变_只改权重_变化全是办法(case):
    same = lacking(case, "T-B1-1", "少开次数", "2")
    before, after = score_case(half_and_half(), same), score_case(PLAN, same)
    years = compare(before, after, score_case(before.plan, same))
    row = one(years)
    lost = after.ledger["points"].sum()
    # 权重由50%变60%，同样的失分多算 失分 × 10% × 70%
    assert (row["performance"], row["method"]) == (0, -lost * Fraction(10, 100) * Fraction(70, 100))
    assert {p for p in years.plans["位置"]} >= {"figures.year_end.parts.county_check"}


def test_两样都变_各归各的_合起来正好(case):
    then, now = (lacking(case, "T-B1-1", "少开次数", n) for n in ("2", "1"))
    before, after = score_case(half_and_half(), then), score_case(PLAN, now)
    years = compare(before, after, score_case(before.plan, now))
    row = one(years)
    was, left = before.ledger["points"].sum(), after.ledger["points"].sum()
    assert row["performance"] == (was - left) * Fraction(50, 100) * Fraction(70, 100)
    assert row["method"] == -left * Fraction(10, 100) * Fraction(70, 100)
    assert row["performance"] + row["method"] == row["change"] == row["after"] - row["before"]


def test_今年没有上年要的记录项_不硬分_说明为什么(case):
    now = lacking(case, "T-B1-1", "少开次数", "2")
    before, after = score_case(PLAN, case), score_case(PLAN, now)
    crossed = score_case(PLAN, lacking(case, "T-B1-1", "少开次数", None))
    assert (crossed.towns["state"] == UNFINISHED).all()
    years = compare(before, after, crossed)
    [part] = years.parts.to_dict("records")
    assert (part["kind"], part["why"]) == (UNDIVIDED, "今年的记录里没有上年计分要的记录项")
    assert one(years)["undivided"] == one(years)["change"] < 0


def test_上年的方案用不上_全部不分(case):
    worse = score_case(PLAN, lacking(case, "T-B1-1", "少开次数", "2"))
    years = compare(score_case(PLAN, case), worse, None)
    assert set(years.parts["kind"]) == {UNDIVIDED} and balanced(years)


def test_上年的方案用不上_页上说真正的原因(case, monkeypatch):
    worse = score_case(PLAN, lacking(case, "T-B1-1", "少开次数", "2"))
    opened = SimpleNamespace(case=case, results=worse)
    for why, told in ((HechaError("表不对\n第3行"), "表不对；第3行"),
                      (KeyError("water"), "今年的记录里没有上年的方案要用的“water”")):
        monkeypatch.setattr(yearly, "score_case", Mock(side_effect=why))
        years = compare(score_case(PLAN, case), worse, *yearly._crossed(opened, worse))
        assert f"不能分解：上年的方案不能用在今年的记录上：{told}" in years_not_divided(years).html


def test_代码相同名称不同_按两项_不算进步也不算退步(case):
    then = lacking(case, "T-B1-1", "少开次数", "2")
    renamed = with_values(PLAN, {"items.T-B1-1.name": "另一件事"})
    before = score_case(renamed, then)
    after = score_case(PLAN, then)
    years = compare(before, after, score_case(before.plan, then))
    row = one(years)
    assert row["performance"] == row["method"] == row["change"] == 0
    assert row[ONLY_BEFORE] == -row[ONLY_AFTER] > 0
    assert len(years.repeated) == 0


def test_一年没有得分的镇不比(case):
    before = made_results(unfinished=("449901100",))
    after = made_results(names=("甲镇", "乙镇", "丙镇", "丁镇"), lost=(1, 2, 3, 4))
    years = compare(before, after, after)
    assert dict(zip(years.towns["town_name"], years.towns["why"], strict=True)) == {
        "甲镇": "上年未完成，没有得分", "乙镇": "", "丙镇": "", "丁镇": "上年没有这个单位"}


def test_老问题按单位和细项认(case):
    before, after = made_results(lost=(4, 0, 3)), made_results(lost=(1, 2, 0))
    years = compare(before, after, after)
    assert {unit[:9] for unit in years.repeated["unit"]} == {"449901100"}
    assert {unit[:9] for unit in years.gone["unit"]} == {"449901102"}
    assert len(years.repeated) == len(years.gone) == 1 + 2 + 1  # 镇表、两个村、日常表


losses = st.tuples(*[st.fractions(0, 6, max_denominator=7)] * 3)


@settings(max_examples=12, deadline=None)
@given(losses, losses, losses)
def test_不论怎样变_各部分之和正好是变化(then, crossed, now):
    years = compare(made_results(lost=then), made_results(lost=now), made_results(lost=crossed))
    assert balanced(years)
    for part in years.parts[years.parts["kind"] == BOTH].to_dict("records"):
        assert part["performance"] + part["method"] == part["change"]
    for name in ("indicator", "name", "town"):
        table = years.by(name)
        assert sum(table["change"], Fraction(0)) * 3 == sum(years.towns["change"], Fraction(0))
        assert all(sum((r[s] for s in SHARES), Fraction(0)) == r["change"]
                   for r in table.to_dict("records"))


def test_存下再读_一字不差():
    years = compare(made_results(lost=(4, 0, 3)), made_results(lost=(1, 2, 0)), None)
    assert as_text(from_text(as_text(years))) == as_text(years)


def test_随附的上年批次打得开_跟自己比没有变化():
    before = last_year_results("data/yunxi-2022")
    years = compare(before, before, before)
    assert balanced(years) and set(years.compared["change"]) == {Fraction(0)}
    assert list(years.towns.loc[years.towns["why"] != "", "town_name"]) == ["南渡镇"]


def test_没有这个上年批次_说没有(tmp_path):
    with pytest.raises(NoSuchFolder, match="上年批次"):
        last_year_results(tmp_path / "没有")


def test_不排名的县_不列名次_不按高低排():
    from hecha.show import yearly as told

    years = compare(made_results(lost=(4, 0, 3)), made_results(lost=(3, 2, 0)), None)
    listed = replace(years, ranked=False)
    assert "名次" in told.years_towns(years).html and "名次" not in told.years_towns(listed).html
    names = [name for name, *_ in told.years_chart(listed).rows]
    assert names == ["甲镇", "乙镇", "丙镇"]


def test_批次里留下比较_没有上年的批次没有这一页(tmp_path):
    from hecha.batch.contents import KEPT_REGISTER, KEPT_YEARS, LAST_YEAR, tasks_of
    from hecha.batch.jobs import write_tables
    from hecha.batch.opening import open_case

    opened = open_case("data/sheng-bangfu", "params/sheng-bangfu")
    given_ = {"case": "c", "plan": "p"}
    write_tables(opened, tmp_path / "上年")
    assert not (tmp_path / "上年" / KEPT_YEARS).exists()
    write_tables(opened, tmp_path / "今年", str(tmp_path / "上年"))
    kept = from_text((tmp_path / "今年" / KEPT_YEARS).read_text(encoding="utf-8"))
    assert balanced(kept) and set(kept.compared["change"]) == {Fraction(0)}
    assert (tmp_path / "今年" / KEPT_REGISTER).is_file()
    with_, without = (
        [t.notebook for t in tasks_of(opened.results, opened.folder, given_ | more)]
        for more in ({LAST_YEAR: "上年"}, {}))
    assert "yearly" in with_ and "yearly" not in without and "rectification" in without
