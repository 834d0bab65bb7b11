"""Workbooks of other plans: what they can compute is hecha's score, the rest says so."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from openpyxl import load_workbook

from hecha.forms import form_workbook, visits
from hecha.forms.scores import SYSTEM
from hecha.forms.workbook import opened
from hecha.points import publish
from hecha.scoring import score_case
from tests.forms.filling import filled, recalculated, value_in

PLANS = sorted(p.name for p in Path("params").iterdir() if (Path("data") / p.name).is_dir())
ALONE = ("rank_step", "ratio_to_benchmark", "additive_capped")
pytestmark = [pytest.mark.office, pytest.mark.slow]


@pytest.fixture(scope="module")
def made():
    found = {}
    for name in PLANS:
        before = opened(f"data/{name}", f"params/{name}")
        case = before.case
        case = dataclasses.replace(case, adjustments=case.adjustments.iloc[:0],
                                   external=case.external.iloc[:0])
        found[name] = (before.plan, case,
                       [form_workbook(before.plan, v) for v in visits(before.plan, case)])
    return found


@pytest.fixture(scope="module")
def calculated(office_file, made, tmp_path_factory):
    files = {f"{name}-{n}.xlsx": filled(form, plan, case)
             for name, (plan, case, forms) in made.items() for n, form in enumerate(forms)}
    return recalculated(office_file, files, tmp_path_factory.mktemp("others"))


@pytest.mark.parametrize("name", PLANS)
def test_every_item_is_hechas_or_says_that_the_system_decides(made, calculated, name):
    plan, case, forms = made[name]
    items = score_case(plan, case).items.set_index(["sheet", "unit", "item"])
    for number, form in enumerate(forms):
        book = load_workbook(calculated[f"{name}-{number}.xlsx"], data_only=True)
        for key, cell in form.scores.cells.items():
            row, shown = items.loc[key], value_in(book, cell)
            if shown == SYSTEM:
                assert plan.item[key[0], key[2]].rule.kind in ALONE, key
            elif row.state == "scored":
                assert shown == pytest.approx(float(row.score), abs=1e-9), key
            else:
                assert shown == {"na": "缺项", "missing": "未填"}[row.state], (key, row.reason)


@pytest.mark.parametrize("name", PLANS)
def test_every_sheet_is_hechas_to_the_cent(made, calculated, name):
    plan, case, forms = made[name]
    sheets = score_case(plan, case).sheets.set_index(["sheet", "unit"]).score
    shown = 0
    for number, form in enumerate(forms):
        book = load_workbook(calculated[f"{name}-{number}.xlsx"], data_only=True)
        for key, total in form.scores.totals.items():
            value = value_in(book, total.published)
            if isinstance(value, (int, float)):
                assert f"{value:.2f}" == str(publish(sheets[key])), key
                shown += 1
    alone = any(i.rule.kind in ALONE for i in plan.items)
    assert shown or alone
