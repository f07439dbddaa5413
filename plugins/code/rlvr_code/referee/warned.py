"""Warnings of a submission, for tests that record warnings."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any, Protocol


class _Warning(Protocol):
    """What this module asks of the submission."""

    def warned(self) -> Any:
        """Return the classes and texts of the submission's warnings since the last call."""


class Warned:
    """Issues here what the submission warns of while tests record warnings, or have other filters than before."""

    def __init__(self, world: _Warning) -> None:
        self._world = world
        self._filters = warnings.filters  # ``catch_warnings`` puts another list in its place
        self._is_busy = False

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Issue the warnings of a request, also if it raises an exception."""
        if self._is_busy or warnings.filters is self._filters:
            yield
            return
        self._told()  # what came before is not recorded
        try:
            yield
        finally:
            for kind, text in self._told():
                if isinstance(kind, type) and issubclass(kind, Warning):
                    warnings.warn(kind(text), stacklevel=2)

    def _told(self) -> list[tuple[Any, Any]]:
        self._is_busy = True
        try:
            told = self._world.warned()
        finally:
            self._is_busy = False
        return told if type(told) is list and all(type(each) is tuple and len(each) == 2 for each in told) else []  # noqa: PLR2004  # a class and a text
