"""Change test code before it is compiled.

Each assert statement of a ``check`` function becomes a test of its own. The reader of a problem counts these tests and
the referee runs them, so both number them by this code.

Operations of Python itself that a stand-in or an empty array would decide otherwise become calls of the referee.
"""

from __future__ import annotations

import ast
import copy
import re
from typing import Any

SITES = "__rlvr_sites__"
IS, EQUAL, SUBTRACT = "__rlvr_is__", "__rlvr_equal__", "__rlvr_subtract__"
"""The names of the functions of a referee that rewritten test code calls, each with two operands."""
CHANGING, CHANGED = "__rlvr_changing__", "__rlvr_changed__"
"""The name of the context manager in which an attribute of an object is changed, and of the attribute's value in it."""
# Methods that change a list, a dict, a set or a deque.
_CHANGES = frozenset(
    "add append appendleft clear discard extend insert pop popitem popleft remove reverse setdefault sort".split()
) | {"update"}
# Texts without these need not be parsed.
_MAY_HOLD_IDENTITY = re.compile(r"\bis\b")
_MAY_CHANGE = re.compile(rf"\.\w+\[|\.\w+\.(?:{'|'.join(sorted(_CHANGES))})\(")
_MAY_HOLD_ARRAYS = re.compile(r"\b(?:numpy|pandas|np|pd)\b")
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


class _Operations(ast.NodeTransformer):
    """Has the referee decide ``is``; in test code that uses arrays, also ``==``, ``!=`` and ``-``.

    A statement that changes the value of an attribute, such as ``cart.lines.append(1)`` or ``grid.cells[0][1] = 5``,
    runs in a context manager of the referee: the submission has the attribute.
    """

    def __init__(self, *, has_arrays: bool) -> None:
        self._has_arrays = has_arrays

    def visit_Compare(self, node: ast.Compare) -> ast.expr:  # as ast names it
        self.generic_visit(node)
        match node:
            case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as sign], comparators=[right]):
                call = _call(IS, left, right)
                return ast.copy_location(call if isinstance(sign, ast.Is) else ast.UnaryOp(ast.Not(), call), node)
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq() as sign], comparators=[right]) if self._has_arrays:
                given = ast.Constant(isinstance(sign, ast.Eq))
                return ast.copy_location(_call(EQUAL, left, right, given), node)
            case _:
                return node

    def _visit_change(self, node: Any) -> ast.stmt:
        self.generic_visit(node)
        statement: ast.stmt = node
        places = [node.value] if isinstance(node, ast.Expr | ast.Assign) else []
        places += [node.target] if isinstance(node, ast.AugAssign) else getattr(node, "targets", [])
        for place in places:
            attribute = _changed_attribute(place)
            if attribute is None:
                continue
            given = [attribute.value, ast.Constant(attribute.attr)]
            manager = ast.Call(func=ast.Name(id=CHANGING, ctx=ast.Load()), args=given, keywords=[])
            value = ast.Name(id=CHANGED, ctx=ast.Store())
            statement = _Substitution(attribute, ast.Name(id=CHANGED, ctx=ast.Load())).visit(statement)
            item = ast.withitem(context_expr=manager, optional_vars=value)
            return ast.copy_location(ast.With(items=[item], body=[statement]), node)
        return statement

    visit_Expr = visit_Assign = visit_AugAssign = visit_Delete = _visit_change  # noqa: N815  # as ast names them

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:  # as above
        self.generic_visit(node)
        if self._has_arrays and isinstance(node.op, ast.Sub):
            return ast.copy_location(_call(SUBTRACT, node.left, node.right), node)
        return node


def _changed_attribute(place: ast.expr) -> ast.Attribute | None:
    """Return the attribute whose value a call or an assignment changes, as ``cart.lines`` in ``cart.lines[0] = 1``."""
    match place:
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _CHANGES:
            found = value
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
            found = value
        case _:
            return None
    while isinstance(found, ast.Subscript):
        found = found.value
    return found if isinstance(found, ast.Attribute) else None


class _Substitution(ast.NodeTransformer):
    """Puts one expression in the place of another."""

    def __init__(self, old: ast.AST, new: ast.expr) -> None:
        self._old = old
        self._new = new

    def visit(self, node: ast.AST) -> Any:
        return ast.copy_location(self._new, node) if node is self._old else self.generic_visit(node)


def _call(name: str, *operands: ast.expr) -> ast.Call:
    return ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=list(operands), keywords=[])


def with_own_operations(code: str | ast.Module, text: str) -> str | ast.Module:
    """Return test code in which the referee decides operations of Python itself, see ``_Operations``.

    Args:
        code: The code.
        text: The text that it was read from.

    Raises:
        SyntaxError: The code is no Python.
    """
    has_arrays = _MAY_HOLD_ARRAYS.search(text) is not None
    if not (has_arrays or _MAY_HOLD_IDENTITY.search(text) or _MAY_CHANGE.search(text)):
        return code
    # A tree may be shared, so that it is not changed.
    tree = ast.parse(code) if isinstance(code, str) else copy.deepcopy(code)
    _Operations(has_arrays=has_arrays).visit(tree)
    return ast.fix_missing_locations(tree)
