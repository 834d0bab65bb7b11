"""Shapes: the contracts of a case's tables, one for each file or sheet.

Headers are those of the county's forms; the English names are the columns of the
frames in docs/architecture.md.  A column that decides a score is vital: a row
whose cell there cannot be used is set aside, whole.
"""

from __future__ import annotations

from hecha.plan.sayable import TEXT_VALUES
from hecha.tables.contract import Column, Contract
from hecha.tables.kinds import (
    DATE,
    DATETIME,
    FEN,
    MONEY,
    NUMBER,
    WHOLE,
    YEAR,
    YES_NO,
    Kind,
    code,
    one_of,
)
from hecha.words import mask_identity, mask_name

COUNTY, TOWN, VILLAGE, HOUSEHOLD = code(6), code(9), code(12), code(16)
UNIT = code(9, 12)
NOTE = Column("note", "备注", filled=False, absent=True, aliases=("说明",))


def _name(name: str, header: str, **more) -> Column:
    """A personal name: masked in every problem."""
    return Column(name, header, mask=mask_name, **more)


def _told(name: str, header: str, kind: Kind, **more) -> Column:
    """A column that decides no score: a bad cell is said and becomes blank."""
    return Column(name, header, kind, vital=False, **more)


def _maybe(name: str, header: str, kind: Kind | None = None, **more) -> Column:
    """A cell that may be blank; if it is filled it must be readable."""
    return Column(name, header, filled=False, **({"kind": kind} if kind else {}), **more)


VILLAGES = Contract(
    "镇村名单",
    (
        Column("county", "县代码", COUNTY),
        Column("county_name", "县名称"),
        Column("town", "镇代码", TOWN, aliases=("乡镇代码",)),
        Column("town_name", "镇名称", aliases=("乡镇名称",)),
        Column("village", "村代码", VILLAGE),
        Column("village_name", "村名称"),
        Column("village_type", "村类型"),
        _maybe("urban_class", "城乡分类", absent=True),
        Column("has_task", "有核查任务", YES_NO),
    ),
    key=("village",),
)

PERSONS = Contract(
    "花名册",
    (
        Column("household", "户编号", HOUSEHOLD),
        Column("village", "村代码", VILLAGE),
        _told("village_name", "村名", Kind("", str.strip, "", "str", True)),
        _name("head", "户主姓名", vital=False),
        _name("person", "姓名"),
        _maybe("relation", "与户主关系", absent=True),
        _told("sex", "性别", one_of("男", "女")),
        Column(
            "identity",
            "证件号码",
            vital=False,
            mask=mask_identity,
            aliases=("身份证号", "身份证号码", "身份证件号码", "公民身份号码"),
        ),
        _told("members", "家庭人口", WHOLE),
        _maybe("household_kind", "户属性"),
        _maybe("exit_year", "脱贫年度", YEAR),
        Column("status", "状态"),
        _maybe("disability", "残疾类别等级", absent=True),
        _maybe("labour", "劳动能力", absent=True),
        _maybe("schooling", "在校情况", absent=True),
        _maybe("reported_income", "上报人均可支配收入", FEN, vital=False, absent=True),
        _maybe("cause", "致贫原因", absent=True),
        NOTE,
    ),
)

STAFF = Contract(
    "抽调人员",
    (
        Column("person_id", "人员编号"),
        _name("person", "姓名"),
        _told("sex", "性别", one_of("男", "女"), absent=True),
        _maybe("employer", "单位", absent=True),
        _maybe("home_town", "单位镇代码", TOWN, vital=True),
        _maybe("duty", "职务", absent=True),
        _maybe("stationed_village", "所帮扶村代码", VILLAGE, vital=True),
        _maybe("served_town", "曾任职镇代码", TOWN, vital=True, absent=True),
        _maybe("phone", "联系电话", absent=True, mask=mask_identity),
    ),
    key=("person_id",),
)

EVENTS = ("核查培训", "实地核查")
STATES = ("正常", "缺勤", "迟到", "早退")

