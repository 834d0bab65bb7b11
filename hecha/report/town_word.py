"""核查报告 (Word): what the team found in its town, written the same evening.

Five parts and three attachments, as such reports are asked for: 工作开展情况, 核查结果,
主要问题, 扣分说明, 意见建议; 评分表, 抽样记录, 人员签名.  Everything that the tables know is
written; what only people can judge is left as 【请填写…】.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pandas as pd

from hecha.intake.patterns import lateness
from hecha.plan.blocks import BASIS_NAMES
from hecha.points import plain, publish
from hecha.report import views
from hecha.report.word import Column, Paper, numeral, shown_figure
from hecha.scoring.composite import UNCONFIRMED
from hecha.scoring.results import Results

SHOWN_ITEMS = 8
ATTACHMENTS = ("评分表", "抽样记录", "核查组人员签名")


def town_report(results: Results, case, town: str) -> Paper:
    """The 核查报告 of one town; `case` gives teams, draw and visits."""
    code = results.town_code(town)
    return _Report(results, case, code).written()


def write_town_report(results: Results, case, town: str, path: Path) -> Path:
    """Write the report; see :func:`town_report`."""
    return town_report(results, case, town).save(path)


class _Report:
    """One report being written."""

    def __init__(self, results: Results, case, code: str) -> None:
        self.results, self.case, self.code, self.plan = results, case, code, results.plan
        self.row = views.town_row(results, code)
        self.name = results.units.towns[code]
        self.team = case.teams[case.teams["checked_town"] == code]
        self.sheets = results.sheets[results.sheets["town"] == code]
        self.visits = case.households[case.households["town"] == code]
        self.level, self.below = views.unit_name(results.plan), views.sampled_name(results.plan)
        self.paper = Paper()

    def written(self) -> Paper:
        """All of it, in order."""
        paper, plan = self.paper, self.plan
        if self.results.mark:
            paper.mark(self.results.mark)
        paper.title(f"{self.name}{plan.plan.year}年\n成效核查报告")
        paper.addressed(self._office())
        paper.text(f"根据《{plan.plan.title}》，{self._team_name()}于{self._days()}对{self.name}开展实地核查。"
                   f"{self._standing()}现将核查情况报告如下。")
        self._work()
        self._outcome()
        self._faults()
        self._deductions()
        self._advice()
        paper.attachments([a for a in ATTACHMENTS if self.below or a != ATTACHMENTS[1]])
        paper.signed(f"{self._team_name()}", self._report_day())
        self._score_table()
        if self.below:
            self._sample()
        self._signatures()
        return paper

    # -- 一 ------------------------------------------------------------------------------------

    def _work(self) -> None:
        paper = self.paper
        paper.section("核查工作开展情况")
        paper.part("组织领导")
        leader = self.team[self.team["role"] == "组长"]["person"]
        led = f"，组长{leader.iloc[0]}" if len(leader) else ""
        paper.text(f"{self._team_name()}共{len(self.team)}人{led}。{self._crossing()}")
        paper.blank(f"{self.name}的配合情况、会议和动员情况")
        paper.part("核查程序和方式")
        if self.plan.teams:
            paper.text("按方案规定，核查前统一培训；现场查阅资料、实地察看、入户访谈；当天记分、当天提交，"
                       f"次日报送本报告。{self._lateness()}")
        else:
            paper.blank("核查的程序和方式")
        if self.below:
            paper.part("抽样规模")
            paper.text(self._scale())

    def _scale(self) -> str:
        drawn = self.results.units.drawn.get(self.code, ())
        names = "、".join(views.short_name(self.results.units.names.get(v, v)) for v in drawn)
        people = int(sum(self.visits["members"])) if len(self.visits) else 0
        replaced = int((self.visits["replaces"] != "").sum()) if len(self.visits) else 0
        disabled = int(sum(bool(d) for d in self.visits["disabled"] if d is not None))
        said = f"共抽取{len(drawn)}个{self.below}（{names or '无'}）"
        if not len(self.visits):
            return f"{said}。"
        asked = self.plan.sample and self.plan.sample.disabled_per_village
        kinds = f"，其中残疾人户{disabled}户" if asked else ""
        return (f"{said}{len(self.visits)}户{people}人{kinds}。"
                + (f"其中{replaced}户由备选户替换，原因见附件2。" if replaced else "没有替换。"))

    def _office(self) -> str:
        """Who is told: the office of the level above (县核查办)."""
        return f"{views.whole_name(self.plan).removeprefix('全')}核查办"

    def _crossing(self) -> str:
        """Whether nobody checked his own town, as the roster has it (R-01)."""
        own = [p for p in self.results.problems.of(self.code) if p.code in ("own_town", "own_village")]
        if own:
            return f"有{len(own)}名组员与本{self.level}有关联，不符合交叉核查，【请填写：如何处理】。"
        return f"实行交叉核查，没有组员核查本{self.level}。" if len(self.team) else ""

    def _lateness(self) -> str:
        """When the scores came (R-03); the report itself is only being written."""
        found = lateness(self.team)
        late = [(name, int(days)) for r in found.itertuples(index=False) for name, days in
                (("记分", r.score_days_late), ("报告", r.report_days_late)) if days]
        if any(days is None for days in found["score_days_late"]):
            return "本组记分提交时间没有填写。"
        return "".join(f"本组{name}比规定迟{days}天。" for name, days in late) or (
            "本组记分按时。" if len(found) else "")

    # -- 二 ------------------------------------------------------------------------------------

    def _outcome(self) -> None:
        paper, of = self.paper, views.graded(self.plan)
        paper.section("核查结果")
        rows = [self._sheet_row(r) for r in self.sheets.itertuples(index=False)]
        paper.table("表1　各表得分", [
            Column("评分表", 34), Column("满分", 13, True), Column("适用满分", 16, True),
            Column("实得", 19, True), Column("得分", 19, True), Column("说明", 55)], rows)
        own = views.self_figures(self.results).get(self.code, {})
        figures = []
        for figure in self.plan.figures:
            verified, self_given = self.row[figure.id], own.get(figure.id)
            gap = verified - self_given if None not in (verified, self_given) else None
            figures.append([figure.name, shown_figure(self_given), shown_figure(verified), _signed(gap)])
        paper.table("表2　自评与核查", [Column("项目", 60), Column("自评分", 30, True),
                                   Column("核查分", 30, True), Column("核增减", 36, True)], figures,
                    "自评分只供对照，不计分。")
        if self.row[of.id] is None:
            lacking = self.results.missing
            many = int((lacking["town"] == self.code).sum())
            paper.text(f"{of.name}待定：还有{many}项没有收齐，以{self._office()}汇总为准。")
        else:
            paper.text(f"{of.name}{shown_figure(self.row[of.id])}分，等次“{self.row['grade']}”"
                       f"{'（暂定）' if self.row['state'] == UNCONFIRMED else ''}。"
                       f"{'汇总并按程序批准以前，不得对外公布。' if self.results.mark else ''}")

    def _sheet_row(self, row) -> list[object]:
        said = [row.sentence, f"以上级结果为准（{row.external}）" if row.external else "",
                f"未完成：{row.missing}" if row.missing else ""]
        return [self._sheet_name(row), plain(self.plan.sheet[row.sheet].total), plain(row.applicable),
                shown_figure(row.earned), shown_figure(row.score), "；".join(filter(None, said))]

    def _sheet_name(self, row) -> str:
        sheet = self.plan.sheet[row.sheet]
        if self.plan.level[sheet.level].sampled:
            return f"{views.short_name(self.results.units.names.get(row.unit, row.unit))}"
        return sheet.name

    def _standing(self) -> str:
        errors = [p for p in self.results.problems.of(self.code) if p.severity == "error"]
        return f"报送的表有{len(errors)}处错误待更正，以下分数为暂定。" if errors else ""

    # -- 三 四 五 --------------------------------------------------------------------------------

    def _faults(self) -> None:
        paper = self.paper
        paper.section("主要问题")
        found = self._by_item()
        if not len(found):
            paper.text("没有扣分的细项。")
        for r in found.head(SHOWN_ITEMS).itertuples(index=False):
            where = "、".join(dict.fromkeys(r.units))
            paper.point(f"“{r.item_name}”。", f"涉及{where}，合计扣{shown_figure(r.points)}分。"
                                           f"{'；'.join(r.said[:3])}。")
        if len(found) > SHOWN_ITEMS:
            paper.text(f"其余{len(found) - SHOWN_ITEMS}项见附件1。")
        paper.blank("上述问题的成因，现场看到而表中没有反映的问题")

    def _by_item(self) -> pd.DataFrame:
        ledger = self.results.ledger
        own = ledger[(ledger["town"] == self.code) & (ledger["item"] != "")]
        rows = []
        for (_, name), part in own.groupby(["item", "item_name"], sort=False):
            points = sum(part["points"], Fraction(0))
            if points > 0:
                units = [views.short_name(self.results.units.names.get(u, u)) for u in part["unit"]]
                rows.append((name, points, units, [s.rstrip("。；") for s in part["sentence"]]))
        frame = pd.DataFrame(rows, columns=["item_name", "points", "units", "said"], dtype=object)
        return frame.sort_values("points", ascending=False, kind="stable", ignore_index=True)

    def _deductions(self) -> None:
        paper, ledger = self.paper, self.results.ledger
        paper.section("扣分说明")
        for number, r in enumerate(self.sheets.itertuples(index=False), 3):
            own = ledger[(ledger["sheet"] == r.sheet) & (ledger["unit"] == r.unit)]
            head = f"{self._sheet_name(r)}，得分{shown_figure(r.score)}" if r.score is not None else (
                f"{self._sheet_name(r)}，未完成")
            rows = [[n, e.item_name or e.type_name, _signed(-e.points), self._why(e)]
                    for n, e in enumerate(own.itertuples(index=False), 1)]
            paper.table(f"表{number}　{head}", [
                Column("序号", 13, True), Column("细项", 36), Column("分", 19, True),
                Column("扣分说明", 88)], rows)

    def _why(self, entry) -> str:
        ground = "，".join(filter(None, (f"条款{entry.clause}" if entry.clause else "",
                                        BASIS_NAMES.get(entry.basis, entry.basis), entry.reading)))
        return f"{entry.sentence}{f'（{ground}）' if ground else ''}"

    def _advice(self) -> None:
        paper = self.paper
        paper.section("意见建议")
        found = self._by_item()
        if len(found):
            paper.text(f"建议{self.name}对照附件1，将{len(found)}项失分列入整改台账，逐项定措施、定责任人、"
                       "定时限，整改一项、销号一项。")
        paper.blank(f"对{self.name}工作的意见和建议")

    # -- 附件 ------------------------------------------------------------------------------------

    def _score_table(self) -> None:
        paper, items = self.paper, self.results.items
        paper.attachment(1, "评分表")
        for number, r in enumerate(self.sheets.itertuples(index=False), 1):
            own = items[(items["sheet"] == r.sheet) & (items["unit"] == r.unit)]
            rows = [[e.item, e.name, plain(e.points),
                     "缺项" if e.state == "na" else "未完成" if e.score is None else shown_figure(e.score),
                     e.reason] for e in own.itertuples(index=False)]
            paper.table(f"附表1-{number}　{self._sheet_name(r)}", [
                Column("代码", 20), Column("细项", 58), Column("满分", 14, True),
                Column("得分", 16, True), Column("备注", 48)], rows)

    def _sample(self) -> None:
        paper, names = self.paper, self.results.units.names
        paper.attachment(2, "抽样记录")
        drawn = self.case.drawn_villages
        rows = []
        for r in drawn[drawn["town"] == self.code].itertuples(index=False):
            own = self.visits[self.visits["village"] == r.village]
            rows.append([r.village, views.short_name(names.get(r.village, r.village)),
                         _whole(r.eligible), _whole(r.disabled), _whole(r.chosen), len(own),
                         int((own["replaces"] != "").sum())])
        paper.table(f"附表2-1　抽到的{self.below}", [
            Column(f"{self.below}代码", 34), Column(self.below, 34), Column("可抽户", 18, True),
            Column("残疾人户", 20, True), Column("应核查户", 20, True), Column("已核查户", 20, True),
            Column("替换户", 18, True)], rows)
        replaced = self.visits[self.visits["replaces"] != ""]
        paper.table("附表2-2　替换情况", [Column(self.below, 34), Column("原因", 122)], [
            [views.short_name(names.get(r.village, r.village)), self._replaced(r.note)]
            for r in replaced.itertuples(index=False)])

    @staticmethod
    def _replaced(note: str) -> str:
        from hecha.case.households import replaced_by

        return replaced_by(note)[1] or "没有写原因"

    def _signatures(self) -> None:
        self.paper.attachment(3, "核查组人员签名")
        rows = [[n, r.role, r.person, self.results.units.towns.get(r.home_town, "县直"), ""]
                for n, r in enumerate(self.team.itertuples(index=False), 1)]
        self.paper.table("附表3　人员签名", [
            Column("序号", 14, True), Column("职务", 24, True), Column("姓名", 34),
            Column("单位所在", 44), Column("签名", 40)], rows)

    # -- words -----------------------------------------------------------------------------------

    def _team_name(self) -> str:
        numbers = [n for n in dict.fromkeys(self.team["team"]) if not pd.isna(n)]
        if not numbers:
            return "核查组"
        number = str(numbers[0])
        return f"第{numeral(int(number)) if number.isdigit() and int(number) < 100 else number}核查组"

    def _days(self) -> str:
        days = sorted({d for d in self.team["visit_date"] if d})
        if not days:
            return "【请填写：核查日期】"
        return _day(days[0]) if len(days) == 1 else f"{_day(days[0])}至{_day(days[-1])}"

    def _report_day(self) -> str:
        """The day the report is due: the day after the visit."""
        from datetime import date, timedelta

        days = sorted({d for d in self.team["visit_date"] if d})
        if not days:
            return "　年　月　日"
        return _day((date.fromisoformat(days[-1]) + timedelta(days=1)).isoformat())


def _day(text: str) -> str:
    year, month, day = text.split("-")
    return f"{int(year)}年{int(month)}月{int(day)}日"


def _signed(value: Fraction | None) -> str:
    if value is None:
        return "—"
    text = f"{publish(value):f}"
    return f"−{text[1:]}" if text.startswith("-") else f"+{text}" if publish(value) else text


def _whole(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(int(value))  # type: ignore[call-overload]
