"""``rlvr attack`` beside other tools that attack rewards, over the planted faults of ``tests/lab``.

Run: ``benchmarks/attack_peers.sh``, which installs the peers; ``uv run python benchmarks/attack_peers.py`` shows rlvr
alone.

Prints for each tool how many of the planted faults it found and named, how many good rewards it called bad, and the
seconds of CPU. All tools see the same rewards, through a function that scores by the suite of the fault: one of TRL's
signature for rewardprobe, which gets the rows of the fault too, and one with prompt, completion and reference for
reward-doctor, which brings rows of its own.

- *found*: it says that something is wrong: a finding, or that nothing can be judged (rlvr); an exploit that is accepted
  (reward-doctor, its rule for CI); a critical finding (rewardprobe, its rule for CI).
- *named*: among its most severe findings is one that names the fault; for rlvr the component too. ``NAMES`` says which
  names of a peer count for which family; where several might, all do.
- *false alarms*: good rewards that fail its rule.

rldoctor diagnoses logs of training and takes no reward function. verifierlab runs campaigns on packaged verifiers whose
exploits people adjudicate; without labels it says nothing about a reward. Both are named, and not run.
"""

from __future__ import annotations

import contextlib
import io
import runpy
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from rlvr import Suite, close, load_suite, score_rows
from rlvr.jobs import InProcess
from rlvr_lab.attack.attacking import attack_suite

_TESTS = Path(__file__).parents[1] / "tests" / "lab"
PLANTED = SimpleNamespace(**runpy.run_path(str(_TESTS / "planted_faults.py")))
LATER = SimpleNamespace(**runpy.run_path(str(_TESTS / "planted_later.py")))

NAMES: Mapping[str, frozenset[str]] = {
    family: frozenset(names.split())
    for family, names in {
        "any_text": "empty random_tokens constant_output ground_truth",
        "batch_order": "batch_ordering",
        "blank": "empty whitespace",
        "candidates": "shotgun duplicate_answers multiple_tags",
        "constant_reward": "empty random_tokens constant_output ground_truth signal_variance",
        "contradiction": "contradiction duplicate_answers multiple_tags shotgun",
        "echo": "echo echo_prompt",
        "failure": "reward_range none_handling",
        "format_shell": "format_farming format_only",
        "gold_control": "ground_truth signal_variance",
        "gold_in_list": "shotgun duplicate_answers",
        "gold_in_reasoning": "answer_in_reasoning",
        "hedge": "shotgun contradiction",
        "injection": "judge_injection",
        "inverted": "wrong_sign ground_truth",
        "negation": "negation",
        "noise": "determinism",
        "opener": "judge_bias",
        "padding": "padding",
        "state": "stale_state state_leak",
        "swallowed_error": "empty random_tokens",
        "take_back": "negation contradiction",
    }.items()
}


class Opinion(NamedTuple):
    """What a tool says about a reward: whether something is wrong, and the names that it gives."""

    is_bad: bool
    is_named: bool


class Tool(NamedTuple):
    """A tool, with the function that asks it."""

    name: str
    package: str
    ask: Callable[[Any, Path, Path], Opinion]


def ask_rlvr(planted: Any, suite: Path, rows: Path) -> Opinion:
    """Attack without the adaptive search, as the tests do."""
    runner = None if LATER.needs_workers(planted) else InProcess()  # only workers can be started anew
    attacked = attack_suite(suite, [rows], rows=200, budget=0, seed=0, asks_models=False, runner=runner)
    found = [each for each in attacked.findings if each.severity != "info"]
    if not planted.families:
        return Opinion(attacked.verdict != "resisted", is_named=False)
    cannot_judge = attacked.verdict == "cannot judge"
    named = any(
        each.family in planted.families and each.component == planted.component
        for each in found
        if each.severity == found[0].severity
    )
    return Opinion(bool(found) or cannot_judge, named or (cannot_judge and planted.families == {"gold_control"}))


def ask_reward_doctor(planted: Any, path: Path, rows: Path) -> Opinion:  # noqa: ARG001  # it has rows of its own
    """Audit a function of prompt, completion and reference."""
    audit = import_module("reward_doctor").audit
    with _loaded(path) as suite:

        def reward(prompt: str, completion: str, reference: str) -> float:
            return _rewards(suite, [{"prompt": prompt, "completion": completion, "answer": reference}])[0]

        found = audit(reward)
    return _opinion(planted, set(found.attacks_that_work), is_bad=bool(found.exploits_accepted))


