"""An index spreadsheet (指标, 分值, 评分标准) becomes a draft plan folder.

One row is one item; the columns before it are its headings.  A criterion that
hecha.plan.criteria recognises becomes a kind of scoring; any other is left to judgement.
Whatever is unclear is a reading of the draft (待批) and a line of the table that is given
back; a row that cannot be an item is not imported, and said.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pandas as pd

from hecha.folders import write_whole
from hecha.plan.criteria import Recognised, number_of, recognise
from hecha.plan.loader import load_plan
from hecha.plan.new import empty_folder
from hecha.plan.strict_yaml import dump_yaml
from hecha.points import NotANumber, narrow, number, plain
from hecha.problems import Place, Problems
from hecha.tables.files import read_grids
from hecha.tables.grid import Grid

COLUMNS = ["行", "代码", "指标", "分值", "认作", "待定的"]
_HEADERS = {
    "name": ("三级指标", "考核指标", "指标", "指标名称", "考核内容", "评价指标", "细项"),
    "points": ("分值", "满分", "标准分", "权重分", "基本分"),
    "criterion": ("评分标准", "评分细则", "计分办法", "考核标准", "评分办法", "计分标准", "评价标准"),
    "source": ("数据来源", "责任部门", "考核部门", "责任单位", "牵头单位"),
}
_HEADINGS = ("一级指标", "二级指标", "类别", "维度", "项目")
_TOTALS = re.compile(r"(合计|总计|总分|小计)")
_OUTSIDE = (("bonus", re.compile("附加|加分"), "high", 1), ("penalty", re.compile("扣分项|减分"), "low", -1))
_KINDS = {
    "binary": "达标得满分", "deduct_per_case": "每件扣分", "deduct_per_step": "台阶扣分",
    "proportional": "按比例", "linear_between": "两限之间按比例", "tiered": "分档",
    "rank_step": "名次递减", "checklist": "逐项核对", "k_of_n": "至少几项",
    "additive_capped": "累加封顶", "judgement": "酌情给分",
}
_GENERAL = "I-00"


@dataclass(frozen=True)
class Row:
    """One row of the spreadsheet as an item."""

    number: int
    code: str
    group: str
    name: str
    points: Decimal
    criterion: str
    source: str
    layer: str
    taken: Recognised


@dataclass
class Index:
    """What was read: headings (code, parent, name), rows, and rows that are none."""

    groups: list[tuple[str, str, str]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    refused: list[tuple[int, str, str, str]] = field(default_factory=list)


def import_plan(file: Path, folder: Path) -> pd.DataFrame:
    """Write the draft of a spreadsheet to `folder`; what became of each row is given back.

    Columns: 行, 代码, 指标, 分值, 认作, 待定的. Raises Refused where the file has no such table,
    or the folder is taken.
    """
    folder = empty_folder(folder.name, folder.parent)
    problems = Problems()
    index = read_index(file, problems)
    problems.raise_if_errors("没有导入")
    for name, text in draft(index, folder.name, file.stem).items():
        write_whole(folder / name, text)
    load_plan(folder)
    return told(index)


def read_index(file: Path, problems: Problems) -> Index:
    """The rows of the first sheet that has the three columns."""
    grids = read_grids(file, file.name, problems)
    for grid in grids:
        found = _columns(grid)
        if found:
            return _read(grid, *found, problems)
    if not problems.errors:
        problems.error(Place(file.name), "no_index", "没有找到指标表：一行里应同时有指标、分值、评分标准三个表头",
                       expected="；".join("、".join(_HEADERS[k]) for k in ("name", "points", "criterion")))
    return Index()


def _columns(grid: Grid) -> tuple[int, dict[str, int], list[int]] | None:
    """The header's row number, the column of each part, and the columns of the headings."""
    for row, cells in grid.rows:
        heads = [narrow(c).split("(")[0].strip() for c in cells]
        found = {}
        for part, names in _HEADERS.items():
            at = next((heads.index(n) for n in names if n in heads), None)
            if at is not None:
                found[part] = at
        if {"name", "points", "criterion"} <= set(found):
            return row, found, [heads.index(h) for h in _HEADINGS if h in heads]
    return None


