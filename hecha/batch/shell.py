"""IPython's shell without a kernel around it: cells in, a notebook's outputs out.

A kernel is a shell and the means to talk to it over a wire (sockets, an event loop, a thread
for outputs).  Where the notebook runs in the very process that asks, none of it is needed,
and none of it may be there when the process forks.  Outputs are kept as nbclient keeps
those of a kernel: text of one stream in a row is one output, a display that is updated
changes wherever it stands, cleared output is gone.
"""

from __future__ import annotations

import atexit
import getpass
import io
import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from threading import RLock
from typing import Any

import matplotlib
from ipykernel.compiler import get_file_name
from IPython.core import page
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.jsonutil import json_default
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_output
from traitlets import Instance, Type
from traitlets.config import Config

_INLINE = "module://matplotlib_inline.backend_inline"
LANGUAGE = {
    "name": "python", "version": ".".join(map(str, sys.version_info[:3])),
    "mimetype": "text/x-python", "file_extension": ".py", "nbconvert_exporter": "python",
    "codemirror_mode": {"name": "ipython", "version": sys.version_info[0]},
    "pygments_lexer": f"ipython{sys.version_info[0]}",
}
"""what a notebook's metadata says of its language once IPython has run it"""
_QUIET = Config({"HistoryManager": {"enabled": False}})


class Outputs:
    """What a notebook's cells put out; `of` is the list of the cell that runs now.

    Threads of a cell may put out at once.
    """

    def __init__(self) -> None:
        self.of: list[NotebookNode] = []
        self._clear = False
        self._said: list[str] = []
        self._shown: dict[str, list[NotebookNode]] = {}
        self._one = RLock()

    def begin(self) -> None:
        """A new cell begins, with a list of its own."""
        with self._one:
            self.end()
            self.of, self._clear = [], False

    def end(self) -> list[NotebookNode]:
        """The outputs so far, whole."""
        with self._one:
            if self._said:
                self.of[-1].text += "".join(self._said)
                self._said = []
            return self.of

    def say(self, name: str, text: str) -> None:
        """Keep a text of a stream, with what the same stream said just before."""
        with self._one:
            last = self.of[-1] if self.of and not self._clear else None
            if last and last.output_type == "stream" and last.name == name:
                self._said.append(_plain(text))
            else:
                self.keep("stream", name=name, text=text)

    def keep(self, kind: str, display: str | None = None, **content: Any) -> None:
        """Keep an output of a kind with its content; `display` is the name it may be updated by."""
        with self._one:
            self.end()
            if self._clear:
                self.of[:], self._clear = [], False
            new = new_output(kind, **_plain(content))
            self.of.append(new)
            if display:
                self.update(display, new.data, new.metadata)
                self._shown.setdefault(display, []).append(new)

    def update(self, display: str, data: dict, metadata: dict) -> None:
        """Change a display wherever it stands."""
        with self._one:
            for shown in self._shown.get(display, ()):
                shown.data, shown.metadata = from_dict(_plain(data)), from_dict(_plain(metadata))

    def clear(self, wait: bool) -> None:
        """Take out what the cell has put out, at once or when something new comes."""
        with self._one:
            self.end()
            self._clear = wait
            self.of[:] = self.of if wait else []


class _Stream(io.TextIOBase):
    """Where a cell prints to."""

    encoding = "utf-8"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name, self._outputs = name, outputs

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self._outputs.say(self.name, text)
        return len(text)


class _Display(DisplayPublisher):
    """What `display` gives goes to the outputs."""

    outputs = Instance(Outputs)

    def publish(self, data: dict, metadata: dict | None = None, *, transient: dict | None = None,
                update: bool = False, **_: Any) -> None:
        name = (transient or {}).get("display_id")
        if update:
            self.outputs.update(name, data, metadata or {})
        else:
            self.outputs.keep("display_data", name, data=data, metadata=metadata or {})

    def clear_output(self, wait: bool = False) -> None:
        self.outputs.clear(wait)


