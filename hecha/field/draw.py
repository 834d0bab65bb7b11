"""The draw: villages of a town and households of a village, smallest tickets first.

A basket of tickets, one per unit, drawn from the smallest up (R-08, A-15 to
A-21).  Villages that can give the wanted households with the wanted 残疾人户 among
them come first, in ticket order, then the others, flagged.  In a village the first
households by ticket are drawn; where too few of them are 残疾人户 the last of the
others give way to the next 残疾人户 in ticket order.  Whoever is not drawn is, in
order, a reserve.

Under the other rule, `disabled_first`, the 残疾人户 are drawn before the rest, and
by tickets of their own (unit «village>household»): with the same ticket the two
rules would draw the same households, and the stated chances would be wrong.

A plan may have strata instead: of each the first so many by ticket, and whoever
fills up the village by a ticket of his own.

Because the rule is stated, every unit's chance of being drawn is known before
the draw, as an exact fraction, and an estimate from the sample can weight by it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    "town", "village", "village_name", "household", "head", "disabled", "stratum", "ticket",
    "place", "choice", "order", "stands_for", "village_chance", "chance"]


@dataclass(frozen=True)
class Draw:
    """What was drawn, in the order it was drawn.

    * `village_order`: every village of the frame, VILLAGE_ORDER_COLUMNS: `able` gives the
      wanted households with a 残疾人户, `order` counts from 1 in the town, `drawn` a bool,
      `chance` the exact probability of being drawn;
    * `household_order`: every eligible household of the drawn villages,
      HOUSEHOLD_ORDER_COLUMNS: `place` counts the tickets of the village from 1; `choice`
      正选, 备选 or ""; `order` counts from 1 within the choice (0 when not listed);
      `stands_for` 残疾人户 for a reserve that may only replace a 残疾人户 that cannot be
      spared, and with strata each household's stratum;
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
    >>> rule = SampleRule(4, 5, 1, 2, ("非贫困村",), ("脱贫",), (2018, 2023), (), "last_gives_way")
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
        able=(villages["eligible"] >= rule.households)
        & (villages["disabled"] >= rule.disabled),
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
    ordered = in_ticket_order(seed, "HU", homes["household"])
    listed, chances = (_by_stratum if rule.strata else _by_mark)(homes, ordered, seed, rule)
    table = homes.set_index("household").loc[ordered].reset_index()
    table["ticket"] = [ticket(seed, "HU", unit) for unit in ordered]
    table["place"] = range(1, len(ordered) + 1)
    for column, position in (("choice", 0), ("order", 1), ("stands_for", 2)):
        table[column] = [listed.get(unit, ("", 0, ""))[position] for unit in ordered]
    table["village_chance"] = [village_chance] * len(table)
    table["chance"] = [village_chance * chances[unit] for unit in ordered]
    turn = table["choice"].map({CHOSEN: 0, RESERVE: 1, "": 2})
    return table.iloc[sorted(range(len(table)), key=lambda i: (turn[i], table["order"][i], i))][
        HOUSEHOLD_ORDER_COLUMNS]


Listed = tuple[dict[str, tuple[str, int, str]], dict[str, Fraction]]


def _by_mark(homes: pd.DataFrame, ordered: Sequence[str], seed: str, rule: SampleRule) -> Listed:
    """Who is listed of a village, and every household's chance, by the mark of 残疾人户."""
    village = homes["village"].iloc[0]
    wanted, marked = rule.wanted(village), set(homes.loc[homes["disabled"], "household"])
    first = (first_disabled(seed, village, marked, rule.disabled)
             if rule.household_rule == "disabled_first" else [])
    listed = listed_households(ordered, marked, rule.disabled, wanted, rule.reserves, first)
    with_mark, without = household_chances(len(ordered), len(marked), rule.disabled, wanted,
                                           rule.household_rule)
    return listed, {unit: with_mark if unit in marked else without for unit in ordered}


def _by_stratum(homes: pd.DataFrame, ordered: Sequence[str], seed: str, rule: SampleRule) -> Listed:
    """Who is listed of a village, and every household's chance, by the strata of the rule.

    The reserves are the next of each stratum by ticket, and stand in for it (A-21).
    """
    village, of = homes["village"].iloc[0], dict(zip(homes["household"], homes["stratum"]))
    within = {one.name: [u for u in ordered if of[u] == one.name] for one in rule.strata}
    within |= {"": [u for u in ordered if of[u] not in within]}
    least = {one.name: one.households for one in rule.strata}
    wanted = rule.wanted(village)
    chosen = stratified_households(seed, village, within, least, wanted)
    listed = {unit: (CHOSEN, n, of[unit]) for n, unit in enumerate(chosen, 1)}
    spare = [unit for units in within.values()
             for unit in [u for u in units if u not in chosen][:rule.reserves]]
    listed |= {unit: (RESERVE, n, of[unit]) for n, unit in enumerate(spare, 1)}
    chances = stratum_chances({name: len(units) for name, units in within.items()}, least, wanted)
    return listed, {unit: chances[of[unit] if of[unit] in within else ""] for unit in ordered}


