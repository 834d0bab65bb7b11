"""The workbook as it is handed out: what is in it, what may be typed, how it prints."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from hecha.case import load_case
from hecha.case.shapes import HOUSEHOLDS, OBSERVATIONS, TEAMS
from hecha.forms import form_workbook, visits
from hecha.forms.household_page import CONDITIONS, COUNTS, FLAGS, FOUND, MONEY
from hecha.forms.visit import NotDrawn, field_sheets
from hecha.forms.workbook import opened
from hecha.plan import load_plan
from hecha.scoring import score_case
from hecha.tables.preflight import inspect

TOWN = "449901105"
KNOWN = {"IF", "AND", "OR", "NOT", "SUM", "COUNT", "COUNTA", "COUNTIF", "COUNTIFS", "SUMIFS",
         "SUMPRODUCT", "AVERAGE", "ROUND", "ROUNDUP", "ROUNDDOWN", "INT", "MIN", "MAX", "N",
         "ISNUMBER", "IFERROR", "INDEX", "MATCH", "TEXT", "DATE"}


@pytest.fixture(scope="module")
def book(books):
    return load_workbook(io.BytesIO(books[TOWN].data))


def formulas(book):
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row
            if cell.data_type == "f"]


def test_sheets_stand_in_the_order_of_the_work(book):
    assert book.sheetnames[:4] == ["说明", "得分", "镇表", "村表"]
    assert [n for n in book.sheetnames if n.startswith("户表")] == [
        "户表1 茶岭村民委员会", "户表2 马门村民委员会", "户表3 东桥村民委员会", "户表4 松塅村民委员会"]
    assert set(book.sheetnames[8:]) == {"组员", "镇核查", "村核查", "入户核查", "记录计算", "入户计算"}


def test_sheets_of_the_return_have_the_columns_that_the_intake_reads(book):
    for name, contract in (("镇核查", OBSERVATIONS), ("村核查", OBSERVATIONS),
                           ("入户核查", HOUSEHOLDS), ("组员", TEAMS)):
        assert [cell.value for cell in book[name][1]] == [c.header for c in contract.columns]


def test_only_inputs_are_open_and_there_is_no_password(book, books):
    typed = {cell.replace("$", "") for page in books[TOWN].typed.values()
             for _, _, cell, note, na in page.cells for cell in (cell, note, na) if cell}
    typed |= {cell.replace("$", "") for home in books[TOWN].homes
              for cell in [*home.inputs.values(), home.replaces, home.reason] if cell}
    unlocked = {f"'{sheet.title}'!{cell.coordinate}" for sheet in book
                for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    assert all(sheet.protection.sheet and not sheet.protection.password for sheet in book)
    assert typed <= unlocked
    elsewhere = {cell.split("!")[0] for cell in unlocked - typed}
    assert elsewhere <= {"'说明'", "'组员'", *(f"'{n}'" for n in book.sheetnames if "户表" in n)}
    assert not any(cell.split("!")[0] in ("'得分'", "'镇核查'", "'入户核查'") for cell in unlocked)


def test_the_workbook_says_where_its_own_formulas_stand_and_nobody_types_there(book, books):
    for title, signs in inspect(books[TOWN].data).items():
        own = {cell.coordinate for area in signs.own for row in _rows(book[title], area)
               for cell in row}
        sheet = [cell for row in book[title].iter_rows() for cell in row]
        assert own == {cell.coordinate for cell in sheet if cell.data_type == "f"}, title
        assert all(book[title][name].protection.locked for name in own)


def _rows(sheet, area):
    found = sheet[area]
    return found if isinstance(found, tuple) else ((found,),)


def test_every_fact_of_a_household_has_a_rule_for_what_may_be_typed(book, books):
    for home in books[TOWN].homes:
        sheet = book[home.top.split("!")[0].strip("'")]
        ruled = " ".join(str(one.sqref) for one in sheet.data_validations.dataValidation).split()
        for name in ("members", *MONEY, *COUNTS, *FOUND, *CONDITIONS, *FLAGS, "visit_date"):
            assert home.inputs[name].split("!")[1].replace("$", "") in ruled, name


def test_lists_offer_the_words_of_the_form(book):
    lists = {one.formula1 for name in ("镇表", "村表", "户表1 茶岭村民委员会")
             for one in book[name].data_validations.dataValidation if one.type == "list"}
    assert {'"是,否"', '"是,否,不适用"', '"达标,不达标,不适用"', '"A,B,C,D"'} <= lists


def test_it_prints_on_a4_with_heads_repeated_and_pages_numbered(book):
    for sheet in book:
        assert str(sheet.page_setup.paperSize) == "9"
        assert "&P" in (sheet.oddFooter.center.text or "")
    for name in ("镇表", "村表", "入户核查", "镇核查"):
        assert book[name].print_title_rows
    village = book["户表1 茶岭村民委员会"]
    assert len(village.row_breaks.brk) == 7  # five first choices and three reserves


def test_no_identity_number_is_in_it(books):
    for form in books.values():
        with zipfile.ZipFile(io.BytesIO(form.data)) as archive:
            text = "".join(archive.read(n).decode("utf-8") for n in archive.namelist()
                           if n.endswith(("sharedStrings.xml", "sheet5.xml")))
        assert not re.search(r"(?<!\d)\d{17}[\dXx]", text)
        assert re.search(r"\d{3}\*{8,}\d{4}", text)


def test_nothing_but_plain_formulas_is_in_it(book, books):
    with zipfile.ZipFile(io.BytesIO(books[TOWN].data)) as archive:
        assert not [n for n in archive.namelist() if "vba" in n or "external" in n.lower()]
    used = {name for cell in formulas(book)
            for name in re.findall(r"([A-Z][A-Z.]*)\(", re.sub(r'"[^"]*"', "", str(cell.value)))}
    assert used <= KNOWN
    assert all(len(str(cell.value)) < 8192 for cell in formulas(book))
    assert all(sheet.sheet_state == "visible" for sheet in book)


def test_the_blank_form_shows_that_nothing_was_checked(books):
    book = load_workbook(io.BytesIO(books[TOWN].data), data_only=True)
    scores = book["得分"]
    assert {scores.cell(row, 5).value for row in range(3, 10)} == {"未填完"}
    states = {cell.value for cell in book["镇表"]["H"][2:]}
    assert states <= {"未填", None, ""} | {c.value for c in book["镇表"]["H"][:3]}


def test_the_same_case_gives_the_same_bytes(before, books):
    visit = visits(before.plan, before.case, [TOWN])[0]
    assert form_workbook(before.plan, visit, "0123456789abcdef").data == books[TOWN].data


def test_a_town_not_yet_drawn_is_refused(before):
    case = replace(before.case, drawn_villages=before.case.drawn_villages.iloc[:0])
    with pytest.raises(NotDrawn, match="还没有抽样结果"):
        visits(before.plan, case)


@pytest.mark.parametrize("name", ["sheng-bangfu", "ducha-403030"])
def test_other_plans_have_their_forms(name):
    other = opened(f"data/{name}", f"params/{name}")
    form = form_workbook(other.plan, visits(other.plan, other.case)[0])
    titles = load_workbook(io.BytesIO(form.data)).sheetnames
    assert {sheet.form for sheet in field_sheets(load_plan(f"params/{name}"))} <= set(titles)
    assert not form.homes


@pytest.mark.slow
def test_a_form_handed_in_unfilled_scores_nothing(books, blank_county, before, tmp_path):
    folder = tmp_path / "county"
    shutil.copytree(blank_county, folder)
    (folder / "returns" / f"核查记录_{TOWN}.xlsx").write_bytes(books[TOWN].data)
    results = score_case(before.plan, load_case(folder, before.plan.forms))
    town = results.items[(results.items.unit == TOWN) & (results.items.sheet == "town")]
    assert set(town.state) == {"missing"}
