"""Supervised workers work in every environment in which a suite works."""

import asyncio
import contextlib
import importlib
import os
import random
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rlvr import FailureKind, Suite, Verdict, close, parse_suite, score_records, score_rows, scorer, warm_up
from rlvr.testing import a_record, suite_of
from rlvr.workers import handles

PLUGIN = """
import os, time
import rlvr

@rlvr.hookimpl
def scorers():
    return {"process": lambda: process, "hang": lambda: hang}

def process(record, options):
    return {"own": 1.0, "mother": 0.5}.get(record.completion, 0.0) if os.getpid() != MAIN else 0.25

def hang(record, options):
    time.sleep(1000)

MAIN = int(os.environ["MAIN_PROCESS"])
"""

PROGRAM = """
import os, sys, time
os.environ["MAIN_PROCESS"] = str(os.getpid())
sys.path.insert(0, {folder!r})
from rlvr import parse_suite, score_rows

def rewards():
    suite = parse_suite("tasks: {{t: {{scorers: [stranger.process]}}}}")
    report = score_rows(suite, [{{"completion": "own"}}] * 20)
    assert not report.failures, [reward.parts for reward in report.rewards][:1]
    return [reward.value for reward in report.rewards]
"""


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """A folder with an installed plugin of unbounded scorers, and a program that uses it."""
    (tmp_path / "stranger.py").write_text(PLUGIN)
    information = tmp_path / "rlvr_stranger-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: rlvr-stranger\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[rlvr]\nstranger = stranger\n")
    return tmp_path


def _run(folder: Path, program: str) -> str:
    path = folder / "program.py"
    path.write_text(PROGRAM.format(folder=str(folder)) + textwrap.dedent(program))
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_installed_plugins_are_loaded_by_a_clean_process(stranger: Path) -> None:
    """It gets the module path and the suite; the module of the program is not run again."""
    assert _run(stranger, "print(rewards())") == f"{[1.0] * 20}\n"


def test_no_semaphore_is_needed(stranger: Path) -> None:
    """Lambda has no /dev/shm."""
    program = """
    for name in ("multiprocessing.synchronize", "_multiprocessing", "_posixshmem"):
        sys.modules[name] = None
    print(rewards())
    """
    assert _run(stranger, program) == f"{[1.0] * 20}\n"


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_work_in_processes_of_multiprocessing(stranger: Path, method: str) -> None:
    """Data loaders of trainers do this, before and after the parent used its own workers."""
    program = f"""
    import multiprocessing

    def child():
        assert rewards() == [1.0] * 20
        print("child", flush=True)

    if __name__ == "__main__":
        import warnings
        warnings.simplefilter("ignore")
        context = multiprocessing.get_context({method!r})
        for used in (False, True):
            if used:
                assert rewards() == [1.0] * 20
            process = context.Process(target=child)
            process.start()
            process.join()
            assert process.exitcode == 0
        assert rewards() == [1.0] * 20
        print("parent")
    """
    assert _run(stranger, program) == "child\nchild\nparent\n"


def test_a_fork_does_not_end_the_parents_workers(stranger: Path) -> None:
    """The child closes the handles that it inherited; the batch of the parent continues with the same workers."""
    program = """
    import warnings
    warnings.simplefilter("ignore")
    from rlvr.workers import workers_of
    suite = parse_suite("tasks: {t: {scorers: [stranger.process]}}")
    assert score_rows(suite, [{"completion": "own"}]).rewards[0].value == 1.0
    before = workers_of(suite)._idle[0].number
    if os.fork() == 0:
        assert score_rows(suite, [{"completion": "own"}]).rewards[0].value == 1.0
        os._exit(0)
    assert os.wait()[1] == 0
    assert score_rows(suite, [{"completion": "own"}]).rewards[0].value == 1.0
    print(workers_of(suite)._idle[0].number == before)
    """
    assert _run(stranger, program) == "True\n"


def test_a_plugin_that_workers_cannot_load_is_a_failure_with_the_reason(stranger: Path) -> None:
    """Every record fails with the reason; none is a wrong answer."""
    program = """
    suite = parse_suite("tasks: {t: {scorers: [stranger.process]}}")
    del os.environ["MAIN_PROCESS"]
    score = score_rows(suite, [{"completion": "own"}]).rewards[0].parts[0].score
    print(score.failure, score.reason)
    """
    assert "crashed workers cannot be started: PluginLoadError" in _run(stranger, program)


