"""进度：每完成一项说一行，写着第几项、用了多久、约剩多久；正在运行的笔记本执行到第几格。"""

import json

from hecha.batch.progress import CellsRead, Lines, Progress, time_told
from hecha.batch.run import run

CASE, PLAN = "data/sheng-bangfu", "params/sheng-bangfu"


def test_没有屏幕的_每完成一项一行_约剩按至今的快慢推算():
    said, clock = [], iter([100.0, 101.0, 103.1])
    lines = Lines(said.append, lambda: next(clock))
    lines("读入并计分…", 0, 1)
    lines("甲镇核查报告", 7, 22)
    assert said == ["[0/1] 读入并计分…　1.0秒", "[ 7/22] 甲镇核查报告　3.1秒，约剩7秒"]


def test_约剩过了一分半按分钟说_完了不再说剩():
    assert time_told(30, 1, 4) == "30.0秒，约剩2分钟"  # 30 × 3 = 90秒，按分钟说
    assert time_told(30, 4, 4) == "30.0秒"


def test_执行到第几格_只读新写的_没有写完的一行不算(tmp_path):
    journal, cells = tmp_path / "journal", CellsRead()
    assert cells.at(journal) == (0, 0)
    with journal.open("a", encoding="utf-8") as file:
        for line in ({"cell": 0, "of": 17}, {"cell": 0, "count": 1, "outputs": ["{\"cell\": 9, \"of\": 9}"]}):
            file.write(json.dumps(line) + "\n")
        file.flush()
        assert cells.at(journal) == (1, 17)
        file.write('{"cell": 4, "of"')
        file.flush()
        assert cells.at(journal) == (1, 17)
        file.write(": 17}\n")
        file.flush()
        assert cells.at(journal) == (5, 17)


class Watching(Progress):
    """Keeps what it is told."""

    wants_cells = True

    def __init__(self):
        self.said, self.cells = [], []

    def __call__(self, what, done, total):
        self.said.append((what, done, total))

    def running(self, cells):
        self.cells.append(dict(cells))


def test_一次运行_件数一项一项增加_笔记本有自己的进度(tmp_path):
    seen = Watching()
    report = run(CASE, PLAN, tmp_path / "出", progress=seen, only={"plan": {}, "county": {}})
    assert [done for _, done, _ in seen.said] == sorted(done for _, done, _ in seen.said)
    assert {total for what, _, total in seen.said if what in ("县级报告", "方案与读法")} == {
        len(report.did)}
    at = [cells["县级报告"] for cells in seen.cells if "县级报告" in cells]
    assert at == sorted(at) and at[-1][0] > 1 and at[-1][0] <= at[-1][1]
    assert seen.cells[-1] == {}
