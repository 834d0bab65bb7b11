"""The certificate: everything a stranger needs to redo the draw, in one JSON text.

It is written twice.  *Sealed*, right after the dice: frame hashes, rule,
commitment and dice, but not the nonce, so that nobody learns the villages before
the visit.  *Revealed*, after the visits: the nonce, the seed and every ticket.
The public reads villages and counts; the household rows, with the 残疾人户 mark,
are for verifiers only, and the public text carries their digest.

To verify is to redo: :func:`verify` builds the certificate again from the frame
and compares the two texts leaf by leaf, so no field can be forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from typing import Any, Literal

import pandas as pd

from hecha.digests import sha256_text
from hecha.field.commitment import Commitment, opens
from hecha.field.draw import Draw, draw
from hecha.field.frame import Frame
from hecha.field.rules import SampleRule
from hecha.field.tickets import NotATicket, seed_of
from hecha.problems import Place, Problems

SCHEME = "hecha-draw/1"
TICKET_RULE = "SHA-256(ASCII 种子|阶段|单位)，小的先抽；种子 = SHA-256(公开号码|随机数) 前32位"
Audience = Literal["public", "verifiers"]
Certificate = dict[str, Any]

_SECRET = ("nonce", "seed", "villages", "households", "households_sha256", "flags")
_MISSING = object()


@dataclass(frozen=True)
class Occasion:
    """The meeting at which it was drawn: what no computation can know.

    `county`, `county_name`, `year`; `dice` the public number as minuted and `dice_source`
    where it is published; `drawn_at` (ISO, as minuted) and the `witnesses`' names.
    """

    county: str
    county_name: str
    year: int
    dice: str
    dice_source: str
    drawn_at: str
    witnesses: tuple[str, ...] = ()


def make_certificate(frame: Frame, rule: SampleRule, occasion: Occasion,
                     commitment: Commitment, nonce: str = "",
                     last_year: tuple[str, ...] = (),
                     audience: Audience = "public") -> Certificate:
    """The revealed certificate of a draw, as plain data (A-35).

    It draws anew from the frame; a draw is nowhere a matter of record alone.  `nonce` ""
    is the simple mode.  With `audience="verifiers"` the households of the drawn villages
    stand in it, with their marks.  Raises NotATicket when the dice or the nonce cannot be
    retyped, or when the nonce is not the one committed to.
    """
    if not opens(commitment, nonce):
        raise NotATicket("出示的随机数与事先公布的承诺不符")
    seed = seed_of(occasion.dice, nonce)
    drawn = draw(frame, seed, rule, last_year)
    return {
        **_head(frame, rule, occasion, commitment, last_year), "state": "revealed",
        "nonce": nonce, "seed": seed,
        "villages": _village_rows(drawn.village_order),
        "households_sha256": sha256_text(household_text(drawn)),
        "flags": drawn.flags.to_dict("records"),
    } | ({"households": _household_rows(drawn)} if audience == "verifiers" else {})


def seal(certificate: Certificate) -> Certificate:
    """The certificate as it is published before the visit: no nonce, no seed, no result.

    >>> seal({"dice": "42", "nonce": "ab", "seed": "cd", "villages": [], "state": "revealed"})
    {'dice': '42', 'state': 'sealed'}
    """
    kept = {key: value for key, value in certificate.items() if key not in _SECRET}
    return kept | {"state": "sealed"}


def sealed_certificate(frame: Frame, rule: SampleRule, occasion: Occasion,
                       commitment: Commitment, last_year: tuple[str, ...] = ()) -> Certificate:
    """The sealed certificate, by whoever does not hold the nonce: nothing is drawn for it."""
    return _head(frame, rule, occasion, commitment, last_year) | {"state": "sealed"}


def _head(frame: Frame, rule: SampleRule, occasion: Occasion, commitment: Commitment,
          last_year: tuple[str, ...]) -> Certificate:
    """What is known before the nonce is shown."""
    return {
        "scheme": SCHEME, "ticket": TICKET_RULE,
        "county": occasion.county, "county_name": occasion.county_name, "year": occasion.year,
        "dice": occasion.dice, "dice_source": occasion.dice_source,
        "drawn_at": occasion.drawn_at, "witnesses": list(occasion.witnesses),
        "commitment": {"sha256": commitment.digest, "halves": list(commitment.halves)},
        "rule": rule.as_data(), "rule_sha256": sha256_text(json_text(rule.as_data())),
        "frame_sha256": frame.texts.digests,
        "frame_counts": {"villages": len(frame.villages), "households": len(frame.households)},
        "last_year": sorted(last_year),
        "towns": frame.towns[["town", "town_name", "has_task"]].to_dict("records"),
        "verifier_sha256": sha256_text(verifier_text()),
    }


def _village_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in row.items()}
            for row in table.to_dict("records")]


def _household_rows(drawn: Draw) -> list[dict[str, Any]]:
    """The eligible households of the drawn villages: codes and marks, no names."""
    kept = ["village", "household", "disabled", "ticket", "place", "choice", "order",
            "stands_for", "chance"]
    if (drawn.household_order["stratum"] != "").any():
        kept.append("stratum")
    return [{name: _plain(value) for name, value in row.items()}
            for row in drawn.household_order[kept].to_dict("records")]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Fraction) else value


def household_text(drawn: Draw) -> str:
    """The drawn and reserve households as one canonical text, for its digest.

    Header `village,household,choice,order`, then a line each in the order of the draw.
    """
    rows = drawn.households[["village", "household", "choice", "order"]].itertuples(index=False)
    lines = ["village,household,choice,order", *(",".join(map(str, row)) for row in rows)]
    return "".join(f"{line}\n" for line in lines)


def json_text(data: Any) -> str:
    r"""Data as canonical JSON: sorted keys, two blanks, LF, final newline, no escapes.

    >>> json_text({"b": 1, "a": "甲"})
    '{\n  "a": "甲",\n  "b": 1\n}\n'
    """
    return json.dumps(data, ensure_ascii=False, sort_keys=True, indent=2) + "\n"


def certificate_bytes(certificate: Certificate) -> bytes:
    """The certificate's bytes: what is written, hashed and compared (UTF-8)."""
    return json_text(certificate).encode("utf-8")


