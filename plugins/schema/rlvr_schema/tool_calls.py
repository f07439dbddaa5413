"""``schema.tool_calls``: the answer calls the right functions with the right arguments, and no others.

Expected calls and given calls are paired one to one for the greatest agreement.
A pair with the same name scores 0.1, and up to 0.9 more by its arguments, which must first satisfy the tool's schema.
The sum is divided by the number of expected calls.
An answer with more calls than expected scores 0: a list of guesses is not an answer, and each call has effects.
Where no call is expected, an answer without calls scores 1; a malformed call is a call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, assert_never

import msgspec
from msgspec import Meta

from rlvr import JsonValue, Record, Score, Scorer, scorer
from rlvr_schema.calls.expected import ExpectedCall, Option, calls_expected_in
from rlvr_schema.calls.given import AnswerCalls, given_calls_of
from rlvr_schema.calls.objects import Call
from rlvr_schema.calls.tools import Tool, tools_in
from rlvr_schema.comparing.comparators import EXACT, Comparator, FreeText, Text, agrees, same
from rlvr_schema.comparing.matching import best_pairs, stepwise_pairs
from rlvr_schema.reading.ladder import LadderOptions
from rlvr_schema.schemas.conformance import faults_of, told
from rlvr_schema.schemas.validation import ENGINE, Kept, SchemaError, ends_in_time, fingerprint

# The value of a call of the right function without a right argument; more would reward guessed names.
NAME_SHARE = 0.1
# More rows than are scored at once.
EXPECTATIONS_LIMIT = 4_096


class ToolCallsOptions(LadderOptions, frozen=True, kw_only=True):
    """Options of ``schema.tool_calls``."""

    tools_field: Annotated[str, Meta(description="The record's field with the tool definitions.")] = "tools"
    ordered: Annotated[
        bool, Meta(description="The calls must come in the order of the reference; a list in it is a parallel group.")
    ] = False
    partial: Annotated[bool, Meta(description="Pay a share for answers that are partly right.")] = True
    arguments: Annotated[
        dict[str, Comparator],
        Meta(description="How arguments are compared, by `argument` or `function.argument`; exactly by default."),
    ] = msgspec.field(default_factory=dict)


class CallsOutcome(StrEnum):
    """Whether an answer makes calls, whatever was expected."""

    CALL = "call"
    NO_CALL = "no_call"
    MALFORMED = "malformed"


class CallsGrade(msgspec.Struct, frozen=True, kw_only=True):
    """The grade of an answer's calls.

    Attributes:
        value: 0.0 to 1.0; 1.0 if and only if the answer makes every expected call, each is right, and no other.
        outcome: Whether the answer makes calls, makes none, or makes one that cannot be read.
        reason: The first problem.
        right: Number of expected calls that are right in everything.
        expected: Number of expected calls.
        given: Number of calls of the answer, malformed ones included.
    """

    value: float
    outcome: CallsOutcome
    reason: str
    right: int
    expected: int
    given: int


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """The expected calls of a row, its tools, and the names of both."""

    calls: tuple[ExpectedCall, ...]
    tools: Mapping[str, Tool]
    names: frozenset[str]

    def calls_of(self, record: Record) -> AnswerCalls:
        """Return the calls of a record, with the names that this row knows."""
        return given_calls_of(record, self.names, self.tools)


def grade_calls(  # noqa: PLR0913  # what a row holds, and how it is compared
    expected: JsonValue,
    tools: JsonValue = None,
    *,
    calls: Sequence[JsonValue] = (),
    text: str = "",
    ordered: bool = False,
    arguments: Mapping[str, Comparator] | None = None,
) -> CallsGrade:
    """Grade an answer's calls.

    Args:
        expected: A list of calls, plain (``name`` and ``arguments``) or as BFCL's option lists; ``[]`` for none.
        tools: The tool definitions, OpenAI's, Bedrock's, Anthropic's or BFCL's.
        calls: The answer's calls as the platform holds them; where there are none, they are read from the text.
        text: The answer's text.
        ordered: The calls must come in the order of ``expected``; a list within it holds calls of any order.
        arguments: How arguments are compared, by ``argument`` or ``function.argument``.

    Raises:
        SchemaError: ``expected`` or ``tools`` cannot be read.
    """
    options = ToolCallsOptions(ordered=ordered, arguments=dict(arguments or {}))
    expectation = expectation_of(expected, tools)
    answer = expectation.calls_of(Record(completion=text, tool_calls=tuple(calls)))
    return _graded(expectation, answer, options)


def expectation_of(expected: JsonValue, tools: JsonValue) -> Expectation:
    """Read the expected calls and the tools of a row; rows read before are cached.

    Raises:
        SchemaError: It cannot be read.
    """
    return _expectations.of(fingerprint([expected, tools]), lambda: _expectation(expected, tools))


def _expectation(expected: JsonValue, tools: JsonValue) -> Expectation:
    known = {} if tools is None else tools_in(tools)
    calls = calls_expected_in(expected)
    return Expectation(calls=calls, tools=known, names=frozenset((*known, *(call.name for call in calls))))


_expectations: Kept[Expectation] = Kept(EXPECTATIONS_LIMIT)


def _graded(expectation: Expectation, answer: AnswerCalls, options: ToolCallsOptions) -> CallsGrade:
    expected, given = len(expectation.calls), len(answer.calls) + len(answer.malformed)
    outcome = CallsOutcome.MALFORMED if answer.malformed else CallsOutcome.CALL if given else CallsOutcome.NO_CALL
    if not expected or not given:
        value = float(expected == given)
        reason = "no call, as expected" if value else f"{given} calls, {expected} expected"
        return CallsGrade(value=value, outcome=outcome, reason=reason, right=0, expected=expected, given=given)
    weights = [[_weight(each, call, expectation.tools, options) for call in answer.calls] for each in expectation.calls]
    steps = [call.step for call in expectation.calls]
    pairs = stepwise_pairs(weights, steps) if options.ordered else best_pairs(weights)
    found = [weights[row][column] for row, column in pairs]
    value = sum(found) / expected if given <= expected else 0.0
    right = sum(weight == 1.0 for weight in found)
    perfect = right == expected == given
    value = 1.0 if perfect else min(value, _BELOW_ONE)
    reason = "every call is right" if perfect else _problem_of(expectation, answer, right, given)
    return CallsGrade(value=value, outcome=outcome, reason=reason, right=right, expected=expected, given=given)


# The highest value of an answer that is not right in everything, whatever rounding does to sums.
_BELOW_ONE = 0.99


def _problem_of(expectation: Expectation, answer: AnswerCalls, right: int, given: int) -> str:
    if answer.malformed:
        return f"a malformed call: {answer.malformed[0]}"
    unknown = [call.name for call in answer.calls if expectation.tools and call.name not in expectation.tools]
    if unknown:
        return f"calls {unknown[0][:80]!r}, which is no tool"
    return f"{right} of {len(expectation.calls)} expected calls are right, {given} given"


def _weight(expected: ExpectedCall, call: Call, tools: Mapping[str, Tool], options: ToolCallsOptions) -> float:
    """Return the share of an expected call that a call gets right; 1.0 if and only if it is that call."""
    if call.name != expected.name:
        return 0.0
    tool = tools.get(call.name)
    share = _share(expected, call, options.arguments, tool)
    exact = share if not options.arguments else _share(expected, call, {}, tool)
    # A call that is exactly as expected is right even if the tool's schema forbids it: the row contradicts itself.
    if exact < 1.0 and tool and not tool.validator.is_valid(call.arguments):
        return NAME_SHARE
    return NAME_SHARE + (1.0 - NAME_SHARE) * share


def _share(expected: ExpectedCall, call: Call, comparators: Mapping[str, Comparator], tool: Tool | None) -> float:
    """Return the share of right arguments among those required or given.

    An argument that may be left out costs nothing, and neither does an optional one with its declared default.
    """
    right = wrong = 0
    for name, options in expected.arguments.items():
        if name not in call.arguments:
            wrong += not (expected.may_omit(name) or any(_is_default(tool, name, option) for option in options))
            continue
        value = call.arguments[name]
        if expected.may_omit(name) and value == "" and isinstance(value, str):
            continue
        comparator = comparators.get(f"{expected.name}.{name}") or comparators.get(name) or EXACT
        fits = any(_fits(value, option, comparator, deep=expected.nested) for option in options)
        right, wrong = right + fits, wrong + (not fits)
    wrong += sum(
        name not in expected.arguments and not _is_default(tool, name, value) for name, value in call.arguments.items()
    )
    return right / (right + wrong) if right + wrong else 1.0


def _is_default(tool: Tool | None, argument: str, value: JsonValue) -> bool:
    return tool is not None and argument in tool.defaults and same(value, tool.defaults[argument])


def _fits(value: JsonValue, option: Option, comparator: Comparator, *, deep: bool) -> bool:
    """Return True if a value is an option; ``deep`` if objects inside it contain option lists, as BFCL's do."""
    if not deep or not isinstance(option, (dict, list)):
        return agrees(value, option, comparator)
    if isinstance(option, list):
        return (
            isinstance(value, list)
            and len(value) == len(option)
            and all(_fits(each, inner, comparator, deep=deep) for each, inner in zip(value, option, strict=True))
        ) or agrees(value, option, comparator)
    if not isinstance(value, dict) or not value.keys() <= option.keys():
        return False
    for key, inner in option.items():
        allowed = inner if isinstance(inner, list) else [inner]
        if key not in value:
            if "" not in allowed:
                return False
        elif not any(_fits(value[key], each, comparator, deep=deep) for each in allowed):
            return False
    return True


