"""Away: cases, plans and runs at an address (`s3://…`), brought here and carried back.

A run works on folders, so what lies at an address is fetched first, and what the run made is
carried back: only what changed, the manifest away before the first file and back after the
last, so that a folder without one is known to be half carried.  While that goes on the address
is held by a lease (:mod:`hecha.batch.lease`).  fsspec knows the protocols, and this module is
its only door; keys and endpoints are fsspec's own settings and never ours.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hecha.batch.folder import LOG, MANIFEST, ROOM
from hecha.batch.inputs import built_on
from hecha.batch.lease import leased
from hecha.digests import sha256_file
from hecha.problems import HechaError

LEASE = f"{ROOM}/lease.json"
_OWN = (f"{ROOM}/lock", f"{ROOM}/owner.json", LEASE)
_PLANS = "params"


class Unreachable(HechaError):
    """What is at an address could not be read or written."""

    exit_code = 3


def is_address(place: str | Path) -> bool:
    """Whether a place is an address, not a folder of this machine.

    >>> is_address("s3://省/cases"), is_address("data/yunxi")
    (True, False)
    """
    return "://" in str(place)


def below(place: str, name: str) -> str:
    """The place of that name in a place.

    >>> below("s3://省/out/", "甲县"), below("outputs", "甲县")
    ('s3://省/out/甲县', 'outputs/甲县')
    """
    return f"{place.rstrip('/')}/{name}" if is_address(place) else str(Path(place) / name)


def above(place: str) -> str:
    """The place that a place is in, the other way from `below`."""
    return place.rstrip("/").rsplit("/", 1)[0] if is_address(place) else str(Path(place).parent)


def folders_at(place: str) -> list[str]:
    """The names of the folders directly at an address, sorted; Unreachable."""
    with _reaching(place):
        system, root = _system(place)
        found = system.ls(root, detail=True)
        return sorted({_last(f["name"]) for f in found if f["type"] == "directory"})


@dataclass(frozen=True)
class Here:
    """A case's places on this machine: `case` and `plan` as seen from `folder`, and `out`.

    `carry_back` brings what was made in `out` to its address.
    """

    folder: Path
    case: str
    plan: str
    out: str
    carry_back: Callable[[], None]


@contextmanager
def brought_here(case: str, plan: str, out: str) -> Iterator[Here]:
    """A case, its plan and the run's folder, each brought here if it is at an address.

    Raises Unreachable; Held where another run writes to the address of `out`.
    """
    with tempfile.TemporaryDirectory() as apart, tempfile.TemporaryDirectory() as made:
        folder = Path(apart)
        with _held_out(out, Path(made)) as (run, carry_back):
            if is_address(case):
                case, place = _last(case), case
                _must(fetch(place, folder / case), place)
            if is_address(plan):
                plan = _fetch_plan(plan, folder / _PLANS)
            yield Here(folder, case, plan, run, carry_back)


@contextmanager
def _held_out(out: str, made: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    if not is_address(out):
        yield str(Path(out).absolute()), lambda: None
        return
    with held(out, made) as carry_back:
        yield str(made), carry_back


@contextmanager
def held(place: str, made: Path, wanted: Callable[[str], bool] = lambda name: True
         ) -> Iterator[Callable[[], None]]:
    """Hold an address and bring what is `wanted` of it to the folder `made`.

    Gives the function that carries back what changed there. Raises Unreachable, Held.
    """
    with ExitStack() as lease:
        with _reaching(place):
            system, root = _system(place, alone=True)
            still_ours = lease.enter_context(leased(system, f"{root}/{LEASE}", place))
        before = fetch(place, made, wanted)

        def carry_back() -> None:
            with _reaching(place):
                still_ours()
            _carry(made, place, before)

        yield carry_back


def fetch(place: str, target: Path, wanted: Callable[[str], bool] = lambda name: True
          ) -> dict[str, str]:
    """Bring what is at an address to a folder here; name → SHA-256 of what was brought.

    Of what is not `wanted` only the folder is made. Nothing there is no error. Raises Unreachable.
    """
    brought: dict[str, str] = {}
    target.mkdir(parents=True, exist_ok=True)
    with _reaching(place):
        system, root = _system(place)
        for name in system.find(root) if system.exists(root) else ():
            inside = name[len(root):].lstrip("/")
            path = target / inside
            outside = not path.resolve().is_relative_to(target.resolve())
            if outside or inside in ("", *_OWN) or inside.endswith("/"):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            if wanted(inside):
                system.get_file(name, str(path))
                brought[inside] = sha256_file(path)
    return brought


def _fetch_plan(place: str, plans: Path) -> str:
    """A plan with those it builds on, which lie beside it; its name as seen from above `plans`."""
    waiting, seen = [_last(place)], set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            at = below(above(place), name)
            _must(fetch(at, plans / name), at)
            waiting += built_on(plans / name)
    return f"{_PLANS}/{_last(place)}"


def _carry(made: Path, place: str, before: dict[str, str]) -> None:
    """Bring an address to the state of a folder, of which it had what `before` lists."""
    now = {p.relative_to(made).as_posix(): p for p in sorted(made.rglob("*")) if p.is_file()}
    changed = [n for n, p in now.items() if n not in _OWN and sha256_file(p) != before.get(n)]
    gone = [n for n in before if n not in now]
    with _reaching(place):
        system, root = _system(place)
        seen = [n for n in (*changed, *gone) if n.split("/")[0] not in (ROOM, LOG)]
        if MANIFEST in before and seen:
            system.rm_file(f"{root}/{MANIFEST}")
            changed = [*changed, MANIFEST] if MANIFEST in now and MANIFEST not in changed else changed
        for name in gone:
            if name != MANIFEST:
                system.rm_file(f"{root}/{name}")
        for name in sorted(changed, key=lambda n: (n == MANIFEST, n)):
            system.makedirs(f"{root}/{name}".rsplit("/", 1)[0], exist_ok=True)
            system.put_file(str(now[name]), f"{root}/{name}")


def _must(brought: dict[str, str], place: str) -> None:
    if not brought:
        raise Unreachable(f"“{place}”里什么也没有，请检查地址")


def _last(place: str) -> str:
    return place.rstrip("/").rsplit("/", 1)[-1]


def _system(place: str, alone: bool = False) -> tuple[Any, str]:
    """The file system of an address and the path in it; `alone` with connections of its own."""
    import fsspec

    system, root = fsspec.core.url_to_fs(place, **({"skip_instance_cache": True} if alone else {}))
    system.invalidate_cache()
    return system, root.rstrip("/")


@contextmanager
def _reaching(place: str) -> Iterator[None]:
    """Whatever a protocol's package raises, said in plain words."""
    try:
        yield
    except HechaError:
        raise
    except ImportError as error:
        raise Unreachable(_package(place, error)) from None
    except Exception as error:  # noqa: BLE001  each package has errors of its own
        raise Unreachable(f"读写不了“{place}”：{_why(error)}") from None


def _package(place: str, error: ImportError) -> str:
    missing = error.__cause__.name if isinstance(error.__cause__, ImportError) else error.name
    if missing == "fsspec":
        return f"“{place}”这样的地址要用 fsspec：pip install 'hecha[scale]'"
    kind = place.split("://", 1)[0]
    return (f"“{kind}://”的地址还要装一个包：pip install {missing}（在集群上，每台工作机都要装）"
            if missing else f"“{kind}://”的地址还要装一个包：{error}")


def _why(error: Exception) -> str:
    """The cause in words; what no words are known for stands as it came."""
    said = f"{type(error).__name__}：{error}"
    if isinstance(error, FileNotFoundError):
        return f"那里没有（{error}），请检查地址"
    if isinstance(error, PermissionError) or "Credentials" in said:
        return f"没有权限，请检查密钥（{said}）"
    if str(error).startswith("Protocol not known"):
        return "不认识这种地址，请检查 :// 前面的字"
    if isinstance(error, ConnectionError | TimeoutError) or "Connect" in type(error).__name__:
        return f"连不上，请检查网络和服务的地址（{said}）"
    return said


__all__ = ["Here", "Unreachable", "above", "below", "brought_here", "fetch", "folders_at", "held",
           "is_address"]
