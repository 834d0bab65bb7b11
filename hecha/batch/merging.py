"""Merging (合并): what the laptops made, held against the county's own scoring.

Each laptop's folder has the workbook it scored, and a proof: the plan's digest and every
exact score.  The county takes the workbooks into its book, scores the whole case, and
shows town by town whether plan and scores are the same.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from hecha.batch.evening import PROOF, plan_digest
from hecha.batch.receiving import record
from hecha.case import load_case
from hecha.digests import sha256_bytes
from hecha.folders import find_folder
from hecha.intake.effective import with_records
from hecha.intake.sent import SentFile, sent_file
from hecha.plan import Plan, load_plan
from hecha.points import exact_text
from hecha.problems import HechaError, Problems
from hecha.scoring import Results, score_case
from hecha.tables import grids_of

SAME = "一致"
COLUMNS = ["镇代码", "文件", "方案", "分数", "结果", "说明"]


class NoProof(HechaError):
    """A folder is not what a laptop made, or its workbook is not the one it scored."""


def merge(case: str | Path, laptops: Sequence[Path], plan: str | Path, at: str) -> pd.DataFrame:
    """Take in what laptops made and compare: one row a laptop; 结果 is 一致 or what is not.

    A laptop of another plan is compared and said, its workbook is not taken in.
    """
    folder, plan_folder = find_folder(case), find_folder(plan)
    from hecha.batch.opening import parameters_in, parameters_of

    bare = load_plan(plan_folder, parameters_in(folder))
    proofs = [_proof(Path(laptop)) for laptop in laptops]
    ours = plan_digest(plan_folder)
    fitting = [p for p in proofs if p["plan_sha256"] == ours]
    record(folder, [_sent(p, bare) for p in fitting], bare, "", at)
    whole = with_records(load_case(folder, bare.forms), folder, bare.forms)
    results = score_case(load_plan(plan_folder, parameters_of(whole)), whole)
    return pd.DataFrame([_compared(p, ours, results) for p in proofs], columns=COLUMNS,
                        dtype=object)


def _proof(folder: Path) -> dict:
    try:
        proof = json.loads((folder / PROOF).read_text(encoding="utf-8"))
        data = (folder / "returns" / Path(proof["file"]).name).read_bytes()
    except (OSError, ValueError, KeyError, TypeError) as why:
        raise NoProof(f"{folder.name} 不是 hecha town 做出的文件夹，或文件不全") from why
    if sha256_bytes(data) != proof["file_sha256"]:
        raise NoProof(f"{folder.name} 里的 {proof['file']} 不是当晚计分的那一份，被改动过")
    return {**proof, "data": data}


def _sent(proof: dict, plan: Plan) -> SentFile:
    name = proof["file"]
    return sent_file(name, proof["data"], grids_of(proof["data"], name, Problems()), plan.forms)


def _compared(proof: dict, ours: str, results: Results) -> tuple:
    town, same_plan = proof["town"], proof["plan_sha256"] == ours
    sheets = results.sheets[results.sheets["town"] == town]
    county = {f"{r.sheet} {r.unit}": exact_text(r.score) if r.score is not None else ""
              for r in sheets.itertuples(index=False)}
    different = [f"{key} 当晚{_said(mine)}、县里{_said(county.get(key, ''))}"
                 for key, mine in proof["scores"].items() if mine != county.get(key, "")]
    plan = "相同" if same_plan else f"不同（{proof['plan']} {proof['plan_sha256'][:12]}）"
    scores = f"{len(proof['scores'])}张表" + ("全部相同" if not different else f"，{len(different)}张不同")
    outcome = SAME if same_plan and not different else "方案不同" if not same_plan else "分数不同"
    return town, proof["file"], plan, scores, outcome, "；".join(different[:6])


def _said(score: str) -> str:
    return score or "未出分"
