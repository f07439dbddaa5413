"""Processors that may be used, and children that scorers keep on purpose."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from rlvr import Record, close, keep_process, score_rows, scorer
from rlvr.processes import _processors_by_cgroup, default_worker_count, usable_processors
from rlvr.testing import suite_of

QUOTA, PERIOD = "cpu.cfs_quota_us", "cpu.cfs_period_us"
UNSET = ("RLVR_WORKERS", "LOCAL_WORLD_SIZE")


@pytest.fixture(autouse=True)
def _without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rlvr.processes.usable_memory_mb", lambda: None)
    for name in UNSET:
        monkeypatch.delenv(name, raising=False)


def test_affinity_limits_the_workers() -> None:
    """The number of processors of the machine does not matter."""
    code = (
        "import os; os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]);"
        "from rlvr.processes import default_worker_count; print(default_worker_count())"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "1"


@pytest.mark.parametrize(
    ("value", "count"), [("3", 3), ("1", 1), ("0", None), ("-1", None), ("x", None), ("9" * 20, None), ("", None)]
)
def test_a_variable_names_the_workers(monkeypatch: pytest.MonkeyPatch, value: str, count: int | None) -> None:
    """A value that is not a positive whole number is ignored."""
    monkeypatch.setenv("RLVR_WORKERS", value)

    assert default_worker_count() == (usable_processors() if count is None else count)


@pytest.mark.parametrize(("size", "count"), [("1", 12), ("4", 3), ("5", 2), ("13", 1), ("100", 1), ("no", 12)])
def test_trainer_processes_of_one_machine_share_it(monkeypatch: pytest.MonkeyPatch, size: str, count: int) -> None:
    """Each has at least one worker."""
    monkeypatch.setenv("LOCAL_WORLD_SIZE", size)
    monkeypatch.setattr("rlvr.processes.usable_processors", lambda: 12)

    assert default_worker_count() == count


@pytest.mark.parametrize(
    ("mode", "assigned", "count"),
    [
        (1, {"CPU": 4.0}, 4),
        (1, {"CPU": 0.5}, 1),
        (1, {"CPU": 64.0}, 12),
        (1, {}, 1),
        (0, {"CPU": 4.0}, 3),
        (-1, {}, 3),
    ],
)
def test_an_actor_of_ray_has_the_processors_that_it_asked_for(
    monkeypatch: pytest.MonkeyPatch, mode: int, assigned: dict[str, float], count: int
) -> None:
    """Ray 2.60, mode 1; a driver, mode 0, shares the machine with the other processes of the trainer."""

    def context() -> SimpleNamespace:
        if mode < 0:
            raise RuntimeError("not started")
        return SimpleNamespace(worker=SimpleNamespace(mode=mode), get_assigned_resources=lambda: assigned)

    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(WORKER_MODE=1, get_runtime_context=context))
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    monkeypatch.setattr("rlvr.processes.usable_processors", lambda: 12)

    assert default_worker_count() == count


@pytest.mark.parametrize(
    ("membership", "files", "share"),
    [
        ("0::/\n", {"cpu.max": "150000 100000"}, 1.5),
        ("0::/\n", {"cpu.max": "max 100000"}, None),
        ("0::/\n", {}, None),
        ("0::/a/b\n", {"a/b/cpu.max": "400000 100000", "a/cpu.max": "200000 100000", "cpu.max": "max 100000"}, 2.0),
        ("0::/a\n", {"cpu.max": "50000 100000"}, 0.5),
        (
            "4:cpu,cpuacct:/x\n3:memory:/\n",
            {"cpu/x/cpu.cfs_quota_us": "300000", "cpu/x/cpu.cfs_period_us": "100000"},
            3.0,
        ),
        ("4:cpu,cpuacct:/x\n", {"cpu/x/cpu.cfs_quota_us": "-1", "cpu/x/cpu.cfs_period_us": "100000"}, None),
        ("0::/\n", {"cpu.max": "no number"}, None),
        ("nonsense", {"cpu.max": "100000 100000"}, None),
    ],
)
def test_a_container_has_the_processors_of_its_cgroup(
    tmp_path: Path, membership: str, files: dict[str, str], share: float | None
) -> None:
    """The smallest quota of all parents counts, in versions 1 and 2."""
    (tmp_path / "membership").write_text(membership)
    for name, content in files.items():
        (tmp_path / "cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "cgroup" / name).write_text(content + "\n")

    assert _processors_by_cgroup(tmp_path / "cgroup", tmp_path / "membership") == share


DECLARED = """
import os, subprocess, sys
from rlvr.processes import has_stray_children, keep_process, release_process

seen = [has_stray_children()]
child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
seen.append(has_stray_children())
keep_process(child.pid)
seen.append(has_stray_children())
child.kill()
os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
seen.append(has_stray_children())
release_process(child.pid)
seen.append(has_stray_children())
print(seen, child.wait())
"""


def test_a_declared_child_is_not_a_stray_one() -> None:
    """Running or ended, and no exit status is taken. The test runs in a new process without other children."""
    found = subprocess.run([sys.executable, "-c", DECLARED], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[False, True, False, False, True] -9"


def _starting(*, is_kept: bool) -> object:
    """Return a scorer that starts a child at its first call; its metric is the id of its process."""
    started: list[subprocess.Popen[bytes]] = []

    @scorer(metrics=("process",))
    def starting(_record: Record, _options: object) -> dict[str, float]:
        if not started:
            started.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
            if is_kept:
                keep_process(started[0].pid)
        return {"value": 1.0, "process": float(os.getpid())}

    return starting


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_worker_whose_scorer_keeps_a_process_is_not_replaced(*, is_kept: bool) -> None:
    """A worker whose scorer left an undeclared process is replaced."""
    suite = suite_of(
        "tasks: {t: {scorers: [x.starting]}}\nworkers: {count: 1}", x={"starting": _starting(is_kept=is_kept)}
    )
    reports = [score_rows(suite, [{"completion": "x"}]) for _ in range(3)]
    close(suite)

    workers = {report.rewards[0].parts[0].score.metrics["process"] for report in reports}
    assert (len(workers) == 1) == is_kept
