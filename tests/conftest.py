"""What several tests share: a browser, LibreOffice, and an ear for missing fonts."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import tasks

# a browser that asks nobody anything and keeps nothing
BROWSER_SWITCHES = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                    "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def browser_file() -> Path:
    """The browser that `tasks.py test` found or installed."""
    return _program("browser")


@pytest.fixture(scope="session")
def office_file() -> Path:
    """The LibreOffice that `tasks.py test` found or installed."""
    return _program("office")


def _program(kind: str) -> Path:
    """A program, or the test stops: skipped by name here, failed where all must run."""
    found = tasks.find_program(kind)
    if found:
        return Path(found)
    stop = pytest.fail if os.environ.get("CI") else pytest.skip
    return stop(f"没有找到{tasks.NAMES[kind]}")


@pytest.fixture(scope="module")
def browser(browser_file: Path) -> Iterator[object]:
    """A Playwright browser, closed with the module: its event loop disturbs notebook runs."""
    from playwright.sync_api import sync_playwright

    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=browser_file, args=[*BROWSER_SWITCHES, *root])
        yield opened
        opened.close()


@pytest.fixture(autouse=True)
def no_font_is_missing() -> Iterator[None]:
    """A font that matplotlib cannot find is only logged; here it fails the test."""
    heard: list[str] = []
    listener = logging.Handler(logging.WARNING)
    listener.emit = lambda record: heard.append(record.getMessage())
    logger = logging.getLogger("matplotlib.font_manager")
    logger.addHandler(listener)
    yield
    logger.removeHandler(listener)
    assert not heard, heard