ATTENDANCE = Contract(
    "考勤",
    (
        Column("date", "日期", DATE),
        Column("person_id", "人员编号"),
        _name("person", "姓名", vital=False),
        _maybe("team", "组号", WHOLE, vital=False),
        Column("event", "事项", one_of(*EVENTS)),
        Column("state", "情况", one_of(*STATES)),
        _maybe("note", "说明", absent=True, aliases=("备注",)),
    ),
)

DRAWN_VILLAGES = Contract(
    "抽样结果·村",
    (
        Column("town", "镇代码", TOWN),
        Column("town_name", "镇名称", vital=False),
        Column("village", "村代码", VILLAGE),
        Column("village_name", "村名称", vital=False),
        _told("eligible", "可抽户数", WHOLE),
        _told("disabled", "残疾人户数", WHOLE),
        _told("chosen", "正选户数", WHOLE),
        _told("reserves", "备选户数", WHOLE),
    ),
    key=("village",),
)

DRAWN_HOUSEHOLDS = Contract(
    "抽样结果·户",
    (
        Column("town", "镇代码", TOWN),
        Column("village", "村代码", VILLAGE),
        Column("village_name", "村名称", vital=False),
        Column("household", "户编号", HOUSEHOLD),
        _name("head", "户主姓名", vital=False),
        Column("choice", "类别", one_of("正选", "备选")),
        _told("order", "顺序", WHOLE),
        _told("disabled", "残疾人户", YES_NO),
    ),
    key=("household",),
)

OBSERVATIONS = Contract(
    "核查记录",
    (
        Column("unit", "单位代码", UNIT),
        Column("item", "指标代码"),
        Column("measure", "记录项"),
        _maybe("value", "数值", vital=True),
        NOTE,
    ),
)

CONDITION = one_of(*TEXT_VALUES["water"])

HOUSEHOLDS = Contract(
    "入户核查",
    (
        Column("household", "户编号", HOUSEHOLD),
        Column("village", "村代码", VILLAGE),
        _maybe("village_name", "村名", absent=True),
        _maybe("head", "户主姓名", absent=True, mask=mask_name),
        _told("visit_date", "核查日期", DATE),
        _maybe("visitor", "核查人", absent=True, mask=mask_name),
        _told("disabled", "残疾人户", YES_NO),
        Column("members", "家庭人口", WHOLE),
        Column("wages", "工资性收入", FEN),
        Column("business_income", "经营收入", MONEY),
        Column("business_costs", "经营费用", MONEY),
        Column("depreciation", "固定资产折旧", MONEY),
        Column("production_tax", "生产税", MONEY),
        Column("production_subsidy", "生产补贴", MONEY),
        Column("property_income", "财产性收入", MONEY),
        Column("property_outlay", "财产性支出", MONEY),
        Column("transfer_income", "转移性收入", MONEY),
        Column("pension", "其中养老金", MONEY),
        Column("transfer_outlay", "转移性支出", MONEY),
        Column("imputed_rent", "自有住房折算净租金", MONEY),
        Column("excluded_income", "不计入收入", MONEY),
        _told("stated_total", "核实可支配收入合计", FEN, doubt=True),
        Column("food", "不愁吃", CONDITION),
        Column("clothing", "不愁穿", CONDITION),
        Column("education", "义务教育", CONDITION),
        Column("medical", "基本医疗", CONDITION),
        Column("housing", "住房等级", one_of(*TEXT_VALUES["housing"])),
        Column("water", "饮水安全", CONDITION),
        Column("students_due", "应享教育资助人数", WHOLE),
        Column("students_served", "已享教育资助人数", WHOLE),
        Column("dibao_due", "应享低保人数", WHOLE),
        Column("dibao_served", "已享低保人数", WHOLE),
        Column("pension_due", "应享养老保险人数", WHOLE),
        Column("pension_served", "已享养老保险人数", WHOLE),
        Column("insured", "参加基本医保人数", WHOLE),
        Column("able_workers", "有劳动能力人数", WHOLE),
        Column("willing_workers", "有就业意愿人数", WHOLE),
        Column("employed_workers", "已就业人数", WHOLE),
        Column("industry_measure", "有产业帮扶措施", YES_NO),
        Column("effective_measure", "有有效帮扶措施", YES_NO),
        Column("handbook_errors", "手册错误处数", WHOLE),
        Column("inconsistencies", "不一致处数", WHOLE),
        Column("wrongly_identified", "错误识别", YES_NO),
        _told("self_income", "上报人均可支配收入", FEN),
        NOTE,
    ),
    key=("household",),
)

