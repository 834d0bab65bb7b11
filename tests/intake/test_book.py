"""The book of records only grows, and whoever changes it is found out."""

import sqlite3

import pytest

from hecha.batch.recording import export, verify
from hecha.intake.book import Book, BookError, book_file


def filled(case):
    book = Book.open(case, make=True)
    for n in range(4):
        book.append("2024-01-04T20:00", "张三", "attach", "村核查", "449901105200", {"n": n})
    book.close()
    return case


def loosened(case, *statements):
    """Somebody with a database tool, who drops the guards first."""
    base = sqlite3.connect(book_file(case))
    for name in ("entry_is_final", "entry_stays", "content_is_final", "content_stays"):
        base.execute(f"drop trigger {name}")
    for statement in statements:
        base.execute(statement)
    base.commit()
    base.close()


@pytest.mark.parametrize("statement", [
    "update entry set who = '李四' where number = 2", "delete from entry where number = 2",
    "update content set body = '{}'", "delete from content"])
def test_登记簿不许修改和删除(tmp_path, statement):
    filled(tmp_path)
    base = sqlite3.connect(book_file(tmp_path))
    with pytest.raises(sqlite3.IntegrityError, match="登记簿只能追加"):
        base.execute(statement)
    base.close()


def test_完好的登记簿查得通_链尾可以抄记(tmp_path):
    faults, said = verify(filled(tmp_path))
    assert faults == [] and "登记簿完好" in said
    head = said.split("链尾 ")[1][:64]
    assert verify(tmp_path, head)[0] == []


@pytest.mark.parametrize(("statement", "says"), [
    ("update entry set who = '李四' where number = 2", "第2条被改动过"),
    ("delete from entry where number = 2", "第2条不见了"),
    ("update content set body = replace(body, '\"n\": 1', '\"n\": 9')", "内容被改动过"),
    ("delete from content where body like '%\"n\": 3%'", "第4条的内容不见了"),
    ("update entry set at = '2023-01-01' where number = 4", "第4条被改动过")])
def test_绕过防护改一处_查得出是哪一条(tmp_path, statement, says):
    loosened(filled(tmp_path), statement)
    assert any(says in fault for fault in verify(tmp_path)[0])
    book = Book.open(tmp_path)
    with pytest.raises(BookError, match="不能使用"):
        book.entries()


def test_抽走最后几条_凭抄记的链尾查得出(tmp_path):
    head = verify(filled(tmp_path))[1].split("链尾 ")[1][:64]
    loosened(tmp_path, "delete from entry where number > 2")
    assert verify(tmp_path)[0] == []
    assert "被抽走" in verify(tmp_path, head)[0][0]


def test_一次写入要么全成要么全无(tmp_path):
    book = Book.open(filled(tmp_path))
    with pytest.raises(RuntimeError), book.writing():
        book.append("2024-01-04T21:00", "张三", "attach", "村核查", "449901105200", {})
        raise RuntimeError
    assert len(book.entries()) == 4


def test_不是数据库的文件说清楚_不出程序错误(tmp_path):
    book_file(tmp_path).parent.mkdir()
    book_file(tmp_path).write_bytes("不是数据库".encode() * 100)
    with pytest.raises(BookError, match="打不开"):
        Book.open(tmp_path)


def test_随时导出为CSV(tmp_path):
    out = tmp_path / "登记.csv"
    assert export(filled(tmp_path), out) == 4
    text = out.read_text(encoding="utf-8-sig")
    assert text.count("附证据") == 4 and "张三" in text
