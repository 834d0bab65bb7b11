"""Versions (版本) of a case's result: each one settled is kept whole and never changed (A-41).

`.hecha/versions/<n>/` holds the snapshot of the results, what they were made of and why the
version was made; `approved.json` beside it is written when the county approves this very
version.  What arrives later (a result from above, a granted objection) makes a new one; the
approved version stays readable and can still be published.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hecha.approvals import RecordedFact
from hecha.digests import sha256_text
from hecha.folders import one_writer, write_whole
from hecha.problems import HechaError
from hecha.scoring import Results, snapshot

FOLDER = ".hecha/versions"
_RESULTS, _ABOUT, _APPROVED = "results.json", "version.json", "approved.json"


class NoVersion(HechaError):
    """The version asked for is not there, or it was tampered with."""


@dataclass(frozen=True)
class Version:
    """One kept result.

    * `number`: 1, 2, 3 …; `at`: when it was kept; `why`: what made it
    * `digest`: of what it is made of (`hecha.approvals.version_of`)
    * `results`: SHA-256 of its snapshot; `inputs`: relative path → SHA-256
    * `approved`: the facts under which it was approved, none while it was not
    """

    number: int
    at: str
    why: str
    digest: str
    results: str
    inputs: dict[str, str]
    approved: tuple[RecordedFact, ...] = ()


def versions_of(case: Path) -> list[Version]:
    """The kept versions of a case, first to last."""
    folders = (case / FOLDER).glob("*/") if (case / FOLDER).is_dir() else ()
    return sorted((_read(f) for f in folders if (f / _ABOUT).is_file()), key=lambda v: v.number)


def _read(folder: Path) -> Version:
    try:
        about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
        approved = folder / _APPROVED
        facts = json.loads(approved.read_text(encoding="utf-8")) if approved.is_file() else []
        return Version(**about, approved=tuple(RecordedFact(**f) for f in facts))
    except (ValueError, TypeError):
        raise NoVersion(f"版本 {folder.name} 的记录读不出来，请从备份恢复") from None


def keep(case: Path, results: Results, *, digest: str, inputs: Mapping[str, str], why: str,
         at: str) -> Version:
    """Keep a result as the next version; the last one itself where nothing has changed."""
    text = snapshot.as_text(results)
    with one_writer(case):
        known = versions_of(case)
        if known and known[-1].digest == digest:
            return known[-1]
        made = Version(known[-1].number + 1 if known else 1, at, why, digest, sha256_text(text),
                       dict(sorted(inputs.items())))
        folder = _folder(case, made.number)
        write_whole(folder / _RESULTS, text)
        about = {k: v for k, v in asdict(made).items() if k != "approved"}
        write_whole(folder / _ABOUT, json.dumps(about, ensure_ascii=False, indent=1))
        return made


def approve(case: Path, version: Version, facts: Sequence[RecordedFact]) -> Version:
    """Write down the facts under which a version was approved, as they were last recorded."""
    path = _folder(case, version.number) / _APPROVED
    write_whole(path, json.dumps([asdict(f) for f in facts], ensure_ascii=False, indent=1))
    return _read(path.parent)


def version_numbered(case: Path, number: int) -> Version:
    """The version of a number; NoVersion names those there are."""
    known = versions_of(case)
    for version in known:
        if version.number == number:
            return version
    there = f"有第{'、'.join(str(v.number) for v in known)}版" if known else "还没有一个版本"
    raise NoVersion(f"没有第{number}版，{there}")


def results_of(case: Path, version: Version) -> Results:
    """The results of a version, exactly as they were kept."""
    path = _folder(case, version.number) / _RESULTS
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if sha256_text(text) != version.results:
        raise NoVersion(f"第{version.number}版的结果被改动过或不见了，不能使用，请从备份恢复")
    return snapshot.from_text(text)


def _folder(case: Path, number: int) -> Path:
    return case / FOLDER / f"{number:03d}"


__all__ = ["FOLDER", "NoVersion", "Version", "approve", "keep", "results_of", "version_numbered",
           "versions_of"]
