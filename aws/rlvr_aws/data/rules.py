"""The rules that training data is held against, by name, and the targets that they hold for.

Source:
    The data pages of Bedrock and SageMaker for reinforcement fine-tuning, and the dataset validators of AWS's SDKs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

Severity: TypeAlias = Literal["error", "warning"]

GIGABYTE = 1 << 30
# What S3 takes in one request, and so the most that is fetched from it or sent to it; the platforms tell no limit.
REQUEST_LIMIT_BYTES = 5 * GIGABYTE


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Something that training data must be.

    Attributes:
        name: Stable, in kebab case.
        severity: ``error`` if the platform refuses it or the reward lies; ``warning`` if it works, but not as meant.
        advice: What to do about a breach.
    """

    name: str
    severity: Severity
    advice: str


class DataTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A platform that trains on the data.

    Attributes:
        name: As ``--target`` takes it.
        column: Where a row's question stands.
        rows_min: How many rows there are to be at least.
        few_rows: The rule that fewer break.
        rows_max: How many rows it takes at most; None for any number.
        limit_bytes: How large a file may be; 1 GiB is what the registry of AWS's SDK takes.
    """

    name: str
    column: Literal["messages", "prompt"] = "messages"
    rows_min: int = 100
    few_rows: str = "too-few-rows"
    rows_max: int | None = None
    limit_bytes: int = REQUEST_LIMIT_BYTES


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is broken: where, and how.

    Attributes:
        line: The line of the file, from 1; 0 for the file as a whole.
        id: The row's id as text; "" if it has none.
        rule: The rule's name.
        problem: How it is broken.
        mended: Whether cleaning mends it.
    """

    line: int
    rule: str
    problem: str
    id: str = ""
    mended: bool = False

    @property
    def severity(self) -> Severity:
        """The rule's severity."""
        return RULES[self.rule].severity


def _errors(**advice: str) -> list[Rule]:
    return [Rule(name=name.replace("_", "-"), severity="error", advice=words) for name, words in advice.items()]


def _warnings(**advice: str) -> list[Rule]:
    return [Rule(name=name.replace("_", "-"), severity="warning", advice=words) for name, words in advice.items()]


_FILE_RULES = [
    *_errors(
        not_json_lines="write one row per line, uncompressed, without a list around the rows",
        too_few_rows="add rows; the platform refuses the file",
        too_many_rows="leave rows out; the platform refuses the file",
        file_too_large="leave rows or columns out",
    ),
    *_warnings(
        few_rows="add rows; AWS recommends 100 at least",
        byte_order_mark="save it as UTF-8 without a byte order mark, or --clean it",
        blank_line="remove it, or --clean it",
        no_final_newline="end the last line with a newline, or --clean it",
    ),
]
_LINE_RULES = _errors(
    line_too_long="shorten the row; no platform sends so much text to a model",
    not_utf_8="save the file as UTF-8",
    not_json="write strict JSON: one object per line, no NaN, no Infinity, no trailing comma",
    not_an_object="write the row as an object with the columns that the target reads",
    lone_surrogate="replace half of a character (\\ud800 to \\udfff), which UTF-8 cannot carry",
)
_ROW_RULES = [
    *_errors(
        messages_missing="give the row `messages`: a list of {role, content}",
        message_invalid="write each message as an object with role and content",
        no_user_turn="add a message of role user",
        system_not_first="put the system message first, and only there",
        unknown_role="use system, user, assistant or tool",
        forbidden_message_key="leave it out: only role, content, tool_calls, tool_call_id are taken; or --clean it",
        blank_content="write the message's text, or leave the message out",
        content_not_text="keep text only; images and other media are not taken",
        prompt_missing="give the row `prompt`: text, or a list of {role, content}",
        blank_id="leave the id out or give one; or --clean it",
        id_not_text="write the id as text; --clean does so for integers",
        reference_empty="leave reference_answer out or give one; --clean drops it",
        reference_type="write reference_answer as text or an object; --clean does so for integers",
        tools_invalid="give each tool a type, and a function with its own name, a description and object parameters",
    ),
    *_warnings(
        developer_role="call it system, as the validators read it; or --clean it",
        ends_with_answer="leave it out: it reaches the scorers before the model's own answer",
        duplicate_id="give each row an id of its own",
        duplicate_row="leave it out, or --clean it",
    ),
]
_REWARD_RULES = [
    *_errors(
        no_task="name a task of the suite in the row, or give the suite a default route",
        reference_unreadable="write the reference as the task's scorers read it",
        reference_below_full="mend the reference, or the task: a perfect answer must earn full marks",
        empty_earns="change the task: a model learns to say nothing",
        scorer_fails="mend the scorer or its options",
        raw_row_fails="mend the row or the suite: the platform's check before a job would fail",
    ),
    *_warnings(
        reference_missing="give the row a reference_answer; a part of AWS's documentation demands it",
        lost_in_metadata="name it reference_answer, or let the suite read it there: platforms move columns to metadata",
    ),
]

RULES: Mapping[str, Rule] = {rule.name: rule for rule in [*_FILE_RULES, *_LINE_RULES, *_ROW_RULES, *_REWARD_RULES]}

TARGETS: Mapping[str, DataTarget] = {
    target.name: target
    for target in (
        DataTarget(name="bedrock-nova", rows_max=20_000),
        DataTarget(name="bedrock-open-weight", rows_max=20_000),
        DataTarget(name="sagemaker-nova", few_rows="few-rows"),
        DataTarget(name="sagemaker-open-weight", few_rows="few-rows", column="prompt", limit_bytes=GIGABYTE),
    )
}
