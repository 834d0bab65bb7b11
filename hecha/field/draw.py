"""The draw: villages of a town and households of a village, smallest tickets first.

A basket of tickets, one per unit, drawn from the smallest up (R-08, A-15 to
A-21).  Villages that can give the wanted households with a 残疾人户 among them
come first, in ticket order, then the others, flagged.  In a village the first
households by ticket are drawn; if none of them is a 残疾人户 the last gives way to
the first 残疾人户 in ticket order.  Whoever is not drawn is, in order, a reserve.

Under the other rule, `disabled_first`, one 残疾人户 is drawn before the rest, and
by a ticket of its own (unit «village>household»): with the same ticket the two
rules would draw the same households, and the stated chances would be wrong.

Because the rule is stated, every unit's chance of being drawn is known before
the draw, as an exact fraction, and an estimate from the sample can weight by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import comb

import pandas as pd

from hecha.field.frame import VILLAGE_COLUMNS, Frame, shortfalls
from hecha.field.rules import HouseholdRule, SampleRule
from hecha.field.tickets import going_to, in_ticket_order, ticket

CHOSEN, RESERVE = "正选", "备选"
FOR_ANY, FOR_DISABLED = "任一户", "残疾人户"

VILLAGE_ORDER_COLUMNS = [
    "town", "town_name", "village", "village_name", "eligible", "disabled", "able", "last_year",
    "ticket", "order", "drawn", "chance"]
HOUSEHOLD_ORDER_COLUMNS = [
    "town", "village", "village_name", "household", "head", "disabled", "ticket", "place",
    "choice", "order", "stands_for", "village_chance", "chance"]


@dataclass(frozen=True)
class Draw:
    """What was drawn, in the order it was drawn.

    * `village_order`: every village of the frame, VILLAGE_ORDER_COLUMNS: `able` gives the
      wanted households with a 残疾人户, `order` counts from 1 in the town, `drawn` a bool,
      `chance` the exact probability of being drawn;
    * `household_order`: every eligible household of the drawn villages,
      HOUSEHOLD_ORDER_COLUMNS: `place` counts the tickets of the village from 1; `choice`
      正选, 备选 or ""; `order` counts from 1 within the choice (0 when not listed);
      `stands_for` 残疾人户 for the one reserve that may only replace a sole 残疾人户;
      `village_chance` and `chance` (both stages) exact;
    * `flags`: the shortfalls that concern drawn units and towns (FLAG_COLUMNS of the frame).
    """

    village_order: pd.DataFrame
    household_order: pd.DataFrame
    flags: pd.DataFrame

    @property
    def villages(self) -> pd.DataFrame:
        """The drawn villages, with the columns of the case's `drawn_villages`."""
        drawn = self.village_order[self.village_order["drawn"]]
        listed = self.household_order.groupby(["village", "choice"]).size()
        counts = {(v, c): n for (v, c), n in listed.items()}
        return drawn[VILLAGE_COLUMNS].assign(
            chosen=[counts.get((v, CHOSEN), 0) for v in drawn["village"]],
            reserves=[counts.get((v, RESERVE), 0) for v in drawn["village"]],
        ).reset_index(drop=True)

    @property
    def households(self) -> pd.DataFrame:
        """The drawn households and the reserves: the case's `drawn_households` and more."""
        listed = self.household_order[self.household_order["choice"] != ""]
        return listed[["town", "village", "village_name", "household", "head", "choice", "order",
                       "disabled", "stands_for", "ticket", "village_chance", "chance"]
                      ].reset_index(drop=True)


def draw(frame: Frame, seed: str, rule: SampleRule, last_year: Iterable[str] = ()) -> Draw:
    """Villages and households by ticket (R-08; design: The draw, 5 and 6).

    `last_year` names the villages drawn a year ago; they give way only if the rule says
    `avoid_last_year` (A-39).  The frame is left as it is.

    >>> from hecha.field.frame import FrameTexts, frame_of
    >>> homes = [f"44092310120500{n:02d}" for n in range(1, 9)]
    >>> frame = frame_of(FrameTexts("unit\\n440923101205\\n", "unit\\n" + "\\n".join(homes) + "\\n",
    ...     "unit,flag\\n" + "".join(f"{h},{int(h.endswith('8'))}\\n" for h in homes)))
    >>> rule = SampleRule(4, 5, 2, ("非贫困村",), ("脱贫",), (2018, 2023), "", "last_gives_way")
    >>> drawn = draw(frame, "42", rule)
    >>> drawn.villages[["village", "chosen", "reserves"]].values.tolist()
    [['440923101205', 5, 2]]
    >>> drawn.households.query("disabled")[["choice", "order", "chance"]].values.tolist()
    [['正选', 5, Fraction(1, 1)]]
    """
    villages = _village_order(frame.villages, seed, rule, set(last_year))
    households = _household_order(frame.households, villages[villages["drawn"]], seed, rule)
    return Draw(villages, households, _flags(frame, villages, rule))


