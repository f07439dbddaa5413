"""Make each assert statement of a ``check`` function a test of its own.

The reader of a problem counts these tests and the referee runs them, so both number them by this code.
"""

from __future__ import annotations

import ast

SITES = "__rlvr_sites__"


class _Instrument(ast.NodeTransformer):
    """Makes each assert statement a test of its own, and drops those that assert a true constant."""

    def __init__(self) -> None:
        self.sites = 0

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:  # as ast names it
        if is_true_constant(node.test):
            return ast.copy_location(ast.Pass(), node)
        arguments = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        judge = ast.Attribute(value=ast.Name(id=SITES, ctx=ast.Load()), attr="judge", ctx=ast.Load())
        holds = ast.Lambda(args=arguments, body=node.test)
        call = ast.Call(func=judge, args=[ast.Constant(value=self.sites), holds], keywords=[])
        self.sites += 1
        return ast.copy_location(ast.Expr(value=call), node)


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


def instrumented(code: str) -> tuple[ast.Module, int]:
    """Make each assert statement of test code a call that is counted.

    Returns:
        The code, and how many there are.

    Raises:
        SyntaxError: The test code is no Python.
    """
    instrument = _Instrument()
    tree = ast.fix_missing_locations(instrument.visit(ast.parse(code)))
    return tree, instrument.sites
