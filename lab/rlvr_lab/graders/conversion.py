"""What a conversion makes of graders: entries of a suite, and what could not be converted, with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rlvr import TemplateError, parse_template


class Models(msgspec.Struct, frozen=True, kw_only=True):
    """The models that a user names in place of those of the graders."""

    model: str = ""
    base_url: str | None = None
    api_key_variable: str | None = None

    def options_of(self, model: str, default_url: str, default_key: str) -> dict[str, Any]:
        """Return the options of a judge for the model of a grader; another model is one of Amazon Bedrock."""
        url = self.base_url if self.base_url is not None else "" if self.model else default_url
        key = self.api_key_variable if self.api_key_variable is not None else default_key if url else ""
        found: dict[str, Any] = {"models": [self.model or model]}
        return found | ({"base_url": url} if url else {}) | ({"api_key_variable": key} if key else {})


class RefusedError(Exception):
    """A grader that cannot be converted; its text is the reason."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A grader that was not converted: its name, its type and the reason."""

    name: str
    type: str
    reason: str


class ConvertedGrader(msgspec.Struct, frozen=True, kw_only=True):
    """One grader as an entry of a task.

    Attributes:
        entry: The entry.
        low: The number of the source where the entry is 0.0.
        high: The number of the source where the entry is 1.0.
        notes: How its numbers may differ from those of the source.
    """

    entry: Mapping[str, Any]
    low: float = 0.0
    high: float = 1.0
    notes: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The name of the entry."""
        return str(self.entry["name"])

    @property
    def raw(self) -> str:
        """The number of the source, as a formula over the value of the entry."""
        if (self.low, self.high) == (0.0, 1.0):
            return self.name
        return f"({self.low:g} + {self.high - self.low:g} * {self.name})".replace("+ -", "- ")


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a conversion.

    Attributes:
        tasks: The tasks of the suite; empty if nothing could be converted.
        refused: The graders that were not converted.
        notes: What differs from the source.
    """

    tasks: Mapping[str, Any]
    refused: Sequence[Refused] = ()
    notes: Sequence[str] = ()

    @property
    def suite(self) -> dict[str, Any]:
        """The suite."""
        return {"version": 1, "tasks": dict(self.tasks)}


def entry_name(text: str, taken: Sequence[str]) -> str:
    """Return a name for an entry that a formula can have, and that no other entry has."""
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "grader"
    name = name if name[0].isalpha() else f"grader_{name}"
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def text_of(value: object, what: str) -> str:
    """Return a value that must be a text.

    Raises:
        RefusedError: It is none.
    """
    if not isinstance(value, str):
        raise RefusedError(f"`{what}` is {type(value).__name__}, not a text")
    return value


def paths_in(text: str) -> tuple[tuple[str, ...], ...]:
    """Return the places of a template.

    Raises:
        RefusedError: It is none.
    """
    try:
        return parse_template(text).paths
    except TemplateError as error:
        raise RefusedError(f"the template {text[:80]!r}: {error}") from error


def compared(answer: str, reference: str, *, is_symmetric: bool = False) -> dict[str, Any]:
    """Return the options of a scorer that compares two templates, of which the first has a place of the answer.

    Raises:
        RefusedError: The scorer cannot compare these.
    """
    sides = [any(path[0] == "sample" for path in paths_in(side)) for side in (answer, reference)]
    if sides == [False, True] and is_symmetric:
        return compared(reference, answer)
    if not sides[0]:
        raise RefusedError("its input has no place of the answer" + ("; the reference has one" if sides[1] else ""))
    if sides[1]:
        raise RefusedError("both of its sides have a place of the answer")
    if not reference.strip():
        raise RefusedError("its reference is blank, and a blank answer earns nothing here")
    is_whole = (
        paths_in(answer) == (("sample", "output_text"),)
        and answer.strip().startswith("{{")
        and (answer.strip().endswith("}}"))
    )
    found: dict[str, Any] = {} if is_whole and answer == answer.strip() else {"answer_template": answer}
    return found | {"reference_template": reference}
