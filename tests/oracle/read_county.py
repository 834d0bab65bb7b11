"""Read data/yunxi, as handed in, into the plain data of `second_scorer.score_county`."""

import csv
from pathlib import Path

import openpyxl

HERE = Path(__file__).parent
YUNXI = HERE.parents[1] / "data" / "yunxi"
FIELDS = {
    "户编号": "household", "村代码": "village", "家庭人口": "members", "不愁吃": "food", "不愁穿": "clothing",
    "义务教育": "education", "基本医疗": "medical", "饮水安全": "water", "住房等级": "housing",
    "应享教育资助人数": "students_due", "已享教育资助人数": "students_served",
    "应享低保人数": "dibao_due", "已享低保人数": "dibao_served",
    "应享养老保险人数": "pension_due", "已享养老保险人数": "pension_served",
    "参加基本医保人数": "insured", "有劳动能力人数": "able_workers", "有就业意愿人数": "willing_workers",
    "已就业人数": "employed_workers", "有产业帮扶措施": "industry_measure",
    "有有效帮扶措施": "effective_measure", "手册错误处数": "handbook_errors",
    "不一致处数": "inconsistencies", "错误识别": "wrongly_identified", "上报人均可支配收入": "self_income"}


def read_csv(path, encoding="utf-8-sig"):
    with open(path, encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def read_sheet(path, sheet):
    """Rows as dicts; an empty cell is ''."""
    rows = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    head = next(rows)
    return [dict(zip(head, ("" if c is None else c for c in row))) for row in rows if any(row)]


def read_catalogue():
    return read_csv(HERE / "catalogue.csv", "utf-8")


def observed(path, sheet, kind):
    columns = ("单位代码", "指标代码", "记录项", "数值", "备注")
    return [(kind, *(str(row[c]) for c in columns)) for row in read_sheet(path, sheet)]


def read_county(folder=YUNXI):
    """The keyword arguments of `score_county`."""
    returns, draw = folder / "returns", folder / "draw" / "抽样结果.xlsx"
    drawn, poor, observations, households = {}, {}, [], []
    for row in read_csv(folder / "roster" / "镇村名单.csv", "gb18030"):
        if row["有核查任务"] == "是":
            drawn.setdefault(row["镇代码"], [])
            if row["村类型"] == "相对贫困村":
                poor.setdefault(row["镇代码"], []).append(row["村代码"])
    for row in read_sheet(draw, "村"):
        drawn[row["镇代码"]].append(row["村代码"])
    for path in sorted(returns.glob("核查记录_*.xlsx")):
        observations += observed(path, "镇核查", "town") + observed(path, "村核查", "village")
        households += read_sheet(path, "入户核查")
    observations += observed(returns / "日常工作.xlsx", "日常工作", "daily")

    # every household drawn is there, or a reserve that says it stands in for it
    chosen = {row["户编号"]: row["类别"] for row in read_sheet(draw, "户")}
    visited = {row["户编号"]: row["备注"] for row in households}
    instead = {h: note[2:18] for h, note in visited.items() if note.startswith("替换")}
    assert len(visited) == len(households)
    assert {h for h, kind in chosen.items() if kind == "正选"} == {instead.get(h, h) for h in visited}
    assert all(chosen[h] == ("备选" if h in instead else "正选") for h in visited)

    people = {row["人员编号"]: row for row in read_sheet(folder / "roster" / "抽调人员.xlsx", "抽调人员")}
    cases = [(row["事项"], row["情况"], people[row["人员编号"]]["单位镇代码"],
              people[row["人员编号"]]["所帮扶村代码"]) for row in read_csv(folder / "roster" / "考勤.csv")]
    external = [(row["级别"], row["单位代码"], row["得分"], row["满分"])
                for row in read_csv(returns / "上级结果.csv")]
    adjustments = [(row["类型"], row["评分表"], row["单位代码"], row["指标代码"], row["扣分"], row["等次上限"])
                   for row in read_csv(returns / "调整.csv")]
    # the workbook's amounts are binary floats of numbers with two decimals: str gives them back
    households = [{FIELDS.get(k, k): v for k, v in row.items()} for row in households]
    return {"catalogue": read_catalogue(), "observations": observations, "households": households,
            "cases": cases, "external": external, "adjustments": adjustments, "drawn": drawn,
            "villages": poor}
