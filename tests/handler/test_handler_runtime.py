"""The handler under the real Lambda runtime client, as AWS runs it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rlvr_aws.simulate.container import Ending

GSM8K = "tasks: {gsm8k: {scorers: [math.equivalent]}}"
EXACT = "tasks: {t: {scorers: [text.exact]}}"
DATA = Path(__file__).parents[3] / "shared" / "data" / "math_pairs_dev.jsonl"


def _row(record_id: Any, completion: str, reference: str = "Paris") -> dict[str, Any]:
    messages = [{"role": "user", "content": "Capital?"}, {"role": "assistant", "content": completion}]
    return {"id": record_id, "messages": messages, "metadata": {"reference_answer": reference}}


def _scores(answer: list[dict[str, Any]]) -> list[tuple[Any, float]]:
    return [(result["id"], result["aggregate_reward_score"]) for result in answer]


def test_model_outputs_in_batches_of_64_agree_with_their_labels(lambda_runtime: Callable[..., Any]) -> None:
    """Every labelled GSM8K output, as Bedrock would send it."""
    if not DATA.exists():
        pytest.skip("the development data is not beside this checkout")
    rows = [json.loads(line) for line in DATA.read_text().splitlines()]
    rows = [row for row in rows if row["source"] == "gsm8k-outputs" and row["kind"] == "response"]
    runtime = lambda_runtime(RLVR_SUITE=GSM8K)
    got: dict[str, float] = {}
    for start in range(0, len(rows), 64):
        event = [_row(row["id"], row["prediction"], row["gold"]) for row in rows[start : start + 64]]
        got.update(_scores(runtime.answer(event)))

    assert len(rows) == 300
    assert got == {row["id"]: float(row["expected"]) for row in rows}


@pytest.mark.parametrize("runtime_name", ["", "AWS_Lambda_python3.13"])
def test_nothing_in_an_event_ends_the_runtime(lambda_runtime: Callable[..., Any], runtime_name: str) -> None:
    """Lone surrogates, infinities and junk (the runtime itself refuses NaN); the process answers the next event too."""
    runtime = lambda_runtime(RLVR_SUITE=EXACT, AWS_EXECUTION_ENV=runtime_name)
    event = b'[{"id": "\\ud800", "messages": 5, "metadata": {"reference_answer": -1e999}}, 1e999, {"id": 1e999}]'
    first = json.loads(runtime.answered(event).body, parse_constant=pytest.fail)

    assert _scores(first) == [("\ufffd", 0.0), ("1", 0.0), (None, 0.0)]
    assert runtime.answer(5) == []
    assert _scores(runtime.answer([_row("\u00e9", "Paris")])) == [("\u00e9", 1.0)]


def test_a_deployment_without_its_plugin_fails_at_start(lambda_runtime: Callable[..., Any]) -> None:
    """At the initialisation, with the reason, and not at the first record."""
    runtime = lambda_runtime(RLVR_SUITE="tasks: {t: {scorers: [nobody.knows]}}")
    invocation = runtime.invoke(b"[]")

    assert invocation.ending is Ending.INIT_FAILED
    assert "no installed distribution offers the plugin 'nobody'" in json.loads(invocation.body)["errorMessage"]


def test_fail_fast_raises_so_that_training_stops(lambda_runtime: Callable[..., Any]) -> None:
    """With the record and the scorer in the message."""
    runtime = lambda_runtime(RLVR_SUITE="tasks: {t: {scorers: [text.exact], on_error: raise}}")
    invocation = runtime.invoke(json.dumps([{"id": "7", "response": "x"}]).encode())

    assert invocation.ending is Ending.ERROR_MESSAGE
    assert "record '7': text.exact" in json.loads(invocation.body)["errorMessage"]


def test_the_suite_is_found_in_the_functions_folder(lambda_runtime: Callable[..., Any], tmp_path: Path) -> None:
    """And the lines of the log are JSON, one per record and one per batch."""
    (tmp_path / "suite.yaml").write_text(EXACT)
    runtime = lambda_runtime(RLVR_SUITE="suite.yaml", LAMBDA_TASK_ROOT=str(tmp_path))
    runtime.answer([_row("a", "Paris"), _row("b", "Rome")])
    lines = [json.loads(line) for line in runtime.close().splitlines() if line.startswith("{")]

    assert [line["aggregate_reward_score"] for line in lines if "id" in line] == [1.0, 0.0]
    assert [line["RewardScore"] for line in lines if "_aws" in line] == [[1.0, 0.0]]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_real_emulator_accepts_it(tmp_path: Path) -> None:
    """``aws-lambda-rie``, which the wheel of aws-sam-cli carries."""
    binary = _emulator(tmp_path)
    port = 8_000 + os.getpid() % 1_000
    env = {**os.environ, "RLVR_SUITE": EXACT, "AWS_LAMBDA_FUNCTION_TIMEOUT": "20"}
    handler = "rlvr_handler.lambda_function.lambda_handler"
    command = [
        binary,
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{port}",
        sys.executable,
        "-m",
        "awslambdaric",
        handler,
    ]
    process = subprocess.Popen(
        [str(word) for word in command], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        answer = _posted(port, [_row("a", "Paris"), _row("b", "Rome")])
    finally:
        process.kill()
        process.communicate()

    assert _scores(answer) == [("a", 1.0), ("b", 0.0)]


def _emulator(folder: Path) -> Path:
    wanted = "rapid-x86_64" if platform.machine() == "x86_64" else "rapid-arm64"
    pip = shutil.which("pip") or "pip"
    words = [pip, "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder), "aws-sam-cli"]
    try:
        subprocess.run(words, check=True, capture_output=True, timeout=120)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("the wheel of aws-sam-cli cannot be had here")
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        names = [name for name in wheel.namelist() if "local/rapid" in name and wanted.removeprefix("rapid-") in name]
        if not names:
            pytest.skip("the wheel of aws-sam-cli carries no emulator for this machine")
        binary = Path(wheel.extract(names[0], folder))
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    return binary


def _posted(port: int, event: Any) -> Any:
    url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
    request = urllib.request.Request(url, json.dumps(event).encode(), method="POST")  # loopback
    for _ in range(100):
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
                return json.loads(response.read())
        except (ConnectionError, urllib.error.URLError):
            time.sleep(0.1)
    pytest.fail("the emulator does not answer")
