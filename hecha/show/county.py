"""County: who is where, what follows, what it hangs on, how sure it is.

For a county head who has a minute: conclusion first, then the ranking, the way to the
next grade, where points were lost, and last what could still change.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pandas as pd

from hecha.points import plain, publish, rounded
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
    unbroken,
)
from hecha.report.published import recorded_problems
from hecha.scoring.composite import UNCONFIRMED, UNFINISHED
from hecha.scoring.results import Results
from hecha.show.certainty import unsure_grades
from hecha.show.words import (
    TENTATIVE,
    and_rank,
    from_above,
    grade_badge,
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

MOST_LOSSES = 3


def county_bottom_line(results: Results) -> Fragment:
    """The conclusion: grades, ranks, who to praise or talk to, who is near a line, what is open.

    Columns read: `results.towns`. Says 暂定 while a town is missing or doubtful (八, A-03).
    """
    plan, level = results.plan, views.unit_name(results.plan)
    title = f"{views.occasion(results)}结果"
    below = (f"{len(results.towns)}个{level}，按{views.graded(plan).name}定等次"
             f"（条款{plan.grades.clause}）")
    return stack(heading(title, below), _open_towns(results), _grade_tiles(results),
                 listing("结论", _conclusions(results), "lead"))


def _open_towns(results: Results) -> Fragment | None:
    """What must be said before any figure: towns without a score, or in doubt."""
    lost = results.towns[results.towns["state"] == UNFINISHED]["town_name"]
    doubtful = results.towns[results.towns["state"] == UNCONFIRMED]["town_name"]
    lines = []
    if len(lost):
        lines.append(f"未完成：{listed(lost)}。没有得分{_no_rank(results)}，缺什么见“缺项与替代”。")
    if len(doubtful):
        lines.append(f"待确认：{listed(doubtful)}。所报数据有疑问，分数、等次{and_rank(results)}为暂定。")
    if results.partial:
        lines.append(f"本次只算了部分单位{_no_rank(results)}。")
    return listing("尚未定局", lines, "stop") if lines else None


def _no_rank(results: Results) -> str:
    """What an open town keeps from being told, where ranks are told at all."""
    return "，暂不排名" if results.plan.grades.ranked else ""


def _grade_tiles(results: Results) -> Fragment:
    frame, plan = views.standing(results), results.plan
    counted = Counter(frame["grade"])
    level = views.unit_name(plan)
    shown = [(band.name, f"{counted[band.name]}个",
              listed(frame[frame["grade"] == band.name]["town_name"], 4))
             for band in plan.grades.bands]
    if counted[""]:
        rest = frame[frame["grade"] == ""]["town_name"]
        shown.append((UNFINISHED, f"{counted['']}个", listed(rest, 4)))
    average = views.mean(views.finished(results)[plan.grades.of])
    return tiles([*shown, (f"各{level}平均", score(average), f"{views.graded(plan).name}")])


def _conclusions(results: Results) -> list[Fragment]:
    frame = views.standing(results)
    ranked = frame[frame["state"] != UNFINISHED]
    said = []
    if len(ranked) > 1 and results.plan.grades.ranked:
        of = results.plan.grades.of
        first, last = ranked.iloc[0], ranked.iloc[-1]
        said.append(labelled("高低", f"最高{first['town_name']}{score(first[of])}分，"
                                     f"最低{last['town_name']}{score(last[of])}分"
                                     f"{TENTATIVE if views.provisional(results) else ''}。"))
    for action, towns in views.consequences(results).items():
        said.append(labelled(f"{planned(results)}{action}{'' if results.final else TENTATIVE}",
                             f"{len(towns)}个，{listed(map(_with_reason, towns.itertuples()))}。"))
    near = views.near_lines(results)
    if len(near):
        said.append(labelled("接近等次线",
                             "；".join(map(_near, near.itertuples(index=False))) + "。"))
    said += [labelled("等次受限", f"{r.town_name}按分数为“{r.uncapped}”，{r.caps}。")
             for r in ranked.itertuples(index=False) if r.grade != r.uncapped]
    unsure = unsure_grades(results)
    if unsure is not None:
        said.append(unsure)
    said.append(labelled("尚未定的", f"{_open_count(results)}，见“把握有多大”。"))
    return said


def _with_reason(row: tuple) -> str:
    """A town and why it stands there, where its score alone does not tell."""
    why = [w for w in ("有突出问题" if row.problem else "",
                       "等次受限" if row.grade != row.uncapped else "") if w]
    return f"{row.town_name}（{'，'.join(why)}）" if why else row.town_name


def _near(row: tuple) -> str:
    side = "高于" if row.over > 0 else "低于" if row.over < 0 else "正好等于"
    gap = "" if not row.over else f"{publish(abs(row.over))}分"
    return f"{row.town_name}{score(row.score)}，{side}“{row.line}”线{plain(row.at_least)}分{gap}"


def _open_count(results: Results) -> str:
    readings = [r for r in results.plan.readings if r.status == "proposed"]
    parts = [f"{len(readings)}条读法待批"]
    if results.plan.external:
        parts.append(f"{_replaced(results).shape[0]}处以上级结果为准")
    if results.plan.household:
        parts.append(f"{len(results.income_turns)}户收入是否达标取决于口径")
    return "、".join(parts)


def county_ranking(results: Results) -> Fragment:
    """Every town: rank, grade, the figures, its own score beside the verified, what follows.

    标准分 is what a flawless town would have; 自评 is what the town handed in, weighted by the plan (七).
    """
    plan, own = results.plan, views.self_figures(results)
    of, rows = views.graded(plan), []
    full = plain(max(views.full_marks(results, town) for town in results.towns["town"]))
    for r in views.standing(results).to_dict("records"):
        said, done = own[r["town"]][of.id], r["state"] != UNFINISHED
        gap = None if said is None or r[of.id] is None else r[of.id] - said
        rows.append({"rank": rank_text(results, r["rank"]), "town": r["town_name"],
                     "grade": grade_badge(plan, r["grade"], tentative(results, r["state"])),
                     **{f.id: score(r[f.id] if done else None) for f in plan.figures},
                     "self": score(said), "gap": signed(gap), "state": state_badge(r["state"])})
    rest = [f for f in plan.figures if f.id != of.id]
    ranked = [Column("rank", "名次", number=True)] if plan.grades.ranked else []
    columns = [*ranked, Column("town", views.unit_name(plan), head=True),
               Column("grade", "等次"), Column(of.id, of.name, number=True),
               *(Column(f.id, f.name, number=True) for f in reversed(rest)),
               Column("self", "自评", number=True), Column("gap", "核查比自评", number=True),
               Column("state", "状态")]
    return table(pd.DataFrame(rows, columns=[c.name for c in columns]), columns,
                 f"各{views.unit_name(plan)}得分与{'名次' if ranked else '等次'}（标准分{full}分）",
                 note=f"自评为各{views.unit_name(plan)}上报的分数，按方案同样的权重折算成"
                      f"{of.name}，只供对照，不计分。{_rank_note(results)}")


def _rank_note(results: Results) -> str:
    if not results.plan.grades.ranked:
        return "按等次列出，等次之内按代码先后。"
    if results.final:
        return "分数相同的名次并列，后面顺延。" if not results.plan.grades.tie_break else ""
    return "还有单位没有得分，暂不排名。"


def ranking_chart(results: Results) -> Figure | Fragment:
    """The graded figure of every finished town as sorted bars with the grade lines.

    Where ranks are not told the bars stand by grade and code, and no town is named first.
    """
    frame, of = _ordered(results), views.graded(results.plan)
    if frame.empty:
        return notice(f"还没有一个{views.unit_name(results.plan)}有得分，没有图。", "stop")
    names, values = list(frame["town_name"]), list(frame[of.id])
    ends = (f"最高{names[0]}{score(values[0])}分，最低{names[-1]}{score(values[-1])}分；"
            if results.plan.grades.ranked else "按等次列出；")
    alt = (f"柱状图：{len(names)}个{views.unit_name(results.plan)}的{of.name}，{ends}"
           f"{_counted_grades(results)}")
    return charts.ranked_bars(names, values, grade_lines(results), title=of.name, alt=alt,
                              value_name=of.name, caption=f"虚线为等次线：{_counted_grades(results)}。")


def _ordered(results: Results) -> pd.DataFrame:
    """The finished towns in the order of their standing."""
    frame = views.standing(results)
    return frame[frame["state"] != UNFINISHED]


def grade_lines(results: Results) -> list[Line]:
    """The lower bound of every grade but the last."""
    return [Line(b.at_least, b.name) for b in results.plan.grades.bands[:-1]]


def _counted_grades(results: Results) -> str:
    counted = Counter(results.towns["grade"])
    return "、".join(f"{b.name}{counted[b.name]}个" for b in results.plan.grades.bands)


def distance_to_next_grade(results: Results) -> Fragment:
    """What each town lacks to the next line, in points and in named items (七)."""
    frame, of = views.next_grades(results), views.graded(results.plan)
    capped = {r.town: r.caps for r in results.towns.itertuples(index=False) if r.grade != r.uncapped}
    rows = [{"town": r.town_name, "score": score(r.score), "next": f"{r.grade} → {r.next}",
             "gap": score(r.gap), "items": _named_items(r.items),
             "cap": capped.get(r.town, "")} for r in frame.itertuples(index=False)]
    columns = [Column("town", views.unit_name(results.plan), head=True),
               Column("score", of.name, number=True), Column("next", "等次", keep=True),
               Column("gap", "还差", number=True),
               Column("items", f"补上这些细项即可（括号内为在{of.name}里的分值）", wide=True)]
    if any(row["cap"] for row in rows):
        columns.append(Column("cap", "另受限制", wide=True))
    return table(pd.DataFrame(rows, columns=[c.name for c in columns]), columns,
                 "离上一等次还差多少", stacked=True,
                 note="细项按失分从大到小取，取到够为止；分值已按权重折算。")


def _named_items(items: list[tuple[str, Fraction]]) -> str:
    return "、".join(f"{name}（{publish(points)}）" for name, points in items) or "—"


def largest_losses(results: Results) -> Fragment:
    """The three items that cost each town most, in points of the graded figure."""
    lost, of, rows = views.losses(results), views.graded(results.plan), []
    for town in views.standing(results).itertuples(index=False):
        own = views.by_item(lost[lost["town"] == town.town])
        worst = own[own["weighted"] > 0].head(MOST_LOSSES)
        named = [f"{r.name}（{signed(-r.weighted)}）" for r in worst.itertuples(index=False)]
        rows.append([town.town_name, *named, *["—"] * (MOST_LOSSES - len(named))])
    names = ["town", *(f"n{i}" for i in range(1, MOST_LOSSES + 1))]
    labels = ("最大", "第二", "第三")
    return table(pd.DataFrame(rows, columns=names), [
        Column("town", views.unit_name(results.plan), head=True),
        *(Column(n, label, wide=True) for n, label in zip(names[1:], labels, strict=True))],
        f"各{views.unit_name(results.plan)}失分最多的三项", stacked=True,
        note=f"括号内为在{of.name}里的影响{_summed_up(results)}。")


def _summed_up(results: Results) -> str:
    level = views.sampled_name(results.plan)
    own = any(_sampled(results, sheet.id) for sheet in results.plan.sheets)
    return f"；{level}级细项为各抽查{level}合计" if own else ""


def problems_by_type(results: Results) -> Fragment:
    """Losses of the whole county by indicator: points, share, how many towns; the worst where
    ranks are told."""
    lost = views.losses(results)
    whole = sum(lost["weighted"], Fraction(0)) or Fraction(1)
    rows = []
    for row in views.summed(lost, ["indicator"]).itertuples(index=False):
        own = views.summed(lost[lost["indicator"] == row.indicator], ["town"])
        hit = own[own["weighted"] > 0]
        rows.append({"indicator": row.indicator, "points": score(row.weighted / len(results.towns)),
                     "share": percent_short(row.weighted / whole), "towns": f"{len(hit)}个",
                     "worst": listed(f"{results.units.names[t]}（{signed(-w)}）"
                                     for t, w in hit.head(2).itertuples(index=False))})
    level = views.unit_name(results.plan)
    worst = [Column("worst", "失分最多", wide=True)] if results.plan.grades.ranked else []
    return table(pd.DataFrame(rows, columns=["indicator", "points", "share", "towns", "worst"]), [
        Column("indicator", "指标", head=True), Column("points", f"平均每{level}失分", number=True),
        Column("share", "占全部失分", number=True), Column("towns", f"涉及{level}", number=True),
        *worst], "问题出在哪类指标",
        note=f"失分按权重折算为{views.graded(results.plan).name}的分；负数为加回"
             "（如上级结果高于本县核查）。", stacked=True)


def percent_short(share: Fraction) -> str:
    """A share in whole per cent."""
    return f"{rounded(share * 100, 0)}%"


def heat_map(results: Results) -> Figure:
    """Towns by indicators, the share of points earned in each cell."""
    shares = views.indicator_shares(results)
    towns = list(dict.fromkeys(shares["town_name"]))
    heads = list(dict.fromkeys(shares["indicator"]))
    found = {(r.town_name, r.indicator): r.share for r in shares.itertuples(index=False)}
    grid = [[found[(t, h)] for h in heads] for t in towns]
    low = min((s, t, h) for (t, h), s in found.items() if s is not None)
    alt = (f"热力图：{len(towns)}个{views.unit_name(results.plan)}、{len(heads)}项指标的得分率，"
           f"最低为{f'{low[1]}的' if results.plan.grades.ranked else ''}{low[2]}，{percent_short(low[0])}")
    return charts.heat_map(towns, heads, grid, title="各指标得分率", alt=alt, caption=(
        f"格内为得分率（%）：{views.sheet_names(results.plan)}的细项按权重合并，缺项不计；“—”为无此项。"
        "颜色越红得分率越低。"))


def self_vs_verified(results: Results) -> Figure | Fragment:
    """What the towns said of themselves against what was verified."""
    own, of = views.self_figures(results), views.graded(results.plan)
    frame = _ordered(results)
    first = [own[t][of.id] for t in frame["town"]]
    gaps = [(b - a, n) for a, b, n in zip(first, frame[of.id], frame["town_name"], strict=True)
            if a is not None]
    if not gaps:
        return notice("没有报来自评分，无从对照。", "doubt")
    worst = min(gaps)
    above = sum(gap < 0 for gap, _ in gaps)
    alt = (f"哑铃图：{len(gaps)}个{views.unit_name(results.plan)}的自评与核查，"
           f"{above}个自评高于核查，相差最大{worst[1]}{signed(worst[0])}分")
    return charts.dumbbell(list(frame["town_name"]), first, list(frame[of.id]),
                           labels=("自评", "核查"), title="自评与核查", alt=alt, caption=(
                               f"右侧为核查减自评。{above}个自评高于核查，平均相差"
                               f"{signed(views.mean(g for g, _ in gaps))}分；自评只供对照，不计分。"))


def consequences(results: Results) -> Fragment:
    """表扬 and 约谈 with the rule each stands on (八, R-22…R-24); who has no problem, together."""
    rows = []
    for action, towns in views.consequences(results).items():
        together = towns[~towns["problem"].astype(bool)]
        for grade in dict.fromkeys(together["grade"]):
            rows.append(_follows(results, action, together[together["grade"] == grade], "无"))
        for index in towns.index[towns["problem"].astype(bool)]:
            rows.append(_follows(results, action, towns.loc[[index]], recorded_problems(towns.loc[index]["notes"])))
    columns = [Column("action", "拟办" if results.mark else "事项", keep=True),
               Column("towns", views.unit_name(results.plan), head=True, wide=True),
               Column("grade", "等次"), Column("problem", "突出问题", wide=True),
               Column("rule", "依据"), Column("quote", "方案原文", wide=True),
               Column("note", "说明", wide=True)]
    note = "，须经批准后实施" if results.mark else ""
    return stack(table(pd.DataFrame(rows, columns=[c.name for c in columns]), columns,
                       f"结果运用{'（拟）' if results.mark else ''}", stacked=True,
                       note=f"按条款{views.clauses_of(results.plan)}列出{note}。"),
                 _counterparts(results))


def _counterparts(results: Results) -> Fragment | None:
    """帮扶单位 with the mean of their drawn villages, where the plan tells it (A-30)."""
    frame = results.counterparts
    if not len(frame):
        return None
    rows = pd.DataFrame({"name": frame["name"], "kind": frame["kind"],
                         "mean": frame["mean"].map(score), "villages": frame["villages"]})
    return table(rows, [
        Column("name", "单位", head=True), Column("kind", "类别"),
        Column("mean", "参考分", number=True), Column("villages", "抽到的村", wide=True)],
        "帮扶单位参考", stacked=True,
        note="参考分是所帮扶的抽查村得分的平均。方案没有规定帮扶单位怎样计分，不评等次，不列入表扬、约谈。")


def _follows(results: Results, action: str, towns: pd.DataFrame, problem: str) -> dict[str, object]:
    first = towns.iloc[0]
    rule = next(c for c in results.plan.consequences
                if first["grade"] in c.grades and c.problem == first["problem"])
    return {"action": action, "towns": listed(towns["town_name"]), "problem": problem,
            "grade": grade_badge(results.plan, first["grade"],
                                 tentative(results, first["state"])),
            "rule": unbroken(f"条款{rule.clause}", rule.basis_name, *rule.reading),
            "quote": rule.quote,
            "note": "；".join(filter(None, [first["action_note"], *_capped(towns)]))}


def _capped(towns: pd.DataFrame) -> list[str]:
    """Who would have had a better grade: it is said where he is praised."""
    return [f"{r.town_name}按分数为“{r.uncapped}”，因{r.caps}" for r in towns.itertuples() if r.caps]


def missing_and_replaced(results: Results) -> Fragment:
    """What is missing, what a 省/市 result replaced, what was rescaled or listed only."""
    lost = [labelled(results.units.names.get(town, town), _lacks(results, town))
            for town in dict.fromkeys(results.missing["town"])]
    replaced = [f"{_where(results, r)}：{from_above(r.external)}，"
                + ("以此为准" if r.score is not None and _has_row(results, r) else "只有等次，待上级分数")
                for r in _replaced(results).itertuples(index=False)]
    flagged = [f"{_where(results, r)}：{r.sentence}"
               for r in results.sheets[results.sheets["flagged"].astype(bool)].itertuples(index=False)]
    small = [f"{r.town_name}：{n}" for r in results.towns.itertuples(index=False)
             for n in r.notes.split("；") if "应抽" in n]
    said = [f"{r.what}{'，' + results.units.names.get(r.unit, r.unit) if r.unit else ''}："
            f"{r.reason}（{places(r.place)}）" for r in results.listed.itertuples(index=False)]
    return stack(listing("没有收齐", lost, "stop" if lost else ""),
                 listing("以上级结果为准", replaced), listing("缺项较多，经折算", flagged),
                 listing(f"抽查{views.sampled_name(results.plan)}不足", small), listing("只列示、不影响得分", said))


def _where(results: Results, row: tuple) -> str:
    """A sheet and the town it belongs to."""
    return f"{results.units.names.get(row.town, row.town)}，{sheet_of(results, row)}"


def _lacks(results: Results, town: str) -> str:
    """What a town misses, form by form; its own page has the items."""
    found = views.missing_items(results, town)
    if found.empty:
        return listed(results.missing.loc[results.missing["town"] == town, "what"])
    return "；".join(
        sheet_of(results, next(part.itertuples(index=False)))
        + ("整张没有填" if part["whole"].any() else f"缺{sum(map(len, part['items']))}项")
        for _, part in found.groupby(["sheet", "unit"], sort=False))


def _replaced(results: Results) -> pd.DataFrame:
    return results.sheets[results.sheets["external"].astype(bool)]


def _has_row(results: Results, row: tuple) -> bool:
    ledger = results.ledger
    return bool(((ledger["sheet"] == row.sheet) & (ledger["unit"] == row.unit)
                 & (ledger["type"] == "external")).any())


def income_turns(results: Results, town: str = "") -> Fragment:
    """How many visited households pass or fail by the income formula chosen (B-02, B-03)."""
    if results.plan.household is None:
        return notice("本方案不核查入户收入，没有取决于收入口径的户。")
    frame = results.income_turns
    frame = frame[frame["town"] == town] if town else frame
    where = "village_name" if town else "town"
    rows = [{"turn": turn, "n": f"{len(part)}户", "where": listed(
        f"{results.units.names.get(name, name)}{count}户" for name, count in
        Counter(part[where]).items())} for turn, part in frame.groupby("turns", sort=True)]
    return table(pd.DataFrame(rows, columns=["turn", "n", "where"]), [
        Column("turn", "取决于什么", head=True), Column("n", "户数", number=True),
        Column("where", "在哪里", wide=True)],
        f"收入是否达标取决于口径的户（共{len(frame)}户）", stacked=True,
        note="这些户现按方案口径认定；口径若改，认定随之改变。不列户号与姓名。")


def readings_in_force(results: Results) -> Fragment:
    """The readings the result stands on, those that weigh most first (十)."""
    order = {"high": 0, "medium": 1, "low": 2, "none": 3}
    words = {"high": "高", "medium": "中", "low": "低", "none": "无"}
    kept = sorted(results.plan.readings, key=lambda r: (order[r.impact], r.id))
    frame = pd.DataFrame([{
        "id": r.id, "question": r.question, "answer": r.answer, "impact": words[r.impact],
        "sure": words[r.confidence],
        "status": "已批 " + r.approval if r.status == "approved" else "待批"} for r in kept],
        columns=["id", "question", "answer", "impact", "sure", "status"])
    columns = [Column("id", "读法", head=True), Column("question", "方案没有说清的", wide=True),
               Column("answer", "现按", wide=True), Column("impact", "对等次影响"),
               Column("sure", "把握"), Column("status", "状态")]
    weighty = frame["impact"].isin(["高", "中"])
    return stack(
        table(frame[weighty], columns, "影响较大的读法", stacked=True,
              note="由县核查办提出、领导小组批准后改为“已批”。"),
        notice(f"另有{int((~weighty).sum())}条影响低或无影响的读法，见方案页。"))


def doubts(results: Results) -> Fragment:
    """How sure this is: what one point is worth, what a small sample can show, what is open."""
    plan = results.plan
    proposed = [r for r in plan.readings if r.status == "proposed"]
    weighty = [r.id for r in proposed if r.impact == "high"]
    lines = [f"{len(proposed)}条读法待批，其中{len(weighty)}条可能改变等次：{listed(weighty)}。",
             _leverage(results), *_sample(results)]
    near = views.near_lines(results)
    if len(near):
        lines.append(f"{listed(near['town_name'])}离等次线不到{plain(plan.grades.near_line)}分，"
                     "一处复核就可能改变等次，宜先复核再上会。")
    errors = results.problems.errors
    if errors:
        lines.append(f"所报数据有{len(errors)}处错误，涉及的单位待确认或未完成。")
    if results.mark:
        lines.append(f"省考核完毕并经县委、县政府批准前，本页为{results.mark}。")
    return listing("", lines, "doubt")


def _leverage(results: Results) -> str:
    worth = views.weights(results, results.towns["town"].iloc[0])
    said = "、".join(f"{results.plan.sheet[s].name}{_one(results, s)}1分"
                     f"合{plain(rounded(w, 4))}分" for s, w in worth.items())
    return f"折算成{views.graded(results.plan).name}，{said}。"


def _one(results: Results, sheet: str) -> str:
    level = results.plan.level[results.plan.sheet[sheet].level]
    return f"（一个{level.name}）" if level.sampled else ""


def _sampled(results: Results, sheet: str) -> bool:
    return results.plan.level[results.plan.sheet[sheet].level].sampled


def _sample(results: Results) -> list[str]:
    visits = [int(n) for n in results.towns["visited"] if n]
    if not visits:
        return []
    level, least, most, whole = views.unit_name(results.plan), min(visits), max(visits), sum(visits)
    each = f"{least}户" if least == most else f"{least}至{most}户"
    return [(f"每{level}只入户{each}：即使{least}户里一户问题也没有，真实问题率的95%上限仍有"
             f"{views.tested_at_most(least):.1f}%（全部{whole}户时为{views.tested_at_most(whole):.1f}%），"
             f"几分之差不足以断定两个{level}的入户质量谁高谁低。")]


__all__ = ["consequences", "county_bottom_line", "county_ranking", "distance_to_next_grade",
           "doubts", "grade_lines", "heat_map", "income_turns", "largest_losses",
           "missing_and_replaced", "percent", "problems_by_type", "ranking_chart",
           "readings_in_force", "self_vs_verified"]
