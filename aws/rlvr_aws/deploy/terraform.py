"""Terraform configurations for a deployment, in the format of ``terraform fmt``.

Source:
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lambda_function
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

import msgspec

from rlvr_aws.deploy.deployment import HANDLER, Deployment, Platform
from rlvr_aws.deploy.policies import (
    POLICY_NAME,
    Policy,
    function_policy,
    function_trust,
    platform_policy,
    platform_trust,
)
from rlvr_aws.deploy.template import (
    FUNCTION_FILE,
    UNKNOWN_PLACE,
    Package,
    output_texts,
)

# A region's ``id`` is its name in versions 5 and 6 of the provider; version 6 deprecates ``name``.
_SUBSTITUTES: Mapping[str, str] = {
    UNKNOWN_PLACE.partition: "data.aws_partition.current.partition",
    UNKNOWN_PLACE.region: "data.aws_region.current.id",
    UNKNOWN_PLACE.account: "data.aws_caller_identity.current.account_id",
}
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ESCAPES: Mapping[str, str] = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_LINE = 100


class Expression(msgspec.Struct, frozen=True):
    """Text in Terraform's language that is written unchanged."""

    text: str


class Encoded(msgspec.Struct, frozen=True):
    """JSON values that Terraform encodes as text."""

    values: Any


class Block(msgspec.Struct, frozen=True):
    """A block: its type and labels, its arguments, and the blocks inside it."""

    head: tuple[str, ...]
    arguments: Mapping[str, Any] = msgspec.field(default_factory=dict)
    blocks: tuple[Block, ...] = ()


def terraform(deployment: Deployment, package: Package) -> str:
    """Return a Terraform configuration, for a folder with the zips."""
    blocks = [
        _requirements(),
        *(Block(("data", f"aws_{name}", "current")) for name in ("partition", "region", "caller_identity")),
        _log(deployment),
        *_role("function", deployment.function_role, deployment, function_trust(), _function_policy(deployment)),
        *_layers(deployment, package),
        _function(deployment, package),
    ]
    for platform in deployment.platforms:
        blocks += _platform(platform, deployment)
    blocks += _outputs(deployment)
    return "\n".join("".join(f"{line}\n" for line in _block_lines(block)) for block in blocks)


def quote(text: str) -> str:
    """Return a text as a literal of Terraform's language, with substitutions for an unknown place.

    A dollar or percent sign before a brace is written by its number, so that Terraform does not substitute.
    """
    if text in _SUBSTITUTES:
        return _SUBSTITUTES[text]
    return f'"{re.sub(_SPECIAL, _special, text)}"'


_SPECIAL = re.compile(rf'[$%](?={{)|["\\\x00-\x1f\x7f{"".join(_SUBSTITUTES)}]')


def _special(found: re.Match[str]) -> str:
    character = found[0]
    if character in _SUBSTITUTES:
        return f"${{{_SUBSTITUTES[character]}}}"
    return _ESCAPES.get(character, f"\\u{ord(character):04x}")


def _requirements() -> Block:
    provider = {"aws": {"source": "hashicorp/aws", "version": ">= 5.0"}}
    return Block(("terraform",), {"required_version": ">= 1.3"}, (Block(("required_providers",), provider),))


def _log(deployment: Deployment) -> Block:
    arguments = {"name": deployment.log_group, "retention_in_days": deployment.retention_days}
    return Block(("resource", "aws_cloudwatch_log_group", "function"), arguments)


def _function_policy(deployment: Deployment) -> Policy:
    return function_policy(deployment, UNKNOWN_PLACE)


def _role(label: str, name: str, deployment: Deployment, trust: Policy, policy: Policy) -> list[Block]:
    role = {
        "name": name,
        "description": deployment.role_description,
        "assume_role_policy": Encoded(trust),
    }
    allowed = {"name": POLICY_NAME, "role": Expression(f"aws_iam_role.{label}.id"), "policy": Encoded(policy)}
    return [
        Block(("resource", "aws_iam_role", label), role),
        Block(("resource", "aws_iam_role_policy", label), allowed),
    ]


def _layer_labels(package: Package) -> list[str]:
    return [f"layer{ending.replace('-', '_')}" for ending in package.endings]


def _layers(deployment: Deployment, package: Package) -> list[Block]:
    """Return the layers; a replaced version stays in AWS, since a running job may use a function that has it."""
    parts = zip(_layer_labels(package), deployment.layer_names(len(package.layers)), package.layer_files, strict=True)
    return [
        Block(
            ("resource", "aws_lambda_layer_version", label),
            {
                "layer_name": name,
                **_zip(file),
                "compatible_runtimes": [deployment.target.runtime],
                "compatible_architectures": [deployment.target.architecture],
                "skip_destroy": True,
            },
        )
        for label, name, file in parts
    ]


