"""A worker killed while a cluster runs many counties: is everything there, once, the same?

Makes copies of a small example county, runs them undisturbed, then for every seed again on
two workers of which one is killed with SIGKILL at a random moment, and compares every file
of every run by its digest.  Run:

    python -m benchmarks.cluster --counties 100 --seeds 10
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import dask
from distributed import LocalCluster

from hecha.batch.cluster import DEATHS, HERE, run_on_cluster
from hecha.batch.folder import ROOM
from hecha.batch.many import CaseDone, CaseRun, run_many
from hecha.batch.run import How
from hecha.digests import sha256_file
from hecha.folders import find_folder

CASE, PLAN, WORKERS = "data/ducha-403030", "params/ducha-403030", 2
PASSING = {ROOM, "log"}


def counties(folder: Path, number: int) -> list[CaseRun]:
    """Copies of the example county, each a case, each judged and told by one notebook."""
    asked = []
    for n in range(number):
        shutil.copytree(find_folder(CASE), folder / "cases" / f"县{n:03d}")
        asked.append(CaseRun(str(folder / "cases" / f"县{n:03d}"), PLAN,
                             str(folder / "out" / f"县{n:03d}"), notebooks={"plan": {}}))
    return asked


@contextmanager
def workers(number: int) -> Iterator[LocalCluster]:
    """A scheduler with workers that may have children, as `hecha run --cluster` wants them."""
    with dask.config.set({"distributed.worker.daemon": False,
                          "distributed.scheduler.allowed-failures": DEATHS,
                          "logging.distributed": "critical"}):
        with LocalCluster(n_workers=number, threads_per_worker=1, dashboard_address=HERE,
                          memory_limit=0, scheduler_kwargs={"dashboard": False}) as cluster:
            yield cluster


def run_and_kill(asked: list[CaseRun], after: float) -> list[CaseDone]:
    """Run on a cluster of which one worker is killed after some seconds."""
    with workers(WORKERS) as cluster:
        victim = Timer(after, lambda: os.kill(cluster.workers[0].pid, signal.SIGKILL))
        victim.start()
        try:
            return run_on_cluster(asked, How(), cluster.scheduler_address)
        finally:
            victim.cancel()


def digests(folder: Path) -> dict[str, str]:
    """Every file of every run, without what a run keeps for itself."""
    return {p.relative_to(folder).as_posix(): sha256_file(p) for p in sorted(folder.rglob("*"))
            if p.is_file() and not PASSING & set(p.relative_to(folder).parts)}


def main() -> None:
    """Print for every seed whether all is there and the same."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        asked = counties(Path(place), given.counties)
        began = time.perf_counter()
        run_many(asked, How(WORKERS))
        took = time.perf_counter() - began
        whole = digests(Path(place) / "out")
        print(f"undisturbed: {given.counties} counties, {len(whole)} files, {took:.1f} s")
        for seed in range(given.seeds):
            shutil.rmtree(Path(place) / "out")
            after = random.Random(seed).uniform(0.05, 0.9) * took
            began = time.perf_counter()
            done = run_and_kill(asked, after)
            ours = time.perf_counter() - began
            same = digests(Path(place) / "out") == whole
            print(f"seed {seed}: killed after {after:5.1f} s, {ours:.1f} s in all, "
                  f"{sum(d.state == '完成' for d in done)} counties done, "
                  f"{'every file there and the same' if same else 'NOT THE SAME'}", flush=True)


if __name__ == "__main__":
    main()
