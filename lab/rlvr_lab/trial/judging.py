"""Findings of a small run: what would waste the large one, and what to change in the suite or the data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

import msgspec

from rlvr import Task
from rlvr.formula import Formula
from rlvr.report import SAME_REWARD
from rlvr_lab.attack.judging import FAILING, SEVERITIES, Severity
from rlvr_lab.clustered import ClusteredMean, clustered_mean
from rlvr_lab.page.numbers import percent, short, whole
from rlvr_lab.rewards import CEILING, has_signal
from rlvr_lab.trial.running import Noise, SmallRun
from rlvr_lab.view.findings import flat_words
from rlvr_lab.view.statistics import TaskStatistics

TrialVerdict: TypeAlias = Literal["ready", "not ready", "cannot judge"]

# Below and above these shares of the range, most groups of a prompt have equal rewards.
LOW, HIGH = 0.2, 0.8
# Fewer rows, or groups, say nothing of a share.
_FEW_ROWS, _FEW_GROUPS = 10, 4
_FLAT_HIGH, _FLAT_LOW = 0.75, 0.5
_SATURATED = 0.95
_VETOED = 0.5
_INVALID = 0.05
# A correlation of fewer rows may be chance: the limit is also three standard errors.
_LENGTH_LOW, _LENGTH_HIGH, _ERRORS = 0.5, 0.7, 3.0
# Noise that is as large, as a share of the spread of rewards, hides what a group teaches.
_NOISE_OF_SPREAD, _NOISE_ROWS = 0.25, 0.2


class TrialFinding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that would waste a job.

    Attributes:
        severity: How bad it is; from ``medium`` on it fails the command.
        family: The kind of finding.
        component: The entry of the suite; "" if there is none to blame.
        title: A sentence.
        recommendation: What to change, in the terms of the suite.
        task: Name of the task; "" for rows without one.
    """

    severity: Severity
    family: str
    component: str
    title: str
    recommendation: str
    task: str


class TaskTrial(msgspec.Struct, frozen=True, kw_only=True):
    """A task after its trial.

    Attributes:
        task: Name of the task.
        verdict: Whether rows of it can be trained on.
        statistics: Its rows.
        mean: Mean reward over groups, as a share of the range, with its interval.
        noise: What changed when the rows were scored again; None if they were not.
    """

    task: str
    verdict: TrialVerdict
    statistics: TaskStatistics
    mean: ClusteredMean
    noise: Noise | None


def judge(run: SmallRun) -> tuple[list[TaskTrial], list[TrialFinding]]:
    """Return the tasks of a small run, and all findings, the most severe first."""
    tasks, findings = [], list(_faults(run))
    for name, statistics in run.statistics.tasks.items():
        if not name:
            continue
        mean, noise = _mean_of(run, statistics), run.noise.get(name)
        found = [
            *_distribution(statistics, mean),
            *_groups(statistics),
            *_components(run.suite.tasks[name], statistics),
            *_vetoes(run, statistics),
            *_length(run.suite.tasks[name], statistics),
            *(() if noise is None else _noise(statistics, noise)),
        ]
        findings.extend(found)
        own = [each for each in findings if each.task == name]
        tasks.append(
            TaskTrial(task=name, verdict=_verdict_of(mean, own), statistics=statistics, mean=mean, noise=noise)
        )
    return tasks, sorted(findings, key=lambda each: SEVERITIES.index(each.severity))


def verdict_of(tasks: Sequence[TaskTrial], findings: Sequence[TrialFinding]) -> TrialVerdict:
    """Return the verdict over all tasks: of a run without a scored row, nothing can be judged."""
    if not any(each.mean.rows for each in tasks):
        return "cannot judge"
    return "not ready" if any(each.severity in FAILING for each in findings) else "ready"


def _verdict_of(mean: ClusteredMean, findings: Sequence[TrialFinding]) -> TrialVerdict:
    if not mean.rows:
        return "cannot judge"
    return "not ready" if any(each.severity in FAILING for each in findings) else "ready"


def _mean_of(run: SmallRun, task: TaskStatistics) -> ClusteredMean:
    width = task.high - task.low
    return clustered_mean(
        (row.group or row.position, (row.reward - task.low) / width)
        for row in run.rows
        if row.task == task.name and row.verdict.has_value
    )


