"""Encodings: the text of a CSV file, or a refusal; and its rows.

Chinese spreadsheets write GB18030, UTF-8 with a BOM, or UTF-16 («Unicode 文本»);
other programs write plain UTF-8.  A BOM decides; else strict UTF-8; else strict
GB18030 (GBK lacks 䓣 and 㙍); else the file is refused.  Nothing is replaced.
"""

from __future__ import annotations

import codecs
import csv
import io
import re

from hecha.tables.preflight import MAX_FILE_BYTES, Unfit

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def decode(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding; :class:`Unfit` if it is not text.

    >>> decode("䓣口村".encode("gb18030")), decode("䓣口村".encode("utf-8-sig"))
    (('䓣口村', 'gb18030'), ('䓣口村', 'utf-8-sig'))
    """
    if not data.strip():
        raise Unfit("empty_file", "是空文件，请重新报送")
    if len(data) > MAX_FILE_BYTES:
        raise Unfit("too_large", f"文件超过{MAX_FILE_BYTES // 2**20}MB，请检查内容")
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unfit("not_csv", "是工作簿，只是改名成了 .csv；请把扩展名改回来或另存为 CSV")
    for encoding in _candidates(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(text):
            break
        return text, encoding
    raise Unfit("encoding", "不是 UTF-8 也不是 GB18030 文本，不能确定文字内容；请另存为“CSV UTF-8”")


def _candidates(data: bytes) -> tuple[str, ...]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return (encoding,)
    return ("utf-8", "gb18030")


def split_rows(text: str) -> tuple[list[list[str]], str]:
    """The rows of a CSV text and its delimiter; :class:`Unfit` if quotes do not close.

    >>> split_rows('甲,乙\\r\\n1,"a\\nb"\\r\\n')
    ([['甲', '乙'], ['1', 'a\\nb']], ',')
    """
    first = text.lstrip().split("\n", 1)[0]
    delimiter = "\t" if "\t" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    try:
        rows.extend(reader)
    except csv.Error as error:
        raise Unfit(
            "csv_quotes", f"第{len(rows) + 1}行起引号不成对，后面的内容分不清列；请检查这一行"
        ) from error
    return rows, delimiter
