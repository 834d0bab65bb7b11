"""Committing: the office binds itself to a nonce, which nobody sees before the reveal.

The nonce lies in the case's `.hecha/draw/nonce`, the owner's alone; or two offices keep a
half each, and no single one knows the villages before both halves meet.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from pathlib import Path

from hecha.field.commitment import Commitment, commit, commit_half, opens
from hecha.field.tickets import NotATicket
from hecha.fieldwork.freezing import draw_kept, frozen_of
from hecha.fieldwork.kept import OutOfOrder, write_secret

NONCE_BYTES, HALF_BYTES = 16, 8
NO_DICE = "还没有抽签，请先 hecha draw draw"


def commit_to(case: Path, nonce: str = "") -> Commitment:
    """Commit to a nonce (32 hex digits; "" makes one), kept for the owner alone.

    Returned is what is published.  Nobody is shown the nonce before it is revealed.
    """
    nonce = nonce or secrets.token_hex(NONCE_BYTES)
    return _commit(case, commit(nonce), nonce)


def commit_openly(case: Path) -> Commitment:
    """The simple mode: no nonce; whoever knows the dice knows the villages."""
    return _commit(case, Commitment())


def commit_apart(case: Path, halves: Iterable[str]) -> Commitment:
    """Commit to a nonce whose halves two offices keep: their two digests, in order."""
    given = tuple(halves)
    if len(given) != 2 or any(len(d) != 64 or set(d) - set("0123456789abcdef") for d in given):
        raise OutOfOrder("要有两个摘要，各64位小写十六进制数（每半由 hecha draw half 生成）")
    return _commit(case, Commitment(halves=given))


def new_half(path: str | Path, half: str = "") -> str:
    """Write one half of a nonce to a file of the owner alone; its digest, to be published."""
    target = Path(path)
    if target.exists():
        raise OutOfOrder(f"“{target.name}”已经有了，不覆盖")
    half = half or secrets.token_hex(HALF_BYTES)
    digest = commit_half(half)
    write_secret(target, f"{half}\n")
    return digest


def _commit(case: Path, commitment: Commitment, nonce: str = "") -> Commitment:
    kept = draw_kept(case)
    frozen_of(case)
    if kept.has("commitment.json"):
        raise OutOfOrder("已经公布过承诺，不得更换；确需作废，用 hecha draw freeze --again 从头开始")
    if nonce:
        kept.write_secret("nonce", nonce)
    kept.write("commitment", {"sha256": commitment.digest, "halves": list(commitment.halves)})
    return commitment


def commitment_of(case: Path) -> Commitment:
    """What was committed to; OutOfOrder before that."""
    data = draw_kept(case).need("commitment", "还没有公布承诺，请先 hecha draw commit")
    return Commitment(data["sha256"], tuple(data["halves"]))


def bring_halves(case: Path, halves: Iterable[str | Path]) -> None:
    """Put the two halves of the nonce together, once the dice are known."""
    kept, commitment = draw_kept(case), commitment_of(case)
    kept.need("dice", NO_DICE)
    nonce = "".join(_secret_in(path) for path in halves)
    if not commitment.halves or not opens(commitment, nonce):
        raise NotATicket("两半随机数与事先公布的承诺不符（次序要与公布的相同）")
    kept.write_secret("nonce", nonce)


def _secret_in(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise OutOfOrder(f"“{Path(path).name}”读不出来") from None


def read_nonce(path: str | Path) -> str:
    """A nonce that a person kept in a file."""
    return _secret_in(path)


def nonce_of(case: Path) -> str:
    """The nonce, "" in the simple mode; OutOfOrder while nobody holds both halves."""
    kept, commitment = draw_kept(case), commitment_of(case)
    if commitment.empty:
        return ""
    if not kept.has("nonce"):
        raise OutOfOrder("随机数的两半还没有合到一起，请用 hecha draw open 读入两半")
    nonce = kept.text("nonce").strip()
    if not opens(commitment, nonce):
        raise NotATicket("保存的随机数与事先公布的承诺不符")
    return nonce


def has_nonce(case: Path) -> bool:
    """Whether the seed can be known here: the nonce is kept, or there is none."""
    return commitment_of(case).empty or draw_kept(case).has("nonce")


__all__ = ["NONCE_BYTES", "NO_DICE", "bring_halves", "commit_apart", "commit_openly",
           "commit_to", "commitment_of", "has_nonce", "new_half", "nonce_of", "read_nonce"]
