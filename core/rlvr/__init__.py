"""rlvr: reward functions for answers that can be verified.

A name is imported at its first use: a plugin that is used alone, such as ``rlvr_math.grade``, needs the views of a
record, and not the configuration, which would take most of its import time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlvr.aggregate import Part, Reward
    from rlvr.config import Entry, Suite, Task, load_suite, parse_suite
    from rlvr.distributions import how_to_install
    from rlvr.errors import (
        ConfigError,
        PluginError,
        RecordsError,
        RlvrError,
        ScorerFaultError,
        TaskError,
    )
    from rlvr.files import SuiteFile
    from rlvr.hooks import NoOptions, Permission, Remainder, Scorer, ScorerFactory, hookimpl, scorer
    from rlvr.jobs import Runner
    from rlvr.memory import memory_share_mb
    from rlvr.metrics import Metric
    from rlvr.patterns import compile_patterns, lazy_pattern
    from rlvr.pipeline import close, score, score_records, score_rows, score_stream, warm_up
    from rlvr.plugins import Registry
    from rlvr.processes import keep_process, release_process
    from rlvr.record import CodeBlock, JsonValue, Message, Record, record_from, rows_in
    from rlvr.record.answers import (
        MARKED_KINDS,
        Commitment,
        Stated,
        Statement,
        StatementKind,
        commit,
        commitment_class,
        polarity_at,
        said_in,
        stated_in,
    )
    from rlvr.record.templates import MissingError, Template, TemplateError, item_of, parse_template, sample_of
    from rlvr.record.text import encodable_text
    from rlvr.record.views import code_blocks_in, fence_of, final_in, json_in
    from rlvr.report import GroupStatistics, Report
    from rlvr.runs import Run
    from rlvr.scores import FailureKind, Score, Verdict
    from rlvr.summary import Summary
    from rlvr.time_share import CUT_METRIC, time_share_seconds

_HOMES = {
    "aggregate": "Part Reward",
    "config": "Entry Suite Task load_suite parse_suite",
    "dispatch": "Runner",
    "distributions": "how_to_install",
    "errors": "ConfigError PluginError RecordsError RlvrError ScorerFaultError TaskError",
    "files": "SuiteFile",
    "hooks": "NoOptions Permission Remainder Scorer ScorerFactory hookimpl scorer",
    "memory": "memory_share_mb",
    "metrics": "Metric",
    "patterns": "compile_patterns lazy_pattern",
    "pipeline": "close score score_records score_rows score_stream warm_up",
    "plugins": "Registry",
    "processes": "keep_process release_process",
    "record": "CodeBlock JsonValue Message Record record_from rows_in",
    "record.answers": (
        "MARKED_KINDS Commitment Stated Statement StatementKind commit commitment_class polarity_at said_in stated_in"
    ),
    "record.templates": "MissingError Template TemplateError item_of parse_template sample_of",
    "record.text": "encodable_text",
    "record.views": "code_blocks_in fence_of final_in json_in",
    "report": "GroupStatistics Report",
    "runs": "Run",
    "scores": "FailureKind Score Verdict",
    "summary": "Summary",
    "time_share": "CUT_METRIC time_share_seconds",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [  # type checkers need the names as literals
    "CUT_METRIC",
    "MARKED_KINDS",
    "CodeBlock",
    "Commitment",
    "ConfigError",
    "Entry",
    "FailureKind",
    "GroupStatistics",
    "JsonValue",
    "Message",
    "Metric",
    "MissingError",
    "NoOptions",
    "Part",
    "Permission",
    "PluginError",
    "Record",
    "RecordsError",
    "Registry",
    "Remainder",
    "Report",
    "Reward",
    "RlvrError",
    "Run",
    "Runner",
    "Score",
    "Scorer",
    "ScorerFactory",
    "ScorerFaultError",
    "Stated",
    "Statement",
    "StatementKind",
    "Suite",
    "SuiteFile",
    "Summary",
    "Task",
    "TaskError",
    "Template",
    "TemplateError",
    "Verdict",
    "close",
    "code_blocks_in",
    "commit",
    "commitment_class",
    "compile_patterns",
    "encodable_text",
    "fence_of",
    "final_in",
    "hookimpl",
    "how_to_install",
    "item_of",
    "json_in",
    "keep_process",
    "lazy_pattern",
    "load_suite",
    "memory_share_mb",
    "parse_suite",
    "parse_template",
    "polarity_at",
    "record_from",
    "release_process",
    "rows_in",
    "said_in",
    "sample_of",
    "score",
    "score_records",
    "score_rows",
    "score_stream",
    "scorer",
    "stated_in",
    "time_share_seconds",
    "warm_up",
]


def __getattr__(name: str) -> Any:
    """Import a public name at its first use."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'rlvr' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"rlvr.{_HOME_OF[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
