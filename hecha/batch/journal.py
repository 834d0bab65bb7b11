"""The journal of a run (日志): lines a person reads, the same as JSON lines, and durations.

`log/run.log` and `log/run.jsonl` grow by what each run did, and when; `log/durations.json` has
how long each step took last.  They stand apart from the run's content: no hash covers them,
and nothing is decided by the times in them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

from hecha.batch.folder import LOG
from hecha.folders import write_whole

_NAMES = {"run": "开始", "made": "完成", "failed": "失败", "kept": "没有变化", "end": "结束",
          "clock": "时钟"}


class Journal:
    """What is written down of one run."""

    def __init__(self, out: Path) -> None:
        self.folder = out / LOG

    def note(self, event: str, what: str, **more: object) -> None:
        """One line in each log: `event` of _NAMES, what it was about, and its numbers."""
        at = time.strftime("%Y-%m-%d %H:%M:%S")
        seconds = f"　{more['seconds']:.2f}秒" if "seconds" in more else ""
        why = f"　{more['why']}" if more.get("why") else ""
        self._add("run.log", f"{at}　{_NAMES[event]}　{what}{seconds}{why}")
        self._add("run.jsonl", json.dumps({"at": at, "event": event, "what": what, **more},
                                          ensure_ascii=False))

    def last_end(self) -> str:
        """When the last run that is written down ended, as text; blank where none did."""
        try:
            lines = (self.folder / "run.jsonl").read_text(encoding="utf-8").splitlines()
        except OSError:
            return ""
        for line in reversed(lines):
            try:
                told = json.loads(line)
            except ValueError:
                continue
            if told.get("event") == "end":
                return str(told["at"])
        return ""

    def durations(self, seconds: Mapping[str, float]) -> None:
        """Keep how long each step took when it was last done."""
        write_whole(self.folder / "durations.json", json.dumps(
            {k: round(v, 3) for k, v in seconds.items()}, ensure_ascii=False, indent=1))

    def _add(self, name: str, line: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


__all__ = ["Journal"]
