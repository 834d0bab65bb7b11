"""Returned (收表报告): what came back and what is wrong with it, as a page and a workbook.

Every problem points at its file, sheet and cell; the workbook's links open the file there.
The account of every sheet is printed and proved: read = used + set aside.  Persons below
the village do not appear; the tidy tables beside the report are for the working group.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import xlsxwriter

from hecha.folders import write_whole
from hecha.problems import SEVERITY_NAMES, Problem
from hecha.report import fonts
from hecha.report.fragments import (
    Column,
    Fragment,
    badge,
    heading,
    listing,
    notice,
    paragraph,
    render,
    stack,
    table,
    tiles,
)
from hecha.report.page import Page, check_page
from hecha.tables.writing import sheet_name, write_csv
from hecha.words import mask_text

PAGE, BOOK = "收表报告.html", "收表报告.xlsx"
HOUSEHOLD_FILE = "入户核查（工作组内部）"


def problems_table(problems: Sequence[Problem], cells: Sequence[str]) -> pd.DataFrame:
    """程度, 文件, 工作表, 单元格, 行, 列, 问题, 填的是, 应为, 影响: errors first, by place."""
    rows = sorted(zip(problems, cells, strict=True), key=lambda pair: (
        pair[0].severity, pair[0].place.file, pair[0].place.sheet, pair[0].place.row))
    return pd.DataFrame(
        [(SEVERITY_NAMES[p.severity], p.place.file, p.place.sheet, cell, str(p.place.row or ""),
          p.place.column, _masked(p.message), _masked(p.found), p.expected, "、".join(p.units))
         for p, cell in rows],
        columns=["程度", "文件", "工作表", "单元格", "行", "列", "问题", "填的是", "应为", "影响"],
        dtype=object)


def _masked(text: str) -> str:
    return mask_text(text)


def files_table(files: pd.DataFrame) -> pd.DataFrame:
    """文件, 状态, 工作表, 字节, 摘要, 说明 of every file that lay in the folder."""
    return files.rename(columns={"file": "文件", "state": "状态", "sheets": "工作表", "size": "字节",
                                 "digest": "摘要", "why": "说明"})[
        ["文件", "状态", "工作表", "字节", "摘要", "说明"]]


def accounts_table(accounts: pd.DataFrame) -> pd.DataFrame:
    """文件, 工作表, 读到, 采用, 未采用, 平衡: one row a sheet."""
    equal = accounts["read"] == accounts["used"] + accounts["set_aside"]
    return pd.DataFrame({
        "文件": accounts["file"], "工作表": accounts["sheet"], "读到": accounts["read"],
        "采用": accounts["used"], "未采用": accounts["set_aside"],
        "平衡": ["是" if e else "否" for e in equal]}, dtype=object)


def aside_table(aside: pd.DataFrame) -> pd.DataFrame:
    """文件, 工作表, 行, 未采用的原因."""
    return aside.rename(columns={"file": "文件", "sheet": "工作表", "row": "行",
                                 "reason": "未采用的原因"})


def missing_table(missing: pd.DataFrame) -> pd.DataFrame:
    """镇代码, 镇, 缺什么."""
    return missing.rename(columns={"town": "镇代码", "town_name": "镇", "what": "缺什么"})


def news_table(news: pd.DataFrame) -> pd.DataFrame:
    """表, 单位代码, 文件, 报送人, 登记结果, 状态, 还缺什么."""
    return news.rename(columns={"sheet": "表", "unit": "单位代码", "file": "文件", "team": "报送人",
                                "outcome": "登记结果", "state": "状态", "why": "还缺什么"})


def lateness_table(late: pd.DataFrame) -> pd.DataFrame:
    """R-03 by team: 核查日期, 记分提交, 报告提交 and the days late."""
    return pd.DataFrame({
        "被核查镇": late["town"], "组号": late["team"], "核查日期": late["visit_date"],
        "记分提交": late["scored_at"], "记分": late["score_days_late"].map(_days),
        "报告提交": late["reported_at"], "报告": late["report_days_late"].map(_days)}, dtype=object)


def _days(late: object) -> str:
    if late is None or pd.isna(late):
        return "没有填时间"
    return f"迟{int(late)}天" if late else "按时"  # type: ignore[call-overload]


def patterns_table(found: pd.DataFrame) -> pd.DataFrame:
    """类别, 镇, 村, 情况, 文件, 工作表, 行: lists, never verdicts."""
    return found.rename(columns={"kind": "类别", "town": "镇代码", "unit": "村代码", "what": "情况",
                                 "file": "文件", "sheet": "工作表", "row": "行"})


def write_returned(received, out: Path) -> list[Path]:
    """Write the page, the workbook and the tidy tables of what a folder gave."""
    tables = {"问题清单": problems_table(received.problems, received.cells),
              "文件": files_table(received.files), "行数核对": accounts_table(received.accounts),
              "未采用的行": aside_table(received.set_aside), "还缺什么": missing_table(received.missing),
              "登记": news_table(received.news),
              "时限": lateness_table(received.lateness), "现场核实": patterns_table(received.patterns)}
    for name, frame in tables.items():
        write_csv(frame, out / "tables" / f"{name}.csv")
    case = received.case
    for name, frame in (("观察记录", case.observations), (HOUSEHOLD_FILE, case.households),
                        ("组员", case.teams)):
        write_csv(frame, out / "tables" / f"{name}.csv")
    link = Linker(received.folder, out)
    page = returned_page(received, link)
    font = fonts.woff2_subset(page.characters)
    html = page.html(font)
    check_page(html, file=PAGE, font=font).raise_if_errors("收表报告没有做好")
    return [write_whole(out / PAGE, html), write_problem_book(out / BOOK, tables, link)]


class Linker:
    """Relative addresses from a report's folder to the files it speaks of."""

    def __init__(self, folder: Path, out: Path) -> None:
        self.folder, self.out = folder.resolve(), out.resolve()

    def path(self, file: str) -> str:
        """The file relative to the report; blank where there is no such file or way."""
        whole = self.folder / file
        inside = next((p for p in (whole, *whole.parents) if p.is_file()), None)
        if inside is None:
            return ""
        try:
            return Path(os.path.relpath(inside, self.out)).as_posix()
        except ValueError:  # another drive
            return ""

    def href(self, file: str, sheet: str, cell: str) -> str:
        """For a page: file.xlsx#'表'!D6, percent-encoded."""
        path = self.path(file)
        return quote(f"{path}{_anchor(file, sheet, cell)}", safe="/#!'.") if path else ""

    def external(self, file: str, sheet: str, cell: str) -> str:
        """For a workbook: external:file.xlsx#'表'!D6."""
        path = self.path(file)
        return f"external:{path}{_anchor(file, sheet, cell)}" if path else ""


