"""The hash-locked lists: complete, in agreement, and without an address."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement

import tasks
from tests.setup.declared import EXTRAS, PROJECT, ROOT, requirements

NAMES = list(tasks.FOLDERS)


def text(name: str) -> str:
    """A list as it stands."""
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> list[Requirement]:
    """The pins of a list, with their markers."""
    lines = text(name).replace("\\\n", " ").splitlines()
    return [Requirement(line.split("--hash")[0].strip()) for line in lines if line[:1].isalnum()]


@pytest.mark.parametrize("name", NAMES)
def test_no_list_holds_an_address(name):
    assert not re.search(r"\w+://|--(index|extra-index|find-links|trusted)", text(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_pin_is_exact_and_carries_a_hash(name):
    entries = re.split(r"^(?=\w)", text(name), flags=re.MULTILINE)[1:]
    assert entries and all("==" in e and "--hash=sha256:" in e for e in entries)


@pytest.mark.parametrize("name", NAMES)
def test_every_direct_dependency_is_pinned_within_its_range(name):
    pinned = {(tasks.plain(p.name), next(iter(p.specifier)).version) for p in pins(name)}
    for wanted, span in requirements(*tasks.EXTRAS[name]).items():
        versions = [version for each, version in pinned if each == wanted]
        assert versions, f"{wanted} 不在 requirements/{name}.txt 里，请运行 tasks.py lock"
        allowed = Requirement(wanted + span).specifier
        assert all(allowed.contains(version) for version in versions), (wanted, versions)


def test_each_list_holds_the_pins_of_the_one_before():
    for smaller, larger in zip(NAMES, NAMES[1:], strict=False):
        versions = {(p.name, str(p.specifier)) for p in pins(larger)}
        assert {(p.name, str(p.specifier)) for p in pins(smaller)} <= versions


def test_the_tests_have_every_extra_and_the_batch_has_none():
    assert set(tasks.EXTRAS["test"]) == set(EXTRAS) and tasks.EXTRAS["run"] == ()
    assert not {"jupyter-server", "jupyterlab"} & {p.name for p in pins("run")}


def test_the_oldest_python_is_said_once():
    oldest = ".".join(map(str, tasks.OLDEST_PYTHON))
    assert PROJECT["project"]["requires-python"] == f">={oldest}"