def _faults(run: SmallRun) -> Iterator[TrialFinding]:
    """Yield the kinds of rows that could not be scored."""
    rows = run.statistics.rows
    for fault, count in run.statistics.faults:
        task, _, component = fault.place.partition(" / ")
        is_broken = fault.verdict == "failed"
        severe = is_broken or count > _INVALID * rows
        place = f"tasks.{task}: `{component}`: " if component else ""
        trouble = "a scorer broke" if is_broken else "nobody can score them"
        yield TrialFinding(
            severity="high" if severe else "low",
            family=fault.verdict,
            component=component,
            title=f"{whole(count)} of {whole(rows)} rows: {trouble}: {fault.reason or fault.kind}",
            recommendation=f"{place}correct the scorer, or give it a longer `budget_seconds` if it is slow"
            if is_broken
            else f"{place}correct the rows, or say by `reference` and `route` where the suite finds their parts; see "
            "`rlvr check`",
            task=task,
        )


def _distribution(task: TaskStatistics, mean: ClusteredMean) -> Iterator[TrialFinding]:
    """Yield how the mean reward lies outside of 20 to 80 % of the range."""
    if not mean.rows:
        return
    bands, place = task.bands(), f"tasks.{task.name}: "
    found: tuple[Severity, str, str, str] | None = None
    rewards = task.rewards
    if mean.rows < _FEW_ROWS:
        found = ("info", "few_rows", f"only {whole(mean.rows)} rows were scored", "try more rows")
    elif bands[0] == mean.rows:
        found = ("critical", "always_floor", "each row gets the lowest reward", f"{place}{_TOO_LOW}")
    elif bands[CEILING] == mean.rows:
        found = ("critical", "always_ceiling", "each row gets the highest reward", f"{place}{_TOO_HIGH}")
    elif max(rewards) - min(rewards) < SAME_REWARD:
        found = ("critical", "constant", f"each row gets {short(rewards[0])}", f"{place}{_CONSTANT}")
    elif not LOW <= mean.mean <= HIGH:
        is_low = mean.mean < LOW
        low, high = (mean.mean if mean.low is None else mean.low), (mean.mean if mean.high is None else mean.high)
        interval = f" ({max(0.0, low):.0%} to {min(1.0, high):.0%})"
        found = (
            "high" if high < LOW or low > HIGH else "medium",
            "too_hard" if is_low else "too_easy",
            f"the mean reward is {mean.mean:.0%} of the range{interval}, {'below 20' if is_low else 'above 80'} %",
            f"{place}{_TOO_LOW if is_low else _TOO_HIGH}",
        )
    if found is not None:
        severity, family, title, recommendation = found
        yield TrialFinding(
            severity=severity,
            family=family,
            component="",
            title=f"{task.name}: {title}",
            recommendation=recommendation,
            task=task.name,
        )


_TOO_LOW = (
    "take easier rows or a stronger model, add an entry that pays for partly right answers, and read zeros with "
    "`rlvr explain`: an answer that the scorer cannot read is also 0"
)
_TOO_HIGH = (
    "take harder rows, raise the weight of entries that still differ, and try wrong answers with `rlvr attack`: a "
    "reward that pays for everything looks the same"
)
_CONSTANT = "no entry tells answers apart; look at the weights, at `when` and at gates with `rlvr explain`"


def _groups(task: TaskStatistics) -> Iterator[TrialFinding]:
    """Yield how many groups have zero variance."""
    scored = [each.state for each in task.groups() if each.mean is not None]
    flat = [state for state in scored if not has_signal(state)]
    if not scored:
        yield TrialFinding(
            severity="info",
            family="no_groups",
            component="",
            title=f"{task.name}: no prompt has two scored answers, so that zero-variance groups cannot be seen",
            recommendation="sample several answers for each prompt of the trial, as the job will",
            task=task.name,
        )
    elif len(scored) >= _FEW_GROUPS and len(flat) >= _FLAT_LOW * len(scored):
        yield TrialFinding(
            severity="high" if len(flat) >= _FLAT_HIGH * len(scored) else "low",
            family="zero_variance",
            component="",
            title=f"{task.name}: {whole(len(flat))} of {whole(len(scored))} groups have equal rewards, so that their "
            f"advantage is zero: {flat_words(flat)}",
            recommendation=f"tasks.{task.name}: leave these prompts out, sample more answers for each, or add an entry "
            "that grades answers which are alike today",
            task=task.name,
        )


def _components(task: Task, statistics: TaskStatistics) -> Iterator[TrialFinding]:
    """Yield the entries of a mixture that pay the same for nearly all rows."""
    paying = _paying(task)
    if len(paying) < 2:  # noqa: PLR2004  # of a single one, the distribution says it
        return
    for name in paying:
        values = statistics.values_of(name)
        for limit, word in ((1.0, "full"), (0.0, "nothing")):
            same = sum(abs(value - limit) < SAME_REWARD for value in values)
            if len(values) >= _FEW_ROWS and same >= _SATURATED * len(values):
                yield TrialFinding(
                    severity="low",
                    family="saturated",
                    component=name,
                    title=f"{task.name}: `{name}` pays {word} on {percent(same, len(values))} of the rows, and tells "
                    "nothing apart",
                    recommendation=f"tasks.{task.name}: `{name}`: "
                    + (
                        "make it a gate or a metric (`weight: 0`), and give its weight to the others"
                        if limit
                        else "look at its options and its `when`, or drop it: its weight cannot be earned"
                    ),
                    task=task.name,
                )


