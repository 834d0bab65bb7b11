"""公布：条件不齐不公布；批准的是哪一版就公布哪一版；各收各的一份；申诉采纳另立一版。

The case is a small city's three counties, its plan given what the default plan has and this
one lacks: recipients, consequences, a term for objections.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from docx import Document

from hecha.batch.keeping import step_between
from hecha.batch.manifest import verify_manifest
from hecha.batch.opening import open_case
from hecha.batch.publishing import LIST, approved_of
from hecha.commands import app
from hecha.intake.objections import objections_table
from hecha.points import publish as rounded
from hecha.report.page import visible_text
from hecha.versions import NoVersion, results_of, versions_of

NAMES = ("白石县", "渡口县", "雁塘县")
MORE = """
publication:
  mark: 内部资料
  file_mark: 送审
  facts: [{id: ended, name: 省考核完毕}, {id: approved, name: 市政府批准}]
  recipients:
    - {id: top, name: 市委、市政府, kind: leadership, clause: 一, basis: assumed, reading: [B-01]}
    - {id: office, name: 市委组织部, kind: office, clause: 二, basis: assumed, reading: [B-01]}
    - {id: each, name: 各县, kind: unit, clause: 三, basis: assumed, reading: [B-01]}
  clause: 一
  basis: assumed
  reading: [B-01]
objections: {days: 3, after: approved, clause: 一, basis: assumed, reading: [B-01]}
consequences:
  - {grades: [好, 较好], problem: false, action: 表扬, clause: 八, basis: assumed, reading: [B-01]}
  - {grades: [一般, 较差], problem: false, action: 约谈, clause: 八, basis: assumed, reading: [B-01]}
  - {grades: [好, 较好, 一般, 较差], problem: true, action: 约谈主要负责同志, clause: 八, basis: assumed, reading: [B-01]}
"""


class Office:
    """市考核办: a case, its plan, and the commands it types."""

    def __init__(self, base: Path) -> None:
        self.case, self.plan, self.base = base / "岷南 市", base / "shi-jianpin65", base
        shutil.copytree("data/shi-jianpin65", self.case, ignore=shutil.ignore_patterns("expected"))
        shutil.copytree("params/shi-jianpin65", self.plan)
        with open(self.plan / "plan.yaml", "a", encoding="utf-8") as file:
            file.write(MORE)

    def types(self, *words: str):
        return CliRunner().invoke(app, [*words])

    def approves(self, fact: str, on: str, document: str = "岷委〔2019〕3号") -> str:
        return self.types("approve", fact, str(self.case), "--plan", str(self.plan), "--on", on,
                          "--document", document).output

    def publishes(self, *more: str, to: str):
        return self.types("publish", str(self.case), "--plan", str(self.plan), "--to",
                          str(self.base / to), *more)

    def adjusts(self, points: str, why: str) -> None:
        with open(self.case / "returns/调整.csv", "w", encoding="utf-8-sig", newline="") as file:
            file.write("序号,类型,评分表,单位代码,指标代码,扣分,等次上限,原因,批准文号,批准日期\r\n"
                       f"1,penalty,county,447000202,,{points},,{why},岷办〔2019〕9号,2019-03-20\r\n")


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    return Office(tmp_path_factory.mktemp("公布 一"))


@pytest.fixture(scope="module")
def first(office):
    """Refused without records, then approved and published; then everything that came later."""
    refused = office.publishes(to="未批")
    half = office.approves("ended", "2019-03-01", "省考办〔2019〕1号"), office.publishes(to="未批")
    approved = office.approves("approved", "2019-03-05")
    return refused, half, approved, office.publishes(to="公布一")


@pytest.fixture(scope="module")
def later(office, first):
    """An adjustment arrives after the approval."""
    office.adjusts("2.5", "瞒报返贫")
    return office.publishes(to="改后"), office.types(
        "versions", "keep", str(office.case), "--plan", str(office.plan), "--why", "岷办〔2019〕9号")


def said(result) -> str:
    return f"{result.output}{result.exception or ''}"


def texts_of(folder: Path) -> dict[str, str]:
    """Every file of a folder as the text a reader finds in it."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".html":
            found[name] = visible_text(path.read_text(encoding="utf-8"))
        elif path.suffix == ".xlsx":
            book = openpyxl.load_workbook(path)
            found[name] = "\n".join([*book.sheetnames, *(str(c.value) for sheet in book for row in
                                                        sheet for c in row if c.value is not None)])
        elif path.suffix == ".docx":
            document = Document(str(path))
            found[name] = "\n".join([*(p.text for p in document.paragraphs), *(
                c.text for t in document.tables for r in t.rows for c in r.cells), *(
                p.text for s in document.sections for p in s.header.paragraphs)])
    return found


def test_两项记录都没有_不公布_说清缺哪两项_什么也不写(office, first):
    refused = first[0]
    assert refused.exit_code != 0
    assert "还缺记录：省考核完毕" in said(refused) and "还缺记录：市政府批准" in said(refused)
    assert not (office.base / "未批").exists()


