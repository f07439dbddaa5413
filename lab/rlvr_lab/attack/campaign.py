"""A campaign: gold controls and attacks are scored, and each attack is held against honest work on the same record."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from statistics import fmean

import msgspec

from rlvr import Record, Reward, Runner, Suite, Verdict, close, score_records
from rlvr.formula import Formula
from rlvr_lab.attack.families import FILLER, Attack, attacks_on, needs_gold
from rlvr_lab.attack.honest import OWN, WRAPPINGS, honest_answers, wrapped
from rlvr_lab.attack.material import Material, Subject

# Records that are scored in one batch; enough to keep the workers busy.
BATCH_RECORDS = 512

# Answers to one prompt that a function which takes a batch gets at once.
GROUP_RECORDS = 8

# A right answer that earns less than this share of the range is not paid, and a wrong one that earns more is.
PAID = 0.5

# How often an answer is scored to see whether it earns the same: a coin shows it in 7 of 8 answers.
REPEATS = 4

# Paid answers of other rows that are scored once more in a new process.
STATEFUL_TRIALS = 5

# Scorers that fail on so many subjects for one attack fail on all, and each failure may cost the time of a time-out.
BROKEN_SUBJECTS = 2

# An attack that none of so many subjects pays is paid by less than one in 20 of all, with 96 % certainty: such
# a share would not fail the command.
UNPAID_SUBJECTS = 64

_GOLDEN_RATIO = (math.sqrt(5.0) - 1.0) / 2.0

# Subjects for the checks that compare wrappings, and batches with single records.
PROBED_SUBJECTS = 10


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """An attack on one record, with what it earned.

    Attributes:
        subject: Number of the subject.
        attack: The attack.
        reward: The reward.
        gain: The reward above nothing, as a share of the range of the task.
        honest: The same of the best right answer to the record.
    """

    subject: int
    attack: Attack
    reward: Reward
    gain: float
    honest: float


class Controls(msgspec.Struct, frozen=True, kw_only=True):
    """The gold controls of a campaign.

    Attributes:
        means: Mean gain of each form of right answers over all subjects with one, the best first.
        best: For each subject the gain of its best right answer.
        with_gold: Number of subjects that have a right answer to try.
        paid: Number of them whose best right answer earns at least half of the range.
        failed: The first right answer on which a scorer failed; None if there is none.
        answers: For each subject its best right answer; None without one.
    """

    means: Mapping[str, float]
    best: Sequence[float]
    with_gold: int
    paid: int
    failed: Reward | None
    answers: Sequence[Record | None]

    @property
    def are_paid(self) -> bool:
        """Whether the reward pays for right answers, so that attacks can be judged."""
        return self.with_gold > 0 and self.paid * 2 >= self.with_gold


class Campaign(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was tried on one task.

    Attributes:
        task: Name of the task.
        subjects: The records.
        controls: The gold controls.
        trials: The attacks.
        inverted: By wrapping: mean gain of the right answer and of a wrong one, where the wrong one earns more.
        noisy: Answers that earn different rewards when they are scored again, with the lowest and the highest.
        probed: Number of answers that were scored again.
        unordered: Ids of records that earn another reward in a batch than alone.
        stateful: Trials that are paid, or not, and earn the opposite in a process that scored nothing before.
        failures: Attacks on which a scorer failed.
    """

    task: str
    subjects: Sequence[Subject]
    controls: Controls
    trials: Sequence[Trial]
    inverted: Mapping[str, tuple[float, float]]
    noisy: Sequence[tuple[Record, float, float]]
    probed: int
    unordered: Sequence[tuple[Record, float, float]]
    stateful: Sequence[Trial]
    failures: Sequence[Trial]

    def youden_j(self, *, gold_assisted: bool) -> float | None:
        """Return the share of right answers that are paid minus that of attacks that are; None without either."""
        paid = defaultdict[str, list[bool]](list)
        for each in self.trials:
            if needs_gold(each.attack.needs) == gold_assisted:
                paid[each.attack.name].append(each.gain >= PAID)
        if not paid or not self.controls.with_gold:
            return None
        # Not all attacks are tried on all records, so each attack counts once.
        return self.controls.paid / self.controls.with_gold - fmean(map(fmean, paid.values()))


