"""Counties made for the tests of the field: frames, staff and rules."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st

from hecha.field.frame import Frame, FrameTexts, flag_text, frame_of, unit_text
from hecha.field.rules import SampleRule, StratumRule, TeamRule

RULE = SampleRule(
    villages=4, households=5, disabled=1, reserves=3, village_types=("非贫困村",),
    statuses=("脱贫", "脱贫退出"), exit_years=(2018, 2023), away_notes=("整户外出超过6个月",),
    household_rule="last_gives_way")
DISABLED_FIRST = replace(RULE, household_rule="disabled_first")
STRATIFIED = replace(
    RULE, households=4, disabled=0, reserves=1,
    strata=(StratumRule("监测对象", ("监测",), 2), StratumRule("脱贫户", ("脱贫",), 2)))
TEAM_RULE = TeamRule(mode="block", from_town=6, size=7, most_from_town=2, mutual="forbid",
                     served="warn", training_date="2024-01-02")
MIXED = replace(TEAM_RULE, mode="mixed")
NONCE = "0123456789abcdef0123456789abcdef"
DICE = "2024001:03-11-17-22-31-33+07"

STAFF_COLUMNS = ["person_id", "person", "home_town", "stationed_village", "served_town"]

unhurried = settings(deadline=None, max_examples=60)
"""For properties that draw a county: a busy machine is no failure."""

Villages = dict[str, list[bool]]


def frame_from(villages: Villages) -> Frame:
    """A frame from village code → whether each of its households is a 残疾人户."""
    marks = {f"{village}{n:04d}": mark for village, homes in villages.items()
             for n, mark in enumerate(homes, 1)}
    return frame_of(FrameTexts(unit_text(villages), unit_text(marks), flag_text(marks)))


def stratified_frame(*strata: str) -> Frame:
    """A village whose households belong to these strata, one after the other."""
    homes = {f"449901100200{n:04d}": name for n, name in enumerate(strata, 1)}
    return frame_of(FrameTexts("unit\n449901100200\n", unit_text(homes),
                               flag_text(dict.fromkeys(homes, False), homes)))


def village_codes(towns: int = 3, villages: int = 7) -> list[str]:
    return [f"449901{100 + t}{200 + v}" for t in range(towns) for v in range(villages)]


counties = st.dictionaries(st.sampled_from(village_codes()),
                           st.lists(st.booleans(), max_size=11), min_size=1, max_size=16)
"""Any small county: village → marks of its households."""

large_counties = st.dictionaries(st.sampled_from(village_codes(2)),
                                 st.lists(st.booleans(), max_size=11), min_size=9, max_size=14)
"""A county in which some town has more villages than are drawn."""

seeds = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)


def staff_of(towns: int, per_town: int = 6, leaders: int | None = None) -> pd.DataFrame:
    """Staff without any ties: so many of each town, and a county person for each town."""
    rows = [(f"Z{code[-3:]}{n:02d}", "某", code, "", "")
            for code in town_codes(towns) for n in range(per_town)]
    rows += [(f"X{n:03d}", "某", "", "", "") for n in range(towns if leaders is None else leaders)]
    return pd.DataFrame(rows, columns=STAFF_COLUMNS)


def town_codes(towns: int) -> list[str]:
    return [f"449901{100 + n}" for n in range(towns)]
