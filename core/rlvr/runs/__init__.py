"""Jobs over files: reading rows, scoring them, and writing results; no file is lost or replaced by surprise.

Commands of other distributions may use the names in ``__all__``.
"""

from rlvr.runs.choosing import RowChoice, SortKey, reward_range, sorted_rows
from rlvr.runs.cluster import score_dataset, summarize_dataset
from rlvr.runs.counting import row_count
from rlvr.runs.finding import find_record
from rlvr.runs.finishing import BatchResult, Finisher, Traceback
from rlvr.runs.folder import Manifest, RunBatch, RunFolder, RunRow, ScoreRow, Session
from rlvr.runs.job import Choice, chosen_rows, finish_job, run_job
from rlvr.runs.output import DASH, open_binary_output, open_output
from rlvr.runs.records import report_of, reward_of
from rlvr.runs.remarks import remarks_of
from rlvr.runs.rewards import (
    RewardsEncoder,
    WriteEncoded,
    WriteRewards,
    check_kept,
    open_encoded_rewards,
    open_rewards,
    rewards_encoder,
)
from rlvr.runs.rows import LINE_LIMIT_BYTES, Row, rows_of, values_of
from rlvr.runs.run import Run, mapping_of
from rlvr.runs.scoring import PlacedRow, ScoredRows, replay, sample, score_placed
from rlvr.runs.shards import default_processes, process_count
from rlvr.runs.sources import files_of
from rlvr.runs.stopping import StopFlag, stop_on_signals
from rlvr.runs.where import RowCondition, holds_for, parse_condition, value_in_row
from rlvr.runs.writer import RunWriter, manifest_of, open_run, run_files

__all__ = [
    "DASH",
    "LINE_LIMIT_BYTES",
    "BatchResult",
    "Choice",
    "Finisher",
    "Manifest",
    "PlacedRow",
    "RewardsEncoder",
    "Row",
    "RowChoice",
    "RowCondition",
    "Run",
    "RunBatch",
    "RunFolder",
    "RunRow",
    "RunWriter",
    "ScoreRow",
    "ScoredRows",
    "Session",
    "SortKey",
    "StopFlag",
    "Traceback",
    "WriteEncoded",
    "WriteRewards",
    "check_kept",
    "chosen_rows",
    "default_processes",
    "files_of",
    "find_record",
    "finish_job",
    "holds_for",
    "manifest_of",
    "mapping_of",
    "open_binary_output",
    "open_encoded_rewards",
    "open_output",
    "open_rewards",
    "open_run",
    "parse_condition",
    "process_count",
    "remarks_of",
    "replay",
    "report_of",
    "reward_of",
    "reward_range",
    "rewards_encoder",
    "row_count",
    "rows_of",
    "run_files",
    "run_job",
    "sample",
    "score_dataset",
    "score_placed",
    "sorted_rows",
    "stop_on_signals",
    "summarize_dataset",
    "value_in_row",
    "values_of",
]
