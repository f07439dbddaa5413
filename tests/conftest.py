"""What every test of the project shares: the long rounds' switch and hypothesis' profiles."""

import os
import sys

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings

# The console of the commands keeps the width that it finds when it is made. So it is made here, where none is given;
# else the first test that runs a command with `COLUMNS` would choose the width of all later ones.
os.environ.pop("COLUMNS", None)
import rlvr.cli.console  # noqa: F401

# Tests start hundreds of processes. Byte code that one of them writes, the others need not compile: `rlvr` starts in
# half of the time. Machines of CI often forbid it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

LONG = os.environ.get("RLVR_LONG") == "1"

# Derandomised, so that a red run is red again and no change is refused for what another one did; the profile `search`
# looks for something new (`pytest --hypothesis-profile search`).
_QUIET = (HealthCheck.too_slow,)
settings.register_profile("habit", derandomize=True, deadline=None, max_examples=60, suppress_health_check=_QUIET)
settings.register_profile("long", derandomize=True, deadline=None, max_examples=1_000, suppress_health_check=_QUIET)
settings.register_profile("search", deadline=None, max_examples=1_000, suppress_health_check=_QUIET)
settings.load_profile("long" if LONG else "habit")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Use one order of the tests, so that a red run is red again; ``pytest --randomly-seed=N`` tries another one.

    Not in ``addopts``, where the option is an error as soon as pytest-randomly is switched off (``-p no:randomly``).
    """
    if getattr(config.option, "randomly_seed", None) == "default":
        config.option.randomly_seed = 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the long rounds unless they are asked for; in them, a property of a thousand examples has more time."""
    for item in items:
        if LONG and is_hypothesis_test(getattr(item, "function", None)) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(600))
    if LONG:
        return
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="a long round; set RLVR_LONG=1"))
