"""What a layer weighs, takes to build, and costs at a cold start, beside the way that guides describe.

Run: ``uv run python benchmarks/layer.py [SUITE ...]``; by default the examples and a suite of all plugins.

The peer is ``pip install --target`` for the platform and a zip of the folder, of the same wheels and suite.
Both are unpacked and started under ``awslambdaric`` in Lambda's Python, in turns, with the file system read-only for
byte code, beside a function that does nothing; the real limits are 50 MB zipped and 250 MB unzipped.
Needs Python 3.13 (or 3.12, 3.14) on this machine, and uv.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rlvr import Suite, load_suite
from rlvr_aws.layer.archive import zip_files
from rlvr_aws.layer.build import build_layer, unpack
from rlvr_aws.layer.needs import needs_of
from rlvr_aws.layer.target import PYTHONS, LayerTarget, interpreter_for
from rlvr_aws.layer.wheels import requirements_of
from rlvr_aws.simulate.container import Container, DeployedFunction, Ending

ROUNDS = 9
ROOT = Path(__file__).parents[1]
ALL = """
tasks:
  math: {scorers: [math.equivalent]}
  code: {scorers: [code.tests]}
  schema: {scorers: [{scorer: schema.json, options: {schema: {type: object}}}]}
  compliance: {scorers: [compliance.pii]}
route: {default: math}
"""
ROW = {"id": "a", "messages": [{"role": "assistant", "content": "The answer is 42."}], "reference_answer": "42"}
NOTHING = "def lambda_handler(event, context):\n    return []\n"


def start_milliseconds(python: Path, layer: Path, environment: dict[str, str], handler: str) -> float:
    """Time one cold start, from the process to the first request for an event; the event must be answered."""
    variables = {"PYTHONPATH": str(layer), "PYTHONDONTWRITEBYTECODE": "1", **environment}
    with Container(DeployedFunction(environment=variables, interpreter=str(python), handler=handler)) as container:
        invocation = container.invoke(json.dumps([ROW]).encode())
    if invocation.ending is not Ending.ANSWERED or invocation.init_seconds is None:
        sys.exit(f"{handler} did not answer: {invocation.detail}")
    return invocation.init_seconds * 1e3


def pip_layer(suite: Suite, target: LayerTarget, room: Path) -> tuple[Path, int, int]:
    """Make the peer's layer; its folder, and its sizes zipped and unzipped."""
    folder = room / "pip" / "python"
    platforms = [word for each in ("2_28", "2_17") for word in ("--platform", f"manylinux_{each}_x86_64")]
    platforms += ["--platform", "manylinux2014_x86_64"]
    command = [
        sys.executable,
        "-m",
        "uv",
        "tool",
        "run",
        "--quiet",
        "pip",
        "install",
        "--quiet",
        "--target",
        str(folder),
    ]
    command += [*platforms, "--python-version", target.python, "--only-binary", ":all:"]
    command += ["--disable-pip-version-check", *requirements_of(needs_of(suite), room / "wheels")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    files = {f"python/{each.relative_to(folder)}": each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    return folder, len(zip_files(files)), sum(map(len, files.values()))


def measure(name: str, suite: Suite, target: LayerTarget, python: Path) -> None:
    """Print a suite's row."""
    with tempfile.TemporaryDirectory(prefix="rlvr-bench-") as text:
        room = Path(text)
        begun = time.perf_counter()
        plain = build_layer(suite, target)
        built_seconds = time.perf_counter() - begun
        fast = build_layer(suite, target, byte_code=True)
        begun = time.perf_counter()
        peer, peer_zipped, peer_unzipped = pip_layer(suite, target, room)
        peer_seconds = time.perf_counter() - begun
        for layer, folder in ((plain, "plain"), (fast, "fast")):
            unpack(layer.archives, room / folder)
        (room / "nothing.py").write_text(NOTHING)
        (room / f"suite{suite.suffix}").write_text(suite.text)
        environment = {"RLVR_SUITE": str(room / f"suite{suite.suffix}"), "RLVR_LOG": "none"}
        handler = "rlvr_handler.lambda_function.lambda_handler"
        ways = {
            "nothing": (room, "nothing.lambda_handler"),
            "plain": (room / "plain" / "python", handler),
            "byte code": (room / "fast" / "python", handler),
            "pip": (peer, handler),
        }
        times: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, (folder_of_way, of_way) in ways.items():
                times[way].append(start_milliseconds(python, folder_of_way, environment, of_way))
    medians = {way: statistics.median(each) for way, each in times.items()}
    sizes = (plain.zipped, plain.unzipped, fast.zipped, fast.unzipped, peer_zipped, peer_unzipped)
    print(f"{name:16}" + "".join(f"{size / 1e6:7.1f}" for size in sizes), end="")
    print(f"  {peer_unzipped / plain.unzipped:5.2f}  {peer_seconds / built_seconds:5.2f}  ", end="")
    print("".join(f"{medians[way]:10.0f}" for way in ways), end="")
    print(f"{medians['pip'] / medians['byte code']:8.2f}", flush=True)


def main() -> None:
    """Print the table."""
    target = next((LayerTarget(each) for each in ("3.13", *PYTHONS) if interpreter_for(LayerTarget(each))), None)
    interpreter = None if target is None else interpreter_for(target)
    if target is None or interpreter is None:
        sys.exit(f"needs one of Python {', '.join(PYTHONS)} on this machine")
    suites = {Path(each).resolve().parent.name: load_suite(each) for each in sys.argv[1:]}
    if not suites:
        suites = {each.parent.name: load_suite(each) for each in sorted(ROOT.glob("examples/*/suite.yaml"))}
    with tempfile.TemporaryDirectory(prefix="rlvr-bench-") as text:
        if len(sys.argv) == 1:
            (Path(text) / "suite.yaml").write_text(ALL)
            suites["all plugins"] = load_suite(Path(text) / "suite.yaml")
        python = Path(text) / "venv" / "bin" / "python"
        for words in (
            ["venv", "-q", "-p", str(interpreter), text + "/venv"],
            ["pip", "install", "-q", "-p", str(python)],
        ):
            more = ["awslambdaric"] if words[0] == "pip" else []
            subprocess.run([sys.executable, "-m", "uv", *words, *more], check=True)
        print(f"{target.runtime}, x86_64; MB zipped and unzipped, peer / ours in size and in seconds to build,")
        print(f"milliseconds of a cold start (median of {ROUNDS}), peer / ours with byte code")
        print(
            f"{'suite':16}{'plain':>14}{'byte code':>14}{'pip':>14}  {'size':>5}  {'build':>5}"
            f"{'nothing':>12}{'plain':>10}{'byte code':>10}{'pip':>10}{'ratio':>8}"
        )
        for name, suite in suites.items():
            measure(name, suite, target, python)


if __name__ == "__main__":
    main()
