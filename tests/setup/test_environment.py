"""The conda door and pyproject.toml say the same."""

from __future__ import annotations

import yaml

from tests.setup.declared import PROJECT, ROOT, requirements, split

CONDA_NAMES = {"duckdb": "python-duckdb", "matplotlib": "matplotlib-base",
               "nbconvert": "nbconvert-core", "brotli": "brotli-python"}
NOT_ON_CONDA = {"zhplot"}


def conda() -> list:
    """The entries of environment.yml."""
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]


def test_conda_has_the_names_and_ranges_of_the_core_and_the_lab():
    declared = {CONDA_NAMES.get(name, name): span for name, span in requirements("lab").items()
                if name not in NOT_ON_CONDA}
    listed = dict(split(entry) for entry in conda() if isinstance(entry, str))
    assert listed.pop("pip") == ""
    assert listed.pop("python") == PROJECT["project"]["requires-python"]
    assert listed == declared


def test_conda_ends_with_the_project_itself():
    assert conda()[-1] == {"pip": ["-e .[lab]"]}


def test_the_core_has_no_jupyter_server():
    assert not requirements().keys() & {"jupyterlab", "jupyter-server", "notebook", "voila"}


def test_what_builds_the_project_is_locked_with_it():
    assert PROJECT["dependency-groups"]["build"] == PROJECT["build-system"]["requires"]
