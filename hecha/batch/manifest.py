"""The manifest (清单) of a run: what went in, under which plan and versions, what came out.

`manifest.json` holds the hash of every input, of the plan's files and of every output, the
digest of the plan as used, and the versions of what made it, so that anyone can check
later that a report is the one that was made.
"""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import hecha
from hecha.approvals import version_of
from hecha.batch.opening import Opened
from hecha.digests import sha256_file
from hecha.folders import write_whole
from hecha.problems import HechaError

MANIFEST = "manifest.json"
_PACKAGES = ("pandas", "duckdb", "matplotlib", "papermill", "nbconvert", "pydantic",
             "python-calamine", "XlsxWriter", "fonttools")


def clear(out: Path) -> set[str]:
    """Take away what an earlier run of this folder wrote; name what is left, which is not ours.

    Only files that the earlier manifest lists are removed: a folder holds one run, and a
    page of yesterday may not pass for one of today.
    """
    manifest = out / MANIFEST
    if manifest.is_file():
        for name in json.loads(manifest.read_text(encoding="utf-8")).get("outputs", {}):
            (out / name).unlink(missing_ok=True)
        manifest.unlink()
    return set(_hashes(out)) if out.is_dir() else set()


def write_manifest(opened: Opened, out: Path, others: set[str]) -> Path:
    """Write `manifest.json` for all that this run wrote in its folder."""
    facts = opened.folder / ".hecha" / "facts.json"
    content = {
        "case": opened.folder.name,
        "plan": opened.plan.plan.id,
        "version": version_of(opened.plan, opened.case.inputs),
        "inputs": opened.case.inputs,
        "mark": opened.results.mark,
        "facts": sha256_file(facts) if facts.is_file() else "",
        "plan_files": _hashes(opened.plan_folder),
        "versions": versions(),
        "outputs": {k: v for k, v in _hashes(out).items() if k not in others | {MANIFEST}},
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    return write_whole(out / MANIFEST, text)


def note_outputs(out: Path, folder: str) -> None:
    """Add to the manifest of a run what was made later in one of its folders (pdf/)."""
    path = check_is_run(out) / MANIFEST
    content = json.loads(path.read_text(encoding="utf-8"))
    content["outputs"] |= {k: v for k, v in _hashes(out).items() if k.startswith(f"{folder}/")}
    write_whole(path, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True))


def versions() -> dict[str, str]:
    """The versions that a result may depend on."""
    found = {"hecha": hecha.__version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _hashes(folder: Path) -> dict[str, str]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and not p.name.startswith("."))
    return {p.relative_to(folder).as_posix(): sha256_file(p) for p in files}


class Changed(HechaError):
    """A run's folder is not as its manifest says."""

    exit_code = 1


def check_is_run(out: Path) -> Path:
    """The folder itself; Changed where it holds no run."""
    if not (out / MANIFEST).is_file():
        raise Changed(f"{out.name} 里没有 {MANIFEST}，不是一个批次文件夹")
    return out


def verify_manifest(out: Path) -> list[str]:
    """What differs between a run's folder and its manifest, one sentence each."""
    path = check_is_run(out) / MANIFEST
    said = json.loads(path.read_text(encoding="utf-8"))["outputs"]
    now = {k: v for k, v in _hashes(out).items() if k != MANIFEST}
    lost = [f"少了 {name}" for name in said if name not in now]
    more = [f"多了 {name}" for name in now if name not in said]
    return [*lost, *more, *(f"{n} 被改动过" for n in said if n in now and now[n] != said[n])]
