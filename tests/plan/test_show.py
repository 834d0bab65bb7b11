"""The plan as tables: a cadre finds every number with its clause, ground and way to change it."""

from __future__ import annotations

import pytest

from hecha.plan import Parameter, load_plan
from hecha.plan.show import (
    in_force,
    items_table,
    plan_table,
    readings_table,
    rule_sentence,
    unset,
)
from hecha.problems import Place

PLANS = ["xian2023", "sheng-bangfu", "ducha-403030"]


@pytest.fixture(scope="module")
def plan():
    return load_plan("params/xian2023")


def decided(*rows: tuple[str, str]):
    return load_plan("params/xian2023", [Parameter(key, value, Place("参数.md", "", line))
                                         for line, (key, value) in enumerate(rows, 1)])


@pytest.mark.parametrize(("sheet", "code", "sentence"), [
    ("town", "T-A1-1", "完成年度减贫任务的得8分，否则不得分"),
    ("town", "T-A1-3", "未真正脱贫户每户扣1分，最多扣8分（由入户核查得出）"),
    ("town", "T-A2-1", "相对贫困村居民人均可支配收入（元）÷相对贫困村退出标准×10分，最低0分，最高10分，"
                       "有几个数的取平均"),
    ("town", "T-B2-1", "义务教育入学巩固率以100%为准，每低0.1个百分点扣1分（不足一个台阶按一个计），最多扣3分"),
    ("town", "T-B2-3", "逐项核对：低保1.5分，养老保险1.5分；不适用的项不计，其余换算"),
    ("town", "T-B3-3", "消费帮扶任务完成率≥100%得3分，≥80%得2分，≥60%得1分，其余得0分"),
    ("town", "T-C1-1", "专项资金支出率≥95%得6分，≤60%得0分，两者之间按比例得分"),
    ("town", "T-C1-3", "一般问题个数每个扣2分，最多扣6分；严重违规（挪用、套取）次数达到1次的不得分，"
                       "等次不高于“较好”"),
    ("town", "T-D1-1", "投诉查实件数每件扣1分，最多扣10分；错误识别户数占入户户数5%以上的不得分"),
    ("daily", "D-E1-08", "被通报处数≤0得6分，≤2得4分，其余得2分；迟报或未报的不得分"),
    ("daily", "D-E2-4", "按比例得分：已录入带头人数÷应录入带头人数×4分，加已培训带头人数÷应培训带头人数×4分，"
                        "最多8分"),
    ("daily", "D-E3-1", "每篇中央5分，省3分，市1分，县0.5分，同一篇只按最高一级计，累计最多15分"),
])
def test_每种计分方式都能写成一句评分细则(plan, sheet, code, sentence):
    assert rule_sentence(plan.item[sheet, code], plan) == sentence


@pytest.mark.parametrize(("code", "sentence"), [
    ("R1-2", "没有干部联系户数每户扣1分，不保底，可以扣成负分"),
    ("R3-1", "会议宣传、广播宣传、入户宣传、网络宣传，至少有2项的得10分，否则不得分"),
    ("N1-2", "贫困户人均纯收入（元）÷各单位平均值×2.4分，最低1.5分，最高4分，有几个数的取平均"),
    ("N2-1", "拨付所用工作日≤25得6分，≥50得0分，两者之间按比例得分"),
    ("N2-3", "资金管理评分最高的得6分，每低一名减0.25分，最少得0分，并列的同分"),
    ("P-1", "错退率<2%得30分，其余得0分"),
    ("P-4", "酌情给0至10分，须写明理由"),
])
def test_另一个方案的计分方式也一样写法(code, sentence):
    plan = load_plan("params/ducha-403030")
    item = next(i for i in plan.items if i.code == code)
    assert rule_sentence(item, plan) == sentence


@pytest.mark.parametrize("name", PLANS)
def test_每个细项都有计分方式_条款和依据(name):
    table = items_table(load_plan(f"params/{name}"))
    for column in ("代码", "表", "细项", "分值", "计分方式", "条款", "依据"):
        assert (table[column] != "").all(), column


@pytest.mark.parametrize("name", PLANS)
def test_表里没有英文取值(name):
    table = plan_table(load_plan(f"params/{name}"))
    told = table[~table["部分"].isin(["户的条件"]) & ~table["名称"].isin(["各口径的算式", "收入口径",
                                                                   "扣在哪里"])]
    assert not told["取值"].str.contains("[a-z]{3}").any()
    assert (table["取值"] != "").all()


def test_权重写成算式(plan):
    table = plan_table(plan).set_index("名称")
    assert table.loc["年终成效", "取值"] == "县核查分×60%+抽查村平均分×40%"
    assert table.loc["综合评价", "取值"] == "日常工作×30%+年终成效×70%"
    assert table.loc["综合评价", "依据"] == "原文"
    assert table.loc["综合评价", "原文"].startswith("镇党委和政府综合评价成绩=")


def test_按读法定的_依据写明按读法(plan):
    table = plan_table(plan).set_index("位置")
    assert table.loc["sample.reserves", ["取值", "依据", "读法"]].tolist() == [
        "3", "原文，按读法", "A-21"]


def test_县自己定的_写明文件行号和原来的取值():
    table = plan_table(decided(("household_draw_rule", "disabled_first"),
                               ("income_standard", "10620"))).set_index("位置")
    assert table.loc["sample.household_rule", "取值"] == "先抽1户残疾人户，再抽足其余"
    assert table.loc["sample.household_rule", "县定于"] == (
        "参数.md第1行（原为先取满，没有残疾人户的，末位让给残疾人户）")
    assert table.loc["household.income.standard", "县定于"] == "参数.md第2行（原为未配置）"
    assert (table["县定于"] != "").sum() == 2


def test_县改定后_读法表写明现在采用哪个答案():
    plan = decided(("household_draw_rule", "disabled_first"), ("income_standard", "10620"))
    now = readings_table(plan).set_index("读法")["现在采用"]
    assert now["A-19"] == "先按签号抽1户残疾人户，再从其余户中抽足"
    assert now["B-02"] == "另定为10620"
    assert now["A-03"] == "建议的答案"


def test_没有填的都列为未配置(plan):
    assert unset(plan) == [
        "县代码", "户脱贫标准（元/人·年）", "相对贫困村退出标准（元/人·年）", "镇、村自查完成日",
        "镇级自查报告报送截止日", "抽样会议日期", "核查人员培训日", "实地核查起", "实地核查止", "整改台账统计日"]
    assert in_force(plan, next(r for r in plan.readings if r.id == "B-02")) == "未配置"


def test_不问县里要参数的方案_没有未配置():
    assert unset(load_plan("params/sheng-bangfu")) == []
