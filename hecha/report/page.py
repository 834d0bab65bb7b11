"""Pages: an executed notebook as one file that reads anywhere, offline.

A page shows the notebook's prose and what its verbs gave, never its code.  It carries its own
font and style, asks the network for nothing (a content policy says so to the
browser), and bears the mark of R-20 until publication is allowed.  The font is cut
once for all pages of a run: make the pages, gather their `characters`, cut, then ask
each for its `html`.  :func:`check_page` looks at the finished text with a stranger's eyes.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from markupsafe import Markup

from hecha.digests import sha256_text
from hecha.problems import Place, Problems
from hecha.report import fonts
from hecha.report.fragments import TEMPLATES, render, shown
from hecha.report.leftovers import leftovers

if TYPE_CHECKING:  # a notebook's kernel has no use for the format of notebooks
    import nbformat

_HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
_TOP = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_SECTION = re.compile(r"^(<h2 .*?</h2>)(.*)$", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_ADDRESS = re.compile(r"(?i)(?:https?:|ftp:)?//[\w.-]+\.\w|\bwww\.\w")
_NAMESPACES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink")
_CODE = ('class="highlight', "<pre", "In [", "jp-Code", "ipython")
_SPOKEN = ("data-mark", "aria-label", "alt", "title", "placeholder")
ERROR = "cell-error"


@dataclass(frozen=True)
class Page:
    """A page without its font: title, opening and body (safe HTML), contents, mark.

    `home` is the relative address of the run's index; `script` a small courtesy, allowed
    by its hash alone; `stamp` a quiet line for what is published, where a mark would warn.
    """

    title: str
    body: str
    opening: str = ""
    contents: tuple[tuple[str, str], ...] = ()
    mark: str = ""
    home: str = ""
    script: str = ""
    stamp: str = ""

    @property
    def characters(self) -> frozenset[str]:
        """Every character the page may show, by its style and its script as well."""
        said = "".join(re.findall(r"[^\x00-\x7f]", f"{_css()}{self.script}"))
        return frozenset(visible_text(self.html(b"")) + said)

    def html(self, font: bytes) -> str:
        """The finished page, with the bytes of a WOFF2 (or none) inside."""
        face = fonts.css_font_face(font) if font else ""
        return render(
            "page.html", title=self.title, body=Markup(self.body), opening=Markup(self.opening),
            contents=self.contents, mark=self.mark, stamp=self.stamp, home=self.home, script=Markup(self.script),
            face=Markup(face), css=Markup(_css()), print_mark=Markup(_print_style(self.mark or self.stamp)),
            script_source=Markup(_allowed(self.script))).html + "\n"


def page_of(notebook: nbformat.NotebookNode, *, title: str = "", mark: str = "",
            home: str = "") -> Page:
    """The page of an executed notebook; without a title, its first heading is the title.

    What stands before the first second-level heading opens the page, above the contents;
    each section after it can be folded, and is on a phone.
    """
    parts = [part for cell in notebook.cells if (part := _cell(cell))]
    whole, contents = _anchored("\n".join(parts))
    opening, body = _split(whole)
    first = _TOP.search(whole)
    title = title or (_text(first[1]) if first else "成效核查")
    return Page(title, _foldable(body), opening, contents, mark, home, courtesy())


def render_page(notebook: nbformat.NotebookNode, *, title: str = "", mark: str = "",
                home: str = "", font: bytes | None = None) -> str:
    """One notebook as one page; without a font, one is cut for this page alone."""
    page = page_of(notebook, title=title, mark=mark, home=home)
    return page.html(fonts.woff2_subset(page.characters) if font is None else font)


def _cell(cell: nbformat.NotebookNode) -> str:
    if cell.cell_type == "markdown":
        return _prose(cell.source)
    if cell.cell_type == "code":
        return "\n".join(filter(None, map(_output, cell.outputs)))
    return ""


def _prose(source: str) -> str:
    """Markdown as HTML; tags in it are shown, not obeyed."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=True, exclude_anchor_links=True)
    return MarkdownWithMath(renderer=renderer).render(source).strip()


def _output(output: nbformat.NotebookNode) -> str:
    """An output as a reader sees it; an error stays visible, so that it is found."""
    if output.output_type == "error":
        return f'<p class="{ERROR}">{escape(output.ename)}：{escape(output.evalue)}</p>'
    if output.output_type == "stream":
        return f'<p class="{ERROR}">{escape(output.text)}</p>' if output.name == "stderr" else ""
    return "".join(output.data.get("text/html", ""))


