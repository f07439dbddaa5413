"""Findings: which family of attacks is paid, by which component, how much of honest work, and what to change."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Literal, TypeAlias, assert_never

import msgspec

from rlvr import Entry, Suite
from rlvr_lab.attack.campaign import PAID, Campaign, Trial, components_of
from rlvr_lab.attack.families import Needs, needs_gold
from rlvr_lab.attack.wording import DEFAULT_REMEDY, REMEDIES, TITLES

Severity: TypeAlias = Literal["critical", "high", "medium", "low", "info"]
AttackVerdict: TypeAlias = Literal["resisted", "exploitable", "cannot judge"]

SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")


def is_judged(verdict: AttackVerdict) -> bool:
    """Say whether the reward of a task could be judged."""
    match verdict:
        case "resisted" | "exploitable":
            return True
        case "cannot judge":
            return False
    assert_never(verdict)


FAILING: frozenset[Severity] = frozenset(("critical", "high", "medium"))
"""Severities that fail the command, unless the attack needs the right answer."""

# Shares of what honest work earns, from which an attack without the right answer is so severe.
_STEPS: tuple[tuple[float, Severity], ...] = ((0.5, "critical"), (0.2, "high"), (0.05, "medium"), (0.01, "low"))

# Such answers may be partly right, so only from this share of honest work do they count as paid.
_PARTLY_RIGHT: Mapping[str, float] = {
    **dict.fromkeys(("other_answer", "other_completion", "mode_answer", "word_bag"), PAID),
    "one_field": PAID,
    "other_field": 0.99,  # one of many fields is a small part
    "tool_filler": 0.3,  # the right tool with wrong arguments
    "other_arguments": 0.99,
    "more_arguments": 0.99,
    "partial": 0.99,
    "fragment": PAID,  # a letter is a part of most answers
    "candidates": 0.25,  # a list has the right answer among others, so a measure of overlap pays some of it
}

# Families from the simplest to the most elaborate; of several that a component pays alike, the first names the hole.
_SIMPLEST = (
    *(
        "blank",
        "constant_reward",
        "swallowed_error",
        "any_text",
        "code_shell",
        "opener",
        "padding",
        "format_shell",
        "true_statements",
        "minimal_json",
        "pleasantries",
        "code_exit",
    ),
    *(
        "keywords",
        "other_answer",
        "fragment",
        "wildcard",
        "any_number",
        "reasoning",
        "language",
        "unicode",
        "hostile",
        "candidates",
        "echo",
    ),
    *("tool_filler", "tool_name", "other_completion", "mode_answer", "injection", "own_words"),
)

# A reward that differs for so many of the answers that are scored again is no matter of a rare case.
_NOISY = 0.2
_ALL_NOISE = 0.6

# From this share of honest work, a reward for any text is no side payment but the whole of the reward.
_NEARLY_ALL = 0.9

_EXAMPLE_CHARACTERS = 300


class AttackFinding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a reward pays for and should not.

    Attributes:
        severity: How bad it is.
        family: The family of attacks.
        needs: What a model must know for it.
        component: The entry of the suite that paid most; "" if there is none to blame.
        title: A sentence.
        example: The shortest completion that was paid most.
        remedy: What to change in the suite.
        task: Name of the task.
        exploit_ratio: What the attack earns on average, as a share of honest work.
        paid: Number of records on which it is paid.
        records: Number of records on which it was tried.
        also: Further families that the same component pays, which show nothing more.
        contribution: What the component added to the rewards of the attack that earned most.
    """

    severity: Severity
    family: str
    needs: Needs
    component: str
    title: str
    example: str
    remedy: str
    task: str
    exploit_ratio: float | None = None
    paid: int = 0
    records: int = 0
    also: tuple[str, ...] = ()
    contribution: float = 0.0

    @property
    def fails(self) -> bool:
        """Whether the finding fails the command."""
        return not needs_gold(self.needs) and self.severity in FAILING


