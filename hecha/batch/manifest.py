"""The manifest (清单) of a run: what went in, under which plan and versions, what came out.

`manifest.json` holds the hash of every input, of the plan's files and of every output, the
digest of the plan as used, the notebooks with their parameters, and the versions of what
made it, so that anyone can check later that a report is the one that was made.  How long
it took stands elsewhere (`log/`): the same inputs give the same manifest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from hecha.batch.folder import LOG, MANIFEST
from hecha.batch.inputs import Inputs
from hecha.digests import sha256_file
from hecha.folders import write_whole
from hecha.problems import HechaError

FACTS = ".hecha/facts.json"


def manifest_text(case: str, inputs: Inputs, about: Mapping, asked: Mapping,
                  notebooks: Mapping[str, Mapping], outputs: Mapping[str, str]) -> str:
    """The text of a manifest.

    `about` is what the scoring said (plan, version, inputs as read), `asked` which towns and
    whether ranked, `notebooks` name → notebook, its digest and parameters, `outputs` path → SHA-256.
    """
    content = {
        "case": case,
        "plan": about["plan"],
        "version": about["version"],
        "inputs": about["inputs"],
        "mark": about["mark"],
        "facts": inputs.case.get(FACTS, ""),
        "plan_files": {k.split("/", 1)[1]: v for k, v in inputs.plan.items()},
        "code": inputs.code,
        "versions": inputs.versions,
        "asked": asked,
        "notebooks": notebooks,
        "outputs": outputs,
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)


class Changed(HechaError):
    """A run's folder is not as its manifest says."""

    exit_code = 1


def check_is_run(out: Path) -> Path:
    """The folder itself; Changed where it holds no run."""
    if not (out / MANIFEST).is_file():
        raise Changed(f"{out.name} 里没有 {MANIFEST}，不是一个批次文件夹，或者还没有运行完")
    return out


def note_outputs(out: Path, *made: str) -> None:
    """Add to the manifest of a run what was made later: its files, or whole folders (pdf)."""
    path = check_is_run(out) / MANIFEST
    content = json.loads(path.read_text(encoding="utf-8"))
    content["outputs"] |= {k: v for k, v in _hashes(out).items()
                           if k in made or k.startswith(tuple(f"{m}/" for m in made))}
    write_whole(path, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True))


def verify_manifest(out: Path) -> list[str]:
    """What differs between a run's folder and its manifest, one sentence each."""
    path = check_is_run(out) / MANIFEST
    said = json.loads(path.read_text(encoding="utf-8"))["outputs"]
    now = _hashes(out)
    lost = [f"少了 {name}" for name in said if name not in now]
    more = [f"多了 {name}" for name in now if name not in said]
    return [*lost, *more, *(f"{n} 被改动过" for n in said if n in now and now[n] != said[n])]


def _hashes(out: Path) -> dict[str, str]:
    """The files in sight; the log and what is hidden are not of the run's content."""
    found = {}
    for path in sorted(out.rglob("*")):
        parts = path.relative_to(out).parts
        hidden = any(part.startswith(".") for part in parts)
        if path.is_file() and not hidden and parts[0] not in (LOG, MANIFEST):
            found["/".join(parts)] = sha256_file(path)
    return found


__all__ = ["MANIFEST", "Changed", "check_is_run", "manifest_text", "note_outputs", "verify_manifest"]
