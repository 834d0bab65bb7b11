"""The batch on one machine: a county's reports, against the ways they could be made otherwise.

    python -m benchmarks batch

The case is scored once; then each way makes the same pages from the same results: 15 town
notebooks, the county's, and their HTML. Ratios are of one process tree after another on the
machine as it is; CPU seconds are of all processes a way started.

* command lines: stock `papermill`, then `jupyter nbconvert`, a process each;
* interfaces: papermill's and nbconvert's Python functions, one after another, stock kernels;
* plain: one warm Python process that calls the same verbs without any notebook;
* ours: the notebooks and pages of `hecha run`, by its own jobs and workers, forked from a warm
  parent, whose imports (`warm`) are counted with it against those that import again and again.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

CASE, PLAN, TOWNS = "data/yunxi", "params/xian2023", 15
KINDS = ("town", "county")
WORKERS = 2


@contextmanager
def measured(name: str, found: dict[str, tuple[float, float]]) -> Iterator[None]:
    """Wall and CPU seconds of a block and of all processes it started and waited for."""
    wall, cpu = time.perf_counter(), _cpu()
    yield
    found[name] = (time.perf_counter() - wall, _cpu() - cpu)
    print(f"batch      {name:<32}{found[name][0]:8.2f} s wall {found[name][1]:8.2f} s CPU", flush=True)


def _cpu() -> float:
    used = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def tasks(base: Path) -> list:
    """The county's and the towns' notebooks, their results kept in `base`."""
    from hecha.batch import jobs

    told = jobs.score(CASE, PLAN, [], True, {}, {"case": CASE, "plan": PLAN}, str(base),
                      str(Path.cwd()), str(base / "opened"))
    (base / "notebooks").mkdir()
    return [t for t in map(jobs.task_of, told["tasks"]) if t.notebook in KINDS]


def command_lines(found: list, base: Path) -> None:
    """papermill and nbconvert as anyone would type them."""
    for task in found:
        out = base / "notebooks" / f"{task.name}.ipynb"
        given = [word for k, v in task.parameters.items() for word in ("-r", k, str(v))]
        run = [sys.executable, "-m"]
        subprocess.run([*run, "papermill", f"notebooks/{task.notebook}.ipynb", str(out), *given,
                        "--cwd", str(base / "notebooks"), "--no-progress-bar"], check=True,
                       capture_output=True)
        subprocess.run([*run, "jupyter", "nbconvert", "--to", "html", "--no-input", str(out)],
                       check=True, capture_output=True)


def interfaces(found: list, base: Path) -> None:
    """papermill's and nbconvert's Python interfaces, one notebook after another."""
    import papermill
    from nbconvert import HTMLExporter

    for task in found:
        out = base / "notebooks" / f"{task.name}.ipynb"
        papermill.execute_notebook(f"notebooks/{task.notebook}.ipynb", str(out), task.parameters,
                                   cwd=str(base / "notebooks"), progress_bar=False)
        html, _ = HTMLExporter(exclude_input=True).from_filename(str(out))
        out.with_suffix(".html").write_text(html, encoding="utf-8")


def plain(found: list, base: Path) -> None:
    """The same verbs and the same page, no notebook run: cells called one after another."""
    from hecha.batch.pages import page_of
    from hecha.report import fonts
    from hecha.report.page import check_page

    pages = []
    for task in found:
        notebook = nbformat.read(f"notebooks/{task.notebook}.ipynb", as_version=4)
        names: dict[str, object] = dict(task.parameters)
        names["results"] = str(base / str(task.parameters["results"]).removeprefix("../"))
        for cell in notebook.cells:
            if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", ()):
                *before, last = cell.source.strip().split("\n")
                exec("\n".join(before), names)  # noqa: S102  the project's own cells
                try:
                    shown = eval(last, names)  # noqa: S307
                except SyntaxError:
                    exec(last, names)  # noqa: S102
                    continue
                cell.outputs = [nbformat.v4.new_output(
                    "execute_result", {"text/html": shown._repr_html_()})]
        pages.append((task, page_of(notebook, mark="", home="index.html")))
    font = fonts.woff2_subset(frozenset().union(*(p.characters for _, p in pages)))
    for task, page in pages:
        html = page.html(font)
        check_page(html, file=task.page, names=task.names, font=font)
        (base / task.page).write_text(html, encoding="utf-8")


def ours(found: list, base: Path) -> None:
    """The notebooks and pages of `hecha run`, by its jobs: forked from this warm process."""
    from hecha.batch.run import source_of
    from hecha.batch.workers import Job, Workers

    out = base / "ours"
    with Workers(WORKERS) as crew:
        jobs = [Job(t.name, "hecha.batch.jobs:notebook", {
            "source": str(source_of(t)), "parameters": t.parameters, "cwd": str(base / "notebooks"),
            "started_in": str(Path.cwd()), "out": str(out / f"{t.name}.ipynb"),
            "journal": str(base / f"{t.name}.journal")}, said=base / "said") for t in found]
        characters = ""
        for ended in crew.run(jobs):
            assert ended.good, ended
            characters += ended.value["characters"]
        told = [{**t.__dict__} for t in found]
        (font,) = crew.run([Job("font", "hecha.batch.jobs:font", {
            "results": str(base / "results.json"), "tasks": told, "there": [], "failed": {},
            "characters": characters, "out": str(out / "font")})])
        assert font.good, font
        shares = [found[n::WORKERS] for n in range(WORKERS)]
        for ended in crew.run([Job(str(n), "hecha.batch.jobs:pages", {
                "tasks": [{**t.__dict__} for t in share],
                "notebooks": [str(out / f"{t.name}.ipynb") for t in share], "mark": "",
                "home": "index.html", "font": str(out / "font"), "out": str(out)})
                for n, share in enumerate(shares)]):
            assert ended.good and not ended.value, ended


def sizes(found: list, base: Path) -> None:
    """How large the notebooks and the pages are."""
    font = (base / "ours/font").stat().st_size * 4 / 3
    pages = {t.name: (base / "ours" / t.page).stat().st_size for t in found}
    town = max(size for name, size in pages.items() if name.startswith("town"))
    books = max((base / "ours" / f"{t.name}.ipynb").stat().st_size for t in found)
    print(f"batch      largest town page without its font {(town - font) / 1e3:.0f} KB (at most 150); "
          f"largest executed notebook {books / 1e6:.2f} MB (below 1); "
          f"all HTML {sum(pages.values()) / 1e6:.1f} MB (below 15)")


def overhead(base: Path) -> None:
    """What an empty notebook costs in a fork of the warm parent, the fork included."""
    from hecha.batch.workers import Job, Workers

    cells = [nbformat.v4.new_code_cell('town: str = ""', metadata={"tags": ["parameters"]})]
    empty = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {
        "name": "python3", "language": "python", "display_name": "Python 3"}})
    nbformat.write(empty, base / "empty.ipynb")
    asked = {"notebook": base / "empty.ipynb", "given": {"town": "x"}}
    with Workers(1) as crew:
        spent = sorted(e.seconds for e in crew.run([Job(str(n), "hecha.batch.notebooks:execute", {
            **asked, "output": base / f"empty{n}.ipynb"}) for n in range(20)]))
    print(f"batch      an empty notebook, fork and all: median {spent[10] * 1e3:.0f} ms, "
          f"best {spent[0] * 1e3:.0f} ms (at most 30)")


def unchanged() -> None:
    """The command once more when nothing has changed, the start of Python included."""
    with tempfile.TemporaryDirectory(prefix="hecha-") as out:
        command = [sys.executable, "-m", "hecha", "run", CASE, "--plan", PLAN, "--out", out]
        subprocess.run(command, capture_output=True, check=True)
        spent = []
        for _ in range(5):
            began, cpu = time.perf_counter(), _cpu()
            subprocess.run(command, capture_output=True, check=True)
            spent.append((time.perf_counter() - began, _cpu() - cpu))
    print(f"batch      an unchanged county again: best {min(w for w, _ in spent):.2f} s wall, "
          f"{min(c for _, c in spent):.2f} s CPU (below 0.5)")


def starts() -> None:
    """CPU seconds of the commands a person waits for at once, from their second start on."""
    for words in (["--help"], ["plan", "check", PLAN]):
        spent = []
        for _ in range(5):
            cpu = _cpu()
            subprocess.run([sys.executable, "-m", "hecha", *words], capture_output=True, check=True)
            spent.append(_cpu() - cpu)
        print(f"batch      hecha {' '.join(words):<27}{min(spent):8.2f} s CPU (below 0.3)")


def main(ways: list[str] | None = None) -> None:
    """Run every way and print the ratios."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or every way but ours compiles all again
    starts()
    unchanged()
    found: dict[str, tuple[float, float]] = {}
    with measured("warm", found):
        import hecha.batch.warm  # noqa: F401  the warm parent is this process
    with tempfile.TemporaryDirectory(prefix="hecha-") as name:
        base = Path(name)
        asked = tasks(base)
        overhead(base)
        # ours first: what the plain way leaves in this process must not help its children
        all_ways: dict[str, Callable] = {"ours": ours, "plain": plain, "interfaces": interfaces,
                                         "command_lines": command_lines}
        for way in ways or all_ways:
            with measured(way, found):
                all_ways[way](asked, base)
        if "ours" in found:
            sizes(asked, base)
    for other, kind, most in (("command_lines", 0, 0.10), ("interfaces", 0, 0.25), ("plain", 1, 1.6)):
        if other in found and "ours" in found:
            imports = 0 if other == "plain" else found["warm"][kind]  # which plain has paid too
            ratio = (found["ours"][kind] + imports) / found[other][kind]
            print(f"batch      ours / {other}: {ratio:.2f} of the {('wall time', 'CPU')[kind]} "
                  f"(at most {most})")


if __name__ == "__main__":
    main(sys.argv[1:])
