"""Kinds: what a cell of a declared column may hold, and what it then means.

A kind reads typed text into a value or raises :class:`Unreadable` with a check's
code and a Chinese sentence.  It reads forms that are unambiguous (full-width
digits, 2023年12月31日) and refuses the rest; it never repairs.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from hecha import points
from hecha.points import NotANumber, narrow

_SCIENTIFIC = re.compile(r"[+-]?\d(\.\d+)?[Ee]\+\d{2,3}")  # as a spreadsheet shows it
_DATES = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})"),
    re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"),
)
_SERIAL = re.compile(r"[34567]\d{4}")  # days since 1899-12-30: the years 1982 to 2118
_MOMENT = re.compile(r"(.+?)[ T](\d{1,2}):(\d{2})(?::(\d{2}))?")
LARGEST = 10**13


class Unreadable(ValueError):
    """The text is not of the column's kind; `code` names the check."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True)
class Kind:
    """How a column's text is read: `expected` tells a clerk what belongs there.

    `blank` is the value of an empty cell that may be empty; `dtype` is the frame's
    type for a column that is always filled.
    """

    expected: str
    read: Callable[[str], object]
    blank: object = None
    dtype: str = "object"
    texts: bool = False


def trimmed(raw: str) -> str:
    """The text without the blanks around it (full-width and no-break ones too).

    >>> trimmed("  邓雅子　")
    '邓雅子'
    """
    return raw.strip().strip("\u200b\ufeff").strip()


def _text(raw: str) -> str:
    clean = trimmed(raw)
    _refuse_damaged(clean)
    return clean


def _refuse_damaged(clean: str) -> None:
    if _SCIENTIFIC.fullmatch(clean):
        raise Unreadable(
            "large_number", "长数字被存成了数值，表格软件只保留15位，末位已丢失；请按原件以文本重填"
        )


def _code(digits: tuple[int, ...]) -> Callable[[str], str]:
    def read(raw: str) -> str:
        clean = narrow(raw)
        _refuse_damaged(clean)
        if not (clean.isascii() and clean.isdigit()):
            raise Unreadable("code", "代码只能由数字组成")
        if len(clean) not in digits:
            raise Unreadable("code", f"代码有{len(clean)}位，位数不对")
        return clean

    return read


def code(*digits: int) -> Kind:
    """A code of so many digits, kept as text.

    >>> code(9, 12).read("４４９９０１１００")
    '449901100'
    """
    return Kind("或".join(map(str, digits)) + "位数字代码", _code(digits), "", "str", True)


def _number_like(read: Callable[[str], object]) -> Callable[[str], object]:
    def checked(raw: str) -> object:
        try:
            value = read(raw)
        except NotANumber as why:
            raise Unreadable("number", str(why)) from None
        if abs(value) >= LARGEST * 100:
            raise Unreadable("number", "数字大得不合理")
        return value

    return checked


def _whole_money(raw: str) -> int:
    value = points.fen(raw)
    if value < 0:
        raise NotANumber("金额不能为负")
    return value


def _yes(raw: str) -> bool:
    try:
        return points.yes(raw)
    except NotANumber as why:
        raise Unreadable("yes_no", str(why)) from None


def _year(raw: str) -> int:
    clean = narrow(raw).removesuffix("年")
    if not re.fullmatch(r"(19|20)\d\d", clean):
        raise Unreadable("year", "不是四位年份")
    return int(clean)


def _date(raw: str) -> str:
    clean = narrow(raw)
    for pattern in _DATES:
        found = pattern.fullmatch(clean)
        if found:
            return _calendar(*map(int, found.groups())).isoformat()
    if _SERIAL.fullmatch(clean):
        return serial_date(clean)
    raise Unreadable("date", "不是能认的日期")


def serial_date(text: str) -> str:
    """The date a spreadsheet means by a bare serial number; blank if it is none.

    >>> serial_date("45291"), serial_date("2023-12-31")
    ('2023-12-31', '')
    """
    clean = narrow(text)
    if not _SERIAL.fullmatch(clean):
        return ""
    return (dt.date(1899, 12, 30) + dt.timedelta(days=int(clean))).isoformat()


def _calendar(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise Unreadable("date", "日历上没有这一天") from None


def _datetime(raw: str) -> str:
    found = _MOMENT.fullmatch(narrow(raw))
    if not found:
        raise Unreadable("date", "不是能认的日期和时间")
    day, hour, minute = _date(found.group(1)), int(found.group(2)), int(found.group(3))
    if hour > 23 or minute > 59:
        raise Unreadable("date", "没有这个时间")
    return f"{day} {hour:02d}:{minute:02d}"


def one_of(*allowed: str) -> Kind:
    """One of some words, compared after NFKC.

    >>> one_of("A", "B", "C", "D").read("Ｂ")
    'B'
    """
    words = {narrow(word): word for word in allowed}

    def read(raw: str) -> str:
        clean = narrow(raw)
        if clean not in words:
            raise Unreadable("not_allowed", "不在可填的内容之内")
        return words[clean]

    return Kind("、".join(allowed) + "之一", read, "", "str", True)


TEXT = Kind("", _text, "", "str", True)
WHOLE = Kind("0或正整数", _number_like(points.whole), None, "int64")
FEN = Kind("以元为单位的数字，最多两位小数", _number_like(points.fen), None, "int64")
MONEY = Kind("以元为单位、不为负的数字，最多两位小数", _number_like(_whole_money), None, "int64")
NUMBER: Kind = Kind("数字", _number_like(points.number))
PERCENT: Kind = Kind("百分数，带不带%都可以", _number_like(points.percent))
YEAR = Kind("四位年份", _year)
DATE = Kind("日期，如 2023-12-31", _date, "", "str", True)
DATETIME = Kind("日期和时间，如 2024-01-04 18:20", _datetime, "", "str", True)
YES_NO = Kind("是或否", _yes, None, "bool")

__all__ = [
    "DATE",
    "DATETIME",
    "FEN",
    "MONEY",
    "NUMBER",
    "PERCENT",
    "TEXT",
    "WHOLE",
    "YEAR",
    "YES_NO",
    "Kind",
    "Unreadable",
    "code",
    "one_of",
    "serial_date",
    "trimmed",
]
