"""The approval lock (R-20): nothing is published before two facts are recorded.

«各镇综合评价结果在省考核完毕后,报县委、县政府批准后予以通报»: the end of the provincial
assessment and the county's approval are facts that a person records, with a date and a
document; until both stand in the case's `.hecha/facts.json`, everything that is made
carries the plan's mark.  The approval is of one version: let a form or the plan change
afterwards, and the mark is back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from hecha.digests import sha256_text
from hecha.folders import one_writer, write_whole
from hecha.plan import Plan
from hecha.plan.messages import nearest
from hecha.problems import HechaError

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class NotRecorded(HechaError):
    """A fact cannot be recorded as it was given."""


@dataclass(frozen=True)
class RecordedFact:
    """A fact that was recorded: which, when it happened, by which document, of which version.

    `version` is the digest of what was approved (the case's files and the plan as used);
    a case that changes afterwards is not the approved one (A-41).
    """

    fact: str
    on: str
    document: str
    version: str


def _file(case: Path) -> Path:
    return case / ".hecha" / "facts.json"


def facts_of(case: Path) -> tuple[RecordedFact, ...]:
    """What was recorded for a case, in the order recorded; NotRecorded if it cannot be read."""
    path = _file(case)
    if not path.is_file():
        return ()
    try:
        return tuple(RecordedFact(**row) for row in json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise NotRecorded("卷宗里的 .hecha/facts.json 读不出来，请从备份恢复，或删去后重新记录") from None


def version_of(plan: Plan, inputs: Mapping[str, str]) -> str:
    """The digest of what a result is made of: every input file and the plan as used.

    Whether ranks are told is a way of telling and no part of it; a key that a later program
    knows and the plan does not write leaves the digest as it is.
    """
    told = plan.model_copy(update={"grades": plan.grades.model_copy(update={"ranked": True})})
    used = told.model_dump_json(by_alias=True, fallback=str, exclude_defaults=True)
    return sha256_text(json.dumps([dict(sorted(inputs.items())), used], ensure_ascii=False))


def record(case: Path, plan: Plan, fact: RecordedFact) -> tuple[RecordedFact, ...]:
    """Record a fact.

    NotRecorded if the plan knows no such fact, the date is none, the document is blank, or
    the facts would not follow each other in the plan's order; Busy where another records without
    an end.
    """
    known = {f.id: f.name for f in plan.publication.facts} if plan.publication else {}
    if fact.fact not in known:
        allowed = "、".join(f"{i}（{n}）" for i, n in known.items())
        raise NotRecorded(f"方案没有“{fact.fact}”这个事实。{nearest(fact.fact, known)}可用：{allowed}")
    if not is_day(fact.on):
        raise NotRecorded(f"日期“{fact.on}”不对，应如 2024-03-01")
    if not fact.document.strip():
        raise NotRecorded("须写明文号（--document）")
    with one_writer(case):
        facts = (*(f for f in facts_of(case) if f.fact != fact.fact), fact)
        _in_order(facts, list(known), known)
        rows = [asdict(f) for f in facts]
        write_whole(_file(case), json.dumps(rows, ensure_ascii=False, indent=1))
    return facts


def is_day(text: str) -> bool:
    """Whether a text is a day of the calendar, written 2024-03-01."""
    try:
        return bool(_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _in_order(facts: Sequence[RecordedFact], order: list[str], names: Mapping[str, str]) -> None:
    dated = sorted(facts, key=lambda f: order.index(f.fact))
    for earlier, later in zip(dated, dated[1:], strict=False):
        if later.on < earlier.on:
            raise NotRecorded(f"“{names[later.fact]}”（{later.on}）不能早于"
                              f"“{names[earlier.fact]}”（{earlier.on}）")


def mark_of(plan: Plan, facts: Sequence[RecordedFact], version: str | None = None,
            final: bool = True) -> str:
    """The mark everything must carry, or nothing once this very version may be published.

    All facts are recorded, the last of them of this version (a list that shows no score
    has none: `version` None), and every town is done (`final`).
    """
    if plan.publication is None:
        return ""
    approved = {f.fact: f.version for f in facts}
    wanted = [f.id for f in plan.publication.facts]
    recorded = final and all(f in approved for f in wanted)
    same = version is None or approved.get(wanted[-1]) == version
    return "" if recorded and same else plan.publication.mark


def still_needed(plan: Plan, facts: Sequence[RecordedFact]) -> list[str]:
    """The names of the facts not recorded yet."""
    recorded = {f.fact for f in facts}
    wanted = plan.publication.facts if plan.publication else ()
    return [f.name for f in wanted if f.id not in recorded]
