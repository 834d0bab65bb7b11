"""docs/draw.md 写的命令和选项都有，写的文件都会写出来。"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hecha.commands import app

GUIDE = Path("docs/draw.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"hecha (draw|teams) ?((?:[^`\n]|\n(?!\n|[*#|]))*)", GUIDE)


def command_of(group: str, rest: str):
    found = app.commands[group].commands
    word = rest.split(maxsplit=1)[0] if rest.split() else ""
    return found.get(word) or (found["assign"] if group == "teams" else None)


@pytest.mark.parametrize(("group", "rest"), COMMANDS)
def test_写的命令和选项都有(group, rest):
    command = command_of(group, rest)
    assert command is not None, rest
    known = {name for parameter in command.params for name in parameter.opts}
    assert set(re.findall(r"--[a-z-]+", rest.split("`")[0])) <= known, rest


def test_每条命令都写到了():
    said = {command_of(group, rest).name for group, rest in COMMANDS if command_of(group, rest)}
    every = {name for group in ("draw", "teams") for name in app.commands[group].commands}
    assert said == every


def test_阶段代码和两种抽法与程序的相同():
    from typing import get_args

    from hecha.field.rules import HouseholdRule
    from hecha.field.tickets import STAGES

    assert set(re.findall(r"`([A-Z]{2,5})`", GUIDE)) <= set(STAGES)
    assert all(f"`{rule}`" in GUIDE for rule in get_args(HouseholdRule))
