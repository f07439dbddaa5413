"""Every member of the closed sets of a deployment, against results that were written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from moto import mock_aws

from rlvr_aws.account.plan import Action, Step
from rlvr_aws.account.session import Aws
from rlvr_aws.deploy.deployment import PLATFORMS, Deployment, Platform, RolePlatform, platform_name
from rlvr_aws.deploy.deployment_options import purpose_of
from rlvr_aws.deploy.deployment_plan import DeploymentPlan, notes_of
from rlvr_aws.deploy.policies import Place, platform_trust
from rlvr_aws.deploy.template import Package, cloudformation, output_texts
from rlvr_aws.deploy.template_command import TemplateFormat, _next_steps, _render, file_name
from rlvr_aws.deploy.terraform import terraform
from rlvr_aws.layer.build import Layer
from rlvr_aws.layer.target import Architecture, LayerTarget
from rlvr_handler.settings import Envelope

NAME = "SageMaker-rlvr-test"
FUNCTION = f"arn:aws:lambda:us-east-1:123456789012:function:{NAME}"
ROLES = "arn:aws:iam::123456789012:role"
PACKAGE = Package(function="f" * 64, layers=("1" * 64,))

NAMES: dict[Platform, str] = {"bedrock": "Bedrock", "sagemaker": "SageMaker", "hyperpod": "HyperPod"}
# What a deployment for one platform leads to, before its first version is published.
ARNS: dict[Platform, dict[str, str]] = {
    "bedrock": {"function": FUNCTION, "bedrock": FUNCTION, "bedrock role": f"{ROLES}/{NAME}-bedrock"},
    "sagemaker": {"function": FUNCTION, "sagemaker": FUNCTION, "sagemaker role": f"{ROLES}/{NAME}-sagemaker"},
    "hyperpod": {"function": FUNCTION, "hyperpod": FUNCTION},
}
# The resource of CloudFormation that lets it call the function, with its type and the form of its ARN.
RESOURCES: dict[Platform, tuple[str, str, dict[str, Any]]] = {
    "bedrock": ("BedrockRole", "AWS::IAM::Role", {"Fn::GetAtt": ["BedrockRole", "Arn"]}),
    "sagemaker": ("SageMakerRole", "AWS::IAM::Role", {"Fn::GetAtt": ["SageMakerRole", "Arn"]}),
    "hyperpod": ("HyperPodPolicy", "AWS::IAM::ManagedPolicy", {"Ref": "HyperPodPolicy"}),
}
TERRAFORM: dict[Platform, tuple[str, str]] = {
    "bedrock": ('resource "aws_iam_role" "bedrock"', 'output "bedrock_role_arn"'),
    "sagemaker": ('resource "aws_iam_role" "sagemaker"', 'output "sagemaker_role_arn"'),
    "hyperpod": ('resource "aws_iam_policy" "hyperpod"', 'output "hyperpod_policy_arn"'),
}
TEXTS: dict[Platform, str] = {
    "bedrock": "The role that Bedrock runs its jobs as.",
    "sagemaker": "The role that SageMaker runs its jobs as.",
    "hyperpod": "The policy to attach to the HyperPod cluster's role.",
}
SERVICES: dict[RolePlatform, str] = {"bedrock": "bedrock.amazonaws.com", "sagemaker": "sagemaker.amazonaws.com"}
# Words of the note of each platform, by the envelope of the deployment; "" for none.
NOTES: dict[Platform, dict[Envelope, str]] = {
    "bedrock": {"list": "", "http-string": "", "http-list": ""},
    "sagemaker": {"list": "--envelope http-string", "http-string": "", "http-list": ""},
    "hyperpod": dict.fromkeys(get_args(Envelope), "rlvr aws policy hyperpod"),
}
PURPOSES: dict[Envelope, str] = {
    "list": "Nova",
    "http-string": "SageMaker's SDK",
    "http-list": "the list itself as body",
}


def _deployment(*platforms: Platform, envelope: Envelope = "list") -> Deployment:
    environment = {} if envelope == "list" else {"RLVR_ENVELOPE": envelope}
    return Deployment(name=NAME, suite="suite.yaml", platforms=platforms, environment=environment)


def test_the_sets_are_the_ones_that_are_written_here() -> None:
    """A new member needs an entry of its own in each table."""
    for table in (NAMES, ARNS, RESOURCES, TERRAFORM, TEXTS, NOTES):
        assert {*get_args(Platform)} == {*PLATFORMS} == table.keys()
    assert {*get_args(RolePlatform)} == SERVICES.keys()
    assert {*get_args(Envelope)} == PURPOSES.keys()
    assert all({*get_args(Envelope)} == notes.keys() for notes in NOTES.values())


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platform_has_its_arns(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its jobs run as a role of the deployment, or as the cluster's."""
    for name, value in (("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "b"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    layer = Layer(target=LayerTarget(), archives=(), table=(), trial=None)
    with mock_aws():
        plan = DeploymentPlan(Aws(), _deployment(platform), layer, b"")
        roles = [step.name for step in plan.steps() if step.kind == "role"]

    assert plan.arns() == ARNS[platform]
    assert [f"{ROLES}/{name}" for name in roles[1:]] == [
        arn for name, arn in ARNS[platform].items() if name.endswith("role")
    ]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platform_has_its_resource(platform: Platform) -> None:
    """In CloudFormation and in Terraform."""
    template = yaml.safe_load(cloudformation(_deployment(platform), PACKAGE))
    name, kind, arn = RESOURCES[platform]
    written = terraform(_deployment(platform), PACKAGE)

    assert platform_name(platform) == NAMES[platform]
    assert template["Resources"][name]["Type"] == kind
    assert template["Outputs"][f"{name}Arn"] == {"Description": TEXTS[platform], "Value": arn}
    assert output_texts(_deployment(platform))[2:] == [TEXTS[platform]]
    assert all(words in written for words in TERRAFORM[platform])


@pytest.mark.parametrize("platform", get_args(RolePlatform))
def test_each_platform_with_a_role_is_trusted_as_its_service(platform: RolePlatform) -> None:
    """And as no other."""
    (statement,) = platform_trust(platform, Place("aws", "us-east-1", "123456789012"))["Statement"]

    assert statement["Principal"] == {"Service": SERVICES[platform]}


@pytest.mark.parametrize("envelope", get_args(Envelope))
@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_platform_has_its_note(platform: Platform, envelope: Envelope) -> None:
    """Only a list on SageMaker may be the wrong envelope."""
    notes = notes_of(_deployment(platform, envelope=envelope))

    assert len(notes) == bool(NOTES[platform][envelope])
    assert NOTES[platform][envelope] in "".join(notes)


@pytest.mark.parametrize("envelope", get_args(Envelope))
def test_each_envelope_has_its_purpose(envelope: Envelope) -> None:
    """On the help page."""
    assert purpose_of(envelope).startswith(f"{envelope} for ")
    assert PURPOSES[envelope] in purpose_of(envelope)


# The file of each format, how it begins, and the program that deploys it.
FORMATS: dict[TemplateFormat, tuple[str, str, str]] = {
    "cloudformation": ("template.yaml", "AWSTemplateFormatVersion: '2010-09-09'\nDescription", "aws"),
    "sam": ("template.yaml", "AWSTemplateFormatVersion: '2010-09-09'\nTransform: AWS::Serverless", "sam"),
    "terraform": ("main.tf", "terraform {", "terraform"),
}


@pytest.mark.parametrize("form", get_args(TemplateFormat))
def test_each_format_has_its_file_and_its_program(form: TemplateFormat) -> None:
    """And its own beginning."""
    deployment = _deployment("bedrock")
    file, start, program = FORMATS[form]
    commands = _next_steps(form, Path("out"), deployment, PACKAGE.keys(), "")

    assert {*get_args(TemplateFormat)} == FORMATS.keys()
    assert file_name(form) == file
    assert _render(form, deployment, PACKAGE, "", "").startswith(start)
    assert {words[0] for words in commands} == {program}
    assert "out" in json.dumps(commands)


def test_each_architecture_has_its_wheels() -> None:
    """By uv's names."""
    platforms: dict[Architecture, str] = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}

    assert {*get_args(Architecture)} == platforms.keys()
    assert {each: LayerTarget("3.13", each).platform for each in get_args(Architecture)} == platforms


def test_each_action_says_whether_it_changes_something() -> None:
    """Keeping does not."""
    changes: dict[Action, bool] = {"create": True, "update": True, "keep": False}

    assert {*get_args(Action)} == changes.keys()
    assert {each: Step(kind="k", name="n", action=each).is_change for each in get_args(Action)} == changes