def test_只有一项记录_还是不公布(first):
    half = said(first[1][1])
    assert "还缺记录：市政府批准" in half and "省考核完毕（" not in half


def test_批准时这一版就留存(office, first):
    assert "批准的是第1版" in first[2]
    version = versions_of(office.case)[0]
    assert [(f.fact, f.on, f.document) for f in version.approved] == [
        ("ended", "2019-03-01", "省考办〔2019〕1号"), ("approved", "2019-03-05", "岷委〔2019〕3号")]


def test_公布_每一份都盖着版本日期文号_没有送审标记(office, first):
    assert first[3].exit_code == 0, said(first[3])
    texts = texts_of(office.base / "公布一")
    assert len(texts) == 4 + 1 + 3 * 3
    for name, text in texts.items():
        assert "第1版" in text and "2019-03-05 岷委〔2019〕3号" in text, name
        assert "内部资料" not in text and "送审" not in name, name


def test_各县只收到自己的一份_里面没有别的县名(office, first):
    for name in NAMES:
        own = texts_of(office.base / "公布一/各县" / name)
        assert {Path(file).suffix for file in own} == {".html", ".docx", ".xlsx"}
        for file, text in own.items():
            assert name in text, file
            assert [other for other in NAMES if other != name and other in text] == [], file


def test_分送清单_每个文件一行_写着条款_摘要对得上(office, first):
    folder = office.base / "公布一"
    with open(folder / LIST, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["文件"] for row in rows} == set(texts_of(folder))
    assert {row["收件单位"]: row["条款"] for row in rows} == {
        "市委、市政府": "一", "市委组织部": "二", **dict.fromkeys(NAMES, "三")}
    assert verify_manifest(folder) == []


def test_结果运用名单_每一行写着依据的条款(office, first):
    book = openpyxl.load_workbook(office.base / "公布一/市委、市政府/结果运用名单.xlsx")
    rows = [dict(zip([c.value for c in sheet[1]], [c.value for c in row], strict=False))
            for sheet in book for row in sheet.iter_rows(min_row=2)]
    assert sorted(r["县"] for r in rows) == sorted(NAMES)
    assert all(r["条款"] == "八" and r["读法"] == "B-01" for r in rows)
    assert all((r["事项"] == "表扬") == (r["等次"] in ("好", "较好")) for r in rows)


def test_批准以后又有改动_不公布_说哪个文件_也说怎样公布批准的那一版(later):
    text = said(later[0])
    assert "批准的是第1版，批准之后改动了 returns/调整.csv" in text and "--version 1" in text


def test_新的一版写明前后差别_各行影响加起来正是总分的变化(office, later):
    assert "现在是第2版：岷办〔2019〕9号" in later[1].output
    step = step_between(office.case, 1, 2)
    moved = step.figures[step.figures["项目"] == "考核得分"]
    assert list(moved["单位"]) == ["渡口县"]
    assert sum(step.losses["影响"], Fraction(0)) == -Fraction("2.5")
    assert Decimal(moved["后"].item()) - Decimal(moved["前"].item()) == Decimal("-2.50")
    assert step.inputs == ["新增 returns/调整.csv"]
    assert any("瞒报返贫" in why for why in step.losses["原因"])


def test_没有批准的一版不能公布(office, later):
    assert "第2版没有批准" in said(office.publishes("--version", "2", to="第二版"))


def test_批准的那一版照样公布得出来_还可以不排名(office, later):
    made = office.publishes("--version", "1", "--no-rank", to="再公布一")
    assert made.exit_code == 0 and "没有 Word" in made.output, said(made)
    before = results_of(office.case, versions_of(office.case)[0])
    lost = before.towns.set_index("town_name")["result"]
    texts = texts_of(office.base / "再公布一")
    assert str(rounded(lost["渡口县"])) in texts["各县/渡口县/渡口县得分.xlsx"]
    assert {n: re.findall(r"名次|排名|第[一二三123]名", t) for n, t in texts.items()} == dict.fromkeys(texts, [])
    assert json.loads((office.base / "再公布一/manifest.json").read_text("utf-8"))["ranked"] is False


def test_先记批准_改了卷宗_再记省考核完毕_批准的不是改后的(tmp_path):
    office = Office(tmp_path)
    office.approves("approved", "2019-03-05")
    office.adjusts("2.5", "瞒报返贫")
    assert "现在这一版没有批准，须重新报批" in office.approves("ended", "2019-03-01", "省考办〔2019〕1号")
    assert [v for v in versions_of(office.case) if v.approved] == []
    assert "批准的是第1版" in office.approves("approved", "2019-03-20")


def test_批准以后又留了一版_再改回来_公布的还是批准时留存的那一版(tmp_path):
    office = Office(tmp_path)
    office.approves("ended", "2019-03-01")
    office.approves("approved", "2019-03-05")
    office.adjusts("2.5", "瞒报返贫")
    office.types("versions", "keep", str(office.case), "--plan", str(office.plan), "--why", "试算")
    (office.case / "returns/调整.csv").unlink()
    approved = approved_of(open_case(office.case, office.plan), None, "2019-04-01T08:00:00")
    assert (approved.number, len(versions_of(office.case))) == (1, 2)


