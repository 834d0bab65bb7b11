"""The case (卷宗): one county-year as it was handed in.

:func:`load_case` reads the folder's rosters, draw and returns, checks types,
codes, keys and cross references, and hands up what can be trusted together with
every problem found.  It knows no number of the plan.
"""

from hecha.case.loading import Case, bears_on_scores, load_case

__all__ = ["Case", "bears_on_scores", "load_case"]
