"""Returns: what the teams that visited the towns handed in.

One file a town, 核查记录_<镇代码>.xlsx, holds the observations of the town and of
its sampled villages, the household checks and the team; 日常工作.xlsx holds the
daily-work observations of all towns.  A row that belongs to another town, an
unknown unit or a household that was not drawn is set aside and said.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from hecha.case.desk import ENDINGS, Desk, place_of, rows_of, stacked
from hecha.case.known import Known
from hecha.case.shapes import HOUSEHOLDS, OBSERVATIONS, TEAMS
from hecha.problems import Place
from hecha.tables.contract import Table
from hecha.tables.grid import Grid
from hecha.words import mask_numbers

FORM_FILE = "核查记录"
HOUSEHOLD_SHEET, TEAM_SHEET = "入户核查", "组员"
_TOWN_CODE = re.compile(r"(?<!\d)(\d{9})(?!\d)")
MANY = 12  # so many differing cells are named in one message


@dataclass
class TownFile:
    """A town's return: its path, its sheets, and the town it is about."""

    path: Path
    shown: str
    town: str
    grids: list[Grid] = field(default_factory=list)

    def sheet(self, title: str) -> Grid | None:
        """The sheet of that title."""
        return next((grid for grid in self.grids if grid.sheet.strip() == title), None)


@dataclass(frozen=True)
class Returns:
    """The frames of all returns and, by town, the file whose form was read."""

    observations: pd.DataFrame
    households: pd.DataFrame
    teams: pd.DataFrame
    forms_in: dict[str, str]


def read_returns(
    desk: Desk, forms: dict[str, str], known: Known, drawn_towns: frozenset[str]
) -> Returns:
    """Every 核查记录 and every form with a file of its own (日常工作).

    `drawn_towns` are the towns with a drawn village: the others need no household
    checks.
    """
    files = [_opened(desk, path, known) for path in _form_files(desk)]
    chosen = _one_file_a_town(desk, [file for file in files if file.grids])
    expected = _expected_sheets(chosen, forms)
    parts: dict[str, list[pd.DataFrame]] = defaultdict(list)
    for file in chosen:
        _check_sheets(desk, file, expected, not drawn_towns or file.town in drawn_towns)
        for title in filter(file.sheet, expected):
            _read_sheet(desk, file, title, forms, known, parts)
    for title, sheet in forms.items():
        table = desk.single(OBSERVATIONS, "returns", title, units_of=_unit_of, whole=known.county)
        parts["observations"].append(_observed(desk, table, sheet, known, ""))
    return Returns(
        _whole(parts["observations"]),
        stacked(parts["households"], HOUSEHOLDS),
        stacked(parts["teams"], TEAMS),
        {file.town: file.shown for file in chosen},
    )


