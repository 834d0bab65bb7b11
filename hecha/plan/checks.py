"""What must hold between the blocks of a plan, beyond the shape of each.

Sheets total their points, weights total 100 %, bands leave no gap, names lead
somewhere, quotations stand in the text, and every open question has its reading.
Each check is one short function over the plan; all run, and all findings are said
at once with the file and line of the block at fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction

from hecha.plan import paths, sayable
from hecha.plan.messages import listed, maybe, typed
from hecha.plan.model import Band, Choice, Figure, Item, Plan
from hecha.plan.rules import (
    Checklist,
    DeductPerCase,
    GroupCap,
    KOfN,
    Proportional,
    RatioToBenchmark,
    Tier,
    Tiered,
)
from hecha.points import plain

Finding = tuple[str, str, str, str, str]
"""path, code, message, found, expected"""

_LISTS = {"levels": "id", "sheets": "id", "groups": "code", "figures": "id", "readings": "id",
          "calendar": "id", "parameters": "key"}


def findings(plan: Plan, tree: object, text: str | None) -> list[Finding]:
    """Every finding about the plan: `tree` its plain values, `text` the words it quotes."""
    return [*between_blocks(plan), *_quotations(plan, text), *_keys(plan, tree), *_benchmarks(plan, tree),
            *_choices(plan, tree)]


def between_blocks(plan: Plan) -> list[Finding]:
    """The findings that need neither the files nor the words of the plan."""
    return [f for one in _CHECKS for f in one(plan)]


def _unique(plan: Plan) -> Iterator[Finding]:
    for name, key in _LISTS.items():
        yield from _repeated(name, [getattr(b, key) for b in getattr(plan, name)])
    yield from _repeated("items", [(i.sheet, i.code) for i in plan.items])
    yield from _repeated("grades.bands", [b.name for b in plan.grades.bands])
    if plan.household:
        yield from _repeated("household.conditions", [c.id for c in plan.household.conditions])


def _repeated(name: str, ids: Iterable[str | tuple[str, str]]) -> Iterator[Finding]:
    ids = list(ids)
    for one, times in Counter(ids).items():
        if times > 1:
            place = len(ids) - 1 - ids[::-1].index(one)
            said = one if isinstance(one, str) else one[-1]
            yield f"{name}.#{place}", "repeated", f"“{said}”写了{times}次，只能留一个", "", ""


def _addressable(plan: Plan) -> Iterator[Finding]:
    """A path is written with dots, so no name in it may have one."""
    for name, key in {**_LISTS, "items": "code"}.items():
        for index, one in enumerate(getattr(b, key) for b in getattr(plan, name)):
            if "." in one or one != one.strip() or not one:
                yield (f"{name}.#{index}", "bad_name",
                       f"“{one}”不能作编码：不要小数点，前后不要空格", "",
                       one.strip().replace(".", "-"))


def _known(path: str, what: str, name: str | None, names: Iterable[str]) -> Iterator[Finding]:
    names = list(names)
    if name is not None and name not in names:
        yield path, "unknown_name", f"没有“{name}”这个{what}{maybe(name, names)}", "", listed(names)


def _references(plan: Plan) -> Iterator[Finding]:
    for level in plan.levels:
        yield from _known(f"levels.{level.id}.within", "层级", level.within, plan.level)
    for sheet in plan.sheets:
        yield from _known(f"sheets.{sheet.id}.level", "层级", sheet.level, plan.level)
        yield from _known(f"sheets.{sheet.id}.items_of", "表", sheet.items_of, plan.sheet)
    for group in plan.groups:
        yield from _known(f"groups.{group.code}.parent", "指标", group.parent, plan.group)
    yield from _circles("levels", "within", {v.id: v.within for v in plan.levels})
    yield from _circles("groups", "parent", {g.code: g.parent for g in plan.groups})
    for item in plan.items:
        yield from _item_references(plan, item)


def _circles(name: str, key: str, above: dict[str, str | None]) -> Iterator[Finding]:
    """A heading that is, at some remove, its own heading."""
    for start in above:
        seen, code = {start}, above[start]
        while code in above and code not in seen:
            seen.add(code)
            code = above[code]
        if code == start:
            yield f"{name}.{start}.{key}", "circle", f"“{start}”的上级绕回了自己", "", ""


def _item_references(plan: Plan, item: Item) -> Iterator[Finding]:
    path = f"items.{item.code}"
    yield from _known(f"{path}.sheet", "表", item.sheet, plan.sheet)
    yield from _known(f"{path}.group", "指标", item.group, plan.group)
    layers = [e.id for s in plan.sheets if s.id == item.sheet for e in s.extras]
    yield from _known(f"{path}.layer", "附加分项", item.layer, layers)
    yield from _known(f"{path}.na_if_zero", "记录项", item.na_if_zero, item.derived)
    for measure in item.derived:
        yield from _known(f"{path}.derived.{measure}", "记录项", measure,
                          [*item.needs, *filter(None, [item.na_if_zero])])
    for measure in (*item.ranges, *item.labels):
        where = "ranges" if measure in item.ranges else "labels"
        yield from _known(f"{path}.{where}.{measure}", "记录项", measure, item.needs)
    if item.na_if_zero and not item.na_when:
        yield (f"{path}.na_if_zero", "na", f"“{item.name}”写了 na_if_zero，还须写明缺项情形（na_when）",
               "", "")
    if item.gate:
        yield from _known(f"{path}.gate.grade_cap", "等次", item.gate.grade_cap, _grades(plan))
    if isinstance(item.rule, DeductPerCase) and isinstance(item.rule.cap, GroupCap):
        yield from _known(f"{path}.rule.cap.group", "指标", item.rule.cap.group, plan.group)


def _grades(plan: Plan) -> list[str]:
    return [band.name for band in plan.grades.bands]


def _totals(plan: Plan) -> Iterator[Finding]:
    if any(i.sheet not in plan.sheet for i in plan.items):
        return
    for sheet in plan.sheets:
        items = [i for i in plan.items if i.sheet in (sheet.id, sheet.items_of)]
        total = sum((i.points for i in items if i.layer is None), Fraction(0))
        if total != sheet.total:
            yield (f"sheets.{sheet.id}.total", "sheet_total",
                   f"“{sheet.name}”满分{plain(sheet.total)}分，各细项合计{plain(total)}分，应相等", "", "")


def _item_points(plan: Plan) -> Iterator[Finding]:
    for item in plan.items:
        path, points = f"items.{item.code}.rule", plain(item.points)
        inner = _inner_total(item)
        if inner is not None and inner != item.points:
            yield (path, "item_total",
                   f"“{item.name}”满分{points}分，内部各项合计{plain(inner)}分，应相等", "", "")
        if isinstance(item.rule, Tiered):
            yield from _tiers(path, item)
        cap = getattr(item.rule, "cap", None)
        if isinstance(cap, Fraction) and cap > item.points and item.rule.floor is None:
            yield (f"{path}.cap", "cap_over",
                   f"“{item.name}”满分{points}分，最多扣{plain(cap)}分，上限不能高于满分", "", "")


def _tiers(path: str, item: Item) -> Iterator[Finding]:
    best = max(t.points for t in item.rule.tiers)
    if best > item.points:
        yield (path, "tier_over", f"“{item.name}”满分{plain(item.points)}分，有一档得{plain(best)}分，"
               "不能高于满分", "", "")
    for place, tier in enumerate(item.rule.tiers[:-1]):
        if any(_covers(earlier, tier) for earlier in item.rule.tiers[:place]):
            yield (f"{path}.tiers.#{place}", "tier_order",
                   f"“{item.name}”第{place + 1}档永远轮不到：前面的档已包括它", "",
                   "从最好的一档写起")


def _covers(earlier: Tier, later: Tier) -> bool:
    """Whether every value of the later tier already belongs to the earlier one."""
    (bound, value), (other, limit) = *earlier.bounds.items(), *later.bounds.items()
    if bound in ("at_least", "above") and other in ("at_least", "above"):
        return limit > value or limit == value and (bound, other) != ("above", "at_least")
    if bound in ("at_most", "below") and other in ("at_most", "below"):
        return limit < value or limit == value and (bound, other) != ("below", "at_most")
    return False


def _inner_total(item: Item) -> Fraction | None:
    rule = item.rule
    if isinstance(rule, Checklist):
        return sum((o.points for o in rule.options), Fraction(0))
    if isinstance(rule, Proportional) and rule.ratios:
        return sum((r.points for r in rule.ratios), Fraction(0))
    return None


def _repeated_options(plan: Plan) -> Iterator[Finding]:
    for item in plan.items:
        options = getattr(item.rule, "options", ())
        names = list(options) if isinstance(item.rule, KOfN) else [o.name for o in options]
        for name, times in Counter(names).items():
            if times > 1:
                yield (f"items.{item.code}.rule.options", "repeated",
                       f"“{item.name}”的选项“{name}”写了{times}次，只能留一个", "", "")


def _figures(plan: Plan) -> Iterator[Finding]:
    earlier: list[str] = []
    for figure in plan.figures:
        path = f"figures.{figure.id}"
        yield from _known(f"{path}.sheet", "表", figure.sheet, plan.sheet)
        yield from _known(f"{path}.mean_of", "表", figure.mean_of, plan.sheet)
        yield from _figure_level(plan, path, figure)
        for part in figure.parts:
            yield from _known(f"{path}.parts.{part}", "得分", part, earlier)
        total = sum(figure.parts.values(), Fraction(0))
        if figure.parts and total != 1:
            yield (f"{path}.parts", "weights",
                   f"“{figure.name}”的权重合计{plain(total * 100)}%，应为100%", "", "")
        earlier.append(figure.id)


def _figure_level(plan: Plan, path: str, figure: Figure) -> Iterator[Finding]:
    """A figure takes a sheet of the graded units, or the mean of a sheet of sampled ones."""
    name = figure.sheet or figure.mean_of
    sheet = plan.sheet.get(name or "")
    if sheet is None or sheet.level not in plan.level:
        return
    if plan.level[sheet.level].sampled != (figure.mean_of is not None):
        key, right = ("sheet", "mean_of") if figure.sheet else ("mean_of", "sheet")
        yield (f"{path}.{key}", "figure_level", f"“{sheet.name}”不能这样取分，应写 {right}", name, "")


def _group_caps(plan: Plan) -> Iterator[Finding]:
    """The items of one group share one cap."""
    first: dict[str, Fraction] = {}
    for item in plan.items:
        cap = item.rule.cap if isinstance(item.rule, DeductPerCase) else None
        if isinstance(cap, GroupCap) and first.setdefault(cap.group, cap.points) != cap.points:
            yield (f"items.{item.code}.rule.cap.points", "group_cap",
                   f"同一组的封顶应相同，前面写的是{plain(first[cap.group])}", plain(cap.points), "")


_BOUNDED = {"else_deduct": "不达要求的扣分", "low": "保底分", "high": "封顶分"}


def _rule_bounds(plan: Plan) -> Iterator[Finding]:
    """No rule gives or takes more than the item's points."""
    for item in plan.items:
        for key, what in _BOUNDED.items():
            value = getattr(item.rule, key, None)
            if isinstance(value, Fraction) and value > item.points:
                yield (f"items.{item.code}.rule.{key}", "over_points",
                       f"“{item.name}”的{what}高于该项满分", plain(value), plain(item.points))


