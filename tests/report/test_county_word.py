"""通报：名单式不排名，排名式都说；没有批准是送审稿；版式经得起看。"""

import re
import subprocess
from dataclasses import replace

import pytest
from docx import Document

from hecha.batch.documents import papers_of
from hecha.report.county_word import write_county_notice
from hecha.report.word_check import check_word
from tests.report.made import MARK, made_results

HOSTILE = ('<script>alert("乙")</script>', "甲\u202e镇\"'", "𣵦镇")


def text_of(path):
    document = Document(path)
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


@pytest.fixture(scope="module")
def notices(tmp_path_factory):
    folder, results = tmp_path_factory.mktemp("通报"), made_results(lost=(30, 4, 10))
    return {ranked: write_county_notice(results, folder / f"通报{ranked}.docx", ranked=ranked)
            for ranked in (True, False)}


@pytest.mark.parametrize("ranked", [True, False])
def test_两种通报都没有毛病(notices, ranked):
    assert check_word(notices[ranked], names=["甲镇", "乙镇", "丙镇"], mark=MARK).found == []


def test_排名式有分数和名次(notices):
    text = text_of(notices[True])
    assert "综合评价=日常工作×30%+年终成效×70%" in text and "名次" in text
    assert re.search(r"乙镇（9\d\.\d\d分）", text)


def test_名单式没有一个分数_也不排名(notices):
    text = text_of(notices[False])
    assert not re.search(r"\d\.\d\d", text)
    assert "名次" not in text and "失分较多" not in text


def test_名单式按代码列_不从次序看出高低(tmp_path):
    path = write_county_notice(made_results(lost=(9, 1, 5)), tmp_path / "a.docx", ranked=False)
    assert "甲镇、乙镇、丙镇" in text_of(path)


def test_等次线和结果运用说的是方案的话(notices):
    text = text_of(notices[False])
    assert "90分以上为“好”，80分以上不满90分为“较好”" in text and "不满60分为“较差”" in text
    assert "表扬（" in text and "抄送：县委组织部、县人社局。" in text


def test_批准以前是送审稿_批准以后不是(notices, tmp_path):
    assert "本稿供送审，“省考核完毕”“县委、县政府批准”记录齐备以前不得印发" in text_of(notices[True])
    approved = write_county_notice(replace(made_results(), mark=""), tmp_path / "b.docx", ranked=True)
    assert "均已记录在案" in text_of(approved) and check_word(approved, mark="").found == []


def test_没有得分的镇单列_都说暂定(tmp_path):
    results = made_results(unfinished=("449901100",))
    path = write_county_notice(results, tmp_path / "c.docx", ranked=True)
    text = text_of(path)
    assert "尚未评定的镇（1个）" in text and "综合评价结果（暂定）" in text
    assert check_word(path, mark=MARK).found == []


def test_别有用心的镇名只是文字_文件名里也没有(tmp_path):
    results = made_results(HOSTILE)
    path = write_county_notice(results, tmp_path / "d.docx", ranked=True)
    text = text_of(path)
    assert HOSTILE[0] in text and "甲镇\"'" in text and "\u202e" not in text
    assert check_word(path, names=HOSTILE, mark=MARK).found == []
    for paper in papers_of(results):
        name = paper.file.removeprefix("documents/")
        assert not re.search("[<>:\"/\\\\|?*\u202e]", name) and len(name.encode()) < 250


def test_同样的结果同样的字节(notices, tmp_path):
    again = write_county_notice(made_results(lost=(30, 4, 10)), tmp_path / "再.docx", ranked=True)
    assert again.read_bytes() == notices[True].read_bytes()


@pytest.mark.office
def test_LibreOffice打得开_每页有页码和标记(notices, office_file, tmp_path):
    subprocess.run([office_file, f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}", "--headless",
                    "--convert-to", "pdf", "--outdir", tmp_path, notices[True]], check=True,
                   timeout=300, capture_output=True)
    [made] = tmp_path.glob("*.pdf")
    text = subprocess.run(["pdftotext", "-layout", made, "-"], capture_output=True, check=True
                          ).stdout.decode("utf-8")
    sheets = text.split("\f")[:-1]
    assert len(sheets) > 2
    for number, sheet in enumerate(sheets, 1):
        assert re.search(rf"—\s*{number}\s*—", sheet)
