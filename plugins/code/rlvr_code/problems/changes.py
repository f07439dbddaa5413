"""Which arguments the tests look at again after a call, to see how the call has changed them.

A test often calculates what it expects from what it has passed, so that a submission which empties or rewrites an
argument would decide what is expected. A change is harmless where all that the test does with the argument afterwards
is to compare it with values that do not depend on it: ``fill(grid, 0)``, then ``assert grid == [[0, 0], [0, 0]]``.
"""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)
_INNER = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.GeneratorExp,
)  # fmt: skip
# Blocks whose statements do not run once, in their order.
_BLOCKS = (ast.For, ast.AsyncFor, ast.While, ast.If, ast.Try)
_COMPARING = frozenset(
    "assertEqual assertEquals assertListEqual assertDictEqual assertSetEqual assertSequenceEqual assertCountEqual "
    "assertIn assertAlmostEqual".split()
)
_MAKERS = frozenset(
    "approx bytearray bytes dict float frozenset int len list max min range set sorted str sum tuple".split()
)
_INDEPENDENT = (
    ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.Subscript, ast.Slice, ast.Starred,
    ast.keyword, ast.expr_context, ast.operator, ast.unaryop,
)  # fmt: skip
# Longer test code than this is not looked at.
_NODES_LIMIT = 50_000

Lines: TypeAlias = Mapping[int, frozenset[str]]
"""By the line of a call, the names of the arguments whose changes come back."""


class _Use(NamedTuple):
    """A place where a variable is bound or read."""

    place: tuple[int, int]
    kind: str  # "bind", "pass", "check" or "other"
    block: ast.AST
    call: ast.Call | None = None
    against: ast.expr | None = None
    value: ast.expr | None = None  # that is bound


