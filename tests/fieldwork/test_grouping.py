"""编组：按签号派出，回避不核查，培训前可换人，培训后不得变动，谁都可以重排。"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from hecha.field.tickets import seed_of
from hecha.fieldwork.grouping import grouped_of
from hecha.fieldwork.roster import open_field
from hecha.fieldwork.rules import team_rule
from hecha.problems import Problems
from hecha.tables.files import read_grids
from tests.fieldwork.counties import PLAN, TOWNS, done, drawn, refused, staffed, three_towns

DICE = ("--dice", "2024001", "--source", "双色球第2024001期")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    case = staffed(tmp_path_factory.mktemp("编组") / "云溪 县")
    done("teams", case, *DICE)
    return case


@pytest.fixture
def case(made, tmp_path):
    return Path(shutil.copytree(made, tmp_path / "云溪 县"))


def made_staff(case, towns):
    """Six people of each town and a county person for each, without any ties."""
    rows = [(f"Z{town[-3:]}{n}", "某甲", town, "") for town in towns for n in range(6)]
    rows += [(f"X{n}", "某乙", "", "") for n in range(len(towns))]
    pd.DataFrame(rows, columns=["人员编号", "姓名", "单位镇代码", "所帮扶村代码"]).to_csv(
        case / "roster" / "抽调人员.csv", index=False, encoding="utf-8-sig")


def members(case):
    return grouped_of(case, team_rule(open_field(case, PLAN).plan)).members


def change(case, **more):
    row = members(case).query("role == '组员'").iloc[0]
    given = {"leaving": row.person_id, "coming": "N001", "name": "新人", "town": row.home_town,
             "reason": "生病住院", "by": "云城镇", "on": "2023-12-28", **more}
    return ("teams", "substitute", case,
            *(word for key, value in given.items() for word in (f"--{key}", value)))


def test_十五个组每组七人_不核查本镇_两镇不互查(made):
    table = members(made)
    assert table.groupby("team").size().tolist() == [7] * 15
    assert (table["home_town"] != table["checked_town"]).all()
    sent = table[table["home_town"] != ""].groupby("home_town")["checked_town"].first()
    assert not [town for town in sent.index if sent[sent[town]] == town]


def test_编组表写着镇名_表头与核查记录的组员表相同(made):
    sheets = {g.sheet: [row for _, row in g.rows]
              for g in read_grids(made / ".hecha/teams/核查组编组.xlsx", "x", Problems())}
    assert sheets["组员"][0][:6] == ["组号", "人员编号", "姓名", "单位镇代码", "组内职务", "核查镇代码"]
    assert len(sheets["组员"]) == 1 + 105 and len(sheets["核查组"]) == 1 + 15
    assert sheets["核查组"][1][1] == "云城镇" and set(sheets) == {"核查组", "组员", "换人登记", "提示"}
    assert len(pd.read_csv(made / ".hecha/teams/核查组编组.csv", dtype=str)) == 105


def test_重排得到同样的组_改动一人就说出来(case):
    assert "一致" in done("teams", "verify", case)
    path = case / ".hecha" / "teams" / "assigned.json"
    data = json.loads(path.read_text("utf-8"))
    data["members"][1]["pair"], data["members"][3]["pair"] = 9, 9
    path.write_text(json.dumps(data), encoding="utf-8")
    said = refused("teams", "verify", case)
    assert said.count("与重新计算的结果不符") == 2


def test_编好以后不得悄悄重编(case):
    assert "--again" in refused("teams", case, *DICE)
    before = (case / ".hecha" / "teams" / "assigned.json").read_text("utf-8")
    done("teams", "assign", case, "--dice", "2024002", "--source", "x", "--again", "名单更正")
    old = json.loads((case / ".hecha" / "teams" / "assigned-void-1.json").read_text("utf-8"))
    assert old == {**json.loads(before), "void": "名单更正"}


def test_没有公开号码也没有抽签_不编组(tmp_path):
    case = staffed(tmp_path / "县")
    assert "没有公开号码" in refused("teams", case)
    assert "--source" in refused("teams", case, "--dice", "1")
    assert "还没有编组" in refused("teams", "verify", case)


def test_培训以前可以换人_进同一个组_重排仍一致(case):
    before = members(case)
    done(*change(case))
    after = members(case).set_index("person_id")
    gone = before.query("role == '组员'").iloc[0]
    assert gone.person_id not in after.index
    assert after.loc["N001", ["team", "checked_town", "pair"]].tolist() == [
        gone.team, gone.checked_town, gone.pair]
    assert "新人" in (case / ".hecha/teams/核查组编组.csv").read_text("utf-8-sig")
    assert "一致" in done("teams", "verify", case)


@pytest.mark.parametrize(("more", "says"), [
    ({"on": "2024-01-02"}, "已开始培训"), ({"on": "下周"}, "日期应为"), ({"town": "449901117"}, "不是同一个镇"),
    ({"leaving": "无此人"}, "不在抽调名单"), ({"reason": " "}, "")])
def test_培训起不得变动_不合规定的不准_都登记(case, more, says):
    before = members(case)
    if "reason" in more:
        more = {"coming": before.iloc[0].person_id}
        says = "已在抽调名单"
    assert says in refused(*change(case, **more))
    log = json.loads((case / ".hecha" / "teams" / "substitutions.json").read_text("utf-8"))
    assert [entry["accepted"] for entry in log] == [False] and says in log[0]["why"]
    assert members(case).equals(before)


def test_接替的人也要回避(case):
    checked = members(case).query("role == '组员'").iloc[0].checked_town
    assert "须回避" in refused(*change(case, stationed=f"{checked}200"))


def test_编组以前换的人_编组时就算数(tmp_path):
    case = staffed(tmp_path / "县")
    done("teams", "substitute", case, "--leaving", "Z10001", "--coming", "N9", "--name", "新",
         "--town", "449901100", "--reason", "病", "--by", "云城镇", "--on", "2023-12-20")
    done("teams", case, *DICE)
    assert "N9" in set(members(case)["person_id"]) and "一致" in done("teams", "verify", case)


def test_排不出来时说放宽哪一条_用镇名(tmp_path):
    case = staffed(tmp_path / "县")
    path = case / "roster" / "镇村名单.csv"
    lines = path.read_bytes().decode("gb18030").splitlines()
    two = ("449901100", "449901101")
    kept = [lines[0], *(line for line in lines[1:] if line.split(",")[2] in two)]
    path.write_bytes("\r\n".join([*kept, ""]).encode("gb18030"))
    (case / "roster" / "抽调人员.xlsx").unlink()
    made_staff(case, two)
    said = refused("teams", case, *DICE)
    assert "两镇不互查" in said and "云城镇→" in said and "449901100" not in said
    assert not (case / ".hecha" / "teams" / "assigned.json").exists()


def test_考勤名单是底稿_未经批准带着标记(case):
    assert "未经批准不得通报" in done("teams", "attendance", case)
    sheets = {g.sheet: [row for _, row in g.rows]
              for g in read_grids(case / ".hecha/teams/考勤通报名单.xlsx", "x", Problems())}
    assert "不得通报" in "".join(sheets["须知"][2])
    rows = sheets["考勤通报"][1:]
    assert rows and {row[5] for row in rows} <= {"缺勤", "迟到", "早退"}
    assert {row[7] for row in rows if row[4] == "实地核查"} == {"是"}


def test_方案不计的事项列出来_不计入扣分(case):
    path = case / "roster" / "考勤.csv"
    lines = path.read_bytes().decode("utf-8-sig").splitlines()
    text = "\r\n".join([*lines, "2024-01-02,Z10001,,,核查培训,缺勤,", ""])
    path.write_bytes(text.encode("utf-8-sig"))
    done("teams", "attendance", case)
    rows = [row for g in read_grids(case / ".hecha/teams/考勤通报名单.xlsx", "x", Problems())
            for _, row in g.rows if "核查培训" in row]
    assert [row[7] for row in rows] == ["否"]


def test_用抽签的种子编组_种子不写出来_走访分工只本人可读(tmp_path):
    case = three_towns(tmp_path / "三镇")
    made_staff(case, TOWNS)
    drawn(case, tmp_path / "out")
    said = done("teams", case)
    folder = case / ".hecha" / "teams"
    nonce = (case / ".hecha" / "draw" / "nonce").read_text("ascii")
    for secret in (nonce, seed_of("2024001:03-11-17-22-31-33+07", nonce)):
        assert secret not in said + (folder / "assigned.json").read_text("utf-8")
    [visits] = read_grids(folder / "走访分工.xlsx", "x", Problems())
    assert len(visits.rows) == 1 + 10 * 5 + 4
    assert os.name == "nt" or (folder / "走访分工.xlsx").stat().st_mode & 0o777 == 0o600
    assert "一致" in done("teams", "verify", case)


def test_排不出来时_须回避的人和组长都用姓名(tmp_path):
    case = staffed(tmp_path / "县")
    path = case / "roster" / "镇村名单.csv"
    lines = path.read_bytes().decode("gb18030").splitlines()
    kept = [lines[0], *(line for line in lines[1:] if line.split(",")[2] in TOWNS)]
    path.write_bytes("\r\n".join([*kept, ""]).encode("gb18030"))
    village = {line.split(",")[2]: line.split(",")[4] for line in kept[1:]}
    (case / "roster" / "抽调人员.xlsx").unlink()
    rows = [(f"Z{t[-3:]}{n}", "某甲", t, village[TOWNS[(i + 1 + n) % 3]])
            for i, t in enumerate(TOWNS) for n in range(2)]
    rows += [(f"X{n}", "某乙", "", village[TOWNS[0]]) for n in range(3)]
    pd.DataFrame(rows, columns=["人员编号", "姓名", "单位镇代码", "所帮扶村代码"]).to_csv(
        case / "roster" / "抽调人员.csv", index=False, encoding="utf-8-sig")
    said = refused("teams", case, *DICE)
    assert "须回避的是某甲（Z1" in said and "某乙（X" in said and "）→建安镇" in said
    assert not any(town in said for town in TOWNS)
