"""Truth seen: a case asked whether its figures hold, and the words its telling shares."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

import pandas as pd

from hecha.analysis.honesty import Look, Returned, Seen, look_at
from hecha.analysis.wrong_exits import faults_of
from hecha.fieldwork.backchecking import Checked, form_of, read_form
from hecha.fieldwork.visited import visited_in
from hecha.report import views
from hecha.scoring.results import Results
from hecha.show.opening import open_whole

ON_SITE = "请到现场核实"
MOST = 40
"""lines of a list before it is only counted"""
NO_FORMS = "本方案没有户表，或没有收回一份户表：户收入、整数、相似的表都无从检验。"


@dataclass(frozen=True)
class Truth:
    """What was seen of a case, and its back-check (None where there is none)."""

    seen: Seen
    checked: Checked | None

    @property
    def results(self) -> Results:
        """The scored case."""
        return self.seen.results

    def name(self, code: str) -> str:
        """The short name of a unit."""
        return views.short_name(self.results.units.names.get(code, code))


def open_truth(case: str, plan: str, results: str, tolerance_percent: int, near_yuan: int,
               back_check: str) -> Truth:
    """Ask everything of a case. `tolerance_percent`: how far a reported income may lie from the
    verified one; `near_yuan`: how wide «just above the standard» is; `back_check`: the filled
    form, "" for the case's own `backcheck/复核表.xlsx` if it is there."""
    one = open_whole(case, plan, results)
    loaded, judged = one.case, one.plan
    look = Look(tolerance_percent / 100, float(near_yuan))
    path = form_of(one.folder, back_check)
    homes = visited_in(judged, loaded)
    returned = Returned(loaded.households, loaded.persons, loaded.observations, homes.frame,
                        faults_of(judged, homes.main))
    return Truth(look_at(judged, returned, one.results, look),
                 None if path is None else read_form(path, loaded, judged, look.tolerance))


def all_together(seen: Seen):
    return seen.all_signs.iloc[0]


def usual_visits(seen: Seen) -> int:
    """Households of a town in the middle."""
    return int(seen.town_signs["n"].median())


def alike(seen: Seen) -> pd.DataFrame:
    return seen.villages[seen.villages["adjusted"] < seen.look.level]


def rows_of_pair(truth: Truth, row) -> str:
    one, other = (truth.seen.returned.households.loc[int(i)] for i in (row.one, row.other))
    return f"{file_name(one['file'])}第{one['row']}、{other['row']}行"


def file_name(path: str) -> str:
    return path.split("/")[-1]


def unit_level(truth: Truth) -> str:
    return views.unit_name(truth.results.plan)


def drawn_level(truth: Truth) -> str:
    return views.sampled_name(truth.results.plan) or "单位"


def tolerance(seen: Seen) -> str:
    return f"{seen.look.tolerance:.0%}"


def near(seen: Seen) -> str:
    return f"{seen.look.near:.0f}元"


def chance(value: float) -> str:
    """A probability as it is printed.

    >>> chance(0.03), chance(0.00001), chance(1.0), chance(float("nan"))
    ('0.03', '不到0.001', '1', '—')
    """
    if isnan(value):
        return "—"
    return "不到0.001" if value < 0.001 else f"{value:.2g}" if value < 0.995 else "1"


def percent_text(value: float) -> str:
    return "—" if isnan(value) else f"{value:.1%}"


def share_range(low: float, high: float) -> str:
    return "—" if isnan(low) else f"{low:.1%}至{high:.1%}"


def range_text(low: float, high: float) -> str:
    return "—" if isnan(low) else f"{low:.2f}至{high:.2f}".replace("-", "−")
