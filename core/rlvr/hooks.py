"""The plugin contract: hook specifications and the scorer protocol, version 1.

A plugin is a module that an entry point of group ``rlvr`` names; the name of the entry point is the namespace of the
plugin. The module implements the hooks below with :data:`hookimpl`. It imports nothing heavy: the module of a scorer is
imported when a task names the scorer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, TypedDict, TypeVar, Unpack, overload

import msgspec
import pluggy

from rlvr.record import Record
from rlvr.scores import Answer

CONTRACT_VERSION = 1
ENTRY_POINT_GROUP = "rlvr"

hookspec = pluggy.HookspecMarker("rlvr")
hookimpl = pluggy.HookimplMarker("rlvr")

DEFAULT_BUDGET_SECONDS = 5.0
DEFAULT_CONCURRENCY = 16


class NoOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The options of a scorer without options."""


class Remainder(msgspec.Struct, frozen=True):
    """The part of the work on one record that the step budget of a bounded scorer does not cover.

    A bounded scorer returns it in place of a score. The dispatcher then sends the record to a supervised worker, which
    calls the scorer again and, with the same result, ``finish``. Nothing else is sent: the part before a remainder is
    cheap, and must return a remainder for the same records in every process.
    A runner that runs every scorer in one process calls ``finish`` at once.

    Attributes:
        finish: Returns the answer about the record. It must end within the ``remainder_seconds`` that the scorer
            declares, with a score, whatever the completion is: at a limit the score is 0.0. If it takes longer, the
            score is ``failed``.
    """

    finish: Callable[[], Answer]


OptionsT = TypeVar("OptionsT")
ScoreFunction: TypeAlias = Callable[[Record, OptionsT], Answer | Remainder | Awaitable[Answer]]


class Permission(NamedTuple):
    """A permission that a scorer needs where a cloud runs it.

    Attributes:
        action: The action, as the cloud names it, such as ``bedrock:InvokeModel``.
        resource: The resource; ``{partition}``, ``{region}`` and ``{account}`` in it stand for those of the function.
        condition: Further conditions, in the policy language of the cloud, with the same placeholders.
    """

    action: str
    resource: str
    condition: Mapping[str, Mapping[str, str]] = MappingProxyType({})


class ScorerDeclarations(TypedDict, total=False):
    """The declarations of a scorer: the keywords of :func:`scorer` and the fields of :class:`Scorer`.

    Attributes:
        options: The frozen msgspec ``Struct`` of the options; unknown or wrong options fail when the suite is loaded.
        needs: The record fields that the scorer cannot do without besides the completion, such as ``reference`` or
            ``metadata.language``; a row that lacks one is ``invalid_task``.
        reads: The fields that it also reads where a row has them; ``()`` for none. Scores of a scorer that declares it
            are cached, and the scorer sees no other fields. None: it sees the whole record, and there is no cache.
        metrics: Names of the details that it may return; the task promises them for every record.
        totals: Those of them that are amounts spent, such as money or tokens: a summary shows their sum over the scores
            that no cache knew.
        option_metrics: Called when a suite is loaded, with the second argument of ``score``; returns the names of
            further details, which depend on the options, such as one for each rule.
        bounded: True if its own step budget guarantees termination, so that it may run in the dispatcher's process;
            else it runs in a supervised worker process, which is killed when the budget is spent.
        budget_seconds: Wall time that one record may take; a task may set another.
        remainder_seconds: Wall time that :class:`Remainder` of one record may take, in addition to the budget; 0 for a
            scorer that returns no remainder. Only for bounded scorers of single records that are not async.
        concurrency: How many records of one batch an async scorer scores at once.
        costly: True if a call costs money or seconds, such as that of a model. It runs after all other scorers, and
            only on records whose reward it can still change: its ``when`` is met, and no gate vetoes. It may be a
            function of the second argument of ``score``. Only for scorers of single records.
        version: Raised by the author whenever equal input may get another score; part of the fingerprint.
        prepare: Called when a suite is loaded, here and once for all workers, which are forked after it; its result
            replaces the options in the call of ``score``. It must leave no thread or connection open.
        audit: Called by ``rlvr check`` with each record and the second argument of ``score``; returns the problems of
            the record's task that scoring alone does not show, a line each.
        remark: Called by ``rlvr score`` and ``rlvr check`` with each record that has a completion, unless the scorer
            gave it full marks, and the second argument of ``score``; returns a sentence for the person who reads the
            summary, or None. The commands count equal sentences, so it names no value of the record. A remark changes
            no reward.
        remark_classes: The classes of reason after which ``remark`` has something to say: where the score is known, it
            is not called after others. None: it may have something to say after each.
        permissions: Called when a function is deployed, with the second argument of ``score``; returns what the scorer
            needs to be allowed there.
        reference_is_answer: Whether a reference, given as the answer, gets full marks. False where it is something to
            judge answers by, such as tests: checks of data then do not try it as an answer.
        takes_empty_reference: Whether an empty list is a reference, such as "no call is expected". For other scorers
            that need a reference, it is none.
    """

    options: type[Any]
    needs: Sequence[str]
    reads: Sequence[str] | None
    metrics: Sequence[str]
    totals: Sequence[str]
    option_metrics: Callable[[Any], Iterable[str]] | None
    bounded: bool
    budget_seconds: float
    remainder_seconds: float
    concurrency: int
    costly: bool | Callable[[Any], bool]
    version: str
    prepare: Callable[[Any], Any] | None
    audit: Callable[[Record, Any], Iterable[str]] | None
    remark: Callable[[Record, Any], str | None] | None
    remark_classes: Sequence[str] | None
    permissions: Callable[[Any], Iterable[Permission]] | None
    reference_is_answer: bool
    takes_empty_reference: bool


