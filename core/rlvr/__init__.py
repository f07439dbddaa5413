"""rlvr pays language models for answers that can be checked."""

from rlvr.aggregate import Metric, Part, Reward
from rlvr.config import Suite, Task, load_suite, parse_suite
from rlvr.errors import (
    ConfigError,
    PluginError,
    RecordsError,
    RlvrError,
    ScorerFaultError,
    TaskError,
)
from rlvr.hooks import NoOptions, Scorer, ScorerFactory, hookimpl, scorer
from rlvr.pipeline import close, score_records, score_rows, score_stream, warm_up
from rlvr.plugins import Registry
from rlvr.record import CodeBlock, Message, Record, record_from, rows_in
from rlvr.report import GroupStatistics, Report, Summary
from rlvr.score import FailureKind, Score, Verdict

__all__ = [
    "CodeBlock",
    "ConfigError",
    "FailureKind",
    "GroupStatistics",
    "Message",
    "Metric",
    "NoOptions",
    "Part",
    "PluginError",
    "Record",
    "RecordsError",
    "Registry",
    "Report",
    "Reward",
    "RlvrError",
    "Score",
    "Scorer",
    "ScorerFactory",
    "ScorerFaultError",
    "Suite",
    "Summary",
    "Task",
    "TaskError",
    "Verdict",
    "close",
    "hookimpl",
    "load_suite",
    "parse_suite",
    "record_from",
    "rows_in",
    "score_records",
    "score_rows",
    "score_stream",
    "scorer",
    "warm_up",
]