TEAMS = Contract(
    "组员",
    (
        Column("team", "组号", WHOLE),
        Column("person_id", "人员编号"),
        _name("person", "姓名", vital=False),
        _maybe("home_town", "单位镇代码", TOWN, vital=True),
        Column("role", "组内职务", one_of("组长", "组员"), vital=False),
        Column("checked_town", "核查镇代码", TOWN),
        _told("visit_date", "核查日期", DATE),
        _told("scored_at", "记分提交时间", DATETIME),
        _told("reported_at", "报告提交时间", DATETIME),
    ),
    key=("person_id",),
)

EXTERNAL = Contract(
    "上级结果",
    (
        Column("level", "级别", one_of("省", "市")),
        Column("object", "对象", one_of("镇", "村")),
        Column("unit", "单位代码", UNIT),
        Column("unit_name", "单位名称", vital=False),
        _maybe("score", "得分", NUMBER, vital=True),
        _maybe("full", "满分", NUMBER, vital=True),
        _maybe("grade", "等次", one_of("好", "较好", "一般", "较差"), vital=True, absent=True),
        _told("date", "结果日期", DATE),
        Column("document", "文号", vital=False),
    ),
)

TYPES = ("fraud", "penalty", "grade_cap", "outstanding_problem")

ADJUSTMENTS = Contract(
    "调整",
    (
        Column("number", "序号"),
        Column("type", "类型", one_of(*TYPES)),
        _maybe("type_name", "类型名称", absent=True),
        _maybe("sheet", "评分表", vital=True),
        Column("unit", "单位代码", UNIT),
        _maybe("item", "指标代码", vital=True),
        _maybe("points", "扣分", NUMBER, vital=True),
        _maybe("grade_cap", "等次上限", one_of("好", "较好", "一般", "较差"), vital=True),
        Column("reason", "原因"),
        Column("approval", "批准文号"),
        Column("approved_on", "批准日期", DATE),
    ),
    key=("number",),
)

SELF_SCORES = Contract(
    "自评",
    (
        Column("town", "镇代码", TOWN),
        Column("town_name", "镇名称", vital=False),
        _told("county_check", "县核查自评分", NUMBER),
        _told("village_mean", "村级自评平均分", NUMBER),
        _told("daily", "日常工作自评分", NUMBER),
        _told("submitted_on", "提交日期", DATE),
    ),
    key=("town",),
)

COUNTERPARTS = Contract(
    "帮扶单位",
    (
        Column("name", "单位"),
        Column("kind", "类别"),
        Column("village", "帮扶村代码", VILLAGE),
        Column("village_name", "帮扶村", vital=False),
    ),
    key=("name", "village"),
)

RECTIFICATION_STATES = ("未整改", "整改中", "待复核", "销号")

RECTIFICATION = Contract(
    "整改台账",
    (
        Column("number", "序号"),
        Column("problem", "问题"),
        Column("source", "来源", one_of("镇", "村", "户")),
        _maybe("item", "指标"),
        _maybe("measure", "整改措施"),
        _maybe("lead", "牵头单位"),
        _maybe("unit_responsible", "责任单位"),
        _maybe("person", "责任人", mask=mask_name),
        Column("due", "时限", DATE, vital=False),
        Column("state", "状态", one_of(*RECTIFICATION_STATES), vital=False),
        _maybe("evidence", "佐证"),
        _maybe("reviewer", "复核人", mask=mask_name),
        Column("unit", "单位代码", code(9, 12, 16)),
    ),
    key=("number",),
)
