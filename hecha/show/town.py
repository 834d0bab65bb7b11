"""Town: what this town scored and why, every point with clause, basis and evidence.

It follows the order of a 核查报告 (一 工作开展情况 … 五 意见建议) after the conclusion.
A town that misses something shows no score but the list of what is missing; one in
doubt shows its score and what must be confirmed first.
"""

from __future__ import annotations

from fractions import Fraction

import pandas as pd

from hecha.plan.model import Sample
from hecha.points import plain, publish
from hecha.report import charts, views
from hecha.report.charts import Figure, Line
from hecha.report.fragments import (
    Column,
    Fragment,
    heading,
    labelled,
    listing,
    notice,
    stack,
    table,
    tiles,
)
from hecha.scoring.composite import DONE, UNCONFIRMED, UNFINISHED
from hecha.scoring.results import Results
from hecha.show.county import MOST_LOSSES, grade_lines, income_turns
from hecha.show.words import (
    TENTATIVE,
    and_rank,
    from_above,
    grade_badge,
    ground,
    listed,
    percent,
    places,
    planned,
    rank_text,
    score,
    sheet_of,
    signed,
    state_badge,
    tentative,
)

_NO_SCORE = "未完成，暂不出分，缺什么见上。"


def town_bottom_line(results: Results, town: str) -> Fragment:
    """The conclusion: grade, rank, score, what follows, the distance to the lines.

    `town` is a code or a name; NoSuchTown names the nearest.
    """
    code = results.town_code(town)
    row, plan = views.town_row(results, code), results.plan
    title = f"{row['town_name']}{plan.plan.year}年成效核查报告"
    head = heading(title, f"{views.county_name(results)}　{code}")
    if row["state"] == UNFINISHED:
        return stack(head, notice(f"{UNFINISHED}：有{len(_missing(results, code))}项没有收齐，"
                                  "不出分、不定等次。", "stop"), town_missing(results, code))
    return stack(head, _to_confirm(results, code), _tiles(results, row),
                 listing("结论", _conclusions(results, code), "lead"))


def _tiles(results: Results, row: pd.Series) -> Fragment:
    plan, of = results.plan, views.graded(results.plan)
    others = [f for f in plan.figures if f.id != of.id]
    caution = tentative(results, row["state"])
    rank = [("名次", rank_text(results, row["rank"]),
             f"共{len(results.units.towns)}个{views.unit_name(plan)}")] if plan.grades.ranked else []
    return tiles([("等次", grade_badge(plan, row["grade"], caution),
                   "" if row["state"] == DONE else state_badge(row["state"])),
                  (of.name, score(row[of.id]),
                   f"满分{plain(views.full_marks(results, row['town']))}分"),
                  *rank,
                  *((f.name, score(row[f.id]), _own_grade(row, f)) for f in others)])


def _own_grade(row: pd.Series, figure: object) -> str:
    grade = row.get(f"grade:{figure.id}", "")  # type: ignore[attr-defined]
    return f"{figure.grade_name or '等次'} {grade}（供参考）" if grade else ""  # type: ignore


def _to_confirm(results: Results, code: str) -> Fragment | None:
    """What must be confirmed before the town's score stands."""
    if views.town_row(results, code)["state"] != UNCONFIRMED:
        return None
    lines = [str(p) for p in results.problems.of(code) if p.severity == "error"]
    return listing(f"待确认：以下问题处理之前，分数、等次{and_rank(results)}为暂定", lines, "stop")


