"""Many cases: each is one unit of work, and what comes back is small.

A province's counties do not depend on each other.  :func:`run_case` brings one case's folder
up to date and never raises: whatever became of it is in the :class:`CaseDone` it returns,
plain values that travel between processes and machines.  :func:`run_many` runs them side
by side on this machine; a cluster's scheduler may call :func:`run_case` itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path

from hecha.batch.away import Unreachable, below, brought_here, folders_at, is_address
from hecha.batch.run import How, run
from hecha.folders import NoSuchFolder, find_folder, project_folder, why_not
from hecha.problems import HechaError, Place, Problems

PARTS = ("roster", "draw", "returns")
DONE, WRONG, FAILED = "完成", "有问题", "没有做成"
_KNOWN = {"case": str, "plan": str, "out": str, "towns": list, "notebooks": (list, dict),
          "ranked": bool}


@dataclass(frozen=True)
class CaseRun:
    """What is asked of one case: its folder, its plan, where to, and if not all, which.

    `notebooks` restricts a run to some of hecha.batch.contents and may give them parameters:
    name → {parameter: value}; empty means all.
    """

    case: str
    plan: str
    out: str
    towns: tuple[str, ...] = ()
    notebooks: dict[str, dict] = field(default_factory=dict)
    ranked: bool = True

    @property
    def away(self) -> bool:
        """Whether its case, plan or folder is at an address."""
        return any(map(is_address, (self.case, self.plan, self.out)))


@dataclass(frozen=True)
class CaseDone:
    """What became of a case, in plain values.

    `state`: DONE; WRONG where towns are unfinished, data have errors or a report was not made;
    FAILED where the case could not be run (`why`). `failed`: report → why it was not made; `did`
    and `kept`: how many reports were made, and how many had not changed.
    `columns`, `rows`: the towns' table as the screen shows it; `lines`: what is wrong, as it says.
    """

    asked: CaseRun
    state: str
    why: str = ""
    failed: dict[str, str] = field(default_factory=dict)
    did: int = 0
    kept: int = 0
    seconds: float = 0.0
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The case's name, that of its folder."""
        return Path(self.asked.case).name


def run_case(asked: CaseRun, how: How | None = None) -> CaseDone:
    """Bring one case's folder up to date, wherever it is; what became of it, whatever happened."""
    if not asked.away:
        return _run_here(asked, how)
    try:
        with brought_here(asked.case, asked.plan, asked.out) as here:
            done = _run_here(replace(asked, case=here.case, plan=here.plan, out=here.out), how,
                             here.folder)
            here.carry_back()
            return replace(done, asked=asked)
    except HechaError as error:
        return CaseDone(asked, FAILED, str(error))
    except OSError as error:
        return CaseDone(asked, FAILED, why_not(error))


def _run_here(asked: CaseRun, how: How | None, started_in: str | Path = "") -> CaseDone:
    try:
        report = run(asked.case, asked.plan, Path(asked.out), asked.towns, how=how or How(),
                     ranked=asked.ranked, only=asked.notebooks, started_in=started_in)
    except HechaError as error:
        return CaseDone(asked, FAILED, str(error))
    except OSError as error:
        return CaseDone(asked, FAILED, why_not(error))
    except Exception as error:  # noqa: BLE001  a fault of ours in one county stops no other
        return CaseDone(asked, FAILED, f"程序出错（{type(error).__name__}：{error}），单独运行这个卷宗"
                        "可以看到出错的地方")
    told = report.told
    return CaseDone(asked, WRONG if report.exit_code else DONE, "", report.failed, len(report.made),
                    len(report.kept), round(report.seconds, 3), tuple(told["columns"]),
                    tuple(map(tuple, told["rows"])), tuple(told["lines"]))


