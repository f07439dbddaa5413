"""The submission as a module that test code imports."""

from __future__ import annotations

import builtins
import importlib.util
import sys
import types
from collections.abc import Callable
from typing import Any

from rlvr_code.referee.remote import World
from rlvr_code.trusted.submission import FailedTestError
from rlvr_code.wire.outcome import Kind


def importer_for(world: World, module: str) -> Callable[..., Any]:
    """An ``import`` for test code that finds the submission under its module's name."""

    def importer(name: str, *rest: Any, **keywords: Any) -> Any:
        is_submission = name == module or (not module and _is_unknown(name))
        return _SubmissionModule(world, name) if is_submission else builtins.__import__(name, *rest, **keywords)

    return importer


def _is_unknown(name: str) -> bool:
    try:
        return name not in sys.modules and importlib.util.find_spec(name) is None
    except (ImportError, ValueError):
        return True


class _SubmissionModule(types.ModuleType):
    """The submission as a module."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(name)
        self.__dict__["_world"] = world

    def __getattr__(self, name: str) -> Any:
        world: World = self.__dict__["_world"]
        if name == "__all__":
            return world.ask("names", ())
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return world.name(name)
        except FailedTestError as failed:
            if failed.kind is Kind.MISSING:
                world.failed = None
                raise AttributeError(f"the submission defines no {name!r}") from None
            raise
