"""A reward function as SageMaker's hub knows it: a JSON document that names the Lambda function.

Serverless jobs take the document's ARN, and never the function's.

Source:
    https://github.com/aws/sagemaker-python-sdk (ai_registry/evaluator.py, air_hub.py, air_constants.py)
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from rlvr_aws.account.arn import Function, plain_function_of
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.request import check

FIRST_VERSION = "1.0.0"
_SCHEMA_VERSION = "2.0.0"
_SUBTYPE = "AWS/Evaluator"
_TYPE = "RewardFunction"
_LONGEST_NAME = 63
_EVALUATOR = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):sagemaker:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):hub-content/"
    r"[a-zA-Z0-9-]{1,63}/JsonDoc/(?P<name>[a-zA-Z0-9-]{1,64})(?:/[0-9.]{5,14})?"
)
_DOCUMENT_CHARACTERS = 327_680  # of a hub's document, as the API bounds it


def evaluator_request(
    arn: str, *, name: str | None = None, hub: str | None = None, version: str = FIRST_VERSION
) -> dict[str, Any]:
    """Return the ``ImportHubContent`` request that registers a function as an evaluator.

    Args:
        arn: The function, without version or alias.
        name: The evaluator's name; made from the function's by default.
        hub: The hub; the account's own registry by default.
        version: The document's version, three numbers.

    Raises:
        DeploymentError: The ARN or a name breaks a rule.
    """
    function = plain_function_of(arn, "SageMaker's evaluator")
    content = {"Reference": function.arn, "EvaluatorType": _TYPE}
    request = {
        "HubName": hub or registry_hub(function.region, function.account),
        "HubContentType": "JsonDoc",
        "HubContentName": name or evaluator_name(function),
        "HubContentVersion": version,
        "DocumentSchemaVersion": _SCHEMA_VERSION,
        "HubContentDocument": json.dumps({"SubType": _SUBTYPE, "JsonContent": json.dumps(content)}),
        # The console finds evaluators by these.
        "HubContentSearchKeywords": [
            "method:lambda",
            f"@subtype:{_SUBTYPE.lower()}",
            f"@evaluatortype:{_TYPE.lower()}",
            "@contenttype:byolambda",
        ],
    }
    check("sagemaker", "ImportHubContent", request)
    return request


def evaluator_name(function: Function) -> str:
    """Return a name that a hub takes, made from the function's."""
    kept = re.sub(r"[^a-zA-Z0-9]+", "-", function.name).strip("-")
    return kept[:_LONGEST_NAME].strip("-") or "rlvr"


def evaluator_arn(function: Function, request: dict[str, Any]) -> str:
    """Return the ARN that the registered evaluator will have."""
    place = f"arn:{function.partition}:sagemaker:{function.region}:{function.account}:hub-content"
    return f"{place}/{request['HubName']}/JsonDoc/{request['HubContentName']}/{request['HubContentVersion']}"


def owner_of(evaluator: str) -> Function:
    """Return an evaluator's place as if a function stood there: partition, region, account and name.

    Raises:
        DeploymentError: It is no ARN of an evaluator; a function's ARN is refused by SageMaker too.
    """
    found = _EVALUATOR.fullmatch(evaluator)
    if found is None:
        raise DeploymentError(
            repr(evaluator[:300]),
            "is no ARN of an evaluator in a hub, arn:aws:sagemaker:REGION:ACCOUNT:hub-content/HUB/JsonDoc/NAME/VERSION",
            "give --function ARN instead, and the function is registered",
        )
    return Function(**found.groupdict())


def registry_display_name(region: str, account: str) -> str:
    """Return the name under which the console shows the account's registry."""
    return f"AiRegistry-{region}-{account}"


def registry_hub(region: str, account: str) -> str:
    """Return the name of the hub that AWS's SDK and console keep an account's evaluators in."""
    digest = hashlib.sha256(registry_display_name(region, account).encode()).digest()
    return base64.b32hexencode(digest).decode().strip("=")


def reference_in(document: str) -> str:
    """Return the function that a hub's document names; "" where it names none, whatever it holds."""
    try:
        outer = json.loads(document[:_DOCUMENT_CHARACTERS])
        inner = json.loads(outer["JsonContent"])
        reference = inner["Reference"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return reference if isinstance(reference, str) else ""
