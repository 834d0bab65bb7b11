"""A papermill engine that runs the cells in the process it is called in.

Stock papermill starts a kernel for every notebook and pays for imports each time.  Here
the cells run in IPython's own in-process kernel, so that a process forked from a warm
parent (imports paid once) executes a notebook in a fraction of a second.  The executed
notebook is the same notebook; papermill stays the interface.  Nothing heavy is imported
until a notebook runs, because papermill loads every engine when it starts.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from nbformat import NotebookNode

NAME = "hecha"
_OUTPUTS = ("stream", "display_data", "execute_result", "error")


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
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **_: Any
                                     ) -> NotebookNode:
            """Execute the managed notebook; papermill raises for the cell that failed."""
            return _execute(nb_man)

    return InProcessEngine


def _execute(nb_man: Any) -> NotebookNode:
    cells = _Cells()
    for index, cell in enumerate(nb_man.nb.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        nb_man.cell_start(cell, index)
        cell.outputs, cell.execution_count, failed = cells.run(cell.source)
        if failed:
            nb_man.cell_exception(cell, index)
            break
        nb_man.cell_complete(cell, index)
    return nb_man.nb


class _Cells:
    """IPython's in-process kernel, fresh, and what its cells put out."""

    def __init__(self) -> None:
        from ipykernel.inprocess.manager import InProcessKernelManager

        manager = InProcessKernelManager()
        manager.start_kernel()
        self.client = manager.client()
        self.client.start_channels()
        manager.kernel.shell.reset(new_session=True)

    def run(self, source: str) -> tuple[list[NotebookNode], int | None, bool]:
        """The outputs of a cell, its number, and whether it failed."""
        from nbformat.v4 import output_from_msg

        self.client.execute(source, allow_stdin=False)
        outputs: list[NotebookNode] = []
        count = None
        while self.client.iopub_channel.msg_ready():
            message = self.client.iopub_channel.get_msg(timeout=0)
            if message["msg_type"] == "execute_input":
                count = message["content"]["execution_count"]
            if message["msg_type"] in _OUTPUTS:
                _join(outputs, output_from_msg(message))
        return outputs, count, any(o.output_type == "error" for o in outputs)


def _join(outputs: list[NotebookNode], new: NotebookNode) -> None:
    """Text of one stream in a row is one output, as stock papermill keeps it."""
    last = outputs[-1] if outputs else None
    if last and new.output_type == "stream" == last.output_type and new.name == last.name:
        last.text += new.text
    else:
        outputs.append(new)
