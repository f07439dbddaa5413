"""Predicates that rule a value out deny it, wherever the value stands; predicates that describe it do not."""

import re
from collections.abc import Callable
from functools import partial
from itertools import product
from re import _compiler, _parser  # type: ignore[attr-defined]  # what `re` parses and compiles with
from typing import Any, get_args

import pytest

from rlvr import StatementKind, stated_in
from rlvr.patterns import lazy_pattern
from rlvr.record.answers import dismissals

_BE = ("is", "must be", "has been", "turns out to be", "should be")
_PREDICATES = [
    *("is a trap", "is a decoy", "is a red herring", "is a common trap", "was a typo", "is just a placeholder"),
    *("is spurious", "is inadmissible", "is disqualified", "is forbidden", "is unreachable", "is meaningless"),
    *(
        f"{verb} {said}"
        for verb, said in product(
            _BE, ("ruled out", "discarded", "rejected", "excluded", "thrown out", "crossed out", "dismissed")
        )
    ),
    *("is too big", "is too small", "is one too many", "is off by one", "is out", "is no good"),
    *("is out of range", "lies outside the domain", "falls outside the interval", "is beyond the range"),
    *("is only an upper bound", "is just a guess", "is merely a lower bound", "is only part of the answer"),
    *(
        "is the answer to a different problem",
        "is the solution of your earlier puzzle",
        "was my first try",
        "is what the trap suggests",
    ),
    *("is not in the domain", "isn't allowed", "cannot occur", "does not add up", "can't possibly be it"),
    *("violates the constraint", "contradicts the hypothesis", "overcounts by 2", "undercounts", "omits a case"),
    *("makes the denominator zero", "has to go", "never happens", "counts each pair twice", "has the wrong sign"),
    *("seems right", "could be it", "might be the answer", "would be right if the order mattered", "is plausible"),
    *(
        "is one of the answers",
        "is a possible answer",
        "is one possibility",
        "is what others say",
        "is correct only for even n",
    ),
    *("is the popular answer", "is among the answers", "appears to be the answer"),
    *("stems from an arithmetic slip", "needs to be corrected", "still has to be divided by 2", "must be halved"),
]
_PLACES = (
    "<v> {}.",
    "We compute it.\n\n<v> {}.",
    "\\boxed{<v>} {}.",
    "So \\boxed{<v>}, which {}.",
    "$\\boxed{<v>}$. It {}.",
)
_UNDONE = (
    "\\boxed{<v>}\n\nHowever, this counts each pair twice.",
    "\\boxed{<v>}\n\nWe still need to add 3.",
    "\\boxed{<v>}\n\nNow divide by 2.",
    "\\boxed{<v>}\n\nThe above is incorrect.",
    "\\boxed{<v>}\n\nThe calculation above contains an error.",
    "The answer is <v>. Oops.",
    "The answer is <v>. Scratch that.",
    "The answer is <v> (wrong).",
    "The answer is <v> (guess).",
    "The answer is <v> (just a guess).",
    "The answer is <v> (24).",
    "The answer is <v>, else 24.",
    "A short way gives \\boxed{<v>}. The right value is 24.",
    "The answer is <v>.\n\nI now believe it is 24.",
    "The answer would have been \\boxed{<v>} if the sign were positive.",
    "The answer to the previous question was \\boxed{<v>}.",
    "According to the textbook, the answer is <v>.",
    "The answer used to be <v>.",
    "The answer is divisible by <v>.",
    "The answer differs from <v>.",
    "The answer is the negative of \\boxed{<v>}.",
    "There is no answer. \\boxed{<v>}",
    "TODO: \\boxed{<v>}",
    "<v> only if x is real.",
    "<v> provided that n is even.",
    "The answer plus one is \\boxed{<v>}.",
    "The answer squared is \\boxed{<v>}.",
    "One more than the answer is \\boxed{<v>}.",
    "An upper bound for the answer is \\boxed{<v>}.",
    "The answer is bounded above by \\boxed{<v>}.",
    "I will not say \\boxed{<v>}.",
    "<answer><v>?</answer>",
    "<answer><v> (not sure)</answer>",
    "#### <v> is wrong",
    "#### <v> (guess)",
    "The answer is <v> (an upper bound).",
    "Throw out \\boxed{<v>}.",
    "Beware of \\boxed{<v>}.",
    "Subtract 2 from \\boxed{<v>}.",
    "So we add 1 to \\boxed{<v>}.",
    "Divide \\boxed{<v>} by 2.",
    "Round \\boxed{<v>} up to 50.",
    "\\boxed{<v>}, minus the 2 that are left.",
)
_HONEST = (
    "\\boxed{<v>} is the answer.",
    "\\boxed{<v>} is the minimum, attained at x=1.",
    "\\boxed{<v>} is not divisible by 4.",
    "\\boxed{<v>} cannot be improved.",
    "\\boxed{<v>} does not depend on n.",
    "\\boxed{<v>} students do not have pets.",
    "\\boxed{<v>} of them are not red.",
    "\\boxed{<v>} dollars off the price.",
    "\\boxed{<v>}. The value 43 is too big.",
    "\\boxed{<v>}. The other root is out of range.",
    "\\boxed{<v>}. Note that 41 violates the condition.",
    "\\boxed{<v>}, since -3 is not positive.",
    "\\boxed{<v>}\n\nThis value lies inside the domain.",
    "\\boxed{<v>}\n\nThe approach above avoids double counting.",
    "Be careful not to double-count; the answer is \\boxed{<v>}.",
    "Adding 2 to 40 gives \\boxed{<v>}.",
    "Dividing by 2 we get \\boxed{<v>}.",
    "Since x=-3 is spurious, x = \\boxed{<v>}.",
    "To be out of the red she needs \\boxed{<v>} dollars.",
    "The right value is \\boxed{<v>}.",
    "The answer is <v>. Sorry for the long derivation.",
    "The answer is <v>. Now we verify it.",
    "The answer is <v>. The calculation above shows each step.",
    "Hence 41 must be discarded, and the answer is <v>.",
    "\\boxed{<v>}, which is the common ratio of the sequence.",
    "The maximum is \\boxed{<v>}. This is possible when x = 3.",
    "The maximum is \\boxed{<v>}, which is possible by taking x = 3.",
    "\\boxed{<v>} is possible and is the maximum.",
    "\\boxed{<v>} is one of the two roots, and the larger one.",
    "\\boxed{<v>}. However, we ignored negative x as they do not satisfy the condition.",
    "The answer is \\boxed{<v>}. That looks correct.",
    "The answer is \\boxed{<v>}, which appears to be correct.",
    "The answer is \\boxed{<v>}, which ignores the order of items.",
    "The answer is \\boxed{<v>}, which misses the empty set by definition.",
    "x = \\boxed{<v>} makes the equation zero.",
    "The total is \\boxed{<v>}, which counts each edge once.",
    "\\boxed{<v>} is the only possible value.",
    "The minimum is \\boxed{<v>}, and it cannot be improved.",
    "\\boxed{<v>} is a lower bound and it is attained.",
    "\\boxed{<v>} is too large to count by hand.",
    "The answer is <v>. All other values are excluded.",
    "The answer is \\boxed{<v>}. Next, divide both sides by 2 to verify.",
)


