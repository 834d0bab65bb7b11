"""The province's page: many runs gathered, told by one notebook, beside their folders.

    outputs/<批>/<县>/…  ─► gathered ─► province.ipynb ─► province.html, tables/counties.csv …

It is written whole, from what the runs' folders say now; a county whose run failed is named
on it with the reason.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

import nbformat
import pandas as pd

from hecha.analysis import province
from hecha.analysis.province import Province
from hecha.batch.away import below, held, is_address
from hecha.batch.contents import KEPT
from hecha.batch.folder import MANIFEST
from hecha.batch.gathering import gather
from hecha.batch.notebooks import NotebookFailed
from hecha.batch.workers import Job, Workers
from hecha.folders import find_folder, project_folder, write_whole
from hecha.problems import HechaError
from hecha.report import fonts
from hecha.report.naming import with_mark
from hecha.report.page import check_page, page_of
from hecha.report.published import exact, published
from hecha.tables.writing import write_csv

NOTEBOOK = "province"
TABLES = ("counties", "county_towns", "outliers")


class PageFaulty(HechaError):
    """The page was written and something on it is not as it must be."""

    exit_code = 1


def write_province(place: str | Path, lost: Mapping[str, str] | None = None,
                   only: Collection[str] = ()) -> str:
    """Gather the runs below a folder or an address; their page, notebook and tables go there.

    `lost`: run → why it failed; `only`: the runs meant, none means all. Returns where the page is.
    Raises NoRuns, NoSuchFolder, NotebookFailed, PageFaulty, Unreachable; Held where another
    gathering writes to the address.
    """
    if not is_address(place):
        return str(_write(find_folder(place), lost, only))
    with tempfile.TemporaryDirectory() as apart, held(str(place), Path(apart), _gathered) as back:
        try:
            page = _write(Path(apart), lost, only)
        finally:
            back()
        return below(str(place), page.name)


def _gathered(name: str) -> bool:
    """Whether a file at an address is read by the gathering, or written by an earlier one."""
    room, _, rest = name.partition("/")
    return rest in (MANIFEST, KEPT) or room in ("tables", "notebooks") or (
        not rest and name.startswith(NOTEBOOK))


def _write(folder: Path, lost: Mapping[str, str] | None, only: Collection[str]) -> Path:
    found = gather(folder, lost, only)
    mark, file_mark = found.marks
    written = [folder / with_mark(f"tables/{name}.csv", file_mark) for name in TABLES]
    for path, frame in zip(written, tables(found).values(), strict=True):
        write_csv(frame, path)
    executed = _execute(folder, found.lost, only, with_mark(NOTEBOOK, file_mark))
    page = page_of(nbformat.read(executed, as_version=4), mark=mark, home="")
    font = fonts.woff2_subset(page.characters)
    html, path = page.html(font), folder / with_mark(f"{NOTEBOOK}.html", file_mark)
    names = [one.county for one in found.outcomes]
    wrong = check_page(html, file=path.name, names=names, font=font, mark=mark).errors
    write_whole(path, html)
    _drop_earlier(folder, {*written, executed, path})
    if wrong:
        raise PageFaulty(f"{path.name} 有问题：" + "；".join(p.message for p in wrong))
    return path


def _drop_earlier(folder: Path, written: set[Path]) -> None:
    """No page, notebook or table of an earlier time stands beside the new ones under another mark."""
    names = [f"{NOTEBOOK}.html", f"notebooks/{NOTEBOOK}.ipynb", *(f"tables/{t}.csv" for t in TABLES)]
    for name in names:
        for path in folder.glob(with_mark(name, "*")):
            if path not in written:
                path.unlink()
        if (folder / name) not in written:
            (folder / name).unlink(missing_ok=True)


def _execute(folder: Path, lost: Mapping[str, str], only: Collection[str], name: str) -> Path:
    """The notebook, run in a process of its own beside the runs, which it names by «..»."""
    kept, cwd = folder / "notebooks" / f"{name}.ipynb", folder / "notebooks"
    cwd.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as apart, Workers(1) as crew:
        job = Job(NOTEBOOK, "hecha.batch.jobs:notebook", {
            "source": str(project_folder() / "notebooks" / f"{NOTEBOOK}.ipynb"),
            "parameters": {"runs": "..", "lost": json.dumps(lost, ensure_ascii=False),
                           "only": json.dumps(sorted(only), ensure_ascii=False)},
            "cwd": str(cwd.resolve()), "started_in": str(cwd.resolve()), "out": str(kept.resolve()),
            "journal": str(Path(apart) / "journal")}, said=Path(apart) / "said")
        [ended] = crew.run([job])
    if not ended.good:
        raise NotebookFailed(f"{NOTEBOOK}.ipynb：{ended.why or ended.error}")
    return kept


def tables(found: Province) -> dict[str, pd.DataFrame]:
    """The small tables of a province by the name of their file (TABLES), in Chinese."""
    counties, graded, towns = (make(found) for make in (
        province.counties, province.grades, province.towns))
    beyond = province.outliers(found)
    return {
        "counties": pd.DataFrame({
            "卷宗": counties["run"], found.of: counties["county"], "方案": counties["title"],
            "口径": counties["used"], "单位数": counties["towns"], "有得分": counties["finished"],
            **{name: counties[c].map(published) for c, name in (
                ("mean", "平均分"), ("most", "最高"), ("least", "最低"))},
            **{c: graded[c] for c in graded.columns[2:]}, "数据错误": counties["errors"]}),
        "county_towns": pd.DataFrame({
            "卷宗": towns["run"], found.of: towns["county"], "代码": towns["town"],
            "单位": towns["town_name"], "得分": towns["score"].map(published),
            "得分精确值": towns["score"].map(exact), "等次": towns["grade"], "状态": towns["state"]}),
        "outliers": pd.DataFrame({
            "卷宗": beyond["run"], found.of: beyond["county"], "单位": beyond["name"],
            "分数": beyond["score"].map(published), "偏": beyond["side"],
            "下限": beyond["low"].map(published), "上限": beyond["high"].map(published)}),
    }
