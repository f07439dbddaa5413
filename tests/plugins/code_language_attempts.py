"""Runs every attempt of the corpus under the language layer and prints those that got out; a program of its own."""

import builtins
import json
import os
import sys
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rlvr_code.inside.language.layer import Language, RefusedError

# What only plain Python has; held by identity, since an attempt may rename it.
TREASURES: dict[int, str] = {
    id(value): name
    for name, value in {
        **{f"builtins.{each}": getattr(builtins, each) for each in ("open", "exec", "eval", "compile", "__import__")},
        **{f"builtins.{each}": getattr(builtins, each) for each in ("globals", "locals", "vars", "getattr", "setattr")},
        "type": type,
        "os.system": os.system,
        "sys.modules": sys.modules,
        "builtins.__dict__": vars(builtins),
    }.items()
}
KINDS = (types.FrameType, types.CodeType, types.TracebackType, types.BuiltinFunctionType)


def treasure(value: Any, language: Language, depth: int = 3) -> str:
    """Name what an attempt got hold of; empty if it is nothing."""
    if id(value) in TREASURES:
        return TREASURES[id(value)]
    if isinstance(value, types.ModuleType):
        return (
            f"module {value.__name__}"
            if sys.modules.get(value.__name__) is value and value.__name__ != "submission"
            else ""
        )
    if isinstance(value, KINDS[:3]):
        return type(value).__name__
    if isinstance(value, type) and value.__module__ in {"os", "subprocess", "_io", "importlib", "_frozen_importlib"}:
        return (
            ""
            if value.__name__ in {"StringIO", "BytesIO", "TextIOWrapper", "BufferedReader", "_IOBase"}
            else f"class {value.__name__}"
        )
    if isinstance(value, dict) and "__builtins__" in value:
        return "globals"
    if depth and isinstance(value, (list, tuple, set, dict)):
        inside: Iterable[Any] = value.values() if isinstance(value, dict) else value
        return next((found for each in list(inside)[:5000] if (found := treasure(each, language, depth - 1))), "")
    return ""


def main(path: str) -> None:
    """Print the attempts that got something, as JSON lines."""
    language = Language()
    for line in Path(path).read_text().splitlines():
        attempt = json.loads(line)
        try:
            code = language.compile(attempt["code"])
            module = language.module("submission")
            exec(code, module.__dict__)  # noqa: S102  # our own corpus, in a process of its own
        except (RefusedError, SyntaxError):
            continue
        except BaseException:  # noqa: BLE001, S112  # attempts fail in every way
            continue
        found = treasure(module.__dict__.get("leak"), language)
        if found:
            print(json.dumps({**attempt, "found": found}))  # noqa: T201  # read by the test


if __name__ == "__main__":
    main(sys.argv[1])
