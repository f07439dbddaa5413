"""``compliance.instructions``: verifiable instructions, by id and arguments as IFEval and IFBench name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr import Record, Score, encodable_text, scorer
from rlvr_compliance.checks import fixed_tasks, ifbench, ifeval, ifevalg
from rlvr_compliance.checks.hardened import as_read, is_followed, is_literal, says_nothing
from rlvr_compliance.text.content import user_text

CHECKS: Mapping[str, ifeval.Check] = {
    **ifeval.CHECKS,
    **ifevalg.CHECKS,
    **ifbench.CHECKS,
    **fixed_tasks.CHECKS,
}

# The longest response that is read; what is longer follows nothing, so that a row's cost is bounded.
RESPONSE_LIMIT_CHARACTERS = 200_000
# Rows hold one to three instructions; more than this is no row of the kind.
INSTRUCTIONS_LIMIT = 100


Semantics: TypeAlias = Literal["hardened", "published"]


class InstructionsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``compliance.instructions``."""

    RENAMED: ClassVar[Mapping[str, str]] = {"pay": "`partial`, true for the share"}

    semantics: Annotated[
        Semantics,
        Meta(description="As published, or also asking that each counted thing, and the response, says something."),
    ] = "hardened"
    partial: Annotated[bool, Meta(description="Pay the share of instructions followed, not 1.0 for all alone.")] = False
    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    ids_field: Annotated[str, Meta(description="Where the row holds the ids.")] = "instruction_id_list"
    arguments_field: Annotated[str, Meta(description="Where the row holds each one's arguments.")] = "kwargs"


@scorer(options=InstructionsOptions, metrics=("followed_share", "content_ok"), bounded=True)
def instructions(record: Record, options: InstructionsOptions) -> Score:
    """Pay for following instructions that a program can check."""
    ids = record.field(options.ids_field)
    arguments = record.field(options.arguments_field)
    problem = _task_problem(ids, arguments)
    if problem:
        return Score.invalid_task(problem, "unreadable_instructions")
    text = encodable_text(record.view(options.view))
    seen = as_read(text) if _is_hardened(options.semantics) else None
    try:
        followed = _followed(text, seen, ids, arguments, prompt_of(record))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        problem = f"the arguments do not fit the instruction: {type(error).__name__}: {error}"
        return Score.invalid_task(problem, "unreadable_instructions")
    gate = "" if seen is None else says_nothing(seen, prompt_of(record), ids, arguments)
    value = 0.0 if gate else _value_of(followed, partial=options.partial)
    missed = [name for name, kept in zip(ids, followed, strict=True) if not kept]
    reason = gate or (f"not followed: {', '.join(missed)}" if missed else "all followed")
    return Score(
        value=value,
        reason=reason,
        reason_class="no_content" if gate else "not_followed" if missed else "",
        evidence={"followed": followed},
        metrics={"followed_share": _value_of(followed, partial=True), "content_ok": float(not gate)},
    )


def _is_hardened(semantics: Semantics) -> bool:
    match semantics:
        case "hardened":
            return True
        case "published":
            return False
    assert_never(semantics)


def _value_of(followed: Sequence[bool], *, partial: bool) -> float:
    return sum(followed) / len(followed) if partial else float(all(followed))


def prompt_of(record: Record) -> str:
    """Return what the user asked, or the row's prompt."""
    prompt = record.field("prompt")
    return encodable_text(user_text(record) or (prompt if isinstance(prompt, str) else ""))


def verdicts(
    text: str,
    ids: Sequence[str],
    arguments: Sequence[Mapping[str, Any] | None],
    *,
    hardened: bool = False,
    prompt: str = "",
) -> list[bool]:
    """Return for each instruction whether a response follows it.

    Args:
        text: The response.
        ids: The instructions.
        arguments: What each is given.
        hardened: Each counted thing must hold something that a reader sees, besides the published semantics.
        prompt: What was asked; hardened keywords are not looked for where the response quotes it.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: An instruction's arguments are missing or of a wrong kind.
    """
    text = encodable_text(text)
    return _followed(text, as_read(text) if hardened else None, ids, arguments, prompt)


def _followed(
    text: str, seen: str | None, ids: Sequence[str], arguments: Sequence[Mapping[str, Any] | None], prompt: str
) -> list[bool]:
    """Return whether a response follows each instruction: as published, and where ``seen`` is given, hardened.

    Args:
        text: The response.
        seen: The response as its reader sees it; None for the published semantics alone.
        ids: The instructions.
        arguments: What each is given.
        prompt: What was asked.
    """
    if not text.strip() or len(text) > RESPONSE_LIMIT_CHARACTERS:
        return [False] * len(ids)
    pairs = [(name, _given(held)) for name, held in zip(ids, arguments, strict=True)]
    published = [bool(CHECKS[name](text, given)) for name, given in pairs]
    if seen is None:
        return published
    return [
        kept
        and (is_literal(name) or seen == text or bool(CHECKS[name](seen, given)))
        and is_followed(name, text if is_literal(name) else seen, given, prompt)
        for kept, (name, given) in zip(published, pairs, strict=True)
    ]


def _given(held: Mapping[str, Any] | None) -> dict[str, Any]:
    """Drop arguments that are null: tables hold one column for each argument of any instruction."""
    return {name: value for name, value in (held or {}).items() if value is not None}


def _task_problem(ids: object, arguments: object) -> str:
    if not isinstance(ids, list) or not ids or not all(isinstance(name, str) for name in ids):
        return f"the row holds no list of instruction ids: {ids!r:.80}"
    if len(ids) > INSTRUCTIONS_LIMIT:
        return f"{len(ids)} instructions; at most {INSTRUCTIONS_LIMIT} are read"
    unknown = [name for name in ids if name not in CHECKS]
    if unknown:
        return f"unknown instructions: {', '.join(unknown)[:200]}"
    if not isinstance(arguments, list) or len(arguments) != len(ids):
        return "the row does not hold arguments for each instruction"
    fits = all(held is None or isinstance(held, Mapping) for held in arguments)
    return "" if fits else "the arguments of an instruction are no mapping"
