"""A new plan: an annotated skeleton that loads as it stands, to be filled from the top.

The skeleton is a folder of files beside this module; only the plan's name is put in.
Its contents are examples, say so, and stand on readings until they are replaced.
"""

from __future__ import annotations

import re
from pathlib import Path

from hecha.folders import write_whole
from hecha.problems import Place, Problems

SKELETON = Path(__file__).parent / "skeleton"
_NAME = re.compile(r"[0-9A-Za-z一-龥][0-9A-Za-z一-龥_-]*")
_STANDS_FOR_NAME = "方案名称"


def new_plan(name: str, plans: Path) -> Path:
    """Write the skeleton as a folder of `plans`; Refused where there is one of that name."""
    folder = empty_folder(name, plans)
    for path in sorted(SKELETON.iterdir()):
        text = path.read_text(encoding="utf-8").replace(_STANDS_FOR_NAME, name)
        write_whole(folder / path.name, text)
    return folder


def empty_folder(name: str, plans: Path) -> Path:
    """Where a plan of that name goes; Refused where the name cannot be one or is taken."""
    problems = Problems()
    if not _NAME.fullmatch(name):
        problems.error(Place("方案名称"), "bad_name", "只用字母、数字、汉字、连字符（-）和下划线（_）",
                       found=name)
    elif (plans / name).exists() and (not (plans / name).is_dir() or any((plans / name).iterdir())):
        problems.error(Place("方案名称"), "taken", f"已经有“{name}”这个方案文件夹，不覆盖", found="",
                       expected="另取一个名称，或先移走原来的")
    problems.raise_if_errors("没有新建方案")
    return plans / name


__all__ = ["empty_folder", "new_plan"]