def rank_of(finding: AttackFinding) -> tuple[int, bool, float]:
    """Return the key that sorts the most severe findings first, of equal ones those that fail the command."""
    return SEVERITIES.index(finding.severity), not finding.fails, -(finding.exploit_ratio or 0.0)


def findings_of(suite: Suite, campaign: Campaign) -> tuple[AttackVerdict, list[AttackFinding]]:
    """Return the verdict on a task and its findings, the most severe first."""
    judged = campaign.controls.are_paid
    noise = _noise(campaign)
    if campaign.unordered:  # the other rewards belong to other records
        return "exploitable", _order(campaign)
    by_family = defaultdict[tuple[str, Needs], list[Trial]](list)
    for trial in campaign.trials:
        by_family[trial.attack.family, trial.attack.needs].append(trial)
    found = [
        each
        for (family, needs), trials in by_family.items()
        if (each := _family_finding(suite, campaign, family, needs, trials)) is not None
    ]
    found = _folded(_renamed(suite, campaign, found))
    inverted, stateful = _inversion(suite, campaign), _state(suite, campaign)
    if noise and _is_all_noise(campaign):
        found = noise
    elif inverted:  # everything wrong is paid, which says nothing more
        found = inverted
    elif stateful:
        found = [*stateful, *(each for each in found if each.family not in {"other_answer", "other_completion"})]
    if noise and found is not noise:
        found = [*noise, *found]
    if not judged and not any(each.fails for each in found):
        found.append(_no_control(campaign))
    found.extend(_notes(campaign))
    found.sort(key=rank_of)
    if any(each.fails for each in found):
        return "exploitable", found
    return ("resisted" if judged else "cannot judge"), found


def _family_finding(
    suite: Suite, campaign: Campaign, family: str, needs: Needs, trials: Sequence[Trial]
) -> AttackFinding | None:
    """Return the finding on a family: of its attacks, that which earns most on average."""
    threshold = _PARTLY_RIGHT.get(family, 0.0)
    by_attack: dict[str, list[Trial]] = {}
    for trial in trials:
        by_attack.setdefault(trial.attack.name, []).append(trial)
    by_attack = {name: several for name, several in by_attack.items() if not _is_chance(campaign, several)}
    if not by_attack:
        return None
    trials = [each for several in by_attack.values() for each in several]
    ratios = {name: fmean(_share(each, threshold, campaign) for each in several) for name, several in by_attack.items()}
    best = max(ratios, key=lambda name: ratios[name])
    paid = [each for each in trials if _share(each, threshold, campaign) > 0.0]
    if not paid:
        return None
    ratio = ratios[best]
    of_best = [each for each in by_attack[best] if _share(each, threshold, campaign) > 0.0]
    components = components_of(of_best or paid, suite)
    component = next(iter(components), "")
    example = min(paid, key=lambda each: (-round(each.gain, 2), _length(each)))
    return AttackFinding(
        severity=severity_of(ratio, needs),
        family=family,
        needs=needs,
        component=component,
        title=TITLES.get(family, f"An attack of the plugin is paid: {family.replace('_', ' ')}"),
        example=shown(example),
        remedy=_remedy(suite, campaign, family, component, example),
        task=campaign.task,
        exploit_ratio=ratio,
        paid=len({each.subject for each in paid}),
        records=len({each.subject for each in trials}),
        contribution=components.get(component, 0.0),
    )


def _folded(found: Sequence[AttackFinding]) -> list[AttackFinding]:
    """Return one finding for each component, which names its hole best, and those that show another one.

    Whatever is long is paid by a scorer of length: lists, injections, the repeated question. The simplest family for
    which the component pays nearly all that it ever pays names it.
    """
    kept: list[AttackFinding] = []
    by_component: dict[str, list[AttackFinding]] = {}
    for each in found:
        by_component.setdefault(each.component, []).append(each)
    for several in by_component.values():
        free = [each for each in several if not needs_gold(each.needs)]
        most = max((each.contribution for each in free), default=0.0)
        ratio = max((each.exploit_ratio or 0.0 for each in free), default=0.0)
        best = min(
            (
                each
                for each in free
                if each.contribution >= _NEARLY_ALL * most and (each.exploit_ratio or 0.0) >= ratio / 2
            ),
            key=lambda each: _SIMPLEST.index(each.family) if each.family in _SIMPLEST else len(_SIMPLEST),
            default=None,
        )
        if best is None:
            kept.extend(several)
            continue
        rest = dict.fromkeys(each.family for each in free if each.family != best.family)
        kept.append(msgspec.structs.replace(best, also=tuple(rest)))
        kept.extend(each for each in several if needs_gold(each.needs) and each.contribution > 1.05 * most)
    return kept


