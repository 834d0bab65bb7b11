"""Draw: which villages were drawn, how many households, and how anybody can check it.

For the county's office and the towns.  No household is named; while the nonce is not
revealed, no village either.
"""

from __future__ import annotations

from fractions import Fraction

import pandas as pd

from hecha.field.rules import household_sentence
from hecha.fieldwork.told import HANDED_IN, NOTHING, REVEALED, SECRET, ToldDraw, told_draw
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
from hecha.report.views import short_name
from hecha.show.words import listed, percent
from hecha.words import mask_household

MOST_FAULTS = 12
_STATES = {
    NOTHING: "还没有抽签，也没有报来抽样结果。",
    SECRET: "已抽签。走访结束、公布随机数以前，不公布抽中的村。",
    REVEALED: "抽签结果已公布，任何人都可以验证。",
    HANDED_IN: "抽样结果是会上抽出后报来的表，没有抽签证书，只能核对它与抽样框、规则是否相符，"
               "不能证明是怎样抽出来的。",
}
_DIGESTS = {"villages": "村抽样框", "households": "户抽样框", "flags": "残疾人户标记"}


def open_draw(case: str, plan: str) -> ToldDraw:
    """The draw of a case as it may be told today, under the plan with the county's values."""
    return told_draw(case, plan)


def draw_bottom_line(told: ToldDraw) -> Fragment:
    """The conclusion: how many were drawn, whether it fits, and what is short."""
    drawn, sample = told.villages, told.plan.sample
    head = heading(f"{told.county_name}{told.plan.plan.year}年核查抽样",
                   f"条款{sample.clause}：「{sample.quote}」" if sample.quote else
                   "抽样的条款没有见到原文，按读法抽，见下")
    if told.state in (NOTHING, SECRET):
        return stack(head, notice(_STATES[told.state], "doubt"))
    faults = sum(p.severity == "error" for p in told.faults)
    figures = tiles([
        ("抽中的村", f"{len(drawn)}个", f"{drawn['town'].nunique()}个镇"),
        ("走访的户", f"{int(drawn['chosen'].sum())}户", "正选"),
        ("备选的户", f"{int(drawn['reserves'].sum())}户", "不在家时按次序替补"),
        ("缺口", f"{len(told.shortfalls)}处", "按读法处理，见下"),
        ("不相符", f"{faults}处", "与抽样框、规则" if told.state == HANDED_IN else "与抽签结果")])
    return stack(head, figures, listing("结论", [
        labelled("怎样来的", _STATES[told.state]),
        labelled("谁可以被抽到", f"可抽的村{len(told.frame.villages)}个（{listed(told.rule.village_types)}），"
                           f"可抽的户{len(told.frame.households)}户（{_eligible(told)}）。"),
        labelled("户怎样抽", household_sentence(told.rule.as_data()) + "。")], "lead"))


def _eligible(told: ToldDraw) -> str:
    first, last = told.rule.exit_years
    away = f"，{'、'.join(told.rule.away_notes)}的除外" if told.rule.away_notes else ""
    return f"{first}至{last}年度{'、'.join(told.rule.statuses)}{away}"


def draw_towns(told: ToldDraw) -> Fragment:
    """Each town: villages that could be drawn, were drawn, households, and what is short."""
    rows = []
    for town in told.towns[told.towns["has_task"].astype(bool)].itertuples(index=False):
        own = told.villages[told.villages["town"] == town.town]
        short = told.flags[told.flags["unit"].str.startswith(town.town)]
        rows.append({"town": town.town_name or town.town, "could": town.villages,
                     "drawn": len(own) if told.state in (REVEALED, HANDED_IN) else "—",
                     "chosen": int(own["chosen"].sum()), "reserves": int(own["reserves"].sum()),
                     "short": "、".join(sorted(set(short["reading"]))) or "—"})
    return table(pd.DataFrame(rows), [
        Column("town", "镇", head=True), Column("could", "可抽的村", number=True),
        Column("drawn", "抽中的村", number=True), Column("chosen", "正选户", number=True),
        Column("reserves", "备选户", number=True), Column("short", "缺口（读法）")],
        f"各镇抽样（每镇抽{told.rule.villages}个村）", stacked=True,
        note=f"没有核查任务、不抽村的：{listed(told.not_taking_part)}。")


def draw_villages(told: ToldDraw) -> Fragment:
    """The drawn villages, town by town, with the numbers of their households."""
    if told.villages.empty:
        return notice(_STATES[told.state], "doubt")
    rows = [{"town": v.town_name, "village": short_name(v.village_name), "code": v.village,
             "eligible": _whole(v.eligible), "disabled": _whole(v.disabled), "chosen": v.chosen,
             "reserves": v.reserves} for v in told.villages.itertuples(index=False)]
    return table(pd.DataFrame(rows), [
        Column("village", "村", head=True), Column("town", "镇"), Column("code", "村代码"),
        Column("eligible", "可抽户数", number=True), Column("disabled", "其中残疾人户", number=True),
        Column("chosen", "正选户", number=True), Column("reserves", "备选户", number=True)],
        f"抽中的村（{len(rows)}个）", stacked=True)


