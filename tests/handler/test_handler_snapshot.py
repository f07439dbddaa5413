"""A snapshot of the initialised function is restored many times; each must be its own."""

import gc
import importlib
import random
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module that Lambda names, imported anew."""
    monkeypatch.setenv("RLVR_SUITE", "tasks: {t: {scorers: [text.exact]}}")
    sys.modules.pop("rlvr_handler.lambda_function", None)
    yield importlib.import_module("rlvr_handler.lambda_function")
    gc.unfreeze()  # it froze the objects of other tests too
    sys.modules.pop("rlvr_handler.lambda_function", None)


def test_the_hooks_are_registered(function: Any) -> None:
    """With the client that calls them on Lambda."""
    import snapshot_restore_py

    before = [hook[0] for hook in snapshot_restore_py.get_before_snapshot()]
    after = [hook[0] for hook in snapshot_restore_py.get_after_restore()]

    assert function.before_snapshot in before
    assert function.after_restore in after


def test_seeds_are_renewed_and_scoring_goes_on(function: Any) -> None:
    """Two restores of one state draw different numbers."""
    function.before_snapshot()
    state = random.getstate()
    drawn = []
    for _ in range(2):
        random.setstate(state)
        function.after_restore()
        drawn.append(random.random())  # noqa: S311  # the state is what is tested
    (result,) = function.lambda_handler([{"id": "1", "response": "a", "answer": "a"}])

    assert drawn[0] != drawn[1]
    assert result["aggregate_reward_score"] == 1.0


def test_patterns_are_compiled_before_the_snapshot(function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else each restored process would compile those of its first records."""
    calls: list[str] = []
    monkeypatch.setattr(function, "compile_patterns", lambda: calls.append("compiled"))
    function.before_snapshot()

    assert calls == ["compiled"]
