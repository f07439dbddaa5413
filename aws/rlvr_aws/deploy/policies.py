"""Who may do what: the policies of the function's role and of the platforms' roles, and nothing beyond them.

Source:
    https://docs.aws.amazon.com/bedrock/latest/userguide/rft-access-security.html
    https://docs.aws.amazon.com/sagemaker/latest/dg/nova-implementing-reward-functions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

from rlvr_aws.deploy.deployment import PREFIX, Deployment, Platform
from rlvr_handler.suite_source import is_address, permissions_for

Policy: TypeAlias = dict[str, Any]

POLICY_NAME = "rlvr"  # of the one policy that each of our roles has of its own

_VERSION = "2012-10-17"  # of the policy language
_SERVICES: Mapping[str, str] = {"bedrock": "bedrock.amazonaws.com", "sagemaker": "sagemaker.amazonaws.com"}


class Place(msgspec.Struct, frozen=True):
    """Where a deployment is: what its addresses (ARNs) begin with."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str, *, everywhere: bool = False) -> str:
        """Return the address of a resource; of one without a region, such as a role, if it is everywhere."""
        return f"arn:{self.partition}:{service}:{'' if everywhere else self.region}:{self.account}:{resource}"

    def function(self, name: str) -> str:
        """Return the address of a function, without a version."""
        return self.arn("lambda", f"function:{name}")

    def role(self, name: str) -> str:
        """Return the address of a role."""
        return self.arn("iam", f"role/{name}", everywhere=True)


def trust_of(service: str, place: Place | None = None, source: str = "") -> Policy:
    """Let a service of AWS take a role; for this account's own work only, where a place is given."""
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if place is not None:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": place.account}}
    if place is not None and source:
        statement["Condition"]["ArnLike"] = {"aws:SourceArn": source}
    return {"Version": _VERSION, "Statement": [statement]}


def function_trust() -> Policy:
    """Let Lambda run the function."""
    return trust_of("lambda.amazonaws.com")


def function_policy(deployment: Deployment, place: Place) -> Policy:
    """Let the function write its own log, and read its suite where that is kept in AWS; nothing else."""
    log = place.arn("logs", f"log-group:{deployment.log_group}:*")
    statements = [_allow("WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [log])]
    statements += _suite_statements(deployment.suite, place)
    return {"Version": _VERSION, "Statement": statements}


def platform_trust(platform: Platform, place: Place) -> Policy:
    """Let a platform take its role, for jobs of this account."""
    jobs = place.arn("bedrock", "model-customization-job/*") if platform == "bedrock" else ""
    return trust_of(_SERVICES[platform], place, jobs)


def platform_policy(deployment: Deployment, place: Place) -> Policy:
    """Let a platform's job call the function, read its data and write its results."""
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
    """Allow calls of the function, by its name and by its versions."""
    address = place.function(deployment.name)
    return _allow("CallRewardFunction", ["lambda:InvokeFunction"], [address, f"{address}:*"])


def policy_for(calls: Iterable[str], passed_to: Iterable[str] = ()) -> Policy:
    """Allow the calls that a command makes: what a person's own credentials need for it.

    Args:
        calls: By IAM's names. Those on roles are allowed for roles that a deployment makes, the others for anything:
            who may change any role may do anything.
        passed_to: The services that the command hands a role to.
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


def _identifier(part: str) -> str:
    """Return an id of AppConfig; its addresses hold no names, so that a name stands for any."""
    return part if re.fullmatch(r"[a-z0-9]{7}", part) else "*"


def _objects(address: str, place: Place, *, prefix: bool = False) -> str:
    """Return the address of an object; of all below it, where a prefix is meant."""
    bucket, key = _split(address)
    if prefix or not key or key.endswith("/"):
        key = f"{key.rstrip('/')}/*".lstrip("/")
    return f"arn:{place.partition}:s3:::{bucket}/{key}"


def _split(address: str) -> tuple[str, str]:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key


def _allow(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
