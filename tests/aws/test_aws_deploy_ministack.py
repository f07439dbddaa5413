"""A deployment against a server that runs functions with their layers: ministack, in an environment of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from typer.testing import CliRunner, Result

from rlvr.cli.app import app
from rlvr_aws.layer.target import PYTHONS, LayerTarget, interpreter_for

ROOT = Path(__file__).parents[2]
ROWS = [json.loads(line) for line in (ROOT / "examples" / "gsm8k" / "records.jsonl").read_text().splitlines()]
# AWS's verifiers, and what they bring; the newest that was tried.
VERIFIER = "sagemaker-train==1.27.0"
EMULATOR = "ministack==1.5.33"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("ministack"),
    pytest.mark.skipif(shutil.which("uv") is None, reason="uv is not on PATH; `uv run poe test` brings it"),
]


def _target() -> LayerTarget:
    """Return a target whose Python is here: the emulator runs every function under its own."""
    for python in reversed(PYTHONS):
        if interpreter_for(LayerTarget(python)) is not None:
            return LayerTarget(python)
    pytest.skip(f"no Python of {', '.join(PYTHONS)} is on this machine")


def _environment_of(folder: Path, python: Path | str, *requirements: str) -> Path:
    """Make an environment; returns its programs."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    programs: list[list[str | Path]] = [
        ["venv", "-q", "-p", str(python), folder],
        ["pip", "install", "-q", "-p", folder, *requirements],
    ]
    for words in programs:
        done = subprocess.run(["uv", *words], env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"{', '.join(requirements)} cannot be installed here: {done.stderr[-300:]}")
    return folder / "bin"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the emulator on loopback, with what Lambda's Python has beside the standard library: boto3."""
    room = tmp_path_factory.mktemp("ministack")
    programs = _environment_of(room / "venv", interpreter_for(_target()) or "", EMULATOR, "boto3")
    port = _free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(room),
        "TMPDIR": str(room),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
    }
    with (room / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "ministack"], env=environment, stdout=log, stderr=log, cwd=room, start_new_session=True
        )
    try:
        _answers(f"http://127.0.0.1:{port}/", room / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def _answers(url: str, log: Path) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310  # loopback
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the emulator does not answer: {log.read_text()[-500:]}")


@pytest.fixture(autouse=True)
def account(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be somebody there."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


def _deploy(suite: Path | str, *words: str) -> dict[str, Any]:
    target = _target()
    command = ["aws", "deploy", str(suite), "--python", target.python, "--yes", "--json", *words]
    result: Result = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, command)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def _client() -> Any:
    return boto3.client("lambda", config=Config(retries={"total_max_attempts": 1}))


def _invoke(function: str, rows: Any) -> Any:
    answer = _client().invoke(FunctionName=function, Payload=json.dumps(rows))
    payload = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, payload
    return payload


def _rewards(results: list[dict[str, Any]]) -> list[float]:
    return [result["aggregate_reward_score"] for result in results]


EXACT = "tasks: {t: {scorers: [text.exact]}}\n"
NEVER = "tasks: {t: {scorers: [{scorer: text.exact, transform: [{clip: [0, 0.5]}]}]}}\n"
PARIS = [{"id": "a", "response": "Paris", "answer": "Paris"}, {"id": "b", "response": "Rome", "answer": "Paris"}]


def test_from_a_suite_to_rewards_and_to_an_update(tmp_path: Path) -> None:
    """Build, publish, create, invoke a batch of 64, run again, update, invoke: a run twice changes nothing."""
    folder = tmp_path / "math"
    shutil.copytree(ROOT / "examples" / "gsm8k", folder)
    suite = folder / "suite.yaml"
    first = _deploy(suite)
    batch = (ROWS * 4)[:64]
    answer = _invoke(first["arns"]["sagemaker"], batch)
    again = _deploy(suite)
    suite.write_text(f"{suite.read_text()}        transform: [{{clip: [0, 0.5]}}]\n")
    third = _deploy(suite)
    updated = _invoke(third["arns"]["bedrock"], batch)

    assert first["changes"]
    assert {step["action"] for step in first["steps"]} <= {"create", "keep"}
    assert len(answer) == 64
    assert set(_rewards(answer)) == {0.0, 1.0}
    assert not again["changes"]
    assert {step["action"] for step in again["steps"]} == {"keep"}
    assert first["arns"]["bedrock"] == again["arns"]["bedrock"] == f"{first['arns']['function']}:1"
    assert [step["kind"] for step in third["steps"] if step["action"] != "keep"] == ["code", "version"]
    assert _rewards(updated) == [reward / 2 for reward in _rewards(answer)]
    assert _rewards(_invoke(first["arns"]["bedrock"], batch)) == _rewards(answer)  # the version that a job named


def test_a_suite_in_ssm_is_read_by_the_function(tmp_path: Path) -> None:
    """With its version in the log; a new version is scored by after the next start."""
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name="/rlvr/exact", Value=EXACT, Type="String")
    told = _deploy("ssm:/rlvr/exact")
    role = boto3.client("iam").get_role_policy(RoleName="SageMaker-rlvr-exact-function", PolicyName="rlvr")

    assert told["arns"]["function"].endswith(":function:SageMaker-rlvr-exact")
    assert _rewards(_invoke("SageMaker-rlvr-exact", PARIS)) == [1.0, 0.0]
    assert "parameter/rlvr/exact" in json.dumps(role["PolicyDocument"])
    ssm.put_parameter(Name="/rlvr/exact", Value=NEVER, Type="String", Overwrite=True)
    _deploy("ssm:/rlvr/exact", "--env", "RLVR_LOG=batch")
    assert _rewards(_invoke("SageMaker-rlvr-exact", PARIS)) == [0.5, 0.0]


