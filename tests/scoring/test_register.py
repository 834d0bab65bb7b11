"""A register of many households: the same counts and the same scores as household by household."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hecha.plan import load_plan
from hecha.problems import HechaError, Problems, Refused
from hecha.scoring import counting, register
from hecha.tables.engine import engine


@pytest.fixture(scope="session")
def made(opened, tmp_path_factory):
    """The county's household checks as a register file."""
    return kept(opened.case.households, tmp_path_factory.mktemp("花名 册") / "户.parquet")


@pytest.fixture(scope="session")
def plan(opened):
    return opened.plan


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
    ("members", -1, "不是认得的值"), ("members", 0, "不是认得的值"), ("effective_measure", None, "空白，没有填写")])
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


@pytest.mark.parametrize("column", ["wages", "handbook_errors", "members", "water"])
def test_a_village_with_nothing_but_blanks_is_unfinished_and_has_no_points(opened, tmp_path, column):
    """Not one item of it: what is blank counts neither as nothing nor as full."""
    households = opened.case.households.convert_dtypes()
    village = households["village"].iloc[0]
    households.loc[households["village"] == village, column] = pd.NA
    problems = Problems()
    counted = register.count_register(opened.plan, [kept(households, tmp_path / "户.parquet")], problems)
    scored = register.score_register(opened.plan, counted).set_index("village")
    codes = [item.code for item in register.scored_items(opened.plan)]
    assert problems.errors and (scored["state"] == "未完成").sum() == 1
    assert set(scored.loc[village, [*codes, "points", "full"]]) == {""}


def test_columns_that_lack_or_are_of_another_type_are_all_said_at_once(opened, tmp_path):
    households = opened.case.households.rename(columns={"water": "watr"}).assign(
        wages=opened.case.households["wages"] / 100)
    path = kept(households, tmp_path / "户.parquet")
    with pytest.raises(Refused) as refused:
        register.count_register(opened.plan, [path], Problems())
    told = [(p.place.column, p.message, p.found, p.expected) for p in refused.value.problems]
    assert told == [("wages", "“wages”的类型不对", "DOUBLE", "整数，单位分"),
                    ("water", "没有“water”这一列", "", "是不是“watr”？")]


def test_every_file_must_have_the_columns_in_their_types_not_the_first_alone(opened, made, tmp_path):
    """Yuan with decimals in a second file would be cut to whole fen, and nobody told."""
    yuan = opened.case.households.assign(wages=opened.case.households["wages"] / 100)
    lacking = opened.case.households.drop(columns="water")
    files = [made, kept(yuan, tmp_path / "乙.parquet"), kept(lacking, tmp_path / "丙.parquet")]
    with pytest.raises(Refused) as refused:
        register.count_register(opened.plan, files, Problems())
    assert [(p.place.file, p.place.column, p.code) for p in refused.value.problems] == [
        ("乙.parquet", "wages", "column_type"), ("丙.parquet", "water", "no_column")]


def test_narrow_and_unsigned_numbers_are_counted_as_wide_ones(opened, made, tmp_path):
    """Costs above the income are a loss, not an overflow of a number without a sign."""
    path = tmp_path / "窄.parquet"
    with engine(files={"h": [made]}) as ask:
        ask.keep("select * exclude (filename, file_row_number) replace (members::utinyint as members,"
                 "business_income::uinteger as business_income, "
                 "business_costs::uinteger as business_costs) from h", path)
    wide, narrow = (register.count_register(opened.plan, [file], Problems())
                    for file in (made, path))
    pd.testing.assert_frame_equal(wide, narrow)


@pytest.mark.parametrize("column", ["village", "household"])
@pytest.mark.parametrize("blank", ["", "  ", "　", "\u00a0", " \t\r\n", None])
def test_a_code_that_is_blank_text_is_no_code(opened, tmp_path, column, blank):
    path, _ = changed(opened, tmp_path, **{column: blank})
    problems = Problems()
    register.count_register(opened.plan, [path], problems)
    assert [(p.place.column, p.place.row, p.message) for p in problems.errors][:1] == [
        (column, 1, "空白，没有填写")]


@pytest.mark.parametrize("code", [" 甲村", "～1", "!", "~", "　0"])
def test_a_code_may_begin_with_any_sign(opened, tmp_path, code):
    path, _ = changed(opened, tmp_path, village=code, household=code)
    problems = Problems()
    assert code in set(register.count_register(opened.plan, [path], problems)["village"])
    assert not problems.errors


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 300))
def test_a_village_has_the_points_it_has_alone(plan, seed, villages):
    """Whatever the sizes of the villages: the shares of one have nothing to do with another's."""
    counted = villages_of(plan, seed, villages)
    scored = register.score_register(plan, counted)
    codes = [item.code for item in register.scored_items(plan)]
    for n in range(0, villages, 37):
        alone = register.score_register(plan, counted.iloc[[n]].reset_index(drop=True))
        assert alone.iloc[0].to_dict() == scored.iloc[n].to_dict()
    for row in scored[scored["state"] == "完成"].to_dict("records"):
        assert row["points"] == str(register.publish(sum(
            (Fraction(row[c].replace("÷", "/")) for c in codes if row[c] != "缺项"), Fraction(0))))
    assert set(scored.loc[scored["state"] == "未完成", "points"]) <= {""}


def villages_of(plan, seed, villages):
    """Counts of villages of 1 to 4,000 households, one in fifty with a household not usable."""
    chance = np.random.default_rng(seed)
    visited = chance.integers(1, 4000, villages)
    columns = {counting.measure_column(i.code, m): chance.integers(0, visited + 1)
               for i in register.scored_items(plan) for m in i.derived}
    columns |= {name: visited for name in columns if name.endswith(("-1/denominator", "-2/denominator"))}
    return pd.DataFrame({"village": [f"{n:012d}" for n in range(villages)], "visited": visited,
                         "unusable": (chance.integers(0, 50, villages) == 0).astype(int), **columns})


def test_a_file_that_is_spoilt_in_the_middle_is_said_in_a_sentence(opened, made, tmp_path):
    data = bytearray(made.read_bytes())
    data[4:len(data) // 2] = bytes(len(data) // 2 - 4)
    (tmp_path / "坏.parquet").write_bytes(data)
    with pytest.raises(HechaError, match="数不下去"):
        register.count_register(opened.plan, [tmp_path / "坏.parquet"], Problems())


def test_a_file_that_is_not_there_is_said_to_be_not_there(opened, made, tmp_path):
    with pytest.raises(HechaError, match="没有这个文件：.*没有.parquet，请检查路径"):
        register.count_register(opened.plan, [made, tmp_path / "没有.parquet"], Problems())


def test_a_plan_whose_sampled_sheets_count_nothing_is_said_so(made):
    """Its town sheets count households, its sampled sheets do not: nothing to score here."""
    with pytest.raises(register.NoHouseholdForm, match="花名册不能计分"):
        register.count_register(load_plan("params/houpinggu2021"), [made], Problems())


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
