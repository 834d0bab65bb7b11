"""Charts: six plain ways to see scores, drawn to be read on a phone.

A chart is an SVG whose text stays text, in the page's own font and measured with it, so
that it is searchable and prints sharp; the same values give the same bytes.  It says in
words what it shows (the alternative text, made from the values and never empty), and
carries its figures as a table.  Colours are few and safe for the colour-blind: one for
values, one accent for the town in question, one for losses; a meaning never hangs on
colour alone.  Only this module uses matplotlib's figure machinery.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from itertools import pairwise
from typing import Literal
from xml.etree import ElementTree

import matplotlib
import pandas as pd
from markupsafe import Markup
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure as Canvas
from matplotlib.ft2font import LoadFlags
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.ticker import MultipleLocator

from hecha.points import Exact, publish, rounded
from hecha.report import fonts, fragments
from hecha.report.fragments import Column, Fragment

INK, MUTED, FAINT = "#1b2733", "#5b6670", "#d9dee3"
VALUE, ACCENT, LOSS, GAIN = "#7d93a8", "#0b4f8a", "#c2571a", "#2b7a78"
WIDTH = 380
"""Points across; on a phone of 390 px the text is still 10 px high."""
ROW = 21
TILES, TILE = 5, 46
"""tiles side by side on a tile map, and the height of one in points"""
FOLD = 9
"""characters of a name on one line"""
_SVG = "http://www.w3.org/2000/svg"
_NEEDLESS = (f"{{{_SVG}}}metadata", f"{{{_SVG}}}style")
_UNSEEN = re.compile("[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
_MEASURED = "Hecha measured"
_NAME_SIZE = 11
_SHADES = LinearSegmentedColormap.from_list("share", ["#b5481b", "#eeb38c", "#f4f1ea", "#a9c6dd",
                                                      "#2f6ea5"])


class NoAlternative(ValueError):
    """A chart without a sentence that says what it shows."""


@dataclass(frozen=True)
class Figure:
    """A chart: its title, what it shows in words, the drawing, and its figures.

    `caption` says how to read it; `headers` and `rows` are the data as published;
    `kind` is a class for the page. Raises NoAlternative when `alt` is empty.
    """

    title: str
    alt: str
    svg: str
    caption: str = ""
    headers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    kind: str = field(default="chart")

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise NoAlternative(f"图“{self.title}”没有替代文字")

    @property
    def fragment(self) -> Fragment:
        """The chart as a piece of a page."""
        frame = pd.DataFrame(self.rows, columns=list(self.headers), dtype=object)
        columns = [Column(h, h, number=i > 0, head=i == 0) for i, h in enumerate(self.headers)]
        data = fragments.table(frame, columns, f"{self.title}（数据）")
        return fragments.render("figure.html", title=self.title, alt=self.alt, data=data,
                                caption=self.caption, kind=self.kind, svg=Markup(self.svg))

    def _repr_html_(self) -> str:
        return self.fragment.html


@dataclass(frozen=True)
class Line:
    """A line across a chart, such as a grade's lower bound: its value and its name."""

    value: Exact
    name: str


def ranked_bars(names: Sequence[str], values: Sequence[Exact], lines: Sequence[Line], *,
                title: str, alt: str, caption: str = "", accent: str = "",
                value_name: str = "得分") -> Figure:
    """Horizontal bars in the order given, with lines across and each value at its end.

    >>> ranked_bars(["甲镇", "乙镇"], [91, 85], [Line(90, "好")], title="综合评价",
    ...             alt="柱状图：2个镇，最高甲镇91分").rows
    (('甲镇', '91.00'), ('乙镇', '85.00'))
    """
    canvas, axes = _canvas(len(names) * ROW + 34, left=_room(names), top=22, bottom=8, right=42)
    numbers = [float(v) for v in values]
    colours = [ACCENT if name == accent else VALUE for name in names]
    axes.barh(range(len(names)), numbers, height=0.66, color=colours, zorder=2)
    axes.set_xlim(0, max(100, *numbers))
    _rows(axes, names, accent)
    _lines(axes, lines, len(names))
    _figures(axes, map(_figure, values))
    return Figure(title, alt, _svg(canvas, title), caption, ("名称", value_name),
                  _pairs(names, values))


