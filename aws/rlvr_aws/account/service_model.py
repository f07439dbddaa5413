"""Checks of requests against the service model that botocore ships, ranges included.

botocore itself checks types, required members and minima, but no maxima, patterns or enumerations; the service checks
these only minutes later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from rlvr_aws.account.errors import DeploymentError

_DEPTH = 30  # deeper than any request that rlvr sends
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "list": (list, tuple),
    "map": (dict,),
    "structure": (dict,),
}
# Java's character classes in AWS's patterns are read as all characters, so that no valid name is refused.
_JAVA_CLASS = re.compile(r"\\p\{[A-Za-z]+\}")
# RE2 allows repetitions up to 1,000; the model gives the length of a text separately from its pattern.
_LARGE_COUNT = re.compile(r"\{(\d+),\d{4,}\}")


def problems(service: str, operation: str, parameters: Mapping[str, Any]) -> list[str]:
    """Return one line per problem for which the service would refuse a request, with its path.

    Args:
        service: As boto3 names it, such as ``bedrock``.
        operation: As the API names it, such as ``CreateModelCustomizationJob``.
        parameters: The request.
    """
    return list(_problems(_model(service, operation), dict(parameters), "", _DEPTH))


def check(service: str, operation: str, parameters: Mapping[str, Any]) -> None:
    """Refuse a request that the service would refuse.

    Raises:
        DeploymentError: The request has problems; the error names all of them.
    """
    found = problems(service, operation, parameters)
    if found:
        raise DeploymentError(f"{service} {operation}", "; ".join(found), "correct these before anything is sent")


def limits(service: str, operation: str, path: str) -> Mapping[str, Any]:
    """Return the limits of one member of a request, such as ``{"min": 16, "max": 512}``.

    Args:
        service: As boto3 names it.
        operation: As the API names it.
        path: Names of members joined by dots.
    """
    shape = _model(service, operation)
    for name in path.split("."):
        shape = shape.members[name]
    metadata = dict(shape.metadata)
    return {key: metadata[key] for key in ("min", "max", "pattern", "enum") if key in metadata}


@cache
def _model(service: str, operation: str) -> Any:
    import botocore.session

    return botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape


def _problems(shape: Any, value: Any, path: str, depth: int) -> Iterator[str]:
    expected = _TYPES.get(shape.type_name)
    wrong_bool = isinstance(value, bool) and shape.type_name != "boolean"
    if expected is not None and (wrong_bool or not isinstance(value, expected)):
        yield f"{path}: {value!r} is not of type {shape.type_name}"
        return
    yield from (f"{path}: {problem}" for problem in _breaches(shape, value))
    if depth:
        yield from _inner(shape, value, path, depth - 1)


def _inner(shape: Any, value: Any, path: str, depth: int) -> Iterator[str]:
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                yield f"{_join(path, name)}: is required"
        for name, inner in value.items():
            if name in shape.members:
                yield from _problems(shape.members[name], inner, _join(path, name), depth)
            else:
                yield f"{_join(path, name)}: is unknown to this botocore"
    elif shape.type_name == "list":
        for index, inner in enumerate(value):
            yield from _problems(shape.member, inner, f"{path}[{index}]", depth)
    elif shape.type_name == "map":
        for key, inner in value.items():
            yield from _problems(shape.value, inner, _join(path, key), depth)


def _breaches(shape: Any, value: Any) -> Iterator[str]:
    rules = shape.metadata
    size = value if shape.type_name in {"integer", "long", "float", "double"} else None
    if size is None and shape.type_name in {"string", "list", "map"}:
        size = len(value)
    what = "" if isinstance(value, (int, float)) else f"{shape.type_name} of length "
    if size is not None and "min" in rules and size < rules["min"]:
        yield f"{what}{size} is below {rules['min']}"
    if size is not None and "max" in rules and size > rules["max"]:
        yield f"{what}{size} is above {rules['max']}"
    if "enum" in rules and value not in rules["enum"]:
        yield f"{value!r} is none of {', '.join(rules['enum'])}"
    if "pattern" in rules and not _fits(rules["pattern"], value):
        yield f"{value!r} does not fit {rules['pattern']}"


def _fits(pattern: str, value: str) -> bool:
    import re2  # a backtracking engine needs exponential time for some of AWS's patterns and a name that does not fit

    options = re2.Options()
    options.log_errors = False
    try:
        narrowed = _LARGE_COUNT.sub(r"{\1,}", _JAVA_CLASS.sub(r"\\w\\W", pattern))
        return re2.compile(narrowed, options).fullmatch(value) is not None
    except re2.error:
        return True  # a pattern in another dialect; only the service can check it
    except UnicodeEncodeError:
        return False  # a lone surrogate, which no request can carry


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