def _read(grid: Grid, header: int, at: dict[str, int], above: list[int],
          problems: Problems) -> Index:
    index, standing, codes = Index(), [""] * len(above), {}
    for number_, cells in grid.rows:
        texts = [c.strip() for c in cells] + [""] * (max([*at.values(), *above]) + 1 - len(cells))
        if number_ <= header or not any(texts):
            continue
        name = texts[at["name"]].replace("\n", "")
        if _TOTALS.match(narrow(name or next(filter(None, texts)))):
            index.refused.append((number_, name or "合计", texts[at["points"]], "合计行，不是指标"))
            continue
        for place, column in enumerate(above):
            if texts[column] and texts[column] != standing[place]:
                standing[place:] = [texts[column], *[""] * (len(above) - place - 1)]
        _add(index, number_, texts, at, [*standing], codes)
    if not index.rows:
        problems.error(Place(grid.file, grid.sheet), "no_rows", "指标表里没有一行能用的指标")
    return index


def _add(index: Index, number_: int, texts: list[str], at: dict[str, int], above: list[str],
         codes: dict[tuple[str, ...], str]) -> None:
    """One row as an item under its headings, or the reason why it is none."""
    name = texts[at["name"]].replace("\n", "")
    try:
        points = number(narrow(texts[at["points"]]).removesuffix("分"))
    except NotANumber as why:
        index.refused.append((number_, name, texts[at["points"]], f"分值{why}，没有导入"))
        return
    if not name or points <= 0:
        reason = "没有指标名称" if not name else "分值应大于0"
        index.refused.append((number_, name, texts[at["points"]], f"{reason}，没有导入"))
        return
    group = _group(index, [a for a in above if a] or ["指标"], codes)
    code = f"{group}-{1 + sum(r.group == group for r in index.rows)}"
    criterion = texts[at["criterion"]]
    layer = next((i for i, sign, _, _ in _OUTSIDE if sign.search("".join(above))), "")
    source = texts[at["source"]] if "source" in at else ""
    index.rows.append(Row(number_, code, group, name, points, criterion, source, layer,
                          recognise(criterion, points, name)))


def _group(index: Index, above: list[str], codes: dict[tuple[str, ...], str]) -> str:
    """The code of the innermost heading: K2-3 is the third heading under the second."""
    parent = ""
    for depth in range(1, len(above) + 1):
        path = tuple(above[:depth])
        if path not in codes:
            place = 1 + sum(p == parent for _, p, _ in index.groups)
            codes[path] = f"{parent}-{place}" if parent else f"K{place}"
            index.groups.append((codes[path], parent, path[-1]))
        parent = codes[path]
    return parent


def draft(index: Index, name: str, title: str) -> dict[str, str]:
    """The files of the draft folder: file name → text."""
    total = sum((r.points for r in index.rows if not r.layer), Decimal(0))
    return {
        "plan.yaml": _PLAN_HEAD + dump_yaml(_plan(index, name, title, total)),
        "items.yaml": _ITEMS_HEAD + dump_yaml({"groups": _groups(index),
                                               "items": [_item(r) for r in index.rows]}),
        "readings.yaml": _READINGS_HEAD + dump_yaml({"readings": _readings(index, total)}),
        "text.txt": _text(index, title),
    }


_PLAN_HEAD = "# 由指标表导入的草稿。层级、表、等次没有见到，按示例写，须改；改完运行 hecha plan check。\n"
_ITEMS_HEAD = "# 由指标表导入：认出来的计分方式须逐条核对，没有认出来的暂作酌情给分，见 readings.yaml。\n"
_READINGS_HEAD = "# 导入时没有把握的都在这里；定了以后改计分方式，删去或批准这一条。\n"


def _assumed(*ids: str) -> dict[str, object]:
    return {"clause": "未见", "basis": "assumed", "reading": list(ids)}


