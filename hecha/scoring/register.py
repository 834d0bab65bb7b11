"""A register of many households, scored to villages.

A province's or a nation's register is Parquet files, one row a household, with the
columns of the household form; no frame holds it.  The engine counts it to one row of
whole numbers a village, by the same SQL that counts a county's household checks, and
the same rules then judge each different answer once, exactly: among hundreds of
thousands of villages an item has a few hundred different counts.

A household with a blank or an unknown word is not counted as fine: its village is
unfinished, and the first such cells are named by file, row and column.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import reduce
from math import lcm
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray

from hecha.plan import Item, Plan
from hecha.plan.messages import nearest
from hecha.plan.rules import RankStep, RatioToBenchmark
from hecha.plan.sayable import (
    COUNT_COLUMNS,
    FLAG_COLUMNS,
    MONEY_COLUMNS,
    SIGNED_COLUMNS,
    TEXT_COLUMNS,
    TEXT_VALUES,
)
from hecha.points import fraction_text, publish
from hecha.problems import HechaError, Place, Problems
from hecha.scoring.counting import (
    HANDED_IN,
    VISITED,
    derived_counts,
    judged_by_standard,
    measure_column,
    steps,
)
from hecha.scoring.items import Ground, score_item
from hecha.scoring.kinds import Context
from hecha.tables.engine import Engine, engine

REGISTER, UNUSABLE = "register", "unusable"
LEAST = {"members": 1}
"""the least that a count may be, where it is not 0: nobody at all is no household"""
SHOWN = 100
IN_RANGES = "partitioned_execution"
"""reading a register range by range of villages costs a sixth of the time, and the counts fit anyway"""
PIECE = 32
"""bits of a number summed at a time: thousands of them fit in 63"""
_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}


class NoHouseholdForm(HechaError):
    """The plan counts nothing of households, so a register cannot be scored by it."""


def scored_items(plan: Plan) -> list[Item]:
    """The items of sampled sheets that a register alone can score.

    Those wholly counted from households and compared with no other unit; the others want
    a form or the whole county.

    >>> from hecha.plan import load_plan
    >>> [i.code for i in scored_items(load_plan("params/xian2023"))][:3]
    ['V-A1-1', 'V-A1-2', 'V-B2-1']
    """
    sampled = [s.id for s in plan.sheets if plan.level[s.level].sampled]
    return [i for i in plan.items if i.sheet in sampled and i.derived and not i.observed
            and not isinstance(i.rule, RankStep | RatioToBenchmark)]


def count_register(plan: Plan, files: Sequence[str | Path], problems: Problems,
                   threads: int | None = None) -> pd.DataFrame:
    """One row a village: its households, the unusable ones, and every count of the plan.

    `files` are Parquet files with `village`, `household` (text) and the columns of the
    household form that the plan names (needed_columns): money in whole fen, counts whole,
    是否 true or false.  Columns: village, visited, unusable, and one integer a derived
    measure (measure_column); in village order, the same on any number of threads.
    Unusable cells are problems, the first SHOWN of them by file, row and column. Raises
    Refused where the columns are not there or not of their type, NoHouseholdForm where the
    plan counts no household, NotParquet where a file cannot be read.
    """
    items = scored_items(plan)
    if not items:
        raise NoHouseholdForm("方案的抽查表里没有全由入户核查得出的细项，花名册不能计分")
    counts = derived_counts(plan, {i.sheet for i in items})
    needed = needed_columns(plan)
    with engine(files={REGISTER: files}, threads=threads) as ask:
        _check_columns([(Path(file).name, ask.columns_in(file)) for file in files], needed)
        ask.plan_without(IN_RANGES)
        ask.ask(_widened(needed))
        wrong = _wrong(needed)
        anyone = " or ".join(wrong.values())
        spoilt = int(ask.ask(f"select count(*) as n from {HANDED_IN} where {anyone}")["n"][0])
        unusable = f"count_if({anyone})" if spoilt else "0"
        if spoilt:
            _say(ask, wrong, spoilt, problems)
        return ask.ask(f"""{steps(plan)}
            select village, count(*) as {VISITED}, {unusable}::bigint as {UNUSABLE}{_sums(counts)}
            from tested group by village order by village""")


def _widened(needed: list[str]) -> str:
    """The register as HANDED_IN, its whole numbers wide enough to be added and subtracted."""
    wide = [c for c in needed if c in (*MONEY_COLUMNS, *COUNT_COLUMNS)]
    cast = ", ".join(f'"{c}"::bigint as "{c}"' for c in wide)
    return f"create view {HANDED_IN} as select *{f' replace ({cast})' if cast else ''} from {REGISTER}"


def _sums(counts: dict[str, tuple[bool, str]]) -> str:
    """The counts as SQL; of a village whose cells are all blank each is 0, and it is unusable."""
    return "".join(f", coalesce({'count_if' if condition else 'sum'}({sql}), 0)::bigint as \"{name}\""
                   for name, (condition, sql) in counts.items())


def needed_columns(plan: Plan) -> list[str]:
    """The columns of the household form that the plan's incomes and counts name, in order."""
    counts = derived_counts(plan, {i.sheet for i in scored_items(plan)})
    named = set(re.findall(r"\w+", steps(plan) + " ".join(sql for _, sql in counts.values())))
    return [c for c in (*MONEY_COLUMNS, *COUNT_COLUMNS, *TEXT_COLUMNS, *FLAG_COLUMNS)
            if c in named]