def test_a_suite_in_appconfig_is_read_by_the_function() -> None:
    """Deployed there by its own rules."""
    config = boto3.client("appconfig")
    application = config.create_application(Name="rlvr")["Id"]
    environment = config.create_environment(ApplicationId=application, Name="prod")["Id"]
    profile = config.create_configuration_profile(ApplicationId=application, Name="exact", LocationUri="hosted")["Id"]
    version = config.create_hosted_configuration_version(
        ApplicationId=application, ConfigurationProfileId=profile, Content=EXACT.encode(), ContentType="text/yaml"
    )["VersionNumber"]
    strategy = config.create_deployment_strategy(
        Name="now", DeploymentDurationInMinutes=0, GrowthFactor=100, ReplicateTo="NONE", FinalBakeTimeInMinutes=0
    )["Id"]
    config.start_deployment(
        ApplicationId=application,
        EnvironmentId=environment,
        DeploymentStrategyId=strategy,
        ConfigurationProfileId=profile,
        ConfigurationVersion=str(version),
    )
    _deploy(f"appconfig:{application}/{environment}/{profile}", "--name", "SageMaker-rlvr-appconfig")

    assert _rewards(_invoke("SageMaker-rlvr-appconfig", PARIS)) == [1.0, 0.0]


def test_calls_beyond_the_reserved_are_throttled_and_the_others_answered(tmp_path: Path) -> None:
    """The platform tries those again; none of them is answered wrongly."""
    (tmp_path / "suite.yaml").write_text(EXACT)
    told = _deploy(tmp_path / "suite.yaml", "--name", "SageMaker-rlvr-throttled", "--reserved", "1")
    client = _client()

    def call(_: int) -> str:
        try:
            payload = client.invoke(FunctionName="SageMaker-rlvr-throttled", Payload=json.dumps(PARIS))[
                "Payload"
            ].read()
        except client.exceptions.TooManyRequestsException:
            return "throttled"
        assert _rewards(json.loads(payload)) == [1.0, 0.0]
        return "answered"

    with ThreadPoolExecutor(8) as pool:
        endings = list(pool.map(call, range(24)))

    assert [step["changes"] for step in told["steps"] if step["kind"] == "concurrency"] == [["reserved: none -> 1"]]
    assert set(endings) == {"throttled", "answered"}


_VERIFY = """
import json, sys
from sagemaker.train.common_utils.rlvr_reward_verifier import verify_reward_function
from sagemaker.core.training.configs import HyperPodCompute, TrainingJobCompute
function, rows, nova = json.loads(sys.argv[1])
verify_reward_function(function, rows, is_nova=nova, compute=TrainingJobCompute(instance_type="ml.p4d.24xlarge"))
told = verify_reward_function(function, rows, is_nova=nova, compute=HyperPodCompute(cluster_name="cluster"))
print("VERIFIED", json.dumps([told["success"], told["successful_samples"], told["total_samples"]]))
"""


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment of AWS's own SDK."""
    return _environment_of(tmp_path_factory.mktemp("verifier") / "venv", "3.11", VERIFIER) / "python"


def _verified(python: Path, function: str, rows: list[Any], *, nova: bool = True) -> str:
    environment = {**os.environ, "TELEMETRY_OPT_OUT": "true", "SAGEMAKER_TELEMETRY_OPT_OUT": "true"}
    command = [str(python), "-c", _VERIFY, json.dumps([function, rows, nova])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return done.stdout.partition("VERIFIED ")[2].strip() or done.stderr[-800:]


RAW = [{key: value for key, value in row.items() if key != "id"} for row in ROWS[:10]]


def test_awss_own_verifier_accepts_the_deployed_function(tmp_path: Path, verifier: Path) -> None:
    """By its address, for training jobs and for HyperPod, with answered rows and raw ones, in both envelopes."""
    (tmp_path / "suite.yaml").write_text((ROOT / "examples" / "gsm8k" / "suite.yaml").read_text())
    for envelope, nova in (("list", True), ("http-string", False)):
        name = f"SageMaker-rlvr-{envelope}"
        arns = _deploy(tmp_path / "suite.yaml", "--name", name, "--envelope", envelope)["arns"]

        assert _verified(verifier, arns["sagemaker"], ROWS, nova=nova) == f"[true, {len(ROWS)}, {len(ROWS)}]"
        assert _verified(verifier, arns["sagemaker"], RAW, nova=nova) == "[true, 10, 10]"
        assert "failed" in _verified(verifier, arns["sagemaker"], ROWS, nova=not nova)


def test_awss_own_verifier_accepts_the_bundle(tmp_path: Path, verifier: Path) -> None:
    """By ``exec``, in an environment that has no rlvr."""
    bundle = tmp_path / "reward_function.py"
    suite = ROOT / "examples" / "multiple_choice" / "suite.yaml"
    result = CliRunner().invoke(app, ["aws", "bundle", str(suite), "-o", str(bundle), "--json"])
    rows = [json.loads(line) for line in (suite.parent / "records.jsonl").read_text().splitlines()]

    assert result.exit_code == 0, result.output
    assert _verified(verifier, str(bundle), rows) == f"[true, {len(rows)}, {len(rows)}]"
    assert _verified(verifier, str(bundle), RAW) == "[true, 10, 10]"
