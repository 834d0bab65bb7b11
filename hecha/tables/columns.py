"""Columns: what a table must have, declared.

A contract is data: English names, Chinese headers, kinds, and what becomes of a
row or a score when a cell cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from hecha.tables.kinds import TEXT, Kind
from hecha.words import mask_numbers

LONGEST_QUOTE = 60


@dataclass(frozen=True)
class Column:
    """A declared column: English `name`, Chinese `header`, `kind` of its cells.

    `filled`: the cell may not be blank.  `vital`: a row whose cell here cannot be
    used is set aside, whole (default: as `filled`); otherwise the problem is said
    and the cell becomes blank.  `absent`: the whole column may be missing.
    `aliases` are accepted as the header, with a remark.  `doubt`: a bad cell makes
    the score of the row's units doubtful (default: as `vital`).  `mask` is applied
    to what a problem quotes.
    """

    name: str
    header: str
    kind: Kind = TEXT
    filled: bool = True
    vital: bool | None = None
    absent: bool = False
    aliases: tuple[str, ...] = ()
    doubt: bool | None = None
    mask: Callable[[str], str] = mask_numbers

    @property
    def is_vital(self) -> bool:
        """Whether a row lives or dies by this cell."""
        return self.filled if self.vital is None else self.vital

    @property
    def is_doubtful(self) -> bool:
        """Whether a bad cell here touches a score."""
        return self.is_vital if self.doubt is None else self.doubt

    @property
    def dtype(self) -> str:
        """The frame's type: the kind's where no cell can be blank, else object."""
        whole = self.kind.texts or (self.filled and self.is_vital)
        return self.kind.dtype if whole else "object"


@dataclass(frozen=True)
class Contract:
    """The declared shape of a table; `key` columns name a row and may not repeat."""

    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def empty(self) -> pd.DataFrame:
        """The frame of a table without rows.

        >>> Contract("镇", (Column("town", "镇代码"),)).empty().columns.tolist()
        ['town', 'file', 'sheet', 'row']
        """
        return frame_of(self, {column.name: [] for column in self.columns}, "", "", [])


def frame_of(
    contract: Contract, data: dict[str, list], file: str, sheet: str, numbers: list[int]
) -> pd.DataFrame:
    """Columns of values as a frame of the contract's types, with `file`, `sheet`, `row`."""
    series = {
        column.name: pd.Series(data[column.name], dtype=column.dtype) for column in contract.columns
    }
    series["file"] = pd.Series([file] * len(numbers), dtype="str")
    series["sheet"] = pd.Series([sheet] * len(numbers), dtype="str")
    series["row"] = pd.Series(numbers, dtype="int64")
    return pd.DataFrame(series)


def quoted(column: Column, text: str) -> str:
    """What stood in a cell: masked, on one line, and not too long.

    >>> quoted(Column("note", "备注"), "身份证\\n440524188001010014")
    '身份证 440***********0014'
    """
    masked = " ".join(mask_numbers(column.mask(text)).split()) if text else ""
    return masked if len(masked) <= LONGEST_QUOTE else masked[:LONGEST_QUOTE] + "…"
