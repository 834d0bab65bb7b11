"""The workbook: live totals beside the published figures, and text that stays text."""

import io
import subprocess
from dataclasses import replace

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hecha.points import publish, rounded
from hecha.report.workbook import sheets_of, workbook_bytes
from tests.report.made import MARK, made_results

SHEETS = ["排名", "镇得分", "村得分", "结果运用", "细项", "扣分台账", "等次线", "缺什么", "问题清单", "读法"]


def opened(results, **more):
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(results)), **more)


def rows(sheet):
    header, *body = sheet.iter_rows(min_row=2, values_only=True)
    return [dict(zip(header, row, strict=True)) for row in body]


def test_工作簿的各表():
    book = opened(made_results())
    assert book.sheetnames == SHEETS
    assert all(book[name].freeze_panes for name in SHEETS)
    assert book["排名"].oddHeader.center.text == MARK


def test_从扣分台账到综合评价都是活的公式():
    row = rows(opened(made_results())["镇得分"])[0]
    assert row["县核查分"].startswith("=100-SUMPRODUCT(('扣分台账'!")
    assert "SUMPRODUCT" in row["抽查村平均分"] and "村得分" in row["抽查村平均分"]
    assert row["年终成效"] == "=C3*0.6+D3*0.4" and row["综合评价"] == "=F3*0.3+E3*0.7"


def test_公布分先去掉二进制的误差_再四舍五入一次():
    row = rows(opened(made_results())["镇得分"])[0]
    assert row["综合评价（重算）"] == "=ROUND(ROUND(G3,11),2)"


@given(st.fractions(min_value=0, max_value=200, max_denominator=10**6))
def test_先取11位再取两位_与只取一次相同(score):
    assert rounded(rounded(score, 11), 2) == publish(score)


def test_等次线取自方案_低的在前():
    assert [(r["等次"], r["下限"], r["无突出问题拟办"]) for r in rows(opened(made_results())["等次线"])] == [
        ("较差", 0, "约谈分管负责同志"), ("一般", 60, "约谈分管负责同志"), ("较好", 80, "表扬"),
        ("好", 90, "表扬")]


def test_等次和名次是公式_旁边是公布的():
    row = rows(opened(made_results())["镇得分"])[0]
    assert row["按分数"].startswith("=LOOKUP(") and row["名次"].startswith("=1+SUMPRODUCT(")
    assert row["等次（公布）"] in ("好", "较好", "一般", "较差") and row["名次（公布）"] == 1


def test_不排名的工作簿里没有名次():
    results = made_results()
    plan = results.plan.model_copy(update={
        "grades": results.plan.grades.model_copy(update={"ranked": False})})
    sheets = sheets_of(replace(results, plan=plan))
    assert "排名" not in sheets
    assert not [c for frame in sheets.values() for c in frame.columns if "名次" in c]


def test_排名表自己排次序():
    row = rows(opened(made_results())["排名"])[0]
    assert "MATCH(1,'镇得分'!" in row["镇"] and "INDEX(" in row["等次"]


def test_同样的结果给同样的字节():
    assert workbook_bytes(made_results()) == workbook_bytes(made_results())


def test_未完成的镇没有公式也没有分数():
    row = rows(opened(made_results(unfinished=("449901100",)))["镇得分"])[0]
    assert row["状态"] == "未完成（暂定）" and row["等次"] is row["名次"] is None
    assert {row[k] for k in ("县核查分", "日常工作", "年终成效", "综合评价", "综合评价（重算）", "综合评价（公布）")} == {None}


def test_像公式的镇名还是镇名():
    sheet = opened(made_results(("=1+1", "+乙镇", "@丙镇")))["镇得分"]
    assert [c.value for c in sheet["B"][2:]] == ["=1+1", "+乙镇", "@丙镇"]
    assert all(c.data_type != "f" for c in sheet["B"][2:])


def test_没有户号和证件号():
    for name, frame in sheets_of(made_results()).items():
        assert not frame.map(lambda v: "449901102200001" in str(v)).any(axis=None), name


def recalculated(folder, office_file, **books):
    """The workbooks without their computed values, worked out again by LibreOffice in one go."""
    for name, book in books.items():
        book.save(folder / f"{name}.xlsx")  # openpyxl keeps no computed value
    subprocess.run([str(office_file), "--headless", f"-env:UserInstallation={(folder / 'lo').as_uri()}",
                    "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"),
                    *(str(folder / f"{name}.xlsx") for name in books)],
                   check=True, capture_output=True, timeout=240)
    return {n: openpyxl.load_workbook(folder / "out" / f"{n}.xlsx", data_only=True) for n in books}


def changed(results):
    """The third town's first loss doubled: the town falls, and everything after it follows."""
    book = opened(results)
    ledger = book["扣分台账"]
    heads = {cell.value: cell.column for cell in ledger[2]}
    row = next(r for r in range(3, ledger.max_row + 1)
               if ledger.cell(r, heads["单位代码"]).value == "449901100")
    ledger.cell(row, heads["扣分"]).value = 60
    return book


@pytest.mark.office
def test_LibreOffice重算_每个公式都与写出的值一样_改一条扣分名次跟着变(tmp_path, office_file):
    results = made_results(lost=(4, 10, 10))  # 乙镇、丙镇并列
    told = recalculated(tmp_path, office_file, same=opened(results), changed=changed(results))
    written, formulas = opened(results, data_only=True), opened(results)
    checked = 0
    for name in SHEETS:
        for cell in (c for line in formulas[name].iter_rows() for c in line if c.data_type == "f"):
            was, now = (b[name][cell.coordinate].value for b in (written, told["same"]))
            exact = isinstance(was, str) or "ROUND" in cell.value or "名次" in name
            assert now == (was if exact else pytest.approx(was, abs=1e-11)) or (was, now) == ("", None)
            checked += 1
    assert checked > 60
    assert [r["核对"] for r in rows(told["same"]["镇得分"])] == ["一致"] * 3
    assert [r["名次"] for r in rows(told["same"]["排名"])] == [1, 2, 2]
    after = rows(told["changed"]["排名"])
    assert [r["镇"] for r in after] == ["乙镇", "丙镇", "甲镇"] and after[-1]["名次"] == 3
    assert {r["镇"]: r["核对"] for r in rows(told["changed"]["镇得分"])}["甲镇"] == "不一致"