def _conclusions(results: Results, code: str) -> list[Fragment]:
    row, plan = views.town_row(results, code), results.plan
    said = []
    if row["action"]:
        caution = TENTATIVE if tentative(results, row["state"]) else ""
        said.append(labelled(f"{planned(results)}{row['action']}{caution}", f"条款{views.clauses_of(plan)}。{row['action_note']}"))
    said += [labelled("须知", n) for n in row["notes"].split("；") if n]
    if row["grade"] != row["uncapped"]:
        said.append(labelled("等次受限", f"按分数为“{row['uncapped']}”，{row['caps']}。"))
    ahead = views.next_grades(results)
    for r in ahead[ahead["town"] == code].itertuples(index=False):
        items = "、".join(f"{n}（{publish(p)}）" for n, p in r.items)
        said.append(labelled(f"离“{r.next}”还差{score(r.gap)}分", f"补上{items or '失分'}即可。"))
    near = views.near_lines(results)
    for r in near[near["town"] == code].itertuples(index=False):
        said.append(labelled("接近等次线", f"距“{r.line}”线{plain(r.at_least)}分只有"
                             f"{publish(abs(r.over))}分，一处复核就可能改变等次。"))
    lost = views.losses(results)
    worst = views.by_item(lost[lost["town"] == code])
    worst = worst[worst["weighted"] > 0].head(MOST_LOSSES)
    names = listed(f"{r.name}（{signed(-r.weighted)}）" for r in worst.itertuples(index=False))
    said.append(labelled("失分最多", f"{names}，已按权重折算成{views.graded(plan).name}。"))
    return said


def town_missing(results: Results, town: str) -> Fragment:
    """What is missing of the town, by form and reason; 无 when it is complete."""
    code = results.town_code(town)
    found = views.missing_items(results, code)
    rows = [{"unit": sheet_of(results, r),
             "why": "整张表没有填" if r.whole else r.why, "n": f"{len(r.items)}项",
             "items": listed(r.items)} for r in found.itertuples(index=False)]
    others = [what for what in _missing(results, code) if not any(
        f" {item.code} " in what or f"：{item.code} " in what for item in results.plan.items)]
    if not rows:
        return listing("缺什么", others, "stop" if others else "")
    made = table(pd.DataFrame(rows), [
        Column("unit", "表", head=True, wide=True), Column("why", "缺什么", wide=True),
        Column("n", "细项", number=True), Column("items", "哪些细项", wide=True)],
        "缺什么", stacked=True, note="补齐以后重新计分；缺一项也不出分。")
    return stack(made, listing("另缺", others, "stop") if others else None)


def _missing(results: Results, code: str) -> list[str]:
    return list(results.missing.loc[results.missing["town"] == code, "what"])


def town_not_applicable(results: Results, town: str) -> Fragment:
    """The items left out as 缺项, sheet by sheet, with the reason given (A-42)."""
    code = results.town_code(town)
    found = results.items[(results.items["town"] == code) & (results.items["state"] == "na")]
    lines = [labelled(sheet_of(results, r), f"{r.name}（{plain(r.points)}分）：{r.reason or '未写理由'}")
             for r in found.itertuples(index=False)]
    return listing("作缺项、不计分的细项", lines)


def town_work(results: Results, town: str) -> Fragment:
    """一 核查工作开展情况: what was checked, which villages were drawn, what came from above."""
    code, plan = results.town_code(town), results.plan
    drawn = [results.units.names.get(v, v) for v in results.units.drawn.get(code, ())]
    level, lines = views.sampled_name(plan), []
    if plan.calendar:
        lines.append(f"数据统计截止{_day(plan, 'cutoff_date')}；实地核查{_day(plan, 'visit_from')}至"
                     f"{_day(plan, 'visit_to')}。")
    if level:
        could = f"可抽查的{level}{results.units.eligible.get(code, 0)}个，" if plan.sample else ""
        lines.append(f"{could}抽到{len(drawn)}个：{listed(drawn)}。")
    if plan.sample:
        lines.append(_households(plan.sample, level))
    sheets = results.sheets[results.sheets["town"] == code]
    lines += [f"{sheet_of(results, r)}有{from_above(r.external)}。"
              for r in sheets.itertuples(index=False) if r.external]
    lines.append(f"计分依据：{plan.plan.title}；没有见到的分值为拟定，见方案页。")
    return listing("", lines)


