"""Registration of a reward function as an evaluator: a JSON document in a SageMaker hub that names the function.

Serverless jobs accept the ARN of the document, never that of the function.

Source:
    https://github.com/aws/sagemaker-python-sdk (ai_registry/evaluator.py, air_hub.py, air_constants.py)
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from msgspec import Struct

from rlvr_aws.account.arn import FunctionArn, plain_function_of
from rlvr_aws.account.errors import DeploymentError
from rlvr_aws.account.service_model import check

FIRST_VERSION = "1.0.0"
_SCHEMA_VERSION = "2.0.0"
_SUBTYPE = "AWS/Evaluator"
_TYPE = "RewardFunction"
_LONGEST_NAME = 63
_EVALUATOR = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):sagemaker:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):hub-content/"
    r"[a-zA-Z0-9-]{1,63}/JsonDoc/(?P<name>[a-zA-Z0-9-]{1,64})(?:/[0-9.]{5,14})?"
)
_DOCUMENT_CHARACTERS = 327_680  # the API's limit for a hub's document


class Registration(Struct, frozen=True, kw_only=True):
    """An evaluator that a job uses.

    Attributes:
        arn: ARN of the hub content.
        request: The ``ImportHubContent`` request that registers it; empty if it is registered already.
        function: The function that it calls; None if it is registered already.
    """

    arn: str
    request: dict[str, Any] = {}
    function: FunctionArn | None = None


def registration_of(function: FunctionArn, *, name: str | None = None, hub: str | None = None) -> Registration:
    """Return how a function is registered as an evaluator.

    Raises:
        DeploymentError: The function or a name breaks a rule.
    """
    request = evaluator_request(function.arn, name=name, hub=hub)
    return Registration(arn=evaluator_arn(function, request), request=request, function=function)


def evaluator_request(
    arn: str, *, name: str | None = None, hub: str | None = None, version: str = FIRST_VERSION
) -> dict[str, Any]:
    """Return the ``ImportHubContent`` request that registers a function as an evaluator.

    Args:
        arn: The function, without version or alias.
        name: The evaluator's name; derived from the function's by default.
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


def evaluator_name(function: FunctionArn) -> str:
    """Return a name that a hub accepts, derived from the function's name."""
    kept = re.sub(r"[^a-zA-Z0-9]+", "-", function.name).strip("-")
    return kept[:_LONGEST_NAME].strip("-") or "rlvr"


def evaluator_arn(function: FunctionArn, request: dict[str, Any]) -> str:
    """Return the ARN that the registered evaluator will have."""
    place = f"arn:{function.partition}:sagemaker:{function.region}:{function.account}:hub-content"
    return f"{place}/{request['HubName']}/JsonDoc/{request['HubContentName']}/{request['HubContentVersion']}"


def owner_of(evaluator: str) -> FunctionArn:
    """Return partition, region, account and name of an evaluator, in the form of a function's ARN.

    Raises:
        DeploymentError: The text is not the ARN of an evaluator; SageMaker refuses a function's ARN too.
    """
    found = _EVALUATOR.fullmatch(evaluator)
    if found is None:
        raise DeploymentError(
            repr(evaluator[:300]),
            "is not the ARN of an evaluator in a hub, which has the form "
            "arn:aws:sagemaker:REGION:ACCOUNT:hub-content/HUB/JsonDoc/NAME/VERSION",
            "give --function ARN instead, and the function is registered",
        )
    return FunctionArn(**found.groupdict())


def registry_display_name(region: str, account: str) -> str:
    """Return the name under which the console shows the account's registry."""
    return f"AiRegistry-{region}-{account}"


def registry_hub(region: str, account: str) -> str:
    """Return the name of the hub that AWS's SDK and console keep an account's evaluators in."""
    digest = hashlib.sha256(registry_display_name(region, account).encode()).digest()
    return base64.b32hexencode(digest).decode().strip("=")


def reference_in(document: str) -> str:
    """Return the function that a hub's document names; "" if it names none. The document may be any text."""
    try:
        outer = json.loads(document[:_DOCUMENT_CHARACTERS])
        inner = json.loads(outer["JsonContent"])
        reference = inner["Reference"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return reference if isinstance(reference, str) else ""
