"""A small county, without a fault until a test plants one."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import xlsxwriter

from hecha.case import Case, load_case
from hecha.case.identity import check_character
from hecha.case.shapes import HOUSEHOLDS

FORMS = {"镇核查": "town", "村核查": "village", "日常工作": "daily"}
ONE, TWO = "449902101", "449902102"
OBSERVED = ["单位代码", "指标代码", "记录项", "数值", "备注"]
HOUSEHOLD_HEADER = [column.header for column in HOUSEHOLDS.columns]
TEAM_HEADER = [
    "组号",
    "人员编号",
    "姓名",
    "单位镇代码",
    "组内职务",
    "核查镇代码",
    "核查日期",
    "记分提交时间",
    "报告提交时间",
]
ROSTER_HEADER = [
    "户编号",
    "村代码",
    "村名",
    "户主姓名",
    "姓名",
    "与户主关系",
    "性别",
    "证件号码",
    "家庭人口",
    "户属性",
    "脱贫年度",
    "状态",
    "残疾类别等级",
    "劳动能力",
    "在校情况",
    "上报人均可支配收入",
    "致贫原因",
    "备注",
]


def village_of(town: str) -> str:
    """The one village of a town."""
    return town + "201"


def household_of(town: str, serial: int) -> str:
    """A household of its village."""
    return f"{village_of(town)}{serial:04d}"


def number_of(serial: int) -> str:
    """An identity number, right in every digit, of a man."""
    digits = f"44990219700101{serial * 2 + 1:03d}"
    return digits + check_character(digits)


def observation(unit: str, item: str = "T-A1-1", measure: str = "met", value: str = "是") -> dict:
    """A row of an observation sheet."""
    return dict(zip(OBSERVED, [unit, item, measure, value, ""], strict=True))


def visited(town: str, serial: int, **changed: str) -> dict:
    """A row of a household check: one person, 100 yuan of wages."""
    row = dict.fromkeys(HOUSEHOLD_HEADER, "0")
    words = {
        "不愁吃": "达标",
        "不愁穿": "达标",
        "义务教育": "不适用",
        "基本医疗": "达标",
        "住房等级": "A",
        "饮水安全": "达标",
    }
    row |= words | {
        "户编号": household_of(town, serial),
        "村代码": village_of(town),
        "村名": "东村村委会",
        "户主姓名": "张三",
        "核查日期": "2024-01-04",
        "核查人": "李四",
        "残疾人户": "否",
        "家庭人口": "1",
        "工资性收入": "100",
        "核实可支配收入合计": "100",
        "有产业帮扶措施": "是",
        "有有效帮扶措施": "是",
        "错误识别": "否",
        "备注": "",
    }
    return row | changed


def member(town: str, other: str) -> dict:
    """The one member of the team that checks a town."""
    return dict(
        zip(
            TEAM_HEADER,
            [
                "1",
                f"Z{other}",
                "王五",
                other,
                "组长",
                town,
                "2024-01-04",
                "2024-01-04 18:00",
                "2024-01-05 10:00",
            ],
            strict=True,
        )
    )


class Folder:
    """The folder's tables as lists of rows; a test changes them, then loads."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tables: dict[tuple[str, str], list[dict]] = {}
        self._roster()
        self._draw()
        for town, other in ((ONE, TWO), (TWO, ONE)):
            file = f"returns/核查记录_{town}.xlsx"
            self.tables[file, "镇核查"] = [observation(town)]
            self.tables[file, "村核查"] = [observation(village_of(town), "V-D1-1")]
            self.tables[file, "入户核查"] = [visited(town, 1), visited(town, 2)]
            self.tables[file, "组员"] = [member(town, other)]
        self.tables["returns/日常工作.csv", ""] = [
            observation(town, "D-E1-08", "late", "否") for town in (ONE, TWO)
        ]

    def _roster(self) -> None:
        names = {ONE: "东镇", TWO: "西镇"}
        self.tables["roster/镇村名单.csv", ""] = [
            {
                "县代码": "449902",
                "县名称": "小县",
                "镇代码": town,
                "镇名称": name,
                "村代码": village_of(town),
                "村名称": "东村村民委员会",
                "村类型": "非贫困村",
                "城乡分类": "220",
                "有核查任务": "是",
            }
            for town, name in names.items()
        ]
        self.tables["roster/抽调人员.csv", ""] = [
            {
                "人员编号": f"Z{town}",
                "姓名": "王五",
                "性别": "男",
                "单位": name,
                "单位镇代码": town,
                "职务": "",
                "所帮扶村代码": "",
                "曾任职镇代码": "",
                "联系电话": "",
            }
            for town, name in names.items()
        ]
        self.tables["roster/考勤.csv", ""] = [
            {
                "日期": "2024-01-04",
                "人员编号": f"Z{ONE}",
                "姓名": "王五",
                "组号": "1",
                "事项": "实地核查",
                "情况": "迟到",
                "说明": "",
            }
        ]
        for town, name in names.items():
            first = 1 if town == ONE else 4
            self.tables[f"roster/花名册/{town}_{name}.xlsx", "花名册"] = [
                dict(
                    zip(
                        ROSTER_HEADER,
                        [
                            household_of(town, n),
                            village_of(town),
                            "东村",
                            "张三",
                            "张三",
                            "户主",
                            "男",
                            number_of(first + n),
                            "1",
                            "一般",
                            "2019",
                            "脱贫",
                            "",
                            "",
                            "",
                            "9000",
                            "",
                            "",
                        ],
                        strict=True,
                    )
                )
                for n in (1, 2, 3)
            ]

    def _draw(self) -> None:
        towns = {ONE: "东镇", TWO: "西镇"}
        self.tables["draw/抽样结果.xlsx", "村"] = [
            {
                "镇代码": town,
                "镇名称": name,
                "村代码": village_of(town),
                "村名称": "东村",
                "可抽户数": "3",
                "残疾人户数": "0",
                "正选户数": "2",
                "备选户数": "1",
            }
            for town, name in towns.items()
        ]
        self.tables["draw/抽样结果.xlsx", "户"] = [
            {
                "镇代码": town,
                "村代码": village_of(town),
                "村名称": "东村",
                "户编号": household_of(town, n),
                "户主姓名": "张三",
                "类别": "正选" if n < 3 else "备选",
                "顺序": str(n),
                "残疾人户": "否",
            }
            for town in towns
            for n in (1, 2, 3)
        ]

    def form(self, town: str, sheet: str) -> list[dict]:
        """The rows of a sheet of a town's return."""
        return self.tables[f"returns/核查记录_{town}.xlsx", sheet]

    def load(self) -> Case:
        """Write the folder and read it."""
        files: dict[str, dict[str, list[dict]]] = {}
        for (file, sheet), rows in self.tables.items():
            files.setdefault(file, {})[sheet] = rows
        for file, sheets in files.items():
            path = self.root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_csv(path, sheets[""]) if file.endswith(".csv") else _write_book(path, sheets)
        return load_case(self.root, FORMS)


def _write_csv(path: Path, rows: list[dict]) -> None:
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def _write_book(path: Path, sheets: dict[str, list[dict]]) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, header in enumerate(rows[0] if rows else []):
                sheet.write_string(0, at, header)
            for number, row in enumerate(rows, 1):
                for at, text in enumerate(row.values()):
                    sheet.write_string(number, at, text)


def unvisited(case: Case) -> pd.DataFrame:
    """Drawn households of the first choice that were neither returned nor replaced.

    Columns of `drawn_households`.  What follows (the village blocks) is for scoring
    to say.
    """
    returned = set(case.households.household) | set(case.households.replaces)
    drawn = case.drawn_households
    return drawn[(drawn.choice == "正选") & ~drawn.household.isin(returned)].reset_index(drop=True)
