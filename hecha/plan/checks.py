"""What must hold between the blocks of a plan, beyond the shape of each.

Sheets total their points, weights total 100 %, bands leave no gap, names lead
somewhere, quotations stand in the text, and every open question has its reading.
Each check is one short function over the plan; all run, and all findings are said
at once with the file and line of the block at fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from hecha.plan import expressions, paths
from hecha.plan.messages import nearest
from hecha.plan.model import Item, Plan
from hecha.plan.rules import Checklist, DeductPerCase, GroupCap, KOfN, Proportional, Tiered
from hecha.points import plain
from hecha.problems import Problems

Finding = tuple[str, str, str, str, str]
"""path, code, message, found, expected"""

_LISTS = {"levels": "id", "sheets": "id", "groups": "code", "figures": "id", "readings": "id",
          "calendar": "id", "parameters": "key"}


def check(plan: Plan, tree: object, text: str, place: Callable, problems: Problems) -> None:
    """Run every check; `place(path)` gives the place of a path, `text` the plan's words."""
    findings = [f for one in _CHECKS for f in one(plan)]
    findings += [*_quotations(plan, text), *_keys(plan, tree)]
    for path, code, message, found, expected in findings:
        problems.error(place(path), code, message, found=found, expected=expected)


def _unique(plan: Plan) -> Iterator[Finding]:
    for name, key in _LISTS.items():
        yield from _repeated(name, [getattr(b, key) for b in getattr(plan, name)])
    yield from _repeated("items", [f"{i.sheet}/{i.code}" for i in plan.items])


def _repeated(name: str, ids: Iterable[str]) -> Iterator[Finding]:
    for one, times in Counter(ids).items():
        if times > 1:
            yield f"{name}.{one.split('/')[-1]}", "repeated", f"“{one}”出现了{times}次", "", "只出现一次"


def _known(path: str, what: str, name: str | None, names: Iterable[str]) -> Iterator[Finding]:
    names = list(names)
    if name is not None and name not in names:
        allowed = f"{nearest(name, names)}可用：{'、'.join(names)}"
        yield path, "unknown_name", f"没有这个{what}", name, allowed


def _references(plan: Plan) -> Iterator[Finding]:
    for level in plan.levels:
        yield from _known(f"levels.{level.id}.within", "层级", level.within, plan.level)
    for sheet in plan.sheets:
        yield from _known(f"sheets.{sheet.id}.level", "层级", sheet.level, plan.level)
        yield from _known(f"sheets.{sheet.id}.items_of", "表", sheet.items_of, plan.sheet)
    for group in plan.groups:
        yield from _known(f"groups.{group.code}.parent", "指标", group.parent, plan.group)
    for item in plan.items:
        yield from _item_references(plan, item)


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
    for measure in item.ranges:
        yield from _known(f"{path}.ranges.{measure}", "记录项", measure, item.needs)
    if item.gate:
        yield from _known(f"{path}.gate.grade_cap", "等次", item.gate.grade_cap, _grades(plan))
    if isinstance(item.rule, DeductPerCase) and isinstance(item.rule.cap, GroupCap):
        yield from _known(f"{path}.rule.cap.group", "指标", item.rule.cap.group, plan.group)


def _grades(plan: Plan) -> list[str]:
    return [band.name for band in plan.grades.bands]


def _totals(plan: Plan) -> Iterator[Finding]:
    for sheet in plan.sheets:
        total = sum((i.points for i in plan.items_of(sheet.id) if i.layer is None), Fraction(0))
        if total != sheet.total:
            yield (f"sheets.{sheet.id}.total", "sheet_total",
                   f"“{sheet.name}”各细项分值合计{plain(total)}分，不等于满分{plain(sheet.total)}分",
                   plain(total), f"合计{plain(sheet.total)}分")


def _item_points(plan: Plan) -> Iterator[Finding]:
    for item in plan.items:
        inner = _inner_total(item)
        if inner is not None and inner != item.points:
            yield (f"items.{item.code}.rule", "item_total",
                   f"“{item.name}”内部分值合计{plain(inner)}分，不等于该项{plain(item.points)}分",
                   plain(inner), f"合计{plain(item.points)}分")
        if isinstance(item.rule, Tiered) and max(t.points for t in item.rule.tiers) > item.points:
            yield (f"items.{item.code}.rule", "tier_over", f"“{item.name}”有一档高于该项满分",
                   plain(max(t.points for t in item.rule.tiers)), f"不超过{plain(item.points)}")


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
                       f"“{item.name}”的选项“{name}”写了{times}次", "", "只出现一次")


def _figures(plan: Plan) -> Iterator[Finding]:
    earlier: list[str] = []
    for figure in plan.figures:
        path = f"figures.{figure.id}"
        yield from _known(f"{path}.sheet", "表", figure.sheet, plan.sheet)
        yield from _known(f"{path}.mean_of", "表", figure.mean_of, plan.sheet)
        for part in figure.parts:
            yield from _known(f"{path}.parts.{part}", "（写在前面的）得分", part, earlier)
        total = sum(figure.parts.values(), Fraction(0))
        if figure.parts and total != 1:
            yield (f"{path}.parts", "weights", f"“{figure.name}”的权重合计{plain(total * 100)}%",
                   f"{plain(total * 100)}%", "合计100%")
        earlier.append(figure.id)