class _Result(DisplayHook):
    """The value of a cell's last expression goes to the outputs."""

    outputs = Instance(Outputs)

    def write_output_prompt(self) -> None:
        """No prompt: the notebook has a number for it."""

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        self.outputs.keep("execute_result", data=format_dict, metadata=md_dict or {},
                          execution_count=self.prompt_count)

    def finish_displayhook(self) -> None:
        self._is_active = False


class _Compiler(CachingCompiler):
    """Names a cell's code as a kernel does, without its folder: an error of syntax says it."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return os.path.basename(get_file_name(raw_code))


class Shell(InteractiveShell):
    """IPython's shell for the cells of one notebook."""

    outputs = Instance(Outputs, ())
    displayhook_class = Type(_Result)
    display_pub_class = Type(_Display)
    compiler_class = Type(_Compiler)
    autoindent = False

    def init_displayhook(self) -> None:
        super().init_displayhook()
        self.displayhook.outputs = self.outputs

    def init_display_pub(self) -> None:
        super().init_display_pub()
        self.display_pub.outputs = self.outputs

    def init_builtins(self) -> None:
        super().init_builtins()
        self.builtin_trap.auto_builtins["input"] = _nobody_answers("raw_input")

    def init_hooks(self) -> None:
        super().init_hooks()
        self.set_hook("show_in_pager", page.as_hook(lambda *_, **__: None), 99)

    def enable_gui(self, gui: Any = None) -> None:
        """There is no window to serve."""

    def ask_exit(self) -> None:
        """`exit` in a cell ends the notebook as `sys.exit` does."""
        raise SystemExit

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.outputs.keep("error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb))

    def run(self, source: str) -> tuple[int, list[NotebookNode], bool]:
        """Run a cell; its number, its outputs, and whether it went well.

        Not every failure leaves an error among the outputs: a group of exceptions is only
        printed, a notebook's own handler of exceptions shows what it likes.
        """
        count = self.execution_count
        self.outputs.begin()
        with (redirect_stdout(_Stream("stdout", self.outputs)),
              redirect_stderr(_Stream("stderr", self.outputs))):
            done = self.run_cell(source, store_history=True)
        return count, self.outputs.end(), done.success


@contextmanager
def shell() -> Iterator[Shell]:
    """A fresh shell, of which nothing stays in the process when it is done."""
    with _as_before():
        made = Shell.instance(config=_QUIET)
        matplotlib.rcParams["backend"] = _INLINE
        if "matplotlib.pyplot" in sys.modules:  # by a notebook before, whose shell it still serves
            made.enable_matplotlib("inline")
        try:
            yield made
        finally:
            made.restore_sys_module_state()
            atexit.unregister(made.atexit_operations)
            Shell.clear_instance()
            _forget_figures()


def _forget_figures() -> None:
    """The next shell is told anew how figures are shown; matplotlib's door tells only the first."""
    if inline := sys.modules.get("matplotlib_inline.backend_inline"):
        inline.configure_inline_support.current_backend = "unset"
        inline.InlineBackend.clear_instance()


@contextmanager
def _as_before() -> Iterator[None]:
    """Put back what a notebook may change for its process; a library's own settings stay changed."""
    environment, path, ask = dict(os.environ), list(sys.path), getpass.getpass
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    getpass.getpass = _nobody_answers("getpass")
    try:
        with warnings.catch_warnings(), matplotlib.rc_context():
            yield
    finally:
        getpass.getpass, sys.path[:] = ask, path
        root.handlers[:] = handlers
        root.setLevel(level)
        os.environ.clear()
        os.environ.update(environment)


def _nobody_answers(asked: str) -> Callable[..., str]:
    """What stands in the place of a question: it refuses, as a kernel does with nobody there."""
    def refuse(*_: object, **__: object) -> str:
        raise StdinNotImplementedError(
            f"{asked} was called, but this frontend does not support input requests.")

    return refuse


def _plain(content: Any) -> Any:
    """Content as it stands in a file: bytes in base64, tuples as lists, half a character as `?`."""
    text = json.dumps(content, default=json_default, ensure_ascii=False)
    return json.loads(text.encode("utf-8", "replace"))


__all__ = ["LANGUAGE", "Outputs", "Shell", "shell"]
