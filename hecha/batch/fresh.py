"""Fresh or stale (新与旧): what each step of a run was made from, and whether that still holds.

A step (the scoring, a notebook, the pages) leaves a record when it is finished: the parts
it was made from (digests, parameters), and the digest of every file it made.  It is fresh
while all parts and all its files are the same; a file touched, damaged or lost makes it
stale as surely as a changed form.  Times decide nothing, so a clock set back does no harm.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from hecha.digests import sha256_file, sha256_text
from hecha.folders import write_whole

SHOWN = 3

Parts = Mapping[str, object]
"""what a step is made from, by its Chinese name: a digest, a value, or name → digest"""


@dataclass(frozen=True)
class Record:
    """What is known of a finished step: its parts, its files (path → SHA-256), its value."""

    parts: dict[str, object]
    files: dict[str, str] = field(default_factory=dict)
    value: object = None
    seconds: float = 0.0


class Records:
    """The records of a run's folder, one small file a step, each whole or not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, step: str) -> Record | None:
        """The record of a step; None where there is none or it cannot be read."""
        try:
            return Record(**json.loads(self._file(step).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def save(self, step: str, record: Record) -> None:
        """Keep the record of a finished step."""
        write_whole(self._file(step), json.dumps(asdict(record), ensure_ascii=False))

    def drop(self, step: str) -> None:
        """Forget a step, which will be stale."""
        self._file(step).unlink(missing_ok=True)

    def _file(self, step: str) -> Path:
        return self.folder / f"{step}.json"


def why_stale(record: Record | None, parts: Parts, place: Callable[[str], Path]) -> list[str]:
    """Why a step must be done again, in Chinese; nothing where it is fresh.

    `place` says where a file of the step is now.

    >>> made = Record({"方案": {"plan.yaml": "a"}, "程序": "1"})
    >>> why_stale(made, {"方案": {"plan.yaml": "b"}, "程序": "1"}, Path)
    ['方案变了：plan.yaml']
    >>> why_stale(made, {"方案": {"plan.yaml": "a"}, "程序": "1"}, Path)
    []
    """
    if record is None:
        return ["还没有做过"]
    changed = [f"{name}变了{_which(record.parts.get(name), now)}" for name, now in parts.items()
               if name not in record.parts or record.parts[name] != now]
    return changed or _touched(record, place)


def _touched(record: Record, place: Callable[[str], Path]) -> list[str]:
    lost = [name for name in record.files if not place(name).is_file()]
    kept = [name for name in record.files if name not in lost]
    other = [name for name in kept if sha256_file(place(name)) != record.files[name]]
    return [*([f"成果不在了：{_listed(lost)}"] if lost else []),
            *([f"成果被改动过：{_listed(other)}"] if other else [])]


def _which(before: object, now: object) -> str:
    """What changed inside a part, where the part says so."""
    if not isinstance(before, dict) or not isinstance(now, dict):
        return ""
    changed = [str(k) for k in {**before, **now} if before.get(k) != now.get(k)]
    return f"：{_listed(changed)}"


def _listed(names: list[str]) -> str:
    more = f" 等{len(names)}个" if len(names) > SHOWN else ""
    return "、".join(names[:SHOWN]) + more


def digest_of(value: object) -> str:
    """One digest of anything JSON can hold."""
    return sha256_text(json.dumps(value, ensure_ascii=False, sort_keys=True))


__all__ = ["Parts", "Record", "Records", "digest_of", "why_stale"]
