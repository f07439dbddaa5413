"""Rules on text: what is looked for, where, how often, and what it means."""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, ClassVar, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Meta

from rlvr_compliance.text.engine import PatternError, compiled
from rlvr_compliance.text.keywords import bounded, is_whole, places_of

Tier: TypeAlias = Literal["must", "must-not", "should"]
Scope: TypeAlias = Literal["all", "prose", "code", "first_sentences", "last_sentences", "section", "pointer"]
Negation: TypeAlias = Literal["refused", "allowed"]
Disguises: TypeAlias = Literal["all", "light"]
Name = Annotated[str, Meta(min_length=1, max_length=200)]


# Matches of one rule that are counted and reported; more change no verdict that a suite may ask for but `most`.
SPANS_LIMIT = 10_000
# How far `not_followed_by` and `not_preceded_by` see.
NEIGHBOURHOOD = 60


class Near(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule of which a match must be close by; the first five matches of each rule count."""

    rule: Annotated[Name, Meta(description="The id of the other rule.")]
    characters: Annotated[int, Meta(ge=1, le=10_000, description="How far away it may stand.")] = 100


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule; either ``pattern`` or ``keywords`` says what is looked for."""

    RENAMED: ClassVar[Mapping[str, str]] = {
        "unless_before": "`not_followed_by`",
        "unless_behind": "`not_preceded_by`",
        "views": "`disguises`",
    }

    id: Annotated[Name, Meta(description="How the rule is called in reasons.")]
    tier: Annotated[Tier, Meta(description="Must be there, must not, or weighs.")]
    pattern: Annotated[str, Meta(description="A pattern in RE2's syntax.")] = ""
    keywords: Annotated[
        tuple[str, ...], Meta(description="Words or phrases, whatever their case; whole words only.")
    ] = ()
    scope: Annotated[
        Scope,
        Meta(description="Which part of the answer is looked at."),
    ] = "all"
    sentences: Annotated[int, Meta(ge=1, le=100, description="How many, for the scopes of sentences.")] = 1
    section: Annotated[str, Meta(description="The heading of the scope `section`, whatever its case.")] = ""
    pointer: Annotated[str, Meta(description="The JSON pointer of the scope `pointer`, into an answer in JSON.")] = ""
    least: Annotated[int, Meta(ge=1, le=10_000, description="How often it must be there to count.")] = 1
    most: Annotated[int, Meta(ge=0, description="How often must and should may be there; 0 sets no limit.")] = 0
    after: Annotated[str, Meta(description="The id of a rule whose first match must come before this one's.")] = ""
    near: Annotated[Near | None, Meta(description="A rule of which a match must stand close by.")] = None
    group: Annotated[
        str, Meta(description="Of the rules of one group exactly one may hold; each holds only if no other does.")
    ] = ""
    not_followed_by: Annotated[str, Meta(description="A pattern; a match does not count if this follows it.")] = ""
    not_preceded_by: Annotated[str, Meta(description="A pattern; a match does not count if this comes before it.")] = ""
    negation: Annotated[Negation, Meta(description="Whether must and should count what a sentence denies.")] = "refused"
    disguises: Annotated[
        Disguises,
        Meta(description="Whether a must-not rule is looked for in disguises too; the others never are."),
    ] = "all"
    masked: Annotated[bool, Meta(description="Never quote what was found, only say where it is.")] = False
    weight: Annotated[float, Meta(gt=0, le=1000, description="Of a should-rule among the others.")] = 1.0
    message: Annotated[str, Meta(description="What people are told when it is not kept.")] = ""

    def __post_init__(self) -> None:
        """Refuse rules that cannot run in linear time, hold of every text, or contradict themselves."""
        if bool(self.pattern) == bool(self.keywords):
            raise ValueError(f"rule {self.id!r} needs either a pattern or keywords")
        if not all(keyword.strip() for keyword in self.keywords):
            raise ValueError(f"rule {self.id!r} has an empty keyword")
        if self.most and (self.most < self.least or self.forbids):
            raise ValueError(f"rule {self.id!r}: `most` is for must and should, and no less than `least`")
        for field, scope in (("section", "section"), ("pointer", "pointer")):
            if bool(getattr(self, field)) != (self.scope == scope):
                raise ValueError(f"rule {self.id!r}: `{field}` goes with `scope: {scope}`, and that with it")
        for pattern in (self.expression, *filter(None, (self.not_followed_by, self.not_preceded_by))):
            try:
                expression = compiled(pattern)
            except PatternError as error:
                raise ValueError(f"rule {self.id!r}: {error}") from None
            if expression.search("") is not None:
                raise ValueError(f"rule {self.id!r}: {pattern[:80]!r} holds of an empty text, and so of every one")

    @property
    def forbids(self) -> bool:
        """Whether it is a must-not-rule."""
        match self.tier:
            case "must-not":
                return True
            case "must" | "should":
                return False
        assert_never(self.tier)

    @property
    def covers_all(self) -> bool:
        """Whether it looks at the whole answer, not only at a part of it."""
        match self.scope:
            case "all":
                return True
            case "prose" | "code" | "first_sentences" | "last_sentences" | "section" | "pointer":
                return False
        assert_never(self.scope)

    @property
    def gates(self) -> bool:
        """Whether an answer that breaks it gets 0.0; else the rule weighs."""
        match self.tier:
            case "must" | "must-not":
                return True
            case "should":
                return False
        assert_never(self.tier)

    @property
    def seeks_disguises(self) -> bool:
        """Whether it is looked for in disguises too."""
        match self.disguises:
            case "all":
                return self.forbids
            case "light":
                return False
        assert_never(self.disguises)

    @property
    def counts_denied(self) -> bool:
        """Whether it counts what the sentence around a match denies."""
        match self.negation:
            case "refused":
                return False
            case "allowed":
                return True
        assert_never(self.negation)

    @property
    def expression(self) -> str:
        """The pattern that tells whether the rule's words occur; it may take in a character on each side."""
        return self.pattern or f"(?i)(?:{'|'.join(map(bounded, self.keywords))})"

    def spans(self, text: str, *, most: int = SPANS_LIMIT, lowered: str | None = None) -> list[tuple[int, int]]:
        """Return where the rule's words are in a text, in order.

        Args:
            text: The text.
            most: The greatest number of spans.
            lowered: The text in lower case, if the caller has it.
        """
        if lowered is None and self.keywords:
            lowered = text.lower()
        found = sorted(self._spans(text, lowered or "", most))[:most]
        if not (self.not_followed_by or self.not_preceded_by):
            return found
        return [span for span in found if not self._excused(text, *span)]

    def _spans(self, text: str, lowered: str, most: int) -> Iterator[tuple[int, int]]:
        if self.pattern:
            yield from (found.span() for found in islice(compiled(self.pattern).finditer(text), most))
        for keyword in self.keywords:
            whole = (span for span in places_of(keyword, text, lowered) if is_whole(text, *span))
            yield from islice(whole, most)

    def coverage(self, lowered: str) -> int:
        """Return about how many characters of a text the keywords take, and never much less than they do."""
        return sum(lowered.count(keyword.split()[0].lower()) * len(keyword) for keyword in self.keywords)

    def _excused(self, text: str, start: int, end: int) -> bool:
        """Return whether the text around a match excuses it."""
        behind, before = text[max(0, start - NEIGHBOURHOOD) : start], text[end : end + NEIGHBOURHOOD]
        return bool(
            (self.not_preceded_by and compiled(f"(?:{self.not_preceded_by})$").search(behind))
            or (self.not_followed_by and compiled(f"^(?:{self.not_followed_by})").search(before))
        )

    @property
    def disguised(self) -> tuple[str, ...]:
        """Patterns of the keywords as they look in other writings: reversed, rot13, base64, hexadecimal."""
        if not self.seeks_disguises:
            return ()
        return tuple(dict.fromkeys(form for word in self.words for form in _writings(word)))

    @property
    def words(self) -> tuple[str, ...]:
        """The literal words that are looked for: the keywords, and a pattern that is nothing else."""
        if self.keywords:
            return self.keywords
        found = _LITERAL.fullmatch(self.pattern)
        return (found[1],) if found else ()


_LITERAL = re.compile(r"(?:\(\?i\))?(?:\\b)?([A-Za-z][A-Za-z ]{2,60}[A-Za-z])(?:\\b)?")
# Shorter words have honest ones for their reversal ("live"), or for their letters moved by thirteen ("green").
_REVERSED_FROM, _ROTATED_FROM, _ENCODED_FROM, _MORSE_FROM = 7, 6, 4, 6
_MORSE = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        (
            ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- "
            "--.."
        ).split(),
        strict=True,
    )
)


