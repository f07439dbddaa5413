"""Rows with a rubric of their own, as HealthBench has them: ``rubrics`` with ``criterion``, ``points`` and ``tags``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlvr_lab.graders.conversion import Conversion, Models
from rlvr_lab.graders.openai import OPENAI_KEY, OPENAI_URL

FIELD, DEFAULT_MODEL = "rubrics", "gpt-4.1"


def has_rubrics(document: object) -> bool:
    """Return True for rows of which the first has a rubric."""
    first = document[0] if isinstance(document, list) and document else document
    rubrics = first.get(FIELD) if isinstance(first, Mapping) else None
    return isinstance(rubrics, list) and all(isinstance(each, Mapping) and "criterion" in each for each in rubrics)


def convert_rubrics(models: Models) -> Conversion:
    """Return the suite for rows with rubrics: one criterion a request, as HealthBench's grader asks."""
    options: dict[str, Any] = models.options_of(DEFAULT_MODEL, OPENAI_URL, OPENAI_KEY)
    options |= {"criteria_field": FIELD, "per_call": 1, "prompt": "all", "show_reference": False}
    entry = {"scorer": "judge.rubric", "name": "rubric", "options": options}
    note = "points below 0 are 0.0 for each row; HealthBench clips the mean over the rows"
    return Conversion(tasks={"rubric": {"scorers": [entry]}}, notes=[note])
