"""Known units: which towns and villages there are, and what they are called.

Codes decide; names only confirm, within their town, because village names repeat
in a county.  村民委员会, 村委会 and 村 are one name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from hecha.case.desk import rows_of
from hecha.points import narrow
from hecha.problems import Place, Problems

_OFFICE = re.compile(r"(村民委员会|村委会|社区居民委员会|社区居委会|居民委员会|居委会)$")
_KIND = re.compile(r"(社区|村|林场|镇|乡)$")


def plain_name(name: str) -> str:
    """A village's or town's name without the word for what it is.

    >>> plain_name("石洞村委会") == plain_name("石洞村民委员会") == plain_name("石洞村")
    True
    >>> plain_name("东村村委会") == plain_name("东村")
    True
    """
    clean = re.sub(r"\s+", "", narrow(name))
    return _KIND.sub("", _OFFICE.sub("", clean)) or clean


@dataclass(frozen=True)
class Known:
    """Names of the towns and villages by code; empty where no list was handed in."""

    towns: dict[str, str] = field(default_factory=dict)
    villages: dict[str, str] = field(default_factory=dict)
    tasked: frozenset[str] = frozenset()

    @classmethod
    def of(cls, villages: pd.DataFrame) -> Known:
        """From the case's `villages` frame."""
        return cls(
            dict(zip(villages.town, villages.town_name, strict=True)),
            dict(zip(villages.village, villages.village_name, strict=True)),
            frozenset(villages.town[villages.has_task.astype(bool)]),
        )

    @property
    def county(self) -> tuple[str, ...]:
        """All towns with a task: whose scores are in doubt when a county-wide file is."""
        return tuple(sorted(self.tasked))

    def has(self, code: str) -> bool:
        """Whether the town, or the village, or the household's village, exists.

        >>> Known({"449901100": "云城镇"}).has("449901190"), Known().has("449901190")
        (False, True)
        """
        if not self.towns:
            return True
        return code in self.towns if len(code) == 9 else code[:12] in self.villages

    def name(self, code: str) -> str:
        """The unit's name, blank if unknown."""
        return self.towns.get(code, "") if len(code) == 9 else self.villages.get(code[:12], "")

    def confirms(self, code: str, name: str) -> bool:
        """Whether a name that stands beside a code belongs to it (a blank name says nothing).

        A town's name may stand before the village's.
        """
        known = self.name(code)
        if not known or not name.strip():
            return True
        plain = plain_name(name)
        town = self.name(code[:9]) if len(code) > 9 else ""
        return plain_name(known) in (plain, plain_name(narrow(name).strip().removeprefix(town)))


def check_village_list(frame: pd.DataFrame, problems: Problems) -> None:
    """Codes of the village list nest, and a town or county has one name."""
    names: dict[str, str] = {}
    for row in rows_of(frame):
        place = Place(row.file, row.sheet, row.row)
        if not row.village.startswith(row.town):
            problems.error(
                place.at("村代码"),
                "code_nesting",
                f"村代码不以镇代码{row.town}开头",
                found=row.village,
                units=(row.town,),
            )
        if not row.town.startswith(row.county):
            problems.error(
                place.at("镇代码"),
                "code_nesting",
                f"镇代码不以县代码{row.county}开头",
                found=row.town,
                units=(row.town,),
            )
        for code, name, column in (
            (row.town, row.town_name, "镇名称"),
            (row.county, row.county_name, "县名称"),
        ):
            if names.setdefault(code, name) != name:
                problems.error(
                    place.at(column),
                    "name_mismatch",
                    f"代码{code}在前面的行里叫“{names[code]}”",
                    found=name,
                    units=(row.town,),
                )