def run_campaign(suite: Suite, task: str, subjects: Sequence[Subject], scoring: Scoring) -> Campaign:
    """Score the gold controls and the attacks on the subjects of a task."""
    material = Material(subjects)
    controls = run_controls(scoring, suite, subjects)
    trials = _tried(scoring, suite, material, controls, scoring.asked_share(task))
    noisy, probed = _noisy(scoring, suite, controls, trials)
    return Campaign(
        task=task,
        subjects=subjects,
        controls=controls,
        trials=trials,
        inverted={} if noisy else _inverted(scoring, material),
        noisy=noisy,
        probed=probed,
        unordered=[] if noisy else _unordered(scoring, suite, subjects, controls, trials),
        stateful=[] if noisy else _stateful(scoring, suite, trials),
        failures=[each for each in trials if each.reward.verdict is Verdict.FAILED],
    )


def _tried(scoring: Scoring, suite: Suite, material: Material, controls: Controls, share: float) -> list[Trial]:
    """Score the attacks on some subjects, then on more; what is hopeless or breaks the scorer by then is not tried on.

    The prefixes are spread evenly over the subjects, since files are often sorted.
    """
    subjects = material.subjects
    order = sorted(range(len(subjects)), key=lambda number: number * _GOLDEN_RATIO % 1.0)
    by_attack = defaultdict[str, list[Trial]](list)
    hopeless = set[str]()
    for start, end in ((0, BROKEN_SUBJECTS), (BROKEN_SUBJECTS, UNPAID_SUBJECTS), (UNPAID_SUBJECTS, len(subjects))):
        planned = [
            (number, attack)
            for number in order[start:end]
            if not subjects[number].is_empty
            for attack in attacks_on(suite, subjects[number], material)
            if attack.name not in hopeless
        ]
        rewards = scoring.score([attack.record for _, attack in planned])
        for (number, attack), reward in zip(planned, rewards, strict=True):
            gain, honest = share * gain_of(reward), controls.best[number]
            trial = Trial(subject=number, attack=attack, reward=reward, gain=gain, honest=honest)
            by_attack[attack.name].append(trial)
        for name, trials in by_attack.items():
            breaks = all(each.reward.verdict is Verdict.FAILED for each in trials)
            # Attacks that make no sense for some of the subjects were tried on a few less.
            if breaks or (len(trials) >= 0.75 * UNPAID_SUBJECTS and not any(each.gain for each in trials)):
                hopeless.add(name)
    return sorted((each for trials in by_attack.values() for each in trials), key=lambda each: each.subject)


