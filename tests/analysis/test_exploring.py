"""Exploring: what is tried is what a plan would give, and what it takes is the least."""

import shutil
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest

from hecha.analysis.exploring import State, faults_of, lost_points, restored, what_it_takes
from hecha.batch.opening import open_case
from hecha.plan.changing import NotAccepted
from hecha.points import publish
from hecha.scoring import score
from hecha.scoring.recorded import Penalty
from hecha.scoring.rescaling import NoSuchPoints, bundles, shared_out
from hecha.show import explore
from hecha.show.explored import explored_households, explored_items, explored_waterfall

JIANAN, HEDONG, GUIDONG = "449901105", "449901112", "449901102"


@pytest.fixture(scope="module")
def desk(opened, trials, official):
    return explore.Desk(opened, trials, official, tuple(explore.choices.factors_of(opened.plan)))


@pytest.fixture
def board(desk):
    made = explore.Board(desk, explore.widgets())
    yield made
    made.back()


def figure(trial, town):
    return trial.town(town).figures[trial.plan.grades.of]


@pytest.mark.parametrize("town", [JIANAN, HEDONG, "449901111", "449901113"])
def test_补上所列的细项_重算就升一等(official, town):
    takes = what_it_takes(official, town)
    names = [b.name for b in official.plan.grades.bands]
    for chosen in (takes.fewest, takes.cheapest):
        after = restored(official, [o.place for o in chosen]).town(town)
        assert names.index(after.grade) <= names.index(takes.next)
        gained = after.figures["comprehensive"] - figure(official, town)
        assert gained == sum(o.brings for o in chosen)


def test_项数最少_少一项就不够(official):
    takes = what_it_takes(official, JIANAN)
    weightiest = sorted((o.brings for o in lost_points(official, JIANAN)), reverse=True)
    assert sum(weightiest[:len(takes.fewest) - 1]) < takes.gap <= sum(o.brings for o in takes.fewest)


def test_分数最少_一项两项三项的任何组合都不更省(official):
    takes = what_it_takes(official, "449901111")
    cost = sum(o.points for o in takes.cheapest)
    lost = lost_points(official, "449901111")
    for many in (1, 2, 3):
        for chosen in combinations(lost, many):
            if sum(o.brings for o in chosen) >= takes.gap:
                assert sum(o.points for o in chosen) >= cost


def test_差不到半分钱的镇_补到公布分够线即可(official):
    """河洞镇 publishes 79.99 and lacks 0.0002 to 79.995, which publishes as 80.00."""
    takes = what_it_takes(official, HEDONG)
    assert takes.gap == Fraction("79.995") - figure(official, HEDONG) and takes.gap < Fraction(1, 1000)


def test_一票封顶的镇_要补的是那一票(official):
    takes = what_it_takes(official, GUIDONG)
    assert official.town(GUIDONG).uncapped == "好" and takes.gap == 0
    assert [o.name for o in takes.fewest] == ["监管与问题整改"] and takes.reached.grade == "好"


def test_已是最高等次_没有可补的(official):
    assert what_it_takes(official, "449901100").why_not == "已是最高等次“好”"


def test_一项指标改分_其余让出_表仍是满分(opened):
    for points in (0, Fraction("12.5"), 33):
        scale = shared_out(opened.plan, "town", {"A1": Fraction(points)})
        whole = sum(i.points * scale.get(("town", i.code), 1) for i in opened.plan.items_of("town"))
        assert whole == 100


def test_指标分值给得太多_拒绝(opened):
    with pytest.raises(NoSuchPoints, match="镇核查表"):
        shared_out(opened.plan, "town", {"A1": Fraction(60), "B2": Fraction(50)})
    with pytest.raises(NoSuchPoints):
        shared_out(opened.plan, "town", {b.code: b.points + 1 for b in bundles(opened.plan, "town")})


def test_不成方案的状态_说出错在哪里(trials):
    assert faults_of(trials, State({"figures.year_end.parts.county_check": Fraction(1, 2)})) == [
        "“年终成效”的权重合计90%，应为100%"]


