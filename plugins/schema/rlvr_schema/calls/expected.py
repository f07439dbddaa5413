"""The calls that a row expects: plain ones, or BFCL's lists of allowed values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec

from rlvr import JsonValue
from rlvr_schema.calls.objects import CALLS_LIMIT, read_calls
from rlvr_schema.reading.strict import JsonError, value_in
from rlvr_schema.schemas.validation import SchemaError

Option: TypeAlias = JsonValue
"""One allowed value of an argument."""

OMITTED = ""
"""Among BFCL's options: the argument may be left out."""


class ExpectedCall(msgspec.Struct, frozen=True, kw_only=True):
    """One expected call.

    Attributes:
        name: The function.
        arguments: Each argument's allowed values.
        nested: Objects inside the values hold lists of allowed values themselves, as BFCL's do.
        step: Its place where order matters; calls of one step run in parallel, so that their order does not.
    """

    name: str
    arguments: Mapping[str, tuple[Option, ...]]
    nested: bool = False
    step: int = 0

    def may_omit(self, argument: str) -> bool:
        """Return whether an argument may be left out."""
        return self.nested and any(option == OMITTED and isinstance(option, str) for option in self.arguments[argument])

    def example(self) -> dict[str, JsonValue]:
        """Return the arguments of a call that is right: of each the first allowed value, none that may be left out."""
        return {
            name: self._first(options)
            for name, options in self.arguments.items()
            if options and not self.may_omit(name)
        }

    def _first(self, options: Sequence[Option]) -> JsonValue:
        first = options[0]
        if not self.nested:
            return first
        if isinstance(first, list):
            return [self._first([each]) for each in first]
        if not isinstance(first, dict):
            return first
        listed = {key: each if isinstance(each, list) else [each] for key, each in first.items()}
        return {key: self._first(each) for key, each in listed.items() if each and OMITTED not in each}


def calls_expected_in(reference: JsonValue) -> tuple[ExpectedCall, ...]:
    """Read the expected calls of a reference, a list or its JSON text; an empty one expects none.

    A list within the list holds calls that run in parallel: one step of the order.

    Raises:
        SchemaError: It is anything else.
    """
    if isinstance(reference, str):
        try:
            reference = value_in(reference)
        except JsonError as error:
            raise SchemaError(f"the reference is no JSON: {error.problem}") from None
    listed = reference if isinstance(reference, list) else [reference]
    steps = [each if isinstance(each, list) else [each] for each in listed]
    if sum(map(len, steps)) > CALLS_LIMIT:
        raise SchemaError(f"the reference expects more than {CALLS_LIMIT} calls")
    return tuple(
        msgspec.structs.replace(_with_options(call) or _plain(call), step=step)
        for step, calls in enumerate(steps)
        for call in calls
    )


def _with_options(call: JsonValue) -> ExpectedCall | None:
    """Read BFCL's ``{function: {argument: [allowed, ...]}}``."""
    if not isinstance(call, Mapping) or len(call) != 1:
        return None
    name, arguments = next(iter(call.items()))
    if not isinstance(arguments, Mapping) or not all(isinstance(each, list) for each in arguments.values()):
        return None
    return ExpectedCall(name=name, arguments={key: tuple(each) for key, each in arguments.items()}, nested=True)


def _plain(call: JsonValue) -> ExpectedCall:
    given = read_calls([call])
    if given.malformed:
        raise SchemaError(f"the reference expects {str(call)[:80]}: {given.malformed[0]}")
    (read,) = given.calls
    return ExpectedCall(name=read.name, arguments={key: (value,) for key, value in read.arguments.items()})
