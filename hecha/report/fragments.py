"""Fragments: pieces of a page that escape whatever a person typed.

A town may be called `<script>`; it is shown as that text.  Every fragment is made by a
template with escaping on, from plain strings and frames, and can be shown by a
notebook (`_repr_html_`) or put on a page.  Tables have a caption, headers with scope,
and figures set in columns; nothing here rounds or judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from math import isnan
from pathlib import Path

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from hecha.words import mask_text

SHORT = 18
"""rows of a table that is kept on one printed sheet"""
LABELLED = 12
"""columns for which page.css has a label on a card"""
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Fragment:
    """A piece of HTML that is safe to show."""

    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __html__(self) -> str:
        return self.html


@dataclass(frozen=True)
class Column:
    """A column of a table: its name in the frame, its header, and how it is set.

    `number` sets it right-aligned in figures of one width, `head` makes its cells
    headers of their rows, `wide` lets it take what room is left, `keep` does not break it.
    """

    name: str
    label: str
    number: bool = False
    head: bool = False
    wide: bool = False
    keep: bool = False

    @property
    def css(self) -> str:
        """The classes of the column's cells."""
        return " ".join(c for c, on in (("n", self.number), ("w", self.wide), ("k", self.keep))
                        if on)


@cache
def environment() -> Environment:
    """The templates, with escaping on and unknown names refused."""
    found = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True,
                        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.filters["shown"], found.filters["quoted"] = shown, quoted
    return found


def quoted(text: object) -> str:
    r"""A text as CSS writes one, so that a style can show it.

    >>> print(quoted('镇"\\'), quoted("一\r二"))
    "镇\22 \5c " "一\d 二"
    """
    said = mask_text(_TURNING.sub("", str(text)))
    return '"' + "".join(f"\\{ord(c):x} " if c in '"\\;{}<>' or c < " " else c for c in said) + '"'


def render(template: str, **values: object) -> Fragment:
    """A template of this folder, filled."""
    return Fragment(environment().get_template(template).render(**values).strip())


def shown(value: object) -> str:
    """A cell as a reader sees it: blank where nothing is, numbers of persons masked.

    Marks that would turn the direction of the text around are left out.

    >>> shown(None), str(shown("<b>")), str(shown("身份证440524188001010014"))
    ('', '&lt;b&gt;', '身份证440***********0014')
    """
    if value is None or value is pd.NA or (isinstance(value, float) and isnan(value)):
        return ""
    if hasattr(value, "__html__"):
        return Markup(value.__html__())
    return escape(mask_text(_TURNING.sub("", str(value))))


def table(frame: pd.DataFrame, columns: Sequence[Column], caption: str, *,
          note: str = "", total: Sequence[object] = (), marked: Iterable[object] = (),
          stacked: bool = False) -> Fragment:
    """A table of some columns of a frame, whose cells are text or fragments.

    `note` is a line below, `total` the cells of a foot row, `marked` the values of the
    first head column whose rows are set off; a `stacked` table becomes cards on a phone,
    each cell under its column's label, any other is moved sideways within its own frame.
    Raises ValueError for a stacked table of more than LABELLED columns.

    >>> one = pd.DataFrame([["<b>", "90.00"]], columns=["town", "score"])
    >>> made = table(one, [Column("town", "镇", head=True), Column("score", "得分", True)], "得分")
    >>> "&lt;b&gt;" in made.html and '<th scope="row"' in made.html
    True
    """
    if stacked and len(columns) > LABELLED:
        raise ValueError(f"a stacked table has at most {LABELLED} columns, not {len(columns)}")
    keep = frame[[c.name for c in columns]].itertuples(index=False, name=None)
    head = next((i for i, c in enumerate(columns) if c.head), 0)
    marks = {str(m) for m in marked}
    rows = [(cells, str(cells[head]) in marks) for cells in keep]
    return render("table.html", columns=columns, rows=rows, caption=caption, note=note,
                  total=list(total), stacked=stacked, short=len(rows) <= SHORT)


def tiles(figures: Sequence[tuple[object, object, object]]) -> Fragment:
    """Key figures: (what, the figure, a remark), at most one line each.

    >>> "平均" in tiles([("平均", "87.00", "15个镇")]).html
    True
    """
    return render("tiles.html", figures=figures)


def listing(title: str, lines: Iterable[object], kind: str = "", fold: int = 0) -> Fragment:
    """A titled list; without lines it says 无; with `fold`, what is beyond it is folded away."""
    kept = list(lines)
    at = fold if 0 < fold < len(kept) else len(kept)
    return render("listing.html", title=title, lines=kept[:at], more=kept[at:], kind=kind)


def folded(summary: object, content: Fragment, open_: bool = False) -> Fragment:
    """Something folded away under a line that says what it is; on paper it is unfolded.

    >>> folded("其余3条", notice("甲")).html.startswith('<details class="fold"><summary>其余3条')
    True
    """
    return render("folded.html", summary=summary, content=content, open=open_)


def notice(text: object, kind: str = "") -> Fragment:
    """A sentence set off: kind `stop` (something is missing), `doubt`, or plain."""
    return render("notice.html", text=text, kind=kind)


def badge(text: str, kind: str = "") -> Fragment:
    """A word in a box: a grade or a state; the word itself carries the meaning."""
    return render("badge.html", text=text, kind=kind)


def labelled(label: str, text: object) -> Fragment:
    """A line that begins with what it is about.

    >>> labelled("拟表扬", "3个").html
    '<b>拟表扬</b>：3个'
    """
    return render("labelled.html", label=label, text=text)


def unbroken(*words: str) -> Fragment:
    """Words that may part from each other but never break inside (A-22, B-01)."""
    return render("unbroken.html", words=[w for w in words if w])


def heading(title: str, below: str = "") -> Fragment:
    """The page's first heading and the line below it."""
    return render("heading.html", title=title, below=below)


def paragraph(*parts: object) -> Fragment:
    """A paragraph of text and badges."""
    return render("paragraph.html", parts=parts)


def stack(*parts: Fragment | None) -> Fragment:
    """Several fragments, one below the other; those that are None are left out."""
    return Fragment("\n".join(p.html for p in parts if p is not None))
