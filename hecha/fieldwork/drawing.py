"""Drawing: freeze, commit, draw, reveal, each once and in this order (design: The draw).

    freeze   the frame, under the plan's rule            frozen.json, three texts
    commit   to a nonce that nobody sees                 commitment.json, nonce
    cast     the public dice, as minuted                 dice.json, certificate-sealed.json
    unseal   the villages and households, for the teams  抽样结果.xlsx
    reveal   the nonce, after the visits                 revealed.json, certificate-verifiers.json

Until the nonce is revealed nothing that is published says which villages were drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from hecha.field.certificate import (
    Certificate,
    Occasion,
    json_text,
    make_certificate,
    sealed_certificate,
)
from hecha.field.draw import Draw, draw
from hecha.field.ticket_book import LONGEST
from hecha.field.tickets import NotATicket, seed_of
from hecha.fieldwork.committing import NO_DICE, NONCE_BYTES, commitment_of, nonce_of
from hecha.fieldwork.freezing import Frozen, draw_kept, frozen_of
from hecha.fieldwork.kept import OutOfOrder
from hecha.fieldwork.roster import Field
from hecha.problems import Place, Problems


def cast(case: Path, dice: str, source: str, at: str, minutes: tuple[str, ...]) -> Certificate:
    """Record the public dice and the meeting; the sealed certificate, to be published.

    `dice` the public number as minuted, `source` where it is published, `at` when it was
    drawn (ISO, as minuted), `minutes` the witnesses' names (at least two).
    """
    kept, frozen, commitment = draw_kept(case), frozen_of(case), commitment_of(case)
    if kept.has("dice.json"):
        raise OutOfOrder("已经抽过签，公开号码不得更换")
    problems = Problems()
    for said, missing in ((source, "--source 要写明公开号码登在哪里"),
                          (at, "--at 要写明抽签的时间")):
        if not said.strip():
            problems.error(Place("抽签记录"), "blank", missing)
    if len(set(minutes)) < 2:
        problems.error(Place("抽签记录"), "witnesses", "--minutes 要写明至少两名见证人")
    try:
        seed_of(dice)
        if len(f"{dice}|") + 2 * NONCE_BYTES > LONGEST:
            problems.error(Place("抽签记录"), "too_long", "公开号码太长", found=dice)
    except NotATicket as why:
        problems.error(Place("抽签记录"), "dice", str(why))
    problems.raise_if_errors("抽签记录有误")
    record = {"dice": dice, "source": source.strip(), "at": at.strip(), "minutes": list(minutes)}
    paper = sealed_certificate(frozen.frame, frozen.rule, _occasion(frozen, record), commitment,
                               frozen.last_year)
    kept.write_text("certificate-sealed.json", json_text(paper))
    kept.write("dice", record)
    return paper


def _occasion(frozen: Frozen, record: Mapping[str, Any]) -> Occasion:
    return Occasion(frozen.county, frozen.county_name, frozen.year, record["dice"],
                    record["source"], record["at"], tuple(record["minutes"]))


def seed_kept(case: Path) -> str:
    """The seed of a case's draw; OutOfOrder before the dice. To be kept until the reveal."""
    record = draw_kept(case).need("dice", NO_DICE)
    return seed_of(record["dice"], nonce_of(case))


def drawn_of(case: Path) -> Draw:
    """The draw of a case, made anew from what was frozen; OutOfOrder before the dice."""
    frozen, seed = frozen_of(case), seed_kept(case)
    return draw(frozen.frame, seed, frozen.rule, frozen.last_year)


def with_heads(drawn: Draw, persons: pd.DataFrame) -> pd.DataFrame:
    """The drawn households with the heads' names of a roster, for those who go there."""
    heads = dict(zip(persons["household"], persons["head"]))
    return drawn.households.assign(head=[heads.get(h, "") for h in drawn.households["household"]])


def reveal(field: Field, on: str, early: str = "") -> Certificate:
    """Reveal the nonce after the visits: the certificate as the public reads it.

    `on` is the day (ISO).  Before the last day of the visits it is refused, unless `early`
    says why: whoever knows the nonce knows every village and household.
    """
    case = field.folder
    kept, commitment = draw_kept(case), commitment_of(case)
    record = kept.need("dice", NO_DICE)
    if kept.has("revealed.json"):
        raise OutOfOrder("随机数已经公布过；证书在 .hecha/draw/certificate.json")
    nonce = nonce_of(case)
    if not commitment.empty:
        _not_too_early(field, on, early)
    frozen = frozen_of(case)
    parts = (frozen.frame, frozen.rule, _occasion(frozen, record), commitment, nonce,
             frozen.last_year)
    whole = make_certificate(*parts, audience="verifiers")
    paper = {name: value for name, value in whole.items() if name != "households"}
    kept.write_secret("certificate-verifiers.json", json_text(whole))
    kept.write_text("certificate.json", json_text(paper))
    kept.write("revealed", {"on": on, "early": early.strip()})
    return paper


def _not_too_early(field: Field, on: str, early: str) -> None:
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise OutOfOrder(f"公布日期应如 2024-01-08，写的是“{on}”") from None
    last = field.plan.day("visit_to")
    if not early.strip() and last is None:
        raise OutOfOrder("方案没有填实地核查的结束日（visit_to），不能判断是否走访完毕；"
                         "确已走访完毕的，用 --early 写明")
    if last is not None and day < last and not early.strip():
        raise OutOfOrder(f"走访到{last}才结束，此前不得公布随机数（一公布，谁都能算出抽中的村和户）；"
                         "确需提前的，用 --early 写明理由")


def certificate_of(case: Path) -> Certificate | None:
    """The newest certificate the public may read: revealed, else sealed, else None."""
    kept = draw_kept(case)
    return kept.data("certificate") or kept.data("certificate-sealed")


__all__ = ["cast", "certificate_of", "drawn_of", "reveal", "seed_kept", "with_heads"]
