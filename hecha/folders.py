"""Folders: where the project is, and what a path given by a person means.

A notebook opened in JupyterLab runs in notebooks/, papermill runs where it was
called, and a clerk's path has Chinese and blanks in it.  A relative path is looked
for from the working directory first, then from where the run was started, then from the
project's folder.
"""

from __future__ import annotations

import errno
import os
import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hecha.problems import HechaError

STARTED_IN = "HECHA_STARTED_IN"
"""set for a notebook of a run: the folder from which the paths given to the run are meant"""

PATIENCE = 20.0
"""seconds to wait for another's writing"""

_TURNING = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")


class NoSuchFolder(HechaError):
    """The folder a person named is not there."""


class Busy(HechaError):
    """Another process is writing to the case."""

    exit_code = 4


def project_folder() -> Path:
    """The folder that holds params/ and notebooks/: the package's own, or one above here."""
    beside = Path(__file__).resolve().parent.parent
    for folder in (beside, Path.cwd(), *Path.cwd().parents):
        if (folder / "params").is_dir() and (folder / "notebooks").is_dir():
            return folder
    return beside


def notebooks_folder() -> Path:
    """The folder of the notebooks: the one HECHA_NOTEBOOKS names, else the project's."""
    own = os.environ.get("HECHA_NOTEBOOKS")
    return Path(own).absolute() if own else project_folder() / "notebooks"


def find_folder(given: str | Path) -> Path:
    """The folder a person meant, from here or from the project's folder.

    >>> find_folder("params/xian2023").name
    'xian2023'
    """
    started = [Path(os.environ[STARTED_IN])] if os.environ.get(STARTED_IN) else []
    for base in (Path.cwd(), *started, project_folder()):
        if (base / given).is_dir():
            return base / given
    raise NoSuchFolder(f"没有“{given}”这个文件夹，请检查路径")


_CAUSES = {errno.ENOSPC: "磁盘满了", errno.EFBIG: "文件超过了系统允许的大小",
           errno.EROFS: "磁盘是只读的", errno.EACCES: "没有权限", errno.EPERM: "没有权限",
           errno.ENOENT: "没有这个文件或文件夹", errno.ENOTDIR: "路径当中有一段是文件，不是文件夹",
           errno.EISDIR: "是文件夹，不是文件", errno.EMFILE: "打开的文件太多",
           getattr(errno, "EDQUOT", -1): "超过了磁盘配额"}


def why_not(error: OSError) -> str:
    """Why a file could not be read or written, and what to do, in one Chinese sentence.

    >>> print(why_not(OSError(errno.ENOSPC, "No space left on device", "a.csv")))
    文件写不了或读不了：a.csv（磁盘满了）。请检查路径、权限、磁盘空间，并关闭正打开着它的表格软件
    """
    name = f"{error.filename}" if error.filename else "结果文件"
    cause = _CAUSES.get(error.errno or 0, error.strerror or str(error))
    return (f"文件写不了或读不了：{name}（{cause}）。请检查路径、权限、磁盘空间，"
            "并关闭正打开着它的表格软件")


def find_kept(given: str | Path, name: str) -> Path:
    """The file called `name` that a run's folder keeps, or the file itself that is given."""
    started = [Path(os.environ[STARTED_IN])] if os.environ.get(STARTED_IN) else []
    for base in (Path.cwd(), *started, project_folder()):
        for path in (base / given, base / given / name):
            if path.is_file():
                return path
    raise NoSuchFolder(f"没有“{given}”这个结果（{name}），请检查路径")


def write_whole(path: Path, content: bytes | str) -> Path:
    """Write a file whole or not at all: aside, flushed, then renamed into place.

    Raises OSError, which names the file, and leaves what was there.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from None
    return path


@contextmanager
def one_writer(case: Path) -> Iterator[None]:
    """Let one process at a time change what hecha keeps in a case; the others wait their turn.

    The system lets go when a process ends. Raises Busy after PATIENCE seconds.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(case / ".hecha" / "kept.lock", timeout=PATIENCE)
    (case / ".hecha").mkdir(exist_ok=True)
    try:
        lock.acquire()
    except Timeout:
        raise Busy(f"另一个程序正在往卷宗“{case.name}”里记录，请稍后再试") from None
    try:
        yield
    finally:
        lock.release()


def safe_name(text: str) -> str:
    """A file name any system takes: no reserved signs or names, at most 200 bytes.

    Marks that turn the direction of the text are left out: a name reads as it is.

    >>> safe_name('建安镇:<b>'), safe_name("nul"), safe_name("甲\u202e镇")
    ('建安镇__b_', '_nul', '甲镇')
    >>> safe_name("a" * 199 + ". 镇")[-2:]
    'aa'
    """
    seen = _TURNING.sub("", unicodedata.normalize("NFC", text))
    clean = re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", seen).rstrip(". ")
    clean = f"_{clean}" if _RESERVED.match(clean) else clean or "_"
    return clean.encode("utf-8")[:200].decode("utf-8", "ignore").rstrip(". ")