def _paying(task: Task) -> list[str]:
    """Return the entries whose values add to the reward."""
    if isinstance(task.aggregate, Formula):
        return [entry.name for entry in task.entries if entry.name in task.aggregate.names]
    return [entry.name for entry in task.entries if entry.weight > 0.0]


def _vetoes(run: SmallRun, task: TaskStatistics) -> Iterator[TrialFinding]:
    """Yield the gates that veto most rows."""
    rows = [row for row in run.rows if row.task == task.name and row.verdict.has_value]
    for name in sorted({row.vetoed_by for row in rows if row.vetoed_by}):
        vetoed = sum(row.vetoed_by == name for row in rows)
        if len(rows) >= _FEW_ROWS and vetoed > _VETOED * len(rows):
            yield TrialFinding(
                severity="high",
                family="vetoed",
                component=name,
                title=f"{task.name}: the gate `{name}` vetoes {percent(vetoed, len(rows))} of the rows",
                recommendation=f"tasks.{task.name}: `{name}`: lower its `gate`, say in the prompt what it asks for, or "
                "give it a weight in place of the gate until the model has learned it",
                task=task.name,
            )


def _length(task: Task, statistics: TaskStatistics) -> Iterator[TrialFinding]:
    """Yield whether longer or shorter answers are paid, within groups if the data have some."""
    free = sum(size - 1 for size in statistics.group_sizes())  # ranks are centred in each group
    within = free > 0
    found = statistics.length_correlation(within_groups=within)
    limit = _ERRORS / math.sqrt(max(1, free if within else len(statistics.rewards) - 1))
    if found is None or abs(found) < max(_LENGTH_LOW, limit):
        return
    by_component = {name: statistics.length_correlation(name, within_groups=within) or 0.0 for name in _paying(task)}
    component = max(by_component, key=lambda name: by_component[name] * math.copysign(1.0, found), default="")
    # Where answers are right or wrong, the right ones may be longer by themselves.
    is_graded = len({round(value, 6) for value in statistics.values_of(component)}) > 2 if component else True  # noqa: PLR2004
    yield TrialFinding(
        severity="high" if is_graded and abs(found) >= _LENGTH_HIGH else "low",
        family="length",
        component=component,
        title=f"{task.name}: {'longer' if found > 0.0 else 'shorter'} answers earn more: rank correlation "
        f"{short(found)} {'within groups' if within else 'over all rows'}, most in `{component}`",
        recommendation=f"tasks.{task.name}: `{component}`: "
        + (
            "add `when` so that it pays for right answers only, or give it an upper bound"
            if is_graded
            else "see by `rlvr view` whether short answers are wrong, cut off or not read; `rlvr attack` tries padding"
        ),
        task=task.name,
    )


def _noise(task: TaskStatistics, noise: Noise) -> Iterator[TrialFinding]:
    """Yield whether the same rows get other rewards when they are scored again."""
    component = next(iter(noise.components), "")
    if noise.lost:
        yield TrialFinding(
            severity="high",
            family="unstable",
            component="",
            title=f"{task.name}: {whole(noise.lost)} rows were scored once, and not each time",
            recommendation=f"tasks.{task.name}: give slow scorers a longer `budget_seconds`, and see `rlvr doctor`",
            task=task.name,
        )
    if not noise.changed:
        return
    spreads = [each.spread for each in task.groups() if each.spread is not None]
    spread = sum(spreads) / len(spreads) / (task.high - task.low) if spreads else 0.0
    is_high = noise.changed >= _NOISE_ROWS * noise.rows or noise.deviation > _NOISE_OF_SPREAD * spread > 0.0
    example, rewards = noise.example or ("", [])
    yield TrialFinding(
        severity="high" if is_high else "medium",
        family="noise",
        component=component,
        title=f"{task.name}: {percent(noise.changed, noise.rows)} of the rows get another reward when they are scored "
        f"again, such as {example}: {', '.join(map(short, rewards))}",
        recommendation=f"tasks.{task.name}: `{component}`: take chance, time and state out of it; of a judge, set "
        "`samples` or a panel of models, and ask for choices in place of numbers",
        task=task.name,
    )
