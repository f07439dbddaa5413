"""``rlvr aws deploy`` and ``rlvr aws policy``: plans, what they do to an account, and what they may do."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.client
import msgspec
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from rlvr import parse_suite
from rlvr.cli.app import app
from rlvr_aws.account.errors import AwsError, DeploymentError
from rlvr_aws.account.session import Aws, permission
from rlvr_aws.deploy import function_plan as function_module
from rlvr_aws.deploy.deployment import Deployment, check_deployment, name_for
from rlvr_aws.deploy.deployment_plan import CALLS
from rlvr_aws.deploy.function_plan import FunctionPlan
from rlvr_aws.deploy.package import package_of
from rlvr_aws.deploy.policies import Place, function_policy, platform_policy, platform_trust
from rlvr_aws.deploy.policy_command import calls_of_commands
from rlvr_aws.layer import build as build_module
from rlvr_aws.layer.archive import zip_files
from rlvr_aws.layer.build import Archive, Layer
from rlvr_handler.suite_source import PERMISSIONS

ACCOUNT = "123456789012"
PLACE = Place("aws", "us-east-1", ACCOUNT)
NAME = "SageMaker-rlvr-capitals"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{NAME}"
TEXT = "tasks: {t: {scorers: [text.exact]}}\n"
PACKED = json.dumps({"tasks": {"t": {"scorers": ["text.exact"]}}}, indent=2).encode() + b"\n"


def _layer(*contents: bytes) -> Layer:
    """Return a layer of small zips."""
    archives = tuple(
        Archive(content=zip_files({f"python/{n}.py": content}), distributions=(f"d{n}",), unzipped=len(content))
        for n, content in enumerate(contents)
    )
    return Layer(target=function_target(), archives=archives, table=(), trial=None)


def function_target() -> Any:
    """Return the target of the deployments here."""
    return Deployment(name=NAME, suite="suite.yaml").target


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Be somebody in an empty account; layers are small and made at once."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret-key")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(build_module, "build_layer", lambda *_, **__: _layer(b"one"))
    with mock_aws(config={"lambda": {"use_docker": False}}):
        yield


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """Write a suite."""
    path = tmp_path / "capitals.yaml"
    path.write_text(TEXT)
    return path


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the calls that boto3 makes, by IAM's names."""
    calls: list[str] = []
    plain = botocore.client.BaseClient._make_api_call

    def recording(self: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.append(permission(self.meta.service_model.service_name, operation))
        return plain(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", recording)
    return calls


def _run(*words: str | Path) -> Result:
    return CliRunner(env={"COLUMNS": "160", "TERM": "dumb"}).invoke(app, ["aws", *map(str, words)])


def _deploy(*words: str | Path) -> dict[str, Any]:
    result = _run("deploy", *words, "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def _configuration() -> Any:
    return boto3.client("lambda").get_function(FunctionName=NAME)["Configuration"]


def _changes(told: dict[str, Any]) -> list[str]:
    return [step["kind"] for step in told["steps"] if step["action"] != "keep"]


def test_a_plan_is_shown_and_nothing_is_done(suite: Path) -> None:
    """Without --yes, and with --dry-run whatever else."""
    result = _run("deploy", suite)
    told = _deploy(suite, "--yes", "--dry-run")

    assert result.exit_code == 0
    assert "Nothing was done; --yes carries the plan out" in result.output
    assert told["acted"] is False
    assert told["changes"] is True
    assert boto3.client("lambda").list_functions()["Functions"] == []
    assert boto3.client("iam").list_roles()["Roles"] == []


def test_a_deployment_makes_all_that_it_says(suite: Path) -> None:
    """Function, layer, log, roles, a version; the addresses are in the form that each platform takes."""
    told = _deploy(suite, "--yes", "--memory", "1024", "--timeout", "120", "--reserved", "7", "--env", "RLVR_LOG=batch")
    have = _configuration()
    logs = boto3.client("logs").describe_log_groups()["logGroups"]

    assert told["arns"] == {
        "function": FUNCTION,
        "bedrock": f"{FUNCTION}:1",
        "bedrock role": f"arn:aws:iam::{ACCOUNT}:role/{NAME}-bedrock",
        "sagemaker": FUNCTION,
        "sagemaker role": f"arn:aws:iam::{ACCOUNT}:role/{NAME}-sagemaker",
    }
    assert (have["Runtime"], have["MemorySize"], have["Timeout"]) == ("python3.13", 1024, 120)
    assert have["Architectures"] == ["x86_64"]
    assert have["Handler"] == "rlvr_handler.lambda_function.lambda_handler"
    assert have["Environment"]["Variables"] == {"RLVR_SUITE": "capitals.yaml", "RLVR_LOG": "batch"}
    assert [each["Arn"] for each in have["Layers"]] == [
        f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:{NAME}-python313-x86_64:1"
    ]
    assert [(each["logGroupName"], each["retentionInDays"]) for each in logs] == [(f"/aws/lambda/{NAME}", 30)]
    concurrency = boto3.client("lambda").get_function_concurrency(FunctionName=NAME)
    assert concurrency["ReservedConcurrentExecutions"] == 7


def test_a_second_run_changes_nothing(suite: Path, made: list[str]) -> None:
    """And makes no call that could."""
    words = (suite, "--yes", "--reserved", "7", "--data", "s3://data/train.jsonl", "--output-data", "s3://data/out")
    first = _deploy(*words)
    made.clear()
    second = _deploy(*words)

    assert first["changes"]
    assert not second["changes"]
    assert {step["action"] for step in second["steps"]} == {"keep"}
    assert second["arns"] == first["arns"]
    assert not [call for call in made if not call.partition(":")[2].startswith(("Get", "List", "Describe"))]


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (("--memory", "2048"), ["function", "version"]),
        (("--env", "RLVR_LOG=none"), ["function", "version"]),
        (("--retention", "7"), ["log group"]),
        (("--reserved", "9"), ["concurrency"]),
        (("--output-data", "s3://other/place"), ["policy", "policy"]),
        (("--platform", "bedrock"), []),
    ],
)
def test_only_what_differs_is_changed(suite: Path, words: tuple[str, ...], kinds: list[str]) -> None:
    """And nothing again after that."""
    _deploy(suite, "--yes")

    assert _changes(_deploy(suite, "--yes", *words)) == kinds
    assert _changes(_deploy(suite, "--yes", *words)) == []


def test_another_suite_is_other_code_and_another_version(suite: Path) -> None:
    """The old version stays, for the job that names it."""
    _deploy(suite, "--yes")
    suite.write_text(TEXT.replace("t:", "other:"))
    told = _deploy(suite, "--yes")

    assert _changes(told) == ["code", "version"]
    assert told["arns"]["bedrock"] == f"{FUNCTION}:2"
    versions = boto3.client("lambda").list_versions_by_function(FunctionName=NAME)["Versions"]
    assert [each["Version"] for each in versions] == ["$LATEST", "1", "2"]


def test_a_new_layer_takes_the_place_of_the_old(suite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the same layer once more is found again among the versions; a split one has a name for each part."""
    _deploy(suite, "--yes")
    for contents, expected in (((b"two",), [":2"]), ((b"one",), [":1"]), ((b"a", b"b"), ["-1:1", "-2:1"])):
        monkeypatch.setattr(build_module, "build_layer", lambda *_, each=contents, **__: _layer(*each))
        told = _deploy(suite, "--yes")
        layers = [each["Arn"].rpartition("x86_64")[2] for each in _configuration()["Layers"]]

        assert layers == expected
        assert "function" in _changes(told)
        assert ("layer" in _changes(told)) == (contents != (b"one",))


def test_what_others_gave_the_function_stays(suite: Path) -> None:
    """Variables and layers of people or of other tools."""
    _deploy(suite, "--yes")
    client = boto3.client("lambda")
    other = client.publish_layer_version(LayerName="watcher", Content={"ZipFile": zip_files({"a": b""})})[
        "LayerVersionArn"
    ]
    have = _configuration()
    variables = {**have["Environment"]["Variables"], "THEIRS": "1"}
    layers = [*(each["Arn"] for each in have["Layers"]), other]
    client.update_function_configuration(FunctionName=NAME, Environment={"Variables": variables}, Layers=layers)
    told = _deploy(suite, "--yes", "--memory", "2048")

    assert _changes(told) == ["function", "version"]
    assert _configuration()["Environment"]["Variables"]["THEIRS"] == "1"
    assert [each["Arn"] for each in _configuration()["Layers"]] == layers
    assert _configuration()["MemorySize"] == 2048


def test_a_deployment_that_was_cut_off_is_finished_by_the_next(suite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever call failed; what was made is kept, and nothing is made twice."""
    plain = Aws.call
    failing = ["put_retention_policy", "put_role_policy", "publish_layer_version", "create_function", "publish_version"]
    for operation in failing:

        def call(self: Aws, service: str, name: str, *, failing: str = operation, **parameters: Any) -> Any:
            if name == failing:
                raise AwsError(f"{service}:{name}", "the connection was cut", "run it again")
            return plain(self, service, name, **parameters)

        monkeypatch.setattr(Aws, "call", call)
        result = _run("deploy", suite, "--yes")
        assert result.exit_code == 2
        assert "the connection was cut" in result.stderr
    monkeypatch.setattr(Aws, "call", plain)

    assert _deploy(suite, "--yes")["changes"]
    assert not _deploy(suite, "--yes")["changes"]
    assert len(boto3.client("lambda").list_layer_versions(LayerName=f"{NAME}-python313-x86_64")["LayerVersions"]) == 1


def test_an_update_that_was_cut_off_before_its_version_is_published_by_the_next(
    suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function is as it should be then, and the newest version is not."""
    _deploy(suite, "--yes")
    with monkeypatch.context() as patched:
        plain = Aws.call

        def call(self: Aws, service: str, name: str, **parameters: Any) -> Any:
            if name == "publish_version":
                raise AwsError("lambda:PublishVersion", "the connection was cut", "run it again")
            return plain(self, service, name, **parameters)

        patched.setattr(Aws, "call", call)
        assert _run("deploy", suite, "--yes", "--memory", "2048").exit_code == 2
    told = _deploy(suite, "--yes", "--memory", "2048")

    assert _changes(told) == ["version"]
    assert told["arns"]["bedrock"] == f"{FUNCTION}:2"


def test_the_log_of_another_function_is_not_taken_for_ours(suite: Path) -> None:
    """Whose name begins as ours does."""
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName=f"/aws/lambda/{NAME}-2")
    logs.put_retention_policy(logGroupName=f"/aws/lambda/{NAME}-2", retentionInDays=30)

    assert "log group" in _changes(_deploy(suite, "--yes"))
    assert "log group" not in _changes(_deploy(suite, "--yes"))


def test_a_new_role_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda knows it some seconds later; another refusal is told at once."""
    tries: list[str] = []
    monkeypatch.setattr("time.sleep", lambda _seconds: None)

    def refused(times: int, problem: str) -> Any:
        def call() -> None:
            tries.append(problem)
            if len(tries) <= times:
                raise AwsError("lambda:CreateFunction", problem, "", code="InvalidParameterValueException")

        return call

    function_module._retry_until_role_is_known(
        refused(3, "The role defined for the function cannot be assumed by Lambda.")
    )
    assert len(tries) == 4
    with pytest.raises(AwsError, match="too large"):
        function_module._retry_until_role_is_known(refused(9, "too large"))
    assert len(tries) == 5


def test_a_layer_too_large_for_a_call_goes_by_a_bucket(suite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once; without one, the plan says what is missing and nothing is done."""
    from rlvr_aws.deploy import layer_plan as layers_module

    monkeypatch.setattr(layers_module, "ZIPPED_LIMIT_BYTES", 10)
    refused = _run("deploy", suite, "--yes")
    boto3.client("s3").create_bucket(Bucket="bucket")
    told = _deploy(suite, "--yes", "--bucket", "bucket")
    keys = [each["Key"] for each in boto3.client("s3").list_objects_v2(Bucket="bucket")["Contents"]]

    assert refused.exit_code == 2
    assert "name a bucket for it, --bucket" in refused.stderr
    assert "layer" in _changes(told)
    assert keys == [f"rlvr/{NAME}-python313-x86_64/{_layer(b'one').archives[0].digest}.zip"]


def test_the_policy_of_deploy_is_what_it_calls(suite: Path, made: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call that a deployment can make is in it, and nothing more but what AWS asks on behalf of those."""
    boto3.client("s3").create_bucket(Bucket="bucket")
    made.clear()
    words = (suite, "--yes", "--bucket", "bucket", "--reserved", "7")
    _deploy(*words)
    iam = boto3.client("iam")
    iam.update_assume_role_policy(
        RoleName=f"{NAME}-bedrock", PolicyDocument=json.dumps(platform_trust("sagemaker", PLACE))
    )
    made.remove("iam:UpdateAssumeRolePolicy")
    suite.write_text(TEXT.replace("t:", "other:"))
    monkeypatch.setattr(build_module, "build_layer", lambda *_, **__: _layer(b"two"))
    for _ in range(2):  # the second finds nothing to do, and looks whether that is published
        _deploy(*words, "--memory", "2048")

    # AWS checks these for other calls: it reads a function's layers, and it reports that an object does not exist only
    # to those who may list the bucket.
    implied = {"lambda:GetLayerVersion", "s3:ListBucket"}

    assert set(made) == set(CALLS) - implied
    assert implied < set(CALLS)
    assert len(set(CALLS)) == len(CALLS)


def _allowed(policy: dict[str, Any]) -> set[str]:
    return {action for statement in policy["Statement"] for action in statement["Action"]}


@pytest.mark.parametrize(
    ("command", "services"),
    [
        ("deploy", ["lambda.amazonaws.com"]),
        ("job submit", ["bedrock.amazonaws.com", "sagemaker.amazonaws.com"]),
        ("job status", None),
    ],
)
def test_roles_are_handed_to_the_services_that_take_them(command: str, services: list[str] | None) -> None:
    """And only roles that a deployment makes may be made or changed: who may change any may do anything."""
    statements = {each["Sid"]: each for each in json.loads(_run("policy", command).stdout)["Statement"]}
    passed = statements.get("PassRole", {}).get("Condition")

    assert passed == (services and {"StringEquals": {"iam:PassedToService": services}})
    assert not [action for action in statements["Rlvr"]["Action"] if action.startswith("iam:")]
    if command == "deploy":
        assert statements["OwnRoles"]["Resource"] == ["arn:*:iam::*:role/SageMaker-*"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"Runtime": "nodejs22.x", "Handler": "index.handler"}, "its handler is index.handler"),
        ({"PackageType": "Image"}, "container image"),
    ],
)
def test_a_function_of_somebody_else_is_left_alone(
    changes: dict[str, str], told: str, suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its code would be lost; and AWS puts no layer into an image."""
    _deploy(suite, "--yes")
    monkeypatch.setattr(Aws, "find", lambda *_, **__: {"Configuration": {"FunctionName": NAME, **changes}})
    result = _run("deploy", suite, "--yes", "--json")

    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert "give another name with --name" in result.stderr


def test_a_suite_that_these_credentials_cannot_read_is_told_as_any_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the permission, and without a credential that botocore quotes."""
    refused = _run("deploy", "s3://absent/suite.yaml")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://me:hunter2@127.0.0.1:1")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "to\nken")
    quoted = _run("deploy", "s3://absent/suite.yaml")

    assert "s3:GetObject: NoSuchBucket" in refused.stderr
    assert (refused.exit_code, quoted.exit_code) == (2, 2)
    assert not [word for word in ("hunter2", "to\\nken") if word in quoted.output]


def test_a_suite_that_is_no_text_is_told() -> None:
    """And not taken for an error of AWS."""
    client = boto3.client("s3")
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="suite.yaml", Body=b"\xff\xfe")
    result = _run("deploy", "s3://bucket/suite.yaml")

    assert result.exit_code == 2
    assert "s3://bucket/suite.yaml: is not UTF-8" in result.stderr


def test_policies_are_printed_by_command() -> None:
    """For one, for all, and for the cluster's role."""
    deploy = json.loads(_run("policy", "deploy").stdout)
    everything = json.loads(_run("policy").stdout)
    cluster = json.loads(_run("policy", "hyperpod", "--name", NAME).stdout)

    assert _allowed(deploy) == {*CALLS, *PERMISSIONS, "iam:PassRole"}
    assert _allowed(everything) == {"iam:PassRole", *(call for each in calls_of_commands().values() for call in each)}
    assert cluster["Statement"][0]["Resource"] == [FUNCTION, f"{FUNCTION}:*"]
    assert set(json.loads(_run("policy", "job").stdout)["Statement"][0]["Action"]) > {"sagemaker:CreateTrainingJob"}
    assert _run("policy", "bundle").exit_code == _run("policy", "queries").exit_code == 2
    assert _run("policy", "hyperpod").exit_code == 2


JUDGES = """
tasks:
  t:
    scorers:
      - scorer: math.equivalent
        otherwise:
          scorer: judge.equivalent
          options: {models: ["openai.gpt-oss-120b-1:0", {id: qwen3, base_url: "http://localhost:8000/v1"}]}
      - scorer: judge.rubric
        budget_seconds: 90
        options:
          template: helpfulness
          models: ["us.anthropic.claude-haiku-4-5-20251001-v1:0"]
          escalate: {models: ["arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"]}
          bedrock: {guardrail: {id: gr1}, region: us-west-2}
"""


def test_the_function_may_ask_exactly_the_models_of_its_judges(tmp_path: Path) -> None:
    """Models, profiles, the models behind these by the profile only, and guardrails; not those of other servers."""
    suite = tmp_path / "capitals.yaml"
    suite.write_text(JUDGES)
    told = json.loads(_run("policy", "function", "--suite", suite).stdout)
    own = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
    haiku = "anthropic.claude-haiku-4-5-20251001-v1:0"
    profile = f"arn:aws:bedrock:us-west-2:{ACCOUNT}:inference-profile/us.{haiku}"
    oss = "arn:aws:bedrock:us-east-1::foundation-model/openai.gpt-oss-120b-1:0"

    assert [(each["Action"], each["Resource"], each.get("Condition")) for each in told["Statement"][1:]] == [
        (["bedrock:InvokeModel"], [oss, profile, own], None),
        (
            ["bedrock:InvokeModel"],
            [f"arn:aws:bedrock:*::foundation-model/{haiku}"],
            {"StringEquals": {"bedrock:InferenceProfileArn": profile}},
        ),
        (
            ["bedrock:InvokeModel"],
            ["arn:aws:bedrock:*::foundation-model/*"],
            {"StringEquals": {"bedrock:InferenceProfileArn": own}},
        ),
        (["bedrock:ApplyGuardrail"], [f"arn:aws:bedrock:us-west-2:{ACCOUNT}:guardrail/gr1"], None),
    ]


def test_a_function_with_judges_has_their_permissions_and_time(tmp_path: Path) -> None:
    """By default; a limit that the user gives is kept, with a note."""
    suite = tmp_path / "capitals.yaml"
    suite.write_text(JUDGES)
    _deploy(suite, "--yes")
    policy = boto3.client("iam").get_role_policy(RoleName=f"{NAME}-function", PolicyName="rlvr")["PolicyDocument"]
    shorter = _run("deploy", suite, "--timeout", "30", "--dry-run")

    assert [each["Sid"] for each in policy["Statement"]] == ["WriteLog", "Scorers1", "Scorers2", "Scorers3", "Scorers4"]
    assert _configuration()["Timeout"] == 105
    assert "note: scorers that ask a model may take 90 s" in " ".join(shorter.output.split())


def test_a_policy_of_a_function_needs_its_suite() -> None:
    """The option that is missing is named."""
    assert "--suite" in _run("policy", "function").output


def test_nobody_is_told_before_a_layer_is_built(suite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, with what to do, and without a credential."""
    monkeypatch.setattr(build_module, "build_layer", pytest.fail)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    result = _run("deploy", suite)

    assert result.exit_code == 2
    assert "there are no credentials" in result.stderr
    assert "Traceback" not in result.output


def test_no_credential_is_ever_printed(suite: Path) -> None:
    """Neither with the plan nor with JSON."""
    printed = _run("deploy", suite, "--yes").output + _run("deploy", suite, "--json").output + _run("policy").output

    assert "very-secret-key" not in printed
    assert "testing" not in printed


def test_files_that_a_suite_reads_are_packaged(suite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the name that the suite calls them by; nothing from outside the folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "order.json").write_text("{}")
    _deploy(suite, "--yes", "--include", "schemas/order.json")
    package = zip_files({"capitals.yaml": PACKED, "schemas/order.json": b"{}"})

    assert _configuration()["CodeSha256"] == base64.b64encode(hashlib.sha256(package).digest()).decode()
    for wrong, told in (("/etc/passwd", "must be a path from the current folder"), ("absent.json", "cannot be read")):
        result = _run("deploy", suite, "--include", wrong)
        assert result.exit_code == 2
        assert told in result.stderr


def test_a_suite_kept_in_aws_is_not_packaged() -> None:
    """Its address is; the function's role may read it, and nothing else of its kind."""
    boto3.client("ssm").put_parameter(Name="/rlvr/capitals", Value=TEXT, Type="String")
    _deploy("ssm:/rlvr/capitals", "--yes")
    policy = boto3.client("iam").get_role_policy(RoleName=f"{NAME}-function", PolicyName="rlvr")["PolicyDocument"]

    assert _configuration()["Environment"]["Variables"] == {"RLVR_SUITE": "ssm:/rlvr/capitals"}
    assert policy["Statement"][1] == {
        "Sid": "ReadSuite",
        "Effect": "Allow",
        "Action": ["ssm:GetParameter"],
        "Resource": [f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/rlvr/capitals"],
    }


def _deployment(**changes: Any) -> Deployment:
    return msgspec.structs.replace(Deployment(name=NAME, suite="suite.yaml"), **changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "rlvr"}, "begins with SageMaker-"),
        ({"name": "SageMaker-a.b"}, "letters, digits"),
        ({"name": "SageMaker-" + "x" * 50}, "leave room for the names of its roles"),
        ({"retention_days": 2}, "2 days is none of 1, 3, 5"),
        ({"environment": {"AWS_REGION": "x"}}, "AWS_REGION cannot be set"),
        ({"environment": {"RLVR_SUITE": "x"}}, "RLVR_SUITE cannot be set"),
        ({"data": ("bucket/key",)}, "not an address in S3"),
        ({"output": "s3:///key"}, "not an address in S3"),
    ],
)
def test_what_aws_would_refuse_is_refused_here(changes: dict[str, Any], told: str) -> None:
    """With the rule."""
    with pytest.raises(DeploymentError, match=told):
        check_deployment(_deployment(**changes))
    check_deployment(_deployment())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("examples/gsm8k/suite.yaml", "SageMaker-rlvr-gsm8k"),
        ("my suite (2).toml", "SageMaker-rlvr-my-suite-2"),
        ("x" * 90 + ".yaml", ("SageMaker-rlvr-" + "x" * 90)[:54]),
        ("é.yaml", "SageMaker-rlvr-suite"),
    ],
)
def test_a_function_is_named_after_its_suite(path: str, name: str) -> None:
    """In letters that Lambda takes, and a length that its roles' names can have."""
    assert name_for(Path(path)) == name
    check_deployment(_deployment(name=name))


