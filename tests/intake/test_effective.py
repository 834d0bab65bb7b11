"""Records are replayed on raw files that nobody edits."""

import pytest

from hecha.batch.recording import correct, decide, forms_table, history, move
from hecha.case import load_case
from hecha.digests import sha256_bytes
from hecha.intake.book import Book
from hecha.intake.edits import NoSuchCell
from hecha.intake.effective import with_records
from hecha.intake.states import NotAllowed
from tests.intake.sending import AT, FORMS, ONE, PLAN, VILLAGE, sending, sent_by

NAME = f"returns/核查记录_{ONE}.xlsx"


def effective(folder):
    return with_records(load_case(folder.root, FORMS), folder.root, FORMS)


def values(case, unit=VILLAGE):
    return list(case.observations[case.observations["unit"] == unit]["value"])


def said(case):
    return [p.code for p in case.problems.errors]


def test_没有登记簿_就是原来的卷宗(folder):
    case = folder.load()
    assert with_records(case, folder.root, FORMS) is case


def test_登记了原件_分数依据不变(folder):
    case = folder.load()
    sent_by(folder.root, sending(folder))
    made = effective(folder)
    assert made.observations.equals(case.observations)
    assert made.households.equals(case.households)


def test_更正一格_全部检查重来_原件一个字节不动(folder):
    folder.form(ONE, "入户核查")[0]["家庭人口"] = "0.1万元"
    name, data = sending(folder)
    sent_by(folder.root, (name, data))
    assert len(effective(folder).households) == 3 and "number" in said(effective(folder))
    correct(folder.root, NAME, "入户核查", "H2", "1", "王五", AT, "笔误", "县核查办", PLAN)
    made = effective(folder)
    assert len(made.households) == 4 and said(made) == []
    assert (folder.root / NAME).read_bytes() == data
    assert made.inputs[NAME] == sha256_bytes(data)
    assert (made.accounts["read"] == made.accounts["used"] + made.accounts["set_aside"]).all()


def test_更正须写得进_抽样结果不能更正(folder):
    sent_by(folder.root, sending(folder))
    for wrong in (("returns/没有.xlsx", "入户核查", "H2"), (NAME, "没有的表", "H2"),
                  (NAME, "入户核查", "二行")):
        with pytest.raises(NoSuchCell):
            correct(folder.root, *wrong, "1", "王五", AT, "笔误", "县核查办", PLAN)
    with pytest.raises(NoSuchCell):
        correct(folder.root, "../外面.xlsx", "表", "A1", "1", "王五", AT, "笔误", "批准", PLAN)
    with pytest.raises(NotAllowed, match="抽样结果"):
        correct(folder.root, "draw/抽样结果.xlsx", "村", "A2", "1", "王五", AT, "x", "y", PLAN)


def test_两份不同_决定以前不计_决定以后按采用的计(folder):
    first = sending(folder)
    folder.form(ONE, "村核查")[0]["数值"] = "否"
    second = (f"returns/核查记录_{ONE} (1).xlsx", sending(folder)[1])
    (folder.root / NAME).write_bytes(first[1])
    news = sent_by(folder.root, first, second)
    assert set(news[news["sheet"] == "村核查"]["outcome"]) == {"与另一份不同，待决定"}
    made = effective(folder)
    assert values(made) == [] and "contested" in said(made)
    assert (made.accounts["read"] == made.accounts["used"] + made.accounts["set_aside"]).all()
    assert "有不同的报送，待决定" in set(made.set_aside["reason"])
    for expected in ("否",):
        with pytest.raises(NotAllowed, match="可选"):
            decide(folder.root, "村核查", VILLAGE, 999, "李", AT, "核实")
        live = [e for e in Book.open(folder.root).entries()
                if (e.sheet, e.unit) == ("村核查", VILLAGE)]
        use = live[-1].number
        decide(folder.root, "村核查", VILLAGE, use, "李", AT, "现场核实")
        made = effective(folder)
        assert values(made) == [expected] and said(made) == []
        assert len(made.households) == 4


def test_重新报送更新_说得出改了什么(folder):
    sent_by(folder.root, sending(folder))
    folder.form(ONE, "村核查")[0]["数值"] = "否"
    name, data = sending(folder)
    folder.form(ONE, "村核查")[0]["数值"] = "是"
    folder.load()
    news = sent_by(folder.root, (name, data))
    assert news.set_index("sheet")["outcome"].to_dict() == {
        "镇核查": "未变", "村核查": "更新", "入户核查": "未变", "组员": "未变"}
    assert "数值 “是”→“否”" in history(folder.root, "村核查", VILLAGE)["说明"].iloc[-1]
    made = effective(folder)
    assert values(made) == ["否"]
    assert any(f.startswith(".hecha/received/") for f in made.observations["file"])


def test_锁定以后再报_不采用_留作一条记录(folder):
    sent_by(folder.root, sending(folder))
    book = Book.open(folder.root)
    for kind in ("review", "lock"):  # the plan asks for more than this small form has
        book.append(AT, "李", kind, "村核查", VILLAGE, {})
    book.close()
    folder.form(ONE, "村核查")[0]["数值"] = "否"
    changed = sending(folder)
    folder.form(ONE, "村核查")[0]["数值"] = "是"
    folder.load()
    news = sent_by(folder.root, changed).set_index("sheet")["outcome"]
    assert "已锁定，不能重新报送" in news["村核查"]
    assert values(effective(folder)) == ["是"]
    with pytest.raises(NotAllowed, match="已锁定"):
        correct(folder.root, NAME, "村核查", "D2", "否", "王", AT, "x", "y", PLAN)


def test_全镇一起复核_有一份不行就都不动(folder):
    sent_by(folder.root, sending(folder))
    before = list(forms_table(folder.root)["状态"])
    with pytest.raises(NotAllowed):
        move(folder.root, "review", "全部", ONE, "李", AT)
    assert list(forms_table(folder.root)["状态"]) == before


def test_同样的报送同样的登记_内容相等与行号无关(folder):
    name, data = sending(folder)
    sent_by(folder.root, (name, data))
    assert set(sent_by(folder.root, (name, data))["outcome"]) == {"未变"}
