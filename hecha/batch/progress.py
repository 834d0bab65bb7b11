"""Progress: how far a run is, each notebook and in all, and how long it may still take.

On a terminal there are bars: one for the whole, and one for each notebook that is running, by
its cells.  In a log there is a line for whatever ended, with the count, the time so far and the
time that may be left.  How far a notebook is, is read from the journal its engine writes (what
was added since the last look, no more), and only where there is a terminal to show it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_CELL = re.compile(rb'^\{"cell": (\d+), "of": (\d+)\}$', re.MULTILINE)
_MINUTE = 90

Cells = Mapping[str, tuple[int, int]]
"""the notebooks that are running: title → the cell it is at, of how many"""


class Progress:
    """What is told of a run under way; this one tells nobody.

    Called with what ended (or, with «…», begins), how many are done, how many there are.
    `wants_cells`: whether it shows the cells of running notebooks, which `running` is then given.
    """

    wants_cells = False

    def __call__(self, what: str, done: int, total: int) -> None:
        """Something ended, or begins."""

    def running(self, cells: Cells) -> None:
        """How far the running notebooks are."""


class Lines(Progress):
    """A line for each thing that ended, for a log or a pipe."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
                 ) -> None:
        self.say, self.clock, self.began = say, clock, clock()

    def __call__(self, what: str, done: int, total: int) -> None:
        """`[ 7/22] 甲镇核查报告　3.1秒，约剩7秒`."""
        self.say(f"[{done:>{len(str(total))}}/{total}] {what}　"
                 f"{time_told(self.clock() - self.began, done, total)}")


class Bars(Progress):
    """Bars on a terminal."""

    wants_cells = True

    def __init__(self, bar) -> None:
        self.bar, self.whole = bar, bar.add_task("开始", total=1)
        self.parts: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        """Move the bar of the whole."""
        self.bar.update(self.whole, description=what, completed=done, total=total)

    def running(self, cells: Cells) -> None:
        """A bar for each running notebook; those of notebooks that ended go."""
        for title in [t for t in self.parts if t not in cells]:
            self.bar.remove_task(self.parts.pop(title))
        for title, (at, of) in cells.items():
            if title not in self.parts:
                self.parts[title] = self.bar.add_task(f"　{title}", total=of)
            self.bar.update(self.parts[title], completed=at, total=of)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Bars on a terminal; lines where there is none to look at."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines(lambda line: console.print(line, markup=False, soft_wrap=True, highlight=False))
        return
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Shown

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
               TimeElapsedColumn(), TextColumn("剩"), TimeRemainingColumn())
    with Shown(*columns, console=console) as bar:
        yield Bars(bar)


def time_told(seconds: float, done: int, total: int) -> str:
    """The time so far, and what is left if it goes on like this; nothing is known of the first.

    >>> time_told(3.14, 7, 22), time_told(300, 1, 3), time_told(5, 0, 9), time_told(9, 9, 9)
    ('3.1秒，约剩7秒', '300.0秒，约剩10分钟', '5.0秒', '9.0秒')
    """
    if not 0 < done < total:
        return f"{seconds:.1f}秒"
    left = seconds / done * (total - done)
    told = f"{left:.0f}秒" if left < _MINUTE else f"{left / 60:.0f}分钟"
    return f"{seconds:.1f}秒，约剩{told}"


class CellsRead:
    """How far running notebooks are, from their journals; each byte is read once."""

    def __init__(self) -> None:
        self._read: dict[Path, int] = {}
        self._at: dict[Path, tuple[int, int]] = {}

    def at(self, journal: Path) -> tuple[int, int]:
        """The cell (counted from 1) a notebook is at, of how many; (0, 0) before the first."""
        try:
            with journal.open("rb") as file:
                file.seek(self._read.get(journal, 0))
                new = file.read()
        except OSError:
            return self._at.get(journal, (0, 0))
        whole = new[:new.rfind(b"\n") + 1]
        self._read[journal] = self._read.get(journal, 0) + len(whole)
        for found in _CELL.finditer(whole):
            self._at[journal] = (int(found[1]) + 1, int(found[2]))
        return self._at.get(journal, (0, 0))


__all__ = ["Bars", "CellsRead", "Lines", "Progress", "progress_bar", "time_told"]
