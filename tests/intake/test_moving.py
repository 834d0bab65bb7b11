"""Packing, merging, erasing; one town on a laptop; the report as a Word document."""

import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn

from hecha.batch.erasing import NotErased, erase
from hecha.batch.evening import PROOF, open_town, write_town
from hecha.batch.merging import NoProof, merge
from hecha.batch.recording import verify
from hecha.intake.packing import BadPackage, pack, plan_with, unpack
from hecha.report.town_word import ATTACHMENTS
from hecha.report.word import Column, Paper
from hecha.report.word_check import check_word
from tests.intake.sending import AT, PLAN, copied, sending, sent_by
from tests.setup.declared import ROOT

TOWN = "449901105"


@pytest.fixture(scope="session")
def laptop(tmp_path_factory):
    """建安镇, scored on a laptop from one workbook."""
    out = tmp_path_factory.mktemp("laptop") / "当晚"
    file = ROOT / "data" / "yunxi" / "returns" / f"核查记录_{TOWN}.xlsx"
    opened = open_town(TOWN, file, ROOT / "data" / "yunxi", PLAN)
    return opened, write_town(opened, TOWN, file, out)


# -- one town ---------------------------------------------------------------------------------


def test_一个工作簿算出的分数_就是随附的算例(laptop):
    opened, _ = laptop
    told = (ROOT / "data" / "yunxi" / "expected" / f"{TOWN}.csv").read_text(encoding="utf-8")
    sheets = [line.split(",") for line in told.splitlines()[1:] if line.startswith("sheet,")]
    from hecha.report.published import eight

    made = opened.results.sheets.set_index(["sheet", "unit"])["score"].map(eight).to_dict()
    assert {(s[1], s[2]): s[5] for s in sheets} == made


def test_核查报告_五部分三附件_没有毛病(laptop):
    opened, path = laptop
    assert check_word(path, names=["建安镇"], mark=opened.results.mark).found == []
    text = "\n".join(p.text for p in Document(path).paragraphs)
    for part in ("一、核查工作开展情况", "二、核查结果", "三、主要问题", "四、扣分说明", "五、意见建议",
                 *ATTACHMENTS):
        assert part in text
    assert "共抽取4个村" in text and "88.40" in text


def test_核查报告的扣分加起来就是失分(laptop):
    for table in Document(laptop[1]).tables:
        heads = [c.text for c in table.rows[0].cells]
        if heads[-1] == "扣分说明":
            caption = table._tbl.getprevious()
            score = Decimal("".join(t.text for t in caption.iter(qn("w:t"))).split("得分")[1])
            lost = sum(Decimal(r.cells[2].text.replace("−", "-").replace("+", ""))
                       for r in table.rows[1:])
            assert abs(100 + lost - score) <= Decimal("0.01") * (len(table.rows) - 1)


def test_当晚的表_文书_工作簿_文件名都写着未批准(laptop):
    folder = laptop[1].parent
    plain = {p.relative_to(folder).as_posix() for p in folder.rglob("*")
             if p.is_file() and ".未批准." not in p.name}
    assert plain <= {"proof.json", f"returns/核查记录_{TOWN}.xlsx"}


def test_同样的内容_同样的字节(laptop, tmp_path):
    opened, path = laptop
    from hecha.report.town_word import write_town_report

    again = write_town_report(opened.results, opened.case, TOWN, tmp_path / "再来一次.docx")
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.office
def test_核查报告用LibreOffice打得开_有页码(laptop, office_file, tmp_path):
    import subprocess

    subprocess.run([office_file, f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}", "--headless",
                    "--convert-to", "pdf", "--outdir", tmp_path, laptop[1]], check=True, timeout=300,
                   capture_output=True)
    [made] = tmp_path.glob("*.pdf")
    assert made.stat().st_size > 20_000


# -- the checker --------------------------------------------------------------------------------


def spoiled(tmp_path, write):
    paper = Paper()
    paper.section("一")
    write(paper)
    return {p.code for p in check_word(paper.save(tmp_path / "坏.docx"))}


def touching(paper):
    for _ in "二次":
        paper.table("表", [Column("甲", 1)], [["1"]])
    between = paper.document.tables[1]._tbl
    while between.getprevious().tag != qn("w:tbl"):
        between.getparent().remove(between.getprevious())


def bare(paper):
    paper.document.add_paragraph("没有指定字体")


def no_header(paper):
    paper.table("表", [Column("甲", 1)], [["1"]])
    row = paper.document.tables[0].rows[0]._tr.trPr
    row.remove(row.find(qn("w:tblHeader")))


