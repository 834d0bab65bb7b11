"""Rules: what the plan says about sampling and teams, as the stages need it.

Two frozen records without a single default number: every figure is the plan's
(clauses 一(一), 三 and 五(二)), filled in by whoever read the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

HouseholdRule = Literal["last_gives_way", "disabled_first"]


@dataclass(frozen=True)
class SampleRule:
    """Who may be drawn, and how many (R-08, R-09, A-15 to A-21, A-39).

    * `villages` drawn in a town, `households` at least in a village, `reserves` listed
      in a village;
    * `village_types`, `statuses`, `exit_years` (first, last, both included): what is
      in the frame; `away_note`: the remark that takes a household out of it;
    * `household_rule`: `last_gives_way` (the first by ticket; without a 残疾人户 among
      them the last gives way to the first 残疾人户) or `disabled_first` (one 残疾人户 by a
      ticket of its own, then the rest);
    * `more_households`: villages of which more than `households` are wanted;
    * `avoid_last_year`: villages drawn last year come after the others (A-39).
    """

    villages: int
    households: int
    reserves: int
    village_types: tuple[str, ...]
    statuses: tuple[str, ...]
    exit_years: tuple[int, int]
    away_note: str
    household_rule: HouseholdRule
    avoid_last_year: bool = False
    more_households: tuple[tuple[str, int], ...] = ()

    def wanted(self, village: str) -> int:
        """How many households are wanted of a village."""
        return dict(self.more_households).get(village, self.households)

    def as_data(self) -> dict[str, Any]:
        """The rule as it stands in a certificate (plain lists and numbers)."""
        data = asdict(self)
        data["more_households"] = dict(sorted(self.more_households))
        return {key: list(value) if isinstance(value, tuple) else value
                for key, value in data.items()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> SampleRule:
        """The rule of a certificate; TypeError or ValueError when it is not one."""
        more = tuple(sorted((str(k), int(v)) for k, v in data["more_households"].items()))
        first, last = data["exit_years"]
        return cls(**{**data, "more_households": more, "exit_years": (int(first), int(last)),
                      "village_types": tuple(data["village_types"]),
                      "statuses": tuple(data["statuses"])})


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


__all__ = ["HouseholdRule", "SampleRule", "TeamRule"]