def waterfall(steps: Sequence[tuple[str, Exact]], lines: Sequence[Line], *, start: Exact,
              start_name: str, end_name: str, title: str, alt: str, caption: str = "") -> Figure:
    """From the start down to the end, a step a row; a positive step is a loss.

    >>> waterfall([("责任落实", 3), ("上级结果", -1)], [], start=100, start_name="满分",
    ...           end_name="综合评价", title="怎样到98分", alt="瀑布图：从100分到98分").rows[-1]
    ('综合评价', '98.00')
    """
    names = [start_name, *(n for n, _ in steps), end_name]
    canvas, axes = _canvas(len(names) * ROW + 34, left=_room(names), top=22, bottom=8, right=44)
    edges = _edges(start, steps)
    for row, (before, after) in enumerate(pairwise(edges), start=1):
        axes.barh(row, float(after - before), left=float(before), height=0.66, zorder=2,
                  color=LOSS if after < before else GAIN)
    for row, edge in enumerate(edges):
        axes.plot([float(edge)] * 2, [row - 0.33, row + 1.33], color=MUTED, lw=0.6, zorder=1)
    for row, total in ((0, start), (len(names) - 1, edges[-1])):
        axes.barh(row, float(total), height=0.66, color=ACCENT, zorder=2)
    figures = [str(publish(start)), *(_signed(-p) for _, p in steps), str(publish(edges[-1]))]
    axes.set_xlim(0, float(max(edges)))
    _figures(axes, figures)
    _rows(axes, names, "")
    _lines(axes, lines, len(names))
    return Figure(title, alt, _svg(canvas, title), caption, ("步骤", "分"),
                  tuple(zip(names, figures, strict=True)))


def _edges(start: Exact, steps: Iterable[tuple[str, Exact]]) -> list[Exact]:
    """Where each step ends, the start first."""
    edges = [start]
    for _, points in steps:
        edges.append(edges[-1] - points)
    return edges


def heat_map(rows: Sequence[str], columns: Sequence[str],
             shares: Sequence[Sequence[Exact | None]], *, title: str, alt: str,
             caption: str = "", accent: str = "") -> Figure:
    """A grid of shares (0–1) with each share in its cell; a missing one is a dash.

    >>> heat_map(["甲镇"], ["责任落实", "政策落实"], [[1, None]], title="得分率",
    ...          alt="热力图：1个镇、2项指标").rows
    (('甲镇', '100', '—'),)
    """
    lines = [_broken(name, 3) for name in columns]
    top = max(text.count("\n") + 1 for text in lines) * 12.5 + 8
    canvas, axes = _canvas(len(rows) * ROW + top + 4, left=_room(rows), top=top, bottom=4, right=2)
    floor = min((float(s) for line in shares for s in line if s is not None), default=0.0)
    for y, line in enumerate(shares):
        for x, share in enumerate(line):
            _cell(axes, x, y, share, min(floor, 0.5))
    _rows(axes, rows, accent)
    axes.set_xlim(-0.5, len(columns) - 0.5)
    for x, text in enumerate(lines):
        axes.text(x, -0.62, text, ha="center", va="bottom", fontsize=9, linespacing=1.15, color=INK)
    table = tuple((name, *(_percent(s) for s in line))
                  for name, line in zip(rows, shares, strict=True))
    return Figure(title, alt, _svg(canvas, title), caption, ("名称", *columns), table, "chart wide")


