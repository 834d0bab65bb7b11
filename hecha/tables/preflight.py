"""Preflight: what a workbook is, found out before any parser touches it.

A valid workbook of 6 KB with one cell at XFD1048576 makes a fast reader allocate
until the process dies; a small zip can unpack to gigabytes; a document type can
define entities that grow without end; error cells and formulas that were never
calculated read as blanks.  So the container is inspected with nothing but
zipfile and searches over bytes, with limits, and what is found is either refused
in plain words or told to the reader (`Signs`), who then takes more care.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from posixpath import join, normpath

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from hecha.tables.grid import column_index, column_letter

OWN_FORMULAS = "公式区"  # the name by which a form says where its own formulas stand
MAX_FILE_BYTES = 40 * 2**20
MAX_PART_BYTES = 200 * 2**20
MAX_TOTAL_BYTES = 400 * 2**20
MAX_PARTS = 2000
MAX_RATIO = 150  # real sheets shrink 10 to 40 times
RATIO_FLOOR = 4 * 2**20  # below this size the ratio does not matter
MAX_ROWS = 200_000
MAX_COLUMNS = 400  # OJ: see _WIDE
MAX_CELLS = 6_000_000

_OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype|<html|<head|<table|<\?xml|<meta|<script|mime-version)",
    re.IGNORECASE,
)
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']+)", re.IGNORECASE)
_ODD_REFERENCE = re.compile(rb"\sr\s*=\s*([\"'])(?![A-Z]{1,3}\d{1,7}\1|\d{1,7}\1)")
_COLUMN = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})\d")
_WIDE = re.compile(
    rb"\sr\s*=\s*[\"'](?:[A-Z]{3}|[P-Z][A-Z]|O[K-Z])\d"
)  # beyond column OJ, the 400th
_LARGE_ROW = re.compile(rb"\sr\s*=\s*[\"'][A-Z]{0,3}(\d{6,7})[\"']")
_ROW_NUMBER = re.compile(rb"<(?:\w+:)?row\b[^>]*?\sr\s*=\s*[\"'](\d{1,7})")
_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_ERROR = re.compile(rb"\st\s*=\s*[\"']e[\"']")
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*\shidden\s*=\s*[\"'](?:1|true)[\"'][^>]*>")
_HIDDEN_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*\shidden\s*=\s*[\"'](?:1|true)[\"'][^>]*>")
_MERGED = re.compile(
    rb"<(?:\w+:)?mergeCell\b[^>]*\sref\s*=\s*[\"']([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})[\"']"
)
_AREA = re.compile(r"'?((?:[^'!,]|'')+)'?!(\$[A-Z]{1,3}\$\d{1,7}(?::\$[A-Z]{1,3}\$\d{1,7})?)")
_STYLE = re.compile(rb"\ss\s*=\s*[\"'](\d+)[\"']")


class Unfit(ValueError):
    """The file may not be opened; carries the check's code and the sentence."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True)
class Signs:
    """What one sheet holds that a reader must know before believing it.

    `own` are the areas where a sheet made as a form says that its own formulas stand.
    """

    hidden: bool = False
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    formulas: bool = False
    errors: bool = False
    percents: bool = False
    own: tuple[str, ...] = ()

    @property
    def careful(self) -> bool:
        """Whether the fast reader would lose or change something here."""
        return self.formulas or self.errors or self.percents


def inspect(data: bytes) -> dict[str, Signs]:
    """The sheets of a workbook, in order, with their signs; :class:`Unfit` if refused.

    >>> inspect(b"<html><table>")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    hecha.tables.preflight.Unfit: 内容是网页或 XML 文本，只是改名成了工作簿...
    """
    _refuse_other_kinds(data)
    with _opened(data) as archive:
        _refuse_bombs(archive)
        _refuse_parts(archive.namelist())
        try:
            return _sheets(archive)
        except (DefusedXmlException, ElementTree.ParseError, KeyError) as error:
            raise Unfit("damaged", "工作簿的内部结构已损坏，请重新保存或重新报送") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise Unfit("damaged", "文件已损坏，解压不出内容，请重新报送") from error


