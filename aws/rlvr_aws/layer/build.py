"""Build of a layer, from a suite to tested zips."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from rlvr import Suite
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.layer.archive import ZIPPED_LIMIT_BYTES, DistributionSize, sizes, split, zip_files
from rlvr_aws.layer.needs import Needs, needs_of, requirement_name
from rlvr_aws.layer.pruning import LayerFile, kept_files
from rlvr_aws.layer.target import LayerTarget, interpreter_for
from rlvr_aws.layer.trial import Trial, check_binaries, check_metadata, try_layer
from rlvr_aws.layer.wheels import install, requirements_of

_COMPILE_SECONDS = 300


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """One zip of a layer.

    Attributes:
        content: Its bytes.
        distributions: The distributions in it.
        unzipped: Its unzipped size in bytes.
    """

    content: bytes
    distributions: tuple[str, ...]
    unzipped: int

    @property
    def digest(self) -> str:
        """The SHA-256 of its bytes, in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """A built layer.

    Attributes:
        target: The Python and the architecture that it is for.
        archives: Its zips; several if one would exceed Lambda's limit.
        table: The size of each distribution.
        trial: The result of its test; None if this machine has no Python that can run it.
        byte_code: Whether it contains byte code of the target's Python.
        without: Distributions that were left out.
    """

    target: LayerTarget
    archives: tuple[Archive, ...]
    table: tuple[DistributionSize, ...]
    trial: Trial | None
    byte_code: bool = False
    without: tuple[str, ...] = ()

    @property
    def zipped(self) -> int:
        """The size of all zips, in bytes."""
        return sum(len(each.content) for each in self.archives)

    @property
    def unzipped(self) -> int:
        """The unzipped size in bytes."""
        return sum(each.unzipped for each in self.archives)


def build_layer(  # noqa: PLR0913  # one keyword per choice
    suite: Suite,
    target: LayerTarget,
    *,
    extra: Sequence[str] = (),
    without: Sequence[str] = (),
    byte_code: bool = False,
    row: Any = None,
    own_files: Mapping[str, bytes] | None = None,
    limit: int = ZIPPED_LIMIT_BYTES,
) -> Layer:
    """Build a layer for a suite, and test it.

    Args:
        suite: The suite.
        target: The Python and the architecture.
        extra: Further requirements.
        without: Distributions to leave out.
        byte_code: Whether to compile the modules with the target's Python, which this machine must have. Otherwise
            every cold start compiles them, since Lambda's file system is read-only.
        row: The row to test it with; a made-up row by default.
        own_files: The function's own files by name; None for the files of the current folder.
        limit: The largest size of a zip in bytes.

    Raises:
        DeploymentError: The layer cannot be built, exceeds Lambda's limits, or does not work.
    """
    return build_from(
        needs_of(suite, extra, without), suite, target, byte_code=byte_code, row=row, own_files=own_files, limit=limit
    )


def build_from(  # noqa: PLR0913  # as above
    needs: Needs,
    suite: Suite,
    target: LayerTarget,
    *,
    byte_code: bool,
    row: Any,
    own_files: Mapping[str, bytes] | None = None,
    limit: int = ZIPPED_LIMIT_BYTES,
) -> Layer:
    """Build a layer from its requirements; see :func:`build_layer`."""
    interpreter = interpreter_for(target)
    with tempfile.TemporaryDirectory(prefix="rlvr-layer-") as name:
        room = Path(name)
        install(requirements_of(needs, room / "wheels"), needs.pins, target, room / "installed", needs.without)
        files = kept_files(room / "installed", {requirement_name(each) for each in needs.extra})
        check_binaries(files, target.architecture)
        check_metadata(files, suite)
        if byte_code:
            files = _compile(files, target, interpreter, room / "compiled")
        whole = _archive(files)
        table = sizes(files, whole.content)
        parts = split(files, table, limit)
        archives = (whole,) if len(parts) == 1 else tuple(_archive(each) for each in parts)
        trial = None
        if interpreter is not None:
            unpack(archives, room / "layer")
            trial = try_layer(room / "layer" / "python", suite, interpreter, row, own_files)
    return Layer(
        target=target,
        archives=archives,
        table=tuple(table),
        trial=trial,
        byte_code=byte_code,
        without=needs.without,
    )


def unpack(archives: Sequence[Archive], folder: Path) -> None:
    """Unzip a layer into a folder, as Lambda does into ``/opt``."""
    import io
    import zipfile

    for each in archives:
        with zipfile.ZipFile(io.BytesIO(each.content)) as archive:
            archive.extractall(folder)
            for entry in archive.infolist():  # extractall ignores the mode
                (folder / entry.filename).chmod(entry.external_attr >> 16)


def _archive(files: Sequence[LayerFile]) -> Archive:
    return Archive(
        content=zip_files(
            {each.path: each.content for each in files}, {each.path for each in files if each.executable}
        ),
        distributions=tuple(sorted({each.distribution for each in files})),
        unzipped=sum(len(each.content) for each in files),
    )


def _compile(files: list[LayerFile], target: LayerTarget, interpreter: Path | None, folder: Path) -> list[LayerFile]:
    """Return the files with byte code that is never checked against its source: in a layer both have one date."""
    if interpreter is None:
        problem = f"there is no Python {target.python} for {target.architecture} on this machine to compile it with"
        raise DeploymentError("the layer", problem, f"install Python {target.python}, or build without --byte-code")
    owners = {each.name: each.distribution for each in files}
    for each in files:
        path = folder / each.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.content)
    words = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", "/opt/python", str(folder)]
    # A fixed seed, which -I would ignore: sets of constants are written in the order of their hashes.
    environment = {"PATH": os.defpath, "PYTHONHASHSEED": "0"}
    command = [str(interpreter), "-P", "-s", "-S", "-m", "compileall", *words]
    # The exit code only reports files that are not valid Python, such as templates; they are left uncompiled.
    subprocess.run(command, check=False, capture_output=True, timeout=_COMPILE_SECONDS, env=environment)  # noqa: S603  # a Python of this machine
    added = [
        LayerFile(name=path.relative_to(folder).as_posix(), content=path.read_bytes(), distribution=owners[source])
        for path in sorted(folder.rglob("*.pyc"))
        if (source := _source_of(path.relative_to(folder))) in owners
    ]
    return sorted([*files, *added], key=lambda each: each.name)


def _source_of(path: Path) -> str:
    """Return the name of the source of a byte code file."""
    return (path.parent.parent / f"{path.name.partition('.')[0]}.py").as_posix()
