"""抽签的步骤：按次序各做一次，秘密不外传，公布以后人人可验证，改动一处就说出来。"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hecha.field.tickets import in_ticket_order, seed_of
from hecha.problems import Problems
from hecha.tables.files import read_grids
from tests.fieldwork.counties import (
    AT,
    DICE,
    SOURCE,
    cast,
    done,
    drawn,
    hecha,
    refused,
    three_towns,
)

SECRET_WORDS = ("樟冲", "449901106201")


@pytest.fixture(scope="session")
def untouched(tmp_path_factory):
    """A county of three towns in a folder with Chinese and a blank in its name."""
    return three_towns(tmp_path_factory.mktemp("抽 签") / "三镇")


@pytest.fixture
def case(untouched, tmp_path):
    return Path(shutil.copytree(untouched, tmp_path / "三镇"))


@pytest.fixture(scope="session")
def revealed(untouched, tmp_path_factory):
    """The whole way, once: (case, folder of the public papers)."""
    base = tmp_path_factory.mktemp("公布")
    case, out = Path(shutil.copytree(untouched, base / "三镇")), base / "公布"
    drawn(case, out)
    done("draw", "reveal", case, "--on", "2024-01-08", "--out", out)
    return case, out


def kept(case, name):
    return (case / ".hecha" / "draw" / name).read_text(encoding="utf-8")


def public(out):
    """All text that lies in the open."""
    return "".join(p.read_text("utf-8") for p in sorted(out.iterdir()) if p.suffix != ".xlsx")


# -- the order of the steps --------------------------------------------------------------------


def test_没有冻结不能承诺_没有承诺不能抽签_没有抽签不能公布(case):
    assert "请先 hecha draw freeze" in refused("draw", "commit", case)
    done("draw", "freeze", case)
    throw = ("draw", "draw", case, "--dice", DICE, "--source", SOURCE, "--at", AT, "--minutes", "甲,乙")
    assert "请先 hecha draw commit" in refused(*throw)
    done("draw", "commit", case)
    assert "请先 hecha draw draw" in refused("draw", "reveal", case, "--on", "2024-01-08")
    assert "没有证书可公布" in refused("draw", "papers", case)


def test_每一步只做一次_抽签以后不得重来(case, tmp_path):
    drawn(case, tmp_path / "out")
    before = {p.name: p.read_bytes() for p in (case / ".hecha" / "draw").iterdir()}
    assert "不得更换" in refused("draw", "commit", case)
    assert "不得重新冻结" in refused("draw", "freeze", case, "--again", "想换几个村")
    again = ("draw", "draw", case, "--dice", "别的号码", "--source", "x", "--at", AT, "--minutes", "甲,乙")
    assert "公开号码不得更换" in refused(*again)
    assert {p.name: p.read_bytes() for p in (case / ".hecha" / "draw").iterdir()} == before


def test_抽签以前可以作废重来_旧的连同理由留着(case):
    first = done("draw", "freeze", case)
    done("draw", "commit", case)
    assert "--again" in refused("draw", "freeze", case)
    assert done("draw", "freeze", case, "--again", "花名册更正") == first
    void = case / ".hecha" / "draw-void-1"
    assert json.loads((void / "void.json").read_text("utf-8")) == {"reason": "花名册更正"}
    assert (void / "nonce").is_file() and not (case / ".hecha" / "draw" / "commitment.json").exists()


def test_走访结束以前不得公布随机数(case, tmp_path):
    drawn(case, tmp_path / "out")
    assert "走访到2024-01-07才结束" in refused("draw", "reveal", case, "--on", "2024-01-06")
    assert "公布日期应如" in refused("draw", "reveal", case, "--on", "明天")
    done("draw", "reveal", case, "--on", "2024-01-06", "--early", "暴雨停查", "--out", tmp_path / "out")
    assert "已经公布过" in refused("draw", "reveal", case, "--on", "2024-01-08")


@pytest.mark.parametrize(("given", "says"), [
    ({"--dice": "双色球"}, "只能用半角"), ({"--dice": "1|2"}, "不能有“|”"), ({"--source": " "}, "--source"),
    ({"--minutes": "甲"}, "至少两名见证人"), ({"--minutes": "甲，甲"}, "至少两名见证人")])
def test_抽签记录不全不抽_一次说完(case, given, says):
    done("draw", "freeze", case)
    done("draw", "commit", case)
    options = {"--dice": DICE, "--source": SOURCE, "--at": AT, "--minutes": "甲,乙", **given}
    said = refused("draw", "draw", case, *(word for pair in options.items() for word in pair))
    assert says in said and not (case / ".hecha" / "draw" / "dice.json").exists()


def test_冻结的名单改动一个字就不再往下(case):
    done("draw", "freeze", case)
    path = case / ".hecha" / "draw" / "villages.csv"
    path.write_bytes(path.read_bytes().replace(b"449901105200\n", b""))
    assert "villages.csv与冻结时的摘要不符" in refused("draw", "commit", case)


def test_花名册有误不冻结_写明理由才可以(case):
    book = next((case / "roster" / "花名册").iterdir())
    book.write_bytes(b"PK not a workbook")
    assert book.name in refused("draw", "freeze", case)
    assert not (case / ".hecha").exists()
    assert "已冻结" in done("draw", "freeze", case, "--despite", "该镇改期核查")
    assert json.loads(kept(case, "frozen.json"))["despite"] == "该镇改期核查"


def test_原始文件夹一个字节也不改(case, tmp_path):
    def raw():
        return {p: p.read_bytes() for p in case.rglob("*") if p.is_file() and ".hecha" not in p.parts}
    before = raw()
    drawn(case, tmp_path / "out")
    done("draw", "reveal", case, "--on", "2024-01-08", "--out", tmp_path / "out")
    assert raw() == before


# -- what a county adds ------------------------------------------------------------------------


def test_某村可以多抽_不能少抽(case, tmp_path):
    assert "不能少抽" in refused("draw", "freeze", case, "--more", "449901106200=3")
    assert "不在村抽样框" in refused("draw", "freeze", case, "--more", "449901106999=8")
    done("draw", "freeze", case, "--more", "449901106200=8")
    done("draw", "commit", case)
    cast(case, tmp_path / "out")
    sheets = {g.sheet: g.rows for g in read_grids(case / ".hecha/draw/抽样结果.xlsx", "x", Problems())}
    [row] = [cells for _, cells in sheets["村"] if "449901106200" in cells]
    assert row[6] == "8"


def test_人工认定的残疾人户要写理由(case, tmp_path):
    unit = next(line for line in _households(case) if line.startswith("449901106201"))
    listed = tmp_path / "认定.csv"
    listed.write_text(f"户编号,理由\n{unit},\n", encoding="utf-8-sig")
    assert "理由" in refused("draw", "freeze", case, "--ticked", listed)
    listed.write_text(f"户编号,理由\n{unit},证件遗失，村已核实\n", encoding="utf-8-sig")
    done("draw", "freeze", case, "--ticked", listed)
    assert f"{unit},1\n" in kept(case, "flags.csv")


def test_当年脱贫户不在抽样框的说出来(case, tmp_path):
    listed = tmp_path / "当年.csv"
    listed.write_text("户编号\n4499011062010999\n", encoding="utf-8-sig")
    assert "不在抽样框" in refused("draw", "freeze", case, "--exits", listed)


def _households(case):
    done("draw", "freeze", case)
    units = kept(case, "households.csv").splitlines()[1:]
    shutil.rmtree(case / ".hecha")
    return units


# -- secrets -----------------------------------------------------------------------------------


def test_公布随机数以前_公开的文件和屏幕上没有村_户_随机数_种子(case, tmp_path):
    said = drawn(case, tmp_path / "out")
    nonce = kept(case, "nonce")
    text = said + public(tmp_path / "out")
    for secret in (nonce, seed_of(DICE, nonce), nonce[:16], *SECRET_WORDS[:1]):
        assert secret not in text
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "certificate-sealed.json", "certificate-sealed.html", "verifier.py", "verifier.html",
        "villages.csv"}


def test_公布以后_公开的文件里没有一户(revealed):
    case, out = revealed
    households = kept(case, "households.csv").splitlines()[1:]
    text = public(out)
    assert not [unit for unit in households if unit in text]
    assert kept(case, "nonce") in text and "樟冲" in text


@pytest.mark.skipif(os.name == "nt", reason="Windows 没有这种权限")
def test_随机数_标记_抽样结果只有本人可读(revealed):
    case, _ = revealed
    folder = case / ".hecha" / "draw"
    assert folder.stat().st_mode & 0o777 == 0o700
    for name in ("nonce", "flags.csv", "抽样结果.xlsx", "certificate-verifiers.json"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600, name


def test_两次承诺的随机数不同_不显示(case, tmp_path):
    done("draw", "freeze", case)
    said = done("draw", "commit", case)
    first = kept(case, "nonce")
    assert len(first) == 32 and first not in said
    done("draw", "freeze", case, "--again", "试")
    done("draw", "commit", case)
    assert kept(case, "nonce") != first


# -- two halves, and none ----------------------------------------------------------------------


def test_两个单位各持一半_合到一起才知道抽中的村(case, tmp_path):
    halves = [tmp_path / "甲单位", tmp_path / "乙单位"]
    digests = [done("draw", "half", half).split("：")[1].split()[0] for half in halves]
    assert "不覆盖" in refused("draw", "half", halves[0])
    done("draw", "freeze", case)
    done("draw", "commit", case, "--halves", ",".join(digests))
    assert "分两半保管" in cast(case, tmp_path / "out")
    result = case / ".hecha" / "draw" / "抽样结果.xlsx"
    assert not result.exists()
    assert "还没有合到一起" in refused("draw", "reveal", case, "--on", "2024-01-08")
    assert "与事先公布的承诺不符" in refused("draw", "open", halves[1], halves[0], "--case", case)
    done("draw", "open", *halves, "--case", case)
    assert result.exists()
    done("draw", "reveal", case, "--on", "2024-01-08", "--out", tmp_path / "out")
    assert "一致" in done("draw", "verify", tmp_path / "out" / "certificate.json", "--case", case)


def test_不用随机数时_号码一出人人可算_当场可以公布(case, tmp_path):
    assert "樟冲" in drawn(case, tmp_path / "out", "--simple")
    done("draw", "reveal", case, "--on", "2024-01-02", "--out", tmp_path / "out")
    paper = json.loads((tmp_path / "out" / "certificate.json").read_text("utf-8"))
    assert paper["seed"] == DICE and paper["nonce"] == ""
    assert "一致" in done("draw", "verify", tmp_path / "out" / "certificate.json")


# -- verifying ---------------------------------------------------------------------------------


def test_卷宗的抽样框和证书一致_没有抽样框也能核对村(revealed):
    case, out = revealed
    paper = out / "certificate.json"
    assert done("draw", "verify", paper, "--case", case) == "与重新计算的结果一致。\n"
    said = done("draw", "verify", paper)
    assert "一致" in said and "没有抽样框文件" in said
    sealed = done("draw", "verify", out / "certificate-sealed.json", "--case", case)
    assert "随机数尚未公布" in sealed
    inner = case / ".hecha" / "draw" / "certificate-verifiers.json"
    assert "一致" in done("draw", "verify", inner, "--frames", case / ".hecha" / "draw")


@pytest.mark.parametrize(("where", "value"), [
    (("dice",), "2024001:03-11-17-22-31-33+08"), (("nonce",), "0" * 32), (("seed",), "0" * 32),
    (("villages", 0, "ticket"), "0" * 64), (("villages", 3, "drawn"), False),
    (("villages", 4, "order"), 1), (("rule", "villages"), 5),
    (("villages", 0, "chance"), "1/2"), (("commitment", "sha256"), "0" * 64)])
def test_改动证书一处_有没有抽样框都说出来(revealed, tmp_path, where, value):
    case, out = revealed
    paper = json.loads((out / "certificate.json").read_text("utf-8"))
    inner = paper
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = value
    forged = tmp_path / "certificate.json"
    forged.write_text(json.dumps(paper, ensure_ascii=False), encoding="utf-8")
    assert "错误" in refused("draw", "verify", forged)
    assert "错误" in refused("draw", "verify", forged, "--case", case)


@pytest.mark.parametrize("name", ["villages.csv", "households.csv", "flags.csv"])
def test_改动抽样框一行就验证不过(revealed, tmp_path, name):
    case, out = revealed
    for each in ("villages.csv", "households.csv", "flags.csv"):
        shutil.copy(case / ".hecha" / "draw" / each, tmp_path)
    lines = (tmp_path / name).read_text("ascii").splitlines(keepends=True)
    changed = lines[:-1] if name != "flags.csv" else [*lines[:-1], lines[-1].translate({48: "1", 49: "0"})]
    (tmp_path / name).write_bytes("".join(changed).encode("ascii"))
    refused("draw", "verify", out / "certificate.json", "--frames", tmp_path)


def test_报来的抽样结果与抽签不同的_逐户说出来(revealed, tmp_path):
    case, out = revealed
    other = Path(shutil.copytree(case, tmp_path / "三镇"))
    paper = out / "certificate.json"
    (other / "draw").mkdir()
    shutil.copy(other / ".hecha" / "draw" / "抽样结果.xlsx", other / "draw")
    assert "一致" in done("draw", "verify", paper, "--case", other)
    _change_households(other / "draw" / "抽样结果.xlsx")
    said = refused("draw", "verify", paper, "--case", other)
    assert "抽中的户不在表里" in said and "没有抽中的户在表里" in said


def _change_households(path):
    """Another household in a drawn one's place, as a clerk would type it."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    cell = book["户"].cell(row=2, column=4)
    cell.value = cell.value[:12] + "9999"
    book.save(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"scheme": "hecha-draw/1"}', "\udcff"])