def stacked_bars(names: Sequence[str], parts: Sequence[str],
                 shares: Sequence[Sequence[Exact | None]], *, title: str, alt: str,
                 caption: str = "", open_part: str = "") -> Figure:
    """Bars of one length, divided into parts from the best at the left; shares (0–1) add to 1.

    `open_part` names a part that is neither good nor bad, in grey.

    >>> from fractions import Fraction
    >>> stacked_bars(["甲县"], ["好", "差"], [[Fraction(3, 4), Fraction(1, 4)]], title="等次",
    ...              alt="堆叠柱状图：1个县").rows
    (('甲县', '75', '25'),)
    """
    canvas, axes = _canvas(len(names) * ROW + 34, left=_room(names), top=24, bottom=6, right=2)
    graded = [part for part in parts if part != open_part]
    colours = [FAINT if part == open_part else _SHADES(1 - graded.index(part) / max(len(graded) - 1, 1))
               for part in parts]
    for y, line in enumerate(shares):
        edge = 0.0
        for n, share in enumerate(line):
            wide = float(share or 0)
            axes.add_patch(Rectangle((edge, y - 0.36), wide, 0.72, lw=0.6, ec="white", fc=colours[n]))
            if wide > 0.06:
                axes.text(edge + wide / 2, y, _percent(share), ha="center", va="center", fontsize=9,
                          color="white" if parts[n] in (graded[0], graded[-1]) else INK)
            edge += wide
    _rows(axes, names, "")
    axes.set_xlim(0, 1)
    for n, part in enumerate(parts):
        at = (n + 0.1) / len(parts)
        axes.add_patch(Rectangle((at, -1.05), 0.025, 0.36, lw=0, fc=colours[n], clip_on=False))
        axes.text(at + 0.035, -0.87, part, ha="left", va="center", fontsize=9, color=INK)
    return Figure(title, alt, _svg(canvas, title), caption, ("名称", *parts),
                  tuple((name, *(_percent(s) for s in line))
                        for name, line in zip(names, shares, strict=True)))


def tile_map(names: Sequence[str], values: Sequence[Exact | None], *, title: str, alt: str,
             caption: str = "", value_name: str = "得分") -> Figure:
    """A tile a name, in the order given, shaded from the lowest value to the highest.

    A map for units whose outlines nobody has: the place is the order, the shade the value,
    and the value stands in the tile; a missing one is a dash on an empty tile.

    >>> tile_map(["甲县", "乙县"], [91, None], title="各县平均分", alt="瓦片图：2个县").rows
    (('甲县', '91.00'), ('乙县', ''))
    """
    lines = -(-len(names) // TILES)
    canvas, axes = _canvas(lines * TILE + 8, left=2, top=4, bottom=4, right=2)
    known = [float(v) for v in values if v is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    for n, (name, value) in enumerate(zip(names, values, strict=True)):
        y, x = divmod(n, TILES)
        level = None if value is None else (
            (float(value) - low) / (high - low) if high > low else 0.5)
        axes.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, lw=0.6, ec=FAINT,
                                 fc="white" if level is None else _SHADES(level)))
        light = level is not None and (level < 0.12 or level > 0.9)
        axes.text(x, y - 0.14, _broken(name[:2 * FOLD], 6), ha="center", va="center", fontsize=9.5,
                  color="white" if light else INK, linespacing=1.05)
        axes.text(x, y + 0.29, _figure(value) or "—", ha="center", va="center", fontsize=9,
                  color="white" if light else INK)
    axes.set_xlim(-0.5, TILES - 0.5)
    axes.set_ylim(max(lines, 1) - 0.5, -0.5)
    axes.yaxis.set_visible(False)
    return Figure(title, alt, _svg(canvas, title), caption, ("名称", value_name),
                  tuple((name, _figure(v)) for name, v in zip(names, values, strict=True)))


def _cell(axes: Axes, x: int, y: int, share: Exact | None, floor: float) -> None:
    if share is None:
        axes.text(x, y, "—", ha="center", va="center", fontsize=9.5, color=MUTED)
        return
    level = (float(share) - floor) / (1 - floor) if floor < 1 else 1.0
    axes.add_patch(Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, lw=0,
                                                fc=_SHADES(level)))
    axes.text(x, y, _percent(share), ha="center", va="center", fontsize=9.5,
              color="white" if level < 0.12 or level > 0.9 else INK)


