"""Problems: what is wrong, said all at once, in the reader's coordinates.

A clerk fixes a file once, so everything wrong with it is said together: file,
sheet, row, column, what was found, what was expected, in plain Chinese.  Rooms
collect :class:`Problem` objects in a :class:`Problems` and hand them up; nobody
raises at the first one.  A problem names the units (towns, villages) whose score
it makes doubtful, so that the other towns are still reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

Severity = Literal["error", "warning"]
SEVERITY_NAMES = {"error": "错误", "warning": "提示"}


@dataclass(frozen=True, order=True)
class Place:
    """Where a reader finds it: file, sheet, row as the spreadsheet counts, column.

    >>> print(Place("returns/日常工作.xlsx", "日常工作", 29, "数值"))
    returns/日常工作.xlsx［日常工作］第29行「数值」列
    """

    file: str = ""
    sheet: str = ""
    row: int = 0
    column: str = ""

    def __str__(self) -> str:
        sheet = f"［{self.sheet}］" if self.sheet else ""
        row = f"第{self.row}行" if self.row else ""
        column = f"「{self.column}」列" if self.column else ""
        return f"{self.file}{sheet}{row}{column}"

    def at(self, column: str) -> Place:
        """The same row, another column."""
        return replace(self, column=column)


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong.

    `code` names the check (`number`, `unknown_unit` …); `units` are the town or
    village codes whose score may not be believed because of it; `found` is the
    text that stood there (already masked where it identifies a person).
    """

    place: Place
    code: str
    message: str
    found: str = ""
    expected: str = ""
    severity: Severity = "error"
    units: tuple[str, ...] = ()

    def __str__(self) -> str:
        found = f"，填的是“{self.found}”" if self.found else ""
        expected = f"；应为：{self.expected}" if self.expected else ""
        where = f"{self.place}：" if str(self.place) else ""
        return f"{SEVERITY_NAMES[self.severity]} {where}{self.message}{found}{expected}"


@dataclass
class Problems:
    """A collector of problems; the same one is passed through a whole stage.

    >>> problems = Problems()
    >>> problems.error(Place("a.csv", "", 2, "数值"), "number", "不是数字", found="abc")
    >>> print(problems)
    错误 a.csv第2行「数值」列：不是数字，填的是“abc”
    """

    found: list[Problem] = field(default_factory=list)

    def error(self, place: Place, code: str, message: str, *, found: object = "",
              expected: str = "", units: Iterable[str] = ()) -> None:
        """Something that may not be believed."""
        self.found.append(
            Problem(place, code, message, str(found), expected, "error", tuple(units)))

    def warning(self, place: Place, code: str, message: str, *, found: object = "",
                expected: str = "", units: Iterable[str] = ()) -> None:
        """Something that only deserves a remark."""
        self.found.append(
            Problem(place, code, message, str(found), expected, "warning", tuple(units)))

    def extend(self, others: Iterable[Problem]) -> None:
        """Take over what another room found."""
        self.found.extend(others)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)

    @property
    def errors(self) -> list[Problem]:
        """The errors alone, in the order found."""
        return [p for p in self.found if p.severity == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """The warnings alone, in the order found."""
        return [p for p in self.found if p.severity == "warning"]

    def of(self, unit: str) -> list[Problem]:
        """Problems that touch a unit or, for a town, one of its villages."""
        return [p for p in self.found if any(u.startswith(unit) for u in p.units)]

    def raise_if_errors(self, title: str) -> None:
        """Stop here, with all of them, if there is an error."""
        if self.errors:
            raise Refused(title, self.errors)

    def __str__(self) -> str:
        return "\n".join(str(p) for p in self.found)


class HechaError(Exception):
    """Something the user can act on: shown without a traceback, with an exit code."""

    exit_code = 2


class Refused(HechaError):
    """An input was refused; carries every problem that led to it.

    >>> print(Refused("方案有误", [Problem(Place("plan.yaml"), "x", "缺少键")]))
    方案有误（1处）：
      错误 plan.yaml：缺少键
    """

    def __init__(self, title: str, problems: Iterable[Problem]) -> None:
        self.title, self.problems = title, list(problems)
        super().__init__(title)

    def __str__(self) -> str:
        lines = [f"{self.title}（{len(self.problems)}处）："]
        return "\n".join(lines + [f"  {p}" for p in self.problems])
