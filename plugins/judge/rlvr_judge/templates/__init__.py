"""Rubrics that are shipped as files, one for each use; ``judge.rubric`` takes them by the option ``template``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

TemplateName: TypeAlias = Literal[
    "creative_writing",
    "faithfulness",
    "helpfulness",
    "instruction_following",
    "summarisation",
    "tone_and_brand",
]


class TemplateCriterion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A criterion of a template; ``{name}`` in its text stands for a value of the suite."""

    id: str
    text: str
    points: float


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rubric for one use.

    Attributes:
        about: What it is for, and what it needs.
        criteria: Its criteria: observable facts, of which no text earns several at once; negative ones for what pays
            under softer wording.
        values: What the suite may set by ``template_values``, by name; the text is the default.
    """

    about: str
    criteria: Annotated[tuple[TemplateCriterion, ...], Meta(min_length=1)]
    values: dict[str, str] = {}

    def filled(self, given: Mapping[str, str]) -> tuple[TemplateCriterion, ...]:
        """Return the criteria with values in place of their names.

        Raises:
            ValueError: The template has no value of a given name.
        """
        unknown = sorted(given.keys() - self.values.keys())
        if unknown:
            known = ", ".join(self.values) or "none"
            raise ValueError(f"the template has no value {', '.join(unknown)}; it has: {known}")
        values = {**self.values, **given}
        return tuple(msgspec.structs.replace(each, text=_filled(each.text, values)) for each in self.criteria)


def load_template(name: TemplateName) -> Template:
    """Return a template of those that are shipped."""
    import tomllib  # only suites with a template need them
    from importlib import resources

    text = resources.files("rlvr_judge.templates").joinpath(f"{name}.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Template)


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text