def test_存成的方案_批量计分得到同样的表(opened, trials, official, tmp_path, board):
    """Weights, a band, a reading and points moved together: saved, loaded, scored again."""
    shutil.copytree("params/xian2023", tmp_path / "方案 集" / "xian2023")
    board.weights["year_end"]["county_check"].value = 33.5
    board.bands[0].value = 88.0
    board.readings["A-42"].value = 1
    board.points["daily"]["E3"].value = 20.0
    away = replace(opened, plan_folder=tmp_path / "方案 集" / "xian2023")
    desk = explore.Desk(away, trials, official, board.desk.factors, board.desk.state)
    told = explore.save_state(desk, "试一试")
    assert "hecha plan check 方案 集/试一试" in told.html
    again = open_case("data/yunxi", tmp_path / "方案 集" / "试一试").results.towns.set_index("town")
    for town in desk.trial().towns:
        row = again.loc[town.town]
        assert town.figures["comprehensive"] == row["comprehensive"]
        assert (town.grade, town.rank) == (row["grade"], row["rank"])
    with pytest.raises(explore.NotSaved, match="换一个名称"):
        explore.save_state(desk, "试一试")


@pytest.mark.parametrize("name", ["", "../外面", "a/b", ".隐藏"])
def test_不能作文件夹的名称_不存(desk, name):
    with pytest.raises(explore.NotSaved, match="名称"):
        explore.save_state(desk, name)


def test_没有改动_不存(desk, board):
    with pytest.raises(explore.NotSaved, match="没有不同"):
        explore.save_state(desk, "没有改")


def test_拖动滑块_名次表随着变_正式结果不变(board, official):
    before = board.table.value
    assert "与正式结果相同" in board.said.value
    board.weights["year_end"]["county_check"].value = 30.0
    assert board.table.value != before and "3个镇等次变化" in board.said.value
    for town in official.towns:
        assert str(publish(town.figures["comprehensive"])) in board.table.value
    board.back()
    assert board.table.value == before


def test_滑块显示几分就按几分算(board):
    board.weights["comprehensive"]["daily"].value = 30.299999999999997
    parts = board.desk.state.values
    assert parts["figures.comprehensive.parts.daily"] == Fraction("0.303")
    assert parts["figures.comprehensive.parts.year_end"] == Fraction("0.697")


def test_等次线倒挂_说明并保留上一次的表(board):
    before = board.table.value
    board.bands[0].value = 70.0
    assert "从高到低" in board.said.value and board.table.value == before
    with pytest.raises(NotAccepted, match="从高到低"):
        board.desk.trial()


def test_逐户列到最后一户_没有户编号和姓名(official, opened):
    told = explored_households(official, JIANAN, "B2")
    visited = opened.results.towns.set_index("town").loc[JIANAN, "visited"]
    assert f"逐户：{visited}户" in told.html
    for household in opened.case.households["household"]:
        assert household not in told.html
    assert "returns" not in told.html and "第" in told.html


def test_收入口径改了_逐户也改(trials):
    tried = trials.under({"household.income.formula": "F1"})
    assert tried.ground.visited[JIANAN] is not trials.ground.visited[JIANAN]


def test_瀑布从满分走到综合评价(official):
    told = explored_waterfall(official, JIANAN)
    assert "满分" in told.html and str(publish(figure(official, JIANAN))) in told.html
    assert explored_items(official, JIANAN, "B3").html.count("<tr") > 6


def test_没有装滑块的库_用中文说怎么办(desk, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(explore.NoWidgets, match="python3 tasks.py lab"):
        explore.explore_board(desk)


@pytest.mark.parametrize("name", ["sheng-bangfu", "nongcun-wushui"])
def test_别的方案也能试(name):
    desk = explore.open_explore(f"data/{name}", f"params/{name}")
    board = explore.Board(desk, explore.widgets())
    level = desk.plan.level_name(next(f.sheet for f in desk.plan.figures if f.sheet))
    assert level in board.town.description and "与正式结果相同" in board.said.value
    line = board.bands[0]
    line.value = float(desk.plan.grades.bands[0].at_least) - 1
    assert board.desk.state.values


def test_扣到零分以下的表_补上几项还是零分_就再补别的(official):
    """A penalty of 100 leaves the daily sheet at 0, some of it below 0: its items bring less than they lost."""
    penalties = {("daily", HEDONG): [Penalty(Fraction(100), "通报", "测试", "")]}
    ground = replace(official.ground, recorded=replace(official.ground.recorded, penalties=penalties))
    items = {("daily", HEDONG): list(official.sheets["daily", HEDONG].items)}
    sheets = {**official.sheets, **score.finish_sheets(ground, items)}
    county = replace(official, ground=ground, sheets=sheets, towns=tuple(score.judge_towns(ground, sheets)))
    assert sheets["daily", HEDONG].score == 0
    takes = what_it_takes(county, HEDONG)
    names = [b.name for b in county.plan.grades.bands]
    assert not takes.why_not
    assert max(names.index(t.grade) for t in (takes.reached, takes.reached_cheaply)) <= names.index(takes.next)
