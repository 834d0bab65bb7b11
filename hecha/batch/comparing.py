"""The same case under two plans: whose figure, grade and rank would change."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from hecha.batch.opening import open_case
from hecha.points import publish
from hecha.scoring import Results
from hecha.scoring.composite import UNFINISHED


def grades_under(case: str | Path, before: str | Path, after: str | Path) -> pd.DataFrame:
    """Every unit with its score and grade under each plan; 变化 says what is not the same.

    A unit that lacks what one of the plans asks for is 未完成 under it.
    """
    first, second = (open_case(case, plan).results for plan in (before, after))
    one, two = _standing(first), _standing(second)
    rows = []
    for unit in dict.fromkeys([*one, *two]):
        name = first.units.names.get(unit) or second.units.names.get(unit) or unit
        was, now = one.get(unit, _NONE), two.get(unit, _NONE)
        rows.append((name, *was, *now, _change(was, now)))
    return pd.DataFrame(rows, columns=["单位", "前一方案得分", "前一方案等次", "前一方案名次",
                                       "后一方案得分", "后一方案等次", "后一方案名次", "变化"], dtype=str)


_NONE = ("", "不在其中", "")


def _standing(results: Results) -> dict[str, tuple[str, str, str]]:
    of, found = results.plan.grades.of, {}
    for town in results.towns.to_dict("records"):
        done = town["state"] != UNFINISHED and town[of] is not None
        rank = town["rank"] if done and not pd.isna(town["rank"]) else ""
        found[town["town"]] = (str(publish(town[of])) if done else "",
                               town["grade"] if done else UNFINISHED,
                               f"{int(rank)}" if rank != "" else "")
    return found


def _change(was: tuple[str, str, str], now: tuple[str, str, str]) -> str:
    said = [f"等次由“{was[1]}”变为“{now[1]}”"] if was[1] != now[1] else []
    if was[2] and now[2] and was[2] != now[2]:
        said.append(f"名次由{was[2]}变为{now[2]}")
    if not said and was[0] != now[0]:
        said.append("只变分数")
    return "，".join(said)


__all__ = ["grades_under"]
