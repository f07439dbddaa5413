"""Station 3: decide which scorers run on which records, and have them run.

Each record is scored by each entry of its task, all records of a prompt together by scorers of groups, and what the
cache knows is not scored. The second scorer of an entry runs where the first did not decide. Costly scorers run last,
and only where they can change a reward.
A runner runs the jobs: ``rlvr.jobs.InProcess`` in this process, for bounded scorers; ``rlvr.workers`` in processes that
can be killed, for all others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias, assert_never, cast

import msgspec

from rlvr.aggregate import outlook_of
from rlvr.cache import Cache, key_of
from rlvr.config import Entry, Suite
from rlvr.config.suite import OTHERWISE
from rlvr.groups import groups_of, partial_groups
from rlvr.jobs import HandedOn, InProcess, Job, Runner, Scores, seconds_of
from rlvr.record import Record
from rlvr.record.missing import describe_columns
from rlvr.scores import FailureKind, Opinion, ReasonClass, Score, Verdict

# The scores of a blank completion by every scorer. No scorer is called: none may give a reward for nothing.
_BLANK = Score.of(0.0, "the completion is blank", reason_class=ReasonClass.BLANK.value)
_TRUNCATED = Score.of(
    0.0, "the reasoning never ends, so nothing is left to score", reason_class=ReasonClass.TRUNCATED.value
)

# The score by a costly scorer, where none is to be called.
_NOT_CALLED = Score.abstained("not called, since it is costly")


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
        partial = {} if group_records is None else partial_groups(groups, group_records)
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
            if seconds_of(result) > job.entry.budget_seconds * len(job.records)
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
