"""Calibrating (定标): common written cases that every team scores at the training.

A workbook with the cases (their story is the office's to write) and one line for each team
and case; what comes back is kept in the case's folder as `calibration/定标打分.xlsx` and read
like any other workbook: preflight first, everything wrong said at once.  Teams are known by
the town they will check.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from hecha.forms.visit import field_sheets
from hecha.plan import Plan
from hecha.points import NotANumber, number
from hecha.problems import Place, Problems
from hecha.tables import Column, Contract, read_grids, read_table
from hecha.tables.kinds import WHOLE
from hecha.tables.writing import write_workbook

FILE = "calibration/定标打分.xlsx"
STORIES, SCORES, NOTES = "案例", "打分", "说明"
CASES = 6
FULL = 100
_SCORED = Contract("定标打分", (
    Column("town", "被核查镇代码"), Column("town_name", "被核查镇", filled=False),
    Column("case", "案例", WHOLE), Column("score", "得分", filled=False)), key=("town", "case"))
_NOTES = (
    "1. 培训时用。每个核查组各自给同样的案例打分，不商量、不看别组的分；同一份材料打出的差别就是各组宽严的差别。",
    "2. “案例”页的案情由县核查办在培训以前写好：写清楚看到了什么，各项指标都要能打分，不写结论。",
    "3. “打分”页每组每个案例一行，按百分制填得分，可以有小数；没有打的留空，不要填0。",
    f"4. 收齐以后存为卷宗里的 {FILE}。它只用来估计各组宽严，正式得分不因它改动。",
)


def write_cases(plan: Plan, towns: Mapping[str, str], out: Path, cases: int = CASES) -> Path:
    """The workbook for the training: notes, cases to be written, and a line a team and case.

    `towns`: code → name of the towns to be checked. The cases take turns over the sheets that
    teams fill, and over their indicators, so that together they touch them all.
    """
    turns = _turns(plan, cases)
    stories = pd.DataFrame({
        "案例": range(1, cases + 1), "适用表": [sheet for sheet, _ in turns],
        "满分": FULL, "要覆盖的指标": ["、".join(names) for _, names in turns],
        "案情（县核查办填写）": ""})
    scores = pd.DataFrame([(code, name, case, "") for code, name in towns.items()
                           for case in range(1, cases + 1)],
                          columns=["被核查镇代码", "被核查镇", "案例", "得分"])
    write_workbook(out, {NOTES: pd.DataFrame({"怎样用": _NOTES}), STORIES: stories, SCORES: scores})
    return out


def _turns(plan: Plan, cases: int) -> list[tuple[str, list[str]]]:
    """For each case its sheet and the indicators it must touch."""
    sheets = field_sheets(plan)
    found = []
    for case in range(cases):
        sheet, turn = sheets[case % len(sheets)], case // len(sheets)
        among = len(range(case % len(sheets), cases, len(sheets)))
        heads = list(dict.fromkeys(plan.headings(item)[-1] for item in plan.items_of(sheet.id)))
        found.append((sheet.name, heads[turn::among] or heads[:1]))
    return found


def read_scores(folder: Path, towns: Mapping[str, str], problems: Problems) -> pd.DataFrame:
    """The scores of the cases, as handed in: team (a town code), case, score; empty if absent.

    A blank is not scored and left out, never 0; an unknown town, a case of no number and a
    score outside 0 to 100 are said with their cell and left out.
    """
    path = folder / FILE
    if not path.is_file():
        return pd.DataFrame(columns=["team", "case", "score"])
    grids = [g for g in read_grids(path, FILE, problems) if g.sheet.strip() == SCORES]
    if not grids:
        if not problems.errors:
            problems.error(Place(FILE), "missing_sheet", f"没有工作表“{SCORES}”")
        return pd.DataFrame(columns=["team", "case", "score"])
    frame = read_table(grids[0], _SCORED, problems).frame
    kept = [(row.town, int(row.case), score) for row in frame.itertuples()
            if (score := _score(row, towns, problems)) is not None]
    return pd.DataFrame(kept, columns=["team", "case", "score"])


def _score(row, towns: Mapping[str, str], problems: Problems) -> float | None:
    """A row's score, None where it cannot be used."""
    place = Place(row.file, row.sheet, int(row.row))
    if row.town not in towns:
        problems.error(place.at("被核查镇代码"), "unknown_town", "没有这个镇", found=row.town)
        return None
    if not str(row.score or "").strip():
        return None
    try:
        value = number(row.score)
    except NotANumber as why:
        problems.error(place.at("得分"), "bad_value", str(why), found=row.score)
        return None
    if not 0 <= value <= FULL:
        problems.error(place.at("得分"), "out_of_range", "得分不在百分制以内", found=row.score,
                       expected=f"0至{FULL}")
        return None
    return float(value)


__all__ = ["CASES", "FILE", "read_scores", "write_cases"]