def _plan(index: Index, name: str, title: str, total: Decimal) -> dict[str, object]:
    found = re.search(r"(?:19|20)\d\d", title)
    extras = [{"id": i, "name": "附加分" if bound == "high" else "扣分项",
               bound: number_of(str(sign * _layer_total(index, i)))}
              for i, _, bound, sign in _OUTSIDE if any(r.layer == i for r in index.rows)]
    return {
        "plan": {"id": name, "title": title, "year": int(found[0]) if found else dt.date.today().year,
                 "text": "text.txt", "source": "由指标表导入"},
        "levels": [{"id": "county", "name": "县", "code_digits": 6},
                   {"id": "town", "name": "镇", "code_digits": 9, "within": "county"}],
        "sheets": [{"id": "main", "name": "考核表", "level": "town", "form": "考核",
                    "total": number_of(str(total)), **({"extras": extras} if extras else {}),
                    **_assumed(_GENERAL)}],
        "figures": [{"id": "result", "name": "考核得分", "sheet": "main", **_assumed(_GENERAL)}],
        "grades": {"of": "result", "bands": [{"name": "未定等次", "at_least": 0}],
                   **_assumed(_GENERAL)},
    }


def _layer_total(index: Index, layer: str) -> Decimal:
    return sum((r.points for r in index.rows if r.layer == layer), Decimal(0))


def _groups(index: Index) -> list[dict[str, object]]:
    return [{"code": code, **({"parent": parent} if parent else {}), "name": name,
             "clause": "指标表", "quote": name, "basis": "stated"}
            for code, parent, name in index.groups]


def _item(row: Row) -> dict[str, object]:
    """An item; what was recognised is 推定 from the table's words, the rest 拟定."""
    taken, sure = row.taken, not row.taken.doubts
    return {
        "code": row.code, "sheet": "main", "group": row.group, "name": row.name,
        "points": number_of(str(row.points)), "rule": taken.rule,
        **({"layer": row.layer} if row.layer else {}),
        **({"labels": taken.labels} if taken.labels else {}),
        **({"source": row.source} if row.source else {}),
        **({"na_when": taken.na_when} if taken.na_when else {}),
        "clause": f"指标表第{row.number}行",
        "quote": row.criterion or row.name,
        "basis": "derived" if sure else "assumed",
        **({} if sure else {"reading": [_reading_id(row)]}),
    }


def _reading_id(row: Row) -> str:
    return f"I-{row.code}"


def _readings(index: Index, total: Decimal) -> list[dict[str, object]]:
    general = ("没有写哪一级打分、一张表还是几张、分几个等次，怎样定？",
               f"暂作对镇的一张表，满分{plain(total)}分，不分等次；附加分、扣分项在满分以外")
    unsure = [(_reading_id(r), f"指标表第{r.number}行", f"“{r.name}”的评分标准“{r.criterion}”怎样计分？",
               "；".join(r.taken.doubts)) for r in index.rows if r.taken.doubts]
    return [{"id": i, "clause": clause, "question": " ".join(question.split()), "answer": answer,
             "confidence": "low", "impact": "high" if i == _GENERAL else "medium",
             "status": "proposed"}
            for i, clause, question, answer in [(_GENERAL, "指标表", *general), *unsure]]


def _text(index: Index, title: str) -> str:
    """What the draft quotes: the table as it was, one row a line."""
    lines = [f"{title}（由指标表导入，一行一项：指标、分值、评分标准）", ""]
    lines += [name for _, _, name in index.groups]
    lines += [f"{r.name} {plain(r.points)} {' '.join(r.criterion.split())}" for r in index.rows]
    return "\n".join(lines) + "\n"


def told(index: Index) -> pd.DataFrame:
    """What became of each row, in the order of the spreadsheet."""
    rows = [(r.number, r.code, r.name, plain(r.points), _KINDS[str(r.taken.rule["kind"])],
             "；".join(r.taken.doubts)) for r in index.rows]
    rows += [(n, "", name, points, "没有导入", why) for n, name, points, why in index.refused]
    return pd.DataFrame(sorted(rows), columns=COLUMNS)


__all__ = ["COLUMNS", "draft", "import_plan", "read_index", "told"]
