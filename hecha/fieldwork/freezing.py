"""Freezing: who may be drawn, written down before anybody knows the dice.

From the roster and the plan's rule come three texts, whose digests are published; from
then on the draw reads the texts and no roster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hecha.digests import sha256_text
from hecha.field.certificate import json_text, verifier_text
from hecha.field.frame import Frame, FrameTexts, build_frame, cross_check, frame_of, shortfalls
from hecha.field.rules import SampleRule
from hecha.fieldwork.kept import Kept, OutOfOrder, written
from hecha.fieldwork.roster import EXITS, TICKED, Field, Roster, read_list, read_roster
from hecha.fieldwork.rules import sample_rule
from hecha.problems import Place, Problems

TEXTS = ("villages", "households", "flags")


@dataclass(frozen=True)
class Frozen:
    """The frame as it was frozen, and under which rule.

    `despite`: why it was frozen although the roster has errors ("" when it has none).
    """

    county: str
    county_name: str
    year: int
    rule: SampleRule
    frame: Frame
    last_year: tuple[str, ...]
    despite: str

    @property
    def digests(self) -> dict[str, str]:
        """What is published: the SHA-256 of the frame's texts, the rule and the verifier."""
        return {**self.frame.texts.digests, "rule": sha256_text(json_text(self.rule.as_data())),
                "verifier": sha256_text(verifier_text())}

    @property
    def shortfalls(self) -> pd.DataFrame:
        """What the frame cannot give (FLAG_COLUMNS of hecha.field.frame)."""
        return shortfalls(self.frame, self.rule)


@dataclass(frozen=True)
class Wishes:
    """What a county adds to the plan's rule, all of it frozen with the frame.

    `more` households in some villages (A-43), the villages of `last_year` (A-39), files of
    households `ticked` by hand (A-19) and of this year's `exits` (A-46), and why it is
    frozen `despite` errors.
    """

    more: Mapping[str, int] | None = None
    last_year: tuple[str, ...] = ()
    ticked: str = ""
    exits: str = ""
    despite: str = ""


def draw_kept(case: Path) -> Kept:
    """What is kept of a case's draw."""
    return Kept(case, "draw")


def freeze(field: Field, wishes: Wishes = Wishes(), again: str = "") -> tuple[Frozen, Problems]:
    """Freeze the frame of a county from its roster, and tell what is odd about it.

    A roster with errors is refused with all of them, unless `wishes.despite` says why it is
    good enough.  With `again` (the reason) a frame frozen before is set aside, as long as no
    dice were thrown: nobody draws twice.
    """
    kept = draw_kept(field.folder)
    _may_freeze(kept, again)
    rule = sample_rule(field.plan, wishes.more)
    roster = read_roster(field.folder)
    frame, problems = _frame_of(roster, rule, wishes)
    _check_wishes(frame, rule, wishes)
    if not wishes.despite:
        problems.raise_if_errors("花名册有误，不能冻结（改正后再冻结，或用 --despite 写明理由）")
    if kept.has("frozen.json"):
        kept.set_aside(again)
    for name in TEXTS:
        kept.write_text(f"{name}.csv", getattr(frame.texts, name))
    kept.hide("flags.csv")
    kept.write("frozen", _frozen_data(field, roster, rule, frame, wishes))
    return frozen_of(field.folder), problems


def _may_freeze(kept: Kept, again: str) -> None:
    if kept.has("dice.json"):
        raise OutOfOrder("已经抽过签，不得重新冻结、重新抽签")
    if kept.has("frozen.json") and not again:
        raise OutOfOrder("抽样框已经冻结；要重新冻结（作废已公布的摘要和承诺），"
                         "用 --again 写明理由")
    if again:
        written(again, "--again")


def _frame_of(roster: Roster, rule: SampleRule, wishes: Wishes) -> tuple[Frame, Problems]:
    problems = Problems(list(roster.problems))
    ticked = read_list(wishes.ticked, TICKED) if wishes.ticked else None
    frame = build_frame(roster.villages, roster.persons, rule, problems, ticked)
    if wishes.exits:
        problems.extend(cross_check(frame, read_list(wishes.exits, EXITS)))
    if frame.villages.empty:
        problems.error(Place("村抽样框"), "empty", "没有一个可抽的村，请核对镇村名单和方案")
    return frame, problems


def _check_wishes(frame: Frame, rule: SampleRule, wishes: Wishes) -> None:
    """The villages a county names must be in the frame."""
    problems, listed = Problems(), set(frame.villages["village"])
    for village in sorted({*dict(rule.more_households), *wishes.last_year} - listed):
        problems.error(Place(village), "unknown_unit", "不在村抽样框里")
    problems.raise_if_errors("--more 或 --last-year 有误")


def _frozen_data(field: Field, roster: Roster, rule: SampleRule, frame: Frame,
                 wishes: Wishes) -> dict[str, Any]:
    first = roster.villages.iloc[0]
    return {
        "county": first["county"], "county_name": first["county_name"],
        "year": field.plan.plan.year, "rule": rule.as_data(),
        "sha256": frame.texts.digests, "last_year": sorted(wishes.last_year),
        "towns": frame.towns[["town", "town_name", "has_task"]].to_dict("records"),
        "names": dict(zip(frame.villages["village"], frame.villages["village_name"])),
        "despite": wishes.despite.strip(),
    }


def frozen_of(case: Path) -> Frozen:
    """The frozen frame of a case; OutOfOrder when there is none, or its texts were changed."""
    kept = draw_kept(case)
    data = kept.need("frozen", "还没有冻结抽样框，请先 hecha draw freeze")
    texts = FrameTexts(*(kept.text(f"{name}.csv") for name in TEXTS))
    changed = [f"{name}.csv" for name in TEXTS if texts.digests[name] != data["sha256"][name]]
    if changed:
        raise OutOfOrder(f"冻结的抽样框被改动过（{'、'.join(changed)}与冻结时的摘要不符），不能继续")
    names = {t["town"]: t["town_name"] for t in data["towns"]} | data["names"]
    towns = pd.DataFrame(data["towns"], columns=["town", "town_name", "has_task"])
    return Frozen(data["county"], data["county_name"], data["year"],
                  SampleRule.from_data(data["rule"]), frame_of(texts, names, towns),
                  tuple(data["last_year"]), data["despite"])


def changed_since(frozen: Frozen, roster: Roster) -> list[str]:
    """Which texts of the frame the roster of today would give otherwise (ticks left aside)."""
    today = build_frame(roster.villages, roster.persons, frozen.rule, Problems()).texts.digests
    return [name for name in ("villages", "households") if today[name] != frozen.digests[name]]


__all__ = ["TEXTS", "Frozen", "Wishes", "changed_since", "draw_kept", "freeze", "frozen_of"]
