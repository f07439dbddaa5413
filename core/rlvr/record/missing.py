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
)
_NO_COMPLETION = _DERIVED | {*PROMPT_PLACES, *REFERENCE_PLACES, "messages", "system", "metadata", "id", "level"}


def describe_missing(row: Mapping[str, JsonValue], rules: ReadingRules) -> str:
    """Return why no completion was found in a row, and the ``read:`` line that would help."""
    columns = ", ".join(str(name)[:NAME_CHARACTERS] for name in list(row)[:COLUMNS_SHOWN]) or "none"
    if len(row) > COLUMNS_SHOWN:
        columns += f" and {len(row) - COLUMNS_SHOWN} more"
    if rules.completion:
        wanted = " or ".join(f"`{path}`" for path in rules.completion)
        return f"no completion found: the row has no {wanted}, which `read.completion` names (columns: {columns})"
    candidate = likely_completion(row)
    hint = (
        f"if `{candidate}` is the model's answer, write `read: {{completion: {_quoted(candidate)}}}`"
        if candidate
        else "name the place of the model's answer: `read: {completion: ...}`"
    )
    return f"no completion found (columns: {columns}); {hint}"


def likely_completion(row: Mapping[str, JsonValue]) -> str:
    """Return the column with the longest text that no rule knows; "" if there is none."""
    texts = [
        (len(value), str(name)[:NAME_CHARACTERS])
        for name, value in row.items()
        if isinstance(value, str) and value and name not in _NO_COMPLETION
    ]
    return max(texts, default=(0, ""), key=lambda each: each[0])[1]


def _quoted(path: str) -> str:
    return path if path.replace("_", "").isalnum() else f'"{path}"'