def _right(_record: object, _options: object) -> float:
    return 1.0


def _pid(_record: object, _options: object) -> dict[str, float]:
    return {"value": 1.0, "pid": float(os.getpid())}


@pytest.fixture
def suites() -> Iterator[Any]:
    """Return a function that makes suites of one scorer; the test ends their workers."""
    made: list[Suite] = []

    def make(given: Any, more: str = "workers: {count: 2}") -> Suite:
        made.append(suite_of(f"tasks: {{t: {{scorers: [w.s]}}}}\n{more}", w={"s": given}))
        return made[-1]

    yield make
    for suite in made:
        close(suite)


def _pids(suite: Suite, records: int = 8) -> list[float]:
    report = score_rows(suite, [{"completion": "x"}] * records)
    return [metric.value for reward in report.rewards for metric in reward.metrics if metric.name == "w.s/pid"]


def test_workers_are_kept_between_batches(suites: Any) -> None:
    """They start once."""
    suite = suites(scorer(metrics=("pid",))(_pid), "workers: {count: 1}")

    assert len(set(_pids(suite) + _pids(suite))) == 1
    assert os.getpid() not in _pids(suite)


def test_a_fork_waits_for_the_imports_of_other_threads(
    suites: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the fork, that import would never end, and neither would a scorer that needs the module."""
    (tmp_path / "slowly_imported.py").write_text("import time\ntime.sleep(0.3)\nvalue = 1.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    importing = threading.Thread(target=importlib.import_module, args=("slowly_imported",))

    def needs_it(_record: object, _options: object) -> float:
        return float(importlib.import_module("slowly_imported").value)

    suite = suites(scorer(budget_seconds=1.0)(needs_it))
    importing.start()
    while "slowly_imported" not in sys.modules:
        time.sleep(0.001)
    assert score_rows(suite, [{"completion": "x"}]).rewards[0].value == 1.0
    importing.join()


def test_what_a_scorer_writes_to_files_of_the_parent_comes_out_nowhere(suites: Any, tmp_path: Path) -> None:
    """Not in the socket of its worker either, which would have the number of a file if that were closed."""
    with contextlib.ExitStack() as opened:
        files = [opened.enter_context((tmp_path / str(number)).open("w")) for number in range(20)]

        def writes(_record: object, _options: object) -> float:
            for file in (*files, sys.stdout, sys.stderr):
                file.write("flood" * 100)
                file.flush()
            return 1.0

        with contextlib.redirect_stdout(files[7]):
            report = score_rows(suites(writes), [{"completion": "x"}] * 8)

    assert [reward.value for reward in report.rewards] == [1.0] * 8, report.failures
    assert {path.read_text() for path in tmp_path.iterdir()} == {""}


def test_a_fork_that_is_silent_is_replaced_once(suites: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread may hold a lock at the moment of the fork, which nobody gives back in the fork; the next one is fine."""
    forks: list[bool] = []
    fork = handles._fork_zygote

    def fork_with_a_held_lock(theirs: Any, ours: Any, suite: Suite) -> int:
        forks.append(len(forks) < silent)
        # A real fork gets its time on a busy machine, too.
        monkeypatch.setattr(handles, "FORK_SECONDS", 0.2 if forks[-1] else 60.0)
        if not forks[-1]:
            return fork(theirs, ours, suite)
        return os.posix_spawnp("sleep", ["sleep", "1000"], os.environ, setsid=True)

    monkeypatch.setattr(handles, "_fork_zygote", fork_with_a_held_lock)
    silent = 1
    assert score_rows(suites(_right), [{"completion": "x"}]).rewards[0].value == 1.0
    assert forks == [True, False]

    forks.clear()
    silent = 2
    suite = suites(_right)
    score = score_rows(suite, [{"completion": "x"}]).rewards[0].parts[0].score
    assert (score.failure, score.reason) == (
        FailureKind.CRASHED,
        "workers cannot be started: the zygote ended as it started",
    )
    assert score_rows(suite, [{"completion": "x"}]).rewards[0].value == 1.0, "a later batch tries again"


def test_workers_are_replaced_after_a_number_of_records(suites: Any) -> None:
    """The suite has the number."""
    suite = suites(scorer(metrics=("pid",))(_pid), "workers: {count: 1, recycle_records: 8}")

    assert len({pid for _ in range(4) for pid in _pids(suite)}) == 4


def test_each_worker_draws_its_own_random_numbers(suites: Any) -> None:
    """All are forked from one state, possibly that of a snapshot."""
    suite = suites(
        scorer(metrics=("pid",))(lambda *_: {"value": 1.0, "pid": random.random()}),  # noqa: S311  # the state is what is tested
        "workers: {count: 1, recycle_records: 1}",
    )
    random.seed(7)

    assert len({pid for _ in range(4) for pid in _pids(suite, 1)}) == 4


def test_threads_share_the_workers(suites: Any) -> None:
    """Each thread gets the scores of its records."""
    suite = suites(lambda record, _options: len(record.completion) / 100)

    def values(size: int) -> list[float]:
        report = score_rows(suite, [{"completion": "x" * size}] * 20)
        return [reward.value for reward in report.rewards]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(values, range(1, 30))) == [[size / 100] * 20 for size in range(1, 30)]


