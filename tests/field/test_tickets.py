"""Tickets and seeds, byte for byte, and the commitment that comes before them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from scipy.stats import chisquare

from hecha.field.commitment import Commitment, commit, commit_half, commit_halves, opens
from hecha.field.tickets import NotATicket, cost, in_ticket_order, seed_of, ticket
from tests.field.made import DICE, NONCE

# the published vector of the scheme
SEED, UNIT = "9f86d081884c7d659a2feaa0c55ad015", "440923101205"
TICKET = "e640cba1a2c11547341210308679ab47e0073c40193972de037a0d071b0b6043"


def test_the_ticket_of_the_published_vector():
    assert ticket(SEED, "CUN", UNIT) == TICKET
    assert ticket(SEED, "CUN", UNIT) == hashlib.sha256(b"%s|CUN|%s" % (
        SEED.encode(), UNIT.encode())).hexdigest()


def test_the_cost_is_the_first_ten_digits():
    assert cost(SEED, "CUN", UNIT) == int("e640cba1a2", 16) < 2**40


def test_the_seed_is_the_first_32_digits_of_dice_and_nonce():
    assert seed_of(DICE, NONCE) == hashlib.sha256(f"{DICE}|{NONCE}".encode()).hexdigest()[:32]


def test_in_the_simple_mode_the_seed_is_the_public_number_as_text():
    assert seed_of("007") == "007"
    assert ticket("007", "CUN", UNIT) != ticket("7", "CUN", UNIT)


@pytest.mark.parametrize("dice", ["", "第1期", "1|2", " 1", "1\n", "１２"])
def test_dice_that_a_stranger_cannot_retype_are_refused(dice):
    with pytest.raises(NotATicket):
        seed_of(dice, NONCE)


def test_an_unknown_stage_is_refused():
    with pytest.raises(NotATicket, match="没有“cun”这个抽签阶段"):
        ticket(SEED, "cun", UNIT)


def test_stages_keep_the_draws_apart():
    units = [str(440923101200 + n) for n in range(30)]
    assert in_ticket_order(SEED, "CUN", units) != in_ticket_order(SEED, "XUN", units)


def test_a_unit_named_twice_has_one_ticket():
    assert in_ticket_order(SEED, "CUN", ["b", "a", "b"]) == in_ticket_order(SEED, "CUN", ["a", "b"])


def test_over_10000_seeds_every_unit_is_first_as_often_as_any_other():
    units = [str(440923101200 + n) for n in range(20)]
    first = [in_ticket_order(str(seed), "CUN", units)[0] for seed in range(10_000)]
    counts = np.unique(first, return_counts=True)[1]
    assert len(counts) == 20
    assert chisquare(counts).pvalue > 0.001


def test_a_commitment_is_opened_by_its_nonce_alone():
    assert commit(NONCE).digest == hashlib.sha256(NONCE.encode("ascii")).hexdigest()
    assert opens(commit(NONCE), NONCE)
    assert not opens(commit(NONCE), NONCE.replace("0", "1"))
    assert not opens(commit(NONCE), "")
    assert not opens(commit(""), NONCE)


def test_two_halves_bind_two_offices():
    left, right = NONCE[:16], "f" * 16
    both = commit_halves(left, right)
    assert opens(both, left + right)
    assert not opens(both, right + left)
    apart = Commitment("", (commit_half(left), commit_half(right)))
    assert opens(apart, left + right) and not opens(apart, left + left)


@pytest.mark.parametrize("nonce", ["abc", NONCE.upper(), NONCE + "0", "随机"])
def test_a_nonce_is_32_lower_case_hex_digits(nonce):
    with pytest.raises(NotATicket):
        commit(nonce)
