"""Counting over households: SQL generated from the plan, integers only.

The engine counts and sums; it never divides or rounds, so its answers are the same
on any number of threads.  The plan's conditions are data, checked against the list
of hecha.plan.expressions before a word of SQL is made of them.  This is the only
module that imports the SQL engine.
"""

from __future__ import annotations

from fractions import Fraction

import duckdb
import pandas as pd

from hecha.plan import Plan, expressions
from hecha.points import plain
from hecha.problems import HechaError

VISITED = "visited"
MADE = ("f1_total", "f2_total", "income_total", "without_pension_total", "income_met",
        "income_met_f1", "income_met_f2", "income_met_without_pension")


class NoStandard(HechaError):
    """The plan gives no income standard, so no household can be judged by it."""


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
    Raises NoStandard where the plan has no income standard.
    """
    counts = {measure_column(i.code, m): c.expression
              for i in plan.items for m, c in i.derived.items()}
    query = _query(plan, counts)
    connection = duckdb.connect()
    try:
        connection.register("handed_in", households)
        return connection.execute(query).fetchdf()
    finally:
        connection.close()


def _query(plan: Plan, counts: dict[str, str]) -> str:
    """business → income → tests → counts, each a step over the one before."""
    if plan.household is None:
        return "select * from handed_in"
    income = plan.household.income
    conditions = {c.id: c.where for c in plan.household.conditions}
    rendered = {name: expressions.render(text, conditions) for name, text in counts.items()}
    selected = "".join(f', cast({sql} as bigint) as "{name}"' for name, sql in rendered.items())
    return f"""
        with business as (select *, {_business(income)} as business_net,
                          cast({_standard(plan)} as bigint) as income_standard from handed_in),
        income as (select *, {_income(plan)} from business),
        tested as (select *, {_tests()} from income)
        select household, village, file, "row", {", ".join(MADE)}, 1 as {VISITED}{selected}
        from tested order by village, household
    """


def _business(income) -> str:
    net = ("business_income - business_costs - depreciation"
           " - (production_tax - production_subsidy)")
    return f"greatest({net}, 0)" if income.negative_business_income == "clip" else f"({net})"


def _standard(plan: Plan) -> str:
    """The standard in whole fen; a plan without one cannot judge an income."""
    standard = plan.household.income.standard  # type: ignore[union-attr]
    if standard is None:
        raise NoStandard("方案没有户脱贫标准（income_standard），入户核查无从判断：请在核查方案参数里填写")
    fen = standard * 100
    if fen.denominator != 1:
        raise NoStandard(f"户脱贫标准{plain(Fraction(standard))}元最多两位小数")
    return str(fen.numerator)


def _income(plan: Plan) -> str:
    income = plan.household.income  # type: ignore[union-attr]
    made = {name: expressions.parse(text).sql(dialect="duckdb")
            for name, text in income.formulas.items()}
    rent = " + imputed_rent" if income.include_imputed_rent else ""
    pension = "" if income.count_pension else " - pension"
    chosen = f"({made[income.formula]}){rent}{pension}"
    first, second = made.get("F1", chosen), made.get("F2", chosen)
    return (f"({first}) as f1_total, ({second}) as f2_total, {chosen} as income_total, "
            f"({chosen}) - {'pension' if income.count_pension else '0'} as without_pension_total")


def _tests() -> str:
    def test(total: str) -> str:
        return f"cast({total} >= income_standard * members as bigint)"
    return (f"{test('income_total')} as income_met, {test('f1_total')} as income_met_f1, "
            f"{test('f2_total')} as income_met_f2, "
            f"{test('without_pension_total')} as income_met_without_pension")


def totals(counted: pd.DataFrame, by: str) -> dict[str, dict[str, int]]:
    """Sums of every count by a column (village, town): `{unit: {column: sum}}`."""
    columns = [c for c in counted.columns if "/" in c or c == VISITED]
    summed = counted.groupby(by)[columns].sum()
    return {unit: {c: int(v) for c, v in row.items()} for unit, row in summed.iterrows()}
