"""States of an item: 未整改 → 整改中 → 待复核 → 销号, one step at a time (pure).

An item is what its entries make of it, replayed in order.  A town's form moves it
forward only: 待复核 needs evidence, 销号 needs a reviewer who is not the responsible
person and an item that already stood at 待复核.  Back goes only who reviewed and says why.
What was filled is never lost: a blank cell takes nothing away, and what two people filled
differently since the form was issued is said, not decided.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hecha.case.shapes import RECTIFICATION_STATES
from hecha.problems import HechaError

CHAIN = RECTIFICATION_STATES
OPEN, WORKING, WAITING, CLOSED = CHAIN
FIELDS = {"measure": "整改措施", "lead": "牵头单位", "responsible": "责任单位", "person": "责任人",
          "evidence": "佐证", "reviewer": "复核人"}
"""what a town (the reviewer last) fills, in the words of the form"""
STATE = "状态"

Step = tuple[str, dict]
"""(kind of entry, its body): ask, withdraw, hand, fill, move or refuse"""


class NotAllowed(HechaError):
    """What an item's state forbids."""


@dataclass(frozen=True)
class Said:
    """What is wrong with a row: the form's column, a code, a sentence, what was found."""

    column: str
    code: str
    message: str
    found: str = ""
    severity: str = "error"


@dataclass(frozen=True)
class Move:
    """One step along the chain: when, by whom, from, to, and why."""

    at: str
    who: str
    before: str
    after: str
    reason: str = ""


@dataclass
class Item:
    """An item as its entries left it; `asked` is the text of hecha.rectification.items.Asked,
    `refused` the (edition, field, value) that stood against what was taken in before."""

    asked: dict[str, str]
    issued: str = ""
    state: str = OPEN
    filled: dict[str, str] = field(default_factory=lambda: dict.fromkeys(FIELDS, ""))
    withdrawn: str = ""
    handed: dict[str, str] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    refused: set[tuple[int, str, str]] = field(default_factory=set)

    @property
    def id(self) -> str:
        """The stable name."""
        return self.asked["id"]

    def copied(self) -> Item:
        """A copy that can be worked on."""
        return Item(dict(self.asked), self.issued, self.state, dict(self.filled), self.withdrawn,
                    dict(self.handed), list(self.moves), set(self.refused))


def replay(entries: Iterable[Any], edition: int | None = None) -> dict[str, Item]:
    """Item by name after these entries of a book.

    With `edition`, the items as a form of that edition knows them: what stood in the book when
    it was written, and of what came back in it since only what the county has ruled on by
    sending the item back.  What one copy of an edition filled, no other copy was printed with;
    what was refused of an edition stays refused in all its copies.
    """
    items: dict[str, Item] = {}
    entries = list(entries)
    ruled = {e.unit: e.number for e in entries if e.kind == "move" and _is_back(e.body or {})}
    for entry in entries:
        body = entry.body or {}
        own = body.get("edition") == edition
        known = edition is None or own if entry.kind == "refuse" else (
            edition is None or entry.number <= edition
            or (own and entry.number < ruled.get(entry.unit, 0)))
        if known and entry.kind in _STEPS:
            apply(items, entry.unit, (entry.kind, body), entry.at, entry.who)
    return items


def _is_back(body: dict) -> bool:
    return CHAIN.index(body["to"]) < CHAIN.index(body["from"])


def apply(items: dict[str, Item], name: str, step: Step, at: str = "", who: str = "") -> None:
    """Let one step take effect."""
    kind, body = step
    if kind == "ask":
        item = items.setdefault(name, Item({}, issued=body.get("on", "")))
        item.asked, item.withdrawn = dict(body["asked"]), ""
        item.issued = item.issued or body.get("on", "")
        if not item.filled["responsible"]:
            item.filled["responsible"] = body.get("responsible", "")
    elif name in items:
        _STEPS[kind](items[name], body, at, who)


def _withdraw(item: Item, body: dict, at: str, who: str) -> None:
    item.withdrawn = body["reason"]


def _hand(item: Item, body: dict, at: str, who: str) -> None:
    item.handed = dict(body["row"])


def _fill(item: Item, body: dict, at: str, who: str) -> None:
    item.filled |= body["set"]


def _move(item: Item, body: dict, at: str, who: str) -> None:
    item.moves.append(Move(at, who, body["from"], body["to"], body.get("reason", "")))
    item.state = body["to"]


def _refuse(item: Item, body: dict, at: str, who: str) -> None:
    item.refused |= {(body["edition"], name, value) for name, value in body["set"].items()}


_STEPS: dict[str, Any] = {"ask": None, "withdraw": _withdraw, "hand": _hand, "fill": _fill,
                          "move": _move, "refuse": _refuse}
KIND_NAMES = {"ask": "交办", "withdraw": "撤销", "hand": "卷宗台账", "fill": "填报", "move": "状态", "refuse": "没有采用"}


# -- what a row that came back does ---------------------------------------------------------


def take(item: Item, sent: Mapping[str, str], base: Item | None = None, *,
         first: bool = False) -> tuple[list[Step], list[Said]]:
    """The steps a filled row makes of an item, and all that is wrong with it.

    `sent` has the fields and `state`, blank where nothing stands; `base` is the item as it
    was printed on the form: only what differs from it was typed.  `first`: the row of a
    ledger kept elsewhere until now, whose earlier steps nobody recorded.

    >>> item = Item({"id": "1"})
    >>> take(item, {"measure": "补发", "state": "待复核"})[1][0].message
    '报待复核须写明佐证'
    """
    base = base or item
    if item.withdrawn:
        changed = any(sent.get(f, "") not in ("", base.filled[f]) for f in FIELDS)
        return [], [Said(STATE, "withdrawn", f"这一项已撤销（{item.withdrawn}），填的不登记",
                         severity="warning")] if changed else []
    fills, said = _fills(item, sent, base)
    after = item.copied()
    after.filled |= fills
    moves, wrong = _moves(item, after, sent.get("state", ""), base, first)
    steps: list[Step] = [("fill", {"set": fills, "was": {f: item.filled[f] for f in fills}})
                         ] if fills else []
    return [*steps, *moves], [*said, *wrong]


