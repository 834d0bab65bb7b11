"""XLSForms: pyxform takes them, and they ask what the workbook asks."""

from __future__ import annotations

import re

import pytest

from hecha.forms import phone_forms, visits, write_phone_forms
from hecha.forms.household_page import CONDITIONS, COUNTS, FLAGS, FOUND, MONEY
from hecha.forms.phones import question_name
from tests.forms.conftest import TOWNS


@pytest.fixture(scope="module")
def written(before, tmp_path_factory):
    pytest.importorskip("pyxform", reason="pyxform comes with the extra “forms”")
    folder = tmp_path_factory.mktemp("phones")
    return write_phone_forms(before.plan, before.case, "0123456789abcdef", folder, TOWNS)


@pytest.fixture(scope="module")
def made(before):
    return phone_forms(before.plan, visits(before.plan, before.case, TOWNS), "")


def rows(form):
    return {row["name"]: row for row in form.survey if row["type"] not in ("end_group", "end_repeat")}


def test_pyxform_makes_a_form_of_each(written):
    from pyxform.xls2xform import convert

    assert [p.name for p in written] == ["手机表_镇核查.xlsx", "手机表_村核查.xlsx", "手机表_入户核查.xlsx"]
    for path in written:
        done = convert(path, validate=False)
        assert "<h:html" in done.xform and done.warnings == []


def test_every_observed_fact_has_its_question(before, made):
    for form in ("镇核查", "村核查"):
        asked, sheet = rows(made[form]), before.plan.forms[form]
        for item in before.plan.items_of(sheet):
            wanted = {question_name(item.code, m) for m in item.observed}
            wanted |= {question_name(item.code, "na")} if item.na_when and item.observed else set()
            assert wanted <= set(asked), item.code


def test_the_intake_reads_these_names(before, made):
    known = pytest.importorskip("hecha.intake.phones").questions(before.plan)
    for form in ("镇核查", "村核查"):
        asked = {name for name in rows(made[form]) if "__" in name
                 and not re.search(r"__(group|rows|note|\w+_label)$", name)}
        assert asked <= set(known)


def test_a_household_has_every_field_of_the_return(made):
    asked = rows(made["入户核查"])
    names = {"town", "village", "household", "visit_date", "visitor", "members", "disabled",
             "self_income", "stated_total", "note", *MONEY, *COUNTS, *CONDITIONS, *FLAGS, *FOUND}
    assert names <= set(asked)
    assert all(asked[n].get("required") == "yes" for n in (*MONEY, *COUNTS, *CONDITIONS, *FLAGS))
    assert ". <= ${students_due}" in asked["students_served"]["constraint"]


def test_income_computes_by_the_plans_formula(before, made):
    asked = rows(made["入户核查"])
    assert asked["F2_label"]["calculation"].startswith("round((")
    assert "10620 * ${members}" in asked["met_label"]["calculation"]


def test_a_phone_server_learns_no_full_name_and_no_identity_number(before, made):
    text = str([form.choices for form in made.values()])
    heads = {head for head in before.case.drawn_households["head"] if len(head) > 2}
    assert not any(head in text for head in heads)
    assert not re.search(r"(?<!\d)\d{17}[\dXx]", text)