def _morse(word: str) -> str:
    """Write the pattern of a word in Morse code, whatever parts the letters."""
    return r"[ /|]{1,3}".join(re.escape(_MORSE[letter]) for letter in word.lower())


def _moved(word: str, places: int) -> str:
    """Move each letter by some places of the alphabet."""
    return "".join(chr((ord(each.lower()) - 97 + places) % 26 + 97) if each.isalpha() else each for each in word)


def _writings(keyword: str) -> Iterator[str]:
    """List the patterns of one keyword in other writings."""
    word = " ".join(keyword.split())
    letters = sum(map(str.isalpha, word))
    if not word.isascii():
        return
    if letters >= _MORSE_FROM and letters == len(word):
        yield _morse(word)
    if letters >= _REVERSED_FROM:
        yield f"(?i){bounded(word[::-1])}"
    if letters >= _ROTATED_FROM:
        yield rf"(?i)\b{re.escape(_moved(word, 1))}\b"
        yield rf"(?i)\b{re.escape(_moved(word, 25))}\b"
        yield f"(?i){bounded(codecs.encode(word, 'rot13'))}"
    if letters >= _ENCODED_FROM:
        yield f"(?i){re.escape(word.encode().hex())}"
        yield f"(?i){''.join(f'{byte:02x}[ :,-]?' for byte in word.lower().encode())}"
        for cased in dict.fromkeys((word, word.lower(), word.upper(), word.capitalize(), word.title())):
            yield from map(re.escape, _base64_cores(cased.encode()))


