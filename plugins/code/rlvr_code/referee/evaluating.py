"""What test code may evaluate: its own texts, and never what a submission has returned.

A test such as ``assert eval(f(1)) == 24`` would run what the submission returned beside the expected values.
A text that test code does not contain itself is read as a literal or as arithmetic with numbers; every other text, a
pickle of anything but plain values, and every program that test code starts, fail the test.
"""

from __future__ import annotations

import ast
import builtins
import operator
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rlvr_code.trusted.submission import FailedTestError
from rlvr_code.wire.outcome import Kind

_TEXT_LIMIT = 10_000
_NUMBER_LIMIT_BITS = 4_096
_POWER_LIMIT = 64
_SIGNS: dict[type, Callable[[Any], Any]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_OPERATIONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}

# Audit events of the interpreter: https://docs.python.org/3/library/audit_events.html
_PROGRAMS = frozenset(
    "os.exec os.fork os.forkpty os.posix_spawn os.spawn os.startfile os.system pty.spawn subprocess.Popen".split()
)
_CODE = frozenset({"code.__new__", "function.__new__", "marshal.load", "marshal.loads"})
_PICKLED = {
    "builtins": "bool bytearray bytes complex dict float frozenset int list object range set slice str tuple",
    "collections": "Counter OrderedDict defaultdict deque",
    "copyreg": "_reconstructor __newobj__",
    "datetime": "date datetime time timedelta timezone",
    "decimal": "Decimal",
    "fractions": "Fraction",
    "numpy": "dtype ndarray",
    "numpy.core.multiarray": "_reconstruct scalar",
    "numpy._core.multiarray": "_reconstruct scalar",
    "pathlib": "PosixPath PurePosixPath",
    "uuid": "UUID",
}
_MAY_BE_PICKLED = frozenset((module, name) for module, names in _PICKLED.items() for name in names.split())
_TEST_CODE = frozenset({"tests", "checker"})
# Modules that evaluate the texts which they are given.
_EVALUATORS = frozenset({"code", "codeop", "doctest", "jinja2.environment", "runpy", "sympy.parsing.sympy_parser"})


class Failing:
    """What fails if the tests do what they must not: a world, or the texts of a checker."""

    failed: FailedTestError | None = None

    def seed(self, module: str, value: object) -> None:
        """Seed the submission's random numbers, if there is one."""


def _refuse(world: Failing | None, what: str) -> FailedTestError:
    """Return the failure of the test under way; it sticks, whatever the tests do about it."""
    failed = FailedTestError(Kind.ERROR, what)
    if world is not None:
        world.failed = world.failed or failed
    return failed


class Evaluators:
    """``eval``, ``exec`` and ``compile`` of test code.

    Args:
        world: Fails if the tests evaluate another text than their own.
        texts: The test code.
    """

    def __init__(self, world: Failing, texts: Iterable[str]) -> None:
        self._world = world
        self._texts = list(texts)
        self._known: set[str] | None = None
        self._compiled: list[types.CodeType] = []

    def builtins(self) -> dict[str, Any]:
        """Return the functions by name."""
        return {"eval": self.eval, "exec": self.exec, "compile": self.compile}

    def eval(self, source: Any, names: Any = None, local: Any = None) -> Any:
        """Evaluate a text of the tests as Python, and any other text as data."""
        if self._is_own(source):
            return builtins.eval(source, *_names_of(sys._getframe(1), names, local))  # noqa: S307, SLF001  # the tests' own
        value = data_of(source)
        if value is _NOTHING:
            raise _refuse(self._world, "the tests evaluate a text that is not theirs")
        return value

    def exec(self, source: Any, names: Any = None, local: Any = None) -> None:
        """Run a text of the tests."""
        if not self._is_own(source):
            raise _refuse(self._world, "the tests run a text that is not theirs")
        builtins.exec(source, *_names_of(sys._getframe(1), names, local))  # noqa: S102, SLF001  # as above

    def compile(self, source: Any, *arguments: Any, **keywords: Any) -> Any:
        """Compile a text; only a text of the tests can be run afterwards."""
        code = builtins.compile(source, *arguments, **keywords)
        if self._is_own(source) and isinstance(code, types.CodeType):
            self._compiled.append(code)
        return code

    def _is_own(self, source: Any) -> bool:
        if isinstance(source, types.CodeType):
            return any(source is each for each in self._compiled)
        if not isinstance(source, (str, bytes)):
            return False
        if self._known is None:
            self._known = {_spaced(each) for text in self._texts for each in _texts_in(text)}
        return _spaced(source if isinstance(source, str) else source.decode("utf-8", "replace")) in self._known


