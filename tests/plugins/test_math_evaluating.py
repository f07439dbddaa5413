"""Evaluation by sympy: what it decides, what it is never asked, and that verdicts do not depend on the machine."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

from rlvr import FailureKind, Remainder, close, score_rows
from rlvr.config import parse_suite
from rlvr.testing import a_record, scored
from rlvr_math import Status, verify
from rlvr_math.equivalent import audited, equivalent
from rlvr_math.evaluating import evaluator as evaluators
from rlvr_math.evaluating import messages, server, settling
from rlvr_math.evaluating.counting import CallCounter
from rlvr_math.evaluating.evaluator import EVALUATOR, Evaluator, EvaluatorError
from rlvr_math.evaluating.messages import (
    EvaluationRequest,
    EvaluationResult,
    MessageError,
    decode_evaluation,
    decode_question,
    encode,
    has_value,
    is_crash,
    is_over_limit,
    is_repeatable,
    receive,
    send,
)
from rlvr_math.grade import STRICT
from rlvr_math.limits import (
    EVALUATION_CALLS,
    EVALUATION_CPU_SECONDS,
    EVALUATION_EXPONENT,
    EVALUATION_MEMORY_BYTES,
    EVALUATION_NODES,
    EVALUATION_NUMBER_BITS,
    EVALUATION_PLACE,
    FACTORIAL_LIMIT,
    OverLimitError,
)
from rlvr_math.reading.tree import MINUS_ONE, ONE, ZERO, Call, Constant, Power, Product, Sum, Symbol, Tree

K, N, X, A, INFINITY = (Symbol(name) for name in ("k", "n", "x", "a", "∞"))

LIMITS = [
    (r"\lim_{x\to0}\frac{\sin 3x}{x}", "3"),
    (r"\lim_{n\to\infty}\left(1+\frac{2}{n}\right)^n", "e^2"),
    (r"\lim_{x\to0}\frac{1-\cos x}{x^2}", "1/2"),
    (r"\lim_{x\to\infty}(\sqrt{x^2+4x}-x)", "2"),
    (r"\lim_{x\to0^+}x\ln x", "0"),
    (r"\lim_{h\to0}\frac{(x+h)^2-x^2}{h}", "2x"),
    (r"\lim_{n\to\infty}\frac{1^p+2^p+\cdots+n^p}{n^{p+1}}", r"\frac{1}{p+1}"),
]
SERIES = [
    (r"\sum_{n=1}^\infty\frac{1}{n^4}", r"\frac{\pi^4}{90}"),
    (r"\sum_{n=0}^\infty\frac{2^n}{n!}", "e^2"),
    (r"\sum_{n=1}^\infty\frac{1}{n(n+2)}", "3/4"),
    (r"\sum_{n=1}^\infty\frac{1}{n(n+1)(n+3)}", "7/36"),
    (r"\sum_{n=1}^\infty\frac{1}{n^2(n+1)}", r"\frac{\pi^2}{6}-1"),
    (r"\sum_{n=0}^\infty\frac{(-1)^n}{2n+1}", r"\frac\pi4"),
    (r"\sum_{n=1}^\infty\frac{n}{4^n}", "4/9"),
    (r"\prod_{n=2}^\infty\left(1-\frac{1}{n^2}\right)", "1/2"),
]
INTEGRALS = [
    (r"\int_0^\infty e^{-2x}\,dx", "1/2"),
    (r"\int_{-\infty}^\infty e^{-x^2}\,dx", r"\sqrt\pi"),
    (r"\int_0^\infty\frac{1}{1+x^2}\,dx", r"\frac\pi2"),
    (r"\int_1^\infty\frac{1}{x^3}\,dx", "1/2"),
    (r"\int_0^1\frac{1}{\sqrt x}\,dx", "2"),
]
# Undecided by our own stages.
NEEDS_SYMPY = LIMITS[3][0]
EVALUATED = [*LIMITS, *SERIES, *INTEGRALS]


@pytest.mark.parametrize(("operator", "value"), EVALUATED)
def test_an_operator_of_the_reference_is_evaluated(operator: str, value: str) -> None:
    """Its value earns the reward, and values near it, its negative, its double and its square do not."""
    assert verify(operator, value).correct
    for wrong in (f"{value}+1", f"-2({value})-1", f"2({value})+1", f"({value})+10^{{-6}}", f"1.001({value})+0.001"):
        assert not verify(operator, wrong).correct, wrong


DIVERGENT = [
    (r"\sum_{n=1}^\infty n", "-1/12"),
    (r"\sum_{n=0}^\infty (-1)^n", "1/2"),
    (r"\sum_{n=0}^\infty 2^n", "-1"),
    (r"\int_{-1}^1\frac{1}{x^2}\,dx", "-2"),
    (r"\int_{-1}^1\frac1x\,dx", "0"),
    (r"\lim_{x\to0}\frac{|x|}{x}", "1"),
    (r"\lim_{x\to\infty}\sin x", "0"),
    (r"\lim_{x\to0}\frac1x", r"\infty"),
]


@pytest.mark.parametrize(("operator", "value"), DIVERGENT)
def test_what_diverges_equals_no_number(operator: str, value: str) -> None:
    """Neither by a regularisation nor by one side of a limit."""
    assert not verify(operator, value).correct


def test_what_holds_for_positive_letters_only_says_so() -> None:
    """Such a value may be wrong for other letters, which a reader of the reason should know."""
    operator = Call("sum", (Call("binom", (N, K)), K, ZERO, N))
    right, wrong = (settling.settle(operator, Power(base, N), STRICT) for base in (_whole(2), _whole(3)))

    assert (right.decision.same, wrong.decision.same) == (True, False)
    assert right.reason == "equals the reference by the values of sympy for positive letters"
    assert settling.settle(REPEATED[0], ONE, STRICT).reason == "equals the reference by the values of sympy"


@pytest.mark.parametrize(
    "factor",
    [
        Call("abs", (A,)),
        Call("sgn", (A,)),
        Call("max", (A, MINUS_ONE)),
        Power(Power(A, Constant(Fraction(2))), Constant(Fraction(1, 2))),
    ],
    ids=lambda factor: repr(factor)[:20],
)
def test_what_steps_by_a_letter_has_no_value_for_positive_letters(factor: Tree) -> None:
    """Its value there is that of another function."""
    operator = Call("sum", (Product((Call("binom", (N, K)), factor)), K, ZERO, N))
    for value in (A, ONE):
        assert not settling.settle(operator, Product((value, Power(_whole(2), N))), STRICT).decision


def test_a_series_has_its_value_where_it_converges() -> None:
    """People leave out the condition."""
    assert verify(r"\sum_{n=0}^\infty x^n", r"\frac{1}{1-x}").correct
    assert not verify(r"\sum_{n=0}^\infty x^n", r"\frac{1}{1+x}").correct
    assert verify(r"\int_0^\infty e^{-ax}\,dx", "1/a").correct
    assert not verify(r"\int_0^\infty e^{-ax}\,dx", "-1/a").correct


def _over(above: Tree, below: Tree) -> Tree:
    return Product((above, Power(below, MINUS_ONE)))


def _whole(value: int) -> Tree:
    return Constant(Fraction(value))


def _tower(height: int, top: Tree) -> Tree:
    return Power(_whole(10), _tower(height - 1, top)) if height else top


def _nested_limits(depth: int) -> Tree:
    body: Tree = _over(Call("sin", (X,)), X)
    for level in range(depth):
        letter = Symbol(f"#{level}")
        body = Call("limit", (Sum((body, _over(Call("sin", (letter,)), letter))), letter, ZERO))
    return body


def _sine_of(tree: Tree) -> Tree:
    return Call("sin", (tree,))


_LOGARITHM = Call("ln", (Sum((ONE, X)),))
HOSTILE: dict[str, Tree] = {
    "tower in the limit of a sum": Call("sum", (_over(ONE, K), K, ONE, _tower(6, _whole(10)))),
    "tower of a letter in the limit of a sum": Call("sum", (_over(ONE, K), K, ONE, _tower(4, N))),
    "million terms": Call("sum", (_over(ONE, K), K, ONE, _whole(10**6))),
    "factorial of a billion by a product": Call("prod", (K, K, ONE, _whole(10**9))),
    "product from a billion on": Call("prod", (K, K, _whole(10**9), INFINITY)),
    "power of a billion": Call("limit", (Power(_whole(3), Product((X, _whole(10**9)))), X, ONE)),
    "power to a billion": Call("limit", (Power(_whole(3), X), X, _whole(10**9))),
    "factorial at a billion": Call("limit", (Call("factorial", (X,)), X, _whole(10**9))),
    "factorial of a million": Call("limit", (Product((X, Call("factorial", (_whole(10**6),)))), X, ONE)),
    "high power of a sum": Call("integral", (Power(Sum((X, ONE)), _whole(5_000)), X, ZERO, INFINITY)),
    "logarithms over a square": Call("integral", (_over(_LOGARITHM, Sum((ONE, Power(X, _whole(2))))), X, ZERO, ONE)),
    "sine of a power tower": Call("integral", (_sine_of(Power(X, X)), X, ZERO, INFINITY)),
    "root of a factorial": Call("limit", (_over(Power(Call("factorial", (N,)), Power(N, MINUS_ONE)), N), N, INFINITY)),
    "cubes of binomials": Call("sum", (Power(Call("binom", (N, K)), _whole(3)), K, ZERO, N)),
    "fiftieth power over powers of two": Call(
        "sum", (_over(Power(K, _whole(50)), Power(_whole(2), K)), K, ONE, INFINITY)
    ),
    "nested limits": _nested_limits(6),
    "ninth derivative": Call("derivative", (Product((_sine_of(X), _LOGARITHM)), X, _whole(9))),
}
ENDED = {"calls", "undecided", "value"}


@pytest.fixture(scope="module")
def fresh() -> Iterator[Evaluator]:
    """Return an evaluator that keeps no answers."""
    made = Evaluator()
    yield made
    made.close()


def _ask(evaluator: Evaluator, tree: Tree) -> EvaluationResult:
    evaluator._answers.clear()
    return evaluator.ask(EvaluationRequest(trees=(tree,)))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_operator_ends_by_its_count(fresh: Evaluator, name: str) -> None:
    """No clock and no memory limit decides, and a second evaluation takes exactly as many calls."""
    first = _ask(fresh, HOSTILE[name])
    second = _ask(fresh, HOSTILE[name])

    assert first.outcome in ENDED
    assert (first.outcome, first.calls, first.detail) == (second.outcome, second.calls, second.detail)
    assert first.calls <= EVALUATION_CALLS


REPEATED = [
    Call("limit", (_over(_sine_of(X), X), X, ZERO)),
    Call("sum", (_over(ONE, Power(N, _whole(2))), N, ONE, INFINITY)),
    Call("integral", (Power(Symbol("e"), Product((MINUS_ONE, Power(X, _whole(2))))), X, ZERO, INFINITY)),
    Call("limit", (Power(Sum((ONE, Power(N, MINUS_ONE))), N), N, INFINITY)),
    Call("sum", (Power(Call("binom", (N, K)), _whole(3)), K, ZERO, N)),
]


def test_counts_depend_neither_on_order_nor_on_load(fresh: Evaluator) -> None:
    """Each question runs in a fork of one state; a loop beside it takes its time, not its calls."""
    first = [_ask(fresh, tree) for tree in REPEATED]
    backwards = [_ask(fresh, tree) for tree in reversed(REPEATED)][::-1]
    beside = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        loaded = [_ask(fresh, tree) for tree in REPEATED]
    finally:
        beside.kill()
        beside.wait()

    assert first == backwards == loaded
    assert [each.outcome for each in first] == ["value"] * 4 + ["calls"]


def test_counts_hardly_depend_on_the_start(fresh: Evaluator) -> None:
    """Addresses of objects decide a little; verdicts only within a hundredth of the limit."""
    other = Evaluator()
    for tree in REPEATED[:4]:
        one, two = _ask(fresh, tree), _ask(other, tree)
        assert one.trees == two.trees
        assert abs(one.calls - two.calls) <= 0.01 * one.calls
    other.close()


def _converted(tree: Tree, *, positive: bool = False) -> Any:
    from rlvr_math.evaluating.conversion import FreeLetters, convert

    return convert(tree, FreeLetters(positive=positive))


UNCONVERTIBLE: dict[str, Tree] = {
    "sum between numbers": Call("sum", (K, K, ONE, _whole(3))),
    "product between numbers": Call("prod", (K, K, ONE, _whole(3))),
    "sum to a calculated number": Call("sum", (K, K, ONE, Power(Symbol("pi"), _whole(2)))),
    "long number": Constant(Fraction(1 << 5_000)),
    "long power": Power(_whole(3), _whole(4_000)),
    "long negative power": Power(_whole(3), _whole(-4_000)),
    "tower": _tower(3, _whole(10)),
    "long product": Product((Power(_whole(3), _whole(2_000)), Power(_whole(5), _whole(1_500)))),
    "high power of a sum": Power(Sum((X, ONE)), _whole(65)),
    "factorial": Call("factorial", (_whole(1_001),)),
    "factorial of a power": Call("factorial", (Power(_whole(2), Constant(Fraction(99, 2))),)),
    "gamma": Call("gamma", (_whole(2_000),)),
    "double factorial": Call("factorial2", (_whole(2_000),)),
    "binomial": Call("binom", (_whole(10**9), _whole(10**8))),
    "permutations": Call("nPr", (_whole(10**9), _whole(10**8))),
    "order of a derivative": Call("derivative", (X, X, _whole(9))),
    "derivative by a number": Call("derivative", (X, Symbol("pi"), ONE)),
    "unknown function": Call("f", (X,)),
    "no expression": Call("limit", (Call("abs", (Symbol("..."),)), X, ZERO)),
}


@pytest.mark.each("name", UNCONVERTIBLE)
def test_sympy_is_never_asked(name: str) -> None:
    """Its constructors would calculate at once, in C, where no call is counted."""
    from rlvr_math.evaluating.conversion import UnconvertibleError

    with pytest.raises(UnconvertibleError):
        _converted(UNCONVERTIBLE[name])


def test_numbers_up_to_the_limits_are_converted() -> None:
    """The limits refuse hostile numbers only."""
    assert _converted(Power(_whole(3), _whole(2_000))) == 3**2_000
    assert _converted(Power(Sum((X, ONE)), _whole(64))).is_Pow
    assert _converted(Power(X, _whole(1_000))).is_Pow
    assert _converted(Call("factorial", (_whole(100),))).is_Integer
    assert _converted(Power(_whole(-8), Constant(Fraction(1, 3)))) == -2


def test_no_text_of_an_answer_reaches_sympy() -> None:
    """FreeLetters have numbers instead of names, and bound letters none of their own."""
    tree = Call("sum", (Product((Symbol("__import__('os')"), Power(Symbol("x"), K))), K, ZERO, INFINITY))
    converted = _converted(tree)

    assert {symbol.name for symbol in converted.free_symbols} == {"v0", "v1"}
    assert "import" not in str(converted)


def test_letters_are_real_and_positive_when_asked() -> None:
    """The letters n, m, k and N are whole, as people mean them."""
    for positive in (False, True):
        (plain,) = _converted(X, positive=positive).free_symbols
        (whole,) = _converted(N, positive=positive).free_symbols
        assert (plain.is_real, plain.is_integer, plain.is_positive) == (True, None, positive or None)
        assert (whole.is_integer, whole.is_positive) == (True, positive or None)


def test_messages_are_data_and_survive_the_way() -> None:
    """Long numbers too, which Python does not write in decimal digits; anything else is an error of its own."""
    tree = Call("limit", (Constant(Fraction(3**3_000, 7)), X, INFINITY))
    question = EvaluationRequest(trees=(tree,), positive=True)
    evaluation = EvaluationResult(outcome="value", trees=(tree,), calls=3)

    assert decode_question(encode(question)) == question
    assert decode_evaluation(encode(evaluation)) == evaluation
    for broken in (
        b"",
        b"{}",
        b'{"outcome": "correct"}',
        b"[" * 100_000,
        b'{"outcome": "value", "trees": [{"type":1}]}',
    ):
        with pytest.raises(MessageError):
            decode_evaluation(broken)


SUITE = "tasks: {t: {scorers: [math.equivalent]}}\nworkers: {count: 1}"


def test_a_suite_hands_on_only_what_needs_sympy() -> None:
    """The score comes from a worker with its evidence; the metrics have the names of any other."""
    suite = parse_suite(SUITE)
    rows = [
        {"completion": "\\boxed{1/2}", "reference": "0.5"},
        {"completion": r"\boxed{2}", "reference": NEEDS_SYMPY},
        {"completion": r"\boxed{\frac{\pi^2}{7}}", "reference": NEEDS_SYMPY},
        {"completion": "\\boxed{1/3}", "reference": "0.5"},
    ]
    rewards = score_rows(suite, rows).rewards
    close(suite)

    assert [reward.value for reward in rewards] == [1.0, 1.0, 0.0, 0.0]
    assert ["sympy_calls" in reward.parts[0].score.evidence for reward in rewards] == [False, True, True, False]
    assert len({tuple(metric.name for metric in reward.metrics) for reward in rewards}) == 1
    assert rewards[1].parts[0].score.metrics == {"answer_found": 1.0, "answer_readable": 1.0, "format_boxed": 1.0}


def test_records_that_need_no_sympy_import_and_start_nothing() -> None:
    """A cold start of a plain suite must not pay for sympy, nor for the modules that start processes."""
    program = (
        "import sys; from rlvr import parse_suite, score_rows\n"
        "suite = parse_suite('tasks: {t: {scorers: [math.equivalent]}}')\n"
        "rows = [{'completion': text, 'answer': '0.5'} for text in ('1/2', '\\\\boxed{x^2}', '\\\\sqrt{2}/7')]\n"
        "assert [each.value for each in score_rows(suite, rows).rewards] == [1.0, 0.0, 0.0]\n"
        "started = ('sympy', 'mpmath', 'rlvr.workers', 'subprocess', 'rlvr_math.evaluating.evaluator')\n"
        "assert not [name for name in sys.modules if name.startswith(started)]\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_an_answer_alone_is_not_evaluated_for_what_cannot_be_equal() -> None:
    """A word, a list or a matrix equals no value of an operator."""
    asked = [
        isinstance(equivalent.call([a_record(rf"\boxed{{{answer}}}", NEEDS_SYMPY)], STRICT), Remainder)
        for answer in ("7", "yes", "(1,2)", r"\begin{pmatrix}1&2\\3&4\end{pmatrix}")
    ]

    assert asked == [True, False, False, False]


def test_values_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A group of completions shares one reference."""
    asked: list[bytes] = []
    given = Evaluator._ask_again

    def counted(self: Evaluator, data: bytes) -> EvaluationResult:
        asked.append(data)
        return given(self, data)

    monkeypatch.setattr(Evaluator, "_ask_again", counted)
    for answer in ("1", "2", "7/3"):
        verify(r"\lim_{x\to\infty}(\sqrt{x^2+7x}-x)", answer)

    assert len(asked) == 1


