"""The same forms for phones: XLSForms for ODK Collect and KoboToolbox.

One form for each sheet of the visit and one for the households, for all towns at once:
town, village and household are chosen from what was drawn.  Questions are named as the
intake reads them back: `<item>__<measure>` (`T_A1_2__numerator`), households under the
English names of the return.  What a server need not know is not in them: heads are
masked, identity numbers are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from hecha.case import Case
from hecha.case.households import _AT_MOST as AT_MOST
from hecha.case.returns import HOUSEHOLD_SHEET
from hecha.forms.household_page import (
    COLUMN,
    CONDITIONS,
    COUNTS,
    FLAGS,
    FOUND,
    MONEY,
)
from hecha.forms.incomes import STATED, with_made
from hecha.forms.lines import Line, lines_of
from hecha.forms.paper import exact
from hecha.forms.translating import xlsform
from hecha.forms.visit import CHOSEN, Visit, field_sheets, visits
from hecha.plan import Item, Plan
from hecha.plan.model import Sheet
from hecha.plan.rules import AdditiveCapped, RatioToBenchmark
from hecha.plan.sentences import rule_sentence
from hecha.points import plain
from hecha.tables.writing import write_workbook
from hecha.words import mask_name

FILE = "手机表"
_SURVEY = ("type", "name", "label", "hint", "required", "relevant", "constraint",
           "constraint_message", "calculation", "choice_filter", "appearance", "default")
_CHOICES = ("list_name", "name", "label", "town", "village", "choice", "disabled", "self_income")
_TYPES = {"yes_no": "select_one yes_no", "yes_no_na": "select_one yes_no_na", "whole": "integer",
          "number": "decimal", "percent": "decimal", "text": "text",
          "number_na": "text"}
_WORDS = (("yes_no", "yes", "是"), ("yes_no", "no", "否"),
          ("yes_no_na", "yes", "是"), ("yes_no_na", "no", "否"), ("yes_no_na", "n_a", "不适用"),
          ("condition", "pass", "达标"), ("condition", "fail", "不达标"),
          ("condition", "not_applicable", "不适用"), *(("housing", g, f"{g}级") for g in "ABCD"))


def question_name(item: str, measure: str) -> str:
    """The name of one observed fact's question.

    >>> question_name("T-A1-2", "numerator"), question_name("2.1.3", "少开次数")
    ('T_A1_2__numerator', '_2_1_3__少开次数')
    """
    name = f"{re.sub(r'[.-]', '_', item)}__{re.sub(r'[.-]', '_', measure)}"
    return name if re.match(r"[^\W\d]", name) else f"_{name}"


@dataclass
class PhoneForm:
    """An XLSForm being written: its questions and choices."""

    title: str
    form_id: str
    version: str
    survey: list[dict[str, str]] = field(default_factory=list)
    choices: list[dict[str, str]] = field(default_factory=list)

    def ask(self, type_: str, name: str, label: str = "", **more: str) -> None:
        """One row of the survey."""
        self.survey.append({"type": type_, "name": name, "label": label, **more})

    def choose(self, list_name: str, name: str, label: str, **more: str) -> None:
        """One row of the choices."""
        self.choices.append({"list_name": list_name, "name": name, "label": label, **more})

    def frames(self) -> dict[str, pd.DataFrame]:
        """The sheets of the XLSForm."""
        settings = {"form_title": self.title, "form_id": self.form_id, "version": self.version,
                    "default_language": "zh"}
        return {"survey": _frame(self.survey, _SURVEY), "choices": _frame(self.choices, _CHOICES),
                "settings": pd.DataFrame([settings])}


def _frame(rows: list[dict[str, str]], columns: tuple[str, ...]) -> pd.DataFrame:
    used = [c for c in columns if any(row.get(c) for row in rows)]
    return pd.DataFrame([{c: row.get(c, "") for c in used} for row in rows], columns=used)


def write_phone_forms(plan: Plan, case: Case, digest: str, out: Path,
                      towns: Iterable[str] = ()) -> list[Path]:
    """The XLSForms of a county: one for each sheet of the visit, one for the households."""
    written = []
    for title, form in phone_forms(plan, visits(plan, case, towns), digest).items():
        path = out / f"{FILE}_{title}.xlsx"
        write_workbook(path, form.frames())
        written.append(path)
    return written


def phone_forms(plan: Plan, towns: list[Visit], digest: str) -> dict[str, PhoneForm]:
    """The XLSForms by the form's title."""
    made = {sheet.form: _sheet_form(plan, sheet, towns, digest) for sheet in field_sheets(plan)
            if lines_of(plan, sheet)}
    if plan.household is not None and any(visit.villages for visit in towns):
        made[HOUSEHOLD_SHEET] = _household_form(plan, towns, digest)
    return made


