"""Station 3: run the scorers; every failure of a scorer becomes data here and only here.

:class:`Dispatcher` decides what to score: each record by each entry of its task, all records of a prompt together for
scorers of groups, and nothing that the cache knows. The second scorer of an entry runs where the first did not decide.
Costly scorers run last, and only where they can change a reward.
A :class:`Runner` decides where: :class:`InProcess` in this process, for bounded scorers; ``rlvr.workers`` in processes
that can be killed, for all others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from inspect import iscoroutinefunction
from time import monotonic, perf_counter
from typing import Any, Protocol, TypeAlias, assert_never, cast

import msgspec

from rlvr.aggregate import outlook_of
from rlvr.cache import Cache, key_of
from rlvr.config import Entry, Suite
from rlvr.config.suite import OTHERWISE
from rlvr.hooks import Remainder
from rlvr.record import Record
from rlvr.record.missing import describe_columns
from rlvr.scores import FailureKind, Opinion, ReasonClass, Score, Verdict, score_from
from rlvr.wire import WireError, digest_of

# The scores of a blank completion by every scorer. No scorer is called: none may give a reward for nothing.
_BLANK = Score.of(0.0, "the completion is blank", reason_class=ReasonClass.BLANK.value)
_TRUNCATED = Score.of(
    0.0, "the reasoning never ends, so nothing is left to score", reason_class=ReasonClass.TRUNCATED.value
)

# The score by a costly scorer, where none is to be called.
_NOT_CALLED = Score.abstained("not called, since it is costly")


class Job(msgspec.Struct, frozen=True, gc=False):
    """One scorer to run on one record, or on all records of one prompt if it scores groups."""

    records: tuple[Record, ...]
    entry: Entry

    @property
    def budget_seconds(self) -> float:
        """The wall time that the job may take, with the remainder of its scorer."""
        return (self.entry.budget_seconds + self.entry.installed.scorer.remainder_seconds) * len(self.records)

    @property
    def is_async(self) -> bool:
        """True if the scorer is a coroutine function."""
        return iscoroutinefunction(self.entry.installed.scorer.score_group or self.entry.installed.scorer.score)

    def repeat(self, score: Score) -> tuple[Score, ...]:
        """Return the same score for every record."""
        return (score,) * len(self.records)


Scores: TypeAlias = tuple[Score, ...]
"""The scores of one job: one per record."""


class HandedOn(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a job whose bounded scorer returned a remainder, which must run in a worker.

    Attributes:
        seconds: Wall time of the part that ran.
    """

    seconds: float


class Runner(Protocol):
    """Runs the scorers of a batch: in this process, in workers, or elsewhere."""

    def run(self, jobs: Sequence[Job], deadline: float | None) -> list[Scores]:
        """Score each job, in order.

        Args:
            jobs: The jobs.
            deadline: The time of ``time.monotonic`` at which to stop; unfinished jobs are then cancelled.

        Returns:
            A score per record for each job. Never raises anything but KeyboardInterrupt.
        """