def _whole(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """All observations; `sheet` is the plan's sheet, `form` the sheet of the file."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


def _form_files(desk: Desk) -> list[Path]:
    folder = desk.folder / "returns"
    if not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if path.name.startswith(FORM_FILE) and path.suffix.lower() in ENDINGS
    )


# -- which file is whose -----------------------------------------------------------


def _opened(desk: Desk, path: Path, known: Known) -> TownFile:
    shown = desk.shown(path)
    town = _town_by_name(path.stem, known)
    grids = desk.grids(path, units=(town,) if town else ())
    coded = _TOWN_CODE.search(path.stem)
    if grids and not coded:
        inside = _town_by_content(grids)
        _say_uncoded(desk, shown, town, inside, known)
        town = inside
    elif grids and coded and not known.has(town):
        desk.problems.error(
            Place(shown), "unknown_unit", "文件名里的镇代码不在镇村名单里", found=town
        )
    return TownFile(path, shown, town, grids)


def _town_by_name(stem: str, known: Known) -> str:
    found = _TOWN_CODE.search(stem)
    if found:
        return found.group(1)
    named = [code for code, name in known.towns.items() if name and name in stem]
    return named[0] if len(named) == 1 else ""


def _town_by_content(grids: list[Grid]) -> str:
    """The town most unit codes of the file belong to."""
    towns = Counter(
        text.strip()[:9]
        for grid in grids
        for _, cells in grid.rows
        for text in cells[:1]
        if re.fullmatch(r"\d{9}|\d{12}", text.strip())
    )
    return towns.most_common(1)[0][0] if towns else ""


def _say_uncoded(desk: Desk, shown: str, named: str, inside: str, known: Known) -> None:
    if named and inside and named != inside:
        desk.problems.error(
            Place(shown),
            "file_name",
            f"文件名说的是{known.name(named)}，内容却是{known.name(inside)}",
            found=inside,
            expected=named,
            units=(named, inside),
        )
    elif inside:
        desk.problems.warning(
            Place(shown),
            "file_name",
            f"文件名里没有镇代码，按内容认作{known.name(inside)}（{inside}）",
            expected=f"{FORM_FILE}_{inside}.xlsx",
            units=(inside,),
        )
    else:
        desk.problems.error(
            Place(shown),
            "file_name",
            "文件名和内容里都找不到镇代码，不知道是哪个镇的",
            expected=f"{FORM_FILE}_镇代码.xlsx",
        )


def _one_file_a_town(desk: Desk, files: list[TownFile]) -> list[TownFile]:
    """The files that are their town's only one; the others are said and set aside."""
    by_town: dict[str, list[TownFile]] = defaultdict(list)
    for file in files:
        if file.town:
            by_town[file.town].append(file)
    chosen = []
    for town, group in by_town.items():
        chosen += group if len(group) == 1 else _of_several(desk, town, group)
    return chosen


def _of_several(desk: Desk, town: str, group: list[TownFile]) -> list[TownFile]:
    first, *others = group
    same = True
    for other in others:
        differing = _differences(first, other)
        same = same and not differing
        _say_two(desk, town, first, other, differing)
    for file in others if same else group:
        _put_file_aside(desk, file, "同一镇有两个文件")
    return [first] if same else []


def _say_two(desk: Desk, town: str, first: TownFile, other: TownFile, differing: list[str]) -> None:
    if not differing:
        desk.problems.warning(
            Place(other.shown),
            "two_files",
            f"和 {first.shown} 内容完全相同，这个文件没有用；请删去一个",
            units=(town,),
        )
        return
    listed = "；".join(differing[:MANY]) + (
        f"；等{len(differing)}处" if len(differing) > MANY else ""
    )
    desk.problems.error(
        Place(other.shown),
        "two_files",
        f"和 {first.shown} 是同一个镇的，内容不同（{listed}），两个都不用；请确认后只留一个",
        units=(town,),
    )


def _differences(first: TownFile, other: TownFile) -> list[str]:
    """Cells in which two files differ, in words."""
    found = []
    titles = dict.fromkeys(grid.sheet for file in (first, other) for grid in file.grids)
    for title in titles:
        ones, twos = (
            {} if grid is None else grid.cells()
            for grid in (first.sheet(title), other.sheet(title))
        )
        private = title == HOUSEHOLD_SHEET or title == TEAM_SHEET
        for cell in dict.fromkeys([*ones, *twos]):
            one, two = ones.get(cell, ""), twos.get(cell, "")
            if one != two:
                found.append(
                    f"［{title}］{cell}"
                    + ("" if private else f" “{mask_numbers(one)}”与“{mask_numbers(two)}”")
                )
    return found


def _put_file_aside(desk: Desk, file: TownFile, reason: str) -> None:
    """Count the rows of a file that is not used; what is wrong in them is not said."""
    silent = Desk(desk.folder, type(desk.problems)())
    for grid in file.grids:
        contract = {HOUSEHOLD_SHEET: HOUSEHOLDS, TEAM_SHEET: TEAMS}.get(
            grid.sheet.strip(), OBSERVATIONS
        )
        table = silent.table(grid, contract)
        desk.read[grid.file, grid.sheet] = table.read
        silent.set_aside(table.frame, dict.fromkeys(table.frame.index, reason))
    desk.asides += silent.asides


# -- the sheets of one file -----------------------------------------------------------


def _expected_sheets(files: list[TownFile], forms: dict[str, str]) -> list[str]:
    """The sheets that any town handed in: the others should have them too."""
    titles = [*forms, HOUSEHOLD_SHEET, TEAM_SHEET]
    return [title for title in titles if any(file.sheet(title) for file in files)]


def _read_sheet(
    desk: Desk,
    file: TownFile,
    title: str,
    forms: dict[str, str],
    known: Known,
    parts: dict[str, list[pd.DataFrame]],
) -> None:
    grid = file.sheet(title)
    if title == HOUSEHOLD_SHEET:
        table = desk.table(
            grid, HOUSEHOLDS, lambda raw: _village_or_town(raw.get("village", ""), file.town)
        )
        parts["households"].append(
            _in_town(desk, table.frame, "village", "村代码", file.town, known)
        )
    elif title == TEAM_SHEET:
        parts["teams"].append(desk.table(grid, TEAMS, lambda raw: (file.town,)).frame)
    else:
        table = desk.table(
            grid, OBSERVATIONS, lambda raw: _village_or_town(raw.get("unit", ""), file.town)
        )
        parts["observations"].append(_observed(desk, table, forms[title], known, file.town))


def _check_sheets(desk: Desk, file: TownFile, expected: list[str], drawn: bool) -> None:
    """Say which sheets are not there, and which are there and not read."""
    present = [grid.sheet.strip() for grid in file.grids]
    missing = [title for title in expected if title not in present]
    extra = [grid.sheet for grid in file.grids if grid.sheet.strip() not in expected]
    if missing:
        say = (
            desk.problems.error if drawn or missing != [HOUSEHOLD_SHEET] else desk.problems.warning
        )
        names = "、".join(f"“{title}”" for title in missing)
        empty = not any(grid.cells() for grid in file.grids)
        blank = (
            "，整个工作簿是空的"
            if empty
            else "；" + _likely(missing, extra)
            if _likely(missing, extra)
            else ""
        )
        say(
            Place(file.shown),
            "missing_sheet",
            f"缺少工作表{names}{blank}",
            found="、".join(present),
            units=(file.town,),
        )
    filled = [g.sheet for g in file.grids if g.sheet in extra and not g.own and g.cells()]
    if filled:
        desk.problems.warning(
            Place(file.shown), "extra_sheet", "有没有规定的工作表，未读取：" + "、".join(filled)
        )


def _likely(missing: list[str], extra: list[str]) -> str:
    """Which other sheet may be the missing one, as a question."""
    pairs = [(title, difflib.get_close_matches(title, extra, n=1, cutoff=0.5)) for title in missing]
    return "、".join(
        f"工作表“{near[0]}”是否就是“{title}”？若是，请改名" for title, near in pairs if near
    )


def _village_or_town(code: str, town: str) -> tuple[str, ...]:
    return (code,) if re.fullmatch(r"\d{12}", code) and code.startswith(town) else (town,)


def _unit_of(raw: dict[str, str]) -> tuple[str, ...]:
    unit = raw.get("unit", "")
    return (unit,) if re.fullmatch(r"\d{9}|\d{12}", unit) else ()


def _observed(desk: Desk, table: Table, sheet: str, known: Known, town: str) -> pd.DataFrame:
    """Observations of one sheet, of known units of its own town, with the plan's sheet."""
    frame = _in_town(desk, table.frame, "unit", "单位代码", town, known).rename(
        columns={"sheet": "form"}
    )
    frame.insert(0, "sheet", pd.Series([sheet] * len(frame), dtype="str"))
    return frame


def _in_town(
    desk: Desk, frame: pd.DataFrame, name: str, header: str, town: str, known: Known
) -> pd.DataFrame:
    """The rows whose unit exists and lies in the file's town (any town if blank)."""
    reasons = {}
    for row in rows_of(frame):
        unit = getattr(row, name)
        if not known.has(unit):
            desk.problems.error(
                place_of(row, header),
                "unknown_unit",
                "代码不在镇村名单里",
                found=unit,
                units=(town,) if town else (),
            )
            reasons[row.Index] = "未知的单位代码"
        elif not unit.startswith(town):
            desk.problems.error(
                place_of(row, header),
                "other_town",
                f"是{known.name(unit[:9])}的代码，本文件是{known.name(town)}（{town}）的",
                found=unit,
                units=(town,),
            )
            reasons[row.Index] = "别的镇的记录"
    return desk.set_aside(frame, reasons)


__all__ = ["Returns", "read_returns"]
