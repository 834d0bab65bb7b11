"""Tables: reading what people send, and writing what they open.

Files become grids (:mod:`~hecha.tables.files`, behind
:mod:`~hecha.tables.preflight`), grids become frames under a contract
(:mod:`~hecha.tables.contract`), frames become files
(:mod:`~hecha.tables.writing`).
"""

from hecha.tables.contract import Aside, Column, Contract, Table, read_table
from hecha.tables.files import grids_of, read_grids
from hecha.tables.grid import Fault, Grid, cell_name, cell_text, column_letter

__all__ = [
    "Aside",
    "Column",
    "Contract",
    "Fault",
    "Grid",
    "Table",
    "cell_name",
    "cell_text",
    "column_letter",
    "grids_of",
    "read_grids",
    "read_table",
]
