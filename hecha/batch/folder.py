"""The folder of a run: held by one run at a time, and always whole.

Nothing is written in sight while a run works.  What it makes is gathered in `.run/new`; when
all is made, the files are renamed into place in one go and the manifest comes last.  A run
killed before leaves the folder as it was; one killed in between is carried through by
the next, from the list it left (`.run/publish.json`).  Whoever opens the folder finds whole
files of one run.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hecha.batch.fresh import Records
from hecha.folders import write_whole
from hecha.problems import HechaError

MANIFEST = "manifest.json"
ROOM, LOG = ".run", "log"


class Held(HechaError):
    """Another run holds the folder."""

    exit_code = 4


class RunFolder:
    """`outputs/<run>/` and its room `.run` for what is not yet in sight."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.room = out / ROOM
        self.new = self.room / "new"
        self.records = Records(self.room / "steps")
        self._places = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder for this process alone; the system lets go when the process ends.

        Raises Held, naming who holds it.
        """
        from filelock import FileLock, Timeout

        self.room.mkdir(parents=True, exist_ok=True)
        lock, owner = FileLock(self.room / "lock"), self.room / "owner.json"
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise Held(f"“{self.out.name}”正由另一次运行占用（{_owner(owner)}），"
                       "等它结束再运行，或用 --out 写到别处") from None
        try:
            about = {"pid": os.getpid(), "user": user(),
                     "since": time.strftime("%Y-%m-%d %H:%M:%S")}
            write_whole(owner, json.dumps(about, ensure_ascii=False))
            self._carry_through()
            yield
        finally:
            with suppress(OSError):
                owner.unlink(missing_ok=True)
            shutil.rmtree(self.room / "work", ignore_errors=True)
            self._leave_no_trace()
            lock.release()

    def _leave_no_trace(self) -> None:
        """Take the folder away again where nothing was made in it."""
        bare = {self.room, self.out / LOG}
        if not any(self.records.folder.glob("*")) and set(self.out.iterdir()) <= bare:
            shutil.rmtree(self.out, ignore_errors=True)

    def place(self, name: str) -> Path:
        """Where a file is now: among the new, else in sight."""
        made = self.new / name
        return made if made.is_file() else self.out / name

    def work(self) -> Path:
        """A place for one job: its empty folder `out`; what stays there is thrown away."""
        self._places += 1
        folder = self.room / "work" / f"{os.getpid()}-{self._places}"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "out").mkdir(parents=True)
        return folder

    def take(self, made: Path, name: str) -> None:
        """Take a finished file among the new: flushed to the disk, then renamed.

        What is of the room and not of the run's content (`.run/…`) goes to its place at once.
        """
        _flush(made)
        target = (self.out if name.startswith(ROOM) else self.new) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        made.replace(target)

    def publish(self, files: Iterable[str], manifest: str) -> None:
        """Bring everything made in sight: `files` is all that the run consists of.

        What an earlier run listed and this one does not have is taken away; what is not
        ours stays. The manifest is the last to appear. Raises OSError, before anything in sight
        is touched, where a file of them cannot be put in its place.
        """
        files = sorted(files)
        write_whole(self.new / MANIFEST, manifest)
        gone = sorted(set(self.listed()) - set(files))
        for name in (*gone, *files):
            _check_replaceable(self.out / name)
        write_whole(self.room / "publish.json", json.dumps({"files": files, "gone": gone}))
        self._carry_through()

    def listed(self) -> dict[str, str]:
        """What the manifest in sight lists, path → SHA-256; nothing without one."""
        try:
            return json.loads((self.out / MANIFEST).read_text(encoding="utf-8"))["outputs"]
        except (OSError, ValueError, KeyError):
            return {}

    def _carry_through(self) -> None:
        """Finish what was begun, by this run or one that was killed; sweep what it left."""
        plan = self.room / "publish.json"
        if plan.is_file():
            told = json.loads(plan.read_text(encoding="utf-8"))
            if (self.new / MANIFEST).is_file():
                (self.out / MANIFEST).unlink(missing_ok=True)
            for name in told["gone"]:
                (self.out / name).unlink(missing_ok=True)
                with suppress(OSError):  # its folder may hold more
                    (self.out / name).parent.rmdir()
            for name in [*told["files"], MANIFEST]:
                if (self.new / name).is_file():
                    (self.out / name).parent.mkdir(parents=True, exist_ok=True)
                    (self.new / name).replace(self.out / name)
            flush_folder(self.out)
            plan.unlink()
            shutil.rmtree(self.new, ignore_errors=True)
        shutil.rmtree(self.room / "work", ignore_errors=True)


def _owner(file: Path) -> str:
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return f"进程 {told['pid']}，用户 {told['user']}，{told['since']} 开始"
    except (OSError, ValueError, KeyError):
        return "刚刚开始"


def user() -> str:
    """Who runs this, as the system knows him."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "未知"


def _check_replaceable(file: Path) -> None:
    """PermissionError where a file could not be renamed away: its folder is not ours, or (where
    the system forbids it then) another program has it open."""
    if file.parent.is_dir() and not os.access(file.parent, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file.parent))
    if os.name == "nt" and file.is_file():
        file.rename(file)


def _flush(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the system can."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


__all__ = ["LOG", "MANIFEST", "ROOM", "Held", "RunFolder", "flush_folder", "user"]