def dumbbell(names: Sequence[str], first: Sequence[Exact | None], second: Sequence[Exact | None],
             *, labels: tuple[str, str], title: str, alt: str, caption: str = "",
             accent: str = "") -> Figure:
    """Two values a row, joined: an open dot (自评) and a filled one (核查).

    >>> dumbbell(["甲镇"], [98], [91], labels=("自评", "核查"), title="自评与核查",
    ...          alt="哑铃图：甲镇自评98，核查91").rows
    (('甲镇', '98.00', '91.00', '−7.00'),)
    """
    canvas, axes = _canvas(len(names) * ROW + 48, left=_room(names), top=24, bottom=20, right=40)
    known = [float(v) for v in (*first, *second) if v is not None]
    low = _low(known)
    for row, (a, b) in enumerate(zip(first, second, strict=True)):
        _dumbbell(axes, row, a, b, ACCENT if not accent or names[row] == accent else VALUE)
    _rows(axes, names, accent)
    axes.set_xlim(low, max(100, *known) + 0.8 if known else 100)
    axes.xaxis.set_visible(True)
    axes.xaxis.set_major_locator(MultipleLocator(5 if low >= 75 else 10))
    axes.tick_params(axis="x", length=0, labelsize=9, labelcolor=MUTED, pad=2)
    axes.grid(axis="x", color=FAINT, lw=0.6, zorder=0)
    _legend(axes, labels)
    gaps = [(_figure(a), _figure(b), "" if a is None or b is None else _signed(b - a))
            for a, b in zip(first, second, strict=True)]
    return Figure(title, alt, _svg(canvas, title), caption, ("名称", *labels, "相差"),
                  tuple((n, *g) for n, g in zip(names, gaps, strict=True)))


def _dumbbell(axes: Axes, row: int, first: Exact | None, second: Exact | None,
              colour: str) -> None:
    if first is not None and second is not None:
        axes.plot([float(second), float(first)], [row, row], color=colour, lw=2, alpha=0.55,
                  zorder=2, solid_capstyle="butt")
        axes.text(1.01, row, _signed(second - first), transform=axes.get_yaxis_transform(),
                  ha="left", va="center", fontsize=9.5, color=INK)
    for value, fill in ((first, "white"), (second, colour)):
        if value is not None:
            axes.plot([float(value)], [row], "o", ms=6.5, mfc=fill, mec=colour, mew=1.4, zorder=3)


def _legend(axes: Axes, labels: tuple[str, str]) -> None:
    place = axes.get_xaxis_transform()
    low, high = axes.get_xlim()
    for share, fill, label in ((0.0, "white", labels[0]), (0.3, ACCENT, labels[1])):
        x = low + (high - low) * (share + 0.02)
        axes.plot([x], [1.0], "o", ms=6, mfc=fill, mec=ACCENT, mew=1.4, transform=place,
                  clip_on=False)
        axes.text(x + (high - low) * 0.025, 1.0, label, transform=place, fontsize=9.5,
                  va="center", color=INK)


def compared_bars(names: Sequence[str], values: Sequence[Exact], means: Sequence[Line], *,
                  others: Iterable[Exact] = (), others_name: str = "", title: str, alt: str,
                  caption: str = "") -> Figure:
    """A few bars, the means they are held against, and all the others as ticks below.

    >>> compared_bars(["子村"], [88], [Line(90, "全县平均")], others=[70, 95],
    ...               others_name="全县各村", title="村得分", alt="柱状图：1个村").rows
    (('子村', '88.00'), ('全县平均', '90.00'))
    """
    others = [float(v) for v in others]
    shown = [*names, others_name] if others else [*names]
    canvas, axes = _canvas(len(shown) * (ROW + 4) + 44, left=_room(shown), top=34, bottom=8,
                            right=42)
    numbers = [float(v) for v in values]
    axes.barh(range(len(names)), numbers, height=0.62, color=ACCENT, zorder=2)
    _figures(axes, map(_figure, values))
    if others:
        axes.plot(others, [len(names)] * len(others), "|", ms=11, mew=1.1, color=MUTED, zorder=2)
    axes.set_xlim(0, max(100, *numbers, *others) + 0.8)
    _rows(axes, shown, "")
    _lines(axes, [Line(m.value, f"{m.name}{publish(m.value)}") for m in means], len(shown))
    return Figure(title, alt, _svg(canvas, title), caption, ("名称", "得分"),
                  _pairs([*names, *(m.name for m in means)], [*values, *(m.value for m in means)]))