def test_without_sympy_the_reason_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer gets 0.0: it could choose to need sympy, so that neither `failed` nor `abstained` may follow."""
    monkeypatch.setattr(settling, "missing_part", lambda: "sympy")
    score = scored(equivalent, a_record(r"\boxed{3}", NEEDS_SYMPY))

    assert score.value == 0.0
    assert "needs sympy, which is not installed" in score.reason


def test_check_reports_references_that_need_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that our own stages evaluate, or that has no operator, needs nothing."""
    records = [a_record(r"\boxed{3}", reference) for reference in (NEEDS_SYMPY, "3", r"\int_0^1 x\,dx")]
    assert [list(audited(record, STRICT)) for record in records] == [[], [], []]

    monkeypatch.setattr(evaluators, "missing_part", lambda: "sympy")
    needing, *others = (list(audited(record, STRICT)) for record in records)

    assert len(needing) == 1
    assert "install sympy" in needing[0]
    assert others == [[], []]


def test_missing_parts_are_found_without_importing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look costs a search of the path."""
    assert evaluators.missing_part() == ""
    monkeypatch.setattr(evaluators, "find_spec", lambda _name: None)
    assert evaluators.missing_part() == "sympy"
    monkeypatch.delattr(os, "fork")
    assert "fork" in evaluators.missing_part()


class _Program:
    """An evaluating process that runs another program, after it has said that it is ready."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
        self.starts = 0
        self._program = program
        monkeypatch.setattr(evaluators, "_exec_server", self._exec)

    def _exec(self, theirs: Any) -> subprocess.Popen[bytes]:
        self.starts += 1
        ready = "c.sendall(struct.pack('<I', 5) + b'ready')"
        code = f"import os, socket, struct; c = socket.socket(fileno={theirs.fileno()}); {ready}; {self._program}"
        return subprocess.Popen([sys.executable, "-c", code], pass_fds=(theirs.fileno(),))