def _score(record: Record, options: ToolCallsOptions) -> Score:
    """Pay the share of the expected tool calls that the completion makes, and nothing for calls of unknown tools."""
    try:
        expectation = expectation_of(record.reference, record.field(options.tools_field))
    except SchemaError as error:
        return Score.invalid_task(str(error), "unreadable_reference")
    answer = expectation.calls_of(record)
    grade = _graded(expectation, answer, options)
    value = grade.value * options.factor(answer.rung) if options.partial or grade.value == 1.0 else 0.0
    return Score(
        value=value,
        reason=grade.reason,
        reason_class=_reason_class(grade, value),
        is_undecided=grade.value < 1.0 and _is_open(expectation, answer, options),
        evidence={"outcome": str(grade.outcome), "calls": [msgspec.to_builtins(call) for call in answer.calls[:5]]},
        metrics={
            "call_made": float(grade.given > 0),
            "call_readable": float(grade.outcome is not CallsOutcome.MALFORMED),
            "calls_right": grade.right / max(grade.expected, grade.given, 1),
        },
    )


def _is_open(expectation: Expectation, answer: AnswerCalls, options: ToolCallsOptions) -> bool:
    """Return True if nothing is wrong but free texts that may mean what is expected."""
    free = {name: FreeText() for name, each in options.arguments.items() if isinstance(each, Text)}
    if not free:
        return False
    lenient = msgspec.structs.replace(options, arguments={**options.arguments, **free})
    return _graded(expectation, answer, lenient).value == 1.0


