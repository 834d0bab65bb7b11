"""Contracts: headers are found, never guessed; every row is used or set aside."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hecha.problems import Problems
from hecha.tables import Column, Contract, Fault, Grid, Table, read_table
from hecha.tables.kinds import (
    DATE,
    DATETIME,
    FEN,
    MONEY,
    PERCENT,
    WHOLE,
    YES_NO,
    Unreadable,
    code,
    one_of,
)

SCORES = Contract(
    "得分",
    (
        Column("town", "镇代码", code(9)),
        Column("score", "得分", WHOLE, aliases=("分数",)),
        Column("day", "日期", DATE, vital=False),
        Column("note", "备注", filled=False, absent=True),
    ),
    key=("town",),
)
HEADER = ["镇代码", "得分", "日期", "备注"]
GOOD = ["449901100", "90", "2023-12-31", ""]


def table(*rows: list[str], units=None, **grid) -> tuple[Table, Problems]:
    problems = Problems()
    numbered = list(enumerate(map(list, rows), 1))
    read = read_table(
        Grid("a.xlsx", "表", numbered, **grid),
        SCORES,
        problems,
        units or (lambda raw: (raw["town"],) if raw.get("town") else ("全部",)),
    )
    return read, problems


def said(problems: Problems) -> list[tuple[int, str, str]]:
    return [(problem.place.row, problem.place.column, problem.code) for problem in problems]


def test_表头上面的标题和空行不影响读取() -> None:
    read, problems = table(["得分一览表", "", "", ""], ["", "", "", ""], HEADER, GOOD)
    assert read.frame.row.tolist() == [4] and len(problems) == 0


def test_表头里的空格和换行不影响辨认() -> None:
    read, problems = table(["镇 代码", "得\n分", "日　期", "\u200b备注"], GOOD)
    assert read.used == 1 and len(problems) == 0


def test_列右移时照样读到() -> None:
    read, _ = table(["", *HEADER], ["", *GOOD])
    assert read.frame.score.tolist() == [90]


def test_多出的列提示而不读() -> None:
    read, problems = table([*HEADER, "电话"], [*GOOD, "123"])
    assert read.used == 1 and said(problems) == [(1, "", "extra_columns")]


def test_约定的别名可用但要提示() -> None:
    read, problems = table(["镇代码", "分数", "日期", "备注"], GOOD)
    assert read.frame.score.tolist() == [90] and said(problems) == [(1, "得分", "alias")]


def test_缺少的表头只问不猜_各行放在一边() -> None:
    read, problems = table(["镇代码", "得分值", "日期", "备注"], GOOD)
    error = problems.errors[0]
    assert (error.code, error.found, error.units) == ("missing_column", "得分值", ("449901100",))
    assert "是否就是它" in error.message
    assert (read.read, read.used, len(read.set_aside)) == (1, 0, 1)


def test_可缺的列没有时按空白并提示() -> None:
    read, problems = table(HEADER[:3], GOOD[:3])
    assert read.frame.note.tolist() == [""] and said(problems) == [(1, "备注", "missing_column")]


def test_同名的两列不能确定用哪一列() -> None:
    read, problems = table([*HEADER, "得分"], [*GOOD, "80"])
    assert read.used == 0 and problems.errors[0].code == "duplicate_header"


def test_合并的表头只是一列() -> None:
    read, problems = table(
        [*HEADER[:3], "备注", "备注"], [*GOOD[:3], "甲", "甲"], merged=("D1:E1",)
    )
    assert read.frame.note.tolist() == ["甲"] and not problems.errors


def test_找不到表头就说应有哪些() -> None:
    read, problems = table(["甲", "乙"], ["1", "2"])
    assert problems.errors[0].code == "no_header" and "镇代码" in problems.errors[0].expected
    assert problems.errors[0].units == ("全部",)
    assert read.read == 0


def test_恶意的表头说不长也不换行() -> None:
    _, problems = table([*HEADER, "=cmd|'/C calc'!A0\n" * 5000], [*GOOD, ""])
    assert all(len(str(problem)) < 400 for problem in problems)


@pytest.mark.parametrize("word", ["合计", "总 计", "小计", "云城镇小计", "合计："])
def test_合计行不当作数据(word: str) -> None:
    read, problems = table(HEADER, GOOD, [word, "90", "", ""])
    assert (read.read, read.used) == (2, 1) and said(problems) == [(3, "", "total_row")]


def test_表下的说明和落款不当作数据() -> None:
    read, problems = table(HEADER, GOOD, ["填表人：张三", "", "", ""])
    assert read.used == 1 and said(problems) == [(3, "", "remark_row")]


def test_末尾的空行不说_中间的空行要说() -> None:
    blank = ["", "", " ", ""]
    read, problems = table(HEADER, GOOD, blank, blank, ["449901101", *GOOD[1:]], blank)
    assert read.blank == 2 and said(problems) == [(3, "", "blank_rows")]
    assert "第3–4行" in str(problems)


def test_重复的表头不当作数据() -> None:
    read, problems = table(HEADER, GOOD, HEADER, ["449901101", *GOOD[1:]])
    assert read.used == 2 and said(problems) == [(3, "", "header_again")]


def test_同一条记录两次则都放在一边() -> None:
    read, problems = table(HEADER, GOOD, ["449901100", "80", "2023-12-31", ""])
    assert read.used == 0 and said(problems) == [
        (2, "镇代码", "duplicate"),
        (3, "镇代码", "duplicate"),
    ]
    assert {problem.units for problem in problems} == {("449901100",)}


def test_关键列有错整行放在一边_其他列有错只空该格() -> None:
    read, problems = table(
        HEADER, ["449901100", "九十", "2023-12-31", ""], ["449901101", "90", "2023-13-45", ""]
    )
    assert said(problems) == [(2, "得分", "number"), (3, "日期", "date")]
    assert read.frame.town.tolist() == ["449901101"] and read.frame.day.tolist() == [""]
    assert [problem.units for problem in problems] == [("449901100",), ()]


def test_必填的空白和读不出的格子各说各的() -> None:
    faults = {(3, 1): Fault("error_cell", "是错误值", "#N/A")}
    read, problems = table(
        HEADER,
        ["449901100", "", "2023-12-31", ""],
        ["449901101", "", "2023-12-31", ""],
        faults=faults,
    )
    assert said(problems) == [(2, "得分", "blank"), (3, "得分", "error_cell")]
    assert read.used == 0


def test_CSV的格数与表头不符则该行不用() -> None:
    read, problems = table(HEADER, [*GOOD, ""], ["449901101", "90"], delimited=True)
    assert said(problems) == [(2, "", "cell_count"), (3, "", "cell_count")]
    assert (read.read, read.used) == (2, 0)


def test_像公式和网页代码的文字照存并提示() -> None:
    notes = ["=1+1", "@SUM(A1)", "+cmd|x", "<script>", "-5", "－", "- 无"]
    rows = [[f"44990110{n}", "90", "2023-12-31", note] for n, note in enumerate(notes)]
    read, problems = table(HEADER, *rows)
    assert read.frame.note.tolist() == notes
    assert [problem.code for problem in problems] == ["formula_text"] * 3 + ["markup"]


KINDS = [
    (code(9), "４４９９０１１００", "449901100"),
    (WHOLE, "2.0", 2),
    (WHOLE, "１，２３４", 1234),
    (FEN, "-15200.5", -1520050),
    (YES_NO, "√", True),
    (YES_NO, "N", False),
    (DATE, "2023-12-31", "2023-12-31"),
    (DATE, "2023/12/31", "2023-12-31"),
    (DATE, "20231231", "2023-12-31"),
    (DATE, "2023年12月31日", "2023-12-31"),
    (DATE, "2023/1/5", "2023-01-05"),
    (DATE, "45291", "2023-12-31"),
    (DATETIME, "2024/1/4 9:05", "2024-01-04 09:05"),
    (one_of("A", "B"), "Ａ", "A"),
]


@pytest.mark.parametrize(("kind", "typed", "value"), KINDS)
def test_无歧义的写法都读得出(kind, typed: str, value: object) -> None:
    assert kind.read(typed) == value


BAD = [
    (code(9), "44990110", "code"),
    (code(9), "44990110O", "code"),
    (code(18), "4.49901E+17", "large_number"),
    (WHOLE, "1.5", "number"),
    (WHOLE, "-1", "number"),
    (WHOLE, "9" * 40, "number"),
    (FEN, "1.52万元", "number"),
    (FEN, "0.001", "number"),
    (MONEY, "-1", "number"),
    (PERCENT, "九成", "number"),
    (DATE, "2023-13-45", "date"),
    (DATE, "2023-02-29", "date"),
    (DATE, "去年底", "date"),
    (DATETIME, "2024-01-04", "date"),
    (DATETIME, "2024-01-04 25:00", "date"),
    (YES_NO, "基本是", "yes_no"),
    (one_of("A"), "E", "not_allowed"),
]


@pytest.mark.parametrize(("kind", "typed", "check"), BAD)
def test_有疑问的写法不猜(kind, typed: str, check: str) -> None:
    with pytest.raises(Unreadable) as why:
        kind.read(typed)
    assert why.value.code == check


CELL = st.sampled_from(
    ["449901100", "449901101", "44990", "90", "-1", "", " ", "合计", "2023-12-31", "=1", "1e9"]
)


@given(st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=12))
def test_读入等于使用加放在一边(rows: list[list[str]]) -> None:
    read, _ = table(HEADER, *rows)
    assert read.read == read.used + len(read.set_aside)
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    assert read.read == len(filled)


@given(st.permutations(range(4)), st.permutations(range(6)))
def test_行序列序不改变读出的内容(columns: list[int], order: list[int]) -> None:
    rows = [[f"44990110{n}", str(n), f"2023-12-0{n + 1}", f"注{n}"] for n in range(6)]
    one, _ = table(HEADER, *rows)
    other, _ = table(
        [HEADER[at] for at in columns], *[[rows[n][at] for at in columns] for n in order]
    )
    names = ["town", "score", "day", "note"]
    pd.testing.assert_frame_equal(
        one.frame[names], other.frame[names].sort_values("town", ignore_index=True)
    )
