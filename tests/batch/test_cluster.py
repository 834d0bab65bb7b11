"""Many counties on a cluster, and the page that gathers them."""

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.cluster import PLAN, counties, digests, run_and_kill
from hecha.analysis import province
from hecha.batch import many
from hecha.batch.cluster import NoCluster, do_case, run_on_cluster
from hecha.batch.gathering import NoRuns, gather
from hecha.batch.many import cases_asked, not_cases, run_many
from hecha.batch.province import write_province
from hecha.batch.run import How
from hecha.report.naming import with_mark


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Two counties, run on this machine: the folder, what was asked, what became of it."""
    folder = tmp_path_factory.mktemp("省 内")
    asked = counties(folder, 2)
    return folder, asked, run_many(asked, How(2))


@pytest.mark.slow
def test_工作进程被强行结束_每个县的成果都在_一字节不差(undisturbed, tmp_path):
    """One of two workers dies by SIGKILL while it runs; its county is done by the other."""
    folder, asked, _ = undisturbed
    (folder / "out").rename(tmp_path / "undisturbed")
    done = run_and_kill(asked, 1.0)
    assert [d.name for d in done] == ["县000", "县001"]
    assert [(d.state, d.why) for d in done] == [("完成", ""), ("完成", "")]
    assert digests(folder / "out") == digests(tmp_path / "undisturbed")


def test_工作机没有那个文件夹_说清楚(undisturbed, tmp_path):
    done = do_case(undisturbed[1][0], How(1), str(tmp_path / "没有"))
    assert done.state == "没有做成" and "各机要用同一个共享文件夹" in done.why


def test_连不上调度器_说清楚(undisturbed, monkeypatch):
    monkeypatch.setattr("hecha.batch.cluster.PATIENCE", 0.3)
    with pytest.raises(NoCluster, match="连不上调度器"):
        run_on_cluster(undisturbed[1], How(1), "tcp://127.0.0.1:1")


def test_汇总_每县一行_没有结果的县写明原因(undisturbed):
    folder = undisturbed[0] / "out"
    found = gather(folder, {"县002": "表头不对"})
    table = province.counties(found)
    towns = json.loads((folder / "县000" / "results.json").read_text("utf-8"))["frames"]["towns"]
    assert list(table["run"]) == ["县000", "县001"] and list(table["towns"]) == [len(towns["rows"])] * 2
    assert table["mean"][0] == table["mean"][1] is not None
    assert found.lost == {"县002": "表头不对"}
    assert len(province.plans(found)) == 1
    assert province.grades(found)[["run", *province.bands(found), "未定等次"]].iloc[:, 1:].sum(
        axis=1).tolist() == list(table["towns"])


def test_结果读不出来的县不当作没有问题(undisturbed, tmp_path):
    shutil.copytree(undisturbed[0] / "out" / "县000", tmp_path / "县000")
    (tmp_path / "县000" / "results.json").write_text("{", encoding="utf-8")
    found = gather(tmp_path)
    assert found.lost == {"县000": "results.json 读不出来，请重新运行"} and not found.outcomes


def test_没有运行完的县不当作没有这个县(undisturbed, tmp_path):
    shutil.copytree(undisturbed[0] / "out" / "县000", tmp_path / "县000")
    (tmp_path / "县000" / "manifest.json").unlink()
    assert gather(tmp_path).lost == {"县000": "没有运行完，请重新运行"}


def test_一个县程序出错_别的县照做(undisturbed, monkeypatch):
    """A fault of ours in one county: its line says so, the other's is there."""
    real, asked = many.run, undisturbed[1]

    def faulty(case, *given, **more):
        if Path(case).name == "县000":
            raise ZeroDivisionError("除以零")
        return real(case, *given, **more)

    monkeypatch.setattr(many, "run", faulty)
    one, two = run_many(asked, How(2))
    assert (one.state, two.state) == ("没有做成", "完成")
    assert one.why.startswith("程序出错（ZeroDivisionError：除以零）")


def test_不是卷宗的文件夹_说出名字(tmp_path):
    for part in ("甲县/returns", "乙县/roster", "丙县/丙县/returns", ".git"):
        (tmp_path / part).mkdir(parents=True)
    assert [Path(c.case).name for c in cases_asked(str(tmp_path), PLAN, "出", tmp_path)] == ["乙县", "甲县"]
    assert not_cases(str(tmp_path)) == ["丙县"]
    assert not_cases(str(tmp_path / "甲县")) == []


def test_没有批次的文件夹_说清楚(tmp_path):
    with pytest.raises(NoRuns, match="没有批次"):
        gather(tmp_path)


def test_汇总成页_有标记_每县都在(undisturbed):
    folder = undisturbed[0] / "out"
    mark = gather(folder).outcomes[0].file_mark
    for name in ("province.旧标记.html", "tables/counties.旧标记.csv"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("以前的", encoding="utf-8")
    shutil.copytree(folder / "县000", folder / "从前的县")
    page = Path(write_province(folder, {"县：002": "表头：\n不对"}, {"县000", "县001", "县：002"}))
    assert page.name == with_mark("province.html", mark)
    text = page.read_text(encoding="utf-8")
    assert "县：002没有结果：表头：" in text and "用了哪个方案" in text
    assert "2个市" in text and "各市结果（2个市）" in text  # 方案里一个卷宗是一个市
    assert "从前的县" not in text  # 没有叫它做的不上这一页
    assert "从前的县" in {one.run for one in gather(folder).outcomes}  # 全部汇总时才有
    shutil.rmtree(folder / "从前的县")
    assert sorted(p.name for p in (folder / "tables").iterdir()) == [
        with_mark(f"{name}.csv", mark) for name in ("counties", "county_towns", "outliers")]
    assert [p.name for p in folder.glob("province*.html")] == [page.name]
