"""The places that a suite names for the parts of a row."""

from __future__ import annotations

from typing import Literal, TypeAlias, assert_never

import msgspec

from rlvr.record.marks import REASONING_TAGS

CallsOf: TypeAlias = Literal["last_turn", "all_turns"]
"""Whose tool calls a record has: those of the turn that answers, or of all turns of the completion."""


class ReadingRules(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The places that a suite names for parts of a row; () means every known place, in order.

    Rules are equal only to themselves, so that the plans of each are found without a comparison of their places.

    Attributes:
        format: The name of a format of the table, or of a family of formats; "" if the row's keys decide.
        id: Paths of the id; the first that has a value wins.
        prompt: Paths of the prompt.
        completion: Paths of the completion; no other place is looked at.
        reference: Paths of the reference.
        tool_calls: Whose tool calls a record has.
        reasoning_tags: The opening and closing marks of reasoning blocks.
    """

    format: str = ""
    id: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    completion: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()
    tool_calls: CallsOf = "last_turn"
    reasoning_tags: tuple[tuple[str, str], ...] = REASONING_TAGS

    @property
    def reads_all_turns(self) -> bool:
        """True if a record has the tool calls of all turns of its completion."""
        match self.tool_calls:
            case "all_turns":
                return True
            case "last_turn":
                return False
            case _:
                assert_never(self.tool_calls)


DEFAULT_RULES = ReadingRules()
