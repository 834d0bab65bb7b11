"""县核查办填的表：日常工作按镇填，考勤一人一次一行；填好交回，读出来的就是填的。"""

from __future__ import annotations

import datetime as dt
import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from hecha.case.shapes import ATTENDANCE, OBSERVATIONS
from hecha.commands import app
from hecha.forms.office import attendance_workbook, office_sheets, office_workbook
from hecha.plan import load_plan
from hecha.problems import Problems
from hecha.scoring import score_case
from hecha.tables import grids_of, read_table
from tests.forms.filling import checks_filled, recalculated

TOWNS = {"449901105": "建安镇", "449901111": "石鼓镇"}


@pytest.fixture(scope="module")
def daily(before):
    return office_workbook(before.plan, before.plan.sheet["daily"], TOWNS, "0123456789abcdef")


def test_各镇各有一段_由考勤计入的不用填(before, daily):
    book = load_workbook(io.BytesIO(daily[0]))
    assert book.sheetnames == ["说明", "日常工作·填", "记录计算", "日常工作"]
    assert [c.value for c in book["日常工作"][1]] == [c.header for c in OBSERVATIONS.columns]
    lines = {(unit, line.item.code, line.measure): line for unit, line, *_ in daily[1].cells}
    assert {unit for unit, *_ in lines} == set(TOWNS)
    for option in ("缺勤", "迟到", "早退"):
        line = lines["449901105", "D-E4-3", option]
        assert line.spare and line.label.endswith("（由考勤表计入，不填）")
    asked = {(item.code, m) for item in before.plan.items_of("daily") for m in item.observed}
    assert {key[1:] for key in lines} == asked


def test_只有不在现场填的表归县核查办():
    forms = {name: [s.form for s in office_sheets(load_plan(f"params/{name}"))]
             for name in ("xian2023", "sheng-bangfu", "houpinggu2021")}
    assert forms == {"xian2023": ["日常工作"], "sheng-bangfu": [], "houpinggu2021": []}


@pytest.fixture(scope="module")
def filled(office_file, before, daily, tmp_path_factory):
    """两个表填好，由 LibreOffice 算过、存过。"""
    book, out = load_workbook(io.BytesIO(daily[0])), io.BytesIO()
    checks_filled(book, {"daily": daily[1]}, before.plan, before.case)
    book.save(out)
    attended = load_workbook(io.BytesIO(attendance_workbook(before.plan, before.case)))
    page, person = attended["考勤"], before.case.staff.person_id.iloc[3]
    for column, value in enumerate((dt.date(2024, 1, 4), person, None, None, "实地核查", "迟到", "堵车"), 1):
        if value is not None:
            page.cell(2, column).value = value
    second = io.BytesIO()
    attended.save(second)
    return recalculated(office_file, {"日常工作.xlsx": out.getvalue(), "考勤.xlsx": second.getvalue()},
                        tmp_path_factory.mktemp("县核查办"))


@pytest.mark.office
@pytest.mark.slow
def test_日常工作填好交回_与原来的表读出来一样(before, filled):
    problems = Problems()
    grids = {g.sheet: g for g in grids_of(filled["日常工作.xlsx"].read_bytes(), "日常工作.xlsx", problems)}
    frame = read_table(grids["日常工作"], OBSERVATIONS, problems).frame
    assert not list(problems)
    own = before.case.observations
    own = own[(own.sheet == "daily") & own.unit.isin(TOWNS)]
    frame = frame.rename(columns={"sheet": "form"}).assign(sheet="daily")
    one, two = (score_case(before.plan, replace(before.case, observations=rows), tuple(TOWNS)).items
                for rows in (own, frame))
    columns = ["sheet", "unit", "item", "score", "state"]
    assert one[columns].equals(two[columns])
    assert (one[one.sheet == "daily"].state != "missing").all()


@pytest.mark.office
@pytest.mark.slow
def test_考勤选了编号_姓名自动出来_空行不算(before, filled):
    problems = Problems()
    grids = {g.sheet: g for g in grids_of(filled["考勤.xlsx"].read_bytes(), "考勤.xlsx", problems)}
    table = read_table(grids["考勤"], ATTENDANCE, problems)
    assert not list(problems)
    person = before.case.staff.iloc[3]
    assert table.frame[["date", "person_id", "person", "event", "state", "note"]].values.tolist() == [
        ["2024-01-04", person.person_id, person.person, "实地核查", "迟到", "堵车"]]


@pytest.mark.office
@pytest.mark.slow
def test_散放的考勤表_收表时核对_代替卷宗里的(filled, tmp_path):
    case = Path(shutil.copytree("data/yunxi", tmp_path / "县", ignore=lambda place, names: {
        n for n in names if n.startswith("核查记录_") or n == "花名册"}))
    stick = tmp_path / "U盘"
    stick.mkdir()
    shutil.copy(filled["考勤.xlsx"], stick / "考勤.xlsx")
    told = CliRunner().invoke(app, ["intake", str(stick), "--case", str(case), "--out",
                                    str(tmp_path / "收表")]).output
    assert "1个文件，0个没有用上；0处错误，0处提示；行数平衡" in told
    assert "考勤.xlsx已核对，不登记；无误后请放进卷宗的 roster/" in told
    assert (case / "roster" / "考勤.csv").is_file()
