"""A problem: the tests of a submission, as the trusted side has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rlvr_code.wire.choices import ScriptStyle


class Comparison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What counts as equal, as a problem declares it.

    Attributes:
        tolerance: How far numbers may differ, absolutely or relative to the larger; 0.0 for not at all.
        as_json: Values are what JSON makes of them: tuples are lists, keys are text.
        any_order: The items of the answer, a list, may come in any order.
    """

    tolerance: float = 0.0
    as_json: bool = False
    any_order: bool = False


EXACTLY = Comparison()


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call, and what it must return, raise or leave in an argument.

    Attributes:
        test: Its name.
        entry: What is called: ``add``, ``Solution().twoSum``.
        arguments: Given by position.
        keywords: Given by name.
        expected: The value to return; or of the argument ``changed``.
        truth: Only whether the value is true counts.
        raises: The name of the exception type to raise instead.
        changed: The position of the argument whose value after the call is compared.
        comparison: What counts as equal.
    """

    test: str
    entry: str
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = {}
    expected: Any = None
    truth: bool = False
    raises: str = ""
    changed: int | None = None
    comparison: Comparison = EXACTLY


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What a program reads, and what it must print."""

    test: str
    stdin: str
    stdout: str
    comparison: Comparison = EXACTLY


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Test code for the referee.

    Attributes:
        style: How the referee runs it.
        given: Imports, helpers and constants that the problem gives to the tests; runs first.
        setup: Runs before.
        code: The statements, or the module.
        entry: The candidate's name; empty for ``unittest``.
        module: The name under which tests import the submission.
        taken: The names that the tests take from the submission, also where ``given`` has others of these names.
        own_operators: Classes of the submission that the tests construct answer their own operators.
        tests: Names of the tests, known beforehand: what is not reported is not passed.
        exchanges: For :attr:`ScriptStyle.CHECKER`: stdin, the expected and the printed text of each test.
    """

    style: ScriptStyle
    given: str = ""
    setup: str = ""
    code: tuple[str, ...] = ()
    entry: str = ""
    module: str = ""
    taken: tuple[str, ...] = ()
    own_operators: bool = True
    tests: tuple[str, ...] = ()
    exchanges: tuple[tuple[str, str, str], ...] = ()


def root_name(entry: str) -> str:
    """Return the name that a submission must define for an entry: ``Solution`` for ``Solution().twoSum``."""
    return entry.split(".", maxsplit=1)[0].removesuffix("()")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a submission is put to.

    Attributes:
        calls: Judged here, value by value.
        exchanges: Judged here, by what the program prints.
        script: Judged by the referee, a process that runs test code against stand-ins for the submission.
        prelude: Goes before the submission, such as ``from typing import *``.
        prompt: Code that the submission may continue: goes before it if it does not define ``entry`` itself.
        context: The imports and helpers of the prompt: go before a submission that defines ``entry``.
        entry: The name that the submission must define; empty for programs and modules.
        called: The names that the tests take from the submission, if there is no ``entry``.
        weights: By test name; 1.0 for others.
        groups: Names of tests that count as one: all or nothing.
        solution: A reference solution, for the audit.
        judge_imports: The submission uses names of the standard library without an import, as on LeetCode.
        nodes: Arguments may be linked lists or trees, by the annotations of the submission.
        requests: The framed requests of the calls, encoded once for all submissions.
        key: Tells problems apart that were read from different references.
        checker: Code of ``check(stdin, expected, printed)``, which decides in place of the comparison of texts.
    """

    calls: tuple[Call, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    script: Script | None = None
    prelude: str = ""
    prompt: str = ""
    context: str = ""
    entry: str = ""
    called: tuple[str, ...] = ()
    weights: Mapping[str, float] = {}
    groups: tuple[tuple[str, ...], ...] = ()
    solution: str = ""
    judge_imports: bool = False
    nodes: bool = False
    checker: str = ""
    requests: tuple[bytes, ...] = ()
    key: bytes = b""

    @property
    def names(self) -> tuple[str, ...]:
        """Names that the submission must define; empty for a program."""
        return (root_name(self.entry),) if self.entry else self.called

    @property
    def tests(self) -> tuple[str, ...]:
        """Names of all tests."""
        return (
            *(each.test for each in self.calls),
            *(each.test for each in self.exchanges),
            *(self.script.tests if self.script else ()),
        )
