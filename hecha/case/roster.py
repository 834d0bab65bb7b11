"""The roster (花名册): persons and households, one file a town.

Who exists and who may be drawn.  A person's number is checked, households are
counted and compared with themselves; a person's fault moves no score, so these
problems name no units.  A row whose village does not exist, or is not its
household's, is set aside; a person whose number is wrong stays a member, with
the number as typed in no frame: it becomes blank.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from hecha.case.desk import Desk, given, place_of, rows_of, stacked
from hecha.case.identity import Identity, read_identity
from hecha.case.known import Known
from hecha.case.shapes import PERSONS
from hecha.problems import Place
from hecha.words import mask_identity, mask_name

_TOWN_CODE = re.compile(r"(?<!\d)(\d{9})(?!\d)")
# columns that repeat on every row of a household
_REPEATED = (
    ("head", "户主姓名"),
    ("members", "家庭人口"),
    ("household_kind", "户属性"),
    ("exit_year", "脱贫年度"),
    ("status", "状态"),
    ("reported_income", "上报人均可支配收入"),
)


@dataclass(frozen=True)
class Roster:
    """`frame` of the persons; `unread`: towns whose file could not be read."""

    frame: pd.DataFrame
    unread: frozenset[str]


def read_persons(desk: Desk, known: Known) -> Roster:
    """All roster files of the folder roster/花名册 (or the one file of that name)."""
    frames, unread = [], set()
    for path in _files(desk):
        found = _TOWN_CODE.search(path.stem)
        town = found.group(1) if found else ""
        grids = desk.grids(path)
        if not grids:
            unread.add(town)
            continue
        grid = desk.sheet_of(path, grids, "花名册")
        if grid is not None:
            frames.append(_town_roster(desk, grid, town, known))
    persons = stacked(frames, PERSONS)
    _check_persons_once(desk, persons)
    return Roster(persons, frozenset(unread))


def _files(desk: Desk) -> list[Path]:
    folder = desk.folder / "roster" / "花名册"
    if folder.is_dir():
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in (".xlsx", ".csv", ".xls")
            and not path.name.startswith(("~$", "."))
        )
    single = desk.find("roster", "花名册")
    return [single] if single else []


def _town_roster(desk: Desk, grid, town: str, known: Known) -> pd.DataFrame:
    table = desk.table(grid, PERSONS)
    frame = table.frame
    _check_households(desk, frame, _year_of(table.preamble))
    reasons = _check_codes(desk, frame, town, known)
    frame = frame.assign(identity=_checked_identities(desk, frame))
    reasons |= _same_rows(desk, frame)
    return desk.set_aside(frame, reasons)


def _check_codes(desk: Desk, frame: pd.DataFrame, town: str, known: Known) -> dict[int, str]:
    """Rows whose village is unknown, of another town, or not the household's."""
    reasons, misnamed = {}, {}
    for row in rows_of(frame):
        if not known.has(row.village):
            desk.problems.error(
                place_of(row, "村代码"), "unknown_unit", "村代码不在镇村名单里", found=row.village
            )
            reasons[row.Index] = "未知的村代码"
        elif not row.village.startswith(town):
            desk.problems.error(
                place_of(row, "村代码"),
                "other_town",
                f"不是本文件所属镇（{town}）的村",
                found=row.village,
            )
            reasons[row.Index] = "别的镇的记录"
        elif not row.household.startswith(row.village):
            desk.problems.error(
                place_of(row, "户编号"),
                "code_nesting",
                f"户编号不以村代码{row.village}开头",
                found=row.household,
            )
            reasons[row.Index] = "户编号与村代码不符"
        elif not known.confirms(row.village, row.village_name):
            misnamed.setdefault((row.village, row.village_name), []).append(row)
    for (village, name), rows in misnamed.items():
        more = f"（本文件共{len(rows)}行如此）" if len(rows) > 1 else ""
        desk.problems.error(
            place_of(rows[0], "村名"),
            "name_mismatch",
            f"村代码{village}在镇村名单里是“{known.name(village)}”，按代码读取，请核对{more}",
            found=name,
        )
    return reasons


# -- identity numbers ----------------------------------------------------------------


def _checked_identities(desk: Desk, frame: pd.DataFrame) -> pd.Series:
    """Every number cleaned; blank where it may not be believed."""
    numbers = []
    for row in rows_of(frame):
        numbers.append(_checked_identity(desk, row) if row.identity else "")
    return pd.Series(numbers, dtype="str", index=frame.index)


