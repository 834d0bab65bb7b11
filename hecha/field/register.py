"""A register of many households: the households of every village, drawn by ticket.

For a province the same draw as :mod:`hecha.field.draw`, over Parquet: the engine computes
every ticket (the SHA-256 of «seed|HU|household») and keeps of each village the few
smallest that can matter; who of them is drawn, and who is a reserve, the one rule of the draw
decides.  The register is the frame: only households that may be drawn stand in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from hecha.field.draw import first_disabled, listed_households
from hecha.field.rules import SampleRule
from hecha.field.tickets import in_ticket_order
from hecha.problems import HechaError, Place, Problems
from hecha.tables.engine import Engine, engine

COLUMNS = ["village", "eligible", "disabled_eligible", "household", "choice", "order", "stands_for",
           "disabled"]
HEADERS = {"village": "村代码", "eligible": "可抽户数", "disabled_eligible": "其中残疾人户",
           "household": "户编号", "choice": "类别", "order": "顺序", "stands_for": "替代",
           "disabled": "残疾人户"}
AT_ONCE = 1_000_000
"""households whose tickets are held at once; whole villages at a time"""
_NEEDED = {"village": "VARCHAR", "household": "VARCHAR", "disabled": "BOOLEAN"}
_BLANK = "''"


class NotForRegisters(HechaError):
    """The plan's draw cannot be made over a register."""


def draw_register(files: Sequence[str | Path], seed: str, rule: SampleRule,
                  threads: int | None = None) -> pd.DataFrame:
    """The drawn households and the reserves of every village, COLUMNS, in village order.

    `files` are Parquet files with `village`, `household` (text) and `disabled` (true or false), one
    row a household that may be drawn. `eligible` and `disabled_eligible` count them in the
    village, from which the chances follow (household_chances). The same on any number of
    threads. Raises Refused where a column is not there, not of its type or blank somewhere, or a
    household that might be drawn is written twice, NotForRegisters for a rule with strata, NotParquet where a file cannot be read.
    """
    if rule.strata:
        raise NotForRegisters("方案分层抽户，花名册上不能抽，请逐县用 hecha draw")
    with engine(files={"frame": files}, threads=threads) as ask:
        _check(ask, files)
        parts = 1 + int(ask.ask("select count(*) as n from frame")["n"][0]) // AT_ONCE
        rows = [line for part in range(parts)
                for row in ask.ask(_candidates(seed, rule, part, parts)).itertuples(index=False)
                for line in _village(row, seed, rule)]
    return pd.DataFrame(sorted(rows, key=lambda line: line[0]), columns=COLUMNS)


def _check(ask: Engine, files: Sequence[str | Path]) -> None:
    """Every column in every file, of its type, nowhere blank; or Refused."""
    problems = Problems()
    for file in files:
        found = ask.columns_in(file)
        for column, kind in _NEEDED.items():
            if found.get(column) != kind:
                problems.error(Place(Path(file).name, column=column), "column", "没有这一列或类型不对",
                               found=found.get(column, ""), expected=kind)
    problems.raise_if_errors("花名册不能抽签")
    blank = ask.ask("select " + ", ".join(
        f"count_if({c} is null{f' or trim({c}) = {_BLANK}' if kind == 'VARCHAR' else ''}) as {c}"
        for c, kind in _NEEDED.items()) + " from frame").iloc[0]
    for column in _NEEDED:
        if blank[column]:
            problems.error(Place("花名册", column=column), "blank", f"有{int(blank[column])}户空白")
    problems.raise_if_errors("花名册不能抽签")


def _candidates(seed: str, rule: SampleRule, part: int, parts: int) -> str:
    """Of every village: how many, and the smallest tickets of all, of 残疾人户, of the first draw.

    Whoever is drawn or listed is among them: the first `wanted + reserves + disabled` of all, and
    as many 残疾人户 and twice `disabled` more, since each may take a place and be stood for.
    """
    most = max([rule.households, *(n for _, n in rule.more_households)])
    many = most + rule.reserves + rule.disabled
    ticket = f"sha256('{_text(seed)}|HU|' || household)"
    own = f"sha256('{_text(seed)}|HU|' || village || '>' || household)"
    return f"""
        with marked as (select *, {ticket} as t, {own} as own from frame
                        where hash(village) % {parts} = {part})
        select village, count(*) as eligible, count_if(disabled) as marked,
               arg_min(household, t, {many}) as smallest,
               coalesce(arg_min(household, t, {many + 2 * rule.disabled})
                        filter (where disabled), []) as of_marked,
               coalesce(arg_min(household, own, {max(rule.disabled, 1)})
                        filter (where disabled), []) as first
        from marked group by village order by village"""


def _text(seed: str) -> str:
    return seed.replace("'", "''")


def _village(row, seed: str, rule: SampleRule) -> list[tuple]:
    """The lines of one village, by the rule of the draw.

    A household written twice takes two of the places asked of the engine, so that somebody who
    should be drawn is not seen: Refused.
    """
    for households in (row.smallest, row.of_marked):
        if len(set(households)) < len(households):
            twice = next(h for h, n in Counter(households).items() if n > 1)
            problems = Problems()
            problems.error(Place("", column="household"), "repeated", "户编号重复，每户只能一行",
                           found=twice, units=[row.village])
            problems.raise_if_errors("花名册不能抽签")
    marked = set(row.of_marked)
    ordered = in_ticket_order(seed, "HU", {*row.smallest, *marked})
    first = (first_disabled(seed, row.village, row.first, rule.disabled)
             if rule.household_rule == "disabled_first" else [])
    listed = listed_households(ordered, marked, rule.disabled, rule.wanted(row.village),
                               rule.reserves, first)
    return [(row.village, int(row.eligible), int(row.marked), household, *said,
             household in marked) for household, said in listed.items()]
