"""One defect, one file, one message: what a plan says when it refuses.

Each file of bad/ changes one place of the default plan (`file`, `replace`, `by`) and
holds the exact messages.  A line number is written 〔+1〕, counted from the first line
of the changed place, or 〔文字+1〕, counted from the line that holds the text, so that
the default plan may be edited elsewhere.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from hecha.plan import load_plan
from hecha.plan.strict_yaml import parse_yaml
from hecha.problems import Problems, Refused

GOOD = Path("params/xian2023")
BAD = sorted(Path("tests/plan/bad").glob("*.yaml"))
LINE = re.compile(r"(?:xian2023/([\w-]+\.yaml))?第〔([^〕]*?)\+(\d+)〕行")


def patch_of(path: Path) -> dict:
    problems = Problems()
    patch = parse_yaml(path.read_text(encoding="utf-8"), path.name, problems).value
    assert not problems
    return patch


def patched(tmp_path: Path, *patches: dict) -> Path:
    """A copy of the default plan with every patch applied to it."""
    folder = tmp_path / GOOD.name
    shutil.copytree(GOOD, folder)
    for patch in patches:
        path = folder / patch["file"]
        text = path.read_text(encoding="utf-8")
        assert text.count(patch["replace"]) == 1, "要改的文字应在文件里正好出现一次"
        path.write_text(text.replace(patch["replace"], patch["by"]), encoding="utf-8")
    return folder


def expected(patch: dict, folder: Path) -> list[str]:
    """The patch's messages with their line numbers counted out."""
    start = (GOOD / patch["file"]).read_text(encoding="utf-8").split(patch["replace"])[0]
    first, file = start.count("\n") + 1, ""

    def line(found: re.Match) -> str:
        nonlocal file
        file = found[1] or file
        anchor, shift = found[2], int(found[3])
        shown = f"xian2023/{found[1]}" if found[1] else ""
        return f"{shown}第{(line_of(folder / file, anchor) if anchor else first) + shift}行"

    return [LINE.sub(line, message) for message in patch["says"]]


def line_of(path: Path, anchor: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(n for n, text in enumerate(lines, 1) if anchor in text)


def said(folder: Path) -> list[str]:
    with pytest.raises(Refused) as refused:
        load_plan(folder)
    return [str(problem) for problem in refused.value.problems]


def test_至少有四十种写错的方案():
    assert len(BAD) >= 40


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_写错一处_只说这一处_写明文件行号和应为什么(path, tmp_path):
    patch = patch_of(path)
    folder = patched(tmp_path, patch)
    assert said(folder) == expected(patch, folder)


SEVERAL = ["key-unknown", "tiers-out-of-order", "weights-not-100", "bands-gap", "misquotation",
           "reading-unknown", "expression-column", "points-quoted", "date-loose",
           "attendance-option", "key-twice"]


def test_十一处写错_一次全部说出(tmp_path):
    patches = [patch_of(Path(f"tests/plan/bad/{name}.yaml")) for name in SEVERAL]
    messages = said(patched(tmp_path, *patches))
    for patch in patches:
        words = re.split(r"第〔.*?〕行：", patch["says"][0], maxsplit=1)[1].split("（第〔")[0]
        assert any(words in message for message in messages), patch["title"]
    assert len(messages) == len(SEVERAL)


def test_细项本身读不出时_不拿残缺的表去核对合计(tmp_path):
    patches = [patch_of(Path(f"tests/plan/bad/{name}.yaml"))
               for name in ("points-quoted", "sheet-not-100")]
    messages = said(patched(tmp_path, *patches))
    assert len(messages) == 1 and "items.T-B2-6.points" in messages[0]


def test_消息里没有英文句子():
    """Names and values of the plan may be English; sentences may not."""
    for path in BAD:
        for message in patch_of(path)["says"]:
            text = re.sub(r"“[^”]*”|；应为：.*|〔.*?〕", "", message)
            assert not re.search(r"[A-Za-z]+ [a-z]+ [a-z]+", text), message


def test_文件不是UTF8_说应存为UTF8(tmp_path):
    folder = patched(tmp_path)
    text = (folder / "groups.yaml").read_text(encoding="utf-8")
    (folder / "groups.yaml").write_text(text, encoding="gb18030")
    assert said(folder) == ["错误 xian2023/groups.yaml：方案文件应存为 UTF-8"]


def test_没有这个方案_列出有哪些方案():
    with pytest.raises(Refused) as refused:
        load_plan("params/xian2024")
    message = str(refused.value.problems[0])
    assert message.startswith("错误 xian2024：没有这个方案文件夹；应为：")
    assert "xian2023" in message