def intervals(names: Sequence[str], values: Sequence[Exact | float],
              lows: Sequence[Exact | float | None], highs: Sequence[Exact | float | None],
              lines: Sequence[Line] = (), *, title: str, alt: str = "", caption: str = "",
              accent: str = "", value_name: str = "得分", digits: int = 2,
              best: Literal["high", "low"] = "high", unit: str = "个") -> Figure:
    """Points with their intervals, the best on top, and lines across (grade lines).

    `lows` and `highs` are the ends, None where no interval can be given; `digits` decimals
    are shown; `best` is `low` for ranks. An interval that crosses a line is drawn in a
    colour of its own. Without `alt` the alternative text is made from the values.

    >>> made = intervals(["乙镇", "甲镇"], [85, 91], [83.5, 89.0], [86.5, 93.0], [Line(90, "好")],
    ...                  title="把握")
    >>> made.rows
    (('甲镇', '91.00', '89.00', '93.00'), ('乙镇', '85.00', '83.50', '86.50'))
    >>> made.alt
    '区间图：2个的得分，最高甲镇91.00（89.00至93.00），最低乙镇85.00（83.50至86.50）；1个的区间跨过等次线'
    """
    rows = sorted(zip(names, values, lows, highs, strict=True), key=lambda r: r[1],
                  reverse=best == "high")
    shown = [r[0] for r in rows]
    canvas, axes = _canvas(len(rows) * ROW + 50, left=_room(shown), top=24, bottom=20, right=42)
    known = [float(v) for r in rows for v in r[1:] if v is not None]
    for y, row in enumerate(rows):
        colour = ACCENT if row[0] == accent else LOSS if _crosses(row, lines) else VALUE
        _interval(axes, y, row, colour)
    _rows(axes, shown, accent)
    _ruled(axes, known, digits)
    inside = [line for line in lines if axes.get_xlim()[0] <= line.value <= axes.get_xlim()[1]]
    _lines(axes, inside, len(rows))
    _figures(axes, [_digits(r[1], digits) for r in rows])
    table = tuple((r[0], *("—" if v is None else _digits(v, digits) for v in r[1:])) for r in rows)
    return Figure(title, alt or _intervals_told(rows, table, lines, value_name, unit),
                  _svg(canvas, title), caption, ("名称", value_name, "下限", "上限"), table)


def _interval(axes: Axes, y: int, row: tuple, colour: str) -> None:
    """A point and, where there is one, its bar with ends."""
    _, value, low, high = row
    if low is not None and high is not None and low < high:
        axes.plot([float(low), float(high)], [y, y], color=colour, lw=2.2, zorder=2,
                  solid_capstyle="butt")
        for end in (low, high):
            axes.plot([float(end)] * 2, [y - 0.2, y + 0.2], color=colour, lw=1.4, zorder=2)
    axes.plot([float(value)], [y], "o", ms=6, mfc=colour if low is not None else "white",
              mec=colour, mew=1.3, zorder=3)


def _crosses(row: tuple, lines: Iterable[Line]) -> bool:
    """Whether an interval lies on both sides of a line (a line belongs to what is above it)."""
    _, _, low, high = row
    return low is not None and high is not None and any(low < line.value <= high for line in lines)


