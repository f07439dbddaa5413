"""Handlers that misbehave: each is rejected for its own reason, and the other calls are not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rlvr.cli.app import app
from rlvr_aws.simulate.container import Container, DeployedFunction, Ending
from rlvr_aws.simulate.fleet import make_calls
from rlvr_aws.simulate.platform_profiles import Call
from rlvr_aws.simulate.processes import TABLE

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="memory and families are read from /proc")

HANDLERS = '''
"""Each function is right, but for batches that hold the id "bad"."""
import os, subprocess, sys, time
from pathlib import Path

def good(rows):
    metrics = [{"name": "m", "value": 1.0, "type": "Metric"}]
    return [{"id": row["id"], "aggregate_reward_score": 0.5, "metrics_list": metrics} for row in rows]

def _with(**changes):
    def handler(event, context):
        results = good(event)
        if any(row["id"] == "bad" for row in event):
            results[0] = {**results[0], **changes}
        return results
    return handler

def _doing(deed):
    def handler(event, context):
        return deed(good(event)) if any(row["id"] == "bad" for row in event) else good(event)
    return handler

def _metric(**changes):
    metric = {"name": "m", "value": 1.0, "type": "Metric", **changes}
    return _with(metrics_list=[{name: value for name, value in metric.items() if value is not None}])

def _raise(results):
    raise ValueError("a bug")

def _say_and_exit(results):
    print("last words", flush=True)
    os._exit(3)

def _eat(results):
    hoard = bytearray(400_000_000)
    hoard[::4096] = b"x" * len(hoard[::4096])
    time.sleep(0.5)
    return results

def _eat_in_a_child(results):
    code = "import time; hoard = b'x' * 400_000_000; time.sleep(30)"
    subprocess.run([sys.executable, "-c", code], start_new_session=True)
    return results

def _escape(results):
    code = "import os, time; os.fork() and os._exit(0); os.setsid(); os.fork() and os._exit(0); time.sleep(300)"
    subprocess.run([sys.executable, "-c", code])
    return results

def _once(results):
    mark = Path("happened")
    if mark.exists():
        return results
    mark.touch()
    raise OSError("a network that is back by the next attempt")

seen = []
def forgetful(event, context):
    seen.append(1)
    return [{**result, "aggregate_reward_score": os.getpid()} for result in good(event)]

nan = _with(aggregate_reward_score=float("nan"))
null = _with(aggregate_reward_score=None)
text = _with(aggregate_reward_score="0.5")
huge = _with(aggregate_reward_score=10**400)
other_id = _with(id="other")
surrogate = _with(id="\\ud800")
text_metric = _metric(value="high")
lower_case = _metric(type="metric")
no_type = _metric(type=None)
no_name = _metric(name="")
numpy_like = _with(id={1, 2})
drop = _doing(lambda results: results[1:])
reverse = _doing(lambda results: results[::-1])
envelope = _doing(lambda results: {"statusCode": 200, "body": results})
nothing = _doing(lambda results: None)
raises = _doing(_raise)
sleeps = _doing(lambda results: time.sleep(60))
exits = _doing(_say_and_exit)
large = _doing(lambda results: results + [{"id": "x" * 7_000_000}])
eats = _doing(_eat)
eats_in_a_child = _doing(_eat_in_a_child)
escapes = _doing(_escape)
fails_once = _doing(_once)
'''

IDS = ("a", "b", "bad", "c", "d", "e")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A function's folder with the handlers above, and six records."""
    (tmp_path / "handlers.py").write_text(HANDLERS)
    (tmp_path / "suite.yaml").write_text("tasks: {t: {scorers: [text.exact]}}")
    (tmp_path / "records.jsonl").write_text("".join(json.dumps({"id": each, "response": "x"}) + "\n" for each in IDS))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _simulated(handler: str, *words: str) -> tuple[int, dict[str, Any]]:
    fixed = ["simulate", "suite.yaml", "records.jsonl", "--json", "--batch-size", "2", "--concurrency", "1"]
    mode = ["--mode", "training-job", "--handler", f"handlers.{handler}"]
    result = CliRunner().invoke(app, [*fixed, *mode, *words])
    assert result.exit_code in {0, 1}, result.output
    return result.exit_code, json.loads(result.stdout)["modes"]["training-job"]


