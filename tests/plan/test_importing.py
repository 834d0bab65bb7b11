"""Importing an index spreadsheet: known sentences become kinds, everything else is said."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from hecha.plan import load_plan
from hecha.plan.criteria import recognise
from hecha.plan.importing import import_plan
from hecha.problems import Refused

SHIPPED = Path("data/zhen-kaohe110/指标表.xlsx")


def kind(sentence, points="10"):
    return recognise(sentence, Decimal(points), "某指标")


@pytest.mark.parametrize(("sentence", "points", "rule"), [
    ("完成率100%计满分;净完成数有1人不达标,该项不得分", "15", {"kind": "binary"}),
    ("以上指标,不达标不得分", "10", {"kind": "binary"}),
    ("贫困发生率小于3%得20分,大于等于3%得0分", "20", {
        "kind": "tiered", "measured": "percent", "tiers": [{"below": 3, "points": 20}, {"points": 0}]}),
    ("每户扣1分,扣完10分为止", "10", {
        "kind": "deduct_per_case", "options": [{"name": "某指标户数", "amount": 1}]}),
    ("发现一处错误扣2分", "6", {
        "kind": "deduct_per_case", "options": [{"name": "错误处数", "amount": 2}]}),
    ("停产天数每增加1天扣1分", "15", {
        "kind": "deduct_per_case", "options": [{"name": "停产天数", "amount": 1}]}),
    ("每发现1户农户没有干部联系的扣1分,本项扣分不保底", "5", {
        "kind": "deduct_per_case", "options": [{"name": "农户没有干部联系户数", "amount": 1}],
        "floor": "none"}),
    ("缺席1次扣2分，迟到1次扣0.5分，扣完为止", "10", {
        "kind": "deduct_per_case", "options": [{"name": "缺席次数", "amount": 2},
                                               {"name": "迟到次数", "amount": Decimal("0.5")}]}),
    ("达标率100%计满分;每减少0.1个百分点扣1分,扣完为止", "4", {
        "kind": "deduct_per_step", "target": 100, "step": Decimal("0.1"), "amount": 1}),
    ("≤15日得满分0.5分,>30日为0分,15-30日按比例减分", "0.5", {
        "kind": "linear_between", "measured": "number", "full_at": 15, "zero_at": 30}),
    ("支出率达到92%得满分，低于60%不得分，其间按比例得分", "6", {
        "kind": "linear_between", "measured": "percent", "full_at": 92, "zero_at": 60}),
    ("100%得3分，不低于80%得2分，不低于60%得1分，其余不得分", "3", {
        "kind": "tiered", "measured": "percent", "tiers": [
            {"at_least": 100, "points": 3}, {"at_least": 80, "points": 2},
            {"at_least": 60, "points": 1}, {"points": 0}]}),
    ("市级媒体采用一条加1分,镇江市级3分,省级以上5分", "10", {
        "kind": "additive_capped", "options": [{"name": "市级媒体", "amount": 1},
                                               {"name": "镇江市级", "amount": 3},
                                               {"name": "省级以上", "amount": 5}]}),
    ("有制度得0.5分；有台账得0.5分", "1", {
        "kind": "checklist", "options": [{"name": "有制度", "points": Decimal("0.5")},
                                         {"name": "有台账", "points": Decimal("0.5")}]}),
    ("至少2项（会议、广播、入户）得满分，否则不得分", "2", {
        "kind": "k_of_n", "k": 2, "options": ["会议", "广播", "入户"]}),
    ("视情况酌情给分,最高1分", "1", {"kind": "judgement"}),
])
def test_常见的评分标准_认得出来_没有疑问(sentence, points, rule):
    found = kind(sentence, points)
    assert (found.rule, found.doubts) == (rule, [])


@pytest.mark.parametrize(("sentence", "points", "known", "doubt"), [
    ("计算方法以比例值乘以8直接得分", "8", "proportional", "没有写分子、分母"),
    ("计算方法以比例值乘以6直接得分", "8", "proportional", "乘以6，分值是8分"),
    ("≤25个工作日得满分6分,>50个工作日为0分", "6", "linear_between", "暂按比例"),
    ("按排位打分,每位次按0.25分递减", "6", "rank_step", "大的还是小的"),
    ("每缺少一项扣2分,扣完20分为止", "6", "deduct_per_case", "几项共用的上限"),
    ("每户扣1分，发现弄虚作假不得分", "5", "deduct_per_case", "一票"),
    ("≥90%得2分，≥80%得1分", "2", "tiered", "其余情况"),
])
def test_认得出计分方式_没有写全的_说明哪里不清楚(sentence, points, known, doubt):
    found = kind(sentence, points)
    assert found.rule["kind"] == known
    assert doubt in "；".join(found.doubts)


@pytest.mark.parametrize("sentence", [
    "", "会议开得好", "每项1.5分,不达标不得分", "至少2种宣传方式,否则不得分", "参照有关方案评分",
    "非贫困户被纳入帮扶范围5%以上的不得分", "15分钟内…得0.5分,15—30分钟到达得0.3分,30分钟以上不得分",
    "以贫困户人均纯收入2500元为标准,等于2500元得4.8分,以后按照高于或低于2500元的比例计算"])
def test_认不出来的_暂作酌情给分_并且说出来(sentence):
    found = kind(sentence, "1")
    assert found.rule == {"kind": "judgement"}
    assert found.doubts


def test_缺项情形也认得():
    found = kind("完成任务得满分，否则不得分。没有年度任务的按缺项考核计分")
    assert (found.rule["kind"], found.na_when) == ("binary", "没有年度任务")


# -- the spreadsheet as a whole ----------------------------------------------------------


def book(path: Path, *rows) -> Path:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    made.save(path)
    return path


def test_随附的指标表_一百二十七项一项不少_草稿能用(tmp_path):
    told = import_plan(SHIPPED, tmp_path / "草稿")
    draft, final = load_plan(tmp_path / "草稿"), load_plan("params/zhen-kaohe110")
    assert len([g for g in draft.groups if g.parent is None]) == 8
    assert len([g for g in draft.groups if g.parent]) == 28
    assert len(draft.items) == 127 == (told["认作"] != "没有导入").sum()
    assert [(i.code, i.name, i.points) for i in draft.items] == [
        (i.code, i.name, i.points) for i in final.items]
    assert draft.sheets[0].total == 100
    assert draft.sheets[0].extras[0].high == 10


def test_随附的指标表_没有写明怎样计分的三项_草稿里有读法_正式方案里写定了(tmp_path):
    told = import_plan(SHIPPED, tmp_path / "草稿")
    doubtful = told[(told["待定的"] != "") & (told["认作"] != "没有导入")]
    assert list(doubtful["指标"]) == ["数字农业", "安全生产", "股权管理"]
    draft, final = load_plan(tmp_path / "草稿"), load_plan("params/zhen-kaohe110")
    asked = {f"I-{code}" for code in doubtful["代码"]}
    assert asked == {r.id for r in draft.readings} - {"I-00"}
    changed = {i.name for i, j in zip(draft.items, final.items, strict=True) if i.rule != j.rule}
    assert changed == {"安全生产", "股权管理"}


def test_草稿认出来的为推定_没有认出来的为拟定_都引得到原表(tmp_path):
    import_plan(SHIPPED, tmp_path / "草稿")
    for item in load_plan(tmp_path / "草稿").items:
        assert item.quote
        assert item.basis == ("assumed" if item.reading else "derived")


def test_上级指标空着的照上一行_合计行和没有分值的行不导入_都说出来(tmp_path):
    path = book(tmp_path / "表.xlsx", ["2024年某县考核表"], [],
                ["一级指标", "考核指标", "分值", "评分细则", "责任部门"],
                ["责任落实", "会议", 4, "每少一次扣1分", "办公室"], [None, "学习", "6分", "学得好", None],
                ["工作落实", "项目", "若干", "完成的得满分，否则不得分", None],
                [None, "资金", 10, None, None], ["合计", None, 20, None, None])
    told = import_plan(path, tmp_path / "草稿")
    plan = load_plan(tmp_path / "草稿")
    assert list(told["行"]) == [4, 5, 6, 7, 8]
    assert list(told["代码"]) == ["K1-1", "K1-2", "", "K2-1", ""]
    assert [plan.headings(i) for i in plan.items] == [["责任落实"], ["责任落实"], ["工作落实"]]
    assert [i.source for i in plan.items] == ["办公室", "", ""]
    said = dict(zip(told["指标"], told["待定的"], strict=True))
    assert "没有导入" in said["项目"] and said["资金"] == "没有写评分标准，暂作酌情给分"
    assert said["会议"] == "" and plan.plan.year >= 2024


def test_没有指标表的文件_说应有什么表头(tmp_path):
    path = book(tmp_path / "表.xlsx", ["姓名", "电话"], ["甲", "1"])
    with pytest.raises(Refused, match="没有导入") as refused:
        import_plan(path, tmp_path / "草稿")
    assert "同时有指标、分值、评分标准" in str(refused.value)
    assert not (tmp_path / "草稿").exists()


def test_打不开的文件_已有的文件夹_都不写(tmp_path):
    with pytest.raises(Refused, match="没有导入"):
        import_plan(tmp_path / "没有.xlsx", tmp_path / "草稿")
    (tmp_path / "有").mkdir()
    (tmp_path / "有" / "plan.yaml").write_text("", encoding="utf-8")
    with pytest.raises(Refused):
        import_plan(SHIPPED, tmp_path / "有")
