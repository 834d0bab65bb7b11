"""States of a form: draft → submitted → returned → reviewed → locked (pure).

A form is one sheet of one unit (村核查 of a village).  The state of every form is what
its entries make of it, replayed in order; nothing else is kept.  What is not allowed is
refused before it is written, in Chinese, and leaves no trace.  Two different submissions
for one form block it until somebody decides which counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from hecha.digests import sha256_text
from hecha.intake.book import Entry
from hecha.problems import HechaError

DRAFT, SUBMITTED, RETURNED, REVIEWED, LOCKED = (
    "draft", "submitted", "returned", "reviewed", "locked")
STATE_NAMES = {"": "未登记", DRAFT: "草稿", SUBMITTED: "已提交", RETURNED: "已退回",
               REVIEWED: "已复核", LOCKED: "已锁定"}
Key = tuple[str, str]
"""(sheet, unit)"""


class NotAllowed(HechaError):
    """What a record's state forbids."""


@dataclass(frozen=True)
class Version:
    """One submission of a form: the entry's number, who sent it, the file it stands in.

    `team` is who answers for it; `source` tells two files apart that one team sent at once.
    `digest` is that of the typed rows alone: equal digests say the same.
    """

    number: int
    at: str
    team: str
    source: str
    file: str
    name: str
    digest: str
    rows: tuple[dict, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Correction:
    """One cell of one file, changed on somebody's approval; the file itself stays."""

    number: int
    at: str
    who: str
    file: str
    digest: str
    sheet: str
    cell: str
    before: str
    after: str
    reason: str
    approval: str


@dataclass
class Form:
    """A form as its entries left it."""

    sheet: str
    unit: str
    state: str = ""
    versions: list[Version] = field(default_factory=list)
    dismissed: set[tuple[str, str]] = field(default_factory=set)
    corrections: list[Correction] = field(default_factory=list)
    evidence: list[dict] = field(default_factory=list)
    reason: str = ""

    @property
    def live(self) -> list[Version]:
        """The versions that were not dismissed, oldest first."""
        return [v for v in self.versions if (v.source, v.digest) not in self.dismissed]

    @property
    def contested(self) -> bool:
        """Whether different submissions stand against each other."""
        return len({v.digest for v in self.live}) > 1

    @property
    def standing(self) -> Version | None:
        """The version that counts; None while it is contested or nothing came."""
        return None if self.contested or not self.live else self.live[-1]

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.unit}［{self.sheet}］"


@dataclass
class Told:
    """Everything the entries tell: forms by (sheet, unit), and what belongs to no form."""

    forms: dict[Key, Form] = field(default_factory=dict)
    corrections: list[Correction] = field(default_factory=list)
    erased: bool = False

    def form(self, sheet: str, unit: str) -> Form:
        """The form, a new one if nothing was told of it."""
        return self.forms.get((sheet, unit)) or Form(sheet, unit)


def replay(entries: Iterable[Entry]) -> Told:
    """The state of everything after these entries."""
    told = Told()
    for entry in entries:
        step(told, entry)
    return told


def step(told: Told, entry: Entry) -> None:
    """Let one entry take effect."""
    if entry.kind == "erase":
        told.erased = True
        return
    body = entry.body or {}
    form = told.forms.setdefault((entry.sheet, entry.unit), Form(entry.sheet, entry.unit))
    _STEPS[entry.kind](told, form, entry, body)


def _receive(told: Told, form: Form, entry: Entry, body: dict) -> None:
    version = version_of(entry, body)
    form.versions = [v for v in form.versions if not _replaces(version, v)] + [version]
    form.state, form.reason = (DRAFT if version.faults else SUBMITTED), ""


def _replaces(new: Version, old: Version) -> bool:
    """Whether a submission updates an older one: the same team's, unless both came at once."""
    return new.team == old.team and (new.source in (new.team, old.source) or old.source == old.team)


def version_of(entry: Entry, body: dict) -> Version:
    """The version that a `receive` entry speaks of."""
    rows = tuple(body.get("rows", ()))
    team = body.get("team", "")
    digest = digest_of(rows) if entry.body is not None else entry.content
    return Version(entry.number, entry.at, team, body.get("source", team), body.get("file", ""),
                   body.get("name", ""), digest, rows, tuple(body.get("faults", ())))