def _function(deployment: Deployment, package: Package) -> Block:
    arguments = {
        "function_name": deployment.name,
        "description": deployment.description,
        "role": Expression("aws_iam_role.function.arn"),
        "runtime": deployment.target.runtime,
        "handler": HANDLER,
        "architectures": [deployment.target.architecture],
        "memory_size": deployment.memory_megabytes,
        "timeout": deployment.timeout_seconds,
        **_zip(FUNCTION_FILE),
        "layers": [Expression(f"aws_lambda_layer_version.{label}.arn") for label in _layer_labels(package)],
        "publish": True,
    }
    if deployment.reserved is not None:
        arguments["reserved_concurrent_executions"] = deployment.reserved
    arguments["depends_on"] = [
        Expression("aws_cloudwatch_log_group.function"),
        Expression("aws_iam_role_policy.function"),
    ]
    environment = Block(("environment",), {"variables": deployment.variables})
    return Block(("resource", "aws_lambda_function", "reward"), arguments, (environment,))


def _zip(file: str) -> dict[str, Any]:
    path = f'"${{path.module}}/{file}"'
    return {"filename": Expression(path), "source_code_hash": Expression(f"filebase64sha256({path})")}


def _platform(platform: Platform, deployment: Deployment) -> list[Block]:
    policy = platform_policy(deployment, UNKNOWN_PLACE)
    match platform:
        case "bedrock" | "sagemaker":
            trust = platform_trust(platform, UNKNOWN_PLACE)
            return _role(platform, deployment.role_of(platform), deployment, trust, policy)
        case "hyperpod":
            arguments = {
                "name": deployment.role_of(platform),
                "description": f"Attach it to the role of the HyperPod cluster that calls {deployment.name}.",
                "policy": Encoded(policy),
            }
            return [Block(("resource", "aws_iam_policy", platform), arguments)]
        case _:
            assert_never(platform)


def _outputs(deployment: Deployment) -> list[Block]:
    values = {
        "function_arn": "aws_lambda_function.reward.arn",
        "version_arn": "aws_lambda_function.reward.qualified_arn",
    }
    for platform in deployment.platforms:
        match platform:
            case "bedrock" | "sagemaker":
                values[f"{platform}_role_arn"] = f"aws_iam_role.{platform}.arn"
            case "hyperpod":
                values["hyperpod_policy_arn"] = "aws_iam_policy.hyperpod.arn"
            case _:
                assert_never(platform)
    return [
        Block(("output", name), {"description": text, "value": Expression(value)})
        for (name, value), text in zip(values.items(), output_texts(deployment), strict=True)
    ]


def _block_lines(block: Block) -> list[str]:
    kind, *labels = block.head
    head = " ".join([kind, *(f'"{label}"' for label in labels)])
    inner = _member_lines(block.arguments)
    for each in block.blocks:
        inner += [*([""] if inner else []), *_block_lines(each)]
    return [f"{head} {{", *_indent(inner), "}"] if inner else [f"{head} {{}}"]


def _member_lines(members: Mapping[str, Any]) -> list[str]:
    """Return the lines of members; the equals signs of neighbouring single lines are aligned."""
    written = [(_name(name), _value_lines(value)) for name, value in members.items()]
    lines: list[str] = []
    for index, (name, value) in enumerate(written):
        width = _column(written, index) if len(value) == 1 else len(name)
        lines += [f"{name:{width}} = {value[0]}", *value[1:]]
    return lines


def _column(written: Sequence[tuple[str, list[str]]], index: int) -> int:
    """Return the width of the longest name among the neighbouring single lines of a member."""
    first = last = index
    while first > 0 and len(written[first - 1][1]) == 1:
        first -= 1
    while last + 1 < len(written) and len(written[last + 1][1]) == 1:
        last += 1
    return max(len(name) for name, _ in written[first : last + 1])


def _name(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else quote(name)


def _value_lines(value: Any) -> list[str]:
    if isinstance(value, Expression):
        return [value.text]
    if isinstance(value, Encoded):
        first, *rest = _value_lines(value.values)
        return [f"jsonencode({first}", *rest[:-1], f"{rest[-1]})"]
    if isinstance(value, Mapping):
        return ["{", *_indent(_member_lines(value)), "}"]
    if isinstance(value, list):
        return _list_lines(value)
    if isinstance(value, str):
        return [quote(value)]
    return [str(value).lower()]  # true, false, or a number


def _list_lines(values: Sequence[Any]) -> list[str]:
    """Return a list in one line if it fits, and in a line per value otherwise."""
    written = [_value_lines(value) for value in values]
    short = "[" + ", ".join(each[0] for each in written) + "]"
    if all(len(each) == 1 for each in written) and len(short) <= _LINE:
        return [short]
    inner = [line for each in written for line in [*each[:-1], f"{each[-1]},"]]
    return ["[", *_indent(inner), "]"]


def _indent(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" if line else line for line in lines]
