"""结果表里写人的号码都遮住：填表的人把证件号、电话、户编号写进说明里，也出不去。"""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest

from hecha.report import published
from hecha.report.workbook import workbook_bytes
from hecha.tables.writing import write_csv
from tests.report.made import made_results

ID, PHONE, HOUSEHOLD = "440524188001010014", "13800138000", "4499011002000016"
TYPED = f"户{HOUSEHOLD}张某（{ID}，电话{PHONE}）反映"


@pytest.fixture(scope="module")
def results():
    made = made_results(unfinished=("449901102",))
    return replace(
        made, ledger=made.ledger.assign(sentence=TYPED, evidence=TYPED),
        items=made.items.assign(reason=TYPED), missing=made.missing.assign(what=TYPED),
        sheets=made.sheets.assign(external=TYPED, missing=TYPED),
        listed=made.listed.assign(reason=TYPED),
        towns=made.towns.assign(problem=True, notes=f"突出问题：{TYPED}", action="表扬",
                                action_note=TYPED, caps=TYPED, grade="好"))


@pytest.mark.parametrize("name", ["villages", "sheets", "items", "ledger", "missing", "listed",
                                  "consequences"])
def test_哪张表都没有证件号_电话_户编号(name, results, tmp_path):
    results = replace(results, towns=results.towns.assign(action=next(
        c.action for c in results.plan.consequences if "好" in c.grades and c.problem)))
    write_csv(published.tables(results)[name], tmp_path / "表.csv")
    text = (tmp_path / "表.csv").read_text(encoding="utf-8-sig")
    assert "反映" in text and [n for n in (ID, PHONE, HOUSEHOLD) if n in text] == []


def test_精确值一位不少(results):
    shown = published.towns(results)["综合评价精确值"]
    exact = [published.exact(v) for v in results.towns["comprehensive"]]
    assert list(shown) == exact and "*" not in "".join(exact)


def test_工作簿也一样_公式旁存的值也是(results):
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(results))) as packed:
        told = "".join(packed.read(n).decode("utf-8") for n in packed.namelist() if n.endswith(".xml"))
    assert "反映" in told and [n for n in (ID, PHONE, HOUSEHOLD) if n in told] == []
