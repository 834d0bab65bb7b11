"""Kill `hecha run` at random moments, again and again: is its folder always whole?

Each round starts the command on a small case (one town, two notebooks; with `whole` all of it),
waits a random part of the time that an
undisturbed run takes, kills it with SIGKILL, and looks at the folder: no file half written,
and where there is a manifest it holds, for every file.  The next round goes on from there.
When a run gets through, its folder must equal that of the undisturbed run, byte by byte.

    python -m benchmarks.kills 1000 whole  the nightly run
    python -m benchmarks.kills 50          as in the tests
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from pathlib import Path

CASE, PLAN = "data/sheng-bangfu", "params/sheng-bangfu"
SMALL = "  towns: [云州市]\n  notebooks: [town, plan]\n"
HELD, PATIENCE = 4, 100


def main(kills: int, whole_case: bool) -> int:
    """Kill so many runs; 0 where every look and every finished run was right."""
    import hecha.batch.warm  # noqa: F401  runs forked from here need not import anything

    chance = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="hecha-") as name:
        base = Path(name)
        for out in ("undisturbed", "disturbed"):
            (base / f"{out}.yaml").write_text(
                f"runs:\n- case: {CASE}\n  plan: {PLAN}\n  out: {base / out}\n"
                f"{'' if whole_case else SMALL}", encoding="utf-8")
        started = time.monotonic()
        assert _wait(_start(base / "undisturbed")) == 0
        whole = time.monotonic() - started
        expected, out = _outputs(base / "undisturbed"), base / "disturbed"
        killed = through = 0
        while killed < kills:
            if _killed(out, chance.uniform(0, whole)):
                killed += 1
                _look(out)
            else:
                through += 1
                assert _outputs(out) == expected, "a finished run differs from the undisturbed one"
                shutil.rmtree(out)
        assert _wait(_patient(out)) == 0 and _outputs(out) == expected
        print(f"kills      {killed} kills, {through + 1} runs got through, "
              f"every folder whole, every finished run the same; an undisturbed run {whole:.1f} s")
    return 0


def _start(out: Path) -> int:
    """Start the command in a process of its own."""
    process = os.fork()
    if process:
        return process
    from hecha.commands import app

    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    code = 99
    try:
        app(["run", f"{out}.yaml"], standalone_mode=False)
    except SystemExit as left:
        code = int(left.code or 0)
    except BaseException as error:  # noqa: BLE001  its kind is all that is asked
        code = getattr(error, "exit_code", 98)
    finally:
        os._exit(code)


def _wait(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def _patient(out: Path) -> int:
    """Start a run, again where the killed one's last child still holds the folder."""
    for _ in range(PATIENCE):
        process = _start(out)
        time.sleep(0.05)
        ended, status = os.waitpid(process, os.WNOHANG)
        if not ended or os.waitstatus_to_exitcode(status) != HELD:
            return process if not ended else _start(out)
    raise AssertionError("the folder stays held")


def _killed(out: Path, after: float) -> bool:
    """Start a run and kill it after a while; False where it was through by then."""
    process = _patient(out)
    time.sleep(after)
    ended, status = os.waitpid(process, os.WNOHANG)
    if ended:
        assert os.waitstatus_to_exitcode(status) == 0, status
        return False
    os.kill(process, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL


def _outputs(out: Path) -> dict:
    return json.loads((out / "manifest.json").read_text(encoding="utf-8"))


def _look(out: Path) -> None:
    """Every file in sight is whole; the manifest, where there is one, holds."""
    from hecha.batch.manifest import verify_manifest

    if not out.is_dir():
        return
    for path in out.rglob("*"):
        if path.is_file() and ".run" not in path.parts and "log" not in path.parts:
            assert _is_whole(path), f"{path.name} is not whole"
    if (out / "manifest.json").is_file():
        assert verify_manifest(out) == []


def _is_whole(path: Path) -> bool:
    if path.suffix in (".json", ".ipynb"):
        return bool(json.loads(path.read_text(encoding="utf-8")))
    if path.suffix in (".docx", ".xlsx"):
        return zipfile.ZipFile(path).testzip() is None
    if path.suffix == ".html":
        return path.read_text(encoding="utf-8").endswith("</html>\n")
    return path.read_bytes().startswith(b"\xef\xbb\xbf")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 1000, "whole" in sys.argv))
