"""Logs of a batch: a line per record, and a document of metrics per batch.

Each line is one JSON object and nothing else, so that CloudWatch Logs Insights finds its fields.
Prompts, completions and references are never logged; reasons, which may quote them, only on request.
The metrics are in CloudWatch's embedded metric format, which needs no call and adds no latency.

``earns_nothing`` and ``ZeroRate`` follow ``rlvr.Reward.earns_nothing``.

Source:
    Embedded metric format specification,
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, assert_never

import msgspec

from rlvr import FailureKind, Record, Report, Reward, Suite, Verdict, encodable_text
from rlvr_handler.response import plain
from rlvr_handler.settings import Settings

# The format's limit on the values of one array.
ARRAY_LIMIT = 100

_encode = msgspec.json.Encoder().encode


def log_suite(suite: Suite, settings: Settings) -> None:
    """Log which version of a suite a container scores with."""
    match settings.log:
        case "none":
            return
        case "batch" | "records":
            version = {"source": suite.source[:200], "revision": suite.revision, "fingerprint": suite.fingerprint}
            write_lines([{"level": "INFO", "message": "suite loaded", **version}])
        case _:
            assert_never(settings.log)


def log_batch(report: Report, records: Sequence[Record], settings: Settings) -> None:
    """Write the lines of a finished batch to standard output, in one call; of the records only their lengths."""
    lengths = [len(record.completion) for record in records]
    match settings.log:
        case "none":
            return
        case "batch":
            write_lines([*_metric_documents(report, lengths, settings)])
        case "records":
            pairs = zip(report.rewards, lengths, strict=True)
            lines = [_record_line(reward, length, settings) for reward, length in pairs]
            write_lines([*lines, *_metric_documents(report, lengths, settings)])
        case _:
            assert_never(settings.log)


def write_lines(lines: list[Any]) -> None:
    """Write JSON lines to standard output in one call; if that fails, the lines are lost and the answer is not."""
    out = b"".join(_encode(line) + b"\n" for line in lines).decode()
    with contextlib.suppress(Exception):  # there may be no output at all, and no place to report that
        sys.stdout.write(out)
        sys.stdout.flush()


def _record_line(reward: Reward, length: int, settings: Settings) -> dict[str, Any]:
    line: dict[str, Any] = {metric.name: metric.value for metric in reward.metrics if metric.is_own}
    line["id"] = plain(reward.id)
    line["aggregate_reward_score"] = reward.value
    line["earns_nothing"] = int(reward.earns_nothing)  # a number, so that queries can average it
    line["task"] = reward.task
    line["verdict"] = reward.verdict
    line["fingerprint"] = reward.fingerprint
    line["completion_characters"] = length
    if reward.verdict is Verdict.FAILED:
        line["failures"] = {part.name: part.score.failure for part in reward.parts if part.score.failure}
    if settings.log_reasons:
        line["reasons"] = {part.name: encodable_text(part.score.reason) for part in reward.parts}
        line["arithmetic"] = encodable_text(reward.arithmetic)
    return line


def _metric_documents(report: Report, lengths: list[int], settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield the document of a batch, and further ones for the values that do not fit into its arrays."""
    rewards = report.rewards
    verdicts = report.verdicts
    values = [reward.value for reward in rewards]
    millis = [round(sum(part.score.seconds for part in reward.parts) * 1e3, 3) for reward in rewards]
    kinds = [part.score.failure for reward in rewards for part in reward.parts if part.score.failure]
    single: dict[str, tuple[float, str]] = {
        "Records": (len(rewards), "Count"),
        "FailedRecords": (verdicts[Verdict.FAILED], "Count"),
        "InvalidTaskRecords": (verdicts[Verdict.INVALID_TASK], "Count"),
        "AbstainedRecords": (verdicts[Verdict.ABSTAINED], "Count"),
        "BatchMilliseconds": (round(report.seconds * 1e3, 3), "Milliseconds"),
        **{f"Failures.{kind}": (kinds.count(kind), "Count") for kind in FailureKind},
        **_shares(rewards),
        **_spread(report),
    }
    for start in range(0, max(1, len(values)), ARRAY_LIMIT):
        metrics: dict[str, tuple[Any, str]] = dict(single) if start == 0 else {}
        if values:
            metrics["RewardScore"] = (values[start : start + ARRAY_LIMIT], "None")
            metrics["RecordMilliseconds"] = (millis[start : start + ARRAY_LIMIT], "Milliseconds")
            metrics["CompletionCharacters"] = (lengths[start : start + ARRAY_LIMIT], "Count")
        yield _document(metrics, report.fingerprint, settings)


def _shares(rewards: Sequence[Reward]) -> dict[str, tuple[float, str]]:
    """Return the shares of records with nothing and with the highest reward; empty for a batch without records."""
    if not rewards:
        return {}
    zeros = sum(reward.earns_nothing for reward in rewards)
    most = sum(reward.earns_all for reward in rewards)
    return {"ZeroRate": (zeros / len(rewards), "None"), "MaxRate": (most / len(rewards), "None")}


def _spread(report: Report) -> dict[str, tuple[float, str]]:
    """Return the number of groups, and the share of zero-variance groups; empty for a batch without groups."""
    groups = report.group_statistics
    if not groups.groups:
        return {}
    return {"Groups": (groups.groups, "Count"), "ZeroSpreadShare": (groups.zero_variance_share, "None")}


def _document(metrics: dict[str, tuple[Any, str]], fingerprint: str, settings: Settings) -> dict[str, Any]:
    definitions = [{"Name": name, "Unit": unit} for name, (_, unit) in metrics.items()]
    directive = {"Namespace": settings.metrics_namespace, "Dimensions": [["FunctionName"]], "Metrics": definitions}
    return {
        "_aws": {"Timestamp": int(time.time() * 1e3), "CloudWatchMetrics": [directive]},
        "FunctionName": settings.function_name,
        "fingerprint": fingerprint,
        **{name: value for name, (value, _) in metrics.items()},
    }