@pytest.mark.parametrize(
    ("handler", "reason", "words"),
    [
        ("drop", "wrong_length", "1 results for 2 rows"),
        ("reverse", "wrong_order", "the id is"),
        ("other_id", "wrong_ids", '"other"'),
        ("nan", "not_finite", "NaN is not JSON"),
        ("huge", "not_finite", "is not finite"),
        ("null", "score_no_number", "the reward is null"),
        ("text", "score_no_number", "the reward is text"),
        ("text_metric", "metric_no_number", "metric 'm' is text"),
        ("lower_case", "wrong_metric_type", "`type` is 'metric'"),
        ("no_type", "metric_without_type", "has no `type`"),
        ("no_name", "metric_without_name", "name is ''"),
        ("envelope", "wrong_envelope", "the results are an object"),
        ("nothing", "wrong_envelope", "the results are null"),
        ("surrogate", "lone_surrogate", "surrogates not allowed"),
        ("numpy_like", "error_message", "Runtime.MarshalError"),
        ("raises", "error_message", "ValueError: a bug"),
        ("exits", "runtime_exited", "exit code 3): last words"),
        ("large", "response_too_large", "above Lambda's 6 MB"),
        ("eats", "out_of_memory", "MB of 128 MB"),
        ("eats_in_a_child", "out_of_memory", "MB of 128 MB"),
        ("sleeps", "timed_out", "no answer after 2 s"),
        ("absent", "init_failed", "Handler 'absent' missing"),
    ],
)
def test_each_misdeed_has_its_reason(handler: str, reason: str, words: str) -> None:
    """One of three calls is rejected, and told with an example; an import that fails rejects them all."""
    code, told = _simulated(handler, "--timeout", "2", "--memory", "128")

    assert code == 1
    assert list(told["rejections"]) == [reason]
    assert words in told["rejections"][reason]["example"]
    assert (told["calls"], told["rejected_calls"]) == (3, 3 if handler == "absent" else 1)


def test_a_good_handler_is_not_rejected() -> None:
    """Every call, again included."""
    code, told = _simulated("drop", "--limit", "2")

    assert (code, told["rejections"], told["calls"], told["repeated_events"]) == (0, {}, 1, 1)
    assert (told["verifier_accepts"], told["mean_reward"], told["cold_starts"]) == (1, 0.5, 1)
    assert 0 < told["p50_seconds"] <= told["p99_seconds"] < told["cold_start_seconds"]
    assert 5 < told["peak_megabytes"] < 128


def test_an_answer_that_differs_on_retry_is_rejected() -> None:
    """Sent to another container, which has another state and another hash seed."""
    code, told = _simulated("forgetful")

    assert (code, list(told["rejections"]), told["repeated_events"]) == (1, ["differs_on_retry"], 3)


def test_a_failed_call_is_made_three_times_more() -> None:
    """Each with its own chance: one that is answered at last is no rejection."""
    _, helped = _simulated("fails_once")
    _, hopeless = _simulated("raises")

    assert (helped["rejections"], helped["retries"], helped["saved_by_retry"]) == ({}, 1, 1)
    assert (hopeless["retries"], hopeless["saved_by_retry"]) == (3, 0)


