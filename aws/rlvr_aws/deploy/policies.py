"""Policies of the function's role and of the platforms' roles; they allow nothing else.

Source:
    https://docs.aws.amazon.com/bedrock/latest/userguide/rft-access-security.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/nova-implementing-reward-functions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias, assert_never

import msgspec

from rlvr import Permission
from rlvr_aws.deploy.deployment import PREFIX, Deployment, RolePlatform
from rlvr_handler.suite_source import is_address, permissions_for

Policy: TypeAlias = dict[str, Any]

POLICY_NAME = "rlvr"  # of the inline policy of each role

_VERSION = "2012-10-17"  # of the policy language


class Place(msgspec.Struct, frozen=True):
    """The place of a deployment: the parts that its ARNs begin with."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str, *, everywhere: bool = False) -> str:
        """Return the ARN of a resource; ``everywhere`` is for resources without a region, such as roles."""
        return f"arn:{self.partition}:{service}:{'' if everywhere else self.region}:{self.account}:{resource}"

    def function(self, name: str) -> str:
        """Return the ARN of a function, without a version."""
        return self.arn("lambda", f"function:{name}")

    def role(self, name: str) -> str:
        """Return the ARN of a role."""
        return self.arn("iam", f"role/{name}", everywhere=True)


def trust_of(service: str, place: Place | None = None, source: str = "") -> Policy:
    """Return a trust policy that lets a service assume a role; with a place, only for work of its account."""
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if place is not None:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": place.account}}
    if place is not None and source:
        statement["Condition"]["ArnLike"] = {"aws:SourceArn": source}
    return {"Version": _VERSION, "Statement": [statement]}


def function_trust() -> Policy:
    """Return the trust policy that lets Lambda run the function."""
    return trust_of("lambda.amazonaws.com")


def function_policy(deployment: Deployment, place: Place) -> Policy:
    """Return the policy that lets the function write its log, read its suite if that is in AWS, and ask its models."""
    log = place.arn("logs", f"log-group:{deployment.log_group}:*")
    statements = [_allow("WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [log])]
    statements += _suite_statements(deployment.suite, place)
    statements += _scorer_statements(deployment.permissions, place)
    return {"Version": _VERSION, "Statement": statements}


def platform_trust(platform: RolePlatform, place: Place) -> Policy:
    """Return the trust policy that lets a platform assume its role, for jobs of this account."""
    match platform:
        case "bedrock":
            return trust_of("bedrock.amazonaws.com", place, place.arn("bedrock", "model-customization-job/*"))
        case "sagemaker":
            return trust_of("sagemaker.amazonaws.com", place)
        case _:
            assert_never(platform)


def platform_policy(deployment: Deployment, place: Place) -> Policy:
    """Return the policy that lets a platform's jobs call the function, read data and write results."""
    statements = [invoke_statement(deployment, place)]
    buckets = {f"arn:{place.partition}:s3:::{_split(address)[0]}" for address in deployment.data}
    if buckets:
        objects = [_objects(address, place) for address in deployment.data]
        statements.append(_allow("ReadData", ["s3:GetObject"], objects))
        statements.append(_allow("FindData", ["s3:ListBucket"], sorted(buckets)))
    if deployment.output:
        statements.append(_allow("WriteResults", ["s3:PutObject"], [_objects(deployment.output, place, prefix=True)]))
    return {"Version": _VERSION, "Statement": statements}


def invoke_statement(deployment: Deployment, place: Place) -> dict[str, Any]:
    """Return the statement that allows calls of the function, by its name and by its versions."""
    address = place.function(deployment.name)
    return _allow("CallRewardFunction", ["lambda:InvokeFunction"], [address, f"{address}:*"])


def policy_for(calls: Iterable[str], passed_to: Iterable[str] = ()) -> Policy:
    """Return the policy that a person's credentials need for the calls of a command.

    Args:
        calls: Permissions by IAM's names. Those on roles are limited to roles that a deployment creates, since whoever
            may change any role may do anything; the others are not limited.
        passed_to: The services that the command passes a role to.
    """
    wanted = set(calls)
    roles = {call for call in wanted if call.startswith("iam:")}
    statements = [_allow("Rlvr", sorted(wanted - roles), ["*"])]
    if roles:
        statements.append(_allow("OwnRoles", sorted(roles), [f"arn:*:iam::*:role/{PREFIX}*"]))
    services = sorted(set(passed_to))
    if services:
        condition = {"StringEquals": {"iam:PassedToService": services}}
        statements.append({**_allow("PassRole", ["iam:PassRole"], ["*"]), "Condition": condition})
    return {"Version": _VERSION, "Statement": statements}


def _suite_statements(suite: str, place: Place) -> list[dict[str, Any]]:
    if not is_address(suite):
        return []
    service, _, rest = suite.partition(":")
    if service == "s3":
        resource = f"arn:{place.partition}:s3:::{rest.removeprefix('//')}"
    elif service == "ssm":
        resource = place.arn("ssm", f"parameter/{rest.partition(':')[0].lstrip('/')}")
    else:
        parts = [_identifier(part) for part in rest.split("/")]
        resource = place.arn("appconfig", "application/{}/environment/{}/configuration/{}".format(*parts))
    return [_allow("ReadSuite", sorted(permissions_for(suite)), [resource])]


def _scorer_statements(permissions: Iterable[Permission], place: Place) -> list[dict[str, Any]]:
    """Return a statement for each action and condition of the permissions of scorers, in their order."""
    grouped: dict[str, tuple[Permission, list[str]]] = {}
    for each in permissions:
        _, resources = grouped.setdefault(repr((each.action, each.condition)), (each, []))
        resources.append(_in_place(each.resource, place))
    statements = []
    for number, (first, resources) in enumerate(grouped.values(), 1):
        statement = _allow(f"Scorers{number}", [first.action], resources)
        if first.condition:
            statement["Condition"] = {
                operator: {key: _in_place(value, place) for key, value in pairs.items()}
                for operator, pairs in first.condition.items()
            }
        statements.append(statement)
    return statements


def _in_place(text: str, place: Place) -> str:
    marks = {"{partition}": place.partition, "{region}": place.region, "{account}": place.account}
    return re.sub("|".join(map(re.escape, marks)), lambda found: marks[found[0]], text)


def _identifier(part: str) -> str:
    """Return an id of AppConfig; "*" for a name, since ARNs contain ids only."""
    return part if re.fullmatch(r"[a-z0-9]{7}", part) else "*"


def _objects(address: str, place: Place, *, prefix: bool = False) -> str:
    """Return the ARN of an object, or of all objects under a prefix."""
    bucket, key = _split(address)
    if prefix or not key or key.endswith("/"):
        key = f"{key.rstrip('/')}/*".lstrip("/")
    return f"arn:{place.partition}:s3:::{bucket}/{key}"


def _split(address: str) -> tuple[str, str]:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key


def _allow(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
