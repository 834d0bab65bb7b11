"""Files we write: text stays text, whole or not at all, the same bytes each time."""

from __future__ import annotations

import os
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from hecha.tables.writing import write_csv, write_workbook

LIVE = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "@SUM(A1)",
    "-1+2",
    "http://例.cn",
    "0012",
    "4499011052170036",
]
FRAME = pd.DataFrame(
    {
        "备注": LIVE,
        "得分": [Decimal("90.00"), Decimal("89.99"), Fraction(27, 7), 3, 2.5, None, True],
    }
)


def test_工作簿里文字仍是文字(tmp_path: Path) -> None:
    write_workbook(tmp_path / "a.xlsx", {"表": FRAME})
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert [(cell.value, cell.data_type) for cell in sheet["A"][1:]] == [
        (text, "s") for text in LIVE
    ]
    assert not any(cell.hyperlink for cell in sheet["A"])
    assert [cell.value for cell in sheet["B"][1:]] == [90, 89.99, "27/7", 3, 2.5, None, "是"]


def test_工作簿可直接打印(tmp_path: Path) -> None:
    write_workbook(tmp_path / "a.xlsx", {"镇/村": FRAME})
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert (sheet.title, sheet.freeze_panes, sheet.print_title_rows) == ("镇_村", "A2", "$1:$1")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv"])
def test_同样的表写出同样的字节(tmp_path: Path, name: str) -> None:
    def write() -> bytes:
        path = tmp_path / name
        write_csv(FRAME, path) if name.endswith("csv") else write_workbook(path, {"表": FRAME})
        return path.read_bytes()

    assert write() == write()
    assert os.listdir(tmp_path) == [name]


def test_CSV双击即见中文且不会执行(tmp_path: Path) -> None:
    write_csv(FRAME, tmp_path / "a.csv")
    data = (tmp_path / "a.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") and data.count(b"\r\n") == len(FRAME) + 1
    assert data.decode("utf-8-sig").splitlines()[1] == "'=cmd|' /C calc'!A0,90.00"


def test_负数和分数在CSV里原样(tmp_path: Path) -> None:
    write_csv(pd.DataFrame({"差": ["-1.50", "-27/7", "-", "+3%"]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text("utf-8-sig").split() == [
        "差",
        "-1.50",
        "-27/7",
        "-",
        "+3%",
    ]


def test_写不成时旧文件还在(tmp_path: Path) -> None:
    write_csv(FRAME, tmp_path / "a.csv")
    before = (tmp_path / "a.csv").read_bytes()
    with pytest.raises(ZeroDivisionError):
        write_csv(pd.DataFrame({"坏": [Breaking()]}), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == before and os.listdir(tmp_path) == ["a.csv"]


class Breaking:
    """A value that cannot be written."""

    def __str__(self) -> str:
        raise ZeroDivisionError
