"""Kept: what the steps before the visit leave in a case's `.hecha/`.

Each step writes one small JSON file, whole or not at all, and only once: the files that
are there say which steps were taken, and a step out of its order is refused.  The folder
is the owner's alone, and a secret file is so from its first byte.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hecha.folders import write_whole
from hecha.problems import HechaError

_FOLDER_MODE, _SECRET_MODE = 0o700, 0o600


class OutOfOrder(HechaError):
    """A step that may not be taken now; the message says which comes first."""


class Kept:
    """The files of one matter (`draw` or `teams`) of a case."""

    def __init__(self, case: Path, matter: str) -> None:
        self.folder = case / ".hecha" / matter

    def path(self, name: str) -> Path:
        """Where a file of this name is kept, whether it is there or not."""
        return self.folder / name

    def has(self, name: str) -> bool:
        """Whether a step left its file."""
        return self.path(name).is_file()

    def data(self, name: str) -> Any:
        """What a step wrote, None where it was not taken."""
        return json.loads(self.text(f"{name}.json")) if self.has(f"{name}.json") else None

    def text(self, name: str) -> str:
        """A file's text, byte for byte."""
        return self.path(name).read_bytes().decode("utf-8")

    def need(self, name: str, otherwise: str) -> Any:
        """What a step wrote; OutOfOrder, saying what comes first, where it was not taken."""
        found = self.data(name)
        if found is None:
            raise OutOfOrder(otherwise)
        return found

    def write(self, name: str, data: Any) -> None:
        """Keep plain data under a name."""
        self.write_text(f"{name}.json", json.dumps(data, ensure_ascii=False, indent=1) + "\n")

    def write_text(self, name: str, text: str) -> Path:
        """Keep a text under a name."""
        self._make()
        return write_whole(self.path(name), text)

    def write_secret(self, name: str, text: str) -> Path:
        """Keep a text that only the owner may read."""
        self._make()
        return write_secret(self.path(name), text)

    def hide(self, name: str) -> Path:
        """Make a file that another room wrote here the owner's alone."""
        self.path(name).chmod(_SECRET_MODE)
        return self.path(name)

    def set_aside(self, reason: str) -> Path:
        """Move everything away under the next free name, with the reason; nothing is deleted."""
        self.write("void", {"reason": reason})
        number = next(n for n in range(1, 1000)
                      if not self.folder.with_name(f"{self.folder.name}-void-{n}").exists())
        return self.folder.rename(self.folder.with_name(f"{self.folder.name}-void-{number}"))

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(_FOLDER_MODE)


def write_secret(path: Path, text: str) -> Path:
    """Write a file, whole, that nobody but its owner may read at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET_MODE)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return aside.replace(path)


def written(reason: str, option: str) -> str:
    """A reason that was really given; OutOfOrder where it is blank."""
    if not reason.strip():
        raise OutOfOrder(f"须写明理由（{option}）")
    return reason.strip()


__all__ = ["Kept", "OutOfOrder", "write_secret", "written"]
