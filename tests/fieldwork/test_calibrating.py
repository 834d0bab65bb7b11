"""The calibration workbook: written for the training, read back as people fill it."""

import openpyxl
import pytest

from hecha.fieldwork.calibrating import FILE, read_scores, write_cases
from hecha.plan import load_plan
from hecha.problems import Problems
from hecha.tables import read_grids

PLAN = load_plan("params/xian2023")
TOWNS = {"449901100": "云城镇", "449901101": "平㙍镇"}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / FILE).parent.mkdir()
    write_cases(PLAN, TOWNS, tmp_path / FILE)
    return tmp_path


def fill(folder, values):
    """Write the scores, row by row, as a person would."""
    book = openpyxl.load_workbook(folder / FILE)
    for row, value in enumerate(values, 2):
        book["打分"].cell(row, 4).value = value
    book.save(folder / FILE)


def read(folder):
    problems = Problems()
    return read_scores(folder, TOWNS, problems), [str(p) for p in problems]


def test_六个案例轮流用核查组打的两张表_每组每案例一行(folder):
    grids = {g.sheet: g.rows for g in read_grids(folder / FILE, FILE, Problems())}
    assert [row[1][1] for row in grids["案例"][1:]] == ["镇核查表", "村核查表"] * 3
    assert len(grids["打分"]) == 1 + 2 * 6


def test_没有打的留空_不当作0(folder):
    fill(folder, [85, "78.5", None])
    frame, said = read(folder)
    assert said == [] and frame[["team", "case", "score"]].to_numpy().tolist() == [
        ["449901100", 1, 85.0], ["449901100", 2, 78.5]]


def test_填错的说出在哪一格_其余照用(folder):
    fill(folder, [185, "八十", 90])
    frame, said = read(folder)
    assert list(frame["score"]) == [90]
    assert any("打分" in s and "第2行" in s and "百分制" in s for s in said)
    assert any("第3行" in s and "不是数字" in s for s in said)


def test_没有这张表就是还没有定标(tmp_path):
    assert read(tmp_path)[0].empty


def test_别的方案也能生成(tmp_path):
    plan = load_plan("params/nongcun-wushui")
    write_cases(plan, {"1": "甲"}, tmp_path / "a.xlsx", 4)
    [stories] = [g for g in read_grids(tmp_path / "a.xlsx", "a", Problems()) if g.sheet == "案例"]
    assert len(stories.rows) == 5 and all(row[1][3] for row in stories.rows[1:])
