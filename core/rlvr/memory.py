"""The memory that this process and its workers may use, and how the workers share it.

In AWS Lambda and in containers, the system kills the process that exceeds the limit, and the whole call is lost.
So the limits of the workers, and of the processes that a scorer keeps, are derived from one budget.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from rlvr.cgroups import CGROUPS, MEMBERSHIP, cgroup_folders

# Below 1,769 MB, Lambda gives a function less than one processor: a second worker would bring no speed.
WORKER_AT_LEAST_MB = 1_024
# Measured with `rlvr simulate`: the handler, the process that starts workers, and the zygotes of one sandbox.
_BASE_MB, _EACH_WORKER_MB = 128, 48

_UNLIMITED_BYTES = 1 << 60  # version 1 writes the largest multiple of a page for "no limit"
_LIMIT_FILES = ("memory.max", "memory.limit_in_bytes")

_sharing = 1


def memory_share_mb() -> float | None:
    """Return the memory that one worker may use, with all processes that its scorers keep; None without a limit.

    A scorer that starts processes of its own, such as a sandbox, limits them so that they fit into this share.
    """
    limit = usable_memory_mb()
    return None if limit is None else share_of_memory(limit, _sharing)


def share_of_memory(limit_mb: float, workers: int) -> float:
    """Return the share of each of some workers: what the common processes leave, in equal parts; at least 1 MB."""
    return max(1.0, (limit_mb - _BASE_MB - _EACH_WORKER_MB * workers) / workers)


def share_memory_among(workers: int) -> None:
    """Note the number of workers that share the memory; called in each worker when it starts."""
    global _sharing  # noqa: PLW0603  # a property of the process, like its limits
    _sharing = workers


def workers_by_memory(limit_mb: float | None) -> int | None:
    """Return the number of workers for which the memory is enough, at least 1; None without a limit."""
    return None if limit_mb is None else max(1, int(limit_mb // WORKER_AT_LEAST_MB))


def usable_memory_mb() -> float | None:
    """Return the memory that this process may use: the smallest of Lambda's limit and the limits of its cgroups.

    None without a limit. The trainer processes of one machine (``LOCAL_WORLD_SIZE``) get equal parts.
    """
    limits = _limits_by_cgroup()
    function = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    if function.isascii() and function.isdigit() and int(function):
        limits.append(float(function))
    if not limits:
        return None
    size = os.environ.get("LOCAL_WORLD_SIZE", "")
    return min(limits) / max(1, int(size) if size.isascii() and size.isdigit() and len(size) < 7 else 1)  # noqa: PLR2004  # no machine has a million processes


def _limits_by_cgroup(root: Path = CGROUPS, membership: Path = MEMBERSHIP) -> list[float]:
    """Return the limits, in megabytes, of the cgroups that this process is in."""
    limits: list[float] = []
    for folder in cgroup_folders("memory", root, membership):
        for name in _LIMIT_FILES:
            with contextlib.suppress(OSError, ValueError):
                limit = int((folder / name).read_text(encoding="ascii"))  # "max" is not a number: no limit
                if 0 < limit < _UNLIMITED_BYTES:
                    limits.append(limit / (1 << 20))
    return limits
