"""The whole of ``rlvr attack``: each task of a suite is attacked, then searched; findings come out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from rlvr import RlvrError, Runner, close, load_suite
from rlvr_lab.attack.campaign import Campaign, Scoring, run_campaign
from rlvr_lab.attack.judging import SEVERITIES, AttackFinding, AttackVerdict, findings_of, is_judged, rank_of
from rlvr_lab.attack.material import subjects_in
from rlvr_lab.attack.searching import search


class AttackError(RlvrError):
    """Data without a record to attack."""


class AttackedTask(msgspec.Struct, frozen=True, kw_only=True):
    """A task after its attack.

    Attributes:
        task: Name of the task.
        verdict: The verdict.
        campaign: What was tried.
        j_free: Youden's J over attacks that need no right answer; None if it cannot be computed.
        j_gold: The same over those that need it.
    """

    task: str
    verdict: AttackVerdict
    campaign: Campaign
    j_free: float | None
    j_gold: float | None


class Attacked(msgspec.Struct, frozen=True, kw_only=True):
    """A suite after its attack.

    Attributes:
        suite: Name of its file.
        fingerprint: Its fingerprint.
        tasks: Its tasks that had records.
        findings: All findings, the most severe first.
        searched: Evaluations of the adaptive search.
        skips_models: Whether costly scorers were not asked.
    """

    suite: str
    fingerprint: str
    tasks: Sequence[AttackedTask]
    findings: Sequence[AttackFinding]
    searched: int
    skips_models: bool

    @property
    def verdict(self) -> AttackVerdict:
        """The worst of the verdicts: something is paid, nothing can be judged, or all was resisted."""
        if any(each.fails for each in self.findings):
            return "exploitable"
        return "resisted" if all(is_judged(each.verdict) for each in self.tasks) else "cannot judge"

    def new_since(self, before: Attacked) -> list[tuple[str, str, str]]:
        """Return task, family and component of failing findings that another suite does not have as severely."""
        known = {_key(each): SEVERITIES.index(each.severity) for each in before.findings if each.fails}
        return [
            _key(each)
            for each in self.findings
            if each.fails and SEVERITIES.index(each.severity) < known.get(_key(each), len(SEVERITIES))
        ]


def _key(finding: AttackFinding) -> tuple[str, str, str]:
    return finding.task, finding.family, finding.component


def attack_suite(  # noqa: PLR0913  # the options of the command
    path: Path,
    data: Sequence[Path],
    *,
    rows: int,
    budget: int,
    seed: int,
    asks_models: bool,
    runner: Runner | None = None,
) -> Attacked:
    """Attack the tasks of a suite with the records of files.

    Args:
        path: The suite file.
        data: The files.
        rows: Records to attack at most.
        budget: Evaluations of the adaptive search of each task.
        seed: The seed of the search.
        asks_models: Whether costly scorers are called.
        runner: Runs all scorers; see ``rlvr.score_rows``.

    Raises:
        AttackError: No record of the data has a task.
        RlvrError: The suite or the data cannot be read.
    """
    suite = load_suite(path)
    try:
        subjects = subjects_in(suite, data, rows)
        if not subjects:
            raise AttackError(
                f"{', '.join(map(str, data))}: no record that {path} can score; see `rlvr check {path} {data[0]}`"
            )
        scoring = Scoring(suite, asks_models=asks_models, runner=runner)
        tasks, findings, searched = [], [], 0
        for task in dict.fromkeys(each.record.task or "" for each in subjects):
            own = [each for each in subjects if each.record.task == task]
            campaign = run_campaign(suite, task, own, scoring)
            verdict, found = findings_of(suite, campaign)
            if budget and campaign.controls.are_paid:
                result = search(suite, campaign, scoring.fresh(), budget=budget, seed=seed)
                searched += result.evaluations
                if result.finding is not None and not _is_known(result.finding, found):
                    found.append(result.finding)
            findings.extend(found)
            tasks.append(
                AttackedTask(
                    task=task,
                    verdict=verdict,
                    campaign=campaign,
                    j_free=campaign.youden_j(gold_assisted=False),
                    j_gold=campaign.youden_j(gold_assisted=True),
                )
            )
        findings.sort(key=rank_of)
        return Attacked(
            suite=path.name,
            fingerprint=suite.fingerprint,
            tasks=tasks,
            findings=findings,
            searched=searched,
            skips_models=not asks_models and any(entry.is_costly for entry in suite.entries),
        )
    finally:
        close(suite)


def _is_known(finding: AttackFinding, found: Sequence[AttackFinding]) -> bool:
    """Return whether a finding says nothing new: a component that pays for a simple attack pays for composed ones."""
    return any(
        each.fails
        and each.component == finding.component
        and (each.exploit_ratio or 1.0) >= (finding.exploit_ratio or 0.0) - 0.05
        for each in found
    )


def as_json(attacked: Attacked, before: Attacked | None = None) -> dict[str, Any]:
    """Return verdict and findings as JSON values."""
    names = ("severity", "family", "needs", "component", "title", "example", "remedy")
    further = ("task", "exploit_ratio", "paid", "records", "also")
    document: dict[str, Any] = {
        "verdict": attacked.verdict,
        "findings": [{name: getattr(each, name) for name in (*names, *further)} for each in attacked.findings],
        "suite": attacked.suite,
        "fingerprint": attacked.fingerprint,
        "search_evaluations": attacked.searched,
        "tasks": [
            {
                "task": each.task,
                "verdict": each.verdict,
                "records": len(each.campaign.subjects),
                "attacks": len(each.campaign.trials),
                "gold_controls": dict(each.campaign.controls.means),
                "gold_paid": each.campaign.controls.paid,
                "gold_records": each.campaign.controls.with_gold,
                "youden_j": {"oracle_free": each.j_free, "gold_assisted": each.j_gold},
            }
            for each in attacked.tasks
        ],
    }
    if before is not None:
        document["baseline"] = {
            "suite": before.suite,
            "verdict": before.verdict,
            "new": [list(each) for each in attacked.new_since(before)],
            "fixed": [list(each) for each in before.new_since(attacked)],
        }
    return document
