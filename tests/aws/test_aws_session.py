"""The one way to AWS: errors that tell the next step, no credential in any of them, requests held against the model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from rlvr_aws.account import service_model
from rlvr_aws.account.errors import AwsError, DeploymentError
from rlvr_aws.account.plan import Step, differences, has_changes, take
from rlvr_aws.account.session import Aws, permission

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # noqa: S105  # AWS's own example
TOKEN = "FwoGZXIvYXdzEXAMPLETOKEN"  # noqa: S105  # as above


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Be somebody, somewhere, with no configuration of this machine."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int, str, str], None]]:
    """Stand in for AWS and refuse every call as it is told to."""
    said: dict[str, Any] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the base class names it
            body = f'{{"message": "{said["message"]}"}}'.encode()
            self.send_response(said["status"])
            self.send_header("x-amzn-ErrorType", said["code"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    yield lambda status, code, message: said.update(status=status, code=code, message=message)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (403, "AccessDeniedException", "allow lambda:GetFunction for these credentials"),
        (403, "ExpiredTokenException", "sign in again"),
        (403, "SignatureDoesNotMatch", "sign in again"),
        (400, "ServiceQuotaExceededException", "Service Quotas"),
        (400, "CodeStorageExceededException", "Service Quotas"),
        (429, "TooManyRequestsException", "wait a minute"),
        (409, "ResourceConflictException", "another change is in progress"),
        (409, "EntityAlreadyExists", "another change is in progress"),
        (400, "ResourceAlreadyExistsException", "another change is in progress"),
        (400, "InvalidParameterValueException", "correct what the message names"),
    ],
)
def test_a_refusal_tells_permission_and_next_step_and_no_credential(
    status: int, code: str, told: str, refusing: Callable[[int, str, str], None]
) -> None:
    """AWS quotes the token and the key in some of its errors."""
    refusing(status, code, f"the canonical string was x-amz-security-token:{TOKEN} {SECRET}")
    with pytest.raises(AwsError) as caught:
        Aws().call("lambda", "get_function", FunctionName="f")
    text = str(caught.value)

    assert text.startswith("lambda:GetFunction: ")
    assert caught.value.code == code
    assert told in text
    assert TOKEN not in text
    assert SECRET not in text


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"AWS_ENDPOINT_URL": "garbage"}, "Invalid endpoint: garbage"),
        ({"AWS_MAX_ATTEMPTS": "x"}, "invalid literal"),
        ({"AWS_ENDPOINT_URL": "http://me:hunter2@127.0.0.1:1"}, r"http://\*\*\*@127\.0\.0\.1:1/"),
    ],
)
def test_a_broken_configuration_is_told_without_what_is_secret(
    variables: dict[str, str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that is none, an address that is none or has a password."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(AwsError, match=told) as caught:
        Aws().call("sts", "get_caller_identity")

    assert "hunter2" not in str(caught.value)


def test_a_token_that_no_header_can_carry_is_not_quoted(
    refusing: Callable[[int, str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With escapes, as Python quotes it."""
    refusing(403, "AccessDenied", "no")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "hunter2\nmore")

    with pytest.raises(AwsError, match=r"Invalid header value b'\*\*\*'"):
        Aws().call("lambda", "get_function", FunctionName="f")


def test_a_region_that_does_not_exist_is_told() -> None:
    """Before anything is asked there."""
    with pytest.raises(AwsError, match="nowhere-1"):
        _ = Aws(region="nowhere-1").partition


def test_who_is_not_signed_in_is_told_how_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By a session of single sign-on, whose token is looked up at the first call and not before."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "config").write_text(
        "[profile me]\nsso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n"
        "[sso-session s]\nsso_start_url = https://example.com/start\nsso_region = us-east-1\n"
    )
    with pytest.raises(AwsError, match="aws sso login"):
        Aws(profile="me").call("sts", "get_caller_identity")


def test_what_is_not_there_is_none(refusing: Callable[[int, str, str], None]) -> None:
    """In any of the services' words for it; another refusal still raises."""
    for code, message in (("ResourceNotFoundException", "no"), ("ValidationException", "Could not find the hub")):
        refusing(400, code, message)
        assert Aws().find("lambda", "get_function", FunctionName="f") is None
    refusing(400, "ValidationException", "too long")
    with pytest.raises(AwsError, match="too long"):
        Aws().find("lambda", "get_function", FunctionName="f")


