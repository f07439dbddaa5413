"""Test of a finished layer: import it without any other packages, find every scorer, and score one record.

A layer without its metadata can be imported but finds no plugin; the test shows that before a training job does.
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
_USE_HINT = "correct what it names, and build it again; for files that a suite reads: rlvr aws deploy --include"
# ELF's numbers of Lambda's processors, at byte 18 of a shared object.
_MACHINES = {"x86_64": 62, "arm64": 183}

# The packages in Lambda's Python besides the standard library: boto3 and its requirements, all pure Python.
_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")

# This code runs in the target's Python with ``-S`` and ``-I``, which leave only the standard library.
_CODE = """
import json, os, sys, time
runtime, folder, suite, row = sys.argv[1:]
sys.path.insert(0, folder)
sys.path.append(runtime)
os.environ["RLVR_SUITE"] = suite
start = time.perf_counter()
from rlvr_handler.lambda_function import _suite, lambda_handler
imported = time.perf_counter() - start
scorers = sorted({entry.installed.id for entry in _suite.entries})
if any(entry.is_costly for entry in _suite.entries):  # a trial asks no model
    from rlvr_handler.handler import make_handler
    from rlvr_handler.settings import settings_from
    lambda_handler = make_handler(_suite, settings_from(os.environ), calls_costly=False)
with open(row) as file:
    result = lambda_handler([json.load(file)], None)[0]
