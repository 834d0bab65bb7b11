"""A run: score a case, tell it, and bring `outputs/<run>/` up to date, whole or not at all.

    inputs hashed ─► scored ─► notebooks and documents, side by side ─► font ─► pages ─► index

Each step is done only if what it was made from, or what it made, is not what it was.  Steps
are jobs in processes of their own (:mod:`hecha.batch.workers`); this module watches, and
imports nothing heavy, so that a run with nothing to do is over at once.  A notebook that
fails keeps its executed copy with the failing cell marked, its report is named with
the reason, and the run goes on.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hecha.batch.contents import CASE, KEPT, LAST_YEAR, Task
from hecha.batch.folder import MANIFEST, ROOM, RunFolder
from hecha.batch.fresh import Parts, Record, why_stale
from hecha.batch.inputs import Inputs, inputs_of
from hecha.batch.jobs import task_of
from hecha.batch.journal import Journal
from hecha.batch.manifest import manifest_text
from hecha.batch.progress import CellsRead, Progress
from hecha.batch.workers import MEMORY, Ended, Job, Workers
from hecha.digests import sha256_file, sha256_text
from hecha.folders import find_folder, find_kept, notebooks_folder, project_folder
from hecha.problems import HechaError

FONT = f"{ROOM}/font.woff2"
OUT, JOURNAL, SAID = "out", "journal", "said"
LONG, SHOWN = 3600.0, 3
PRINTED, SCREEN_ONLY = "pdf", ("index", "faults")
STEPS = SCORING, DOCUMENTS, PAGES, PRINTS = "读入并计分", "文书", "网页", "打印成PDF"
"""what a run does beside its reports"""

@dataclass(frozen=True)
class How:
    """How a run is to be made: workers at a time, and what they are allowed.

    `limit` and `retries` over those of every notebook, where they are given; `memory` in
    megabytes; `force` does everything again.
    """

    workers: int = 2
    limit: float | None = None
    retries: int | None = None
    memory: int = MEMORY
    force: bool = False


@dataclass
class RunReport:
    """What a run did: the folder, what was done and what was kept, what failed and why."""

    folder: Path
    wrong: bool = False
    told: dict = field(default_factory=dict)
    did: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def made(self) -> list[str]:
        """The reports that were made; the steps that are none, and what failed, aside."""
        return [name for name in self.did if name not in (*STEPS, *self.failed)]

    @property
    def exit_code(self) -> int:
        """0 only where nothing is wrong and nothing failed."""
        return 1 if self.failed or self.wrong else 0

    @property
    def results(self):
        """The results as the run keeps them (hecha.scoring.Results)."""
        from hecha.scoring import snapshot

        return snapshot.load(self.folder / KEPT)


def run(case: str | Path, plan: str | Path, out: Path, towns: Sequence[str] = (),
        progress: Progress | None = None, workers: int = 2, pdf: bool = False,
        ranked: bool = True, *, how: How | None = None, tell: bool = True,
        only: Mapping[str, Mapping[str, object]] | None = None,
        last_year: str | Path = "", started_in: str | Path = "") -> RunReport:
    """Bring a run's folder up to date: tables, notebooks, documents, pages, index, manifest.

    With `pdf` the pages are printed too; `ranked` false lists without ranking (不排名);
    without `tell` there are only the tables; `only` are some notebooks with parameters of
    their own, name → {parameter: value}, none meaning all;
    `last_year` is the folder of last year's run, to be compared with; `started_in` is from where
    the folders are meant, where that is not the working directory.

    Raises NoSuchFolder, OutOfPlace where `out` and the case or the plan are one in the other,
    Held where another run has the folder, and what opening the case
    raises (Refused, NoSuchTown …); nothing is changed then.
    """
    how = how or How(workers)
    started, base = time.monotonic(), Path.cwd() / started_in
    folders = [at if (at := base / given).is_dir() else find_folder(given) for given in (case, plan)]
    folder = RunFolder(Path(out).absolute())
    _apart(folder.out.resolve(), case=folders[0].resolve(), plan=folders[1].resolve())
    with folder.held(), Workers(how.workers, how.memory) as crew:
        inputs = inputs_of(folders[0].resolve(), folders[1].resolve())
        made = _Run(folder, inputs, crew, how, progress or Progress(), Journal(folder.out))
        made.report.folder, made.report.seconds, made.base = Path(out), -started, base
        made.case, made.plan = (f.resolve() for f in folders)
        made.asked = {"towns": list(towns), "ranked": ranked,
                      "only": {k: dict(v) for k, v in (only or {}).items()}}
        given = {"case": _said(case), "plan": _said(plan)}
        if last_year:
            made.before = {LAST_YEAR: digest_of_last(last_year)}
            given[LAST_YEAR] = _said(last_year)
        made.score(given)
        if tell:
            made.notebooks()
            made.pages(pdf)
        made.finish()
        return made.report


def score(case: str | Path, plan: str | Path, out: Path, towns: Sequence[str] = (),
          ranked: bool = True) -> RunReport:
    """Tables only: what `hecha score` does."""
    return run(case, plan, out, towns, ranked=ranked, tell=False)


def _apart(out: Path, case: Path, plan: Path) -> None:
    """Refuse results among what they are made from: persons' data and reports stay apart."""
    for at, noun in ((case, "卷宗"), (plan, "方案")):
        if out == at or out.is_relative_to(at):
            raise OutOfPlace(f"成果不能写进{noun}“{at.name}”里面，请用 --out 另指一个文件夹")
        if at.is_relative_to(out):
            raise OutOfPlace(f"成果文件夹“{out.name}”里面有{noun}“{at.name}”，请用 --out 另指一个文件夹")


