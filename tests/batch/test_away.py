"""卷宗在地址上：取来运行，写回去；一处地址一次运行；写到一半断了，下一次做完。"""

import json
import sys
import time

import fsspec
import pytest

from benchmarks.cluster import PLAN, counties, digests
from hecha.batch import away, lease
from hecha.batch.away import Unreachable, brought_here, fetch, folders_at, held
from hecha.batch.cluster import do_case
from hecha.batch.folder import MANIFEST, Held
from hecha.batch.lease import leased
from hecha.batch.many import CaseRun, cases_asked, not_cases, run_case, run_many
from hecha.batch.province import write_province
from hecha.batch.run import How

STORE = "memory://省"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Two counties at an address, run there; the folder where the same were run here."""
    here, system = tmp_path_factory.mktemp("本 机"), fsspec.filesystem("memory")
    asked = counties(here, 2)
    system.put(str(here / "cases"), "/省/cases", recursive=True)
    system.put(PLAN, "/省/params/ducha-403030", recursive=True)
    away_asked = [CaseRun(f"{STORE}/cases/{n}", f"{STORE}/params/ducha-403030", f"{STORE}/out/{n}",
                          notebooks={"plan": {}}) for n in ("县000", "县001")]
    found = [run_case(one, How(1)) for one in away_asked]
    assert [(d.state, d.why, d.name) for d in found] == [("完成", "", "县000"), ("完成", "", "县001")]
    run_many(asked[:1], How(1))
    yield here, away_asked
    system.rm("/省", recursive=True)


def there(place, tmp_path):
    """What is at an address, brought here: name → SHA-256, without what a run keeps for itself."""
    fetch(place, tmp_path)
    return digests(tmp_path)


def test_地址上的成果_与本机的一字节不差(store, tmp_path):
    here, _ = store
    ours, theirs = digests(here / "out" / "县000"), there(f"{STORE}/out/县000", tmp_path)
    naming_the_case = {MANIFEST, "notebooks/plan.ipynb"}  # the case was called otherwise
    assert set(ours) == set(theirs)
    assert {name for name in ours if ours[name] != theirs[name]} <= naming_the_case


def test_没有变化的不重做_占用的记号不留下(store):
    here, asked = store
    done = do_case(asked[0], How(1), str(here / "这台机器上没有"))
    assert (done.state, done.did, done.kept) == ("完成", 0, 1)
    assert not fsspec.filesystem("memory").exists("/省/out/县000/.run/lease.json")


def test_写回写到一半断了_没有清单_下一次做成完整的(store, tmp_path, monkeypatch):
    _, asked = store
    whole = there(f"{STORE}/out/县000", tmp_path / "前")
    system = type(fsspec.filesystem("memory"))
    put, count = system.put_file, []

    def breaks(self, *given, **more):
        count.append(1)
        if len(count) > 3:
            raise ConnectionResetError("断了")
        return put(self, *given, **more)

    fsspec.filesystem("memory").rm("/省/out/县000/results.json")
    with monkeypatch.context() as broken:
        broken.setattr(system, "put_file", breaks)
        done = run_case(asked[0], How(1, force=True))
    assert done.state == "没有做成" and "连不上" in done.why and f"{STORE}/out/县000" in done.why
    assert not fsspec.filesystem("memory").exists(f"/省/out/县000/{MANIFEST}")
    assert run_case(asked[0], How(1)).state == "完成"
    assert there(f"{STORE}/out/县000", tmp_path / "后") == whole


def test_不再有的文件_地址上也拿掉_别人的留着(tmp_path):
    system = fsspec.filesystem("memory")
    system.pipe({"/旧/a.csv": b"1", "/旧/manifest.json": b"{}"})
    with held("memory://旧", tmp_path, lambda name: name != "别人的.txt") as carry_back:
        system.pipe_file("/旧/别人的.txt", b"x")
        (tmp_path / "a.csv").unlink()
        (tmp_path / "b.csv").write_bytes(b"2")
        carry_back()
    assert sorted(system.find("/旧")) == ["/旧/b.csv", "/旧/manifest.json", "/旧/别人的.txt"]


def test_地址里的卷宗一个个认出来(store, tmp_path):
    asked = cases_asked(f"{STORE}/cases/", PLAN, f"{STORE}/out", tmp_path)
    assert [(one.case, one.out) for one in asked] == [
        (f"{STORE}/cases/{n}", f"{STORE}/out/{n}") for n in ("县000", "县001")]
    [one] = cases_asked(f"{STORE}/cases/县001", PLAN, "", tmp_path)
    assert one.out == str(tmp_path / "县001") and folders_at(STORE) == ["cases", "out", "params"]
    assert not_cases(STORE) == ["cases", "out", "params"]
    with pytest.raises(Unreachable, match="里没有卷宗"):
        cases_asked(STORE, PLAN, "", tmp_path)


def test_所依据的方案一同取来(tmp_path):
    fsspec.filesystem("memory").pipe({"/方案/甲/plan.yaml": "based_on: 乙\n".encode(),
                                      "/方案/乙/plan.yaml": b"x: 1\n"})
    with brought_here("卷宗", "memory://方案/甲", str(tmp_path)) as here:
        assert here.plan == "params/甲" and (here.folder / "params/乙/plan.yaml").is_file()


def test_各县汇总写到地址上(store):
    _, asked = store
    page = write_province(f"{STORE}/out", {"县009": "表头不对"}, {"县000", "县001", "县009"})
    text = fsspec.filesystem("memory").cat_file(page.removeprefix("memory://")).decode("utf-8")
    assert page.startswith(f"{STORE}/out/province") and "县009没有结果：表头不对" in text
    assert "2个市" in text and run_case(asked[1], How(1)).did == 0


# -- 占用 ------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch):
    """Signs of life come fast."""
    for name, seconds in (("BEAT", 0.05), ("STILL", 0.5), ("LOOK", 0.02)):
        monkeypatch.setattr(lease, name, seconds)
    system = fsspec.filesystem("memory")
    yield system
    system.rm("/占", recursive=True)


def test_正由另一次运行写的地址_拒绝_说出是谁(quick):
    with leased(quick, "/占/lease.json", "s3://省/甲县"):
        second = leased(quick, "/占/lease.json", "s3://省/甲县")
        with pytest.raises(Held, match="“s3://省/甲县”正由另一次运行占用（.* 的进程 .*开始）"), second:
            pass
    quick.touch("/占/留着")
    assert not quick.exists("/占/lease.json")


def test_占用的死了_等一等就接过来(quick):
    quick.pipe_file("/占/lease.json", b'{"id": "dead"}')
    with leased(quick, "/占/lease.json", "地址") as check:
        check()
        assert json.loads(quick.cat_file("/占/lease.json"))["id"] != "dead"
    quick.touch("/占/留着")


def test_占用被拿走了_不写上去(quick):
    with leased(quick, "/占/lease.json", "地址") as check:
        quick.pipe_file("/占/lease.json", b'{"id": "other"}')
        with pytest.raises(Held, match="被另一次运行拿去了（没有写明是谁），这一次的结果没有写上去"):
            check()
        time.sleep(3 * lease.BEAT)
    assert json.loads(quick.cat_file("/占/lease.json"))["id"] == "other"


# -- 说清楚 ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "says"), [
    ("xyz://a/b", "不认识这种地址"), ("memory://没有/b", "那里没有"),
    ("hdfs://namenode/x", "“hdfs://”的地址还要装一个包：pip install pyarrow")])
def test_地址读不了_一句话说清楚(place, says, monkeypatch):
    for module in ("pyarrow", "pyarrow.fs"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Unreachable, match=says):
        folders_at(place)


def test_没有方案_说出是哪个地址(store):
    _, [asked, _] = store
    done = run_case(CaseRun(asked.case, f"{STORE}/params/没有", f"{STORE}/别处"), How(1))
    assert done.state == "没有做成" and done.why == f"“{STORE}/params/没有”里什么也没有，请检查地址"
    assert away.LEASE not in str(fsspec.filesystem("memory").find("/省/别处"))
