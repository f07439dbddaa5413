"""Grades a submission: runs it in the sandbox against a problem's tests."""

from __future__ import annotations

import functools
import hashlib
import importlib
import math
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from rlvr_code.problems.fields import ProblemError
from rlvr_code.problems.problem import Exchange, Problem, Script
from rlvr_code.problems.reading import problem_of
from rlvr_code.trusted.clock import LOADED_FACTOR
from rlvr_code.trusted.judge import judge_calls, judge_exchanges, requests_of
from rlvr_code.trusted.options import DEFAULT_OPTIONS, TestsOptions
from rlvr_code.trusted.owned import Owned
from rlvr_code.trusted.process import SandboxError
from rlvr_code.trusted.referee_client import judge_script
from rlvr_code.trusted.source import source_of
from rlvr_code.trusted.submission import Submission, TimeLimits
from rlvr_code.trusted.supervisor import Sandbox, Settings
from rlvr_code.wire.choices import ScriptStyle
from rlvr_code.wire.outcome import Kind, Outcome
from rlvr_code.wire.values import FRAME_LIMIT_BYTES, UnserialisableError
from rlvr_code.zygote.sealing import LAYERS

# Longer answers hold more code than a problem asks for; compiling takes memory in the square of odd ones.
SOURCE_LIMIT_CHARACTERS = 1_000_000
# A rollout group holds some tens of answers to a prompt, many of them alike.
_REMEMBERED = 1_024
_REMEMBERED_PROBLEMS = 256
# Printed texts that a referee is given at once; half of a message, since the checker's code goes with them.
_PIECE_BYTES = FRAME_LIMIT_BYTES // 2


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a submission.

    Attributes:
        outcomes: One for each test.
        passed: The weighted share of tests that passed, 0.0 to 1.0.
        all_passed: Whether every test passed.
        compiled: Whether the submission compiled, under the language layer if that is on.
        layers: What its process was sealed with, each ``on`` or why not; empty if none ever answered.
        is_cut: Whether it was stopped because its share of the time before a deadline was used up.
        operators_asked: Names of the submission's classes that the tests construct, and whose own ``==``, order,
            arithmetic or ``in`` took part in the verdict.
    """

    outcomes: tuple[Outcome, ...]
    passed: float
    all_passed: bool
    compiled: bool
    layers: Mapping[str, str]
    is_cut: bool = False
    operators_asked: tuple[str, ...] = ()

    def count(self, kind: Kind) -> int:
        """Return the number of tests that ended in this way."""
        return sum(outcome.kind is kind for outcome in self.outcomes)

    def share(self, problem: Problem, free: Collection[str] = frozenset()) -> float:
        """Return the weighted share of tests that passed, where a group passes as a whole or not at all.

        Args:
            problem: The tests.
            free: Tests that an empty submission passes: to pass them adds nothing, to fail one costs its weight.

        Returns:
            0.0 to 1.0; 1.0 only if every test passed, those of weight 0 among them.
        """
        if self.all_passed:
            return 1.0
        passed = {outcome.test for outcome in self.outcomes if outcome.passed}
        for group in problem.groups:
            if not passed.issuperset(group):
                passed.difference_update(group)
        tests = {outcome.test for outcome in self.outcomes}
        total = _weight_of(tests.difference(free), problem)
        earned = _weight_of(passed.difference(free), problem) - _weight_of(tests.intersection(free) - passed, problem)
        return max(0.0, min(earned / total, 1.0 - 1.0 / len(tests))) if total else 0.0

    @property
    def first_failure(self) -> Outcome | None:
        """The first test that did not pass."""
        return next((outcome for outcome in self.outcomes if not outcome.passed), None)


def grade(submission: str, tests: Any, options: TestsOptions = DEFAULT_OPTIONS) -> Grade:
    """Run a submission against tests.

    Args:
        submission: Python source.
        tests: A reference in one of the formats of the README, or a :class:`Problem`.
        options: Limits and layers; what is paid does not matter here.

    Returns:
        The result of each test; a submission that does not compile, run or end fails them with a reason.

    Raises:
        ProblemError: The tests cannot be read.
        SandboxError: The sandbox does not work on this machine, or lacks a required layer.
    """
    grader = Grader(options)
    return grader.grade(submission, tests if isinstance(tests, Problem) else grader.problem(tests))


class Grader:
    """Grades submissions with the same options, and those that are alike once."""

    def __init__(self, options: TestsOptions = DEFAULT_OPTIONS) -> None:
        self.options = options
        _require(options.required_layers)
        _import_libraries(options.libraries)
        self._sandbox = sandbox_of(settings_of(options))
        self._limits = TimeLimits(options.test_seconds, options.submission_seconds)
        self._remembered: OrderedDict[bytes, Grade] = OrderedDict()
        self._problems: OrderedDict[bytes, Problem] = OrderedDict()
        self._is_cut = False

    def problem(self, reference: Any) -> Problem:
        """Read a reference, once for all answers to a prompt.

        Raises:
            ProblemError: It is in no format, or a field of it cannot be read.
        """
        key = hashlib.sha256(msgspec.json.encode(reference)).digest()
        known = self._problems.get(key)
        if known is None:
            known = self._problems[key] = _with_requests(problem_of(reference), key)
            if len(self._problems) > _REMEMBERED_PROBLEMS:
                self._problems.popitem(last=False)
        return known

    def grade(self, submission: str, problem: Problem, share_seconds: float | None = None) -> Grade:
        """Run a submission against a problem's tests.

        Args:
            submission: Python source.
            problem: The tests.
            share_seconds: Wall time after which it is stopped, without the start of the sandbox.

        Returns:
            The result of each test; errors are those of :func:`grade`.
        """
        source = source_of(submission, problem)
        key = hashlib.sha256(problem.key + source.encode("utf-8", "surrogatepass")).digest()
        with self._sandbox.lock:
            known = self._remembered.get(key) if problem.key else None
            if known is None:
                known = self._graded(source, problem, share_seconds)
                if known.is_cut:
                    return known  # with more time it may pass
                self._remembered[key] = known
                if len(self._remembered) > _REMEMBERED:
                    self._remembered.popitem(last=False)
        return known

    def _graded(self, source: str, problem: Problem, share_seconds: float | None) -> Grade:
        if len(source) > SOURCE_LIMIT_CHARACTERS:
            detail = f"a submission of {len(source)} characters; at most {SOURCE_LIMIT_CHARACTERS}"
            outcomes = [Outcome(test, Kind.SYNTAX, detail) for test in problem.tests]
            return _grade_of(outcomes, problem, compiled=False, layers={})
        outcomes = []
        compiled, layers, self._is_cut = True, None, False
        asked_operators: tuple[str, ...] = ()
        self._sandbox.start()
        self._sandbox.until = math.inf if share_seconds is None else time.monotonic() + share_seconds
        processes = Owned(self._sandbox, keep_output=bool(problem.exchanges))
        try:
            if problem.calls or problem.exchanges:
                asked = Submission(source, processes, self._limits)
                outcomes += self._judged(asked, problem)
                asked.finish_process()
                compiled, layers = asked.compiled, asked.layers
                self._is_cut |= asked.is_cut
            if problem.script is not None and compiled:
                script = msgspec.structs.replace(problem.script, own_operators=self.options.own_operators)
                found = judge_script(self._sandbox, processes, source, script, self._limits)
                outcomes += found.outcomes
                self._is_cut |= found.is_cut
                asked_operators = found.asked
                compiled, layers = found.compiled, layers or found.layers
            elif problem.script is not None:
                first = outcomes[0]
                outcomes += [Outcome(test, first.kind, first.detail) for test in problem.script.tests]
        except BaseException:
            self._sandbox.close()  # what was under way must not go on, nor answer to the next submission
            raise
        graded = _grade_of(outcomes, problem, compiled=compiled, layers=layers or {})
        return msgspec.structs.replace(graded, is_cut=self._is_cut, operators_asked=asked_operators)

    def _judged(self, asked: Submission, problem: Problem) -> Iterator[Outcome]:
        if problem.calls:
            requests = problem.requests or requests_of(problem.calls, nodes=problem.nodes)
            yield from judge_calls(asked, problem.calls, requests, nodes=problem.nodes)
        elif problem.checker:
            yield from self._checked(asked, problem)
        else:
            yield from judge_exchanges(asked, problem.exchanges)

    def _checked(self, asked: Submission, problem: Problem) -> Iterator[Outcome]:
        """Collect what the program prints, then have the problem's checker look at all of it."""
        printed: list[tuple[Exchange, str]] = []

        def note(exchange: Exchange, got: str) -> bool:
            printed.append((exchange, got))
            return True

        outcomes = list(judge_exchanges(asked, problem.exchanges, note))
        decided = self._checker_outcomes(problem, printed)
        yield from (decided.get(outcome.test, outcome) if outcome.passed else outcome for outcome in outcomes)

    def _checker_outcomes(self, problem: Problem, printed: Sequence[tuple[Exchange, str]]) -> dict[str, Outcome]:
        """Return what the checker says of each printed text; it has as much time as the program in all.

        A referee that ends while it checks a text fails that test, and another one goes on with the next text.
        """
        decided: dict[str, Outcome] = {}
        pending, seconds = list(printed), self._limits.submission_seconds
        while pending and seconds > 0 and not self._is_cut:
            piece = _first_piece(pending)
            script = Script(
                style=ScriptStyle.CHECKER,
                code=(problem.checker,),
                tests=tuple(exchange.test for exchange, _ in piece),
                exchanges=tuple((exchange.stdin, exchange.stdout, got) for exchange, got in piece),
            )
            limits = self._limits._replace(submission_seconds=seconds)
            found = judge_script(self._sandbox, Owned(self._sandbox), "", script, limits)
            self._is_cut |= found.is_cut
            later = set(found.unreported[1:])
            decided.update((outcome.test, outcome) for outcome in found.outcomes if outcome.test not in later)
            seconds -= self._limits.test_seconds if found.is_stopped else found.seconds
            pending = [each for each in pending if each[0].test not in decided]
        spent = f"the checker has used up its {self._limits.submission_seconds:g} s"
        decided.update((exchange.test, Outcome(exchange.test, Kind.TIME, spent)) for exchange, _ in pending)
        return decided

    def free_tests(self, problem: Problem) -> frozenset[str]:
        """Return the tests that an empty submission passes, such as ``assert True``; to pass them is worth nothing."""
        empty = self.grade(constant_submission(problem, "None"), problem)
        return frozenset(outcome.test for outcome in empty.outcomes if outcome.passed)