def _said(given: str | Path) -> str:
    """A folder as a notebook names it: as it was typed, without the project's own place."""
    path = Path(given)
    if path.is_absolute() and path.is_relative_to(project_folder()):
        path = path.relative_to(project_folder())
    return path.as_posix()


class _Run:
    """One run in the making."""

    def __init__(self, folder: RunFolder, inputs: Inputs, crew: Workers, how: How,
                 progress: Progress, journal: Journal) -> None:
        self.folder, self.inputs, self.crew, self.how = folder, inputs, crew, how
        self.progress, self.journal = progress, journal
        self.report = RunReport(folder.out)
        self.outputs: dict[str, str] = {}
        self.seconds: dict[str, float] = {}
        self.good: dict[str, Record] = {}
        self.tasks: list[Task] = []
        self.before: dict[str, str] = {}
        self.begun, self.base = False, Path.cwd()

    # -- the steps ---------------------------------------------------------------------------

    def score(self, given: dict[str, str]) -> None:
        """The tables, the results and the list of notebooks."""
        parts = {**scoring_parts(self.inputs, {**given, **self.asked}),
                 LAST_RESULTS: self.before.get(LAST_YEAR, "")}
        self.opened = self.folder.work() / "opened"
        record = self._fresh("score", parts) or self._alone(SCORING, "score", parts, {
            "case": str(self.case), "plan": str(self.plan), **self.asked, "given": given,
            "started_in": str(self.base), "opened": str(self.opened)})
        self.scored, value = record, record.value
        self.outputs |= record.files
        self.tasks = [task_of(told) for told in value["tasks"]]
        self.report.told, self.report.wrong = value["told"], value["wrong"]

    def notebooks(self) -> None:
        """The notebooks that are stale, side by side, and beside them the documents."""
        stale: dict[str, tuple[Task | None, Parts, Path]] = {}
        for task in self.tasks:
            parts = notebook_parts(task, self.inputs, self.scored.files)
            record = self._fresh(task.name, parts)
            if record is None:
                stale[task.name] = (task, parts, self.folder.work())
            else:
                self._good(task, record)
                self.report.kept.append(task.title)
        jobs = [self._job(task, at) for task, _, at in stale.values() if task]
        parts = {**scoring_parts(self.inputs, self.asked), "所读的结果": self.scored.files[KEPT]}
        if record := self._fresh("documents", parts):
            self._documents(record)
        else:
            stale["documents"] = (None, parts, self.folder.work())
            jobs.insert(0, self._documents_job(stale["documents"][2]))
        if jobs:
            self._begin(f"{len(jobs)}项")
        total, cells = len(self.report.did) + len(stale) + 1, CellsRead()

        def watch(running: list[Job]) -> None:
            self.progress.running({stale[job.key][0].title: cells.at(stale[job.key][2] / JOURNAL)
                                   for job in running if stale[job.key][0]})

        for ended in self.crew.run(jobs, **({"watch": watch} if self.progress.wants_cells else {})):
            self._ended(ended, *stale[ended.job.key])
            title = self.report.did[-1]
            self.progress(f"{title}（没有做成）" if title in self.report.failed else title,
                          len(self.report.did), total)
        self.progress.running({})

    def pages(self, pdf: bool) -> None:
        """The font, the pages that are stale, the prints, and last the index."""
        kept = [t for t in self.tasks if t.name in self.good]
        self._font(kept)
        stale = {}
        for task in kept:
            parts = self._page_parts(task)
            if record := self._fresh(f"page_{task.name}", parts):
                self.outputs |= record.files
            else:
                stale[task.name] = parts
        self._write_pages([t for t in kept if t.name in stale], stale)
        self._prints([t.page for t in kept], pdf)
        self._index(kept)

    def finish(self) -> None:
        """The manifest, everything in sight, the durations."""
        told = {t.name: {"notebook": t.notebook, "sha256": self.inputs.notebooks[t.notebook],
                         "parameters": t.parameters} for t in self.tasks if t.name in self.good}
        outputs = self._there()
        text = manifest_text(self.case.name, self.inputs, self.scored.value["about"],
                             {**self.asked, **self.before},
                             told, outputs)
        in_sight = self.folder.out / MANIFEST
        if (not in_sight.is_file() or in_sight.read_text(encoding="utf-8") != text
                or any((self.folder.new / name).is_file() for name in outputs)):
            self.folder.publish(outputs, text)
        self.report.seconds += time.monotonic()
        if self.begun:
            self.journal.durations(self.seconds)
            self.journal.note("end", f"{len(self.report.made)}份报告做了，{len(self.report.kept)}份没有变化，"
                              f"{len(self.report.failed)}项失败", seconds=self.report.seconds)

    # -- inside ------------------------------------------------------------------------------

    def _fresh(self, step: str, parts: Parts) -> Record | None:
        """The record of a step that need not be done again."""
        record = self.folder.records.load(step)
        if record is not None:
            self.seconds[step] = record.seconds
        stale = self.how.force or why_stale(record, parts, self.folder.place)
        return None if stale else record

    def _there(self) -> dict[str, str]:
        """The files the run consists of so far."""
        return {k: v for k, v in self.outputs.items() if not k.startswith(ROOM)}

    def _alone(self, what: str, step: str, parts: Parts, arguments: dict, limit: float = LONG
               ) -> Record:
        """Do one step by one job; raises what the job raises, since the rest stands on it."""
        at = self.folder.work()
        self.progress(f"{what}…", len(self.report.did), len(self.report.did) + 1)
        self._begin(what)
        job = Job(step, f"hecha.batch.jobs:{step}", {**arguments, "out": str(at / OUT)}, limit,
                  said=at / SAID)
        ended = next(iter(self._run([job])))
        if not ended.good:
            self.journal.note("failed", what, seconds=ended.seconds,
                              why=ended.why or str(ended.error), said=_tail(at / SAID))
            raise ended.error or StepEnded(f"{what}没有做完：{ended.why}")
        self.report.did.append(what)
        self.journal.note("made", what, seconds=ended.seconds)
        return self._take(step, parts, at, ended)

    def _ended(self, ended: Ended, task: Task | None, parts: Parts, at: Path) -> None:
        """Take what a notebook, or the documents, made; or what is left of it."""
        title = task.title if task else DOCUMENTS
        self.report.did.append(title)
        if ended.good:
            record = self._take(ended.job.key, parts, at, ended)
            self._good(task, record) if task else self._documents(record)
            self.journal.note("made", title, seconds=ended.seconds)
            return
        why = ended.why or str(ended.error)
        if task:
            self._failed(task, at, why)
        self.report.failed[title] = why
        self.journal.note("failed", title, seconds=ended.seconds, why=why, said=_tail(at / SAID))

    def _documents(self, record: Record) -> None:
        self.outputs |= record.files
        self.report.failed |= record.value  # type: ignore[operator]

    def _documents_job(self, at: Path) -> Job:
        return Job("documents", "hecha.batch.jobs:documents", {
            "case": str(self.case), "plan": str(self.plan), **self.asked,
            "opened": str(self.opened), "out": str(at / OUT)}, LONG, said=at / SAID)

    def _run(self, jobs: Iterable[Job]) -> Iterable[Ended]:
        return self.crew.run(jobs)

    def _begin(self, what: str) -> None:
        """Write down that there is something to do."""
        if not self.begun:
            self.begun = True
            now, last = time.strftime("%Y-%m-%d %H:%M:%S"), self.journal.last_end()
            if last > now:
                self.journal.note("clock", f"现在的时钟（{now}）比上一次运行结束时（{last}）还早，请校准；"
                                  "新旧由内容的指纹判断，不受影响")
            self.journal.note("run", what)

    def _job(self, task: Task, at: Path) -> Job:
        """The job of a notebook, which reads the results beside where they are now."""
        beside = [name for name in task.reads if (self.folder.new / name).is_file()]
        base = self.folder.new if beside else self.folder.out
        cwd = base / "notebooks"
        cwd.mkdir(parents=True, exist_ok=True)
        how = self.how
        return Job(task.name, "hecha.batch.jobs:notebook", {
            "source": str(source_of(task)), "parameters": task.parameters, "cwd": str(cwd.resolve()),
            "started_in": str(self.base), "out": str(at / OUT / copy_of(task)),
            "journal": str(at / JOURNAL)},
            task.limit if how.limit is None else how.limit,
            task.retries if how.retries is None else how.retries, at / SAID)

    def _take(self, step: str, parts: Parts, at: Path, ended: Ended) -> Record:
        """Take the files of a job that ended well, and keep its record."""
        files, out = {}, at / OUT
        for path in sorted(p for p in out.rglob("*") if p.is_file()):
            name = path.relative_to(out).as_posix()
            files[name] = sha256_file(path)
            self.folder.take(path, name)
        record = Record(dict(parts), files, ended.value, round(ended.seconds, 3))
        self.folder.records.save(step, record)
        self.seconds[step] = record.seconds
        return record

    def _good(self, task: Task, record: Record) -> None:
        self.good[task.name] = record
        self.outputs |= record.files

    def _failed(self, task: Task, at: Path, why: str) -> None:
        """Keep the executed copy of a notebook that failed, with the failing cell marked."""
        copy = at / OUT / copy_of(task)
        if not copy.is_file():
            job = Job(task.name, "hecha.batch.jobs:stopped", {
                "source": str(source_of(task)), "parameters": task.parameters,
                "out": str(copy), "journal": str(at / JOURNAL), "why": why}, said=at / SAID)
            for _ in self._run([job]):
                pass
        self.folder.records.drop(task.name)
        if copy.is_file():
            self.outputs[copy_of(task)] = sha256_file(copy)
            self.folder.take(copy, copy_of(task))

    def _telling(self, kept: Sequence[Task]) -> dict[str, object]:
        """What the index and the font are told of the run."""
        return {"results": str(self.folder.place(KEPT)), "tasks": [asdict(t) for t in kept],
                "there": sorted(self._there()), "failed": self.report.failed}

    def _font(self, kept: Sequence[Task]) -> None:
        characters = "".join(sorted(set("".join(
            [*(self.good[t.name].value["characters"] for t in kept), *(t.title for t in kept)]))))
        parts = {"字": sha256_text(characters), "失败的": dict(self.report.failed),
                 "所读的结果": self.outputs[KEPT], "程序": self.inputs.code,
                 "软件版本": self.inputs.versions}
        record = self._fresh("font", parts)
        if record is None:
            at = self.folder.work()
            job = Job("font", "hecha.batch.jobs:font", {
                **self._telling(kept), "characters": characters, "out": str(at / OUT / FONT)},
                said=at / SAID)
            self._begin(PAGES)
            ended = next(iter(self._run([job])))
            if not ended.good:
                raise ended.error or StepEnded(f"字体没有做完：{ended.why}")
            record = self._take("font", parts, at, ended)
        self.outputs |= record.files

    def _index(self, kept: Sequence[Task]) -> None:
        parts = {"所读的结果": self.outputs[KEPT], "文件": sorted(self._there()),
                 "报告": {t.page: t.title for t in kept}, "失败的": dict(self.report.failed),
                 "字体": self.outputs[FONT], "程序": self.inputs.code,
                 "软件版本": self.inputs.versions}
        record = self._fresh("index", parts) or self._alone(PAGES, "index", parts, {
            **self._telling(kept), "font": str(self.folder.place(FONT))})
        self.outputs |= record.files
        self.report.failed |= record.value  # type: ignore[operator]

    def _prints(self, pages: Sequence[str], pdf: bool) -> None:
        """Keep the prints of pages that have not changed; with `pdf`, print the others."""
        before, missing = self.folder.listed(), []
        for page in pages:
            name = f"{PRINTED}/{Path(page).stem}.pdf"
            at = self.folder.out / name
            if before.get(page) == self.outputs.get(page) and at.is_file() and (
                    sha256_file(at) == before.get(name)):
                self.outputs[name] = before[name]
            else:
                missing.append(page)
        missing = [p for p in missing if not p.startswith(SCREEN_ONLY) and p in self.outputs]
        if not pdf or not missing:
            return
        self.progress(f"{PRINTS}…", len(self.report.did), len(self.report.did) + 1)
        at = self.folder.work()
        job = Job("prints", "hecha.batch.jobs:prints", {
            "pages": [str(self.folder.place(p)) for p in missing], "out": str(at / OUT / PRINTED)},
            LONG, said=at / SAID)
        self._begin(PRINTS)
        ended = next(iter(self._run([job])))
        self.report.failed |= ended.value if ended.good else {PRINTS: ended.why or str(ended.error)}
        for made in sorted((at / OUT / PRINTED).glob("*.pdf")):
            name = f"{PRINTED}/{made.name}"
            self.outputs[name] = sha256_file(made)
            self.folder.take(made, name)
        self.report.did.append(PRINTS)

    def _page_parts(self, task: Task) -> dict[str, object]:
        return {"运行过的笔记本": self.good[task.name].files[copy_of(task)], "字体": self.outputs[FONT],
                "标记": self.scored.value["mark"], "应有的名称": list(task.names),
                "程序": self.inputs.code, "软件版本": self.inputs.versions}

    def _write_pages(self, tasks: Sequence[Task], parts: dict[str, dict]) -> None:
        """Write pages, a share of them a worker; a page with a fault is kept and named."""
        number = min(self.how.workers, len(tasks))
        shares = {str(n): (tasks[n::number], self.folder.work()) for n in range(number)}
        jobs = [Job(key, "hecha.batch.jobs:pages", {
            "tasks": [asdict(t) for t in share],
            "notebooks": [str(self.folder.place(copy_of(t))) for t in share],
            "mark": self.scored.value["mark"], "home": self.scored.value["home"],
            "font": str(self.folder.place(FONT)), "out": str(at / OUT)}, LONG, said=at / SAID)
            for key, (share, at) in shares.items()]
        if jobs:
            self._begin(PAGES)
        for ended in self._run(jobs):
            share, at = shares[ended.job.key]
            faults = ended.value if ended.good else {
                t.title: ended.why or str(ended.error) for t in share}
            self.report.failed |= faults  # type: ignore[operator]
            for task in share:
                made = at / OUT / task.page
                if ended.good and made.is_file():
                    self.outputs[task.page] = sha256_file(made)
                    self.folder.take(made, task.page)
                    record = Record(parts[task.name], {task.page: self.outputs[task.page]}, None,
                                    round(ended.seconds / len(share), 3))
                    self.seconds[f"page_{task.name}"] = record.seconds
                    if task.title not in faults:  # type: ignore[operator]
                        self.folder.records.save(f"page_{task.name}", record)


