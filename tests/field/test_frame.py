"""The frame: who may be drawn (R-08, R-09, A-15 to A-20, A-46)."""

from __future__ import annotations

import pandas as pd
import pytest

from hecha.field.frame import (
    FrameTexts,
    build_frame,
    cross_check,
    frame_of,
    is_disability_card,
    shortfalls,
)
from hecha.problems import Problems, Refused
from tests.field.made import RULE, frame_from

VILLAGE = "449901100200"


def villages(**changes) -> pd.DataFrame:
    row = {"town": "449901100", "town_name": "云城镇", "village": VILLAGE,
           "village_name": "凤塘村", "village_type": "非贫困村", "has_task": True} | changes
    return pd.DataFrame([row])


def person(household: str = "0001", **changes) -> dict:
    return {"household": VILLAGE + household, "village": VILLAGE, "head": "甲",
            "identity": "44990119560531903X", "exit_year": 2019, "status": "脱贫",
            "note": ""} | changes


def framed(*persons: dict, listed: pd.DataFrame | None = None, ticked=None):
    problems = Problems()
    frame = build_frame(villages() if listed is None else listed, pd.DataFrame(persons), RULE,
                        problems, ticked)
    return frame, problems


@pytest.mark.parametrize("year, inside", [(2017, 0), (2018, 1), (2023, 1), (2024, 0), (None, 0)])
def test_exits_from_2018_to_2023_both_included(year, inside):
    assert len(framed(person(exit_year=year))[0].households) == inside


@pytest.mark.parametrize("status, inside", [
    ("脱贫", 1), ("脱贫退出", 1), ("未脱贫", 0), ("返贫", 0), ("死亡销户", 0), ("迁出", 0),
    ("", 0)])
def test_the_status_decides(status, inside):
    frame, _ = framed(person(status=status))
    assert len(frame.households) == inside
    assert len(frame.outside) == 1 - inside


def test_one_row_with_the_remark_takes_the_whole_household_out():
    frame, _ = framed(person(), person(note="整户外出超过6个月"))
    assert frame.outside["reason"].tolist() == ["整户外出超过6个月"]


@pytest.mark.parametrize("kind, reason", [
    ("相对贫困村", "村类型是相对贫困村"), ("居委会", "村类型是居委会")])
def test_only_villages_that_are_not_poor_are_drawn(kind, reason):
    frame, _ = framed(person(), listed=villages(village_type=kind))
    assert frame.villages.empty
    assert frame.outside["reason"].tolist() == [reason]


@pytest.mark.parametrize("value", [False, "否", "×", None])
def test_a_town_without_a_task_is_left_out_and_listed(value):
    frame, _ = framed(person(), listed=villages(has_task=value))
    assert frame.villages.empty and not frame.towns["has_task"].any()
    assert shortfalls(frame, RULE)["reading"].tolist() == ["A-38"]


def test_inside_and_outside_are_the_whole_roster():
    frame, _ = framed(person("0001"), person("0001"), person("0002", status="迁出"),
                      person("0003", village="449901100999"))
    assert len(frame.households) + len(frame.outside) == 3
    assert "所在村不在镇村名单" in frame.outside["reason"].tolist()


@pytest.mark.parametrize("identity, card", [
    ("44990119560531903X11", True), ("44990119560531903x43", True),
    ("４４９９０１１９５６０５３１９０３１１１", True), ("44990119560531903X11B1", True),
    ("'449901 19560531 903X 11", True),
    ("44990119560531903X", False), ("44990119560531903X81", False), ("44990119560531903X15", False),
    ("44990119560531903X11B", False), ("", False), (None, False)])
def test_a_disability_card_has_20_digits_a_category_and_a_degree(identity, card):
    assert is_disability_card(identity) is card


def test_one_member_with_a_card_makes_a_disabled_household():
    frame, _ = framed(person(), person(identity="44990119560531903X11"), person("0002"))
    assert frame.households["disabled"].tolist() == [True, False]


