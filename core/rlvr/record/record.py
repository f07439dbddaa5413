"""The record: one row to score, and the views of its completion that scorers read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar, cast

import msgspec

from rlvr.record.answers import Stated, stated_in
from rlvr.record.json_value import MAPPINGS, JsonValue
from rlvr.record.marks import REASONING_TAGS, may_have_marks, without_end_tokens
from rlvr.record.messages import ANSWER_ROLES, Message, answer_place, question_end
from rlvr.record.text import has_visible_text
from rlvr.record.views import CodeBlock, code_blocks_in, final_in, json_in, reasoning_in, visible_in

__all__ = ["ANSWER_ROLES", "CodeBlock", "Fields", "JsonValue", "Message", "Record", "fields_of"]

ViewT = TypeVar("ViewT")

Fields: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""Names of fields of a record, and names of columns of its metadata."""

NO_METADATA: Mapping[str, JsonValue] = MappingProxyType({})


class Record(msgspec.Struct, frozen=True, kw_only=True, eq=False, gc=False):
    """One row to score.

    Attributes:
        id: Any JSON value, returned unchanged in the response; not unique within a batch.
        messages: The conversation, the prompt first.
        completion: The text to score, as sent: that of the last assistant turn; "" if there is none.
        reference: The ground truth of the row, without wrappers; None if the row has none.
        metadata: All other columns of the row, merged with those in ``metadata`` and ``extra_info``; read-only.
        task: Name of the task that the record was routed to; None before routing, or if no route fits.
        tool_calls: The calls of the last assistant turn, as sent; by ``read.tool_calls`` those of all its turns.
        reference_at: Place of the reference in the row, such as ``metadata.reference_answer``; "" if there is none.
        problem: The reason why the row cannot be scored, such as "the row is a number"; "" if it can.
        reasoning_tags: The opening and closing marks of reasoning blocks, for the views.
        prompt_turns: Number of turns of ``messages`` that are the prompt; None: all up to the last question.
        typed_reasoning: The reasoning that the row holds apart from the completion's text.
        is_unanswered: Whether the conversation ends with the question, as in rows that platforms send before a job.
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
    prompt_turns: int | None = None
    typed_reasoning: str = ""
    is_unanswered: bool = False
    _views: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """True if there is nothing to score: no character that prints outside the reasoning, and no tool call."""
        if self.tool_calls:
            return False
        # Read several times for every record; see `final`.
        known = self._views.get("blank")
        if known is None or known[0] is not self.completion or known[1] is not self.reasoning_tags:
            known = self._views["blank"] = (self.completion, self.reasoning_tags, self._shows_nothing())
        return cast("bool", known[2])

    def _shows_nothing(self) -> bool:
        completion = self.completion
        return not has_visible_text(self.final if may_have_marks(completion, self.reasoning_tags) else completion)

    @property
    def full(self) -> str:
        """The completion without the tokens that end its turn."""
        return without_end_tokens(self.completion)

    @property
    def final(self) -> str:
        """The completion without its reasoning blocks; "" if the reasoning never ends."""
        # Read for every record, so without the call of a function that makes it.
        known = self._views.get("final")
        if known is None or known[0] is not self.completion or known[1] is not self.reasoning_tags:
            made = final_in(self.completion, self.reasoning_tags)
            known = self._views["final"] = (self.completion, self.reasoning_tags, made)
        return cast("str", known[2])

    @property
    def visible(self) -> str:
        """The completion without well-formed reasoning at its start; other marks hide nothing."""
        return self._view("visible", lambda: visible_in(self.completion, self.reasoning_tags))

    @property
    def reasoning(self) -> str:
        """The reasoning that the row marks as such, and the text inside the reasoning blocks, joined by newlines."""
        written = self._view("reasoning", lambda: reasoning_in(self.completion, self.reasoning_tags))
        return "\n".join(filter(None, (self.typed_reasoning, written)))

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
        """Return the view of one of the names in ``VIEWS``.

        Raises:
            KeyError: There is no view of that name.
        """
        if name not in VIEWS:
            raise KeyError(name)
        return getattr(self, name)

    def derived(self, name: str, make: Callable[[], ViewT]) -> ViewT:
        """Return a value that a plugin derives from the completion alone, such as its words.

        The first scorer that asks for the value makes it; all scorers of the record share it.

        Args:
            name: The name of the value, which starts with the name of the plugin's package: ``my_plugin.words``.
            make: Makes the value.
        """
        return self._view(name, make)

    @property
    def prompt(self) -> tuple[Message, ...]:
        """The conversation before the completion: the prompt of the row, else all turns up to the last question."""
        end = question_end(self.messages) if self.prompt_turns is None else self.prompt_turns
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
            prompt_turns=self.prompt_turns,
            typed_reasoning=self.typed_reasoning,
            _views=self._views,
            **values,
        )

    def with_completion(self, text: str) -> Record:
        """Return the record as if the model had answered with a text: no tool calls, and views of that text.

        The text replaces the answer in ``messages``, if there is one; all other turns stay. A row of which anything was
        read has no problem then.
        """
        messages = list(self.messages)
        place = answer_place(messages)
        if place is not None:
            messages[place] = Message(role=messages[place].role, content=text)
        is_read = bool(self.messages or self.metadata or self.reference_at)
        return msgspec.structs.replace(
            self,
            completion=text,
            messages=tuple(messages),
            tool_calls=(),
            typed_reasoning="",
            is_unanswered=False,
            problem="" if is_read else self.problem,
            _views={},
        )

    def with_answer_of(self, other: Record) -> Record:
        """Return the record as if the model had answered as in another record, whose views it shares.

        The views depend on the answer alone, so that many records with one answer read it once.
        """
        made = self.with_completion(other.completion)
        return msgspec.structs.replace(made, tool_calls=other.tool_calls, _views=other._views)

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


VIEWS = ("full", "final", "visible", "reasoning", "code_blocks", "json", "stated")
_FIELDS = frozenset({"id", "messages", "completion", "reference", "metadata", "tool_calls"})


def _value_inside(value: JsonValue, path: str) -> JsonValue:
    """Return the value at a dotted path of nested mappings; None if it leads to nothing, the value itself for ""."""
    for part in path.split(".") if path else ():
        if not isinstance(value, MAPPINGS):
            return None
        value = value.get(part)
    return value
