"""Counting over households: SQL generated from the plan, integers only.

The engine counts and sums; it never divides or rounds, so its answers are the same
on any number of threads.  The plan's conditions are data, checked against the list
of hecha.plan.expressions before a word of SQL is made of them.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

import pandas as pd

from hecha.plan import Plan, expressions
from hecha.plan.model import Income
from hecha.points import plain
from hecha.problems import HechaError
from hecha.tables.engine import engine

HANDED_IN = "handed_in"
VISITED = "visited"
MADE = ("f1_total", "f2_total", "income_total", "other_pension_total", "income_met",
        "income_met_f1", "income_met_f2", "income_met_other_pension")


class BadStandard(HechaError):
    """The plan's income standard is not money."""


def measure_column(item: str, measure: str) -> str:
    """The column that holds a derived measure of an item.

    >>> measure_column("T-A1-3", "未真正脱贫户")
    'T-A1-3/未真正脱贫户'
    """
    return f"{item}/{measure}"


def count_households(plan: Plan, households: pd.DataFrame) -> pd.DataFrame:
    """One row a household: the incomes (fen), the tests, and what each item counts of it.

    Columns: household, village, file, row, the MADE columns, and one integer column
    for each derived measure (measure_column). Sum them over a village or a town.
    Where the plan has no income standard the income tests mean nothing (judged_by_standard).
    """
    with engine({HANDED_IN: households}) as ask:
        return ask.ask(_one_by_one(plan))


def _one_by_one(plan: Plan) -> str:
    if plan.household is None:
        return f"select * from {HANDED_IN}"
    selected = "".join(f', cast({sql} as bigint) as "{name}"'
                       for name, (_, sql) in derived_counts(plan).items())
    return f"""
        {steps(plan)}
        select household, village, file, "row", {", ".join(MADE)}, 1 as {VISITED}{selected}
        from tested order by village, household
    """


def derived_counts(plan: Plan, sheets: Collection[str] = ()) -> dict[str, tuple[bool, str]]:
    """Every derived measure of the plan: its column → (whether a condition, its SQL).

    `sheets` limits it to the items of some sheets.
    """
    conditions = {c.id: c.where for c in plan.household.conditions} if plan.household else {}
    return {measure_column(i.code, m): (c.count is not None,
                                        expressions.render(c.expression, conditions))
            for i in plan.items if not sheets or i.sheet in sheets
            for m, c in i.derived.items()}


def steps(plan: Plan) -> str:
    """business → income → tested, each a step over the one before, from HANDED_IN."""
    income = plan.household.income  # type: ignore[union-attr]
    return f"""
        with business as (select *, {_made(income)},
                          cast({_standard(plan)} as bigint) as income_standard from {HANDED_IN}),
        income as (select *, {_income(plan)} from business),
        tested as (select *, {_tests()} from income)
    """


def _made(income: Income) -> str:
    """The columns a formula may use that depend on what the county decided."""
    surplus = "business_income - business_costs"
    net = f"{surplus} - depreciation - (production_tax - production_subsidy)"
    if income.negative_business_income == "clip":
        surplus, net = f"greatest({surplus}, 0)", f"greatest({net}, 0)"
    transfers = "transfer_income" + ("" if income.count_pension else " - pension")
    rent = "imputed_rent" if income.include_imputed_rent else "0"
    return (f"({surplus}) as business_surplus, ({net}) as business_net, "
            f"({transfers}) as counted_transfers, {rent} as counted_rent")


def judged_by_standard(plan: Plan) -> set[tuple[str, str]]:
    """The items (sheet, code) whose counts stand on the income standard."""
    conditions = {c.id: c.where for c in plan.household.conditions} if plan.household else {}
    return {(i.sheet, i.code) for i in plan.items for c in i.derived.values()
            if "income_standard" in expressions.render(c.expression, conditions)}


def _standard(plan: Plan) -> str:
    """The standard in whole fen; without one no household passes, and nothing is scored by it."""
    standard = plan.household.income.standard  # type: ignore[union-attr]
    if standard is None:
        return "0"
    fen = standard * 100
    if fen.denominator != 1:
        raise BadStandard(f"户脱贫标准{plain(Fraction(standard))}元最多两位小数")
    return str(fen.numerator)


def _income(plan: Plan) -> str:
    income = plan.household.income  # type: ignore[union-attr]
    made = {name: expressions.parse(text).sql(dialect="duckdb")
            for name, text in income.formulas.items()}
    chosen = made[income.formula]
    first, second = made.get("F1", chosen), made.get("F2", chosen)
    other = "-" if income.count_pension else "+"
    return (f"({first}) as f1_total, ({second}) as f2_total, ({chosen}) as income_total, "
            f"({chosen}) {other} pension as other_pension_total")


def _tests() -> str:
    def test(total: str) -> str:
        return f"cast({total} >= income_standard * members as bigint)"
    return (f"{test('income_total')} as income_met, {test('f1_total')} as income_met_f1, "
            f"{test('f2_total')} as income_met_f2, "
            f"{test('other_pension_total')} as income_met_other_pension")


def totals(counted: pd.DataFrame, by: str) -> dict[str, dict[str, int]]:
    """Sums of every count by a column (village, town): `{unit: {column: sum}}`."""
    columns = [c for c in counted.columns if "/" in c or c == VISITED]
    summed = counted.groupby(by)[columns].sum()
    return {unit: {c: int(v) for c, v in row.items()} for unit, row in summed.iterrows()}
