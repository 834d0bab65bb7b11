"""Reading the pages: what a page of the documentation shows, links to and claims."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")))

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"\s+#\s*退出码 (\d+)\s*$")


@dataclass
class Command:
    """A `$ …` line of a console block: what to run, its exit code, the lines to be seen."""

    text: str
    exit_code: int = 0
    shown: list[str] = field(default_factory=list)


@dataclass
class Change:
    """A file a reader is told to write (`lines`) or lines to put in place of others."""

    file: str
    old: list[str]
    new: list[str]


def page_text(page: str) -> str:
    """A page as it stands."""
    return (ROOT / page).read_text(encoding="utf-8")


def steps(page: str) -> list[Command | Change]:
    """What a reader of the page does, in order: commands to type and files to change."""
    found: list[Command | Change] = []
    for kind, body in _FENCE.findall(page_text(page)):
        if kind == "console":
            found += _commands(body)
        elif kind == "diff":
            found.append(_change(body))
        elif kind == "yaml" and body.startswith("# params/") and page == "README.md":
            name, *lines = body.splitlines()
            found.append(Change(name.removeprefix("# "), [], lines))
    return found


def _commands(body: str) -> list[Command]:
    found: list[Command] = []
    for line in filter(str.strip, body.splitlines()):
        if line.startswith("$ "):
            exit_code = _EXIT.search(line)
            found.append(Command(_EXIT.sub("", line[2:]), int(exit_code[1]) if exit_code else 0))
        else:
            found[-1].shown.append(line)
    return found


def _change(body: str) -> Change:
    name, *lines = body.splitlines()
    return Change(name.removeprefix("--- "), [li[1:] for li in lines if li.startswith("-")],
                  [li[1:] for li in lines if li.startswith("+")])


def tables_after(page: str, mark: str) -> list[tuple[str, list[list[str]]]]:
    """The tables that follow a comment `<!-- mark … -->`: the comment's words, the rows."""
    found = []
    for words, table in re.findall(rf"<!-- {mark}(.*?)-->\s*\n((?:\|.*\n)+)", page_text(page)):
        found.append((words.strip("： "), rows_of(table)))
    return found


def rows_of(table: str) -> list[list[str]]:
    """The rows of a Markdown table, the header first, without the line below it."""
    rows = [[cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in table.strip().splitlines()]
    return [rows[0], *rows[2:]]


def links(page: str) -> list[str]:
    """Every relative link and picture of a page, as files from the project's folder."""
    text = re.sub(r"```.*?```", "", page_text(page), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    folder = (ROOT / page).parent
    return [str((folder / t.split("#")[0]).resolve().relative_to(ROOT))
            for t in targets if not re.match(r"\w+:|#", t)]
