"""The certificate: sealed, revealed, redone, and what a forger would have to hide (A-35)."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

from hecha.field.certificate import (
    Occasion,
    certificate_bytes,
    differences,
    make_certificate,
    names_in,
    seal,
    sealed_certificate,
    towns_in,
    verify,
)
from hecha.field.commitment import commit, commit_halves
from hecha.field.frame import frame_of
from hecha.field.tickets import NotATicket
from tests.field.made import DICE, DISABLED_FIRST, NONCE, RULE, frame_from, village_codes

OCCASION = Occasion("449901", "云溪县", 2023, DICE, "双色球第2024001期", "2024-01-02T09:30",
                    ("甲", "乙"))


@pytest.fixture(scope="module")
def frame():
    return frame_from({v: [n % 3 == 0 for n in range(9)] for v in village_codes(2, 6)})


@pytest.fixture(scope="module")
def certificate(frame):
    return make_certificate(frame, RULE, OCCASION, commit(NONCE), NONCE, audience="verifiers")


def read_again(certificate):
    """The certificate as a stranger reads it from its bytes."""
    return json.loads(certificate_bytes(certificate))


def test_an_honest_certificate_has_no_problem(frame, certificate):
    assert str(verify(read_again(certificate), frame)) == ""


@pytest.mark.parametrize("rule", [RULE, DISABLED_FIRST])
def test_the_county_of_the_roster_can_be_redone_from_the_three_texts_alone(yunxi_frame, rule):
    paper = read_again(make_certificate(yunxi_frame, rule, OCCASION, commit(NONCE), NONCE,
                                        audience="verifiers"))
    stranger = frame_of(yunxi_frame.texts, names_in(paper), towns_in(paper))
    assert str(verify(paper, stranger)) == ""


def test_the_same_draw_gives_the_same_bytes(frame, certificate):
    again = make_certificate(frame, RULE, OCCASION, commit(NONCE), NONCE, audience="verifiers")
    assert certificate_bytes(again) == certificate_bytes(certificate)
    assert certificate_bytes(certificate).endswith(b"}\n")
    assert b"\r" not in certificate_bytes(certificate)


def forged(certificate, *path, value):
    paper = deepcopy(certificate)
    place = paper
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return paper


@pytest.mark.parametrize("path, value", [
    (("villages", 0, "ticket"), "0" * 64), (("villages", 5, "drawn"), True),
    (("villages", 0, "village"), "449901100299"), (("villages", 0, "chance"), "1"),
    (("households", 3, "choice"), "备选"), (("households", 0, "disabled"), True),
    (("households_sha256",), "0" * 64), (("frame_sha256", "flags"), "0" * 64),
    (("frame_counts", "households"), 1), (("rule_sha256",), "0" * 64), (("seed",), "0" * 32),
    (("flags",), [{"level": "village"}]), (("verifier_sha256",), "0" * 64),
    (("dice",), DICE[::-1]), (("rule", "villages"), 3), (("last_year",), ["449901100200"]),
    (("nonce",), "f" * 32), (("commitment", "sha256"), "0" * 64), (("scheme",), "x")])
def test_whatever_is_forged_is_told(frame, certificate, path, value):
    paper = forged(certificate, *path, value=value)
    if paper == certificate:
        pytest.skip("the value is the true one")
    assert verify(paper, frame).errors


def test_a_changed_roster_is_told(certificate):
    more = frame_from({v: [n % 3 == 0 for n in range(9 + (v == "449901100200"))]
                       for v in village_codes(2, 6)})
    assert any(p.place.column.startswith("frame_sha256") for p in verify(certificate, more))


@pytest.mark.parametrize("gone", ["commitment", "rule", "dice", "state", "villages", "last_year"])
def test_a_certificate_without_a_part_is_told_not_crashed_on(frame, certificate, gone):
    paper = {key: value for key, value in certificate.items() if key != gone}
    assert verify(paper, frame).errors


def test_the_nonce_must_be_the_one_committed_to(frame):
    with pytest.raises(NotATicket, match="与事先公布的承诺不符"):
        make_certificate(frame, RULE, OCCASION, commit(NONCE), "f" * 32)


def test_a_sealed_certificate_tells_nothing_of_the_result(frame, certificate):
    sealed = seal(certificate)
    assert sealed == sealed_certificate(frame, RULE, OCCASION, commit(NONCE))
    text = certificate_bytes(sealed).decode()
    assert NONCE not in text and certificate["seed"] not in text
    assert "4499011002" not in text
    assert [p.code for p in verify(sealed, frame)] == ["sealed"]


def test_the_public_certificate_has_no_household(frame):
    public = make_certificate(frame, RULE, OCCASION, commit(NONCE), NONCE)
    assert "households" not in public
    assert not any(unit in certificate_bytes(public).decode()
                   for unit in frame.households["household"])
    assert str(verify(public, frame)) == ""


def test_no_name_of_a_person_is_in_a_certificate(yunxi_frame):
    paper = make_certificate(yunxi_frame, RULE, OCCASION, commit(NONCE), NONCE,
                             audience="verifiers")
    assert "head" not in paper["households"][0]


def test_the_simple_mode_and_the_two_halves_verify_too(frame):
    simple = make_certificate(frame, RULE, OCCASION, commit(""))
    halves = make_certificate(frame, RULE, OCCASION, commit_halves(NONCE[:16], NONCE[16:]), NONCE)
    assert simple["seed"] == DICE
    assert halves["seed"] != simple["seed"]
    assert str(verify(simple, frame)) == str(verify(halves, frame)) == ""


def test_differences_name_the_unit():
    left = {"villages": [{"village": "a", "ticket": "1"}]}
    right = {"villages": [{"village": "a", "ticket": "2"}]}
    assert list(differences(left, right)) == [("villages[a].ticket", "1", "2")]
