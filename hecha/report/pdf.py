"""PDF: a finished page printed on A4 by the browser that the office already has.

The pages are made for print (repeated headers, page numbers, nothing cut), so the browser
that shows them prints them best.  WeasyPrint would need GTK installed beside Python on
every Windows desk, and a browser driver a browser of its own; Edge is on every Windows,
Chrome or Chromium nearly everywhere else.  The same page printed by the same browser
gives the same bytes: the time that a browser writes into a PDF is set to a fixed one, and
the numbers it gives to the elements are counted anew.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hecha.folders import write_whole
from hecha.problems import HechaError

NAMED_BY = "HECHA_BROWSER"
COMMANDS = ("microsoft-edge", "msedge", "google-chrome", "google-chrome-stable", "chrome",
            "chromium", "chromium-browser")
PLACES = ("Microsoft/Edge/Application/msedge.exe", "Google/Chrome/Application/chrome.exe",
          "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
          "Google Chrome.app/Contents/MacOS/Google Chrome",
          "Chromium.app/Contents/MacOS/Chromium")
_HOMES = ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData")
_SWITCHES = ("--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check",
             "--disable-extensions", "--disable-background-networking", "--disable-sync",
             "--no-pdf-header-footer", "--print-to-pdf-no-header")
_TIME = re.compile(rb"(/(?:Creation|Mod)Date \(D:)\d{14}")
_FIXED = rb"\g<1>20000101000000"
_NODE = re.compile(rb"\(node(\d{8})\)")
SECONDS = 120


class NoBrowser(HechaError):
    """No browser that can print was found."""

    exit_code = 3


class NotPrinted(HechaError):
    """The browser gave no PDF."""


def find_browser() -> Path:
    """The browser of this desk: the one HECHA_BROWSER names, on the path, or in its usual place.

    Raises NoBrowser, which says what to install or how to print by hand.
    """
    named = os.environ.get(NAMED_BY)
    homes = [Path(h) for h in map(os.environ.get, _HOMES) if h] + [Path("/Applications")]
    found = [shutil.which(c) for c in ((named,) if named else COMMANDS)]
    found += [] if named else [str(p) for h in homes for p in map(h.joinpath, PLACES) if p.is_file()]
    for path in filter(None, found):
        return Path(path)
    said = f"{NAMED_BY} 指的“{named}”不能运行" if named else "没有找到 Edge、Chrome 或 Chromium"
    raise NoBrowser(f"{said}，印不出 PDF。请装一个，或把环境变量 {NAMED_BY} 设成它的路径；"
                    "也可以用别的浏览器打开网页，选“打印”“另存为 PDF”")


def print_page(page: Path, out: Path, browser: Path | None = None) -> Path:
    """Print one page to a PDF file, whole; NotPrinted says which page was not."""
    with tempfile.TemporaryDirectory(prefix="hecha-") as name:
        made = Path(name) / "page.pdf"
        command = [str(browser or find_browser()), *_SWITCHES, *_sandbox(),
                   f"--user-data-dir={Path(name) / 'profile'}", f"--print-to-pdf={made}",
                   page.resolve().as_uri()]
        try:
            subprocess.run(command, timeout=SECONDS, capture_output=True, check=False)
        except (subprocess.TimeoutExpired, OSError) as error:
            raise NotPrinted(f"{page.name} 没有印成 PDF：浏览器{_why(error)}") from None
        if not made.is_file():
            raise NotPrinted(f"{page.name} 没有印成 PDF：浏览器没有写出文件")
        return write_whole(out, settled(made.read_bytes()))


def settled(data: bytes) -> bytes:
    """A browser's PDF without what differs from one print to the next.

    >>> settled(b"/CreationDate (D:20241124220050+00'00') /ID (node00000022) (node00000038)")
    b"/CreationDate (D:20000101000000+00'00') /ID (node00000001) (node00000002)"
    """
    place = {number: n for n, number in enumerate(sorted(set(_NODE.findall(data))), 1)}
    data = _NODE.sub(lambda found: b"(node%08d)" % place[found[1]], data)
    return _TIME.sub(_FIXED, data)


def print_pages(pages: Iterable[Path], folder: Path) -> dict[str, str]:
    """Print pages into a folder under their own names; what was not printed, and why."""
    browser, failed = find_browser(), {}
    for page in pages:
        try:
            print_page(page, folder / f"{page.stem}.pdf", browser)
        except NotPrinted as error:
            failed[f"{page.stem}.pdf"] = str(error)
    return failed


def _sandbox() -> tuple[str, ...]:
    """A browser run by root (in a container) starts only without its sandbox."""
    return ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()


def _why(error: Exception) -> str:
    return f"{SECONDS}秒没有印完" if isinstance(error, subprocess.TimeoutExpired) else "打不开"


__all__ = ["NoBrowser", "NotPrinted", "find_browser", "print_page", "print_pages", "settled"]