def test_nobody_and_nowhere_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to set."""
    with pytest.raises(AwsError, match="aws configure list-profiles"):
        Aws(profile="absent").call("sts", "get_caller_identity")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    with pytest.raises(AwsError, match=r"sts:GetCallerIdentity: there are no credentials.*aws configure sso"):
        _ = Aws().account
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(AwsError, match="no region is chosen"):
        _ = Aws().region
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert Aws().region == "eu-west-1"


def test_nobody_listens_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a traceback of the network."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(AwsError, match=r"AWS_ENDPOINT_URL"):
        Aws().call("lambda", "list_functions")


def test_an_object_is_fetched_up_to_a_limit() -> None:
    """Larger ones are refused."""
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="bucket")
        boto3.client("s3").put_object(Bucket="bucket", Key="k", Body=b"12345")

        assert Aws().fetch("bucket", "k", 5) == b"12345"
        with pytest.raises(DeploymentError, match="has more than 4 bytes"):
            Aws().fetch("bucket", "k", 4)


def test_an_account_is_asked_once() -> None:
    """And knows its partition."""
    with mock_aws():
        aws = Aws(region="cn-north-1")

        assert (aws.account, aws.partition, aws.region) == ("123456789012", "aws-cn", "cn-north-1")


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("lambda", "Invoke", "lambda:InvokeFunction"),
        ("s3", "HeadObject", "s3:GetObject"),
        ("logs", "StartQuery", "logs:StartQuery"),
    ],
)
def test_calls_are_named_as_iam_names_them(service: str, operation: str, expected: str) -> None:
    """Which differs for some."""
    assert permission(service, operation) == expected


GOOD: dict[str, Any] = {
    "jobName": "job",
    "customModelName": "model",
    "roleArn": "arn:aws:iam::123456789012:role/r",
    "baseModelIdentifier": "amazon.nova-2-lite-v1:0:256k",
    "trainingDataConfig": {"s3Uri": "s3://bucket/data.jsonl"},
    "outputDataConfig": {"s3Uri": "s3://bucket/out"},
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, None),
        ({"jobName": ""}, "jobName: string of length 0 is below 1"),
        ({"jobName": "a b"}, "jobName: 'a b' does not fit"),
        ({"jobName": 5}, "jobName: 5 is not of type string"),
        ({"jobName": "\ud800"}, "jobName: '\\ud800' does not fit"),
        ({"trainingDataConfig": {"s3Uri": "s3://b/a b"}}, "trainingDataConfig.s3Uri: "),
        ({"customizationType": "REINFORCEMENT"}, "customizationType: 'REINFORCEMENT' is none of FINE_TUNING"),
        ({"vpcConfig": {"subnetIds": ["s"] * 17, "securityGroupIds": ["g"]}}, "vpcConfig.subnetIds: list of length 17"),
        ({"vpcConfig": {"subnetIds": ["subnet-1"]}}, "vpcConfig.securityGroupIds: is required"),
        ({"nothing": 1}, "nothing: is unknown"),
    ],
)
def test_requests_are_held_against_the_model(change: dict[str, Any], told: str | None) -> None:
    """Maxima, patterns and enumerations too, which botocore lets pass."""
    found = service_model.problems("bedrock", "CreateModelCustomizationJob", {**GOOD, **change})

    assert (found == []) if told is None else found[0].startswith(told), found
    if told is not None:
        with pytest.raises(DeploymentError, match="correct these"):
            service_model.check("bedrock", "CreateModelCustomizationJob", {**GOOD, **change})


def test_no_name_can_hang_a_pattern() -> None:
    """AWS's pattern of job names takes a backtracking engine for ever on this one."""
    start = time.process_time()
    found = service_model.problems("bedrock", "CreateModelCustomizationJob", {**GOOD, "jobName": "a" + "-" * 60 + "_"})

    assert found[0].startswith("jobName: ")
    assert time.process_time() - start < 5  # for ever, else


def test_limits_are_those_of_the_model() -> None:
    """By the path of a member."""
    path = "customizationConfig.rftConfig.hyperParameters.batchSize"

    assert service_model.limits("bedrock", "CreateModelCustomizationJob", path) == {"min": 16, "max": 512}


def test_a_plan_takes_only_what_changes() -> None:
    """In order, telling of each."""
    done: list[str] = []
    steps = [
        Step(kind="role", name="a", action="create", apply=lambda: done.append("a")),
        Step(kind="role", name="b", action="keep", apply=lambda: done.append("b")),
        Step(kind="role", name="c", action="update", apply=lambda: done.append("c")),
    ]
    take(steps, lambda step: done.append(f"about {step.name}"))

    assert done == ["about a", "a", "about c", "c"]
    assert has_changes(steps)
    assert not has_changes(steps[1:2])


def test_differences_name_what_is_wanted() -> None:
    """What is there and not wanted does not count."""
    assert differences({"a": 1, "c": 3}, {"a": 2, "b": "x"}) == ("a: 1 -> 2", "b: none -> x")
    assert differences({"a": 1, "c": 3}, {"a": 1}) == ()
