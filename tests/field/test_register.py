"""A register drawn by ticket: the same households as the draw of a county, village by village."""

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hecha.field.draw import draw
from hecha.field.register import NotForRegisters, draw_register
from hecha.problems import Refused
from hecha.tables.engine import engine
from tests.field.made import DISABLED_FIRST, RULE, STRATIFIED, frame_from, unhurried


def kept(households, path):
    with engine({"h": households[["village", "household", "disabled"]]}) as ask:
        return ask.keep("select * from h", path)


def lines(frame, columns=("village", "household", "choice", "order", "stands_for", "disabled")):
    return sorted(frame[list(columns)].itertuples(index=False, name=None))


@pytest.mark.parametrize("rule", [RULE, DISABLED_FIRST, replace(RULE, disabled=2)],
                         ids=["最后一户让位", "先抽残疾人户", "至少两户残疾人户"])
def test_抽出的户和备选与逐县抽签相同(yunxi_frame, rule, tmp_path):
    rule = replace(rule, villages=99)
    ours = draw_register([kept(yunxi_frame.households, tmp_path / "户.parquet")], "42", rule)
    theirs = draw(yunxi_frame, "42", rule).households
    assert lines(ours) == lines(theirs) and len(ours) > 100


@unhurried
@given(st.lists(st.booleans(), min_size=1, max_size=25), st.integers(0, 99),
       st.sampled_from([RULE, DISABLED_FIRST, replace(RULE, disabled=2, reserves=1),
                        replace(RULE, disabled=0)]))
def test_任何一村都相同(tmp_path_factory, homes, seed, rule):
    frame = frame_from({"449901100201": homes})
    path = kept(frame.households, tmp_path_factory.mktemp("村") / "户.parquet")
    assert lines(draw_register([path], str(seed), rule)) == lines(
        draw(frame, str(seed), rule).households)


def test_列不对_空白_一次说出来(yunxi_frame, tmp_path):
    households = yunxi_frame.households[["village", "household"]].assign(disabled="是")
    with pytest.raises(Refused, match="应为：BOOLEAN"):
        draw_register([kept(households, tmp_path / "甲.parquet")], "42", RULE)
    blank = yunxi_frame.households.assign(village=None).astype({"village": "str"})
    blank["village"] = pd.array([None] * len(blank), dtype="str")
    with pytest.raises(Refused, match=f"有{len(blank)}户空白"):
        draw_register([kept(blank, tmp_path / "乙.parquet")], "42", RULE)


def test_每个文件都要对_不只第一个(yunxi_frame, tmp_path):
    right = kept(yunxi_frame.households, tmp_path / "甲.parquet")
    wrong = kept(yunxi_frame.households.assign(disabled="true"), tmp_path / "乙.parquet")
    with pytest.raises(Refused, match="乙.parquet「disabled」列"):
        draw_register([right, wrong], "42", RULE)


def test_同一户写了几行_不抽_说出是哪一户(tmp_path):
    """三份相同的名册合在一起，一户占三个位置，12户里只会抽出3户。"""
    homes = frame_from({"449901100201": [False] * 12}).households
    files = [kept(homes, tmp_path / f"{n}.parquet") for n in range(3)]
    with pytest.raises(Refused, match="每户只能一行，填的是“449901100201"):
        draw_register(files, "42", RULE)


def test_分层的方案不能在花名册上抽():
    with pytest.raises(NotForRegisters, match="分层抽户"):
        draw_register([], "42", STRATIFIED)
