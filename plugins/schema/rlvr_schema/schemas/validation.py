"""Compiled schemas: is a value what a JSON Schema describes, and if not, why.

``jsonschema-rs`` judges: it passes the whole official test suite, asserts every standard format, reads ``pattern`` as
ECMA 262 with an engine whose time is linear, and cannot be led to the network.
``jsonschema`` judges where no wheel of the other exists; scorers then run in a worker that is killed at its deadline,
since its patterns backtrack.
No ``$ref`` reaches the network or a file: what is not in the schema or among the given documents is a schema error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cache
from importlib.util import find_spec
from itertools import islice
from typing import Any, Generic, Literal, TypeAlias, TypeVar, assert_never, get_args

import msgspec

from rlvr import JsonValue
from rlvr_schema.schemas.ecma import with_modern_patterns

KeptT = TypeVar("KeptT")
Engine: TypeAlias = Literal["jsonschema-rs", "jsonschema"]
ENGINE: Engine = "jsonschema-rs" if find_spec("jsonschema_rs") else "jsonschema"
"""The library that judges here."""


def ends_in_time(engine: Engine) -> bool:
    """Return whether judging by a library takes time that the value's length bounds, so that scorers may be bounded."""
    match engine:
        case "jsonschema-rs":
            return True
        case "jsonschema":  # its patterns backtrack
            return False
    assert_never(engine)


# Faults are read by people; a value can be wrong in as many places as it has.
FAULTS_LIMIT = 20
# Schemas beyond this are data, and compiling one would cost more than a batch.
SCHEMA_LIMIT_BYTES = 4_000_000
# Every schema of a data set of tool calls, and a few megabytes of compiled ones.
CACHE_LIMIT = 4_096
# For the few patterns with look-around, which the linear engine cannot run; ordinary texts need some hundred steps.
BACKTRACK_LIMIT = 100_000
MESSAGE_LIMIT_CHARACTERS = 300

Draft: TypeAlias = Literal["draft4", "draft6", "draft7", "draft2019-09", "draft2020-12"]
DRAFTS: tuple[Draft, ...] = get_args(Draft)
DEFAULT_DRAFT: Draft = "draft2020-12"
_DRAFTS: Mapping[str, Draft] = {  # by their address without its scheme, which people write either way
    "json-schema.org/draft-04/schema": "draft4",
    "json-schema.org/draft-06/schema": "draft6",
    "json-schema.org/draft-07/schema": "draft7",
    "json-schema.org/draft/2019-09/schema": "draft2019-09",
    "json-schema.org/draft/2020-12/schema": "draft2020-12",
}


class SchemaError(ValueError):
    """A schema cannot be used: the task is wrong, not the answer."""


class SchemaFault(msgspec.Struct, frozen=True, kw_only=True):
    """One place where a value is not what the schema says.

    Attributes:
        at: The JSON pointer to the place in the value; "" for the whole of it.
        keyword: The schema's keyword that is not met.
        problem: What was expected, in words; quotes no more of the value than it must.
    """

    at: str
    keyword: str
    problem: str


class Validator(msgspec.Struct, frozen=True, kw_only=True):
    """A compiled schema.

    Attributes:
        is_valid: Whether a value conforms.
        errors: Every fault of a value, lazily.
        draft: The dialect, such as ``draft7``.
        engine: What judges.
        formats: Whether ``format`` is asserted; None if the draft decides.
    """

    is_valid: Callable[[JsonValue], bool]
    errors: Callable[[JsonValue], Iterable[Any]]
    draft: str
    engine: Engine
    formats: bool | None

    def faults(self, value: JsonValue, limit: int = FAULTS_LIMIT) -> tuple[SchemaFault, ...]:
        """Return where a value is wrong; the first ``limit`` places."""
        return tuple(_fault(error) for error in islice(self.errors(value), limit))


def compiled(
    schema: JsonValue,
    *,
    draft: str | None = None,
    formats: bool | None = True,
    documents: Mapping[str, JsonValue] | None = None,
    engine: Engine = ENGINE,
) -> Validator:
    """Compile a schema, or find it among those compiled before.

    Args:
        schema: A mapping or a truth value.
        draft: The dialect, one of ``DRAFTS``, where the schema names none; the newest if None.
        formats: Assert ``format``; None does what the draft says, which since 2019-09 is nothing.
        documents: Further schemas by their URI, which ``$ref`` may name.
        engine: What judges; for tests and measurements.

    Raises:
        SchemaError: It is no schema of its draft, or refers to what is not there.
    """
    given = documents or {}
    key = (fingerprint(schema), draft, formats, fingerprint(dict(given)), engine)
    return _compiled.of(key, lambda: _compile(schema, _draft_of(schema, draft, given), given, engine, formats=formats))