@pytest.mark.parametrize(
    "program",
    [
        "c.recv(9); os._exit(1)",
        "c.recv(9); c.sendall(struct.pack('<I', 4_000_000_000))",
        "c.recv(9); c.sendall(struct.pack('<I', 2) + b'{}')",
        "c.recv(9); os.kill(os.getpid(), 11)",
    ],
)
def test_an_evaluation_that_ends_the_process_is_tried_twice_and_earns_nothing(
    monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    """A completion may be the cause, so that it is over the limit; it must not be able to choose `failed`."""
    started = _Program(monkeypatch, program)
    monkeypatch.setattr(settling, "EVALUATOR", made := Evaluator())
    score = scored(equivalent, a_record(r"\boxed{3}", NEEDS_SYMPY))
    made.close()

    assert (score.value, score.reason) == (0.0, "over_limit: the evaluating process ended")
    assert started.starts == 2


def test_a_fork_that_crashes_is_tried_again_in_the_same_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The evaluating process itself goes on."""
    answer = encode(EvaluationResult(outcome="crashed", detail="the evaluation ended with signal 11"))
    started = _Program(monkeypatch, f"a = {answer!r}\nwhile c.recv(9999): c.sendall(struct.pack('<I', len(a)) + a)")
    made = Evaluator()
    evaluation = made.ask(EvaluationRequest(trees=(X,)))
    made.close()

    assert (evaluation.outcome, started.starts) == ("crashed", 1)
    assert not made._answers


def test_an_evaluating_process_that_does_not_start_is_the_installations_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scorer is broken, and no answer is at fault."""
    _Program(monkeypatch, "")
    monkeypatch.setattr(evaluators, "receive", lambda _connection: b"")
    monkeypatch.setattr(settling, "EVALUATOR", made := Evaluator())
    score = scored(equivalent, a_record(r"\boxed{3}", NEEDS_SYMPY))
    with pytest.raises(EvaluatorError):
        made.ask(EvaluationRequest(trees=(X,)))

    assert score.failure is FailureKind.EXCEPTION


def test_limits_of_a_fork_end_loops_in_c(tmp_path: Any) -> None:
    """Time, memory and a crash are told apart; the process that forks goes on."""
    program = tmp_path / "limits.py"
    program.write_text(
        "import os, signal\n"
        "from rlvr_math.evaluating import server\n"
        "from rlvr_math.evaluating.messages import EvaluationResult, EvaluationRequest, decode_evaluation, encode\n"
        "server.EVALUATION_CPU_SECONDS = 1\n"
        "deeds = {\n"
        "    'power': lambda: 3 ** 10 ** 9,\n"
        "    'memory': lambda: bytearray(3_000_000_000),\n"
        "    'crash': lambda: os.kill(os.getpid(), signal.SIGSEGV),\n"
        "    'exit': lambda: os._exit(3),\n"
        "    'calls': lambda: [each() for each in [lambda: 1] * 10**6],\n"
        "    'swallowed': swallow,\n"
        "}\n".replace("    'swallowed': swallow,\n", "")
        + "for name, deed in deeds.items():\n"
        "    def evaluate(question, deed=deed):\n"
        "        try:\n"
        "            deed()\n"
        "        except MemoryError:\n"
        "            return EvaluationResult(outcome='memory')\n"
        "    server.evaluate = evaluate\n"
        "    print(decode_evaluation(server._answer_in_fork(encode(EvaluationRequest(trees=())))).outcome)\n",
        encoding="utf-8",
    )
    ran = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["time", "memory", "crashed", "crashed", "calls"]


def test_a_fork_of_the_grading_process_asks_a_process_of_its_own() -> None:
    """The parent's goes on."""
    assert EVALUATOR.ask(EvaluationRequest(trees=(LIMIT_OF_X,))).outcome == "value"
    parents = EVALUATOR._process
    assert parents is not None
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        has_none = EVALUATOR._process is None and EVALUATOR._connection is None
        os.write(writing, b"1" if has_none else b"0")
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 1) == b"1"
    assert EVALUATOR._process is parents
    assert parents.poll() is None
    assert EVALUATOR.ask(EvaluationRequest(trees=(LIMIT_OF_X,), positive=True)).outcome == "value"


