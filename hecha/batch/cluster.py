"""A cluster: many cases on many machines, each case whole on one of them.

Counties do not depend on each other, so Dask's distributed scheduler is given one case as
one unit of work and carries it to a worker, which runs the same code on the same folders
(shared storage, mounted under one path, or an address: hecha.batch.away).  A worker
that dies is survived: its case is done again by another, and because a run's folder is held
by a lock that dies with its owner and is always whole, nothing is lost and nothing is
done twice.  Without an address a cluster of this machine's own processes is made.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from multiprocessing import current_process
from typing import Any
from uuid import uuid4

from hecha.batch.away import is_address
from hecha.batch.many import FAILED, CaseDone, CaseRun, run_case
from hecha.batch.run import How
from hecha.problems import HechaError

DEATHS = 10
"""workers a case may outlive before it is itself suspected"""
HERE = "127.0.0.1:0"
"""where a scheduler of this machine's own may be asked: by this machine, at a free port"""
PATIENCE = 20.0
"""seconds to wait for a scheduler"""
_NEEDED = "多机运行要用 dask 和 distributed：pip install 'hecha[scale]'，或不写 --cluster"

Tell = Callable[[CaseDone, int, int], None]


class NoCluster(HechaError):
    """The cluster is not there, or is not the same program."""


def can_cluster() -> bool:
    """Whether the scheduler's library is installed."""
    return find_spec("distributed") is not None


def run_on_cluster(asked: Sequence[CaseRun], how: How | None = None, address: str = "",
                   ended: Tell = lambda *_: None) -> list[CaseDone]:
    """Run cases on a cluster; in the given order.

    `address` is its scheduler's (tcp://…); without one, `how.workers` processes of this machine
    are the cluster. `ended` is called with each case as it ends. Raises NoCluster where the
    library or the scheduler is not there, or a machine has another version of the program.
    """
    how = how or How()
    each = replace(how, workers=1)
    with _client(address, min(how.workers, len(asked))) as client:
        _same_program(client)
        run = uuid4().hex  # another run's case of the same name is not this one's
        jobs = {client.submit(do_case, one, each, os.getcwd(), pure=False, retries=0,
                              key=f"hecha-{run}-{n}"): n for n, one in enumerate(asked)}
        return _gathered(jobs, asked, ended)


def _gathered(jobs: dict, asked: Sequence[CaseRun], ended: Tell) -> list[CaseDone]:
    from distributed import as_completed

    found: dict[int, CaseDone] = {}
    for job in as_completed(list(jobs)):
        n = jobs[job]
        try:
            found[n] = job.result()
        except Exception as error:  # noqa: BLE001  the scheduler's own word on a case it gave up
            found[n] = CaseDone(asked[n], FAILED, f"运行它的工作进程一再中断（{type(error).__name__}）")
        job.release()  # or a worker that dies later takes its result along, and it is done again
        ended(found[n], len(found), len(asked))
    return [found[n] for n in sorted(found)]


@contextmanager
def _client(address: str, workers: int) -> Iterator[Any]:
    """A client of the scheduler at an address, or of one made for the occasion."""
    if not can_cluster():
        raise NoCluster(_NEEDED)
    import dask
    from distributed import Client, LocalCluster

    with dask.config.set({"distributed.worker.daemon": False,
                          "distributed.scheduler.allowed-failures": DEATHS,
                          "distributed.admin.log-format": "%(message)s",
                          "logging.distributed": "error"}):
        if not address:
            with LocalCluster(n_workers=max(1, workers), threads_per_worker=1, processes=True,
                              dashboard_address=HERE, memory_limit=0,
                              scheduler_kwargs={"dashboard": False}) as cluster, \
                    Client(cluster) as client:
                yield client
            return
        try:
            client = Client(address, timeout=PATIENCE)
        except (OSError, ValueError) as error:
            raise NoCluster(f"连不上调度器 {address}（{error}），请检查地址和网络") from None
        with client:
            yield client


def _same_program(client: Any) -> None:
    """Every worker must run this very program, or results would not be the same."""
    found = client.run(program)
    if not found:
        raise NoCluster("调度器没有一台工作机，先启动 dask worker")
    ours = program()
    other = sorted(worker for worker, theirs in found.items() if theirs != ours)
    if other:
        raise NoCluster(f"这些工作机上的程序与本机不同：{'、'.join(other)}。请装同一版 hecha 再运行")


def program() -> tuple[str, dict[str, str]]:
    """The digest of the program's code and the versions it stands on, as a run's record has them."""
    from hecha.batch.inputs import code_digest, versions

    return code_digest(), versions()


def do_case(asked: CaseRun, how: How, started_in: str) -> CaseDone:
    """One case, at the worker: where the asker stood, unless all of it is at addresses."""
    if current_process().daemon:
        return CaseDone(asked, FAILED, "工作进程不许再起进程，请以环境变量 "
                                       "DASK_DISTRIBUTED__WORKER__DAEMON=False 启动 dask worker")
    try:
        os.chdir(started_in)
    except OSError:
        if not (is_address(asked.case) and is_address(asked.out)):
            return CaseDone(asked, FAILED,
                            f"工作机上没有文件夹 {started_in}，各机要用同一个共享文件夹")
    return run_case(asked, how)


__all__ = ["CaseDone", "NoCluster", "can_cluster", "do_case", "run_on_cluster"]
