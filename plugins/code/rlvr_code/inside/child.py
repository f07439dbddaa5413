"""What runs beside a submission, in its process: takes calls, answers with values.

Nothing here is trusted by anybody: a submission that takes this over can send what it likes, which is what it could
return anyway.

Requests are ``[what, number, ...]``; every answer repeats the number:
``value`` with the tokens of a value, ``raised`` with an exception's type, bases, text and arguments,
``unserialisable`` with the reason, ``refused`` with what the language layer or the compiler does not take.
"""

from __future__ import annotations

import gc
import operator
import os
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, assert_never

from rlvr_code.inside.language.layer import Language, RefusedError
from rlvr_code.wire.choices import CallAnswer
from rlvr_code.wire.frames import CHANNEL, ChannelClosedError, Frame, receive, send
from rlvr_code.wire.nodes import ListNode, TreeNode, list_node, tree_node
from rlvr_code.wire.values import MalformedError, Token, UnserialisableError, decode, encode

FUNCTIONS, PROGRAM = "submission", "__main__"

# Objects that tests hold at once; honest ones hold a few dozen.
_KEPT_LIMIT = 100_000
_TEXT_LIMIT = 2_000


def _reflected(name: str) -> Callable[[Any, Any], Any]:
    plain = getattr(operator, name)
    return lambda one, other: plain(other, one)


# What tests may do with an object that stays here, by the name of the special method.
OPERATIONS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(operator, name)
        for name in (
            "add sub mul matmul truediv floordiv mod pow lshift rshift and_ or_ xor eq ne lt le gt ge "
            "iadd isub imul imatmul itruediv ifloordiv imod ipow ilshift irshift iand ior ixor "
            "neg pos abs invert index contains getitem setitem delitem"
        ).split()
    },
    **{
        "r" + name: _reflected(name)
        for name in "add sub mul matmul truediv floordiv mod pow lshift rshift and_ or_ xor".split()
    },
    "call": lambda target, arguments, keywords: target(*arguments, **keywords),
    "get": getattr,
    "set": setattr,
    "delete": delattr,
    "len": len,
    "iter": iter,
    "next": next,
    "reversed": reversed,
    "str": str,
    "repr": repr,
    "bytes": bytes,
    "hash": hash,
    "bool": bool,
    "int": int,
    "float": float,
    "complex": complex,
    "round": round,
    "divmod": divmod,
    "rdivmod": lambda one, other: divmod(other, one),
    "trunc": lambda one: one.__trunc__(),
    "floor": lambda one: one.__floor__(),
    "ceil": lambda one: one.__ceil__(),
    "format": format,
    "issubclass": issubclass,
    "enter": lambda one: type(one).__enter__(one),
    "exit": lambda one: type(one).__exit__(one, None, None, None),
}


class _MissingError(Exception):
    """The submission has no such name."""


