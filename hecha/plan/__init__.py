"""The plan (方案) as data: load it strictly, show it, let a county decide.

`load_plan` turns a folder of params/ into a frozen :class:`Plan`; nothing else of
the package reads the files.
"""

from hecha.plan.loader import load_plan, read_plan
from hecha.plan.model import Item, Plan
from hecha.plan.parameters import Parameter

__all__ = ["Item", "Parameter", "Plan", "load_plan", "read_plan"]
