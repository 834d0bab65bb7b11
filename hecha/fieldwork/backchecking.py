"""Back-checking: the second visits drawn, their form written, and what came back read.

The form asks a part of the household form, for a back-check is short, and shows nothing of
the first visit's answers.  What was not asked is left blank and not compared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from hecha.analysis.back_check import MONEY, TYPES, compare, error_rates, inconsistency, stability
from hecha.batch.opening import load_only
from hecha.case import Case
from hecha.case.desk import place_of, rows_of
from hecha.case.shapes import HOUSEHOLDS, NOTE
from hecha.field.back_check import FIRST, STAGE, draw_again
from hecha.field.tickets import seed_of
from hecha.folders import NoSuchFolder, find_folder
from hecha.plan import Plan
from hecha.problems import HechaError, Place, Problems
from hecha.tables.contract import Column, Contract, read_table
from hecha.tables.files import read_grids
from hecha.tables.writing import write_workbook
from hecha.words import mask_household, mask_name

FOLDER, FILE, SHEET, DRAWN = "backcheck", "复核表.xlsx", "复核", "抽签"
AGAIN_TEAM = "复核组"
_OWN = {"visit_date": "复核日期", "visitor": "复核人"}
_ASKED = ("household", "village", "visit_date", "visitor", *TYPES)
HEADERS = {c.name: _OWN.get(c.name, c.header) for c in HOUSEHOLDS.columns}
BACK_CHECK = Contract("复核", (
    *(c if c.name in ("household", "village") else
      replace(c, header=HEADERS[c.name], filled=False, vital=False) for c in HOUSEHOLDS.columns
      if c.name in _ASKED), Column("again_team", AGAIN_TEAM, filled=False, vital=False, absent=True),
    NOTE), key=("household",))
"""the form of a back-check: the columns of the household form that it asks, and the team that asks
(by the town it checked, or its number); all may be blank"""


class NothingToCheck(HechaError):
    """There is no household form to check again."""


@dataclass(frozen=True)
class Checked:
    """A back-check: the answers that came (`again`), the comparison, the problems, the towns drawn."""

    again: pd.DataFrame
    compared: pd.DataFrame
    problems: Problems


def draw_form(case: str | Path, plan: str | Path, dice: str, each: int, out: Path) -> tuple[Path, int]:
    """Draw by ticket and write the empty form; its path and how many households it has.

    `dice` is a public number thrown after the visits. Raises NothingToCheck without household
    forms, NotATicket for a number nobody could retype.
    """
    _, _, loaded, judged = load_only(case, plan)
    if judged.household is None or loaded.households.empty:
        raise NothingToCheck("本方案没有户表，或还没有收回一份户表，不能抽复核")
    seed = seed_of(dice)
    drawn = draw_again(loaded.households, seed, each)
    path = out / FILE
    write_workbook(path, {SHEET: _form(drawn), DRAWN: _tickets(drawn, seed)})
    return path, int((drawn["choice"] == FIRST).sum())


def _form(drawn: pd.DataFrame) -> pd.DataFrame:
    first = drawn[drawn["choice"] == FIRST]
    given = {"household": list(first["household"]), "village": list(first["village"])}
    return pd.DataFrame({c.header: given.get(c.name, [""] * len(first)) for c in BACK_CHECK.columns})


def _tickets(drawn: pd.DataFrame, seed: str) -> pd.DataFrame:
    """What anybody needs to draw again: SHA-256 of «seed|FUCHA|household», smallest first."""
    return pd.DataFrame({"镇代码": drawn["town"], "村代码": drawn["village"], "户编号": drawn["household"],
                         "类别": drawn["choice"], "顺序": drawn["order"].astype(str),
                         "种子": seed, "阶段": STAGE, "签号": drawn["ticket"]})


def form_of(case: Path, named: str = "") -> Path | None:
    """The filled form: the one named, else the case's own; None where there is none."""
    if named:
        path = Path(named) if Path(named).is_file() else case / named
        if not path.is_file():
            raise NoSuchFolder(f"没有“{named}”这个复核表，请检查路径")
        return path
    path = case / FOLDER / FILE
    return path if path.is_file() else None


def read_form(path: Path, case: Case, plan: Plan, within: float) -> Checked:
    """What came back, held against the first visits; every problem at its cell."""
    problems = Problems()
    grids = read_grids(path, path.name, problems)
    grid = next((g for g in grids if g.sheet in (SHEET, "")), None)
    if grid is None:
        problems.error(Place(path.name), "no_sheet", f"没有“{SHEET}”这张工作表",
                       found="、".join(g.sheet for g in grids))
        again = BACK_CHECK.empty()
    else:
        again = read_table(grid, BACK_CHECK, problems).frame
    again = _visited_only(again, set(case.households["household"]), problems)
    return Checked(again, compare(case.households, again, within), problems)


