"""Score a case: the stages in order, each a table in and a table out.

units → facts → counts → items → sheets → figures → grades.  A plan and a case go in,
a Results comes out; what is wrong is collected on the way and stops only the towns it
concerns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import pandas as pd

from hecha.case import Case, bears_on_scores
from hecha.plan import Item, Plan
from hecha.plan.rules import RankStep, RatioToBenchmark
from hecha.points import plain, publish
from hecha.problems import Place, Problem, Problems
from hecha.scoring import composite, results, sheets
from hecha.scoring.attendance import Charges, charge
from hecha.scoring.composite import Cap, TownResult
from hecha.scoring.counting import count_households, judged_by_standard, totals
from hecha.scoring.facts import ItemFacts, Key, read_facts
from hecha.scoring.items import Ground, ItemScore, score_item
from hecha.scoring.kinds import Context
from hecha.scoring.recorded import Recorded, read_recorded
from hecha.scoring.sheets import SheetScore
from hecha.scoring.units import Units, find_units
from hecha.scoring.visits import check_window, income_turns, not_visited, shortfalls, strata_short


@dataclass
class Scoring:
    """Everything the scoring of one case stands on, gathered once."""

    plan: Plan
    units: Units
    facts: dict[Key, ItemFacts]
    counted: pd.DataFrame
    visited: dict[str, pd.DataFrame]
    sums: dict[str, dict[str, int]]
    unvisited: dict[str, list[str]]
    charges: Charges
    attendance_lost: bool
    unjudged: set[tuple[str, str]]
    recorded: Recorded
    shortfalls: dict[str, list[str]]
    problems: Problems


def score_case(plan: Plan, case: Case, towns: Iterable[object] = ()) -> results.Results:
    """Score every town of a case (or only `towns`, codes or names) under a plan.

    Problems of the case are carried over, those of the scoring are added. Raises
    NoSuchTown where a town is not among the checked ones.
    """
    problems = Problems([*case.problems])
    units = find_units(plan, case.villages, case.drawn_villages)
    wanted = {results.find_town(units, town, results.graded_level(plan)) for town in towns}
    ground = gather(plan, case, units, problems)
    done = finish_sheets(ground, score_items(ground))
    scored = judge_towns(ground, done)
    if not wanted:
        rank_if_all(plan, scored)
    return _results(ground, case, scored, list(done.values()), wanted or set(units.towns),
                    bool(wanted))


def gather(plan: Plan, case: Case, units: Units, problems: Problems) -> Scoring:
    """Facts, counts, attendance and records of a case, held against the plan."""
    _say_what_was_not_handed_in(plan, case, units, problems)
    by_sheet = {s.id: units.of_sheet(plan, s.id) for s in plan.sheets}
    facts = read_facts(plan, case.observations, by_sheet, problems)
    check_window(plan, case.households, problems)
    counted = _counted(plan, case, units)
    sums = totals(counted, "village") | totals(counted, "town") if len(counted) else {}
    charges = charge(plan, case.attendance, case.staff, units, problems)
    recorded = read_recorded(plan, case.adjustments, case.external, units, problems)
    lost = plan.attendance is not None and (case.attendance.empty or case.staff.empty)
    short = shortfalls(plan, case.drawn_villages, units)
    for town, said in strata_short(plan, case, units).items():
        short[town].extend(said)
    return Scoring(plan, units, facts, counted, _by_unit(counted), sums, not_visited(plan, case, units), charges,
                   lost, _unjudged(plan), recorded, short, problems)


def _say_what_was_not_handed_in(plan: Plan, case: Case, units: Units,
                                problems: Problems) -> None:
    """A table whose absence would pass for «nothing to say» is asked for."""
    wanted = {"returns/上级结果": plan.external, "returns/调整": plan.fraud}
    for stem, rule in wanted.items():
        if rule is not None and not any(name.startswith(stem) for name in case.inputs):
            problems.warning(Place(stem), "not_handed_in", "没有交这张表，按没有这类情况计；"
                             "确实没有的，也请交一张只有表头的表")
    if not units.towns:
        problems.error(Place("roster/镇村名单"), "no_towns", "没有一个可计分的单位：镇村名单没有交、读不出来，"
                       "或没有一个有核查任务")


def _counted(plan: Plan, case: Case, units: Units) -> pd.DataFrame:
    """Household rows of the drawn villages with their counts and where each stands."""
    if plan.household is None or case.households.empty:
        return pd.DataFrame()
    counted = count_households(plan, case.households)
    places = {h: str(Place(f, s, int(r))) for h, f, s, r in
              zip(case.households["household"], case.households["file"],
                  case.households["sheet"], case.households["row"], strict=True)}
    counted["place"] = counted["household"].map(places)
    counted["town"] = counted["village"].map(units.town_of)
    return counted


def _unjudged(plan: Plan) -> set[tuple[str, str]]:
    """The items that cannot be scored because the plan has no income standard."""
    if plan.household is None or plan.household.income.standard is not None:
        return set()
    return judged_by_standard(plan)


def _by_unit(counted: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The household rows of each village and of each town."""
    if counted.empty:
        return {}
    return {unit: rows for by in ("village", "town") for unit, rows in counted.groupby(by)}


