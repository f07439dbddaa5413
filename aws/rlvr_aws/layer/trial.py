"""A finished layer, tried: imported where nothing else is installed, every scorer found, one record scored.

A layer that lost its metadata imports well and finds no plugin; this is where that shows, and not in a training job.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from rlvr import Suite
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.layer.pruning import METADATA, LayerFile

_SECONDS = 120
_USE_HINT = "mend what it names, and build it again; files that a suite reads: rlvr aws deploy --include"
# What ELF calls the machines of Lambda, at byte 18 of a shared object.
_MACHINES = {"x86_64": 62, "arm64": 183}

# What Lambda's Python has beside the standard library: boto3 and what it needs, all of it pure Python.
_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")

# Runs in the target's Python without its site-packages; ``-S`` and ``-I`` leave nothing but the standard library.
_CODE = """
import json, os, sys, time
lent, folder, suite, row = sys.argv[1:]
sys.path.insert(0, folder)
sys.path.append(lent)
os.environ["RLVR_SUITE"] = suite
start = time.perf_counter()
from rlvr_handler.lambda_function import _suite, lambda_handler
imported = time.perf_counter() - start
scorers = sorted({entry.installed.id for entry in _suite.entries})
with open(row) as file:
    result = lambda_handler([json.load(file)], None)[0]
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


def tried(
    folder: Path, suite: Suite, interpreter: Path, row: Any = None, beside: Mapping[str, bytes] | None = None
) -> Trial:
    """Import an unpacked layer in an empty environment, find every scorer of the suite, and score one record.

    Args:
        folder: The layer's ``python`` folder.
        suite: The suite that it is for.
        interpreter: A Python of the layer's version and architecture.
        row: The row to score; one made up by default.
        beside: The files that the function holds beside its layer, by name; None for those of this folder.

    Raises:
        DeploymentError: It cannot be imported, a scorer is not found, or one broke on the record.
    """
    told = _run(folder, suite, interpreter, PROBE if row is None else row, beside)
    wanted = sorted({entry.installed.id for entry in suite.entries})
    if told["scorers"] != wanted:
        missing = ", ".join(sorted(set(wanted) - set(told["scorers"])))
        raise DeploymentError("the layer", f"does not find {missing}", "report it: its metadata should be there")
    metrics = {metric["name"]: metric["value"] for metric in told["result"].get("metrics_list", ())}
    if metrics.get("rlvr/failed"):
        hint = "score a record of your own with `rlvr explain`, and give one with --record"
        raise DeploymentError("the layer", f"a scorer broke on the record: {told['said'] or told['result']}", hint)
    return Trial(
        import_seconds=told["import_seconds"],
        scorers=tuple(told["scorers"]),
        fingerprint=told["fingerprint"],
        reward=told["result"]["aggregate_reward_score"],
    )


def _run(folder: Path, suite: Suite, interpreter: Path, row: Any, beside: Mapping[str, bytes] | None) -> dict[str, Any]:
    # Sources of a suite that is kept in AWS are tried with the text that was read, as a file.
    with tempfile.TemporaryDirectory(prefix="rlvr-trial-") as name:
        room = Path(name)
        path = room / f"suite{suite.suffix}"
        path.write_text(suite.text, encoding="utf-8")
        task = room / "task"
        task.mkdir()
        for inner, content in (beside or {}).items():
            (task / inner).parent.mkdir(parents=True, exist_ok=True)
            (task / inner).write_bytes(content)
        asked = room / "row.json"  # a word of a command has a limit, and a row has none
        asked.write_text(json.dumps(row), encoding="ascii")
        words = [str(folder), str(path), str(asked)]
        done = executed("the layer", interpreter, _CODE, words, room=room, folder=None if beside is None else task)
    return {**json.loads(done.stdout.splitlines()[-1]), "said": _ending(done.stderr)}


def executed(  # noqa: PLR0913  # one argument per thing that differs
    what: str, interpreter: Path, code: str, words: Sequence[str], *, room: Path, folder: Path | None
) -> subprocess.CompletedProcess[str]:
    """Run code in a Python that has what Lambda's has, and nothing else.

    Args:
        what: What is tried, for errors.
        interpreter: The Python.
        code: Finds in ``sys.argv`` a folder that holds boto3, then ``words``.
        words: Its arguments.
        room: A folder for what it needs.
        folder: Where it runs; this folder by default.

    Raises:
        DeploymentError: It did not end, or ended with an error.
    """
    command = [str(interpreter), "-I", "-S", "-B", "-c", code, str(_lent(room / "runtime")), *words]
    environment = {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        "TMPDIR": str(room),
        "HOME": str(room),
        "RLVR_LOG": "none",
    }
    try:
        done = subprocess.run(  # noqa: S603  # a Python of this machine, on what was just built
            command, capture_output=True, text=True, check=False, timeout=_SECONDS, env=environment, cwd=folder
        )
    except subprocess.TimeoutExpired as error:
        raise DeploymentError(what, f"was not tried within {_SECONDS} s", "try its suite with rlvr") from error
    if done.returncode:
        raise DeploymentError(what, f"cannot be used: {_ending(done.stderr)}", _USE_HINT)
    return done


def _ending(text: str) -> str:
    return " / ".join(line.strip() for line in text.splitlines()[-3:])


def _lent(folder: Path) -> Path:
    """Lend this machine's boto3 to plugins that use Lambda's, which no layer holds."""
    folder.mkdir()
    for name in _RUNTIME:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            origin = Path(found.origin)
            place = origin.parent if found.submodule_search_locations else origin
            (folder / place.name).symlink_to(place)
    return folder


def check_binaries(files: Sequence[LayerFile], architecture: str) -> None:
    """Look whether compiled files are of the target's processor, for a target that cannot run here.

    Raises:
        DeploymentError: One is of another.
    """
    for each in files:
        if each.compiled:
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
    for entry in suite.entries:
        name = entry.installed.id.partition(".")[0]
        if name not in announced:
            problem = f"no {METADATA} announces the plugin '{name}'"
            raise DeploymentError("the layer", problem, "report it: its metadata should be there")
