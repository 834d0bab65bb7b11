"""The register (整改台账): every item as it stands, as the tables that are told.

`Register.items` is one row an item, people below village level masked; the views count
it by town, as of a day that is given and never taken from the clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import pandas as pd

from hecha.rectification.states import CHAIN, CLOSED, FIELDS, OPEN, Item
from hecha.scoring.results import Results
from hecha.words import mask_text

COLUMNS = ["id", "number", "town", "town_name", "unit", "unit_name", "sheet", "item", "indicator",
           "problem", "source", *FIELDS, "due", "state", "withdrawn", "origin", "issued", "moved",
           "repeated"]
HEADERS = {
    "number": "序号", "problem": "问题", "source": "来源", "indicator": "指标", "measure": "整改措施",
    "lead": "牵头单位", "responsible": "责任单位", "person": "责任人", "due": "时限", "state": "状态",
    "evidence": "佐证", "reviewer": "复核人", "unit": "单位代码", "id": "编号", "town_name": "镇",
    "unit_name": "单位", "issued": "交办日", "moved": "状态登记于", "withdrawn": "撤销",
    "repeated": "上年也有"}
"""the columns of the published table, in its order"""


@dataclass(frozen=True)
class Register:
    """The items of a case.

    `items`: id, number, town, town_name, unit (a household's code masked), unit_name, sheet,
    item, indicator, problem, source, measure, lead, responsible, person, evidence, reviewer,
    due (ISO or blank), state, withdrawn (why, or blank), origin, issued, moved (day of the
    last move), repeated (whether last year's run had it; None where nobody can tell: there is no
    such run, or it did not judge this unit and item).
    `compared`: the year of that run, blank without one.
    """

    items: pd.DataFrame
    compared: str = ""

    @property
    def live(self) -> pd.DataFrame:
        """The items that were not withdrawn."""
        return self.items[self.items["withdrawn"] == ""]

    def left(self) -> pd.DataFrame:
        """What is still open, the earliest term first."""
        frame = self.live[self.live["state"] != CLOSED]
        return frame.sort_values(["due", "id"], key=_blanks_last, kind="stable", ignore_index=True)

    def overdue(self, as_of: date) -> pd.DataFrame:
        """What is open though its term ended before a day, with `late` days."""
        frame = self.left()
        late = pd.Series([(as_of - date.fromisoformat(d)).days if d else 0 for d in frame["due"]],
                         index=frame.index, dtype=object)
        return frame.assign(late=late)[(late > 0).astype(bool)].reset_index(drop=True)

    def progress(self, as_of: date | None) -> pd.DataFrame:
        """town, town_name, count, one column a state, closed (share), overdue, repeated, undated."""
        rows, over = [], self.overdue(as_of)["town"].value_counts() if as_of else {}
        for (town, name), own in self.live.groupby(["town", "town_name"], sort=False):
            states = {s: int((own["state"] == s).sum()) for s in CHAIN}
            open_ = own["state"] != CLOSED
            rows.append({"town": town, "town_name": name, "count": len(own), **states,
                         "closed": Fraction(states[CLOSED], len(own)),
                         "overdue": int(over.get(town, 0)) if as_of else None,
                         "repeated": int((own["repeated"] == True).sum()),  # noqa: E712
                         "undated": int((open_ & (own["due"] == "")).sum())})
        return pd.DataFrame(rows, columns=["town", "town_name", "count", *CHAIN, "closed",
                                           "overdue", "repeated", "undated"], dtype=object)

    def repeated(self) -> pd.DataFrame:
        """The items that last year's run had too."""
        return self.live[self.live["repeated"] == True].reset_index(drop=True)  # noqa: E712


def _blanks_last(column: pd.Series) -> pd.Series:
    return column.map(lambda text: text or "~")


def register_of(results: Results, items: Iterable[Item],
                last_year: Mapping[tuple[str, str, str], bool] | None = None,
                compared: str = "") -> Register:
    """The register of items; `last_year` tells which (sheet, unit, item) were judged then, and
    whether they lost points."""
    order = {town: n for n, town in enumerate(results.units.towns)}
    rows = [_row(results, item, last_year or {}) for item in items]
    rows.sort(key=lambda r: (order.get(r["town"], len(order)), r["origin"] != "ledger"))
    return Register(pd.DataFrame(rows, columns=COLUMNS, dtype=object), compared)


def _row(results: Results, item: Item, before: Mapping) -> dict[str, object]:
    asked = item.asked
    key = (asked["sheet"], asked["unit"], asked["item"])
    named = asked["item"] and asked["unit"] in results.units.names
    again = before.get(key) if named else None
    told = {k: mask_text(v) for k, v in {**asked, **item.filled}.items()}
    return told | {
        "id": asked["id"], "town_name": results.units.names.get(asked["town"], asked["town"]),
        "state": item.state, "withdrawn": item.withdrawn, "issued": item.issued,
        "moved": item.moves[-1].at[:10] if item.moves else "", "repeated": again}


def published(register: Register) -> pd.DataFrame:
    """The register as a table for CSV, headers in Chinese."""
    frame = register.items[list(HEADERS)].rename(columns=HEADERS)
    said = {True: "是", False: "否", None: ""}
    return frame.assign(上年也有=frame["上年也有"].map(said.get))


def as_text(register: Register, mark: str = "") -> str:
    """The register as JSON text, kept beside a run's results, with the mark they carry."""
    rows = register.items.astype(object).to_numpy().tolist()
    return json.dumps({"mark": mark, "compared": register.compared, "columns": COLUMNS, "rows": rows},
                      ensure_ascii=False, indent=0)


def from_text(text: str) -> Register:
    """The register of a JSON text."""
    kept = json.loads(text)
    return Register(pd.DataFrame(kept["rows"], columns=kept["columns"], dtype=object),
                    kept["compared"])


__all__ = ["COLUMNS", "HEADERS", "OPEN", "Register", "as_text", "from_text", "published",
           "register_of"]
