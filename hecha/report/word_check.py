"""Word check: a finished document looked at with a stranger's eyes.

It refuses what such reports were sent back for: `nan` and `None`, decimals in the
program's own dress, exponents, English states, numbering that skips, runs without an East
Asian font, header rows that do not repeat, tables that touch, a column of explanations
narrower than half the table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from docx import Document
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

from hecha.problems import Place, Problems
from hecha.report.leftovers import leftovers
from hecha.report.word import clean, numeral

_LEVELS = ((r"([一二三四五六七八九十]+)、", 0), (r"（([一二三四五六七八九十]+)）", 1),
           (r"(\d{1,2})\.(?!\d{1,2}(?!\d))", 2), (r"（(\d{1,2})）", 3))
EXPLAINS = ("扣分说明", "情况说明", "问题描述")
_ATTACHMENT = re.compile(r"附件\d*$")


def check_word(path: Path, *, names: Iterable[str] = (), blanks: bool = True,
               mark: str = "") -> Problems:
    """What is wrong with a document, all at once; empty if nothing.

    `names` must stand in it, `mark` at the head of its pages; with `blanks=False` no 【…】
    may be left to fill.
    """
    document, problems = Document(str(path)), Problems()

    def wrong(code: str, message: str, found: str = "", expected: str = "") -> None:
        problems.error(Place(path.name), code, message, found=found, expected=expected)

    blocks = list(_blocks(document))
    texts = [t for block in blocks for t in _texts(block)]
    names = [clean(name) for name in names]
    for code, what, sign, around in (found for text in texts for found in leftovers(text, names)):
        wrong(code, f"文中有{what}", sign, around)
    whole = "\n".join(texts)
    for name in names:
        if name not in whole:
            wrong("no_name", "文中没有应有的名称", "", name)
    if not blanks and "【" in whole:
        wrong("blank", "还有没有填写的地方", re.search("【[^】]*】", whole)[0])  # type: ignore
    for message, found, expected in _numbering(blocks):
        wrong("numbering", message, found, expected)
    for text in _undressed(document):
        wrong("east_asian_font", "有文字没有指定中文字体", text[:20])
    for code, message, found in _tables(blocks):
        wrong(code, message, found)
    if any(mark not in part.text for section in document.sections for head in
           (section.header, section.even_page_header) for part in head.paragraphs[:1]):
        wrong("no_mark", "页眉没有标记", "", mark)
    if not _page_numbers(document):
        wrong("page_number", "没有页码「— 1 —」")
    return problems


def _blocks(document) -> Iterable[Paragraph | Table]:
    for child in document.element.body.iterchildren():
        if child.tag == qn("w:p"):
            yield Paragraph(child, document)
        elif child.tag == qn("w:tbl"):
            yield Table(child, document)


def _texts(block: Paragraph | Table) -> list[str]:
    if isinstance(block, Paragraph):
        return [block.text]
    return ["\n".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in cell.iter(qn("w:p")))
            for cell in block._tbl.iter(qn("w:tc"))]


def _numbering(blocks: list) -> Iterable[tuple[str, str, str]]:
    """Headings whose number is not the next one of its level."""
    counts = [0, 0, 0, 0]
    for block in blocks:
        if not isinstance(block, Paragraph):
            continue
        text = block.text.strip()
        if block.text.startswith("　　　"):  # the list of attachments goes on
            continue
        if _ATTACHMENT.match(text):
            counts = [0, 0, 0, 0]
        for pattern, level in _LEVELS:
            match = re.match(pattern, text)
            if not match:
                continue
            counts[level] += 1
            counts[level + 1:] = [0] * (3 - level)
            expected = numeral(counts[level]) if level < 2 else str(counts[level])
            if match[1] != expected:
                yield "序号不对", text[:20], match[0].replace(match[1], expected)
            if level and not counts[level - 1] and level != 2:
                yield "序号没有上一级", text[:20], ""
            break


def _undressed(document) -> Iterable[str]:
    """Texts of runs without an East Asian font, in body, tables and footers."""
    parts = [document.element.body]
    for section in document.sections:
        parts += [part._element for part in (section.footer, section.even_page_footer,
                                             section.header, section.even_page_header)]
    for part in parts:
        for run in part.iter(qn("w:r")):
            text = "".join(t.text or "" for t in run.iter(qn("w:t")))
            fonts = run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")
            if text.strip() and (fonts is None or not fonts.get(qn("w:eastAsia"))):
                yield text


def _tables(blocks: list) -> Iterable[tuple[str, str, str]]:
    for before, block in zip([None, *blocks], blocks, strict=False):
        if not isinstance(block, Table):
            continue
        first = block.rows[0].cells
        heads = [cell.text.strip() for cell in first]
        shown = "、".join(heads)
        if isinstance(before, Table):
            yield "tables_touch", "两张表挨在一起，中间没有段落", shown
        shape = block.rows[0]._tr.trPr
        if shape is None or shape.find(qn("w:tblHeader")) is None:
            yield "header_row", "表头没有设为跨页重复", shown
        widths = [int(cell.width or 0) for cell in first]
        for head, width in zip(heads, widths, strict=True):
            if head in EXPLAINS and width * 2 < sum(widths):
                yield "narrow", f"「{head}」栏不足表宽的一半", shown


def _page_numbers(document) -> bool:
    for section in document.sections:
        footer = section.footer._element
        fields = "".join(t.text or "" for t in footer.iter(qn("w:instrText")))
        text = "".join(t.text or "" for t in footer.iter(qn("w:t")))
        if "PAGE" not in fields or not re.fullmatch(r"— \d+ —", text.strip()):
            return False
    return True
