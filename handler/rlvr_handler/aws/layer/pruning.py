"""What a layer leaves out of what wheels bring: tests, byte code, sources of compiled code, people's tools.

Metadata stays, since plugins are found through it; its list of files names only what is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import msgspec

# Folders that no program imports.
_FOLDERS = frozenset({"__pycache__", "tests", "bin", "include"})
_SUFFIXES = frozenset({".pyc", ".pyo", ".pyi", ".c", ".h", ".cpp", ".hpp", ".pyx", ".pxd"})
# What pip and uv note of this machine; some of it would make the bytes differ from build to build.
_NOTES = frozenset({"INSTALLER", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"})
# The handler's commands, for a laptop; the code of rlvr and of plugins stays whole, since fingerprints cover it.
_OWN_TOOLS = ("rlvr_handler/aws/", "rlvr_handler/simulate/")
METADATA = ".dist-info"


class LayerFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a layer.

    Attributes:
        name: Its path under ``python/``, with slashes.
        content: Its bytes.
        distribution: Which distribution brought it.
    """

    name: str
    content: bytes
    distribution: str

    @property
    def path(self) -> str:
        """Its path in the layer."""
        return f"python/{self.name}"


def kept_files(folder: Path) -> list[LayerFile]:
    """Read the files of an installation that a layer keeps, sorted by name."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    kept = [name for name in names if not is_left_out(name)]
    owners = _owners(folder, kept)
    return [
        LayerFile(name=name, content=_content(folder, name, set(kept)), distribution=owners.get(name, ""))
        for name in kept
    ]


def is_left_out(name: str) -> bool:
    """Say whether a layer does without a file."""
    path = PurePosixPath(name)
    if name.startswith(_OWN_TOOLS) or path.suffix in _SUFFIXES or name == ".lock":
        return True
    if path.parent.name.endswith(METADATA):
        return path.name in _NOTES
    return not _FOLDERS.isdisjoint(path.parts[:-1])


def _content(folder: Path, name: str, kept: set[str]) -> bytes:
    content = (folder / name).read_bytes()
    if name.endswith(f"{METADATA}/RECORD"):
        lines = content.decode().splitlines()
        return "".join(f"{line}\n" for line in sorted(lines) if _recorded(line) in kept).encode()
    return content


def _owners(folder: Path, names: list[str]) -> Mapping[str, str]:
    """Say which distribution brought which file, by the metadata's lists."""
    return {
        recorded: name.partition(METADATA)[0].rpartition("-")[0]
        for name in names
        if name.endswith(f"{METADATA}/RECORD")
        for recorded in _records(folder / name)
    }


def _records(path: Path) -> Iterator[str]:
    return (_recorded(line) for line in path.read_text(encoding="utf-8").splitlines())


def _recorded(line: str) -> str:
    """Return the path of a line of RECORD, which is CSV with two fields behind it."""
    return line.rsplit(",", 2)[0].strip('"')
