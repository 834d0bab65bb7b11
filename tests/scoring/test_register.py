"""A register of many households: the same counts and the same scores as household by household."""

from fractions import Fraction

import pandas as pd
import pytest

from hecha.problems import Problems, Refused
from hecha.scoring import counting, register
from hecha.tables.engine import engine


@pytest.fixture(scope="session")
def made(opened, tmp_path_factory):
    """The county's household checks as a register file."""
    return kept(opened.case.households, tmp_path_factory.mktemp("花名 册") / "户.parquet")


def kept(households, path):
    with engine({"h": households.drop(columns=["file", "sheet", "row"])}) as ask:
        return ask.keep("select * from h", path)


def changed(opened, tmp_path, **cells):
    """The same register with some cells of its first row changed."""
    households = opened.case.households.astype(dict.fromkeys(cells, object))
    for column, value in cells.items():
        households.loc[households.index[0], column] = value
    return kept(households.infer_objects(), tmp_path / "户.parquet"), households["village"].iloc[0]


def test_every_count_of_every_village_is_the_sum_of_its_households(opened, made):
    counted = register.count_register(opened.plan, [made], Problems()).set_index("village")
    one_by_one = counting.totals(counting.count_households(opened.plan, opened.case.households),
                                 "village")
    assert set(counted.index) == set(one_by_one)
    for village, row in counted.iterrows():
        assert row["unusable"] == 0
        for column in counted.columns.drop("unusable"):
            assert row[column] == one_by_one[village][column], (village, column)


def test_every_item_has_the_score_of_the_exact_scorer(opened, made):
    """What the county's own scoring gave the drawn villages, item by item, to the last digit."""
    scored = register.score_register(
        opened.plan, register.count_register(opened.plan, [made], Problems())).set_index("village")
    codes = [item.code for item in register.scored_items(opened.plan)]
    items = opened.results.items
    items = items[items["item"].isin(codes) & items["unit"].isin(scored.index)]
    assert len(items) == len(scored) * len(codes)
    for row in items.itertuples():
        told = scored.loc[row.unit, row.item]
        assert told == ("缺项" if row.state == "na" else register.fraction_text(row.score))
    for village, row in scored[scored["state"] == "完成"].iterrows():
        own = items[(items["unit"] == village) & (items["state"] == "scored")]
        assert row["points"] == str(register.publish(sum(own["score"], Fraction(0))))


def test_the_answer_is_the_same_on_any_number_of_threads(opened, made):
    one, two = (register.count_register(opened.plan, [made], Problems(), threads=n) for n in (1, 2))
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize(("column", "value", "said"), [
    ("water", "不清楚", "不是认得的值"), ("housing", None, "空白，没有填写"),
    ("members", -1, "不是认得的值"), ("effective_measure", None, "空白，没有填写")])
def test_a_cell_that_says_nothing_leaves_its_village_unfinished(opened, tmp_path, column, value, said):
    path, village = changed(opened, tmp_path, **{column: value})
    problems = Problems()
    scored = register.score_register(opened.plan,
                                     register.count_register(opened.plan, [path], problems))
    row = scored.set_index("village").loc[village]
    assert (row["state"], row["points"], row["reason"]) == ("未完成", "", "有户的记录不能用")
    first, last = problems.errors
    assert str(first.place) == f"户.parquet第1行「{column}」列"
    assert (first.message, first.units) == (said, (village,))
    assert last.message == "共1户有空白或不认得的值，这些户所在的村不计分"
    assert (scored["state"] == "未完成").sum() == 1


def test_columns_that_lack_or_are_of_another_type_are_all_said_at_once(opened, tmp_path):
    households = opened.case.households.rename(columns={"water": "watr"}).assign(
        wages=opened.case.households["wages"] / 100)
    path = kept(households, tmp_path / "户.parquet")
    with pytest.raises(Refused) as refused:
        register.count_register(opened.plan, [path], Problems())
    told = [(p.place.column, p.message, p.found, p.expected) for p in refused.value.problems]
    assert told == [("wages", "“wages”的类型不对", "DOUBLE", "整数，单位分"),
                    ("water", "没有“water”这一列", "", "是不是“watr”？")]


def test_without_an_income_standard_nobody_passes_and_nobody_fails(opened, made):
    income = opened.plan.household.income.model_copy(update={"standard": None})
    plan = opened.plan.model_copy(update={
        "household": opened.plan.household.model_copy(update={"income": income})})
    scored = register.score_register(plan, register.count_register(plan, [made], Problems()))
    assert set(scored["state"]) == {"未完成"} and set(scored["V-A1-1"]) == {""}
    assert "户脱贫标准" in scored["reason"].iloc[0]


def test_a_household_written_twice_is_named(opened, tmp_path):
    households = pd.concat([opened.case.households, opened.case.households.head(1)])
    path = kept(households, tmp_path / "户.parquet")
    assert register.repeated_households([path]).values.tolist() == [
        [households["household"].iloc[0], 2]]
