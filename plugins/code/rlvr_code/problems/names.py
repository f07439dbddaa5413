"""The names in test code: those that it calls, and those that it binds itself."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence


def called_in(trees: Sequence[ast.AST]) -> set[str]:
    """Return the names that test code calls, without those of builtins."""
    calls = (each for tree in trees for each in ast.walk(tree) if isinstance(each, ast.Call))
    return {each.func.id for each in calls if isinstance(each.func, ast.Name)} - vars(builtins).keys()


def bound_in(trees: Sequence[ast.AST]) -> set[str]:
    """Return the names that test code binds itself."""
    names: set[str] = set()
    for node in (each for tree in trees for each in ast.walk(tree)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.add(name)
            case ast.alias(name=name, asname=other):
                names.add(other or name)
    return names