def test_不是证书的文件说清楚_不崩溃(tmp_path, text):
    file = tmp_path / "c.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert "证书" in refused("draw", "verify", file)
    assert "没有" in refused("draw", "verify", tmp_path / "none.json")


def test_公布的十行程序在别人的电脑上算出同样的村(revealed, tmp_path):
    _, out = revealed
    paper = json.loads((out / "certificate.json").read_text("utf-8"))
    told = subprocess.run(
        [sys.executable, "-I", out / "verifier.py", DICE, paper["nonce"], "CUN", out / "villages.csv"],
        check=True, capture_output=True, text=True, encoding="utf-8", timeout=60).stdout.splitlines()
    assert told[0] == f"sha256(nonce) {paper['commitment']['sha256']}"
    units = [line.split()[1] for line in told[2:]]
    assert units == in_ticket_order(paper["seed"], "CUN", units)
    own = [u for u in units if u.startswith("449901105")][:4]
    assert own == [v["village"] for v in paper["villages"] if v["drawn"] and v["town"] == "449901105"]


def test_抽样结果就是卷宗要的表(revealed, tmp_path):
    from hecha.case.desk import Desk
    from hecha.fieldwork.roster import read_handed_in

    case, _ = revealed
    (tmp_path / "draw").mkdir()
    shutil.copy(case / ".hecha" / "draw" / "抽样结果.xlsx", tmp_path / "draw")
    problems = Problems()
    villages, households = read_handed_in(tmp_path, problems)
    assert list(problems) == [] and Desk(tmp_path, problems).find("draw", "抽样结果")
    assert len(villages) == 11 and (households["choice"] == "正选").sum() == 10 * 5 + 4
    assert (households["head"] != "").all()


def test_帮助很快_不载入表格和图(tmp_path):
    told = subprocess.run([sys.executable, "-X", "importtime", "-m", "hecha", "draw", "--help"],
                          check=True, capture_output=True, text=True, encoding="utf-8",
                          timeout=60)
    assert "抽签" in told.stdout
    assert not [name for name in ("pandas", "matplotlib", "scipy") if f"| {name}" in told.stderr]
    assert hecha("draw", "没有").exit_code == 2
