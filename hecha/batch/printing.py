"""Printing afterwards (事后印): the pages of a finished run become PDFs, and its index links them.

The folder is held meanwhile, so that no run changes it; the index is made anew from what the
run keeps of itself.  Where a folder came without that (only what is in sight was copied), the
prints are made and the index stays as it was.
"""

from __future__ import annotations

from pathlib import Path

from hecha.batch.contents import KEPT
from hecha.batch.documents import PRINTED, print_run
from hecha.batch.folder import RunFolder
from hecha.batch.jobs import task_of
from hecha.batch.manifest import check_is_run, note_outputs
from hecha.batch.pages import write_index
from hecha.batch.run import FONT


def print_afterwards(out: Path) -> dict[str, str]:
    """Print the pages of a run, list the prints and link them; what was not printed, and why.

    Raises Changed where the folder holds no run, Held where another run has it, NoBrowser.
    """
    folder = RunFolder(check_is_run(out).absolute())
    with folder.held():
        failed = print_run(folder.out)
        note_outputs(folder.out, PRINTED)
        note_outputs(folder.out, *_linked(folder))
    return failed


def _linked(folder: RunFolder) -> tuple[str, ...]:
    """Make the index anew over all that is there; the files that were written."""
    from hecha.scoring import snapshot

    scored, index = folder.records.load("score"), folder.records.load("index")
    font = folder.out / FONT
    if scored is None or index is None or not font.is_file():
        return ()
    pages, failed = index.parts["报告"], dict(index.parts["失败的"])
    tasks = [t for t in map(task_of, scored.value["tasks"]) if t.page in pages]
    write_index(tasks, snapshot.load(folder.out / KEPT), set(folder.listed()), failed,
                font.read_bytes(), folder.out)
    return tuple(index.files)


__all__ = ["print_afterwards"]