def _names_of(frame: types.FrameType, names: Any, local: Any) -> tuple[Any, Any]:
    """Return the names for ``eval`` and ``exec``; by default those of the caller."""
    if names is None:
        return frame.f_globals, frame.f_locals if local is None else local
    return names, names if local is None else local


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _texts_in(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


_NOTHING = object()


def data_of(source: Any) -> Any:
    """Return what a text is worth as a literal or as arithmetic with numbers; ``_NOTHING`` if it is something else.

    Raises:
        ArithmeticError: It cannot be calculated, such as a division by zero.
    """
    if not isinstance(source, (str, bytes)) or len(source) > _TEXT_LIMIT:
        return _NOTHING
    try:
        tree = ast.parse(source.strip(), mode="eval").body
        try:
            return ast.literal_eval(tree)
        except ValueError:
            return _calculated(tree)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return _NOTHING


def _calculated(node: ast.expr) -> Any:
    """Calculate with numbers.

    Raises:
        ArithmeticError: As above.
        ValueError: The expression is another one, or a number becomes too long.
    """
    match node:
        case ast.Constant(value=int() | float() | complex() as value):
            result: Any = value
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _SIGNS:
            result = _SIGNS[type(op)](_calculated(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            one, other = _calculated(left), _calculated(right)
            if isinstance(op, ast.Pow) and not abs(other) <= _POWER_LIMIT:
                raise ValueError("a large power")
            result = _OPERATIONS[type(op)](one, other)
        case _:
            raise ValueError("no arithmetic with numbers")
    if isinstance(result, int) and result.bit_length() > _NUMBER_LIMIT_BITS:
        raise ValueError("a long number")
    return result


class Guard:
    """An audit hook that fails tests which start programs, or load objects that a submission has written.

    An audit hook cannot be removed: it is installed in the process of a referee alone.
    """

    def __init__(self) -> None:
        self._world: Failing | None = None

    def watch(self, world: Failing) -> None:
        """Fail the tests of this world."""
        self._world = world

    def seed(self, module: str, value: object) -> None:
        """Give a seed of the tests to the submission."""
        if self._world is not None:
            self._world.seed(module, value)

    def install(self) -> None:
        """Look at what the interpreter does from now on."""
        sys.addaudithook(self.look)

    def look(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Look at an event.

        Raises:
            FailedTestError: The tests must not do this.
        """
        if event in _PROGRAMS:
            raise _refuse(self._world, f"the tests start a program: {event}")
        if event == "pickle.find_class" and tuple(arguments) not in _MAY_BE_PICKLED:
            raise _refuse(self._world, f"the tests load a pickle of {'.'.join(map(str, arguments))}")
        if event in _CODE and _is_test_code(sys._getframe(1)):  # noqa: SLF001  # only the callers say so
            raise _refuse(self._world, f"the tests load code: {event}")
        if event == "compile" and _is_evaluated(sys._getframe(1)):  # noqa: SLF001  # as above
            raise _refuse(self._world, "the tests evaluate a text that is not theirs")


GUARD = Guard()
"""The guard of this process; it looks at nothing before it is installed."""


def _is_evaluated(frame: types.FrameType | None) -> bool:
    """Return True if test code compiles a text itself, or has a library evaluate one."""
    if _is_test_code(frame):
        return True  # past ``Evaluators``, such as by ``builtins.eval``
    while frame is not None and not _is_test_code(frame):
        if frame.f_globals.get("__name__") in _EVALUATORS:
            return True
        frame = frame.f_back
    return False


def _is_test_code(frame: types.FrameType | None) -> bool:
    return frame is not None and frame.f_globals.get("__name__") in _TEST_CODE
