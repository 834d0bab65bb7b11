"""Parameters: the table in the case's plan_parameters.md, as typed.

The case carries the county's answers to the plan's questions; what they mean is
the plan's to say.  Here they are only rows of text with the line they stand on.
"""

from __future__ import annotations

import pandas as pd

from hecha.case.desk import Desk
from hecha.problems import Place
from hecha.tables.encodings import decode
from hecha.tables.preflight import Unfit

FILE = "plan_parameters.md"
COLUMNS = ["key", "value", "meaning"]


def read_parameters(desk: Desk) -> pd.DataFrame:
    """key, value, meaning of every row of the table; `row` is the line in the file.

    A key that stands twice is an error, and so is a row without three cells; both
    are left out.
    """
    path = desk.folder / FILE
    data = desk.data(path) if path.is_file() else None
    if data is None:
        return _frame([])
    try:
        text, _ = decode(data)
    except Unfit as why:
        desk.problems.error(Place(FILE), why.code, str(why))
        return _frame([])
    return _frame(_unrepeated(desk, _rows(desk, text)))


def _rows(desk: Desk, text: str) -> list[tuple[str, str, str, int]]:
    """The table's rows below its rule, with line numbers."""
    rows, inside = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.lstrip().startswith("|"):
            inside = False
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if all(cell and set(cell) <= set("-: ") for cell in cells):
            inside = True
        elif inside and len(cells) == len(COLUMNS):
            rows.append((cells[0].strip("`"), cells[1], cells[2], number))
        elif inside:
            desk.problems.error(
                Place(FILE, "", number), "cell_count", f"参数表应有3格，这一行有{len(cells)}格"
            )
    return rows


def _unrepeated(
    desk: Desk, rows: list[tuple[str, str, str, int]]
) -> list[tuple[str, str, str, int]]:
    lines: dict[str, list[int]] = {}
    for key, _, _, number in rows:
        lines.setdefault(key, []).append(number)
    for key, numbers in lines.items():
        if len(numbers) > 1:
            desk.problems.error(
                Place(FILE, "", numbers[1]),
                "duplicate",
                f"参数“{key}”出现了{len(numbers)}次（第{'、'.join(map(str, numbers))}行），都不用",
                found=key,
            )
    return [row for row in rows if len(lines[row[0]]) == 1]


def _frame(rows: list[tuple[str, str, str, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {name: pd.Series([row[at] for row in rows], dtype="str") for at, name in enumerate(COLUMNS)}
    )
    return frame.assign(file=FILE, sheet="", row=pd.Series([row[3] for row in rows], dtype="int64"))
