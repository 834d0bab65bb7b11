"""Last year's county of the example: data/yunxi with what data/yunxi-2022/README.md lists changed.

`python tests/yearly/last_year.py` writes data/yunxi-2022/results.json anew, as `hecha score`
would have kept it a year ago.
"""

import shutil
import tempfile
from pathlib import Path

from openpyxl import load_workbook

from hecha.batch.opening import open_case
from hecha.scoring import Results, snapshot

PLAN = """based_on: xian2023
set:
  plan.title: XX县2022年乡村振兴工作成效核查方案
  items.T-A1-1.points: 6
  items.T-B1-2.points: 6
  items.D-E2-4.name: 致富带头人录入
"""
PARAMETERS = {"assessment_year": ("2023", "2022"), "income_standard": ("10620", "10000"),
              "weight_county_check": ("60%", "50%"), "weight_villages": ("40%", "50%")}
LOW_STARS = 8
"""towns (the first of the table) that sent fewer 明星产品 last year: 70"""
NO_DAILY = "449901117"
"""the town whose daily work was not handed in last year"""
MEETINGS = ("449901108", "449901111", "449901113")
"""towns that held every meeting last year"""


def last_year(folder: Path) -> Results:
    """Last year's results, made in a folder that is left to the caller."""
    case = folder / "case"
    shutil.copytree("data/yunxi", case)
    params = folder / "params"
    shutil.copytree("params/xian2023", params / "xian2023")
    (params / "xian2022").mkdir()
    (params / "xian2022" / "plan.yaml").write_text(PLAN, encoding="utf-8")
    _set_parameters(case / "plan_parameters.md")
    _change_daily(case / "returns" / "日常工作.xlsx")
    for town in MEETINGS:
        _change(case / "returns" / f"核查记录_{town}.xlsx", "镇核查", town, "T-B1-1", "0")
    _drop_first(case / "returns" / "调整.csv")
    return open_case(case, params / "xian2022").results


def _set_parameters(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for key, (now, then) in PARAMETERS.items():
        assert f"| `{key}` | {now} |" in text, key
        text = text.replace(f"| `{key}` | {now} |", f"| `{key}` | {then} |")
    file.write_text(text, encoding="utf-8")


def _change_daily(file: Path) -> None:
    book = load_workbook(file)
    [sheet] = book.worksheets
    stars = 0
    for row in sheet.iter_rows(min_row=2):
        if row[1].value == "D-E2-1" and stars < LOW_STARS:
            row[3].value, stars = "70", stars + 1
    for number in range(sheet.max_row, 1, -1):
        if sheet.cell(number, 1).value == NO_DAILY:
            sheet.delete_rows(number)
    assert stars == LOW_STARS
    book.save(file)


def _change(file: Path, table: str, unit: str, item: str, value: str) -> None:
    book = load_workbook(file)
    rows = [row for row in book[table].iter_rows(min_row=2)
            if (row[0].value, row[1].value) == (unit, item)]
    assert rows, (file.name, item)
    for row in rows:
        row[3].value = value
    book.save(file)


def _drop_first(file: Path) -> None:
    head, _, *rest = file.read_bytes().split(b"\r\n")
    file.write_bytes(b"\r\n".join([head, *rest]))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        made = snapshot.as_text(last_year(Path(name)))
    Path("data/yunxi-2022/results.json").write_text(made, encoding="utf-8")