def _bands(plan: Plan) -> Iterator[Finding]:
    for name in (plan.grades.of, *plan.grades.also, *plan.grades.tie_break):
        yield from _known("grades.of", "得分", name, plan.figure)
    bands = plan.grades.bands
    if bands[0].below is not None:
        yield "grades.bands", "bands", f"最高等次“{bands[0].name}”不应有上限", "", "不写 below"
    if bands[-1].at_least != 0:
        yield ("grades.bands", "bands", f"最低等次“{bands[-1].name}”应从0分起，否则有分数没有等次",
               plain(bands[-1].at_least), "0")
    for upper, lower in zip(bands, bands[1:], strict=False):
        if lower.below != upper.at_least or lower.at_least >= upper.at_least:
            below = "无" if lower.below is None else plain(lower.below)
            yield ("grades.bands", "bands",
                   f"“{upper.name}”从{plain(upper.at_least)}分起，“{lower.name}”到{below}分止，"
                   "两段之间有空档或重叠", below, f"below: {plain(upper.at_least)}")


def _consequences(plan: Plan) -> Iterator[Finding]:
    said = Counter((g, c.problem) for c in plan.consequences for g in c.grades)
    for index, consequence in enumerate(plan.consequences):
        for grade in consequence.grades:
            yield from _known(f"consequences.#{index}", "等次", grade, _grades(plan))
    for case in [(g, p) for g in _grades(plan) for p in (False, True)] if said else []:
        if said[case] != 1:
            what = f"等次“{case[0]}”{'有' if case[1] else '无'}突出问题"
            yield ("consequences", "consequence", f"{what}的后果写了{said[case]}条", "", "正好一条")


def _attendance(plan: Plan) -> Iterator[Finding]:
    codes = {i.code: i for i in plan.items}
    for charge in plan.attendance.charges if plan.attendance else ():
        yield from _known("attendance.charges", "细项", charge.item, codes)
        rule = codes[charge.item].rule if charge.item in codes else None
        options = [o.name for o in rule.options] if isinstance(rule, DeductPerCase) else []
        if rule is not None:
            yield from _known("attendance.charges", "选项", charge.option, options)


def _expressions(plan: Plan) -> Iterator[Finding]:
    household = plan.household
    conditions = {c.id: c.where for c in household.conditions} if household else {}
    names = (*expressions.COLUMNS, *conditions)
    texts = {f"household.conditions.{c}.where": w for c, w in conditions.items()}
    texts |= {f"items.{i.code}.derived.{m}": c.expression
              for i in plan.items for m, c in i.derived.items()}
    for path, text in texts.items():
        try:
            expressions.parse(text, names)
        except expressions.BadExpression as error:
            yield path, "expression", str(error), text, "可用的项见 docs/plans.md"
    for name, text in (household.income.formulas if household else {}).items():
        try:
            expressions.parse(text, expressions.COLUMNS)
        except expressions.BadExpression as error:
            yield f"household.income.formulas.{name}", "expression", str(error), text, ""


def _external(plan: Plan) -> Iterator[Finding]:
    for sheet in (plan.external.replaces.values() if plan.external else ()):
        yield from _known("external.replaces", "表", sheet, plan.sheet)


def _readings(plan: Plan) -> Iterator[Finding]:
    ids = [r.id for r in plan.readings]
    for path, block in plan.blocks():
        for reading in block.reading:
            yield from _known(path, "读法", reading, ids)
    for reading in plan.readings:
        if reading.status == "approved" and not reading.approval:
            yield (f"readings.{reading.id}", "approval", f"读法 {reading.id} 写为已批，缺批准文号",
                   "", "approval: 文号")


_CHECKS = (_unique, _references, _totals, _item_points, _repeated_options, _figures, _bands,
           _consequences, _attendance, _expressions, _external, _readings)


def _bare(text: str) -> str:
    return "".join(text.split())


def _quotations(plan: Plan, text: str) -> Iterator[Finding]:
    bare = _bare(text)
    for path, block in plan.blocks():
        if block.quote and _bare(block.quote) not in bare:
            yield path, "quotation", "引文与方案原文不符（逐字核对，空格不计）", block.quote, ""


def _keys(plan: Plan, tree: object) -> Iterator[Finding]:
    """A reading's key leads to a value that is its default or one of its alternatives."""
    decided = {d.path for d in plan.decisions}
    for reading in plan.readings:
        if reading.key is None:
            continue
        try:
            value = paths.get(tree, reading.key)
        except paths.NoSuchPath as error:
            yield f"readings.{reading.id}.key", "no_such_path", str(error), reading.key, ""
            continue
        allowed = [reading.default, *(a.value for a in reading.alternatives)]
        if value not in allowed and reading.key not in decided:
            yield (reading.key, "reading_value", f"取值不是读法 {reading.id} 的默认或备选",
                   str(value), "、".join(str(a) for a in allowed))
