"""Cut the rare characters out of a large free font into the small one kept here.

Noto Sans SC knows 30,890 characters, but not every place name: 𣵦江村 needs U+23D66.  No
package carries a font that has it, so a few glyphs of Hanazono Mincho (GlyphWiki; free to
copy and change, LICENSE.txt) live here.  When a county has a character that
`hecha.report.fonts.missing_characters` names, add it to CHARACTERS and run

    python hecha/report/rare/cut.py HanaMinA.ttf HanaMinB.ttf

with the two files of Debian's package fonts-hanazono.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont

FAMILY = "Hecha Rare"
CHARACTERS = "𣵦𠮷☐☑☒✗►◄⌈⌉⌊⌋"
HERE = Path(__file__).parent
CUT_ON = 3_786_912_000  # 2024-01-01 in a font's count of seconds: the same bytes every time


def cut(sources: list[TTFont], characters: str = CHARACTERS) -> TTFont:
    """A small font with the characters, each from the first source that has it."""
    found = {ord(c): _glyph(sources, c) for c in sorted(characters)}
    names = {code: f"u{code:05X}" for code in found}
    builder = FontBuilder(sources[0]["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names.values()])
    builder.setupCharacterMap(names)
    blank = sources[0]["glyf"][".notdef"], sources[0]["hmtx"][".notdef"]
    glyphs = {".notdef": blank, **{names[code]: glyph for code, glyph in found.items()}}
    builder.setupGlyf({name: glyph for name, (glyph, _) in glyphs.items()})
    builder.setupHorizontalMetrics({name: metrics for name, (_, metrics) in glyphs.items()})
    builder.setupHorizontalHeader(ascent=880, descent=-144)
    builder.setupNameTable({
        "familyName": FAMILY, "styleName": "Regular", "copyright": "Created by GlyphWiki.",
        "licenseDescription": "Cut from Hanazono Mincho; free to use, copy, change."})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-144, usWinAscent=880, usWinDescent=144)
    builder.setupPost(keepGlyphNames=False)
    builder.updateHead(created=CUT_ON, modified=CUT_ON)
    return builder.font


def _glyph(sources: list[TTFont], character: str):
    """A character's outline and metrics in the first font that has it."""
    for font in sources:
        name = font.getBestCmap().get(ord(character))
        if name:
            return font["glyf"][name], font["hmtx"][name]
    raise SystemExit(f"没有哪个字体有“{character}”（U+{ord(character):04X}）")


if __name__ == "__main__":
    font = cut([TTFont(path, recalcTimestamp=False) for path in sys.argv[1:]])
    font.recalcTimestamp = False
    font.save(HERE / "HechaRare.ttf")