class Dispatched(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of a batch.

    Attributes:
        scores: For each record, in order, a score per entry of its task; none for a record without a task.
        groups: For each record the number of its group.
        asked: Number of scores that the cache, or another record of the batch, might have known.
        known: The scores that they knew: number of the record, and of the entry in its task.
        overruns: By scorer id: how many jobs of a bounded scorer took longer than their budget in this process.
    """

    scores: list[Scores]
    groups: tuple[int, ...]
    asked: int
    known: frozenset[tuple[int, int]]
    overruns: Mapping[str, int]


_Slot: TypeAlias = tuple[int, int]
"""The place of a score: the number of the record in the batch, and of the entry in its task.

A plain tuple: each record needs two of them for each entry, and one with names takes eight times as long to make.
"""


class _Planned(msgspec.Struct, frozen=True, gc=False):
    """A job, the places of its scores, and its key in the cache; b"" if its scores are not cached."""

    job: Job
    slots: tuple[_Slot, ...]
    key: bytes


class Dispatcher:
    """Runs the scorers of a suite on batches of routed records."""

    def __init__(self, suite: Suite, supervised: Callable[[], Runner]) -> None:
        self._suite = suite
        self._supervised = supervised
        self._in_process = InProcess()
        self._cache = Cache(suite.cache) if suite.cache else None
        self._is_cache_worth_it = True
        self._overrunning: set[str] = set()
        self._has_costly = any(entry.is_costly for entry in suite.entries)
        self._has_seconds = any(entry.otherwise is not None for entry in suite.entries)

    def dispatch(
        self,
        records: Sequence[Record],
        deadline: float | None = None,
        runner: Runner | None = None,
        *,
        calls_costly: bool = True,
        group_records: int | None = None,
    ) -> Dispatched:
        """Run the task of each record on it.

        Args:
            records: The records, routed.
            deadline: The time of ``time.monotonic`` at which to stop.
            runner: Runs all scorers; by default bounded ones run in this process and all others in workers.
            calls_costly: False to let costly scorers abstain.
            group_records: The number of records of a whole group; see ``rlvr.score_rows``.
        """
        groups = groups_of(records)
        self._is_cache_worth_it = self._cache is not None and self._cache.is_worth_it
        partial = {} if group_records is None else _partial_groups(groups, group_records)
        settled: dict[_Slot, Score] = {}
        plan: list[_Planned] = []
        members: dict[object, list[tuple[_Slot, Record]]] = {}
        entries_of_all = [self._entries_of(record) for record in records]
        for number, (record, entries) in enumerate(zip(records, entries_of_all, strict=True)):
            part_of_group = partial.get(groups[number])
            for index, entry in enumerate(entries):
                slot = (number, index)
                score = _score_without_running(record, entry, calls_costly=calls_costly, part_of_group=part_of_group)
                if entry.installed.scorer.score_group is not None and (
                    score is None or score is _BLANK or score is _TRUNCATED
                ):
                    members.setdefault((entry.place, groups[number]), []).append((slot, record))
                elif score is not None:
                    settled[slot] = score
                elif not entry.is_costly:
                    plan.append(self._plan_job(entry, record, slot))
        plan.extend(self._plan_group(each) for each in members.values())
        run = self._run_plan(plan, deadline, runner)
        settled |= run.scores
        for slot, record in (member for group in members.values() for member in group):
            if record.is_blank:  # a group includes blank completions, and its scorer may have paid for them
                settled[slot] = _blank_score(record)
        open_scores: dict[_Slot, Score] = {}
        self._take_out_open(records, settled, open_scores, calls_costly=calls_costly)
        while plan := self._plan_rest(records, settled, open_scores):
            later = self._run_plan(plan, deadline, runner)
            for slot, score in later.scores.items():
                entry = self._entries_of(records[slot[0]])[slot[1]]
                first = open_scores.pop(slot, None)
                settled[slot] = score if first is None else _score_of_both(entry, first, score)
            self._take_out_open(records, settled, open_scores, calls_costly=calls_costly)
            run = run.followed_by(later)
        return Dispatched(
            scores=[
                (settled[number, 0],)
                if len(entries) == 1
                else tuple([settled[number, index] for index in range(len(entries))])
                for number, entries in enumerate(entries_of_all)
            ],
            groups=groups,
            asked=run.asked,
            known=run.known,
            overruns=run.overruns,
        )

    def _entries_of(self, record: Record) -> tuple[Entry, ...]:
        return () if record.task is None else self._suite.tasks[record.task].entries

    def _plan_job(self, entry: Entry, record: Record, slot: _Slot) -> _Planned:
        visible = entry.visible_part(record)
        has_key = self._cache is not None and (self._is_cache_worth_it or not entry.is_cheap)
        return _Planned(Job((visible,), entry), (slot,), key_of(entry, visible) if has_key else b"")

    def _take_out_open(
        self,
        records: Sequence[Record],
        settled: dict[_Slot, Score],
        open_scores: dict[_Slot, Score],
        *,
        calls_costly: bool,
    ) -> None:
        """Move the scores after which a second scorer is asked from the settled to the open ones."""
        if not self._has_seconds:
            return
        for slot, score in list(settled.items()):
            record = records[slot[0]]
            entry = self._entries_of(record)[slot[1]]
            second = entry.otherwise
            if second is None or score.opinions or record.problem or not second.is_asked_after(score):
                continue
            by_second = _score_without_running(record, second.entry, calls_costly=calls_costly)
            if by_second is None:
                open_scores[slot] = settled.pop(slot)
            else:
                settled[slot] = _score_of_both(entry, score, by_second)

    def _plan_rest(
        self, records: Sequence[Record], settled: dict[_Slot, Score], open_scores: Mapping[_Slot, Score]
    ) -> list[_Planned]:
        """Plan the jobs of costly and of second scorers that can run now; costly ones if no other can.

        Settle those that can change no reward, which are not run.
        """
        if not (self._has_costly or open_scores):
            return []
        plan: list[_Planned] = []
        for number, record in enumerate(records):
            entries = self._entries_of(record)
            scores = {index: settled[number, index] for index in range(len(entries)) if (number, index) in settled}
            if record.task is None or len(scores) == len(entries):
                continue
            outlook = outlook_of(self._suite.tasks[record.task], record, scores)
            for index, why in outlook.idle.items():
                settled[number, index] = Score.of(0.0, f"not run: {why}", ReasonClass.NOT_RUN.value)
            for index in outlook.ready:
                slot, entry = (number, index), entries[index]
                asked = entry.otherwise.entry if entry.otherwise is not None and slot in open_scores else entry
                plan.append(self._plan_job(asked, record, slot))
        return [each for each in plan if not each.job.entry.is_costly] or plan

    def _plan_group(self, members: Sequence[tuple[_Slot, Record]]) -> _Planned:
        (_, index), record = members[0]
        entry = self._entries_of(record)[index]
        return _Planned(
            Job(tuple(entry.visible_part(each) for _, each in members), entry), tuple(each for each, _ in members), b""
        )

    def _run_plan(self, plan: Sequence[_Planned], deadline: float | None, runner: Runner | None) -> _RanPlan:
        """Return the scores of a plan: from the cache, from an equal job of the batch, else by running the job."""
        firsts: dict[bytes, _Planned] = {}
        repeated = [each for each in plan if each.key and firsts.setdefault(each.key, each) is not each]
        known = self._cache.look_up(firsts) if self._cache is not None and firsts else {}
        to_run = plan
        if firsts:
            to_run = [each for each in plan if each.key not in known and firsts.get(each.key, each) is each]
        scores = {firsts[key].slots[0]: msgspec.structs.replace(score, seconds=0.0) for key, score in known.items()}
        all_ran, overruns = self._run(to_run, deadline, runner)
        all_ran = self._rescued(to_run, all_ran, deadline, runner)
        for planned, ran in zip(to_run, all_ran, strict=True):
            if len(ran) == len(planned.slots) == 1:
                scores[planned.slots[0]] = ran[0]
            else:
                scores.update(zip(planned.slots, ran, strict=True))
        if self._cache is not None and firsts:
            self._cache.store({each.key: scores[each.slots[0]] for each in to_run if each.key})
        for planned in repeated:
            score = scores[firsts[planned.key].slots[0]]
            scores[planned.slots[0]] = msgspec.structs.replace(score, seconds=0.0)
        slots = [firsts[key].slots[0] for key in known] + [planned.slots[0] for planned in repeated]
        if self._cache is not None:
            self._cache.note(len(firsts) + len(repeated), len(slots))
        return _RanPlan(scores=scores, asked=len(firsts) + len(repeated), known=frozenset(slots), overruns=overruns)

    def _rescued(
        self, plan: Sequence[_Planned], ran: Iterable[Scores], deadline: float | None, runner: Runner | None
    ) -> Iterable[Scores]:
        """Score each record of a separable group alone if the group exceeded its budget or killed its worker.

        A completion that hangs a function of the user would otherwise choose the reward of its whole group.
        """
        if not any(len(each.slots) > 1 and each.job.entry.installed.scorer.is_separable for each in plan):
            return ran
        results = list(ran)
        broken = [
            number
            for number, (planned, scores) in enumerate(zip(plan, results, strict=True))
            if len(scores) > 1
            and planned.job.entry.installed.scorer.is_separable
            and all(score.failure in _ENDED for score in scores)
        ]
        alone = [
            _Planned(Job((record,), plan[number].job.entry), (slot,), b"")
            for number in broken
            for record, slot in zip(plan[number].job.records, plan[number].slots, strict=True)
        ]
        rest = iter(self._run(alone, deadline, runner)[0] if alone else ())
        for number in broken:
            results[number] = tuple(next(rest)[0] for _ in plan[number].slots)
        return results

    def _run(
        self, plan: Sequence[_Planned], deadline: float | None, runner: Runner | None
    ) -> tuple[Iterable[Scores], Mapping[str, int]]:
        """Run bounded jobs in this process; then run in workers what they handed on, and all other jobs, together.

        Returns:
            The scores in order, and the overruns in this process.
        """
        jobs = [planned.job for planned in plan]
        if runner is not None:
            return runner.run(jobs, deadline), {}
        here = [self._may_run_here(job) for job in jobs]
        bounded = [job for job, is_here in zip(jobs, here, strict=True) if is_here]
        results_here = self._in_process.begin(bounded, deadline)
        overruns = self._note_overruns(bounded, results_here)
        rest = iter(results_here)
        results = [next(rest) if is_here else None for is_here in here]
        others = [job for job, result in zip(jobs, results, strict=True) if not isinstance(result, tuple)]
        if not others:
            return cast("list[Scores]", results), overruns
        scores = iter(self._supervised().run(others, deadline))
        return [result if isinstance(result, tuple) else next(scores) for result in results], overruns

    def _may_run_here(self, job: Job) -> bool:
        installed = job.entry.installed
        return installed.scorer.bounded and installed.id not in self._overrunning

    def _note_overruns(self, jobs: Sequence[Job], results: Sequence[Scores | HandedOn]) -> Mapping[str, int]:
        """Find bounded scorers that overran their budget here; they run in workers from now on, which can be killed."""
        overran = [
            job.entry.installed.id
            for job, result in zip(jobs, results, strict=True)
            if _seconds_of(result) > job.entry.budget_seconds * len(job.records)
        ]
        if not overran:
            return {}
        import logging  # few batches need it

        overruns = Counter(overran)
        for scorer_id in overruns.keys() - self._overrunning:
            self._overrunning.add(scorer_id)
            logging.getLogger(__name__).warning(
                "scorer %s declares that it is bounded and took longer than its budget in the dispatcher's process; "
                "it runs in workers from now on; report it to its author",
                scorer_id,
            )
        return dict(overruns)


# How a worker ends that runs too long, needs too much memory or dies.
_ENDED = frozenset({FailureKind.TIMEOUT, FailureKind.OUT_OF_MEMORY, FailureKind.CRASHED})


class _RanPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a plan: scores by place, and the counts of :class:`Dispatched`."""

    scores: dict[_Slot, Score]
    asked: int
    known: frozenset[_Slot]
    overruns: Mapping[str, int]

    def followed_by(self, later: _RanPlan) -> _RanPlan:
        """Return the result of both; the scores are those of the later one."""
        overruns = Counter(self.overruns) + Counter(later.overruns)
        return _RanPlan(
            scores=later.scores,
            asked=self.asked + later.asked,
            known=self.known | later.known,
            overruns=dict(overruns),
        )


def _score_of_both(entry: Entry, first: Score, second: Score) -> Score:
    """Return the score of an entry whose second scorer was asked: one of both, with the metrics of both."""
    is_second = _is_second_decisive(first, second)
    ids = [each.installed.id for each in entry.all_scorers]
    return msgspec.structs.replace(
        second if is_second else first,
        metrics={**first.metrics, **second.metrics, OTHERWISE: 1.0},
        seconds=first.seconds + second.seconds,
        opinions=(
            Opinion(scorer=ids[0], score=first, counts=not is_second),
            Opinion(scorer=ids[1], score=second, counts=is_second),
        ),
    )


def _is_second_decisive(first: Score, second: Score) -> bool:
    """Return whether the score of the second scorer is that of the entry.

    A second scorer without an opinion does not remove the value of the first, which a completion would profit from,
    nor hide that the row cannot be scored.
    """
    match second.verdict:
        case Verdict.SCORED | Verdict.FAILED:
            return True
        case Verdict.INVALID_TASK:
            return not first.verdict.has_value
        case Verdict.ABSTAINED:
            return first.verdict is Verdict.ABSTAINED
        case _:
            assert_never(second.verdict)


def groups_of(records: Sequence[Record]) -> tuple[int, ...]:
    """Return the group number of each record: records of one task and prompt; a record without a prompt is alone."""
    numbers: dict[object, int] = {}
    return tuple(
        numbers.setdefault(_group_key(record) or position, len(numbers)) for position, record in enumerate(records)
    )


def _partial_groups(groups: Sequence[int], whole: int) -> dict[int, Score]:
    """Return, by number of the group, the score of each record of a group that is not whole.

    A prompt that stands in a batch several times has a multiple of the number.
    """
    return {
        group: Score.abstained(
            f"a part of a group: {count} of {whole} completions of the prompt"
            if whole
            else "a part of a group: the completions of the prompt come one by one",
            reason_class="partial_group",
        )
        for group, count in Counter(groups).items()
        if not whole or count % whole
    }


def _group_key(record: Record) -> object:
    """Return what identifies the record's task and prompt; None for a record that is in no group.

    The texts of the turns do, unless a turn has tool calls: they are JSON objects, which have no hash but a digest.
    """
    prompt = record.prompt
    if not prompt:
        return None
    texts = [record.task]
    for turn in prompt:
        if turn.tool_calls:
            return prompt_digest(record)
        texts += (turn.role, turn.content)
    return tuple(texts)


def prompt_digest(record: Record) -> bytes | None:
    """Return 16 bytes that identify the record's task and prompt, the same in every process.

    None for a record without a prompt, or whose prompt contains something that is not JSON.
    """
    prompt = record.prompt
    if not prompt:
        return None
    try:
        return digest_of((record.task, [(turn.role, turn.content, turn.tool_calls) for turn in prompt]))
    except WireError:
        return None


def _score_without_running(
    record: Record, entry: Entry, *, calls_costly: bool, part_of_group: Score | None = None
) -> Score | None:
    """Return the score of a row that cannot be read or lacks a field, or of a blank completion; None to run it."""
    if record.problem:
        return Score.invalid_task(record.problem, reason_class=ReasonClass.INVALID_ROW.value)
    scorer = entry.installed.scorer
    for path in scorer.needs:
        value = record.reference if path == "reference" else record.field(path)
        if value is None or (path == "reference" and value == [] and not scorer.takes_empty_reference):
            problem = f"the row has no `{path}`{_where_to_look(path, record)}"
            return Score.invalid_task(problem, reason_class=ReasonClass.MISSING_FIELD.value)
    if part_of_group is not None and scorer.score_group is not None:
        return part_of_group
    if record.is_blank:
        return _blank_score(record)
    return _NOT_CALLED if entry.is_costly and not calls_costly else None


def _blank_score(record: Record) -> Score:
    """Return the score of a blank record; what stays blank with a word more is reasoning without an end."""
    return _TRUNCATED if record.with_completion(record.full + "\nword").is_blank else _BLANK


def _where_to_look(path: str, record: Record) -> str:
    """Return what helps a row without a reference: the other columns, one of which may be it."""
    if path != "reference" or not record.metadata:
        return ""
    columns = describe_columns(record.metadata)
    return f" (other columns: {columns}); if one of them is it, write `read: {{reference: COLUMN}}`"


class InProcess:
    """Runs scorers in this process, one after another; async ones concurrently on an event loop."""

    def run(self, jobs: Sequence[Job], deadline: float | None) -> list[Scores]:
        """See :class:`Runner`."""
        return cast("list[Scores]", self._run(jobs, deadline, finishes=True))

    def begin(self, jobs: Sequence[Job], deadline: float | None) -> list[Scores | HandedOn]:
        """Score each job as :meth:`run` does, but leave remainders to another runner."""
        return self._run(jobs, deadline, finishes=False)

    @staticmethod
    def _run(jobs: Sequence[Job], deadline: float | None, *, finishes: bool) -> list[Scores | HandedOn]:
        # All scorers run before the first answer is checked: code that runs again at once is in the processor's caches,
        # and the checks take a third of the time that they take between two scorers.
        called = [_call(job) if deadline is None or monotonic() < deadline else None for job in jobs]
        scores: list[Scores | HandedOn] = []
        waiting: dict[int, tuple[Job, Awaitable[Any]]] = {}
        for job, each in zip(jobs, called, strict=True):
            answer = job.repeat(cancelled_score()) if each is None else _settle(job, each, finishes=finishes)
            if isinstance(answer, (tuple, HandedOn)):
                scores.append(answer)
            else:
                waiting[len(scores)] = (job, answer)
                scores.append(())
        if waiting:
            for index, each_scores in zip(waiting, _await_all(list(waiting.values()), deadline), strict=True):
                scores[index] = each_scores
        return scores


def cancelled_score() -> Score:
    """Return the score of a job that was not finished at the deadline of its batch."""
    return Score.failed(FailureKind.CANCELLED_DEADLINE, "the batch's deadline came first")


def _seconds_of(result: Scores | HandedOn) -> float:
    return result.seconds if isinstance(result, HandedOn) else result[0].seconds * len(result)


def run_job(job: Job) -> Scores | Awaitable[Any]:
    """Run one job, with its remainder; return its scores, or an awaitable of its answer if its scorer is async."""
    return cast("Scores | Awaitable[Any]", _settle(job, _call(job), finishes=True))


class _Called(msgspec.Struct, frozen=True):
    """The answer of a scorer to a job, not yet checked, or the score of its exception; and the time of the call."""

    answer: object
    fault: Score | None
    seconds: float


def _call(job: Job) -> _Called:
    """Call the scorer of a job."""
    start = perf_counter()
    try:
        answer, fault = job.entry.installed.scorer.call(job.records, job.entry.prepared), None
    except BaseException as error:  # noqa: BLE001  # SystemExit of a plugin must not end the batch
        answer, fault = None, failure_from(error)
    return _Called(answer, fault, perf_counter() - start)


def _settle(job: Job, called: _Called, *, finishes: bool) -> Scores | HandedOn | Awaitable[Any]:
    """Convert the answer to a job into scores; ``finishes`` says whether to run a remainder."""
    answer, fault, seconds = called.answer, called.fault, called.seconds
    start = perf_counter()
    if fault is not None:
        return with_seconds(job.repeat(fault), start - seconds)
    try:
        if job.entry.installed.scorer.remainder_seconds and isinstance(answer, Remainder):
            if not finishes:
                return HandedOn(seconds=seconds)
            answer = answer.finish()
        if not isinstance(answer, (Score, float)) and hasattr(answer, "__await__"):  # a miss of hasattr is slow
            return cast("Awaitable[Any]", answer)
        scores = scores_from(job, answer)
    except BaseException as error:  # noqa: BLE001  # SystemExit of a plugin must not end the batch
        scores = job.repeat(failure_from(error))
    return with_seconds(scores, start - seconds)


def scores_from(job: Job, answer: object) -> Scores:
    """Check the answer of a scorer to a job, and convert it into scores."""
    if job.entry.installed.scorer.score_group is None:
        return (score_from(answer, job.entry.declared),)
    if not isinstance(answer, (list, tuple)) or len(answer) != len(job.records):
        what = f"{len(answer)} answers" if isinstance(answer, (list, tuple)) else type(answer).__name__
        problem = f"`score_group` returned {what} for {len(job.records)} records; expected a list with one each"
        return job.repeat(Score.failed(FailureKind.INVALID_RESULT, problem))
    return tuple(score_from(each, job.entry.declared) for each in answer)


def failure_from(error: BaseException) -> Score:
    """Convert an exception raised by a scorer into a failed Score.

    Raises:
        KeyboardInterrupt: The error is a KeyboardInterrupt, which comes from the operator.
    """
    if isinstance(error, KeyboardInterrupt):
        raise error
    kind = FailureKind.OUT_OF_MEMORY if isinstance(error, MemoryError) else FailureKind.EXCEPTION
    try:
        text = str(error)
    except Exception:  # noqa: BLE001  # `str` of an exception of a plugin may raise too
        text = ""
    return Score.failed(kind, f"{type(error).__name__}: {text[:300]}")


def _await_all(waiting: list[tuple[Job, Awaitable[Any]]], deadline: float | None) -> list[Scores]:
    """Run the awaitables concurrently, each within its budget."""
    import asyncio  # its import takes as long as that of all of core, and most suites have no async scorer
    from concurrent.futures import ThreadPoolExecutor

    async def await_together() -> list[Scores]:
        limits = Limits()
        return await asyncio.gather(*(limits.await_scores(job, awaitable, deadline) for job, awaitable in waiting))

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(await_together())
    # A loop of the caller runs in this thread, so a second one needs a thread of its own.
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, await_together()).result()


