"""The plugin contract: hook specifications and the scorer protocol, version 1.

A plugin is a module that an entry point of group ``rlvr`` names; the name of the entry point is the namespace of the
plugin. The module implements the hooks below with :data:`hookimpl`. It imports nothing heavy: the module of a scorer is
imported when a task names the scorer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict, TypeVar, Unpack, overload

import msgspec
import pluggy

from rlvr.record import Record
from rlvr.score import Answer

CONTRACT_VERSION = 1
ENTRY_POINT_GROUP = "rlvr"

hookspec = pluggy.HookspecMarker("rlvr")
hookimpl = pluggy.HookimplMarker("rlvr")

DEFAULT_BUDGET_SECONDS = 5.0
DEFAULT_CONCURRENCY = 16


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The options of a scorer without options."""


OptionsT = TypeVar("OptionsT")
ScoreFunction: TypeAlias = Callable[[Record, OptionsT], Answer | Awaitable[Answer]]


class ScorerDeclarations(TypedDict, total=False):
    """The declarations of a scorer: the keywords of :func:`scorer` and the fields of :class:`Scorer`.

    Attributes:
        options: The frozen msgspec ``Struct`` of the options; unknown or wrong options fail when the suite is loaded.
        needs: The record fields that the scorer cannot do without besides the completion, such as ``reference`` or
            ``metadata.language``; a row that lacks one is ``invalid_task``.
        reads: The fields that it also reads where a row has them; ``()`` for none. Scores of a scorer that declares it
            are cached, and the scorer sees no other fields. None: it sees the whole record, and there is no cache.
        metrics: Names of the details that it may return; the task promises them for every record.
        bounded: True if its own step budget guarantees termination, so that it may run in the dispatcher's process;
            else it runs in a supervised worker process, which is killed when the budget is spent.
        budget_seconds: Wall time that one record may take; a task may set another.
        concurrency: How many records of one batch an async scorer scores at once.
        version: Raised by the author whenever equal input may get another score; part of the fingerprint.
        prepare: Called when a suite is loaded, here and once for all workers, which are forked after it; its result
            replaces the options in the call of ``score``. It must leave no thread or connection open.
        audit: Called by ``rlvr check`` with each record and the second argument of ``score``; returns the problems of
            the record's task that scoring alone does not show, a line each.
        reference_is_answer: Whether a reference, given as the answer, gets full marks. False where it is something to
            judge answers by, such as tests: checks of data then do not try it as an answer.
        takes_empty_reference: Whether an empty list is a reference, such as "no call is expected". For other scorers
            that need a reference, it is none.
    """

    options: type[Any]
    needs: Sequence[str]
    reads: Sequence[str] | None
    metrics: Sequence[str]
    bounded: bool
    budget_seconds: float
    concurrency: int
    version: str
    prepare: Callable[[Any], Any] | None
    audit: Callable[[Record, Any], Iterable[str]] | None
    reference_is_answer: bool
    takes_empty_reference: bool


class Scorer(msgspec.Struct, frozen=True, kw_only=True):
    """A function that scores a record, and the declarations that rlvr needs to run it.

    The decorator :func:`scorer` makes one.

    Attributes:
        score: Called with the record and the options (or the result of ``prepare``); plain or async.
        score_group: Called instead of ``score``, with all records of one prompt in the batch; returns a list with an
            answer for each.

    The other fields are those of :class:`ScorerDeclarations`.
    """

    score: Callable[[Record, Any], Any] | None = None
    score_group: Callable[[Sequence[Record], Any], Any] | None = None
    options: type[Any] = NoOptions
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] | None = None
    metrics: tuple[str, ...] = ()
    bounded: bool = False
    budget_seconds: float = DEFAULT_BUDGET_SECONDS
    concurrency: int = DEFAULT_CONCURRENCY
    version: str = "1"
    prepare: Callable[[Any], Any] | None = None
    audit: Callable[[Record, Any], Iterable[str]] | None = None
    reference_is_answer: bool = True
    takes_empty_reference: bool = False

    def __call__(self, record: Record, options: object = None) -> Any:
        """Prepare the options and score one record, without any check; for tests."""
        given = self.options() if options is None else options
        answer = self.call((record,), self.prepare(given) if self.prepare else given)
        return answer if self.score_group is None else answer[0]

    def call(self, records: Sequence[Record], prepared: object) -> Any:
        """Call ``score_group`` with the records if there is one, else ``score`` with the only record."""
        if self.score_group is not None:
            return self.score_group(records, prepared)
        score: Any = self.score
        return score(records[0], prepared)


ScorerFactory: TypeAlias = Callable[[], Any]
"""Returns a scorer when a task names it: a :class:`Scorer`, an object with ``score``, or a plain function."""


@overload
def scorer(function: ScoreFunction[Any], /) -> Scorer: ...
@overload
def scorer(**declared: Unpack[ScorerDeclarations]) -> Callable[[Callable[[Record, Any], Any]], Scorer]: ...
def scorer(function: Callable[[Record, Any], Any] | None = None, /, **declared: Unpack[ScorerDeclarations]) -> Any:
    """Return the scorer of a function ``(record, options) -> Score | float | Mapping[str, float]``.

    See :class:`ScorerDeclarations` for the keywords.
    """

    def decorate(score: Callable[[Record, Any], Any]) -> Scorer:
        return Scorer(score=score, **lists_to_tuples(declared))

    return decorate if function is None else decorate(function)


def lists_to_tuples(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return declarations with tuples in place of lists; a text stays, so that the check of declarations refuses it."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in declared.items()}


class Hooks:
    """The hooks that a plugin may implement."""

    @hookspec
    def scorers(self) -> Mapping[str, str | ScorerFactory]:  # type: ignore[empty-body]  # a specification has no body
        """Return the scorers of the plugin: the name of each in the plugin's namespace, and its place or its factory.

        A place is a text ``package.module:name``, which is imported when a task names the scorer. A factory is a
        function without parameters that returns the scorer. The hook is called when the plugin is loaded; it must not
        import the scorers.
        """

    @hookspec
    def batch_finished(self, report: Any) -> None:
        """Observe a finished batch, for telemetry; an exception is logged and does not change the rewards.

        Args:
            report: An ``rlvr.Report``; untyped here, since reports are built on hooks.
        """

    @hookspec
    def doctor(self) -> Mapping[str, str]:  # type: ignore[empty-body]  # a specification has no body
        """Examine this machine for ``rlvr doctor``.

        Returns the features of the machine that the plugin uses, each with ``on`` or the reason why it is not on.
        It may take seconds; an exception is shown as a finding.
        """
