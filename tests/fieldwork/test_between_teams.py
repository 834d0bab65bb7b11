"""Two teams on one household, pairs inside a team: what a case hands in, and what is made of it."""

from dataclasses import replace
from fractions import Fraction

import pandas as pd
import pytest

from hecha.analysis import severity
from hecha.case.loading import load_case
from hecha.field.teams import MEMBER_COLUMNS, households_to_pairs
from hecha.field.tickets import seed_of
from hecha.fieldwork.backchecking import BACK_CHECK, FILE, FOLDER, SHEET
from hecha.fieldwork.between_teams import again_in, between_teams, inside_of
from hecha.fieldwork.lists import TEAMS
from hecha.forms.assigned import Assigned
from hecha.plan import load_plan
from hecha.problems import Problems
from hecha.tables.writing import write_workbook

PLAN = load_plan("params/xian2023")
GOOD = {"food": "达标", "clothing": "达标", "education": "不适用", "medical": "达标", "water": "达标", "housing": "A",
        "industry_measure": True, "effective_measure": True,
        **{f"{n}_{e}": 0 for n in ("students", "dibao", "pension") for e in ("due", "served")}}


@pytest.fixture(scope="module")
def county():
    """A county of which three towns have handed in two judged households each."""
    loaded = load_case("data/yunxi", PLAN.forms)
    homes = loaded.households.groupby("town", sort=True).head(2)
    three = sorted(set(homes["town"]))[:3]
    homes = homes[homes["town"].isin(three)].reset_index(drop=True).assign(**GOOD)
    return replace(loaded, households=homes), {t: n for t, n in zip(three, ("甲镇", "乙镇", "丙镇"))}


def back_check(folder, rows):
    """The filled form: household, village, team, water, food, housing, 有产业帮扶措施."""
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame(rows, columns=["户编号", "村代码", "复核组", "饮水安全", "不愁吃", "住房等级", "有产业帮扶措施"])
    whole = frame.reindex(columns=[c.header for c in BACK_CHECK.columns], fill_value="")
    write_workbook(folder / FOLDER / FILE, {SHEET: whole})
    return folder


def test_复核连成链_甲比乙宽五十分_乙比丙宽二十五分(tmp_path, county):
    case, towns = county
    a, b, c = towns
    homes = {t: case.households[case.households["town"] == t] for t in towns}
    (h1, v1), (h2, v2) = ((homes[t]["household"].iloc[0], homes[t]["village"].iloc[0]) for t in (a, b))
    same, unnamed = homes[c]["household"]
    village = homes[c]["village"].iloc[0]
    folder = back_check(tmp_path, [
        (h1, v1, "乙镇", "不达标", "不达标", "B", "是"),   # 甲的组4项都有利，乙的组2项：100 − 50
        (h2, v2, c, "达标", "达标", "D", "是"),        # 乙的组4项，丙的组3项：100 − 75
        (same, village, "丙镇", "达标", "", "", ""), (unnamed, village, "", "达标", "", "", "")])
    found = again_in(folder, PLAN, case, towns, case.teams)
    assert found.links.values.tolist() == [[h1, a, b, Fraction(100), Fraction(100 * 2, 4)],
                                           [h2, b, c, Fraction(100), Fraction(100 * 3, 4)]]
    assert (found.forms, found.same, found.unnamed, found.problems.errors) == (4, 1, 1, [])
    strict = severity.chain(found.links).set_index("team")["severity"]
    assert strict[a] - strict[b] == pytest.approx(100 - 50)
    assert strict[a] - strict[c] == pytest.approx((100 - 50) + (100 - 75)) and strict.sum() == pytest.approx(0)


def test_复核组写错的_说在格子上_不算(tmp_path, county):
    case, towns = county
    home = case.households.iloc[0]
    folder = back_check(tmp_path, [(home["household"], home["village"], "丁镇", "达标", "达标", "A", "是")])
    found = again_in(folder, PLAN, case, towns, case.teams)
    assert [(p.place.row, p.place.column, p.found) for p in found.problems.errors] == [(2, "复核组", "丁镇")]
    assert found.links.empty and found.unnamed == 1


def test_组内两对_一对都有利_一对少一项(county):
    """每组两户，签号各分一对；核查人写明的按实际去的算。八项里一项不利：100 − 100/8。"""
    case, towns = county
    members = pd.DataFrame([(n, f"{t}{p}", f"人{t[-1]}{p}", "", "组员", t, p) for n, t in enumerate(towns, 1)
                            for p in (1, 2)], columns=MEMBER_COLUMNS)
    drawn = case.households[["town", "village", "household"]].assign(choice="正选")
    dealt = dict(households_to_pairs(drawn, members, seed_of("20240111"))[["household", "pair"]].values)
    homes = case.households.assign(visitor="", pair=case.households["household"].map(dealt))
    homes["water"] = ["达标" if pair == 1 else "不达标" for pair in homes["pair"]]
    found = inside_of(replace(case, households=homes.drop(columns="pair")), Assigned(members, dealt), Problems())
    means = found.scored.groupby("pair")["score"].mean()
    assert (means[1] - means[2], len(found.scored), found.unknown) == (
        pytest.approx(float(Fraction(100, len(GOOD) - 1 - 6))), 2 * 3, 0)
    first, other = homes.iloc[0], next(m for m in members.itertuples() if m.checked_town == homes["town"][0]
                                       and m.pair != homes["pair"][0])
    went = homes.drop(columns="pair").assign(visitor=[other.person, *[""] * (len(homes) - 1)])
    again = inside_of(replace(case, households=went), Assigned(members, dealt), Problems())
    assert again.swapped == 1 and again.scored["pair"].tolist()[0] == other.pair != first["pair"]


def test_交来的编组表写明第几对_没有种子也按核查人分(tmp_path, county):
    case, towns = county
    one = case.households["town"].iloc[0]
    (tmp_path / FOLDER).mkdir()
    write_workbook(tmp_path / FOLDER / TEAMS, {"组员": pd.DataFrame(
        [(1, "R1", "甲人", "", "组员", one, 1), (1, "R2", "乙人", "", "组员", one, 2)],
        columns=["组号", "人员编号", "姓名", "单位镇代码", "组内职务", "核查镇代码", "第几对"])})
    homes = case.households.assign(visitor=["甲人", "乙人", *["别人"] * (len(case.households) - 2)])
    again, inside = between_teams(tmp_path, PLAN, replace(case, households=homes), towns)
    assert inside.scored[["team", "pair"]].values.tolist() == [[one, 1], [one, 2]]
    assert inside.unknown == 6 - 2 and again.forms == 0


def test_没有复核_没有分对_就说没有(tmp_path, county):
    again, inside = between_teams(tmp_path, PLAN, *county)
    assert again.links.empty and inside.why == "没有分对"
