"""One fault at a time in a small county: what is said, whose score it touches, what is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from hecha.case import Case, load_case
from hecha.problems import Problems, Refused
from tests.case.small import (
    FORMS,
    HOUSEHOLD_HEADER,
    ONE,
    TWO,
    Folder,
    household_of,
    number_of,
    observation,
    unvisited,
    village_of,
    visited,
)

VISITS, TEAM = "入户核查", "组员"


def codes(case: Case) -> list[str]:
    return [problem.code for problem in case.problems]


def errors(case: Case) -> list[tuple[str, tuple[str, ...]]]:
    return [(problem.code, problem.units) for problem in case.problems.errors]


def balanced(case: Case) -> bool:
    return bool((case.accounts.read == case.accounts.used + case.accounts.set_aside).all())


def test_没有毛病的小县没有问题(folder: Folder) -> None:
    case = folder.load()
    assert codes(case) == [] and len(case.households) == 4


# -- a folder with little or nothing in it ----------------------------------------------


def test_空的卷宗得到带列名的空表(tmp_path: Path) -> None:
    case = load_case(tmp_path, FORMS)
    assert codes(case) == []
    for name in (
        "villages",
        "persons",
        "households",
        "observations",
        "adjustments",
        "self_scores",
        "parameters",
    ):
        frame = getattr(case, name)
        assert frame.empty and {"file", "row"} <= set(frame.columns)
    assert {"town", "replaces"} <= set(case.households.columns)
    assert {"sheet", "form", "value"} <= set(case.observations.columns)
    assert unvisited(case).empty


def test_没有卷宗文件夹就停下(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="卷宗打不开"):
        load_case(tmp_path / "没有", FORMS)


def test_没有花名册和抽样结果也能读回收表(folder: Folder) -> None:
    for key in list(folder.tables):
        if key[0].startswith(("roster/花名册", "draw")):
            del folder.tables[key]
    case = folder.load()
    assert codes(case) == [] and case.persons.empty and len(case.households) == 4


def test_少一个镇的回收表不由这里说(folder: Folder) -> None:
    for sheet in ("镇核查", "村核查", VISITS, TEAM):
        del folder.tables[f"returns/核查记录_{TWO}.xlsx", sheet]
    case = folder.load()
    assert codes(case) == [] and set(case.forms_in) == {ONE}


def test_只换了名字的表单按方案的名字读(folder: Folder) -> None:
    for town in (ONE, TWO):
        folder.tables[f"returns/核查记录_{town}.xlsx", "镇表"] = folder.tables.pop(
            (f"returns/核查记录_{town}.xlsx", "镇核查")
        )
    folder.load()
    case = load_case(folder.root, {"镇表": "town", "村核查": "village", "日常工作": "daily"})
    assert (case.observations.sheet == "town").sum() == 2 and codes(case) == []


def test_不认得的文件要提一句_临时文件不提(folder: Folder) -> None:
    folder.load()
    for name in ("说明.docx", "~$核查记录.xlsx", ".DS_Store"):
        (folder.root / "returns" / name).write_bytes(b"x")
    case = load_case(folder.root, FORMS)
    assert (
        codes(case) == ["unknown_file"]
        and case.problems.warnings[0].place.file == "returns/说明.docx"
    )


@pytest.mark.parametrize(
    "name",
    [
        "draw/抽样结果.xlsx",
        "returns/上级结果.csv",
        "returns/调整.csv",
        "roster/考勤.csv",
        "returns/日常工作.csv",
    ],
)
def test_全县共用的文件读不出来则全县的分数存疑(folder: Folder, name: str) -> None:
    folder.load()
    (folder.root / name).write_bytes(b"\x00\x01")
    broken = [p for p in load_case(folder.root, FORMS).problems.errors if p.place.file == name]
    assert [problem.units for problem in broken] == [(ONE, TWO)]


def test_一个镇的文件读不出来只有该镇存疑(folder: Folder) -> None:
    folder.load()
    (folder.root / f"returns/核查记录_{ONE}.xlsx").write_bytes(b"PK\x03\x04")
    case = load_case(folder.root, FORMS)
    assert errors(case) == [("truncated", (ONE,))] and case.households.town.eq(TWO).all()


def test_同一张表有两种格式不能确定用哪一个(folder: Folder) -> None:
    folder.load()
    (folder.root / "returns/日常工作.xlsx").write_bytes(b"x")
    assert errors(load_case(folder.root, FORMS)) == [("two_files", (ONE, TWO))]


# -- which file is whose ------------------------------------------------------------------


def test_内容相同的两个文件只用一个(folder: Folder) -> None:
    folder.load()
    path = folder.root / f"returns/核查记录_{ONE}.xlsx"
    path.with_name(f"核查记录_{ONE} (1).xlsx").write_bytes(path.read_bytes())
    case = load_case(folder.root, FORMS)
    assert codes(case) == ["two_files"] and not case.problems.errors
    assert len(case.households) == 4 and balanced(case)


def test_文件名与内容说的不是一个镇(folder: Folder) -> None:
    folder.load()
    path = folder.root / f"returns/核查记录_{ONE}.xlsx"
    path.rename(path.with_name("核查记录_西镇.xlsx"))
    (folder.root / f"returns/核查记录_{TWO}.xlsx").unlink()
    case = load_case(folder.root, FORMS)
    assert errors(case)[0] == ("file_name", (TWO, ONE))


def test_缺工作表时问是否改了名(folder: Folder) -> None:
    key = f"returns/核查记录_{ONE}.xlsx"
    folder.tables[key, "入户核查表"] = folder.tables.pop((key, VISITS))
    case = folder.load()
    problem = case.problems.errors[0]
    assert (problem.code, problem.units) == ("missing_sheet", (ONE,))
    assert "“入户核查表”是否就是“入户核查”" in problem.message


# -- observations and units ------------------------------------------------------------------


def test_别的镇和没有的单位放在一边(folder: Folder) -> None:
    folder.form(ONE, "镇核查").extend([observation(TWO), observation("449902199")])
    case = folder.load()
    assert errors(case) == [("other_town", (ONE,)), ("unknown_unit", (ONE,))]
    assert (case.observations.form == "镇核查").sum() == 2 and balanced(case)


def test_数值照填的保存(folder: Folder) -> None:
    folder.form(ONE, "镇核查")[0]["数值"] = "９９．９％"
    case = folder.load()
    assert "９９．９％" in case.observations.value.tolist() and codes(case) == []


# -- household checks --------------------------------------------------------------------------

FIELDS = {
    "家庭人口": ("0", "logic"),
    "参加基本医保人数": ("2", "logic"),
    "已享低保人数": ("1", "logic"),
    "已就业人数": ("1", "logic"),
    "有就业意愿人数": ("1", "logic"),
    "有劳动能力人数": ("2", "logic"),
    "其中养老金": ("5", "logic"),
    "应享低保人数": ("9", "logic"),
    "经营收入": ("-1", "number"),
    "转移性收入": ("0.86万元", "number"),
    "住房等级": ("E", "not_allowed"),
    "不愁吃": ("", "blank"),
    "错误识别": ("也许", "yes_no"),
    "手册错误处数": ("1.5", "number"),
    "工资性收入": ("1.005", "number"),
    "村代码": ("4499", "code"),
}


@pytest.mark.parametrize("column", FIELDS)
def test_计分要用的栏有毛病则整户不用(folder: Folder, column: str) -> None:
    text, code = FIELDS[column]
    folder.form(ONE, VISITS)[0][column] = text
    case = folder.load()
    bad = [problem for problem in case.problems.errors if problem.place.column == column]
    assert [problem.code for problem in bad] == [code]
    assert bad[0].units in ((village_of(ONE),), (ONE,)) and bad[0].place.row == 2
    assert household_of(ONE, 1) not in case.households.household.tolist() and balanced(case)
    assert unvisited(case).household.tolist() == [household_of(ONE, 1)]


def test_务工成本大于工资时为负_不是错(folder: Folder) -> None:
    folder.form(ONE, VISITS)[0] |= {"工资性收入": "-20", "核实可支配收入合计": "-20"}
    case = folder.load()
    assert codes(case) == [] and case.households.wages.min() == -2000


def test_合计与分项不符是错误但分项照用(folder: Folder) -> None:
    folder.form(ONE, VISITS)[0]["核实可支配收入合计"] = "101"
    case = folder.load()
    assert errors(case) == [("stated_total", (village_of(ONE),))] and len(case.households) == 4


def test_不计分的栏有毛病只空该格(folder: Folder) -> None:
    folder.form(ONE, VISITS)[0] |= {"核查日期": "2024-13-45", "上报人均可支配收入": "不详"}
    case = folder.load()
    assert errors(case) == [("date", ()), ("number", ())] and len(case.households) == 4


def test_同一户两次则都不用(folder: Folder) -> None:
    folder.form(ONE, VISITS).append(visited(ONE, 1, 工资性收入="200", 核实可支配收入合计="200"))
    case = folder.load()
    assert errors(case) == [("duplicate", (village_of(ONE),))] * 2
    assert len(case.households) == 3 and balanced(case)


def test_没抽到的户不计入(folder: Folder) -> None:
    folder.form(ONE, VISITS).append(visited(ONE, 9))
    case = folder.load()
    assert errors(case) == [("undrawn", (village_of(ONE),))] and len(case.households) == 4


RESERVES = {
    "写明替换谁": (f"替换{household_of(ONE, 2)}：外出", [], 2),
    "写成带尖括号": (f"替换<{household_of(ONE, 2)}>：外出", [], 2),
    "没有写原因": (f"替换{household_of(ONE, 2)}", ["no_reason"], 2),
    "没有写替换谁": ("", ["reserve"], 1),
    "替换别村的户": (f"替换{household_of(TWO, 2)}：外出", ["reserve"], 1),
    "替换查过的户": (f"替换{household_of(ONE, 1)}：外出", ["reserve"], 1),
}


@pytest.mark.parametrize("name", RESERVES)
def test_备选户只能替换本村没查到的正选户(folder: Folder, name: str) -> None:
    note, expected, used = RESERVES[name]
    folder.form(ONE, VISITS)[1] = visited(ONE, 3, 备注=note)
    case = folder.load()
    assert codes(case) == expected
    assert case.households.town.eq(ONE).sum() == used
    assert len(unvisited(case)) == 2 - used


def test_一户不能被替换两次(folder: Folder) -> None:
    folder.tables["draw/抽样结果.xlsx", "户"].append(
        folder.tables["draw/抽样结果.xlsx", "户"][2] | {"户编号": household_of(ONE, 4)}
    )
    folder.tables["draw/抽样结果.xlsx", "村"][0]["备选户数"] = "2"
    folder.tables[f"roster/花名册/{ONE}_东镇.xlsx", "花名册"].append(
        folder.tables[f"roster/花名册/{ONE}_东镇.xlsx", "花名册"][0]
        | {"户编号": household_of(ONE, 4), "证件号码": number_of(20)}
    )
    folder.form(ONE, VISITS)[1:] = [
        visited(ONE, n, 备注=f"替换{household_of(ONE, 2)}：外出") for n in (3, 4)
    ]
    case = folder.load()
    assert (
        codes(case) == ["reserve"]
        and case.households.replaces.tolist().count(household_of(ONE, 2)) == 1
    )


# -- teams, attendance -----------------------------------------------------------------------------


def test_不得核查自己的镇_迟交要提示(folder: Folder) -> None:
    folder.form(ONE, TEAM)[0] |= {
        "人员编号": f"Z{ONE}",
        "单位镇代码": ONE,
        "报告提交时间": "2024-01-06 09:00",
    }
    case = folder.load()
    assert errors(case) == [("own_town", (ONE,))]
    assert [p.code for p in case.problems.warnings] == ["late_report", "two_teams"]


def test_组员的镇以抽调人员为准(folder: Folder) -> None:
    folder.form(ONE, TEAM)[0]["单位镇代码"] = ""
    assert errors(folder.load()) == [("home_town", (ONE,))]


def test_考勤里编号与姓名对不上的不计(folder: Folder) -> None:
    folder.tables["roster/考勤.csv", ""][0]["姓名"] = "赵六七"
    case = folder.load()
    assert errors(case) == [("name_mismatch", (ONE,))] and case.attendance.empty
    assert "赵六七" not in str(case.problems)


# -- results from above, adjustments, self-scores ----------------------------------------------------

RESULT = {
    "级别": "省",
    "对象": "镇",
    "单位代码": ONE,
    "单位名称": "东镇",
    "得分": "90",
    "满分": "100",
    "等次": "",
    "结果日期": "2024-01-18",
    "文号": "省〔2024〕1号",
}
RESULTS = {
    "得分大于满分": ({"得分": "101"}, "score_range"),
    "没有满分": ({"满分": ""}, "full_marks"),
    "满分为零": ({"满分": "0"}, "full_marks"),
    "名称是别的镇": ({"单位名称": "西镇"}, "name_mismatch"),
    "对象与代码不符": ({"对象": "村"}, "unit_level"),
    "得分等次都空": ({"得分": ""}, "blank"),
}


@pytest.mark.parametrize("name", RESULTS)
def test_信不过的上级结果不用(folder: Folder, name: str) -> None:
    change, code = RESULTS[name]
    folder.tables["returns/上级结果.csv", ""] = [RESULT | change]
    case = folder.load()
    assert errors(case) == [(code, (ONE,))] and case.external.empty and balanced(case)


def test_同一级对同一单位有两个结果则都不用(folder: Folder) -> None:
    folder.tables["returns/上级结果.csv", ""] = [
        RESULT,
        RESULT | {"得分": "80"},
        RESULT | {"级别": "市"},
    ]
    case = folder.load()
    assert errors(case) == [("duplicate", (ONE,))] * 2 and case.external.level.tolist() == ["市"]


def test_只有等次的上级结果照收(folder: Folder) -> None:
    folder.tables["returns/上级结果.csv", ""] = [RESULT | {"得分": "", "满分": "", "等次": "较好"}]
    case = folder.load()
    assert codes(case) == [] and case.external.score.tolist() == [None]


ADJUSTMENT = {
    "序号": "1",
    "类型": "penalty",
    "类型名称": "扣分",
    "评分表": "town",
    "单位代码": ONE,
    "指标代码": "",
    "扣分": "2.5",
    "等次上限": "",
    "原因": "干扰",
    "批准文号": "〔2024〕1号",
    "批准日期": "2024-01-12",
}
ADJUSTMENTS = {
    "没有批准文号": ({"批准文号": ""}, "blank"),
    "没有批准日期": ({"批准日期": ""}, "blank"),
    "扣负分": ({"扣分": "-4"}, "negative"),
    "没有扣几分": ({"扣分": ""}, "negative"),
    "类型不认得": ({"类型": "bonus"}, "not_allowed"),
    "评分表不认得": ({"评分表": "市"}, "not_allowed"),
    "造假没有指标": ({"类型": "fraud"}, "blank"),
    "限制等次没有等次": ({"类型": "grade_cap"}, "blank"),
    "没有原因": ({"原因": ""}, "blank"),
}


@pytest.mark.parametrize("name", ADJUSTMENTS)
def test_不成立的调整不用_该单位的分数存疑(folder: Folder, name: str) -> None:
    change, code = ADJUSTMENTS[name]
    folder.tables["returns/调整.csv", ""] = [ADJUSTMENT | change]
    case = folder.load()
    assert errors(case) == [(code, (ONE,))] and case.adjustments.empty


def test_成立的调整照收(folder: Folder) -> None:
    folder.tables["returns/调整.csv", ""] = [ADJUSTMENT]
    row = folder.load().adjustments.iloc[0]
    assert (row.sheet, row.form, str(row.points)) == ("town", "", "2.5")


# -- the roster ------------------------------------------------------------------------------------------

PEOPLE = {
    "校验码不对": ({"证件号码": number_of(2)[:-1] + "A"}, "identity_form"),
    "同一人在两户": ({"证件号码": number_of(3)}, "same_person"),
    "人口与名单不符": ({"家庭人口": "2"}, "members_count"),
    "村名不符": ({"村名": "南村"}, "name_mismatch"),
    "户编号不属本村": ({"户编号": household_of(TWO, 1)}, "code_nesting"),
    "收入带单位": ({"上报人均可支配收入": "1.52万元"}, "number"),
    "性别填错": ({"性别": "未知"}, "not_allowed"),
}


@pytest.mark.parametrize("name", PEOPLE)
def test_花名册的毛病不影响分数(folder: Folder, name: str) -> None:
    change, code = PEOPLE[name]
    folder.tables[f"roster/花名册/{ONE}_东镇.xlsx", "花名册"][0] |= change
    case = folder.load()
    bad = [p for p in case.problems.errors if p.place.file.startswith("roster")]
    assert {problem.code for problem in bad} == {code} and not any(problem.units for problem in bad)
    assert balanced(case)


def test_参数表里重复的键都不用(folder: Folder) -> None:
    (folder.root / "plan_parameters.md").write_text(
        "# 参数\n\n| 键 | 值 | 含义 |\n| --- | --- | --- |\n| `a` | 1 | 甲 |\n| b | 2 | 乙 |\n| a | 3 | 甲 |\n| c | 4 |\n",
        encoding="utf-8",
    )
    case = folder.load()
    assert case.parameters[["key", "value", "row"]].values.tolist() == [["b", "2", 6]]
    assert [(p.code, p.place.row) for p in case.problems] == [("cell_count", 8), ("duplicate", 7)]


def test_问题收在给的本子里(folder: Folder) -> None:
    folder.load()
    problems = Problems()
    assert load_case(folder.root, FORMS, problems).problems is problems


def test_列的次序不影响读出的内容(folder: Folder) -> None:
    straight = folder.load().households
    key = f"returns/核查记录_{ONE}.xlsx", VISITS
    folder.tables[key] = [
        {name: row[name] for name in reversed(HOUSEHOLD_HEADER)} for row in folder.tables[key]
    ]
    assert folder.load().households.equals(straight)
