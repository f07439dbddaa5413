"""Whether a value is the one that was expected: exactly by default, else as the author of the task says.

Values of different types are never equal: ``true`` is no ``1``, ``"3"`` no ``3``.
``1.0`` is ``1``, for JSON has one type of numbers.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr.record import JsonValue
from rlvr_schema.schemas.validation import compiled

# No date is written longer; Python's reading of dates is not made for more.
DATE_LIMIT_CHARACTERS = 64
# Words compared in one text; a field of an answer is a few sentences.
WORDS_LIMIT = 5_000


class _Comparator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="compare"):
    """How one field is compared."""


class Exact(_Comparator, frozen=True, kw_only=True, tag="exact"):
    """The same value; texts after Unicode composition (NFC), and nothing else, is undone."""


class Casefold(_Comparator, frozen=True, kw_only=True, tag="casefold"):
    """The same text but for upper and lower case, and white space around and between words."""


class Number(_Comparator, frozen=True, kw_only=True, tag="number"):
    """A number within a tolerance, the greater of the two."""

    absolute: Annotated[float, Meta(ge=0.0, description="In the number's own unit.")] = 0.0
    relative: Annotated[float, Meta(ge=0.0, lt=1.0, description="As a fraction of the expected number.")] = 0.0


class Date(_Comparator, frozen=True, kw_only=True, tag="date"):
    """The same day, or the same moment where both have a time; read as ISO 8601 or by the given formats."""

    formats: Annotated[tuple[str, ...], Meta(description="Formats of strptime, tried after ISO 8601.")] = ()


class Pattern(_Comparator, frozen=True, kw_only=True, tag="pattern"):
    """A text in which a pattern of ECMA 262 is found; the expected value is not read."""

    pattern: Annotated[str, Meta(description="Anchor it with ^ and $ to mean the whole text.")]


class Aliases(_Comparator, frozen=True, kw_only=True, tag="aliases"):
    """The expected value, or another of a group that holds it."""

    groups: Annotated[tuple[tuple[JsonValue, ...], ...], Meta(description="Values that mean the same, by group.")]


class Text(_Comparator, frozen=True, kw_only=True, tag="text"):
    """A text of nearly the expected words in nearly their order; numbers and negations must be the same."""

    least: Annotated[float, Meta(gt=0.0, le=1.0, description="The least share of words in common order.")] = 0.8


class SetOf(_Comparator, frozen=True, kw_only=True, tag="set"):
    """An array with the same values, in any order, however often."""


class Multiset(_Comparator, frozen=True, kw_only=True, tag="multiset"):
    """An array with the same values as often, in any order."""


Comparator: TypeAlias = Exact | Casefold | Number | Date | Pattern | Aliases | Text | SetOf | Multiset
EXACT = Exact()


def agrees(given: JsonValue, expected: JsonValue, comparator: Comparator = EXACT) -> bool:
    """Say whether a value is the expected one under a comparator; linear in both, ``text`` but for a capped square."""
    match comparator:
        case Exact():
            return same(given, expected)
        case Casefold():
            return _texts(given, expected) and _folded(given) == _folded(expected)
        case Number():
            return _near(given, expected, comparator)
        case Date():
            return _same_date(given, expected, comparator.formats)
        case Pattern():
            return isinstance(given, str) and compiled({"pattern": comparator.pattern}).is_valid(given)
        case Aliases():
            groups = (group for group in comparator.groups if any(same(expected, each) for each in group))
            return same(given, expected) or any(same(given, each) for group in groups for each in group)
        case Text():
            return _texts(given, expected) and _alike(given, expected, comparator.least)
        case SetOf():
            return _arrays(given, expected) and set(map(identity, given)) == set(map(identity, expected))
        case Multiset():
            return _arrays(given, expected) and Counter(map(identity, given)) == Counter(map(identity, expected))
    assert_never(comparator)


def same(given: JsonValue, expected: JsonValue) -> bool:
    """Say whether two JSON values are one value."""
    if isinstance(given, bool) or isinstance(expected, bool):
        return given is expected
    if isinstance(given, str):
        return isinstance(expected, str) and (given == expected or _composed(given) == _composed(expected))
    if isinstance(given, (int, float)):
        return isinstance(expected, (int, float)) and given == expected
    if isinstance(given, (list, tuple)):
        return isinstance(expected, (list, tuple)) and len(given) == len(expected) and all(map(same, given, expected))
    if isinstance(given, dict):
        return (
            isinstance(expected, dict)
            and given.keys() == expected.keys()
            and all(same(value, expected[key]) for key, value in given.items())
        )
    return given is None and expected is None


def identity(value: JsonValue) -> str:
    """Write a value so that two are :func:`same` just if their texts are equal."""
    if isinstance(value, str):
        return "s" + msgspec.json.encode(_composed(value)).decode()
    if isinstance(value, float) and value.is_integer():
        return f"n{int(value)}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(identity, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{identity(value[key])}" for key in sorted(value)) + "}"
    return f"n{value!r}" if isinstance(value, (int, float)) and not isinstance(value, bool) else repr(value)


def _texts(*values: JsonValue) -> bool:
    return all(isinstance(value, str) for value in values)


def _arrays(*values: JsonValue) -> bool:
    return all(isinstance(value, list) for value in values)


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _folded(text: str) -> str:
    return " ".join(_composed(text).casefold().split())


def _near(given: JsonValue, expected: JsonValue, comparator: Number) -> bool:
    numbers = [value for value in (given, expected) if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(numbers) < len((given, expected)):
        return False
    try:
        return given == expected or math.isclose(
            given, expected, rel_tol=0.0, abs_tol=max(comparator.absolute, comparator.relative * abs(expected))
        )
    except OverflowError:  # an integer beyond the range of a double
        return False


def _same_date(given: JsonValue, expected: JsonValue, formats: Iterable[str]) -> bool:
    one, other = _moment(given, formats), _moment(expected, formats)
    if one is None or other is None:
        return False
    if (one.tzinfo is None) != (other.tzinfo is None):
        return False
    return one == other


def _moment(value: JsonValue, formats: Iterable[str]) -> datetime | None:
    if not isinstance(value, str) or len(value) > DATE_LIMIT_CHARACTERS or not value.isascii():
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        pass
    for form in formats:
        try:
            return datetime.strptime(value, form)  # noqa: DTZ007  # a date without a zone stays without
        except ValueError:
            continue
    return None


_NEGATIONS = frozenset("not no never none neither nor without n't cannot can't don't doesn't isn't won't".split())


def _alike(given: str, expected: str, least: float) -> bool:
    """Compare words in order: the longest run of common words, not its bag, so that who did what to whom counts."""
    ours, theirs = _folded(given).split(), _folded(expected).split()
    if not theirs or max(len(ours), len(theirs)) > WORDS_LIMIT or _fixed(ours) != _fixed(theirs):
        return ours == theirs
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(None, ours[:_ALIGNED_LIMIT], theirs[:_ALIGNED_LIMIT], autojunk=False)
    return matcher.ratio() >= least and ours[_ALIGNED_LIMIT:] == theirs[_ALIGNED_LIMIT:]


# The alignment is cubic at worst; a hundred words are a long field, and end in a few milliseconds.
_ALIGNED_LIMIT = 100


def _fixed(words: Iterable[str]) -> list[str]:
    """Return the words that change a sentence's meaning most, in order."""
    return [word for word in words if word in _NEGATIONS or word.endswith("n't") or any(map(str.isdigit, word))]