def _households(sample: Sample, level: str) -> str:
    """How many households of a village, and of which kinds at least."""
    among = [*([("残疾人户", sample.disabled_per_village)] if sample.disabled_per_village else []),
             *((s.name, s.households_per_village) for s in sample.strata)]
    kinds = "".join(f"，其中{name}不少于{least}户" for name, least in among)
    return f"每{level}入户不少于{sample.households_per_village}户{kinds}（条款{sample.clause}）。"


def _day(plan: object, name: str) -> str:
    day = plan.day(name)  # type: ignore[attr-defined]
    return f"{day.year}年{day.month}月{day.day}日" if day else "（日期未配置）"


def town_sheets(results: Results, town: str) -> Fragment:
    """二 核查结果: the sheets of the town, what each weighs and brings."""
    code, plan = results.town_code(town), results.plan
    worth, rows = views.weights(results, code), []
    sheets = results.sheets[results.sheets["town"] == code]
    if _unfinished(results, code):
        return listing("未出分。各表是否收齐", [labelled(sheet_of(results, r), _complete(r))
                                        for r in sheets.itertuples(index=False)], "stop")
    for r in sheets.itertuples(index=False):
        weight = worth.get(r.sheet, Fraction(0))
        rows.append({"unit": sheet_of(results, r), "full": plain(r.applicable),
                     "got": score(r.earned), "score": score(r.score), "weight": percent(weight),
                     "brings": score(None if r.score is None else r.score * weight),
                     "note": "；".join(filter(None, (r.sentence, r.external and from_above(r.external),
                                                    "；".join(r.missing.split("；")[:2]))))})
    of = views.graded(plan)
    whole = views.town_row(results, code)[of.id]
    return table(pd.DataFrame(rows, columns=["unit", "full", "got", "score", "weight", "brings",
                                             "note"]), [
        Column("unit", "表", head=True), Column("full", "适用满分", number=True),
        Column("got", "实得", number=True), Column("score", "得分", number=True),
        Column("weight", "权重", number=True), Column("brings", f"计入{of.name}", number=True),
        Column("note", "说明", wide=True)], "各表得分", stacked=True,
        total=(of.name, "", "", "", percent(sum((worth.get(s, Fraction(0)) for s in sheets["sheet"]),
                                                Fraction(0))), score(whole), ""),
        note="有缺项的表按适用满分折算成满分；合计只在最后四舍五入一次，逐行相加可能差0.01。")


def _unfinished(results: Results, code: str) -> bool:
    return views.town_row(results, code)["state"] == UNFINISHED


def _complete(row: tuple) -> str:
    return "已收齐" if row.score is not None else f"缺{row.missing.count('；') + 1}项"


def town_waterfall(results: Results, town: str) -> Figure | Fragment:
    """From 100 down to the town's graded figure, an indicator a step."""
    code = results.town_code(town)
    row, of = views.town_row(results, code), views.graded(results.plan)
    full = views.full_marks(results, code)
    if _unfinished(results, code):
        return notice(_NO_SCORE, "stop")
    lost = views.losses(results)
    found = views.summed(lost[lost["town"] == code], ["indicator"])
    steps = list(found.itertuples(index=False, name=None))
    first = f"失分最多的是{steps[0][0]}，{signed(-steps[0][1])}分" if steps else "没有失分"
    alt = (f"瀑布图：{row['town_name']}从满分{plain(full)}分到{of.name}{score(row[of.id])}分，"
           f"{len(steps)}步，{first}")
    return charts.waterfall(steps, grade_lines(results), start=full, start_name="满分",
                            end_name=of.name, title=f"{row['town_name']}：从{plain(full)}分到{of.name}",
                            alt=alt, caption=f"每一行是一项指标在{of.name}里的失分（"
                                             f"{views.sheet_names(results.plan)}按权重合并）；{first}。虚线为等次线。")


