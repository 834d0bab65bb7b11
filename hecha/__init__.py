"""hecha 成效核查: from a county's field data to graded towns, every point traced.

Data moves one way, from the plan and the rosters through the ledger (扣分台账) to
scores, grades and reports; each stage takes tables and returns tables.  See
docs/architecture.md for the rooms and what each may know.
"""

__version__ = "0.1.0"
