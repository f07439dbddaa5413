"""Ray Data: score a data set on a cluster, Parquet to Parquet; the extra ``rlvr[ray]``.

Each actor loads the suite once and scores batches of rows; the rewards are those of one process, to the last bit.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, assert_never

from rlvr.config import Suite, load_suite, parse_suite
from rlvr.distributions import how_to_install
from rlvr.errors import OutputError, RecordsError
from rlvr.pipeline import BATCH_RECORDS
from rlvr.runs.arrow import import_pyarrow, values_of_batch
from rlvr.runs.cells import CELLS, report_of_cells
from rlvr.runs.rewards import COLUMNS, check_kept, rewards_schema, table_cells
from rlvr.runs.rows import Row
from rlvr.runs.scoring import PlacedRow, score_batch
from rlvr.runs.sources import FileFormat, files_of, format_of
from rlvr.summary import Summary

# Actors that ask for all processors of a cluster wait for ever: who reads the data needs one, and the actors wait for
# who reads. Half a processor for each leaves enough, and on one processor an actor asks for none.
ACTOR_CPUS = 0.5

# The position of all rows: an actor does not know where its batch is in the data. Its text is no id that a row has.
_NO_POSITION = -(2**62)

_OF_FILES = frozenset({"file", "line"})

GROUP = "group"

# Rewards of one part of a summary. A part has its groups, some kilobytes for each hundred.
SUMMARY_ROWS = 16_384


def score_dataset(  # noqa: PLR0913  # one keyword for each fact about the job
    suite: Suite | str | os.PathLike[str] | Mapping[str, Any],
    data: Any,
    *,
    out: str | os.PathLike[str] | None = None,
    keep: Sequence[str] = (),
    address: str | None = None,
    actors: int | None = None,
    limit: int | None = None,
) -> Any:
    """Score a data set by Ray Data.

    The rows stay in their order. A row has the columns of a file of rewards, without ``file`` and ``line``, and
    ``group``, the key of its prompt group; its ``id`` is null if it had none, since no actor knows the position of a
    row in the data.
    Groups of rows for scorers of groups are those of one batch, so keep the rows of a prompt together.

    Args:
        suite: A suite, its file, or its content as a dict.
        data: A ``ray.data.Dataset``, or the Parquet or JSON lines files or folders to read: one path or several.
        out: A folder to write Parquet files to; it is new or empty.
        keep: Columns of the data to keep beside the rewards.
        address: A Ray cluster; by default the one that this process uses, else one is started on this machine.
        actors: How many actors score; by default one for each processor of the cluster.
        limit: The number of rows, from the first; None for all.

    Returns:
        A ``ray.data.Dataset`` of rewards: not yet computed, or read from ``out`` if that is given.

    Raises:
        OutputError: ``out`` exists and is not empty, or a column to keep has the name of another.
        RecordsError: Ray or pyarrow is missing.
    """
    loaded = _loaded(suite)
    check_kept(Path(out or "the rewards"), keep, {*COLUMNS, GROUP})
    if out is not None and Path(out).exists() and (not Path(out).is_dir() or any(Path(out).iterdir())):
        raise OutputError(str(out), "exists and is not an empty folder", "name a new folder")
    ray = _import_ray(address)
    if not ray.is_initialized():
        ray.init(address=address, include_dashboard=False, log_to_driver=False, configure_logging=False)
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    rows = _dataset_of(ray, data)
    scored = (rows if limit is None else rows.limit(limit)).map_batches(
        RayScorer,
        fn_constructor_args=[pickle.dumps(loaded), tuple(keep)],
        batch_format="pyarrow",
        batch_size=BATCH_RECORDS,
        **_resources(_processors(ray), actors),
    )
    if out is None:
        return scored
    scored.write_datasink(_files_in_order(str(out)))
    return ray.data.read_parquet(str(out))


def _files_in_order(folder: str) -> Any:
    """Return what writes a Parquet file for each block, its rows in order.

    ``write_parquet`` of Ray writes with several threads, which may exchange parts of a file on a busy machine.
    """
    from pyarrow import parquet
    from ray.data.datasource import BlockBasedFileDatasink

    class FilesInOrder(BlockBasedFileDatasink):  # type: ignore[misc]  # Ray is not there for the type checker
        def write_block_to_file(self, block: Any, file: Any) -> None:
            parquet.write_table(block.to_arrow(), file)

    return FilesInOrder(folder, file_format="parquet")


class RayScorer:
    """The actor: scores tables of rows by one suite."""

    def __init__(self, suite: bytes, keep: Sequence[str]) -> None:
        """Load the suite, once for all batches."""
        self._suite: Suite = pickle.loads(suite)  # noqa: S301  # from the program that started the actor
        self._keep = keep
        self._pa = import_pyarrow(Path("the data"), "Ray Data")

    def __call__(self, batch: Any) -> Any:
        """Return the rewards of a batch as a table."""
        rows = [PlacedRow(_NO_POSITION, Row(line=0, value=value)) for value in values_of_batch(self._pa, batch)]
        scored = score_batch(self._suite, rows, keeps_records=False)
        cells = [
            table_cells(reward, row, self._keep) | {GROUP: facts.group}
            for reward, row, facts in zip(scored.report.rewards, scored.rows, scored.facts, strict=True)
        ]
        for each in cells:
            if each["id"] == str(_NO_POSITION):
                each["id"] = None
        schema = rewards_schema(self._pa, self._suite, self._keep)
        fields = [schema.field(name) for name in schema.names if name not in _OF_FILES]
        schema = self._pa.schema([*fields, (GROUP, self._pa.string())])
        return self._pa.Table.from_pylist(cells, schema=schema)


def summarize_dataset(suite: Suite, rewards: Any) -> Summary:
    """Return the summary of a data set of rewards, which actors make part by part; times are not in it.

    Args:
        suite: The suite that scored them.
        rewards: What :func:`score_dataset` returned.
    """
    import ray.data

    parts = rewards.select_columns([*CELLS, GROUP]).map_batches(
        RaySummarizer,
        fn_constructor_args=[pickle.dumps(suite)],
        batch_format="pyarrow",
        batch_size=SUMMARY_ROWS,
        **_resources(_processors(ray), None),
    )
    summary = Summary.of(suite)
    for batch in parts.iter_batches(batch_format="pyarrow"):
        for part in batch["summary"].to_pylist():
            summary.merge(pickle.loads(part))  # noqa: S301  # from an actor of this job
    return summary


class RaySummarizer:
    """The actor: makes a summary of a table of rewards; a table of one cell has it."""

    def __init__(self, suite: bytes) -> None:
        """Load the suite, once for all batches."""
        self._suite: Suite = pickle.loads(suite)  # noqa: S301  # from the program that started the actor
        self._pa = import_pyarrow(Path("the rewards"), "Ray Data")

    def __call__(self, batch: Any) -> Any:
        """Return the summary of a batch of rewards."""
        rows = batch.to_pylist()
        summary = Summary.of(self._suite)
        summary.add(report_of_cells(self._suite, rows), [row[GROUP] for row in rows])
        return self._pa.table({"summary": [pickle.dumps(summary)]})


def _processors(ray: Any) -> int:
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def _resources(processors: int, actors: int | None) -> dict[str, Any]:
    """Return the words of ``map_batches`` for a number of actors, by default one for each processor."""
    from ray.data import ActorPoolStrategy

    return {
        "compute": ActorPoolStrategy(size=actors or processors),
        "num_cpus": ACTOR_CPUS if processors > 1 else 0,
    }


def _loaded(suite: Suite | str | os.PathLike[str] | Mapping[str, Any]) -> Suite:
    if isinstance(suite, Suite):
        return suite
    return parse_suite(suite) if isinstance(suite, Mapping) else load_suite(Path(suite))


def _dataset_of(ray: Any, data: Any) -> Any:
    """Return the data set that is given, or that of the files that are named."""
    if isinstance(data, ray.data.Dataset):
        return data
    paths = [os.fspath(path) for path in ([data] if isinstance(data, (str, os.PathLike)) else data)]
    kinds = {_kind_of(path) for path in paths}
    if len(kinds) != 1:
        raise RecordsError(", ".join(paths), 0, "cannot be read by Ray: name Parquet or JSON lines, not both")
    read = ray.data.read_parquet if kinds == {"parquet"} else ray.data.read_json
    return read(paths)


def _kind_of(path: str) -> FileFormat:
    """Return the format of a file, or of the files in a folder."""
    kind = format_of(files_of([Path(path)])[0]) if Path(path).is_dir() else format_of(Path(path))
    match kind:
        case "parquet" | "lines":
            return kind
        case "document" | "csv" | "tsv" | "arrow":
            raise RecordsError(path, 0, "is not read by Ray; convert it to Parquet or JSON lines")
        case _:
            assert_never(kind)


def _import_ray(address: str | None) -> Any:
    # Who set one of the variables has decided. A cluster of rlvr reports no use of it to anybody.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if address is None and "RAY_ADDRESS" not in os.environ:
        # Actors on this machine run in the environment of this process. If any process above it is `uv run`, Ray starts
        # them by the same words of uv; where these name another environment, without Ray, it tries so for ever.
        os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        problem = f"Ray Data needs {error.name or 'ray'}; run {how_to_install('rlvr[ray]')}"
        raise RecordsError("--engine ray", 0, problem) from error
    return ray
