"""Points, shares and money, exact from the typed text to the grade.

A score is a :class:`fractions.Fraction`; the text a person typed becomes a
:class:`decimal.Decimal` and then a Fraction without passing through binary
floating point, because with floats 15 % of the scores that are exactly 90 fall
below the line (plan, clause 七: «90分以上为“好”»).  There is one rounding, half
up to two decimals, and it happens in :func:`publish`, when a figure leaves the
program.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, localcontext
from fractions import Fraction

Exact = int | Decimal | Fraction

_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+")
_UNITS = ("万元", "元", "万", "亿", "户", "人", "次", "件", "个", "分", "处")

YES = frozenset({"是", "√", "✓", "y", "yes", "1", "有", "对"})
NO = frozenset({"否", "×", "✗", "x", "n", "no", "0", "无", "错"})


class NotANumber(ValueError):
    """The text cannot be believed as a number; the message says why, in Chinese."""


def narrow(text: object) -> str:
    """Typed text in one form: half-width, no surrounding blanks (NFKC).

    >>> narrow("　９９．９０％ ")
    '99.90%'
    """
    return unicodedata.normalize("NFKC", "" if text is None else str(text)).strip()


_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def half_width(text: object) -> str:
    """Full-width signs as half-width, and nothing else: ①00 stays what it is.

    >>> half_width("９９．９０％"), half_width("①00")
    ('99.90%', '①00')
    """
    return ("" if text is None else str(text)).translate(_HALF_WIDTH).strip()


def number(text: object) -> Decimal:
    """The exact number a person typed: full-width digits and 1,234.5 are read.

    Units (元, 万元), scientific notation and anything else are refused with a
    reason, never repaired: 1.52万元 might be 15200 or a slip.

    >>> number("１，２３４．５")
    Decimal('1234.5')
    >>> number("1.52万元")
    Traceback (most recent call last):
    hecha.points.NotANumber: 数字后面带了单位“万元”，请按表头的单位只填数字
    """
    clean = half_width(text)
    if not clean:
        raise NotANumber("空白，应填数字")
    if _PLAIN.fullmatch(clean):
        return Decimal(clean)
    if _GROUPED.fullmatch(clean):
        return Decimal(clean.replace(",", ""))
    raise NotANumber(_why_not(clean))


def _why_not(clean: str) -> str:
    if _SCIENTIFIC.fullmatch(clean):
        return "是科学计数法，原数已丢失末位，请按原件重填"
    unit = next((u for u in _UNITS if clean.endswith(u)), None)
    if unit:
        return f"数字后面带了单位“{unit}”，请按表头的单位只填数字"
    return "不是数字"


def percent(text: object) -> Decimal:
    """A percentage, with or without its sign: 99.9 and 99.9% are both 99.9.

    >>> percent("９９．９０％"), percent("0.999")
    (Decimal('99.90'), Decimal('0.999'))
    """
    return number(half_width(text).removesuffix("%"))


def whole(text: object) -> int:
    """A count of cases or persons: an integer, 0 or more (2.0 is 2, 1.5 is refused).

    >>> whole("３")
    3
    >>> whole("1.5")
    Traceback (most recent call last):
    hecha.points.NotANumber: 应为0或正整数，不能有小数
    """
    value = number(text)
    if value != value.to_integral_value():
        raise NotANumber("应为0或正整数，不能有小数")
    if value < 0:
        raise NotANumber("应为0或正整数，不能为负")
    return int(value)


def fen(text: object) -> int:
    """Money in yuan, as whole fen: at most two decimals, or it is refused.

    >>> fen("17976.16"), fen("-3")
    (1797616, -300)
    """
    value = number(text) * 100
    if value != value.to_integral_value():
        raise NotANumber("金额最多两位小数")
    return int(value)


def yes(text: object) -> bool:
    """是/否 however it was ticked: 是 √ Y 1, 否 × N 0.

    >>> yes("√"), yes("×")
    (True, False)
    """
    clean = narrow(text).lower()
    if clean in YES:
        return True
    if clean in NO:
        return False
    raise NotANumber("应填“是”或“否”（√/×、Y/N、1/0 也可）")


def exact(value: Exact) -> Fraction:
    """Any exact value as a Fraction; a float is refused, it is not exact.

    >>> exact(Decimal("22.8")) + exact(Decimal("67.2"))
    Fraction(90, 1)
    """
    if isinstance(value, float):
        raise TypeError("a float is not exact: pass int, Decimal or Fraction")
    return value if isinstance(value, Fraction) else Fraction(value)


def rounded(value: Exact, places: int) -> Decimal:
    """The value at so many decimals, halves away from zero (四舍五入).

    >>> rounded(Fraction(27, 7), 8)
    Decimal('3.85714286')
    """
    above, below = exact(value).as_integer_ratio()
    whole_part, rest = divmod(abs(above) * 10**places, below)
    if rest * 2 >= below:
        whole_part += 1
    sign = -1 if above < 0 else 1
    with localcontext() as wide:
        wide.prec = max(28, len(str(whole_part)) + places + 2)
        return Decimal(sign * whole_part).scaleb(-places)


def publish(value: Exact) -> Decimal:
    """The published figure: one rounding, half up to two decimals (A-03).

    >>> publish(Fraction("89.995")), publish(Fraction("89.9949"))
    (Decimal('90.00'), Decimal('89.99'))
    """
    return rounded(value, 2)


def exact_text(value: Exact) -> str:
    """The exact value as text: a finite decimal where there is one, else a fraction.

    >>> exact_text(Fraction(27, 7)), exact_text(Fraction(1, 8))
    ('27/7', '0.125')
    """
    value = exact(value)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    return plain(rounded(value, value.denominator.bit_length()))


def fraction_text(value: Exact) -> str:
    """As exact_text, in a way that no spreadsheet takes for a date.

    >>> fraction_text(Fraction(8, 9)), fraction_text(Fraction(1, 8))
    ('8÷9', '0.125')
    """
    return exact_text(value).replace("/", "÷")


def decimal_text(value: Exact, places: int = 20) -> str:
    """A decimal of the value that any spreadsheet reads, exact to `places` decimals.

    >>> decimal_text(Fraction(1, 3), 8), decimal_text(Fraction(90))
    ('0.33333333', '90')
    """
    return plain(rounded(value, places))


def plain(value: Exact) -> str:
    """Digits without an exponent and without trailing zeros.

    >>> plain(Decimal("2.50")), plain(Fraction(5, 2)), plain(Decimal("1E+2"))
    ('2.5', '2.5', '100')
    """
    if isinstance(value, Fraction):
        return exact_text(value)
    text = format(Decimal(value), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


__all__ = [
    "Exact",
    "NotANumber",
    "decimal_text",
    "exact",
    "exact_text",
    "fraction_text",
    "fen",
    "half_width",
    "narrow",
    "number",
    "percent",
    "plain",
    "publish",
    "rounded",
    "whole",
    "yes",
]