def test_a_thread_waits_for_a_worker_until_its_deadline(suites: Any) -> None:
    """It waits no longer, even if another batch has the only worker."""

    def slow(_record: object, _options: object) -> float:
        time.sleep(1.0)
        return 1.0

    suite = suites(slow, "workers: {count: 1}")
    other = threading.Thread(target=lambda: score_rows(suite, [{"completion": "x"}]))
    other.start()
    time.sleep(0.4)
    start = time.monotonic()
    reward = score_rows(suite, [{"completion": "x"}], deadline=start + 0.2).rewards[0]
    other.join()

    assert reward.parts[0].score.failure is FailureKind.CANCELLED_DEADLINE


def test_workers_work_inside_a_running_loop(suites: Any) -> None:
    """An async trainer has such a loop."""

    async def judge(record: Any, _options: object) -> float:
        await asyncio.sleep(0.01)
        return len(record.completion) / 100

    async def trainer() -> list[float]:
        return [reward.value for reward in score_rows(suites(judge), [{"completion": "x" * 5}] * 3).rewards]

    assert asyncio.run(trainer()) == [0.05] * 3


def test_an_async_scorer_keeps_to_its_concurrency(suites: Any) -> None:
    """Otherwise 64 calls at once would exceed the rate limit of a judge."""
    under_way: list[int] = [0, 0]

    @scorer(metrics=("pid",), concurrency=3)
    async def judge(_record: object, _options: object) -> dict[str, float]:
        under_way[0] += 1
        under_way[1] = max(under_way)
        await asyncio.sleep(0.01)
        under_way[0] -= 1
        return {"value": 1.0, "pid": under_way[1]}

    assert max(_pids(suites(judge), 12)) == 3.0


def test_an_async_scorer_that_blocks_its_loop_is_blamed_alone(suites: Any) -> None:
    """Other records on the loop are scored again."""

    @scorer(budget_seconds=0.2)
    async def judge(record: Any, _options: object) -> float:
        await asyncio.sleep(0.01)
        if record.completion == "blocks":
            time.sleep(1_000)  # noqa: ASYNC251  # the misdeed
        return 1.0

    rows = [{"completion": "blocks" if number == 5 else "x"} for number in range(12)]
    rewards = score_rows(suites(judge), rows).rewards

    assert [number for number, reward in enumerate(rewards) if reward.value != 1.0] == [5]
    assert rewards[5].parts[0].score.failure is FailureKind.TIMEOUT


def test_an_async_scorer_that_will_not_be_cancelled_is_a_timeout(suites: Any) -> None:
    """Its worker is replaced, and later records are not blamed."""

    @scorer(budget_seconds=0.2)
    async def judge(record: Any, _options: object) -> float:
        while record.completion == "stubborn":
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.01)
        return 1.0

    suite = suites(judge, "workers: {count: 1}")
    rewards = score_rows(suite, [{"completion": "stubborn"}, {"completion": "x"}]).rewards

    assert [reward.parts[0].score.failure for reward in rewards] == [FailureKind.TIMEOUT, None]
    assert score_rows(suite, [{"completion": "x"}]).rewards[0].value == 1.0


