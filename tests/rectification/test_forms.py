"""Handing over, filling the workbook, reading it back; with openpyxl and once LibreOffice."""

import datetime as dt
import sqlite3
import subprocess
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from hecha.batch.rectifying import (
    BOOK,
    NotIssued,
    Unreceived,
    close,
    history,
    receive,
    send_back,
    verify,
)
from hecha.problems import Problems
from hecha.rectification.states import NotAllowed
from hecha.rectification.workbook import SHEET
from hecha.tables import read_grids
from tests.rectification.made import AT, FIRST, ON, fill, handed_ledger, handed_over, items_of
from tests.report.made import made_results

FULL = {"整改措施": "补发资助", "责任人": "叶丽晴", "佐证": "照片4张", "状态": "待复核"}


@pytest.fixture
def issued(tmp_path):
    case, made = handed_over(tmp_path)
    return case, made.written[0]


def at(received):
    return [(p.code, cell) for p, cell in zip(received.problems, received.cells, strict=True)
            if p.code != "overdue"]


def test_每扣一项分就有一项整改_时限自交办之日起(tmp_path):
    case, made = handed_over(tmp_path)
    items = items_of(case)
    # 3个镇，每镇的镇表、日常表各1项，2个村各1项
    assert len(items) == 3 * (1 + 1 + 2) and len(made.written) == 3
    assert items[FIRST].asked["due"] == "2024-03-10"  # 1月10日起60天：21 + 29 + 10
    assert items[FIRST].state == "未整改" and items[FIRST].asked["source"] == "镇"


def test_填好交回_登记_再发一次_填过的都在(issued, tmp_path):
    case, path = issued
    got = receive(case, fill(path, FULL), "李四", AT)
    assert (got.errors, items_of(case)[FIRST].state) == (0, "待复核")
    _, again = handed_over(tmp_path, out="再发")
    assert again.count("ask") == 0
    row = next(r for r in load_workbook(again.written[0])[SHEET].iter_rows(min_row=4, values_only=True)
               if r[13] == FIRST)
    assert (row[4], row[7], row[9], row[10]) == ("补发资助", "叶丽晴", "待复核", "照片4张")


def test_填了还没有收的_不许盖掉(issued, tmp_path):
    case, path = issued
    fill(path, {"整改措施": "补发资助"})
    with pytest.raises(Unreceived, match="没有覆盖"):
        handed_over(tmp_path)
    receive(case, path, "李四", AT)
    handed_over(tmp_path)


def test_锁定的格改了_不认得的编号_缺佐证_都说在格子上(issued):
    case, path = issued
    fill(path, {"问题": "没有问题", "状态": "待复核", "整改措施": "补发"})
    fill(path, {"编号": "2023-X-1"}, "2023-V-A1-1-449901100200")
    fill(path, {"状态": "已办结"}, "2023-V-A1-1-449901100201")
    got = receive(case, path, "李四", AT)
    assert set(at(got)) == {("locked", "B4"), ("no_evidence", "K4"), ("unknown_id", "N5"),
                            ("not_allowed", "J6"), ("rows_lost", "A1")}
    assert items_of(case)[FIRST].filled["measure"] == "补发"
    assert items_of(case)[FIRST].asked["problem"] != "没有问题"


def test_抹掉版次的表不收_别的镇的行不收(issued):
    case, path = issued
    other = path.with_name(next(p.name for p in path.parent.glob("*101*.xlsx")))
    fill(other, {"编号": FIRST, "整改措施": "替别人填"}, FIRST.replace("100", "101"))
    book = load_workbook(path)
    book[SHEET]["A2"] = "整改台账"
    book.save(path)
    got = receive(case, path.parent, "李四", AT)
    assert {"no_edition", "other_town"} <= {code for code, _ in at(got)}
    assert items_of(case)[FIRST].filled["measure"] == ""


