"""Incomes: the parts of a household's income, and what the county's decisions make of them.

The columns that `hecha` makes before it counts (经营净收入, 计入的转移性收入 …), in any
tongue of :mod:`hecha.forms.translating`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hecha.plan.model import Income

STATED = ("wages + business_income - business_costs - depreciation"
          " - (production_tax - production_subsidy) + (property_income - property_outlay)"
          " + (transfer_income - transfer_outlay)")
"""核实可支配收入合计, as the form of the return defines it."""
SURPLUS = "business_income - business_costs"
NET = f"{SURPLUS} - depreciation - (production_tax - production_subsidy)"
Translate = Callable[[str, Mapping[str, str], Mapping[str, str]], str]


def with_made(income: Income, refs: Mapping[str, str], translate: Translate) -> dict[str, str]:
    """The cells with the made columns beside them.

    >>> from hecha.forms.translating import spreadsheet
    >>> from hecha.plan import load_plan
    >>> income = load_plan("params/xian2023").household.income
    >>> refs = dict(business_income="A1", business_costs="A2", depreciation="A3",
    ...             production_tax="A4", production_subsidy="A5", transfer_income="A6")
    >>> with_made(income, refs, spreadsheet)["business_net"]
    '(((A1-A2)-A3)-(A4-A5))'
    """
    texts = {
        "business_surplus": _kept(income, SURPLUS), "business_net": _kept(income, NET),
        "counted_transfers": "transfer_income" if income.count_pension
        else "transfer_income - pension",
    }
    made = {name: translate(text, refs, {}) for name, text in texts.items()}
    made["counted_rent"] = refs["imputed_rent"] if income.include_imputed_rent else "0"
    return {**refs, **made}


def _kept(income: Income, text: str) -> str:
    """A loss kept, or counted as nothing, as the plan says."""
    return f"greatest({text}, 0)" if income.negative_business_income == "clip" else text