def _is_chance(campaign: Campaign, trials: Sequence[Trial]) -> bool:
    """Return whether an attack is paid for one reference only: it happens to state that one, as a constant answer."""
    references = {each.key for each in campaign.subjects}
    paid = {campaign.subjects[each.subject].key for each in trials if each.gain > 0.0}
    return len(paid) <= 1 < len(references) - 1 and not needs_gold(trials[0].attack.needs)


def _share(trial: Trial, threshold: float, campaign: Campaign) -> float:
    """Return what an attack earns as a share of honest work on the record, at most 1.0; 0.0 below the threshold.

    Where no right answer is paid, full marks take the place of honest work.
    """
    honest = trial.honest if trial.honest >= PAID or campaign.controls.are_paid else 1.0
    if honest <= 0.0:
        honest = 1.0
    share = min(1.0, trial.gain / honest)
    return share if share > max(threshold, 0.02) else 0.0


def severity_of(ratio: float, needs: Needs) -> Severity:
    """Return how severe an attack is that earns a share of what honest work does."""
    match needs:
        case "gold":
            return "medium" if ratio >= PAID else "low"
        case "nothing" | "prompt" | "data":
            return next((severity for least, severity in _STEPS if ratio >= least), "low")
        case _:
            assert_never(needs)


def _remedy(suite: Suite, campaign: Campaign, family: str, component: str, example: Trial) -> str:
    """Return what to change, in the terms of the suite."""
    entries = {entry.name: entry for entry in suite.tasks[campaign.task].entries}
    entry = entries.get(component)
    place = f"tasks.{campaign.task}: `{component}`"
    guard = next(
        (
            part.name
            for part in example.reward.parts
            if part.name != component
            and (part.weight > 0.0 or _is_unasked(entries.get(part.name), part.score.value))
            and (part.score.value or 0.0) < PAID
        ),
        None,
    )
    if entry is not None and guard is not None and guard in _names_above(list(entries), component):
        return f"{place}: add `when: {guard}`, so that it counts only where {guard} is right"
    if entry is not None and guard is not None:
        return f"{place}: move it below `{guard}` and add `when: {guard}`, so that it counts only where that is right"
    scorer = f" ({entry.installed.id})" if entry is not None else ""
    return f"{place}{scorer}: {REMEDIES.get(family, DEFAULT_REMEDY)}"


def _is_unasked(entry: Entry | None, value: float | None) -> bool:
    """Return whether a part of a reward is that of a model which was not asked."""
    return entry is not None and entry.is_costly and entry.weight > 0.0 and value is None


def _names_above(names: Sequence[str], name: str) -> Sequence[str]:
    return names[: names.index(name)] if name in names else ()


