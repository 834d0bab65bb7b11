"""What a warm parent has imported before it forks a process for each job.

It stays single-threaded, opens no database and no socket, and puts what it has loaded out of
the collector's reach (`gc.freeze`), so that its children share its memory.  `rfc3987_syntax`
compiles 35 grammars when it is imported, for a check of formats that no notebook uses, and a
kernel imports the debugger `debugpy`, which nobody attaches here: both are kept out.
"""

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # its remark is no one's news
for _unused in ("rfc3987_syntax", "debugpy"):
    sys.modules.setdefault(_unused, None)  # type: ignore[arg-type]

import ipykernel.inprocess.client
import ipykernel.inprocess.ipkernel
import ipykernel.inprocess.manager
import matplotlib.figure
import papermill

import hecha.batch.notebooks
import hecha.batch.opening
import hecha.batch.pages
import hecha.batch.telling
import hecha.commands
import hecha.report.workbook
import hecha.scoring.parts
import hecha.show
from hecha.problems import HechaError

for _late in ("IPython.core.completerlib", "IPython.core.crashhandler", "IPython.core.oinspect",
              "ipykernel.debugger", "psutil", "tornado.platform.asyncio", "tornado.queues"):
    with suppress(ImportError):  # what a kernel imports when it starts, by these versions
        import_module(_late)


def _once() -> None:
    """Draw a chart and write a page, so that fonts, templates and grammars are loaded."""
    from nbformat.v4 import new_markdown_cell, new_notebook

    from hecha.report import charts, fonts
    from hecha.report.fragments import heading, stack, tiles
    from hecha.report.page import check_page, page_of

    charts.dumbbell(["甲"], [1], [2], labels=("前", "后"), title="图", alt="图", caption="图")
    stack(heading("题", "注"), tiles([("项", "值", "注")]))
    html = page_of(new_notebook(cells=[new_markdown_cell("## 题")]), home="i.html").html(b"")
    check_page(html, file="页")
    fonts.missing_characters("字")


with suppress(HechaError):  # a missing font is the job's to say: a parent that dies says nothing
    _once()
gc.collect()
gc.freeze()

__all__ = ["hecha", "ipykernel", "matplotlib", "papermill"]