def _ruled(axes: Axes, known: Sequence[float], digits: int) -> None:
    """An axis from just below to just above the values, with a tick every few."""
    low, high = min(known, default=0.0), max(known, default=1.0)
    edge = max((high - low) * 0.04, 0.2)
    axes.set_xlim(low - edge, high + edge)
    axes.xaxis.set_visible(True)
    step = next(s for s in (0.5, 1, 2, 5, 10, 20, 50, 100, 1000) if (high - low) / s <= 8)
    axes.xaxis.set_major_locator(MultipleLocator(max(step, 1) if digits == 0 else step))
    axes.tick_params(axis="x", length=0, labelsize=9, labelcolor=MUTED, pad=2)
    axes.grid(axis="x", color=FAINT, lw=0.6, zorder=0)


def _intervals_told(rows: Sequence[tuple], table: Sequence[tuple[str, ...]],
                    lines: Sequence[Line], value_name: str, unit: str) -> str:
    """What an interval chart shows, in a sentence."""
    if not rows:
        return f"区间图：没有{value_name}可画"
    first, last = ((f"{name}{value}" + ("" if low == "—" else f"（{low}至{high}）"))
                   for name, value, low, high in (table[0], table[-1]))
    said = f"区间图：{len(rows)}{unit}的{value_name}，最高{first}，最低{last}"
    if lines:
        said += f"；{sum(_crosses(r, lines) for r in rows)}{unit}的区间跨过等次线"
    return said


def _digits(value: Exact | float, digits: int) -> str:
    """A figure at so many decimals; a float is a statistic and rounds as such."""
    text = f"{value:.{digits}f}" if isinstance(value, float) else str(rounded(value, digits))
    return text.replace("-", "−")


def differences(means: Sequence[float], gaps: Sequence[float], lines: Sequence[Line], *,
                tolerance: float, title: str, alt: str, caption: str = "",
                labels: tuple[str, str] = ("两者平均", "相差"), columns: Sequence[str] = (),
                rows: Sequence[Sequence[str]] = ()) -> Figure:
    """Two figures of the same thing: their difference against their mean (Bland and Altman).

    One point each; `lines` run across (the mean gap, the limits of agreement), and beyond the
    two dotted lines a gap is more than `tolerance` of the mean. Points have no names: `columns`
    and `rows` are the table that goes with the chart.

    >>> made = differences([100, 200], [3, 90], [Line(46, "平均")], tolerance=0.1, title="差",
    ...                    alt="散点图：2户", columns=("名称", "户数"), rows=[("甲镇", "2")])
    >>> made.rows
    (('甲镇', '2'),)
    """
    canvas, axes = _canvas(270, left=52, top=12, bottom=36, right=64)
    far = [abs(g) > tolerance * m for m, g in zip(means, gaps, strict=True)]
    for beyond, colour, mark in ((False, VALUE, "o"), (True, LOSS, "D")):
        points = [(m, g) for m, g, f in zip(means, gaps, far, strict=True) if f is beyond]
        axes.plot([m for m, _ in points], [g for _, g in points], mark, ms=3.4, mfc=colour,
                  mec="white", mew=0.4, zorder=3)
    top = max(means, default=1.0)
    for sign in (-1, 1):
        axes.plot([0, top], [0, sign * tolerance * top], color=MUTED, lw=0.7, ls=(0, (1, 2)), zorder=1)
    axes.set_xlim(min(means, default=0.0) * 0.95, top * 1.02)
    _across(axes, lines)
    axes.xaxis.set_visible(True)
    axes.grid(axis="both", color=FAINT, lw=0.5, zorder=0)
    axes.tick_params(length=0, labelsize=9, labelcolor=MUTED, pad=3)
    axes.set_xlabel(_plain(labels[0]), fontsize=9.5, color=INK, labelpad=2)
    axes.text(0, 1.015, _plain(labels[1]), transform=axes.transAxes, fontsize=9.5, color=INK)
    return Figure(title, alt, _svg(canvas, title), caption, tuple(columns), tuple(map(tuple, rows)))