class _NotCompiledError(Exception):
    """The submission was not compiled: it is ``forbidden`` by the language layer, or no Python (``syntax``)."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class Child:
    """Serves one submission."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._names: dict[str, Any] = {}
        self._kept: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._served: dict[str, Callable[..., list[Token]]] = {
            "load": self._load,
            "run": self._run,
            "call": self._call,
            "invoke": self._invoke,
            "name": self._name,
            "names": self._public_names,
            "do": self._do,
        }

    def serve(self) -> NoReturn:
        """Answer requests until the trusted side is gone."""
        while True:
            try:
                message = receive(CHANNEL)
            except (ChannelClosedError, MalformedError):
                os._exit(0)
            self._answer(message)

    def _answer(self, message: Frame) -> None:
        what, number, *rest = message
        try:
            answer = self.answered(str(what), rest)
        except BaseException as error:  # noqa: BLE001  # a submission raises what it likes
            answer = _raised(error, self._refer)
        try:
            send(CHANNEL, [answer[0], number, *answer[1:]])
        except UnserialisableError as error:
            send(CHANNEL, ["unserialisable", number, str(error)])
        except ChannelClosedError:
            os._exit(0)

    def answered(self, what: str, rest: Sequence[Any]) -> list[Token]:
        """Do what is asked, and answer without the number."""
        try:
            return self._served[what](*rest)
        except _MissingError as error:
            return ["missing", str(error)]
        except _NotCompiledError as error:
            return ["refused", error.kind, str(error)[:_TEXT_LIMIT]]

    def _load(self, source: str) -> list[Token]:
        code = self._compiled(source)
        self._names = self._language.module(FUNCTIONS).__dict__
        self._names.setdefault("ListNode", ListNode)
        self._names.setdefault("TreeNode", TreeNode)
        gc.enable()
        exec(code, self._names)  # noqa: S102  # what this process is for
        return ["value", None]

    def _run(self, source: str) -> list[Token]:
        code = self._compiled(source)
        gc.enable()
        try:
            exec(code, self._language.module(PROGRAM).__dict__)  # noqa: S102  # as above
        finally:
            sys.stdout.flush()
        return ["value", None]

    def _compiled(self, source: str) -> types.CodeType:
        try:
            return self._language.compile(source)
        except RefusedError as error:
            raise _NotCompiledError("forbidden", str(error)) from None
        except SyntaxError as error:
            raise _NotCompiledError("syntax", f"line {error.lineno}: {error.msg}") from None

    def _found(self, path: str) -> Any:
        try:
            return found(path, self._names)
        except LookupError as error:
            raise _MissingError(str(error)) from None

    def _call(self, entry: str, answer: str, *tokens: Token) -> list[Token]:
        """Call a function; the answer is its value, its truth, or the whole: with the arguments as it left them."""
        arguments, keywords = decode(tokens, self._resolve)
        target, part = self._found(entry), CallAnswer(answer)
        if part is CallAnswer.WHOLE:
            arguments, keywords = _with_nodes(target, arguments, keywords)
        result = target(*arguments, **keywords)
        try:
            match part:
                case CallAnswer.VALUE:
                    return ["value", *encode(result)]
                case CallAnswer.TRUTH:
                    return ["value", bool(result)]
                case CallAnswer.WHOLE:
                    return ["value", *encode((result, tuple(arguments)))]
                case _:
                    assert_never(part)
        except UnserialisableError as error:
            return ["unserialisable", str(error)]

    def _name(self, name: str) -> list[Token]:
        return self._referred(self._found(name))

    def _public_names(self) -> list[Token]:
        return ["value", *encode([name for name in self._names if not name.startswith("_")])]

    def _invoke(self, entry: str, *tokens: Token) -> list[Token]:
        arguments, keywords = decode(tokens, self._resolve)
        return self._referred(self._found(entry)(*arguments, **keywords))

    def _do(self, operation: str, *tokens: Token) -> list[Token]:
        operands = decode(tokens, self._resolve)
        return self._referred(OPERATIONS[operation](*operands))

    def _referred(self, result: object) -> list[Token]:
        try:
            return ["value", *encode(result, self._refer)]
        except UnserialisableError as error:
            return ["unserialisable", str(error)]

    def _refer(self, item: object) -> list[Token]:
        kind = "o"
        if isinstance(item, type):
            kind = "x" if issubclass(item, BaseException) else "c"
        bases = item.__mro__ if isinstance(item, type) else type(item).__mro__
        of = ",".join(str(self._number(each)) for each in bases[:-1])
        name = item.__name__ if isinstance(item, type) else type(item).__name__
        builtin = next((each.__name__ for each in bases if each.__module__ == "builtins"), "object")
        return [f"@{self._number(item)} {kind} {of or '-'} {builtin} {name}"]

    def _number(self, item: object) -> int:
        number = self._numbers.get(id(item))
        if number is None:
            if len(self._kept) >= _KEPT_LIMIT:
                raise UnserialisableError(f"more than {_KEPT_LIMIT} objects")
            number = self._numbers[id(item)] = len(self._kept)
            self._kept[number] = item
        return number

    def _resolve(self, tokens: Sequence[str]) -> Any:
        token = tokens[0]
        if token[0] == "@":
            return self._kept[int(token[1:])]
        return self._callback(token)

    def _callback(self, token: str) -> Callable[..., Any]:
        """A function that asks the trusted side, and serves its requests until it has answered."""

        def callback(*arguments: Any, **keywords: Any) -> Any:
            send(CHANNEL, ["callback", 0, token, *encode((arguments, keywords), self._refer)])
            while True:
                message = receive(CHANNEL)
                if message[0] == "returned":
                    return decode(message[2:], self._resolve)
                if message[0] == "threw":
                    raise _builtin_exception(str(message[2]))(*decode(message[3:], self._resolve))
                self._answer(message)

        return callback


