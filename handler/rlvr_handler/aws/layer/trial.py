"""A finished layer, tried: imported where nothing else is installed, every scorer found, one record scored.

A layer that lost its metadata imports well and finds no plugin; this is where that shows, and not in a training job.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from rlvr import Suite
from rlvr_handler.aws.errors import DeploymentError
from rlvr_handler.aws.layer.pruning import METADATA, LayerFile

_SECONDS = 120
# What ELF calls the machines of Lambda, at byte 18 of a shared object.
_MACHINES = {"x86_64": 62, "arm64": 183}

# Runs in the target's Python without its site-packages; ``-S`` and ``-I`` leave nothing but the standard library.
_CODE = """
import json, os, sys, time
folder, suite, row = sys.argv[1:]
sys.path.insert(0, folder)
os.environ["RLVR_SUITE"] = suite
start = time.perf_counter()
from rlvr_handler.lambda_function import _suite, lambda_handler
imported = time.perf_counter() - start
scorers = sorted({entry.installed.id for task in _suite.tasks.values() for entry in task.entries})
result = lambda_handler([json.loads(row)], None)[0]
from rlvr import close
close(_suite)
print(json.dumps({"import_seconds": imported, "scorers": scorers, "fingerprint": _suite.fingerprint, "result": result}))
"""

# A row that every scorer can be asked about; what it earns is not the point.
PROBE = {
    "id": "probe",
    "messages": [{"role": "user", "content": "What is 6 times 7?"}, {"role": "assistant", "content": "42"}],
    "reference_answer": "42",
}


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What came of trying a layer.

    Attributes:
        import_seconds: How long the handler's module took to import, the suite's loading included.
        scorers: The ids of the scorers that were found.
        fingerprint: Of the suite, as the layer scores it.
        reward: What the record earned.
    """

    import_seconds: float
    scorers: tuple[str, ...]
    fingerprint: str
    reward: float


def tried(folder: Path, suite: Suite, interpreter: Path, row: Any = None) -> Trial:
    """Import an unpacked layer in an empty environment, find every scorer of the suite, and score one record.

    Args:
        folder: The layer's ``python`` folder.
        suite: The suite that it is for.
        interpreter: A Python of the layer's version and architecture.
        row: The row to score; one made up by default.

    Raises:
        DeploymentError: It cannot be imported, a scorer is not found, or one broke on the record.
    """
    told = _run(folder, suite, interpreter, PROBE if row is None else row)
    wanted = sorted({entry.installed.id for task in suite.tasks.values() for entry in task.entries})
    if told["scorers"] != wanted:
        missing = ", ".join(sorted(set(wanted) - set(told["scorers"])))
        raise DeploymentError("the layer", f"does not find {missing}", "report it: its metadata should be there")
    metrics = {metric["name"]: metric["value"] for metric in told["result"].get("metrics_list", ())}
    if metrics.get("rlvr/failed"):
        hint = "score a record of your own with `rlvr explain`, and give one with --record"
        raise DeploymentError("the layer", f"a scorer broke on the record: {told['result']}", hint)
    return Trial(
        import_seconds=told["import_seconds"],
        scorers=tuple(told["scorers"]),
        fingerprint=told["fingerprint"],
        reward=told["result"]["aggregate_reward_score"],
    )


def _run(folder: Path, suite: Suite, interpreter: Path, row: Any) -> dict[str, Any]:
    # Sources of a suite that is kept in AWS are tried with the text that was read, as a file.
    with tempfile.TemporaryDirectory(prefix="rlvr-trial-") as room:
        path = Path(room) / f"suite{suite.suffix}"
        path.write_text(suite.text, encoding="utf-8")
        command = [str(interpreter), "-I", "-S", "-B", "-c", _CODE, str(folder), str(path), json.dumps(row)]
        environment = {"PATH": os.defpath, "LANG": "en_US.UTF-8", "TMPDIR": room, "HOME": room, "RLVR_LOG": "none"}
        try:
            done = subprocess.run(  # noqa: S603  # a Python of this machine, on the layer just built
                command, capture_output=True, text=True, check=False, timeout=_SECONDS, env=environment
            )
        except subprocess.TimeoutExpired as error:
            raise DeploymentError(
                "the layer", f"was not tried within {_SECONDS} s", "try its suite with rlvr"
            ) from error
    if done.returncode:
        told = " / ".join(line.strip() for line in done.stderr.splitlines()[-3:])
        raise DeploymentError("the layer", f"cannot be used: {told}", "mend what it names, and build it again")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def check_binaries(files: Sequence[LayerFile], architecture: str) -> None:
    """Look whether compiled files are of the target's processor, for a target that cannot run here.

    Raises:
        DeploymentError: One is of another.
    """
    for each in files:
        if each.content[:4] == b"\x7fELF":
            machine = int.from_bytes(each.content[18:20], "little")
            if machine != _MACHINES[architecture]:
                problem = f"is compiled for another processor than {architecture}"
                raise DeploymentError(f"the layer: {each.name}", problem, "report it to the distribution's author")


def check_metadata(files: Sequence[LayerFile], suite: Suite) -> None:
    """Look whether every plugin of the suite can be found in a layer, without running it.

    Raises:
        DeploymentError: The metadata of one is missing.
    """
    points = {each.distribution: each.content.decode() for each in files if each.name.endswith("entry_points.txt")}
    announced = {
        line.partition("=")[0].strip() for text in points.values() for line in text.splitlines() if "=" in line
    }
    for task in suite.tasks.values():
        for entry in task.entries:
            name = entry.installed.id.partition(".")[0]
            if name not in announced:
                problem = f"no {METADATA} announces the plugin '{name}'"
                raise DeploymentError("the layer", problem, "report it: its metadata should be there")
