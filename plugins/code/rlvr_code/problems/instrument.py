"""Make each assert statement of a ``check`` function a test of its own.

The reader of a problem counts these tests and the referee runs them, so both number them by this code.
"""

from __future__ import annotations

import ast

SITES = "__rlvr_sites__"
# Functions of pytest that fail a test, beside those that are called ``assert...``.
_ASSERTIONS = frozenset({"fail", "raises"})


class _Instrument(ast.NodeTransformer):
    """Runs each assert statement within ``with sites.site(number)``, and drops those that assert a true constant.

    The statement itself stays as it is, so that ``:=`` and ``await`` in it mean what they mean elsewhere.
    """

    def __init__(self) -> None:
        self.sites = 0

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:  # as ast names it
        if is_true_constant(node.test):
            return ast.copy_location(ast.Pass(), node)
        site = ast.Attribute(value=ast.Name(id=SITES, ctx=ast.Load()), attr="site", ctx=ast.Load())
        call = ast.Call(func=site, args=[ast.Constant(value=self.sites)], keywords=[])
        self.sites += 1
        return ast.copy_location(ast.With(items=[ast.withitem(context_expr=call)], body=[node]), node)


def is_true_constant(expression: ast.expr) -> bool:
    """Return True for an expression of literals that is true, such as ``True``, ``not 0`` or ``1 == 1``.

    A false one is a test: ``assert False`` behind a call that must raise says that the call has not raised.
    """
    try:
        return _constant(expression)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return False


def _constant(expression: ast.expr) -> bool:
    match expression:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _constant(operand)
        case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as sign], comparators=[right]):
            equal = bool(ast.literal_eval(left) == ast.literal_eval(right))
            return equal if isinstance(sign, ast.Eq) else not equal
        case _:
            return bool(ast.literal_eval(expression))


def fails_otherwise(tree: ast.AST) -> bool:
    """Return True for test code that can fail without an assert statement: by ``raise`` or by a call ``assert_...``."""
    return any(isinstance(each, ast.Raise) or _is_assertion(each) for each in ast.walk(tree))


def _is_assertion(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name.startswith("assert") or name in _ASSERTIONS
        case _:
            return False


def instrumented(code: str) -> tuple[ast.Module, int]:
    """Make each assert statement of test code a test of its own.

    Returns:
        The code, and how many there are.

    Raises:
        SyntaxError: The test code is no Python.
    """
    instrument = _Instrument()
    tree = ast.fix_missing_locations(instrument.visit(ast.parse(code)))
    return tree, instrument.sites
