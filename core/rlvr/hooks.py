"""The plugin contract: hook specifications and the scorer protocol, version 1.

A plugin is a module named by an entry point of group ``rlvr``; the entry point's name is the plugin's namespace.
Its module implements the hooks below with :data:`hookimpl` and imports nothing heavy; the scorers do that when a task
asks for them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar, overload

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
    """The options of a scorer that has none."""


OptionsT = TypeVar("OptionsT")
ScoreFunction: TypeAlias = Callable[[Record, OptionsT], Answer | Awaitable[Answer]]


class Scorer(msgspec.Struct, frozen=True, kw_only=True):
    """Code that looks at one record and answers with a score, and what rlvr must know to run it.

    Usually made by the :func:`scorer` decorator.

    Attributes:
        score: Called with the record and the options (or what ``prepare`` made of them); plain or async.
        options: The frozen msgspec ``Struct`` of the options; unknown or wrong options fail when the suite is loaded.
        score_group: Called in place of ``score`` with all records of one prompt in the batch; answers with a list.
        needs: The record fields that it cannot do without, such as ``reference`` or ``metadata.language``, beside the
            completion; a row that lacks one is ``invalid_task``.
        reads: The fields that it reads beside those where a row has them; ``()`` for none. Scores of a scorer that
            declares it are cached, and it sees no other fields; None leaves it the whole record, and no cache.
        metrics: Names of the details that it may return; the task promises them for every record.
        bounded: True if its own step budget guarantees an end, so that it may run in the dispatcher's process; else it
            runs in a supervised worker process, which is killed when the budget is spent.
        budget_seconds: Wall time that one record may take; a task may set another.
        concurrency: How many records an async scorer has under way at once, in one batch.
        version: Raised by the author whenever equal input may get another score; part of the fingerprint.
        prepare: Called when a suite is loaded, here and once for all workers, which are forked after it; what it
            returns goes to ``score`` in the options' place. It must leave no thread or connection behind.
        audit: Called by ``rlvr check`` with each record and what ``score`` is called with; answers with what is wrong
            with the record's task that scoring alone does not show, a line each.
        reference_is_answer: Whether a reference, given as the answer, earns full marks; False where it is something to
            judge answers by, such as tests, which checks of data then do not try as an answer.
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

    def __call__(self, record: Record, options: object = None) -> Any:
        """Score one record directly, as in a test: prepares the options and calls ``score``, checking nothing."""
        given = self.options() if options is None else options
        answer = self.asked((record,), self.prepare(given) if self.prepare else given)
        return answer if self.score_group is None else answer[0]

    def asked(self, records: Sequence[Record], prepared: object) -> Any:
        """Call ``score_group`` with the records if there is one, else ``score`` with the only one."""
        if self.score_group is not None:
            return self.score_group(records, prepared)
        score: Any = self.score
        return score(records[0], prepared)


ScorerFactory: TypeAlias = Callable[[], Any]
"""Makes a scorer when a task asks for it: a :class:`Scorer`, an object with ``score``, or a plain function."""


@overload
def scorer(function: ScoreFunction[Any], /) -> Scorer: ...
@overload
def scorer(
    *,
    options: type[OptionsT] = ...,
    needs: Sequence[str] = ...,
    reads: Sequence[str] | None = ...,
    metrics: Sequence[str] = ...,
    bounded: bool = ...,
    budget_seconds: float = ...,
    concurrency: int = ...,
    version: str = ...,
    prepare: Callable[[OptionsT], Any] | None = ...,
    audit: Callable[[Record, Any], Iterable[str]] | None = ...,
    reference_is_answer: bool = ...,
) -> Callable[[Callable[[Record, Any], Any]], Scorer]: ...
def scorer(  # noqa: PLR0913  # one keyword per declaration
    function: Callable[[Record, Any], Any] | None = None,
    /,
    *,
    options: type[Any] = NoOptions,
    needs: Sequence[str] = (),
    reads: Sequence[str] | None = None,
    metrics: Sequence[str] = (),
    bounded: bool = False,
    budget_seconds: float = DEFAULT_BUDGET_SECONDS,
    concurrency: int = DEFAULT_CONCURRENCY,
    version: str = "1",
    prepare: Callable[[Any], Any] | None = None,
    audit: Callable[[Record, Any], Iterable[str]] | None = None,
    reference_is_answer: bool = True,
) -> Any:
    """Make a scorer of a function ``(record, options) -> Score | float | Mapping[str, float]``.

    See :class:`Scorer` for the arguments.
    """

    def decorate(score: Callable[[Record, Any], Any]) -> Scorer:
        return Scorer(
            score=score,
            options=options,
            needs=tuple(needs),
            reads=None if reads is None else tuple(reads),
            metrics=tuple(metrics),
            bounded=bounded,
            budget_seconds=budget_seconds,
            concurrency=concurrency,
            version=version,
            prepare=prepare,
            audit=audit,
            reference_is_answer=reference_is_answer,
        )

    return decorate if function is None else decorate(function)


class Hooks:
    """The hooks that a plugin may implement; each has its reason."""

    @hookspec
    def scorers(self) -> Mapping[str, ScorerFactory]:  # type: ignore[empty-body]  # a specification has no body
        """Offer scorers: their names within the plugin's namespace, and how to make each.

        Called when the plugin is loaded; must not import the scorers themselves, so that finding stays cheap.
        """

    @hookspec
    def batch_finished(self, report: Any) -> None:
        """Observe a finished batch, for telemetry; what it raises is logged and does not touch the rewards.

        Args:
            report: An ``rlvr.Report``; untyped here, since reports come last on the road and hooks first.
        """

    @hookspec
    def doctor(self) -> Mapping[str, str]:  # type: ignore[empty-body]  # a specification has no body
        """Examine this machine for ``rlvr doctor``: each thing that the plugin depends on, and ``on`` or why not.

        May take seconds; what it raises is shown as a finding.
        """
