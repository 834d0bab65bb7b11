"""The life of an item: what moves it, what is refused, what is never lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hecha.rectification.states import (
    CHAIN,
    CLOSED,
    FIELDS,
    OPEN,
    WAITING,
    WORKING,
    Item,
    NotAllowed,
    apply,
    closing,
    sending_back,
    take,
)

FULL = {"measure": "补发资助", "person": "叶丽晴", "evidence": "照片4张"}


def item(state=OPEN, **filled):
    return Item({"id": "1"}, state=state, filled={**dict.fromkeys(FIELDS, ""), **filled})


def after(one, sent, base=None, **how):
    items = {"1": one.copied()}
    steps, said = take(one, sent, base, **how)
    for step in steps:
        apply(items, "1", step, "2024-01-20", "李四")
    return items["1"], [s.code for s in said]


def test_一步一步往前_每一步都记下():
    done, said = after(item(), {**FULL, "state": WAITING})
    assert said == [] and done.state == WAITING
    assert [(m.before, m.after, m.who) for m in done.moves] == [
        (OPEN, WORKING, "李四"), (WORKING, WAITING, "李四")]


def test_没有佐证_到不了待复核_填的其他格照收():
    done, said = after(item(), {"measure": "补发资助", "state": WAITING})
    assert (done.state, said) == (WORKING, ["no_evidence"])
    assert done.filled["measure"] == "补发资助"


def test_没有登记过待复核_不能一次填到销号():
    done, said = after(item(), {**FULL, "reviewer": "江晴莲", "state": CLOSED})
    assert (done.state, said) == (WAITING, ["too_soon"])


@pytest.mark.parametrize(("reviewer", "person", "code"), [
    ("", "叶丽晴", "no_reviewer"), ("叶 丽晴", "叶丽晴", "same_person"),
    ("何然", "叶丽晴、何 然", "same_person"), ("江晴莲", "", "no_person")])
def test_销号要有复核人_且不是责任人本人(reviewer, person, code):
    one = item(WAITING, **{**FULL, "person": person})
    done, said = after(one, {**one.filled, "reviewer": reviewer, "state": CLOSED})
    assert (done.state, said) == (WAITING, [code])


def test_待复核的_有复核人_可以销号_之后不能再改():
    one = item(WAITING, **FULL)
    done, said = after(one, {**one.filled, "reviewer": "江晴莲", "state": CLOSED})
    assert (done.state, said) == (CLOSED, [])
    changed, said = after(done, {**done.filled, "measure": "别的", "state": CLOSED})
    assert said == ["closed"] and changed.filled == done.filled


def test_填表不能退回_退回要有原因():
    one = item(WAITING, **FULL)
    done, said = after(one, {**one.filled, "state": OPEN})
    assert (done.state, said) == (WAITING, ["backward"])
    with pytest.raises(NotAllowed, match="须写明原因"):
        sending_back(one, " ")
    [(kind, body)] = sending_back(one, "照片看不清")
    assert (kind, body["from"], body["to"], body["reason"]) == ("move", WAITING, WORKING, "照片看不清")


@pytest.mark.parametrize("state", [OPEN, WORKING, CLOSED])
def test_不在待复核的_不能销号也不能退回(state):
    for refused in (lambda: closing(item(state, **FULL), "江晴莲"),
                    lambda: sending_back(item(state, **FULL), "因")):
        with pytest.raises(NotAllowed, match=f"是“{state}”"):
            refused()


def test_空白不算删除():
    one = item(WORKING, **FULL)
    done, said = after(one, {"state": WORKING})
    assert done.filled == one.filled and set(said) == {"blanked"}


def test_旧表交回来_不盖掉后来登记的_说出两个值():
    base, now = item(measure="旧"), item(WORKING, measure="新")
    same, said = after(now, {"measure": "旧", "state": OPEN}, base)
    assert (same.filled["measure"], same.state, said) == ("新", WORKING, [])
    both, said = after(now, {"measure": "第三种", "state": OPEN}, base)
    assert (both.filled["measure"], said) == ("新", ["conflict"])


words = st.sampled_from(["", "甲", "乙", "丙"])
rows = st.fixed_dictionaries({**dict.fromkeys(FIELDS, words), "state": st.sampled_from(["", *CHAIN])})


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(rows, st.integers(0, 6)), max_size=6))
def test_怎样收表都不丢填过的_状态不悄悄往回(sent):
    """Each row was printed from any earlier state of the item, as a late form is."""
    items, past = {"1": item()}, [item()]
    for row, back in sent:
        before = items["1"].copied()
        steps, said = take(before, row, past[min(back, len(past) - 1)])
        for step in steps:
            apply(items, "1", step, "2024-01-20", "李四")
        now = items["1"]
        assert all(now.filled[f] for f in FIELDS if before.filled[f])
        assert CHAIN.index(now.state) >= CHAIN.index(before.state)
        assert [CHAIN.index(m.after) - CHAIN.index(m.before) for m in now.moves] == [1] * len(now.moves)
        assert not (now.state in (WAITING, CLOSED) and not now.filled["evidence"])
        if now.state == CLOSED:
            assert now.filled["reviewer"] not in ("", now.filled["person"])
        changed = {f for f in FIELDS if now.filled[f] != before.filled[f]}
        told = {s.column for s in said}
        ignored = {f for f in FIELDS if row[f] and row[f] != now.filled[f]}
        base = past[min(back, len(past) - 1)]
        assert all(FIELDS[f] in told or row[f] == base.filled[f] for f in ignored)
        assert changed <= {f for f in FIELDS if row[f]}
        past.append(now.copied())
