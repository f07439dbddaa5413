"""Notes on a suite that needs more memory than its function has; see ``rlvr.memory`` for the shares."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from rlvr import Suite
from rlvr.memory import WORKER_AT_LEAST_MB, share_of_memory, workers_by_memory
from rlvr_aws.simulate.prices import MEGABYTES_PER_CORE


def memory_notes(suite: Suite, memory_megabytes: int) -> Iterator[str]:
    """Yield a note for each limit of the suite that is above what the function leaves to it.

    A scorer that keeps processes has the option ``memory_mb``, its limit for one of them; the share may be less.
    """
    fitting = workers_by_memory(memory_megabytes) or 1
    workers = suite.workers.count or min(fitting, math.ceil(memory_megabytes / MEGABYTES_PER_CORE))
    if workers > fitting:
        needed = workers * WORKER_AT_LEAST_MB
        yield f"{workers} workers need {needed} MB; a function of {memory_megabytes} MB is enough for {fitting}"
    share = int(share_of_memory(memory_megabytes, workers))
    wanted = {
        entry.installed.id: limit
        for entry in suite.entries
        if not entry.installed.scorer.bounded and (limit := _limit_of(entry.prepared)) > share * 2 // 3
    }
    for scorer_id, limit in wanted.items():
        yield (
            f"{scorer_id} has memory_mb {limit}; a function of {memory_megabytes} MB leaves each worker {share} MB, "
            f"two thirds of them, {share * 2 // 3} MB, for a process of the scorer"
        )


def _limit_of(prepared: Any) -> float:
    limit = getattr(getattr(prepared, "options", prepared), "memory_mb", None)
    return limit if isinstance(limit, (int, float)) else 0