def _external_order(plan: Plan) -> Iterator[Finding]:
    order = plan.external.order if plan.external else ()
    for level, times in Counter(order).items():
        if times > 1:
            yield "external.order", "repeated", f"“{level}”写了{times}次，只能留一个", "", ""


def _after(plan: Plan) -> Iterator[Finding]:
    facts = [f.id for f in plan.publication.facts] if plan.publication else []
    if plan.objections:
        yield from _known("objections.after", "事实", plan.objections.after, facts)


def _bands(plan: Plan) -> Iterator[Finding]:
    for key in ("also", "tie_break"):
        for name in getattr(plan.grades, key):
            yield from _known(f"grades.{key}", "得分", name, plan.figure)
    yield from _known("grades.of", "得分", plan.grades.of, plan.figure)
    bands = plan.grades.bands
    if bands[0].below is not None:
        yield "grades.bands.#0.below", "bands", f"最高等次“{bands[0].name}”不应有上限（below）", "", ""
    if bands[-1].at_least != 0:
        yield (f"grades.bands.#{len(bands) - 1}.at_least", "bands",
               f"最低等次“{bands[-1].name}”应从0分起，否则有的分数没有等次", "", "")
    for index, (upper, lower) in enumerate(zip(bands, bands[1:], strict=False)):
        yield from _seam(f"grades.bands.#{index + 1}", upper, lower)


