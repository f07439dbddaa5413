"""``compliance.patterns``: what an answer must say, must not say and should say."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from rlvr import Record, Score, scorer
from rlvr_compliance.content import content_problem
from rlvr_compliance.engine import PatternError, compiled, readable
from rlvr_compliance.views import forbidden_views, light

# The longest answer that is read; a longer one is refused, so that nothing hides behind the end.
ANSWER_LIMIT_CHARACTERS = 1_000_000


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule; either ``pattern`` or ``keywords`` says what is looked for."""

    id: Annotated[str, Meta(min_length=1, description="How the rule is called in reasons.")]
    tier: Annotated[Literal["must", "must-not", "should"], Meta(description="Gates, vetoes or weighs.")]
    pattern: Annotated[str, Meta(description="A pattern in RE2's syntax.")] = ""
    keywords: Annotated[tuple[str, ...], Meta(description="Words or phrases, whatever their case.")] = ()
    least: Annotated[int, Meta(ge=1, description="How often it must be there to count.")] = 1
    weight: Annotated[float, Meta(gt=0, le=1000, description="Of a should-rule among the others.")] = 1.0

    def __post_init__(self) -> None:
        """Refuse rules that cannot run in linear time, or hold of every text."""
        if bool(self.pattern) == bool(self.keywords):
            raise ValueError(f"rule {self.id!r} needs either a pattern or keywords")
        if not all(keyword.strip() for keyword in self.keywords):
            raise ValueError(f"rule {self.id!r} has an empty keyword")
        try:
            expression = compiled(self.expression)
        except PatternError as error:
            raise ValueError(f"rule {self.id!r}: {error}") from None
        if self.tier != "must-not" and expression.search(""):
            raise ValueError(f"rule {self.id!r} holds of an empty answer")

    @property
    def expression(self) -> str:
        """The pattern that the engine runs."""
        if self.pattern:
            return self.pattern
        return (
            "(?i)(?:" + "|".join(rf"(?:^|[^\pL\pN])({re.escape(word)})(?:$|[^\pL\pN])" for word in self.keywords) + ")"
        )


class PatternsOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Options of ``compliance.patterns``."""

    rules: Annotated[tuple[Rule, ...], Meta(min_length=1, max_length=1000, description="What is looked for.")]
    view: Annotated[Literal["final", "full"], Meta(description="With the reasoning cut away, or all of it.")] = "final"
    require_content: Annotated[bool, Meta(description="Pay nothing for an answer that says nothing.")] = True

    def __post_init__(self) -> None:
        """Refuse two rules of one name."""
        names = [rule.id for rule in self.rules]
        if len(set(names)) < len(names):
            raise ValueError("two rules have one id")


@scorer(options=PatternsOptions, metrics=("violations", "should_share", "content_ok"), bounded=True)
def patterns(record: Record, options: PatternsOptions) -> Score:
    """Pay the weighted share of should-rules kept, if all must-rules are kept and none is broken."""
    answer = record.view(options.view)
    if len(answer) > ANSWER_LIMIT_CHARACTERS:
        return Score.of(0.0, f"longer than {ANSWER_LIMIT_CHARACTERS} characters")
    text = readable(answer)
    gate = content_problem(text) if options.require_content else ""
    views = tuple((view, view.casefold()) for view in forbidden_views(text))
    composed = light(text)
    plain = (composed, composed.casefold())
    kept = {rule.id: _kept(rule, plain, views) for rule in options.rules}
    broken = [rule.id for rule in options.rules if rule.tier != "should" and not kept[rule.id]]
    share = _share([rule for rule in options.rules if rule.tier == "should"], kept)
    reason = gate or (f"broken: {', '.join(broken)}" if broken else "kept")
    return Score(
        value=0.0 if gate or broken else share,
        reason=reason,
        evidence={"kept": kept},
        metrics={"violations": float(len(broken)), "should_share": share, "content_ok": float(not gate)},
    )


def _kept(rule: Rule, plain: tuple[str, str], views: tuple[tuple[str, str], ...]) -> bool:
    if rule.tier == "must-not":
        return not any(_occurs(rule, *view) for view in views)
    return _occurs(rule, *plain)


def _occurs(rule: Rule, text: str, folded: str) -> bool:
    # Plain search first: most rules do not occur, and it costs a hundredth of the engine's set-up.
    if rule.keywords and not any(keyword.casefold() in folded for keyword in rule.keywords):
        return False
    expression: Any = compiled(rule.expression)
    if expression.search(text) is None:
        return False
    if rule.least == 1:
        return True
    return any(count >= rule.least for count, _ in enumerate(expression.finditer(text), start=1))


def _share(rules: list[Rule], kept: dict[str, bool]) -> float:
    total = sum(rule.weight for rule in rules)
    return sum(rule.weight for rule in rules if kept[rule.id]) / total if total else 1.0
