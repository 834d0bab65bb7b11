"""The dirty county: every planted fault is said at its cell, and nothing else is an error."""

from __future__ import annotations

import re

from hecha.case import Case
from tests.case.small import unvisited

ROSTER, RETURN = "roster/花名册/449901{}.xlsx", "returns/核查记录_449901{}.xlsx"


def roster(name: str, row: int, column: str, code: str) -> tuple:
    return ROSTER.format(name), "花名册", row, column, code


def returned(town: str, sheet: str, row: int, column: str, code: str) -> tuple:
    return RETURN.format(town), sheet, row, column, code


ERRORS = {
    # identity numbers kept as numbers, or as the spreadsheet shows them
    roster("100_云城镇", 14, "证件号码", "large_number"),
    roster("100_云城镇", 63, "证件号码", "large_number"),
    roster("100_云城镇", 95, "证件号码", "large_number"),
    roster("101_平㙍镇", 7, "证件号码", "large_number"),
    roster("101_平㙍镇", 49, "证件号码", "large_number"),
    # one person in two households: said at both
    roster("101_平㙍镇", 8, "证件号码", "same_person"),
    roster("101_平㙍镇", 216, "证件号码", "same_person"),
    # units in numbers
    roster("100_云城镇", 130, "上报人均可支配收入", "number"),
    roster("100_云城镇", 162, "上报人均可支配收入", "number"),
    # a row twice, villages that do not exist, names of other villages
    roster("102_桂垌镇", 2209, "户编号", "duplicate_row"),
    roster("104_通溪镇", 34, "村代码", "unknown_unit"),
    roster("104_通溪镇", 144, "村代码", "unknown_unit"),
    roster("105_建安镇", 29, "村名", "name_mismatch"),
    roster("105_建安镇", 404, "村名", "name_mismatch"),
    # check characters, counts, years, a formula never calculated, an old .xls
    roster("112_河洞镇", 24, "证件号码", "checksum"),
    roster("112_河洞镇", 25, "证件号码", "checksum"),
    roster("113_宋围镇", 36, "家庭人口", "members_count"),
    roster("113_宋围镇", 52, "脱贫年度", "year"),
    roster("115_连塘镇", 19, "家庭人口", "formula_without_value"),
    (ROSTER.format("117_南渡镇"), "", 0, "", "old_xls"),
    ("roster/考勤.csv", "", 213, "人员编号", "unknown_person"),
    ("roster/考勤.csv", "", 214, "情况", "not_allowed"),
    # the draw: a code of another village, a household that does not exist; and what follows
    ("draw/抽样结果.xlsx", "村", 18, "村代码", "name_mismatch"),
    ("draw/抽样结果.xlsx", "户", 145, "村代码", "village_not_drawn"),
    ("draw/抽样结果.xlsx", "户", 236, "户编号", "unknown_household"),
    ("draw/抽样结果.xlsx", "村", 29, "正选户数", "drawn_count"),
    # the returns
    returned("102", "镇核查", 28, "单位代码", "other_town"),
    returned("104", "", 0, "", "missing_sheet"),
    returned("105", "", 0, "", "two_files"),
    returned("106", "组员", 4, "单位镇代码", "own_town"),
    returned("108", "组员", 6, "人员编号", "unknown_person"),
    returned("110", "入户核查", 2, "户编号", "undrawn"),  # the household that the draw misspells
    returned("110", "入户核查", 3, "核查日期", "date"),
    returned("111", "入户核查", 2, "户编号", "undrawn"),
    returned("112", "入户核查", 4, "核实可支配收入合计", "stated_total"),
    returned("112", "入户核查", 7, "参加基本医保人数", "logic"),
    returned("112", "入户核查", 11, "核实可支配收入合计", "stated_total"),
    returned("113", "入户核查", 5, "转移性收入", "number"),
    returned("113", "入户核查", 8, "转移性收入", "number"),
    returned("113", "入户核查", 10, "住房等级", "not_allowed"),
    returned("114", "", 0, "", "truncated"),
    returned("115", "", 0, "", "missing_sheet"),
    returned("116", "镇核查", 1, "数值", "missing_column"),
    ("returns/日常工作.xlsx", "日常工作", 211, "单位代码", "unknown_unit"),
    ("returns/日常工作.xlsx", "日常工作", 228, "数值", "formula_without_value"),
    ("returns/上级结果.csv", "", 7, "得分", "score_range"),
    ("returns/上级结果.csv", "", 8, "单位代码", "unknown_unit"),
    ("returns/调整.csv", "", 7, "批准文号", "blank"),
    ("returns/调整.csv", "", 8, "扣分", "negative"),
    ("returns/调整.csv", "", 10, "批准日期", "date"),
    ("returns/自评.csv", "", 6, "县核查自评分", "score_range"),
    ("returns/整改台账.xlsx", "整改台账", 8, "时限", "date"),
    ("returns/整改台账.xlsx", "整改台账", 15, "状态", "not_allowed"),
}

