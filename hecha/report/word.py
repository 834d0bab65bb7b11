"""Word: documents in the form of a 公文 (GB/T 9704-2012), made with python-docx.

A4 with the standard's margins; 方正小标宋 for the title, 黑体 楷体 仿宋 for the text, named
as East Asian fonts on every run (they are the office's own and are not embedded); numbering
一、（一）1.（1） made here and nowhere else; tables whose header row repeats on every page;
page numbers «— 1 —».  Persons below the village are masked in every text.  The same
content gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pandas as pd
from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from hecha.folders import write_whole
from hecha.points import publish
from hecha.words import mask_text

TITLE, SONG, HEI, KAI, FANG, LATIN = (
    "方正小标宋简体", "宋体", "黑体", "楷体_GB2312", "仿宋_GB2312", "Times New Roman")
BODY_PT, LINE_PT, TABLE_PT, PAGE_MM = 16, 28, 10.5, 156
BLANK = "【{}】"
"""how a place looks that a person must fill with judgement"""
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NUMERALS = "一二三四五六七八九十"
_MADE = dt.datetime(2000, 1, 1)
_WHEN = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Column:
    """A column of a table: its header, its share of the width, whether figures stand in it."""

    header: str
    share: float
    number: bool = False


def numeral(number: int) -> str:
    """1 to 99 in Chinese.

    >>> numeral(3), numeral(10), numeral(12), numeral(20), numeral(35)
    ('三', '十', '十二', '二十', '三十五')
    """
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else f"{_NUMERALS[tens - 1]}十"
    return head + (_NUMERALS[ones - 1] if ones else "")


def clean(text: object) -> str:
    """A text as it may stand in a report: masked, without signs a document cannot hold.

    >>> clean("户4499011022000016\\x07不在")
    '户449901102200****不在'
    """
    return mask_text(_FORBIDDEN.sub("", str(text)))


def shown_figure(value: Fraction | None) -> str:
    """A score as a report says it: published, a dash where there is none.

    >>> shown_figure(Fraction("89.995")), shown_figure(Fraction(-1, 4)), shown_figure(None)
    ('90.00', '−0.25', '—')
    """
    return "—" if value is None or pd.isna(value) else f"{publish(value):f}".replace("-", "−")


class Paper:
    """A 公文 being written, top to bottom; headings number themselves.

    >>> paper = Paper()
    >>> paper.section("核查结果"), paper.part("得分"), paper.part("名次"), paper.section("问题")
    ('一、核查结果', '（一）得分', '（二）名次', '二、问题')
    """

    def __init__(self) -> None:
        self.document = Document()
        self._counts = [0, 0, 0, 0]
        self._page()
        self._style()

    # -- what is written ---------------------------------------------------------------------

    def title(self, text: str) -> None:
        """The title: 2号 小标宋, centred."""
        self.line()
        for part in text.split("\n"):
            made = self._paragraph(part, TITLE, 22, centred=True)
            made.paragraph_format.line_spacing = Pt(34)
        self.line()

    def mark(self, text: str) -> None:
        """What every page must bear at its head (R-20)."""
        section = self.document.sections[0]
        for header in (section.header, section.even_page_header):
            header.is_linked_to_previous = False
            self._run(header.paragraphs[0], text, HEI, 14)

    def addressed(self, text: str) -> None:
        """主送机关, flush left, with its colon."""
        self._paragraph(f"{text}：", FANG)

    def section(self, text: str) -> str:
        """一、: 黑体."""
        return self._heading(0, f"{numeral(self._next(0))}、{text}", HEI)

    def part(self, text: str) -> str:
        """（一）: 楷体."""
        return self._heading(1, f"（{numeral(self._next(1))}）{text}", KAI)

    def point(self, text: str, rest: str = "") -> str:
        """1.: 仿宋, bold; `rest` runs on in the same paragraph, plain."""
        made = self._paragraph(f"{self._next(2)}.{text}", FANG, bold=True, indented=True)
        if rest:
            self._run(made, rest, FANG, BODY_PT)
        return made.text

    def detail(self, text: str) -> str:
        """（1）: 仿宋."""
        return self._paragraph(f"（{self._next(3)}）{text}", FANG, indented=True).text

    def text(self, text: str) -> None:
        """A paragraph: 3号仿宋, first line two characters in; 【…】 is set off."""
        made = self._paragraph("", FANG, indented=True)
        for piece in re.split("(【[^】]*】)", clean(text)):
            if piece:
                run = self._run(made, piece, FANG, BODY_PT)
                if piece.startswith("【"):
                    _shade(run._r.get_or_add_rPr(), "E7E6E6")

    def blank(self, what: str) -> None:
        """A place for a person's judgement."""
        self.text(BLANK.format(f"请填写：{what}"))

    def line(self) -> None:
        """An empty line."""
        self._paragraph("", FANG)

    def attachments(self, names: Sequence[str]) -> None:
        """附件：1.… one line below the text, without full stops; a single one has no number."""
        self.line()
        for number, name in enumerate(names, 1):
            head = "附件：" if number == 1 else "　　　"
            counted = f"{number}." if len(names) > 1 else ""
            self._paragraph(f"{head}{counted}{name}", FANG, indented=True)

    def signed(self, office: str, day: str) -> None:
        """The office and the date, at the right, four characters in."""
        self.line()
        self.line()
        for text in (office, day):
            made = self._paragraph(text, FANG)
            made.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            made.paragraph_format.right_indent = Pt(BODY_PT * 4)
            made.paragraph_format.keep_together = True

    def attachment(self, number: int, title: str) -> None:
        """A new page that begins with 附件1 at the top left and its title; 0 is the only one."""
        made = self._paragraph(f"附件{number or ''}", HEI)
        made.paragraph_format.page_break_before = True
        self._paragraph(title, TITLE, 18, centred=True)
        self._counts = [0, 0, 0, 0]

    def table(self, caption: str, columns: Sequence[Column], rows: Iterable[Sequence[object]],
              note: str = "") -> None:
        """A table with its caption above; the header row repeats, rows do not break."""
        rows = [list(row) for row in rows] or [["无", *[""] * (len(columns) - 1)]]
        named = self._paragraph(caption, HEI, 14, centred=True)
        named.paragraph_format.keep_with_next = True
        made = self.document.add_table(rows=2, cols=len(columns))
        made.alignment = WD_TABLE_ALIGNMENT.CENTER
        made.style = "Table Grid"
        made.autofit = False
        whole = sum(c.share for c in columns)
        widths = [Mm(PAGE_MM * c.share / whole) for c in columns]
        for grid, width in zip(made._tbl.tblGrid.gridCol_lst, widths, strict=True):
            grid.w = width
        self._row(made.rows[0], [c.header for c in columns], widths, columns, head=True)
        self._row(made.rows[1], ["□"] * len(columns), widths, columns)
        pattern = made.rows[1]._tr
        made._tbl.remove(pattern)
        for row in rows:
            made._tbl.append(_filled(pattern, row))
        after = self._paragraph(note, FANG, TABLE_PT)
        after.paragraph_format.line_spacing = Pt(18)

    def save(self, path: Path) -> Path:
        """Write the document, whole; the same content gives the same bytes."""
        held, out = io.BytesIO(), io.BytesIO()
        self.document.save(held)
        with zipfile.ZipFile(held) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            for item in old.infolist():
                new.writestr(zipfile.ZipInfo(item.filename, _WHEN), old.read(item),
                             zipfile.ZIP_DEFLATED)
        return write_whole(path, out.getvalue())

    # -- how it is made ------------------------------------------------------------------------

    def _next(self, level: int) -> int:
        self._counts[level] += 1
        self._counts[level + 1:] = [0] * (3 - level)
        return self._counts[level]

    def _heading(self, level: int, text: str, font: str) -> str:
        made = self._paragraph(text, font, indented=True)
        made.paragraph_format.keep_with_next = True
        outline = OxmlElement("w:outlineLvl")
        outline.set(qn("w:val"), str(level))
        made._p.get_or_add_pPr().append(outline)
        return made.text

    def _paragraph(self, text: str, font: str, size: float = BODY_PT, *, bold: bool = False,
                   centred: bool = False, indented: bool = False) -> Paragraph:
        made = self.document.add_paragraph()
        shape = made.paragraph_format
        shape.space_before = shape.space_after = Pt(0)
        shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(LINE_PT)
        if centred:
            made.alignment = WD_ALIGN_PARAGRAPH.CENTER
        else:
            made.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
        if indented:
            shape.first_line_indent = Pt(BODY_PT * 2)
        if text:
            self._run(made, text, font, size, bold)
        return made

    def _run(self, paragraph: Paragraph, text: str, font: str, size: float,
             bold: bool = False) -> Run:
        run = paragraph.add_run(clean(text))
        dress(run, font, size, bold)
        return run

    def _row(self, row, texts: Sequence[object], widths, columns: Sequence[Column],
             head: bool = False) -> None:
        shape = row._tr.get_or_add_trPr()
        shape.append(OxmlElement("w:cantSplit"))
        if head:
            shape.append(OxmlElement("w:tblHeader"))
        for cell, text, width, column in zip(row.cells, texts, widths, columns, strict=True):
            cell.width = width
            made = cell.paragraphs[0]
            made.paragraph_format.space_before = made.paragraph_format.space_after = Pt(2)
            made.paragraph_format.line_spacing = 1.0
            made.alignment = (WD_ALIGN_PARAGRAPH.CENTER if head or column.number
                              else WD_ALIGN_PARAGRAPH.LEFT)
            self._run(made, str(text), HEI if head else FANG, TABLE_PT)
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
            if head:
                made.paragraph_format.keep_with_next = True
                _shade(cell._tc.get_or_add_tcPr(), "F2F2F2")

    def _page(self) -> None:
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.footer_distance = Mm(28)
        self.document.settings.odd_and_even_pages_header_footer = True
        for footer, side in ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
                             (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)):
            footer.is_linked_to_previous = False
            made = footer.paragraphs[0]
            made.alignment = side
            shape = made.paragraph_format
            shape.left_indent = shape.right_indent = Pt(14)
            for piece in ("— ", None, " —"):
                run = made.add_run(piece or "")
                if piece is None:
                    _page_number(run)
                dress(run, SONG, 14)

    def _style(self) -> None:
        normal = self.document.styles["Normal"]
        normal.font.name, normal.font.size = LATIN, Pt(BODY_PT)
        _name_fonts(normal.element.get_or_add_rPr(), FANG)
        core = self.document.core_properties
        core.author, core.title, core.comments, core.language = "hecha", "", "", "zh-CN"
        core.created = core.modified = _MADE


