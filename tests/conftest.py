"""What every test of the project shares: the long rounds' switch, hypothesis' profiles, and tests of many cases."""

import gc
import os
import sys
from collections.abc import Iterator
from itertools import product, repeat
from typing import Any

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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--alone", action="store_true", help="run each case of @pytest.mark.each as a test of its own")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Use one order of the tests, so that a red run is red again; ``pytest --randomly-seed=N`` tries another one.

    Not in ``addopts``, where the option is an error as soon as pytest-randomly is switched off (``-p no:randomly``).
    """
    if getattr(config.option, "randomly_seed", None) == "default":
        config.option.randomly_seed = 1


def pytest_collection() -> None:
    """Let the garbage collector rest while thousands of tests are made, of which none is garbage."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Let the garbage collector look at nothing that was there before the first test."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the long rounds unless they are asked for; give properties in them, and tests of many cases, more time."""
    for item in items:
        is_long = LONG and is_hypothesis_test(getattr(item, "function", None))
        if (is_long or "each" in item.keywords) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(600))
        if not LONG and "slow" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="a long round; set RLVR_LONG=1"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of all cases of ``@pytest.mark.each(names, values)``, which is written as ``parametrize`` is.

    A test of its own costs two milliseconds and 20 KB, which is more than most cases take.
    """
    for mark in metafunc.definition.iter_markers("each"):
        if metafunc.config.option.alone:
            metafunc.parametrize(*mark.args, **mark.kwargs)
        else:
            names = _names(mark)
            metafunc.parametrize(names, [(None,) * len(names)], ids=[pytest.HIDDEN_PARAM])


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run the cases of a test one after the other, and name all that fail."""
    marks = [*pyfuncitem.iter_markers("each")]
    if not marks or pyfuncitem.config.option.alone:
        return None
    fixtures = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    count, failures, shown = 0, [], []
    for cases in product(*map(_cases, marks)):
        count += 1
        given = {name: value for case, _ in cases for name, value in case.items()}
        try:
            pyfuncitem.obj(**fixtures | given)
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  # whatever a test raises
            label = " ".join(label for _, label in cases if label)
            shown.append(f"{label} {given!r}".strip()[:_SHOWN_CHARACTERS])
            error.add_note(f"the case: {shown[-1]}")
            failures.append(error)
    assert count, "a test without cases"
    if len(failures) == 1:
        raise failures[0]
    if failures:
        said = f"{len(failures)} of {count} cases fail; --alone runs each by itself:"
        raise BaseExceptionGroup("\n".join([said, *shown]), failures)
    return True


_SHOWN_CHARACTERS = 1_000


def _names(mark: pytest.Mark) -> list[str]:
    names = mark.args[0]
    return [each.strip() for each in names.split(",")] if isinstance(names, str) else [*names]


def _cases(mark: pytest.Mark) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield the arguments of each case, and its id if it has one."""
    names, ids = _names(mark), mark.kwargs.get("ids")
    labels = repeat("") if ids is None or callable(ids) else map(str, ids)
    for value, label in zip(mark.args[1], labels, strict=False):
        yield dict(zip(names, value if len(names) > 1 else [value], strict=True)), label
