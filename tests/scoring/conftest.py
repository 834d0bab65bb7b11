"""The fictional county, scored once for all tests of the scoring."""

import pytest

from hecha.batch.opening import open_case


@pytest.fixture(scope="session")
def opened():
    """data/yunxi as handed in, under the default plan with its own parameters."""
    return open_case("data/yunxi", "params/xian2023")


@pytest.fixture(scope="session")
def yunxi(opened):
    """The results of data/yunxi."""
    return opened.results
