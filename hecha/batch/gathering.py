"""Gathering (汇总): from many runs' folders to one province.

Of every run the few columns that a province compares are read from its `results.json`; the
rest stays where it is.  A run that was not finished, or cannot be read, is named with the
reason: a county that is not there is not a county without faults.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from hecha.analysis.province import Outcome, Province
from hecha.batch.contents import KEPT
from hecha.batch.folder import MANIFEST, ROOM
from hecha.digests import sha256_text
from hecha.folders import find_folder
from hecha.problems import HechaError
from hecha.scoring.snapshot import frame_in

SHORT = 8
SCORED_BY = ("sheets", "groups", "items", "figures", "grades", "household", "fraud", "external")


class NoRuns(HechaError):
    """A folder holds no run."""


def gather(folder: str | Path, lost: Mapping[str, str] | None = None,
           only: Collection[str] = ()) -> Province:
    """The runs below a folder, in the order of their names.

    `lost` names runs of which it is known that they failed, and why; `only` names the runs
    meant, none means all below the folder. Raises NoRuns where there
    is nothing to gather, NoSuchFolder.
    """
    found, missing = [], dict(lost or {})
    for run in runs_below(find_folder(folder)):
        if run.name in missing or (only and run.name not in only):
            continue
        if not _whole(run):
            missing[run.name] = "没有运行完，请重新运行"
            continue
        try:
            found.append(outcome_of(run))
        except (OSError, ValueError, LookupError, TypeError, AttributeError, StopIteration):
            missing[run.name] = "results.json 读不出来，请重新运行"
    if not found and not missing:
        raise NoRuns(f"“{Path(folder).name}”里没有批次（带 {MANIFEST} 的文件夹），先运行 hecha run 卷宗文件夹")
    return Province(tuple(_told_apart(found)), missing)


def _told_apart(found: list[Outcome]) -> list[Outcome]:
    """The outcomes with the folder's name beside a county name that several of them have."""
    times = Counter(one.county for one in found)
    return [replace(one, county=f"{one.county}（{one.run}）") if times[one.county] > 1 else one
            for one in found]


def runs_below(folder: Path) -> Iterable[Path]:
    """The folders directly below a folder in which a run was made, or begun."""
    return [f for f in sorted(folder.iterdir()) if _whole(f) or (f / ROOM).is_dir()]


def _whole(run: Path) -> bool:
    return (run / MANIFEST).is_file() and (run / KEPT).is_file()


def outcome_of(run: Path) -> Outcome:
    """What one run says of its county."""
    content = json.loads((run / KEPT).read_text(encoding="utf-8"))
    plan, towns = content["plan"], frame_in(content["frames"]["towns"])
    head, of = plan["plan"], plan["grades"]["of"]
    told = towns.rename(columns={of: "score"})[["town", "town_name", "score", "grade", "state"]]
    levels = {v["id"]: v["name"] for v in plan["levels"]}
    graded = next(f["sheet"] for f in plan["figures"] if f["sheet"])
    publication = (plan["publication"] or {}) if content["mark"] else {}
    return Outcome(
        run.name, head["county_name"] or run.name, head["id"], head["title"], _used(plan),
        next(levels[s["level"]] for s in plan["sheets"] if s["id"] == graded),
        tuple(band["name"] for band in plan["grades"]["bands"]),
        told.assign(grade=[grade or "" for grade in told["grade"]]),
        sum(p["severity"] == "error" for p in content["problems"]), content["mark"],
        publication.get("file_mark", ""), len(publication.get("facts", ())),
        plan["levels"][0]["name"])


def _used(plan: Mapping) -> str:
    """A digest of what the plan scores by; a county's dates and draw are its own."""
    judged = {part: plan[part] for part in SCORED_BY}
    return sha256_text(json.dumps(judged, ensure_ascii=False, sort_keys=True))[:SHORT]
