"""Tickets: the one door through which chance comes in.

Every unit that may be drawn has a ticket, the SHA-256 of «seed|stage|unit», and
the smallest tickets are drawn.  A ticket depends on nothing else: not on the
order of the rows, not on the other units, not on the language or the machine.
So anybody who knows the seed can compute one ticket with any hash tool, a
longer list only continues a shorter one, and nobody can move a village up
without finding a preimage.

The seed comes from public dice (a lottery number, minuted) and a nonce that the
office committed to before the dice were thrown: the office cannot choose the
villages, because it does not know the dice, and nobody else can know them
before the nonce is shown.  Without a nonce (the simple mode) the seed is the
public number as it stands, and everybody knows the villages at once.

Stages keep the draws apart: the same unit has unrelated tickets in two stages.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from hecha.digests import sha256_text
from hecha.problems import HechaError

STAGES = MappingProxyType({
    "CUN": "抽村",
    "HU": "抽户",
    "ZU": "编组",
    "ZHANG": "派组长",
    "DUI": "组内分对",
    "FUCHA": "抽复查",
    "XUN": "排走访顺序",
})
"""The stages of the draw and what each is for (design: The draw, 5)."""

SEED_DIGITS = 32
COST_DIGITS = 10


class NotATicket(HechaError):
    """A text that no ticket can be made of; the message says why, in Chinese."""


def seed_of(dice: str, nonce: str = "") -> str:
    """The seed: 32 hex digits of SHA-256(«dice|nonce»), or the dice as they stand.

    `dice` is the public number as minuted, `nonce` the text the office committed
    to ("" in the simple mode).  Design: The draw, 4.

    >>> seed_of("2024001:03-11-17-22-31-33+07", "0123456789abcdef0123456789abcdef")
    'abfff6c3b7a9a27da2d4eacefbf777df'
    >>> seed_of("031117223133")
    '031117223133'
    """
    parts = [_plain_ascii(dice, "公开号码")]
    if not nonce:
        return dice
    parts.append(_plain_ascii(nonce, "随机数"))
    return sha256_text("|".join(parts))[:SEED_DIGITS]


def ticket(seed: str, stage: str, unit: str) -> str:
    """The ticket of a unit in a stage: SHA-256 of ASCII «seed|stage|unit», 64 hex digits.

    >>> ticket("9f86d081884c7d659a2feaa0c55ad015", "CUN", "440923101205")
    'e640cba1a2c11547341210308679ab47e0073c40193972de037a0d071b0b6043'
    """
    if stage not in STAGES:
        raise NotATicket(f"没有“{stage}”这个抽签阶段，只有：{'、'.join(STAGES)}")
    return sha256_text(
        f"{_plain_ascii(seed, '种子')}|{stage}|{_plain_ascii(unit, '单位代码')}")


def cost(seed: str, stage: str, unit: str) -> int:
    """The ticket as a price: its first 10 hex digits, an integer below 2**40.

    >>> cost("9f86d081884c7d659a2feaa0c55ad015", "ZU", "449901100>449901101")
    113448110580
    """
    return int(ticket(seed, stage, unit)[:COST_DIGITS], 16)


def in_ticket_order(seed: str, stage: str, units: Iterable[str]) -> list[str]:
    """The units, smallest ticket first, each once, whatever the order they came in.

    >>> in_ticket_order("42", "XUN", ["449901100", "449901101", "449901102"])
    ['449901102', '449901101', '449901100']
    """
    return sorted(set(units), key=lambda unit: (ticket(seed, stage, unit), unit))


def going_to(unit: str, target: str) -> str:
    """The unit of an assignment, «who>where» (town>town, person>town).

    >>> going_to("449901100", "449901105")
    '449901100>449901105'
    """
    return f"{unit}>{target}"


def _plain_ascii(text: str, name: str) -> str:
    """The text itself, if anybody can retype it: printable ASCII, no «|», no blank ends."""
    if not text:
        raise NotATicket(f"{name}是空白的")
    if not (text.isascii() and text.isprintable()):
        raise NotATicket(f"{name}只能用半角字母、数字和符号：{text}")
    if "|" in text or text != text.strip():
        raise NotATicket(f"{name}里不能有“|”，首尾不能有空格：{text}")
    return text


__all__ = [
    "COST_DIGITS", "SEED_DIGITS", "STAGES", "NotATicket", "cost", "going_to", "in_ticket_order",
    "seed_of", "ticket",
]
