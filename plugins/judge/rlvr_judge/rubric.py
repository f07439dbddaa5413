"""``judge.rubric``: a model says which criteria the completion meets.

The value is the points of the criteria that are met divided by the sum of the positive points, within 0 and 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

from rlvr import JsonValue, Record, Score, scorer
from rlvr_judge.asking import DECLARED, METRICS, Asker
from rlvr_judge.options import GuardedOptions
from rlvr_judge.panel import Outcome
from rlvr_judge.prompts.layout import material_of
from rlvr_judge.questions import GUARD, UNSURE, Inquiry, Item, Question, check_examples, on_one_line
from rlvr_judge.templates import TemplateName, load_template

# A rubric of a row; HealthBench has up to 48 criteria.
CRITERIA_LIMIT = 200
CRITERION_LIMIT_CHARACTERS = 4_000

Choice: TypeAlias = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$")]
_TWO_TO_TEN = Meta(min_length=2, max_length=10)
Share: TypeAlias = Annotated[float, Meta(ge=0.0, le=1.0)]


class Criterion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One criterion of a rubric."""

    id: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$", description="Its name in metrics and replies.")]
    text: Annotated[
        str,
        Meta(min_length=1, max_length=CRITERION_LIMIT_CHARACTERS, description="What an answer that meets it does."),
    ]
    points: Annotated[
        float, Meta(ge=-1_000, le=1_000, description="What it counts; negative for what an answer should not do.")
    ] = 1.0
    choices: Annotated[
        Annotated[tuple[Choice, ...], _TWO_TO_TEN] | Annotated[dict[Choice, Share], _TWO_TO_TEN],
        Meta(description="The verdicts, from no points to all of them; or the share of the points that each is worth."),
    ] = ("no", "yes")
    tags: Annotated[tuple[str, ...], Meta(max_length=50, description="Shown in the evidence.")] = ()

    def __post_init__(self) -> None:
        """Refuse points of zero, doubled choices, and choices that are all worth the same."""
        if self.points == 0:
            raise ValueError(f"criterion {self.id!r} has no points; leave it out")
        if len(set(self.choices)) != len(self.choices):
            raise ValueError(f"criterion {self.id!r} has a choice twice")
        if UNSURE in self.choices:
            raise ValueError(f"criterion {self.id!r} has the choice {UNSURE!r}, which judges with larger ones have")
        if len(set(self.shares.values())) == 1:
            raise ValueError(f"the choices of criterion {self.id!r} are all worth the same")

    @property
    def shares(self) -> Mapping[str, float]:
        """The share of the points that each choice is worth: as given, or by its place."""
        if isinstance(self.choices, dict):
            return self.choices
        return {choice: place / (len(self.choices) - 1) for place, choice in enumerate(self.choices)}

    @property
    def item(self) -> Item:
        """The criterion as it is asked."""
        return Item(name=self.id, text=on_one_line(self.text), worths=self.shares, is_bad=self.points < 0)