def found(path: str, names: dict[str, Any]) -> Any:
    """Follow a path such as ``add``, ``Solution().twoSum`` or ``Clock.now`` from a module's names.

    A function that is not there is looked for in ``Solution``.

    Raises:
        LookupError: There is no such name.
    """
    steps = path.split(".")
    if steps[0].removesuffix("()") not in names and len(steps) == 1 and hasattr(names.get("Solution"), path):
        steps = ["Solution()", path]
    value: Any = None
    for position, step in enumerate(steps):
        name = step.removesuffix("()")
        if position == 0:
            if name not in names:
                raise LookupError(f"the submission defines no {name!r}")
            value = names[name]
        else:
            if not hasattr(value, name):
                raise LookupError(f"the submission's {steps[position - 1]} has no {name!r}")
            value = getattr(value, name)
        if step.endswith("()"):
            value = value()
    return value


def _with_nodes(target: Any, arguments: Any, keywords: Any) -> tuple[list[Any], dict[str, Any]]:
    """Make linked lists and trees of the lists given for parameters annotated as such, as LeetCode does."""
    hints = {name: str(hint) for name, hint in getattr(target, "__annotations__", {}).items() if name != "return"}
    names = getattr(target, "__globals__", {})

    def made(hint: str, value: Any) -> Any:
        for kind, make in (("ListNode", list_node), ("TreeNode", tree_node)):
            if kind in hint and type(value) is list:
                if hint.count("[") > hint.count("Optional[") + hint.count("Union["):  # a list of them
                    return [make(each, names.get(kind, ListNode)) for each in value]
                return make(value, names.get(kind, TreeNode if kind == "TreeNode" else ListNode))
        return value

    positional = [made(hint, value) for hint, value in zip(hints.values(), arguments, strict=False)]
    return [*positional, *arguments[len(positional) :]], {
        name: made(hints.get(name, ""), value) for name, value in keywords.items()
    }


def _builtin_exception(name: str) -> type[Exception]:
    import builtins

    kind = getattr(builtins, name, RuntimeError)
    return kind if isinstance(kind, type) and issubclass(kind, Exception) else RuntimeError


def _raised(error: BaseException, refer: Callable[[object], list[Token]]) -> list[Token]:
    kind = type(error)
    error.__traceback__ = None
    try:
        text = str(error)[:_TEXT_LIMIT]
    except BaseException:  # noqa: BLE001  # its own __str__ may raise
        text = ""
    try:
        arguments = encode(tuple(error.args))
    except BaseException:  # noqa: BLE001  # arguments may be anything
        arguments = encode((text,))
    if isinstance(error, (ImportError, RefusedError)):
        return ["raised", *refer(kind), "forbidden", text, *arguments]
    return ["raised", *refer(kind), "", text, *arguments]


def rehearse(child: Child) -> None:
    """Take one submission through this module, so that the memory pages that it needs are this process's own."""
    child.answered("load", ["def f(a, b):\n    c = a + b\n    return [a, (b, c)]\n"])
    child.answered("call", ["f", CallAnswer.VALUE, *encode(((1, 2), {}))])
