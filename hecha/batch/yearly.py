"""Last year (上年): a run's kept results, this year's records under its plan, the comparison."""

from __future__ import annotations

from pathlib import Path

from hecha.batch.contents import KEPT, KEPT_YEARS
from hecha.batch.opening import Opened
from hecha.folders import find_kept, write_whole
from hecha.problems import HechaError
from hecha.scoring import Results, score_case, snapshot
from hecha.words import mask_household
from hecha.yearly import Years, as_text, compare


def last_year_results(run: str | Path) -> Results:
    """The results that last year's run kept; `run` is its folder or its results.json.

    Raises NoSuchFolder where there is none, HechaError where it cannot be read.
    """
    return _loaded(find_kept(run, KEPT))


def _loaded(path: Path) -> Results:
    try:
        return snapshot.load(path)
    except (ValueError, KeyError, TypeError) as why:
        raise HechaError(f"上年批次的 {path.name} 读不出来，不是完整的批次结果") from why


def compared(opened: Opened, before: Results) -> Years:
    """This year against last year: the case is scored once more under last year's plan."""
    return compare(before, opened.results, *_crossed(opened, before))


def _crossed(opened: Opened, before: Results) -> tuple[Results | None, str]:
    """This year's records under last year's plan; None, and why, where they cannot be scored."""
    towns = list(opened.results.towns["town"]) if opened.results.partial else []
    try:
        return score_case(before.plan, opened.case, towns), ""
    except HechaError as why:
        return None, mask_household("；".join(str(why).splitlines()))
    except KeyError as why:
        return None, f"今年的记录里没有上年的方案要用的“{mask_household(str(why.args[0]))}”"


def write_years(opened: Opened, before: Results, out: Path) -> Years:
    """Keep the comparison beside a run's results, for its notebook."""
    years = compared(opened, before)
    write_whole(out / KEPT_YEARS, as_text(years, opened.results.mark))
    return years


__all__ = ["KEPT_YEARS", "compared", "last_year_results", "write_years"]
