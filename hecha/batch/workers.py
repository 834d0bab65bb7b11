"""Workers: jobs in processes of their own, watched from outside.

A job is a function by name and its arguments.  It runs in a process forked from a warm
parent that has paid for the imports once (a `forkserver`, preloaded with
:mod:`hecha.batch.warm`); where the system cannot fork, in workers that live on and take one
job after another.  Whether a job ended well is what the watcher saw: what it sent back, its
exit code, the signal that ended it, the time it was allowed.  A job out of time is killed
with all it started; a worker whose watcher dies dies with it.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from pickle import dumps, loads
from threading import Thread, active_count

from hecha.batch.contents import LIMIT, RETRIES
from hecha.problems import HechaError

WARM = "hecha.batch.warm"
MEMORY = 4096
"""megabytes a job may add"""

_POLL = 0.25
_SELDOM = (100_000, 50, 50)
_MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Job:
    """A call in a process of its own: `call` is `module:function`, its value must pickle.

    `limit` seconds at most, `retries` more attempts when the process dies or runs out of
    time (an error of the job itself would come again); `said` takes what it prints.
    """

    key: str
    call: str
    arguments: dict[str, object] = field(default_factory=dict)
    limit: float = LIMIT
    retries: int = RETRIES
    said: Path | None = None


@dataclass(frozen=True)
class Ended:
    """How a job ended: its value, or its own error, or `why` its process ended."""

    job: Job
    value: object = None
    error: BaseException | None = None
    why: str = ""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether it returned."""
        return self.error is None and not self.why


def method() -> str:
    """How a worker begins: `forkserver`, forked from a warm parent; `fork`, from this process,
    where it is itself warm and has one thread; else `spawn`, and it lives on.

    HECHA_NO_FORK asks for `spawn` anywhere.
    """
    if "forkserver" not in get_all_start_methods() or os.environ.get("HECHA_NO_FORK"):
        return "spawn"
    return "fork" if WARM in sys.modules and active_count() == 1 else "forkserver"


class Workers:
    """At most `number` jobs at a time, each allowed to add `memory` megabytes."""

    def __init__(self, number: int, memory: int = MEMORY) -> None:
        self.number, self.memory = number, memory
        self.method = method()
        self._context = get_context(self.method)
        self._idle: list[_Worker] = []
        if self.method == "forkserver":
            self._context.set_forkserver_preload([WARM])

    def run(self, jobs: Iterable[Job], started: Callable[[Job], None] = lambda job: None,
            watch: Callable[[list[Job]], None] = lambda running: None) -> Iterator[Ended]:
        """Run the jobs and give each as it ends; `watch` is called now and then with those running."""
        waiting = deque((job, 0) for job in jobs)
        busy: list[_Worker] = []
        try:
            while waiting or busy:
                while waiting and len(busy) < self.number:
                    busy.append(self._begin(*waiting.popleft()))
                    started(busy[-1].job)
                wait([w.channel for w in busy] + [w.process.sentinel for w in busy], _POLL)
                watch([w.job for w in busy])
                for worker in [w for w in busy if w.ended()]:
                    busy.remove(worker)
                    ended = worker.result()
                    self._let_go(worker)
                    if ended.why and worker.attempt < ended.job.retries:
                        waiting.append((ended.job, worker.attempt + 1))
                    else:
                        yield ended
        finally:
            for worker in busy:
                worker.kill()

    def close(self) -> None:
        """Send home the workers that live on."""
        while self._idle:
            self._idle.pop().kill()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, job: Job, attempt: int) -> _Worker:
        worker = self._idle.pop() if self._idle else _Worker(self._context, self.memory)
        worker.begin(job, attempt)
        return worker

    def _let_go(self, worker: _Worker) -> None:
        """A forked worker has done its one job; one that lives on waits for the next."""
        if self.method != "spawn" or worker.killed or not worker.process.is_alive():
            worker.kill()
        else:
            self._idle.append(worker)


