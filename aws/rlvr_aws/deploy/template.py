"""A deployment as a template of CloudFormation: plain, or with the resources of AWS SAM.

A template says what :class:`Deployment` and the policies say; where an address needs the account or the region, it has
a substitution.

Source:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec
import yaml

from rlvr_aws.deploy.deployment import HANDLER, Deployment, Platform
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
# Characters of Unicode's private area, in no address: policies are made with them, and then they are substituted.
UNKNOWN_PLACE = Place(partition="\ue000", region="\ue001", account="\ue002")
PLATFORM_NAMES: Mapping[Platform, str] = {"bedrock": "Bedrock", "sagemaker": "SageMaker", "hyperpod": "HyperPod"}

_PARAMETERS: Mapping[str, str] = {
    UNKNOWN_PLACE.partition: "AWS::Partition",
    UNKNOWN_PLACE.region: "AWS::Region",
    UNKNOWN_PLACE.account: "AWS::AccountId",
}
_MARKS = re.compile(f"([{''.join(_PARAMETERS)}])")
_FUNCTION, _FUNCTION_ROLE, _LOG = "RewardFunction", "FunctionRole", "FunctionLog"
# A running job may still call what an update replaces.
_KEPT: Values = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
_DIGEST_LENGTH = 12
_WIDTH = 110


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """The zips that a template names, by what they hold.

    Attributes:
        function: The SHA-256 of the function's zip, in hexadecimal digits.
        layers: The same of the layer's zips, one or several; or anything else that changes when they do.
    """

    function: str
    layers: tuple[str, ...]

    @property
    def layer_files(self) -> tuple[str, ...]:
        """The names of the layer's zips."""
        return tuple(f"layer{ending}.zip" for ending in self.endings)

    @property
    def endings(self) -> tuple[str, ...]:
        """What tells several layers apart: ``-1``, ``-2``; nothing where there is one."""
        return ("",) if len(self.layers) == 1 else tuple(f"-{number}" for number in range(1, len(self.layers) + 1))

    def keys(self, prefix: str = "") -> Values:
        """Return where the zips belong in S3, by the template's parameters.

        A key changes with what it holds: CloudFormation looks at keys, and not into them.
        """
        names = [f"LayerKey{ending.removeprefix('-')}" for ending in self.endings]
        layers = zip(names, self.layer_files, self.layers, strict=True)
        parts = [("FunctionKey", FUNCTION_FILE, self.function), *layers]
        return {name: f"{prefix}{digest[:_DIGEST_LENGTH]}/{file}" for name, file, digest in parts}


def cloudformation(deployment: Deployment, package: Package, *, bucket: str = "", prefix: str = "") -> str:
    """Write a template of plain CloudFormation, as YAML; its zips are in S3, where its parameters say.

    Args:
        deployment: What is deployed.
        package: Its zips.
        bucket: The bucket of the zips, as the parameter's default; "" for none.
        prefix: What the keys of the zips begin with.
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
    """Write a template of AWS SAM, as YAML, for a folder that holds the zips: ``sam deploy`` sends them."""
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


def substituted(value: Any) -> Any:
    """Return JSON values in which each text that leans on an unknown place is a function of CloudFormation."""
    if isinstance(value, dict):
        return {key: substituted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [substituted(inner) for inner in value]
    if isinstance(value, str) and _MARKS.search(value):
        return _substituted_text(value)
    return value


def _substituted_text(text: str) -> Values:
    if text in _PARAMETERS:
        return {"Ref": _PARAMETERS[text]}
    if "${" in text:  # Fn::Sub would take it for a name, and its way to write it as text wants a closing brace
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
        resources[_platform_id(platform)] = _platform(platform, deployment)
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
    """Return what a version of the function holds, but for its code, layers and role."""
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
        "AssumeRolePolicyDocument": substituted(trust),
        "Policies": [{"PolicyName": POLICY_NAME, "PolicyDocument": substituted(policy)}],
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _platform_id(platform: Platform) -> str:
    return f"{PLATFORM_NAMES[platform]}{'Policy' if platform == 'hyperpod' else 'Role'}"


def _platform(platform: Platform, deployment: Deployment) -> Values:
    """Return a platform's role; for HyperPod, whose jobs run as the cluster's role, a policy to attach to that."""
    policy = platform_policy(deployment, UNKNOWN_PLACE)
    if platform != "hyperpod":
        return _role(deployment.role_of(platform), deployment, platform_trust(platform, UNKNOWN_PLACE), policy)
    properties = {
        "ManagedPolicyName": deployment.role_of(platform),
        "Description": f"Attach it to the role of the HyperPod cluster that calls {deployment.name}.",
        "PolicyDocument": substituted(policy),
    }
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties}


def _outputs(deployment: Deployment, version: str) -> Values:
    told = output_texts(deployment)
    values: Values = {"FunctionArn": {"Fn::GetAtt": [_FUNCTION, "Arn"]}, "VersionArn": {"Ref": version}}
    for platform in deployment.platforms:
        name = _platform_id(platform)
        values[f"{name}Arn"] = {"Ref": name} if platform == "hyperpod" else {"Fn::GetAtt": [name, "Arn"]}
    return {
        name: {"Description": text, "Value": value} for (name, value), text in zip(values.items(), told, strict=True)
    }


def output_texts(deployment: Deployment) -> list[str]:
    """Say what each output is for: the function, its version, then each platform's role or policy."""
    texts = [
        "The reward function, in the form that every platform and SDK takes.",
        "Its published version, which later deployments do not change; only Bedrock takes it.",
    ]
    for platform in deployment.platforms:
        if platform == "hyperpod":
            texts.append("The policy to attach to the HyperPod cluster's role.")
        else:
            texts.append(f"The role that {PLATFORM_NAMES[platform]} runs its jobs as.")
    return texts


def _version_id(deployment: Deployment, package: Package) -> str:
    """Name the version after all that it holds: CloudFormation publishes one for a new name only.

    What a version does not hold, such as the reserved concurrency, must not change it: Lambda publishes no version that
    is like the one before.
    """
    held = json.dumps([_configuration(deployment), package.function, package.layers], sort_keys=True)
    return f"Version{hashlib.sha256(held.encode()).hexdigest()[:_DIGEST_LENGTH]}"


class _Dumper(yaml.SafeDumper):
    """Writes YAML for people: lists are indented, and nothing is an alias of something else."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002  # PyYAML's signature
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # as above
        return True