def _across(axes: Axes, lines: Sequence[Line]) -> None:
    """Dashed lines across, named at the right; names that would touch are moved apart."""
    low, high = axes.get_ylim()
    last = -float("inf")
    for line in sorted(lines, key=lambda one: one.value):
        value = float(line.value)
        axes.axhline(value, color=INK, lw=0.8, ls=(0, (3, 3)), zorder=2)
        last = max(value, last + (high - low) * 0.055)
        axes.text(1.015, last, _plain(line.name), transform=axes.get_yaxis_transform(), fontsize=9,
                  va="center", color=MUTED)


def _canvas(height: float, *, left: float, top: float, bottom: float,
            right: float = 10) -> tuple[Canvas, Axes]:
    """An empty drawing `WIDTH` wide, with room in points around the axes."""
    canvas = Canvas(figsize=(WIDTH / 72, height / 72))
    axes = canvas.add_axes((left / WIDTH, bottom / height, (WIDTH - left - right) / WIDTH,
                            (height - top - bottom) / height))
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.xaxis.set_visible(False)
    return canvas, axes


def _rows(axes: Axes, names: Sequence[str], accent: str) -> None:
    """Names down the left side, the first on top."""
    axes.set_yticks(range(len(names)), [_folded(n) for n in names])
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0, pad=4, labelsize=11)
    for label, name in zip(axes.get_yticklabels(), names, strict=True):
        label.set_color(ACCENT if name == accent else INK)
        label.set_fontweight("bold" if name == accent else "normal")
        if len(name) > FOLD:
            label.set(fontsize=9, linespacing=1.05)


def _figures(axes: Axes, figures: Iterable[str]) -> None:
    """The rows' figures in a column at the right, where no line crosses them."""
    place = axes.get_yaxis_transform()
    for row, text in enumerate(figures):
        axes.text(1.02, row, text, transform=place, ha="left", va="center", fontsize=10.5,
                  color=INK)


def _lines(axes: Axes, lines: Sequence[Line], rows: int) -> None:
    """Dashed lines across, named on top, a second row where names would touch.

    A line left of where the axis begins is left out.
    """
    low, high = axes.get_xlim()
    last, level = -100.0, 0
    for line in sorted(lines, key=lambda one: one.value):
        value = float(line.value)
        if value < low:
            continue
        axes.plot([value] * 2, [-0.55, rows - 0.45], color=INK, lw=0.8, ls=(0, (3, 3)), zorder=4)
        level = 1 - level if value - last < (high - low) * 0.03 * len(line.name) else 0
        axes.annotate(_plain(line.name), (value, -0.55), (0, 3 + 12 * level), ha="center",
                      va="bottom", textcoords="offset points", fontsize=9.5, color=MUTED,
                      annotation_clip=False)
        last = value


