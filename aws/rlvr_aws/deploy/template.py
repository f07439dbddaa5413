"""Templates of CloudFormation for a deployment: plain, or with the resources of AWS SAM.

A template has the content of :class:`Deployment` and of the policies. Where an ARN needs the account or the region, it
has a substitution.

Source:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias, assert_never

import msgspec
import yaml

from rlvr_aws.deploy.deployment import HANDLER, Deployment, Platform, platform_name
from rlvr_aws.deploy.policies import (
    POLICY_NAME,
    Place,
    Policy,
    function_policy,
    function_trust,
    platform_policy,
    platform_trust,
)

Values: TypeAlias = dict[str, Any]

FUNCTION_FILE = "function.zip"
# Characters of Unicode's private use area, which no ARN contains: policies are made with them, then they are replaced.
UNKNOWN_PLACE = Place(partition="\ue000", region="\ue001", account="\ue002")

_PARAMETERS: Mapping[str, str] = {
    UNKNOWN_PLACE.partition: "AWS::Partition",
    UNKNOWN_PLACE.region: "AWS::Region",
    UNKNOWN_PLACE.account: "AWS::AccountId",
}
_MARKS = re.compile(f"([{''.join(_PARAMETERS)}])")
_FUNCTION, _FUNCTION_ROLE, _LOG = "RewardFunction", "FunctionRole", "FunctionLog"
# A running job may still call a version that an update replaces.
_KEPT: Values = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
_DIGEST_LENGTH = 12
_WIDTH = 110


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """The zips that a template names, by digests of their content.

    Attributes:
        function: The SHA-256 of the function's zip, in hexadecimal digits.
        layers: The same for the zips of the layer, one or several; or any other text that changes with their content.
    """

    function: str
    layers: tuple[str, ...]

    @property
    def layer_files(self) -> tuple[str, ...]:
        """The names of the layer's zips."""
        return tuple(f"layer{ending}.zip" for ending in self.endings)

    @property
    def endings(self) -> tuple[str, ...]:
        """The suffixes of several layers: ``-1``, ``-2``; "" for a single one."""
        return ("",) if len(self.layers) == 1 else tuple(f"-{number}" for number in range(1, len(self.layers) + 1))

    def keys(self, prefix: str = "") -> Values:
        """Return the keys of the zips in S3, by the template's parameters.

        A key changes with the content of its zip, since CloudFormation compares keys and not content.
        """
        names = [f"LayerKey{ending.removeprefix('-')}" for ending in self.endings]
        layers = zip(names, self.layer_files, self.layers, strict=True)
        parts = [("FunctionKey", FUNCTION_FILE, self.function), *layers]
        return {name: f"{prefix}{digest[:_DIGEST_LENGTH]}/{file}" for name, file, digest in parts}


def cloudformation(deployment: Deployment, package: Package, *, bucket: str = "", prefix: str = "") -> str:
    """Return a template of plain CloudFormation, as YAML; its parameters name the zips in S3.

    Args:
        deployment: The deployment.
        package: Its zips.
        bucket: The bucket of the zips, as the parameter's default; "" for none.
        prefix: The prefix of the keys of the zips.
    """
    keys = package.keys(prefix)
    where = {"Type": "String", "Description": "The bucket of the zips, in the stack's region."}
    parameters = {"CodeBucket": where | ({"Default": bucket} if bucket else {})}
    for name, key in keys.items():
        parameters[name] = {"Type": "String", "Description": f"The key of {key.rpartition('/')[2]}.", "Default": key}
    layers = {name: _plain_layer(name, deployment, package) for name in _layer_ids(package)}
    code = {"Code": _in_bucket("FunctionKey")}
    function = {
        "Type": "AWS::Lambda::Function",
        "DependsOn": _LOG,
        "Properties": {**code, **_function(deployment, package)},
    }
    head = {"Description": _description(deployment), "Parameters": parameters}
    return _text(head, deployment, package, layers, function)


