"""The evening (当晚): one town on one laptop, from one workbook, without a network.

The case beside it gives roster and draw (and whatever of the county's own tables is there
already); the team's workbook gives the rest.  Out come the scores, the deductions, the
核查报告, and a sheet of proof that the county compares when it merges.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from hecha.approvals import facts_of, mark_of
from hecha.batch.inputs import versions
from hecha.batch.opening import Opened, parameters_of
from hecha.case import Case, load_case
from hecha.case.returns import FORM_FILE
from hecha.digests import sha256_file, sha256_text
from hecha.folders import find_folder, write_whole
from hecha.intake.effective import renamed
from hecha.plan import load_plan
from hecha.points import exact_text, publish
from hecha.problems import HechaError, Problems
from hecha.report import published
from hecha.report.naming import marked
from hecha.report.town_word import write_town_report
from hecha.report.word_check import check_word
from hecha.scoring import Results, score_case
from hecha.scoring.results import NoSuchTown
from hecha.tables.writing import write_csv, write_workbook

PROOF = "proof.json"
_COUNTY = ("日常工作", "上级结果", "调整", "自评", "整改台账")
TABLES = {"towns": "得分", "sheets": "各表", "items": "细项", "ledger": "扣分", "missing": "缺什么",
          "problems": "问题"}


class NoFile(HechaError):
    """The workbook is not there."""


def open_town(code: str, file: Path, case: str | Path, plan: str | Path) -> Opened:
    """The case with this one workbook as the town's return, scored for this town alone.

    Raises NoSuchTown, NoFile, and what a plan or case raises.
    """
    folder, plan_folder = find_folder(case), find_folder(plan)
    if not file.is_file():
        raise NoFile(f"没有文件“{file.name}”，请检查路径")
    bare = load_plan(plan_folder)
    loaded = _load(code, file, folder, bare.forms)
    judged = load_plan(plan_folder, parameters_of(loaded))
    results = score_case(judged, loaded, (code,))
    if code not in results.units.towns:
        results.town_code(code)
        raise NoSuchTown(f"没有代码为“{code}”的镇")
    own = [p for p in results.problems if not p.units or any(u.startswith(code) for u in p.units)]
    mark = mark_of(judged, facts_of(folder), final=False)
    return Opened(folder, plan_folder, loaded, judged,
                  replace(results, problems=Problems(own), mark=mark))


def _load(code: str, file: Path, folder: Path, forms: dict[str, str]) -> Case:
    """The case's roster and draw, this town's roster file alone, and the workbook."""
    with tempfile.TemporaryDirectory(prefix="hecha-") as name:
        stage = Path(name)
        for path in _beside(folder, code):
            target = stage / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        staged = f"returns/{FORM_FILE}_{code}{file.suffix.lower()}"
        (stage / "returns").mkdir(exist_ok=True)
        (stage / staged).write_bytes(file.read_bytes())
        loaded = load_case(stage, forms)
    return renamed(_own_draw(loaded, code), {staged: file.name})


def _beside(folder: Path, code: str) -> list[Path]:
    files = [p for room in ("roster", "draw") for p in sorted((folder / room).rglob("*"))
             if p.is_file() and (p.parent.name != "花名册" or code in p.name)]
    files += [p for p in sorted((folder / "returns").glob("*")) if p.stem in _COUNTY and p.is_file()]
    return [*files, *sorted(folder.glob("*.md"))]


def _own_draw(case: Case, code: str) -> Case:
    """Problems that speak of other towns say nothing this evening."""
    kept = [p for p in case.problems if not p.units or any(u.startswith(code) for u in p.units)]
    return replace(case, problems=Problems(kept))


def proof_of(opened: Opened, code: str, file: Path) -> dict:
    """What the county compares: plan, workbook, versions, and every exact sheet score."""
    sheets = opened.results.sheets
    own = sheets[sheets["town"] == code]
    return {
        "town": code, "file": file.name, "file_sha256": sha256_file(file),
        "plan": opened.plan.plan.id, "plan_sha256": plan_digest(opened.plan_folder),
        "parameters_sha256": opened.case.inputs.get("plan_parameters.md", ""),
        "versions": versions(),
        "scores": {f"{r.sheet} {r.unit}": exact_text(r.score) if r.score is not None else ""
                   for r in own.itertuples(index=False)},
    }


def plan_digest(folder: Path) -> str:
    """One digest of a plan's folder: of every file's name and digest, in order."""
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith(".")]
    return sha256_text("\n".join(f"{p.relative_to(folder).as_posix()} {sha256_file(p)}"
                                 for p in files))


def write_town(opened: Opened, code: str, file: Path, out: Path) -> Path:
    """Tables, workbook, report and proof of one town; the report's path."""
    results = opened.results
    name = results.units.towns[code]
    frames = {k: v for k, v in published.tables(results).items() if k in TABLES}
    for key, frame in frames.items():
        write_csv(frame, out / marked(f"tables/{key}.csv", results))
    write_workbook(out / marked(f"{name}得分.xlsx", results), {TABLES[k]: frames[k] for k in TABLES},
                   results.mark)
    report = write_town_report(results, opened.case, code,
                               out / marked(f"{name}核查报告.docx", results))
    check_word(report, names=[name], mark=results.mark).raise_if_errors("核查报告没有做好")
    proof = json.dumps(proof_of(opened, code, file), ensure_ascii=False, indent=1, sort_keys=True)
    write_whole(out / PROOF, proof)
    write_whole(out / "returns" / file.name, file.read_bytes())
    return report


def evening(code: str, file: Path, case: str, plan: str, out: Path) -> int:
    """All of it, told on the screen; 1 where something must still be mended."""
    opened = open_town(code, file, case, plan)
    report = write_town(opened, code, file, out)
    return tell(opened.results, code, report)


def tell(results: Results, code: str, report: Path) -> int:
    """Say the sheets' scores, what is wrong and where the report is."""
    console = Console(highlight=False, soft_wrap=True, markup=False)
    sheets = results.sheets[results.sheets["town"] == code]
    for r in sheets.itertuples(index=False):
        figure = str(publish(r.score)) if r.score is not None else f"未完成：{r.missing[:60]}"
        name = results.plan.sheet[r.sheet].name
        console.print(f"{name} {results.units.names.get(r.unit, r.unit)} {figure}")
    for problem in results.problems.errors[:12]:
        console.print(str(problem))
    console.print(f"{len(results.problems.errors)}处错误，{len(results.problems.warnings)}处提示；报告在 "
                  f"{report}")
    return 1 if results.problems.errors else 0
