"""docs/commands.md holds each command's own help; run this file to bring it up to date.

    python3 tasks.py hecha --help        what it is taken from
    python tests/docs/help_pages.py      writes the page's blocks again, new commands at the end
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
from click.testing import CliRunner

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"
_SECTION = re.compile(r"^## `hecha ?([^`]*)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(group: click.Group, above: str = "") -> list[str]:
    """Every command that does something, by the words that call it."""
    found = []
    for name, command in sorted(group.commands.items()):
        words = f"{above} {name}".strip()
        found += commands(command, words) if isinstance(command, click.Group) else [words]
    return found


def help_of(words: str) -> str:
    """A command's help as an 80-column screen shows it."""
    from hecha.commands import app

    said = CliRunner().invoke(app, [*words.split(), "--help"], prog_name="hecha",
                              terminal_width=80, env={"COLUMNS": "80"})
    return "\n".join(line.rstrip() for line in said.output.strip().splitlines()) + "\n"


def shown_help() -> dict[str, str]:
    """What the page says of each command: its words, the first block of its section."""
    page = PAGE.read_text(encoding="utf-8")
    return {words: block.group(1) for words, body in _SECTION.findall(page)
            if (block := _BLOCK.search(body))}


def rewrite() -> None:
    """Put every command's help into the page."""
    from hecha.commands import app

    page = PAGE.read_text(encoding="utf-8")
    for words in ["", *commands(app)]:
        block = f"```text\n{help_of(words)}```"
        heading = f"## `{f'hecha {words}'.strip()}`\n"
        if heading not in page:
            page = f"{page.rstrip()}\n\n{heading}\n{block}\n"
            continue
        start = page.index(heading) + len(heading)
        old = _BLOCK.search(page, start)
        page = page[:old.start()] + block + page[old.end():]  # type: ignore[union-attr]
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(PAGE.parents[1]))
    rewrite()