WARNINGS = {
    roster("108_大榃镇", 3, "证件号码", "alias"),
    roster("110_千岭镇", 3, "U", "stray_cells"),
    roster("110_千岭镇", 40, "姓名", "blanks_around"),
    roster("110_千岭镇", 100, "", "blank_rows"),
    roster("111_湾头镇", 0, "", "merged"),
    roster("112_河洞镇", 11, "证件号码", "identity_typing"),
    roster("112_河洞镇", 64, "证件号码", "old_identity"),
    roster("112_河洞镇", 95, "证件号码", "identity_typing"),
    roster("113_宋围镇", 76, "性别", "sex"),
    roster("114_东屏镇", 37, "姓名", "markup"),
    roster("114_东屏镇", 59, "备注", "formula_text"),
    roster("116_历源镇", 0, "", "hidden_rows"),
    ("roster/考勤.csv", "", 0, "", "utf16"),
    ("draw/抽样结果.xlsx", "户", 485, "", "not_compared"),  # the roster of 南渡镇 cannot be read
    returned("110", "入户核查", 2, "核查日期", "visit_date"),
    returned("110", "组员", 2, "记分提交时间", "late_score"),
    returned("110", "组员", 3, "人员编号", "two_teams"),  # who stands in 宝石镇's team too
    returned("111", "入户核查", 2, "家庭人口", "members_differ"),
    returned("116", "村核查", 0, "", "merged"),
    returned("116", "镇核查", 1, "", "extra_columns"),
    ("returns/核查记录_南渡镇.xlsx", "", 0, "", "file_name"),
    ("returns/日常工作.xlsx", "日常工作", 0, "", "hidden_rows"),
    ("returns/自评.csv", "", 0, "", "missing_town"),
    ("returns/整改台账.xlsx", "整改台账", 22, "责任人", "formula_text"),
}


def places(problems) -> set[tuple]:
    return {(p.place.file, p.place.sheet, p.place.row, p.place.column, p.code) for p in problems}


def found(case: Case, file: str, code: str):
    return next(p for p in case.problems if p.place.file == file and p.code == code)


def test_每个错误都说在它的格子上_没有多余的错误(dirty: Case) -> None:
    assert places(dirty.problems.errors) == ERRORS
    assert len(dirty.problems.errors) == len(ERRORS)


def test_只值一提的只作提示(dirty: Case) -> None:
    assert places(dirty.problems.warnings) == WARNINGS


def test_读入等于使用加放在一边(dirty: Case) -> None:
    accounts = dirty.accounts
    assert (accounts.read == accounts.used + accounts.set_aside).all()
    assert len(dirty.set_aside) == accounts.set_aside.sum() > 0


def test_影响谁的分数说得清楚(dirty: Case) -> None:
    units = {unit[:9] for problem in dirty.problems.errors for unit in problem.units}
    doubtful = {
        "100",
        "102",
        "104",
        "105",
        "106",
        "108",
        "110",
        "111",
        "112",
        "113",
        "114",
        "115",
        "116",
    }
    assert units == {"449901" + town for town in doubtful}
    assert not any(p.units for p in dirty.problems if p.place.file.startswith("roster/花名册"))


def test_改了名的表头只问不猜(dirty: Case) -> None:
    problem = found(dirty, RETURN.format("116"), "missing_column")
    assert problem.found == "得分值" and "是否就是它" in problem.message
    assert not (
        dirty.observations.form.eq("镇核查") & dirty.observations.unit.eq("449901116")
    ).any()


def test_同一镇的两个文件都不用_并指出不同的格子(dirty: Case) -> None:
    problem = found(dirty, RETURN.format("105"), "two_files")
    assert "449901105 (1).xlsx" in problem.message and "［村核查］D36" in problem.message
    assert not dirty.households.town.eq("449901105").any() and "449901105" not in dirty.forms_in


def test_没有代码的文件名按内容认作南渡镇(dirty: Case) -> None:
    assert dirty.forms_in["449901117"] == "returns/核查记录_南渡镇.xlsx"
    assert dirty.households.town.eq("449901117").any()


def test_合并单元格填满_移了位的表头照样读到(dirty: Case) -> None:
    merged = dirty.persons[
        (dirty.persons.file == ROSTER.format("111_湾头镇")) & dirty.persons.row.between(8, 10)
    ]
    assert (
        merged.household.tolist() == ["4499011112000001"] * 3 and merged.members.tolist() == [3] * 3
    )
    assert len(dirty.persons[dirty.persons.village.str.startswith("449901106")]) == 540
    assert len(dirty.households[dirty.households.town == "449901116"]) == 23


def test_脱贫户没有查全的列得出来(dirty: Case) -> None:
    missing = unvisited(dirty)
    assert missing.village.str.startswith("449901111").sum() == 6
    assert missing.household.str.startswith("449901114").any()


def test_问题里不出现完整的证件号码和姓名(dirty: Case, clean: Case) -> None:
    told = str(dirty.problems) + "".join(dirty.set_aside.reason)
    assert not re.search(r"(?<!\d)(\d{17}[\dXx]|\d{15})(?!\d)", told)
    assert not [number for number in clean.persons.identity if number in told]
    names = {name for name in {*clean.persons.person, *clean.staff.person} if len(name) > 2}
    assert not [name for name in names if name in told]
