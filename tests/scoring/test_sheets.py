"""一张表怎样得分：组内封顶、缺项折算、弄虚作假、扣罚、上级结果、封顶保底。"""

from dataclasses import replace
from fractions import Fraction as F

import pytest

from hecha.plan.rules import DeductPerCase, GroupCap, Option
from hecha.scoring.items import ItemScore
from hecha.scoring.rows import Part, item_row
from hecha.scoring.sheets import (
    ExternalResult,
    Penalty,
    close_item_for_fraud,
    finish_sheet,
    share_group_caps,
)
from tests.scoring.small_case import judged_plan

PLAN = judged_plan()
SHEET = PLAN.sheet["village"]
ITEMS = PLAN.items_of("village")
SAID = Penalty(F(0), "代签", "云乡振组〔2024〕3号", "returns/调整.csv第3行")


def scored(lost=None, absent=()):
    """The village sheet with points lost by item code and some items 缺项."""
    lost, made = lost or {}, []
    for item in ITEMS:
        one = ItemScore("village", "村", item, "scored", item.points)
        if item.code in absent:
            one = replace(one, state="na", score=None, reason=item.na_when or "")
        elif item.code in lost:
            one = one.with_part(Part("deduction", "", F(lost[item.code]), "扣"))
        made.append(one)
    return made


def finish(items, frauds=(), penalties=(), external=None, sheet=SHEET):
    done = finish_sheet(PLAN, sheet, "村", list(items), list(frauds), list(penalties), external)
    if done.score is not None:
        assert sheet.total - done.score == sum((r.points for r in done.rows), F(0))
    return done


def test_没有扣分就是满分():
    assert finish(scored()).score == 100


def test_适用满分95分_实得86分半_换算为91点05分():
    done = finish(scored({"V-A1-1": 3, "V-B1-1": "5.5"}, ["V-B2-1"]))
    assert done.score == F("86.5") / 95 * 100
    assert done.sentence == "适用满分95分,实得86.50分,换算为91.05分"


@pytest.mark.parametrize(("absent", "flagged"), [
    (["V-C1-1", "V-B2-1", "V-B3-1"], False), (["V-C1-1", "V-B2-1", "V-B3-1", "V-B3-2"], True)])
def test_缺项超过20分才提示_恰20分不提示(absent, flagged):
    assert finish(scored(absent=absent)).flagged is flagged


def test_全是缺项没有分数():
    done = finish(scored(absent=[i.code for i in ITEMS]))
    assert done.score is None and done.missing == ("各细项均为缺项，没有得分",)


def test_缺项给满分_或给0分_由方案定():
    items = scored({"V-A1-1": 3}, ["V-B2-1"])
    assert finish(items, sheet=SHEET.model_copy(update={"na": "full"})).score == 100 - 3
    assert finish(items, sheet=SHEET.model_copy(update={"na": "zero"})).score == 100 - 3 - 5


def test_弄虚作假_该项0分_另扣5分():
    items = scored()
    items[0] = close_item_for_fraud(items[0], SAID)
    assert finish(items, [SAID]).score == 100 - 15 - 5


def test_弄虚作假另扣的一张表最多20分():
    items = scored()
    for index in range(6):
        items[index] = close_item_for_fraud(items[index], SAID)
    gone = sum((i.points for i in ITEMS[:6]), F(0))
    assert finish(items, [SAID] * 6).score == 100 - gone - 20


def test_弄虚作假的5分在缺项折算之后扣():
    items = scored(absent=["V-B2-1"])
    items[0] = close_item_for_fraud(items[0], SAID)
    assert finish(items, [SAID]).score == F(80, 95) * 100 - 5


def test_扣到0分为止():
    done = finish(scored(), penalties=[replace(SAID, points=F(130))])
    assert done.score == 0
    assert done.rows[-1].part.type == "clamp"


def test_省市结果替换整张表_满分120的折成100():
    result = ExternalResult("省", F("106.7") / 120 * 100, "", "省核查反馈〔2024〕2号", "")
    done = finish(scored({"V-A1-1": 3}), [SAID], external=result)
    assert done.score == F("106.7") / 120 * 100
    assert done.before == 97


def test_只有等次没有分数的上级结果不换分():
    result = ExternalResult("省", None, "较好", "文", "")
    assert finish(scored({"V-A1-1": 3}), external=result).score == 97


def test_缺一项就没有表分_并写明缺什么():
    items = scored()
    items[2] = replace(items[2], state="missing", score=None, reason="没有填“会议记录”")
    done = finish(items)
    assert done.score is None
    assert done.missing == ("V-B1-1 村级责任与走访记录：没有填“会议记录”",)


def group(*lost):
    rule = DeductPerCase(kind="deduct_per_case", options=[Option(name="户", amount=F(2))],
                         cap=GroupCap(group="B2", points=F(20)))
    made = []
    for index, points in enumerate(lost):
        item = ITEMS[index].model_copy(update={"rule": rule, "points": F(6)})
        part = Part("deduction", "户", F(points), "扣")
        made.append(ItemScore("village", "村", item, "scored", F(6) - F(points),
                              rows=(item_row("village", "村", item, part, ()),)))
    return made


def test_组内最多扣20分_多扣的从最后一项退还():
    after = share_group_caps(group(10, 8, 6))
    assert [6 - one.score for one in after] == [10, 8, 6 - 4]


def test_退完最后一项再退前一项():
    after = share_group_caps(group(18, 8, 2))
    assert [6 - one.score for one in after] == [18, 8 - 6, 2 - 2]


def test_弄虚作假的细项不参加组内退还():
    items = group(10, 8, 6)
    items[2] = close_item_for_fraud(items[2], SAID)
    assert [one.score for one in share_group_caps(items)] == [6 - 10, 6 - 8, 0]