# Fewer characters of an encoding would be met by chance in long ones.
_CORE_LEAST = 5


def _base64_cores(data: bytes) -> Iterator[str]:
    """List what base64 makes of data wherever it begins in a text: without the characters that neighbours change."""
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + data).decode()
        start = -(-shift * 8 // 6)
        end = (shift + len(data)) * 8 // 6
        core = encoded[start:end]
        if len(core) >= _CORE_LEAST:
            yield core


def faults_in(rules: tuple[Rule, ...]) -> Iterator[str]:
    """Yield what rules together are wrong about: names, references, doubles, contradictions."""
    names = [rule.id for rule in rules]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"two rules have the id {name!r}"
    seen: dict[tuple[object, ...], str] = {}
    for rule in rules:
        for other in filter(None, (rule.after, rule.near.rule if rule.near else "")):
            if other not in names or other == rule.id:
                yield f"rule {rule.id!r} refers to {other!r}, which is no other rule"
        same = (rule.tier, rule.expression, rule.scope, rule.section, rule.pointer)
        if same in seen:
            yield f"rule {rule.id!r} is {seen[same]!r} again"
        seen[same] = rule.id
    yield from _contradictions(rules)


def _contradictions(rules: tuple[Rule, ...]) -> Iterator[str]:
    """Find required words that a must-not rule forbids."""
    forbidden = [rule for rule in rules if rule.forbids and rule.covers_all]
    for rule in rules:
        if rule.forbids or not rule.keywords:
            continue
        for ban in forbidden:
            if all(compiled(ban.expression).search(word) is not None for word in rule.keywords):
                yield f"rule {rule.id!r} asks for what rule {ban.id!r} forbids: {rule.keywords[0]!r}"