def run_many(asked: Sequence[CaseRun], how: How | None = None,
             ended: Callable[[CaseDone, int, int], None] = lambda *_: None) -> list[CaseDone]:
    """Run cases side by side, `how.workers` at a time, each with one worker; in the given order.

    `ended` is called with each case as it ends, how many have, and how many there are.
    """
    how = how or How()
    if len(asked) == 1:
        done = run_case(asked[0], how)
        ended(done, 1, 1)
        return [done]
    at_once = max(1, min(how.workers, len(asked)))
    each = replace(how, workers=max(1, how.workers // at_once))
    found: dict[int, CaseDone] = {}
    with ThreadPoolExecutor(at_once) as pool:
        jobs = {pool.submit(run_case, one, each): n for n, one in enumerate(asked)}
        for job in as_completed(jobs):
            found[jobs[job]] = job.result()
            ended(job.result(), len(found), len(asked))
    return [found[n] for n in sorted(found)]


def cases_asked(given: str, plan: str, out: str, outputs: Path) -> list[CaseRun]:
    """The cases meant by a path or an address: a case, a folder of cases, or a `runs.yaml`.

    `out` is where their folders go (one below it a case where there are many); blank means
    `outputs`. Raises NoSuchFolder, Unreachable, and Refused with all that is wrong in a runs file.
    """
    if given.endswith((".yaml", ".yml")):
        return runs_in(_file(given), plan, out or str(outputs))
    if is_address(given):
        return _cases_at(given.rstrip("/"), plan, out, outputs)
    folder = find_folder(given)
    if is_case(folder) or not (found := [f for f in sorted(folder.iterdir()) if is_case(f)]):
        return [CaseRun(given, plan, out or str(outputs / folder.resolve().name))]
    return [CaseRun((Path(given) / f.name).as_posix(), plan, below(out or str(outputs), f.name))
            for f in found]


def _cases_at(given: str, plan: str, out: str, outputs: Path) -> list[CaseRun]:
    """The case at an address, or those directly below it; Unreachable where there is none."""
    found = folders_at(given)
    if set(PARTS) & set(found):
        return [CaseRun(given, plan, out or below(str(outputs), Path(given).name))]
    cases = [name for name in found if set(PARTS) & set(folders_at(below(given, name)))]
    if not cases:
        raise Unreachable(f"“{given}”里没有卷宗（带 {'、'.join(PARTS)} 的文件夹），请检查地址")
    return [CaseRun(below(given, name), plan, below(out or str(outputs), name)) for name in cases]


def not_cases(given: str) -> list[str]:
    """The folders in a folder of cases that look like none, and so are not run; hidden ones aside."""
    if given.endswith((".yaml", ".yml")):
        return []
    if is_address(given):
        return [name for name in folders_at(given) if not name.startswith(".")
                and not set(PARTS) & {name, *folders_at(below(given, name))}]
    if is_case(folder := find_folder(given)):
        return []
    return [f.name for f in sorted(folder.iterdir())
            if f.is_dir() and not f.name.startswith(".") and not is_case(f)]


def is_case(folder: Path) -> bool:
    """Whether a folder looks like a case."""
    return any((folder / part).is_dir() for part in PARTS)


def _file(given: str) -> Path:
    for base in (Path.cwd(), project_folder()):
        if (base / given).is_file():
            return base / given
    raise NoSuchFolder(f"没有“{given}”这个文件，请检查路径")


def runs_in(file: Path, plan: str, outputs: str | Path) -> list[CaseRun]:
    """The runs of a file: `runs:`, a list of `case plan out towns notebooks ranked`.

    `plan` and `outputs` fill what a run leaves out. Raises Refused with everything wrong.
    """
    from hecha.plan.strict_yaml import read_yaml

    problems = Problems()
    source = read_yaml(file, file.name, problems)
    tree = source.value if isinstance(source.value, dict) else {}
    rows = tree.get("runs") if isinstance(tree.get("runs"), list) else []
    if not rows or set(tree) - {"runs"}:
        problems.error(Place(file.name), "runs", "应是一个 runs: 列表，别无其他",
                       found="、".join(map(str, tree)))
    found = []
    for n, row in enumerate(rows):
        place = source.place(("runs", n))
        if _sound(row, place, problems):
            own = row.get("notebooks", {})
            found.append(CaseRun(
                row["case"], row.get("plan", plan),
                row.get("out", below(str(outputs), Path(row["case"]).name)), tuple(row.get("towns", ())),
                own if isinstance(own, dict) else {name: {} for name in own},
                row.get("ranked", True)))
    times = Counter(r.out for r in found)
    for out in [out for out, n in times.items() if n > 1]:
        problems.error(Place(file.name), "same_out", f"几个批次写到同一个文件夹“{out}”，请各写 out")
    problems.raise_if_errors("批次表不能用")
    return found


def _sound(row: object, place: Place, problems: Problems) -> bool:
    """Whether one run of the file says what it should; what is wrong goes to `problems`."""
    if not isinstance(row, dict) or not row.get("case"):
        problems.error(place, "run", "每一批都要写 case: 卷宗文件夹")
        return False
    from hecha.batch.contents import CONTENTS

    before = len(problems.errors)
    for key, value in row.items():
        if key not in _KNOWN:
            problems.error(place, "unknown_key", f"不认识“{key}”", expected="、".join(_KNOWN))
        elif not isinstance(value, _KNOWN[key]):  # type: ignore[arg-type]
            problems.error(place, "kind", f"“{key}”写得不对", found=str(value))
    names = {line.notebook for line in CONTENTS}
    for name in row.get("notebooks", ()):
        if name not in names:
            problems.error(place, "unknown_notebook", f"没有“{name}”这个笔记本",
                           expected="、".join(sorted(names)))
    return len(problems.errors) == before


__all__ = ["DONE", "FAILED", "WRONG", "CaseDone", "CaseRun", "cases_asked", "not_cases", "run_case", "run_many"]