def changed_arguments(tree: ast.Module) -> Lines:
    """Return the arguments of calls whose changes the tests only compare with independent values."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    nodes = list(ast.walk(tree))
    if len(nodes) > _NODES_LIMIT:
        return {}
    for scope in nodes:
        if isinstance(scope, _SCOPES):
            for line, name in _of_scope(scope):
                found[line].add(name)
    return {line: frozenset(names) for line, names in found.items()}


def _of_scope(scope: ast.AST) -> Iterator[tuple[int, str]]:
    uses: defaultdict[str, list[_Use]] = defaultdict(list)
    for name, use in _uses_in(scope):
        uses[name].append(use)
    passed = {name for name, each in uses.items() if any(use.kind == "pass" for use in each)}
    for name in passed:
        ordered = sorted(uses[name], key=lambda use: use.place)
        for segment in _segments(ordered):
            calls = [use for use in segment if use.kind == "pass"]
            if calls and _only_compares(segment, calls[0], uses):
                for use in calls:
                    if use.call is not None:
                        lines = range(use.call.lineno, (use.call.end_lineno or use.call.lineno) + 1)
                        yield from ((line, name) for line in lines)


def _segments(uses: list[_Use]) -> Iterator[list[_Use]]:
    """Yield the uses of a variable between two bindings of it."""
    segment: list[_Use] = []
    for use in uses:
        if use.kind == "bind":
            yield segment
            segment = []
        segment.append(use)
    yield segment


def _only_compares(segment: list[_Use], first: _Use, uses: Mapping[str, list[_Use]]) -> bool:
    if segment[0].kind != "bind" or any(use.block is not first.block for use in segment):
        return False
    after = [use for use in segment if use.place >= first.place]
    if not any(use.kind == "check" for use in after):
        return False
    return all(
        use.kind != "other" and (use.against is None or _is_independent(use.against, first, uses)) for use in after
    ) and all(use is first or _is_discarded_or_compared(use) for use in after)


def _is_discarded_or_compared(use: _Use) -> bool:
    return (
        use.kind == "check" or use.against is not None or use.call is None or getattr(use.call, "is_statement", False)
    )


def _is_independent(expression: ast.expr, first: _Use, uses: Mapping[str, list[_Use]]) -> bool:
    """Return True for an expression that no call of the submission has changed: its variables are only compared."""
    waiting: list[ast.AST] = [expression]
    known: set[str] = set()
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id="pytest"), attr=name)):
                if name not in _MAKERS:
                    return False
                waiting += [*node.args, *node.keywords]
            case ast.Name(id=name):
                bound = [use for use in uses.get(name, ()) if use.kind == "bind"]
                later = [use.value for use in bound if use.place > first.place]
                is_compared = all(use.kind in {"bind", "check"} for use in uses.get(name, ()))
                if not (is_compared and bound) or None in later:
                    return False
                waiting += () if name in known else (each for each in later if each is not None)
                known.add(name)
            case _ if isinstance(node, _INDEPENDENT):
                waiting += ast.iter_child_nodes(node)
            case _:
                return False
    return True


def _uses_in(scope: ast.AST) -> Iterator[tuple[str, _Use]]:
    """Yield each use of a variable in a scope, without the inner scopes; what these read is used in another way."""
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
        for each in (*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs):
            yield each.arg, _Use((scope.lineno, -1), "bind", scope)
    for statement in getattr(scope, "body", ()):
        yield from _uses_of(statement, scope, [])


def _uses_of(node: ast.AST, block: ast.AST, above: list[ast.AST]) -> Iterator[tuple[str, _Use]]:
    if isinstance(node, _INNER):
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                yield each.id, _Use((each.lineno, each.col_offset), "other", block)
        return
    if isinstance(node, ast.Name):
        yield node.id, _use(node, block, above)
        return
    inner = node if isinstance(node, _BLOCKS) else block
    for each in ast.iter_child_nodes(node):
        is_head = isinstance(node, _BLOCKS) and isinstance(each, ast.expr) and each is not getattr(node, "target", None)
        yield from _uses_of(each, block if is_head else inner, [*above, node])


def _use(node: ast.Name, block: ast.AST, above: list[ast.AST]) -> _Use:
    place = (node.lineno, node.col_offset)
    if not isinstance(node.ctx, ast.Load):
        is_plain = isinstance(node.ctx, ast.Store) and not isinstance(above[-1], ast.AugAssign)
        assigned = next((each for each in above if isinstance(each, ast.Assign | ast.AnnAssign | ast.NamedExpr)), None)
        if assigned is not None:  # what is assigned comes first
            place = (assigned.end_lineno or node.lineno, assigned.end_col_offset or node.col_offset)
        value = None if assigned is None or assigned is not above[-1] else assigned.value
        return _Use(place, "bind" if is_plain else "other", block, value=value)
    parent, statement = above[-1] if above else node, above[0]
    for each in above:
        if isinstance(each, ast.stmt):
            statement = each
    against = _compared_with(node, statement, above)
    if isinstance(parent, ast.keyword):
        parent = above[-2]
    is_passed = isinstance(parent, ast.Call) and parent.func is not node and not _is_of_tests(parent)
    if is_passed and isinstance(parent, ast.Call):
        if isinstance(statement, ast.Expr) and statement.value is parent:
            parent.is_statement = True  # type: ignore[attr-defined]  # for the look at all uses
        return _Use(place, "pass", block, parent, against)
    return _Use(place, "other" if against is None else "check", block, None, against)


def _is_of_tests(call: ast.Call) -> bool:
    """Return True for a call of a builtin function, or of an assertion of unittest."""
    match call.func:
        case ast.Name(id=name):
            return name in vars(builtins)
        case ast.Attribute(attr=name):
            return name.startswith("assert")
        case _:
            return False


def _compared_with(node: ast.AST, statement: ast.AST, above: list[ast.AST]) -> ast.expr | None:
    """Return what an assertion compares a variable, or an expression with it, with; None if nothing."""
    path = [*above, node]
    match statement:
        case ast.Assert(test=tested):
            place = next((position for position, each in enumerate(path) if each is tested), -1)
            while isinstance(path[place], ast.BoolOp) and isinstance(path[place].op, ast.And):  # type: ignore[attr-defined]
                place += 1
            match path[place]:
                case ast.Compare(left=left, ops=[ast.Eq() | ast.In() | ast.Is()], comparators=[right]):
                    return right if path[place + 1] is left else left
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name), args=[one, other, *_])) if name in _COMPARING:
            if any(each is one for each in path):
                return other
            return one if any(each is other for each in path) else None
    return None
