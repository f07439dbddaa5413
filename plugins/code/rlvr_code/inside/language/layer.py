"""Compiles submissions and gives them their names, with the policy or without."""

from __future__ import annotations

import ast
import builtins
import sys
import types
from collections.abc import Sequence
from typing import Any

from rlvr_code.inside.language.allowed import DEFAULT_MODULES, IMPLICIT_MODULES
from rlvr_code.inside.language.facades import Facades
from rlvr_code.inside.language.guards import builtins_for, guarded_exit, guarded_open
from rlvr_code.inside.language.plain import is_plain
from rlvr_code.inside.language.policy import Policy, RefusedError
from rlvr_code.wire.libraries import library_modules, rehearse_libraries

__all__ = ["Language", "RefusedError"]


class Language:
    """Python as submissions have it; made once, in the zygote, which imports every module that they may.

    Args:
        modules: What they may import.
        restricted: Whether the policy applies; without it, they have plain Python, and the same files and loggers.
        libraries: What they may import besides, such as NumPy.

    Raises:
        ImportError: A module of the list is not installed.
    """

    def __init__(
        self, modules: Sequence[str] = DEFAULT_MODULES, *, restricted: bool = True, libraries: Sequence[str] = ()
    ) -> None:
        self.restricted = restricted
        self._facades = Facades((*modules, *library_modules(libraries)))
        rehearse_libraries(libraries)
        if not restricted:
            self._facades.install()
            builtins.open = guarded_open
            vars(builtins).update(exit=guarded_exit, quit=guarded_exit)  # the sandbox starts without ``site``
        for name in IMPLICIT_MODULES:
            try:
                __import__(name)
            except ImportError:
                continue  # another Python's
        self._builtins = builtins_for(self._facades.imported, self._evaluate)
        public = {name: value for name, value in self._builtins.items() if not name.startswith("_")}
        if "builtins" in modules:
            self._facades.add("builtins", public)

    def compile(self, source: str, filename: str = "<submission>", mode: str = "exec") -> types.CodeType:
        """Compile source.

        Raises:
            RefusedError: The policy does not take it.
            SyntaxError: It is no Python, or nothing that the compiler can hold.
        """
        try:
            written: Any = source
            if self.restricted and not (mode == "exec" and is_plain(source)):
                tree = compile(source, filename, mode, ast.PyCF_ONLY_AST, dont_inherit=True)
                written = Policy().visit(tree)
            code: types.CodeType = compile(written, filename, mode, dont_inherit=True)
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:
            raise SyntaxError(f"{type(error).__name__}: {error}") from None
        return code

    def module(self, name: str) -> types.ModuleType:
        """Make the module that a submission runs in; its process enters it in ``sys.modules``."""
        module = types.ModuleType(name)
        module.__dict__["__builtins__"] = dict(self._builtins) if self.restricted else builtins
        module.__dict__["__file__"] = f"{name}.py"
        return module

    def replace_stream(self, name: str, stream: Any) -> None:
        """Put another stream in the place of ``stdin`` or ``stderr``."""
        setattr(sys, name, stream)
        if "sys" in self._facades:
            setattr(self._facades["sys"], name, stream)

    def replace_arguments(self, arguments: list[str]) -> None:
        """Put other arguments in the place of those of the command line."""
        sys.argv[:] = arguments
        if "sys" in self._facades:
            self._facades["sys"].argv[:] = arguments

    def _evaluate(self, source: Any, names: Any = None, scope: Any = None, /) -> Any:
        """``eval`` under the policy, with the caller's names unless others are given."""
        if not isinstance(source, str):
            raise TypeError("eval: expected text")
        caller = sys._getframe(1)  # noqa: SLF001  # whose names an expression sees
        if names is None:
            names, scope = caller.f_globals, caller.f_locals
        elif type(names) is not dict:
            raise TypeError("eval: globals must be a dict")
        if names.get("__builtins__") is not caller.f_globals["__builtins__"]:
            names["__builtins__"] = caller.f_globals["__builtins__"]
        code = self.compile(str(source).strip(), "<eval>", mode="eval")
        return eval(code, names, names if scope is None else scope)  # noqa: S307  # compiled under the policy