LIMIT_OF_X = Call("limit", (X, X, _whole(5)))


def test_status_over_the_counted_limit() -> None:
    """It is told from a wrong answer, and pays nothing."""
    grade = verify(r"\lim_{n\to\infty}(\sqrt[n+1]{(n+1)!}-\sqrt[n]{n!})", "7")

    assert (grade.status, grade.correct) == (Status.OVER_LIMIT, False)
    assert f"{EVALUATION_CALLS:,} calls" in grade.reason


def _call(name: str, *arguments: Tree) -> Tree:
    return Call(name, arguments)


_HALF_BITS = EVALUATION_NUMBER_BITS // 2
_HALF = Constant(Fraction(1, 2))
# What is converted just so, and what is one beyond a limit.
EDGES: dict[str, tuple[Tree, Tree]] = {
    "number": (_whole(1 << EVALUATION_NUMBER_BITS - 2), _whole(1 << EVALUATION_NUMBER_BITS - 1)),
    "fraction": (
        Constant(Fraction(1, 1 << EVALUATION_NUMBER_BITS - 2)),
        Constant(Fraction(1, 1 << EVALUATION_NUMBER_BITS - 1)),
    ),
    "power": (Power(_whole(3), _whole(_HALF_BITS)), Power(_whole(3), _whole(_HALF_BITS + 1))),
    "negative power": (Power(_whole(3), _whole(-_HALF_BITS)), Power(_whole(3), _whole(-_HALF_BITS - 1))),
    "product": (
        Product((_whole(1 << _HALF_BITS - 1), _whole(1 << _HALF_BITS - 1), X)),
        Product((_whole(1 << _HALF_BITS), _whole(1 << _HALF_BITS - 1), X)),
    ),
    "power of a sum": (
        Power(Sum((X, ONE)), _whole(EVALUATION_EXPONENT)),
        Power(Sum((X, ONE)), _whole(EVALUATION_EXPONENT + 1)),
    ),
    "power of one divided by a sum": (
        Power(Sum((X, ONE)), _whole(-EVALUATION_EXPONENT)),
        Power(Sum((X, ONE)), _whole(-EVALUATION_EXPONENT - 1)),
    ),
    "exponent": (
        Power(X, Product((A, _whole(EVALUATION_PLACE)))),
        Power(X, Product((A, _whole(EVALUATION_PLACE + 1)))),
    ),
    "place": tuple(_call("limit", Power(_whole(2), X), X, _whole(EVALUATION_PLACE + more)) for more in (0, 1)),  # type: ignore[dict-item]
    "factorial": (
        _call("factorial", Sum((_HALF, _whole(FACTORIAL_LIMIT - 1)))),
        _call("factorial", Sum((_HALF, _whole(FACTORIAL_LIMIT)))),
    ),
    "binomial": (_call("binom", _HALF, _whole(FACTORIAL_LIMIT)), _call("binom", _HALF, _whole(FACTORIAL_LIMIT + 1))),
    "order of a derivative": (
        _call("derivative", Call("sin", (X,)), X, _whole(8)),
        _call("derivative", Call("sin", (X,)), X, _whole(9)),
    ),
    "order above zero": (_call("derivative", X, X, ONE), _call("derivative", X, X, ZERO)),
    "whole order": (_call("derivative", X, X, _whole(2)), _call("derivative", X, X, Constant(Fraction(3, 2)))),
}


