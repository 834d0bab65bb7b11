"""The clean county: everything is used and nothing is said."""

from __future__ import annotations

import pandas as pd

from hecha.case import Case
from hecha.case.households import income_total
from tests.case.small import unvisited

SIZES = {
    "villages": 204,
    "persons": 20337,
    "staff": 105,
    "attendance": 211,
    "drawn_villages": 59,
    "drawn_households": 518,
    "observations": 1878,
    "households": 344,
    "teams": 105,
    "external": 5,
    "adjustments": 5,
    "self_scores": 15,
    "rectification": 60,
    "parameters": 36,
}


def test_好的卷宗没有一条问题(clean: Case) -> None:
    assert str(clean.problems) == ""


def test_每一行都用上了(clean: Case) -> None:
    assert {name: len(getattr(clean, name)) for name in SIZES} == SIZES
    assert clean.set_aside.empty
    assert (clean.accounts.read == clean.accounts.used).all()


def test_每个文件都记下了指纹(clean: Case) -> None:
    assert len(clean.inputs) == 40 and all(len(digest) == 64 for digest in clean.inputs.values())
    assert len(clean.forms_in) == 15


def test_每一行都说得出在哪个文件第几行(clean: Case) -> None:
    for name in SIZES:
        frame = getattr(clean, name)
        assert {"file", "row"} <= set(frame.columns) and (frame.row > 0).all()
    for name in ("observations", "adjustments"):
        assert set(getattr(clean, name).sheet) <= {"town", "village", "daily", ""}


def test_收入合计等于分项之和_以分为单位(clean: Case) -> None:
    for row in clean.households.itertuples():
        assert income_total(row) == row.stated_total
    first = clean.households[clean.households.household == "4499011012060043"].iloc[0]
    assert first.stated_total == 3609488 and first.members == 3


def test_备选户写明替换了谁_没有户漏查(clean: Case) -> None:
    replaced = clean.households[clean.households.replaces != ""]
    assert replaced.replaces.tolist() == ["4499011052170036", "4499011152090014"]
    assert unvisited(clean).empty


def test_参数表带行号(clean: Case) -> None:
    row = clean.parameters.set_index("key").loc["income_standard"]
    assert (row.value, row.row) == ("10620", 11)


def test_金额和人数是整数(clean: Case) -> None:
    for column in ("wages", "transfer_income", "members", "insured"):
        assert clean.households[column].dtype == "int64"
    assert pd.api.types.is_bool_dtype(clean.households.industry_measure)