def test_an_event_above_the_limit_is_not_sent(folder: Path) -> None:
    """6 MB of rows in a batch of two."""
    rows = [{"id": each, "response": "x" * 3_200_000} for each in ("a", "b")] + [{"id": "c", "response": "x"}]
    (folder / "records.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, told = _simulated("drop")

    assert (code, list(told["rejections"]), told["rejected_calls"], told["calls"]) == (1, ["request_too_large"], 1, 2)


def _call(handler: str, record_id: str = "bad") -> tuple[Call, DeployedFunction]:
    event = json.dumps([{"id": record_id}]).encode()
    function = DeployedFunction(environment={}, handler=f"handlers.{handler}", memory_megabytes=128)
    return Call(event=event, ids=(record_id,), shape="test"), function


@pytest.fixture
def private_rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rooms of this test only, since others may run beside it."""
    rooms = tmp_path / "rooms"
    rooms.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(rooms))


@pytest.mark.usefixtures("private_rooms")
@pytest.mark.parametrize("handler", ["escapes", "exits", "raises", "eats_in_a_child"])
def test_nothing_is_left_behind(handler: str) -> None:
    """Not even a grandchild in a session of its own; no thread, file descriptor or folder."""
    call, function = _call(handler)
    descriptors, threads = len(os.listdir("/proc/self/fd")), threading.active_count()  # noqa: PTH208  # names only
    (answer,) = make_calls([call], function, 2, retries=0)

    assert len(answer.attempts) == 1
    assert not list(Path(tempfile.gettempdir()).iterdir())
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208  # as above
    until = time.monotonic() + 5
    while _processes_of(function.folder.resolve()) and time.monotonic() < until:
        time.sleep(0.02)  # what is killed takes a moment to go
    assert not _processes_of(function.folder.resolve())


def _processes_of(folder: Path) -> list[str]:
    """Find the processes that work in a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if path.readlink() == folder and path.parent.name != str(os.getpid()):
                found.append(path.parent.name)
        except OSError:
            continue
    return found


@pytest.mark.usefixtures("private_rooms")
def test_whoever_stops_reading_ends_the_containers() -> None:
    """In the middle of a call, at once."""
    good, function = _call("sleeps", "a")
    slow, _ = _call("sleeps")
    reading = make_calls([good, slow, slow, slow], function, 2)
    next(reading)
    start = time.monotonic()
    reading.close()

    assert time.monotonic() - start < 10
    assert not list(Path(tempfile.gettempdir()).iterdir())
    until = time.monotonic() + 5
    while _processes_of(function.folder.resolve()) and time.monotonic() < until:
        time.sleep(0.02)  # what is killed takes a moment to go
    assert not _processes_of(function.folder.resolve())


def test_calls_that_cannot_be_made_are_an_error_of_the_reader() -> None:
    """A file of records that breaks in the middle, say."""

    def broken() -> Any:
        yield _call("drop", "a")[0]
        raise ValueError("broken in the middle")

    with pytest.raises(ValueError, match="broken in the middle"):
        list(make_calls(broken(), _call("drop")[1], 2))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_containers(folder: Path, number: signal.Signals) -> None:
    """While a call sleeps."""
    rooms = folder / "rooms"
    rooms.mkdir()
    words = ["simulate", "suite.yaml", "records.jsonl", "--mode", "hyperpod", "--handler", "handlers.sleeps"]
    process = subprocess.Popen(
        [sys.executable, "-m", "rlvr.cli", *words],
        env={**os.environ, "TMPDIR": str(rooms)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not list(rooms.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.5)
    process.send_signal(number)

    assert process.wait(20) != 0
    assert not list(rooms.iterdir())
    assert _processes_of(folder) == []


def test_the_users_environment_does_not_leak(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function sees what Lambda sets, and credentials that open nothing."""
    (folder / "told.py").write_text("import os\ndef handler(event, context):\n    return dict(os.environ)\n")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the user's own")
    monkeypatch.setenv("HF_TOKEN", "the user's own")
    with Container(DeployedFunction(environment={"RLVR_LOG": "none"}, handler="told.handler")) as container:
        told = json.loads(container.invoke(b"[]").body)

    assert "the user's own" not in told.values()
    assert told["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert (told["_HANDLER"], told["RLVR_LOG"]) == ("told.handler", "none")
    assert told["LAMBDA_TASK_ROOT"] == str(folder.resolve())
    assert set(told) >= {"AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_SESSION_TOKEN", "AWS_LAMBDA_FUNCTION_NAME"}


def test_a_warm_container_keeps_its_state(folder: Path) -> None:
    """Initialised once: the first call tells how long that took."""
    (folder / "warm.py").write_text("n = []\ndef handler(event, context):\n    n.append(1)\n    return len(n)\n")
    with Container(DeployedFunction(environment={}, handler="warm.handler")) as container:
        first, second = container.invoke(b"[]"), container.invoke(b"[]")

    assert (first.body, second.body) == (b"1", b"2")
    assert first.init_seconds is not None
    assert second.init_seconds is None
    assert not container.alive


def test_only_the_first_answer_to_a_call_is_taken(folder: Path) -> None:
    """Code that posts an answer of its own, twice, gets through with one, and not into the next call."""
    forging = """
import os, urllib.request

def handler(event, context):
    url = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
    for request_id in (context.aws_request_id, context.aws_request_id, "request-2", "request-7"):
        try:
            urllib.request.urlopen(url + request_id + "/response", data=b"9")
        except OSError as error:
            print(error.code, flush=True)
    return "its own"
"""
    (folder / "forging.py").write_text(forging)
    (folder / "good.py").write_text("def handler(event, context):\n    return 1\n")
    with Container(DeployedFunction(environment={}, handler="forging.handler")) as container:
        first = container.invoke(b"[]")
        printed = container.close()

    assert (first.ending, first.body) == (Ending.ANSWERED, b"9")
    assert printed.split()[:3] == ["403", "403", "403"]


def test_a_flood_of_output_fills_no_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its end is kept."""
    monkeypatch.setattr("rlvr_aws.simulate.container._OUTPUT_LIMIT_BYTES", 1_000_000)
    flood = "import time\ndef handler(event, context):\n    for n in range(60):\n"
    flood += "        print('x' * 100_000, flush=True)\n        time.sleep(0.01)\n    print('the end')\n"
    (folder / "flood.py").write_text(flood)
    with Container(DeployedFunction(environment={}, handler="flood.handler")) as container:
        ending = container.invoke(b"[]").ending
        size = os.fstat(container._output).st_size
        printed = container.close()

    assert ending is Ending.ANSWERED
    assert size < 3_000_000
    assert printed.endswith("the end\n")


def test_a_family_holds_children_of_other_sessions() -> None:
    """And not the one who asks."""
    code = "import subprocess; p = subprocess.Popen(['sleep', '60'], start_new_session=True); print(p.pid, flush=True)"
    parent = subprocess.Popen([sys.executable, "-c", f"{code}; p.wait()"], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    try:
        assert TABLE.family_of(parent.pid, fresh=True) == {parent.pid, child}
    finally:
        os.kill(child, signal.SIGKILL)
        parent.communicate()
