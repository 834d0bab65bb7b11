"""Attendance of the team members, charged where R-06 says.

缺勤, 迟到 or 早退 on a day that counts adds a case to the member's own town and to
the village he is stationed at, where that village is among the sampled ones; one
row of the attendance table is one case.  A village not drawn has no score to take it
from: its case is listed, for the publicity after approval.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import pandas as pd

from hecha.plan import Plan
from hecha.problems import Place, Problems
from hecha.scoring.units import Units


@dataclass
class Charges:
    """Cases by (item, unit) and option → where each stands; and those without effect."""

    cases: dict[tuple[str, str], dict[str, list[str]]] = field(default_factory=dict)
    listed: list[tuple[str, str, str, str]] = field(default_factory=list)

    def of(self, item: str, unit: str) -> dict[str, list[str]]:
        """The cases charged to an item of a unit."""
        return self.cases.get((item, unit), {})


def charge(plan: Plan, attendance: pd.DataFrame, staff: pd.DataFrame, units: Units,
           problems: Problems) -> Charges:
    """Charge every case that counts; a person who is not on the staff list is an error.

    `listed` holds (state, village, place, reason) of cases that move no score.
    """
    charges = Charges()
    if plan.attendance is None:
        return charges
    rule = plan.attendance
    people = {row.person_id: row for row in staff.itertuples(index=False)}
    states = {c.state for c in rule.charges}
    for row in attendance.itertuples(index=False):
        if row.event not in rule.events or row.state not in states:
            continue
        place = Place(row.file, row.sheet, int(row.row))
        person = people.get(row.person_id)
        if person is None:
            problems.error(place.at("人员编号"), "unknown_person", "抽调人员名单里没有这个编号，这次"
                           "考勤无处扣分", found=row.person_id)
            continue
        _charge_one(plan, row.state, person, str(place), units, charges)
    return charges


def _charge_one(plan: Plan, state: str, person: tuple, place: str, units: Units,
                charges: Charges) -> None:
    found = [(one, getattr(person, one.charged_to)) for one in plan.attendance.charges
             if one.state == state]  # type: ignore[union-attr]
    if not any(unit for _, unit in found):
        charges.listed.append((state, "", place, "没有派出镇，也没有所帮扶村，不影响得分，只列入通报"))
    for one, unit in ((one, unit) for one, unit in found if unit):
        sheet = next(i.sheet for i in plan.items if i.code == one.item)
        if unit in units.of_sheet(plan, sheet):
            options = charges.cases.setdefault((one.item, unit), defaultdict(list))
            options[one.option].append(place)
        else:
            what = "所帮扶村未被抽到" if one.charged_to == "stationed_village" else "派出镇没有核查任务"
            charges.listed.append((state, unit, place, f"{what}，不影响得分，只列入通报"))
