"""The record: one row to score, and the views of its completion that scorers read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from rlvr.record.answers import Stated, stated_in
from rlvr.record.views import REASONING_TAGS, CodeBlock, code_blocks_in, final_in, json_in, reasoning_in

__all__ = ["ANSWER_ROLES", "CodeBlock", "Fields", "JsonValue", "Message", "Record", "answer_place", "fields_of"]

JsonValue: TypeAlias = Any
"""A JSON value; ``Any`` because every reader must check its type."""

# Any character except white space, control characters and characters of no width, which print as nothing.
_VISIBLE = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")

ViewT = TypeVar("ViewT")

Fields: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""Names of fields of a record, and names of columns of its metadata."""

ANSWER_ROLES = frozenset({"assistant", "nova_assistant", "bot", "model"})
QUESTION_ROLES = frozenset({"user", "human"})

NO_METADATA: Mapping[str, JsonValue] = MappingProxyType({})


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One turn of the conversation; ``content`` is text, whatever its shape in the event."""

    role: str
    content: str = ""
    tool_calls: tuple[JsonValue, ...] = ()


class Record(msgspec.Struct, frozen=True, kw_only=True, eq=False, gc=False):
    """One row to score.

    Attributes:
        id: Any JSON value, returned unchanged in the response; not unique within a batch.
        messages: The conversation, the prompt first.
        completion: The text to score: that of the last assistant turn; "" if there is none.
        reference: The ground truth of the row, without wrappers; None if the row has none.
        metadata: All other columns of the row, merged with those in ``metadata`` and ``extra_info``; read-only.
        task: Name of the task that the record was routed to; None before routing, or if no route fits.
        tool_calls: The calls of the last assistant turn, as sent.
        reference_at: Place of the reference in the row, such as ``metadata.reference_answer``; "" if there is none.
        problem: The reason why the row cannot be scored, such as "the row is a number"; "" if it can.
        reasoning_tags: The opening and closing marks of reasoning blocks, for the views.
    """

    id: JsonValue = None
    messages: tuple[Message, ...] = ()
    completion: str = ""
    reference: JsonValue = None
    metadata: Mapping[str, JsonValue] = msgspec.field(default_factory=lambda: NO_METADATA)
    task: str | None = None
    tool_calls: tuple[JsonValue, ...] = ()
    reference_at: str = ""
    problem: str = ""
    reasoning_tags: tuple[tuple[str, str], ...] = REASONING_TAGS
    _views: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """True if there is nothing to score: no character that prints, and no tool call."""
        return not self.tool_calls and _VISIBLE.search(self.completion) is None

    @property
    def full(self) -> str:
        """The completion, unchanged."""
        return self.completion

    @property
    def final(self) -> str:
        """The completion without its reasoning blocks; "" if the reasoning never ends."""
        return self._view("final", lambda: final_in(self.completion, self.reasoning_tags))

    @property
    def reasoning(self) -> str:
        """The text inside the reasoning blocks, joined by newlines."""
        return self._view("reasoning", lambda: reasoning_in(self.completion, self.reasoning_tags))

    @property
    def code_blocks(self) -> tuple[CodeBlock, ...]:
        """The fenced code blocks of the ``final`` view, in order."""
        return self._view("code_blocks", lambda: code_blocks_in(self.final))

    @property
    def json(self) -> str:
        """The JSON document of the ``final`` view, as text; "" if several blocks may be it. See ``views.json_in``."""
        return self._view("json", lambda: json_in(self.final, self.code_blocks))

    @property
    def stated(self) -> Stated:
        """The answers that the ``final`` view states, denies, hedges or takes back. See ``rlvr.record.answers``."""
        return self._view("stated", lambda: stated_in(self.final))

    def view(self, name: str) -> Any:
        """Return a view by its name: ``full``, ``final``, ``reasoning``, ``code_blocks``, ``json`` or ``stated``.

        Raises:
            KeyError: There is no view of that name.
        """
        if name not in VIEWS:
            raise KeyError(name)
        return getattr(self, name)

    @property
    def prompt(self) -> tuple[Message, ...]:
        """The conversation before the answer: all turns except the last ones of the assistant."""
        end = len(self.messages)
        while end and self.messages[end - 1].role in ANSWER_ROLES:
            end -= 1
        return self.messages[:end]

    def only(self, fields: Fields) -> Record:
        """Return a record with the completion and some fields only."""
        names, columns = fields
        values = {name: getattr(self, name) for name in names}
        if columns:
            values["metadata"] = {column: self.metadata[column] for column in columns if column in self.metadata}
        return Record(
            completion=self.completion,
            tool_calls=self.tool_calls,
            reasoning_tags=self.reasoning_tags,
            _views=self._views,
            **values,
        )

    def with_completion(self, text: str) -> Record:
        """Return the record as if the model had answered with a text: no tool calls, and views of that text.

        The text replaces the answer in ``messages``, if there is one; all other turns stay.
        """
        messages = list(self.messages)
        place = answer_place(messages)
        if place is not None:
            messages[place] = Message(role=messages[place].role, content=text)
        return msgspec.structs.replace(self, completion=text, messages=tuple(messages), tool_calls=(), _views={})

    def field(self, path: str) -> JsonValue:
        """Return the value at a dotted path, such as ``reference`` or ``metadata.language``; None if absent.

        A path that does not start with a field of the record is looked up in its metadata: ``data_source``.
        """
        head, _, rest = path.partition(".")
        if head in _FIELDS:
            return _value_inside(getattr(self, head), rest)
        return self.metadata[path] if path in self.metadata else _value_inside(self.metadata, path)

    def _view(self, name: str, make: Callable[[], ViewT]) -> ViewT:
        # Several scorers read the same view of a record; to make it is linear but not free.
        # The text is part of the entry, since `msgspec.structs.replace` gives the views of one record to another.
        known = self._views.get(name)
        if known is None or known[0] is not self.completion or known[1] is not self.reasoning_tags:
            known = self._views[name] = (self.completion, self.reasoning_tags, make())
        return cast("ViewT", known[2])


def answer_place(messages: Sequence[Message]) -> int | None:
    """Return the index of the turn that answers: the last assistant turn without a question after it; None if none.

    Few-shot turns before a question are not answers.
    """
    for place in range(len(messages) - 1, -1, -1):
        if messages[place].role in ANSWER_ROLES:
            return place
        if messages[place].role in QUESTION_ROLES:
            return None
    return None


def fields_of(paths: Iterable[str]) -> Fields:
    """Divide field paths, such as ``reference`` and ``metadata.language``, into fields and columns of the metadata."""
    names, columns = set[str](), set[str]()
    for path in paths:
        head, _, rest = path.partition(".")
        if head in _FIELDS and (head != "metadata" or not rest):
            names.add(head)
        else:
            column = rest if head == "metadata" else path
            columns.update((column, column.partition(".")[0]))  # the name of a column may contain a dot
    if "metadata" in names:
        columns.clear()
    return tuple(sorted(names - {"completion", "tool_calls"})), tuple(sorted(columns))


VIEWS = ("full", "final", "reasoning", "code_blocks", "json", "stated")
_FIELDS = frozenset({"id", "messages", "completion", "reference", "metadata", "tool_calls"})


def _value_inside(value: JsonValue, path: str) -> JsonValue:
    """Return the value at a dotted path of nested mappings; None if it leads to nothing, the value itself for ""."""
    for part in path.split(".") if path else ():
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value