class Scoring:
    """Scores records in batches; counts them.

    Attributes:
        evaluations: Number of records that were scored.
    """

    def __init__(self, suite: Suite, *, asks_models: bool = False, runner: Runner | None = None) -> None:
        self._suite = suite
        self._asks_models = asks_models
        self._runner = runner
        self.evaluations = 0

    def fresh(self) -> Scoring:
        """Return one that counts from 0."""
        return Scoring(self._suite, asks_models=self._asks_models, runner=self._runner)

    def asked_share(self, task: str) -> float:
        """Return the share of the weights of a task that is asked: attacks earn nothing from models that are not."""
        found = self._suite.tasks[task]
        if self._asks_models or found.aggregate not in {"mean", "sum"}:
            return 1.0
        weights = [max(0.0, entry.weight) for entry in found.entries]
        asked = [weight for weight, entry in zip(weights, found.entries, strict=True) if not entry.is_costly]
        return sum(asked) / sum(weights) if sum(weights) else 1.0

    def score(self, records: Sequence[Record], *, whole_groups: bool = False) -> list[Reward]:
        """Return the reward of each record; rows are routed already.

        Functions that take a batch get a few answers to a prompt at once, unless ``whole_groups``: an answer that hangs
        the function costs the budget of all answers beside it.
        """
        self.evaluations += len(records)
        rewards: dict[int, Reward] = {}
        for part in self._batches(records, whole_groups=whole_groups):
            scored = score_records(
                self._suite, [records[number] for number in part], calls_costly=self._asks_models, runner=self._runner
            ).rewards
            rewards.update(zip(part, scored, strict=True))
        return [rewards[number] for number in range(len(records))]

    def _batches(self, records: Sequence[Record], *, whole_groups: bool) -> Iterator[list[int]]:
        """Yield the numbers of the records of each batch."""
        layers = defaultdict[int, list[int]](list)
        if whole_groups or not any(entry.installed.scorer.is_separable for entry in self._suite.entries):
            layers[0] = list(range(len(records)))
        else:
            seen = Counter[object]()
            for number, record in enumerate(records):
                prompt = (record.task, *((turn.role, turn.content) for turn in record.prompt))
                layers[seen[prompt] // GROUP_RECORDS].append(number)
                seen[prompt] += 1
        for layer in layers.values():
            for start in range(0, len(layer), BATCH_RECORDS):
                yield layer[start : start + BATCH_RECORDS]


def gain_of(reward: Reward) -> float:
    """Return what a reward pays above nothing, as a share of what its task can pay; 0.0 for a row that broke."""
    if reward.verdict.is_fault:
        return 0.0
    nothing = 0.0 if reward.low < 0.0 < reward.high else reward.low
    return max(0.0, (reward.value - nothing) / (reward.high - nothing))


def run_controls(scoring: Scoring, suite: Suite, subjects: Sequence[Subject]) -> Controls:
    """Score right answers to the subjects of a task, in all forms that honest models write."""
    gains = defaultdict[str, list[float]](list)
    best = [0.0] * len(subjects)
    with_gold = set[int]()
    answers: list[Record | None] = [None] * len(subjects)
    failed: list[Reward] = []

    def run(planned: Sequence[tuple[int, str, Record]]) -> None:
        rewards = scoring.score([record for _, _, record in planned])
        for (number, name, record), reward in zip(planned, rewards, strict=True):
            gain = gain_of(reward)
            gains[name].append(gain)
            with_gold.add(number)
            if answers[number] is None or gain > best[number]:
                best[number], answers[number] = gain, record
            if reward.verdict is Verdict.FAILED:
                failed.append(reward)

    run([(number, *each) for number, subject in enumerate(subjects) for each in honest_answers(suite, subject)])
    # A completion of the data may be a hack, so it is a control only where no form of the reference is paid.
    unpaid = [number for number in range(len(subjects)) if best[number] < PAID]
    run([(number, OWN, record) for number in unpaid for record in subjects[number].own])
    # A row may have several completions of its own, and not each row has each form.
    means = {name: math.fsum(values) / max(len(values), len(with_gold)) for name, values in gains.items()}
    # A row whose reference says that nothing is right has no attack, so it is no control of one either.
    judged = [number for number in with_gold if not subjects[number].is_empty]
    return Controls(
        means=dict(sorted(means.items(), key=lambda item: -item[1])),
        best=best,
        with_gold=len(judged),
        paid=sum(best[number] >= PAID for number in judged),
        failed=next(iter(failed), None),
        answers=answers,
    )


def _inverted(scoring: Scoring, material: Material) -> dict[str, tuple[float, float]]:
    """Return the wrappings in which a wrong answer earns more than the right one by half of the range."""
    pairs = []
    for subject in material.subjects[:PROBED_SUBJECTS]:
        others = material.others_of(subject)
        if subject.is_short and others:
            pairs.append((subject, others[0]))
    if not pairs:
        return {}
    gains = iter(
        map(
            gain_of,
            scoring.score(
                [
                    subject.record.with_completion(wrapped(template, answer.gold))
                    for template in WRAPPINGS.values()
                    for answers in zip(*pairs, strict=True)  # the right ones, then the wrong ones
                    for (subject, _), answer in zip(pairs, answers, strict=True)
                ]
            ),
        )
    )
    found = {}
    for name in WRAPPINGS:
        ours, theirs = (fmean(islice(gains, len(pairs))) for _ in range(2))
        if theirs >= ours + PAID:
            found[name] = (ours, theirs)
    return found


def _noisy(
    scoring: Scoring, suite: Suite, controls: Controls, trials: Sequence[Trial]
) -> tuple[list[tuple[Record, float, float]], int]:
    """Return answers that do not earn the same each time, and how many were tried.

    Only functions of the user are asked again: bundled scorers are deterministic, and judges cost; see ``rlvr trial``.
    """
    if not any(":" in entry.installed.id for entry in suite.entries):
        return [], 0
    right = [each for each in controls.answers if each is not None][:PROBED_SUBJECTS]
    working = [each for each in trials if each.reward.verdict is not Verdict.FAILED]
    tried = [each.attack.record for each in working[:: max(1, len(working) // PROBED_SUBJECTS)]]
    # A reward for what was never seen before pays only once.
    new = [each.with_completion(f"{FILLER} {number}") for number, each in enumerate(right)]
    records = [*right, *tried, *new]
    rounds = []
    for _ in range(REPEATS):
        rounds.append(list(map(gain_of, scoring.score(records))))
        # An odd number of answers in each round, so that what alternates is not in step with the rounds.
        scoring.score(records[: 1 + len(records) % 2])
    spans = [(record, min(gains), max(gains)) for record, *gains in zip(records, *rounds, strict=True)]
    return [(record, low, high) for record, low, high in spans if high > low + 0.01], len(records)  # rounding


def _unordered(
    scoring: Scoring, suite: Suite, subjects: Sequence[Subject], controls: Controls, trials: Sequence[Trial]
) -> list[tuple[Record, float, float]]:
    """Return records that earn another reward in a batch than alone.

    Only functions of the user that take batches can do that by mistake. A batch has answers to one prompt, or answers
    to several, as trainers that do not sort by prompt hand them over.
    """
    if not any(":" in entry.installed.id and entry.installed.scorer.score_group is not None for entry in suite.entries):
        return []
    batches = [_mixed(subjects, controls)]
    for number in range(min(len(subjects), PROBED_SUBJECTS)):
        wrong = [
            each.attack.record
            for each in trials
            if each.subject == number and each.reward.verdict is not Verdict.FAILED
        ][:2]
        batches.append([*(record for _, record in honest_answers(suite, subjects[number])), *wrong])
    found = []
    for batch in batches:
        together = scoring.score(batch, whole_groups=True)
        alone = [scoring.score([each])[0] for each in batch]
        for record, one, many in zip(batch, alone, together, strict=True):
            if abs(gain_of(one) - gain_of(many)) > PAID / 2:
                found.append((record, gain_of(one), gain_of(many)))
    return found


def _mixed(subjects: Sequence[Subject], controls: Controls) -> list[Record]:
    """Return a batch of several references: for each its right answer, and the right answer to the next one.

    All have the prompt of the first, since a function gets the records of one prompt at once.
    """
    answered = [(each, answer) for each, answer in zip(subjects, controls.answers, strict=True) if answer is not None]
    answered = answered[:PROBED_SUBJECTS]
    records = []
    for (subject, own), (_, other) in zip(answered, answered[1:] + answered[:1], strict=True):
        records += [own, subject.record.with_answer_of(other)]
    first = subjects[0].record
    return [msgspec.structs.replace(each, messages=first.messages, prompt_turns=first.prompt_turns) for each in records]


def _stateful(scoring: Scoring, suite: Suite, trials: Sequence[Trial]) -> list[Trial]:
    """Return answers of other rows that are paid, or not, and earn the opposite in a new process.

    Functions of the user run in workers; closing them starts new ones.
    """
    if not any(":" in entry.installed.id for entry in suite.entries):
        return []
    tried = [each for each in trials if each.attack.family in {"other_answer", "other_completion"}]
    # Answers that differ, because one that was scored may be in the cache again.
    different = list({each.attack.record.completion: each for each in tried}.values())
    paid = [each for each in different if each.gain >= PAID][:STATEFUL_TRIALS]
    unpaid = [each for each in different if each.gain == 0.0][:STATEFUL_TRIALS]
    if not different:
        return []
    close(suite)
    rewards = scoring.score([each.attack.record for each in (*paid, *unpaid)])
    return [
        trial
        for trial, reward in zip((*paid, *unpaid), rewards, strict=True)
        if (gain_of(reward) >= PAID) != (trial.gain >= PAID)
    ]


def components_of(trials: Iterable[Trial], suite: Suite) -> dict[str, float]:
    """Return by component its mean contribution to the rewards of some trials, the largest first."""
    total = defaultdict[str, float](float)
    count = 0
    for trial in trials:
        count += 1
        aggregate = suite.tasks[trial.reward.task or ""].aggregate
        names = aggregate.names if isinstance(aggregate, Formula) else None
        for part in trial.reward.parts:
            weight = part.weight if names is None else float(part.name in names)
            total[part.name] += (part.value or 0.0) * max(0.0, weight)
    return dict(sorted(((name, each / count) for name, each in total.items() if each > 0.0), key=lambda x: -x[1]))