from rlvr import close
close(_suite)
told = {"import_seconds": imported, "scorers": scorers, "fingerprint": _suite.fingerprint, "result": result}
plugins = sorted({name.partition(".")[0] for name in scorers if ":" not in name})
told["findings"] = {
    f"{name}: {thing}": state for name in plugins for thing, state in _suite.registry.doctor(name).items()
}
print(json.dumps(told))
"""

# A row that every scorer can score; its reward does not matter.
PROBE = {
    "id": "probe",
    "messages": [{"role": "user", "content": "What is 6 times 7?"}, {"role": "assistant", "content": "42"}],
    "reference_answer": "42",
}


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """The result of testing a layer.

    Attributes:
        import_seconds: The time to import the handler's module, which loads the suite.
        scorers: The ids of the scorers that were found.
        fingerprint: The suite's fingerprint in the layer.
        reward: The reward of the record.
        findings: What the plugins' hooks ``doctor`` say of their features in the layer, each ``on`` or why it is not.
    """

    import_seconds: float
    scorers: tuple[str, ...]
    fingerprint: str
    reward: float
    findings: Mapping[str, str] = {}


def try_layer(
    folder: Path, suite: Suite, interpreter: Path, row: Any = None, own_files: Mapping[str, bytes] | None = None
) -> Trial:
    """Import an unzipped layer in an empty environment, find every scorer of the suite, and score one record.

    Args:
        folder: The layer's ``python`` folder.
        suite: The suite that it is for.
        interpreter: A Python of the layer's version and architecture.
        row: The row to score; a made-up row by default.
        own_files: The function's own files by name; None for the files of the current folder.

    Raises:
        DeploymentError: The layer cannot be imported, a scorer is not found, or a scorer failed on the record.
    """
    found = _run(folder, suite, interpreter, PROBE if row is None else row, own_files)
    wanted = sorted({entry.installed.id for entry in suite.entries})
    if found["scorers"] != wanted:
        missing = ", ".join(sorted(set(wanted) - set(found["scorers"])))
        raise DeploymentError(
            "the layer", f"does not find {missing}", "report this as a bug: the layer should contain its metadata"
        )
    metrics = {metric["name"]: metric["value"] for metric in found["result"].get("metrics_list", ())}
    if metrics.get("rlvr/failed"):
        hint = "score a record of your own with `rlvr explain`, and give one with --record"
        raise DeploymentError("the layer", f"a scorer failed on the record: {found['said'] or found['result']}", hint)
    return Trial(
        import_seconds=found["import_seconds"],
        scorers=tuple(found["scorers"]),
        fingerprint=found["fingerprint"],
        reward=found["result"]["aggregate_reward_score"],
        findings=found.get("findings", {}),
    )


def _run(
    folder: Path, suite: Suite, interpreter: Path, row: Any, own_files: Mapping[str, bytes] | None
) -> dict[str, Any]:
    # A suite in AWS is tested with the text that was read, written to a file.
    with tempfile.TemporaryDirectory(prefix="rlvr-trial-") as name:
        room = Path(name)
        path = room / f"suite{suite.suffix}"
        path.write_text(suite.text, encoding="utf-8")
        task = room / "task"
        task.mkdir()
        for inner, content in (own_files or {}).items():
            (task / inner).parent.mkdir(parents=True, exist_ok=True)
            (task / inner).write_bytes(content)
        asked = room / "row.json"  # an argument of a command has a limit, and a row has none
        asked.write_text(json.dumps(row), encoding="ascii")
        words = [str(folder), str(path), str(asked)]
        done = run_isolated(
            "the layer", interpreter, _CODE, words, room=room, folder=None if own_files is None else task
        )
    return {**json.loads(done.stdout.splitlines()[-1]), "said": _ending(done.stderr)}


def run_isolated(  # noqa: PLR0913  # one argument per thing that differs
    what: str, interpreter: Path, code: str, words: Sequence[str], *, room: Path, folder: Path | None
) -> subprocess.CompletedProcess[str]:
    """Run code in a Python with the packages of Lambda's runtime and no others.

    Args:
        what: The subject of the test, for errors.
        interpreter: The Python.
        code: The code; its ``sys.argv`` has a folder with boto3, then ``words``.
        words: Its arguments.
        room: A folder for temporary files.
        folder: The working directory; the current folder by default.

    Raises:
        DeploymentError: The code did not end in time, or failed.
    """
    command = [str(interpreter), "-I", "-S", "-B", "-c", code, str(_runtime_packages(room / "runtime")), *words]
    environment = {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        "TMPDIR": str(room),
        "HOME": str(room),
        "RLVR_LOG": "none",
    }
    try:
        done = subprocess.run(  # noqa: S603  # a Python of this machine, with the files that were just built
            command, capture_output=True, text=True, check=False, timeout=_SECONDS, env=environment, cwd=folder
        )
    except subprocess.TimeoutExpired as error:
        raise DeploymentError(what, f"was not tested within {_SECONDS} s", "test its suite with rlvr score") from error
    if done.returncode:
        raise DeploymentError(what, f"does not work: {_ending(done.stderr)}", _USE_HINT)
    return done


def _ending(text: str) -> str:
    return " / ".join(line.strip() for line in text.splitlines()[-3:])


def _runtime_packages(folder: Path) -> Path:
    """Return a folder with links to this machine's boto3, for plugins that use that of Lambda's runtime."""
    folder.mkdir()
    for name in _RUNTIME:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            origin = Path(found.origin)
            place = origin.parent if found.submodule_search_locations else origin
            (folder / place.name).symlink_to(place)
    return folder


def check_binaries(files: Sequence[LayerFile], architecture: str) -> None:
    """Check that compiled files are for the target's processor; this works for targets that cannot run here.

    Raises:
        DeploymentError: A file is for another processor.
    """
    for each in files:
        if each.compiled:
            machine = int.from_bytes(each.content[18:20], "little")
            if machine != _MACHINES[architecture]:
                problem = f"is compiled for another processor than {architecture}"
                raise DeploymentError(f"the layer: {each.name}", problem, "report this to the distribution's author")


def check_metadata(files: Sequence[LayerFile], suite: Suite) -> None:
    """Check that a layer contains the metadata of every plugin of the suite, without running it.

    Raises:
        DeploymentError: The metadata of a plugin is missing.
    """
    points = {each.distribution: each.content.decode() for each in files if each.name.endswith("entry_points.txt")}
    announced = {
        line.partition("=")[0].strip() for text in points.values() for line in text.splitlines() if "=" in line
    }
    for entry in suite.entries:
        name = entry.installed.id.partition(".")[0]
        if name not in announced:
            problem = f"no {METADATA} announces the plugin '{name}'"
            raise DeploymentError("the layer", problem, "report this as a bug: the layer should contain its metadata")
