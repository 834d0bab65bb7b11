"""Two results of one case compared: whose figure, grade and rank differ, and through what.

Under two plans, or one version and the next: what one unit lost in an item before and after
is weighted as the graded figure weighs it, so that the rows of a unit add up, exactly, to
what its graded figure gained or lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pandas as pd

from hecha.batch.opening import open_case
from hecha.points import publish
from hecha.report.views import losses
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


def figures_changed(before: Results, after: Results) -> pd.DataFrame:
    """Units whose published figure, grade or rank differs: code, name, what, before, after.

    A unit without a score shows its state; where ranks are not told none is compared.
    """
    names, rows = {**before.units.names, **after.units.names}, []
    one, two = (r.towns.set_index("town", drop=False).to_dict("index") for r in (before, after))
    for town in dict.fromkeys([*one, *two]):
        was, now = (_told(r, rows_.get(town)) for r, rows_ in ((before, one), (after, two)))
        rows += [(town, names.get(town, town), what, was.get(what, ""), now.get(what, ""))
                 for what in dict.fromkeys([*was, *now]) if was.get(what, "") != now.get(what, "")]
    return pd.DataFrame(rows, columns=["代码", "单位", "项目", "前", "后"], dtype=str)


def _told(results: Results, town: dict | None) -> dict[str, str]:
    if town is None:
        return {}
    plan = results.plan
    said = {f.name: "" if town[f.id] is None else str(publish(town[f.id])) for f in plan.figures}
    rank = town["rank"]
    ranked = {"名次": "" if rank is None or pd.isna(rank) else str(int(rank))}
    return {**said, "等次": town["grade"], **(ranked if plan.grades.ranked else {}),
            "状态": town["state"], "拟办": town["action"]}


def losses_changed(before: Results, after: Results) -> pd.DataFrame:
    """Where points moved: 代码, 单位, 表, 被查单位, 细项, 前, 后, 影响, 原因.

    `前` and `后` are the exact losses, weighted as the graded figure weighs them; `影响` =
    前 − 后, exact: over a unit finished in both it sums to what its graded figure gained.
    `原因`: the ledger's sentences that are new, or (取消) those that are gone.
    """
    found = [_weighted(r) for r in (before, after)]
    names, rows = {**before.units.names, **after.units.names}, []
    for key in sorted(set(found[0]) | set(found[1])):
        (was, said), (now, says) = (f.get(key, (Fraction(0), ())) for f in found)
        if was != now or said != says:
            town, sheet, unit, name = key
            why = [s for s in says if s not in said] + [f"取消：{s}" for s in said if s not in says]
            rows.append((town, names.get(town, town), after.plan.sheet[sheet].name,
                         names.get(unit, unit), name, was, now, was - now, "；".join(why)))
    return pd.DataFrame(rows, columns=["代码", "单位", "表", "被查单位", "细项", "前", "后", "影响",
                                       "原因"], dtype=object)


def _weighted(results: Results) -> dict[tuple, tuple[Fraction, tuple[str, ...]]]:
    """(town, sheet, unit, item or type) → its weighted loss and what is said of it."""
    found: dict[tuple, tuple[Fraction, tuple[str, ...]]] = {}
    for r in losses(results).itertuples(index=False):
        key = (r.town, r.sheet, r.unit, r.item_name or r.type_name)
        lost, said = found.get(key, (Fraction(0), ()))
        found[key] = (lost + r.weighted, (*said, r.sentence))
    return found


def inputs_changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Which files of the case are new, gone or not the same, one sentence each."""
    return [f"{'新增' if f not in before else '没有了' if f not in after else '改动'} {f}"
            for f in sorted({*before, *after}) if before.get(f) != after.get(f)]


__all__ = ["figures_changed", "grades_under", "inputs_changed", "losses_changed"]