@pytest.mark.parametrize("text", ["\ud800", "\x00", "é" * 300_000, "\U0001d538\u200d"])
def test_any_text_travels(suites: Any, text: str) -> None:
    """This includes text that UTF-8 cannot encode, and text larger than the buffer of a socket."""
    reference = [text, 2**80]
    suite = suites(lambda record, _options: float((record.completion, record.reference) == (text + "x", reference)))
    values = [reward.value for reward in score_records(suite, [a_record(text + "x", reference)] * 9).rewards]

    assert values == [1.0] * 9


def test_a_row_with_a_value_that_is_not_json_is_an_invalid_task(suites: Any) -> None:
    """The score has the reason; other records are scored."""
    suite = suites(lambda *_: 1.0)
    bad, good = score_records(suite, [a_record("x", object()), a_record("x", 1)]).rewards

    assert (bad.verdict, good.value) == (Verdict.INVALID_TASK, 1.0)
    assert "cannot be sent to a worker: a value of type object is not JSON" in bad.parts[0].score.reason


def test_evidence_and_reasons_come_back(suites: Any) -> None:
    """They equal those of a scorer in this process; evidence that is not JSON is left out."""
    from rlvr import Score

    def tells(record: Any, _options: object) -> Score:
        evidence = {"found": [1, "a"]} if record.completion == "data" else {"found": object()}
        return Score(value=0.5, reason="\ud800 half", evidence=evidence)

    data, other = score_rows(suites(tells), [{"completion": "data"}, {"completion": "other"}]).rewards

    assert (data.parts[0].score.reason, data.parts[0].score.evidence) == ("\ud800 half", {"found": [1, "a"]})
    assert other.parts[0].score.evidence == {"left out": "too large, or not JSON"}


def test_warming_up_returns_at_once_and_workers_start_again_after_close(suites: Any) -> None:
    """A snapshot of the process needs this."""
    suite = suites(scorer(metrics=("pid",))(_pid), "workers: {count: 1}")
    warm_up(suite)
    first = _pids(suite, 1)
    close(suite)

    assert _pids(suite, 1) != first


def test_bounded_scorers_start_no_process() -> None:
    """The modules that start processes are not imported."""
    program = (
        "import sys; from rlvr import parse_suite, score_rows\n"
        "suite = parse_suite('tasks: {t: {scorers: [text.exact]}}')\n"
        "assert score_rows(suite, [{'completion': 'a', 'answer': 'a'}]).rewards[0].value == 1.0\n"
        "assert not [name for name in sys.modules if name.startswith(('rlvr.workers', 'subprocess', 'asyncio'))]\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_supervised_and_in_process_give_the_same_scores(suites: Any) -> None:
    """This holds for all parts of a record."""
    from rlvr.jobs import InProcess

    def reads(record: Any, _options: object) -> dict[str, float]:
        seen = (record.id, record.prompt, record.final, record.reference, dict(record.metadata), record.field("a.b"))
        return {"value": 1.0, "pid": float(len(repr(seen)))}

    suite = suites(scorer(metrics=("pid",))(reads))
    rows = [
        {
            "id": {"n": [1]},
            "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "<think>x</think>y"}],
        },
        {"completion": "z", "answer": {"k": 1, "l": None}, "a": {"b": 2}, "extra_info": {"c": [True]}},
    ]
    here, there = score_rows(suite, rows, runner=InProcess()), score_rows(suite, rows)

    assert [reward.metrics for reward in here.rewards] == [reward.metrics for reward in there.rewards]


def test_the_workers_of_a_deleted_suite_end() -> None:
    """No call of close is needed."""
    import gc

    suite = parse_suite("tasks: {t: {scorers: [text.exact]}}")
    suite = suite_of("tasks: {t: {scorers: [w.s]}}", w={"s": lambda *_: 1.0})
    score_rows(suite, [{"completion": "x"}])
    from rlvr.workers import workers_of

    zygote = workers_of(suite)._zygote
    assert zygote is not None
    process = zygote._process
    del suite, zygote
    gc.collect()

    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
