"""Pruning of installed wheels: a layer leaves out tests, byte code, sources of compiled code, and programs.

Metadata is kept, since plugins are found through it; its list of files names only kept files.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

import msgspec

# The folders in which installers put programs and headers; deeper folders of these names belong to a package.
_INSTALLED = frozenset({"bin", "include"})
_BYTE_CODE = frozenset({".pyc", ".pyo"})
_SUFFIXES = frozenset({".pyi", ".c", ".h", ".cpp", ".hpp", ".pyx", ".pxd"})
# Files in which pip and uv describe this machine; some would make the bytes differ between builds.
_NOTES = frozenset({"INSTALLER", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"})
# Parts of core that nothing in Lambda imports and no fingerprint covers: the command line, run files, the test kit.
_CORE_TOOLS = ("rlvr/cli/", "rlvr/runs/", "rlvr/stub_judge.py", "rlvr/testing.py")
METADATA = ".dist-info"
# Parts of sympy that nothing in the evaluation of rlvr-math imports: a fifth of it. Printing, which it does not use
# either, imports some of them in functions.
_UNUSED_OF_SYMPY = tuple(
    f"sympy/{name}/"
    for name in (
        "benchmarks categories codegen crypto diffgeom holonomic liealgebras parsing/autolev parsing/c parsing/fortran "
        "parsing/latex physics/biomechanics physics/continuum_mechanics physics/control physics/hep physics/mechanics "
        "physics/optics physics/quantum physics/vector sandbox stats vector"
    ).split()
)
_USES_SYMPY_SO = "rlvr-math"


class LayerFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a layer.

    Attributes:
        name: Its path under ``python/``, with slashes.
        content: Its bytes.
        distribution: The distribution that it belongs to.
        executable: Whether it is executable.
    """

    name: str
    content: bytes
    distribution: str
    executable: bool = False

    @property
    def path(self) -> str:
        """Its path in the layer."""
        return f"python/{self.name}"

    @property
    def compiled(self) -> bool:
        """Whether it is compiled for a processor."""
        return self.content.startswith(b"\x7fELF")


def kept_files(folder: Path, whole: Iterable[str] = ()) -> list[LayerFile]:
    """Read the files of an installation that a layer keeps, sorted by name.

    Args:
        folder: The installation.
        whole: Distributions that were asked for by name, of which no part that works is left out.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    owners = _owners(folder, names)
    plugins = {owners.get(name) for name in names if _announces_plugin(folder, name)}
    unused = () if "sympy" in whole or _others_require_sympy(folder, names) else _UNUSED_OF_SYMPY
    kept = {
        name
        for name in names
        if not is_left_out(name, of_plugin=owners.get(name) in plugins) and not name.startswith(unused)
    }
    return [
        LayerFile(
            name=name,
            content=_content(folder, name, kept),
            distribution=owners.get(name, ""),
            executable=bool((folder / name).stat().st_mode & stat.S_IXUSR),
        )
        for name in sorted(kept)
    ]


def is_left_out(name: str, *, of_plugin: bool = False) -> bool:
    """Return True if a layer leaves a file out; a plugin's package is kept whole, since its fingerprint covers it."""
    path = PurePosixPath(name)
    folders = path.parts[:-1]
    if path.suffix in _BYTE_CODE or name == ".lock" or name.startswith(_CORE_TOOLS):
        return True
    if _INSTALLED.intersection(folders[:1]):
        return True
    if path.parent.name.endswith(METADATA):
        return path.name in _NOTES
    return not of_plugin and (path.suffix in _SUFFIXES or _is_test(path))


def _is_test(path: PurePosixPath) -> bool:
    """Return True for any file of a folder `tests`, and for the modules of tests of a folder `test`.

    Some packages import a folder `test` when they run, such as ``django.test``.
    """
    folders = path.parts[:-1]
    return "tests" in folders or ("test" in folders and path.name.startswith("test_"))


def _others_require_sympy(folder: Path, names: list[str]) -> bool:
    """Return True if another distribution than rlvr-math requires sympy, and may use all of it."""
    for name in names:
        if name.endswith(f"{METADATA}/METADATA"):
            head = (folder / name).read_text("utf-8").partition("\n\n")[0]
            own = re.search(r"^Name: (.*)$", head, re.MULTILINE)
            requires = re.search(r"^Requires-Dist: sympy\b(?!.*extra)", head, re.MULTILINE)
            if requires and (own is None or own[1].replace("_", "-").lower() != _USES_SYMPY_SO):
                return True
    return False


def _announces_plugin(folder: Path, name: str) -> bool:
    return name.endswith(f"{METADATA}/entry_points.txt") and "[rlvr]" in (folder / name).read_text("utf-8").split()


def _content(folder: Path, name: str, kept: set[str]) -> bytes:
    content = (folder / name).read_bytes()
    if name.endswith(f"{METADATA}/RECORD"):
        lines = content.decode().splitlines()
        return "".join(f"{line}\n" for line in sorted(lines) if _path_in(line) in kept).encode()
    return content


def _owners(folder: Path, names: list[str]) -> Mapping[str, str]:
    """Return the distribution of each file, by the lists of files in the metadata."""
    return {
        recorded: name.partition(METADATA)[0].rpartition("-")[0]
        for name in names
        if name.endswith(f"{METADATA}/RECORD")
        for recorded in _records(folder / name)
    }


def _records(path: Path) -> Iterator[str]:
    return (_path_in(line) for line in path.read_text(encoding="utf-8").splitlines())


def _path_in(line: str) -> str:
    """Return the path in a line of RECORD, a CSV file in which two fields follow it."""
    return line.rsplit(",", 2)[0].strip('"')
