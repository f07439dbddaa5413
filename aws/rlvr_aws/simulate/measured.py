"""Reader for the output of ``rlvr simulate --json``: how long calls take, and what memory they need."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec

from rlvr_aws.account.errors import DeploymentError

MEASURE = "create it: rlvr simulate SUITE RECORDS --json > FILE"

_FILE_LIMIT = 4_000_000  # a summary has a few kilobytes
_Measure: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1e9)] | None
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class ModeMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """The measurements of one mode; None for a value that was not measured."""

    calls: _Count
    records: _Count
    rejected_calls: _Count = 0
    cold_start_seconds: _Measure = None
    p50_seconds: _Measure = None
    p95_seconds: _Measure = None
    p99_seconds: _Measure = None
    gigabyte_seconds_per_1000_records: Annotated[float, msgspec.Meta(ge=0, le=1e9)] = 0.0
    peak_megabytes: _Measure = None


class SimulationSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The output of ``rlvr simulate --json``."""

    memory_megabytes: Annotated[int, msgspec.Meta(ge=128, le=10_240)]
    timeout_seconds: Annotated[int, msgspec.Meta(ge=1, le=900)]
    modes: dict[str, ModeMeasurement]


def read_simulation(path: Path) -> SimulationSummary:
    """Read the summary of a simulation.

    Raises:
        DeploymentError: The file cannot be read, or is not such a summary.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_LIMIT + 1)
        return msgspec.json.decode(data[:_FILE_LIMIT], type=SimulationSummary)
    except OSError as error:
        raise DeploymentError(str(path), f"cannot be read: {error.strerror or error}", MEASURE) from error
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise DeploymentError(str(path), f"is not the output of rlvr simulate --json: {error}", MEASURE) from error
