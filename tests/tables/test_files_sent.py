"""Files as they are sent: what is refused before a parser sees it, and what is read."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hecha.problems import Problems
from hecha.tables import Grid, grids_of, read_grids
from tests.tables import workbooks as made


def read(data: bytes, name: str = "表.xlsx") -> tuple[list[Grid], Problems]:
    problems = Problems()
    return grids_of(data, name, problems, ("449901100",)), problems


def codes(problems: Problems) -> list[str]:
    return [problem.code for problem in problems]


def nested_entities() -> str:
    lines = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY e0 "哈">{lines}]>' + made.sheet_xml(
        f'<row r="1">{made.text_cell("A1", "&e9;")}</row>'
    )


ENCRYPTED = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
)
REFUSED = {
    "空文件": (b"", "empty_file"),
    "旧版xls改名": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_xls"),
    "设了密码": (ENCRYPTED, "encrypted"),
    "网页改名": ("\ufeff<html><table><tr><td>镇代码".encode(), "html"),
    "XML表格改名": (b'<?xml version="1.0"?><Workbook/>', "html"),
    "文本改名": ("镇代码,得分\n".encode(), "not_workbook"),
    "没有传完": (made.scored("")[:-200], "truncated"),
    "别的压缩包": (made.workbook()[:0] or b"PK\x05\x06" + bytes(18), "not_workbook"),
    "已用到表格尽头": (
        made.workbook(
            f'{made.HEADER_ROW}<row r="1048576">{made.text_cell("XFD1048576", "x")}</row>'
        ),
        "used_range",
    ),
    "列太多": (made.workbook(f'<row r="1">{made.text_cell("ABC1", "x")}</row>'), "used_range"),
    "单元格编号不正常": (
        made.workbook(f'<row r="1">{made.text_cell("&#88;FD1048576", "x")}</row>'),
        "damaged",
    ),
    "实体炸弹": (made.workbook(sheet=nested_entities()), "dtd"),
    "外部实体": (
        made.workbook(sheet='<!DOCTYPE x SYSTEM "file:///etc/hosts">' + made.sheet_xml("")),
        "dtd",
    ),
    "内部UTF-16": (
        made.workbook(extra=[("xl/worksheets/sheet1.xml", made.sheet_xml("").encode("utf-16"))]),
        "odd_encoding",
    ),
    "压缩炸弹": (made.workbook(extra=[("xl/media/a.bin", b"0" * 30_000_000)]), "zip_bomb"),
    "含宏": (made.workbook(extra=[("xl/vbaProject.bin", b"x")]), "macros"),
    "链接到别的文件": (
        made.workbook(extra=[("xl/externalLinks/externalLink1.xml", "<x/>")]),
        "external_links",
    ),
    "二进制工作簿": (made.workbook(extra=[("xl/workbook.bin", b"x")]), "not_workbook"),
    "1904日期系统": (made.workbook(book=made.book_xml('date1904="1"')), "date1904"),
    "内部不成形": (made.workbook(book="<workbook><sheets>"), "damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_不能打开的文件只说一句不猜内容(name: str) -> None:
    data, code = REFUSED[name]
    began = time.perf_counter()
    grids, problems = read(data)
    assert (grids, codes(problems)) == ([], [code])
    assert problems.errors[0].units == ("449901100",)
    assert time.perf_counter() - began < 2


def test_部件重名的工作簿不予打开() -> None:
    out = io.BytesIO(made.scored(""))
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", made.sheet_xml(""))
    assert codes(read(out.getvalue())[1]) == ["damaged"]


def test_内容校验不符的工作簿说是已损坏() -> None:
    data = bytearray(made.scored(""))
    at = data.find(b"xl/workbook.xml") + len(b"xl/workbook.xml") + 5
    data[at] ^= 0xFF
    assert codes(read(bytes(data))[1]) == ["damaged"]


def test_前面有空行空列时行号列号仍是表格里的() -> None:
    rows = f'<row r="7">{made.text_cell("C7", "镇代码")}</row><row r="9">{made.text_cell("C9", "449901100")}</row>'
    grid = read(made.workbook(rows))[0][0]
    assert grid.cells() == {"C7": "镇代码", "C9": "449901100"}
    assert [number for number, cells in grid.rows if any(cells)] == [7, 9]


CELLS = {
    "整数不带小数点": ('<c r="B2"><v>3</v></c>', "3"),
    "小数照填的写": ('<c r="B2"><v>17976.16</v></c>', "17976.16"),
    "计算尾差按表格显示": ('<c r="B2"><v>0.30000000000000004</v></c>', "0.3"),
    "超过15位显示为科学计数": ('<c r="B2"><v>449901195105236094</v></c>', "4.49901195105236E+17"),
    "百分比格式带百分号": ('<c r="B2" s="1"><v>0.999</v></c>', "99.9%"),
    "日期格式是日期": ('<c r="B2" s="2"><v>45291</v></c>', "2023-12-31"),
    "真假值": ('<c r="B2" t="b"><v>1</v></c>', "TRUE"),
    "全角照抄": (made.text_cell("B2", "９９．９％"), "９９．９％"),
}


@pytest.mark.parametrize("name", CELLS)
def test_单元格读成人看到的样子(name: str) -> None:
    xml, shown = CELLS[name]
    grid = read(made.scored(xml))[0][0]
    assert grid.cells()["B2"] == shown


def test_错误值不读成空白而是记在格子上() -> None:
    grid = read(made.scored('<c r="B2" t="e"><v>#DIV/0!</v></c>'))[0][0]
    assert (grid.faults[2, 1].code, grid.faults[2, 1].found) == ("error_cell", "#DIV/0!")


def test_没有结果的公式不读成空白而是记在格子上() -> None:
    grid = read(made.scored('<c r="B2"><f>A1*2</f><v></v></c>'))[0][0]
    assert (grid.faults[2, 1].code, grid.faults[2, 1].found) == ("formula_without_value", "=A1*2")
    assert [number for number, _ in grid.rows] == [1, 2]


def test_算出错误值的公式也是错误值() -> None:
    grid = read(made.scored('<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'))[0][0]
    assert grid.faults[2, 1].code == "error_cell"


def test_有结果的公式用其结果并提示() -> None:
    grids, problems = read(made.scored('<c r="B2"><f>40+50</f><v>90</v></c>'))
    assert grids[0].cells()["B2"] == "90"
    assert codes(problems) == ["formula"] and "B2" in str(problems)


def test_表样自己放的公式不提示_别处手填的公式照样提示() -> None:
    names = "<definedNames><definedName name=\"公式区\" localSheetId=\"0\">'表'!$B$2:$B$9</definedName></definedNames>"
    form = made.book_xml().replace("</workbook>", f"{names}</workbook>")
    cells = '<c r="B2"><f>40+50</f><v>90</v></c><c r="C2"><f>1+1</f><v>2</v></c>'
    grids, problems = read(made.workbook(f'<row r="2">{cells}</row>', book=form))
    assert grids[0].own and grids[0].cells() == {"B2": "90", "C2": "2"}
    assert codes(problems) == ["formula"] and "（C2）" in str(problems)


def test_隐藏的表行列照读并提示() -> None:
    rows = made.HEADER_ROW + f'<row r="2" hidden="1">{made.text_cell("A2", "449901100")}</row>'
    columns = '<cols><col min="2" max="2" hidden="1"/></cols>'
    grids, problems = read(made.workbook(rows, before=columns, book=made.book_xml(state="hidden")))
    assert grids[0].cells()["A2"] == "449901100"
    assert codes(problems) == ["hidden_sheet", "hidden_rows", "hidden_columns"]
    assert "第2行" in str(problems) and "B" in str(problems)


def test_合并单元格的值对其中每一格都成立() -> None:
    rows = (
        made.HEADER_ROW
        + f'<row r="2">{made.text_cell("A2", "449901100")}{made.text_cell("B2", "1")}</row>'
        + f'<row r="3">{made.text_cell("B3", "2")}</row>'
    )
    merged = '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>'
    assert read(made.workbook(rows, after=merged))[0][0].cells()["A3"] == "449901100"


def test_合并到表格尽头也不会无尽地填() -> None:
    merged = '<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    assert len(read(made.workbook(made.HEADER_ROW, after=merged))[0][0].rows) == 1


# -- CSV -----------------------------------------------------------------------------------

RARE = "镇名称,村名称\r\n平㙍镇,䓣口村民委员会\r\n千岭镇,𣵦江村\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_生僻字在各种编码里读出来都一样(encoding: str) -> None:
    grids, problems = read(RARE.encode(encoding), "名单.csv")
    assert grids[0].cells()["B3"] == "𣵦江村"
    assert codes(problems) == (
        [
            "utf16",
        ]
        if encoding == "utf-16"
        else []
    )


def test_既非UTF8也非GB18030的文件不读() -> None:
    assert codes(read(b"\xff\x41\x80\x20,1\r\n", "名单.csv")[1]) == ["encoding"]


def test_含控制字符的不是文本() -> None:
    assert codes(read(b"a\x00b,1\r\n", "名单.csv")[1]) == ["encoding"]


def test_工作簿改名为csv要说出来() -> None:
    assert codes(read(made.scored(""), "名单.csv")[1]) == ["not_csv"]


def test_引号不成对说出是哪一行() -> None:
    problems = read('甲,乙\r\n1,"没完\r\n2,3\r\n'.encode(), "名单.csv")[1]
    assert codes(problems) == ["csv_quotes"] and "第2行" in str(problems)


def test_乱码的格子不当作文字() -> None:
    grid = read("镇名称\r\n锟斤拷镇\r\n".encode(), "名单.csv")[0][0]
    assert grid.faults[2, 0].code == "mojibake"


def test_制表符隔开的文本读得出来并提示() -> None:
    grids, problems = read("镇代码\t得分\r\n449901100\t90\r\n".encode("utf-16"), "名单.csv")
    assert grids[0].cells()["B2"] == "90" and codes(problems) == ["utf16", "tabs"]


def test_一格里有换行仍算一行() -> None:
    grid = read('甲,乙\r\n"一\r\n二",1\r\n三,2\r\n'.encode(), "名单.csv")[0][0]
    assert [number for number, _ in grid.rows] == [1, 2, 3]


def test_打不开的文件也只是一个问题(tmp_path: Path) -> None:
    problems = Problems()
    assert read_grids(tmp_path / "没有.xlsx", "没有.xlsx", problems) == []
    assert codes(problems) == ["unreadable"]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 3000))
def test_任何字节都只会读出表或说出问题(noise: bytes, at: int) -> None:
    data = bytearray(made.scored('<c r="B2"><v>90</v></c>'))
    data[at % len(data) : at % len(data) + len(noise)] = noise
    for name in ("表.xlsx", "表.csv"):
        grids, problems = read(bytes(data), name)
        assert grids or problems.errors
