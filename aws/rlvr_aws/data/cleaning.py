"""Cleaning of training data: remove or repair what the platforms refuse, as far as that needs no guess."""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

import msgspec

from rlvr import Suite
from rlvr.runs import open_binary_output
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.data.checking import DataReport, check_data
from rlvr_aws.data.rows import DataRow
from rlvr_aws.data.rules import RULES, TargetName


class Cleaning(msgspec.Struct, frozen=True, kw_only=True):
    """The result of cleaning a file.

    Attributes:
        before: The report on the original file; it counts the repairs and the rows that were left out.
        after: The report on the cleaned file.
    """

    before: DataReport
    after: DataReport


def clean_data(suite: Suite, source: Path, destination: Path, target: TargetName = "bedrock-nova") -> Cleaning:
    """Write a cleaned file, completely or not at all; equal files give equal bytes.

    A byte order mark, blank lines and repeated rows are removed; rows with an error that cannot be repaired are left
    out.

    Raises:
        DeploymentError: The destination is the source or not a regular file, or the source is not a file of JSON lines.
        RecordsError: The source cannot be read.
        OSError: The destination cannot be written.
    """
    if source.exists() and destination.exists() and destination.samefile(source):
        raise DeploymentError(f"--clean {destination}", "is the source itself", "name another file")
    if destination.exists() and not destination.is_file():
        raise DeploymentError(f"--clean {destination}", "is not a regular file", "name another file")
    with open_binary_output(destination, inputs=(source,)) as file:
        before = check_data(suite, source, target, kept=lambda row: _write(file, row))
        if "not-json-lines" in before.counts:
            raise DeploymentError(str(source), before.findings[0].problem, RULES["not-json-lines"].advice)
        file.flush()
        after = check_data(suite, Path(file.name), target)
    return Cleaning(before=before, after=after)


def _write(file: BinaryIO, row: DataRow) -> None:
    file.write(json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n")
