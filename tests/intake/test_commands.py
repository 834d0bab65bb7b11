"""The commands at a clerk's desk: what they say, and with which exit code they end."""

import pytest
from click.testing import CliRunner

from hecha.commands import app
from hecha.problems import HechaError
from tests.intake.sending import ONE, PLAN, VILLAGE, sending, sent_by


def said(*words, code=0):
    result = CliRunner().invoke(app, [str(w) for w in words], prog_name="hecha")
    if isinstance(result.exception, HechaError):
        assert code == 2
        return str(result.exception)
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def case(folder):
    sent_by(folder.root, sending(folder))
    return folder.root


def test_登记一路走下来(case, tmp_path):
    assert "入户核查" in said("record", "list", case)
    assert "退回1份" in said("record", "return", case, "村核查", VILLAGE, "--by", "李", "--reason", "不清楚")
    assert "不清楚" in said("record", "history", case, "村核查", VILLAGE)
    assert "已退回，不能复核" in said("record", "review", case, "村核查", VILLAGE, "--by", "李", code=2)
    assert "更正" in said("record", "correct", case, f"returns/核查记录_{ONE}.xlsx", "村核查", "D2", "否",
                        "--by", "王", "--reason", "笔误", "--approval", "县核查办")
    photo = tmp_path / "墙.jpg"
    photo.write_bytes(b"\xff\xd8\xff")
    assert "附上 墙.jpg" in said("record", "attach", case, "村核查", VILLAGE, photo, "--by", "王")
    assert "登记簿完好" in said("record", "verify", case)
    assert "导出" in said("record", "export", case, tmp_path / "登记.csv")


def test_证据只收照片和扫描件_限大小(case, tmp_path, monkeypatch):
    script = tmp_path / "照片.exe"
    script.write_bytes(b"MZ")
    assert "不是能附的证据" in said("record", "attach", case, "村核查", VILLAGE, script, "--by", "王", code=2)
    monkeypatch.setattr("hecha.batch.recording.LARGEST_EVIDENCE", 2)
    photo = tmp_path / "大.jpg"
    photo.write_bytes(b"\xff\xd8\xff")
    assert "请压缩" in said("record", "attach", case, "村核查", VILLAGE, photo, "--by", "王", code=2)


def test_没有登记簿_说先收表(folder):
    folder.load()
    assert "请先收表" in said("record", "list", folder.root, code=2)


def test_收表_有错就以1结束_报告写出来(case, tmp_path):
    told = said("intake", case, "--plan", PLAN, "--out", tmp_path / "收表", code=1)
    assert "行数平衡" in told and (tmp_path / "收表" / "收表报告.html").is_file()


def test_没有的镇_没有的文件_说清楚(case):
    assert "没有文件" in said("town", ONE, "--returns", "没有.xlsx", "--case", case, "--plan", PLAN, code=2)
