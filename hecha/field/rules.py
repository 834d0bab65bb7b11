"""Rules: what the plan says about sampling and teams, as the stages need it.

Frozen records without a single default number: every figure is the plan's
(clauses 一(一), 三 and 五(二)), filled in by whoever read the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

HouseholdRule = Literal["last_gives_way", "disabled_first"]
_ONE_DISABLED = 1  # what a certificate without the key `disabled` means


@dataclass(frozen=True)
class StratumRule:
    """A stratum of a village's households: its name, the statuses that belong to it, how many
    of it are drawn at least, and whether its exit year is not asked for."""

    name: str
    statuses: tuple[str, ...]
    households: int
    any_exit_year: bool = False


@dataclass(frozen=True)
class SampleRule:
    """Who may be drawn, and how many (R-08, R-09, A-15 to A-21, A-39).

    * `villages` drawn in a town, `households` at least in a village, `reserves` listed
      in a village;
    * `village_types`, `statuses`, `exit_years` (first, last, both included): what is
      in the frame; `away_notes`: the remarks that take a household out of it;
    * `disabled` 残疾人户 at least in a village (0: the mark plays no part);
    * `household_rule`: `last_gives_way` (the first by ticket; where too few of them are
      残疾人户, the last of the others give way to the next 残疾人户) or `disabled_first` (so
      many 残疾人户 by tickets of their own, then the rest);
    * `strata`: of each so many households first, then the rest of the village together by
      tickets of their own; not beside `disabled`;
    * `reading`: the plan's own reading by which shortfalls are treated, "" where it has
      those of the table (A-15 to A-18, A-38, A-39);
    * `more_households`: villages of which more than `households` are wanted;
    * `avoid_last_year`: villages drawn last year come after the others (A-39).
    """

    villages: int
    households: int
    disabled: int
    reserves: int
    village_types: tuple[str, ...]
    statuses: tuple[str, ...]
    exit_years: tuple[int, int]
    away_notes: tuple[str, ...]
    household_rule: HouseholdRule
    avoid_last_year: bool = False
    more_households: tuple[tuple[str, int], ...] = ()
    strata: tuple[StratumRule, ...] = ()
    reading: str = ""

    def wanted(self, village: str) -> int:
        """How many households are wanted of a village."""
        return dict(self.more_households).get(village, self.households)

    def treated_by(self, reading: str) -> str:
        """The reading by which a shortfall is treated: the plan's own, or that of the table."""
        return self.reading or reading

    def stratum_of(self, status: str) -> str:
        """The stratum that a status belongs to; "" where there are none."""
        return next((one.name for one in self.strata if status in one.statuses), "")

    def asks_exit_year(self, status: str) -> bool:
        """Whether a household of this status must have an exit year within the rule's."""
        return not any(status in one.statuses and one.any_exit_year for one in self.strata)

    def as_data(self) -> dict[str, Any]:
        """The rule as it stands in a certificate (plain lists and numbers).

        What the first certificates did not know (several remarks, another number of
        残疾人户, strata) stands there only where the plan asks for it, so that theirs can
        still be redone to the letter.
        """
        data = asdict(self)
        notes, disabled, strata = (data.pop(n) for n in ("away_notes", "disabled", "strata"))
        data["more_households"] = dict(sorted(self.more_households))
        data |= {"away_notes": notes} if len(notes) > 1 else {"away_note": "".join(notes)}
        data |= {"disabled": disabled} if disabled != _ONE_DISABLED else {}
        data |= {"strata": [_lists(one) for one in strata]} if strata else {}
        if not self.reading:
            del data["reading"]
        return _lists(data)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> SampleRule:
        """The rule of a certificate; TypeError or ValueError when it is not one."""
        more = tuple(sorted((str(k), int(v)) for k, v in data["more_households"].items()))
        first, last = data["exit_years"]
        given = {key: value for key, value in data.items() if key != "away_note"}
        given.setdefault("disabled", _ONE_DISABLED)
        notes = data.get("away_notes") or [note for note in [data.get("away_note", "")] if note]
        return cls(**{**given, "more_households": more, "exit_years": (int(first), int(last)),
                      "village_types": tuple(data["village_types"]),
                      "statuses": tuple(data["statuses"]), "away_notes": tuple(notes),
                      "strata": tuple(StratumRule(one["name"], tuple(one["statuses"]),
                                                  int(one["households"]),
                                                  bool(one["any_exit_year"]))
                                      for one in data.get("strata", ()))})


def _lists(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same data with lists for tuples, as JSON has them."""
    return {key: list(value) if isinstance(value, tuple) else value
            for key, value in data.items()}


def household_sentence(rule: Mapping[str, Any]) -> str:
    """How the households of a village are drawn, from the rule as a certificate has it.

    >>> household_sentence({"household_rule": "last_gives_way", "disabled": 0})
    '按签号从小到大抽足'
    >>> household_sentence({"household_rule": "last_gives_way"})
    '按签号从小到大抽足；其中没有残疾人户的，最后一户让给签号最小的残疾人户'
    """
    least, strata = rule.get("disabled", _ONE_DISABLED), rule.get("strata")
    if strata:
        parts = "、".join(f"{one['name']}至少{one['households']}户" for one in strata)
        return (f"先按签号从小到大抽足各层（{parts}，不足的有几户抽几户），"
                "其余的从剩下各户按“村代码>户编号”的签号抽足")
    if not least:
        return "按签号从小到大抽足"
    if rule["household_rule"] == "disabled_first":
        return (f"先抽{least}户残疾人户（“村代码>户编号”的签号最小的），"
                "再从其余各户（含其他残疾人户）按签号抽足")
    if least == _ONE_DISABLED:
        return "按签号从小到大抽足；其中没有残疾人户的，最后一户让给签号最小的残疾人户"
    return f"按签号从小到大抽足；其中残疾人户不到{least}户的，最后几户让给签号最小的残疾人户，补到{least}户"


@dataclass(frozen=True)
class TeamRule:
    """How the teams are made (R-01, R-05, A-08 to A-10, A-37).

    * `mode`: `block` (the people of one town go together, with a county leader) or
      `mixed` (people of several towns);
    * `from_town` people a town sends, `size` of a team with its leader: only remarked on
      when they differ (A-10);
    * `most_from_town`: in `mixed`, at most so many of one town in a team;
    * `mutual`: whether two towns may check each other (`block` only; A-08);
    * `served`: a town served in within two years is only remarked on, or forbidden (A-09);
    * `training_date`: ISO date from which the roster is locked, "" when not set (A-37).
    """

    mode: Literal["block", "mixed"]
    from_town: int
    size: int
    most_from_town: int
    mutual: Literal["forbid", "allow"]
    served: Literal["warn", "forbid"]
    training_date: str


__all__ = ["HouseholdRule", "SampleRule", "StratumRule", "TeamRule", "household_sentence"]
