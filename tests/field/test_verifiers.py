"""The ten lines, the page and the workbook agree with `hecha`, ticket for ticket."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from hecha.digests import sha256_text
from hecha.field.certificate import make_certificate, seal, verifier_text, verify
from hecha.field.certificate_page import certificate_page, verifier_page
from hecha.field.commitment import commit
from hecha.field.ticket_book import LONGEST, ticket_workbook
from hecha.field.tickets import going_to, in_ticket_order, seed_of, ticket
from hecha.report.fonts import css_font_face, woff2_subset
from tests.field.made import (
    DICE,
    DISABLED_FIRST,
    NONCE,
    RULE,
    STRATIFIED,
    frame_from,
    stratified_frame,
    village_codes,
)
from tests.field.test_certificate import OCCASION

HOUSEHOLDS = [f"4499011002{n:02d}{n * 37 % 9999:04d}" for n in range(100)]
UNITS = [*HOUSEHOLDS, *(going_to(f"Z{n:05d}", str(449901100 + n)) for n in range(100))]
SEED = seed_of(DICE, NONCE)


def test_the_ten_lines_agree_on_200_tickets(tmp_path: Path):
    program, listed = tmp_path / "verifier.py", tmp_path / "units.csv"
    program.write_text(verifier_text(), encoding="utf-8")
    listed.write_text("".join(f"{line}\n" for line in ["unit", *UNITS]), encoding="ascii")
    told = run(program, DICE, NONCE, "HU", listed)
    assert told[0] == f"sha256(nonce) {commit(NONCE).digest}"
    assert told[1] == f"seed {SEED}"
    assert told[2:] == [f"{ticket(SEED, 'HU', unit)} {unit}"
                        for unit in in_ticket_order(SEED, "HU", UNITS)]
    assert len(told) == 202


def test_the_ten_lines_know_the_simple_mode(tmp_path: Path):
    program, listed = tmp_path / "verifier.py", tmp_path / "units.csv"
    program.write_text(verifier_text(), encoding="utf-8")
    listed.write_text("unit\n440923101205\n", encoding="ascii")
    assert run(program, DICE, "", "CUN", listed)[1:] == [
        f"seed {DICE}", f"{ticket(DICE, 'CUN', '440923101205')} 440923101205"]


def run(program: Path, *words: object) -> list[str]:
    """What a plain Python, without our packages, prints."""
    done = subprocess.run([sys.executable, "-I", program, *map(str, words)], check=True,
                          capture_output=True, text=True, encoding="utf-8", timeout=60)
    return done.stdout.splitlines()


def test_the_verifier_is_ten_lines_of_the_standard_library():
    lines = verifier_text().splitlines()
    assert len(lines) == 10 and lines[0].startswith("import hashlib, sys")
    assert not any("import" in line for line in lines[1:])


@pytest.fixture(scope="module")
def county():
    return frame_from({v: [n % 4 == 0 for n in range(11)] for v in village_codes(3, 7)}
                      | {"449901105200": [False] * 4})


@pytest.fixture
def opened(browser, tmp_path: Path):
    """Opens a page from a file, offline, and keeps what the browser complains of."""
    context = browser.new_context(offline=True, locale="zh-CN")
    complaints: list[str] = []

    def open_page(text: str):
        file = tmp_path / "page.html"
        file.write_text(text, encoding="utf-8")
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(file.as_uri())
        return page

    yield open_page
    context.close()
    assert complaints == []


@pytest.mark.browser
def test_the_page_agrees_on_200_tickets_offline(opened):
    page = opened(verifier_page())
    page.fill("#dice", DICE)
    page.fill("#nonce", NONCE)
    page.select_option("#stage", "HU")
    page.fill("#units", "\n".join(UNITS))
    page.click("#compute")
    rows = page.eval_on_selector_all(
        "#tickets tr", "rows => rows.map(r => [r.cells[1].textContent, r.cells[2].textContent])")
    assert rows == [[unit, ticket(SEED, "HU", unit)] for unit in in_ticket_order(SEED, "HU", UNITS)]
    assert page.text_content("#seed") == SEED
    assert page.text_content("#digest") == commit(NONCE).digest


@pytest.mark.browser
@pytest.mark.parametrize("length", [1, 54, 55, 56, 63, 64, 65, 119, 120, 300])
def test_the_page_hashes_texts_of_every_length(opened, length):
    page = opened(verifier_page())
    page.fill("#dice", "1")
    page.fill("#nonce", "x" * length)
    page.fill("#units", "a")
    page.click("#compute")
    assert page.text_content("#digest") == sha256_text("x" * length)


@pytest.mark.browser
def test_the_page_says_which_text_it_cannot_take(opened):
    page = opened(verifier_page())
    page.fill("#dice", "第1期")
    page.fill("#nonce", NONCE)
    page.fill("#units", "a")
    page.click("#compute")
    assert "只能用半角字母、数字和符号" in page.text_content("#said")


@pytest.mark.browser
@pytest.mark.parametrize("rule", [RULE, DISABLED_FIRST])
@pytest.mark.parametrize("audience", ["public", "verifiers"])
def test_the_certificate_page_checks_itself(opened, county, rule, audience):
    paper = make_certificate(county, rule, OCCASION, commit(NONCE), NONCE, audience=audience)
    page = opened(certificate_page(paper))
    page.click("#check")
    assert page.text_content("#checked").startswith("一致")


@pytest.mark.browser
def test_the_certificate_page_knows_two_disabled_households_none_and_strata(opened, county):
    strata = stratified_frame(*["监测对象"] * 4, *["脱贫户"] * 6)
    short = stratified_frame("监测对象", *["脱贫户"] * 6)
    cases = [(county, replace(RULE, disabled=2)), (county, replace(DISABLED_FIRST, disabled=2)),
             (county, replace(RULE, disabled=0)), (strata, STRATIFIED), (short, STRATIFIED)]
    for frame, rule in cases:
        paper = make_certificate(frame, rule, OCCASION, commit(NONCE), NONCE, audience="verifiers")
        assert not verify(paper, frame).errors
        page = opened(certificate_page(paper))
        page.click("#check")
        assert page.text_content("#checked").startswith("一致"), rule
        taken = next(home for home in paper["households"] if home["choice"] == "正选")
        taken["choice"] = "备选"
        forged = opened(certificate_page(paper))
        forged.click("#check")
        assert forged.text_content("#checked").startswith("不一致"), rule


@pytest.mark.browser
@pytest.mark.parametrize("list_name, key, value", [
    ("villages", "ticket", "0" * 64), ("villages", "drawn", False), ("villages", "disabled", 0),
    ("households", "ticket", "0" * 64), ("households", "choice", "备选"),
    ("households", "order", 9)])
def test_the_certificate_page_finds_a_forged_row(opened, county, list_name, key, value):
    paper = make_certificate(county, RULE, OCCASION, commit(NONCE), NONCE, audience="verifiers")
    paper[list_name][0][key] = value
    page = opened(certificate_page(paper))
    page.click("#check")
    assert page.text_content("#checked").startswith("不一致")


@pytest.mark.parametrize("sealed", [True, False])
def test_the_certificate_page_stands_alone_and_can_be_read_aloud(county, sealed):
    paper = make_certificate(county, RULE, OCCASION, commit(NONCE), NONCE)
    page = certificate_page(seal(paper) if sealed else paper)
    assert page.startswith('<!DOCTYPE html>\n<html lang="zh-CN">')
    assert "default-src 'none'; script-src 'sha256-" in page
    assert not re.search(r"https?://|src=|href=|@import|url\(", page)
    assert f"公开号码：<strong>{DICE}</strong>（双色球第2024001期）" in page
    assert (NONCE in page) is not sealed
    assert ("尚未公布" in page) is sealed


def test_what_people_typed_cannot_become_markup(county):
    paper = make_certificate(county, RULE, OCCASION, commit(NONCE), NONCE)
    paper["witnesses"] = ["</script><script>alert(1)</script>"]
    page = certificate_page(paper)
    assert "<script>alert" not in page and page.count("</script>") == 2


def test_the_workbook_has_formulas_and_no_macro():
    with zipfile.ZipFile(io.BytesIO(ticket_workbook(DICE, NONCE, "CUN", "440923101205"))) as book:
        names = book.namelist()
        text = book.read("xl/worksheets/sheet3.xml").decode()
    assert not any("vba" in name.lower() or "external" in name.lower() for name in names)
    assert text.count("<f>") > 1500


@pytest.mark.parametrize("dice, nonce", [(DICE, NONCE), ("031117", ""), ("7" * 80, NONCE)])
def test_the_values_beside_the_formulas_are_the_ticket(dice, nonce):
    from openpyxl import load_workbook

    data = ticket_workbook(dice, nonce, "ZHANG", "Z10001>449901105")
    sheet = load_workbook(io.BytesIO(data), data_only=True)["签号"]
    seed = seed_of(dice, nonce)
    assert [sheet["B8"].value, sheet["B9"].value] == [
        seed, ticket(seed, "ZHANG", "Z10001>449901105")]
    assert data == ticket_workbook(dice, nonce, "ZHANG", "Z10001>449901105")


def test_a_text_that_does_not_fit_the_workbook_is_refused():
    with pytest.raises(ValueError, match=str(LONGEST)):
        ticket_workbook("7" * 110, "", "CUN", "440923101205")


@pytest.mark.office
@pytest.mark.slow
def test_the_workbook_recalculated_in_libreoffice_agrees_on_200_tickets(
        office_file: Path, tmp_path: Path):
    asked = [(dice, nonce, stage, unit) for n, unit in enumerate(UNITS)
             for dice, nonce, stage in [[(DICE, NONCE, "HU"), ("031117223133", "", "ZHANG"),
                                         ("9" * 60, NONCE, "CUN"), ("1", NONCE, "FUCHA")][n % 4]]]
    template = ticket_workbook("DICE", "NONCE", "STAGE", "UNIT")
    files = [tmp_path / f"{n}.xlsx" for n in range(len(asked))]
    for file, inputs in zip(files, asked):
        file.write_bytes(typed_into(template, inputs))
    profile = (tmp_path / "profile").as_uri()
    subprocess.run([office_file, f"-env:UserInstallation={profile}", "--headless",
                    "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir",
                    tmp_path, *files], check=True, capture_output=True, timeout=600)
    for file, (dice, nonce, stage, unit) in zip(files, asked):
        rows = list(csv.reader(io.StringIO(file.with_suffix(".csv").read_text("utf-8"))))
        seed = seed_of(dice, nonce)
        assert [rows[7][1], rows[8][1]] == [seed, ticket(seed, stage, unit)]


def typed_into(template: bytes, inputs: tuple[str, str, str, str]) -> bytes:
    """The workbook with other inputs typed in, and no value kept beside any formula."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(template)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode("utf-8")
            if name.startswith("xl/worksheets/"):
                text = re.sub(r"</f><v>[^<]*</v>", "</f>", text)
            elif name == "xl/sharedStrings.xml":
                for word, value in zip(("DICE", "NONCE", "STAGE", "UNIT"), inputs):
                    text = text.replace(f">{word}<", f">{value.replace('>', '&gt;')}<")
            new.writestr(name, text)
    return target.getvalue()


@pytest.mark.browser
def test_an_embedded_font_is_allowed_and_used(opened):
    page = opened(verifier_page(css_font_face(woff2_subset("抽签验证"))))
    loaded = page.evaluate("document.fonts.load('16px \"Hecha Sans\"', '签').then(f => f.length)")
    assert loaded == 1
    page.fill("#dice", "42")
    page.fill("#units", "a")
    page.click("#compute")
    assert page.text_content("#seed") == "42"
    assert "font-src" not in verifier_page()