class RubricOptions(GuardedOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``judge.rubric``."""

    criteria: Annotated[
        tuple[Criterion, ...], Meta(max_length=CRITERIA_LIMIT, description="The criteria for every record.")
    ] = ()
    criteria_field: Annotated[
        str,
        Meta(
            description="Where the row holds criteria of its own: a list of texts, or of objects with `criterion` or "
            "`text`, `points` and `tags`, as HealthBench's `rubrics`."
        ),
    ] = ""
    template: Annotated[
        TemplateName | None, Meta(description="A rubric that is shipped; its criteria come before those of the suite.")
    ] = None
    template_values: Annotated[
        dict[str, str], Meta(description="Texts that the template's criteria refer to, by name, such as `voice`.")
    ] = msgspec.field(default_factory=dict)
    per_call: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="Most criteria in one request; all if absent.")
    ] = None

    def __post_init__(self) -> None:
        """Refuse a rubric by which nothing could be earned, and examples of other criteria."""
        super().__post_init__()
        if self.template_values and self.template is None:
            raise ValueError("`template_values` needs a `template`")
        if not self.all_criteria and not self.criteria_field:
            raise ValueError("give `criteria` or a `template`, or `criteria_field` if each row has its own")
        problem = _problem_of(self.all_criteria) if self.all_criteria else ""
        if problem:
            raise ValueError(problem)
        if self.criteria_field and any(re.fullmatch(r"r[0-9]+", each.id) for each in self.all_criteria):
            raise ValueError("ids such as `r1` are those of the criteria of a row; choose others")
        check_examples(self.examples, [each.item for each in self.all_criteria])

    @property
    def all_criteria(self) -> tuple[Criterion, ...]:
        """The criteria for every record: those of the template, then those of the suite, which replace equal ids."""
        if self.template is None:
            return self.criteria
        own = {each.id for each in self.criteria}
        shipped = load_template(self.template).filled(self.template_values)
        taken = [Criterion(id=each.id, text=each.text, points=each.points) for each in shipped if each.id not in own]
        return (*taken, *self.criteria)


class PreparedRubric(msgspec.Struct, frozen=True, kw_only=True):
    """The rubric of a suite, ready to be asked."""

    options: RubricOptions
    asker: Asker
    inquiry: Inquiry


def _prepare(options: RubricOptions) -> PreparedRubric:
    options = msgspec.structs.replace(options, criteria=options.all_criteria, template=None, template_values={})
    inquiry = _inquiry_about(options.criteria, options.per_call, is_of_record=False)
    return PreparedRubric(options=options, asker=Asker(options), inquiry=inquiry)


def _criterion_metrics(prepared: PreparedRubric) -> Iterable[str]:
    return [f"criterion/{each.id}" for each in prepared.options.criteria]


def _criteria_of(record: Record, options: RubricOptions) -> tuple[Criterion, ...]:
    """Return the criteria for a record: those of the suite, then those of the row.

    Raises:
        ValueError: The row should have a rubric, and has none.
    """
    if not options.criteria_field:
        return options.criteria
    try:
        return (*options.criteria, *criteria_in(record.field(options.criteria_field)))
    except ValueError as error:
        raise ValueError(f"`{options.criteria_field}` is no rubric: {error}") from None


def _audit(record: Record, prepared: PreparedRubric) -> Iterable[str]:
    try:
        _criteria_of(record, prepared.options)
    except ValueError as error:
        yield str(error)


@scorer(
    options=RubricOptions,
    reads=("messages", "reference", "metadata"),
    metrics=(*METRICS, "criteria", "criteria_met"),
    option_metrics=_criterion_metrics,
    prepare=_prepare,
    audit=_audit,
    **DECLARED,
)
async def rubric(record: Record, prepared: PreparedRubric) -> Score:
    """Pay the points of the criteria that the models find met, divided by the sum of all positive points."""
    options = prepared.options
    try:
        criteria = _criteria_of(record, options)
    except ValueError as error:
        return Score.invalid_task(str(error), "unreadable_rubric")
    is_of_record = bool(options.criteria_field)
    inquiry = _inquiry_about(criteria, options.per_call, is_of_record=True) if is_of_record else prepared.inquiry

    def score_of(outcomes: Mapping[str, Outcome]) -> Score:
        return _score_of(criteria, outcomes, options)

    return await prepared.asker.score(material_of(record, options), inquiry, score_of)


def criteria_in(value: JsonValue) -> tuple[Criterion, ...]:
    """Read the rubric of a row, such as HealthBench's ``rubrics``: the criteria get ids by their number.

    Raises:
        ValueError: It is no list of criteria, or nothing could be earned by it.
    """
    if not isinstance(value, list) or not value:
        raise ValueError("expected a list of criteria")
    if len(value) > CRITERIA_LIMIT:
        raise ValueError(f"{len(value)} criteria; the limit is {CRITERIA_LIMIT}")
    criteria = tuple(_criterion_in(each, f"r{number}") for number, each in enumerate(value, 1))
    problem = _problem_of(criteria)
    if problem:
        raise ValueError(problem)
    return criteria


def _criterion_in(value: JsonValue, name: str) -> Criterion:
    row: Mapping[str, Any] = value if isinstance(value, Mapping) else {"text": value}
    text = row.get("criterion", row.get("text"))
    points = row.get("points", row.get("weight", 1.0))
    if not isinstance(text, str) or not 0 < len(text.strip()) <= CRITERION_LIMIT_CHARACTERS:
        raise ValueError(f"criterion {name} has no text of at most {CRITERION_LIMIT_CHARACTERS} characters")
    if isinstance(points, bool) or not isinstance(points, (int, float)) or not 0 < abs(points) <= 1_000:  # noqa: PLR2004
        raise ValueError(f"criterion {name} has points {points!r}; expected a number other than 0")
    tags = row.get("tags")
    shown = tuple(str(tag)[:100] for tag in tags[:50]) if isinstance(tags, list) else ()
    return Criterion(id=name, text=text, points=float(points), tags=shown)


def _problem_of(criteria: Sequence[Criterion]) -> str:
    """Return what is wrong with a rubric as a whole; "" for nothing."""
    names = [each.id for each in criteria]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        return f"criteria with the same id: {', '.join(doubled)}"
    if GUARD in names:
        return f"a criterion has the id {GUARD!r}, which is that of the option `guard`"
    return "" if any(each.points > 0 for each in criteria) else "no criterion has positive points"


def _inquiry_about(criteria: Sequence[Criterion], per_call: int | None, *, is_of_record: bool) -> Inquiry:
    size = per_call or max(1, len(criteria))
    return Inquiry(
        questions=tuple(
            Question(
                lead="For each criterion, say whether the ANSWER does what the criterion describes, whether that is "
                "good or bad.",
                items=tuple(each.item for each in criteria[start : start + size]),
                is_of_record=is_of_record,
            )
            for start in range(0, len(criteria), size)
        )
    )


def _score_of(criteria: Sequence[Criterion], outcomes: Mapping[str, Outcome], options: RubricOptions) -> Score:
    most = sum(each.points for each in criteria if each.points > 0)
    earned = sum(each.points * outcomes[each.id].worth for each in criteria)
    met = sum(outcomes[each.id].worth == 1.0 for each in criteria)
    said = "; ".join(f"{each.id}: {outcomes[each.id].verdict}" for each in criteria)
    return Score(
        value=min(1.0, max(0.0, earned / most)),
        reason=f"{earned:g} of {most:g} points; {said}",
        metrics={
            **{f"criterion/{each.id}": outcomes[each.id].worth for each in options.criteria},
            "criteria": float(len(criteria)),
            "criteria_met": float(met),
        },
        evidence={
            "criteria": {
                each.id: {
                    "text": each.text,
                    "points": each.points,
                    "tags": list(each.tags),
                    "verdict": outcomes[each.id].verdict,
                    "reason": outcomes[each.id].reason,
                }
                for each in criteria
            }
        },
    )
