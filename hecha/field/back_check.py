"""Back-check (复核): which visited households are visited again, by ticket.

Of every checked unit's visited households the smallest tickets of the stage FUCHA are
drawn, so every team is looked at and nobody picks the households.  The seed comes from a
public number thrown after the visits: before them, nobody may know who is looked at twice.
Survey practice goes back to 10–20 % of the forms (World Bank DIME Wiki, Back Checks).
"""

from __future__ import annotations

import pandas as pd

from hecha.field.tickets import in_ticket_order, ticket

STAGE = "FUCHA"
FIRST, RESERVE = "正选", "备选"
COLUMNS = ["town", "village", "household", "choice", "order", "ticket"]


def draw_again(visited: pd.DataFrame, seed: str, each: int, reserves: int = 2) -> pd.DataFrame:
    """The households to visit again: COLUMNS, in the order of town and ticket.

    `visited` has town, village, household; `each` households a town are 正选, the next
    `reserves` 备选 (only for those who cannot be met).  A town with fewer gives all it has.

    >>> frame = pd.DataFrame({"town": "449901100", "village": "449901100200",
    ...                       "household": [f"449901100200{n:04d}" for n in range(1, 6)]})
    >>> drawn = draw_again(frame, "42", each=1, reserves=1)
    >>> drawn[["household", "choice", "order"]].values.tolist()
    [['4499011002000005', '正选', 1], ['4499011002000002', '备选', 1]]
    """
    villages = dict(zip(visited["household"], visited["village"], strict=True))
    rows = []
    for town, group in visited.groupby("town", sort=True):
        order = in_ticket_order(seed, STAGE, group["household"])
        for place, household in enumerate(order[:each + reserves], 1):
            first = place <= each
            rows.append([town, villages[household], household, FIRST if first else RESERVE,
                         place if first else place - each, ticket(seed, STAGE, household)])
    return pd.DataFrame(rows, columns=COLUMNS)


__all__ = ["COLUMNS", "FIRST", "RESERVE", "STAGE", "draw_again"]
