"""Parsing of the text of a suite: YAML, JSON and TOML, with errors that name the line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Literal, TypeAlias, assert_never, get_args

from rlvr.errors import ConfigError

SuiteFormat: TypeAlias = Literal[".yaml", ".yml", ".json", ".toml"]
FORMATS: tuple[SuiteFormat, ...] = get_args(SuiteFormat)

# No suite that a person or a program writes is nested deeper; a mapping that contains itself is.
DEPTH_LIMIT = 100


def parse_text(text: str, source: str, suffix: str) -> Any:
    """Parse the text of a suite into plain values.

    Args:
        text: The text.
        source: Its name in errors.
        suffix: One of ``FORMATS``.

    Raises:
        ConfigError: The format is unknown, or the text is not in that format.
    """
    format_ = next((each for each in FORMATS if each == suffix), None)
    if format_ is None:
        raise ConfigError(source, "", f"'{suffix}' is not a format of a suite", f"one of {', '.join(FORMATS)}")
    with _syntax_errors(source):
        return _parse(text, source, format_)


def json_text_of(configuration: Mapping[str, Any], source: str) -> str:
    """Return the JSON text of a suite that is given as Python values; tuples become lists.

    Raises:
        ConfigError: A value is not one of JSON's, such as a path, a set or an infinite number.
    """
    return json.dumps(_json_value(configuration, source, ()), indent=2)


def _json_value(value: Any, source: str, path: tuple[str, ...]) -> Any:
    """Return a copy of a value that consists of dicts, lists and what JSON has besides them."""
    if len(path) > DEPTH_LIMIT:
        raise ConfigError(source, "".join(path[:3]), f"is nested deeper than {DEPTH_LIMIT} levels")
    if isinstance(value, Mapping):
        return {
            _json_key(key, source, path): _json_value(inner, source, (*path, f".{key}" if path else str(key)))
            for key, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_json_value(inner, source, (*path, f"[{index}]")) for index, inner in enumerate(value)]
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        problem = f"a value of type {type(value).__name__} that JSON does not have"
        raise ConfigError(source, "".join(path), problem, _json_hint(value)) from error
    return value


def _json_key(key: object, source: str, path: tuple[str, ...]) -> str:
    if not isinstance(key, str):
        raise ConfigError(source, "".join(path), f"key {key!r:.50} is not text", "give it as text")
    return key


def _json_hint(value: object) -> str:
    if isinstance(value, os.PathLike):
        return "give the name of the file as text: str(path)"
    if isinstance(value, float):
        return "it must be finite"
    return "give text, a number, a boolean, None, a list or a dict"


def _parse(text: str, source: str, format_: SuiteFormat) -> Any:
    match format_:
        case ".yaml" | ".yml":
            if text.lstrip()[:1] == "{":
                with suppress(json.JSONDecodeError):
                    return _parse_json(text)  # YAML reads some JSON differently, such as escapes of surrogate pairs
            from rlvr.config.yaml_text import parse_yaml  # its import takes a tenth of a cold start

            return parse_yaml(text, source)
        case ".json":
            return _parse_json(text)
        case ".toml":
            import tomllib

            return tomllib.loads(text)
        case _:
            assert_never(format_)


def _parse_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_object_from, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number of JSON")


@contextmanager
def _syntax_errors(source: str) -> Iterator[None]:
    try:
        yield
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(source, where, f"is not JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(source, "", f"cannot be parsed: {error}") from error


def _object_from(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; a repeated key is an error, as in YAML."""
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"key '{next(name for name in names if names.count(name) > 1)}' is repeated")
    return result
