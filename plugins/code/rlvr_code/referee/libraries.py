"""Libraries of the tests, where what they do with values of a submission would let it decide, or decide by chance.

- YAML can name objects, such as ``!!python/name:unittest.mock.ANY``: a text of a submission names plain types alone.
- NumPy compares an empty array with every item of the other one, so that it is close to everything: here it is close
  to empty arrays alone.
- A coroutine of the submission runs in its own process, without the event loop of the tests: the time that the tests
  let it wait is told to it.
- The functions of ``dataclasses`` work on an object of the submission where its class is.
- A test that calls ``random.seed`` expects what a submission draws from this seed: the submission is seeded too.

All this changes modules, so it happens in the process of a referee alone.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from rlvr_code.problems.libraries import is_installed
from rlvr_code.referee.arrays import is_empty
from rlvr_code.referee.coroutines import limited_wait
from rlvr_code.referee.evaluating import GUARD
from rlvr_code.referee.references import is_stand_in, world_of

# Functions of NumPy that are true where two arrays are equal or close, or that raise where they are not.
_TRUE_IF_CLOSE = ("allclose", "array_equiv")
_RAISE_UNLESS_CLOSE = (
    "assert_allclose", "assert_almost_equal", "assert_array_almost_equal", "assert_array_almost_equal_nulp",
    "assert_array_equal", "assert_array_less", "assert_array_max_ulp", "assert_equal",
)  # fmt: skip
# Seeds that are the same number in both processes.
_SEEDS = (int, float, str, bytes)


def prepare_libraries(texts: Iterable[str]) -> None:
    """Change the libraries that test code names; of others no referee has the costs."""
    code = "\n".join(texts)
    for word, (library, prepare) in _PREPARED.items():
        if word in code and is_installed(library):
            prepare()
    if "seed" in code:
        for name in ("random", "numpy.random"):
            if name in code or name.replace("numpy", "np") in code:
                _share_seeds(name)


def _prepare_yaml() -> None:
    constructor = importlib.import_module("yaml.constructor").FullConstructor
    find_name = constructor.find_python_name

    def find_python_name(self: Any, name: str, *place: Any, **keywords: Any) -> Any:
        module, _, last = name.rpartition(".")
        GUARD.look("pickle.find_class", (module or "builtins", last))
        return find_name(self, name, *place, **keywords)

    def find_python_module(_: Any, name: str, *__: Any, **___: Any) -> Any:
        GUARD.look("pickle.find_class", (name, "*"))

    constructor.find_python_name, constructor.find_python_module = find_python_name, find_python_module


def _prepare_numpy() -> None:
    numpy: Any = importlib.import_module("numpy")
    testing: Any = importlib.import_module("numpy.testing")
    for name in _TRUE_IF_CLOSE:
        setattr(numpy, name, _with_items(getattr(numpy, name), lambda *_: False))
    numpy.isclose = _with_items(numpy.isclose, lambda *_: numpy.zeros(1, bool))
    for name in _RAISE_UNLESS_CLOSE:
        setattr(testing, name, _with_items(getattr(testing, name), _raise_empty))


def _prepare_pytest() -> None:
    approximate: Any = type(importlib.import_module("pytest").approx(0.0))
    approximate.__eq__ = _with_items(approximate.__eq__, lambda *_: False)


def _raise_empty(*_: Any) -> None:
    raise AssertionError("one of two arrays is empty")


def _with_items(compare: Callable[..., Any], differ: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that compares two values, unless one alone has no items; these differ."""

    @functools.wraps(compare)
    def compared(*arguments: Any, **keywords: Any) -> Any:
        values = [*arguments, *keywords.values()][:2]
        return differ(*values) if len({is_empty(each) for each in values}) > 1 else compare(*arguments, **keywords)

    return compared


def _share_seeds(name: str) -> None:
    """Give the seeds that tests set to the submission too."""
    module: Any = importlib.import_module(name)
    seed = module.seed

    @functools.wraps(seed)
    def shared(*arguments: Any, **keywords: Any) -> None:
        seed(*arguments, **keywords)
        given = [*arguments, *keywords.values()]
        if given and type(given[0]) in _SEEDS:
            GUARD.seed(name, given[0])

    module.seed = shared


def _prepare_asyncio() -> None:
    asyncio: Any = importlib.import_module("asyncio")
    wait_for: Any = asyncio.wait_for
    usual_timeout: Any = getattr(asyncio, "timeout", None)

    @functools.wraps(wait_for)
    async def limited_wait_for(awaitable: Any, timeout: float | None) -> Any:  # noqa: ASYNC109  # asyncio's name
        with limited_wait(timeout):
            return await wait_for(awaitable, timeout)

    @contextlib.asynccontextmanager
    async def limited_timeout(delay: float | None) -> AsyncIterator[Any]:
        with limited_wait(delay):
            async with usual_timeout(delay) as manager:
                yield manager

    asyncio.wait_for = limited_wait_for
    if usual_timeout is not None:
        asyncio.timeout = limited_timeout


def _prepare_dataclasses() -> None:
    module: Any = importlib.import_module("dataclasses")
    for name in ("asdict", "astuple", "replace", "fields", "is_dataclass"):
        setattr(module, name, _asked_of_submission(name, getattr(module, name)))


def _asked_of_submission(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that asks the submission, if it is called with an object of the submission."""

    @functools.wraps(function)
    def asked(value: Any, /, **keywords: Any) -> Any:
        if not is_stand_in(value):
            return function(value, **keywords)
        return world_of(value).dataclass(name, value, keywords)

    return asked


_PREPARED: dict[str, tuple[str, Callable[[], None]]] = {
    "yaml": ("yaml", _prepare_yaml),
    "numpy": ("numpy", _prepare_numpy),
    "approx": ("pytest", _prepare_pytest),
    "asyncio": ("asyncio", _prepare_asyncio),
    "dataclasses": ("dataclasses", _prepare_dataclasses),
}
