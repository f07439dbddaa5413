"""The kit refuses scorers that break on hostile texts, or that reward them."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from rlvr import Message, Record, Score, Scorer, scorer
from rlvr.record.record import VIEWS
from rlvr.record.views import final_in
from rlvr.testing import BLANK_COMPLETIONS, HOSTILE_COMPLETIONS, a_record, check_scorer, scored

RIGHT, WRONG = [a_record("Paris", "Paris", prompt="Which?")], [a_record("Rome", "Paris", prompt="Which?")]


def _exact(meet: Callable[[Record], float | None]) -> Scorer:
    """Return a scorer that compares, except for records for which `meet` raises or returns a value."""

    @scorer
    def exact(record: Record, _options: object) -> float:
        met = meet(record)
        return float(record.final == record.reference) if met is None else met

    return exact


@pytest.fixture(autouse=True, scope="module")
def _final_views_are_made_once() -> Iterator[None]:
    """The long texts are tried hundreds of times, and their view depends on the text alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rlvr.record.record.final_in", functools.cache(final_in))
        yield


def test_an_honest_scorer_passes() -> None:
    """The faults of the other tests are the only difference."""
    check_scorer(_exact(lambda _: None), right=RIGHT, wrong=WRONG)


def _seen(record: Record, place: str) -> Any:
    if place == "messages":
        return record.messages[-1].content
    return record.completion if place == "completion" else record.view(place)


@pytest.mark.each("place", ["completion", "messages", "full", "final"])
@pytest.mark.each("text", HOSTILE_COMPLETIONS, ids=range(len(HOSTILE_COMPLETIONS)))
def test_a_scorer_that_breaks_on_a_hostile_text_is_refused(text: str, place: str) -> None:
    """In every view: views are those of the text, not of an earlier one."""
    hostile = _seen(a_record(text), place)

    def meet(record: Record) -> None:
        if _seen(record, place) == hostile:
            raise ValueError("met it")

    with pytest.raises(AssertionError, match=r"broke.*met it"):
        check_scorer(_exact(meet), right=RIGHT, wrong=WRONG)


@pytest.mark.each("place", ["completion", "messages", "full", "final"])
@pytest.mark.each("text", HOSTILE_COMPLETIONS, ids=range(len(HOSTILE_COMPLETIONS)))
def test_a_scorer_that_rewards_a_hostile_text_is_refused(text: str, place: str) -> None:
    """Its author may declare that it rewards any text."""
    hostile = _seen(a_record(text), place)
    paying = _exact(lambda record: 1.0 if _seen(record, place) == hostile else None)

    with pytest.raises(AssertionError, match="rewards a hostile text"):
        check_scorer(paying, right=RIGHT, wrong=WRONG)
    check_scorer(paying, right=RIGHT, wrong=WRONG, pays_any_text=True)


def test_the_kit_applies_the_rules_of_the_dispatcher() -> None:
    """A scorer is not called for a blank completion; all rules of a batch apply."""
    asked: list[str] = []

    @scorer(needs=("reference",))
    def paying(record: Record, _options: object) -> float:
        asked.append(record.completion)
        return 1.0

    for text in BLANK_COMPLETIONS:
        assert scored(paying, a_record(text, "Paris")).value == 0.0
    assert scored(paying, a_record("Paris")).reason == "the row has no `reference`"
    assert asked == []


def test_an_object_without_a_hash_is_scored() -> None:
    """Such as an ordinary dataclass."""

    class Unhashable:
        def __eq__(self, other: object) -> bool:
            return self is other

        __hash__ = None  # type: ignore[assignment]  # as Python sets it for a class with __eq__ alone

        def score(self, record: Record, _options: object) -> float:
            return float(record.final == "Paris")

    assert scored(Unhashable(), a_record("Paris")).value == 1.0


def test_groups_are_scored_together() -> None:
    """A suite does the same."""

    class Longest:
        def score_group(self, records: list[Record], _options: object) -> list[float]:
            return [float(len(each.completion) == max(len(one.completion) for one in records)) for each in records]

    long, short = a_record("aa", prompt="p"), a_record("a", prompt="q")

    assert scored(Longest(), short).value == 1.0
    with pytest.raises(AssertionError, match=r"should get 0\.0"):
        check_scorer(Longest(), right=[long], wrong=[short], pays_any_text=True)


@pytest.mark.parametrize("name", VIEWS)
def test_views_follow_the_completion(name: str) -> None:
    """Even if the field is replaced with msgspec, which copies the old views."""
    old = a_record("<think>a</think>```json\n1\n```\nThe answer is 1.")
    first, text = old.view(name), "<think>b</think>```json\n2\n```\nThe answer is 2."

    assert old.with_completion(text).view(name) == a_record(text).view(name) != first
    assert msgspec.structs.replace(old, completion=text).view(name) == a_record(text).view(name)
    assert old.view(name) == first


def test_with_completion_replaces_the_answer_and_nothing_else() -> None:
    """Few-shot turns stay, calls are dropped; a completion from a column has no turn to replace."""
    question = Message(role="user", content="?")
    call = {"function": {"name": "f", "arguments": "{}"}}
    few = (question, Message(role="assistant", content="example"), question)
    answered = Record(
        messages=(
            *few,
            Message(role="assistant", content="old", tool_calls=(call,)),
            Message(role="tool", content="5"),
        ),
        completion="old",
        tool_calls=(call,),
    )
    new = answered.with_completion("new")

    assert [(turn.content, turn.tool_calls) for turn in new.messages] == [
        ("?", ()),
        ("example", ()),
        ("?", ()),
        ("new", ()),
        ("5", ()),
    ]
    assert (new.completion, new.tool_calls, answered.completion) == ("new", (), "old")
    assert Record(messages=few, completion="old").with_completion("new").messages == few


def test_scored_takes_options_as_a_suite_does() -> None:
    """Every declared field counts, nested ones too."""

    class Inner(msgspec.Struct, frozen=True):
        least: float = 1e-05

    class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        inner: Inner = Inner()
        words: tuple[str, ...] = ("a",)

    @scorer(options=Options)
    def told(record: Record, options: Options) -> Score:
        return Score.of(1.0, repr(options))

    given = Options(inner=Inner(least=3e-07), words=("\ud800", "b"))

    assert scored(told, a_record("x"), given).reason == repr(given)
    assert scored(told, a_record("x")).reason == repr(Options())