def test_同一版两份填得不一样_收几次都说_重发以后才改(issued, tmp_path):
    case, path = issued
    folder = tmp_path / "收"
    folder.mkdir()
    for name, measure in ((path.name, "修路"), (f"{path.stem}(1).xlsx", "补发资助")):
        (folder / name).write_bytes(path.read_bytes())
        fill(folder / name, {"整改措施": measure})
    first, *later = [receive(case, folder, "李四", AT) for _ in range(3)]
    other = receive(case, (folder / path.name).rename(folder / "另名.xlsx"), "李四", AT)
    assert [at(got) for got in (first, *later, other)] == [[("conflict", "E4")]] * 4
    assert items_of(case)[FIRST].filled["measure"] == "补发资助" and not other.steps
    receive(case, fill(folder / f"{path.stem}(1).xlsx", {"责任人": "叶丽晴"}), "李四", AT)  # 空的格接着填，不是两样
    assert items_of(case)[FIRST].filled["person"] == "叶丽晴"
    receive(case, fill(folder / f"{path.stem}(1).xlsx", FULL), "李四", AT)
    send_back(case, [FIRST], "照片看不清", "王五", AT)  # 退回不是说改用另一份
    assert ("conflict", "E4") in at(receive(case, folder, "李四", AT))
    assert items_of(case)[FIRST].filled["measure"] == "补发资助"
    assert list(history(case, FIRST)["事项"]).count("没有采用") == 1
    _, new = handed_over(tmp_path, out="再发")
    assert at(receive(case, fill(new.written[0], {"整改措施": "修路"}), "李四", AT)) == []
    assert items_of(case)[FIRST].filled["measure"] == "修路"


def test_时限过了_收表时说过了几天(issued):
    case, path = issued
    got = receive(case, fill(path, {"整改措施": "补发"}), "李四", "2024-03-12T09:00:00")
    late = [(p.message, cell) for p, cell in zip(got.problems, got.cells, strict=True)
            if p.code == "overdue"]
    # 甲镇4项都到3月10日，都没有销号
    assert [cell for _, cell in late] == ["I4", "I5", "I6", "I7"] and "已过2天" in late[0][0]
    on_time = receive(case, path, "李四", "2024-03-12T09:00:00", dt.date(2024, 3, 10))
    assert "overdue" not in {p.code for p in on_time.problems}


def test_像公式的文字仍是文字(issued, tmp_path):
    case, path = issued
    receive(case, fill(path, {"责任人": "'=1+1", "整改措施": "０１２"}), "李四", AT)
    assert items_of(case)[FIRST].filled["measure"] == "０１２"
    _, again = handed_over(tmp_path, out="再发")
    cell = next(r for r in load_workbook(again.written[0])[SHEET].iter_rows(min_row=4)
                if r[13].value == FIRST)[4]
    assert (cell.data_type, cell.number_format) == ("s", "@")


def test_县里复核_退回要原因_销号要别人_来龙去脉都在(issued, tmp_path):
    case, path = issued
    receive(case, fill(path, FULL), "李四", AT)
    send_back(case, [FIRST], "照片看不清", "王五", "2024-01-25T09:00:00")
    assert items_of(case)[FIRST].state == "整改中"
    got = receive(case, fill(path, {"佐证": "照片8张"}), "李四", "2024-01-28T09:00:00")
    assert at(got) == [("sent_back", "J4")] and items_of(case)[FIRST].state == "整改中"
    _, new = handed_over(tmp_path, out="新表")
    receive(case, fill(new.written[0], {"状态": "待复核"}), "李四", "2024-01-29T09:00:00")
    with pytest.raises(NotAllowed, match="不能是责任人本人"):
        close(case, [FIRST], "叶丽晴", "王五", AT)
    close(case, [FIRST], "江晴莲", "王五", "2024-02-01T09:00:00")
    assert items_of(case)[FIRST].state == "销号"
    told = list(history(case, FIRST)["说明"])
    assert "待复核→整改中：照片看不清" in told and "佐证“照片4张”→“照片8张”" in told
    assert verify(case)[0] == []


def test_没有交办就收表_说先交办(tmp_path):
    (tmp_path / "空").mkdir()
    (tmp_path / "表.xlsx").write_bytes(b"")
    with pytest.raises(NotIssued, match="还没有交办"):
        receive(tmp_path / "空", tmp_path / "表.xlsx", "李四", AT)


def test_重新计分没有了的撤销_又有了的恢复_填过的还在(issued, tmp_path):
    case, path = issued
    receive(case, fill(path, FULL), "李四", AT)
    handed_over(tmp_path, made_results(lost=(0, 10, 30)), out="二")
    assert items_of(case)[FIRST].withdrawn
    handed_over(tmp_path, out="三")
    one = items_of(case)[FIRST]
    assert (one.withdrawn, one.state, one.filled["evidence"]) == ("", "待复核", "照片4张")