def _seam(path: str, upper: Band, lower: Band) -> Iterator[Finding]:
    """Where a grade ends the next must begin: nothing between them, nothing twice."""
    line = plain(upper.at_least)
    if lower.at_least >= upper.at_least:
        yield (path, "bands", f"等次应从高到低写：“{lower.name}”从{plain(lower.at_least)}分起，"
               f"不低于上一等次“{upper.name}”的{line}分", "", "")
    elif lower.below is None:
        yield path, "bands", f"“{lower.name}”缺少上限，应写 below: {line}", "", ""
    elif lower.below != upper.at_least:
        gap = "没有等次" if lower.below < upper.at_least else "有两个等次"
        first, last = sorted([lower.below, upper.at_least])
        yield (f"{path}.below", "bands", f"“{upper.name}”从{line}分起，“{lower.name}”到"
               f"{plain(lower.below)}分止，{plain(first)}至{plain(last)}分{gap}", "", f"below: {line}")


def _consequences(plan: Plan) -> Iterator[Finding]:
    said = Counter((g, c.problem) for c in plan.consequences for g in c.grades)
    for index, consequence in enumerate(plan.consequences):
        for grade in consequence.grades:
            yield from _known(f"consequences.#{index}.grades", "等次", grade, _grades(plan))
    for case in [(g, p) for g in _grades(plan) for p in (False, True)] if said else []:
        if said[case] != 1:
            what = f"“{case[0]}”且{'有' if case[1] else '没有'}突出问题"
            yield ("consequences", "consequence", f"{what}的，结果运用写了{said[case]}条，应正好一条",
                   "", "")


