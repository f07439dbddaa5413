"""Parsing of the text of a suite: YAML, JSON and TOML, with errors that name the line.

Numbers in YAML follow the core schema of YAML 1.2, so that they mean what they mean in JSON: ``1e-6`` is a number and
``017`` is 17. Booleans follow YAML 1.1: ``yes`` and ``off`` are booleans too.

Source:
    YAML 1.2.2, section 10.3, https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import PurePath
from typing import Any, ClassVar, Literal, TypeAlias, assert_never, get_args

import yaml

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
        return _parse(text, format_)


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
    if isinstance(value, PurePath):
        return "give the name of the file as text: str(path)"
    if isinstance(value, float):
        return "it must be finite"
    return "give text, a number, a boolean, None, a list or a dict"


def _parse(text: str, format_: SuiteFormat) -> Any:
    match format_:
        case ".yaml" | ".yml":
            if text.lstrip()[:1] == "{":
                with suppress(json.JSONDecodeError):
                    return _parse_json(text)  # YAML reads some JSON differently, such as escapes of surrogate pairs
            return yaml.load(text, Loader=_YamlLoader)  # noqa: S506  # a safe loader that also refuses repeated keys
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
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(source, where, f"is not YAML: {error.problem or error.context}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(source, where, f"is not JSON: {error.msg}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(source, "", f"cannot be parsed: {error}") from error


class _YamlLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # chosen at run time
    """The safe loader, in C where PyYAML has it; it refuses repeated keys, of which the last would win silently."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # filled below, with none of those of YAML 1.1


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


_INT = re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(
    r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
)
_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_BOOL = re.compile(r"(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)\Z")
_MERGE = re.compile(r"<<\Z")

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