@pytest.mark.each("name", EDGES)
def test_each_limit_refuses_the_first_tree_beyond_it(name: str) -> None:
    """And accepts the one at it."""
    from rlvr_math.evaluating.conversion import UnconvertibleError

    within, beyond = EDGES[name]
    _converted(within)
    with pytest.raises(UnconvertibleError):
        _converted(beyond)


def _nothing() -> None:
    """Be called."""


def test_calls_are_counted_exactly() -> None:
    """The first call beyond the limit ends the evaluation, each time; behind the end, nothing is counted."""
    ended: list[int] = []
    counter = CallCounter(3, lambda: ended.append(counter.calls))  # type: ignore[arg-type, return-value]  # goes on
    before = sys.getprofile()
    counter.start()
    for _ in range(3):
        _nothing()
    within = list(ended)
    _nothing()
    counter.stop()
    counted = counter.calls
    _nothing()
    sys.setprofile(before)

    assert within == []
    assert ended == [4, 5, 6]  # the last two are those that stop the counter
    assert counter.calls == counted == 6


# Whether there is a value, a limit was exceeded, the outcome is the same each time, the fork crashed.
OUTCOMES = {
    "value": (True, False, True, False),
    "undecided": (False, False, True, False),
    "calls": (False, True, True, False),
    "time": (False, True, False, False),
    "memory": (False, True, False, False),
    "crashed": (False, True, False, True),
}


