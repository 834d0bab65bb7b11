"""Contents (目录): the notebooks of a run, one line each.

A line says which notebook, what its page is called, which values it is given and what
it reads.  What it reads decides when it must run again: a notebook given only the
results is fresh while they are the same bytes, whatever else changed in the case.
A new notebook is one more line of :data:`CONTENTS`, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hecha.report.naming import marked

if TYPE_CHECKING:
    from hecha.scoring import Results

RESULTS, PLAN, TOWN = "results", "plan", "town"
REGISTER, YEARS = "rectification", "years"
"""what a notebook may read of what a run keeps: all the results, the plan, one town's part, the
register of rectification, the comparison with last year"""

ROSTER, DRAW, RETURNS = "roster", "draw", "returns"
CASE = (ROSTER, DRAW, RETURNS)
"""what it may read of the case itself: some of its rooms (and always what hecha keeps there)"""

KEPT, PART = "results.json", "results/{part}.json"
"""where a run keeps the results, and the parts of them: `plan`, and each town by its code"""

KEPT_REGISTER, KEPT_YEARS = "rectification.json", "yearly.json"
"""where a run keeps the register of rectification, and the comparison with last year"""

LAST_YEAR = "last_year"
"""in what a run is given: the folder of last year's run, if there is one"""

LIMIT, RETRIES = 600.0, 1
"""seconds a notebook may take; how often one whose process died is tried again"""

Wanted = Callable[["Results", Path], bool]
"""whether a scored case (its results, its folder) has this notebook at all"""


@dataclass(frozen=True)
class Listed:
    """One line: a notebook of `notebooks/`, and its page.

    * `title`: of the page; `{name}` is the town's where there is one page a town
    * `partial`: its title where only some towns were scored, if it has another
    * `reads`: RESULTS, PLAN, TOWN, REGISTER or YEARS (one that reads YEARS is only made where the
      run was given last year's); rooms of the case (ROSTER, DRAW, RETURNS; CASE is all)
    * `gives`: parameter → which value of the run it is given: `case`, `plan` (folders as they
      were named), `results` (what it reads first, kept beside it) or `town` (a code)
    * `also`: parameter → a literal of its own
    * `names_towns`: whether the page must name every town
    * `limit`, `retries`: seconds it may take; how often it is tried again when its process
      dies or runs out of time
    """

    notebook: str
    title: str
    partial: str = ""
    reads: tuple[str, ...] = (RESULTS,)
    gives: Mapping[str, str] = field(
        default_factory=lambda: {"case": "case", "plan": "plan", "results": "results"})
    also: Mapping[str, object] = field(default_factory=dict)
    wanted: Wanted = lambda results, case: True
    names_towns: bool = False
    limit: float = LIMIT
    retries: int = RETRIES

    @property
    def per_town(self) -> bool:
        """Whether there is one of it for every town."""
        return "town" in self.gives.values()


def has(*rooms: str) -> Wanted:
    """Wanted where the case has one of these folders."""
    return lambda results, case: any((case / room).is_dir() for room in rooms)


def _has_draw(results: Results, case: Path) -> bool:
    """A draw is told where the plan draws and the case has one."""
    return results.plan.sample is not None and has("draw", ".hecha/draw")(results, case)


CONTENTS = (
    Listed("county", "县级报告", partial="所选单位一览", names_towns=True),
    Listed("certainty", "把握有多大", reads=(RESULTS, *CASE)),
    Listed("plan", "方案与读法", reads=(PLAN,)),
    Listed("draw", "抽样与核对", reads=(ROSTER, DRAW), gives={"case": "case", "plan": "plan"},
           wanted=_has_draw),
    Listed("intake", "收表情况", reads=CASE, gives={"folder": "case", "plan": "plan"},
           wanted=has("returns")),
    Listed("truth", "数据可信度分析", reads=(RESULTS, *CASE)),
    Listed("yearly", "与上年比", reads=(YEARS,),
           gives={"case": "case", "plan": "plan", "last_year": "results"}),
    Listed("rectification", "整改进度", reads=(RESULTS, REGISTER)),
    Listed("town", "{name}核查报告", reads=(TOWN,),
           gives={"case": "case", "plan": "plan", "results": "results", "town": "town"}),
)
"""The notebooks of a run, in the order of the index; what a new one needs is a line here."""


@dataclass(frozen=True)
class Task:
    """One notebook with its parameters, the page it becomes and the names that page must say.

    `name` is that of the executed copy and of the page, under the mark of today; `reads` are
    files the run keeps (`results.json`, a part of it), `rooms` of the case.
    """

    notebook: str
    name: str
    title: str
    parameters: dict[str, object] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    reads: tuple[str, ...] = (KEPT,)
    rooms: tuple[str, ...] = ()
    limit: float = LIMIT
    retries: int = RETRIES

    @property
    def page(self) -> str:
        """The file name of the page."""
        return f"{self.name}.html"


def tasks_of(results: Results, folder: Path, given: Mapping[str, str],
             only: Mapping[str, Mapping] | None = None,
             contents: tuple[Listed, ...] = CONTENTS) -> list[Task]:
    """The notebooks of a scored case, in order.

    `folder` is the case's; `given` has the run's `case` and `plan` as the notebooks are to
    be given them. Results they read beside them, by a relative path, so that an executed
    notebook names no machine and can be opened where the run's folder is moved. `only` are
    some notebooks with parameters of their own; none means all.
    """
    towns = {code: results.units.towns[code] for code in results.towns["town"]}
    found = []
    for line in contents:
        if not line.wanted(results, folder) or (only and line.notebook not in only):
            continue
        if YEARS in line.reads and not given.get(LAST_YEAR):
            continue
        for code, name in (towns if line.per_town else {"": ""}).items():
            kept = {RESULTS: KEPT, PLAN: PART.format(part=PLAN), TOWN: PART.format(part=code),
                    REGISTER: KEPT_REGISTER, YEARS: KEPT_YEARS}
            reads = tuple(kept[what] for what in line.reads if what in kept)
            rooms = tuple(what for what in line.reads if what in CASE)
            values = {**given, "results": f"../{reads[0]}" if reads else "", "town": code}
            parameters = {**{k: values[v] for k, v in line.gives.items()}, **line.also,
                          **(only or {}).get(line.notebook, {})}
            names = (name,) if code else tuple(towns.values()) if line.names_towns else ()
            own = marked(f"{line.notebook}_{code}" if code else line.notebook, results)
            title = results.partial and line.partial or line.title.format(name=name)
            found.append(Task(line.notebook, own, title, parameters, names, reads, rooms,
                              line.limit, line.retries))
    return found


__all__ = ["CASE", "CONTENTS", "DRAW", "KEPT", "KEPT_REGISTER", "KEPT_YEARS", "LAST_YEAR", "PART", "PLAN",
           "REGISTER", "RESULTS", "RETURNS", "ROSTER", "TOWN", "YEARS", "Listed", "Task", "has",
           "tasks_of"]
