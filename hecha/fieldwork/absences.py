"""Absences: a drawn household is not at home, and the next reserve is named (A-21).

Nobody draws again.  Every absence is logged with its reason and two names; the log is only
added to, and says at any time who is to be visited in whose place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from hecha.field.draw import FOR_ANY
from hecha.field.replacing import REPORT_COLUMNS, due_replacements, replacements
from hecha.fieldwork.drawing import drawn_of
from hecha.fieldwork.freezing import draw_kept, frozen_of
from hecha.fieldwork.kept import OutOfOrder
from hecha.fieldwork.roster import read_handed_in
from hecha.problems import Place, Problems
from hecha.tables.writing import write_csv

LOG = "replacements"
_LAST_ONE = 1
_LABELS = {"absent": "不在家的户", "stand_in": "替补户", "reason": "理由", "on": "日期",
           "first_witness": "经办人", "second_witness": "见证人"}


def replace_absent(case: Path, household: str, reason: str, names: tuple[str, ...],
                   on: str = "") -> str:
    """Log that a household is absent; the reserve to be visited, "" when none is left.

    `household` is a drawn one, or a reserve that was sent for and is absent too; `names`
    are the two who saw it.  Refused: anybody else, a second time, no reason, not two names.
    """
    homes, log = drawn_households(case), log_of(case)
    _check(homes, log, household, reason, names)
    order = _village_of(homes, household)
    entry = {"absent": household, "stand_in": _next(order, log, household, _least(case)),
             "reason": reason.strip(), "on": on.strip(),
             "first_witness": names[0], "second_witness": names[1]}
    draw_kept(case).write(LOG, [*log, entry])
    write_csv(pd.DataFrame([*log, entry])[list(_LABELS)].rename(columns=_LABELS),
              draw_kept(case).path("替换登记.csv"))
    draw_kept(case).hide("替换登记.csv")
    return str(entry["stand_in"])


def log_of(case: Path) -> list[dict[str, Any]]:
    """The absences in the order they were logged: absent, stand_in, reason, on, two names."""
    return draw_kept(case).data(LOG) or []


def drawn_households(case: Path) -> pd.DataFrame:
    """The drawn households and reserves: the case's own draw, else those handed in.

    OutOfOrder where there is neither.
    """
    if draw_kept(case).has("dice.json"):
        return drawn_of(case).households
    _, households = read_handed_in(case, Problems())
    if households.empty:
        raise OutOfOrder("还没有抽签，卷宗里也没有 draw/抽样结果，不知道哪些户是备选")
    return households.assign(stands_for=FOR_ANY)


def _check(homes: pd.DataFrame, log: list[dict[str, Any]], household: str, reason: str,
           names: tuple[str, ...]) -> None:
    problems, place = Problems(), Place("替换登记")
    chosen = set(homes.loc[homes["choice"] == "正选", "household"])
    sent = {entry["stand_in"] for entry in log}
    if household not in chosen | sent:
        why = "是备选户，还没有轮到" if household in set(homes["household"]) else "没有抽中"
        problems.error(place, "not_drawn", f"这一户{why}，不能登记替换", found=household)
    if household in {entry["absent"] for entry in log}:
        problems.error(place, "duplicate_key", "这一户已经登记过不在家", found=household)
    if not reason.strip():
        problems.error(place, "blank", "须写明理由（--reason）")
    if len(names) != 2 or len(set(names)) != 2:
        problems.error(place, "witnesses", "须有两人签名（--names 甲,乙）", found="、".join(names))
    problems.raise_if_errors("不能替换")


def _village_of(homes: pd.DataFrame, household: str) -> pd.DataFrame:
    """The households of one village in the order of the draw."""
    village = homes.loc[homes["household"] == household, "village"].iloc[0]
    own = homes[homes["village"] == village]
    return own.assign(turn=own["choice"] != "正选").sort_values(["turn", "order"])


def _next(order: pd.DataFrame, log: list[dict[str, Any]], household: str, least: int) -> str:
    """Whom the order of the draw asks for now and who was not yet sent for."""
    absent = {entry["absent"] for entry in log} | {household}
    sent = {entry["stand_in"] for entry in log}
    due = due_replacements(order, absent & set(order["household"]), least)
    return next((unit for unit in due.values() if unit and unit not in sent), "")


def _least(case: Path) -> int:
    """How many 残疾人户 a village must give: the frozen rule's; a draw that was handed in
    without its rule keeps its last one."""
    return frozen_of(case).rule.disabled if draw_kept(case).has("frozen.json") else _LAST_ONE


def report_of(log: list[dict[str, Any]]) -> pd.DataFrame:
    """The log as the field's report: who was visited in the end in each absent one's place.

    >>> said = {"reason": "外出", "first_witness": "甲", "second_witness": "乙"}
    >>> log = [{"absent": "a", "stand_in": "r1", **said}, {"absent": "r1", "stand_in": "r2", **said}]
    >>> report_of(log)[["absent", "visited"]].values.tolist()
    [['a', 'r2'], ['r1', '']]
    """
    follows = {entry["absent"]: entry["stand_in"] for entry in log}
    stand_ins = set(follows.values())

    def at_last(unit: str) -> str:
        return at_last(follows[unit]) if unit in follows else unit

    rows = [{**entry, "visited": "" if entry["absent"] in stand_ins else at_last(entry["stand_in"])}
            for entry in log]
    return pd.DataFrame(rows, columns=REPORT_COLUMNS)


def check_log(case: Path) -> Problems:
    """The log held to the order of the draw: skipped reserves, exhausted lists, missing names."""
    problems = Problems()
    replacements(drawn_households(case), report_of(log_of(case)), _least(case), problems)
    return problems


__all__ = ["check_log", "drawn_households", "log_of", "replace_absent", "report_of"]
