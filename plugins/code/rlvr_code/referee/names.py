"""The names that test code sees: its own, helpers for problems of LeetCode, and those of the submission."""

from __future__ import annotations

import builtins
import types
from typing import Any

from rlvr_code.referee.remote import World
from rlvr_code.trusted.comparing import json_value
from rlvr_code.trusted.submission import FailedTestError, Submission
from rlvr_code.wire.nodes import helpers
from rlvr_code.wire.outcome import Kind


class Names(dict[str, Any]):
    """Globals of test code: what it does not define itself, the submission does."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__({name: _verified(world, name, each) for name, each in helpers().items()})
        self._world = world
        self["__name__"] = name
        self["__builtins__"] = dict(vars(builtins))

    def __missing__(self, name: str) -> Any:
        if name in vars(builtins) or name.startswith("__"):
            raise KeyError(name)
        try:
            value = self._world.name(name)
        except FailedTestError as failed:
            if failed.kind is Kind.MISSING:
                self._world.failed = None
                raise KeyError(name) from None
            raise
        self[name] = value
        return value


def _verified(world: World, name: str, helper: Any) -> Any:
    """A helper of ours that a submission which brings its own must agree with."""
    if isinstance(helper, type):
        return helper

    def verified(*arguments: Any) -> Any:
        ours = helper(*arguments)
        try:
            theirs = world.call(name, arguments, {})
        except FailedTestError as failed:
            if failed.kind is not Kind.MISSING:
                raise
            world.failed = None
            return ours
        if json_value(ours) != json_value(theirs):
            raise AssertionError(f"the submission's own {name} answers otherwise")
        return ours

    return verified


def prepare(submission: Submission, job: dict[str, Any]) -> tuple[World, Names]:
    """Make the names of test code afresh, and run its setup."""
    world = World(submission)
    names = Names(world, "tests")
    entry = job["entry"]

    def candidate(*arguments: Any, **keywords: Any) -> Any:
        return world.call(entry, arguments, keywords)

    if entry:
        names["candidate"] = candidate
        if entry.isidentifier():
            names[entry] = candidate
    if job["setup"]:
        run(compile(job["setup"], "<setup>", "exec"), names)
    return world, names


def run(code: types.CodeType, names: dict[str, Any]) -> None:
    """Run test code with its names."""
    exec(code, names)  # noqa: S102  # tests are the task's, as trusted as the suite
