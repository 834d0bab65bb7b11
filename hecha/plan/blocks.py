"""The grain of a plan: frozen blocks, exact numbers, citations.

Every block of a plan that decides something says where it comes from: the clause,
the plan's own words, and the basis (依据): `stated` 原文, `derived` 推定 or
`assumed` 拟定.  An assumed block names a reading (读法), because the plan's
attachments are lost and what we chose must be open to the county's decision
(clause 十).
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, model_validator

from hecha.points import NotANumber, percent

Basis = Literal["stated", "derived", "assumed"]
BASIS_NAMES = {"stated": "原文", "derived": "推定", "assumed": "拟定"}

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FILE_WORD = re.compile(r"[\w\-]{1,12}")


def _kept(value: Any, info: ValidationInfo) -> bool:
    """Whether the value comes from a plan kept with a run, where Fractions are text."""
    return isinstance(value, str) and bool(info.context and info.context.get("kept"))


def _amount(value: Any, info: ValidationInfo) -> Fraction:
    if _kept(value, info):
        return Fraction(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | Fraction):
        raise ValueError("应为数字（整数或小数，不加引号）")
    return Fraction(value)


def _positive(value: Any, info: ValidationInfo) -> Fraction:
    amount = _amount(value, info)
    if amount < 0:
        raise ValueError("应为0或正数")
    return amount


def _share(value: Any, info: ValidationInfo) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if _kept(value, info) and "%" not in value:
        return Fraction(value)
    if not isinstance(value, str) or not value.strip().endswith(("%", "％")):
        raise ValueError("应写成百分数，如 60%")
    try:
        share = Fraction(percent(value)) / 100
    except NotANumber as error:
        raise ValueError(str(error)) from None
    if not 0 <= share <= 1:
        raise ValueError("应在0%与100%之间")
    return share


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("应为0或正整数，不加引号")
    return value


def _days(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("应为正整数（天数），不加引号")
    return value


def _flag(value: Any) -> bool:
    said = {"yes": True, "no": False, "是": True, "否": False, True: True, False: False}
    if isinstance(value, str | bool) and value in said:
        return said[value]
    raise ValueError("应为 true（是）或 false（否）")


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        if not _DAY.fullmatch(str(value)):
            raise ValueError
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("应为日期，如 2024-01-10") from None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None:
        raise ValueError("应为文字")
    if isinstance(value, int | Decimal):
        raise ValueError("应为文字：编码和名称请加引号")
    raise ValueError("应为文字")


def _file_word(value: Any) -> str:
    word = _text(value)
    if not _FILE_WORD.fullmatch(word):
        raise ValueError("应为可以放进文件名的短词：1至12个汉字、字母或数字")
    return word


Text = Annotated[str, BeforeValidator(_text)]
FileWord = Annotated[str, BeforeValidator(_file_word)]
Amount = Annotated[Fraction, BeforeValidator(_amount)]
Points = Annotated[Fraction, BeforeValidator(_positive)]
Share = Annotated[Fraction, BeforeValidator(_share)]
Whole = Annotated[int, BeforeValidator(_whole)]
Days = Annotated[int, BeforeValidator(_days)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Day = Annotated[date, BeforeValidator(_day)]


class Block(BaseModel):
    """A frozen piece of a plan; a key it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Cited(Block):
    """A block that says where it comes from.

    `clause` as in 六(一); `quote` verbatim from the plan's text (white space
    aside); `basis`; `reading`, the ids of the readings it stands on; `note`, what else is
    known of it.
    """

    clause: Text
    quote: Text = ""
    basis: Basis
    reading: tuple[Text, ...] = ()
    note: Text = ""

    @model_validator(mode="after")
    def _stands_on_something(self) -> Cited:
        if self.basis != "assumed" and not self.quote:
            raise ValueError(f"依据为{self.basis_name}（{self.basis}）的，须引原文（quote）")
        if self.basis == "assumed" and not self.reading:
            raise ValueError("依据为拟定（assumed）的，须写明所依的读法（reading）")
        return self

    @property
    def basis_name(self) -> str:
        """The basis in Chinese: 原文, 推定 or 拟定."""
        return BASIS_NAMES[self.basis]