def _begun(plan: Plan, title: str, name: str, digest: str) -> PhoneForm:
    form = PhoneForm(f"{title}（{plan.plan.year}）", f"hecha_{name}", digest or str(plan.plan.year))
    for list_name, word, label in _WORDS:
        form.choose(list_name, word, label)
    return form


def _place(form: PhoneForm, plan: Plan, towns: list[Visit], sampled: bool) -> None:
    """Town, and village where villages are checked; who fills the form."""
    for visit in towns:
        form.choose("towns", visit.town, visit.name)
        for village in visit.villages if sampled else ():
            form.choose("villages", village.code, village.name, town=visit.town)
    form.ask("select_one towns", "town_label", "被核查镇", required="yes")
    form.ask("calculate", "town", calculation="${town_label}")
    if sampled:
        form.ask("select_one villages", "village", "村", required="yes",
                 choice_filter="town=${town_label}")
    form.ask("integer", "team", "组号", required="yes", constraint=". >= 1")


# -- sheets ------------------------------------------------------------------------------


def _sheet_form(plan: Plan, sheet: Sheet, towns: list[Visit], digest: str) -> PhoneForm:
    form = _begun(plan, sheet.name, f"{plan.plan.id}_{sheet.id}", digest)
    _place(form, plan, towns, plan.level[sheet.level].sampled)
    for item, lines in lines_of(plan, sheet):
        _item(form, plan, item, lines, towns)
    return form


def _item(form: PhoneForm, plan: Plan, item: Item, lines: list[Line], towns: list[Visit]) -> None:
    group = question_name(item.code, "group")
    form.ask("begin_group", group, f"{item.code} {item.name}（{plain(item.points)}分）",
             hint=rule_sentence(item, plan), appearance="field-list")
    there = ""
    if item.na_when is not None:
        na = question_name(item.code, "na")
        form.ask("select_one yes_no", f"{na}_label", f"是否缺项：{item.na_when}", required="yes",
                 default="no")
        form.ask("calculate", na, calculation=f"if(${{{na}_label}} = 'yes', 'yes', '')")
        there = f"${{{na}_label}} != 'yes'"
    several = isinstance(item.rule, RatioToBenchmark | AdditiveCapped)
    note = question_name(item.code, "note")
    if several:
        _repeat(form, item, lines, there, towns)
    else:
        for line in lines:
            _question(form, line, there)
    if not several or there:
        form.ask("text", note, "备注（缺项写原因）",
                 required="yes" if item.rule.kind == "judgement" else "")
    form.ask("end_group", group)


def _repeat(form: PhoneForm, item: Item, lines: list[Line], there: str,
            towns: list[Visit]) -> None:
    """A kind that takes several rows: a repeat, which knows its own town."""
    name = question_name(item.code, "rows")
    form.ask("begin_repeat", name, f"{item.name}（每个一条）", relevant=there)
    form.ask("calculate", "town", calculation="${town_label}")
    named = [(visit.town, unit) for visit in towns for kind, units in visit.of_type.items()
             if kind in item.name for unit in units]
    note = question_name(item.code, "note")
    if named:
        list_name = question_name(item.code, "units")
        for town, unit in named:
            form.choose(list_name, unit.split(" ")[0], unit, town=town)
        unit_name = question_name(item.code, "unit_label")
        form.ask(f"select_one {list_name}", unit_name, "村", required="yes",
                 choice_filter="town=${town_label}")
        form.ask("calculate", note, calculation=f"${{{unit_name}}}")
    else:
        form.ask("text", note, "备注")
    for line in {line.measure: line for line in lines}.values():
        _question(form, line, "", required=not line.spare)
    form.ask("end_repeat", name)


def _question(form: PhoneForm, line: Line, there: str, required: bool = True) -> None:
    item, gate = line.item, line.item.gate
    relevant = [there] if there else []
    if gate and gate.when and line.measure != gate.measure:
        relevant.append(f"${{{question_name(item.code, gate.measure)}}} != 'yes'")
    low, high = _bounds(line)
    tests = [*([f". >= {low}"] if low else []), *([f". <= {high}"] if high else [])]
    form.ask(_TYPES[line.kind], question_name(item.code, line.measure), line.label,
             required="yes" if required else "", relevant=" and ".join(relevant),
             constraint=" and ".join(tests),
             constraint_message=f"应在{low or '不限'}～{high or '不限'}之间" if tests else "",
             hint="填百分号前面的数，如 99.9" if line.kind == "percent" else "")


def _bounds(line: Line) -> tuple[str, str]:
    from hecha.forms.check_page import bounds

    return bounds(line) if line.kind in ("whole", "number", "percent") else ("", "")


# -- households ----------------------------------------------------------------------------