def digest_of(rows: Iterable[dict]) -> str:
    """The digest of what was typed, wherever in the sheet it stood.

    >>> digest_of([{"行": 2, "数值": "1"}]) == digest_of([{"行": 9, "数值": "1"}])
    True
    """
    said = [{k: v for k, v in row.items() if k != ROW} for row in rows]
    return sha256_text(json.dumps(said, ensure_ascii=False, sort_keys=True))


ROW = "行"
"""where a row's number stands among its cells"""


def _submit(told: Told, form: Form, entry: Entry, body: dict) -> None:
    form.state = SUBMITTED


def _refuse(told: Told, form: Form, entry: Entry, body: dict) -> None:
    """Kept as a fact; changes nothing."""


def _return(told: Told, form: Form, entry: Entry, body: dict) -> None:
    form.state, form.reason = RETURNED, body.get("reason", "")


def _review(told: Told, form: Form, entry: Entry, body: dict) -> None:
    form.state = REVIEWED


def _lock(told: Told, form: Form, entry: Entry, body: dict) -> None:
    form.state = LOCKED


def _correct(told: Told, form: Form, entry: Entry, body: dict) -> None:
    made = Correction(entry.number, entry.at, entry.who, *(body.get(k, "") for k in (
        "file", "digest", "sheet", "cell", "before", "after", "reason", "approval")))
    form.corrections.append(made)
    told.corrections.append(made)
    if form.state == REVIEWED:
        form.state = SUBMITTED


def _decide(told: Told, form: Form, entry: Entry, body: dict) -> None:
    chosen = next((v for v in form.versions if v.number == body.get("use")), None)
    if chosen is not None:
        form.dismissed = {(v.source, v.digest) for v in form.versions if v.digest != chosen.digest}
        form.state = DRAFT if chosen.faults else SUBMITTED


def _attach(told: Told, form: Form, entry: Entry, body: dict) -> None:
    form.evidence.append(body)


_STEPS = {"receive": _receive, "submit": _submit, "refuse": _refuse, "return": _return,
          "review": _review, "lock": _lock, "correct": _correct, "decide": _decide,
          "attach": _attach}

_FROM = {
    "submit": ({DRAFT}, "提交"), "return": ({DRAFT, SUBMITTED, REVIEWED}, "退回"),
    "review": ({SUBMITTED}, "复核"), "lock": ({REVIEWED}, "锁定"),
    "receive": ({"", DRAFT, SUBMITTED, RETURNED}, "重新报送"),
    "correct": ({"", DRAFT, SUBMITTED, RETURNED, REVIEWED}, "更正"),
    "decide": ({DRAFT, SUBMITTED, RETURNED}, "决定"),
    "attach": ({"", DRAFT, SUBMITTED, RETURNED, REVIEWED}, "附证据"),
}


def check(told: Told, form: Form, kind: str) -> None:
    """NotAllowed, with the way out, where a form's state forbids a step.

    >>> check(Told(), Form("村核查", "449901105200", LOCKED), "return")
    Traceback (most recent call last):
    hecha.intake.states.NotAllowed: 449901105200［村核查］已锁定，不能退回；锁定的记录只能查看
    """
    allowed, name = _FROM[kind]
    if told.erased:
        raise NotAllowed("个人数据已按期清除，登记簿只可查验，不能再改")
    if form.state not in allowed:
        raise NotAllowed(f"{form.name}{STATE_NAMES[form.state]}，不能{name}；{_way_out(form, kind)}")
    if form.contested and kind in ("review", "submit"):
        raise NotAllowed(f"{form.name}有{len({v.digest for v in form.live})}份不同的报送，不能{name}；"
                         "请先决定采用哪一份（hecha record decide）")
    if kind == "decide" and not form.contested:
        raise NotAllowed(f"{form.name}没有需要决定的不同报送")
    if kind == "submit" and form.standing and form.standing.faults:
        raise NotAllowed(f"{form.name}没有填完，不能提交：{'；'.join(form.standing.faults[:3])}")


def _way_out(form: Form, kind: str) -> str:
    if form.state == LOCKED:
        return "锁定的记录只能查看"
    if form.state == REVIEWED and kind == "receive":
        return "如须改动，请先退回（hecha record return）"
    steps = {"": "请先收表（hecha intake）", DRAFT: "请先补齐再报", RETURNED: "请等重新报送",
             SUBMITTED: "请先复核（hecha record review）", REVIEWED: "已经复核过了"}
    return steps[form.state]
