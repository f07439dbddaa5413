"""Plans: which places rows of some keys are read from, decided once for each tuple of keys."""

from typing import Any

import pytest

from rlvr.record import ReadingRules
from rlvr.record import plans as module
from rlvr.record.completions import answers_in
from rlvr.record.formats import COMPLETION_PLACES, FORMATS, HANDED_OVER, REFERENCE_PLACES
from rlvr.record.places import Place
from rlvr.record.plans import Plan, Plans, is_row
from rlvr.record.rules import DEFAULT_RULES


def _plan(row: dict[str, Any], rules: ReadingRules = DEFAULT_RULES) -> Plan:
    return Plans(rules).plan_for(row)


def _paths(places: tuple[Place, ...]) -> list[str]:
    return [place.path for place in places]


def _row(columns: str) -> dict[str, Any]:
    return dict.fromkeys(columns.split(), "x")


def test_plans_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows whose keys are chosen at random must not fill the memory; their plans are made again each time."""
    monkeypatch.setattr(module, "PLANS_LIMIT", 5)
    monkeypatch.setattr(module, "COLUMNS_LIMIT", 3)
    plans = Plans(DEFAULT_RULES)
    wide, widest = _row("a b completion"), _row("a b c completion")
    for number in range(20):
        assert plans.plan_for(wide) is plans.plan_for(wide)
        assert plans.plan_for(widest) is not plans.plan_for(widest)
        plans.plan_for({f"column_{number}": 1, "completion": "x"})

    assert len(plans._known) == 5
    assert plans.plan_for({"column_19": 1, "completion": "x"}).format.name == "generic"


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (_row("prompt completion"), "trl"),
        (_row("completion"), "generic"),
        (_row("input output gts prompt completion"), "verl.dump"),
        ({"output": {"message": {}}}, "bedrock.converse"),
        ({"output": "x"}, "generic"),
        ({"output": [{"type": "message"}]}, "openai.responses"),
        ({"doc": {}, "model_response": {}}, "lighteval.detail"),
        ({"doc": {}, "model_response": "x"}, "generic"),
        ({}, "generic"),
    ],
)
def test_the_first_format_that_fits_decides(row: dict[str, Any], name: str) -> None:
    """By the row's keys, and the types of one or two values."""
    assert _plan(row).format.name == name


def test_one_tuple_of_keys_may_have_several_formats() -> None:
    """The types of its values may change from row to row."""
    plans = Plans(DEFAULT_RULES)

    assert plans.plan_for({"output": "x"}).format.name == "generic"
    assert plans.plan_for({"output": {"message": {}}}).format.name == "bedrock.converse"
    assert len(plans._known) == 1


@pytest.mark.parametrize(
    ("name", "row", "wanted"),
    [
        ("verl.dump", _row("input output"), "verl.dump"),
        ("verl", _row("input output gts"), "verl.dump"),
        ("verl", _row("a"), "verl.call"),
        ("lm_eval", _row("prompt"), "lm_eval"),
        ("openai", {"object": "x", "output": "x"}, "openai.responses"),
        ("openai.chat", {"choices": ["x"]}, "openai.chat"),
        ("generic", _row("input output gts"), "generic"),
    ],
)
def test_a_named_format_is_taken_whatever_the_row_is(name: str, row: dict[str, Any], wanted: str) -> None:
    """A row that it does not fit lacks its places."""
    assert _plan(row, ReadingRules(format=name)).format.name == wanted


@pytest.mark.each(
    ("row", "completion", "guesses"),
    [
        (_row("completion response"), ["completion"], ["response"]),
        (_row("completions completion"), ["completion", "completions"], []),
        (_row("output response"), [], ["response", "output"]),
        (_row("input output gts response"), ["output"], []),
        (_row("input output gts completion"), ["completion", "output"], []),
        (_row("prompt text"), [], ["text"]),
        (_row("text"), [], []),
        (_row("prompt text output"), [], ["output"]),
        (_row("output_1 output_2 output"), [], []),
        ({"messages": [], "reference_answer": "x", "completion": "x", "output": "x"}, [], []),
        ({"messages": "x", "reference_answer": "x", "completion": "x", "output": "x"}, ["completion"], ["output"]),
    ],
)
def test_the_places_of_the_completion(row: dict[str, Any], completion: list[str], guesses: list[str]) -> None:
    """What a trainer hands over, then what the format names, else columns that may be it; events have neither."""
    plan = _plan(row)

    assert (_paths(plan.completion), list(plan.guesses)) == (completion, guesses)
    assert plan.is_named is False


def test_a_place_that_the_suite_names_is_the_only_one() -> None:
    """Also one that is not there."""
    for columns in ("out completion response", "input output gts out"):
        plan = _plan(_row(columns), ReadingRules(completion=("out.text", "zzz")))
        assert (_paths(plan.completion), plan.is_named, plan.guesses) == (["out.text"], True, ())
    plan = _plan(_row("completion response"), ReadingRules(completion=("zzz",)))
    assert (plan.completion, plan.is_named, plan.guesses) == ((), True, ())


