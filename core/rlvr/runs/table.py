"""The rows of a run as a Parquet table, for data frames and SQL."""

from __future__ import annotations

from typing import Any

from rlvr.errors import OutputError
from rlvr.runs.arrow import import_pyarrow, table_writer
from rlvr.runs.folder import TABLE, Manifest, RunFolder, RunRow, ScoreRow
from rlvr.runs.rewards import cell_text

_TEXTS = (
    "file",
    "task",
    "group",
    "verdict",
    "reason_class",
    "reason",
    "arithmetic",
    "problem",
    "vetoed_by",
    "completion",
)


def write_table(folder: RunFolder) -> bool:
    """Write ``rows.parquet`` of a run; return False if pyarrow is not installed.

    The columns have the names of :class:`RunRow`. Values of any JSON type (``id``, ``reference``, ``prompt``,
    ``evidence``, kept columns) are text: of a value that is no text, its JSON. Times are not in it, so that the same
    rows make the same file.
    """
    path = folder.path / TABLE
    try:
        pa = import_pyarrow(path, "Parquet", OutputError)
    except OutputError:
        return False
    schema = _schema(pa, folder.manifest)
    partial = folder.path / f".{TABLE}.partial"
    with table_writer(pa, partial, schema) as write:
        for _, rows in folder.batches_with_rows():
            write(list(map(_cells, rows)))
    partial.replace(path)
    return True


def _schema(pa: Any, manifest: Manifest) -> Any:
    text, number = pa.string(), pa.float64()
    score = pa.struct(
        {
            "name": text,
            "verdict": text,
            "value": number,
            "counted": number,
            "weight": number,
            "note": text,
            "reason": text,
            "reason_class": text,
            "failure": text,
            "evidence": text,
        }
    )
    kept = manifest.options.get("keep") or []
    types = {
        "position": pa.int64(),
        "sample": pa.int32(),
        "id": text,
        "line": pa.int64(),
        **dict.fromkeys(_TEXTS, text),
        "reward": number,
        "metrics": pa.struct([(name, number) for name in manifest.metric_names]),
        "scores": pa.list_(score),
        "is_unanswered": pa.bool_(),
        "answer_span": pa.list_(pa.int64()),
        "prompt": text,
        "reference": text,
        "kept": pa.struct([(name, text) for name in kept]),
    }
    names = [name for name in RunRow.__struct_fields__ if name != "kept" or kept]  # Parquet has no empty structures
    return pa.schema([(name, types[name]) for name in names])


def _cells(row: RunRow) -> dict[str, Any]:
    """Return the cells of a row; those of columns that hold what the row holds are not changed."""
    return {
        **{name: getattr(row, name) for name in RunRow.__struct_fields__},
        **{name: cell_text(getattr(row, name)) for name in (*_TEXTS, "id", "prompt", "reference")},
        "scores": [_score_cells(score) for score in row.scores],
        "kept": {name: cell_text(value) for name, value in row.kept.items()},
    }


def _score_cells(score: ScoreRow) -> dict[str, Any]:
    texts = {name: cell_text(getattr(score, name)) for name in ("name", "note", "reason", "reason_class", "evidence")}
    return {
        "verdict": score.verdict.value,
        "value": score.value,
        "counted": score.counted,
        "weight": score.weight,
        "failure": None if score.failure is None else score.failure.value,
        **texts,
    }
