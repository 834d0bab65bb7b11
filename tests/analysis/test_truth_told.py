"""How truth is told: as places to look at, never as a finding; nobody named, nothing invented."""

import re
from pathlib import Path

import openpyxl
import pytest

from hecha import show
from hecha.analysis.back_check import MONEY, TYPES
from hecha.analysis.honesty import look_at
from hecha.analysis.simulated import Wrong
from hecha.batch.opening import load_only
from hecha.fieldwork import backchecking
from hecha.fieldwork.backchecking import read_form, tables
from hecha.show.truth_seen import ON_SITE, Truth
from tests.analysis.truthful import made_case, made_plan, results

SMALL = Path("data/houpinggu2021")
VERDICTS = re.compile("造假|虚报|作弊|作假|伪造|编造|骗|欺|弄虚|谎|瞒")
VERBS = [getattr(show, name) for name in show.__all__ if name.startswith("truth_")]


@pytest.fixture(scope="module")
def false(tmp_path_factory):
    """A county with false reports, a copy, a rounding team and a back-check with two faults."""
    case = made_case(Wrong(false_share=0.4, copied=1, rounding=0.6))
    path = tmp_path_factory.mktemp("复核") / "复核表.xlsx"
    return Truth(look_at(made_plan(), case, results()), read_form(filled(path, case), case, made_plan(), 0.1))


def filled(path, case):
    """The back-check form, three households filled, one of them unknown, one cell unreadable."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = backchecking.SHEET
    headers = [c.header for c in backchecking.BACK_CHECK.columns]
    sheet.append(headers)
    homes = [(r.household, r.village) for r in case.households.head(2).itertuples()]
    for household, village in [*homes, ("449901100200" + "9999", "449901100200")]:
        given = {"户编号": household, "村代码": village, "家庭人口": "2", "住房等级": "A"}
        sheet.append([given.get(h, "") for h in headers])
    sheet.cell(2, headers.index("家庭人口") + 1).value = "两口"
    book.save(path)
    return path


def text(piece):
    return piece.alt + piece.caption + str(piece.rows) if hasattr(piece, "alt") else re.sub("<[^>]+>", "", piece.html)


def test_说的都是到现场看_没有一句是断定(false):
    for verb in VERBS:
        assert not VERDICTS.search(text(verb(false))), verb.__name__
    for path in (*Path("hecha/show").glob("truth*.py"), Path("hecha/fieldwork/backchecking.py"),
                 Path("hecha/commands_backcheck.py"), Path("notebooks/truth.ipynb"),
                 Path("hecha/analysis/planted.csv")):
        assert not VERDICTS.search(path.read_text(encoding="utf-8")), path


def test_列出的每一条都说请到现场核实(false):
    lead = show.truth_bottom_line(false).html.split('class="listing lead"')[1].split("</div>")[0]
    lines = re.findall("<li>(.*?)</li>", lead)
    assert len(lines) >= 3 and all(ON_SITE in line or "对照扣分台账" in line for line in lines)


def test_没有户号_没有姓名(false):
    told = "".join(text(verb(false)) for verb in VERBS)
    assert not re.search(r"\d{16}", told) and "张三" not in told
    book = tables(false.checked)
    assert not any("9999" in str(v) for f in book.values() for v in f.to_numpy().ravel())


def test_照抄的两份指到行_取整的组指到镇(false):
    assert "第2、3行" in text(show.truth_alike(false))
    assert false.seen.teams.set_index("town").loc["449901100", "adjusted"] < 0.05


def test_复核表的问题说在格子上_其余照比(false):
    said = [str(p) for p in false.checked.problems]
    assert len(said) == 2 and "第2行「家庭人口」" in said[0] and "第4行「户编号」" in said[1]
    assert false.checked.compared["household"].nunique() == 2


def test_没有户表的方案_说明为什么不能检验():
    plan = made_plan().model_copy(update={"household": None})
    told = Truth(look_at(plan, made_case(), results(self_scores=False)), None)
    said = text(show.truth_bottom_line(told))
    assert "一项检验也做不了" in said and "没有户表" in said and "不能估计" in said
    for verb in VERBS:
        assert text(verb(told))


def test_漏评率用话拒绝_不写成零(false):
    told = text(show.truth_rates(false))
    assert "漏评率：不能估计" in told and "漏评率0" not in told


def test_诚实的县_也说得全_说没有列出不等于没有问题():
    told = Truth(look_at(made_plan(), made_case(), results()), None)
    assert all(text(verb(told)) for verb in VERBS)
    assert "不等于没有问题" in text(show.truth_bottom_line(told))


def test_抽复核的表_没有第一次的答案_照填回来一处不差(tmp_path):
    path, households = backchecking.draw_form(SMALL, f"params/{SMALL.name}", "20240111", 2, tmp_path)
    book = openpyxl.load_workbook(path)
    form, tickets = book[backchecking.SHEET], book[backchecking.DRAWN]
    assert form.max_row == households + 1 and tickets.max_row >= form.max_row
    asked = [cell.value for cell in form[1]][2:]
    assert all(cell.value in (None, "") for row in form.iter_rows(min_row=2, min_col=3) for cell in row)
    assert "工资性收入" in asked and "户主姓名" not in asked
    first = load_only(SMALL, f"params/{SMALL.name}")[2].households.set_index("household")
    columns = {c.header: c.name for c in backchecking.BACK_CHECK.columns}
    for row in form.iter_rows(min_row=2):
        for cell, header in zip(row, columns, strict=True):
            if columns[header] in TYPES:
                value = first.at[row[0].value, columns[header]]
                money = columns[header] in MONEY
                cell.value = f"{value / 100:.2f}" if money else {"True": "是", "False": "否"}.get(
                    str(value), str(value))
    book.save(path)
    checked = backchecking.checked_case(SMALL, f"params/{SMALL.name}", str(path), 0.1)
    assert [str(p) for p in checked.problems.errors] == []
    assert len(checked.compared) == households * len(TYPES) and not checked.compared["differs"].any()


def test_没有户表的方案不能抽复核_没有复核表说放在哪里(tmp_path):
    with pytest.raises(backchecking.NothingToCheck, match="没有户表"):
        backchecking.draw_form("data/sheng-bangfu", "params/sheng-bangfu", "1", 2, tmp_path)
    with pytest.raises(backchecking.NothingToCheck, match="backcheck/复核表.xlsx"):
        backchecking.checked_case(SMALL, f"params/{SMALL.name}", "", 0.1)
