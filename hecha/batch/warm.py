"""What a warm parent has imported before it forks a process for each job.

It stays single-threaded, opens no database and no socket, and puts what it has loaded out of
the collector's reach (`gc.freeze`), so that its children share its memory.  `rfc3987_syntax`,
which compiles 35 grammars when it is imported, for a check of formats that no notebook uses,
is kept out.
"""

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

import fontTools.subset
import IPython
import matplotlib.figure
import papermill
from nbformat import writes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import hecha.batch.opening
import hecha.batch.pages
import hecha.batch.telling
import hecha.commands
import hecha.report.workbook
import hecha.scoring.parts
import hecha.show
from hecha.batch.notebooks import execute
from hecha.folders import write_whole
from hecha.problems import HechaError


def _once() -> None:
    """Draw a chart and write a page, so that fonts, templates and grammars are loaded."""
    from hecha.report import charts, fonts
    from hecha.report.fragments import heading, stack, tiles
    from hecha.report.page import check_page, page_of

    charts.dumbbell(["甲"], [1], [2], labels=("前", "后"), title="图", alt="图", caption="图")
    stack(heading("题", "注"), tiles([("项", "值", "注")]))
    html = page_of(new_notebook(cells=[new_markdown_cell("## 题")]), home="i.html").html(b"")
    check_page(html, file="页")
    fonts.missing_characters("字")


def _run_nothing() -> None:
    """Run an empty notebook, so that IPython and papermill have once done what they do first."""
    cells = [new_code_cell('town: str = ""', metadata={"tags": ["parameters"]}), new_code_cell("1")]
    with TemporaryDirectory(prefix="hecha-") as folder:
        empty, done = Path(folder, "empty.ipynb"), Path(folder, "done.ipynb")
        write_whole(empty, writes(new_notebook(cells=cells)))
        execute(empty, done, {})


for _warming in (_once, _run_nothing):
    with suppress(HechaError, OSError):  # a job will say it: a parent that dies says nothing
        _warming()
gc.collect()
gc.freeze()

__all__ = ["IPython", "fontTools", "hecha", "matplotlib", "papermill"]