def _expected(column: str) -> tuple[set[str], str]:
    if column in FLAG_COLUMNS:
        return {"BOOLEAN"}, "是否（BOOLEAN）"
    if column in MONEY_COLUMNS:
        return _WHOLE, "整数，单位分"
    if column in COUNT_COLUMNS:
        return _WHOLE, "整数"
    return {"VARCHAR"}, "文字（VARCHAR）"


def _check_columns(files: list[tuple[str, dict[str, str]]], needed: list[str]) -> None:
    """Every column in every file and of its type, or Refused with all that is wrong."""
    problems = Problems()
    for file, found in files:
        for column in ("village", "household", *needed):
            _check_column(Place(file, column=column), column, found, needed, problems)
    problems.raise_if_errors("花名册不能计分")


def _check_column(place: Place, column: str, found: dict[str, str], needed: list[str],
                  problems: Problems) -> None:
    types, said = _expected(column)
    if column not in found:
        others = [name for name in found if name not in needed]
        problems.error(place, "no_column", f"没有“{column}”这一列", expected=nearest(column, others))
    elif found[column] not in types:
        problems.error(place, "column_type", f"“{column}”的类型不对", found=found[column],
                       expected=said)


def _wrong(needed: list[str]) -> dict[str, str]:
    """For each column, what makes a cell of it unusable.

    Tests are written so that the engine can settle them without reading cells where it
    knows the least and the greatest of a column: a code between “!” and “~” begins with a
    sign one can see, so only the others are looked at for being blank.
    """
    wrong = {c: f'"{c}" is null' for c in ("village", "household", *needed)}
    for column in ("village", "household"):
        seen = f"""trim(translate("{column}", chr(9) || chr(10) || chr(13), '   '))"""
        wrong[column] += f""" or ("{column}" not between '!' and '~' and {seen} = '')"""
    for column in needed:
        if column in TEXT_COLUMNS:
            known = " or ".join(f""""{column}" = '{word}'""" for word in TEXT_VALUES[column])
            wrong[column] += f" or not ({known})"
        elif column not in (*FLAG_COLUMNS, *SIGNED_COLUMNS):
            wrong[column] += f' or "{column}" < {LEAST.get(column, 0)}'
    return wrong


def _say(ask: Engine, wrong: dict[str, str], spoilt: int, problems: Problems) -> None:
    """The first unusable cells, each at its file, row and column."""
    parts = [f"""(select filename, file_row_number as n, '{column}' as "column",
                  cast("{column}" as varchar) as value, village from {HANDED_IN}
                  where {test} order by all limit {SHOWN})""" for column, test in wrong.items()]
    cells = ask.ask(f"select * from ({' union all '.join(parts)}) order by all limit {SHOWN}")
    for row in cells.itertuples(index=False):
        blank = pd.isna(row.value) or not str(row.value).strip()
        problems.error(Place(Path(row.filename).name, "", int(row.n) + 1, row.column),
                       "unusable_cell", "空白，没有填写" if blank else "不是认得的值",
                       found="" if blank else str(row.value),
                       expected=_said_of(row.column),
                       units=[] if pd.isna(row.village) else [str(row.village)])
    problems.error(Place(""), "unusable_households",
                   f"共{spoilt}户有空白或不认得的值，这些户所在的村不计分")


def _said_of(column: str) -> str:
    """What a cell of a column should say."""
    if column in FLAG_COLUMNS:
        return "是或否"
    if column in ("village", "household"):
        return "代码"
    return "、".join(TEXT_VALUES.get(column, (f"不小于{LEAST.get(column, 0)}的整数",)))


def repeated_households(files: Sequence[str | Path], threads: int | None = None) -> pd.DataFrame:
    """The households written more than once: household, times; at most SHOWN, in order.

    It sorts the whole register on disk, so it is asked for apart from the counting.
    """
    with engine(files={REGISTER: files}, threads=threads) as ask:
        return ask.ask(f"""select household, count(*) as times from {REGISTER}
            where household is not null group by household having count(*) > 1 order by household limit {SHOWN}""")


