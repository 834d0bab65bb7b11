"""Naming: what a file of a result is called, today.

Until R-20's facts stand, a page, document, workbook or table says so in its very name
(county.未批准.html), because a file travels further than what is printed in it; once the
version is approved the name is plain.  The two files that programs read (results.json,
manifest.json) keep their names and carry the mark inside.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hecha.scoring.results import Results


def marked(name: str, results: Results) -> str:
    """The name a file of these results has: `name`, with the plan's file mark before its ending
    as long as the results carry a mark.

    `name` may have folders (tables/towns.csv); without an ending the mark stands last.
    """
    publication = results.plan.publication
    return with_mark(name, publication.file_mark if results.mark and publication else "")


def with_mark(name: str, mark: str) -> str:
    """A name with a mark before its ending.

    >>> with_mark("tables/towns.csv", "未批准"), with_mark("county", "未批准"), with_mark("a.csv", "")
    ('tables/towns.未批准.csv', 'county.未批准', 'a.csv')
    """
    path = PurePosixPath(name)
    return str(path.with_name(f"{path.stem}.{mark}{path.suffix}")) if mark else name


__all__ = ["marked", "with_mark"]