@pytest.mark.each("outcome", OUTCOMES)
def test_each_outcome_is_told_apart(outcome: Any) -> None:
    """By exactly these answers."""
    told = tuple(asked(outcome) for asked in (has_value, is_over_limit, is_repeatable, is_crash))

    assert told == OUTCOMES[outcome]


def test_messages_are_whole_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to a size; a closed end is no message, one that breaks off is an error."""
    monkeypatch.setattr(messages, "MESSAGE_LIMIT_BYTES", 5)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for data in (b"1", b"12345"):
            send(ours, data)
            assert receive(theirs) == data
        send(ours, b"123456")
        with pytest.raises(MessageError, match="a message of 6 bytes"):
            receive(theirs)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"\x05\x00\x00\x00123")
        ours.close()
        with pytest.raises(MessageError, match="incomplete"):
            receive(theirs)
        assert receive(theirs) == b""


def _sleep() -> None:
    time.sleep(30)


def _loop() -> None:
    for _ in range(EVALUATION_CALLS):
        _nothing()


# What a fork does, what becomes of it, and what is said of it.
DEEDS = {
    "sleep": (_sleep, "time", "more time than the limit of one evaluation"),
    "signal": (lambda: os.kill(os.getpid(), signal.SIGKILL), "crashed", "the evaluation ended with signal 9"),
    "clock of the processor": (
        lambda: os.kill(os.getpid(), signal.SIGXCPU), "time", "more time than the limit of one evaluation",
    ),
    "exit": (lambda: os._exit(3), "crashed", "the evaluation ended with no answer"),
    "error": (lambda: 1 // 0, "crashed", "the evaluation ended with no answer"),
    "calls": (_loop, "calls", f"more than {EVALUATION_CALLS:,} calls, the limit of one evaluation"),
    "nothing": (_nothing, "undecided", "done"),
}  # fmt: skip


@pytest.mark.each("name", DEEDS)
def test_what_ends_a_fork_is_told(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An answer is told with its count of calls."""
    deed, outcome, detail = DEEDS[name]

    def evaluate(_question: EvaluationRequest) -> EvaluationResult:
        deed()
        return EvaluationResult(outcome="undecided", detail="done")

    monkeypatch.setattr(server, "evaluate", evaluate)
    monkeypatch.setattr(server, "EVALUATION_SECONDS", 0.3 if name == "sleep" else 40.0)
    answer = decode_evaluation(server._answer_in_fork(encode(EvaluationRequest(trees=()))))

    assert (answer.outcome, answer.detail) == (outcome, detail)
    assert 0 < answer.calls < 100 if name == "nothing" else answer.calls == (EVALUATION_CALLS if name == "calls" else 0)


