"""The notebooks of rectification and of two years become pages without a fault."""

import datetime as dt

import nbformat
import pytest
from nbclient import NotebookClient

from hecha.batch.rectifying import KEPT_REGISTER, lost_in
from hecha.batch.yearly import KEPT_YEARS
from hecha.case.shapes import RECTIFICATION
from hecha.problems import Problems
from hecha.rectification import as_text, register_of
from hecha.rectification.register import published
from hecha.rectification.standing import standing
from hecha.rectification.states import CLOSED
from hecha.report import fonts
from hecha.report.page import check_page, page_of, visible_text
from hecha.scoring import snapshot
from hecha.show.rectification import (
    Rectifying,
    WrongDay,
    rectification_bottom_line,
    rectification_overdue,
)
from hecha.yearly import as_text as years_text
from hecha.yearly import compare
from tests.rectification.made import ON, handed_ledger
from tests.report.made import MARK, made_results

NAMES = ("甲镇", '<script>alert("乙")</script>\u202e镇', "𣵦镇")
LEDGER = handed_ledger(
    ("1", "任务没完成", "镇", "T-A2-1", "销号", "照片", "叶丽晴", "江晴莲", "449901100"),
    ("2", "档案涂改，身份证440524188001010014", "户", "V-D1-1", "整改中", "", "何然", "",
     "4499011002000012"))


@pytest.fixture(scope="module")
def results():
    return made_results(NAMES)


@pytest.fixture(scope="module")
def register(results):
    _, items = standing(results, LEDGER, [], Problems(), ON)
    return register_of(results, items.values(), lost_in(made_results(NAMES, lost=(4, 0, 0))), "2022")


def paged(notebook, says, figures):
    page = page_of(notebook, mark=MARK, home="index.html")
    html = page.html(font := fonts.woff2_subset(page.characters))
    found = check_page(html, file="页", names=says, figures=figures, font=font, mark=MARK)
    assert [str(p) for p in found] == [] and "<script>alert" not in html
    return visible_text(html)


@pytest.fixture(scope="module")
def texts(results, register, tmp_path_factory):
    """Both pages as read, from one kernel."""
    folder = tmp_path_factory.mktemp("run")
    before = made_results(NAMES, lost=(10, 4, 30), unfinished=("449901102",))
    years = folder / KEPT_YEARS
    years.write_text(years_text(compare(before, results, results)), encoding="utf-8")
    (folder / KEPT_REGISTER).write_text(as_text(register), encoding="utf-8")
    return executed_together(results, folder, rectification={"as_of": "2024-03-12"},
                             yearly={"last_year": str(years)})


def executed_together(results, folder, **given):
    """The pages of notebooks whose cells ran one after the other in one kernel."""
    (folder / "results.json").write_text(snapshot.as_text(results), encoding="utf-8")
    books = {name: nbformat.read(f"notebooks/{name}.ipynb", as_version=4) for name in given}
    for name, values in given.items():
        cell = next(c for c in books[name].cells if "parameters" in c.metadata.get("tags", ()))
        cell.source += "".join(f"\n{k} = {v!r}" for k, v in (
            {"results": str(folder / "results.json")} | values).items())
    cells = [c for book in books.values() for c in book.cells]
    for number, cell in enumerate(cells):
        cell.id = f"c{number}"
    whole = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(whole, timeout=300, kernel_name="python3",
                   resources={"metadata": {"path": "notebooks"}}).execute()
    found, start = {}, 0
    for name, book in books.items():
        end = start + len(book.cells)
        book.cells, start = whole.cells[start:end], end
        found[name] = paged(book, ["甲镇"], 1)
    return found


def test_整改进度成页_逾期按给的日子_户和身份证遮住(texts):
    text = texts["rectification"]
    # 3镇各4项扣分，台账另有1项；甲镇1项销号；其余12项都过了时限
    assert "13项中销号1项" in text and "逾期的事项（12项）" in text
    assert "4499011002000012" not in text and "440524188001010014" not in text
    assert "上年（2022）也扣过分的（4项）" in text and "列入县乡村振兴领导小组督查巡查" in text


def test_与上年比成页(texts):
    assert "工作做得更好的" in texts["yearly"] and "上年未完成" in texts["yearly"]


def test_没到时限不算逾期_当天也不算(register):
    assert len(register.overdue(dt.date(2024, 3, 10))) == 1  # 只有台账上2月1日的那一项
    assert len(register.overdue(dt.date(2024, 3, 11))) == 12


def test_全部销号以后_页面照样说得出(results):
    _, items = standing(results, RECTIFICATION.empty(), [], Problems(), ON)
    for one in items.values():
        one.state = CLOSED
    told = Rectifying(results, register_of(results, items.values()))
    day = dt.date(2024, 6, 1)
    assert list(told.register.progress(day)["overdue"]) == [0, 0, 0]
    assert "没有逾期的事项" in str(rectification_bottom_line(told, day.isoformat()).html)
    assert "逾期的事项（0项）" in str(rectification_overdue(told, day.isoformat()).html)


def test_上年没有查的村_不知道是不是老问题_不写否(results):
    """上年只抽了一个村：另一个村的问题不知道，同一个村没有扣过的是“否”。"""
    _, items = standing(results, RECTIFICATION.empty(), [], Problems(), ON)
    again = register_of(results, items.values(),
                        lost_in(made_results(NAMES, lost=(4, 0, 0), villages=1)), "2022").items
    village = again[again["sheet"] == "village"].set_index("unit")["repeated"]
    assert list(village.loc[["449901100200", "449901101200", "449901100201"]]) == [True, False, None]
    assert list(published(register_of(results, items.values()))["上年也有"].unique()) == [""]


def test_上年同一代码是别的细项_不算老问题(results):
    item = results.plan.items[0]
    renamed = results.plan.model_copy(update={"items": (
        item.model_copy(update={"name": "别的细项"}), *results.plan.items[1:])})
    assert {key[2] for key in lost_in(results)} - {key[2] for key in lost_in(results, renamed)} == {
        item.code}


def test_统计日写错_说写错(results, register):
    with pytest.raises(WrongDay, match="2024-02-29"):
        rectification_bottom_line(Rectifying(results, register), "2月29日")
