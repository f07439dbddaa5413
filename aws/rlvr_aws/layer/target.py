"""The Python and the architecture of Lambda that a layer is for, and the Python of this machine that can test it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, TypeAlias, assert_never, get_args

import msgspec

PythonVersion: TypeAlias = Literal["3.12", "3.13", "3.14"]
Architecture: TypeAlias = Literal["x86_64", "arm64"]

PYTHONS: tuple[PythonVersion, ...] = get_args(PythonVersion)
ARCHITECTURES: tuple[Architecture, ...] = get_args(Architecture)

_MACHINES: Mapping[str, Architecture] = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


class LayerTarget(msgspec.Struct, frozen=True):
    """A Python and an architecture of AWS Lambda.

    Attributes:
        python: The version, such as ``3.13``; a bundle has one more than layers, for the checks on a laptop.
        architecture: The processor's architecture.
    """

    python: str = "3.13"
    architecture: Architecture = "x86_64"

    @property
    def runtime(self) -> str:
        """The runtime, as Lambda names it."""
        return f"python{self.python}"

    @property
    def platform(self) -> str:
        """The platform, as uv names it.

        Lambda's Amazon Linux 2023 has glibc 2.34; some libraries have wheels for 2.28 only, and none needs a newer one.
        """
        match self.architecture:
            case "x86_64":
                return "x86_64-manylinux_2_28"
            case "arm64":
                return "aarch64-manylinux_2_28"
            case _:
                assert_never(self.architecture)

    @property
    def runs_here(self) -> bool:
        """Whether the processor and the system of this machine can run its binaries, given the right Python."""
        return sys.platform == "linux" and _MACHINES.get(platform.machine().lower()) == self.architecture


def interpreter_for(target: LayerTarget) -> Path | None:
    """Return a Python of the target's version; None if this machine has none or cannot run the target's binaries."""
    if not target.runs_here:
        return None
    return next((path for path in _candidates(target.python) if _version_of(path) == target.python), None)


def _candidates(version: str) -> Iterator[Path]:
    """Yield possible paths: this Python, those on PATH, then those of uv and pyenv."""
    yield Path(sys.executable)
    name = f"python{version}"
    yield from (Path(folder) / name for folder in os.environ.get("PATH", "").split(os.pathsep) if folder)
    homes = (
        Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or Path.home() / ".local/share/uv/python"),
        Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions",
    )
    for home in homes:
        yield from sorted(home.glob(f"*{version}.*/bin/{name}"), reverse=True)


def _version_of(path: Path) -> str:
    """Return the interpreter's version, or "" if it cannot run, such as a launcher without an installed Python."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([path, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=20)  # noqa: S603  # a Python of this machine
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
