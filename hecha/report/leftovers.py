"""Leftovers: what a program leaves in a text that a person should never read.

Reports of this kind were sent back for `nan` and `None`, for numbers in the program's own
dress, exponents and English states.  One list serves every format: documents and pages
are looked at as they are made, tables and workbooks in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_BAD = tuple((code, re.compile(pattern), what) for code, pattern, what in (
    ("nan", r"(?<![A-Za-z])(nan|NaN|NaT|None|null|<NA>)(?![A-Za-z])", "空值的程序写法"),
    ("decimal", r"(Decimal|Fraction)\(", "数字的程序写法"),
    ("exponent", r"\d[eE][+\-]\d", "科学计数法"),
    ("state", r"(?i)(?<![A-Za-z])(draft|submitted|returned|reviewed|locked|scored)(?![A-Za-z])",
     "英文状态"),
    ("boolean", r"(?<![A-Za-z])(True|False)(?![A-Za-z])", "程序的真假值"),
    ("markup", r"\{\{|\}\}|</?[a-z]+>", "没有填上的模板"),
))


def leftovers(text: str, names: Iterable[str] = ()) -> Iterator[tuple[str, str, str, str]]:
    """What is left in a text: code, what it is in Chinese, the sign itself, its surroundings.

    `names` are left out first: a town may be called `<b>`, and then that is its name.

    >>> [found[2] for found in leftovers("得分nan，扣Decimal('1')，<b>镇1E+02分")]
    ['nan', 'Decimal(', '1E+0', '<b>']
    >>> list(leftovers("<b>镇1分", ["<b>镇"]))
    []
    """
    for name in filter(None, names):
        text = text.replace(name, "□")
    for code, pattern, what in _BAD:
        for match in pattern.finditer(text):
            yield code, what, match.group(), text[max(0, match.start() - 15):match.end() + 15]


__all__ = ["leftovers"]
