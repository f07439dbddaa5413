"""What ``/metrics`` tells, in the text format of Prometheus.

Several processes serve one port, and any of them may answer: each writes its numbers to a folder every second, and the
one that answers adds them up. The numbers of a process that ended stay, so that a counter never falls.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path

from rlvr import Reward, Suite, Verdict

_EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

# Names of series, with what they count; a series is `name{labels}`.
_KINDS = {
    "rlvr_requests_total": ("counter", "Requests answered, by route and status."),
    "rlvr_request_seconds": ("histogram", "Time from the first byte of a request to the reply."),
    "rlvr_requests_in_flight": ("gauge", "Requests that are not yet answered."),
    "rlvr_clients_gone_total": ("counter", "Requests whose client closed the connection before the reply."),
    "rlvr_rewards_total": ("counter", "Rewards, by verdict."),
    "rlvr_reward_sum": ("gauge", "Sum of the rewards with the verdict scored."),
    "rlvr_failed_scores_total": ("counter", "Scores of a scorer that broke, by scorer and kind of failure."),
    "rlvr_suite_info": ("gauge", "1; the fingerprint of the suite is a label."),
}


_REWARDS = {verdict: f'rlvr_rewards_total{{verdict="{verdict.value}"}}' for verdict in Verdict}


class Counters:
    """The numbers of one process.

    Args:
        suite: The suite that is served.
        folder: Where the processes of one service share their numbers; None for one process.
    """

    def __init__(self, suite: Suite, folder: Path | None = None) -> None:
        self._fingerprint = suite.fingerprint
        self._file = None if folder is None else folder / f"{os.getpid()}.json"
        self._totals: defaultdict[str, float] = defaultdict(float)
        for name in ("rlvr_reward_sum", "rlvr_clients_gone_total", *_REWARDS.values()):
            self._totals[name] = 0.0  # a series that is absent until its first event has no rate
        self._requests: defaultdict[tuple[str, int], int] = defaultdict(int)
        # For each route how many requests took at most each edge and more than the one before; the last: longer ones.
        self._times: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(_EDGES) + 1))
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self.in_flight = 0

    def count_request(self, route: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        self._requests[route, status] += 1
        self._times[route][bisect_left(_EDGES, seconds)] += 1
        self._seconds[route] += seconds

    def count_gone(self) -> None:
        """Count a client that did not wait."""
        self._totals["rlvr_clients_gone_total"] += 1

    def count_rewards(self, rewards: Sequence[Reward]) -> None:
        """Count rewards, and the scores that failed."""
        total = 0.0
        for reward in rewards:
            self._totals[_REWARDS[reward.verdict]] += 1
            if reward.verdict is Verdict.SCORED:
                total += reward.value
                continue
            for part in reward.parts:
                if part.score.failure is not None:
                    labels = f'scorer="{part.scorer}",kind="{part.score.failure.value}"'
                    self._totals[f"rlvr_failed_scores_total{{{labels}}}"] += 1
        self._totals["rlvr_reward_sum"] += total

    def share(self) -> None:
        """Write the numbers where the other processes find them."""
        if self._file is not None:
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps([self.in_flight, self._series()]), encoding="utf-8")
            new.replace(self._file)

    def text(self) -> str:
        """Return the numbers of all processes in the text format of Prometheus."""
        total, in_flight = self._series(), self.in_flight
        for theirs_in_flight, theirs in self._others():
            in_flight += theirs_in_flight
            for name, value in theirs.items():
                total[name] += value
        total["rlvr_requests_in_flight"] = in_flight
        total[f'rlvr_suite_info{{fingerprint="{self._fingerprint}"}}'] = 1
        lines: list[str] = []
        for name, (kind, meaning) in _KINDS.items():
            series = [each for each in total if _name_of(each) == name]
            if series:
                lines.extend((f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"))
                lines.extend(f"{each} {total[each]:.17g}" for each in series)
        return "\n".join(lines) + "\n"

    def _series(self) -> defaultdict[str, float]:
        """Return the numbers of this process by series."""
        total = self._totals.copy()
        for (route, status), count in self._requests.items():
            total[f'rlvr_requests_total{{route="{route}",status="{status}"}}'] = count
        for route, times in self._times.items():
            for edge, count in zip((*map("{:g}".format, _EDGES), "+Inf"), accumulate(times), strict=True):
                total[f'rlvr_request_seconds_bucket{{route="{route}",le="{edge}"}}'] = count
            total[f'rlvr_request_seconds_sum{{route="{route}"}}'] = self._seconds[route]
            total[f'rlvr_request_seconds_count{{route="{route}"}}'] = sum(times)
        return total

    def _others(self) -> Iterable[tuple[int, dict[str, float]]]:
        if self._file is None:
            return
        for path in self._file.parent.glob("*.json"):
            if path != self._file:
                in_flight, totals = json.loads(path.read_text(encoding="utf-8"))
                yield (in_flight if _is_running(path.stem) else 0), totals


def _name_of(series: str) -> str:
    name = series.partition("{")[0]
    for ending in ("_bucket", "_sum", "_count"):
        if name.removesuffix(ending) in _KINDS and name not in _KINDS:
            return name.removesuffix(ending)
    return name


def _is_running(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (OSError, ValueError):
        return False
    return True