def _reason_class(grade: CallsGrade, value: float) -> str:
    """Return the class of the reason; "" where the value says it."""
    if value > 0.0:
        return ""
    match grade.outcome:
        case CallsOutcome.MALFORMED:
            return "malformed_call"
        case CallsOutcome.NO_CALL:
            return "no_call"
        case CallsOutcome.CALL:
            return "" if grade.expected else "unexpected_call"
        case _:
            assert_never(grade.outcome)


def _audited(record: Record, options: ToolCallsOptions) -> Iterator[str]:
    """Yield expected calls that contradict the row's own tools; scoring still follows the reference."""
    expectation = expectation_of(record.reference, record.field(options.tools_field))
    for expected in expectation.calls if expectation.tools else ():
        tool = expectation.tools.get(expected.name)
        if tool is None:
            tools = ", ".join(sorted(expectation.tools))
            yield f"expects a call of {expected.name!r}, which is none of its tools: {tools}"
        elif faults := faults_of(tool.validator, expected.example()):
            yield f"expects a call of {expected.name!r} that breaks the tool's own schema: {told(faults)}"


def _prepared(options: ToolCallsOptions) -> ToolCallsOptions:
    options.check()
    return options


tool_calls: Scorer = scorer(
    options=ToolCallsOptions,
    needs=("reference",),
    metrics=("call_made", "call_readable", "calls_right"),
    bounded=ends_in_time(ENGINE),
    prepare=_prepared,
    audit=_audited,
    takes_empty_reference=True,
)(_score)