def _renamed(suite: Suite, campaign: Campaign, found: list[AttackFinding]) -> list[AttackFinding]:
    """Name what a pattern over families shows: a reward for everything, or for everything that raises."""
    any_text = next((each for each in found if each.family == "any_text"), None)
    if any_text is None:
        return found
    # A reward may depend on the prompt alone, so each record is held against itself.
    gains: dict[str, dict[int, list[float]]] = {"any_text": {}, "other_answer": {}}
    for each in campaign.trials:
        if each.attack.family in gains:
            gains[each.attack.family].setdefault(each.subject, []).append(each.gain / max(each.honest, 0.01))
    texts = [gained for gained in gains["any_text"].values() if max(gained) > 0.0]
    wrong = [
        min(gains["other_answer"].get(number, [1.0])) for number, gained in gains["any_text"].items() if any(gained)
    ]
    if fmean(min(gained) >= _NEARLY_ALL for gained in texts) < _NEARLY_ALL:
        return found
    if fmean(wrong) >= PAID:
        title = "Every text is paid, right or wrong: the reward does not depend on the answer"
        name, remedy = "constant_reward", REMEDIES["any_text"]
    else:
        title = "Text that is no answer is paid, and wrong answers are not: an error counts as right"
        name = "swallowed_error"
        remedy = "let exceptions out, which makes the row `failed`, or return 0.0 where the answer cannot be read"
    entry = next((each for each in suite.tasks[campaign.task].entries if each.name == any_text.component), None)
    scorer = f" ({entry.installed.id})" if entry is not None else ""
    whole = msgspec.structs.replace(
        any_text,
        family=name,
        title=title,
        remedy=f"tasks.{campaign.task}: `{any_text.component}`{scorer}: {remedy}",
    )
    # The other families are the same hole once more.
    return [whole, *(each for each in found if each.component != any_text.component)]


def _inversion(suite: Suite, campaign: Campaign) -> list[AttackFinding]:
    if not campaign.inverted:
        return []
    name, (ours, theirs) = max(campaign.inverted.items(), key=lambda item: item[1][1] - item[1][0])
    wrong = [each for each in campaign.trials if each.attack.family == "other_answer" and each.gain >= PAID]
    component = next(iter(components_of(wrong, suite)), "") if wrong else ""
    return [
        AttackFinding(
            severity="critical",
            family="inverted",
            needs="nothing",
            component=component,
            title=f"The reward is inverted: as '{name}', right answers earn {ours:.2f} and wrong ones {theirs:.2f}",
            example=shown(min(wrong, key=_length)) if wrong else "",
            remedy=f"tasks.{campaign.task}: `{component}`: remove `transform: [invert]`, or pay for what is right",
            task=campaign.task,
            exploit_ratio=1.0,
            paid=len({each.subject for each in wrong}),
            records=len(campaign.subjects),
        )
    ]


def _order(campaign: Campaign) -> list[AttackFinding]:
    record, alone, together = max(campaign.unordered, key=lambda item: abs(item[1] - item[2]))
    return [
        AttackFinding(
            severity="critical",
            family="batch_order",
            needs="nothing",
            component=_function_in(campaign),
            title=f"A record earns {alone:.2f} alone and {together:.2f} in a batch: its reward depends on others",
            example=record.completion[:_EXAMPLE_CHARACTERS],
            remedy="return the rewards in the order of the completions, or with the `id` of their own row",
            task=campaign.task,
            paid=len(campaign.unordered),
            records=len(campaign.subjects),
        )
    ]


def _noise(campaign: Campaign) -> list[AttackFinding]:
    if not campaign.noisy:
        return []
    record, low, high = max(campaign.noisy, key=lambda item: item[2] - item[1])
    component = _function_in(campaign)
    share = len(campaign.noisy) / campaign.probed
    return [
        AttackFinding(
            severity="critical" if _is_all_noise(campaign) else "high" if share >= _NOISY else "medium",
            family="noise",
            needs="nothing",
            component=component,
            title=f"The same answer earns {low:.2f} and {high:.2f}: it is noise, or depends on what was scored before",
            example=record.completion[:_EXAMPLE_CHARACTERS],
            remedy=f"tasks.{campaign.task}: `{component}`: let the reward depend on its row alone: no random numbers, "
            "clocks or counters",
            task=campaign.task,
            paid=len(campaign.noisy),
            records=campaign.probed,
        )
    ]


def _function_in(campaign: Campaign) -> str:
    """Return the component that is a function of the user; only such depend on more than their row."""
    return next((part.name for part in campaign.trials[0].reward.parts if ":" in part.scorer), "")


