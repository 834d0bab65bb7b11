"""Notebooks executed in a true kernel on a made county, for the tests of pages."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient

from hecha.scoring import snapshot

FOLDER = Path("notebooks")


def executed(name: str, results, folder: Path, **parameters: str) -> nbformat.NotebookNode:
    """A notebook run on results kept in a file, with these parameters."""
    kept = folder / "results.json"
    kept.write_text(snapshot.as_text(results), encoding="utf-8")
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    given = {"results": str(kept), **parameters}
    cell = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", ()))
    cell.source += "".join(f"\n{key} = {value!r}" for key, value in given.items())
    NotebookClient(notebook, timeout=300, startup_timeout=300, kernel_name="python3",
                   resources={"metadata": {"path": str(FOLDER)}}).execute()
    return notebook