def score_register(plan: Plan, counted: pd.DataFrame) -> pd.DataFrame:
    """The items of scored_items for every village of count_register, and their sum.

    Columns: village, households, state (完成, 未完成), reason, one a item (its exact points
    as text, 缺项, or blank where it is missing), `points` (their sum, rounded once, half up)
    and `full` (the sum of the points of the items that apply). An unfinished village has no
    sum, and one with unusable households no items either.
    """
    unusable = unfinished = counted[UNUSABLE].to_numpy() > 0
    reasons = np.where(unfinished, "有户的记录不能用；", "").astype(object)
    columns: dict[str, ExtensionArray] = {}
    sums, fulls = [], []
    for item in scored_items(plan):
        which, answers = _answers(plan, item, counted)
        for n, answer in enumerate(answers):
            if answer.state == "missing":
                unfinished = unfinished | (which == n)
                reasons[which == n] += f"{item.name}：{answer.reason}；"
        columns[item.code] = _texts([*(_said(a.state, a.score) for a in answers), ""],
                                    np.where(unusable, len(answers), which))
        sums.append(([a.score or Fraction(0) for a in answers], which))
        fulls.append(([item.points if a.state == "scored" else Fraction(0) for a in answers],
                      which))
    reasons[unfinished] = [text.rstrip("；") for text in reasons[unfinished]]
    return pd.DataFrame({
        "village": counted["village"], "households": counted[VISITED],
        "state": _texts(["完成", "未完成"], unfinished.astype("int64")), "reason": reasons, **columns,
        "points": _summed(sums, unfinished), "full": _summed(fulls, unfinished)})


def headers(plan: Plan) -> dict[str, str]:
    """The Chinese headers of score_register's columns."""
    return {"village": "村代码", "households": "户数", "state": "状态", "reason": "原因",
            "points": "得分合计", "full": "适用满分",
            **{item.code: f"{item.code} {item.name}" for item in scored_items(plan)}}


def _said(state: str, score: Fraction | None) -> str:
    return fraction_text(score) if score is not None else "缺项" if state == "na" else ""


def _texts(different: list[str], which: np.ndarray) -> ExtensionArray:
    """A column of few different texts, from the number of the text of every row."""
    return pd.array(different, dtype="str").take(which)


def _answers(plan: Plan, item: Item, counted: pd.DataFrame) -> tuple[np.ndarray, list]:
    """Each different count of an item, judged once; and which of them each village has."""
    columns = [VISITED, *(measure_column(item.code, m) for m in item.derived)]
    which, one = _different([counted[column].to_numpy() for column in columns])
    lacks = (item.sheet, item.code) in judged_by_standard(plan) and \
        plan.household.income.standard is None  # type: ignore[union-attr]
    context = Context(labels=item.labels)
    found = counted[columns].iloc[one].to_dict("records")
    return which, [score_item(item, item.sheet, "", None,
                              Ground(counts=row, no_standard=lacks), context) for row in found]


def _different(columns: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The different rows of columns of whole numbers: which of them each row is, and one row of each.

    >>> _different([np.array([5, 7, 5]), np.array([1, 1, 1])])
    (array([0, 1, 0]), array([2, 1]))
    """
    rows = len(columns[0])
    which, size = np.zeros(rows, dtype="int64"), 1
    for column in columns:
        if size > rows:  # numbered anew, so that it never passes rows * rows, below 2**63
            which, different = pd.factorize(which)
            size = len(different)
        code, span = _numbered(column)
        which, size = which * span + code, size * span
    which, different = pd.factorize(which)
    one = np.zeros(len(different), dtype="int64")
    one[which] = np.arange(rows)
    return which, one


def _numbered(column: np.ndarray) -> tuple[np.ndarray, int]:
    """A column's values as numbers from 0, and a number above them, at most the rows (or 1)."""
    least, most = (int(column.min()), int(column.max())) if len(column) else (0, 0)
    if most - least < len(column):
        return column - least, most - least + 1
    code, different = pd.factorize(column)
    return code, max(1, len(different))


def _summed(parts: list[tuple[list[Fraction], np.ndarray]], unfinished: np.ndarray) -> ExtensionArray:
    """The exact sum of every village, published; blank for the unfinished.

    Whole numbers over one denominator; as they may be longer than a machine's number, they are
    summed in pieces of PIECE bits, and put together once for each different sum.
    """
    below = reduce(lcm, (v.denominator for values, _ in parts for v in values), 1)
    wholes = [([int(v * below) for v in values], which) for values, which in parts]
    longest = max((abs(n).bit_length() for values, _ in wholes for n in values), default=0)
    pieces = range(0, longest + 1, PIECE)
    total = np.zeros((len(unfinished), len(pieces)), dtype="int64")
    for values, which in wholes:
        total += np.array([_cut(n, pieces) for n in values], dtype="int64").take(which, axis=0)
    which, one = _different(list(total.T))
    said = [str(publish(Fraction(_joined(row, pieces), below))) for row in total[one].tolist()]
    return _texts([*said, ""], np.where(unfinished, len(said), which))


def _cut(number: int, pieces: range) -> list[int]:
    """A number's bits from each place to the next; the last piece has the sign.

    >>> _cut(-1, range(0, 64, 32)), _joined(_cut(-1, range(0, 64, 32)), range(0, 64, 32))
    ([4294967295, -1], -1)
    """
    *low, last = pieces
    return [*((number >> at) % (1 << PIECE) for at in low), number >> last]


def _joined(cut: list[int], pieces: range) -> int:
    return sum(piece << at for piece, at in zip(cut, pieces, strict=True))