RAISED: list[tuple[Exception, str, str]] = [
    (MemoryError(), "memory", "more memory than the limit of one evaluation"),
    (RuntimeError("secret"), "undecided", "sympy raised RuntimeError"),
    (RecursionError(), "undecided", "sympy raised RecursionError"),
]


@pytest.mark.each(("error", "outcome", "detail"), RAISED)
def test_what_sympy_raises_is_told_without_its_text(
    monkeypatch: pytest.MonkeyPatch, error: Exception, outcome: str, detail: str
) -> None:
    """It may quote the answer."""
    from rlvr_math.evaluating import conversion

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(conversion, "evaluate", fail)
    assert server.evaluate(EvaluationRequest(trees=(X,))) == EvaluationResult(outcome=outcome, detail=detail)  # type: ignore[arg-type]
    monkeypatch.setattr(
        conversion, "evaluate", lambda *_: (_ for _ in ()).throw(conversion.UnconvertibleError("x" * 300))
    )
    assert server.evaluate(EvaluationRequest(trees=(X,))).detail == "x" * 200


def test_the_evaluating_process_answers_until_the_other_end_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says first that it is ready; Ctrl-C is not for it."""
    ended: list[int] = []
    ignored: list[tuple[object, ...]] = []
    monkeypatch.setattr(server, "_warm", lambda: None)
    monkeypatch.setattr(server, "_answer_in_fork", lambda data: data[::-1])
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(signal, "signal", lambda *given: ignored.append(given))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    ours, theirs = socket.socketpair()
    with ours:
        send(ours, b"one")
        send(ours, b"two")
        ours.shutdown(socket.SHUT_WR)
        server.main(theirs.detach())
        answers = [receive(ours) for _ in range(3)]

    assert (answers, ended) == ([server.READY, b"eno", b"owt"], [0])
    assert ignored == [(signal.SIGINT, signal.SIG_IGN)]


@pytest.mark.each("hard", [resource.RLIM_INFINITY, 1_000, 10**12])
def test_limits_of_a_fork_keep_below_those_of_the_process(monkeypatch: pytest.MonkeyPatch, hard: int) -> None:
    """CPU time ends it by a signal of its own, one second before it is killed; it leaves no core."""
    limits: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "getrlimit", lambda _: (hard, hard))
    monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
    server._limit()

    assert limits == {
        resource.RLIMIT_CPU: (EVALUATION_CPU_SECONDS, EVALUATION_CPU_SECONDS + 1),
        resource.RLIMIT_AS: (1_000 if hard == 1_000 else EVALUATION_MEMORY_BYTES, hard),
        resource.RLIMIT_CORE: (0, 0),
    }


class _Answers:
    """Answers questions by a list."""

    def __init__(self, *answers: EvaluationResult) -> None:
        self.answers = list(answers)
        self.asked: list[bool] = []

    def ask(self, question: EvaluationRequest) -> EvaluationResult:
        self.asked.append(question.positive)
        return self.answers.pop(0)


_ONE_CALL = EvaluationResult(outcome="value", trees=(ONE,), calls=5)
_NO_VALUE = EvaluationResult(outcome="undecided", detail="no value", calls=3)
_BOUND = Symbol("#1")
_PLAIN, _OTHER = (Call("limit", (Power(_BOUND, _whole(power)), _BOUND, ONE)) for power in (2, 3))
_LIMIT_OF_A = Call("limit", (Product((A, X)), X, ONE))
_LIMIT_OF_SIGN = Call("limit", (Product((Call("abs", (A,)), X)), X, ONE))
_LATE = EvaluationResult(outcome="time", detail="late", calls=4)
# A reference and an answer, what is answered, which letters were asked for, and the settlement.
SETTLED: dict[str, tuple[Tree, Tree, list[EvaluationResult], list[bool], tuple[bool, str, int, bool]]] = {
    "value": (
        _PLAIN, ONE, [_ONE_CALL], [False], (True, "equals the reference by the values of sympy", 5, False),
    ),
    "other value": (
        _PLAIN, ZERO, [_ONE_CALL], [False], (False, "differs from the reference by the values of sympy", 5, False),
    ),
    "both sides": (
        _PLAIN, _OTHER, [_ONE_CALL, _ONE_CALL], [False, False],
        (True, "equals the reference by the values of sympy", 10, False),
    ),
    "no value": (_PLAIN, ONE, [_NO_VALUE], [False], (False, "not decided: no value", 3, False)),
    "for positive letters": (
        _LIMIT_OF_A, ONE, [_NO_VALUE, _ONE_CALL], [False, True],
        (True, "equals the reference by the values of sympy for positive letters", 8, False),
    ),
    "never": (_LIMIT_OF_A, ONE, [_NO_VALUE, _NO_VALUE], [False, True], (False, "not decided: no value", 3, False)),
    "step": (_LIMIT_OF_SIGN, ONE, [_NO_VALUE], [False], (False, "not decided: no value", 3, False)),
    "late": (_LIMIT_OF_A, ONE, [_LATE], [False], (False, "late", 4, True)),
    "one value too few": (
        Sum((_PLAIN, _OTHER)), ONE, [_ONE_CALL], [False], (False, "not decided: ", 5, False),
    ),
}  # fmt: skip


@pytest.mark.each("name", SETTLED)
def test_what_is_asked_and_settled(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Positive letters are tried where real ones have no value, and no letter's sign matters."""
    reference, answer, answers, asked, settled = SETTLED[name]
    monkeypatch.setattr(settling, "EVALUATOR", given := _Answers(*answers))
    found = settling.settle(reference, answer, STRICT)

    assert given.asked == asked
    assert (found.decision.same, found.reason, found.calls, found.over_limit) == settled


def test_few_operators_of_a_bounded_size_are_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight on one side; the limits refuse the first one beyond."""
    limits = [Call("limit", (X, X, _whole(place))) for place in range(9)]
    values = EvaluationResult(outcome="value", trees=(ONE,) * 8, calls=5)
    monkeypatch.setattr(settling, "EVALUATOR", _Answers(values))
    assert settling.settle(Sum(tuple(limits[:8])), _whole(8), STRICT).decision
    with pytest.raises(OverLimitError):
        settling.settle(Sum(tuple(limits)), _whole(8), STRICT)
    monkeypatch.setattr(settling, "EVALUATOR", _Answers(_ONE_CALL))
    others = tuple(Symbol("y") for _ in range(EVALUATION_NODES - 5))
    assert not settling.settle(Sum((limits[0], *others)), _whole(8), STRICT).decision
    with pytest.raises(OverLimitError):
        settling.settle(Sum((limits[0], *others, X)), _whole(8), STRICT)
