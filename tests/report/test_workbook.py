"""The workbook: live totals beside the published figures, and text that stays text."""

import io
import subprocess

import openpyxl
import pytest

from hecha.report.workbook import sheets_of, workbook_bytes, write_results_workbook
from tests.report.made import MARK, made_results

SHEETS = ["排名", "镇得分", "村得分", "细项", "扣分台账", "缺什么", "问题清单", "读法"]


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


def test_年终成效和综合评价是活的公式_只在最后取两位():
    row = rows(opened(made_results())["镇得分"])[0]
    assert row["年终成效"] == "=C3*0.6+D3*0.4" and row["综合评价"] == "=F3*0.3+E3*0.7"
    assert row["综合评价（重算）"] == "=ROUND(G3,2)"
    assert "SUMPRODUCT" in row["抽查村平均分"] and "村得分" in row["抽查村平均分"]


def test_同样的结果给同样的字节():
    assert workbook_bytes(made_results()) == workbook_bytes(made_results())


def test_未完成的镇没有公式也没有分数():
    row = rows(opened(made_results(unfinished=("449901100",)))["镇得分"])[0]
    assert row["状态"] == "未完成"
    assert {row[k] for k in ("县核查分", "日常工作", "年终成效", "综合评价", "综合评价（重算）", "综合评价（公布）")} == {None}


def test_像公式的镇名还是镇名():
    sheet = opened(made_results(("=1+1", "+乙镇", "@丙镇")))["镇得分"]
    assert [(c.value, c.data_type) for c in sheet["B"][2:]] == [
        ("=1+1", "s"), ("+乙镇", "s"), ("@丙镇", "s")] or [c.value for c in sheet["B"][2:]] == [
        "=1+1", "+乙镇", "@丙镇"]
    assert all(c.data_type != "f" for c in sheet["B"][2:])


def test_没有户号和证件号():
    for name, frame in sheets_of(made_results()).items():
        assert not frame.astype(str).map(lambda v: "449901102200001" in v).any(axis=None), name


@pytest.mark.office
def test_LibreOffice重算与公布的分数一致(tmp_path, office_file):
    results = made_results(lost=(4, 10, 17))
    path = write_results_workbook(results, tmp_path / "结果.xlsx")
    book = openpyxl.load_workbook(path)  # written again, openpyxl keeps no computed value
    book.save(tmp_path / "重算.xlsx")
    subprocess.run([str(office_file), "--headless", f"-env:UserInstallation=file://{tmp_path}/office",
                    "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out"),
                    str(tmp_path / "重算.xlsx")], check=True, capture_output=True, timeout=240)
    recalculated = rows(openpyxl.load_workbook(tmp_path / "out" / "重算.xlsx", data_only=True)["镇得分"])
    assert [r["核对"] for r in recalculated] == ["一致"] * 3
    for row in recalculated:
        assert row["综合评价（重算）"] == pytest.approx(row["综合评价（公布）"], abs=0)
