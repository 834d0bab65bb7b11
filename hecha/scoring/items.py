"""One item of one unit: from its facts to a score and its ledger rows.

The order is the law's (scoring.md): 缺项 and what is missing first, then the gate,
then the kind.  An item is scored, 缺项 (na) or missing, and never anything between:
a blank yields no score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

import pandas as pd

from hecha.plan import Item
from hecha.plan.rules import AdditiveCapped
from hecha.points import plain
from hecha.scoring import kinds
from hecha.scoring.counting import VISITED, measure_column
from hecha.scoring.facts import ItemFacts, missing_measures
from hecha.scoring.rows import Part, Row, item_row

State = Literal["scored", "na", "missing"]


@dataclass(frozen=True)
class ItemScore:
    """What became of an item: its state, score (None unless scored) and rows."""

    sheet: str
    unit: str
    item: Item
    state: State
    score: Fraction | None = None
    reason: str = ""
    rows: tuple[Row, ...] = ()
    remarks: tuple[str, ...] = ()

    def with_part(self, part: Part, evidence: tuple[str, ...] = ()) -> ItemScore:
        """The same item after one more ledger row."""
        row = item_row(self.sheet, self.unit, self.item, part, evidence)
        return replace(self, score=self.score - part.points, rows=(*self.rows, row))


@dataclass(frozen=True)
class Ground:
    """All that an item of a unit may be judged by, beside its own facts.

    `counts`: derived sums of the unit; `visited`: its household rows, for evidence;
    `unvisited`: why the household checks are incomplete; `no_villages`: the town has no
    eligible village (A-16); `cases`: attendance, option → where it stands; `cases_lost`:
    the attendance table could not be read; `rows_wanted`: how many rows a «one a village»
    item must have; `no_standard`: the plan lacks the income standard the item counts by.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    visited: pd.DataFrame | None = None
    unvisited: Sequence[str] = ()
    no_villages: bool = False
    cases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    fed_by_cases: Sequence[str] = ()
    cases_lost: bool = False
    rows_wanted: int | None = None
    no_standard: bool = False


def score_item(item: Item, sheet: str, unit: str, facts: ItemFacts | None, ground: Ground,
               context: kinds.Context) -> ItemScore:
    """Score one item of one unit."""
    blank = ItemScore(sheet, unit, item, "missing")
    if facts and facts.doubtful:
        return replace(blank, reason=f"填写有误：{facts.doubtful[0]}")
    if facts and facts.na:
        if ground.rows_wanted:
            return replace(blank, reason=f"作了缺项，镇村名单上却有{ground.rows_wanted}个应填的村")
        return replace(blank, state="na", reason=facts.na.note or item.na_when or "")
    if ground.rows_wanted is not None:
        given = len(facts.facts) if facts else 0
        if given == ground.rows_wanted == 0:
            return replace(blank, state="na", reason=item.na_when or "")
        if given != ground.rows_wanted:
            return replace(blank, reason=f"应填{ground.rows_wanted}个村，填了{given}个")
    found = _derived(item, blank, ground)
    if isinstance(found, ItemScore):
        return found
    missing = missing_measures(item, facts, ground.fed_by_cases)
    if missing:
        return replace(blank, reason=f"没有填“{'”“'.join(map(item.label, missing))}”")
    if ground.cases_lost:
        return replace(blank, reason="考勤表没有交，或读不出来")
    values = {**(facts.values() if facts else {}), **found}
    for option, places in ground.cases.items():
        values[option] = [*values.get(option, []), len(places)]
    return _judge(blank, values, facts, ground, context)


def _derived(item: Item, blank: ItemScore, ground: Ground) -> dict[str, list[int]] | ItemScore:
    """The derived measures of the unit, or why there are none.

    Where the town has no eligible village a derived item is 缺项; one that is observed
    besides (complaints) is scored from what was observed.
    """
    if not item.derived:
        return {}
    if ground.no_villages and not item.observed:
        return replace(blank, state="na", reason="没有可抽的单位，无从入户")
    if ground.unvisited:
        return replace(blank, reason="入户核查未收齐：" + "；".join(ground.unvisited))
    if ground.no_standard:
        return replace(blank, reason="方案没有户脱贫标准，收入是否达标无从判断")
    counts = {m: ground.counts.get(measure_column(item.code, m), 0) for m in item.derived}
    if min(counts.values()) < 0:
        return replace(blank, reason="入户核查算出了负数")
    nobody = not ground.counts.get(VISITED) and not ground.no_villages
    if nobody or (item.na_if_zero and counts[item.na_if_zero] == 0):
        if item.na_when is None:
            return replace(blank, reason="没有入户核查记录")
        return replace(blank, state="na", reason=item.na_when)
    return {measure: [count] for measure, count in counts.items()}


def _judge(blank: ItemScore, values: dict, facts: ItemFacts | None, ground: Ground,
           context: kinds.Context) -> ItemScore:
    item = blank.item
    if item.gate and kinds.gate_closed(item.gate, values):
        said = f"“{item.label(item.gate.measure)}”触发一票，本项{plain(item.points)}分全扣"
        found = [Part("gate", item.gate.measure, item.points, said)]
    else:
        try:
            found = kinds.parts(item.rule, item.points, values, context)
        except kinds.NoBenchmark as why:
            return replace(blank, reason=str(why))
        except kinds.NotApplicable as why:
            if item.na_when is None:
                return replace(blank, reason=str(why))
            return replace(blank, state="na", reason=str(why), remarks=(f"{why}，作缺项",))
        except kinds.OutOfRange as why:
            return replace(blank, reason=f"填写有误：{why}")
    rows = tuple(item_row(blank.sheet, blank.unit, item, part, _evidence(item, part, facts, ground))
                 for part in found)
    score = item.points - sum((r.points for r in rows), Fraction(0))
    empty = isinstance(item.rule, AdditiveCapped) and facts is None
    remarks = (f"“{item.name}”没有记录，按0分计",) if empty else ()
    return replace(blank, state="scored", score=score, rows=rows, remarks=remarks)


def _evidence(item: Item, part: Part, facts: ItemFacts | None, ground: Ground) -> tuple[str, ...]:
    """Where the facts behind a part stand: rows of forms, of household checks, of attendance."""
    typed = [str(f.place) for f in (facts.facts if facts else ())
             if part.measure in ("", f.measure)]
    cases = list(ground.cases.get(part.measure, ()))
    return (*typed, *_households(item, part, ground), *cases)


def _households(item: Item, part: Part, ground: Ground) -> list[str]:
    visited, column = ground.visited, measure_column(item.code, part.measure)
    if visited is None or part.measure not in item.derived:
        return []
    if part.type == "shortfall" and "denominator" in item.derived:
        below = visited[column] < visited[measure_column(item.code, "denominator")]
    else:
        below = visited[column] > 0
    return list(visited.loc[below, "place"])
