"""Fragments show what was typed, escaped, in tables a screen reader can follow."""

import pandas as pd
import pytest

from hecha.report.fragments import (
    Column,
    badge,
    heading,
    labelled,
    listing,
    notice,
    table,
    tiles,
)

HOSTILE = '<script>alert("1")</script>\u202e&\'镇'
COLUMNS = [Column("town", "镇", head=True), Column("score", "得分", number=True)]


def frame(*rows):
    return pd.DataFrame(rows, columns=["town", "score"])


def test_表有题目_列头有范围_数字成列():
    assert table(frame(("甲镇", "90.00")), COLUMNS, "得分").html == (
        '<div class="scroll short" tabindex="0" role="region" aria-label="得分">\n<table>\n'
        "<caption>得分</caption>\n"
        '<thead><tr><th scope="col">镇</th><th scope="col" class="n">得分</th></tr></thead>\n'
        '<tbody>\n<tr><th scope="row">甲镇</th><td class="n">90.00</td></tr>\n</tbody>\n'
        "</table>\n</div>")


def test_手机上成卡片的表_仍是表():
    made = table(frame(("甲镇", "90.00")), COLUMNS, "得分", stacked=True).html
    assert 'role="table"' in made and 'role="rowheader"' in made
    assert '<table role="table" style="--c2:&#34;得分&#34;;">' in made, "每个格在卡片上有列名，列名只写一次"
    assert '<td class="n" role="cell">90.00</td>' in made


def test_没有行的表说无():
    assert '<td colspan="2">无</td>' in table(frame(), COLUMNS, "得分").html


@pytest.mark.parametrize("made", [
    table(frame((HOSTILE, HOSTILE)), COLUMNS, HOSTILE, note=HOSTILE, total=(HOSTILE, "")),
    tiles([(HOSTILE, HOSTILE, HOSTILE)]), listing(HOSTILE, [HOSTILE]), notice(HOSTILE),
    badge(HOSTILE), heading(HOSTILE, HOSTILE), labelled(HOSTILE, HOSTILE)])
def test_别有用心的镇名只是文字(made):
    assert "<script" not in made.html and "&lt;script&gt;" in made.html
    assert 'alert("1")' not in made.html


def test_片段放进片段不再转义():
    assert '<td class="n"><span class="b">好</span></td>' in table(
        frame(("甲镇", badge("好"))), COLUMNS, "得分").html


@pytest.mark.parametrize(("typed", "seen"), [
    ("身份证440524188001010014", "440***********0014"), ("户4499011022000016", "449901102200****")])
def test_证件号和户号不上页面(typed, seen):
    made = listing("", [typed]).html
    assert seen in made and typed not in made


def test_多出的行收起来():
    made = listing("问题", ["一", "二", "三"], fold=2).html
    assert "<summary>其余1条</summary>" in made
