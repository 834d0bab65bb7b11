"""Household visits held against the draw, and the passes that turn on a formula.

A drawn household that was neither returned nor replaced blocks its village: not
checked is not flawless.  A household whose pass would change under the other income
formula, or without its pension, is listed, so that nobody is surprised (income.md).
"""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pandas as pd

from hecha.case import Case
from hecha.plan import Plan
from hecha.problems import Place, Problems
from hecha.scoring.units import Units

CHOSEN = "正选"


def not_visited(plan: Plan, case: Case, units: Units) -> dict[str, list[str]]:
    """Unit → sentences about drawn households that did not come back.

    Both the village and its town have them: derived items of either stand on all
    visits. Households are named by their place in the draw, never by number or name.
    """
    found: dict[str, list[str]] = defaultdict(list)
    if plan.household is None:
        return found
    came = set(case.households["household"]) | set(case.households["replaces"])
    chosen = case.drawn_households[case.drawn_households["choice"] == CHOSEN]
    for town, villages in units.drawn.items():
        for village in villages:
            own = chosen[chosen["village"] == village]
            lost = [str(row.order) for row in own.itertuples() if row.household not in came]
            if lost:
                said = f"{units.names.get(village, village)}正选第{'、'.join(lost)}户未收回也未替换"
                found[village].append(said)
                found[town].append(said)
    return found


def check_window(plan: Plan, households: pd.DataFrame, problems: Problems) -> None:
    """Visits outside the days of 实地核查 are errors (R-07); no window, no check."""
    first, last = plan.day("visit_from"), plan.day("visit_to")
    if first is None or last is None or households.empty:
        return
    dates = households["visit_date"]
    outside = dates.notna() & (dates != "") & ((dates < str(first)) | (dates > str(last)))
    for row in households[outside].itertuples(index=False):
        problems.error(Place(row.file, row.sheet, int(row.row), "核查日期"), "outside_window",
                       "核查日期不在实地核查期间", found=row.visit_date,
                       expected=f"{first}至{last}", units=[row.village])


def shortfalls(plan: Plan, drawn: pd.DataFrame, units: Units) -> dict[str, list[str]]:
    """Town → where the draw fell short of R-08: villages, households, 残疾人户.

    A shortfall is flagged, never filled (A-15, A-17, A-18).
    """
    found: dict[str, list[str]] = defaultdict(list)
    rule = plan.sample
    if rule is None:
        return found
    for town, villages in units.drawn.items():
        if len(villages) < rule.villages_per_town:
            level = next((s.name for s in plan.levels if s.sampled), "村")
            found[town].append(f"应抽{rule.villages_per_town}{level}，实抽{len(villages)}{level}")
        for row in drawn[drawn["town"] == town].itertuples():
            name = units.names.get(row.village, row.village)
            if row.chosen is not None and row.chosen < rule.households_per_village:
                found[town].append(f"{name}应抽{rule.households_per_village}户，实抽{row.chosen}户")
            if row.disabled is not None and row.disabled < rule.disabled_per_village:
                found[town].append(f"{name}抽样框内无残疾人户" if not row.disabled else
                                   f"{name}抽样框内残疾人户只有{row.disabled}户"
                                   f"（应抽{rule.disabled_per_village}户）")
    return found


def strata_short(plan: Plan, case: Case, units: Units) -> dict[str, list[str]]:
    """Town → villages where fewer of a stratum were drawn than the plan asks, and why.

    A stratum that the roster cannot fill is filled up by the others; both are noted.
    """
    found: dict[str, list[str]] = defaultdict(list)
    if plan.sample is None or not plan.sample.strata:
        return found
    frame = case.persons.drop_duplicates("household")
    drawn = case.drawn_households
    chosen = set(drawn.loc[drawn["choice"] == CHOSEN, "household"])
    for town, villages in units.drawn.items():
        for village, stratum in product(villages, plan.sample.strata):
            own = frame[(frame["village"] == village) & frame["status"].isin(stratum.statuses)]
            wanted, many = stratum.households_per_village, len(chosen & set(own["household"]))
            if many < wanted:
                why = f"（名册上只有{len(own)}户）" if len(own) < wanted else ""
                found[town].append(f"{units.names.get(village, village)}{stratum.name}"
                                   f"应抽{wanted}户，实抽{many}户{why}")
    return found


def income_turns(plan: Plan, units: Units, counted: pd.DataFrame,
                 households: pd.DataFrame) -> pd.DataFrame:
    """Households whose pass turns on F1/F2 or on counting pensions.

    Columns: town, village, village_name, place, members, f1, f2 (household totals in
    fen), turns (in words).
    """
    columns = ["town", "village", "village_name", "place", "members", "f1", "f2", "turns"]
    if plan.household is None or counted.empty:
        return pd.DataFrame(columns=columns)
    members = dict(zip(households["household"], households["members"], strict=True))
    rows = []
    for row in counted.itertuples(index=False):
        turns = _turns(row)
        if turns:
            rows.append({"town": row.town, "village": row.village,
                         "village_name": units.names.get(row.village, row.village),
                         "place": row.place, "members": int(members[row.household]),
                         "f1": int(row.f1_total), "f2": int(row.f2_total), "turns": turns})
    return pd.DataFrame(rows, columns=columns)


def _turns(row: tuple) -> str:
    said = []
    if row.income_met_f1 != row.income_met_f2:
        said.append("F1达标、F2不达标" if row.income_met_f1 else "F2达标、F1不达标")
    if row.income_met != row.income_met_other_pension:
        said.append("不计养老金则不达标" if row.income_met else "计入养老金则达标")
    return "；".join(said)
