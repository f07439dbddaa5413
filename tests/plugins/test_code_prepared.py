"""The libraries of the tests, as a referee changes them; each is put back after the test."""

from __future__ import annotations

import importlib
import random
from collections.abc import Iterator
from typing import Any

import pytest

from rlvr_code.referee import arrays, libraries
from rlvr_code.referee.evaluating import GUARD, Failing
from rlvr_code.referee.libraries import prepare_libraries
from rlvr_code.trusted.submission import FailedTestError

yaml: Any = importlib.import_module("yaml")
np: Any = pytest.importorskip("numpy")


class Noted(Failing):
    """A world that notes the seeds of the tests."""

    def __init__(self) -> None:
        self.seeds: list[tuple[str, object]] = []

    def seed(self, module: str, value: object) -> None:
        """Note it."""
        self.seeds.append((module, value))


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[Noted]:
    """Keep what is changed, so that it is put back; the guard looks at this world."""
    changed = [
        (yaml.constructor.FullConstructor, ("find_python_name", "find_python_module")),
        (np, ("isclose", *libraries._TRUE_IF_CLOSE)),
        (np.testing, libraries._RAISE_UNLESS_CLOSE),
        (np.random, ("seed",)),
        (random, ("seed",)),
        (type(pytest.approx(0.0)), ("__eq__",)),
    ]
    for owner, names in changed:
        for name in names:
            monkeypatch.setattr(owner, name, getattr(owner, name))
    noted = Noted()
    before = GUARD._world
    GUARD.watch(noted)
    yield noted
    GUARD._world = before


EMPTY = [[], (), [[]], [(), []], np.zeros(0), np.zeros((0, 2)), np.zeros((2, 0))]
FULL = [1, 0.0, [1], [[], [1]], np.zeros(2), np.float64(0), "text", None]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("empty", EMPTY, ids=range(len(EMPTY)))
def test_an_empty_array_is_close_to_empty_ones_alone(empty: Any) -> None:
    """From either side, by position and by name; what raises, raises."""
    prepare_libraries(["import numpy as np", "pytest.approx"])
    for full in (1, [1], np.ones(1)):
        for pair in ((empty, full), (full, empty)):
            assert not any(getattr(np, name)(*pair) for name in libraries._TRUE_IF_CLOSE)
            assert not np.isclose(*pair).any()
            assert np.isclose(*pair).size
            for name in libraries._RAISE_UNLESS_CLOSE:
                with pytest.raises(AssertionError, match="empty"):
                    getattr(np.testing, name)(*pair)
    assert not np.allclose(a=empty, b=1)
    assert np.allclose(empty, empty)
    assert np.isclose(empty, empty).size == 0
    np.testing.assert_allclose(empty, empty)
    if isinstance(empty, np.ndarray):
        assert empty != pytest.approx(1)


@pytest.mark.usefixtures("world")
def test_other_arrays_are_compared_as_before() -> None:
    """By NumPy."""
    prepare_libraries(["numpy approx"])

    assert np.allclose([1, 2], np.array([1, 2 + 1e-12]))
    assert not np.allclose([1], 2)
    assert np.isclose([1, 2], [1, 3]).tolist() == [True, False]
    np.testing.assert_allclose([1.0], 1.0)
    with pytest.raises(AssertionError, match="Mismatch"):
        np.testing.assert_allclose([1.0], 2.0)
    assert np.ones(2) == pytest.approx(1)


@pytest.mark.parametrize("value", FULL, ids=range(len(FULL)))
def test_what_has_items_or_is_no_array_is_not_empty(value: Any) -> None:
    """Only arrays, lists of arrays, series and frames can be."""
    assert not arrays.is_empty(value)


def test_series_and_frames_may_be_empty() -> None:
    """As arrays."""
    pandas: Any = pytest.importorskip("pandas")

    assert arrays.is_empty(pandas.Series([], dtype=float))
    assert arrays.is_empty(pandas.DataFrame({"a": []}))
    assert not arrays.is_empty(pandas.Series([1]))


def test_what_the_tests_do_not_name_is_left_alone(world: Noted) -> None:
    """And costs nothing."""
    close = type(pytest.approx(0.0))
    before = (np.allclose, random.seed, np.random.seed, yaml.FullLoader.find_python_name, close.__eq__)
    prepare_libraries(["import pytest", "assert f(1) == 2", "seed = 3"])
    random.seed(1)

    assert before == (np.allclose, random.seed, np.random.seed, yaml.FullLoader.find_python_name, close.__eq__)
    assert world.seeds == []


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("random.seed(7)", [("random", 7), ("random", "x")]),
        ("np.random.seed(7)", [("random", 7), ("random", "x"), ("numpy.random", 3), ("numpy.random", 4)]),
        ("from numpy.random import seed", [("random", 7), ("random", "x"), ("numpy.random", 3), ("numpy.random", 4)]),
        ("seed = 7; numpy.zeros(1)", []),
    ],
)
def test_a_seed_of_the_tests_is_the_submissions_too(world: Noted, text: str, seeds: list[tuple[str, object]]) -> None:
    """A number or a text; the tests draw from it as before."""
    prepare_libraries([text])
    random.seed(7)
    drawn = random.random()  # noqa: S311  # no secret
    random.seed(a="x")
    random.seed(None)
    random.seed()
    np.random.seed(3)  # what tests call
    np.random.seed(seed=4)  # as above
    np.random.seed([1, 2])  # as above

    assert world.seeds == seeds
    assert random.Random(7).random() == drawn  # noqa: S311  # as above


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: 1", {"a": 1}),
        ("!!python/tuple [1, 2]", (1, 2)),
        ("!!python/name:builtins.int ''", int),
        ("!!python/name:dict ''", dict),
        ("!!python/object/apply:fractions.Fraction [1, 2]", 0.5),
    ],
)
def test_yaml_names_plain_types(world: Noted, text: str, wanted: Any) -> None:
    """As pickles do."""
    prepare_libraries(["import yaml"])

    assert yaml.unsafe_load(text) == wanted
    assert world.failed is None


@pytest.mark.parametrize(
    "text",
    [
        "!!python/name:unittest.mock.ANY ''",
        "!!python/name:eval ''",
        "!!python/module:fractions ''",
        "!!python/module:os ''",
    ],
)
@pytest.mark.parametrize("loader", ["UnsafeLoader", "FullLoader"])
def test_yaml_names_nothing_else(world: Noted, loader: str, text: str) -> None:
    """The failure sticks, whatever the tests do about it."""
    prepare_libraries(["import yaml"])
    with pytest.raises((FailedTestError, yaml.YAMLError)) as failed:
        yaml.load(text, Loader=getattr(yaml, loader))  # what tests do

    assert world.failed is not None or failed.type is not FailedTestError
    assert loader == "FullLoader" or world.failed is not None