def test_a_tick_by_hand_needs_a_reason():
    ticks = pd.DataFrame({"household": [VILLAGE + "0001", VILLAGE + "0002"],
                          "reason": ["证件遗失，村委证明", ""]})
    frame, problems = framed(person("0001"), person("0002"), ticked=ticks)
    assert frame.households["disabled"].tolist() == [True, False]
    assert [p.code for p in problems] == ["tick_without_reason"]


def test_rows_of_a_household_that_contradict_each_other_are_told():
    rows = [person(status="脱贫"), person(status="迁出")]
    (one, problems), (other, _) = framed(*rows), framed(*reversed(rows))
    assert [p.code for p in problems] == ["household_rows_differ"]
    assert one.texts == other.texts


def test_a_code_that_does_not_lie_in_its_village_is_told():
    _, problems = framed(person() | {"household": "4499011009990001"})
    assert [p.code for p in problems] == ["code_outside"]


def test_the_texts_are_sorted_with_lf_and_a_final_newline():
    texts = frame_from({"449901100201": [False], "449901100200": [True, False]}).texts
    assert texts.villages == "unit\n449901100200\n449901100201\n"
    assert texts.flags == ("unit,flag\n4499011002000001,1\n4499011002000002,0\n"
                           "4499011002010001,0\n")
    assert set(texts.digests) == {"villages", "households", "flags"}


@pytest.mark.parametrize("texts", [
    FrameTexts("unit\r\n449901100200\r\n", "unit\n", "unit,flag\n"),
    FrameTexts("unit\n449901100201\n449901100200\n", "unit\n", "unit,flag\n"),
    FrameTexts("unit\n449901100200", "unit\n", "unit,flag\n"),
    FrameTexts("unit\n449901100200\n", "unit\n4499011002000001\n", "unit,flag\n"),
    FrameTexts("unit\n449901100200\n", "unit\n4499011002000001\n",
               "unit,flag\n4499011002000001,是\n")])
def test_texts_that_are_not_canonical_are_refused(texts):
    with pytest.raises(Refused):
        frame_of(texts)


def test_shortfalls_name_their_reading():
    frame = frame_from({"449901100200": [False] * 4, "449901100201": [True] * 5,
                        "449901100202": [False] * 5})
    found = shortfalls(frame, RULE)
    assert list(zip(found["unit"], found["reading"])) == [
        ("449901100", "A-15"), ("449901100200", "A-17"), ("449901100200", "A-18"),
        ("449901100202", "A-18")]


def test_a_town_of_poor_villages_only_has_none_to_draw():
    frame, _ = framed(person(), listed=villages(village_type="相对贫困村"))
    assert shortfalls(frame, RULE)["reading"].tolist() == ["A-16"]


def test_every_exit_of_this_year_must_be_in_the_frame():
    frame, _ = framed(person("0001"), person("0002", note="整户外出超过6个月"))
    found = cross_check(frame, pd.DataFrame({"household": [VILLAGE + n for n in (
        "0001", "0002", "0003")]}))
    assert [(p.severity, p.message[-20:]) for p in found] == [
        ("warning", "0002不在抽样框（整户外出超过6个月）"[-20:]),
        ("error", "0003不在抽样框（花名册里没有这一户）"[-20:])]


def test_the_county_drew_from_the_frame_that_its_roster_gives(yunxi, yunxi_frame):
    counts = yunxi_frame.villages.set_index("village").loc[yunxi.drawn_villages["village"]]
    assert counts["eligible"].tolist() == yunxi.drawn_villages["eligible"].tolist()
    assert counts["disabled"].tolist() == yunxi.drawn_villages["disabled"].tolist()
    marks = dict(zip(yunxi_frame.households["household"], yunxi_frame.households["disabled"]))
    drawn = yunxi.drawn_households
    assert [marks[unit] for unit in drawn["household"]] == drawn["disabled"].tolist()


def test_the_county_has_the_shortfalls_that_it_deserves(yunxi_frame):
    found = shortfalls(yunxi_frame, RULE)
    readings = found[found["level"] != "town"]
    assert found.loc[found["reading"] == "A-15", "unit"].tolist() == ["449901106"]
    assert readings.loc[readings["reading"] == "A-17", "unit"].tolist() == ["449901106201"]
    assert "449901108204" in readings.loc[readings["reading"] == "A-18", "unit"].tolist()