def verifier_text() -> str:
    """The verifier: ten lines of plain Python for whoever trusts nothing of ours.

    `python verifier.py 公开号码 随机数 阶段 名单.csv` prints the digest of the nonce, the seed,
    and every ticket of the list, smallest first.

    >>> len(verifier_text().splitlines())
    10
    """
    return (resources.files("hecha.field") / "pages" / "verifier.py.txt").read_text("utf-8")


def verify(certificate: Certificate, frame: Frame) -> Problems:
    """Redo a draw from its certificate and the frame, and tell every difference.

    `frame` comes from the roster (:func:`~hecha.field.frame.build_frame`) or from the
    three frozen texts (:func:`~hecha.field.frame.frame_of`).  No problem means: frames,
    rule, commitment, seed, tickets, villages, households, chances and flags are what the
    certificate says.  A sealed certificate is checked as far as it goes, and says so.
    """
    problems = Problems()
    try:
        expected = _again(certificate, frame)
    except NotATicket as error:
        problems.error(Place("抽签证书"), "commitment", str(error))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problems.error(Place("抽签证书"), "not_a_certificate",
                       f"证书缺少内容或内容不合规范：{error}")
    else:
        _compare(certificate, expected, problems)
        if certificate.get("state") == "sealed":
            problems.warning(Place("抽签证书"), "sealed",
                             "随机数尚未公布，只核对了抽样框、规则和承诺，村和户待公布后再验证")
    return problems


def _again(certificate: Certificate, frame: Frame) -> Certificate:
    """The certificate as it ought to be, from its own head and the frame."""
    given = certificate["commitment"]
    occasion = Occasion(*(certificate[name] for name in (
        "county", "county_name", "year", "dice", "dice_source", "drawn_at")),
        tuple(certificate["witnesses"]))
    parts = (frame, SampleRule.from_data(certificate["rule"]), occasion,
             Commitment(given["sha256"], tuple(given["halves"])))
    last_year = tuple(certificate["last_year"])
    if certificate["state"] == "sealed":
        return sealed_certificate(*parts, last_year)
    audience = "verifiers" if "households" in certificate else "public"
    return make_certificate(*parts, certificate["nonce"], last_year, audience)


def _compare(found: Certificate, expected: Certificate, problems: Problems) -> None:
    """Every leaf of the two trees that differs, named by the unit it belongs to."""
    for path, left, right in differences(found, expected):
        problems.error(Place("抽签证书", "", 0, path), "not_as_drawn",
                       "与重新计算的结果不符",
                       found="（缺）" if left is _MISSING else left,
                       expected="（不应有）" if right is _MISSING else str(right))


def differences(found: Any, expected: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The leaves in which two trees of plain data differ: (path, found, expected).

    >>> list(differences({"a": [1, 2]}, {"a": [1, 3]}))
    [('a[1]', 2, 3)]
    """
    if isinstance(found, Mapping) and isinstance(expected, Mapping):
        for key in sorted({*found, *expected}):
            yield from differences(found.get(key, _MISSING), expected.get(key, _MISSING),
                                   f"{path}.{key}" if path else str(key))
    elif isinstance(found, list) and isinstance(expected, list):
        for n in range(max(len(found), len(expected))):
            left, right = (rows[n] if n < len(rows) else _MISSING for rows in (found, expected))
            yield from differences(left, right, f"{path}[{_unit_of(right, n)}]")
    elif type(found) is not type(expected) or found != expected:
        yield path, found, expected


def _unit_of(row: Any, position: int) -> Any:
    """The unit that a row speaks of, else its position in the list."""
    names = ("household", "village", "unit", "town")
    found = (row[name] for name in names if name in row) if isinstance(row, Mapping) else ()
    return next(iter(found), position)


def names_in(certificate: Certificate) -> dict[str, str]:
    """The names of towns and villages that a certificate gives, for a frame made of texts."""
    names = {town["town"]: town["town_name"] for town in certificate.get("towns", [])}
    return names | {v["village"]: v["village_name"] for v in certificate.get("villages", [])}


def towns_in(certificate: Certificate) -> pd.DataFrame:
    """The towns a certificate names (town, town_name, has_task), for a frame made of texts."""
    return pd.DataFrame(certificate.get("towns", []), columns=["town", "town_name", "has_task"])


__all__ = [
    "SCHEME", "TICKET_RULE", "Audience", "Certificate", "Occasion", "certificate_bytes",
    "differences", "household_text", "json_text", "make_certificate", "names_in", "seal",
    "sealed_certificate", "towns_in", "verifier_text", "verify",
]