def _anchor(file: str, sheet: str, cell: str) -> str:
    if not sheet or file.lower().endswith((".csv", ".zip", ".txt")):
        return ""
    quoted = sheet.replace("'", "''")
    return f"#'{quoted}'!{cell or 'A1'}"


# -- the workbook -----------------------------------------------------------------------------


def write_problem_book(path: Path, tables: dict[str, pd.DataFrame], link: Linker) -> Path:
    """Every table a sheet; in 问题清单 the cell's name is a link that opens the file there."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"strings_to_formulas": False, "strings_to_urls": False,
                                    "strings_to_numbers": False, "in_memory": True}) as book:
        body = {"font_name": "宋体", "font_size": 10.5, "border": 1, "border_color": "#BFBFBF",
                "valign": "top", "text_wrap": True, "num_format": "@"}
        plain, head = book.add_format(body), book.add_format(
            body | {"bold": True, "bg_color": "#E7EEF5", "align": "center"})
        linked = book.add_format(body | {"font_color": "#0B5394", "underline": 1})
        for name, frame in tables.items():
            _sheet(book.add_worksheet(sheet_name(name)), frame, link, (plain, head, linked))
    return write_whole(path, _forward(held.getvalue()))


def _forward(data: bytes) -> bytes:
    """The links with forward slashes, which every office on every system follows."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(
            out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename.startswith("xl/worksheets/_rels/"):
                content = content.replace(b"\\", b"/")
            new.writestr(item, content)
    return out.getvalue()


_WIDTHS = {"问题": 48, "填的是": 22, "应为": 22, "文件": 34, "说明": 40, "未采用的原因": 30, "情况": 48,
           "还缺什么": 48, "缺什么": 60, "摘要": 20, "工作表": 14, "登记结果": 26}