def _whole(value: object) -> str:
    return "—" if pd.isna(value) else str(int(value))  # type: ignore[call-overload]


def draw_shortfalls(told: ToldDraw) -> Fragment:
    """What the frame could not give, each with the reading by which it was treated."""
    known = {r.id: r.answer for r in told.plan.readings}
    lines = [labelled(f.message, f"读法{f.reading}：{known.get(f.reading, '见方案页')}")
             for f in told.shortfalls.itertuples(index=False)]
    return listing("缺口：不另补、不另抽", lines, "doubt" if lines else "")


def draw_faults(told: ToldDraw) -> Fragment:
    """Where the draw does not fit the frame, the rule or its certificate; 无 where it does."""
    lines = [mask_household(str(p)) for p in told.faults]
    said = {HANDED_IN: "报来的抽样结果与抽样框、规则不相符的", REVEALED: "报来的抽样结果与抽签不相符的"}
    return listing(said.get(told.state, "不相符的"), lines, "stop" if lines else "",
                   fold=MOST_FAULTS)


def draw_chances(told: ToldDraw) -> Fragment:
    """How likely each drawn village, and a household of it, was to be drawn."""
    if told.villages.empty:
        return notice(_STATES[told.state], "doubt")
    found = told.villages[["village", "village_name", "town_name"]].merge(
        told.chances, on="village", how="left")
    rows = [{"village": short_name(r["village_name"]), "town": r["town_name"],
             "chance": _share(r["chance"]), **{kind: _share(r[kind]) for kind in told.kinds}}
            for r in found.to_dict("records")]
    return table(pd.DataFrame(rows), [
        Column("village", "村", head=True), Column("town", "镇"),
        Column("chance", "村的入样概率", number=True),
        *(Column(kind, f"{kind}的入样概率", number=True) for kind in told.kinds)],
        "抽签以前就已确定的入样概率", stacked=True,
        note="户的入样概率＝村的入样概率×村内的入样概率；各类户机会不同是规则所定，"
             "由样本推算全镇时要按此加权。")


def _share(value: Fraction | None) -> str:
    return "—" if value is None or pd.isna(value) else percent(value)


def draw_how_to_verify(told: ToldDraw) -> Fragment:
    """What anybody can do to check the draw, with the digests to compare."""
    digests = told.frame.texts.digests
    lines = [labelled(f"{name}的摘要（SHA-256）", digests[key]) for key, name in _DIGESTS.items()]
    if told.certificate is None:
        return stack(notice("没有抽签证书，不能重算签号；下面是由现在的花名册得出的抽样框摘要，"
                            "可与抽样会议公布的摘要对照。", "doubt"), listing("抽样框", lines))
    paper = told.certificate
    lines = [labelled("公开号码", f"{paper['dice']}（{paper['dice_source']}）"),
             labelled("抽签时间、见证人", f"{paper['drawn_at']}，{listed(paper['witnesses'])}"), *lines]
    steps = ["对照：证书上的摘要、承诺与抽签以前公布的是否一字不差。",
             "用浏览器打开 certificate.html，按“验证本证书”；不联网，也不用本系统的任何程序。",
             "或运行十行程序：python verifier.py 公开号码 随机数 CUN villages.csv，签号小的先抽。",
             "持有抽样框的核验人：hecha draw verify certificate.json，逐项重算并说出每处不同。"]
    return stack(listing("证书", lines), listing("四种核对办法，任选一种", steps))


def draw_doubts(told: ToldDraw) -> Fragment:
    """How sure this is: what the sample can and cannot say, and how it came about."""
    marked = [r for r in told.plan.readings if r.id in set(told.plan.sample.reading)]
    waiting = [r.id for r in marked if r.status == "proposed"]
    lines = [_STATES[told.state]] if told.state != REVEALED else []
    lines.append("样本按概率抽取，可以推算全镇；但每镇户数少，一户之差就能改变一个镇的比率，"
                 "镇与镇比较时要看区间。")
    if waiting:
        lines.append(f"抽样所用的读法还有{len(waiting)}条待批：{listed(waiting)}。")
    return listing("", lines, "doubt")


__all__ = ["draw_bottom_line", "draw_chances", "draw_doubts", "draw_faults",
           "draw_how_to_verify", "draw_shortfalls", "draw_towns", "draw_villages", "open_draw"]