@pytest.mark.parametrize(
    ("columns", "has_messages", "has_prompt"),
    [
        ("messages prompt", True, True),
        ("messages", True, False),
        ("prompt", False, True),
        ("input output gts messages prompt", False, False),
        ("output_1 output_2 messages prompt", False, False),
    ],
)
def test_a_conversation_may_end_with_the_answer(columns: str, *, has_messages: bool, has_prompt: bool) -> None:
    """Where the format names no place, and gives no reason why there is none."""
    plan = _plan(_row(columns))

    assert (plan.has_messages, plan.has_prompt) == (has_messages, has_prompt)


@pytest.mark.each(
    ("columns", "rules", "reference"),
    [
        ("completion answer target", DEFAULT_RULES, ["answer", "target"]),
        ("input output gts answer", DEFAULT_RULES, ["gts"]),
        ("completion metadata", DEFAULT_RULES, ["metadata.reference_answer", "metadata.ground_truth"]),
        ("gold_answer answer problem", DEFAULT_RULES, ["gold_answer"]),
        ("query response model_response", DEFAULT_RULES, ["response"]),
        ("prompt response answer", DEFAULT_RULES, ["answer"]),
        ("answer completion", ReadingRules(completion=("answer",)), []),
        ("answer completion", ReadingRules(completion=("answer",), reference=("answer",)), ["answer"]),
        ("a b answer", ReadingRules(reference=("b.c", "zzz", "a")), ["b.c", "a"]),
        ("reward answer gold", ReadingRules(completion=("gold.text", "answer")), ["gold", "answer"]),
    ],
)
def test_the_places_of_the_reference(columns: str, rules: ReadingRules, reference: list[str]) -> None:
    """A place that serves as completion is none, unless the suite names it."""
    assert _paths(_plan(_row(columns), rules).reference) == reference


def test_the_places_of_the_prompt_and_the_id() -> None:
    """Those of the format come first; the suite's replace all."""
    row = _row("input output gts request_id id prompt metadata")
    rules = ReadingRules(prompt=("metadata.q",), id=("metadata.i", "zzz"))

    assert _paths(_plan(row).prompt) == ["input", "prompt"]
    assert _paths(_plan(row).id) == ["request_id", "id", "metadata.id", "metadata.key"]
    assert _paths(_plan(_row("query prompt"), ReadingRules(completion=("query",))).prompt) == ["prompt"]
    assert _paths(_plan(_row("query"), ReadingRules(completion=("query",), prompt=("query",))).prompt) == ["query"]
    assert (_paths(_plan(row, rules).prompt), _paths(_plan(row, rules).id)) == (["metadata.q"], ["metadata.i"])


@pytest.mark.parametrize(
    ("columns", "metadata"),
    [
        ("completion a prompt metadata extra_info b id messages", ["a", "b"]),
        ("output a prompt", ["a"]),
        ("a gold_answer answer problem", ["a", "gold_answer", "problem"]),
        ("completion output", ["output"]),
        ("a input output gts", ["a", "input", "gts"]),
    ],
)
def test_all_other_columns_are_metadata(columns: str, metadata: list[str]) -> None:
    """Not the fields of a record, not the completion."""
    assert list(_plan(_row(columns)).metadata) == metadata


@pytest.mark.parametrize(
    ("row", "number"),
    [
        ({"id": 1, "result": "x"}, 0),
        ({"id": 1, "result": "x", "traceback": "x"}, 1),
        ({"custom_id": 1, "result": {}}, 3),
        ({"object": "response", "output": []}, 0),
        ({"object": "response", "output": [], "status": "failed"}, 1),
    ],
)
def test_a_format_has_signs_of_failure(row: dict[str, Any], number: int) -> None:
    """Those whose column is there."""
    assert len(_plan(row).faults) == number


@pytest.mark.each(
    "column",
    [
        *HANDED_OVER,
        *COMPLETION_PLACES,
        *(place for place in REFERENCE_PLACES if "." not in place),
        "messages",
        "question",
    ],
)
def test_an_object_with_a_known_column_is_a_row(column: str) -> None:
    """Whatever else it has."""
    assert is_row({column: None, "body": []})


@pytest.mark.each("form", [each for each in FORMATS if len(each.needs.split()) > 1], ids=lambda each: each.name)
def test_an_object_with_the_columns_of_a_format_is_a_row(form: Any) -> None:
    """Of one that asks for several."""
    terms = [term.split("|", 1)[0] for term in form.needs.split() if not term.startswith("!")]

    assert is_row(dict.fromkeys([term.split("{")[0].split("[")[0].split("=")[0].split(":")[0] for term in terms]))


@pytest.mark.parametrize(
    "event", [{}, {"id": 1}, {"body": []}, {"batch": []}, {"object": "x"}, {"type": "x"}, {"contents": []}]
)
def test_other_objects_are_no_rows(event: dict[str, Any]) -> None:
    """One column of a format that asks for one says nothing."""
    assert not is_row(event)


def test_kinds_of_places_are_known() -> None:
    """Each kind of the table is read."""
    for form in FORMATS:
        assert answers_in("x", form.kind) is not None or form.kind == "conversation"
