"""不在家的户：下一个备选户，理由和两人签名，登记不改；绝不另抽。"""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from hecha.fieldwork.absences import check_log, drawn_households, log_of
from tests.fieldwork.counties import done, drawn, refused, three_towns

VILLAGE = "449901105"
NONCE = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    base = tmp_path_factory.mktemp("替换")
    case = three_towns(base / "三镇")
    nonce = base / "随机数.txt"  # a fixed one: whether a village runs out of reserves hangs on it
    nonce.write_text(NONCE, encoding="ascii")
    drawn(case, base / "out", "--nonce-file", nonce)
    return case


@pytest.fixture
def case(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "三镇"))


def absent(case, unit, *more):
    return ("draw", "replace", unit, case, "--reason", "全户外出", "--names", "甲,乙", *more)


def village_of(case, disabled=None):
    """A drawn village's rows in order: one with a single 残疾人户 drawn where asked for."""
    homes = drawn_households(case)
    for _, own in homes.groupby("village"):
        chosen = own[own["choice"] == "正选"]
        if disabled is None or chosen["disabled"].sum() == disabled:
            return own
    raise AssertionError("no such village")


def units(own, choice):
    return list(own[own["choice"] == choice].sort_values("order")["household"])


def test_依次走访备选户_备选也不在就再下一户(case):
    own = village_of(case)
    own = own[own["stands_for"] != "残疾人户"]
    plain = [u for u in units(own, "正选") if not own.set_index("household").loc[u, "disabled"]]
    first, second, third = units(own, "备选")[:3]
    assert f"应走访：{first}" in done(*absent(case, plain[0], "--on", "2024-01-04"))
    assert f"应走访：{second}" in done(*absent(case, first))
    assert f"应走访：{third}" in done(*absent(case, plain[1]))
    assert [e["stand_in"] for e in log_of(case)] == [first, second, third]
    assert list(check_log(case)) == []


def test_唯一的残疾人户不在_替补的也是残疾人户(case):
    own = village_of(case, disabled=1)
    marks = own.set_index("household")["disabled"]
    [sole] = [u for u in units(own, "正选") if marks[u]]
    spare = [u for u in units(own, "备选") if marks[u]]
    assert f"应走访：{spare[0]}" in done(*absent(case, sole))


def test_备选用完_少一户_不另抽(case):
    own = village_of(case)
    marks = own.set_index("household")["disabled"]
    for unit in units(own, "正选"):
        if not marks[unit]:
            said = done(*absent(case, unit))
    assert "不得另抽" in said


@pytest.mark.parametrize(("change", "says"), [
    (lambda w: [*w[:5], " ", *w[6:]], "须写明理由"), (lambda w: [*w[:7], "甲"], "须有两人签名"),
    (lambda w: [*w[:7], "甲,甲"], "须有两人签名")])
def test_没有理由_不是两个人_不登记(case, change, says):
    words = list(absent(case, units(village_of(case), "正选")[0]))
    assert says in refused(*change(words))
    assert log_of(case) == []


def test_没有抽中的_还没轮到的_登记过的_不能替换(case):
    own = village_of(case)
    assert "没有抽中" in refused(*absent(case, "4499011059999999"))
    assert "还没有轮到" in refused(*absent(case, units(own, "备选")[-1]))
    done(*absent(case, units(own, "正选")[0]))
    assert "已经登记过" in refused(*absent(case, units(own, "正选")[0]))


def test_没有抽签的卷宗用报来的抽样结果(tmp_path):
    case = tmp_path / "报来"
    (case / "draw").mkdir(parents=True)
    shutil.copy("data/yunxi/draw/抽样结果.xlsx", case / "draw")
    own = village_of(case)
    plain = own[(own["choice"] == "正选") & ~own["disabled"].astype(bool)]["household"].iloc[0]
    assert f"应走访：{units(own, '备选')[0]}" in done(*absent(case, plain))
    listed = pd.read_csv(case / ".hecha" / "draw" / "替换登记.csv", dtype=str)
    assert list(listed.columns) == ["不在家的户", "替补户", "理由", "日期", "经办人", "见证人"]
