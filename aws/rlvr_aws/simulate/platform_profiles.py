"""How each platform calls a reward function: rows per call, calls at once, shapes.

Source:
    https://aws.amazon.com/blogs/machine-learning/how-to-build-effective-reward-functions-with-aws-lambda-for-amazon-nova-model-customization
    (batches of 64, 12 at once; HyperPod one by one; three retries with exponential backoff)
    https://github.com/aws/sagemaker-hyperpod-recipes (HyperPod: ``lambda_concurrency_limit: 100``)
    https://docs.aws.amazon.com/sagemaker/latest/dg/model-customize-evaluation-preset-custom-scorers.html
    (evaluation: lists of exactly one)
    https://github.com/aws/sagemaker-python-sdk and https://github.com/aws/nova-forge-sdk
    (the check before a job is submitted: 3 and 10 raw training rows in one call)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import msgspec

from rlvr import Record, RecordsError, record_from
from rlvr.runs import rows_of
from rlvr_aws.simulate.shapes import CHAT, SHAPES, Shape, raw_row
from rlvr_handler.response import plain
from rlvr_handler.settings import Envelope

Mode: TypeAlias = Literal["training-job", "hyperpod", "evaluation", "pre-submit", "shapes"]
MODES: tuple[Mode, ...] = get_args(Mode)

RETRIES = 3


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call to make.

    Attributes:
        event: Its bytes.
        ids: The id that each result must have; None where the row has none, and any will do.
        shape: The shape of its rows; "" where they are sent as they stand in the file.
    """

    event: bytes
    ids: tuple[Any, ...]
    shape: str


class PlatformProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How a platform calls.

    Attributes:
        batch: Rows of one call, at most.
        at_once: Calls at a time.
        shapes: The shapes of its events; none where rows are sent as they stand in the file.
        raw: Whether rows come without ids and answers.
        envelopes: The envelopes to answer in; none where the deployment's is used.
    """

    batch: int
    at_once: int = 1
    shapes: tuple[Shape, ...] = ()
    raw: bool = False
    envelopes: tuple[Envelope, ...] = ()


PROFILES: dict[Mode, PlatformProfile] = {
    "training-job": PlatformProfile(batch=64, at_once=12),
    "hyperpod": PlatformProfile(batch=1, at_once=100),
    "evaluation": PlatformProfile(batch=1, shapes=(CHAT,)),
    "pre-submit": PlatformProfile(batch=10, raw=True),
    "shapes": PlatformProfile(batch=64, shapes=SHAPES, envelopes=get_args(Envelope)),
}


def calls_of(habit: PlatformProfile, records: Path, limit: int | None = None) -> Iterator[Call]:
    """Make the calls for a file of records, as far as they are asked for.

    Raises:
        RecordsError: The file cannot be read, or a row holds what no platform can send.
    """
    for shape in habit.shapes:
        rows = ((line, shape.row(_record(row, position))) for position, (line, row) in enumerate(_rows(records, limit)))
        size = min(habit.batch, shape.at_most or habit.batch)
        yield from _batches(rows, size, shape.event, shape.name, records)
    if not habit.shapes:
        sent: Callable[[Any, int], Any] = (lambda row, _position: raw_row(row)) if habit.raw else _with_id
        rows = ((line, sent(row, position)) for position, (line, row) in enumerate(_rows(records, limit)))
        yield from _batches(rows, habit.batch, lambda batch: batch, "", records)


def _rows(records: Path, limit: int | None) -> Iterator[tuple[int, Any]]:
    for row in islice(rows_of(records), limit):
        if row.problem:
            raise RecordsError(str(records), row.line, row.problem)
        yield row.line, row.value


def _record(row: Any, position: int) -> Record:
    return record_from(row, position=position)


def _with_id(row: Any, position: int) -> Any:
    """Give a row the id that the platform would give it."""
    return {**row, "id": str(position)} if isinstance(row, dict) and row.get("id") is None else row


def _batches(
    rows: Iterable[tuple[int, Any]], size: int, event: Callable[[list[Any]], Any], shape: str, records: Path
) -> Iterator[Call]:
    waiting = iter(rows)
    while batch := list(islice(waiting, size)):
        for line, row in batch:
            _check_sendable(row, records, line)
        values = [row for _, row in batch]
        # Text that UTF-8 cannot carry cannot be echoed; what is expected instead is what it is mended to.
        ids = tuple(plain(row.get("id")) if isinstance(row, dict) else None for row in values)
        yield Call(event=json.dumps(event(values)).encode(), ids=ids, shape=shape)


def _check_sendable(row: Any, records: Path, line: int) -> None:
    try:
        json.dumps(row, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise RecordsError(str(records), line, f"no platform can send it: {error}") from error
