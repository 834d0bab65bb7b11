"""There and back through the commands: 发表 → 填写 → 保存 → 收表 → 登记 → 计分.

What a team's laptop saves (formulas with their values) must score as the same
observations handed in as a plain table, and the form's own formulas draw no remark.
"""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from hecha.commands import app
from hecha.forms import form_workbook, visits
from hecha.forms.workbook import opened
from tests.forms.filling import filled, recalculated

pytestmark = [pytest.mark.office, pytest.mark.slow]
TOWN = "449901105"
FILE = f"核查记录_{TOWN}.xlsx"


def said(*words):
    result = CliRunner().invoke(app, [str(word) for word in words], prog_name="hecha")
    assert result.exit_code == 0, result.output
    return result.output


def county(folder: Path, *returns: str) -> Path:
    """The county with the roster of TOWN alone, and of its towns' returns only these."""
    def left_out(place: str, names: list[str]) -> set[str]:
        others = {n for n in names if n.startswith("核查记录_") and n not in returns}
        return others | ({n for n in names if TOWN not in n} if place.endswith("花名册") else set())

    return Path(shutil.copytree("data/yunxi", folder, ignore=left_out))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("往返")


@pytest.fixture(scope="module")
def plain(place):
    """The county with the town's return as a plain table."""
    return county(place / "原样的县", FILE)


@pytest.fixture(scope="module")
def saved(office_file, plain, place):
    """The command's form, filled from the plain table and saved by LibreOffice."""
    blank = county(place / "发表的县")
    said("forms", blank, "--out", place / "发出", "--towns", TOWN)
    known = opened(plain, "params/xian2023")
    form = form_workbook(known.plan, visits(known.plan, known.case, [TOWN])[0])
    form = replace(form, data=(place / "发出" / FILE).read_bytes())
    return recalculated(office_file, {FILE: filled(form, known.plan, known.case, TOWN)}, place)[FILE]


def rows(out: Path, name: str) -> list[dict]:
    with next((out / "tables").glob(f"{name}*.csv")).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_the_form_comes_back_without_a_remark_and_scores_as_the_plain_table(saved, plain, place):
    handed_in, blank = place / "交回", place / "发表的县"
    handed_in.mkdir()
    shutil.copy(saved, handed_in / FILE)
    told = said("intake", handed_in, "--case", blank, "--out", place / "收表")
    assert "0处错误，0处提示；行数平衡" in told and "登记：首次（已提交）9份" in told
    said("score", blank, "--towns", TOWN, "--out", place / "一")
    said("score", plain, "--towns", TOWN, "--out", place / "二")
    for name in ("towns", "sheets", "items"):
        assert rows(place / "一", name) == rows(place / "二", name), name
    assert rows(place / "一", "towns")[0]["综合评价"] == "87.01"
    assert "0处错误，0处提示" in said("town", TOWN, "--returns", saved, "--case", blank,
                                  "--out", place / "当晚")
    assert rows(place / "当晚", "items") == rows(place / "二", "items")
