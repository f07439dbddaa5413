"""The function that is watched: its name, limits and where its logs are."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from rlvr_aws.account.arn import function_of
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.session import Aws

# What AWS's guides to reward functions give them, where the function itself is not asked.
DEFAULT_TIMEOUT_SECONDS = 60

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class WatchedFunction(msgspec.Struct, frozen=True, kw_only=True):
    """A function as its dashboard, alarms and queries need it.

    Attributes:
        name: Without version.
        region: Where it runs.
        timeout_seconds: Its timeout.
        namespace: The CloudWatch namespace of its batches' metrics.
        log_group: Where its lines are.
        reserved: Its reserved concurrency; None if it has none or that is not known.
        log: What it writes, as the variable ``RLVR_LOG`` says: ``records``, ``batch`` or ``none``.
        as_json: Whether Lambda's own lines are JSON, instead of text.
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
    """Say what stays empty, since the function does not write it."""
    told = {
        "batch": "RLVR_LOG is batch: records have no lines, and queries on them find nothing; metrics and alarms work.",
        "none": "RLVR_LOG is none: rewards have no lines and no metrics; queries, graphs and alarms are silent.",
    }
    reports = "The log format is JSON: queries on durations, memory and starts read Lambda's text, and find nothing."
    return [*([told[function.log]] if function.log in told else []), *([reports] if function.as_json else [])]


def name_in(text: str, region: str | None = None) -> str:
    """Return the name in a function's name or ARN, whose version or alias does not matter: metrics are by function.

    Raises:
        DeploymentError: It is neither, or lies in another region than the one that is asked.
    """
    name = text
    if text.startswith("arn:"):
        function = function_of(text)
        if region and function.region != region:
            hint = f"give --region {function.region}"
            raise DeploymentError(text, f"lies in {function.region}, not in {region}", hint)
        name = function.name
    if not _NAME.fullmatch(name):
        hint = "`aws lambda list-functions` lists them"
        raise DeploymentError(text[:200], "is no name or ARN of a Lambda function", hint)
    return name


def assumed(aws: Aws, text: str) -> WatchedFunction:
    """Return the function as AWS's defaults have it, without a call."""
    region = aws.region
    return WatchedFunction(name=name_in(text, region), region=region)


def read(aws: Aws, text: str) -> WatchedFunction:
    """Return the function as it is configured.

    Raises:
        DeploymentError: There is no such function.
        AwsError: The call failed.
    """
    plain = assumed(aws, text)
    answer = aws.find("lambda", "get_function_configuration", FunctionName=plain.name)
    if answer is None:
        hint = "check the name and --region, or deploy it with `rlvr aws deploy`"
        raise DeploymentError(plain.name, f"there is no such function in {plain.region}", hint)
    return configured(plain, answer)


def configured(plain: WatchedFunction, answer: dict[str, Any]) -> WatchedFunction:
    """Return the function with what ``GetFunctionConfiguration`` says of it."""
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
    """Return how many calls are reserved for a function; None if none are."""
    answer = aws.call("lambda", "get_function_concurrency", FunctionName=function)
    return answer.get("ReservedConcurrentExecutions")