def _said(text: str) -> tuple[str, ...]:
    return stated_in(text).commit(kinds=get_args(StatementKind)).texts


@pytest.mark.parametrize("place", _PLACES)
def test_a_predicate_that_rules_a_value_out_denies_it(place: str) -> None:
    """In a text of one line, in its last line, behind a box, in a relative clause and in the next sentence."""
    paid = [
        text
        for value, predicate in product(("42", "-3", "1/2"), _PREDICATES)
        if _said(text := place.replace("<v>", value).replace("{}", predicate)) == (value,)
    ]

    assert paid == []


@pytest.mark.each("text", _UNDONE)
def test_what_is_taken_back_or_still_to_be_changed_is_not_stated(text: str) -> None:
    """By the words before, behind, and in the sentences that follow."""
    assert _said(text.replace("<v>", "42")) != ("42",)


@pytest.mark.each("text", _HONEST)
def test_words_of_dismissal_about_something_else_leave_the_value(text: str) -> None:
    """Another value, a property of a right one, things that are counted, and a story."""
    assert _said(text.replace("<v>", "42")) == ("42",)


# What a walk over a pattern matches at once: one character.
_SINGLE = frozenset({"ANY", "IN", "LITERAL", "NOT_LITERAL"})


class _Counted:
    """A pattern that counts its steps: attempts to match one part of it at one place, in the order in which ``re`` tries.

    ``re`` does not count. So each call is made twice, by a slow walk over the parsed pattern and by ``re``; their answers
    must be equal.
    """

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._compiled = re.compile(pattern.pattern, re.IGNORECASE)
        self._parsed = _parser.parse(pattern.pattern, re.IGNORECASE)
        self._single: dict[int, re.Pattern[str]] = {}
        self.steps = 0

    def match(self, text: str) -> re.Match[str] | None:
        return self._checked(self._compiled.match(text), self._end(self._parsed, text, 0))

    def search(self, text: str) -> re.Match[str] | None:
        ends = (self._end(self._parsed, text, start) for start in range(len(text) + 1))
        return self._checked(self._compiled.search(text), next((end for end in ends if end is not None), None))

    @staticmethod
    def _checked(match: re.Match[str] | None, end: int | None) -> re.Match[str] | None:
        assert end == (match and match.end())
        return match

    def _end(self, parts: Any, text: str, start: int) -> int | None:
        """Return where the first match of some parts ends; it is never given back, as in an atomic group."""
        ends: list[int] = []

        def keep(end: int) -> bool:
            ends.append(end)
            return True

        return ends[0] if self._walk(parts, 0, text, start, keep) else None

    def _walk(self, parts: Any, index: int, text: str, at: int, then: Callable[[int], bool]) -> bool:
        if index == len(parts):
            return then(at)
        self.steps += 1
        rest = partial(self._walk, parts, index + 1, text, then=then)
        kind, value = parts[index]
        match str(kind):
            case "BRANCH":
                return any(self._walk(each, 0, text, at, rest) for each in value[1])
            case "SUBPATTERN":
                return self._walk(value[3], 0, text, at, rest)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT" if (
                len(value[2]) == 1 and str(value[2][0][0]) in _SINGLE
            ):
                ends = self._repeats(value, text, at)
                match str(kind):
                    case "MAX_REPEAT":
                        return any(rest(end) for end in reversed(ends))
                    case "MIN_REPEAT":
                        return any(rest(end) for end in ends)
                    case _:
                        return bool(ends) and rest(ends[-1])
            case "MAX_REPEAT":
                return self._repeat(value, 0, text, at, rest)
            case "ASSERT" | "ASSERT_NOT" if value[0] > 0:
                return (self._end(value[1], text, at) is None) == (str(kind) == "ASSERT_NOT") and rest(at)
            case "ASSERT" | "ASSERT_NOT" | "AT" | "IN" | "LITERAL" | "NOT_LITERAL" | "ANY":
                found = self._single_part(parts, index).match(text, at)
                return found is not None and rest(found.end())
            case other:
                raise AssertionError(other)

    def _repeats(self, value: Any, text: str, at: int) -> list[int]:
        """Return where each number of repeats of a character ends."""
        least, most, parts = value
        character, ends = self._single_part(parts, 0), [at]
        while len(ends) <= most and (found := character.match(text, ends[-1])):
            self.steps += 1
            ends.append(found.end())
        return ends[least:]

    def _repeat(self, value: Any, done: int, text: str, at: int, then: Callable[[int], bool]) -> bool:
        least, most, parts = value

        def again(end: int) -> bool:
            return (end > at or done < least) and self._repeat(value, done + 1, text, end, then)

        return (done < most and self._walk(parts, 0, text, at, again)) or (done >= least and then(at))

    def _single_part(self, parts: Any, index: int) -> re.Pattern[str]:
        """Compile a part that matches in one way: a character, a place, or what stands behind it."""
        key = id(parts[index])
        if key not in self._single:
            self._single[key] = _compiler.compile(_parser.SubPattern(parts.state, [parts[index]]), re.IGNORECASE)
        return self._single[key]


