"""Every character of the county can be read, on any machine."""

from __future__ import annotations

import sys
import zipfile
from contextlib import suppress
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from hecha.problems import HechaError
from hecha.report import fonts
from hecha.report.rare import cut
from tests.setup.declared import ROOT

PLACES = "䓣口村 塘㙍镇 𣵦江村 榃滨镇 桂垌镇 簕竹镇 木蔃村 大榃镇 潘俊𠮷"
MARKS = "①②③〇□○●√×÷≥≤±‰—…·“”‘’「」『』《》〔〕☐☑☒✓✗▲▼►↑↓→←㎡℃％"


@pytest.fixture
def afresh():
    """Fonts are looked for again, before and after."""
    fonts.cjk_font_file.cache_clear()
    yield
    fonts.cjk_font_file.cache_clear()


def test_the_place_names_that_common_fonts_lack_are_there():
    assert fonts.missing_characters(PLACES + MARKS) == set()


def written(path) -> str:
    """Whatever a table says, cells and marks together."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as book:
            parts = [book.read(name) for name in book.namelist() if name.endswith(".xml")]
        return b"".join(parts).decode("utf-8", "ignore")
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return path.read_text(encoding)
    return ""  # a broken file on purpose


@pytest.mark.parametrize("county", ["yunxi", "yunxi-dirty"])
def test_every_character_of_the_shipped_counties_is_there(county):
    folder = ROOT / "data" / county
    files = [path for path in folder.rglob("*") if path.suffix in {".csv", ".xlsx", ".md"}]
    characters = set().union(*(written(path) for path in files))
    assert len(characters) > 500
    assert fonts.missing_characters("".join(characters)) == set()


def test_finding_the_font_does_not_import_its_carrier():
    fonts.cjk_font_file()
    assert "zhplot" not in sys.modules


def test_the_page_font_holds_the_rare_glyphs_with_outlines():
    page_font = TTFont(BytesIO(fonts.woff2_subset(PLACES)))
    glyph = page_font["glyf"][page_font.getBestCmap()[ord("𣵦")]]
    assert glyph.numberOfContours > 3
    assert fonts.missing_characters(PLACES, fonts.woff2_subset(PLACES)) == set()


def test_the_same_characters_make_the_same_bytes():
    first = fonts.woff2_subset(PLACES)
    fonts._subset.cache_clear()
    assert fonts.woff2_subset(reversed(PLACES)) == first


def test_a_few_hundred_characters_stay_small():
    common = map(chr, range(ord("一"), ord("一") + 300))
    assert len(fonts.woff2_subset(common)) < 80_000


def test_what_nobody_has_is_named():
    assert fonts.missing_characters("好\U0001f60a") == {"\U0001f60a"}
    assert fonts.missing_characters("好\ufe0f\u200b\t\n\u3000") == set()


def test_page_font_says_whose_glyphs_it_carries():
    names = TTFont(BytesIO(fonts.woff2_subset("好")))["name"]
    assert "Adobe" in names.getDebugName(0) and "Open Font License" in names.getDebugName(0)
    assert names.getDebugName(1) == fonts.FAMILY


def test_without_the_carrier_a_system_font_is_used(afresh, monkeypatch, tmp_path):
    theirs = tmp_path / "Fonts" / "msyh.ttc"
    theirs.parent.mkdir()
    theirs.touch()
    monkeypatch.setattr(fonts, "CARRIER", "no-such-distribution")
    monkeypatch.setattr(fonts, "_system_folders", lambda: [tmp_path])
    assert fonts.cjk_font_file() == theirs


def test_without_any_font_the_error_says_what_to_do(afresh, monkeypatch):
    monkeypatch.setattr(fonts, "CARRIER", "no-such-distribution")
    monkeypatch.setattr(fonts, "_system_folders", list)
    with pytest.raises(HechaError, match="没有找到中文字体.*微软雅黑"):
        fonts.cjk_font_file()


def test_the_rare_font_holds_what_its_cutter_lists():
    kept = TTFont(fonts.RARE_FILE)
    assert set(map(ord, cut.CHARACTERS)) == set(kept.getBestCmap())


def test_matplotlib_draws_every_place_name_without_a_warning():
    from matplotlib import font_manager
    from matplotlib.figure import Figure

    for file in fonts.font_files():
        font_manager.fontManager.addfont(file)
    families = [font_manager.get_font(file).family_name for file in fonts.font_files()]
    figure = Figure()
    figure.text(0, 0, PLACES + MARKS, family=families)
    figure.savefig(BytesIO(), format="svg")


@pytest.mark.browser
def test_a_browser_draws_ink_not_boxes(browser):
    """Three places that no common font has, drawn from the page's own font, all differ."""
    style = fonts.css_font_face(fonts.woff2_subset(PLACES))
    page = browser.new_page(viewport={"width": 40, "height": 40})
    drawn = set()
    for character in "𣵦䓣㙍":
        page.set_content(f'<style>{style} body{{font:24px "{fonts.FAMILY}"}}</style>{character}')
        page.evaluate("document.fonts.ready")
        drawn.add(page.screenshot())
    assert len(drawn) == 3
