"""Zips whose bytes depend on nothing but their content, split where Lambda's limits want it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.layer.pruning import LayerFile

# Lambda's limits: an upload by itself, all layers and the function unpacked, layers of one function.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ZIPPED_LIMIT_BYTES = 50 * 1024 * 1024
UNZIPPED_LIMIT_BYTES = 250 * 1024 * 1024
LAYERS_LIMIT = 5

_LEVEL = 6  # 9 takes three times as long, for half a percent

_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that zip knows
_MODE = 0o100644 << 16
_PROGRAM_MODE = 0o100755 << 16


class DistributionSize(msgspec.Struct, frozen=True, kw_only=True):
    """How much room a distribution takes in a layer, in bytes."""

    distribution: str
    files: int
    unzipped: int
    zipped: int


def zipped(files: Mapping[str, bytes], programs: Collection[str] = ()) -> bytes:
    """Make a zip of files by name: sorted, of one date and mode, so that equal files give equal bytes.

    Args:
        files: Contents by name.
        programs: The names of those that can be run.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = _PROGRAM_MODE if name in programs else _MODE
            entry.create_system = 3  # Unix, wherever it is made
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=_LEVEL)
    return out.getvalue()


def sizes(files: Iterable[LayerFile], archive: bytes) -> list[DistributionSize]:
    """Say what each distribution takes, the largest first.

    Args:
        files: The files of a layer.
        archive: All of them in one zip, each under ``python/``.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        # An entry's headers, at its place and in the directory, are as long as its name and some 76 bytes.
        taken = {entry.filename: entry.compress_size + 2 * len(entry.filename) + 76 for entry in opened.infolist()}
    by_distribution: dict[str, list[LayerFile]] = {}
    for each in files:
        by_distribution.setdefault(each.distribution, []).append(each)
    table = [
        DistributionSize(
            distribution=name,
            files=len(group),
            unzipped=sum(len(each.content) for each in group),
            zipped=sum(taken[each.path] for each in group),
        )
        for name, group in by_distribution.items()
    ]
    return sorted(table, key=lambda size: (-size.unzipped, size.distribution))


def split(files: Sequence[LayerFile], table: Sequence[DistributionSize], limit: int) -> list[list[LayerFile]]:
    """Put distributions into as few zips as the limit on one allows: each, from the largest, into the first with room.

    A distribution is never split; one that is larger than the limit has a layer of its own.

    Raises:
        DeploymentError: Lambda's limits on the whole cannot be kept.
    """
    _check_whole(table)
    bins: list[tuple[int, set[str]]] = []
    for size in sorted(table, key=lambda size: (-size.zipped, size.distribution)):
        for index, (taken, names) in enumerate(bins):
            if taken + size.zipped <= limit:
                bins[index] = (taken + size.zipped, names | {size.distribution})
                break
        else:
            bins.append((size.zipped, {size.distribution}))
    if len(bins) > LAYERS_LIMIT:
        problem = f"it takes {len(bins)} layers of {limit / 1e6:.0f} MB, and a function may have {LAYERS_LIMIT}"
        raise DeploymentError("the layer", problem, "split the suite into two functions")
    return [[each for each in files if each.distribution in names] for _, names in bins]


def _check_whole(table: Sequence[DistributionSize]) -> None:
    whole = sum(size.unzipped for size in table)
    if whole > UNZIPPED_LIMIT_BYTES:
        largest = ", ".join(f"{size.distribution} {size.unzipped / 1e6:.0f} MB" for size in table[:5])
        problem = f"it unpacks to {whole / 1e6:.0f} MB, above Lambda's {UNZIPPED_LIMIT_BYTES / 1e6:.0f} MB ({largest})"
        raise DeploymentError("the layer", problem, "split the suite into two functions, or deploy a container image")