def _village_order(villages: pd.DataFrame, seed: str, rule: SampleRule,
                   last_year: Collection[str]) -> pd.DataFrame:
    """Every village of the frame in its town's order, with its chance."""
    table = villages.assign(
        able=(villages["eligible"] >= rule.households) & (villages["disabled"] > 0),
        last_year=villages["village"].isin(last_year),
        ticket=[ticket(seed, "CUN", village) for village in villages["village"]])
    table["after"] = _turn(table, rule)
    table = table.sort_values(["town", "after", "ticket"], ignore_index=True)
    table["order"] = table.groupby("town").cumcount() + 1
    table["drawn"] = table["order"] <= rule.villages
    table["chance"] = _village_chances(table, rule.villages)
    return table[VILLAGE_ORDER_COLUMNS]


def _turn(table: pd.DataFrame, rule: SampleRule) -> pd.Series:
    """Which villages come first: able before not able, then (if asked) not last year's."""
    repeated = table["last_year"] if rule.avoid_last_year else False
    return 2 * (~table["able"]).astype(int) + 1 * repeated


def _village_chances(table: pd.DataFrame, wanted: int) -> list[Fraction]:
    """The chance of each village: those of one turn share the seats that are left to it."""
    sizes = table.groupby(["town", "after"]).size()
    chances = {}
    for town, turns in sizes.groupby(level="town"):
        left = wanted
        for (_, after), size in turns.items():
            chances[town, after] = min(Fraction(1), Fraction(max(left, 0), int(size)))
            left -= int(size)
    return [chances[key] for key in zip(table["town"], table["after"])]


def _household_order(households: pd.DataFrame, drawn: pd.DataFrame, seed: str,
                     rule: SampleRule) -> pd.DataFrame:
    """The eligible households of the drawn villages, in the villages' order."""
    by_village = dict(list(households.groupby("village")))
    parts = [_one_village(by_village.get(village.village, households.iloc[:0]),
                          seed, rule, village.chance)
             for village in drawn.itertuples()]
    empty = pd.DataFrame(columns=HOUSEHOLD_ORDER_COLUMNS)
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else empty


def _one_village(homes: pd.DataFrame, seed: str, rule: SampleRule,
                 village_chance: Fraction) -> pd.DataFrame:
    """The households of one village: the drawn, the reserves, the rest, by ticket in each."""
    if homes.empty:
        return pd.DataFrame(columns=HOUSEHOLD_ORDER_COLUMNS)
    village = homes["village"].iloc[0]
    wanted = rule.wanted(village)
    ordered = in_ticket_order(seed, "HU", homes["household"])
    marked = set(homes.loc[homes["disabled"], "household"])
    first = first_disabled(seed, village, marked) if rule.household_rule == "disabled_first" else ""
    listed = listed_households(ordered, marked, wanted, rule.reserves, first)
    with_mark, without = household_chances(len(ordered), len(marked), wanted, rule.household_rule)
    table = homes.set_index("household").loc[ordered].reset_index()
    table["ticket"] = [ticket(seed, "HU", unit) for unit in ordered]
    table["place"] = range(1, len(ordered) + 1)
    for column, position in (("choice", 0), ("order", 1), ("stands_for", 2)):
        table[column] = [listed.get(unit, ("", 0, ""))[position] for unit in ordered]
    table["village_chance"] = [village_chance] * len(table)
    table["chance"] = [village_chance * (with_mark if unit in marked else without)
                       for unit in ordered]
    turn = table["choice"].map({CHOSEN: 0, RESERVE: 1, "": 2})
    return table.iloc[sorted(range(len(table)), key=lambda i: (turn[i], table["order"][i], i))][
        HOUSEHOLD_ORDER_COLUMNS]


def first_disabled(seed: str, village: str, disabled: Iterable[str]) -> str:
    """The 残疾人户 that `disabled_first` draws first: the smallest ticket «village>household».

    "" where there is none.

    >>> first_disabled("42", "440923101205", ["4409231012050001", "4409231012050002"])
    '4409231012050001'
    """
    units = in_ticket_order(seed, "HU", (going_to(village, unit) for unit in disabled))
    return next((unit.partition(">")[2] for unit in units), "")