def _with_requests(problem: Problem, key: bytes) -> Problem:
    """Return a problem with its key and the requests that its calls are.

    Raises:
        ProblemError: The arguments of a call cannot be sent to a submission.
    """
    try:
        requests = requests_of(problem.calls, nodes=problem.nodes)
    except UnserialisableError as error:
        raise ProblemError(f"the arguments of a call: {error}") from None
    return msgspec.structs.replace(problem, key=key, requests=requests)


def _first_piece(printed: Iterable[tuple[Exchange, str]]) -> list[tuple[Exchange, str]]:
    """Return the first results of a program: as many as fit into one message to the referee.

    What is too large even alone is a piece of its own; the referee's client refuses it.
    """
    piece: list[tuple[Exchange, str]] = []
    size = 0
    for exchange, got in printed:
        texts = (exchange.stdin, exchange.stdout, got)
        added = sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) * 4 // 3  # in a message, it is base64
        if piece and size + added > _PIECE_BYTES:
            break
        piece.append((exchange, got))
        size += added
    return piece


def constant_submission(problem: Problem, constant: str) -> str:
    """Return source whose function answers each call of the tests with a constant; for programs, one without effect."""
    if not problem.entry:
        return "pass\n"
    owner, _, method = problem.entry.rpartition(".")
    if not owner:
        return f"def {method}(*arguments, **keywords):\n    return {constant}\n"
    name = owner.removesuffix("()")
    return f"class {name}:\n    def {method}(self, *arguments, **keywords):\n        return {constant}\n"