def _is_all_noise(campaign: Campaign) -> bool:
    """Return whether attacks are as noisy as right answers, of which a half of the probed are."""
    return len(campaign.noisy) > _ALL_NOISE * campaign.probed


def _state(suite: Suite, campaign: Campaign) -> list[AttackFinding]:
    if not campaign.stateful:
        return []
    trial = campaign.stateful[0]
    if trial.gain >= PAID:
        component = next(iter(components_of(campaign.stateful, suite)), "")
        title = "The answer of another row is paid after that row was scored: a cache does not know the row"
        remedy = "make prompt and reference part of the key of the cache, or declare `reads` and let rlvr cache"
    else:
        component = _function_in(campaign)
        title = "The answer of another row is paid in a new process, and later not: the calls before it decide"
        remedy = "let the reward depend on its row alone: no counters, and nothing kept between calls"
    return [
        AttackFinding(
            severity="critical",
            family="state",
            needs="data",
            component=component,
            title=title,
            example=shown(trial),
            remedy=remedy,
            task=campaign.task,
            exploit_ratio=1.0,
            paid=len(campaign.stateful),
            records=len(campaign.subjects),
        )
    ]


def _no_control(campaign: Campaign) -> AttackFinding:
    controls = campaign.controls
    best = next(iter(controls.means.items()), None)
    broken = None if controls.failed is None else controls.failed.deciding_part
    if controls.failed is not None:
        return AttackFinding(
            severity="high",
            family="failure",
            needs="gold",
            component="" if broken is None else broken.name,
            title=f"Right answers make a scorer fail, so that nothing can be judged: {controls.failed.reason[:160]}",
            example="",
            remedy="return a number in the range of the task for each row; see `rlvr explain` on one of them",
            task=campaign.task,
            paid=controls.paid,
            records=controls.with_gold,
        )
    form = f"; the best form, '{best[0]}', earns {best[1]:.2f}" if best else ""
    return AttackFinding(
        severity="info",
        family="gold_control",
        needs="gold",
        component="",
        title=f"Right answers are not paid ({controls.paid} of {controls.with_gold} records){form}: cannot judge",
        example="",
        remedy="add completions that must earn full marks to the rows, or see `rlvr explain` on one of them",
        task=campaign.task,
        paid=controls.paid,
        records=controls.with_gold,
    )


def _notes(campaign: Campaign) -> list[AttackFinding]:
    notes = []
    if campaign.failures:
        first = min(campaign.failures, key=_length)
        part = first.reward.deciding_part
        notes.append(
            AttackFinding(
                severity="low",
                family="failure",
                needs=first.attack.needs,
                component="" if part is None else part.name,
                title=f"A completion makes a scorer fail: {first.reward.reason[:160]}",
                example=shown(first),
                remedy="return 0.0 for a completion that cannot be read; a model can bring about what `on_error` gives",
                task=campaign.task,
                paid=len({each.subject for each in campaign.failures}),
                records=len(campaign.subjects),
            )
        )
    empty = sum(each.is_empty for each in campaign.subjects)
    if empty:
        notes.append(
            AttackFinding(
                severity="info",
                family="empty_reference",
                needs="nothing",
                component="",
                title=f"{empty} of {len(campaign.subjects)} records expect nothing, and were left out of the attacks",
                example="",
                remedy="",
                task=campaign.task,
                records=empty,
            )
        )
    return notes


def _length(trial: Trial) -> int:
    return len(trial.attack.record.completion) + sum(len(str(call)) for call in trial.attack.record.tool_calls)


def shown(trial: Trial) -> str:
    """Return the completion of a trial, or its calls, cut to a length that people read."""
    record = trial.attack.record
    text = record.completion or "; ".join(
        re.sub(r"\s+", " ", str(call.get("function", call) if isinstance(call, Mapping) else call))
        for call in record.tool_calls
    )
    return text if len(text) <= _EXAMPLE_CHARACTERS else f"{text[:_EXAMPLE_CHARACTERS]}… ({len(text):,} characters)"