def listed_households(ordered: Sequence[str], disabled: Collection[str], wanted: int,
                      reserves: int, first: str = "") -> dict[str, tuple[str, int, str]]:
    """The drawn households and the reserves of a village: household → (choice, order, stands_for).

    `ordered` is the village in ticket order, `first` as for :func:`chosen_households`.  The
    reserves are the next by ticket; when the sole 残疾人户 drawn could not be replaced from
    them, the next 残疾人户 is listed after them, for that use only (design: The draw, 6; A-21).

    >>> for line in listed_households(["a", "b", "c", "d"], {"b", "d"}, 2, 1).items():
    ...     print(*line)
    a ('正选', 1, '')
    b ('正选', 2, '')
    c ('备选', 1, '任一户')
    d ('备选', 2, '残疾人户')
    """
    chosen = chosen_households(ordered, disabled, wanted, first)
    rest = [unit for unit in ordered if unit not in chosen]
    listed = {unit: (CHOSEN, n, "") for n, unit in enumerate(chosen, 1)}
    listed |= {unit: (RESERVE, n, FOR_ANY) for n, unit in enumerate(rest[:reserves], 1)}
    sole = sum(unit in disabled for unit in chosen) == 1
    if sole and not any(unit in disabled for unit in rest[:reserves]):
        spare = next((unit for unit in rest if unit in disabled), None)
        if spare:
            listed[spare] = (RESERVE, min(reserves, len(rest)) + 1, FOR_DISABLED)
    return listed


def chosen_households(ordered: Sequence[str], disabled: Collection[str], wanted: int,
                      first: str = "") -> list[str]:
    """The drawn households of a village that is given in ticket order (R-08, A-18, A-19).

    `first` is the 残疾人户 that was drawn before the rest; without it the first `wanted` are
    drawn, and if none of them is a 残疾人户 the last gives way to the first 残疾人户.

    >>> chosen_households(["a", "b", "c", "d"], {"d"}, 2)
    ['a', 'd']
    >>> chosen_households(["a", "b", "c", "d"], {"a", "d"}, 2, first="d")
    ['d', 'a']
    """
    if first:
        return [first, *(unit for unit in ordered if unit != first)][:wanted]
    chosen = list(ordered[:wanted])
    standby = next((unit for unit in ordered if unit in disabled), None)
    if standby and not any(unit in disabled for unit in chosen):
        chosen[-1:] = [standby]
    return chosen


def household_chances(eligible: int, disabled: int, wanted: int,
                      rule: HouseholdRule) -> tuple[Fraction, Fraction]:
    """The chance of a 残疾人户 and of another household of being drawn in its village.

    With M eligible, D of them 残疾人户, m wanted and q = C(M−D, m)/C(M, m), the chance that
    the first m hold no 残疾人户: m/M + q/D and m/M − q/(M−D); under `disabled_first`
    1/D + (1 − 1/D)(m−1)/(M−1) and (m−1)/(M−1).  Design: The draw, 6.  Where nobody is of
    one kind, its figure is 0.

    >>> household_chances(10, 1, 5, "last_gives_way")
    (Fraction(1, 1), Fraction(4, 9))
    >>> household_chances(10, 2, 5, "disabled_first")
    (Fraction(13, 18), Fraction(4, 9))
    >>> household_chances(4, 1, 5, "last_gives_way")
    (Fraction(1, 1), Fraction(1, 1))
    """
    others = eligible - disabled
    if not disabled or wanted >= eligible:
        flat = min(Fraction(1), Fraction(wanted, max(eligible, 1)))
        with_mark, without = flat, flat
    elif rule == "disabled_first":
        without = Fraction(wanted - 1, eligible - 1)
        with_mark = Fraction(1, disabled) + (1 - Fraction(1, disabled)) * without
    else:
        share = Fraction(wanted, eligible)
        none = Fraction(comb(others, wanted), comb(eligible, wanted))
        with_mark = share + none / disabled
        without = share - none / others if others else share
    return (with_mark if disabled else Fraction(0)), (without if others else Fraction(0))


def _flags(frame: Frame, villages: pd.DataFrame, rule: SampleRule) -> pd.DataFrame:
    """The shortfalls of towns and drawn villages, and drawn villages repeated from last year."""
    drawn = villages[villages["drawn"]]
    table = shortfalls(frame, rule)
    table = table[(table["level"] == "town") | table["unit"].isin(set(drawn["village"]))]
    repeated = drawn[drawn["last_year"]] if rule.avoid_last_year else drawn.iloc[:0]
    rows = [("village", v.village, "A-39",
             f"{v.village_name or v.village}去年抽过，镇内没有别的村可换")
            for v in repeated.itertuples()]
    return pd.concat([table, pd.DataFrame(rows, columns=table.columns)],
                     ignore_index=True).sort_values(["unit", "reading"], ignore_index=True)


__all__ = [
    "CHOSEN", "FOR_ANY", "FOR_DISABLED", "HOUSEHOLD_ORDER_COLUMNS", "RESERVE",
    "VILLAGE_ORDER_COLUMNS", "Draw", "chosen_households", "draw", "first_disabled",
    "household_chances", "listed_households",
]
