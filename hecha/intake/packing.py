"""Packing (打包): a case in one zip, every file with its hash, opened elsewhere unchanged.

The package holds `manifest.json`, the case under `case/` and the plan it is judged by
under `plan/`.  Unpacking trusts nothing: a name that leads outside, a file that is not in
the manifest, one that is missing, changed or larger than it says, and nothing is left on
the disk.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from hecha.digests import sha256_bytes
from hecha.folders import write_whole
from hecha.intake.book import Book, book_file
from hecha.problems import HechaError

MANIFEST, FORMAT = "manifest.json", 1
DRAW = ".hecha/draw"
LARGEST = 2 * 2**30
_WHEN = (1980, 1, 1, 0, 0, 0)
_WILY = re.compile(r"[\\:\x00]|^/|^[A-Za-z]:")


class BadPackage(HechaError):
    """A package cannot be opened: it is damaged, changed, or leads outside."""


def secret_draw(case: Path) -> bool:
    """Whether the case holds a draw that the towns may not know yet (A-35)."""
    draw = case / DRAW
    return draw.is_dir() and not (draw / "revealed.json").is_file()


def pack(case: Path, plan: Path, out: Path, with_draw: bool = False) -> int:
    """Write a case and its plan into one zip; how many files.  Same case, same bytes.

    A draw not yet revealed stays behind unless it is asked for (`with_draw`).
    """
    held_back = secret_draw(case) and not with_draw
    files = {f"case/{name}": path for name, path in _files(case).items()
             if not (held_back and name.startswith(f"{DRAW}/"))}
    files |= {f"plan/{plan.resolve().name}/{name}": path for name, path in _files(plan).items()}
    said, held = {}, io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as package:
        for name, path in sorted(files.items()):
            data = _still(case) if path == book_file(case) else path.read_bytes()
            said[name] = {"sha256": sha256_bytes(data), "size": len(data)}
            package.writestr(zipfile.ZipInfo(name, _WHEN), data, zipfile.ZIP_DEFLATED)
        content = {"format": FORMAT, "case": case.resolve().name, "plan": plan.resolve().name,
                   "head": _head(case), "files": said}
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        package.writestr(zipfile.ZipInfo(MANIFEST, _WHEN), text, zipfile.ZIP_DEFLATED)
    write_whole(out, held.getvalue())
    return len(files)


def _files(folder: Path) -> dict[str, Path]:
    """Every file of a folder; working copies of other programs and links are left."""
    skipped = ("~$", ".DS_Store", "Thumbs.db", "desktop.ini")
    return {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*"))
            if p.is_file() and not p.is_symlink() and not p.name.startswith(skipped)
            and not p.name.endswith((".part", "-journal", ".lock"))
            and p.relative_to(folder).parts[:2] != (".hecha", "plan")}


def _still(case: Path) -> bytes:
    """The book between two transactions."""
    book = Book.open(case)
    assert book is not None
    try:
        return book.as_bytes()
    finally:
        book.close()


def _head(case: Path) -> str:
    book = Book.open(case)
    if book is None:
        return ""
    try:
        return book.head
    finally:
        book.close()


def unpack(package: Path, folder: Path) -> Path:
    """Open a package in a new folder; the folder of the plan that came with it.

    BadPackage, and nothing written, if anything in it is not as the manifest says.
    """
    if folder.exists() and any(folder.iterdir()):
        raise BadPackage(f"文件夹 {folder.name} 里已有东西，请解到一个新文件夹")
    try:
        with zipfile.ZipFile(package) as archive:
            manifest = _checked(archive)
            folder.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".hecha-", dir=folder.parent) as place:
                _write(archive, manifest, Path(place) / "case")
                if folder.exists():
                    folder.rmdir()
                shutil.move(Path(place) / "case", folder)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as why:
        raise BadPackage(f"{package.name} 读不出来或不完整：{why}") from why
    return folder / ".hecha" / "plan" / manifest["plan"]


def _checked(archive: zipfile.ZipFile) -> dict:
    """The manifest, once names and sizes of all members agree with it."""
    names = [m.filename for m in archive.infolist()]
    if MANIFEST not in names:
        raise BadPackage("包里没有清单 manifest.json，不是卷宗包")
    wily = [n for n in names if _WILY.search(n) or ".." in PurePosixPath(n).parts
            or (n != MANIFEST and not n.startswith(("case/", "plan/")))]
    if wily:
        raise BadPackage(f"包里有越出文件夹的路径，整包拒绝：{wily[0]}")
    if len(names) != len(set(names)):
        raise BadPackage("包里有重名的文件，整包拒绝")
    if archive.getinfo(MANIFEST).file_size > 64 * 2**20:
        raise BadPackage("清单大得不合理，整包拒绝")
    try:
        manifest = json.loads(archive.read(MANIFEST))
        said = {str(k): (str(v["sha256"]), int(v["size"])) for k, v in manifest["files"].items()}
        plan = str(manifest["plan"])
    except (ValueError, KeyError, TypeError, AttributeError) as why:
        raise BadPackage("清单 manifest.json 不成样子，整包拒绝") from why
    if not plan or _WILY.search(plan) or "/" in plan or plan in (".", ".."):
        raise BadPackage("清单里方案的名字不对，整包拒绝")
    _compare(names, said, archive)
    return manifest


def _compare(names: list[str], said: dict[str, tuple[str, int]], archive: zipfile.ZipFile) -> None:
    lost, more = sorted(set(said) - set(names)), sorted(set(names) - set(said) - {MANIFEST})
    if lost:
        raise BadPackage(f"包里少了 {lost[0]}" + (f"等{len(lost)}个文件" if len(lost) > 1 else ""))
    if more:
        raise BadPackage(f"包里多了清单上没有的 {more[0]}")
    wrong = [n for n, (_, size) in said.items() if archive.getinfo(n).file_size != size]
    if wrong:
        raise BadPackage(f"{wrong[0]} 的大小与清单不符，被改动过")
    if sum(size for _, size in said.values()) > LARGEST:
        raise BadPackage("包解开后太大，整包拒绝")


def _write(archive: zipfile.ZipFile, manifest: dict, target: Path) -> None:
    for name, told in manifest["files"].items():
        with archive.open(name) as member:
            data = member.read(told["size"] + 1)
        if sha256_bytes(data) != told["sha256"]:
            raise BadPackage(f"{name} 与清单的摘要不符，被改动过，整包拒绝")
        inside = PurePosixPath(name)
        part = target if inside.parts[0] == "case" else target / ".hecha" / "plan"
        write_whole(part.joinpath(*inside.parts[1:]), data)
    target.mkdir(parents=True, exist_ok=True)


def plan_with(case: Path) -> Path | None:
    """The plan that came with an unpacked case, if it came with one."""
    plans = sorted(p for p in (case / ".hecha" / "plan").glob("*") if p.is_dir())
    return plans[0] if plans else None