def _strata(plan: Plan) -> Iterator[Finding]:
    """Strata are of the frame, share no status, and fit into a village's households."""
    sample = plan.sample
    strata = sample.strata if sample else ()
    yield from _repeated("sample.strata", [s.id for s in strata])
    for status, times in Counter(s for one in strata for s in one.statuses).items():
        if times > 1:
            yield ("sample.strata", "strata", f"状态“{status}”写进了{times}个分层，只能归一层", "", "")
    for one in strata:
        for status in one.statuses:
            yield from _known(f"sample.strata.{one.id}.statuses", "可抽户的状态", status,
                              sample.statuses)
    least = sum(s.households_per_village for s in strata)
    if sample and least > sample.households_per_village:
        yield ("sample.strata", "strata", f"各分层每村合计至少{least}户，超过每村"
               f"{sample.households_per_village}户", "", "")


def _retention(plan: Plan) -> Iterator[Finding]:
    """The term of personal data counts from a day of the calendar."""
    if plan.retention:
        yield from _known("retention.since", "日期", plan.retention.since,
                          [day.id for day in plan.calendar])


def _attendance(plan: Plan) -> Iterator[Finding]:
    codes = {i.code: i for i in plan.items}
    for event in plan.attendance.events if plan.attendance else ():
        yield from _known("attendance.events", "考勤事项", event, plan.attendance.known_events)
    for index, charge in enumerate(plan.attendance.charges if plan.attendance else ()):
        path = f"attendance.charges.#{index}"
        yield from _known(f"{path}.item", "细项", charge.item, codes)
        rule = codes[charge.item].rule if charge.item in codes else None
        options = [o.name for o in rule.options] if isinstance(rule, DeductPerCase) else []
        if rule is not None:
            yield from _known(f"{path}.option", "选项", charge.option, options)
            sheet = plan.sheet.get(codes[charge.item].sheet)
            sampled = sheet is not None and plan.level[sheet.level].sampled
            if sampled != (charge.charged_to == "stationed_village"):
                yield (f"{path}.charged_to", "charged_to",
                       f"{charge.item} 所在的表不给这类单位计分，扣分会落空", charge.charged_to, "")


def _expressions(plan: Plan) -> Iterator[Finding]:
    known = list(sayable.COLUMNS)
    conditions = plan.household.conditions if plan.household else ()
    for condition in conditions:
        later = [c.id for c in conditions if c.id not in known]
        yield from _expression(f"household.conditions.{condition.id}.where", condition.where,
                               known, "flag", later)
        known.append(condition.id)
    for item in plan.items:
        for measure, count in item.derived.items():
            yield from _expression(f"items.{item.code}.derived.{measure}", count.expression, known,
                                   "flag" if count.count else "number")
    for name, text in (plan.household.income.formulas if plan.household else {}).items():
        yield from _expression(f"household.income.formulas.{name}", text, sayable.COLUMNS,
                               "number")


def _expression(path: str, text: str, names: Iterable[str], kind: str,
                later: Iterable[str] = ()) -> Iterator[Finding]:
    fault = _expression_fault(text, names, kind)
    if fault and later and not _expression_fault(text, [*names, *later], kind):
        fault = "条件只能引用写在它前面的条件"
    if fault:
        yield path, "expression", fault, text, ""


