"""Which Python source is taken: RestrictedPython's transformer, with its checks made once, while compiling.

RestrictedPython guards every item, iteration and attribute while the program runs, which hosts with security proxies
need; a submission runs three times slower for it.
Here names and attributes are checked as they stand in the source, and only the few attributes whose harm depends on
what they are read from go through a guard; all else is compiled as written.
Nodes that neither it nor this class knows stay refused.
"""

from __future__ import annotations

import ast
from typing import Any, NoReturn

from RestrictedPython.transformer import INSPECT_ATTRIBUTES, RestrictingNodeTransformer

from rlvr_code.inside.language.allowed import GUARDED_ATTRIBUTES, RESERVED_NAMES, SPECIAL_ATTRIBUTES, SPECIAL_NAMES

GUARD = "_getattr_"


class RefusedError(Exception):
    """Source that the policy does not take.

    Attributes:
        reason: What it says, in a line.
        line: Where.
    """

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(f"line {line}: {reason}")
        self.reason = reason
        self.line = line


def is_special(name: str) -> bool:
    """Return True for a name of the language itself: two underscores on both sides."""
    return name.startswith("__") and name.endswith("__") and name.strip("_") != ""


def attribute_problem(name: str) -> str:
    """Why an attribute must not be read or set; empty if it may."""
    if name in INSPECT_ATTRIBUTES or name in RESERVED_NAMES:
        return f"the attribute {name!r} leads out of the program"
    if is_special(name) and name not in SPECIAL_ATTRIBUTES:
        return f"the special attribute {name!r} is not available"
    return ""


def name_problem(name: str) -> str:
    """Why a name must not be used; empty if it may."""
    if name in RESERVED_NAMES or name in INSPECT_ATTRIBUTES:  # a field's name is an attribute in a class pattern
        return f"the name {name!r} is reserved"
    if is_special(name) and name not in SPECIAL_NAMES:
        return f"the special name {name!r} is not available"
    return ""


class Policy(RestrictingNodeTransformer):
    """Checks a tree and puts guards where they are needed."""

    def __init__(self) -> None:
        super().__init__(errors=[], warnings=[], used_names={})

    def error(self, node: ast.AST, info: str) -> NoReturn:
        """Refuse at the first fault, in place of collecting them."""
        raise RefusedError(info, getattr(node, "lineno", 0))

    def _check(self, node: ast.AST, *names: str | None) -> None:
        for name in names:
            if name is not None:
                problem = name_problem(name)
                if problem:
                    self.error(node, problem)

    def _inside(self, node: ast.AST) -> ast.AST:
        visited: ast.AST = self.node_contents_visit(node)
        return visited

    def visit_Name(self, node: ast.Name) -> ast.AST:  # noqa: N802  # as ast names it, here and below
        """Check a name."""
        self._check(node, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:  # noqa: N802
        """Check an attribute, or put the guard in its place."""
        node.value = self.visit(node.value)
        name = node.attr
        if name in GUARDED_ATTRIBUTES and isinstance(node.ctx, ast.Load):
            guard = ast.Name(id=GUARD, ctx=ast.Load())
            call = ast.Call(func=guard, args=[node.value, ast.Constant(value=name)], keywords=[])
            for new in (guard, call, call.args[1]):
                ast.copy_location(new, node)
            return call
        problem = attribute_problem(name)
        if problem:
            self.error(node, problem)
        return node

    def _visit_definition(self, node: Any) -> ast.AST:
        self._check(node, node.name)
        return self._inside(node)

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _visit_definition  # noqa: N815
    visit_ExceptHandler = visit_MatchAs = visit_MatchStar = _visit_definition  # noqa: N815
    visit_TypeVar = visit_ParamSpec = visit_TypeVarTuple = _visit_definition  # noqa: N815

    def visit_MatchMapping(self, node: Any) -> ast.AST:  # noqa: N802
        """Check the name that takes the rest."""
        self._check(node, node.rest)
        return self._inside(node)

    def visit_MatchClass(self, node: Any) -> ast.AST:  # noqa: N802
        """Check the attributes that a pattern reads."""
        for name in node.kwd_attrs:
            problem = attribute_problem(name)
            if problem or name in GUARDED_ATTRIBUTES:
                self.error(node, problem or f"the attribute {name!r} is not available in a pattern")
        return self._inside(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """Check a parameter."""
        self._check(node, node.arg)
        return self._inside(node)

    def visit_keyword(self, node: ast.keyword) -> ast.AST:
        """Check a named argument."""
        self._check(node, node.arg)
        return self._inside(node)

    def _visit_names(self, node: ast.Global | ast.Nonlocal) -> ast.AST:
        self._check(node, *node.names)
        return node

    visit_Global = visit_Nonlocal = _visit_names  # noqa: N815

    def _visit_import(self, node: ast.Import | ast.ImportFrom) -> ast.AST:
        module = getattr(node, "module", None) or ""
        if getattr(node, "level", 0):
            self.error(node, "a relative import")
        for path in (module, *(alias.name for alias in node.names)):
            if path != "__future__" and any(step.startswith("_") for step in path.split(".")):
                self.error(node, f"the import of {path!r}")
        self._check(node, *(alias.asname for alias in node.names))
        return node

    visit_Import = visit_ImportFrom = _visit_import  # noqa: N815

    def _visit_plain(self, node: ast.AST) -> ast.AST:
        return self._inside(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:  # noqa: N802
        """Check a call; ``__import__("math")`` is an import statement in another form."""
        match node:
            case ast.Call(func=ast.Name(id="__import__"), args=[ast.Constant(value=str(path))], keywords=[]):
                if any(step.startswith("_") for step in path.split(".")):
                    self.error(node, f"the import of {path!r}")
                return node
            case _:
                return self._inside(node)

    visit_Subscript = visit_Assign = visit_AugAssign = visit_AnnAssign = _visit_plain  # noqa: N815
    visit_For = visit_comprehension = visit_With = visit_Lambda = visit_arguments = _visit_plain  # noqa: N815
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _visit_plain  # noqa: N815
    visit_Match = visit_match_case = visit_MatchValue = visit_MatchSingleton = _visit_plain  # noqa: N815
    visit_MatchSequence = visit_MatchOr = visit_NamedExpr = visit_Yield = visit_YieldFrom = _visit_plain  # noqa: N815
    visit_Await = visit_AsyncFor = visit_AsyncWith = visit_TypeAlias = visit_Starred = _visit_plain  # noqa: N815
    visit_Delete = visit_Constant = visit_Expr = visit_Module = visit_Expression = _visit_plain  # noqa: N815
