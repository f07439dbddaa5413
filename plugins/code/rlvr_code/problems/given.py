"""Code that a problem gives to its tests as well as to the submission: imports, helpers and constants."""

from __future__ import annotations

import ast

_GIVEN = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.Assign, ast.AnnAssign)


def joined(*sources: str) -> str:
    """Return the sources, one behind the other; empty ones add nothing."""
    return "\n".join(each for each in sources if each.strip())


def given_to_tests(code: str) -> str:
    """Return the part of a prelude or a prompt that test code uses as its own.

    Classes are left out: their objects go to the submission, so they are made in its process. Code that is not Python
    gives nothing.
    """
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    kept = [each for each in body if isinstance(each, _GIVEN) and not _is_future(each)]
    return ast.unparse(ast.Module(body=list(kept), type_ignores=[]))


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
