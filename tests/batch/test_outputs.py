"""一次运行写出的全部文件，一个一个看：没有个人信息，没有程序的痕迹，目录连得到每一份。"""

import csv
import re
import shutil
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from python_calamine import load_workbook

from hecha.batch.manifest import verify_manifest
from hecha.batch.printing import print_afterwards
from hecha.batch.run import run
from hecha.report.leftovers import leftovers
from hecha.report.page import visible_text

YUNXI, TOWN, NAME = Path("data/yunxi"), "449901105", "建安镇"
ROSTER = f"roster/花名册/{TOWN}_{NAME}.xlsx"
READ = (".html", ".docx", ".xlsx", ".csv", ".json", ".ipynb")


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """One town run with its own roster of households and persons."""
    base = tmp_path_factory.mktemp("县 一")
    case = shutil.copytree(YUNXI, base / "云溪", ignore=shutil.ignore_patterns("花名册", "expected"))
    (case / ROSTER).parent.mkdir()
    shutil.copy(YUNXI / ROSTER, case / ROSTER)
    run(case, "params/xian2023", base / "出", [TOWN])
    return base / "出"


def told(path):
    """The text of a file, of whatever format, its style and its programming left out."""
    if path.suffix in (".docx", ".xlsx"):
        with zipfile.ZipFile(path) as packed:
            parts = [packed.read(n) for n in packed.namelist() if n.endswith(".xml")]
        return "\n".join("\n".join(t for t in ElementTree.fromstring(p).itertext()) for p in parts)
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".ipynb":
        cells = nbformat.reads(text, as_version=4).cells
        text = "\n".join("".join(o.data.get("text/html", "")) for c in cells
                         for o in c.get("outputs", ()) if "data" in o)
        return visible_text(text)
    return visible_text(text) if path.suffix == ".html" else text


@pytest.fixture(scope="module")
def texts(out):
    """Every file of the run that a person or a program reads, with its text."""
    found = {p.relative_to(out).as_posix(): told(p) for p in sorted(out.rglob("*"))
             if p.suffix in READ and not p.relative_to(out).as_posix().startswith(".")}
    assert {Path(name).suffix for name in found} == set(READ)
    return found


@pytest.fixture(scope="module")
def people():
    """Names and numbers of the roster's households; names of officials, telephones of the staff."""
    rows = load_workbook(YUNXI / ROSTER).get_sheet_by_index(0).to_python()
    at = next(i for i, row in enumerate(rows) if "证件号码" in row)
    heads, body = rows[at], rows[at + 1:]
    names = {str(row[heads.index(h)]) for row in body for h in ("户主姓名", "姓名")}
    numbers = {str(row[heads.index("证件号码")]) for row in body}
    staff = load_workbook(YUNXI / "roster/抽调人员.xlsx").get_sheet_by_index(0).to_python()
    own = {str(r[staff[0].index("姓名")]) for r in staff[1:]}
    register = load_workbook(YUNXI / "returns/整改台账.xlsx").get_sheet_by_index(0).to_python()
    own |= {str(r[register[0].index(h)]) for r in register[1:] for h in ("责任人", "复核人")} - {""}
    phones = {str(r[staff[0].index("联系电话")]) for r in staff[1:]}
    assert len(names) > 500 and len(numbers) > 1000 and len(phones) > 50
    return {n for n in names if len(n) > 1} - own, numbers, own, phones


def grams(text, size):
    return {text[i:i + size] for i in range(len(text) - size + 1)}


def test_没有花名册里的姓名(texts, people):
    names, _, staff, _ = people
    for file, text in texts.items():
        for one in staff:  # 核查组签名的、整改台账上负责和复核的，是公职人员，不是住户
            text = text.replace(one, "□")
        assert not names & (grams(text, 2) | grams(text, 3) | grams(text, 4)), file


def test_没有身份证号_也没有电话(texts, people):
    _, numbers, _, phones = people
    for file, text in texts.items():
        assert not numbers & grams(text, 18), file
        assert not [p for p in phones if p in text], file


def test_没有户编号(texts):
    for file, text in texts.items():
        assert not re.search(rf"(?<!\d){TOWN}\d{{7}}(?!\d)", text), file


def test_哪种格式都没有程序的痕迹(texts):
    for file, text in texts.items():
        if not file.endswith(".json"):
            assert list(leftovers(text)) == [], file


def test_目录上的每个链接都有文件(out):
    [index] = out.glob("index*.html")
    links = re.findall(r'href="([^"#]+)"', index.read_text(encoding="utf-8"))
    assert len(links) > 12 and [x for x in links if not (out / x).is_file()] == []
    assert any(x.endswith(".docx") for x in links)


def test_每张表都在目录上(out):
    [index] = out.glob("index*.html")
    html = index.read_text(encoding="utf-8")
    shown = [p for p in (out / "tables").iterdir() if f'href="tables/{p.name}"' in html]
    assert len(shown) >= 9


def test_只算一个镇_不冒充全县的结果(out):
    [county] = out.glob("county*.html")
    title = re.search("<title>(.*?)</title>", county.read_text(encoding="utf-8"))[1]
    assert title == "建安镇2023年成效核查（只算了部分镇）结果"
    assert not [p for p in (out / "documents").iterdir() if "通报" in p.name]


def test_精确值不会被当成日期_也读得回来(out):
    [ledger] = (out / "tables").glob("ledger*.csv")
    with open(ledger, encoding="utf-8-sig", newline="") as file:
        values = [row["扣分精确值"] for row in csv.DictReader(file)]
    assert any("÷" in v for v in values) and not any("/" in v for v in values)


def test_县和镇的网页都不到1MB(out):
    assert all(p.stat().st_size < 1_000_000 for p in out.glob("*.html"))


def test_事后印的PDF也连在目录上_与清单一致(out, tmp_path, monkeypatch):
    program = tmp_path / "浏览器"
    program.write_text('#!/bin/sh\nfor a; do case "$a" in --print-to-pdf=*) echo %PDF > "${a#*=}";; esac; done\n',
                       encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("HECHA_BROWSER", str(program))
    assert print_afterwards(out) == {} and verify_manifest(out) == []
    [index] = out.glob("index*.html")
    links = set(re.findall(r'href="(pdf/[^"]+)"', index.read_text(encoding="utf-8")))
    assert links == {p.relative_to(out).as_posix() for p in (out / "pdf").iterdir()} and len(links) > 3
