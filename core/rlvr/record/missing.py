"""What a row without a completion tells its user: the columns that are there, and the line that would help."""

from __future__ import annotations

from collections.abc import Mapping

from rlvr.record.formats import PROMPT_PLACES, REFERENCE_PLACES
from rlvr.record.json_value import JsonValue
from rlvr.record.rules import ReadingRules

COLUMNS_SHOWN = 20
NAME_CHARACTERS = 60

# Columns that hold what others derived from a completion, or said of it.
_DERIVED = frozenset(
    {"pred", "predicted_answer", "parsed_answer", "extracted_answer", "extracted", "picked", "mapped_output"}
    | {"filtered_resps", "text_post_processed", "passed", "score", "reward", "rewards", "metrics", "correct"}
    | {"graded_list", "preference", "model", "model_name", "generator", "annotator", "category", "subject", "type"}
    | {"data_source", "ability", "split", "difficulty", "reward_model", "extra_info"}
)
# How columns with completions often begin, beside those that the table of formats knows.
_OFTEN_COMPLETIONS = ("assistant", "candidate", "completion", "gen", "model", "out", "predict", "reply", "resp", "text")
_NO_COMPLETION = _DERIVED | {*PROMPT_PLACES, *REFERENCE_PLACES, "messages", "system", "metadata", "id", "level"}


def describe_missing(row: Mapping[str, JsonValue], rules: ReadingRules, *, has_reference: bool) -> str:
    """Return why no completion was found in a row, and the ``read:`` line that would help."""
    columns = describe_columns(row)
    if rules.completion:
        wanted = " or ".join(f"`{path}`" for path in rules.completion)
        return f"no completion found: the row has no {wanted}, which `read.completion` names (columns: {columns})"
    return f"no completion found (columns: {columns}); {_hint(row, has_reference=has_reference)}"


def describe_columns(row: Mapping[str, JsonValue]) -> str:
    """Return the names of the columns of a row, cut to some."""
    columns = ", ".join(str(name)[:NAME_CHARACTERS] for name in list(row)[:COLUMNS_SHOWN]) or "none"
    return columns if len(row) <= COLUMNS_SHOWN else f"{columns} and {len(row) - COLUMNS_SHOWN} more"


def _hint(row: Mapping[str, JsonValue], *, has_reference: bool) -> str:
    """Propose a column that no rule knows as the completion, and the shortest other one as the reference.

    The completion is the longest text among the columns whose names begin as those of completions often do, else the
    longest of all.
    """
    unknown = [
        (str(name).lower().startswith(_OFTEN_COMPLETIONS), len(str(value)), str(name)[:NAME_CHARACTERS])
        for name, value in row.items()
        if isinstance(value, (str, int, float)) and value != "" and name not in _NO_COMPLETION
    ]
    if not unknown:
        return "name the place of the model's answer: `read: {completion: ...}`"
    likely = max(unknown, key=lambda each: each[:2])
    line = f"completion: {_quoted(likely[2])}"
    if not has_reference and len(unknown) > 1:
        shortest = min((each for each in unknown if each is not likely), key=lambda each: each[1])
        line += f", reference: {_quoted(shortest[2])}"
    return f"if `{likely[2]}` is the model's answer, write `read: {{{line}}}`"


def _quoted(path: str) -> str:
    return path if path.replace("_", "").isalnum() else f'"{path}"'