def _sheet(sheet, frame: pd.DataFrame, link: Linker, formats: tuple) -> None:
    plain, head, linked = formats
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&C第&P页，共&N页")
    names = list(frame.columns)
    for at, name in enumerate(names):
        sheet.write_string(0, at, name, head)
        sheet.set_column(at, at, _WIDTHS.get(name, 13))
    for number, row in enumerate(frame.itertuples(index=False, name=None), 1):
        for at, value in enumerate(row):
            text = "" if value is None else str(value)
            url = link.external(*_where(names, row)) if names[at] == "单元格" else ""
            if url:
                sheet.write_url(number, at, url, linked, string=text or "打开")
            elif isinstance(value, int) and not isinstance(value, bool):
                sheet.write_number(number, at, value, plain)
            else:
                sheet.write_string(number, at, text, plain)
    sheet.autofilter(0, 0, max(1, len(frame)), len(names) - 1)


def _where(names: list[str], row: tuple) -> tuple[str, str, str]:
    told = dict(zip(names, row, strict=True))
    return told["文件"], told["工作表"], told["单元格"]


# -- the page -----------------------------------------------------------------------------------


def returned_page(received, link: Linker) -> Page:
    """The report as one self-contained page."""
    opening = stack(heading("收表报告", f"来自文件夹 {received.folder.name}"), opening_tiles(received),
                    balance_notice(received))
    parts = [("错误：处理之前，所涉单位的分数不能定", by_file(received, "error", link)),
             ("提示：请看一眼", by_file(received, "warning", link)),
             ("完整性：还缺什么", missing_fragment(received)),
             ("文件：每一个的下落", files_fragment(received)),
             ("行数核对：读到＝采用＋未采用", accounts_fragment(received)),
             ("登记", news_fragment(received)), ("时限（方案一(一)2）", lateness_fragment(received)),
             ("请到现场核实", patterns_fragment(received))]
    contents = tuple((f"s{n}", title) for n, (title, _) in enumerate(parts, 1))
    body = "\n".join(f'<h2 id="{anchor}">{title}</h2>\n{part.html}'
                     for (anchor, title), (_, part) in zip(contents, parts, strict=True))
    return Page("收表报告", body, opening.html, contents)


def opening_tiles(received) -> Fragment:
    """How much came and how much of it is usable, in five figures."""
    a, files = received.accounts, received.files
    lost = int((files["state"] != "已读").sum())
    return tiles([("文件", len(files), f"{lost}个没有用上" if lost else "全部读到"),
                  ("错误", received.errors, "须处理"),
                  ("提示", len(received.problems) - received.errors, ""),
                  ("读到", int(a["read"].sum()), "行"),
                  ("采用", int(a["used"].sum()), f"未采用{int(a['set_aside'].sum())}行")])


def balance_notice(received) -> Fragment:
    """The proof of the account, in one sentence."""
    a = received.accounts
    read, used, aside = (int(a[c].sum()) for c in ("read", "used", "set_aside"))
    if received.balanced:
        return notice(f"行数平衡：{len(a)}张表，读到{read}行＝采用{used}行＋未采用{aside}行，"
                      "逐表相等，未采用的每一行都列了原因。")
    return notice("行数不平衡，有的行没有下落，请停下来查。", "stop")


def by_file(received, severity: str, link: Linker | None = None) -> Fragment:
    """Problems of one severity, file by file, each with the cell it stands at."""
    pairs = [(p, c) for p, c in zip(received.problems, received.cells, strict=True)
             if p.severity == severity]
    if not pairs:
        return listing("", [])
    frame = problems_table(*zip(*pairs, strict=True))
    parts = []
    for file, group in frame.groupby("文件", sort=False):
        rows = pd.DataFrame({
            "cell": [_cell(link, r) for r in group.to_dict("records")], "sheet": group["工作表"],
            "column": group["列"], "what": group["问题"], "found": group["填的是"],
            "expected": group["应为"]})
        parts.append(table(rows, [
            Column("cell", "单元格", head=True, keep=True), Column("sheet", "工作表", keep=True),
            Column("column", "列"), Column("what", "问题", wide=True), Column("found", "填的是"),
            Column("expected", "应为")], f"{file or '未定的文件'}（{len(group)}处）", stacked=True))
    return stack(*parts)


def _cell(link: Linker | None, row: dict) -> object:
    text = row["单元格"] or ("打开" if row["文件"] else "")
    href = link.href(row["文件"], row["工作表"], row["单元格"]) if link else ""
    return render("link.html", href=href, text=text) if href else text


