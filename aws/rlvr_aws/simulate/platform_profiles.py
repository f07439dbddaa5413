"""Profiles of the platforms: how each calls a reward function, by rows per call, calls at once, and shapes.

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
from typing import Any, Literal, TypeAlias, assert_never, get_args

import msgspec

from rlvr import Record, RecordsError, record_from
from rlvr.runs import rows_of
from rlvr_aws.simulate.shapes import CHAT, SHAPES, Shape, raw_row
from rlvr_handler.response import plain
from rlvr_handler.settings import Envelope

Mode: TypeAlias = Literal["training-job", "hyperpod", "evaluation", "pre-submit", "shapes"]
MODES: tuple[Mode, ...] = get_args(Mode)

# The envelopes that AWS's platforms read. Another one may exist for callers outside AWS: add it here only if the
# verifiers of AWS's SDKs accept it; see ``answer_checks.verifier_accepts``.
READ_BY_AWS: tuple[Envelope, ...] = ("list", "http-string", "http-list")

RETRIES = 3


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call to make.

    Attributes:
        event: The bytes of the event.
        ids: The id that each result must have; None for a row without one, whose result may have any.
        shape: The shape of its rows; "" if they are sent as the file has them.
    """

    event: bytes
    ids: tuple[Any, ...]
    shape: str


class PlatformProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How a platform calls.

    Attributes:
        batch: The most rows of one call.
        at_once: Calls at the same time.
        shapes: The shapes of its events; empty if rows are sent as the file has them.
        raw: Whether rows have neither ids nor answers.
        envelopes: The envelopes to test; empty for the deployment's own.
    """

    batch: int
    at_once: int = 1
    shapes: tuple[Shape, ...] = ()
    raw: bool = False
    envelopes: tuple[Envelope, ...] = ()


def profile_of(mode: Mode) -> PlatformProfile:
    """Return how a platform calls."""
    match mode:
        case "training-job":
            return PlatformProfile(batch=64, at_once=12)
        case "hyperpod":
            return PlatformProfile(batch=1, at_once=100)
        case "evaluation":
            return PlatformProfile(batch=1, shapes=(CHAT,))
        case "pre-submit":
            return PlatformProfile(batch=10, raw=True)
        case "shapes":
            return PlatformProfile(batch=64, shapes=SHAPES, envelopes=READ_BY_AWS)
        case _:
            assert_never(mode)


def calls_of(profile: PlatformProfile, records: Path, limit: int | None = None) -> Iterator[Call]:
    """Yield the calls for a file of records; a call is made when it is asked for.

    Raises:
        RecordsError: The file cannot be read, or a row contains a value that no platform can send.
    """
    for shape in profile.shapes:
        rows = ((line, shape.row(_record(row, position))) for position, (line, row) in enumerate(_rows(records, limit)))
        size = min(profile.batch, shape.at_most or profile.batch)
        yield from _batches(rows, size, shape.event, shape.name, records)
    if not profile.shapes:
        sent: Callable[[Any, int], Any] = (lambda row, _position: raw_row(row)) if profile.raw else _with_id
        rows = ((line, sent(row, position)) for position, (line, row) in enumerate(_rows(records, limit)))
        yield from _batches(rows, profile.batch, lambda batch: batch, "", records)


def _rows(records: Path, limit: int | None) -> Iterator[tuple[int, Any]]:
    for row in islice(rows_of(records), limit):
        if row.problem:
            raise RecordsError(str(records), row.line, row.problem)
        yield row.line, row.value


def _record(row: Any, position: int) -> Record:
    return record_from(row, position=position)


def _with_id(row: Any, position: int) -> Any:
    """Return a row with the id that the platform would give it, if it has none."""
    return {**row, "id": str(position)} if isinstance(row, dict) and row.get("id") is None else row


def _batches(
    rows: Iterable[tuple[int, Any]], size: int, event: Callable[[list[Any]], Any], shape: str, records: Path
) -> Iterator[Call]:
    waiting = iter(rows)
    while batch := list(islice(waiting, size)):
        for line, row in batch:
            _check_sendable(row, records, line)
        values = [row for _, row in batch]
        # Text that UTF-8 cannot encode cannot be returned unchanged; the expected id is the repaired text.
        ids = tuple(plain(row.get("id")) if isinstance(row, dict) else None for row in values)
        yield Call(event=json.dumps(event(values)).encode(), ids=ids, shape=shape)


def _check_sendable(row: Any, records: Path, line: int) -> None:
    try:
        json.dumps(row, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise RecordsError(str(records), line, f"no platform can send it: {error}") from error