Unit = tuple[str, str]
"""(sheet, unit)"""


def score_items(ground: Scoring, only: Collection[tuple[str, str]] | None = None
                ) -> dict[Unit, list[ItemScore]]:
    """The items of every unit of every sheet, before caps are shared and anything is recorded.

    `only`: none but these (sheet, code). Rank kinds need every unit's value first.
    """
    found = {}
    for sheet in ground.plan.sheets:
        units = ground.units.of_sheet(ground.plan, sheet.id)
        items = [i for i in ground.plan.items_of(sheet.id)
                 if only is None or (sheet.id, i.code) in only]
        contexts = {item.code: _context(ground, item, sheet.id, units) for item in items}
        for unit in units if items else ():
            found[(sheet.id, unit)] = [_item(ground, i, sheet.id, unit, contexts[i.code])
                                       for i in items]
    return found


def finish_sheets(ground: Scoring, items: Mapping[Unit, Sequence[ItemScore]]
                  ) -> dict[Unit, SheetScore]:
    """The sheets from their items: shared caps, 缺项折算, what was recorded."""
    return {(sheet, unit): _finish(ground, ground.plan.sheet[sheet], unit, list(own))
            for (sheet, unit), own in items.items()}


def judge_towns(ground: Scoring, done: Mapping[Unit, SheetScore]) -> list[TownResult]:
    """Figures, grade and state of every town; ranks are for rank_if_all."""
    return [_town(ground, town, done) for town in ground.units.towns]


def rank_if_all(plan: Plan, towns: Sequence[TownResult]) -> None:
    """Rank the towns, where the plan ranks at all and every one of them is finished."""
    if plan.grades.ranked and all(t.state != composite.UNFINISHED for t in towns):
        composite.rank_towns(plan, towns)


def _context(ground: Scoring, item: Item, sheet: str, units: list[str]) -> Context:
    rule = item.rule
    if isinstance(rule, RankStep):
        return Context(peers=tuple(_values(ground, item, sheet, units)), labels=item.labels)
    if not isinstance(rule, RatioToBenchmark):
        return Context(labels=item.labels)
    if rule.benchmark == "mean":
        values = _values(ground, item, sheet, units)
        return Context(sum(values, Fraction(0)) / len(values) if values else None)
    if isinstance(rule.benchmark, str):
        return Context(ground.plan.value_at(rule.benchmark))  # type: ignore[arg-type]
    return Context(rule.benchmark)


def _values(ground: Scoring, item: Item, sheet: str, units: list[str]) -> list[Fraction]:
    found = [ground.facts[key].values().get("value", []) for unit in units
             if (key := (sheet, unit, item.code)) in ground.facts]
    return [Fraction(v) for values in found for v in values]


def _item(ground: Scoring, item: Item, sheet: str, unit: str, context: Context) -> ItemScore:
    facts = ground.facts.get((sheet, unit, item.code))
    charged = [c for c in (ground.plan.attendance.charges if ground.plan.attendance else ())
               if c.item == item.code]
    cases = ground.charges.of(item.code, unit)
    if cases and facts and facts.na:
        ground.problems.error(facts.na.place, "na_with_cases",
                              f"“{item.name}”作了缺项，考勤表里却有应扣的情况", units=[unit])
        facts.doubtful.append("作了缺项，考勤表里却有应扣的情况")
    town = ground.units.town_of(unit)
    return score_item(item, sheet, unit, facts, Ground(
        counts=ground.sums.get(unit, {}), visited=ground.visited.get(unit), unvisited=ground.unvisited.get(unit, ()),
        no_villages=not ground.units.eligible.get(town) and not ground.units.drawn.get(town),
        cases=cases, fed_by_cases=[c.option for c in charged],
        cases_lost=bool(charged) and ground.attendance_lost,
        rows_wanted=_rows_wanted(ground.units, item, unit),
        no_standard=(sheet, item.code) in ground.unjudged), context)