def sam(deployment: Deployment, package: Package) -> str:
    """Return a template of AWS SAM, as YAML, for a folder with the zips, which ``sam deploy`` uploads."""
    layers = {
        name: {
            "Type": "AWS::Serverless::LayerVersion",
            "Properties": {"ContentUri": file, **_layer(name, deployment, package), "RetentionPolicy": "Retain"},
        }
        for name, file in zip(_layer_ids(package), package.layer_files, strict=True)
    }
    function = {
        "Type": "AWS::Serverless::Function",
        "DependsOn": _LOG,
        "Properties": {"CodeUri": FUNCTION_FILE, **_function(deployment, package)},
    }
    head = {"Transform": "AWS::Serverless-2016-10-31", "Description": _description(deployment)}
    return _text(head, deployment, package, layers, function)


def substitute(value: Any) -> Any:
    """Return JSON values in which each text with an unknown place is a function of CloudFormation."""
    if isinstance(value, dict):
        return {key: substitute(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [substitute(inner) for inner in value]
    if isinstance(value, str) and _MARKS.search(value):
        return _substitute_text(value)
    return value


def _substitute_text(text: str) -> Values:
    if text in _PARAMETERS:
        return {"Ref": _PARAMETERS[text]}
    if "${" in text:  # Fn::Sub would read it as a name, and its escape needs a closing brace
        parts = [part for part in _MARKS.split(text) if part]
        return {"Fn::Join": ["", [{"Ref": _PARAMETERS[part]} if part in _PARAMETERS else part for part in parts]]}
    return {"Fn::Sub": _MARKS.sub(lambda found: f"${{{_PARAMETERS[found[0]]}}}", text)}


def _text(head: Values, deployment: Deployment, package: Package, layers: Values, function: Values) -> str:
    version = _version_id(deployment, package)
    resources = {
        _LOG: {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": deployment.log_group, "RetentionInDays": deployment.retention_days},
        },
        _FUNCTION_ROLE: _role(
            deployment.function_role, deployment, function_trust(), function_policy(deployment, UNKNOWN_PLACE)
        ),
        **layers,
        _FUNCTION: function,
        version: {
            "Type": "AWS::Lambda::Version",
            **_KEPT,
            "Properties": {"FunctionName": {"Ref": _FUNCTION}},
        },
    }
    for platform in deployment.platforms:
        own = _platform(platform, deployment)
        resources[own.name] = own.resource
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        **head,
        "Resources": resources,
        "Outputs": _outputs(deployment, version),
    }
    return yaml.dump(template, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)


def _description(deployment: Deployment) -> str:
    return f"The reward function {deployment.name}, its log, and the roles that it and its callers run as."


def _function(deployment: Deployment, package: Package) -> Values:
    properties = {
        **_configuration(deployment),
        "Role": {"Fn::GetAtt": [_FUNCTION_ROLE, "Arn"]},
        "Layers": [{"Ref": name} for name in _layer_ids(package)],
    }
    if deployment.reserved is not None:
        properties["ReservedConcurrentExecutions"] = deployment.reserved
    return properties


def _configuration(deployment: Deployment) -> Values:
    """Return the configuration of a version of the function, without its code, layers and role."""
    return {
        "FunctionName": deployment.name,
        "Description": deployment.description,
        "Runtime": deployment.target.runtime,
        "Handler": HANDLER,
        "Architectures": [deployment.target.architecture],
        "MemorySize": deployment.memory_megabytes,
        "Timeout": deployment.timeout_seconds,
        "Environment": {"Variables": deployment.variables},
    }


def _layer_ids(package: Package) -> tuple[str, ...]:
    return tuple(f"Layer{ending.removeprefix('-')}" for ending in package.endings)


def _layer(name: str, deployment: Deployment, package: Package) -> Values:
    index = _layer_ids(package).index(name)
    return {
        "LayerName": deployment.layer_names(len(package.layers))[index],
        "CompatibleRuntimes": [deployment.target.runtime],
        "CompatibleArchitectures": [deployment.target.architecture],
    }


def _plain_layer(name: str, deployment: Deployment, package: Package) -> Values:
    content = _in_bucket(f"LayerKey{name.removeprefix('Layer')}")
    return {
        "Type": "AWS::Lambda::LayerVersion",
        **_KEPT,
        "Properties": {"Content": content, **_layer(name, deployment, package)},
    }


def _in_bucket(parameter: str) -> Values:
    return {"S3Bucket": {"Ref": "CodeBucket"}, "S3Key": {"Ref": parameter}}


def _role(name: str, deployment: Deployment, trust: Policy, policy: Policy) -> Values:
    properties = {
        "RoleName": name,
        "Description": deployment.role_description,
        "AssumeRolePolicyDocument": substitute(trust),
        "Policies": [{"PolicyName": POLICY_NAME, "PolicyDocument": substitute(policy)}],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


class _PlatformResource(NamedTuple):
    """A role or policy with which a platform calls the function: its name in the template, the resource, its ARN."""

    name: str
    resource: Values
    arn: Values


def _platform(platform: Platform, deployment: Deployment) -> _PlatformResource:
    """Return a platform's role; for HyperPod, whose jobs run as the cluster's role, a policy to attach to that."""
    policy = platform_policy(deployment, UNKNOWN_PLACE)
    match platform:
        case "bedrock" | "sagemaker":
            name = f"{platform_name(platform)}Role"
            trust = platform_trust(platform, UNKNOWN_PLACE)
            role = _role(deployment.role_of(platform), deployment, trust, policy)
            return _PlatformResource(name, role, {"Fn::GetAtt": [name, "Arn"]})
        case "hyperpod":
            name = f"{platform_name(platform)}Policy"
            properties = {
                "ManagedPolicyName": deployment.role_of(platform),
                "Description": f"Attach it to the role of the HyperPod cluster that calls {deployment.name}.",
                "PolicyDocument": substitute(policy),
            }
            managed = {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}
            return _PlatformResource(name, managed, {"Ref": name})
        case _:
            assert_never(platform)


def _outputs(deployment: Deployment, version: str) -> Values:
    values: Values = {"FunctionArn": {"Fn::GetAtt": [_FUNCTION, "Arn"]}, "VersionArn": {"Ref": version}}
    for platform in deployment.platforms:
        resource = _platform(platform, deployment)
        values[f"{resource.name}Arn"] = resource.arn
    described = zip(values.items(), output_texts(deployment), strict=True)
    return {name: {"Description": text, "Value": value} for (name, value), text in described}


def output_texts(deployment: Deployment) -> list[str]:
    """Return the descriptions of the outputs: the function, its version, then each platform's role or policy."""
    return [
        "The reward function, in the form that every platform and SDK accepts.",
        "Its published version, which later deployments do not change; only Bedrock accepts it.",
        *(_platform_text(platform) for platform in deployment.platforms),
    ]


def _platform_text(platform: Platform) -> str:
    match platform:
        case "bedrock" | "sagemaker":
            return f"The role that {platform_name(platform)} runs its jobs as."
        case "hyperpod":
            return "The policy to attach to the HyperPod cluster's role."
        case _:
            assert_never(platform)


def _version_id(deployment: Deployment, package: Package) -> str:
    """Return the name of the version, a digest of its content: CloudFormation publishes one only for a new name.

    Settings that a version does not contain, such as the reserved concurrency, must not change the name: Lambda
    publishes no version that equals the one before.
    """
    content = json.dumps([_configuration(deployment), package.function, package.layers], sort_keys=True)
    return f"Version{hashlib.sha256(content.encode()).hexdigest()[:_DIGEST_LENGTH]}"


class _Dumper(yaml.SafeDumper):
    """Writes YAML for people: lists are indented, and there are no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # PyYAML's signature
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # as above
        return True
