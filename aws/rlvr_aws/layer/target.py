"""Where a layer runs: a Python of Lambda, and an architecture; and which Python of this machine can try it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

PYTHONS = ("3.12", "3.13", "3.14")
ARCHITECTURES = ("x86_64", "arm64")

# Lambda's Amazon Linux 2023 has glibc 2.34; wheels of some libraries exist for 2.28 only, and none needs a newer one.
_PLATFORMS: Mapping[str, str] = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}
_MACHINES: Mapping[str, str] = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


class Target(msgspec.Struct, frozen=True):
    """A Python and an architecture of AWS Lambda."""

    python: str = "3.13"
    architecture: str = "x86_64"

    @property
    def runtime(self) -> str:
        """The runtime, as Lambda names it."""
        return f"python{self.python}"

    @property
    def platform(self) -> str:
        """The platform, as uv names it."""
        return _PLATFORMS[self.architecture]

    @property
    def runs_here(self) -> bool:
        """Whether this machine's processor and system run its binaries, given the right Python."""
        return sys.platform == "linux" and _MACHINES.get(platform.machine().lower()) == self.architecture


def interpreter_for(target: Target) -> Path | None:
    """Find a Python of the target's version on this machine; None if there is none, or its binaries do not run here."""
    if not target.runs_here:
        return None
    return next((path for path in _candidates(target.python) if _version_of(path) == target.python), None)


def _candidates(version: str) -> Iterator[Path]:
    """Walk the places where Pythons are kept: this one, those on the path, uv's and pyenv's."""
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
    """Ask a Python for its version; "" for what is none, such as a launcher without one behind it."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        told = subprocess.run([path, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=20)  # noqa: S603  # a Python of this machine
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip()