class Scorer(msgspec.Struct, frozen=True, kw_only=True):
    """A function that scores a record, and the declarations that rlvr needs to run it.

    The decorator :func:`scorer` makes one.

    Attributes:
        score: Called with the record and the options (or the result of ``prepare``); plain or async.
        score_group: Called instead of ``score``, with all records of one prompt in the batch; returns a list with an
            answer for each.
        is_separable: Whether ``score_group`` may also get one record of a group. If a call with a group exceeds its
            budget or kills its worker, each record is then scored alone, so that no record costs its neighbours.

    The other fields are those of :class:`ScorerDeclarations`.
    """

    score: Callable[[Record, Any], Any] | None = None
    score_group: Callable[[Sequence[Record], Any], Any] | None = None
    is_separable: bool = False
    options: type[Any] = NoOptions
    needs: tuple[str, ...] = ()
    reads: tuple[str, ...] | None = None
    metrics: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    option_metrics: Callable[[Any], Iterable[str]] | None = None
    bounded: bool = False
    budget_seconds: float = DEFAULT_BUDGET_SECONDS
    remainder_seconds: float = 0.0
    concurrency: int = DEFAULT_CONCURRENCY
    costly: bool | Callable[[Any], bool] = False
    version: str = "1"
    prepare: Callable[[Any], Any] | None = None
    audit: Callable[[Record, Any], Iterable[str]] | None = None
    remark: Callable[[Record, Any], str | None] | None = None
    remark_classes: tuple[str, ...] | None = None
    permissions: Callable[[Any], Iterable[Permission]] | None = None
    reference_is_answer: bool = True
    takes_empty_reference: bool = False

    def __call__(self, record: Record, options: object = None) -> Any:
        """Prepare the options and score one record, without any check; for tests."""
        given = self.options() if options is None else options
        answer = self.call((record,), self.prepare(given) if self.prepare else given)
        if isinstance(answer, Remainder):
            return answer.finish()
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
    def honest(self, scorer: str, record: Record) -> Iterable[str | Record]:  # type: ignore[empty-body]  # as above
        """Return right answers to a record, for ``rlvr attack``, where the reference as text is none.

        Args:
            scorer: The name of the scorer in the plugin's namespace.
            record: A record of a row; only its prompt, reference and metadata count.

        Returns:
            Completions, or records with tool calls; nothing for a scorer that has none to offer.
        """

    @hookspec
    def attacks(self, scorer: str, record: Record) -> Mapping[str, str | Record]:  # type: ignore[empty-body]  # as above
        """Return wrong answers to a record that are worth trying on a scorer, by name, for ``rlvr attack``.

        An answer that is made from the reference has a name that starts with ``gold_``.

        Args:
            scorer: The name of the scorer in the plugin's namespace.
            record: A record of a row.
        """

    @hookspec
    def doctor(self) -> Mapping[str, str]:  # type: ignore[empty-body]  # a specification has no body
        """Examine this machine for ``rlvr doctor``.

        Returns the features of the machine that the plugin uses, each with ``on`` or the reason why it is not on; a
        reason that starts with ``optional: `` is no finding.
        It may take seconds; an exception is shown as a finding.
        """
