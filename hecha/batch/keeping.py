"""Keeping (定稿): a settled result becomes a version of the case, and an approval is of one.

A version is kept when the county approves, when a granted objection has been corrected, or
when the office says so because something arrived late; what changed since the last one is
told with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hecha.approvals import RecordedFact, is_day, mark_of, record, still_needed, version_of
from hecha.batch.comparing import figures_changed, inputs_changed, losses_changed
from hecha.batch.opening import Opened
from hecha.points import exact_text, publish
from hecha.problems import HechaError
from hecha.versions import Version, approve, keep, results_of, version_numbered, versions_of
from hecha.words import mask_text


class NotSettled(HechaError):
    """The result cannot become a version yet."""


@dataclass(frozen=True)
class Step:
    """From one version to the next: the figures, where points moved, the files that changed."""

    before: Version
    after: Version
    figures: pd.DataFrame
    losses: pd.DataFrame
    inputs: list[str]


def digest_of(opened: Opened) -> str:
    """The digest of what an opened case's result is made of."""
    return version_of(opened.plan, opened.case.inputs)


def settle(opened: Opened, why: str, at: str) -> Version:
    """Keep the case's result as a version; NotSettled while a unit is unfinished or in doubt."""
    if not opened.results.final:
        open_ = opened.results.towns[opened.results.towns["state"] != "完成"]
        raise NotSettled("还不能定稿：" + "、".join(
            f"{r.town_name}{r.state}" for r in open_.itertuples(index=False)))
    return keep(opened.folder, opened.results, digest=digest_of(opened),
                inputs=opened.case.inputs, why=why, at=at)


def record_fact(opened: Opened, fact: str, on: str, document: str, at: str
                ) -> tuple[list[str], Version | None]:
    """Record a fact of this very result; what is still missing, and the version once approved.

    Approved is what stood when the last fact of the plan was recorded: an earlier one that is
    recorded afterwards, or anew, approves nothing that has changed since.  NotSettled where the
    fact lies ahead of the day it is recorded (`at`).
    """
    if is_day(on) and on > at[:10]:  # a day that is none is refused as such, below
        raise NotSettled(f"日期“{on}”还没有到，发生以后再记录（今天是{at[:10]}）")
    digest = digest_of(opened)
    facts = record(opened.folder, opened.plan, RecordedFact(fact, on, document, digest))
    needed = still_needed(opened.plan, facts)
    if needed or not opened.results.final or mark_of(opened.plan, facts, digest):
        return needed, None
    version = settle(opened, f"报批：{document}", at)
    return needed, approve(opened.folder, version, facts)


def step_between(case: Path, first: int, second: int) -> Step:
    """What changed from one version to another."""
    one, two = version_numbered(case, first), version_numbered(case, second)
    before, after = results_of(case, one), results_of(case, two)
    return Step(one, two, figures_changed(before, after), losses_changed(before, after),
                inputs_changed(one.inputs, two.inputs))


def last_step(case: Path) -> Step | None:
    """The step to the last version, if there is one before it."""
    known = versions_of(case)
    return step_between(case, known[-2].number, known[-1].number) if len(known) > 1 else None


def told_losses(step: Step) -> pd.DataFrame:
    """The moved points as a reader sees them: rounded, with the exact value beside."""
    frame = step.losses
    return pd.DataFrame({
        "单位": frame["单位"], "表": frame["表"], "被查单位": frame["被查单位"], "细项": frame["细项"],
        "前失分": frame["前"].map(_shown), "后失分": frame["后"].map(_shown),
        "影响": frame["影响"].map(_shown), "影响精确值": frame["影响"].map(exact_text),
        "原因": frame["原因"].map(mask_text)}, dtype=object)


def mark_between(case: Path, step: Step) -> str:
    """The mark that a list of what changed must carry: none where both versions are approved."""
    publication = results_of(case, step.after).plan.publication
    approved = step.before.approved and step.after.approved
    return "" if approved or publication is None else publication.mark


def _shown(value) -> str:
    return f"{publish(value):f}"


def versions_table(case: Path) -> pd.DataFrame:
    """版本, 时间, 缘由, 批准 of every kept version."""
    rows = [(f"第{v.number}版", v.at, v.why,
             "；".join(f"{f.on} {f.document}" for f in v.approved) or "未批准")
            for v in versions_of(case)]
    return pd.DataFrame(rows, columns=["版本", "时间", "缘由", "批准"], dtype=object)


__all__ = ["NotSettled", "Step", "digest_of", "last_step", "mark_between", "record_fact", "settle",
           "step_between", "told_losses", "versions_table"]
