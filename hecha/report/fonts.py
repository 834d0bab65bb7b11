"""Fonts: where the Chinese glyphs come from, and the slice of them a page carries.

A report must read the same on a machine without a Chinese font, so its pages carry one: a
WOFF2 with just the characters they use.  The glyphs are Noto Sans SC's (30,890 characters,
SIL Open Font License), which the distribution `zhplot` carries; it is found among that
distribution's files and never imported, because importing it changes matplotlib.  What Noto
Sans SC lacks (𣵦江村, 𠮷, ☑) comes from the few glyphs kept in `rare/`; what neither has
is named by :func:`missing_characters`, never passed over.
"""

from __future__ import annotations

import base64
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.scaleUpem import scale_upem

from hecha.problems import HechaError

if TYPE_CHECKING:  # only who cuts a font waits for it
    from fontTools.subset import Options

FAMILY = "Hecha Sans"
"""The family name under which a page's own font is declared."""

STACK = (FAMILY, "Noto Sans SC", "Microsoft YaHei", "PingFang SC", "SimSun-ExtB", "sans-serif")
"""The families a page asks for, in order: its own font first."""

CARRIER, CARRIED = "zhplot", "NotoSansSC-Regular.ttf"
RARE_FILE = Path(__file__).parent / "rare" / "HechaRare.ttf"

SYSTEM_FILES = ("msyh.ttc", "msyh.ttf", "PingFang.ttc", "NotoSansSC-Regular.otf",
                "NotoSansSC-Regular.ttf", "NotoSansCJKsc-Regular.otf", "NotoSansCJK-Regular.ttc",
                "SourceHanSansSC-Regular.otf", "Hiragino Sans GB.ttc", "wqy-microhei.ttc",
                "simhei.ttf", "simsun.ttc")
ALWAYS = "".join(map(chr, range(0x20, 0x7F))) + "·—‘’“”…、。《》「」『』〔〕（），：；？！％"
_UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}
_DROPPED = ["BASE", "STAT", "vhea", "vmtx", "VORG", "DSIG", "GSUB", "GDEF"]


def font_files() -> tuple[Path, ...]:
    """The fonts to draw with, in order: the Chinese one, then the rare characters.

    >>> [file.suffix for file in font_files()][-1]
    '.ttf'
    """
    return cjk_font_file(), RARE_FILE


@cache
def cjk_font_file() -> Path:
    """The font with the Chinese glyphs: the carried one, else the system's.

    Raises `HechaError` when there is neither.

    >>> cjk_font_file().name
    'NotoSansSC-Regular.ttf'
    """
    found = next(_candidates(), None)
    if found is None:
        raise HechaError(
            "没有找到中文字体，无法出图和网页。请重新安装依赖（python3 tasks.py run），"
            "或在系统里装上微软雅黑、苹方、思源黑体（Noto Sans CJK SC）中的任一种。")
    return found


def _candidates() -> Iterator[Path]:
    """Font files that are there, best first."""
    yield from (each for each in [_carried_file()] if each)
    for name in SYSTEM_FILES:
        for folder in _system_folders():
            yield from sorted(folder.rglob(name))


def _carried_file() -> Path | None:
    """The font among the carrier's files, without importing the carrier."""
    try:
        listed = files(CARRIER) or []
    except PackageNotFoundError:
        return None
    located = [Path(str(each.locate())) for each in listed if each.name == CARRIED]
    return next((each for each in located if each.is_file()), None)


def _system_folders() -> list[Path]:
    """The folders where an operating system keeps its fonts."""
    if sys.platform == "win32":
        homes = [Path(os.environ.get("WINDIR", "C:/Windows"), "Fonts"),
                 Path(os.environ.get("LOCALAPPDATA", "."), "Microsoft/Windows/Fonts")]
    elif sys.platform == "darwin":
        homes = [Path("/System/Library"), Path("/Library/Fonts"), Path.home() / "Library/Fonts"]
    else:
        homes = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"),
                 Path.home() / ".local/share/fonts", Path(sys.prefix, "fonts")]
    return [each for each in homes if each.is_dir()]


def missing_characters(text: str, font: Path | bytes | None = None) -> set[str]:
    """The visible characters of a text that a font has no glyph for.

    `font` is a file, or the bytes of a page's own font; without it, all of
    :func:`font_files` together are meant.

    >>> sorted(missing_characters("云溪县 榃滨镇 䓣口村 塘㙍镇 𣵦江村"))
    []
    >>> missing_characters("𣵦江村", cjk_font_file())
    {'𣵦'}
    """
    fonts = font_files() if font is None else (font,)
    known = frozenset().union(*map(_known, fonts))
    return {each for each in set(text) if _is_seen(each) and ord(each) not in known}


