"""Publishing (公布): the approved version goes out, to each recipient his part and no more.

Only a version that the county approved is published (R-20, A-41), and it is published from
its own kept snapshot, so that what arrived later cannot slip in.  The recipients and their
parts are the plan's; every page and table is stamped with the version, the facts, their
dates and documents, and a list says who got what on which clause.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat
import pandas as pd

from hecha.approvals import facts_of, still_needed
from hecha.batch.contents import CONTENTS, tasks_of
from hecha.batch.keeping import digest_of
from hecha.batch.manifest import MANIFEST, verify_manifest
from hecha.batch.opening import Opened, load_only, open_case, unranked
from hecha.batch.workers import Job, Workers
from hecha.case import Case
from hecha.digests import sha256_file
from hecha.folders import (
    NoSuchFolder,
    find_folder,
    notebooks_folder,
    project_folder,
    safe_name,
    write_whole,
)
from hecha.intake.effective import HEAD
from hecha.plan import Plan
from hecha.plan.model import Recipient
from hecha.problems import HechaError
from hecha.report import fonts, published, views
from hecha.report.county_word import county_notice
from hecha.report.page import check_page, page_of
from hecha.report.town_word import town_report
from hecha.report.word import Paper
from hecha.report.word_check import check_word
from hecha.report.workbook import write_results_workbook
from hecha.scoring import Results, snapshot
from hecha.tables.writing import write_csv, write_workbook
from hecha.versions import Version, approve, keep, results_of, version_numbered, versions_of

LIST = "分送清单.csv"
TOLD = ("county", "town")
AT_ONCE = 2
"""notebooks at a time"""

Progress = Callable[[str, int, int], None]


class NotPublished(HechaError):
    """Nothing was published, and every reason why."""

    exit_code = 1


@dataclass
class Published:
    """What was published: the folder, the version, who got which files, and what went wrong.

    `without_word`: the case has changed since, so that the units' Word reports, which tell of
    its teams and draw, could not be made of what was approved.
    """

    folder: Path
    version: Version
    sent: pd.DataFrame
    failed: dict[str, str] = field(default_factory=dict)
    without_word: bool = False


def publish(given: str, plan: str, out: str | Path = "", *, number: int = 0, case: str = "",
            ranked: bool = True, at: str = "", progress: Progress = lambda *_: None) -> Published:
    """Publish the approved version of a case, or of a run of it.

    `given` is a case or a run's folder (`case` then says whose, where it is not beside);
    `number` an approved version other than the present one. Ranks are told only where
    `ranked`, the version and the plan as it is now all tell them. Raises NotPublished with every
    reason at once: a record missing, a unit unfinished, a change after the approval, a run of
    another version or altered.
    """
    folder, run = _case_of(given, case)
    if number:
        version = _approved(folder, number, run)
        _, _, loaded, judged = load_only(folder, plan)
    else:
        opened = open_case(folder, plan)
        version, loaded, judged = approved_of(opened, run, at), opened.case, opened.plan
    results = replace(results_of(folder, version), mark="")
    if not (ranked and judged.grades.ranked):
        results = replace(results, plan=unranked(results.plan), towns=results.towns.assign(rank=None))
    target = Path(out) if out else project_folder() / "outputs" / f"{folder.resolve().name}-公布"
    case_then = loaded if loaded.inputs == version.inputs else None
    return _Set(results, version, case_then, target.resolve(), progress).written(folder, plan)


# -- what may be published --------------------------------------------------------------------


def _case_of(given: str, case: str) -> tuple[Path, Path | None]:
    """The case's folder, and the run's where a run was given."""
    folder = find_folder(given)
    if not (folder / MANIFEST).is_file():
        return folder, None
    named = json.loads((folder / MANIFEST).read_text(encoding="utf-8")).get("case", "")
    for place in filter(None, (case, named, f"data/{named}")):
        try:
            return find_folder(place), folder
        except NoSuchFolder:
            continue
    raise NotPublished(f"批次 {folder.name} 的卷宗“{named}”找不到，请用 --case 写明卷宗文件夹")


def _approved(folder: Path, number: int, run: Path | None) -> Version:
    """An approved version by its number, of which a run that is given must be."""
    version = version_numbered(folder, number)
    against = [] if version.approved else [f"第{number}版没有批准"]
    _refuse(against + (_against_run(run, version.digest) if run else []))
    return version


def _refuse(against: Sequence[str]) -> None:
    """NotPublished with everything that stands against it, if anything does."""
    if against:
        raise NotPublished("不能公布：\n" + "\n".join(f"· {one}" for one in against))


def approved_of(opened: Opened, run: Path | None, at: str) -> Version:
    """The approved version of the case as it stands; NotPublished names all that stands against.

    It is the one kept when it was approved, though others have been kept since.
    """
    folder, facts, digest = opened.folder, facts_of(opened.folder), digest_of(opened)
    if opened.plan.publication is None:
        raise NotPublished("方案没有写公布的条件和分送给谁（publication），不能公布")
    wanted = opened.plan.publication.facts
    against = [f"还缺记录：{name}（hecha approve）" for name in still_needed(opened.plan, facts)]
    open_ = opened.results.towns[opened.results.towns["state"] != "完成"]
    against += [f"{r.town_name}{r.state}" for r in open_.itertuples(index=False)]
    approval = next((f for f in facts if f.fact == wanted[-1].id), None)
    if approval and approval.version != digest:
        against.append(_changed(folder, opened.case.inputs))
    against += _against_run(run, digest) if run else []
    _refuse(against)
    approved = [v for v in versions_of(folder) if v.approved and v.digest == digest]
    if approved:
        return approved[-1]
    kept = keep(folder, opened.results, digest=digest, inputs=opened.case.inputs, why="公布", at=at)
    return approve(folder, kept, facts)


def _changed(folder: Path, inputs: dict[str, str]) -> str:
    """What was changed after the approval, and how the approved version can still go out."""
    approved = [v for v in versions_of(folder) if v.approved]
    if not approved:
        return "批准之后卷宗的文件或方案有改动，不是批准的那一版，须重新报批"
    last = approved[-1]
    files = [f for f in sorted({*last.inputs, *inputs}) if last.inputs.get(f) != inputs.get(f)]
    told = ["登记了更正或申诉结果" if f == HEAD else f"改动了 {f}" for f in files[:5]]
    what = f"{'、'.join(told)}{' 等' if len(files) > 5 else ''}" if files else "方案或参数有改动"
    return (f"批准的是第{last.number}版，批准之后{what}，须重新报批；"
            f"要公布批准的那一版，写 --version {last.number}")


def _against_run(run: Path, digest: str) -> list[str]:
    said = json.loads((run / MANIFEST).read_text(encoding="utf-8"))
    found = [] if said.get("version") == digest else [f"批次 {run.name} 不是批准的那一版，请用批准的那一版再运行一次 hecha run"]
    changed = verify_manifest(run)
    return found + ([f"批次 {run.name} 的文件与清单不符：{'、'.join(changed[:3])}"] if changed else [])


# -- what goes out ------------------------------------------------------------------------------


def stamp_of(version: Version, plan: Plan) -> str:
    """The line on everything that is published: the version, each fact, its day and document."""
    names = {f.id: f.name for f in plan.publication.facts} if plan.publication else {}
    said = [f"{names.get(f.fact, f.fact)} {f.on} {f.document}" for f in version.approved]
    return "；".join([f"公布稿 第{version.number}版", *said])


def _replaceable(out: Path) -> None:
    """Whether the folder may be written: new, empty, or an earlier published set."""
    if not out.exists() or not any(out.iterdir()):
        return
    manifest = out / MANIFEST
    told = json.loads(manifest.read_text(encoding="utf-8")) if manifest.is_file() else {}
    if "number" not in told:
        raise NotPublished(f"文件夹 {out} 里有别的文件，请另换一个（--to）")


class _Set:
    """One published set being written; `case` is the case as it was approved, if it still is."""

    def __init__(self, results: Results, version: Version, case: Case | None, out: Path,
                 progress: Progress) -> None:
        self.results, self.plan, self.version, self.out = results, results.plan, version, out
        self.case = case
        self.progress, self.stamp = progress, stamp_of(version, results.plan)
        self.sent: list[tuple] = []
        self.failed: dict[str, str] = {}

    def written(self, folder: Path, plan: str) -> Published:
        """All recipients' folders, the list, the manifest; whole or not at all."""
        asked = self.out
        _replaceable(asked)
        with tempfile.TemporaryDirectory(prefix="hecha-") as place:
            self.pages = self._pages(Path(place), folder, plan)
        asked.parent.mkdir(parents=True, exist_ok=True)
        self.out = Path(tempfile.mkdtemp(prefix=".hecha-", dir=asked.parent)) / asked.name
        try:
            sent = self._all_parts(folder)
            shutil.rmtree(asked, ignore_errors=True)
            self.out.rename(asked)
        finally:
            shutil.rmtree(self.out.parent, ignore_errors=True)
        return Published(asked, self.version, sent, self.failed, self.case is None)

    def _all_parts(self, folder: Path) -> pd.DataFrame:
        """Every recipient's folder, the list of who got what, the manifest."""
        for one in self.plan.publication.recipients if self.plan.publication else ():
            getattr(self, f"_to_{one.kind}")(one)
        sent = pd.DataFrame(self.sent, columns=["收件单位", "文件", "内容", "条款", "依据", "读法",
                                                "原文", "SHA-256"], dtype=object)
        write_csv(sent, self.out / LIST)
        self._manifest(folder)
        return sent

    def _pages(self, place: Path, folder: Path, plan: str) -> dict[str, str]:
        """The county's page ("") and each unit's own (its code), stamped."""
        kept = write_whole(place / "results.json", snapshot.as_text(self.results))
        listed = tuple(line for line in CONTENTS if line.notebook in TOLD)
        tasks = tasks_of(self.results, folder, {"case": str(folder), "plan": plan}, contents=listed)
        jobs = [Job(task.name, "hecha.batch.notebooks:execute", {
            "notebook": notebooks_folder() / f"{task.notebook}.ipynb",
            "output": place / f"{task.name}.ipynb",
            "given": {**task.parameters, "results": str(kept)}}, said=place / "said")
            for task in tasks]
        titles = {task.name: task.title for task in tasks}
        with Workers(AT_ONCE) as crew:
            for count, ended in enumerate(crew.run(jobs), 1):
                self.progress(titles[ended.job.key], count, len(jobs))
                if not ended.good:
                    raise NotPublished(f"{ended.job.key} 没有做成，什么也没有公布：{ended.why or ended.error}")
        made = [replace(page_of(nbformat.read(place / f"{task.name}.ipynb", as_version=4)),
                        stamp=self.stamp) for task in tasks]
        font = fonts.woff2_subset(frozenset().union(*(p.characters for p in made)))
        for task, page in zip(tasks, made, strict=True):
            faults = check_page(page.html(font), file=task.title, names=task.names, font=font,
                                mark=self.stamp)
            if faults.errors:
                self.failed[task.title] = "；".join(p.message for p in faults.errors)
        return {str(task.parameters.get("town", "")): page.html(font)
                for task, page in zip(tasks, made, strict=True)}

    def _to_leadership(self, to: Recipient) -> None:
        at, name = safe_name(to.name), views.county_name(self.results)
        self._note(to, to.name, write_whole(self.out / at / "县级报告.html", self.pages[""]),
                   "县级报告")
        path = self._paper(county_notice(self.results, ranked=self.plan.grades.ranked), "通报",
                           self.out / at / f"{safe_name(name)}通报.docx",
                           list(self.results.towns["town_name"]))
        self._note(to, to.name, path, "通报")
        if lists := self._lists():
            path = self.out / at / "结果运用名单.xlsx"
            write_workbook(path, lists, self.stamp)
            self._note(to, to.name, path, "结果运用名单")
        path = self.out / at / "结果工作簿.xlsx"
        write_results_workbook(replace(self.results, mark=self.stamp), path)
        self._note(to, to.name, path, "结果工作簿")

    def _paper(self, paper: Paper, title: str, path: Path, names: list[str]) -> Path:
        """Stamp a document, save it and look at it."""
        paper.mark(self.stamp)
        paper.save(path)
        faults = check_word(path, names=names, mark=self.stamp)
        if faults.errors:
            self.failed[title] = "；".join(p.message for p in faults.errors)
        return path

    def _to_office(self, to: Recipient) -> None:
        path = self.out / safe_name(to.name) / "综合评价结果.xlsx"
        sheets = {f"各{views.unit_name(self.plan)}结果": published.towns(self.results), **self._lists()}
        if len(self.results.counterparts):
            sheets["帮扶单位参考"] = published.counterparts(self.results)
        write_workbook(path, sheets, self.stamp)
        self._note(to, to.name, path, "综合评价结果")

    def _to_unit(self, to: Recipient) -> None:
        towns = self.results.towns
        for name, r in zip(_apart(towns["town_name"], towns["town"]), towns.itertuples(index=False),
                           strict=True):
            at, own = self.out / safe_name(to.name) / name, safe_name(r.town_name)
            page = write_whole(at / f"{own}核查报告.html", self.pages[r.town])
            self._note(to, r.town_name, page, "核查报告")
            if self.case is not None:
                report = town_report(self.results, self.case, r.town)
                path = self._paper(report, f"{r.town_name}核查报告（Word）", at / f"{own}核查报告.docx",
                                   [r.town_name])
                self._note(to, r.town_name, path, "核查报告（Word）")
            path = at / f"{own}得分.xlsx"
            write_workbook(path, self._own_tables(r.town), self.stamp)
            self._note(to, r.town_name, path, "得分和扣分台账")

    def _to_counterpart(self, to: Recipient) -> None:
        told = published.counterparts(self.results)
        told = told[told["类别"] == to.name].reset_index(drop=True)
        places = _apart(told["单位"], [str(n) for n in range(1, len(told) + 1)])
        for n, (name, place) in enumerate(zip(told["单位"], places, strict=True)):
            path = self.out / safe_name(to.name) / place / "参考分.xlsx"
            write_workbook(path, {"参考分": told.iloc[[n]]}, self.stamp)
            self._note(to, name, path, "所帮扶村参考分")

    def _lists(self) -> dict[str, pd.DataFrame]:
        """A sheet for each action: 表扬, 约谈分管负责同志 …"""
        frame = published.consequences(self.results)
        return {str(a): frame[frame["事项"] == a] for a in dict.fromkeys(frame["事项"])}

    def _own_tables(self, town: str) -> dict[str, pd.DataFrame]:
        """A unit's own rows of the tables."""
        units = {town, *self.results.units.drawn.get(town, ())}
        own = {"得分": published.towns(self.results), "各表": published.sheets(self.results),
               "细项": published.items(self.results), "扣分台账": published.ledger(self.results)}
        return {name: frame[frame[frame.columns[0] if name == "得分" else "单位代码"].isin(units)]
                for name, frame in own.items()}

    def _note(self, to: Recipient, receiver: str, path: Path, what: str) -> None:
        self.sent.append((receiver, path.relative_to(self.out).as_posix(), what, to.clause,
                          to.basis_name, "、".join(to.reading), to.quote, sha256_file(path)))

    def _manifest(self, folder: Path) -> None:
        """What `hecha verify` holds the set against: version, facts, every file."""
        v = self.version
        files = [row[1] for row in self.sent] + [LIST]
        content = {"case": folder.resolve().name, "plan": self.plan.plan.id, "number": v.number,
                   "version": v.digest, "results": v.results, "ranked": self.plan.grades.ranked,
                   "facts": [vars(f) for f in v.approved],
                   "outputs": {name: sha256_file(self.out / name) for name in files}}
        write_whole(self.out / MANIFEST, json.dumps(content, ensure_ascii=False, indent=1,
                                                    sort_keys=True))


def _apart(names: Sequence[str], codes: Sequence[str]) -> list[str]:
    """A folder's name for each, with its code where two would share one on any desk.

    >>> _apart(["甲/局", "甲:局", "乙局"], ["1", "2", "3"])
    ['甲_局1', '甲_局2', '乙局']
    """
    safe = [safe_name(name) for name in names]
    seen = Counter(name.casefold() for name in safe)
    return [name if seen[name.casefold()] == 1 else f"{name}{code}"
            for name, code in zip(safe, codes, strict=True)]


def told(made: Published) -> Sequence[str]:
    """What the command says of a published set."""
    counted = made.sent.groupby("收件单位", sort=False).size()
    lines = [f"没有做好 {name}：{why}" for name, why in made.failed.items()]
    lines.append(f"公布第{made.version.number}版：{len(counted)}个收件单位，{len(made.sent)}个文件，谁收什么见 {LIST}")
    if made.without_word:
        lines.append("批准以后卷宗有改动，各单位的核查报告只有网页，没有 Word")
    return [*lines, f"在 {made.folder}"]


__all__ = ["LIST", "NotPublished", "Published", "approved_of", "publish", "stamp_of", "told"]
