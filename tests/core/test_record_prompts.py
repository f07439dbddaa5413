"""The conversation before the completion, from the columns that have it."""

from typing import Any

import pytest

from rlvr.record.places import place_of
from rlvr.record.prompts import prompt_in

USER = {"role": "user", "content": "q"}
ANSWER = {"role": "assistant", "content": "a"}
CALL = {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f"}}]}
SYSTEM = {"role": "system", "content": "s"}


def _prompt(row: dict[str, Any], *paths: str) -> tuple[list[tuple[str, str]], str]:
    turns, place = prompt_in(row, [place_of(path) for path in paths])
    return [(turn.role, turn.content) for turn in turns], place


Q, A, S = ("user", "q"), ("assistant", "a"), ("system", "s")


@pytest.mark.each(
    ("value", "turns"),
    [
        ("q", [Q]),
        ([USER], [Q]),
        ((SYSTEM, USER), [S, Q]),
        ([USER, ANSWER], [Q]),
        ([USER, ANSWER, ANSWER], [Q]),
        ([USER, ANSWER, USER], [Q, A, Q]),
        ([USER, CALL], [Q, ("assistant", "")]),
        ([USER, CALL, {"role": "tool", "content": "t"}, ANSWER], [Q, ("assistant", ""), ("tool", "t")]),
        ('[{"role": "user", "content": "q"}]', [Q]),
        ('[{"role": "user", "content": "q"}', [("user", '[{"role": "user", "content": "q"}')]),
        ("[{q}]", [("user", "[{q}]")]),
        (["q", "r"], [Q, ("user", "r")]),
        ([{"text": "q"}, {"text": "r"}], [("user", "qr")]),
        ([{"content": "q"}], [Q]),
        (["q", {"text": "r"}], [("user", "qr")]),
        ({"messages": [USER]}, [Q]),
        ({"question": "q", "context": "c"}, [Q]),
        ({"question": None, "prompt": "q"}, [Q]),
        ({"x": "q"}, [Q]),
        ({"x": "q", "n": 5}, [Q]),
    ],
)
def test_the_turns_of_a_prompt(value: object, turns: list[tuple[str, str]]) -> None:
    """An answer at its end is left out, a call of a tool is not."""
    assert _prompt({"p": value}, "p") == (turns, "p")


@pytest.mark.each(
    "value",
    ["", None, 5, [], {}, {"x": "q", "y": "r"}, {"prompt": {"prompt": "q"}}, [{"type": "image"}], [1, 2], [ANSWER]],
)
def test_the_first_place_with_a_prompt_wins(value: object) -> None:
    """One without turns is passed over, and so is one that is not there."""
    assert _prompt({"p": value, "r": "q"}, "zzz", "p", "r") == ([Q], "r")
    assert _prompt({"p": value}, "zzz", "p") == ([], "")


def test_without_another_place_the_conversation_has_the_prompt() -> None:
    """Its turns up to the question."""
    assert _prompt({"messages": [USER, ANSWER]}) == ([Q], "messages")
    assert _prompt({"messages": [USER, ANSWER], "p": "r"}, "p") == ([("user", "r")], "p")
    assert _prompt({"messages": [ANSWER]}) == ([], "messages")
    assert _prompt({"messages": "q"}) == ([], "")
    assert _prompt({"messages": [USER], "system": "s"}) == ([S, Q], "messages")


@pytest.mark.parametrize(
    ("path", "given", "turns"),
    [
        ("instruction", "i", [Q, ("user", "i")]),
        ("instruction", " ", [Q]),
        ("instruction", 5, [Q]),
        ("instruction", None, [Q]),
        ("question", "i", [Q]),
    ],
)
def test_an_instruction_has_an_input(path: str, given: object, turns: list[tuple[str, str]]) -> None:
    """Rows of one instruction and different inputs are different prompts."""
    assert _prompt({path: "q", "input": given}, path) == (turns, path)


@pytest.mark.parametrize(
    ("row", "turns"),
    [
        ({"p": "q", "system": "s"}, [S, Q]),
        ({"p": "q", "system": [{"text": "s"}]}, [S, Q]),
        ({"p": [{"role": "system", "content": "t"}, USER], "system": "s"}, [("system", "t"), Q]),
        ({"p": "q", "system": ""}, [Q]),
        ({"p": "q", "system": None}, [Q]),
        ({"p": "q", "system": [{"x": 1}]}, [Q]),
        ({"p": "", "system": "s"}, []),
    ],
)
def test_a_column_may_have_the_system_prompt(row: dict[str, Any], turns: list[tuple[str, str]]) -> None:
    """It comes first, if the conversation has none of its own."""
    assert _prompt(row, "p")[0] == turns