def _household_form(plan: Plan, towns: list[Visit], digest: str) -> PhoneForm:
    form = _begun(plan, "入户核查户表", f"{plan.plan.id}_household", digest)
    _place(form, plan, towns, sampled=True)
    _which(form, towns)
    form.ask("date", "visit_date", "核查日期", required="yes", default="today()")
    form.ask("text", "visitor", "核查人", required="yes")
    form.ask("begin_group", "income_group", "一、收入与支出（元/年，没有就填0）")
    _fact(form, "members")
    for name in MONEY:
        _fact(form, name)
    _incomes(form, plan)
    form.ask("end_group", "income_group")
    for title, group, names in (("二、两不愁三保障和饮水安全", "condition_group", CONDITIONS),
                                ("三、政策落实（人数，没有就填0）", "count_group", COUNTS),
                                ("四、帮扶措施与识别", "flag_group", FLAGS),
                                ("五、档案（处数，没有就填0）", "found_group", FOUND)):
        form.ask("begin_group", group, title, appearance="field-list")
        for name in names:
            _fact(form, name)
        form.ask("end_group", group)
    form.ask("text", "typed_note", "备注（照片号、证明人等）")
    replaced = "concat('替换', ${replaced_note}, '：', ${reason_note}, if(${typed_note} != ''" \
               ", concat('；', ${typed_note}), ''))"
    form.ask("calculate", "note",
             calculation=f"if(${{choice_label}} = '{CHOSEN}', ${{typed_note}}, {replaced})")
    return form


def _which(form: PhoneForm, towns: list[Visit]) -> None:
    """Which household, first choice or reserve; a reserve says whom it replaces."""
    for visit in towns:
        for one in (h for village in visit.villages for h in village.households):
            label = f"{one.label} {mask_name(one.head)}{'（残）' if one.disabled else ''}"
            form.choose("households", one.number, label, village=one.village, choice=one.choice,
                        disabled="yes" if one.disabled else "no",
                        self_income="" if one.reported is None else plain(one.reported))
    form.ask("select_one households", "household", "户", required="yes",
             choice_filter="village=${village}")
    for name, column in (("choice_label", "choice"), ("disabled", "disabled"),
                         ("self_income", "self_income")):
        form.ask("calculate", name, calculation="instance('households')/root/item"
                                                f"[name=${{household}}]/{column}")
    reserve = f"${{choice_label}} != '{CHOSEN}' and ${{household}} != ''"
    form.ask("select_one households", "replaced_note", "替换了哪一正选户", required="yes",
             relevant=reserve, choice_filter=f"village=${{village}} and choice='{CHOSEN}'")
    form.ask("text", "reason_note", "替换原因", required="yes", relevant=reserve)


def _fact(form: PhoneForm, name: str) -> None:
    label = COLUMN[name].header
    tests = [f". <= ${{{large}}}" for small, _, large, _ in AT_MOST if small == name]
    told = [f"不应多于{other}" for small, _, _, other in AT_MOST if small == name]
    if name in CONDITIONS:
        form.ask(f"select_one {'housing' if name == 'housing' else 'condition'}", name, label,
                 required="yes")
        return
    if name in FLAGS:
        form.ask("select_one yes_no", name, label, required="yes")
        return
    if name in MONEY:
        tests = [*([] if name == "wages" else [". >= 0"]), "round(., 2) = .", *tests]
        told = ["以元为单位，最多两位小数", *told]
    else:
        tests = [". >= 1" if name == "members" else ". >= 0", *tests]
    form.ask("decimal" if name in MONEY else "integer", name, label, required="yes",
             constraint=" and ".join(tests), constraint_message="；".join(told))


def _incomes(form: PhoneForm, plan: Plan) -> None:
    """The incomes as they compute on the phone, and whether the household passes."""
    income = plan.household.income  # type: ignore[union-attr]
    refs = with_made(income, {name: f"${{{name}}}" for name in MONEY}, xlsform)
    form.ask("calculate", "stated_total",
             calculation=f"round({xlsform(STATED, refs, {})}, 2)")
    shown = []
    for name, text in income.formulas.items():
        form.ask("calculate", f"{name}_label",
                 calculation=f"round(({xlsform(text, refs, {})}) div ${{members}}, 2)")
        shown.append(f"{name} 人均 ${{{name}_label}} 元")
    total = xlsform(income.formulas[income.formula], refs, {})
    if income.standard is not None:
        least = f"{exact(income.standard)} * ${{members}}"
        form.ask("calculate", "met_label",
                 calculation=f"if(round({total}, 2) >= {least}, '达标', '不达标')")
        shown.append(f"标准 {plain(income.standard)} 元：${{met_label}}")
    form.ask("note", "income_note", "；".join(shown))