def test_roles_allow_what_they_must_and_no_more() -> None:
    """Each statement, word by word."""
    deployment = _deployment(data=("s3://data/train.jsonl", "s3://data/val/"), output="s3://out/results")
    log = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/{NAME}:*"

    assert [(each["Action"], each["Resource"]) for each in function_policy(deployment, PLACE)["Statement"]] == [
        (["logs:CreateLogStream", "logs:PutLogEvents"], [log])
    ]
    assert [(each["Action"], each["Resource"]) for each in platform_policy(deployment, PLACE)["Statement"]] == [
        (["lambda:InvokeFunction"], [FUNCTION, f"{FUNCTION}:*"]),
        (["s3:GetObject"], ["arn:aws:s3:::data/train.jsonl", "arn:aws:s3:::data/val/*"]),
        (["s3:ListBucket"], ["arn:aws:s3:::data"]),
        (["s3:PutObject"], ["arn:aws:s3:::out/results/*"]),
    ]


@pytest.mark.parametrize(
    ("suite", "action", "resource"),
    [
        ("s3://bucket/a/suite.yaml", "s3:GetObject", "arn:aws:s3:::bucket/a/suite.yaml"),
        ("ssm:/rlvr/suite:3", "ssm:GetParameter", f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/rlvr/suite"),
        (
            "appconfig:abc1234/prod/def5678",
            "appconfig:GetLatestConfiguration",
            f"arn:aws:appconfig:us-east-1:{ACCOUNT}:application/abc1234/environment/*/configuration/def5678",
        ),
    ],
)
def test_the_function_may_read_its_suite(suite: str, action: str, resource: str) -> None:
    """Where it is kept in AWS, and only that; AppConfig's names stand for any, since its addresses hold ids."""
    statement = function_policy(_deployment(suite=suite), PLACE)["Statement"][1]

    assert action in statement["Action"]
    assert statement["Resource"] == [resource]


def test_platforms_take_their_roles_for_this_account_only() -> None:
    """Bedrock's for its own jobs."""
    bedrock = platform_trust("bedrock", PLACE)["Statement"][0]
    sagemaker = platform_trust("sagemaker", PLACE)["Statement"][0]

    assert bedrock["Principal"] == {"Service": "bedrock.amazonaws.com"}
    assert bedrock["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnLike": {"aws:SourceArn": f"arn:aws:bedrock:us-east-1:{ACCOUNT}:model-customization-job/*"},
    }
    assert sagemaker["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert sagemaker["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_notes_tell_what_is_left_to_do(suite: Path) -> None:
    """For HyperPod, whose jobs run as the cluster's role, and for open models' verifiers."""
    text = _run("deploy", suite, "--platform", "hyperpod", "--platform", "sagemaker").output

    assert "rlvr aws policy hyperpod" in text
    assert "--envelope http-string" in text
    assert f"{NAME}-hyperpod" not in text
    assert "--envelope" not in _run("deploy", suite, "--platform", "bedrock").output


def test_a_package_holds_the_suite_under_its_name() -> None:
    """Or its address, since Lambda takes no empty package."""
    suite = parse_suite(TEXT)

    assert package_of(suite, _deployment(suite="a.yaml")) == zip_files({"a.yaml": PACKED})
    address = package_of(suite, _deployment(suite="ssm:/a"))
    assert address == zip_files({"suite-address.txt": b"ssm:/a\n"})


@pytest.mark.parametrize(
    ("suffix", "text", "starts"),
    [
        (".yaml", "# a comment\ntasks: {t: {scorers: [{scorer: text.exact, options: {letter_case: yes}}]}}", "{"),
        (".json", '{"tasks": {"t": {"scorers": ["text.exact"]}}}', "{"),
        (".toml", "[tasks.t]\nscorers = ['text.exact']", "[tasks"),
    ],
)
def test_a_packed_suite_is_read_without_yaml_and_has_the_same_fingerprint(suffix: str, text: str, starts: str) -> None:
    """JSON is YAML; TOML has a reader of its own."""
    suite = parse_suite(text, suffix=suffix)
    with zipfile.ZipFile(io.BytesIO(package_of(suite, _deployment(suite=f"a{suffix}")))) as archive:
        packed = archive.read(f"a{suffix}").decode()

    assert packed.startswith(starts)
    assert parse_suite(packed, suffix=suffix).fingerprint == suite.fingerprint


def test_a_suite_that_json_cannot_write_is_packed_as_it_is() -> None:
    """An infinite number."""
    suite = parse_suite(TEXT)
    infinite = msgspec.structs.replace(suite, given=msgspec.structs.replace(suite.given, text="a: .inf"))

    assert package_of(infinite, _deployment(suite="a.yaml")) == zip_files({"a.yaml": b"a: .inf"})


def test_a_function_that_is_not_there_has_no_version() -> None:
    """Until it is published."""
    plan = FunctionPlan(Aws(), _deployment(), "role")

    assert plan.version == ""
    assert [step.kind for step in plan.steps(b"zip", ["arn"])] == ["function", "concurrency", "version"]