def _filled(pattern, texts: Sequence[object]):
    """A copy of a table row with these texts in it; dressing each cell anew takes ten times as long."""
    row = deepcopy(pattern)
    for cell, text in zip(row.tc_lst, texts, strict=True):
        [paragraph] = cell.p_lst
        [run] = paragraph.r_lst
        run.text = "" if text is None else clean(text)
        if not run.text:
            paragraph.remove(run)
            _small_mark(paragraph)
    return row


def dress(run: Run, font: str, size: float, bold: bool = False) -> None:
    """Name a run's East Asian font and size; digits and Latin stand in Times New Roman."""
    run.font.size, run.font.bold = Pt(size), bold
    run.font.name = LATIN
    _name_fonts(run._r.get_or_add_rPr(), font)


def _name_fonts(shape, font: str) -> None:
    fonts = shape.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        shape.insert(0, fonts)
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(theme), None)
    for name, value in (("w:ascii", LATIN), ("w:hAnsi", LATIN), ("w:cs", LATIN),
                        ("w:eastAsia", font)):
        fonts.set(qn(name), value)
    fonts.set(qn("w:hint"), "eastAsia")


def _small_mark(paragraph) -> None:
    """An empty cell is as high as a line of table text, not of body text."""
    mark, size = OxmlElement("w:rPr"), OxmlElement("w:sz")
    size.set(qn("w:val"), str(int(TABLE_PT * 2)))
    mark.append(size)
    paragraph.get_or_add_pPr().append(mark)


def _shade(shape, colour: str) -> None:
    made = OxmlElement("w:shd")
    for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", colour)):
        made.set(qn(name), value)
    shape.append(made)


def _page_number(run: Run) -> None:
    for kind, text in (("begin", ""), ("", " PAGE "), ("separate", ""), ("text", "1"), ("end", "")):
        if kind == "text":
            made = OxmlElement("w:t")
            made.text = text
        elif kind:
            made = OxmlElement("w:fldChar")
            made.set(qn("w:fldCharType"), kind)
        else:
            made = OxmlElement("w:instrText")
            made.set(qn("xml:space"), "preserve")
            made.text = text
        run._r.append(made)
