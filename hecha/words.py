"""Words: the bridge between the program's nouns and what a reader may see.

People below village level do not reach a report: names and identity numbers are
masked here, in one way, wherever a message or a page must point at a person.
"""

from __future__ import annotations

import re

# Identity numbers (15, 18), disability cards (20) and mobile telephones (11) inside a free
# text, but not the 16-character household number, which is meant to be read, nor decimals.
_PERSONAL_NUMBER = re.compile(
    r"(?<!\d)(?<!\d\.)(?:\d{17,}[XxＸｘ]?\d*|\d{15}|1[3-9]\d{9})(?!\d)")


def mask_identity(number: str) -> str:
    """An identity number with its first 3 and last 4 characters left.

    >>> mask_identity("440524188001010014"), mask_identity("4405")
    ('440***********0014', '****')
    """
    text = str(number).strip()
    if len(text) < 8:
        return "*" * len(text)
    return text[:3] + "*" * (len(text) - 7) + text[-4:]


def mask_name(name: str) -> str:
    """A personal name with only its first character left.

    >>> mask_name("张三丰"), mask_name("")
    ('张*', '')
    """
    text = str(name).strip()
    return text[:1] + "*" if text else ""


def mask_numbers(text: str) -> str:
    """A free text with the identity and telephone numbers in it masked; other numbers stay.

    >>> mask_numbers("身份证440524188001010014，电话13800138000，户4499011052170036")
    '身份证440***********0014，电话138****8000，户4499011052170036'
    >>> mask_numbers("得87.01234567890123456789分")
    '得87.01234567890123456789分'
    """
    return _PERSONAL_NUMBER.sub(lambda found: mask_identity(found.group()), str(text))


__all__ = ["mask_identity", "mask_name", "mask_numbers"]


_HOUSEHOLD_NUMBER = re.compile(r"(?<!\d)(\d{12})\d{4}(?!\d)")


def mask_household(text: str) -> str:
    """A text with the household numbers in it cut to their village.

    >>> mask_household("户4499011022000016不在抽样结果里")
    '户449901102200****不在抽样结果里'
    """
    return _HOUSEHOLD_NUMBER.sub(r"\1****", str(text))


def mask_text(text: str) -> str:
    """A text that a person typed, as it may stand in a report: every such number masked.

    >>> mask_text("户4499011022000016，电话13800138000")
    '户449901102200****，电话138****8000'
    """
    return mask_household(mask_numbers(text))