def _fills(item: Item, sent: Mapping[str, str], base: Item) -> tuple[dict[str, str], list[Said]]:
    fills: dict[str, str] = {}
    said: list[Said] = []
    against = {(name, value) for _, name, value in base.refused} if base is not item else set()
    for name, column in FIELDS.items():
        new, was, now = sent.get(name, ""), base.filled[name], item.filled[name]
        if new in (was, now):
            continue
        if not new:
            said.append(Said(column, "blanked", f"原来填的是“{now}”，空白不算删除，仍按原来的",
                             severity="warning"))
        elif item.state == CLOSED:
            said.append(Said(column, "closed", f"已销号，不能再改，登记的是“{now}”", new))
        elif now != was or (name, new) in against:
            said.append(Said(column, "conflict", f"这份表发出以后，已另外登记为“{now}”，没有采用这份表"
                             "填的；以哪个为准由人决定，要改，请用新发的表", new))
        else:
            fills[name] = new
    return fills, said


def _moves(item: Item, after: Item, target: str, base: Item, first: bool
           ) -> tuple[list[Step], list[Said]]:
    if target in ("", item.state):
        return [], []
    if target == base.state:
        return [], _sent_back(item, target)
    here, there = CHAIN.index(item.state), CHAIN.index(target)
    if there < here:
        return [], [Said(STATE, "backward", f"登记的是“{item.state}”，填表不能退回；复核不通过的，由县里退回"
                         "（hecha rectify return）", target)]
    steps: list[Step] = []
    for before, to in zip(CHAIN[here:there], CHAIN[here + 1:there + 1], strict=True):
        wrong = _hindrance(item, after, to, first)
        if wrong:
            return steps, [wrong]
        reason = "卷宗整改台账交来时的状态" if first else ""
        steps.append(("move", {"from": before, "to": to, "reason": reason}))
    return steps, []


def _sent_back(item: Item, target: str) -> list[Said]:
    """What a form is told that still shows the state the county took back."""
    last = item.moves[-1] if item.moves else None
    if last is None or CHAIN.index(last.after) > CHAIN.index(last.before):
        return []
    return [Said(STATE, "sent_back", f"县里已退回（{last.reason}），登记的是“{item.state}”；重新报待复核，请用"
                 "新发的表", target, "warning")]


def _hindrance(item: Item, after: Item, to: str, first: bool) -> Said | None:
    """What keeps an item from its next state."""
    if to == WAITING and not after.filled["evidence"]:
        return Said(FIELDS["evidence"], "no_evidence", "报待复核须写明佐证")
    if to != CLOSED:
        return None
    if item.state != WAITING and not first:
        return Said(STATE, "too_soon", f"登记的是“{item.state}”：先报待复核并登记，复核以后再销号", CLOSED)
    return reviewer_fault(after.filled["reviewer"], after.filled["person"])


def reviewer_fault(reviewer: str, person: str) -> Said | None:
    """Why somebody may not close an item: nobody named, or one of the responsible persons.

    >>> reviewer_fault("张 三", "李四、张三").message
    '复核人不能是责任人本人'
    """
    column = FIELDS["reviewer"]
    if not reviewer:
        return Said(column, "no_reviewer", "销号须写明复核人")
    if not person:
        return Said(FIELDS["person"], "no_person", "没有责任人，不能确认复核人不是责任人，不能销号")
    if _persons(reviewer) & _persons(person):
        return Said(column, "same_person", "复核人不能是责任人本人", reviewer)
    return None


def _persons(text: str) -> set[str]:
    """The persons a cell names: «张三、李四», «张 三»; spaces inside a name say nothing."""
    parts = re.split(r"[、，,；;/／\n]", text)
    return {"".join(part.split()) for part in parts if part.strip()}


# -- what the county decides -----------------------------------------------------------------


def closing(item: Item, reviewer: str) -> list[Step]:
    """The steps that close an item; NotAllowed where it does not stand at 待复核."""
    _stands_waiting(item, "销号")
    wrong = reviewer_fault(reviewer, item.filled["person"])
    if wrong:
        raise NotAllowed(f"{item.id}不能销号：{wrong.message}")
    fill = {"set": {"reviewer": reviewer}, "was": {"reviewer": item.filled["reviewer"]}}
    return [("fill", fill), ("move", {"from": WAITING, "to": CLOSED})]


def sending_back(item: Item, reason: str) -> list[Step]:
    """The step back to 整改中; NotAllowed without a reason or away from 待复核."""
    _stands_waiting(item, "退回")
    if not reason.strip():
        raise NotAllowed("退回须写明原因（--reason）")
    return [("move", {"from": WAITING, "to": WORKING, "reason": reason.strip()})]


def _stands_waiting(item: Item, what: str) -> None:
    if item.withdrawn:
        raise NotAllowed(f"{item.id}已撤销（{item.withdrawn}），不能{what}")
    if item.state != WAITING:
        raise NotAllowed(f"{item.id}是“{item.state}”，不能{what}；只有待复核的可以")


__all__ = ["CHAIN", "CLOSED", "FIELDS", "KIND_NAMES", "OPEN", "STATE", "WAITING", "WORKING", "Item",
           "Move", "NotAllowed", "Said", "Step", "apply", "closing", "replay", "reviewer_fault",
           "sending_back", "take"]