def _expression_fault(text: str, names: Iterable[str], kind: str) -> str:
    """What is wrong with an expression of a kind (flag or number); nothing if all is well."""
    if sayable.plainly(text, set(names)) == kind:
        return ""
    from hecha.plan import expressions  # the judge, and half of the time a check would take

    try:
        found = expressions.kind_of(expressions.parse(text, names))
    except sayable.BadExpression as error:
        return str(error)
    return "" if found == kind else f"这里要写{sayable.KINDS[kind]}"


def _external(plan: Plan) -> Iterator[Finding]:
    for name, sheet in (plan.external.replaces if plan.external else {}).items():
        yield from _known(f"external.replaces.{name}", "表", sheet, plan.sheet)


def _readings(plan: Plan) -> Iterator[Finding]:
    ids = [r.id for r in plan.readings]
    for path, block in plan.blocks():
        for reading in block.reading:
            yield from _known(f"{path}.reading", "读法", reading, ids)
    for reading in plan.readings:
        if reading.status == "approved" and not reading.approval:
            yield (f"readings.{reading.id}.status", "approval",
                   f"读法 {reading.id} 写为已批（approved），还须写批准文号（approval）", "", "")


_CHECKS = (_group_caps, _rule_bounds, _external_order, _after, _unique, _addressable, _references, _totals, _item_points, _repeated_options,
           _figures, _bands, _consequences, _strata, _retention, _attendance, _expressions, _external, _readings)


def _bare(text: str) -> str:
    return "".join(text.split())


def _quotations(plan: Plan, text: str | None) -> Iterator[Finding]:
    quoted = [(path, block.quote) for path, block in plan.blocks() if block.quote]
    if text is None:
        if quoted:
            yield ("plan.text", "no_text", f"找不到方案原文“{plan.plan.text or ''}”，引文无从核对",
                   "", "文件名，与方案的 yaml 文件放在一起")
        return
    bare = _bare(text)
    for path, quote in quoted:
        if _bare(quote) not in bare:
            yield (f"{path}.quote", "quotation", "引文与方案原文不符（逐字核对，空格不计）",
                   typed(quote), _same_start(_bare(quote), bare))


def _same_start(quote: str, text: str) -> str:
    """What the text says where a quotation leaves it."""
    length = next((n for n in range(len(quote), 3, -1) if quote[:n] in text), 0)
    if not length:
        return ""
    start = text.index(quote[:length])
    return f"…{text[max(start, start + length - 6):start + length + 8]}…"


def _keys(plan: Plan, tree: object) -> Iterator[Finding]:
    """A reading's key leads to a value that is its default or one of its alternatives."""
    decided = {d.path for d in plan.decisions}
    for reading in plan.readings:
        if reading.key is None:
            continue
        try:
            value = paths.get(tree, reading.key)
        except paths.NoSuchPath as error:
            yield from _no_path(f"readings.{reading.id}.key", error)
            continue
        allowed = [reading.default, *(a.value for a in reading.alternatives)]
        if value not in allowed and reading.key not in decided:
            yield (reading.key, "reading_value",
                   f"取值不是读法 {reading.id} 的默认或备选，改了取值就要改读法",
                   _flow(value), listed(map(_flow, allowed)))


def _no_path(path: str, error: paths.NoSuchPath) -> Iterator[Finding]:
    yield (path, "no_such_path", f"{error}{maybe(error.step, error.there)}", "",
           listed(error.there))


def _flow(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return typed(value)


def _benchmarks(plan: Plan, tree: object) -> Iterator[Finding]:
    """A benchmark that is no number is `mean` or a path in the plan."""
    for item in plan.items:
        rule = item.rule
        if not isinstance(rule, RatioToBenchmark) or rule.benchmark == "mean":
            continue
        if isinstance(rule.benchmark, str):
            try:
                paths.get(tree, rule.benchmark)
            except paths.NoSuchPath as error:
                yield from _no_path(f"items.{item.code}.rule.benchmark", error)
                continue
            value = plan.value_at(rule.benchmark)
            if value is not None and not (isinstance(value, Fraction) and value > 0):
                yield (f"items.{item.code}.rule.benchmark", "benchmark", "标准值应是大于0的数",
                       str(value), "")


def _choices(plan: Plan, tree: object) -> Iterator[Finding]:
    """What a county may set is there to be set."""
    for choice in plan.parameters:
        for path in _sets(choice):
            try:
                paths.route_of(tree, path)
            except paths.NoSuchPath as error:
                yield from _no_path(f"parameters.{choice.key}.sets", error)


def _sets(choice: Choice) -> list[str]:
    if choice.sets is None:
        return []
    return [f"{choice.sets}_from", f"{choice.sets}_to"] if choice.as_ == "years" else [choice.sets]
