"""The approval lock (R-20): nothing is published before two facts are recorded.

«各镇综合评价结果在省考核完毕后,报县委、县政府批准后予以通报»: the end of the provincial
assessment and the county's approval are facts that a person records, with a date and a
document; until both stand in the case's `.hecha/facts.json`, everything that is made
carries the plan's mark.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from hecha.folders import write_whole
from hecha.plan import Plan
from hecha.plan.messages import nearest
from hecha.problems import HechaError


class NotRecorded(HechaError):
    """A fact cannot be recorded as it was given."""


@dataclass(frozen=True)
class RecordedFact:
    """A fact that was recorded: which, when it happened, by which document."""

    fact: str
    on: str
    document: str


def _file(case: Path) -> Path:
    return case / ".hecha" / "facts.json"


def facts_of(case: Path) -> tuple[RecordedFact, ...]:
    """What was recorded for a case, in the order recorded."""
    path = _file(case)
    if not path.is_file():
        return ()
    return tuple(RecordedFact(**row) for row in json.loads(path.read_text(encoding="utf-8")))


def record(case: Path, plan: Plan, fact: str, on: str, document: str) -> tuple[RecordedFact, ...]:
    """Record a fact; NotRecorded if the plan knows no such fact or the date is none."""
    known = {f.id: f.name for f in plan.publication.facts} if plan.publication else {}
    if fact not in known:
        allowed = "、".join(f"{i}（{n}）" for i, n in known.items())
        raise NotRecorded(f"方案没有“{fact}”这个事实。{nearest(fact, known)}可用：{allowed}")
    try:
        date.fromisoformat(on)
    except ValueError:
        raise NotRecorded(f"日期“{on}”不对，应如 2024-03-01") from None
    if not document.strip():
        raise NotRecorded("须写明文号（--document）")
    facts = (*(f for f in facts_of(case) if f.fact != fact), RecordedFact(fact, on, document))
    write_whole(_file(case), json.dumps([asdict(f) for f in facts], ensure_ascii=False, indent=1))
    return facts


def mark_of(plan: Plan, facts: Sequence[RecordedFact]) -> str:
    """The mark everything must carry, or nothing once all facts are recorded."""
    if plan.publication is None:
        return ""
    recorded = {f.fact for f in facts}
    return "" if recorded >= {f.id for f in plan.publication.facts} else plan.publication.mark


def still_needed(plan: Plan, facts: Sequence[RecordedFact]) -> list[str]:
    """The names of the facts not recorded yet."""
    recorded = {f.fact for f in facts}
    wanted = plan.publication.facts if plan.publication else ()
    return [f.name for f in wanted if f.id not in recorded]
