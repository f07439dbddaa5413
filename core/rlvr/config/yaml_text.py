"""Parsing of YAML.

Numbers follow the core schema of YAML 1.2, so that they mean what they mean in JSON: ``1e-6`` is a number and
``017`` is 17. Booleans follow YAML 1.1: ``yes`` and ``off`` are booleans too.

Source:
    YAML 1.2.2, section 10.3, https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import yaml

from rlvr.errors import ConfigError
from rlvr.patterns import lazy_pattern


def parse_yaml(text: str, source: str) -> Any:
    """Parse YAML into plain values.

    Args:
        text: The text.
        source: Its name in errors.

    Raises:
        ConfigError: The text is not YAML, or repeats a key.
        ValueError: A value is beyond what Python can represent.
    """
    try:
        return yaml.load(text, Loader=_YamlLoader)  # noqa: S506  # a safe loader that also refuses repeated keys
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(source, where, f"is not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise ConfigError(source, "", f"cannot be parsed: {error}") from error


class _YamlLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """The safe loader, in C where PyYAML has it; it refuses repeated keys, of which the last would win silently."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # filled below, with none of those of YAML 1.1


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


def _construct_int(loader: Any, node: yaml.ScalarNode) -> int:
    text = loader.construct_scalar(node)
    if not _INT.match(text):  # possible with an explicit tag, such as `!!int 1_000`
        raise yaml.MarkedYAMLError(problem=f"{text!r:.50} is not an integer", problem_mark=node.start_mark)
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    return int(text, base)


def _construct_float(loader: Any, node: yaml.ScalarNode) -> float:
    text = loader.construct_scalar(node)
    if not _FLOAT.match(text):
        raise yaml.MarkedYAMLError(problem=f"{text!r:.50} is not a number", problem_mark=node.start_mark)
    # Python writes `inf` and `nan` without the point.
    return float(text.replace(".", "") if text[-1].isalpha() else text)


_INT = lazy_pattern(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")
_FLOAT = lazy_pattern(
    r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)
_NULL = lazy_pattern(r"(?:~|null|Null|NULL|)\Z")
_BOOL = lazy_pattern(r"(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)\Z")
_MERGE = lazy_pattern(r"<<\Z")

# By the kind of a plain scalar: its form, and the characters that it may start with. The first form that fits wins.
_PLAIN_SCALARS: Mapping[str, tuple[re.Pattern[str], list[str]]] = {
    "bool": (_BOOL, list("yYnNtTfFoO")),
    "int": (_INT, list("-+0123456789")),
    "float": (_FLOAT, list("-+.0123456789")),
    "null": (_NULL, ["~", "n", "N", ""]),
    "merge": (_MERGE, ["<"]),
}
for _kind, (_form, _starts) in _PLAIN_SCALARS.items():
    _YamlLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", _form, _starts)
_YamlLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)
_YamlLoader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_YamlLoader.add_constructor("tag:yaml.org,2002:float", _construct_float)
