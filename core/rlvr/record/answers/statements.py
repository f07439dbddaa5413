"""Statements: the places where a text says what its answer is."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

StatementKind: TypeAlias = Literal[
    "box",  # \boxed{...}
    "tag",  # <answer>...</answer>
    "hashes",  # #### ...
    "json",  # a JSON object whose only key is the answer
    "announced",  # "the answer is ..."
    "correction",  # "actually, ..."
    "line",  # a value that is a line of its own, the first or the last
    "bold",  # a bold last line
    "whole",  # a text of one line
    "closing",  # the one value of the last sentence
    "emphasis",  # what the last sentence sets apart, bold or as its only formula
]

Polarity: TypeAlias = Literal[
    "asserted",
    "denied",  # "the answer is not 5"
    "hedged",  # "maybe", "5 or 6"
    "questioned",
    "attributed",  # somebody else says it, or the author once believed it
    "conditional",
    "retracted",  # "No, that is wrong."
    "doubted",  # "Wait," and nothing after it
    "altered",  # "twice 5", "at most 5": another value than the one that stands there
    "mention",  # an instruction, an example, a placeholder
    "cut",  # a box or tag that never closes
]

MARKED_KINDS: frozenset[StatementKind] = frozenset({"box", "tag", "hashes", "json", "announced", "correction", "line"})
"""The kinds that a mark or words declare to be the answer."""


# Members by what a rule asks of them; a rule that treats each member differently ends in `match`.
ASSERTED: frozenset[Polarity] = frozenset({"asserted"})
MENTIONED: frozenset[Polarity] = frozenset({"mention"})
HEDGED: frozenset[Polarity] = frozenset({"hedged"})
DENIED: frozenset[Polarity] = frozenset({"denied"})
CUT: frozenset[Polarity] = frozenset({"cut"})
# The words around a mark change nothing more.
SETTLED: frozenset[Polarity] = frozenset({"mention", "cut", "altered"})
# What follows may still take these back.
STANDING: frozenset[Polarity] = frozenset({"asserted", "doubted"})
BOXED: frozenset[StatementKind] = frozenset({"box"})
HASHED: frozenset[StatementKind] = frozenset({"hashes"})
ANNOUNCED: frozenset[StatementKind] = frozenset({"announced"})
WHOLE: frozenset[StatementKind] = frozenset({"whole"})
# Marks that may hold an announcement of their own.
ENCLOSING: frozenset[StatementKind] = frozenset({"tag", "hashes"})
# Marks that hold an answer, whatever it looks like.
MARKS: frozenset[StatementKind] = frozenset({"box", "tag", "hashes"})


class Statement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One place of a text that states an answer, or seems to.

    Attributes:
        kind: How it states the answer.
        start: Where it starts, including its mark, such as "the answer is".
        end: Where it ends.
        text: The stated value, as it stands there.
        polarity: Whether the text asserts it; only asserted statements count.
        is_final: Whether it is called final, or "answer" leads to a box.
        is_weak: Whether it counts only if there is no stronger statement, such as for "the result is".
        corrects: Whether there is a correction, such as "no, wait", between it and the statement before.
        parts: Its values if it has several, as in "2 and 3"; empty if it has one.
        alternatives: Further values that are named beside it, as in "0.75 (or 3/4)"; a hedge unless they are the same.
        is_joined: Whether nothing but a comma, "and" or their like stands between it and the statement before.
    """

    kind: StatementKind
    start: int
    end: int
    text: str
    polarity: Polarity = "asserted"
    is_final: bool = False
    is_weak: bool = False
    corrects: bool = False
    parts: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    is_joined: bool = False
