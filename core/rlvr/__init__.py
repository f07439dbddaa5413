"""rlvr: reward functions for answers that can be verified.

A name is imported at its first use: a plugin that is used alone, such as ``rlvr_math.grade``, needs the views of a
record, and not the configuration, which would take most of its import time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlvr.aggregate import Part, Reward
    from rlvr.config import Suite, Task, load_suite, parse_suite
    from rlvr.errors import (
        ConfigError,
        PluginError,
        RecordsError,
        RlvrError,
        ScorerFaultError,
        TaskError,
    )
    from rlvr.files import SuiteFile
    from rlvr.hooks import NoOptions, Scorer, ScorerFactory, hookimpl, scorer
    from rlvr.metrics import Metric
    from rlvr.pipeline import close, score_records, score_rows, score_stream, warm_up
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
        polarity_at,
        said_in,
        stated_in,
    )
    from rlvr.record.text import encodable_text
    from rlvr.record.views import code_blocks_in, fence_of, final_in, json_in
    from rlvr.report import GroupStatistics, Report, Summary
    from rlvr.score import FailureKind, Score, Verdict

_HOMES = {
    "aggregate": "Part Reward",
    "config": "Suite Task load_suite parse_suite",
    "errors": "ConfigError PluginError RecordsError RlvrError ScorerFaultError TaskError",
    "files": "SuiteFile",
    "hooks": "NoOptions Scorer ScorerFactory hookimpl scorer",
    "metrics": "Metric",
    "pipeline": "close score_records score_rows score_stream warm_up",
    "plugins": "Registry",
    "processes": "keep_process release_process",
    "record": "CodeBlock JsonValue Message Record record_from rows_in",
    "record.answers": "MARKED_KINDS Commitment Stated Statement StatementKind commit polarity_at said_in stated_in",
    "record.text": "encodable_text",
    "record.views": "code_blocks_in fence_of final_in json_in",
    "report": "GroupStatistics Report Summary",
    "score": "FailureKind Score Verdict",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [  # type checkers need the names as literals
    "MARKED_KINDS",
    "CodeBlock",
    "Commitment",
    "ConfigError",
    "FailureKind",
    "GroupStatistics",
    "JsonValue",
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
    "Stated",
    "Statement",
    "StatementKind",
    "Suite",
    "SuiteFile",
    "Summary",
    "Task",
    "TaskError",
    "Verdict",
    "close",
    "code_blocks_in",
    "commit",
    "encodable_text",
    "fence_of",
    "final_in",
    "hookimpl",
    "json_in",
    "keep_process",
    "load_suite",
    "parse_suite",
    "polarity_at",
    "record_from",
    "release_process",
    "rows_in",
    "said_in",
    "score_records",
    "score_rows",
    "score_stream",
    "scorer",
    "stated_in",
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
