"""哪里不对、先修什么: one plain page for the clerk who has to mend a case.

Everything that is wrong stands in the order of what it holds up: reports that were not
made, towns without a score, towns in doubt, then errors that move no score; remarks come
last.  Within that, file by file, so that a file is opened once; each with sheet, row,
column, what stood there and what should.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import pandas as pd

from hecha.problems import Problem
from hecha.report import views
from hecha.report.fragments import (
    Column,
    Fragment,
    folded,
    heading,
    labelled,
    listing,
    notice,
    stack,
    table,
)
from hecha.report.naming import marked
from hecha.report.page import Page
from hecha.scoring.composite import UNCONFIRMED, UNFINISHED
from hecha.scoring.results import Results

TITLE = "哪里不对、先修什么"
OPEN_FILES, MOST_ROWS, SHOWN_MISSING = 6, 100, 5


def count_faults(results: Results, failed: Mapping[str, str]) -> int:
    """How many things are wrong: errors, towns without a score, reports not made."""
    return len(results.problems.errors) + len(failed) + len(_towns(results, UNFINISHED))


def faults_page(results: Results, failed: Mapping[str, str] | None = None, *,
                home: str = "") -> Page | None:
    """The page, or None where nothing is wrong; `failed` says what was not made, and why."""
    failed = failed or {}
    if not count_faults(results, failed):
        return None
    groups = _groups(results)
    parts = [("没有生成的报告", listing("", [labelled(n, w) for n, w in failed.items()], "stop"))
             ] if failed else []
    level = views.unit_name(results.plan)
    if _towns(results, UNFINISHED) or groups[UNFINISHED]:
        parts.append((f"先修：没有得分的{level}", stack(
            _missing(results), *_by_file(results, groups[UNFINISHED]))))
    if groups[UNCONFIRMED]:
        parts.append((f"再修：待确认的{level}", stack(*_by_file(results, groups[UNCONFIRMED]))))
    if groups[""]:
        parts.append(("后修：不影响得分的错误", stack(*_by_file(results, groups[""]))))
    warnings = sorted(results.problems.warnings, key=lambda p: p.place)
    if warnings:
        parts.append(("请看一眼：提示", folded(
            f"{len(warnings)}处，照读不误", stack(*_by_file(results, warnings)))))
    body = "\n".join(f'<h2 id="s{i}">{title}</h2>\n{part.html}'
                     for i, (title, part) in enumerate(parts, 1))
    return Page(f"{views.county_name(results)}{results.plan.plan.year}年：{TITLE}", body,
                _opening(results, failed, groups).html,
                tuple((f"s{i}", title) for i, (title, _) in enumerate(parts, 1)), results.mark, home)


def _towns(results: Results, state: str) -> list[str]:
    frame = results.towns
    return list(frame.loc[frame["state"] == state, "town"])


def _groups(results: Results) -> dict[str, list[Problem]]:
    """Errors by what they hold up: towns without a score, towns in doubt, nothing."""
    found: dict[str, list[Problem]] = {UNFINISHED: [], UNCONFIRMED: [], "": []}
    open_, doubtful = _towns(results, UNFINISHED), _towns(results, UNCONFIRMED)
    for problem in sorted(results.problems.errors, key=lambda p: p.place):
        touched = [UNFINISHED for t in open_ if _touches(problem, t)]
        touched += [UNCONFIRMED for t in doubtful if _touches(problem, t)]
        found[touched[0] if touched else ""].append(problem)
    return found


def _touches(problem: Problem, town: str) -> bool:
    return any(unit.startswith(town) for unit in problem.units)


def _opening(results: Results, failed: Mapping[str, str],
             groups: Mapping[str, Sequence[Problem]]) -> Fragment:
    level = views.unit_name(results.plan)
    settled = f"{views.whole_name(results.plan)}的名次" if results.plan.grades.ranked else f"各{level}的等次"
    lines = [labelled(f"没有生成的报告{len(failed)}份", "原因见下。")] if failed else []
    open_ = [results.units.towns[t] for t in _towns(results, UNFINISHED)]
    if open_:
        lines.append(labelled(f"先修{len(groups[UNFINISHED])}处",
                              f"{'、'.join(open_)}缺材料或材料不能用，没有得分，{settled}都定不下来。"))
    doubtful = [results.units.towns[t] for t in _towns(results, UNCONFIRMED)]
    if doubtful:
        ranks = "和名次" if results.plan.grades.ranked else ""
        many = len(groups[UNCONFIRMED])
        shared = "" if many else "所涉的错误已列在先修里。"
        lines.append(labelled(f"再修{many}处" if many else "还要确认", f"{'、'.join(doubtful)}有得分，"
                              f"但所报数据有疑问，等次{ranks}为暂定。{shared}"))
    if groups[""]:
        lines.append(labelled(f"后修{len(groups[''])}处", "不影响哪个得分，仍请更正。"))
    lines.append("改好原来的文件，再运行一次，这一页就会变短；改一个文件时，把它的几处一起改。")
    below = (f"{len(results.problems.errors)}处错误，{len(results.problems.warnings)}处提示；"
             f"同样的内容在 {marked('tables/problems.csv', results)}")
    return stack(heading(TITLE, below), listing("", lines, "lead"))


def _missing(results: Results) -> Fragment | None:
    """What each town without a score misses, the first few of each in sight."""
    made = []
    for town, part in results.missing.groupby("town", sort=False):
        name = results.units.names.get(str(town), str(town))
        made.append(listing(f"{name}缺{len(part)}项", part["what"], "stop", SHOWN_MISSING))
    return stack(*made) if made else None


def _by_file(results: Results, problems: Iterable[Problem]) -> list[Fragment]:
    """A table a file, the first files open."""
    files = [(file, list(part)) for file, part in groupby(problems, lambda p: p.place.file)]
    return [folded(f"{file or '没有说明在哪个文件'}（{len(part)}处）", _table(results, file, part),
                   at < OPEN_FILES) for at, (file, part) in enumerate(files)]


def _table(results: Results, file: str, problems: Sequence[Problem]) -> Fragment:
    names = results.units.names
    rows = [{"where": p.place.sheet, "row": p.place.row or "", "column": p.place.column,
             "what": p.message, "found": p.found, "expected": p.expected,
             "who": "、".join(names.get(u, u) for u in p.units)} for p in problems[:MOST_ROWS]]
    more = len(problems) - MOST_ROWS
    made = table(pd.DataFrame(rows), [
        Column("where", "工作表"), Column("row", "行", number=True), Column("column", "列"),
        Column("what", "问题", head=True, wide=True), Column("found", "填的是", wide=True),
        Column("expected", "应为", wide=True), Column("who", "影响", wide=True)],
        file or "没有说明文件", stacked=True)
    return stack(made, notice(f"还有{more}处，见 {marked('tables/problems.csv', results)}。") if more > 0 else None)


__all__ = ["TITLE", "count_faults", "faults_page"]