def _visited_only(again: pd.DataFrame, visited: set[str], problems: Problems) -> pd.DataFrame:
    for row in rows_of(again[~again["household"].isin(visited)]):
        problems.error(place_of(row, "户编号"), "not_visited", "第一次核查没有这一户，无从比较",
                       found=mask_household(row.household))
    return again[again["household"].isin(visited)].reset_index(drop=True)


def tables(checked: Checked) -> dict[str, pd.DataFrame]:
    """The comparison as sheets of a workbook, in Chinese: amounts in yuan, visitors masked,
    households by the row of the first form."""
    seen = _in_yuan(checked.compared)
    seen = seen.assign(visitor=[_labels(seen)[key] for key in zip(seen["town"], seen["visitor"])])
    wrong = seen[seen["differs"].astype(bool)]
    shown = pd.DataFrame({
        "镇代码": wrong["town"], "村代码": wrong["village"], "第一次的表": wrong["file"],
        "行": wrong["row"].astype(str), "核查人": wrong["visitor"], "项目": wrong["item"].map(HEADERS),
        "类型": wrong["type"].astype(str), "第一次": wrong["first"].map(_answer),
        "复核": wrong["again"].map(_answer)})
    return {"差异": shown, "按项": _rates(seen, "item"), "按镇（核查组）": _rates(seen, "town"),
            "按核查人": _rates(seen, "visitor"), "数量的稳定": _stability(seen),
            "判断的稳定": _inconsistency(seen)}


def _in_yuan(compared: pd.DataFrame) -> pd.DataFrame:
    money = compared["item"].isin(MONEY)
    return compared.assign(**{side: [v / 100 if m else v for v, m in zip(compared[side], money)]
                              for side in ("first", "again")})


def _labels(compared: pd.DataFrame) -> dict[tuple[str, str], str]:
    """(town, visitor) → the town with the masked name, numbered where two would look the same."""
    known: dict[tuple[str, str], str] = {}
    for town, visitor in sorted(set(zip(compared["town"], compared["visitor"]))):
        label = f"{town} {mask_name(visitor) or '未填'}"
        same = sum(other.startswith(label) for other in known.values())
        known[town, visitor] = f"{label}（{same + 1}）" if same else label
    return known


def _answer(value: object) -> str:
    return {"True": "是", "False": "否"}.get(str(value), str(value))


def _rates(seen: pd.DataFrame, by: str) -> pd.DataFrame:
    found = error_rates(seen, by)
    names = {"item": "项目", "town": "镇代码", "visitor": "核查人"}
    kinds = {"类型": found["type"].astype(str)} if by == "item" else {}
    return pd.DataFrame({
        names[by]: found[by].map(lambda v: HEADERS.get(v, v)), **kinds, "户数": found["households"],
        "答案": found["n"], "不同": found["differences"], "不同的比率": found["rate"].map(_share),
        "下限": found["low"].map(_share), "上限": found["high"].map(_share),
        "校正后p": found["adjusted"].map(_figure)})


def _stability(seen: pd.DataFrame) -> pd.DataFrame:
    found = stability(seen)
    return pd.DataFrame({"项目": found["item"].map(HEADERS), "户数": found["n"],
                         "第一次平均": found["first"].map(_figure), "复核平均": found["again"].map(_figure),
                         "简单回答方差": found["srv"].map(_figure), "信度": found["reliability"].map(_figure),
                         "复核更高": found["up"], "复核更低": found["down"], "p": found["p"].map(_figure)})


def _inconsistency(seen: pd.DataFrame) -> pd.DataFrame:
    found = inconsistency(seen)
    return pd.DataFrame({"项目": found["item"].map(HEADERS), "户数": found["n"],
                         "总差异率": found["gross"].map(_share), "不一致指数": found["index"].map(_figure)})


def _share(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.1%}"


def _figure(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.4g}"


def checked_case(case: str | Path, plan: str | Path, named: str, within: float) -> Checked:
    """Load a case and compare its back-check; NothingToCheck where there is no filled form."""
    folder = find_folder(case)
    path = form_of(folder, named)
    if path is None:
        raise NothingToCheck(f"没有找到复核表：请填好后放在卷宗的 {FOLDER}/{FILE}，或写明文件")
    _, _, loaded, judged = load_only(folder, plan)
    return read_form(path, loaded, judged, within)


__all__ = ["AGAIN_TEAM", "BACK_CHECK", "DRAWN", "FILE", "FOLDER", "HEADERS", "SHEET", "Checked", "NothingToCheck",
           "checked_case", "draw_form", "form_of", "read_form", "tables"]
