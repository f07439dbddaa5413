"""The function that is monitored: its name, its limits, and its log group."""

from __future__ import annotations

import re
from typing import Any, assert_never, cast, get_args

import msgspec

from rlvr_aws.account.arn import function_of
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.session import Aws
from rlvr_handler.settings import LogLevel

# The timeout in AWS's guides to reward functions, for commands that do not ask the function for its own.
DEFAULT_TIMEOUT_SECONDS = 60

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class WatchedFunction(msgspec.Struct, frozen=True, kw_only=True):
    """The properties of a function that its dashboard, alarms and queries need.

    Attributes:
        name: Its name, without version.
        region: The region that it runs in.
        timeout_seconds: Its timeout.
        namespace: The CloudWatch namespace of its metrics.
        log_group: Its log group; "" for Lambda's default.
        reserved: Its reserved concurrency; None if it has none or it is not known.
        log: The value of its variable ``RLVR_LOG``.
        as_json: Whether Lambda's own log lines are JSON instead of text.
    """

    name: str
    region: str
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS
    namespace: str = "rlvr"
    log_group: str = ""
    reserved: int | None = None
    log: str = "records"
    as_json: bool = False

    @property
    def logs(self) -> str:
        """The log group; Lambda's default if the configuration names none."""
        return self.log_group or f"/aws/lambda/{self.name}"


def notices(function: WatchedFunction) -> list[str]:
    """Return notices about queries, graphs and alarms that stay empty because the function does not log their data."""
    found = [_log_notice(cast("LogLevel", function.log))] if function.log in get_args(LogLevel) else []
    if function.as_json:
        found.append(
            "The log format is JSON: queries on durations, memory and starts need Lambda's text, and find nothing."
        )
    return [notice for notice in found if notice]


def _log_notice(level: LogLevel) -> str:
    match level:
        case "records":
            return ""
        case "batch":
            return "RLVR_LOG is batch: queries on records find nothing, since only metrics are logged; alarms work."
        case "none":
            return "RLVR_LOG is none: queries, graphs and alarms on rewards stay empty, since nothing is logged."
        case _:
            assert_never(level)


def name_in(text: str, region: str | None = None) -> str:
    """Return the name in a function's name or ARN; a version or alias is ignored, since metrics are by function.

    Raises:
        DeploymentError: The text is neither, or the ARN is in another region than ``region``.
    """
    name = text
    if text.startswith("arn:"):
        function = function_of(text)
        if region and function.region != region:
            hint = f"give --region {function.region}"
            raise DeploymentError(text, f"is in {function.region}, not in {region}", hint)
        name = function.name
    if not _NAME.fullmatch(name):
        hint = "`aws lambda list-functions` lists them"
        raise DeploymentError(text[:200], "is not the name or ARN of a Lambda function", hint)
    return name


def default_function(aws: Aws, text: str) -> WatchedFunction:
    """Return a function with AWS's default limits, without a call to AWS."""
    region = aws.region
    return WatchedFunction(name=name_in(text, region), region=region)


def read_function(aws: Aws, text: str) -> WatchedFunction:
    """Return a function with its configuration in AWS.

    Raises:
        DeploymentError: The function does not exist.
        AwsError: The call failed.
    """
    plain = default_function(aws, text)
    answer = aws.find("lambda", "get_function_configuration", FunctionName=plain.name)
    if answer is None:
        hint = "check the name and --region, or deploy it with `rlvr aws deploy`"
        raise DeploymentError(plain.name, f"no such function exists in {plain.region}", hint)
    return with_configuration(plain, answer)


def with_configuration(plain: WatchedFunction, answer: dict[str, Any]) -> WatchedFunction:
    """Return the function with the values of an answer of ``GetFunctionConfiguration``."""
    variables = (answer.get("Environment") or {}).get("Variables") or {}
    logging = answer.get("LoggingConfig") or {}
    return msgspec.structs.replace(
        plain,
        timeout_seconds=int(answer.get("Timeout") or plain.timeout_seconds),
        namespace=variables.get("RLVR_METRICS_NAMESPACE") or plain.namespace,
        log_group=logging.get("LogGroup") or plain.log_group,
        log=variables.get("RLVR_LOG") or plain.log,
        as_json=logging.get("LogFormat") == "JSON",
    )


def reserved_concurrency(aws: Aws, function: str) -> int | None:
    """Return a function's reserved concurrency; None if it has none."""
    answer = aws.call("lambda", "get_function_concurrency", FunctionName=function)
    return answer.get("ReservedConcurrentExecutions")
