"""A made county whose losses were handed over, and its forms, for the tests of rectification."""

import datetime as dt
from pathlib import Path

import pandas as pd
from openpyxl import load_workbook

from hecha.batch import rectifying
from hecha.batch.rectifying import hand_over
from hecha.case.shapes import RECTIFICATION
from hecha.rectification.workbook import SHEET
from tests.report.made import made_results

ON = dt.date(2024, 1, 10)
AT = "2024-01-20T09:00:00"
FIRST = "2023-T-A2-1-449901100"
"""the first item of 甲镇: what its 镇核查表 lost"""


def handed_over(folder: Path, results=None, handed=None, on=ON, out="out"):
    """The case's folder and what handing over its losses did."""
    case = folder / "卷宗 甲"
    case.mkdir(exist_ok=True)
    frame = RECTIFICATION.empty() if handed is None else handed
    return case, hand_over(results or made_results(), frame, case, folder / out, "张三",
                           "2024-01-10T08:00:00", on)


def handed_ledger(*rows):
    """A ledger as it comes in with a case: (序号, 问题, 来源, 指标, 状态, 佐证, 责任人, 复核人, 单位)."""
    columns = [c.name for c in RECTIFICATION.columns]
    made = [{"number": n, "problem": p, "source": s, "item": i, "measure": "改", "lead": "县住建局",
             "unit_responsible": "村委", "person": who, "due": "2024-02-01", "state": state,
             "evidence": proof, "reviewer": reviewer, "unit": unit, "file": "returns/整改台账.xlsx",
             "sheet": "整改台账", "row": row}
            for row, (n, p, s, i, state, proof, who, reviewer, unit) in enumerate(rows, 2)]
    return pd.DataFrame(made, columns=[*columns, "file", "sheet", "row"], dtype=object)


def fill(path: Path, row: dict, name: str = FIRST) -> Path:
    """Type into the row of an item, by header, as a clerk would."""
    book = load_workbook(path)
    sheet = book[SHEET]
    heads = {c.value: c.column for c in sheet[3]}
    [number] = [n for n in range(4, sheet.max_row + 1)
                if sheet.cell(n, heads["编号"]).value == name]
    for header, value in row.items():
        sheet.cell(number, heads[header]).value = value
    book.save(path)
    return path


def items_of(case: Path):
    """The items as the case's book has them."""
    from hecha.rectification import replay

    return replay(rectifying._entries(case))
