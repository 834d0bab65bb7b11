"""Commitment: the office binds itself to a nonce before the dice are thrown.

It publishes the SHA-256 of the nonce's ASCII text, and shows the nonce after
the visits.  Nobody can find the nonce from its digest; nobody can show another
nonce with the same digest.  The nonce may be written in two halves by two
offices, each publishing the digest of its own half: then no single office knows
the villages before both halves meet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hecha.digests import sha256_text
from hecha.field.tickets import NotATicket

_NONCE = re.compile(r"[0-9a-f]{32}")
_HALF = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Commitment:
    """What is published before the dice.

    `digest`: SHA-256 of the nonce, "" while nobody holds both halves, or when
    there is no nonce.  `halves`: SHA-256 of each half, when two offices hold them.
    """

    digest: str = ""
    halves: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """No nonce was committed to: the simple mode."""
        return not (self.digest or self.halves)


def commit(nonce: str) -> Commitment:
    """The commitment to a nonce of 32 lower-case hex digits ("" is the simple mode).

    Raises NotATicket for any other text.  Design: The draw, 2.

    >>> commit("0123456789abcdef0123456789abcdef").digest[:16]
    '3eb1bd439947eb76'
    >>> commit("").empty
    True
    """
    if not nonce:
        return Commitment()
    if not _NONCE.fullmatch(nonce):
        raise NotATicket("随机数应为32位小写十六进制数（0-9、a-f）")
    return Commitment(sha256_text(nonce))


def commit_half(half: str) -> str:
    """The digest that one of two offices publishes of its 16 hex digits.

    >>> commit_half("0123456789abcdef")[:16]
    '9f9f5111f7b27a78'
    """
    if not _HALF.fullmatch(half):
        raise NotATicket("半个随机数应为16位小写十六进制数（0-9、a-f）")
    return sha256_text(half)


def commit_halves(left: str, right: str) -> Commitment:
    """The commitment to a nonce of two halves; the nonce is `left + right`.

    >>> len(commit_halves("0123456789abcdef", "0123456789abcdef").halves)
    2
    """
    return Commitment(commit(left + right).digest, (commit_half(left), commit_half(right)))


def opens(commitment: Commitment, nonce: str) -> bool:
    """Whether the nonce that is shown is the one that was committed to.

    >>> nonce = "0123456789abcdef0123456789abcdef"
    >>> opens(commit(nonce), nonce), opens(commit(nonce), nonce[::-1])
    (True, False)
    """
    if commitment.empty or not nonce:
        return commitment.empty and not nonce
    halves = (nonce[:len(nonce) // 2], nonce[len(nonce) // 2:])
    whole = not commitment.digest or sha256_text(nonce) == commitment.digest
    apart = not commitment.halves or tuple(map(sha256_text, halves)) == commitment.halves
    return whole and apart


__all__ = ["Commitment", "commit", "commit_half", "commit_halves", "opens"]
