"""The memory that may be used, and its shares."""

from pathlib import Path

import pytest

from rlvr import memory
from rlvr.memory import (
    _limits_by_cgroup,
    memory_share_mb,
    share_memory_among,
    share_of_memory,
    usable_memory_mb,
    workers_by_memory,
)
from rlvr.processes import default_worker_count

FUNCTION = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the limits of this machine away."""
    for name in (FUNCTION, "LOCAL_WORLD_SIZE", "RLVR_WORKERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(memory, "_limits_by_cgroup", list)
    monkeypatch.setattr(memory, "_sharing", 1)


@pytest.mark.parametrize(
    ("membership", "files", "limits"),
    [
        ("0::/\n", {"memory.max": "536870912"}, [512.0]),
        ("0::/\n", {"memory.max": "max"}, []),
        ("0::/\n", {"memory.max": "0"}, []),
        ("0::/\n", {}, []),
        (
            "0::/a/b\n",
            {"a/b/memory.max": "max", "a/memory.max": "2147483648", "memory.max": "1073741824"},
            [2048, 1024],
        ),
        ("4:memory:/x\n3:cpu:/\n", {"memory/x/memory.limit_in_bytes": "268435456"}, [256.0]),
        ("4:memory:/x\n", {"memory/x/memory.limit_in_bytes": "9223372036854771712"}, []),
        ("3:cpu:/\n", {"cpu/memory.limit_in_bytes": "268435456"}, []),
        ("nonsense", {"memory.max": "536870912"}, []),
    ],
)
def test_a_container_has_the_memory_of_its_cgroup(
    tmp_path: Path, membership: str, files: dict[str, str], limits: list[float]
) -> None:
    """In versions 1 and 2; every parent's limit is found."""
    (tmp_path / "membership").write_text(membership)
    for name, content in files.items():
        (tmp_path / "cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "cgroup" / name).write_text(content + "\n")

    assert _limits_by_cgroup(tmp_path / "cgroup", tmp_path / "membership") == limits


@pytest.mark.parametrize(
    ("function", "groups", "size", "usable"),
    [
        ("", [], "", None),
        ("512", [], "", 512.0),
        ("512", [2048.0, 256.0], "", 256.0),
        ("", [4096.0], "", 4096.0),
        ("", [4096.0], "4", 1024.0),
        ("", [4096.0], "0", 4096.0),
        ("", [4096.0], "no", 4096.0),
        ("0", [], "", None),
        ("many", [], "", None),
    ],
)
def test_the_smallest_limit_counts(
    monkeypatch: pytest.MonkeyPatch, function: str, groups: list[float], size: str, usable: float | None
) -> None:
    """Lambda tells its own; trainer processes of one machine get equal parts."""
    monkeypatch.setattr(memory, "_limits_by_cgroup", lambda: list(groups))
    monkeypatch.setenv(FUNCTION, function)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", size)

    assert usable_memory_mb() == usable


@pytest.mark.parametrize(
    ("limit", "workers", "share"), [(512, 1, 336), (1_536, 1, 1_360), (2_048, 2, 912), (128, 1, 1), (64, 3, 1)]
)
def test_workers_get_equal_shares(limit: int, workers: int, share: float) -> None:
    """A share is what the common processes and the workers' own leave; never less than 1 MB."""
    assert share_of_memory(limit, workers) == share


@pytest.mark.parametrize(("limit", "count"), [(None, None), (128, 1), (1_023, 1), (1_536, 1), (2_048, 2), (10_240, 10)])
def test_each_worker_needs_a_gigabyte(limit: float | None, count: int | None) -> None:
    """But there is at least one."""
    assert workers_by_memory(limit) == count


@pytest.mark.parametrize(
    ("function", "processors", "count"), [("1536", 2, 1), ("3000", 2, 2), ("3000", 8, 2), ("", 8, 8)]
)
def test_the_number_of_workers_follows_the_memory(
    monkeypatch: pytest.MonkeyPatch, function: str, processors: int, count: int
) -> None:
    """It is never more than the processors."""
    monkeypatch.setenv(FUNCTION, function)
    monkeypatch.setattr("rlvr.processes.usable_processors", lambda: processors)

    assert default_worker_count() == count


def test_the_share_follows_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a limit there is no share."""
    assert memory_share_mb() is None

    monkeypatch.setenv(FUNCTION, "2048")
    alone = memory_share_mb()
    share_memory_among(2)

    assert (alone, memory_share_mb()) == (1_872, 912)