def _checked_identity(desk: Desk, row) -> str:
    read = read_identity(row.identity)
    place, shown = place_of(row, "证件号码"), mask_identity(row.identity)
    if read.fault:
        desk.problems.error(place, *read.fault, found=shown)
        return ""
    if read.number != row.identity:
        desk.problems.warning(
            place,
            "identity_typing",
            "证件号码里有小写x、全角、空格或撇号，已按规范写法读取",
            found=shown,
        )
    if read.old:
        desk.problems.warning(place, "old_identity", "是15位旧身份证号，请补为18位", found=shown)
    if row.sex and read.sex != row.sex:
        desk.problems.warning(
            place_of(row, "性别"),
            "sex",
            f"性别与身份证号第17位不符（号码对应“{read.sex}”）",
            found=row.sex,
        )
    _check_card(desk, row, read)
    return read.number


def _check_card(desk: Desk, row, read: Identity) -> None:
    if row.disability != read.disability and not read.old:
        says = f"残疾证号对应“{read.disability}”" if read.disability else "证件号码不是20位残疾证号"
        desk.problems.warning(
            place_of(row, "残疾类别等级"),
            "disability",
            f"与证件号码不一致（{says}）",
            found=row.disability,
        )


def _check_persons_once(desk: Desk, frame: pd.DataFrame) -> None:
    """One person stands in one place: the same number twice is an error at each place."""
    places: dict[str, list] = defaultdict(list)
    for row in rows_of(frame):
        if row.identity:
            places[row.identity[:18]].append(row)
    for number, rows in places.items():
        if len(rows) > 1:
            _say_twice(desk, number, rows)


def _say_twice(desk: Desk, number: str, rows: list) -> None:
    for row in rows:
        others = "、".join(
            f"{other.file}第{other.row}行（户{other.household}）"
            for other in rows
            if other is not row
        )
        desk.problems.error(
            place_of(row, "证件号码"),
            "same_person",
            f"同一证件号码还在{others}",
            found=mask_identity(number),
        )


# -- households ----------------------------------------------------------------------


def _same_rows(desk: Desk, frame: pd.DataFrame) -> dict[int, str]:
    """A row that repeats another in every cell: the first is kept."""
    content = [column for column in frame.columns if column not in ("file", "sheet", "row")]
    repeated = frame[frame.duplicated(content, keep="first")]
    first = {}
    for row in rows_of(frame[frame.household.isin(set(repeated.household))]):
        first.setdefault((row.household, row.person, row.identity), row.row)
    for row in rows_of(repeated):
        before = first[row.household, row.person, row.identity]
        desk.problems.error(
            place_of(row, "户编号"),
            "duplicate_row",
            f"和第{before}行完全相同，只用前一行",
            found=row.household,
        )
    return dict.fromkeys(repeated.index, "与前面的行完全相同")


def _check_households(desk: Desk, frame: pd.DataFrame, year: int | None) -> None:
    """Each household is counted, and repeats itself on all its rows."""
    households: dict[str, list] = defaultdict(list)
    for row in rows_of(frame):
        households[row.household].append(row)
    for rows in households.values():
        if len(rows) > 1:
            _check_repeated(desk, rows)
        _check_count(desk, rows)
        _check_year(desk, rows[0], year)


def _check_repeated(desk: Desk, rows: list) -> None:
    for name, header in _REPEATED:
        values = Counter(value for row in rows if given(value := getattr(row, name)))
        if len(values) < 2:
            continue
        usual = values.most_common(1)[0][0]
        for row in rows:
            if given(value := getattr(row, name)) and value != usual:
                desk.problems.error(
                    place_of(row, header),
                    "household_differs",
                    "与本户其他行不一致",
                    found=_shown(name, value),
                    expected=_shown(name, usual),
                )


def _shown(name: str, value: object) -> str:
    if name == "head":
        return mask_name(str(value))
    return f"{int(value) / 100:.2f}" if name == "reported_income" else str(value)


def _check_count(desk: Desk, rows: list) -> None:
    stated = next((row.members for row in rows if given(row.members)), None)
    different = {(row.person, row.identity) for row in rows}
    if stated is not None and stated != len(different):
        desk.problems.error(
            place_of(rows[0], "家庭人口"),
            "members_count",
            f"登记家庭人口{stated}人，名单上有{len(different)}人",
            found=str(stated),
            expected=str(len(different)),
        )


def _check_year(desk: Desk, row, year: int | None) -> None:
    if year and given(row.exit_year) and row.exit_year > year:
        desk.problems.error(
            place_of(row, "脱贫年度"), "year", f"晚于本表的统计年份{year}", found=str(row.exit_year)
        )


def _year_of(preamble: str) -> int | None:
    """The year of the roster's own cut-off, from the lines above its header."""
    found = re.search(r"统计截止\D{0,3}(20\d\d)", preamble) or re.search(
        r"导出时间\D{0,3}(20\d\d)", preamble
    )
    return int(found.group(1)) if found else None


__all__ = ["Place", "Roster", "read_persons"]
