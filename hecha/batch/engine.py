"""A papermill engine that runs the cells in the process it is called in.

Stock papermill starts a kernel for every notebook and pays for imports each time.  Here
the cells run in IPython's own in-process kernel, so that a process forked from a warm
parent (imports paid once) executes a notebook in a fraction of a second.  The executed
notebook is the same notebook; papermill stays the interface.  Nothing heavy is imported
until a notebook runs, because papermill loads every engine when it starts.
"""

from __future__ import annotations

import json
from functools import cache
from types import SimpleNamespace
from typing import Any

from nbformat import NotebookNode, from_dict

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
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str,
                                     journal: str | None = None, **_: Any) -> NotebookNode:
            """Execute the managed notebook; papermill raises for the cell that failed.

            `journal` is a file that gets a line when a cell begins and one with its outputs
            when it is done, so that what a killed notebook had done is known.
            """
            return _execute(nb_man, _Journal(journal))

    return InProcessEngine


def _execute(nb_man: Any, journal: _Journal) -> NotebookNode:
    notebook = nb_man.nb
    cells = _Cells()
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        nb_man.cell_start(cell, index)
        journal.note(cell=index, of=len(notebook.cells))
        failed = cells.run(cell)
        journal.note(cell=index, count=cell.execution_count, outputs=cell.outputs)
        if failed and "raises-exception" not in cell.metadata.get("tags", []):
            nb_man.cell_exception(cell, index)
            break
        nb_man.cell_complete(cell, index)
    notebook.metadata["language_info"] = cells.language
    return notebook


class _Journal:
    """Lines of JSON, each on the disk's side of the process before the next cell begins."""

    def __init__(self, path: str | None) -> None:
        self.path = path

    def note(self, **line: object) -> None:
        if self.path:
            with open(self.path, "a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _let_await(kernel: Any) -> None:
    """Let a cell await: ipykernel 7 asks then for the thread of its shell channel, which an
    in-process kernel does not have, and only then may it seem to."""
    if getattr(kernel, "shell_channel_thread", ...) is not None:
        return
    execute = kernel.do_execute

    async def do_execute(*args: Any, **keys: Any) -> Any:
        kernel.shell_channel_thread = SimpleNamespace(parent_thread=None)
        try:
            return await execute(*args, **keys)
        finally:
            kernel.shell_channel_thread = None

    kernel.do_execute = do_execute


class _Cells:
    """IPython's in-process kernel, fresh, and what its cells put out.

    Outputs are kept as nbclient keeps them: text of one stream in a row is one output, a
    display that is updated changes wherever it stands, cleared output is gone.
    """

    def __init__(self) -> None:
        from ipykernel.inprocess.ipkernel import InProcessInteractiveShell
        from ipykernel.inprocess.manager import InProcessKernelManager
        from traitlets.config import Config

        used = InProcessInteractiveShell.initialized()
        manager = InProcessKernelManager(config=Config({"HistoryManager": {"enabled": False}}))
        manager.start_kernel()
        _let_await(manager.kernel)
        self.client = manager.client()
        self.client.start_channels()
        self.language = dict(manager.kernel.language_info)
        self._shown: dict[str, list[NotebookNode]] = {}
        if used:
            manager.kernel.shell.reset(new_session=True)

    def run(self, cell: NotebookNode) -> bool:
        """Run a cell, fill its outputs and number; whether it failed."""
        cell.outputs, self._clear = [], False
        self.client.execute(cell.source, allow_stdin=False)
        while self.client.iopub_channel.msg_ready():
            message = self.client.iopub_channel.get_msg(timeout=0)
            if "execution_count" in message["content"]:
                cell.execution_count = message["content"]["execution_count"]
            self._keep(cell.outputs, message)
        return any(o.output_type == "error" for o in cell.outputs)

    def _keep(self, outputs: list[NotebookNode], message: dict) -> None:
        from nbformat.v4 import output_from_msg

        kind, content = message["msg_type"], message["content"]
        name = (content.get("transient") or {}).get("display_id")
        if kind in ("update_display_data", *_OUTPUTS) and name in self._shown:
            for shown in self._shown[name]:
                shown.data, shown.metadata = from_dict(content["data"]), from_dict(content["metadata"])
        if kind == "clear_output":
            self._clear = bool(content.get("wait"))
            outputs[:] = outputs if self._clear else []
        if kind in _OUTPUTS:
            if self._clear:
                outputs[:], self._clear = [], False
            new = output_from_msg(message)
            _join(outputs, new)
            if name:
                self._shown.setdefault(name, []).append(new)


def _join(outputs: list[NotebookNode], new: NotebookNode) -> None:
    """Text of one stream in a row is one output, as stock papermill keeps it."""
    last = outputs[-1] if outputs else None
    if last and new.output_type == "stream" == last.output_type and new.name == last.name:
        last.text += new.text
    else:
        outputs.append(new)