def _is_seen(character: str) -> bool:
    """Whether a character puts ink on a page (variation selectors do not)."""
    code = ord(character)
    return unicodedata.category(character) not in _UNSEEN and not 0xFE00 <= code <= 0xFE0F


@cache
def _known(font: Path | bytes) -> frozenset[int]:
    """The code points a font has glyphs for."""
    return frozenset(_open(font).getBestCmap())


def _open(font: Path | bytes) -> TTFont:
    """A font, read as it is needed; of a collection the simplified Chinese face."""
    source = BytesIO(font) if isinstance(font, bytes) else font
    number = _chinese_face(font) if isinstance(font, Path) and font.suffix == ".ttc" else -1
    return TTFont(source, fontNumber=number, lazy=True, recalcTimestamp=False)


def _chinese_face(collection: Path) -> int:
    """The number of a collection's simplified Chinese face; the first if none says so."""
    with TTCollection(collection, lazy=True) as faces:
        names = [face["name"].getDebugName(1) or "" for face in faces.fonts]
    return next((n for n, name in enumerate(names) if name.endswith((" SC", " GB"))), 0)


def woff2_subset(characters: Iterable[str]) -> bytes:
    """A WOFF2 with the glyphs of the given characters, and of ASCII and punctuation.

    The same characters give the same bytes, in any order.  Characters without a glyph are
    left out: ask :func:`missing_characters` with the result.

    >>> page_font = woff2_subset("云溪县𣵦江村")
    >>> page_font == woff2_subset("村江𣵦县溪云云") and page_font[:4]
    b'wOF2'
    >>> missing_characters("溪县城", page_font)
    {'城'}
    """
    return _subset("".join(sorted(set().union(ALWAYS, *characters))))


@cache
def _subset(characters: str) -> bytes:
    """The cut itself, made once for a set of characters."""
    from fontTools.subset import Subsetter

    font = _open(cjk_font_file())
    subsetter = Subsetter(_options())
    subsetter.populate(text=characters)
    subsetter.subset(font)
    _add_rare(font, missing_characters(characters, cjk_font_file()))
    FontBuilder(font=font).setupNameTable(
        {"familyName": FAMILY, "styleName": "Regular", "copyright": _copyright()})
    font.flavor = "woff2"
    written = BytesIO()
    font.save(written, reorderTables=True)
    return written.getvalue()


def _options() -> Options:
    """How glyphs are cut: outlines and kerning, no hints, no clock."""
    from fontTools.subset import Options

    options = Options(hinting=False, layout_features=["kern"], recalc_timestamp=False,
                      notdef_outline=True)
    options.drop_tables += _DROPPED
    return options


def _add_rare(font: TTFont, characters: set[str]) -> None:
    """Put the glyphs kept in `rare/` into a cut font that lacks them."""
    rare = _open(RARE_FILE)
    names = {ord(each): rare.getBestCmap().get(ord(each)) for each in sorted(characters)}
    if "glyf" not in font or not any(names.values()):
        return
    scale_upem(rare, font["head"].unitsPerEm)
    mapping = dict(font.getBestCmap())
    for code, name in names.items():
        if name:
            mapping[code] = f"rare{code:05X}"
            font["glyf"][mapping[code]] = rare["glyf"][name]
            font["hmtx"][mapping[code]] = rare["hmtx"][name]
    FontBuilder(font=font).setupCharacterMap(mapping)


@cache
def _copyright() -> str:
    """Whose glyphs a page carries, as their licences ask."""
    owner = _open(cjk_font_file())["name"].getDebugName(0) or ""
    return f"{owner} SIL Open Font License 1.1. Rare characters by GlyphWiki."


def css_font_face(subset: bytes) -> str:
    """The style rule that puts a page's own font into the page itself.

    >>> css_font_face(b"wOF2")
    '@font-face{font-family:"Hecha Sans";src:url(data:font/woff2;base64,d09GMg==) format("woff2")}'
    """
    text = base64.b64encode(subset).decode("ascii")
    return (f'@font-face{{font-family:"{FAMILY}";'
            f'src:url(data:font/woff2;base64,{text}) format("woff2")}}')
