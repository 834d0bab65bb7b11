"""A row of the ledger (扣分台账): one point lost or gained, and why.

The ledger is the heart: nothing else moves a score, and for every sheet
``total − score`` is the sum of its rows, exactly.  A positive `points` is a loss, a
negative one a gain (given back, added, rescaled).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from hecha.plan import Item

RowType = Literal["deduction", "shortfall", "cap", "gate", "give_back", "extra", "fraud",
                  "rescaling", "penalty", "external", "clamp"]

TYPE_NAMES: dict[str, str] = {
    "deduction": "扣分", "shortfall": "未得分", "cap": "封顶退还", "gate": "一票",
    "give_back": "组内封顶退还", "extra": "另加另扣", "fraud": "弄虚作假", "rescaling": "缺项折算",
    "penalty": "扣罚", "external": "上级结果", "clamp": "封顶保底",
}


@dataclass(frozen=True)
class Part:
    """What a rule says of one measure: how many, at what price, how many points lost."""

    type: RowType
    measure: str
    points: Fraction
    sentence: str
    count: Fraction | None = None
    price: Fraction | None = None


@dataclass(frozen=True)
class Row:
    """A ledger row: the key (sheet, unit, item), the part, the law and the evidence."""

    sheet: str
    unit: str
    item: str
    part: Part
    clause: str
    basis: str
    reading: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def points(self) -> Fraction:
        """Points lost (positive) or gained (negative)."""
        return self.part.points


def item_row(sheet: str, unit: str, item: Item, part: Part, evidence: tuple[str, ...]) -> Row:
    """A row of an item, standing on the item's clause and readings."""
    return Row(sheet, unit, item.code, part, item.clause, item.basis, item.reading, evidence)