class Kept(Generic[KeptT]):
    """A cache of the values that were made last, so that the rows of a data set share them.

    Args:
        limit: How many are kept; the first made goes first.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._made: dict[Hashable, KeptT] = {}

    def of(self, key: Hashable, make: Callable[[], KeptT]) -> KeptT:
        """Return what was made of a key, or make it; what making it raises is raised."""
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = make()
            if len(self._made) > self._limit:
                del self._made[next(iter(self._made))]
        return found


_compiled: Kept[Validator] = Kept(CACHE_LIMIT)


def fingerprint(schema: JsonValue) -> bytes:
    """Hash a JSON value canonically: the order of keys does not matter, ``1``, ``1.0`` and ``true`` differ.

    Raises:
        SchemaError: It is larger than any schema, or no JSON value.
    """
    try:
        text = msgspec.json.encode(schema, order="sorted")
    except (TypeError, ValueError, RecursionError) as error:
        raise SchemaError(f"the schema is no JSON value: {error}") from None
    if len(text) > SCHEMA_LIMIT_BYTES:
        raise SchemaError(f"the schema is larger than {SCHEMA_LIMIT_BYTES} bytes")
    return text if len(text) <= _HASHED_FROM else hashlib.blake2b(text, digest_size=32).digest()


# Below this a text is its own fingerprint, which is cheaper to make; above, memory would hold all of them.
_HASHED_FROM = 512


def _draft_of(schema: JsonValue, default: str | None, documents: Mapping[str, JsonValue]) -> Draft | None:
    """Name the dialect of a schema; None for one of its own, whose metaschema is among the documents."""
    chosen = DEFAULT_DRAFT if default is None else next((draft for draft in DRAFTS if draft == default), None)
    if chosen is None:
        raise SchemaError(f"unknown draft {default!r}; known: {', '.join(DRAFTS)}")
    named = schema.get("$schema") if isinstance(schema, dict) else None
    if named is None:
        return chosen
    uri = named.rstrip("#") if isinstance(named, str) else ""
    if uri in documents:
        return None
    if draft := _DRAFTS.get(uri.partition("://")[2]):
        return draft
    raise SchemaError(f"$schema {named!r} is no known dialect; known: {', '.join(DRAFTS)}")


def _compile(
    schema: JsonValue, draft: Draft | None, documents: Mapping[str, JsonValue], engine: Engine, *, formats: bool | None
) -> Validator:
    if not isinstance(schema, (dict, bool)):
        raise SchemaError(f"the schema is {type(schema).__name__}; expected a mapping or a truth value")
    match engine:
        case "jsonschema-rs":
            is_valid, errors = _rust(schema, draft, documents, formats=formats)
        case "jsonschema":
            is_valid, errors = _python(schema, draft, documents, formats=formats)
        case _:
            assert_never(engine)
    return Validator(is_valid=is_valid, errors=errors, draft=draft or "own", engine=engine, formats=formats)


Judges: TypeAlias = tuple[Callable[[JsonValue], bool], Callable[[JsonValue], Iterable[Any]]]


def _rust(
    schema: JsonValue, draft: Draft | None, documents: Mapping[str, JsonValue], *, formats: bool | None
) -> Judges:
    """Compile with the linear regex engine, and with the one that backtracks a little where a pattern looks around."""
    import jsonschema_rs

    make = _rust_validator(draft)
    given: dict[str, Any] = {"retriever": _only(documents)} if documents else {"offline": True}
    if formats and draft and (later := _LATER_FORMATS.get(draft)):
        given["formats"] = {name: _is_of_format(name) for name in later}
    problem = ""
    engines = (jsonschema_rs.RegexOptions(), jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_LIMIT))
    for rewrite in (None, with_modern_patterns):
        written = rewrite(schema) if rewrite else schema
        for engine in engines:
            try:
                made = make(written, validate_formats=formats, pattern_options=engine, **given)
            except (ValueError, UnicodeError) as error:
                problem = problem or str(error)
            else:
                return made.is_valid, made.iter_errors
    raise SchemaError(f"no {draft or ''} schema: {problem[:MESSAGE_LIMIT_CHARACTERS]}")


# Formats that the draft does not know yet, and that are asserted all the same.
_LATER_FORMATS: Mapping[Draft, tuple[str, ...]] = {
    "draft4": (
        *("uuid", "duration", "iri", "iri-reference", "uri-reference", "uri-template", "json-pointer"),
        *("relative-json-pointer", "idn-hostname"),
    ),
    "draft6": ("uuid", "duration", "iri", "iri-reference", "relative-json-pointer", "idn-hostname"),
    "draft7": ("uuid", "duration"),
}


@cache
def _is_of_format(name: str) -> Callable[[str], bool]:
    """Return the check of a format as the newest draft defines it."""
    import jsonschema_rs

    judge = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True, offline=True)
    return judge.is_valid


def _rust_validator(draft: Draft | None) -> Any:
    import jsonschema_rs

    match draft:
        case "draft4":
            return jsonschema_rs.Draft4Validator
        case "draft6":
            return jsonschema_rs.Draft6Validator
        case "draft7":
            return jsonschema_rs.Draft7Validator
        case "draft2019-09":
            return jsonschema_rs.Draft201909Validator
        case "draft2020-12":
            return jsonschema_rs.Draft202012Validator
        case None:
            return jsonschema_rs.validator_for
    assert_never(draft)


def _only(documents: Mapping[str, JsonValue]) -> Callable[[str], JsonValue]:
    """Answer references from the given documents, and no others."""

    def retrieve(uri: str) -> JsonValue:
        if uri not in documents:
            raise SchemaError(f"$ref names {uri}, which is not among the given documents")
        return documents[uri]

    return retrieve


def _python(
    schema: JsonValue, draft: Draft | None, documents: Mapping[str, JsonValue], *, formats: bool | None
) -> Judges:
    import re

    import jsonschema
    import referencing.exceptions
    from referencing.jsonschema import DRAFT202012

    made = _python_validator(draft)
    troubles = (jsonschema.SchemaError, referencing.exceptions.Unresolvable, LookupError, RecursionError, re.error)
    asserted = _asserts_formats(draft) if formats is None else formats

    def errors(value: JsonValue) -> list[Any]:
        try:
            return list(islice(judge.iter_errors(value), FAULTS_LIMIT))
        except troubles as error:
            raise SchemaError(f"no {draft or ''} schema: {str(error)[:MESSAGE_LIMIT_CHARACTERS]}") from None

    try:
        resources = [(uri, DRAFT202012.create_resource(document)) for uri, document in documents.items()]
        registry: Any = referencing.Registry().with_resources(resources)
        made.check_schema(schema, format_checker=made.FORMAT_CHECKER)
        judge = made(schema, registry=registry, format_checker=made.FORMAT_CHECKER if asserted else None)
    except troubles as error:
        raise SchemaError(f"no {draft or ''} schema: {str(error)[:MESSAGE_LIMIT_CHARACTERS]}") from None
    errors(None)  # many references that lead nowhere are found on the way
    return lambda value: not errors(value), errors


def _python_validator(draft: Draft | None) -> Any:
    import jsonschema

    match draft:
        case "draft4":
            return jsonschema.Draft4Validator
        case "draft6":
            return jsonschema.Draft6Validator
        case "draft7":
            return jsonschema.Draft7Validator
        case "draft2019-09":
            return jsonschema.Draft201909Validator
        case "draft2020-12" | None:
            return jsonschema.Draft202012Validator
    assert_never(draft)


def _asserts_formats(draft: Draft | None) -> bool:
    """Return whether a draft asserts ``format`` by itself; since 2019-09 it is an annotation."""
    match draft:
        case "draft4" | "draft6" | "draft7":
            return True
        case "draft2019-09" | "draft2020-12" | None:
            return False
    assert_never(draft)


def _fault(error: Any) -> SchemaFault:
    """Make an error of either library ours."""
    rust = hasattr(error, "instance_path")
    path = error.instance_path if rust else error.absolute_path
    keyword = error.kind.name if rust else error.validator
    return SchemaFault(at=pointer(path), keyword=str(keyword), problem=error.message[:MESSAGE_LIMIT_CHARACTERS])


def pointer(path: Iterable[str | int]) -> str:
    """Write a path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