def _rows_wanted(units: Units, item: Item, unit: str) -> int | None:
    """How many rows a «one for each such village» item must have; None for other items."""
    one_per = getattr(item.rule, "one_per", None)
    return None if one_per is None else units.types.get(unit, {}).get(one_per, 0)


def _finish(ground: Scoring, sheet, unit: str, items: list[ItemScore]) -> SheetScore:
    recorded, plan = ground.recorded, ground.plan
    frauds = []
    for code, penalty in recorded.frauds.get((sheet.id, unit), ()):
        index = next(i for i, one in enumerate(items) if one.item.code == code)
        if items[index].state == "na":
            ground.problems.error(Place(penalty.place), "fraud_on_na",
                                  f"{code} 已作缺项，不能再按弄虚作假扣分", units=[unit])
        elif items[index].state == "scored":
            items[index] = sheets.close_item_for_fraud(items[index], penalty)
            frauds.append(penalty)
    _remark(ground, unit, items)
    done = sheets.finish_sheet(plan, sheet, unit, sheets.share_group_caps(items), frauds,
                               recorded.penalties.get((sheet.id, unit), []),
                               recorded.external.get((sheet.id, unit)))
    return _not_returned(ground, sheet, unit, done)


def _not_returned(ground: Scoring, sheet, unit: str, done: SheetScore) -> SheetScore:
    """A form of which not one row came back is named as such, not item by item."""
    if done.score is not None or any((sheet.id, unit, one.item.code) in ground.facts
                                     for one in done.items):
        return done
    town, count = ground.units.town_of(unit), len(done.items)
    broken = next((p for p in ground.problems.errors if town in p.units and not p.place.row
                   and not p.place.sheet and p.code != "not_returned"), None)
    if broken:
        return replace(done, missing=(f"{count}个细项都没有记录：{broken.place}{broken.message}",))
    may_lack = any(f.sheet == sheet.id and f.if_empty != "block" for f in ground.plan.figures)
    if not may_lack and not any(p.code == "not_returned" and town in p.units
                                and sheet.name in p.message for p in ground.problems):
        name = ground.units.towns.get(town, town)
        ground.problems.error(Place(f"returns/{name}"), "not_returned",
                              f"{name}（{town}）的{sheet.name}没有交回：没有一行可用的记录",
                              expected=f"{name}的核查记录里有工作表“{sheet.form}”", units=[town])
    return replace(done, missing=(f"没有交回，{count}个细项都没有记录",))


def _remark(ground: Scoring, unit: str, items: list[ItemScore]) -> None:
    for one in items:
        for remark in one.remarks:
            ground.problems.warning(Place(ground.units.names.get(unit, unit)), "remark",
                                    f"{one.item.code} {remark}", units=[unit])


def _town(ground: Scoring, town: str, done: Mapping[Unit, SheetScore]) -> TownResult:
    figures, missing = composite.figures_of(ground.plan, town, ground.units, done)
    state = composite.DONE
    if missing:
        state = composite.UNFINISHED
    elif any(_doubts(p, town) for p in ground.problems.errors):
        state = composite.UNCONFIRMED
    result = TownResult(town, ground.units.towns[town], figures, tuple(dict.fromkeys(missing)),
                        state)
    composite.grade_town(ground.plan, result, town_caps(ground, town, done),
                         town in ground.recorded.problems)
    result.notes = tuple(_notes(ground, town, done))
    result.visited = len(ground.visited.get(town, ()))
    return result


def _doubts(problem: Problem, town: str) -> bool:
    """Whether an error makes a town's score doubtful: it names the town, or nobody.

    An error that no one can place (an unknown person in the attendance table) may be
    anybody's; those of files that enter no score are nobody's.
    """
    if problem.units:
        return any(unit.startswith(town) for unit in problem.units)
    return bears_on_scores(problem.place.file)


def town_caps(ground: Scoring, town: str, done: Mapping[Unit, SheetScore]) -> list[Cap]:
    """Caps recorded, caps set by a closed gate, and a higher grade without a score (A-13)."""
    caps = list(ground.recorded.caps.get(town, []))
    grades = {band.name for band in ground.plan.grades.bands}
    for one in (s for s in done.values() if ground.units.town_of(s.unit) == town):
        for item in one.items:
            gate = item.item.gate
            if gate and gate.grade_cap and any(r.part.type == "gate" for r in item.rows):
                caps.append(Cap(gate.grade_cap, f"{item.item.code} {item.item.name}一票"))
        external = one.external if one.unit == town else None
        if external and external.score is None and external.grade in grades:
            caps.append(Cap(external.grade, f"{external.level}结果只有等次，待补分数"
                                            f"（{external.document}）"))
    return caps