@pytest.mark.parametrize(("code", "write"), [
    ("nan", lambda p: p.text("得分nan分")), ("nan", lambda p: p.text("原因：None")),
    ("decimal", lambda p: p.text("Decimal('1')")), ("exponent", lambda p: p.text("4.4E+17")),
    ("state", lambda p: p.text("状态 reviewed")), ("boolean", lambda p: p.text("True")),
    ("markup", lambda p: p.text("{{ town }}")),
    ("numbering", lambda p: p._paragraph("三、跳过了二", "黑体")),
    ("numbering", lambda p: (p.part("甲"), p._paragraph("（三）跳过了二", "黑体"))),
    ("east_asian_font", bare), ("header_row", no_header), ("tables_touch", touching),
    ("narrow", lambda p: p.table("表", [Column("细项", 3), Column("扣分说明", 2)], [["甲", "乙"]]))])
def test_报告检查器认得这些毛病(tmp_path, code, write):
    assert code in spoiled(tmp_path, write)


def test_好的文书没有毛病(tmp_path):
    assert spoiled(tmp_path, lambda p: (
        p.part("甲"), p.point("“9月”。", "2.5分"), p.text("1.5分，4.0E级"), p.part("乙"),
        p.table("表", [Column("甲", 1)], []), p.section("二"), p.attachments(["甲", "乙"]))) == set()


# -- packing ------------------------------------------------------------------------------------


@pytest.fixture
def packed(folder, tmp_path) -> Path:
    sent_by(folder.root, sending(folder))
    out = tmp_path / "县.zip"
    pack(folder.root, PLAN, out)
    return out


def files_of(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*")
            if p.is_file() and "plan/" not in p.as_posix()}


def test_打包再解开_一个字节不差_带着方案(folder, packed, tmp_path):
    plan = unpack(packed, tmp_path / "另一台")
    assert files_of(tmp_path / "另一台") == files_of(folder.root)
    assert plan == plan_with(tmp_path / "另一台") and (plan / "plan.yaml").is_file()
    assert verify(tmp_path / "另一台")[0] == []


def test_同一卷宗打出同样的包(folder, packed, tmp_path):
    pack(folder.root, PLAN, tmp_path / "再打.zip")
    assert (tmp_path / "再打.zip").read_bytes() == packed.read_bytes()


def rewritten(package, change):
    with zipfile.ZipFile(package) as old:
        parts = {n: old.read(n) for n in old.namelist()}
    change(parts)
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in parts.items():
            new.writestr(name, data)


def changed(parts):
    parts["case/roster/考勤.csv"] = parts["case/roster/考勤.csv"].replace("迟到".encode(), "早退".encode())


def grown(parts):
    parts["case/roster/考勤.csv"] += b"x"


def slipping(name):
    def change(parts):
        manifest = json.loads(parts["manifest.json"])
        manifest["files"][name] = manifest["files"]["case/roster/考勤.csv"]
        parts["manifest.json"] = json.dumps(manifest).encode()
        parts[name] = parts["case/roster/考勤.csv"]
    return change


@pytest.mark.parametrize(("change", "says"), [
    (changed, "被改动过"), (grown, "被改动过"),
    (lambda p: p.pop("case/roster/考勤.csv"), "少了"),
    (lambda p: p.update({"case/多的.txt": b"x"}), "多了"),
    (slipping("case/../../外面.txt"), "越出"), (slipping("/外面.txt"), "越出"),
    (slipping("case\\..\\外面.txt"), "越出"), (slipping("C:/外面.txt"), "越出"),
    (slipping("别处/外面.txt"), "越出"),
    (lambda p: p.pop("manifest.json"), "没有清单"),
    (lambda p: p.update({"manifest.json": b"[]"}), "不成样子")])
def test_动过手脚的包整包拒绝_什么也不留下(packed, tmp_path, change, says):
    rewritten(packed, change)
    with pytest.raises(BadPackage, match=says):
        unpack(packed, tmp_path / "深" / "另一台")
    assert not (tmp_path / "深" / "另一台").exists() and not list(tmp_path.rglob("外面.txt"))


def test_截断的包说清楚(packed, tmp_path):
    packed.write_bytes(packed.read_bytes()[:-200])
    with pytest.raises(BadPackage, match="读不出来"):
        unpack(packed, tmp_path / "另一台")


def test_不往有东西的文件夹里解(packed, tmp_path):
    (tmp_path / "有").mkdir()
    (tmp_path / "有" / "东西").write_text("x")
    with pytest.raises(BadPackage, match="新文件夹"):
        unpack(packed, tmp_path / "有")


# -- merging ------------------------------------------------------------------------------------


def test_合并_方案相同分数一致(laptop, tmp_path):
    case = copied(ROOT / "data" / "yunxi", tmp_path / "云溪")
    made = merge(case, [laptop[1].parent], PLAN, AT)
    assert list(made["结果"]) == ["一致"] and list(made["方案"]) == ["相同"]
    assert verify(case)[0] == []


