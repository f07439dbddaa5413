"""The leniencies of grading, each its own option, and profiles that set several at once."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import Meta

Finder: TypeAlias = Literal["box", "tag", "hashes", "statement", "bold", "whole", "closing"]

AskedForm: TypeAlias = Literal["simplified", "decimal", "integer", "fraction", "factored", "expanded"]
Form: TypeAlias = Literal["any", AskedForm]

ALL_FINDERS: tuple[Finder, ...] = ("box", "tag", "hashes", "statement", "bold", "whole", "closing")


class GradeOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``math.equivalent``, ``grade`` and ``verify``; strict by default, as reinforcement learning needs."""

    answer: Annotated[
        tuple[Finder, ...],
        Meta(
            min_length=1,
            description="What may state an answer: a \\boxed{}, <answer>, a #### line, 'answer is' and its like, a "
            "bold or lone last line, a text of one line, the value of the last sentence; the others only contradict.",
        ),
    ] = ALL_FINDERS
    tolerance: Annotated[
        float,
        Meta(
            ge=0, le=0.5, description="Numbers nearer than this share of the reference are equal; two integers never."
        ),
    ] = 0.0
    rounding_digits: Annotated[
        int, Meta(ge=1, le=100, description="A decimal with so many significant digits stands for what it rounds.")
    ] = 9
    percent_as_number: Annotated[bool, Meta(description="50 and 50 % count as equal, both ways.")] = False
    unit_optional: Annotated[bool, Meta(description="An answer may leave out the reference's unit.")] = False
    decimal_comma: Annotated[bool, Meta(description="2,75 may be read as 2.75.")] = False
    letter_case: Annotated[bool, Meta(description="x and X are different.")] = True
    rename_variables: Annotated[
        bool, Meta(description="An answer's only foreign letter may stand for the reference's only one that it lacks.")
    ] = False
    vector_as_tuple: Annotated[bool, Meta(description="(1, 2) counts for a column or row of 1 and 2.")] = False
    unevaluated: Annotated[
        Literal["refuse", "allow"],
        Meta(
            description="Whether an answer may leave a sum, an integral, a limit, a derivative, a matrix operation "
            "or an intersection of sets unevaluated where the reference has none: 'refuse', since this restates the "
            "question, or 'allow'."
        ),
    ] = "refuse"
    form: Annotated[
        Form,
        Meta(
            description="How an answer must be written besides being equal: as an integer, a decimal, a fraction in "
            "lowest terms, without anything left to calculate or reduce (simplified), factored or expanded."
        ),
    ] = "any"
    last_number: Annotated[
        bool, Meta(description="Without any statement of an answer, the last number of the text is one.")
    ] = False
    last_formula: Annotated[
        bool, Meta(description="Without any statement of an answer, the last formula between dollar signs is one.")
    ] = False


Profile: TypeAlias = Literal["strict", "competition", "lenient"]

PROFILES: Mapping[Profile, GradeOptions] = MappingProxyType(
    {
        "strict": GradeOptions(),
        "competition": GradeOptions(rounding_digits=100),
        "lenient": GradeOptions(
            tolerance=1e-4,
            rounding_digits=4,
            percent_as_number=True,
            unit_optional=True,
            decimal_comma=True,
            letter_case=False,
            vector_as_tuple=True,
            unevaluated="allow",
            last_number=True,
            last_formula=True,
        ),
    }
)
"""Sets of options by name: for reinforcement learning, for integers in competitions, and for evaluation."""


# The options of the scorer: a profile, and each option of ``GradeOptions``, which may be left out. One that is given
# goes before the profile, also if it has the value of the default.
EquivalentOptions = msgspec.defstruct(
    "EquivalentOptions",
    [
        *(
            (field.name, field.type | msgspec.UnsetType, msgspec.UNSET)
            for field in msgspec.structs.fields(GradeOptions)
        ),
        (
            "profile",
            Annotated[Profile, Meta(description="A set of options; options given beside it override it.")],
            "strict",
        ),
    ],
    namespace={"RENAMED": {"finders": "`answer`"}},
    module=__name__,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
)


def chosen_options(options: Any) -> GradeOptions:
    """Return the options of a profile, with those that are set explicitly in their place.

    Args:
        options: ``EquivalentOptions``, or ``GradeOptions``, which are returned unchanged.
    """
    if isinstance(options, GradeOptions):
        return options
    given = {name: getattr(options, name) for name in GradeOptions.__struct_fields__}
    chosen = {name: value for name, value in given.items() if value is not msgspec.UNSET}
    return msgspec.structs.replace(PROFILES[options.profile], **chosen)
