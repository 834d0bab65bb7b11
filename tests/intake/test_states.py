"""What may follow what: every allowed step, every refused one, and replay equals the last state."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hecha.intake.book import Book
from hecha.intake.states import (
    DRAFT,
    LOCKED,
    RETURNED,
    REVIEWED,
    SUBMITTED,
    Form,
    NotAllowed,
    Told,
    check,
    replay,
    step,
)

SHEET, UNIT = "村核查", "449901105200"
STEPS = ("submit", "return", "review", "lock", "receive", "correct", "decide", "attach")
ALLOWED = {
    "": {"receive", "correct", "attach"},
    DRAFT: {"submit", "return", "receive", "correct", "attach"},
    SUBMITTED: {"return", "review", "receive", "correct", "attach"},
    RETURNED: {"receive", "correct", "attach"},
    REVIEWED: {"return", "lock", "correct", "attach"},
    LOCKED: set(),
}


def may(form, kind, told=None):
    try:
        check(told or Told(), form, kind)
    except NotAllowed as why:
        assert any("\u4e00" <= c <= "\u9fff" for c in str(why))
        return False
    return True


@pytest.mark.parametrize("state", ALLOWED)
def test_每种状态只许这些事(state):
    assert {kind for kind in STEPS if may(Form(SHEET, UNIT, state), kind)} == ALLOWED[state]


def test_锁定的记录什么都不许改_用中文拒绝():
    for kind in STEPS:
        with pytest.raises(NotAllowed, match="已锁定，不能"):
            check(Told(), Form(SHEET, UNIT, LOCKED), kind)


class Office:
    """A county office at work on one form: what is refused is not written."""

    def __init__(self):
        self.book, self.told = Book.in_memory(), Told()

    def do(self, kind, body):
        form = self.told.form(SHEET, UNIT)
        if not may(form, kind, self.told):
            return False
        step(self.told, self.book.append("2024-01-04T20:00", "甲", kind, SHEET, UNIT, body))
        return True


def sent(value, team="第1组", source="", faults=()):
    return {"team": team, "source": source or team, "file": value, "name": f"{team}.xlsx",
            "rows": [{"数值": value, "行": 2}], "faults": list(faults)}


def test_重新报送是更新_旧的留在登记簿里():
    office = Office()
    office.do("receive", sent("1"))
    office.do("receive", sent("2"))
    form = office.told.form(SHEET, UNIT)
    assert form.standing.rows[0]["数值"] == "2" and not form.contested
    assert [e.body["rows"][0]["数值"] for e in office.book.entries()] == ["1", "2"]


def test_两个组报得不同_决定以前都不算_也不能复核():
    office = Office()
    office.do("receive", sent("1", "第1组"))
    office.do("receive", sent("2", "第2组"))
    form = office.told.form(SHEET, UNIT)
    assert form.contested and form.standing is None
    assert not office.do("review", {})
    assert office.do("decide", {"use": 1, "reason": "现场核实"})
    assert form.standing.rows[0]["数值"] == "1"
    assert office.do("review", {})


def test_两个组报得相同_不算不同():
    office = Office()
    office.do("receive", sent("1", "第1组"))
    office.do("receive", sent("1", "第2组"))
    assert not office.told.form(SHEET, UNIT).contested


def test_一个组同时交来两份不同的_也要决定():
    office = Office()
    office.do("receive", sent("1", "第1组", "第1组·甲.xlsx"))
    office.do("receive", sent("2", "第1组", "第1组·乙.xlsx"))
    assert office.told.form(SHEET, UNIT).contested
    office.do("receive", sent("3", "第1组"))
    assert not office.told.form(SHEET, UNIT).contested


def test_落选的一份再报同样的_不再翻案_报新的_要重新决定():
    office = Office()
    office.do("receive", sent("1", "第1组"))
    office.do("receive", sent("2", "第2组"))
    office.do("decide", {"use": 1})
    office.do("receive", sent("2", "第2组"))
    assert not office.told.form(SHEET, UNIT).contested
    office.do("receive", sent("3", "第2组"))
    assert office.told.form(SHEET, UNIT).contested


def test_没有填完的只是草稿_不能提交():
    office = Office()
    office.do("receive", sent("", faults=["没有填数值"]))
    assert office.told.form(SHEET, UNIT).state == DRAFT
    assert not office.do("submit", {}) and not office.do("review", {})


def test_复核以后更正_须重新复核():
    office = Office()
    office.do("receive", sent("1"))
    office.do("review", {})
    office.do("correct", {"cell": "D2", "after": "2"})
    assert office.told.form(SHEET, UNIT).state == SUBMITTED
    assert not office.do("lock", {})


BODIES = st.one_of(
    st.builds(sent, st.sampled_from("123"), st.sampled_from(("第1组", "第2组")),
              st.sampled_from(("", "第1组·甲", "第2组·乙")),
              st.sampled_from(((), ("没有填",)))),
    st.builds(lambda n: {"use": n, "reason": "核实"}, st.integers(1, 12)))


@given(st.lists(st.tuples(st.sampled_from(STEPS), BODIES), max_size=30))
def test_重放登记簿_等于一步步走到的状态(steps):
    office = Office()
    for kind, body in steps:
        before = office.told.form(SHEET, UNIT).state
        done = office.do(kind, body if kind in ("receive", "decide") else {"cell": "D2"})
        assert not (done and before == LOCKED)
    again = replay(office.book.entries())
    assert again.forms == office.told.forms
    assert office.book.faults() == []