def test_合并_工作簿换过就拒绝_方案不同说出来(laptop, tmp_path):
    folder = copied(laptop[1].parent, tmp_path / "当晚")
    proof = json.loads((folder / PROOF).read_text(encoding="utf-8"))
    (folder / PROOF).write_text(json.dumps(proof | {"plan_sha256": "0" * 64}), encoding="utf-8")
    case = copied(ROOT / "data" / "yunxi", tmp_path / "云溪")
    assert list(merge(case, [folder], PLAN, AT)["结果"]) == ["方案不同"]
    book = next((folder / "returns").glob("*.xlsx"))
    book.write_bytes(book.read_bytes() + b"x")
    with pytest.raises(NoProof, match="被改动过"):
        merge(case, [folder], PLAN, AT)


# -- erasing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("given", "says"), [
    ({"confirm": "别的"}, "confirm"), ({"ended": "2030-01-01"}, "还没有到"),
    ({"ended": "去年"}, "日期"), ({"document": " "}, "文号")])
def test_没有确认_没有到期_没有文号_不清除(folder, given, says):
    folder.load()
    told = {"ended": "2024-01-01", "document": "文1号", "confirm": folder.root.name} | given
    with pytest.raises(NotErased, match=says):
        erase(str(folder.root), str(PLAN), by="李", at=AT, **told)
    assert (folder.root / "returns").is_dir()


def test_按方案的期限_没有到的说到哪一天_到了的才清除(folder):
    folder.load()
    told = {"ended": "", "document": "文1号", "by": "李", "confirm": folder.root.name}
    with pytest.raises(NotErased, match=r"自县级核查完成期限（2024年1月10日）起保存3年，"
                                        r"到2027年1月10日才可以清除（条款十，读法C-02）"):
        erase(str(folder.root), str(PLAN), at="2027-01-09T23:59:59", **told)
    with pytest.raises(NotErased, match="方案没有定个人信息的保存期限"):
        erase(str(folder.root), str(ROOT / "params" / "zijin-jixiao"), at="2030-01-01T00:00:00", **told)
    assert "已清除" in erase(str(folder.root), str(PLAN), at="2027-01-10T00:00:00", **told)
    assert '"ended": "2027-01-10"' in (folder.root / ".hecha/kept/erased.json").read_text("utf-8")


def test_清除以后_没有人名_分数摘要还在_登记簿仍然接得上(folder):
    sent_by(folder.root, sending(folder))
    (folder.root / "plan_parameters.md").write_text(
        "| key | value | meaning |\n|---|---|---|\n| income_standard | 9000 | 标准 |\n", encoding="utf-8")
    erase(str(folder.root), str(PLAN), "2024-01-01", "文1号", "李", folder.root.name, AT)
    left = {p.relative_to(folder.root).as_posix(): p.read_bytes()
            for p in folder.root.rglob("*") if p.is_file()}
    assert not any("张三".encode() in data for data in left.values())
    assert set(left) == {"roster/镇村名单.csv", "plan_parameters.md", ".hecha/records.sqlite",
                         *(f".hecha/kept/{n}" for n in ("towns.csv", "villages.csv", "sheets.csv",
                                                        "items.csv", "erased.json"))}
    assert verify(folder.root)[0] == []


def test_有组员核查本镇_报告照实说_不写没有(tmp_path):
    dirty = ROOT / "data" / "yunxi-dirty"
    file = dirty / "returns" / "核查记录_449901106.xlsx"
    opened = open_town("449901106", file, dirty, PLAN)
    path = write_town(opened, "449901106", file, tmp_path / "当晚")
    text = "\n".join(p.text for p in Document(path).paragraphs)
    assert "不符合交叉核查" in text and "没有组员核查本镇" not in text


def test_没有公布的抽签不随卷宗外传(tmp_path):
    import zipfile

    from hecha.intake.packing import pack

    case, plan = tmp_path / "县", tmp_path / "方案"
    (case / ".hecha/draw").mkdir(parents=True)
    (case / ".hecha/draw/nonce").write_text("0" * 32, encoding="utf-8")
    plan.mkdir()
    (plan / "plan.yaml").write_text("plan: {}", encoding="utf-8")

    def packed(**how):
        pack(case, plan, tmp_path / "包.zip", **how)
        return zipfile.ZipFile(tmp_path / "包.zip").namelist()

    assert not [n for n in packed() if "nonce" in n]
    assert "case/.hecha/draw/nonce" in packed(with_draw=True)
    (case / ".hecha/draw/revealed.json").write_text("{}", encoding="utf-8")
    assert "case/.hecha/draw/nonce" in packed()
