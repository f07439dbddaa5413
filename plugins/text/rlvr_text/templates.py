"""Answers and references by templates, for scorers that compare two texts."""

from __future__ import annotations

from typing import Literal

from rlvr import MissingError, Record, Score, parse_template
from rlvr_text.reference import alternatives_in


def check_templates(answer: str | None, reference: str | None) -> None:
    """Refuse templates with unknown places, and a blank constant as the reference.

    Raises:
        ValueError: One of them cannot be used.
    """
    if answer is not None and not any(path[0] == "sample" for path in parse_template(answer).paths):
        raise ValueError("`answer_template` has no place of the answer, such as `{{ sample.output_text }}`")
    if reference is not None:
        paths = parse_template(reference).paths
        if not reference.strip():
            raise ValueError("`reference_template` is blank")
        if any(path[0] == "sample" for path in paths):
            raise ValueError("`reference_template` has a place of the answer, which would compare it with itself")


def answer_text(record: Record, view: Literal["final", "full"], template: str | None) -> str:
    """Return the text that is compared.

    Raises:
        MissingError: The template has a place that the record has not.
    """
    return str(record.view(view)) if template is None else parse_template(template).fill(record)


def references_in(record: Record, template: str | None) -> tuple[str, ...]:
    """Return the texts that the answer is compared with; none if the reference cannot be read.

    Raises:
        MissingError: The template has a place that the row has not.
    """
    return alternatives_in(record.reference if template is None else parse_template(template).fill(record))


def missing_score(missing: MissingError) -> Score:
    """Return the score of a record that lacks a place: the row cannot be scored, or the answer is none."""
    if missing.is_of_row:
        return Score.invalid_task(str(missing), "missing_field")
    return Score.of(0.0, str(missing), "no_answer")