def _import_libraries(names: Sequence[str]) -> None:
    """Import the libraries whose values submissions return.

    Raises:
        SandboxError: One is not installed.
    """
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise SandboxError(f"'libraries' lists {name!r}, which cannot be imported here: {error}") from None


def _require(names: Sequence[str]) -> None:
    if not names:
        return
    from rlvr_code.trusted.probing import probe

    found = probe()
    for name in names:
        if found.get(name) != "on":
            known = "" if name in found else f"; layers are {', '.join(found)}"
            raise SandboxError(f"required layer {name!r} is not on: {found.get(name, 'there is no such layer')}{known}")


def _grade_of(outcomes: Sequence[Outcome], problem: Problem, *, compiled: bool, layers: Mapping[str, str]) -> Grade:
    everything = bool(outcomes) and all(outcome.passed for outcome in outcomes)
    graded = Grade(outcomes=tuple(outcomes), passed=0.0, all_passed=everything, compiled=compiled, layers=layers)
    return msgspec.structs.replace(graded, passed=graded.share(problem))


def _weight_of(tests: Iterable[str], problem: Problem) -> float:
    return math.fsum(problem.weights.get(test, 1.0) for test in tests)


def settings_of(options: TestsOptions) -> Settings:
    """Return the settings of the sandbox for some options."""
    return Settings(
        modules=options.modules,
        restricted=options.language_layer,
        layers=LAYERS,
        memory_bytes=options.memory_mb << 20,
        cpu_seconds=int(LOADED_FACTOR * options.submission_seconds) + 2,
        output_bytes=options.output_kb << 10,
        libraries=options.libraries,
    )


@functools.cache
def sandbox_of(settings: Settings) -> Sandbox:
    """Return the sandbox of this process for these settings; it starts when it is first used."""
    return Sandbox(settings)
