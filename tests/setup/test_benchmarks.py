"""The benchmarks are run by hand and rarely: here at least they are asked to begin.

Importing one finds every name it takes from the project, so that a name changed over there
is changed here too.
"""

import importlib
import re
from pathlib import Path

import pytest

import benchmarks

NAMES = sorted(p.stem for p in Path(benchmarks.__file__).parent.glob("[!_]*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_a_benchmark_can_begin_and_says_how_it_is_run(name):
    module = importlib.import_module(f"benchmarks.{name}")
    assert callable(module.main) and module.main.__doc__
    assert re.search(rf"python (-m benchmarks[. ]{name}|benchmarks/{name}\.py)\b", module.__doc__)


def test_every_benchmark_is_run_by_all_of_them_or_is_left_to_the_night():
    every = importlib.import_module("benchmarks.__main__")
    assert {*every.names(), *every.LONG} == set(NAMES)