def missing_fragment(received) -> Fragment:
    """What the forms that came still lack, town by town; nothing missing is said too."""
    if received.missing.empty:
        return paragraph("报来的镇，该填的都填了。")
    parts = [listing(f"{name}（{town}），{len(part)}项", part["what"], fold=6)
             for (town, name), part in received.missing.groupby(["town", "town_name"], sort=False)]
    return stack(*parts)


def files_fragment(received) -> Fragment:
    """Every file and what became of it; those that gave nothing first."""
    files = received.files.sort_values("state", key=lambda s: s == "已读", kind="stable")
    rows = files.assign(state=[s if s == "已读" else badge(s, "stop") for s in files["state"]],
                        digest=files["digest"].str[:12])
    return table(rows, [Column("file", "文件", head=True, wide=True), Column("state", "状态", keep=True),
                        Column("sheets", "工作表", wide=True), Column("digest", "摘要（前12位）"),
                        Column("why", "说明", wide=True)], f"{len(files)}个文件，原件一律不改动",
                 stacked=True)


def accounts_fragment(received) -> Fragment:
    """The account of every sheet, with its sum, and the rows that were set aside."""
    frame = accounts_table(received.accounts)
    total = ("合计", "", *(int(frame[c].sum()) for c in ("读到", "采用", "未采用")),
             "是" if received.balanced else "否")
    columns = [Column("文件", "文件", head=True, wide=True), Column("工作表", "工作表"),
               Column("读到", "读到", number=True), Column("采用", "采用", number=True),
               Column("未采用", "未采用", number=True), Column("平衡", "平衡", keep=True)]
    aside = received.set_aside.groupby(["file", "sheet", "reason"], sort=False)["row"].agg(list)
    rows = pd.DataFrame([(f, s, r, len(n), _rows(n)) for (f, s, r), n in aside.items()],
                        columns=["file", "sheet", "reason", "n", "rows"])
    return stack(table(frame, columns, "逐表行数", total=total), table(rows, [
        Column("file", "文件", head=True, wide=True), Column("sheet", "工作表"),
        Column("reason", "未采用的原因", wide=True), Column("n", "行数", number=True),
        Column("rows", "哪些行")], "未采用的行", stacked=True))


def _rows(numbers: Iterable[int], most: int = 12) -> str:
    kept = sorted(map(int, numbers))
    more = f"…共{len(kept)}行" if len(kept) > most else ""
    return f"第{'、'.join(map(str, kept[:most]))}行{more}"


def news_fragment(received) -> Fragment:
    """What was entered in the book of records."""
    if received.news.empty:
        return paragraph("这一次只看不记；要登记，请写明卷宗（--case）。")
    news = received.news
    counts = news.groupby(["outcome", "state"], sort=False).size()
    said = [f"{outcome}，{state}：{n}份" for (outcome, state), n in counts.items()]
    open_ = news[(news["state"] == "草稿") | news["outcome"].str.contains("待决定|未采用")]
    return stack(listing("", said), table(open_, [
        Column("unit", "单位代码", head=True, keep=True), Column("sheet", "表", keep=True),
        Column("outcome", "登记结果", wide=True), Column("state", "状态", keep=True),
        Column("why", "还缺什么", wide=True)], f"还要处理的{len(open_)}份", stacked=True))


def lateness_fragment(received) -> Fragment:
    """Who was late with scores (the day of the visit) and report (the next day)."""
    frame = lateness_table(received.lateness)
    late = frame[(frame["记分"] != "按时") | (frame["报告"] != "按时")]
    if late.empty:
        return paragraph(f"{len(frame)}个组都在核查当天提交记分、次日提交报告。")
    return table(late, [Column("被核查镇", "被核查镇", head=True, keep=True),
                        *(Column(c, c, keep=True) for c in late.columns[1:])],
                 f"{len(frame)}个组中{len(late)}个迟了或没有填", stacked=True)


def patterns_fragment(received) -> Fragment:
    """Suspicions from good survey practice: to be looked at on site, never a verdict."""
    if received.patterns.empty:
        return paragraph("相似的表、整数偏多、收入贴近标准、一天走访过多：没有发现。")
    return table(received.patterns, [
        Column("kind", "类别", head=True, keep=True), Column("unit", "村代码", keep=True),
        Column("what", "情况", wide=True), Column("file", "文件", wide=True),
        Column("row", "行", number=True)], "只是线索，不是结论，不影响分数", stacked=True)