def _anchored(html: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Second-level headings with anchors, and the list of them."""
    found: list[tuple[str, str]] = []

    def number(match: re.Match[str]) -> str:
        found.append((f"s{len(found) + 1}", _text(match[1])))
        return f'<h2 id="{found[-1][0]}">{match[1]}</h2>'

    return _HEADING.sub(number, html), tuple(found)


def _split(html: str) -> tuple[str, str]:
    at = html.find("<h2")
    return (html[:at], html[at:]) if at >= 0 else (html, "")


def _foldable(html: str) -> str:
    """Every section under its heading as one that can be folded; all are open as they come."""
    return "\n".join(_SECTION.sub(r'<details class="sec" open><summary>\1</summary>\2</details>', part)
                     for part in re.split(r"\n(?=<h2 )", html))


@cache
def courtesy() -> str:
    """The script of a page: folding on a phone, sorting and filtering; nothing hangs on it."""
    return re.sub(r"\n", "", (TEMPLATES / "courtesy.js").read_text(encoding="utf-8")).strip()


def _text(html: str) -> str:
    return unescape(_TAG.sub("", html)).strip()


@cache
def _css() -> str:
    return re.sub(r"\n\s*", "", (TEMPLATES / "page.css").read_text(encoding="utf-8"))


def _print_style(mark: str) -> str:
    """Page numbers and, at the head of every sheet, the mark or what stands in its place."""
    family = ",".join(f'"{name}"' for name in fonts.STACK[:-1]) + ",sans-serif"
    head = f'@top-center{{content:"{_quoted(mark)}";font:8pt {family};color:#8c1d18}}'
    foot = ('@bottom-center{content:"— " counter(page) " / " counter(pages) " —";'
            f"font:8pt {family};color:#4d5963}}")
    return f"@page{{size:A4;margin:18mm 15mm 16mm;{head if mark else ''}{foot}}}"


def _quoted(text: str) -> str:
    return re.sub(r'["\\<>\n]', "", text)


def _allowed(script: str) -> str:
    """The content policy's permission for exactly this script."""
    if not script:
        return ""
    digest = b64encode(bytes.fromhex(sha256_text(script))).decode("ascii")
    return f"; script-src 'sha256-{digest}'"


class _Reader(HTMLParser):
    """What a reader and a screen reader get of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.images: list[dict[str, str]] = []
        self.figures = 0
        self.links: list[str] = []
        self.hidden = 0
        self.machine: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {k: v or "" for k, v in attrs}
        self.hidden += tag in ("style", "script")
        self.figures += tag == "figure"
        if named.get("role") == "img" or tag == "img":
            self.images.append(named)
        self.pieces += ["\n"] * (tag in ("td", "th"))  # the numbers of two cells are not one
        self.pieces += [v for k, v in named.items() if k in _SPOKEN]
        self.machine += [v for k, v in named.items() if k not in _SPOKEN]
        self.links += [named[k] for k in ("href", "src", "xlink:href", "action") if k in named]

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        (self.machine if self.hidden else self.pieces).append(data)


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def visible_text(html: str) -> str:
    """The text a page shows or says, its style and scripts left out.

    >>> visible_text("<style>p{}</style><p title='镇'>云&lt;溪</p>")
    '镇云<溪'
    """
    return "".join(_read(html).pieces)


def check_page(html: str, *, file: str, names: Iterable[str] = (), figures: int | None = None,
               font: bytes | None = None, mark: str = "") -> Problems:
    """What is wrong with a finished page, all at once.

    `names` must stand in it (the town's), `figures` is how many charts it should have,
    `font` the bytes it carries, `mark` what it must bear. An empty result is a good page.
    """
    problems, read = Problems(), _read(html)
    text = "".join(read.pieces)

    def wrong(code: str, message: str, found: object = "", expected: str = "") -> None:
        problems.error(Place(file), code, message, found=found, expected=expected)

    names = [str(shown(name).unescape()) for name in names]
    for name in names:
        if name not in text:
            wrong("no_name", "页面上没有应有的名称", "", name)
    for code, what, sign, _ in leftovers("\n".join(read.pieces), names):
        if code != "markup":  # on a page a sign of markup that is seen was typed by a person
            wrong(code, f"页面上有{what}", sign)
    if figures is not None and read.figures != figures:
        wrong("figures", "图的数量不对", read.figures, str(figures))
    if ERROR in html:
        wrong("cell_error", "页面上有出错的内容")
    if 'lang="zh-CN"' not in html:
        wrong("lang", "页面没有写明语言", "", 'lang="zh-CN"')
    for code in (c for c in _CODE if c in html):
        wrong("code", "页面上有程序代码", code)
    for address in _addresses(read):
        wrong("address", "页面上有网络地址或绝对路径", address, "相对链接")
    if any(not (i.get("aria-label") or i.get("alt")) for i in read.images):
        wrong("no_alt", "有图没有替代文字")
    if len(read.images) < read.figures:
        wrong("no_alt", "有图没有替代文字", f"{read.figures}幅图，{len(read.images)}处替代文字")
    lost = fonts.missing_characters(text, font) if font is not None else set()
    if lost:
        wrong("tofu", "页面的字体缺字", "".join(sorted(lost)))
    if mark and mark not in text:
        wrong("no_mark", "页面上没有标记", "", mark)
    return problems


def _addresses(read: _Reader) -> list[str]:
    """Addresses a browser might follow; one that stands in the text is only text."""
    said = " ".join(m for m in read.machine if m not in _NAMESPACES)
    bare = re.sub(r"data:font/woff2;base64,[\w+/=]+", "", said)
    away = [link for link in read.links if not link.startswith("#")
            and (":" in link.split("/")[0] or link.startswith("/"))]
    return [*dict.fromkeys([*_ADDRESS.findall(bare), *away])]