def test_少了一版的_新的一版不会写在别的版上(tmp_path):
    office = Office(tmp_path)
    for n in (1, 2, 3):
        office.adjusts(str(n), "瞒报返贫")
        office.types("versions", "keep", str(office.case), "--plan", str(office.plan), "--why", f"第{n}次")
        if n == 2:
            shutil.rmtree(office.case / ".hecha/versions/001")
    assert [(v.number, v.why) for v in versions_of(office.case)] == [(2, "第2次"), (3, "第3次")]


def test_没有批准的版本_差别表也标着内部资料(tmp_path):
    office = Office(tmp_path)
    for n in (1, 2):
        office.adjusts(str(n), "瞒报返贫，电话13800138000")
        office.types("versions", "keep", str(office.case), "--plan", str(office.plan), "--why", f"第{n}次")
    made = office.types("versions", "diff", "1", "2", str(office.case), "--to", str(tmp_path / "差别.xlsx"))
    told = texts_of(tmp_path)["差别.xlsx"]
    assert made.exit_code == 0 and "内部资料" in told
    assert "瞒报返贫" in told and "13800138000" not in told


def test_还没有到的日子不能记录(office):
    said_ = said(office.types("approve", "ended", str(office.case), "--plan", str(office.plan), "--on",
                              "2999-03-01", "--document", "省考办〔2999〕1号"))
    assert "日期“2999-03-01”还没有到" in said_
    said_ = said(office.types("approve", "ended", str(office.case), "--plan", str(office.plan), "--on",
                              "2999-13-05", "--document", "省考办〔2999〕1号"))
    assert "日期“2999-13-05”不对" in said_


def test_批次不是批准的那一版_也不公布(office, later):
    office.types("score", str(office.case), "--plan", str(office.plan), "--out", str(office.base / "批次"))
    asked = ("publish", str(office.base / "批次"), "--plan", str(office.plan), "--case", str(office.case))
    assert "批准的是第1版" in said(office.types(*asked))
    assert "批次 批次 不是批准的那一版" in said(office.types(*asked, "--version", "1"))


def objects(office, on: str):
    return office.types("objection", "add", str(office.case), "--town", "白石县", "--item", "A2-3", "--what",
                        "文化室去年已建成", "--on", on, "--by", "白石县扶贫办")


@pytest.fixture(scope="module")
def objected(office, later):
    """The second version is approved; one objection on the last day, one a day later."""
    office.approves("approved", "2019-03-25", "岷委〔2019〕8号")
    return objects(office, "2019-03-28").output, objects(office, "2019-03-29").output


def test_批准起第三日申诉不算逾期_第四日算(objected):
    assert "对第2版；期限2019-03-28" in objected[0] and "逾期" not in objected[0]
    assert "期限2019-03-28，已逾期" in objected[1]


def decides(office, number: str, outcome: str, *more: str):
    return office.types("objection", "decide", number, str(office.case), "--plan", str(office.plan), "--outcome",
                        outcome, "--reason", "现场复核属实", "--document", "岷办〔2019〕12号", "--on", "2019-04-01",
                        "--by", "王五", *more)


def test_申诉登记了_批准的版本不受影响_方案后来写了不排名_也就不说名次(office, objected):
    assert versions_of(office.case)[-1].number == 2
    path = office.plan / "plan.yaml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("\ngrades:\n", "\ngrades:\n  ranked: false\n"), encoding="utf-8")
    made = office.publishes(to="二")
    path.write_text(before, encoding="utf-8")
    assert made.exit_code == 0 and "公布第2版" in made.output, said(made)
    told = "".join(texts_of(office.base / "二").values())
    assert "等次" in told and "名次" not in told


def test_采纳的更正记录_另立一版_分数变了的只有申诉的县(office, objected):
    made = decides(office, "1", "采纳", "--correct", "returns/县级考核.csv", "", "D14", "是")
    assert "现在是第3版" in said(made)
    step = step_between(office.case, 2, 3)
    assert set(step.figures["单位"]) == {"白石县"} and sum(step.losses["影响"]) > 0
    assert "申诉第1号（白石县A2-3）采纳" in step.after.why
    assert "须重新报批" in said(made) and not step.after.approved


def test_决定过的申诉不能再改(office, objected):
    assert "不能再改" in said(decides(office, "1", "不采纳"))
    assert "结论“同意”不对" in said(decides(office, "2", "同意"))
    assert "不采纳" in decides(office, "2", "不采纳").output
    table = objections_table(office.case)
    assert (list(table["逾期"]), list(table["结论"])) == (["", "逾期"], ["采纳", "不采纳"])


def test_改动过的版本不能用(office, objected, tmp_path):
    copy = shutil.copytree(office.case, tmp_path / "卷宗")
    path = copy / ".hecha/versions/001/results.json"
    path.write_text(path.read_text(encoding="utf-8").replace("白石县", "黑石县"), encoding="utf-8")
    with pytest.raises(NoVersion, match="第1版的结果被改动过"):
        results_of(copy, versions_of(copy)[0])