def test_没有算完的镇_不撤销(tmp_path):
    case, _ = handed_over(tmp_path)
    handed_over(tmp_path, made_results(lost=(0, 10, 30), unfinished=("449901100",)), out="二")
    assert not items_of(case)[FIRST].withdrawn


def test_卷宗里的整改台账收进来_对得上的并入_村民的编号不写户(tmp_path):
    ledger = handed_ledger(
        ("1", "任务没完成", "镇", "T-A2-1", "待复核", "照片", "叶丽晴", "", "449901100"),
        ("2", "档案涂改", "户", "V-D1-1", "销号", "照片", "何然", "江晴莲", "4499011002000012"),
        ("3", "危房", "村", "V-B2-4", "销号", "照片", "何然", "何然", "449901100200"),
        ("4", "没佐证", "村", "V-C1-1", "待复核", "", "何然", "", "449901100200"))
    case, made = handed_over(tmp_path, handed=ledger)
    items = items_of(case)
    assert (items[FIRST].state, items[FIRST].asked["due"]) == ("待复核", "2024-02-01")
    assert "台账：任务没完成" in items[FIRST].asked["problem"]
    assert [items[f"2023-台账-{n}"].state for n in (2, 3, 4)] == ["销号", "待复核", "整改中"]
    assert [(p.code, p.place.row, p.place.column) for p in made.problems] == [
        ("same_person", 4, "复核人"), ("no_evidence", 5, "佐证")]
    text = (tmp_path / "out").rglob("*.csv")
    assert not any("4499011002000012" in p.read_text("utf-8-sig") for p in text)
    _, again = handed_over(tmp_path, handed=ledger, out="再")
    assert again.steps == []


def test_发给镇的工作簿不写身份证号_原样交回不算改动(tmp_path):
    case, made = handed_over(tmp_path, handed=handed_ledger(
        ("1", "身份证440524188001010014没有录入", "镇", "T-A2-1", "未整改", "", "", "", "449901100")))
    told = [c.value for r in load_workbook(made.written[0])[SHEET].iter_rows() for c in r if c.value]
    assert not any("440524188001010014" in str(v) for v in told)
    assert any("身份证440***********0014没有录入" in str(v) for v in told)
    assert at(receive(case, made.written[0], "李四", AT)) == []
    assert "440524188001010014" not in str(history(case, FIRST))


def test_登记簿被改动过_逐条说出(issued):
    case, _ = issued
    with sqlite3.connect(case / ".hecha" / BOOK) as base:
        base.execute("drop trigger entry_is_final")
        base.execute("update entry set who = '别人' where number in (2, 5)")
    assert verify(case)[0][0] == "第2条被改动过" and "第5条被改动过" in verify(case)[0]


def test_没有任务的镇_台账上有它的_也发表(tmp_path):
    results = made_results()
    units = replace(results.units, excluded={"449901109": "丁镇"},
                    names=results.units.names | {"449901109": "丁镇"})
    _, made = handed_over(tmp_path, replace(results, units=units), handed_ledger(
        ("1", "档案不全", "镇", "", "未整改", "", "", "", "449901109")))
    assert [p.name.split("_")[1] for p in made.written][-1] == "449901109" and len(made.written) == 3 + 1


def test_没有整改规定的方案_不定时限(tmp_path):
    results = made_results()
    plan = results.plan.model_copy(update={"rectification": None})
    case, _ = handed_over(tmp_path, replace(results, plan=plan))
    assert {i.asked["due"] for i in items_of(case).values()} == {""}


def test_用LibreOffice打开_另存_还能收(issued, tmp_path, office_file):
    case, path = issued
    fill(path, FULL)
    subprocess.run([office_file, "--headless", f"-env:UserInstallation=file://{tmp_path}/lo",
                    "--convert-to", "xlsx", "--outdir", tmp_path / "lo-out", path], check=True,
                   capture_output=True, timeout=120)
    [saved] = (tmp_path / "lo-out").glob("*.xlsx")
    assert any(g.sheet == SHEET for g in read_grids(saved, saved.name, Problems()))
    got = receive(case, saved, "李四", AT)
    assert (at(got), items_of(case)[FIRST].state) == ([], "待复核")


def test_同样的内容_同样的字节(tmp_path):
    _, one = handed_over(tmp_path, out="一")
    (tmp_path / "b").mkdir()
    _, two = handed_over(tmp_path / "b", out="二", on=ON)
    assert [p.read_bytes() for p in one.written] == [p.read_bytes() for p in two.written]
