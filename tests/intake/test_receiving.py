"""The dirty county, received: every problem at its cell, nothing lost; phones read the same."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from hecha.batch.receiving import receive
from hecha.intake import phones
from hecha.intake.cells import Cells
from hecha.plan import load_plan
from hecha.problems import Problems
from hecha.report.page import check_page
from hecha.report.returned import BOOK, PAGE, write_returned
from hecha.tables import Grid, read_grids
from tests.intake.sending import ONE, PLAN, VILLAGE
from tests.setup.declared import ROOT

DIRTY = ROOT / "data" / "yunxi-dirty"


def test_每个问题都有格子_格子里就是所说的内容(dirty):
    received, case = dirty
    grids = {}
    for problem, cell in zip(received.problems, received.cells, strict=True):
        place = problem.place
        if place.row or place.sheet:
            assert cell, str(problem)
        if not (place.row and place.column and problem.found) or "*" in problem.found:
            continue
        if place.file not in grids:
            grids[place.file] = Cells(read_grids(case / place.file, place.file, Problems()))
        stands = grids[place.file].text(place.file, place.sheet, cell)
        assert not stands or problem.code == "missing_header" or stands.strip() == problem.found \
            or problem.code in _OTHERWISE, f"{cell} {stands!r}: {problem}"


# what these quote is not the text of their cell alone
_OTHERWISE = {"stated_total", "household_differs", "no_header", "header", "extra_columns",
              "missing_column", "duplicate", "duplicate_row", "alias"}


def test_行数平衡_逐表相等_未采用的每行有原因(dirty):
    received, _ = dirty
    assert received.balanced
    assert (received.set_aside["reason"] != "").all()
    a = received.accounts
    assert (a["read"] == a["used"] + a["set_aside"]).all() and a["read"].sum() > 20000


def test_每个文件都有下落_读不出的也列着(dirty):
    received, case = dirty
    there = {p.relative_to(case).as_posix() for room in ("roster", "draw", "returns")
             for p in (case / room).rglob("*") if p.is_file()}
    assert set(received.files["file"]) == there
    lost = received.files.set_index("file").query("state != '已读'")["why"]
    assert len(lost) == 3 and (lost != "").all()


def test_登记_有错的是草稿_两份不同的待决定(dirty):
    received, _ = dirty
    news = received.news
    assert set(news["state"]) == {"草稿", "已提交"}
    contested = news[news["outcome"].str.contains("待决定")]
    assert set(zip(contested["sheet"], contested["unit"], strict=True)) == {("村核查", "449901105212")}
    draft = news[(news["unit"] == "449901113203") & (news["sheet"] == "入户核查")]["why"].iloc[0]
    assert "转移性收入" in draft and "住房等级" in draft


def test_报告自成一页_工作簿里每格都是链接(dirty, tmp_path):
    received, case = dirty
    page, book = write_returned(received, tmp_path / "收表")
    html = page.read_text(encoding="utf-8")
    assert page.name == PAGE and book.name == BOOK
    assert check_page(html, file=PAGE).found == []
    for problem in received.problems:
        assert problem.place.file in html
    sheet = openpyxl.load_workbook(book)["问题清单"]
    heads = [c.value for c in sheet[1]]
    assert sheet.max_row - 1 == len(received.problems)
    for row in sheet.iter_rows(min_row=2):
        told = dict(zip(heads, row, strict=True))
        link = told["单元格"].hyperlink
        if link is None:  # the scoring speaks of a town or a form as a whole
            assert not (case / told["文件"].value).exists()
            continue
        target = (tmp_path / "收表" / link.target.split("#")[0]).resolve()
        assert target == (case / told["文件"].value).resolve()
        if told["工作表"].value:
            anchor = link.location or link.target.partition("#")[2]
            assert anchor == f"'{told['工作表'].value}'!{told['单元格'].value}"


def test_报告里没有户编号和证件号码(dirty, tmp_path):
    page, _ = write_returned(dirty[0], tmp_path / "收表")
    from hecha.words import mask_household, mask_numbers

    html = page.read_text(encoding="utf-8")
    body = html[html.index("<body"):]
    assert mask_household(mask_numbers(body)) == body


def test_云溪县没有错误_也没有疑点():
    received = receive(ROOT / "data" / "yunxi", PLAN)
    assert received.errors == 0 and received.balanced and received.news.empty
    assert set(received.files["state"]) == {"已读"}


# -- phones ---------------------------------------------------------------------------------


def wide(names, *rows):
    return ("\ufeff" + "\n".join(",".join(line) for line in (names, *rows)) + "\n").encode()


TOWN_FORM = wide(["SubmissionDate", "town", "main/T_A1_1__met", "main/T_A1_2__numerator",
                  "main/T_A1_2__denominator", "T_C1_2__na", "T_C1_2__note", "KEY", "奇怪的题"],
                 ["2024-01-04", ONE, "yes", "12", "13", "是", "无项目", "uuid:1", "x"])
VILLAGE_FORM = wide(["village", "V_B1_1__责任分工", "V_B1_1__走访记录"], [VILLAGE, "no", "n/a"])


def test_手机表一格变一行_记得来自哪一格():
    plan, problems, towns = load_plan(PLAN), Problems(), {}
    [grid] = phones.phone_tables("导出.csv", TOWN_FORM, problems)
    assert phones.is_phone_table(grid, phones.questions(plan))
    phones.read_phone_table(grid, plan, problems, towns)
    rows = towns[ONE].grids["镇核查"].rows[1:]
    assert [r[:5] for _, r in rows] == [
        [ONE, "T-A1-1", "met", "yes", ""], [ONE, "T-A1-2", "numerator", "12", ""],
        [ONE, "T-A1-2", "denominator", "13", ""], [ONE, "T-C1-2", "na", "是", "无项目"]]
    assert str(towns[ONE].origin["镇核查", 3, "数值"]) == "导出.csv第2行「D2」列"
    assert ["奇怪的题" in p.message for p in problems] == [True]


def test_每个应填的事实都有一个不重的题名():
    plan = load_plan(PLAN)
    many = sum(len(i.observed) + bool(i.observed) for i in plan.item.values())
    assert len(phones.questions(plan)) == many


def test_手机导出的zip与工作簿读成同样的表(folder, tmp_path):
    folder.load()
    inbox = tmp_path / "收件"
    inbox.mkdir()
    with zipfile.ZipFile(inbox / "导出.zip", "w") as made:
        made.writestr("镇.csv", TOWN_FORM)
        made.writestr("村.csv", VILLAGE_FORM)
        made.writestr("media/1.jpg", b"\xff\xd8")
    received = receive(inbox, PLAN, folder.root, keep=False)
    kept = received.case.observations
    assert len(kept) == 6 and received.balanced
    assert set(received.files["state"]) == {"已读"}
    bad = [(str(p.place), c) for p, c in zip(received.problems, received.cells, strict=True)
           if p.place.file.startswith("导出.zip/")]
    assert all(cell for _, cell in bad)


@pytest.mark.parametrize("spoil", ["zip炸弹", "越界", "截断", "空"])
def test_坏的压缩包说清楚_不读(spoil):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        if spoil == "zip炸弹":
            made.writestr("a.csv", b"0" * 20_000_000)
        elif spoil == "越界":
            made.writestr("../a.csv", b"a,b\n")
        elif spoil == "截断":
            made.writestr("a.csv", TOWN_FORM)
    data = held.getvalue()[:-30] if spoil == "截断" else held.getvalue()
    problems = Problems()
    assert phones.phone_tables("坏.zip", data, problems) == []
    assert len(problems.errors) == 1


def test_格子的名字():
    grid = Grid("a.xlsx", "表", [(1, ["一览"]), (3, ["镇代码", "镇名称"]), (4, ["1", "2"])])
    from hecha.problems import Place

    cells = Cells([grid])
    assert cells.name(Place("a.xlsx", "表", 4, "镇名称")) == "B4"
    assert cells.name(Place("a.xlsx", "表", 4)) == "A4"
    assert cells.name(Place("a.xlsx", "表", 0, "镇名称")) == "B3"
    assert cells.name(Place("b.xlsx")) == ""
    assert Path(PAGE).suffix == ".html"


# what a clerk finds who reads the dirty county's returns through: a file, a cell, a word
SEEN = [("returns/核查记录_449901100.xlsx", "D6", "不能为负"), ("returns/核查记录_449901100.xlsx", "D10", "超出范围"),
        ("returns/核查记录_449901100.xlsx", "D23", "小数"), ("returns/核查记录_449901101.xlsx", "B26", "指标代码"),
        ("returns/核查记录_449901102.xlsx", "A74", "填了两行"), ("returns/核查记录_449901113.xlsx", "Q5", "万元"),
        ("returns/核查记录_449901113.xlsx", "AA10", "可填"), ("returns/核查记录_449901112.xlsx", "AI7", "不应多于"),
        ("returns/日常工作.xlsx", "D130", "“是”或“否”"), ("returns/调整.csv", "J7", "空白"),
        ("returns/核查记录_449901114.xlsx", "", "不完整"), ("roster/考勤.csv", "F214", "可填")]


@pytest.mark.parametrize(("file", "cell", "word"), SEEN)
def test_县里人看得出的毛病_都说在那一格(dirty, file, cell, word):
    received, _ = dirty
    said = [p.message for p, c in zip(received.problems, received.cells, strict=True)
            if (p.place.file, c) == (file, cell)]
    assert any(word in message for message in said), said