def first_disabled(seed: str, village: str, disabled: Iterable[str], least: int) -> list[str]:
    """The 残疾人户 that `disabled_first` draws first: the smallest tickets «village>household».

    Fewer where there are not so many.

    >>> first_disabled("42", "440923101205", ["4409231012050001", "4409231012050002"], 1)
    ['4409231012050001']
    """
    return _by_own_ticket(seed, village, disabled)[:least]


def _by_own_ticket(seed: str, village: str, units: Iterable[str]) -> list[str]:
    """Households of a village by a ticket that no other step of its draw uses."""
    ordered = in_ticket_order(seed, "HU", (going_to(village, unit) for unit in units))
    return [unit.partition(">")[2] for unit in ordered]


def listed_households(ordered: Sequence[str], disabled: Collection[str], least: int, wanted: int,
                      reserves: int, first: Sequence[str] = ()) -> dict[str, tuple[str, int, str]]:
    """The drawn households and the reserves of a village: household → (choice, order, stands_for).

    `ordered` is the village in ticket order, `least` how many 残疾人户 it must give, `first` as
    for :func:`chosen_households`.  The reserves are the next by ticket; when a 残疾人户 that
    cannot be spared could not be replaced from them, the next 残疾人户 are listed after them,
    for that use only (design: The draw, 6; A-21).

    >>> for line in listed_households(["a", "b", "c", "d"], {"b", "d"}, 1, 2, 1).items():
    ...     print(*line)
    a ('正选', 1, '')
    b ('正选', 2, '')
    c ('备选', 1, '任一户')
    d ('备选', 2, '残疾人户')
    """
    chosen = chosen_households(ordered, disabled, least, wanted, first)
    rest = [unit for unit in ordered if unit not in chosen]
    listed = {unit: (CHOSEN, n, "") for n, unit in enumerate(chosen, 1)}
    listed |= {unit: (RESERVE, n, FOR_ANY) for n, unit in enumerate(rest[:reserves], 1)}
    if 0 < sum(unit in disabled for unit in chosen) <= least:
        lacking = least - sum(unit in disabled for unit in rest[:reserves])
        spare = [unit for unit in rest[reserves:] if unit in disabled][:max(lacking, 0)]
        listed |= {unit: (RESERVE, n, FOR_DISABLED) for n, unit in
                   enumerate(spare, min(reserves, len(rest)) + 1)}
    return listed


def chosen_households(ordered: Sequence[str], disabled: Collection[str], least: int, wanted: int,
                      first: Sequence[str] = ()) -> list[str]:
    """The drawn households of a village that is given in ticket order (R-08, A-18, A-19).

    `first` are the 残疾人户 that were drawn before the rest; without them the first `wanted`
    are drawn, and where fewer than `least` of them are 残疾人户 the last of the others give
    way to the next 残疾人户.

    >>> chosen_households(["a", "b", "c", "d"], {"d"}, 1, 2)
    ['a', 'd']
    >>> chosen_households(["a", "b", "c", "d", "e"], {"b", "d", "e"}, 2, 3)
    ['a', 'b', 'd']
    >>> chosen_households(["a", "b", "c", "d"], {"a", "d"}, 1, 2, first=["d"])
    ['d', 'a']
    """
    if first:
        return [*first, *(unit for unit in ordered if unit not in first)][:wanted]
    chosen, rest = list(ordered[:wanted]), ordered[wanted:]
    others = [unit for unit in chosen if unit not in disabled]
    lacking = max(least - (len(chosen) - len(others)), 0)
    standby = [unit for unit in rest if unit in disabled][:min(lacking, len(others))]
    leaving = others[len(others) - len(standby):]
    return [unit for unit in chosen if unit not in leaving] + standby


def stratified_households(seed: str, village: str, ordered: Mapping[str, Sequence[str]],
                          least: Mapping[str, int], wanted: int) -> list[str]:
    """The drawn households of a village with strata: of each its least, then of all the rest.

    `ordered` gives each stratum in ticket order.  Who fills up the village, where a stratum
    cannot give its least or the village is to give more, is drawn from all that are left, by
    tickets of their own («village>household»): with the first tickets a stratum of which
    more was drawn would have less of a chance, and the chances could not be told exactly.

    >>> stratified_households("42", "v", {"监测": ["a"], "脱贫": ["b", "c", "d"]},
    ...                       {"监测": 2, "脱贫": 2}, 4)
    ['a', 'b', 'c', 'd']
    """
    first = [unit for name, units in ordered.items() for unit in units[:least.get(name, 0)]]
    rest = {unit for units in ordered.values() for unit in units} - set(first)
    return [*first, *_by_own_ticket(seed, village, rest)][:wanted]