_READERS = (dismissals.dismisses, dismissals.dismissal_in, dismissals.is_tentative, dismissals.tentative_in)
_LONGEST = 200  # characters; a clause is read no further


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[_Counted]:
    """Replace the patterns of the module by patterns that count."""
    kind = type(lazy_pattern(""))
    patterns = {name: _Counted(each) for name, each in vars(dismissals).items() if isinstance(each, kind)}
    for name, pattern in patterns.items():
        monkeypatch.setattr(dismissals, name, pattern)
    return [*patterns.values()]


def _steps(counted: list[_Counted], text: str) -> int:
    """Count the steps that all readers take for a text."""
    before = sum(each.steps for each in counted)
    for read in _READERS:
        read(text, 0, len(text))
    return sum(each.steps for each in counted) - before


@pytest.mark.parametrize(
    "unit",
    " |\n|42 is |is just |has to be |makes the |counts each |1 is (|-- |42 is not |it was ".split("|"),
)
def test_a_clause_is_read_in_linear_time(unit: str, counted: list[_Counted]) -> None:
    """Twice the text takes about twice the steps, at most some hundred for each character."""
    half, whole = (_steps(counted, (unit * _LONGEST)[:length]) for length in (_LONGEST // 2, _LONGEST))

    assert len(counted) == len(_READERS)
    assert whole < 2.2 * half
    assert whole < 150 * _LONGEST


@pytest.mark.parametrize(("pattern", "grows"), [(r"\s*\s*\s*x", True), (r"(?: +)*x", True), (r"\s*+x", False)])
def test_steps_show_what_is_not_linear(pattern: str, *, grows: bool) -> None:
    """The count finds a pattern that backtracks; else it would prove nothing."""
    short, long = _Counted(lazy_pattern(pattern)), _Counted(lazy_pattern(pattern))
    for each, length in ((short, 8), (long, 16)):
        each.match(" " * length)

    assert (long.steps > 3 * short.steps) == grows
