"""Whatever a scorer does, other records keep their rewards and no process, file or descriptor remains."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import pytest

from rlvr import FailureKind, Report, Suite, close, score_rows, scorer, warm_up
from rlvr.testing import suite_of

GOOD = 63


class _Endless(Mapping[str, float]):
    """A mapping of 10^9 metrics that takes no memory."""

    def __len__(self) -> int:
        return 10**9

    def __iter__(self) -> Iterator[str]:
        return (f"m{number}" for number in range(len(self)))

    def __getitem__(self, _name: str) -> float:
        return 1.0


def _sleep() -> None:
    time.sleep(1_000)


def _spin_in_c() -> None:
    sum(iter(int, 1))


def _recurse() -> None:
    _recurse()


def _exhaust_memory() -> None:
    kept = []
    while True:
        kept.append(bytearray(16_000_000))


def _segfault() -> None:
    ctypes.string_at(0)


def _exit() -> None:
    os._exit(0)


def _kill_the_parents_group() -> None:
    os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)
    time.sleep(1_000)


def _close_all_descriptors() -> None:
    os.closerange(0, 4_096)


def _flood_stdout() -> None:
    for _ in range(20_000):
        sys.stdout.write("flood " * 20)
        os.write(2, b"flood" * 20)
    raise ValueError("after the flood")


def _raise(error: BaseException) -> Callable[[], NoReturn]:
    def misdeed() -> NoReturn:
        raise error

    return misdeed


def _ignore_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(1_000)


def _fork_children() -> None:
    for apart in (False, True, True):
        if os.fork() == 0:
            if apart:
                os.setsid()
                if os.fork():
                    os._exit(0)
            time.sleep(1_000)
    raise ValueError("has forked")


def _come_back_twice() -> None:
    os.fork()
    raise ValueError("from two processes")


def _stop_itself() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


MISDEEDS: dict[str, tuple[Callable[[], Any], FailureKind]] = {
    "sleeps": (_sleep, FailureKind.TIMEOUT),
    "spins in C": (_spin_in_c, FailureKind.TIMEOUT),
    "recurses": (_recurse, FailureKind.EXCEPTION),
    "exhausts memory": (_exhaust_memory, FailureKind.OUT_OF_MEMORY),
    "segfaults": (_segfault, FailureKind.CRASHED),
    "exits": (_exit, FailureKind.CRASHED),
    "kills its parent's group": (_kill_the_parents_group, FailureKind.CRASHED),
    "closes all descriptors": (_close_all_descriptors, FailureKind.CRASHED),
    "floods stdout": (_flood_stdout, FailureKind.EXCEPTION),
    "raises SystemExit": (_raise(SystemExit(0)), FailureKind.EXCEPTION),
    "raises KeyboardInterrupt": (_raise(KeyboardInterrupt()), FailureKind.EXCEPTION),
    "raises GeneratorExit": (_raise(GeneratorExit()), FailureKind.EXCEPTION),
    "raises BaseException": (_raise(BaseException()), FailureKind.EXCEPTION),
    "returns text": (lambda: "1.0", FailureKind.INVALID_RESULT),
    "returns NaN": (lambda: float("nan"), FailureKind.INVALID_RESULT),
    "returns 10^9 metrics": (_Endless, FailureKind.INVALID_RESULT),
    "ignores SIGTERM": (_ignore_sigterm, FailureKind.TIMEOUT),
    "forks children": (_fork_children, FailureKind.EXCEPTION),
    "forks and comes back twice": (_come_back_twice, FailureKind.EXCEPTION),
    "stops itself": (_stop_itself, FailureKind.TIMEOUT),
}


# Misdeeds that take a budget of time and none of a processor.
WAITING = frozenset({"sleeps", "ignores SIGTERM", "stops itself"})


@scorer(budget_seconds=0.6)
def chaos(record: Any, _options: object) -> Any:
    """Return a known value, or misbehave as the completion says."""
    if record.completion in MISDEEDS:
        answer = MISDEEDS[record.completion][0]()
        return 0.0 if answer is None else answer
    return len(record.completion) / 100


def _row(completion: str, **more: Any) -> dict[str, Any]:
    """Return a row whose task has a short budget only if the budget is to end it: a busy machine is slow."""
    ends_by_time = completion in MISDEEDS and MISDEEDS[completion][1] is FailureKind.TIMEOUT
    return {"completion": completion, "kind": "short" if ends_by_time else "long", **more}


def _rows(misdeed: str, position: int) -> list[dict[str, Any]]:
    rows = [_row("x" * (number + 1), id=number) for number in range(GOOD)]
    rows.insert(position, _row(misdeed, id="bad"))
    return rows


def _check(report: Report, misdeed: str, position: int) -> None:
    rewards = list(report.rewards)
    bad = rewards.pop(position)
    assert {reward.parts[0].score.reason for reward in rewards if reward.parts[0].score.failure} == set(), report
    assert [reward.value for reward in rewards] == [(number + 1) / 100 for number in range(GOOD)]
    assert (bad.id, bad.parts[0].score.failure) == ("bad", MISDEEDS[misdeed][1]), bad.parts[0].score
    assert bad.parts[0].score.seconds > 0.5 or MISDEEDS[misdeed][1] is not FailureKind.TIMEOUT


def _children() -> set[int]:
    """Return all descendants of this process, such as workers and zygotes."""
    found: set[int] = set()
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if fields[0] != "Z":
                parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    waiting = [os.getpid()]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found.update(below)
        waiting.extend(below)
    return found


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def suite() -> Iterator[Suite]:
    """Return a suite with two workers, on any machine."""
    made = _made()
    yield made
    close(made)


def _made(seconds: float = 0.6) -> Suite:
    """Return a suite with a task of a short budget and one of a long budget."""
    return suite_of(
        "route: {by: kind}\n"
        "tasks:\n"
        f"  short: {{scorers: [{{scorer: c.chaos, budget_seconds: {seconds}}}]}}\n"
        "  long: {scorers: [{scorer: c.chaos, budget_seconds: 30}]}\n"
        "workers: {count: 2, memory_mb: 64}",
        c={"chaos": chaos},
    )


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_one_bad_record_among_63_good_ones(suite: Suite, misdeed: str) -> None:
    """Only this record fails, with the right kind, at any position."""
    for position in (0, 31, 63):
        _check(score_rows(suite, _rows(misdeed, position)), misdeed, position)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_one_bad_record_in_every_position(suite: Suite, misdeed: str) -> None:
    """Long rounds test the positions in between; those that only wait for the end of a budget, four at a time."""
    suites = [suite]
    if misdeed in WAITING:
        suites += [_made() for _ in range(3)]
        for each in suites:
            warm_up(each)  # a fork before there are threads
            _check(score_rows(each, _rows(misdeed, 0)), misdeed, 0)

    def check_every(share: int) -> None:
        for position in range(share, GOOD + 1, len(suites)):
            _check(score_rows(suites[share], _rows(misdeed, position)), misdeed, position)

    with ThreadPoolExecutor(len(suites)) as threads:
        assert len(list(threads.map(check_every, range(len(suites))))) == len(suites)
    for each in suites[1:]:
        close(each)


def test_all_misdeeds_in_one_batch(suite: Suite) -> None:
    """Each gets its own kind of failure; the good records keep their rewards."""
    rows = [row for name in MISDEEDS for row in (_row(name), _row("x" * 50))]
    rewards = score_rows(suite, rows).rewards

    assert [reward.parts[0].score.failure for reward in rewards[::2]] == [kind for _, kind in MISDEEDS.values()]
    assert {reward.value for reward in rewards[1::2]} == {0.5}


def test_the_answer_is_sent_in_time(suite: Suite) -> None:
    """Sixty-four records that hang do not take 64 budgets, nor more than their share: the deadline cancels the rest."""
    score_rows(suite, [_row("x")])
    report = score_rows(suite, [_row("sleeps")] * 64, deadline=time.monotonic() + 1.5)
    failures = dict(report.failures)
    timeouts = failures.pop("c.chaos: timeout", 0)

    assert timeouts <= 2 * 1.5 / 0.6  # so many budgets of two workers end before the deadline
    assert failures == {"c.chaos: cancelled_deadline": 64 - timeouts}
    assert score_rows(suite, [_row("x")]).rewards[0].value == 0.01


@pytest.mark.parametrize("rounds", [40, pytest.param(1_000, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_no_process_file_or_descriptor_remains(rounds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process, descriptor or temporary file, after any number of batches."""
    names = list(MISDEEDS)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = _children(), _descriptors()
    suite = _made(0.3)
    for number in range(rounds):
        name = names[number % len(names)]
        report = score_rows(suite, [_row(name), _row("xx")])
        assert [reward.parts[0].score.failure for reward in report.rewards] == [MISDEEDS[name][1], None]
    close(suite)

    until = time.monotonic() + 10
    while _children() - before[0] and time.monotonic() < until:
        time.sleep(0.05)
    assert _children() - before[0] == set()
    assert _descriptors() <= before[1]
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_killed_leaves_no_workers() -> None:
    """Workers end even if they hang."""
    program = (
        "import time, os\n"
        "from rlvr import score_rows, scorer\n"
        "from rlvr.testing import suite_of\n"
        "def hang(record, options):\n"
        "    os.write(1, b'%d\\n' % os.getpid())\n"
        "    time.sleep(1000)\n"
        "suite = suite_of('{tasks: {t: {scorers: [c.h]}}, workers: {count: 2, keep_output: true}}', c={'h': hang})\n"
        "score_rows(suite, [{'completion': 'a'}, {'completion': 'b'}])\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        workers = [int(process.stdout.readline()) for _ in range(2)]
        process.kill()
        process.wait()
        until = time.monotonic() + 10
        while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < until:
            time.sleep(0.05)

    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


def test_leaking_workers_are_replaced() -> None:
    """A scorer that leaks gets a new process before it fills the memory of the machine."""
    kept: list[bytes] = []

    def leak(_record: object, _options: object) -> float:
        kept.append(b"x" * 10_000_000)
        return 1.0 if len(kept) < 12 else 0.0

    suite = suite_of("tasks: {t: {scorers: [c.leak]}}\nworkers: {count: 1, recycle_mb: 30}", c={"leak": leak})
    values = [score_rows(suite, [{"completion": "x"}]).rewards[0].value for _ in range(30)]

    assert values == [1.0] * 30
    close(suite)


def test_a_record_is_not_blamed_for_an_earlier_one() -> None:
    """A thread that ends the process during a later record does not fail that record: it is tried again."""

    def later(record: Any, _options: object) -> float:
        if record.completion == "plants":
            threading.Timer(0.05, os._exit, (1,)).start()
        else:
            time.sleep(0.1)
        return 1.0

    suite = suite_of("tasks: {t: {scorers: [c.later]}}\nworkers: {count: 1}", c={"later": later})
    report = score_rows(suite, [{"completion": "plants"}, {"completion": "innocent"}])

    assert [reward.value for reward in report.rewards] == [1.0, 1.0]
    close(suite)
