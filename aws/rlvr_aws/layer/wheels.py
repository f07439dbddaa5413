"""Wheels of Lambda's platform in a folder, put there by uv.

uv takes wheels of another platform and Python, and compiles nothing for this machine's; pip, which does, is a Python
program of its own that a machine may not have.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.layer.needs import LEFT_OUT, Need, Needs, requirement_name
from rlvr_aws.layer.target import LayerTarget

_SECONDS = 600  # an index that answers slowly is waited for, one that hangs is not
_INSTALL_HINT = (
    "each needs a wheel for this target: in the index, or where UV_INDEX or UV_FIND_LINKS says; or name another target"
)


def requirements_of(needs: Needs, room: Path) -> list[str]:
    """Name what a layer is made of so that only its own origin can give it; what is in folders is built as wheels.

    Args:
        needs: What is wanted.
        room: A folder, made if it is absent, that keeps the wheels until they are installed.

    Raises:
        DeploymentError: A folder's wheel cannot be built.
    """
    room.mkdir(parents=True, exist_ok=True)
    return [*(_requirement(need, room) for need in (*needs.roots, *needs.local)), *needs.extra]


def install(requirements: Sequence[str], pins: Mapping[str, str], target: LayerTarget, folder: Path) -> None:
    """Install wheels of Lambda's platform into a folder, and nothing that would have to be built.

    Args:
        requirements: What to install, from :func:`requirements_of`.
        pins: The versions that whatever these require must have.
        target: For which Python and architecture.
        folder: Where to; made if it is absent.

    Raises:
        DeploymentError: There is no wheel for the target.
    """
    with tempfile.TemporaryDirectory(prefix="rlvr-install-") as name:
        constraints = _written(Path(name) / "constraints.txt", [f"{each}=={pins[each]}" for each in sorted(pins)])
        excludes = _written(Path(name) / "excludes.txt", _left_out(requirements))
        command: list[str | Path] = ["pip", "install", "--quiet", "--target", folder, "--link-mode", "copy"]
        command += ["--python-platform", target.platform, "--python-version", target.python]
        command += ["--only-binary", ":all:", "--no-compile-bytecode"]
        command += ["--constraints", constraints, "--excludes", excludes, "--", *requirements]
        _uv(command, f"the layer for {target.runtime}, {target.architecture}", _INSTALL_HINT)


def _requirement(need: Need, room: Path) -> str:
    if need.origin == "index":
        return f"{need.name}=={need.version}"
    if need.origin == "file":
        return f"{need.name} @ {need.place}"
    out = room / need.name
    command: list[str | Path] = ["build", "--quiet", "--wheel", "--no-sources", "--out-dir", out, need.place]
    _uv(command, f"{need.name} in {need.place}", "mend it until `uv build --wheel` builds it", cwd=room)
    return f"{need.name} @ {next(out.glob('*.whl')).as_uri()}"


def _left_out(requirements: Sequence[str]) -> Sequence[str]:
    """Leave out what Lambda's runtime has, unless a newer one is asked for by name."""
    asked = {requirement_name(each) for each in requirements}
    return LEFT_OUT if asked.isdisjoint(LEFT_OUT) else ()


def _written(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _uv(words: Sequence[str | Path], what: str, hint: str, cwd: Path | None = None) -> None:
    from uv import find_uv_bin

    command = [find_uv_bin(), *map(str, words)]
    # This Python, which has all that is wanted installed: uv would look for one, and fetch one where it finds none.
    environment = {**os.environ, "NO_COLOR": "1", "UV_PYTHON": sys.executable}
    try:
        done = subprocess.run(  # noqa: S603  # uv, with paths and names as words of their own
            command, capture_output=True, text=True, check=False, timeout=_SECONDS, env=environment, cwd=cwd
        )
    except subprocess.TimeoutExpired as error:
        raise DeploymentError(what, f"uv did not end within {_SECONDS} s", "look at the package index") from error
    if done.returncode:
        told = " ".join(done.stderr.split())[-1_500:]
        raise DeploymentError(what, f"uv says: {told}", hint)
