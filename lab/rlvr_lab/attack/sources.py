"""What the source of a user's reward function says of its answers: its texts, and the marks that it looks for.

A model that is trained on a reward finds such words in time. The source is parsed, never run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from rlvr import Suite

# Longer literals are prompts and templates; more of them are data.
_LITERAL_CHARACTERS = 60
_LITERALS = 60
_SOURCE_BYTES = 1_000_000
# Keys that are tried in turn as that of the answer, and those of a call's own arguments.
_KEYS = 6
_OF_THE_CALL = frozenset(("output_text", "output_json", "output_tools", "choices", "item", "sample", "content", "role"))
# Where the text of a pattern ends and its syntax begins.
_SYNTAX = frozenset("\\.^$*+?{}[]|()")


def literals_of(suite: Suite, task: str) -> tuple[str, ...]:
    """Return the short text literals of the functions of a task, and of what they use in their modules."""
    found: dict[str, None] = {}
    for entry in suite.tasks[task].entries:
        for node in _nodes_of(suite, entry.installed.id):
            match node:
                case ast.Constant(value=str(text)) if 0 < len(text) <= _LITERAL_CHARACTERS:
                    found[text] = None
    return tuple(found)[:_LITERALS]


def marks_in(literals: Sequence[str]) -> tuple[str, ...]:
    """Return what an answer may stand behind: a literal, or the start of a pattern, that ends in a mark."""
    starts = (_before_syntax(each).strip(" ") for each in literals)
    return tuple(dict.fromkeys(each for each in starts if len(each) > 1 and each[-1] in ":>#=" and "{" not in each))


def keys_in_turn(suite: Suite, task: str) -> Iterator[list[str]]:
    """Yield the keys that the functions of a task look for in JSON, once for each key that may name the answer."""
    found: dict[str, None] = {}
    for entry in suite.tasks[task].entries:
        for node in _nodes_of(suite, entry.installed.id):
            match node:
                case ast.Subscript(slice=ast.Constant(value=str(key))):
                    found[key] = None
                case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=str(key)), *_]):
                    found[key] = None
    keys = [each for each in found if each not in _OF_THE_CALL][:_KEYS]
    for place, key in enumerate(keys):
        yield [key, *keys[:place], *keys[place + 1 :]]


def _before_syntax(pattern: str) -> str:
    """Return the text before the first sign that means something in a pattern, flags at the start left out."""
    rest = pattern.partition(")")[2] if pattern.startswith("(?") else pattern
    return rest[: next((place for place, sign in enumerate(rest) if sign in _SYNTAX), len(rest))]


def _source_of(suite: Suite, place: str) -> str:
    """Return the source of a file or a module; "" if there is none to read."""
    if place.endswith(".py"):
        content = next((each.content for each in suite.files if each.name == place), b"")
    else:
        try:
            spec = find_spec(place)
            origin = Path(spec.origin) if spec is not None and spec.origin else None
            content = origin.read_bytes() if origin is not None and origin.suffix == ".py" else b""
        except (ImportError, ValueError, OSError):
            return ""
    return content.decode(errors="replace") if len(content) <= _SOURCE_BYTES else ""


def _nodes_of(suite: Suite, scorer: str) -> Iterator[ast.AST]:
    """Yield the nodes of a user's function and of the definitions of its module that it names; nothing for others."""
    place, colon, name = scorer.rpartition(":")
    if not colon:
        return
    try:
        module = ast.parse(_source_of(suite, place))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    definitions: dict[str, ast.stmt] = {}
    for statement in module.body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                definitions[statement.name] = statement
            case ast.Assign(targets=[ast.Name(id=target)]) | ast.AnnAssign(target=ast.Name(id=target)):
                definitions[target] = statement
    name = name.partition(".")[0]
    waiting, seen = [name], {name}
    while waiting:
        definition = definitions.get(waiting.pop())
        for node in ast.walk(definition) if definition is not None else ():
            yield node
            match node:
                case ast.Name(id=used) if used not in seen:
                    seen.add(used)
                    waiting.append(used)