def villages_compared(results: Results, town: str) -> Figure | Fragment:
    """The town's drawn villages against its own mean and the county's."""
    code, every = results.town_code(town), views.sampled_sheets(results)
    own = every[(every["town"] == code) & every["score"].notna()]
    if _unfinished(results, code) or own.empty:
        return notice(_NO_SCORE if len(own) else "没有抽查单位的得分。", "stop")
    own = own.iloc[sorted(range(len(own)), key=lambda i: -own["score"].iloc[i])]
    name = results.units.towns[code]
    names, values = [views.short_name(n) for n in own["unit_name"]], list(own["score"])
    level, unit = views.sampled_name(results.plan), views.unit_name(results.plan)
    whole = views.whole_name(results.plan)
    means = [Line(views.mean(values), f"本{unit}平均"),
             Line(views.mean(every["score"]), f"{whole}平均")]
    alt = (f"柱状图：{name}{len(names)}个抽查{level}，最高{names[0]}{score(values[0])}分，最低{names[-1]}"
           f"{score(values[-1])}分；本{unit}平均{score(means[0].value)}，{whole}平均{score(means[1].value)}")
    others = [v for v in every["score"] if v is not None]
    return charts.compared_bars(names, values, means, others=others, others_name=f"{whole}各{level}",
                                title=f"{name}：抽查{level}得分", alt=alt,
                                caption=f"最下一行每根短线是{whole}一个抽查{level}（共{len(others)}个）。")


def town_self_vs_verified(results: Results, town: str) -> Figure | Fragment:
    """What the town said of itself against what was verified, figure by figure."""
    code = results.town_code(town)
    row, own = views.town_row(results, code), views.self_figures(results)[code]
    figures = [f for f in results.plan.figures if own[f.id] is not None and row[f.id] is not None]
    if _unfinished(results, code):
        return notice(_NO_SCORE, "stop")
    if not figures:
        return notice("没有报来自评分，无从对照。", "doubt")
    gaps = [(row[f.id] - own[f.id], f.name) for f in figures]
    alt = (f"哑铃图：{row['town_name']}{len(figures)}个分数的自评与核查，相差最大的是{min(gaps)[1]}，"
           f"核查比自评{signed(min(gaps)[0])}分")
    return charts.dumbbell([f.name for f in figures], [own[f.id] for f in figures],
                           [row[f.id] for f in figures], labels=("自评", "核查"),
                           title=f"{row['town_name']}：自评与核查", alt=alt,
                           caption="右侧为核查减自评。自评只供对照，不计分；合计的自评按方案权重折算。")


def town_problems(results: Results, town: str) -> Fragment:
    """三 主要问题: the town's losses by item, the heaviest first."""
    code = results.town_code(town)
    lost = views.losses(results)
    own = lost[(lost["town"] == code) & (lost["item"] != "")]
    rows = []
    for r in views.summed(own, ["indicator", "item_name"]).itertuples(index=False):
        part = own[own["item_name"] == r.item_name]
        units = list(dict.fromkeys(views.short_name(n) for n in part["unit_name"]))
        rows.append({"item": r.item_name, "indicator": r.indicator, "units": listed(units),
                     "lost": signed(-r.weighted)})
    return table(pd.DataFrame(rows, columns=["item", "indicator", "units", "lost"]), [
        Column("item", "细项", head=True, wide=True), Column("indicator", "指标"),
        Column("units", "在哪里", wide=True),
        Column("lost", f"影响{views.graded(results.plan).name}", number=True)],
        "按影响从大到小", stacked=True)


def town_deductions(results: Results, town: str) -> Fragment:
    """四 扣分说明: every ledger row with clause, basis and evidence, sheet by sheet."""
    code = results.town_code(town)
    sheets, told = results.sheets[results.sheets["town"] == code], not _unfinished(results, code)
    return stack(*(_sheet_ledger(results, r, told and r.score is not None)
                   for r in sheets.itertuples(index=False)))