def _notes(ground: Scoring, town: str, done: Mapping[Unit, SheetScore]) -> list[str]:
    """What a reader should know of a town's result besides its figures."""
    notes = [f"突出问题：{what}" for what in ground.recorded.problems.get(town, [])]
    for one in (s for s in done.values() if ground.units.town_of(s.unit) == town):
        name = "" if one.unit == town else ground.units.names.get(one.unit, one.unit)
        sheet = ground.plan.sheet[one.sheet].name
        if one.flagged:
            limit = plain(ground.plan.sheet[one.sheet].na_flag_above)
            notes.append(f"{name}{sheet}缺项超过{limit}分：{one.sentence}")
        if one.external and one.external.score is not None:
            notes.append(f"{name}{sheet}以{one.external.level}结果为准（{one.external.document}）")
    notes += _village_notes(ground, town, done)
    for figure in (f for f in ground.plan.figures if f.sheet):
        if composite.source_absent(figure, done[(figure.sheet, town)]):
            notes.append(f"没有{figure.name}，按方案由其余部分计算（{'、'.join(figure.reading)}）")
    return [*notes, *ground.shortfalls.get(town, ())]


def _village_notes(ground: Scoring, town: str, done: Mapping[Unit, SheetScore]) -> list[str]:
    """A-16 and A-24: no village to draw, or only some villages with a score so far."""
    notes, drawn = [], ground.units.drawn.get(town, ())
    for figure in (f for f in ground.plan.figures if f.mean_of):
        level = ground.plan.level_name(figure.mean_of)
        scores = [s for v in drawn if (s := done[(figure.mean_of, v)].score) is not None]
        if not drawn and not ground.units.eligible.get(town):
            notes.append(f"没有可抽的{level}，{figure.name}不参加计算，须报批准（A-16）")
        elif scores and len(scores) < len(drawn):
            mean = publish(sum(scores, Fraction(0)) / len(scores))
            notes.append(f"草稿：{len(scores)}/{len(drawn)}个{level}有分，平均{mean}分")
    return notes


def _results(ground: Scoring, case: Case, scored: list[TownResult], done: list[SheetScore],
             wanted: set[str], partial: bool) -> results.Results:
    units = ground.units
    scored = [r for r in scored if r.town in wanted]
    done = [s for s in done if units.town_of(s.unit) in wanted]
    counted = ground.counted if ground.counted.empty else ground.counted[
        ground.counted["town"].isin(wanted)]
    items = [one for sheet in done for one in sheet.items]
    rows = [row for sheet in done for row in sheet.rows]
    missing = [{"town": r.town, "town_name": r.name, "what": what}
               for r in scored for what in r.missing]
    return results.Results(
        plan=ground.plan, units=ground.units,
        towns=results.towns_frame(ground.plan, scored),
        sheets=results.sheets_frame(ground.units, done),
        items=results.items_frame(ground.plan, ground.units, items),
        ledger=results.ledger_frame(ground.plan, ground.units, rows),
        missing=pd.DataFrame(missing, columns=["town", "town_name", "what"], dtype=object),
        income_turns=income_turns(ground.plan, units, counted, case.households),
        listed=_listed(ground, wanted), self_scores=case.self_scores,
        problems=_concerning(ground.problems, wanted) if partial else ground.problems,
        partial=partial,
        counterparts=results.counterparts_frame(ground.plan, units, case.counterparts.iloc[:0] if partial
                                               else case.counterparts, done),
        mark=ground.plan.publication.mark if ground.plan.publication else "")


def _concerning(problems: Problems, wanted: set[str]) -> Problems:
    """The problems of some towns, and those that may be anybody's."""
    return Problems([p for p in problems
                     if any(_doubts(p, town) for town in wanted)
                     or not p.units and p.severity == "warning"])


def _listed(ground: Scoring, wanted: set[str]) -> pd.DataFrame:
    """What was recorded and moves no score."""
    rows = [{"what": f"考勤{state}", "unit": unit, "reason": reason, "place": place}
            for state, unit, place, reason in ground.charges.listed]
    rows += [{"what": f"{r.level}结果", "unit": r.unit, "reason": f"{r.document}：未采用，只列示",
              "place": r.place} for r in ground.recorded.listed]
    towns = ground.units.towns
    rows = [r for r in rows if (home := ground.units.town_of(r["unit"])) in wanted
            or home not in towns]
    return pd.DataFrame(rows, columns=["what", "unit", "reason", "place"], dtype=object)