def _low(numbers: Iterable[float]) -> float:
    """Where the axis begins: a round number below everything, so differences show."""
    return max(0.0, (min(numbers, default=0.0) - 3) // 10 * 10)


def _room(names: Iterable[str]) -> float:
    """Points the longest name needs at the left."""
    return max((_width(part) * (9 / _NAME_SIZE if len(name) > FOLD else 1)
                for name in names for part in _folded(name).split("\n")), default=0.0) + 8


@cache
def _width(text: str) -> float:
    """How wide a text stands in points, at the size of names, by the glyphs of the page's fonts."""
    font = font_manager.get_font([str(path) for path in fonts.font_files()])
    font.set_size(_NAME_SIZE, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return font.get_width_height()[0] / 64


def _plain(text: str) -> str:
    """Text without line breaks, controls or dollar signs that would start a formula."""
    clean = _UNSEEN.sub("", text)
    return clean.replace("$", r"\$")


def _folded(name: str) -> str:
    """A long name on two lines, broken after a comma near its middle if there is one.

    >>> _folded("明星产品、消费、车间、致富带头人"), _folded("责任落实")
    ('明星产品、消费、\\n车间、致富带头人', '责任落实')
    """
    clean = _plain(name)
    if len(clean) <= FOLD:
        return clean
    middle = (len(clean) + 1) // 2
    after = [i + 1 for i, sign in enumerate(clean) if sign in "、，"]
    best = min(after, key=lambda i: abs(i - middle), default=middle)
    at = best if abs(best - middle) <= 3 else middle
    return f"{clean[:at]}\n{clean[at:]}"


def _broken(text: str, width: int) -> str:
    clean = _plain(text)
    return "\n".join(clean[i:i + width] for i in range(0, len(clean), width))


def _percent(share: Exact | None) -> str:
    return "—" if share is None else str(rounded(share * 100, 0))


def _figure(value: Exact | None) -> str:
    return "" if value is None else str(publish(value))


def _signed(value: Exact) -> str:
    """A difference with its sign.

    >>> _signed(3), _signed(-3)
    ('+3.00', '−3.00')
    """
    text = str(publish(value))
    return f"−{text[1:]}" if text.startswith("-") else f"+{text}"


def _pairs(names: Sequence[str], values: Sequence[Exact]) -> tuple[tuple[str, ...], ...]:
    return tuple((n, str(publish(v))) for n, v in zip(names, values, strict=True))


@cache
def _families() -> tuple[str, ...]:
    """The font files, made known to matplotlib under names of our own, in order."""
    names = []
    for number, path in enumerate(fonts.font_files()):
        names.append(f"{_MEASURED} {number}")
        font_manager.fontManager.ttflist += [
            font_manager.FontEntry(fname=str(path), name=names[-1], weight=weight)
            for weight in (400, 700)]
    return tuple(names)


def _svg(canvas: Canvas, title: str) -> str:
    """The drawing as a slim SVG: text as text, no clock, ids of its own."""
    written = BytesIO()
    style = {"svg.fonttype": "none", "svg.hashsalt": title, "font.family": list(_families()),
             "axes.unicode_minus": False}
    with matplotlib.rc_context(style):
        for text in canvas.findobj(Text):
            text.set_fontfamily(list(_families()))
        canvas.savefig(written, format="svg", metadata={"Date": None, "Creator": None},
                       transparent=True)
    return _slim(written.getvalue())


def _slim(svg: bytes) -> str:
    """Matplotlib's SVG without what a page does not need; fonts are the page's own."""
    root = ElementTree.fromstring(svg)
    for parent in root.iter():
        for child in [c for c in parent if c.tag in _NEEDLESS]:
            parent.remove(child)
    used = set(re.findall(rb"#([\w-]+)", svg))
    for one in root.iter():
        if one.get("id", "").encode() not in used:
            one.attrib.pop("id", None)
        if one.tag == f"{{{_SVG}}}text":
            one.set("style", _text_style(one.get("style", "")))
            if one.get("transform", "").startswith("rotate(-0 "):
                one.attrib.pop("transform")
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("font-family", ",".join(f"'{f}'" if " " in f else f for f in fonts.STACK))
    root.set("aria-hidden", "true")
    root.set("style", "width:100%;max-width:34rem;height:auto")
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return re.sub(r">\s+<", "><", ElementTree.tostring(root, encoding="unicode")).strip()


def _text_style(style: str) -> str:
    """A text's style without its family: that is the whole drawing's.

    >>> _text_style("font-size: 9px; font-family: 'A', 'B'; fill: #000")
    'font-size:9px;fill:#000'
    >>> _text_style("font: 700 9px 'A', 'B'; fill: #000")
    'font-weight:700;font-size:9px;fill:#000'
    """
    found = []
    for part in filter(None, (p.strip() for p in style.split(";"))):
        name, value = (each.strip() for each in part.split(":", 1))
        short = re.match(r"(.*?)([\d.]+px)", value) if name == "font" else None
        if short:
            weight = re.search(r"bold|[1-9]00", short[1])
            found += [f"font-weight:{weight[0]}"] if weight else []
            found.append(f"font-size:{short[2]}")
        elif name != "font-family":
            found.append(f"{name}:{value}")
    return ";".join(found)


__all__ = ["ACCENT", "Figure", "Line", "NoAlternative", "compared_bars", "differences", "dumbbell", "heat_map",
           "intervals", "ranked_bars", "waterfall"]
