"""Year on year (年度对比): what changed in a town's work, and what only in how it is scored.

Last year's run is a snapshot: results and the plan they were made by, no records.  So this
year's records are scored once more under last year's plan; what that differs from last
year's score is performance (工作变化), what it differs from this year's is method
(办法变化).  Items of one plan alone, and items that last year's plan cannot score from this
year's records, are divided no further and say so.  All sums are exact.
"""

from hecha.yearly.comparing import KINDS, Years, compare
from hecha.yearly.keeping import as_text, from_text

__all__ = ["KINDS", "Years", "as_text", "compare", "from_text"]
