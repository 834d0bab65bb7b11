"""A lease: who is writing to an address, where no system's lock can say it.

A file lock dies with its owner; an object in a store does not.  So the owner writes one small
object and writes it anew every few seconds.  Whoever else comes reads it twice: has it
changed, its owner lives, and the newcomer is refused; has it not changed for a while, its
owner is dead, and the object is taken over.  No two machines' clocks are compared.  Before
the results are carried to the address the owner looks whether the object is still its own.
"""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

from hecha.batch.folder import Held, user

BEAT, STILL, LOOK = 10.0, 35.0, 1.0
"""seconds between two signs of life; without one for so long an owner is dead; between two looks"""


@contextmanager
def leased(system: Any, path: str, told: str) -> Iterator[Callable[[], None]]:
    """Hold the object at `path` of an fsspec file system; `told` names the place to a reader.

    Gives a function that raises Held if the object is no longer our own. Raises Held where
    another run has it and lives; waits STILL seconds where the other one may be dead.
    """
    mine = {"id": uuid.uuid4().hex, "host": socket.gethostname(), "pid": os.getpid(),
            "user": user(), "since": time.strftime("%Y-%m-%d %H:%M:%S")}
    _take(system, path, mine, told)
    over = Event()

    def beat() -> None:
        count = 0
        while not over.wait(BEAT):
            count += 1
            with suppress(Exception):  # a store out of reach for once is asked again at the next beat
                if _id(_read(system, path)) != mine["id"]:
                    return
                system.pipe_file(path, _text(mine, count))

    def check() -> None:
        found = _read(system, path)
        if _id(found) != mine["id"]:
            raise Held(f"“{told}”被另一次运行拿去了（{_who(found)}），这一次的结果没有写上去，请重新运行")

    beating = Thread(target=beat, daemon=True)
    beating.start()
    try:
        yield check
    finally:
        over.set()
        beating.join()
        with suppress(Exception):  # a lease that stays is taken over as a dead owner's is
            if _id(_read(system, path)) == mine["id"]:
                system.rm_file(path)


def _take(system: Any, path: str, mine: dict, told: str) -> None:
    """Make the object ours; one that stands is watched first."""
    stood = _read(system, path)
    if stood is not None:
        until = time.monotonic() + STILL
        while time.monotonic() < until:
            time.sleep(LOOK)
            now = _read(system, path)
            if now is None:
                break
            if now != stood:
                raise _held(told, now)
        else:
            with suppress(FileNotFoundError):  # another took the dead one's away a moment before
                system.rm_file(path)
    system.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
    with suppress(FileExistsError):  # another was first: the next look says who
        system.pipe_file(path, _text(mine, 0), mode="create")
    found = _read(system, path)
    if _id(found) != mine["id"]:
        raise _held(told, found)


def _held(told: str, found: bytes | None) -> Held:
    return Held(f"“{told}”正由另一次运行占用（{_who(found)}），等它结束再运行，或写到别处")


def _text(mine: dict, beat: int) -> bytes:
    return json.dumps({**mine, "beat": beat}, ensure_ascii=False).encode("utf-8")


def _read(system: Any, path: str) -> bytes | None:
    system.invalidate_cache()
    try:
        return system.cat_file(path)
    except FileNotFoundError:
        return None


def _told(found: bytes | None) -> dict:
    with suppress(ValueError):
        told = json.loads(found or b"{}")
        return told if isinstance(told, dict) else {}
    return {}


def _id(found: bytes | None) -> str:
    return str(_told(found).get("id", ""))


def _who(found: bytes | None) -> str:
    told = _told(found)
    if not {"host", "pid", "user", "since"} <= set(told):
        return "没有写明是谁"
    return f"{told['host']} 的进程 {told['pid']}，用户 {told['user']}，{told['since']} 开始"


__all__ = ["leased"]