def household_chances(eligible: int, disabled: int, least: int, wanted: int,
                      rule: HouseholdRule) -> tuple[Fraction, Fraction]:
    """The chance of a 残疾人户 and of another household of being drawn in its village.

    With M eligible, D of them 残疾人户, m wanted and d = min(least, D, m) sure to be among
    them: under `last_gives_way` the first m hold K 残疾人户 (hypergeometric), max(K, d) are
    drawn, and the chances are E max(K, d) / D and (m − E max(K, d)) / (M − D); for d = 1 that
    is m/M + q/D and m/M − q/(M−D) with q = C(M−D, m)/C(M, m).  Under `disabled_first`
    d/D + (1 − d/D)(m−d)/(M−d) and (m−d)/(M−d).  Design: The draw, 6.  Where nobody is of one
    kind, its figure is 0.

    >>> household_chances(10, 1, 1, 5, "last_gives_way")
    (Fraction(1, 1), Fraction(4, 9))
    >>> household_chances(10, 2, 1, 5, "disabled_first")
    (Fraction(13, 18), Fraction(4, 9))
    >>> household_chances(4, 1, 1, 5, "last_gives_way")
    (Fraction(1, 1), Fraction(1, 1))
    >>> household_chances(5, 2, 2, 2, "last_gives_way"), household_chances(4, 2, 0, 1, "disabled_first")
    ((Fraction(1, 1), Fraction(0, 1)), (Fraction(1, 4), Fraction(1, 4)))
    """
    others, sure = eligible - disabled, min(least, disabled, wanted)
    if not sure or wanted >= eligible:
        flat = min(Fraction(1), Fraction(wanted, max(eligible, 1)))
        with_mark, without = flat, flat
    elif rule == "disabled_first":
        without = Fraction(wanted - sure, eligible - sure)
        with_mark = Fraction(sure, disabled) + (1 - Fraction(sure, disabled)) * without
    else:
        marked = _marked_on_average(eligible, disabled, sure, wanted)
        with_mark = marked / disabled
        without = (wanted - marked) / others if others else Fraction(0)
    return (with_mark if disabled else Fraction(0)), (without if others else Fraction(0))


def _marked_on_average(eligible: int, disabled: int, sure: int, wanted: int) -> Fraction:
    """How many 残疾人户 are drawn on average where at least `sure` of them are."""
    ways = comb(eligible, wanted)
    return sum((Fraction(comb(disabled, k) * comb(eligible - disabled, wanted - k), ways)
                * max(k, sure) for k in range(min(disabled, wanted) + 1)), Fraction(0))


def stratum_chances(sizes: Mapping[str, int], least: Mapping[str, int],
                    wanted: int) -> dict[str, Fraction]:
    """The chance of a household of each stratum of being drawn in its village.

    With M of a stratum, h = min(least, M) drawn first, and r places left for the R households
    that remain: (h + r (M − h) / R) / M.

    >>> stratum_chances({"监测": 2, "脱贫": 3}, {"监测": 2, "脱贫": 2}, 4)
    {'监测': Fraction(1, 1), '脱贫': Fraction(2, 3)}
    >>> stratum_chances({"监测": 1, "脱贫": 4}, {"监测": 2, "脱贫": 2}, 4)
    {'监测': Fraction(1, 1), '脱贫': Fraction(3, 4)}
    """
    first = {name: min(least.get(name, 0), size) for name, size in sizes.items()}
    rest = sum(sizes.values()) - sum(first.values())
    left = min(max(wanted - sum(first.values()), 0), rest)
    share = Fraction(left, rest) if rest else Fraction(0)
    return {name: (first[name] + share * (size - first[name])) / size
            for name, size in sizes.items() if size}


def _flags(frame: Frame, villages: pd.DataFrame, rule: SampleRule) -> pd.DataFrame:
    """The shortfalls of towns and drawn villages, and drawn villages repeated from last year."""
    drawn = villages[villages["drawn"]]
    table = shortfalls(frame, rule)
    table = table[(table["level"] == "town") | table["unit"].isin(set(drawn["village"]))]
    repeated = drawn[drawn["last_year"]] if rule.avoid_last_year else drawn.iloc[:0]
    rows = [("village", v.village, rule.treated_by("A-39"),
             f"{v.village_name or v.village}去年抽过，镇内没有别的村可换")
            for v in repeated.itertuples()]
    return pd.concat([table, pd.DataFrame(rows, columns=table.columns)],
                     ignore_index=True).sort_values(["unit", "reading"], ignore_index=True)


__all__ = [
    "CHOSEN", "FOR_ANY", "FOR_DISABLED", "HOUSEHOLD_ORDER_COLUMNS", "RESERVE",
    "VILLAGE_ORDER_COLUMNS", "Draw", "chosen_households", "draw", "first_disabled",
    "household_chances", "listed_households", "stratified_households", "stratum_chances",
]
