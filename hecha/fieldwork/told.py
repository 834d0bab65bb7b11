"""Told: what may be told of a case's draw today, for whoever reads it.

A draw made here is told from its certificate, and its villages only once the nonce is
revealed (or where there is none).  A draw that was handed in as a workbook is told from
it, and held to the frame of the roster, because it cannot be redone.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pandas as pd

from hecha.approvals import facts_of, mark_of
from hecha.field.certificate import Certificate
from hecha.field.draw import draw, household_chances, stratum_chances
from hecha.field.frame import Frame, build_frame, shortfalls
from hecha.field.rules import SampleRule
from hecha.fieldwork.checking import fits_frame, same_as_drawn
from hecha.fieldwork.drawing import certificate_of, drawn_of
from hecha.fieldwork.freezing import draw_kept, frozen_of
from hecha.fieldwork.roster import Field, open_field, read_handed_in, read_roster
from hecha.fieldwork.rules import sample_rule
from hecha.plan import Plan
from hecha.problems import Place, Problem, Problems

NOTHING, SECRET, REVEALED, HANDED_IN = "nothing", "secret", "revealed", "handed_in"
_ANY_SEED = "0"


@dataclass(frozen=True)
class ToldDraw:
    """A draw as it may be told.

    * `state`: NOTHING drawn yet, SECRET until the visits are over, REVEALED, HANDED_IN;
    * `frame`: who could be drawn; `rule` under which;
    * `villages`: the drawn villages (columns of the case's `drawn_villages`), none while secret;
    * `flags`: the shortfalls of towns and drawn villages (FLAG_COLUMNS of hecha.field.frame);
    * `faults`: what does not fit; `certificate` None where there is none; `mark` of R-20.
    """

    plan: Plan
    rule: SampleRule
    state: str
    frame: Frame
    villages: pd.DataFrame
    flags: pd.DataFrame
    faults: tuple[Problem, ...]
    certificate: Certificate | None
    county_name: str
    mark: str

    @property
    def towns(self) -> pd.DataFrame:
        """The towns: town, town_name, has_task, villages (that could be drawn)."""
        return self.frame.towns

    @property
    def shortfalls(self) -> pd.DataFrame:
        """The flags of those who take part: what the frame could not give."""
        return self.flags[~self.flags["unit"].isin(self._idle["town"])]

    @property
    def not_taking_part(self) -> list[str]:
        """The names of the towns without a task, which are only listed."""
        return list(self._idle["town_name"])

    @property
    def _idle(self) -> pd.DataFrame:
        return self.towns[~self.towns["has_task"].astype(bool)]

    @property
    def chances(self) -> pd.DataFrame:
        """The chances of the drawn villages, exact: village, chance, then a column a kind.

        `chance` is the village's own; the column of one of `kinds` that of a household of
        that kind, through both stages; None where the village has no such household.
        """
        order = draw(self.frame, _ANY_SEED, self.rule).village_order
        own = dict(zip(order["village"], order["chance"]))
        rows = [(v.village, own.get(v.village), *self._within(v, own.get(v.village)))
                for v in self.villages.itertuples()]
        return pd.DataFrame(rows, columns=["village", "chance", *self.kinds], dtype=object)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of households whose chances differ: the strata, or 残疾人户 and others."""
        strata = tuple(one.name for one in self.rule.strata)
        return strata or (("残疾人户", "其他户") if self.rule.disabled else ("每一户",))

    def _within(self, village, chance: Fraction | None) -> list[Fraction | None]:
        known = self.frame.villages.set_index("village")
        if chance is None or village.village not in known.index:
            return [None] * len(self.kinds)
        eligible, disabled = (int(known.loc[village.village, name])
                              for name in ("eligible", "disabled"))
        wanted = max(self.rule.wanted(village.village), int(village.chosen))
        if self.rule.strata:
            shares = self._by_stratum(village.village, wanted)
        else:
            both = household_chances(eligible, disabled, self.rule.disabled, wanted,
                                     self.rule.household_rule)
            shares = list(both) if self.rule.disabled else [max(both)]
        return [chance * share if share else None for share in shares]

    def _by_stratum(self, village: str, wanted: int) -> list[Fraction]:
        homes = self.frame.households
        sizes = homes[homes["village"] == village]["stratum"].value_counts().to_dict()
        least = {one.name: one.households for one in self.rule.strata}
        found = stratum_chances(sizes, least, wanted)
        return [found.get(name, Fraction(0)) for name in self.kinds]


def told_draw(case: str | Path, plan: str | Path) -> ToldDraw:
    """The draw of a case as it may be told; NoSuchFolder, Refused, OutOfOrder."""
    field = open_field(case, plan)
    return _made_here(field) if draw_kept(field.folder).has("frozen.json") else _handed_in(field)


def _made_here(field: Field) -> ToldDraw:
    """From what was frozen and, once it may be known, the draw itself."""
    kept, frozen = draw_kept(field.folder), frozen_of(field.folder)
    commitment, thrown = kept.data("commitment"), kept.has("dice.json")
    openly = thrown and not (commitment["sha256"] or commitment["halves"])
    state = REVEALED if openly or kept.has("revealed.json") else SECRET if thrown else NOTHING
    problems, flags = Problems(), frozen.shortfalls
    villages = frozen.frame.villages.iloc[:0].assign(chosen=0, reserves=0)
    flags = flags[flags["level"] == "town"]
    if state == REVEALED:
        drawn = drawn_of(field.folder)
        villages, flags = drawn.villages, drawn.flags
        problems = handed_in_faults(field.folder)
    return ToldDraw(field.plan, frozen.rule, state, frozen.frame, villages, flags,
                    tuple(problems), certificate_of(field.folder), frozen.county_name,
                    mark_of(field.plan, facts_of(field.folder)))


def handed_in_faults(case: Path) -> Problems:
    """Where draw/抽样结果 is not what was drawn here; none where it was not handed in."""
    problems = Problems()
    listed = read_handed_in(case, problems)
    if len(listed[0]):
        problems.extend(same_as_drawn(drawn_of(case), *listed))
    return problems


def _handed_in(field: Field) -> ToldDraw:
    """From draw/抽样结果, held to the frame of the roster."""
    rule, roster, problems = sample_rule(field.plan), read_roster(field.folder), Problems()
    frame = build_frame(roster.villages, roster.persons, rule, problems)
    villages, households = read_handed_in(field.folder, problems)
    if frame.households.empty:
        problems.warning(Place("roster/花名册"), "no_roster", "没有花名册，抽样结果无从核对")
    elif len(villages):
        problems.extend(fits_frame(frame, rule, villages, households))
    flags = shortfalls(frame, rule)
    flags = flags[(flags["level"] == "town") | flags["unit"].isin(set(villages["village"]))]
    names = roster.villages["county_name"]
    return ToldDraw(field.plan, rule, HANDED_IN if len(villages) else NOTHING, frame,
                    _counted(villages, households), flags.reset_index(drop=True),
                    tuple(problems), None, names.iloc[0] if len(names) else "",
                    mark_of(field.plan, facts_of(field.folder)))


def _counted(villages: pd.DataFrame, households: pd.DataFrame) -> pd.DataFrame:
    """The villages with the numbers of their households, counted and not as stated."""
    counts = households.groupby(["village", "choice"]).size().to_dict()
    return villages.assign(chosen=[counts.get((v, "正选"), 0) for v in villages["village"]],
                           reserves=[counts.get((v, "备选"), 0) for v in villages["village"]])


__all__ = ["HANDED_IN", "NOTHING", "REVEALED", "SECRET", "ToldDraw", "handed_in_faults", "told_draw"]
