"""The rules for training data, by name, and the platforms that they apply to.

Source:
    The data pages of Bedrock and SageMaker for reinforcement fine-tuning, and the dataset validators of AWS's SDKs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, assert_never, get_args

import msgspec

Severity: TypeAlias = Literal["error", "warning"]
QuestionColumn: TypeAlias = Literal["messages", "prompt"]
TargetName: TypeAlias = Literal["bedrock-nova", "bedrock-open-weight", "sagemaker-nova", "sagemaker-open-weight"]

GIGABYTE = 1 << 30
# The limit of S3 for one request, and so for a download or an upload; the platforms publish no limit.
REQUEST_LIMIT_BYTES = 5 * GIGABYTE


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A requirement of training data.

    Attributes:
        name: Stable, in kebab case.
        severity: ``error`` if the platform refuses the data or the reward is wrong; ``warning`` if the data works, but
            not as intended.
        advice: How to fix a breach.
    """

    name: str
    severity: Severity
    advice: str


class DataTarget(msgspec.Struct, frozen=True, kw_only=True):
    """A platform that trains on the data.

    Attributes:
        name: The value of ``--target``.
        question: The column that contains a row's question.
        rows_min: The smallest number of rows.
        few_rows: The rule that a smaller number breaks.
        rows_max: The largest number of rows; None for any number.
        limit_bytes: The largest size of a file; 1 GiB is the limit of the registry of AWS's SDK.
        upload_note: How its jobs get the file, if not from S3; "" if they read S3.
    """

    name: TargetName
    question: QuestionColumn = "messages"
    rows_min: int = 100
    few_rows: str = "too-few-rows"
    rows_max: int | None = None
    limit_bytes: int = REQUEST_LIMIT_BYTES
    upload_note: str = ""

    @property
    def moves_columns(self) -> bool:
        """Whether the platform may move a row's further columns to ``metadata``, as Bedrock documents for chats."""
        match self.question:
            case "messages":
                return True
            case "prompt":
                return False
            case _:
                assert_never(self.question)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A breach of a rule.

    Attributes:
        line: The line of the file, from 1; 0 for the file as a whole.
        id: The row's id as text; "" if it has none.
        rule: The rule's name.
        problem: How the rule is broken.
        repaired: Whether cleaning repairs it.
    """

    line: int
    rule: str
    problem: str
    id: str = ""
    repaired: bool = False

    @property
    def severity(self) -> Severity:
        """The rule's severity."""
        return RULES[self.rule].severity

    @property
    def excludes_row(self) -> bool:
        """Whether cleaning must leave the row out: the breach is an error that it cannot repair."""
        match self.severity:
            case "error":
                return not self.repaired
            case "warning":
                return False
            case _:
                assert_never(self.severity)


def _errors(**advice: str) -> list[Rule]:
    return [Rule(name=name.replace("_", "-"), severity="error", advice=words) for name, words in advice.items()]


def _warnings(**advice: str) -> list[Rule]:
    return [Rule(name=name.replace("_", "-"), severity="warning", advice=words) for name, words in advice.items()]


_FILE_RULES = [
    *_errors(
        not_json_lines="write one row per line, uncompressed, without a list around the rows",
        too_few_rows="add rows; the platform refuses the file",
        too_many_rows="remove rows; the platform refuses the file",
        file_too_large="remove rows or columns",
    ),
    *_warnings(
        few_rows="add rows; AWS recommends at least 100",
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
    lone_surrogate="replace half of a character (\\ud800 to \\udfff), which UTF-8 cannot encode",
)
_ROW_RULES = [
    *_errors(
        messages_missing="give the row `messages`: a list of {role, content}",
        message_invalid="write each message as an object with role and content",
        no_user_turn="add a message of role user",
        system_not_first="put the system message first, and only there",
        unknown_role="use system, user, assistant or tool",
        forbidden_message_key="remove it: only role, content, tool_calls and tool_call_id are accepted; or --clean it",
        blank_content="write the message's text, or remove the message",
        content_not_text="keep text only; images and other media are not accepted",
        prompt_missing="give the row `prompt`: text, or a list of {role, content}",
        blank_id="remove the id or give one; or --clean it",
        id_not_text="write the id as text; --clean does so for integers",
        reference_empty="remove reference_answer or give one; --clean removes it",
        reference_type="write reference_answer as text or an object; --clean does so for integers",
        tools_invalid="give each tool a type, and a function with its own name, a description and object parameters",
    ),
    *_warnings(
        developer_role="use system, as the validators read it; or --clean it",
        ends_with_answer="remove it: it reaches the scorers before the model's own answer",
        duplicate_id="give each row an id of its own",
        duplicate_row="remove it, or --clean it",
    ),
]
_REWARD_RULES = [
    *_errors(
        no_task="name a task of the suite in the row, or give the suite a default route",
        reference_unreadable="write the reference in the form that the task's scorers read",
        reference_below_full="correct the reference or the task: a perfect answer must get the full reward",
        empty_earns="change the task: a model would learn to give no answer",
        scorer_fails="correct the scorer or its options",
        raw_row_fails="correct the row or the suite: the platform's check before a job would fail",
    ),
    *_warnings(
        reference_missing="give the row a reference_answer; part of AWS's documentation requires it",
        lost_in_metadata="name it reference_answer, or let the suite read it in metadata, where platforms move columns",
    ),
]

RULES: Mapping[str, Rule] = {rule.name: rule for rule in [*_FILE_RULES, *_LINE_RULES, *_ROW_RULES, *_REWARD_RULES]}


def target_named(name: TargetName) -> DataTarget:
    """Return the platform of a name."""
    match name:
        case "bedrock-nova":
            return DataTarget(name=name, rows_max=20_000)
        case "bedrock-open-weight":
            note = "Its jobs do not read S3: send the file to the Files API of bedrock-mantle, with purpose fine-tune."
            return DataTarget(name=name, rows_max=20_000, upload_note=note)
        case "sagemaker-nova":
            return DataTarget(name=name, few_rows="few-rows")
        case "sagemaker-open-weight":
            return DataTarget(name=name, few_rows="few-rows", question="prompt", limit_bytes=GIGABYTE)
        case _:
            assert_never(name)


TARGETS: Mapping[TargetName, DataTarget] = {name: target_named(name) for name in get_args(TargetName)}
