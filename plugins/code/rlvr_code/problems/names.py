"""The names in test code: those that it calls, and those that it binds itself."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Sequence


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


def data_in(trees: Sequence[ast.AST]) -> set[str]:
    """Return the names of data of the tests: test code neither calls them nor reads attributes of them.

    They are in capitals, or test code that calls a function compares them, or iterates over them.
    """
    data: set[str] = set()
    used: set[str] = set()
    for tree in trees:
        compared: set[str] = set()
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name) if name.isupper() and len(name) > 1:
                    data.add(name)
                case ast.Attribute(value=ast.Name(id=name)):
                    used.add(name)
                case ast.Compare(left=left, comparators=others):
                    compared |= _names_among([left, *others])
                case ast.For(iter=iterated) | ast.comprehension(iter=iterated):
                    compared |= _names_among([iterated])
                case ast.Call(func=function, args=given):
                    used |= _names_among([function])
                    if isinstance(function, ast.Attribute) and function.attr.startswith("assert"):
                        compared |= _names_among(given)
        if called_in([tree]):
            data |= compared
    return data - used


def _names_among(expressions: Sequence[ast.expr]) -> set[str]:
    return {each.id for each in expressions if isinstance(each, ast.Name)}


def uses_other_parts(
    trees: Sequence[ast.AST], name: str, parts: Collection[str], *, is_keyword_part: bool = True
) -> bool:
    """Return True if test code makes objects of a class of this name, and takes other parts of them than these.

    Args:
        trees: The test code.
        name: The name of the class.
        parts: The names of its attributes.
        is_keyword_part: An argument that is given by name is an attribute.
    """
    nodes = [each for tree in trees for each in ast.walk(tree)]
    made: set[str] = set()
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=variable)], value=ast.Call(func=ast.Name(id=called))):
                made.update({variable} if called == name else ())
    for node in nodes:
        match node:
            case ast.Call(func=ast.Name(id=called), keywords=keywords) if called == name:
                used = {each.arg for each in keywords if each.arg is not None and is_keyword_part}
            case ast.Attribute(value=ast.Call(func=ast.Name(id=called)), attr=attribute) if called == name:
                used = {attribute}
            case ast.Attribute(value=ast.Name(id=variable), attr=attribute) if variable in made:
                used = {attribute}
            case _:
                continue
        if not used.issubset(parts):
            return True
    return False


def bound_at_the_top(tree: ast.Module) -> set[str]:
    """Return the names that a module binds outside of its functions and classes."""
    names: set[str] = set()
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((each.asname or each.name).split(".")[0] for each in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            waiting += ast.iter_child_nodes(node)
    return names
