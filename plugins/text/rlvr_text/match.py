"""``text.match``: the answer equals, contains, starts or ends with a text, or matches a pattern; nothing else is read.

It has no guards: a completion that lists candidates, denies the text or repeats the question can match too.
Use ``text.exact`` or ``text.contains`` where a model is trained on the reward.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import MissingError, Record, Score, encodable_text, how_to_install, scorer
from rlvr_text.reference import unreadable
from rlvr_text.templates import answer_text, check_templates, missing_score, references_in
from rlvr_text.words import collapsed

if TYPE_CHECKING:
    from collections.abc import Callable

# Memory that one pattern may use; counted repetitions cannot exhaust the host.
PATTERN_LIMIT_BYTES = 8 << 20

Comparison: TypeAlias = Literal["equals", "contains", "starts", "ends", "regex"]
Phrase = Annotated[str, Meta(min_length=1)]


class MatchOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``text.match``."""

    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    compare: Annotated[
        Comparison,
        Meta(description="How the answer meets a text; `regex` searches (needs the extra `re2`)."),
    ] = "contains"
    texts: Annotated[
        list[Phrase] | None,
        Meta(description="The texts or patterns, of which one must match; the reference (or its list) if absent."),
    ] = None
    answer_template: Annotated[
        str | None,
        Meta(
            description="What is compared instead of the view: a template with `{{ sample.output_text }}`, "
            "`{{ sample.output_json.x }}` or `{{ item.x }}`."
        ),
    ] = None
    reference_template: Annotated[
        str | None, Meta(description="What it is compared with: a constant, or a template such as `{{ item.x }}`.")
    ] = None
    letter_case: Annotated[bool, Meta(description="Upper and lower case differ.")] = True
    spaces: Annotated[bool, Meta(description="Runs of white space and white space at the ends matter.")] = False

    def __post_init__(self) -> None:
        """Refuse options that every answer meets."""
        if self.texts is not None and (not self.texts or not all(text.strip() for text in self.texts)):
            raise ValueError("a text is blank, or there is none")
        check_templates(self.answer_template, self.reference_template)
        if self.texts is not None and self.reference_template is not None:
            raise ValueError("`texts` and `reference_template` are both given")


def prepare(options: MatchOptions) -> MatchOptions:
    """Load the pattern engine and compile the suite's patterns before the first record.

    Raises:
        ImportError: ``regex`` is asked for and google-re2 is not installed.
        ValueError: A pattern cannot be run in linear time, such as one with look-around.
    """
    match options.compare:
        case "regex":
            for text in options.texts or ["x"]:
                _searcher(text, options)
        case "equals" | "contains" | "starts" | "ends":
            pass
        case _:
            assert_never(options.compare)
    return options


@scorer(options=MatchOptions, bounded=True, prepare=prepare)
def match(record: Record, options: MatchOptions) -> Score:
    """Pay 1.0 for an answer that matches one of the texts."""
    try:
        texts = tuple(options.texts) if options.texts is not None else references_in(record, options.reference_template)
        shown = answer_text(record, options.view, options.answer_template)
    except MissingError as missing:
        return missing_score(missing)
    if not texts:
        return Score.invalid_task(unreadable(record.reference), "unreadable_reference")
    answer = _normal(shown, options)
    if not answer:
        return Score.of(0.0, "no answer found", "no_answer")
    try:
        found = next((text for text in texts if _matches(answer, text, options)), None)
    except ValueError as error:  # a pattern of a row
        return Score.invalid_task(str(error), "unreadable_reference")
    return Score.of(0.0, f"{options.compare} none of {len(texts)}") if found is None else Score.of(1.0, _told(options))


def _told(options: MatchOptions) -> str:
    match options.compare:
        case "equals" | "contains":
            return f"{options.compare} the text"
        case "starts" | "ends":
            return f"{options.compare} with the text"
        case "regex":
            return "matches the pattern"
    assert_never(options.compare)


def _matches(answer: str, text: str, options: MatchOptions) -> bool:
    match options.compare:
        case "equals":
            return answer == _normal(text, options)
        case "contains":
            return _normal(text, options) in answer
        case "starts":
            return answer.startswith(_normal(text, options))
        case "ends":
            return answer.endswith(_normal(text, options))
        case "regex":
            return _searcher(text, options)(answer)
    assert_never(options.compare)


def _normal(text: str, options: MatchOptions) -> str:
    text = text if options.spaces else collapsed(text)
    return text if options.letter_case or _is_pattern(options.compare) else text.casefold()


def _is_pattern(compare: Comparison) -> bool:
    match compare:
        case "regex":
            return True
        case "equals" | "contains" | "starts" | "ends":
            return False
    assert_never(compare)


def _searcher(pattern: str, options: MatchOptions) -> Callable[[str], bool]:
    """Compile a pattern; google-re2 keeps the last ones itself.

    Raises:
        ImportError: google-re2 is not installed.
        ValueError: It is no pattern that runs in linear time.
    """
    try:
        import re2  # linear in the text whatever the pattern, where re can be hung by an answer
    except ImportError as error:
        raise ImportError(f"compare 'regex' needs google-re2; run {how_to_install('rlvr-text[re2]')}") from error
    settings = re2.Options()
    settings.case_sensitive, settings.max_mem, settings.log_errors = options.letter_case, PATTERN_LIMIT_BYTES, False
    try:
        compiled = re2.compile(pattern, settings)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise ValueError(f"the pattern {pattern[:80]!r} does not run in linear time: {reason}") from error
    return lambda text: compiled.search(encodable_text(text, "?")) is not None
