"""The fictional county, opened once for the tests of the analysis."""

import pytest

from hecha.batch.opening import open_case
from hecha.scoring.trials import Trials


@pytest.fixture(scope="session")
def opened():
    """data/yunxi under the default plan with its own parameters."""
    return open_case("data/yunxi", "params/xian2023")


@pytest.fixture(scope="session")
def trials(opened):
    """The same county, to be looked at under other choices."""
    return Trials.of(opened.plan, opened.case)


@pytest.fixture(scope="session")
def official(trials):
    """The county as it is in force."""
    return trials.under()
