"""The text of a suite as plain values: YAML, JSON and TOML, with errors that name the line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml

from rlvr.errors import ConfigError

FORMATS = (".yaml", ".yml", ".json", ".toml")


def parse_text(text: str, source: str, suffix: str) -> Any:
    """Parse the text of a suite into plain values.

    Args:
        text: The text.
        source: Its name in errors.
        suffix: One of ``FORMATS``.

    Raises:
        ConfigError: The format is unknown, or the text is not in that format.
    """
    if suffix not in FORMATS:
        raise ConfigError(source, "", f"'{suffix}' is no format of a suite", f"one of {', '.join(FORMATS)}")
    with _syntax_errors(source):
        if suffix == ".toml":
            import tomllib

            return tomllib.loads(text)
        if suffix == ".json":
            return json.loads(text, object_pairs_hook=_object)
        return yaml.load(text, Loader=_YamlLoader)  # noqa: S506  # a safe loader that also refuses repeated keys


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
    """The safe loader, in C where PyYAML has it, that refuses repeated keys: the last would win silently."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make a JSON object; a key that stands twice is an error, as in YAML."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"key '{next(name for name in names if names.count(name) > 1)}' stands twice")
    return made


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    seen: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.MarkedYAMLError(problem=f"key {key!r} is not text; quote it", problem_mark=key_node.start_mark)
        if key in seen:
            raise yaml.MarkedYAMLError(problem=f"key '{key}' stands twice", problem_mark=key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_YamlLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)
