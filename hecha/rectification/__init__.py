"""Rectification (整改): the ledger's losses as items that a town works off, until each is closed.

`items` makes them (pure), `states` moves them along 未整改 → 整改中 → 待复核 → 销号 (pure),
`standing` says what the book lacks of what was scored and handed in (pure), `workbook`
is the form a town fills, `register` the tables that are told.  What happened is kept in
the case's `.hecha/rectification.sqlite`; see hecha.batch.rectifying.
"""

from hecha.rectification.items import Asked, ledger_items
from hecha.rectification.register import Register, as_text, from_text, register_of
from hecha.rectification.states import CHAIN, FIELDS, Item, NotAllowed, replay

__all__ = ["CHAIN", "FIELDS", "Asked", "Item", "NotAllowed", "Register", "as_text", "from_text",
           "ledger_items", "register_of", "replay"]
