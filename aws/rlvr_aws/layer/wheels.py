"""Installation of wheels for Lambda's platform into a folder, by uv.

uv installs wheels for another platform and Python, and compiles no byte code for this machine's Python, as pip does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import assert_never

from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.layer.needs import LEFT_OUT, Need, Needs, requirement_name
from rlvr_aws.layer.target import LayerTarget

_SECONDS = 600  # enough for a slow index, and a limit for one that hangs
_INSTALL_HINT = (
    "each needs a wheel for this target, in the index or where UV_INDEX or UV_FIND_LINKS points; or choose another"
)


def requirements_of(needs: Needs, room: Path) -> list[str]:
    """Return requirements that can only be met from the origin of each distribution; wheels are built of folders.

    Args:
        needs: The requirements of a layer.
        room: A folder for the wheels until they are installed; it is created if absent.

    Raises:
        DeploymentError: The wheel of a folder cannot be built.
    """
    room.mkdir(parents=True, exist_ok=True)
    return [*(_requirement(need, room) for need in (*needs.roots, *needs.local)), *needs.extra]


def install(
    requirements: Sequence[str],
    pins: Mapping[str, str],
    target: LayerTarget,
    folder: Path,
    without: Sequence[str] = (),
) -> None:
    """Install wheels for Lambda's platform into a folder; nothing is built from source.

    Args:
        requirements: The requirements, from :func:`requirements_of`.
        pins: The versions of the distributions that these require.
        target: The Python and the architecture.
        folder: The folder; it is created if absent.
        without: Distributions to leave out.

    Raises:
        DeploymentError: There is no wheel for the target.
    """
    with tempfile.TemporaryDirectory(prefix="rlvr-install-") as name:
        constraints = _write_lines(Path(name) / "constraints.txt", [f"{each}=={pins[each]}" for each in sorted(pins)])
        excludes = _write_lines(Path(name) / "excludes.txt", [*_exclusions(requirements), *without])
        command: list[str | Path] = ["pip", "install", "--quiet", "--target", folder, "--link-mode", "copy"]
        command += ["--python-platform", target.platform, "--python-version", target.python]
        command += ["--only-binary", ":all:", "--no-compile-bytecode"]
        command += ["--constraints", constraints, "--excludes", excludes, "--", *requirements]
        _run_uv(command, f"the layer for {target.runtime}, {target.architecture}", _INSTALL_HINT)


def _requirement(need: Need, room: Path) -> str:
    match need.origin:
        case "index":
            return f"{need.name}=={need.version}"
        case "file":
            return f"{need.name} @ {need.place}"
        case "folder":
            out = room / need.name
            command: list[str | Path] = ["build", "--quiet", "--wheel", "--no-sources", "--out-dir", out, need.place]
            _run_uv(command, f"{need.name} in {need.place}", "correct it until `uv build --wheel` succeeds", cwd=room)
            return f"{need.name} @ {next(out.glob('*.whl')).as_uri()}"
        case _:
            assert_never(need.origin)


def _exclusions(requirements: Sequence[str]) -> Sequence[str]:
    """Return the distributions of Lambda's runtime to leave out; none if a requirement names one of them."""
    asked = {requirement_name(each) for each in requirements}
    return LEFT_OUT if asked.isdisjoint(LEFT_OUT) else ()


def _write_lines(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _find_uv() -> str:
    """Return the path of uv: of this environment, of the `uv run` that started this program, or on PATH.

    Raises:
        DeploymentError: There is none.
    """
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        found = os.environ.get("UV") or shutil.which("uv")
    if found is None:
        raise DeploymentError("the layer", "it is built by uv, which is not installed", "run `pip install uv`")
    return found


def _run_uv(words: Sequence[str | Path], what: str, hint: str, cwd: Path | None = None) -> None:
    command = [_find_uv(), *map(str, words)]
    # This Python has all distributions installed. Otherwise uv would search for one, and download it if it finds none.
    environment = {**os.environ, "NO_COLOR": "1", "UV_PYTHON": sys.executable}
    try:
        done = subprocess.run(  # noqa: S603  # uv, with paths and names as words of their own
            command, capture_output=True, text=True, check=False, timeout=_SECONDS, env=environment, cwd=cwd
        )
    except subprocess.TimeoutExpired as error:
        raise DeploymentError(what, f"uv did not end within {_SECONDS} s", "check the package index") from error
    if done.returncode:
        message = " ".join(done.stderr.split())[-1_500:]
        raise DeploymentError(what, f"uv reports: {message}", hint)