class OutOfPlace(HechaError):
    """The results were to go among what they are made from."""

    exit_code = 2


class StepEnded(HechaError):
    """The process of a step that all the rest stands on was ended from outside."""

    exit_code = 1


def scoring_parts(inputs: Inputs, asked: Mapping[str, object]) -> dict[str, object]:
    """What the scoring is made from; `asked` is how it was asked for."""
    return {"卷宗": inputs.case, "方案": inputs.plan, "参数": dict(asked),
            "程序": inputs.code, "软件版本": inputs.versions}


LAST_RESULTS = "上年的结果"
"""the part of a scoring that is last year's run"""


def digest_of_last(last_year: str | Path) -> str:
    """The digest of what last year's run kept; NoSuchFolder where there is none."""
    return sha256_file(find_kept(last_year, KEPT))


def notebook_parts(task: Task, inputs: Inputs, scored: dict[str, str]) -> dict[str, object]:
    """What a notebook is made from: `scored` are the files of the scoring, path → SHA-256."""
    parts: dict[str, object] = {
        "笔记本": inputs.notebooks.get(task.notebook, ""), "参数": dict(task.parameters),
        "程序": inputs.code, "软件版本": inputs.versions}
    if task.reads:
        parts["所读的结果"] = {name: scored.get(name, "") for name in task.reads}
    if task.rooms:
        away = tuple(f"{room}/" for room in CASE if room not in task.rooms)
        parts |= {"卷宗": {k: v for k, v in inputs.case.items() if not k.startswith(away)},
                  "方案": inputs.plan}
    return parts


def _tail(said: Path) -> list[str]:
    """The last lines a process said."""
    try:
        return said.read_text(encoding="utf-8", errors="replace").splitlines()[-SHOWN:]
    except OSError:
        return []


def source_of(task: Task) -> Path:
    """The notebook of a task."""
    return notebooks_folder() / f"{task.notebook}.ipynb"


def copy_of(task: Task) -> str:
    """Where a task's executed notebook is kept."""
    return f"notebooks/{task.name}.ipynb"


__all__ = ["How", "RunReport", "run", "score"]