async def _scores_of(job: Job, awaitable: Awaitable[Any]) -> Scores:
    """Await the scores of a job; an exception of its scorer becomes failed scores inside the task.

    Outside would be too late: SystemExit of one task ends the event loop, and all other scorers with it.
    """
    try:
        return scores_from(job, await awaitable)
    except BaseException as error:  # noqa: BLE001  # SystemExit of a plugin must not end the batch
        return job.repeat(failure_from(error))


class Limits:
    """Limits how many records each async scorer scores at the same time; for use on one event loop."""

    def __init__(self) -> None:
        self._limits: dict[str, Any] = {}

    async def await_scores(self, job: Job, awaitable: Awaitable[Any], deadline: float | None) -> Scores:
        """Await the scores of a job: within the concurrency of its scorer, its budget and the deadline."""
        import asyncio

        installed = job.entry.installed
        limit = self._limits.setdefault(installed.id, asyncio.Semaphore(installed.scorer.concurrency))
        async with limit:
            start = perf_counter()
            left = float("inf") if deadline is None else deadline - monotonic()
            budget = job.budget_seconds
            task = asyncio.ensure_future(_scores_of(job, awaitable))
            # Not ``wait_for``: it waits for a coroutine that refuses to be cancelled.
            done, _ = await asyncio.wait({task}, timeout=max(0.0, min(left, budget)))
            if not done:
                task.cancel()
                return with_seconds(job.repeat(cancelled_score() if left < budget else timeout_score(budget)), start)
            try:
                scores = task.result()
            except asyncio.CancelledError as error:  # the scorer cancelled its own task as it returned
                scores = job.repeat(failure_from(error))
            return with_seconds(scores, start)


def timeout_score(budget_seconds: float) -> Score:
    """Return the score of a job that took longer than its budget."""
    return Score.failed(FailureKind.TIMEOUT, f"took longer than its budget of {budget_seconds:g} s")


def with_seconds(scores: Scores, start: float) -> Scores:
    """Set ``seconds`` of each score: the time since ``start`` of ``time.perf_counter``, divided by their number."""
    seconds = (perf_counter() - start) / len(scores)
    if len(scores) == 1:
        return (msgspec.structs.replace(scores[0], seconds=seconds),)
    return tuple([msgspec.structs.replace(score, seconds=seconds) for score in scores])
