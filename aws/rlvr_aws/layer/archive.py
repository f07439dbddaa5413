"""Zips whose bytes depend on their content only, split to keep Lambda's limits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.layer.pruning import LayerFile

# Lambda's limits: a direct upload; all layers and the function, unzipped; the layers of a function.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ZIPPED_LIMIT_BYTES = 50 * 1024 * 1024
UNZIPPED_LIMIT_BYTES = 250 * 1024 * 1024
LAYERS_LIMIT = 5

_LEVEL = 6  # level 9 takes three times as long and saves half a percent

_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can have
_MODE = 0o100644 << 16
_PROGRAM_MODE = 0o100755 << 16


class DistributionSize(msgspec.Struct, frozen=True, kw_only=True):
    """The size of a distribution in a layer, in bytes."""

    distribution: str
    files: int
    unzipped: int
    zipped: int


def zip_files(files: Mapping[str, bytes], programs: Collection[str] = ()) -> bytes:
    """Return a zip of files, sorted and with one date and mode, so that equal files give equal bytes.

    Args:
        files: The contents by name.
        programs: The names of the executable files.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = _PROGRAM_MODE if name in programs else _MODE
            entry.create_system = 3  # Unix, on whatever system it is made
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=_LEVEL)
    return out.getvalue()


def sizes(files: Iterable[LayerFile], archive: bytes) -> list[DistributionSize]:
    """Return the size of each distribution, the largest first.

    Args:
        files: The files of a layer.
        archive: All of them in one zip, each under ``python/``.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        # The two headers of an entry, before its data and in the directory, have its name each and 76 bytes together.
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
    """Divide distributions into few zips: each, from the largest, goes into the first zip that it fits into.

    A distribution is never divided; one that is larger than the limit has a zip of its own.

    Raises:
        DeploymentError: The layers together exceed Lambda's limits.
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
        problem = f"it needs {len(bins)} layers of {limit / 1e6:.0f} MB, and a function may have {LAYERS_LIMIT}"
        raise DeploymentError("the layer", problem, "split the suite into two functions")
    return [[each for each in files if each.distribution in names] for _, names in bins]


def _check_whole(table: Sequence[DistributionSize]) -> None:
    whole = sum(size.unzipped for size in table)
    if whole > UNZIPPED_LIMIT_BYTES:
        largest = ", ".join(f"{size.distribution} {size.unzipped / 1e6:.0f} MB" for size in table[:5])
        problem = f"it unpacks to {whole / 1e6:.0f} MB, above Lambda's {UNZIPPED_LIMIT_BYTES / 1e6:.0f} MB ({largest})"
        raise DeploymentError("the layer", problem, "split the suite into two functions, or deploy a container image")