class _Worker:
    """One process and the channel to it."""

    def __init__(self, context: object, memory: int) -> None:
        self.channel, theirs = context.Pipe()  # type: ignore[attr-defined]
        self.process = context.Process(  # type: ignore[attr-defined]
            target=_serve, args=(theirs, memory), daemon=False)
        self.process.start()
        theirs.close()
        self.killed = False

    def begin(self, job: Job, attempt: int) -> None:
        self.job, self.attempt, self.started = job, attempt, time.monotonic()
        with suppress(OSError):  # one that died at once is found by its sentinel
            self.channel.send((job.call, job.arguments, job.said and str(job.said)))

    def ended(self) -> bool:
        return (self.channel.poll() or not self.process.is_alive()
                or time.monotonic() - self.started > self.job.limit)

    def result(self) -> Ended:
        """How the job ended, from what was seen: a message, the exit code, the clock."""
        seconds = time.monotonic() - self.started
        message = None
        with suppress(EOFError, OSError):
            if self.channel.poll():
                message = self.channel.recv()
        if message is not None:
            kind, value = message
            return Ended(self.job, value, None, "", seconds) if kind == "value" else Ended(
                self.job, None, value, "", seconds)
        if self.process.is_alive() and seconds > self.job.limit:
            self.kill()
            return Ended(self.job, why=f"超过时限{self.job.limit:g}秒，已停止", seconds=seconds)
        self.process.join(5)
        return Ended(self.job, why=how_ended(self.process.exitcode), seconds=seconds)

    def kill(self) -> None:
        """End the process and all it started."""
        if self.killed:
            return
        self.killed = True
        with suppress(OSError):
            if hasattr(os, "killpg") and self.process.pid:
                os.killpg(self.process.pid, signal.SIGKILL)
        with suppress(OSError, ValueError):
            self.process.kill()
            self.process.join(5)
            self.process.close()
        self.channel.close()


def how_ended(code: int | None) -> str:
    """An exit code in words.

    >>> how_ended(3), how_ended(-9)
    ('进程自行退出，退出码3', '进程被强行结束（信号 SIGKILL，多半是内存不够或有人结束了它）')
    """
    if code is None:
        return "进程没有应答"
    if code >= 0:
        return f"进程自行退出，退出码{code}"
    name = signal.Signals(-code).name if -code in {s.value for s in signal.Signals} else str(-code)
    likely = "，多半是内存不够或有人结束了它" if name == "SIGKILL" else ""
    return f"进程被强行结束（信号 {name}{likely}）"


# -- in the worker ---------------------------------------------------------------------------


def _serve(channel: Connection, memory: int) -> None:
    """Take jobs from the channel until it closes."""
    if hasattr(os, "setsid"):
        with suppress(OSError):
            os.setsid()
    Thread(target=_die_with_parent, daemon=True).start()
    _bound_memory(memory)
    gc.set_threshold(*_SELDOM)  # a worker is soon over; collecting often only touches shared memory
    while True:
        try:
            call, arguments, said = channel.recv()
        except (EOFError, OSError):
            return
        if said:
            _redirect(Path(said))
        try:
            module, function = call.split(":")
            value = getattr(import_module(module), function)(**arguments)
            channel.send(("value", value))
        except BaseException as error:  # noqa: BLE001  whatever it is, it is the job's answer
            channel.send(("error", _sendable(error)))


def _sendable(error: BaseException) -> BaseException:
    """The error itself where it can travel, else one that says the same."""
    try:
        return loads(dumps(error))
    except Exception:  # noqa: BLE001  an error that does not pickle may fail in any way
        told = HechaError(str(error)) if isinstance(error, HechaError) else RuntimeError(
            f"{type(error).__name__}：{error}")
        return told


def _die_with_parent() -> None:
    """End with the watcher: no orphan may go on writing."""
    watcher = parent_process()
    if watcher is not None:
        wait([watcher.sentinel])
        if hasattr(os, "killpg"):
            os.killpg(os.getpgid(0), signal.SIGKILL)
        os._exit(1)


def _bound_memory(megabytes: int) -> None:
    """Let the process add at most this much memory, where the system knows how."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        bound = pages * resource.getpagesize() + megabytes * _MEGABYTE
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard == resource.RLIM_INFINITY or bound < hard:
            resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
    except (ImportError, OSError, ValueError):
        return


def _redirect(file: Path) -> None:
    """Send what the job prints, also from below Python, to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    with file.open("ab") as opened:
        for number in (1, 2):
            os.dup2(opened.fileno(), number)


__all__ = ["MEMORY", "Ended", "Job", "Workers", "how_ended", "method"]
