"""Rows of every published format: what is read from where, and what nobody may read as an answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from rlvr import parse_suite, score_rows
from rlvr.record import Reading, ReadingRules, read_row, record_from, records_from
from rlvr.record.formats import FORMATS, format_names, formats_named
from rlvr.scores import Verdict

CASES_FOLDER = Path(__file__).parent / "cases"
CASES = [json.loads(line) for line in (CASES_FOLDER / "row_formats.jsonl").read_text().splitlines()]
IDS = [f"{number}-{case['format']}" for number, case in enumerate(CASES)]
GOOD = {"prompt": "Six times two?", "completion": "12", "answer": "12"}
SUITE = parse_suite("tasks: {t: {scorers: [text.exact]}}")


def _suite_of(case: dict[str, Any]) -> Any:
    scorer = {"scorer": case["scorer"], "name": "s", "options": case["options"]}
    suite = {"tasks": {"t": {"scorers": [scorer]}}, **({"read": case["read"]} if case.get("read") else {})}
    return parse_suite(json.dumps(suite), suffix=".json")


def _reading_of(case: dict[str, Any]) -> Reading:
    return read_row(case["row"], _suite_of(case).rules)


@pytest.mark.each("case", CASES, ids=IDS)
def test_each_row_is_rewarded_as_wanted(case: dict[str, Any]) -> None:
    """Wrong columns, tools, earlier turns and reasoning of the rows hold the other answer."""
    wanted = case["wanted"] if isinstance(case["wanted"], list) else [case["wanted"]]
    rewards = score_rows(_suite_of(case), [case["row"], GOOD]).rewards[: len(wanted)]
    found = [each.value if each.verdict is Verdict.SCORED else each.verdict.value for each in rewards]

    assert found == wanted
    if case["id"] is not None:
        assert [each.id for each in rewards] == [case["id"]] * len(wanted)


@pytest.mark.each("case", [case for case in CASES if case["completion"] is not None])
def test_the_completion_is_read_where_the_format_has_it(case: dict[str, Any]) -> None:
    """One, or k of them."""
    wanted = case["completion"] if isinstance(case["completion"], list) else [case["completion"]]

    assert [answer.text for answer in _reading_of(case).answers] == wanted


@pytest.mark.each("case", [case for case in CASES if case["reference"] is not None])
def test_the_reference_is_read_where_the_format_has_it(case: dict[str, Any]) -> None:
    """Without its wrappers."""
    records = records_from(case["row"], _suite_of(case).rules)

    assert [record.reference for record in records] == [case["reference"]] * len(records)


@pytest.mark.each("case", [case for case in CASES if case["prompt"] is not None])
def test_the_prompt_is_read_where_the_format_has_it(case: dict[str, Any]) -> None:
    """So that records of one prompt are a group."""
    records = records_from(case["row"], _suite_of(case).rules)
    turns = [[turn.content for turn in record.prompt if turn.role in {"user", "human"}] for record in records]

    assert all(case["prompt"] in each for each in turns)


def _turn(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


USER = {"role": "user", "content": "q"}
SHAPES = [json.loads(line) for line in (CASES_FOLDER / "row_shapes.jsonl").read_text().splitlines()]


@pytest.mark.each("shape", SHAPES, ids=[shape["name"] for shape in SHAPES])
def test_each_shape_of_a_format_is_read(shape: dict[str, Any]) -> None:
    """Bodies of other models, streams, wrappers, k answers; null where there is no completion."""
    reading = read_row(shape["row"])

    assert (None if reading.problem else [answer.text for answer in reading.answers]) == shape["wanted"]


class Cell:
    """A value of a table: numpy's arrays and numbers have ``tolist``, Arrow's scalars ``as_py``."""

    def __init__(self, value: object, method: str = "tolist") -> None:
        setattr(self, method, lambda: value)


@pytest.mark.parametrize("method", ["tolist", "as_py"])
def test_cells_of_tables_are_read_as_json(method: str) -> None:
    """Also inside of the objects of a row; one that does not convert costs its own part only."""
    row = {
        "prompt": Cell([USER], method),
        "completion": Cell([_turn("x")], method),
        "reward_model": {"ground_truth": Cell(["12"], method)},
        "n": Cell(8, method),
    }
    record = record_from(row)

    assert (record.completion, record.reference, record.metadata["n"]) == ("x", ["12"], 8)
    assert [turn.content for turn in record.prompt] == ["q"]


def test_a_cell_that_raises_is_no_text() -> None:
    """A row never raises."""

    class Broken:
        def tolist(self) -> object:
            raise RuntimeError

    assert "holds no text" in read_row({"prompt": "p", "completion": Broken()}).problem


def test_every_format_is_in_the_table_once_for_a_completion_and_once_without() -> None:
    """Two signatures of one name differ."""
    signatures = [(each.name, each.needs) for each in FORMATS]

    assert len(set(signatures)) == len(signatures)
    assert all(formats_named(name) for name in format_names())


@pytest.mark.each(
    ("row", "words"),
    [
        ({"prompt": "p", "my_model": "x"}, ["columns: prompt, my_model", "read: {completion: my_model}"]),
        ({"question": "q", "Model Answer": "x"}, ['read: {completion: "Model Answer"}']),
        ({"prompt": "p"}, ["read: {completion: ...}"]),
        ({"prompt": "p", "output": "a", "response": "b"}, ["`response` and `output` differ", "name one"]),
        ({"output_1": "a", "output_2": "b"}, ["two models"]),
        ({"prompt_tokens": [1], "response_tokens": [2]}, ["token ids"]),
        ({"prompt": "p", "responses": []}, ["`responses` is an empty list"]),
        ({"prompt": "p", "responses": [[-0.5, True]]}, ["`responses` holds no text"]),
        ({"conversations": [{"from": "human", "value": "q"}]}, ["no turn of the model after the last question"]),
        ({str(number): 1 for number in range(30)}, ["and 10 more"]),
        ({}, ["columns: none"]),
    ],
)
def test_a_completion_that_is_not_found_says_what_would_help(row: dict[str, Any], words: list[str]) -> None:
    """The columns that are there, and the line to write."""
    problem = read_row(row).problem

    assert [word for word in words if word not in problem] == []


def test_a_named_place_that_no_row_has_is_named() -> None:
    """No other place is looked at."""
    problem = read_row({"completion": "x"}, ReadingRules(completion=("answer.text", "zzz"))).problem

    assert "`answer.text` or `zzz`" in problem
    assert "read.completion" in problem


FAILED_CALLS: tuple[dict[str, Any], ...] = (
    {"custom_id": "a", "response": {"status_code": 500, "body": {"error": {"message": "x"}}}, "error": None},
    {"custom_id": "a", "response": None, "error": {"code": "batch_expired"}},
    {"custom_id": "a", "result": {"type": "errored", "error": {"type": "invalid_request"}}},
    {"custom_id": "a", "result": {"type": "expired"}},
    {"recordId": "a", "modelInput": {}, "error": {"errorCode": 400}},
    {"id": "a", "object": "response", "status": "failed", "output": []},
    {"id": "a", "result": "Error during inference: x", "traceback": "Traceback ..."},
    {"instance": {"id": 1}, "request": {}, "result": {"success": False, "completions": [{"text": "x", "logprob": 0}]}},
    {"prompt": "p", "completion": None, "error": "timeout"},
    {"prompt": "p", "output": None, "status_code": 429},
    {"prompt": "p", "completion": None, "status": "expired"},
    {"prompt": "p", "response": None, "errors": [{"message": "x"}]},
)


@pytest.mark.each("row", FAILED_CALLS)
def test_a_failed_call_is_no_wrong_answer(row: dict[str, Any]) -> None:
    """The tool that wrote the row says so, and no completion stands there."""
    assert "the row says that the call failed" in read_row(row).problem


@pytest.mark.parametrize("sign", [{"error": "x"}, {"status_code": 500}, {"status": "failed"}, {"traceback": "x"}])
def test_an_answer_beside_a_sign_of_failure_counts(sign: dict[str, Any]) -> None:
    """The error may be of a later step."""
    assert read_row({"prompt": "p", "completion": "x", **sign}).problem == ""


@pytest.mark.parametrize("null", [None, float("nan"), ""])
def test_null_is_a_blank_answer(null: object) -> None:
    """The place is there, and the model said nothing."""
    reading = read_row({"prompt": "p", "completion": null, "answer": "x"})

    assert (reading.problem, [answer.text for answer in reading.answers]) == ("", [""])


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "p", "completion": None, "tool_calls": [{"function": {"name": "f"}}], "answer": "x"},
        {"item": {"reference": "x"}, "sample": {"output_text": None, "output_tools": [{"function": {"name": "f"}}]}},
    ],
)
def test_calls_beside_a_text_that_is_null_are_the_completion(row: dict[str, Any]) -> None:
    """A turn that only calls has no text."""
    reading = read_row(row)

    assert (reading.problem, [len(answer.tool_calls) for answer in reading.answers]) == ("", [1])


@pytest.mark.parametrize(
    ("messages", "is_unanswered"),
    [
        ([{"role": "user", "content": "q"}], True),
        ([{"role": "system", "content": "s"}], True),
        ([{"role": "assistant", "content": "a"}, {"role": "user", "content": "q"}], True),
        ([{"role": "user", "content": "q"}, {"role": "assistant", "content": ""}], False),
        ([{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}], False),
        (
            [
                {"role": "user", "content": "q"},
                {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f"}}]},
                {"role": "user", "content": [{"type": "tool_result", "content": "a"}]},
            ],
            False,
        ),
    ],
)
def test_a_question_without_an_answer_is_unanswered(messages: list[Any], *, is_unanswered: bool) -> None:
    """Platforms send such rows before a job; they earn 0.0, are counted, and stop nothing."""
    row = {"messages": messages, "reference_answer": "a"}
    report = score_rows(SUITE, [row])

    assert record_from(row).is_unanswered is is_unanswered
    assert report.rewards[0].is_unanswered is is_unanswered
    assert report.rewards[0].verdict is Verdict.SCORED


def test_a_fixed_format_reads_its_own_places() -> None:
    """A name or a family; rows that it does not fit lack its places."""
    row = {"input": "q", "output": "a", "gts": "g", "completion": "b"}

    assert (
        read_row({"input": "q", "output": "a", "target": "g"}, ReadingRules(format="verl.dump")).answers[0].text == "a"
    )
    assert read_row(row, ReadingRules(format="verl")).format == "verl.dump"
    assert "no completion found" in read_row({"prompt": "p"}, ReadingRules(format="lm_eval")).problem


def test_an_unknown_format_is_refused_with_the_nearest() -> None:
    """When the suite is loaded."""
    with pytest.raises(Exception, match=r"read.format.*there is no format `verll`(.|\n)*did you mean `verl"):
        parse_suite("tasks: {t: {scorers: [text.exact]}}\nread: {format: verll}")


def test_all_calls_of_a_trajectory_by_option() -> None:
    """By default those of the last turn."""
    turns = [
        {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f"}}]},
        {"role": "tool", "content": "t"},
        {"role": "assistant", "content": "done", "tool_calls": [{"function": {"name": "g"}}]},
    ]
    row = {"prompt": [{"role": "user", "content": "q"}], "completion": turns}

    assert [call["function"]["name"] for call in record_from(row).tool_calls] == ["g"]
    rules = ReadingRules(tool_calls="all_turns")
    assert [call["function"]["name"] for call in record_from(row, rules).tool_calls] == ["f", "g"]
    assert [turn.role for turn in record_from(row).messages] == ["user", "assistant", "tool", "assistant"]
    assert [turn.role for turn in record_from(row).prompt] == ["user"]
