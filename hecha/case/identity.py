"""Identity numbers: GB 11643, and the disability card that contains one.

18 characters: 17 digits and a check character; the 17th digit is odd for men.
15 digits are the old form.  20 digits are a disability card (残疾人证): the
identity number, the category 1-7 and the degree 1-4, on re-issued cards followed
by B and a digit.  Lower-case x, full-width digits, blanks and a leading
apostrophe are how people type; they are cleaned, and said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hecha.points import narrow

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_CARD = re.compile(r"(\d{17}[\dX])([1-7])([1-4])(B\d)?")
_CATEGORIES = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")
_DEGREES = "一二三四"


@dataclass(frozen=True)
class Identity:
    """A number read: `number` cleaned; `person` its identity number; what is wrong.

    `fault` is (code, sentence) or None; `sex` is 男, 女 or blank; `disability` the
    card's category and degree in words, blank without a card.
    """

    number: str
    person: str
    fault: tuple[str, str] | None = None
    sex: str = ""
    disability: str = ""
    old: bool = False


def check_character(digits: str) -> str:
    """The 18th character that belongs to 17 digits (GB 11643).

    >>> check_character("11010519491231002"), check_character("44052418800101001")
    ('X', '4')
    """
    return _CHECKS[
        sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True)) % 11
    ]


def cleaned(text: str) -> str:
    """The number without the ways of typing: upper case, half-width, no blanks.

    >>> cleaned("'440524 18800101 001４"), cleaned("11010519491231002x")
    ('440524188001010014', '11010519491231002X')
    """
    return re.sub(r"[\s\u200b\ufeff]+", "", narrow(text)).lstrip("'‘’`").upper()


def read_identity(text: str) -> Identity:
    """An identity number or a disability card's number, checked.

    >>> read_identity("44052418800101001443").disability
    '肢体三级'
    >>> read_identity("440524188001010015").fault[0]
    'checksum'
    """
    number = cleaned(text)
    if re.fullmatch(r"\d{15}", number):
        return _old(number)
    if re.fullmatch(r"\d{17}[\dX]", number):
        return _checked(number, number, "")
    card = _CARD.fullmatch(number)
    if card:
        words = _CATEGORIES[int(card[2]) - 1] + _DEGREES[int(card[3]) - 1] + "级"
        return _checked(number, card[1], words)
    return Identity(number, number, _form_fault(number))


def _form_fault(number: str) -> tuple[str, str]:
    if re.fullmatch(r"\d{17}[\dX]\d\d(B\d)?", number):
        return "card", "20位残疾证号的类别应为1–7、等级应为1–4"
    return "identity_form", f"证件号码有{len(number)}位，应为18位身份证号或20位残疾证号"


def _checked(number: str, person: str, disability: str) -> Identity:
    sex = "男" if int(person[16]) % 2 else "女"
    fault = _date_fault(person[6:14])
    if person[17] != check_character(person[:17]):
        fault = "checksum", "身份证号的校验码不对，可能有一位填错或末几位已丢失"
    return Identity(number, person, fault, sex, disability)


def _old(number: str) -> Identity:
    return Identity(
        number,
        number,
        _date_fault("19" + number[6:12]),
        "男" if int(number[14]) % 2 else "女",
        old=True,
    )


def _date_fault(digits: str) -> tuple[str, str] | None:
    month, day = int(digits[4:6]), int(digits[6:8])
    if 1 <= month <= 12 and 1 <= day <= 31:
        return None
    return "birth_date", "身份证号里的出生日期不存在"
