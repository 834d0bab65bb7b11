"""Opening: a county's results, kept by a run or made from its folder now."""

from __future__ import annotations

from hecha.batch.opening import Opened, load_only, open_case, unranked
from hecha.folders import find_kept
from hecha.plan import Plan
from hecha.scoring import Results, snapshot

KEPT = "results.json"


def open_results(case: str, plan: str, results: str = "") -> Results:
    """The results of a case: those a run kept (`results`, a folder or file), or scored now.

    `case` and `plan` are folders, from here or from the project's folder. Raises
    NoSuchFolder where one is not there, Refused where the plan cannot be used.

    >>> open_results("data/yunxi", "params/xian2023", "outputs/none")
    Traceback (most recent call last):
    hecha.folders.NoSuchFolder: 没有“outputs/none”这个结果（results.json），请检查路径
    """
    if results:
        return snapshot.load(find_kept(results, KEPT))
    return open_case(case, plan).results


def open_whole(case: str, plan: str, results: str = "") -> Opened:
    """As open_results, with the case that the results came of: its files are read once, and scored
    only where no run kept the results. Raises NoCase, too, where the folder is no case."""
    if not results:
        return open_case(case, plan)
    kept = open_results(case, plan, results)
    folder, plan_folder, loaded, judged = load_only(case, plan)
    return Opened(folder, plan_folder, loaded, judged if kept.plan.grades.ranked else unranked(judged), kept)


def open_plan(case: str, plan: str, results: str = "") -> Plan:
    """The plan a county is judged by, with the county's own values laid over it."""
    return open_results(case, plan, results).plan
