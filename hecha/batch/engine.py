"""A papermill engine that runs the cells in the process it is called in.

Stock papermill starts a kernel for every notebook and pays for imports each time.  Here
the cells run in IPython's own shell (:mod:`hecha.batch.shell`), so that a process forked from
a warm parent (imports paid once) executes a notebook in a fraction of a second.  The executed
notebook is the same notebook; papermill stays the interface.  Nothing heavy is imported
until a notebook runs, because papermill loads every engine when it starts.
"""

from __future__ import annotations

import json
from contextvars import Context
from functools import cache
from typing import Any

from nbformat import NotebookNode

NAME = "hecha"


def __getattr__(name: str) -> type:
    """`InProcessEngine`, made when it is first asked for.

    papermill loads every engine while it is itself being loaded, so this module may not
    need papermill to be imported.
    """
    if name != "InProcessEngine":
        raise AttributeError(name)
    return _engine()


@cache
def _engine() -> type:
    from papermill.engines import Engine

    class InProcessEngine(Engine):
        """Runs a notebook's cells here, one after another, and stops at the first error."""

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str,
                                     journal: str | None = None, **_: Any) -> NotebookNode:
            """Execute the managed notebook; papermill raises for the cell that failed.

            `journal` is a file that gets a line when a cell begins and one with its outputs
            when it is done, so that what a killed notebook had done is known.
            """
            Context().run(_execute, nb_man, _Journal(journal))
            return nb_man.nb

    return InProcessEngine


def _execute(nb_man: Any, journal: _Journal) -> None:
    """Run the cells, in a context that holds nothing of whoever asked, as in a kernel's own."""
    from hecha.batch.shell import LANGUAGE, shell

    nb_man.nb.metadata["language_info"] = dict(LANGUAGE)
    with shell() as ipython:
        for index, cell in enumerate(nb_man.nb.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            nb_man.cell_start(cell, index)
            journal.note(cell=index, of=len(nb_man.nb.cells))
            cell.execution_count, cell.outputs, good = ipython.run(cell.source)
            journal.note(cell=index, count=cell.execution_count, outputs=cell.outputs)
            if not good and "raises-exception" not in cell.metadata.get("tags", []):
                nb_man.cell_exception(cell, index)
                break
            nb_man.cell_complete(cell, index)


class _Journal:
    """Lines of JSON, each on the disk's side of the process before the next cell begins."""

    def __init__(self, path: str | None) -> None:
        self.path = path

    def note(self, **line: object) -> None:
        if self.path:
            with open(self.path, "a", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
