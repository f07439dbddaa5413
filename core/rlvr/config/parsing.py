"""Parsing of the text of a suite: YAML, JSON and TOML, with errors that name the line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, TypeAlias, assert_never, get_args

import yaml

from rlvr.errors import ConfigError

SuiteFormat: TypeAlias = Literal[".yaml", ".yml", ".json", ".toml"]
FORMATS: tuple[SuiteFormat, ...] = get_args(SuiteFormat)


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
        return _parse(text, format_)


def _parse(text: str, format_: SuiteFormat) -> Any:
    match format_:
        case ".yaml" | ".yml":
            return yaml.load(text, Loader=_YamlLoader)  # noqa: S506  # a safe loader that also refuses repeated keys
        case ".json":
            return json.loads(text, object_pairs_hook=_object_from)
        case ".toml":
            import tomllib

            return tomllib.loads(text)
        case _:
            assert_never(format_)


@contextmanager
def _syntax_errors(source: str) -> Iterator[None]:
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(source, where, f"is not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(source, "", f"cannot be parsed: {error}") from error


class _YamlLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """The safe loader, in C where PyYAML has it; it refuses repeated keys, of which the last would win silently."""


def _object_from(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; a repeated key is an error, as in YAML."""
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"key '{next(name for name in names if names.count(name) > 1)}' is repeated")
    return result


def _construct_mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    mapping: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.MarkedYAMLError(problem=f"key {key!r} is not text; quote it", problem_mark=key_node.start_mark)
        if key in mapping:
            raise yaml.MarkedYAMLError(problem=f"key '{key}' is repeated", problem_mark=key_node.start_mark)
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


_YamlLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)