def ask_rewardprobe(planted: Any, path: Path, rows: Path) -> Opinion:  # noqa: ARG001  # it gets them as Python values
    """Test a function of TRL's signature."""
    probe = import_module("rewardprobe").Probe()
    with _loaded(path) as suite:

        def reward(prompts: list[Any], completions: list[Any], answer: Any = None, **_columns: Any) -> list[float]:
            texts = [each if isinstance(each, str) else each[-1]["content"] for each in completions]
            golds = answer or [None] * len(texts)  # one of its probes leaves the column out
            joined = zip(prompts, texts, golds, strict=True)
            return _rewards(suite, [{"prompt": p, "completion": text, "answer": gold} for p, text, gold in joined])

        report = probe.test_fn(reward, [dict(row) for row in planted.rows])
    critical = {each.attack for each in report.findings if each.severity.value == "critical"}
    return _opinion(planted, critical, is_bad=bool(critical))


def _opinion(planted: Any, names: set[str], *, is_bad: bool) -> Opinion:
    wanted = {name for family in planted.families for name in NAMES.get(family, ())}
    return Opinion(is_bad, is_bad and bool(names & wanted))


def _rewards(suite: Suite, rows: list[Any]) -> list[float]:
    return [each.value for each in score_rows(suite, rows, runner=InProcess()).rewards]


@contextlib.contextmanager
def _loaded(path: Path) -> Any:
    suite = load_suite(path)
    try:
        yield suite
    finally:
        close(suite)


TOOLS = (
    Tool("rlvr attack", "rlvr-lab", ask_rlvr),
    Tool("reward-doctor", "reward-doctor", ask_reward_doctor),
    Tool("rewardprobe", "rewardprobe", ask_rewardprobe),
)
NOT_RUN = {
    "rldoctor": "it diagnoses logs of training, and takes no reward function",
    "verifierlab": "its campaigns need a packaged verifier and labels of people for each reward",
}


def main() -> None:
    """Ask each tool about each reward; print a table."""
    faults = {**PLANTED.TUNED, **PLANTED.HELD_OUT, **PLANTED.LAST, **PLANTED.FRESH}
    good = {**PLANTED.CONTROLS, **PLANTED.LAST_CONTROLS, **PLANTED.FRESH_CONTROLS}
    written = {id(each): PLANTED for each in (*faults.values(), *good.values())}
    faults |= {f"later: {name}": each for name, each in {**LATER.SECOND, **LATER.THIRD}.items()}
    good |= {f"later: {name}": each for name, each in {**LATER.SECOND_GOOD, **LATER.THIRD_GOOD}.items()}
    print(f"{len(faults)} planted faults, {len(good)} good rewards")
    print(f"{'tool':24}{'found':>7}{'named':>7}{'false alarms':>14}{'crashed':>9}{'CPU s':>8}")
    for tool in TOOLS:
        if find_spec(tool.package.replace("-", "_")) is None:
            print(f"{tool.name:24}is not installed")
            continue
        found = named = alarms = crashed = 0
        start = time.process_time()
        for planted in (*faults.values(), *good.values()):
            opinion = _asked(tool, planted, written.get(id(planted), LATER))
            if opinion is None:
                crashed += 1
            elif planted.families:
                found += opinion.is_bad
                named += opinion.is_named
            else:
                alarms += opinion.is_bad
        seconds = time.process_time() - start
        title = f"{tool.name} {version(tool.package)}"
        print(f"{title:24}{found:7}{named:7}{alarms:14}{crashed:9}{seconds:8.1f}")
    for package, reason in NOT_RUN.items():
        try:
            print(f"{package} {version(package)}: installed, not run: {reason}")
        except PackageNotFoundError:
            print(f"{package}: not installed; {reason}")


def _asked(tool: Tool, planted: Any, source: Any) -> Opinion | None:
    """Return what a tool says of a reward; None if it raised."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        suite, rows = source.write(planted, Path(folder))
        try:
            return tool.ask(planted, suite, rows)
        except Exception as error:  # noqa: BLE001  # a tool that raises is counted
            print(f"{tool.name}: {type(error).__name__}: {error}", file=sys.stderr)
            return None


if __name__ == "__main__":
    main()