def _refuse_other_kinds(data: bytes) -> None:
    if not data:
        raise Unfit("empty_file", "是空文件（0字节），请重新报送")
    if len(data) > MAX_FILE_BYTES:
        raise Unfit(
            "too_large", f"文件超过{MAX_FILE_BYTES // 2**20}MB，请检查是否放入了图片或多余内容"
        )
    if data.startswith(_OLE2):
        raise Unfit(*_ole2_reason(data))
    if _MARKUP.match(data[:2000]):
        raise Unfit(
            "html", "内容是网页或 XML 文本，只是改名成了工作簿；请用表格软件打开后另存为 .xlsx"
        )
    if not data.startswith(b"PK"):
        raise Unfit(
            "not_workbook", "不是 .xlsx 工作簿（文件头不对）；请用表格软件打开后另存为 .xlsx"
        )


def _ole2_reason(data: bytes) -> tuple[str, str]:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "encrypted", "工作簿设了打开密码，请取消密码后重新报送"
    return (
        "old_xls",
        "是旧版 .xls 格式（或设了密码的工作簿），只是改名成了 .xlsx；请用表格软件另存为 .xlsx",
    )


def _opened(data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise Unfit("truncated", "文件不完整，可能没有传完，请重新报送") from error


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = [part.filename for part in parts]
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_TOTAL_BYTES:
        raise Unfit("zip_bomb", "解压后的内容大得不正常，不予打开；请重新保存后报送")
    if len(set(names)) != len(names):
        raise Unfit("damaged", "工作簿内部有重名的部件，不能确定用哪一个，请重新保存后报送")
    for part in parts:
        if part.flag_bits & 1:
            raise Unfit("encrypted", "工作簿设了密码，请取消密码后重新报送")
        ratio = part.file_size / max(1, part.compress_size)
        if part.file_size > MAX_PART_BYTES or (part.file_size > RATIO_FLOOR and ratio > MAX_RATIO):
            raise Unfit("zip_bomb", "解压后的内容大得不正常，不予打开；请重新保存后报送")


_REFUSED_PARTS: tuple[tuple[Callable[[str], bool], str, str], ...] = (
    (
        lambda name: name.lower().endswith("vbaproject.bin"),
        "macros",
        "工作簿含有宏，请另存为不含宏的 .xlsx",
    ),
    (
        lambda name: name.lower().startswith("xl/externallinks/"),
        "external_links",
        "工作簿链接到别的文件，数值无从核实；请断开链接（数据—编辑链接—断开），只留数值",
    ),
    (
        lambda name: name.lower() == "xl/workbook.bin",
        "not_workbook",
        "是二进制工作簿 .xlsb，请另存为 .xlsx",
    ),
    (
        lambda name: name.lower().startswith("xl/macrosheets/"),
        "macros",
        "工作簿含有宏表，请另存为不含宏的 .xlsx",
    ),
)


def _refuse_parts(names: list[str]) -> None:
    for matches, code, message in _REFUSED_PARTS:
        if any(matches(name) for name in names):
            raise Unfit(code, message)
    if "xl/workbook.xml" not in names:
        raise Unfit("not_workbook", "是压缩包，但不是 .xlsx 工作簿；请用表格软件另存为 .xlsx")


def _sheets(archive: zipfile.ZipFile) -> dict[str, Signs]:
    for name in archive.namelist():
        if name.lower().endswith((".xml", ".rels", ".vml")):
            _refuse_markup(archive.read(name))
    percents = _percent_styles(archive)
    own = _own_formulas(archive)
    return {
        name: replace(_signs(archive.read(part), hidden, percents), own=own.get(name, ()))
        for name, part, hidden in _sheet_parts(archive)
    }


def _own_formulas(archive: zipfile.ZipFile) -> dict[str, tuple[str, ...]]:
    """Sheet → the areas of its own formulas, from the names the workbook defines."""
    found: dict[str, tuple[str, ...]] = {}
    for node in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if node.tag.endswith("}definedName") and node.get("name", "").startswith(OWN_FORMULAS):
            for title, area in _AREA.findall(node.text or ""):
                name = title.replace("''", "'")
                found[name] = (*found.get(name, ()), area.replace("$", ""))
    return found


def _refuse_markup(xml: bytes) -> None:
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in xml[:64]:
        raise Unfit(
            "odd_encoding", "工作簿内部不是 UTF-8 编码，不是表格软件的正常产物，请重新保存后报送"
        )
    declared = _ENCODING.match(xml[:200].lstrip(b"\xef\xbb\xbf"))
    if declared and declared.group(1).lower() not in (b"utf-8", b"us-ascii"):
        raise Unfit(
            "odd_encoding", "工作簿内部不是 UTF-8 编码，不是表格软件的正常产物，请重新保存后报送"
        )
    if _DOCTYPE.search(xml):
        raise Unfit("dtd", "工作簿内部含有文档类型或实体定义，正常表格没有这些，不予打开")


def _sheet_parts(archive: zipfile.ZipFile) -> list[tuple[str, str, bool]]:
    """(sheet name, part, hidden) of every worksheet, in the workbook's order."""
    relations = {
        node.get("Id"): (
            node.get("Type", ""),
            normpath(join("xl", node.get("Target", ""))).lstrip("/"),
        )
        for node in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    found = []
    for node in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if node.get("date1904") in ("1", "true"):
            raise Unfit(
                "date1904", "用的是1904日期系统，日期会差4年；请把内容复制到新建的工作簿后报送"
            )
        if not node.tag.endswith("}sheet"):
            continue
        kind, part = relations[_relation_of(node)]
        if kind.endswith("/worksheet"):
            found.append((node.get("name", ""), part, node.get("state", "visible") != "visible"))
    return found


def _relation_of(node) -> str:
    """The relation id of a sheet, in the transitional or the strict namespace."""
    return next((value for key, value in node.attrib.items() if key.endswith("}id")), "")


def _percent_styles(archive: zipfile.ZipFile) -> frozenset[bytes]:
    """Indexes of the cell styles that show a number times 100 with a %."""
    if "xl/styles.xml" not in archive.namelist():
        return frozenset()
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    formats = {"9", "10"} | {
        node.get("numFmtId")
        for node in root.iter()
        if node.tag.endswith("}numFmt") and "%" in node.get("formatCode", "")
    }
    tables = [node for node in root if node.tag.endswith("}cellXfs")]
    return frozenset(
        str(index).encode()
        for table in tables
        for index, style in enumerate(table)
        if style.get("numFmtId") in formats
    )


def _signs(xml: bytes, hidden: bool, percents: frozenset[bytes]) -> Signs:
    _refuse_range(xml)
    return Signs(
        hidden=hidden,
        hidden_rows=tuple(_hidden_rows(xml)),
        hidden_columns=tuple(_hidden_columns(xml)),
        merged=tuple(found.decode() for found in _MERGED.findall(xml)),
        formulas=bool(_FORMULA.search(xml)),
        errors=bool(_ERROR.search(xml)),
        percents=bool(percents) and not percents.isdisjoint(_STYLE.findall(xml)),
    )


def _refuse_range(xml: bytes) -> None:
    """Refuse a used range that no register fills, before anything is allocated."""
    if _ODD_REFERENCE.search(xml):
        raise Unfit("damaged", "单元格编号不正常，不是表格软件的正常产物，请重新保存后报送")
    rows = max(map(int, _LARGE_ROW.findall(xml)), default=0) or _last_row(xml)
    if rows * MAX_COLUMNS <= MAX_CELLS and not _WIDE.search(xml):
        return
    columns = max((column_index(c.decode()) + 1 for c in set(_COLUMN.findall(xml))), default=1)
    if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        where = f"{column_letter(max(columns - 1, 0))}列、第{rows}行"
        raise Unfit(
            "used_range", f"表格的使用范围大得不正常（到{where}）；请删除数据之外的行和列后重新保存"
        )


def _last_row(xml: bytes) -> int:
    numbers = _ROW_NUMBER.findall(xml)
    return max(map(int, numbers), default=0) or xml.count(b"<row")


def _hidden_rows(xml: bytes) -> list[int]:
    tags = _HIDDEN_ROW.findall(xml)
    return [int(found.group(1)) for tag in tags if (found := _ROW_NUMBER.match(tag))]


def _hidden_columns(xml: bytes) -> list[str]:
    letters = []
    for tag in _HIDDEN_COLUMN.findall(xml):
        first, last = (
            int(re.search(rb"\s%s\s*=\s*[\"'](\d+)" % name, tag).group(1))
            for name in (b"min", b"max")
        )
        letters += [column_letter(index - 1) for index in range(first, min(last, first + 20) + 1)]
    return letters