def _sheet_ledger(results: Results, sheet: tuple, told: bool) -> Fragment:
    """The rows of one sheet; its score is told only where the town has one."""
    ledger = results.ledger
    own = ledger[(ledger["sheet"] == sheet.sheet) & (ledger["unit"] == sheet.unit)]
    rows = [{"item": r.item_name or r.type_name, "said": r.sentence, "points": signed(-r.points),
             "ground": ground(r.clause, r.basis, r.reading), "evidence": places(r.evidence)}
            for r in own.itertuples(index=False)]
    total = results.plan.sheet[sheet.sheet].total
    foot = ("得分", f"{plain(total)}分减去以上各行", score(sheet.score), "", "")
    name = sheet_of(results, sheet)
    return table(pd.DataFrame(rows, columns=["item", "said", "points", "ground", "evidence"]), [
        Column("item", "细项", head=True, wide=True), Column("said", "怎样扣的", wide=True),
        Column("points", "分", number=True), Column("ground", "条款、依据、读法"),
        Column("evidence", "证据所在", wide=True)],
        f"{name}：{score(sheet.score)}分" if told else f"{name}（未出分）",
        stacked=True, total=foot if told else ())


def town_rectification_list(results: Results, town: str) -> Fragment:
    """五 意见建议: the deductions as a list to rectify (九), measures to be filled by the town."""
    code = results.town_code(town)
    lost = views.losses(results)
    own = lost[(lost["town"] == code) & (lost["item"] != "")]
    rows = []
    for r in views.summed(own, ["sheet", "unit", "unit_name", "item", "item_name"]).itertuples():
        if r.weighted <= 0:
            continue
        part = own[(own["sheet"] == r.sheet) & (own["unit"] == r.unit) & (own["item"] == r.item)]
        rows.append({"n": len(rows) + 1, "what": r.item_name, "source": _level(results, r.sheet),
                     "unit": views.short_name(r.unit_name),
                     "said": "；".join(part["sentence"]), "measure": "", "state": "未整改"})
    return table(pd.DataFrame(rows, columns=["n", "what", "source", "unit", "said", "measure",
                                             "state"]), [
        Column("n", "序号", number=True), Column("what", "问题", head=True, wide=True),
        Column("source", "来源", keep=True), Column("unit", "责任单位", keep=True),
        Column("said", "情况", wide=True),
        Column("measure", "整改措施（由单位填写）", wide=True), Column("state", "状态", keep=True)],
        f"整改清单（{len(rows)}项，按影响从大到小）", stacked=True)


def _level(results: Results, sheet: str) -> str:
    return results.plan.level[results.plan.sheet[sheet].level].name


def town_doubts(results: Results, town: str) -> Fragment:
    """How sure this is: near a line, small samples, replaced results, readings, data faults."""
    code, plan = results.town_code(town), results.plan
    lines = []
    many = int(results.towns.set_index("town").loc[code, "visited"] or 0)
    if plan.sample and many:
        n, level = plan.sample.households_per_village, views.sampled_name(plan)
        lines.append(f"共入户{many}户：即使一户问题也没有，真实问题率的95%上限仍有"
                     f"{views.tested_at_most(many):.1f}%；单看一个{level}（{n}户）为"
                     f"{views.tested_at_most(n):.1f}%。不宜据此断定{level}与{level}的高下。")
    lines.append(_by_readings(results, code))
    lines += [f"提示：{p.place}：{p.message}" for p in results.problems.of(code)
              if p.severity == "warning"]
    turns = results.income_turns["town"] == code
    return stack(income_turns(results, code) if bool(turns.any()) else None,
                 listing("", lines, "doubt"))


def _by_readings(results: Results, code: str) -> str:
    """How much of the town's loss stands on the plan's words, and how much on our reading."""
    lost = views.losses(results)
    own = lost[lost["town"] == code]
    whole = sum(own["weighted"], Fraction(0))
    assumed = sum(own.loc[own["basis"] == "assumed", "weighted"], Fraction(0))
    if not whole:
        return "没有失分。"
    return (f"失去的{score(whole)}分中，{score(assumed)}分依据拟定的分值（方案没有写明，见读法），"
            "县里若另定分值，得分随之改变。")


__all__ = ["town_bottom_line", "town_deductions", "town_doubts", "town_missing",
           "town_not_applicable", "town_problems",
           "town_rectification_list", "town_self_vs_verified", "town_sheets", "town_waterfall",
           "town_work", "villages_compared"]
