"""Identity numbers: GB 11643's own examples, and the ways people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hecha.case.identity import check_character, cleaned, read_identity
from hecha.words import mask_identity, mask_name, mask_numbers

STANDARD = ["11010519491231002X", "440524188001010014"]


@pytest.mark.parametrize("number", STANDARD)
def test_国家标准里的例子通过(number: str) -> None:
    assert read_identity(number).fault is None


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        "'11010519491231002X",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "’11010519491231002x",
    ],
)
def test_各种打法认作同一个号码(typed: str) -> None:
    assert cleaned(typed) == STANDARD[0]


@given(st.integers(0, 16), st.integers(1, 9))
def test_错一位数字必被校验码发现(at: int, shift: int) -> None:
    number = STANDARD[1]
    wrong = number[:at] + str((int(number[at]) + shift) % 10) + number[at + 1 :]
    assert read_identity(wrong).fault is not None


@given(st.integers(0, 15))
def test_相邻两位互换必被校验码发现(at: int) -> None:
    number = STANDARD[1]
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert swapped == number or read_identity(swapped).fault is not None


CARDS = {"43": "肢体三级", "11": "视力一级", "74": "多重四级"}


@pytest.mark.parametrize("suffix", CARDS)
def test_残疾证号是身份证号加类别和等级(suffix: str) -> None:
    for number in STANDARD:
        for reissued in ("", "B1"):
            read = read_identity(number + suffix + reissued)
            assert (read.fault, read.person, read.disability) == (None, number, CARDS[suffix])


BAD = {
    "440524188001010014" + "83": "card",
    "440524188001010014" + "15": "card",
    "44052418800101001": "identity_form",
    "440524188001010015": "checksum",
    "44052418801301001" + check_character("44052418801301001"): "birth_date",
    "无": "identity_form",
    "4405241880010100144": "identity_form",
}


@pytest.mark.parametrize("number", BAD)
def test_不成立的号码说出为什么(number: str) -> None:
    assert read_identity(number).fault[0] == BAD[number]


def test_十五位旧号码可用_第十五位看性别() -> None:
    read = read_identity("440524800101001")
    assert (read.fault, read.old, read.sex) == (None, True, "男")


def test_第十七位单数为男双数为女() -> None:
    assert [read_identity(number).sex for number in STANDARD] == ["女", "男"]


def test_遮住号码和姓名() -> None:
    assert mask_identity(STANDARD[1]) == "440***********0014"
    assert (mask_name("欧阳三"), mask_name(" 张 "), mask_name("")) == ("欧*", "张*", "")
    assert (
        mask_numbers("号码440524800101001和4405241880010100144300")
        == "号码440********1001和440***************4300"
    )
