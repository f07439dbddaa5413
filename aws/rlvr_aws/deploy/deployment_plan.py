"""The plan of a deployment: all resources compared with the account, in the order of their dependencies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from rlvr_aws.account.plan import Step
from rlvr_aws.account.session import Aws
from rlvr_aws.deploy.deployment import Deployment, Platform
from rlvr_aws.deploy.function_plan import FunctionPlan
from rlvr_aws.deploy.layer_plan import LayerPlan
from rlvr_aws.deploy.policies import Place, function_policy, function_trust, platform_policy, platform_trust
from rlvr_aws.deploy.role_plan import role_steps
from rlvr_aws.layer.build import Layer
from rlvr_handler.settings import Envelope, settings_from

# The permissions that a deployment needs, by IAM's names.
CALLS: tuple[str, ...] = (
    "iam:CreateRole",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "lambda:CreateFunction",
    "lambda:GetFunction",
    "lambda:GetFunctionConcurrency",
    "lambda:GetLayerVersion",
    "lambda:ListLayerVersions",
    "lambda:ListVersionsByFunction",
    "lambda:PublishLayerVersion",
    "lambda:PublishVersion",
    "lambda:PutFunctionConcurrency",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "logs:CreateLogGroup",
    "logs:DescribeLogGroups",
    "logs:PutRetentionPolicy",
    "s3:GetObject",  # this and the next two are for a layer that is uploaded to a bucket
    "s3:ListBucket",
    "s3:PutObject",
    "sts:GetCallerIdentity",
)
# The service that the function's role is passed to, which needs iam:PassRole.
PASSED_TO = "lambda.amazonaws.com"


class DeploymentPlan:
    """The steps of a deployment, and the ARNs of its resources."""

    def __init__(self, aws: Aws, deployment: Deployment, layer: Layer, package: bytes, bucket: str = "") -> None:
        self._aws = aws
        self._deployment = deployment
        self._package = package
        self.place = Place(aws.partition, aws.region, aws.account)
        self._layers = LayerPlan(aws, deployment, layer, bucket)
        self._function = FunctionPlan(aws, deployment, self.place.role(deployment.function_role))

    def steps(self) -> list[Step]:
        """Return the steps that bring the account to the deployment.

        Raises:
            AwsError: A call to AWS failed.
            DeploymentError: A layer is too large to upload, and there is no bucket for it.
        """
        own = function_policy(self._deployment, self.place)
        return [
            self._log_group(),
            *self._role(self._deployment.function_role, function_trust(), own),
            *self._layers.steps(),
            *self._function.steps(self._package, self._layers.addresses),
            *self._platform_roles(),
        ]

    def arns(self) -> dict[str, str]:
        """Return the function's ARN in the form that each platform accepts, and the ARNs of their roles.

        Bedrock accepts a version, so that a later deployment does not change a job. SageMaker's and the open-weight
        SDKs refuse one.
        """
        deployment, plain = self._deployment, self.place.function(self._deployment.name)
        arns = {"function": plain}
        for platform in deployment.platforms:
            match platform:
                case "bedrock":
                    version = self._function.version
                    arns[platform] = f"{plain}:{version}" if version else plain
                    arns[f"{platform} role"] = self.place.role(deployment.role_of(platform))
                case "sagemaker":
                    arns[platform] = plain
                    arns[f"{platform} role"] = self.place.role(deployment.role_of(platform))
                case "hyperpod":
                    arns[platform] = plain
                case _:
                    assert_never(platform)
        return arns

    def _role(self, name: str, trust: dict[str, object], policy: dict[str, object]) -> list[Step]:
        return role_steps(self._aws, name, trust, policy, self._deployment.role_description)

    def _platform_roles(self) -> list[Step]:
        """Return the steps for the roles that jobs run as."""
        steps: list[Step] = []
        policy = platform_policy(self._deployment, self.place)
        for platform in self._deployment.platforms:
            match platform:
                case "bedrock" | "sagemaker":
                    name = self._deployment.role_of(platform)
                    steps += self._role(name, platform_trust(platform, self.place), policy)
                case "hyperpod":
                    pass  # its jobs run as the role of the cluster
                case _:
                    assert_never(platform)
        return steps

    def _log_group(self) -> Step:
        name, days = self._deployment.log_group, self._deployment.retention_days
        pages = self._aws.pages("logs", "describe_log_groups", logGroupNamePrefix=name)
        groups = (group for page in pages for group in page["logGroups"])
        have = next((group for group in groups if group["logGroupName"] == name), None)

        def retain() -> None:
            self._aws.call("logs", "put_retention_policy", logGroupName=name, retentionInDays=days)

        def create() -> None:
            self._aws.call("logs", "create_log_group", logGroupName=name)
            retain()

        changes = (f"kept for {days} days",)
        if have is None:
            return Step(kind="log group", name=name, action="create", changes=changes, apply=create)
        if have.get("retentionInDays") == days:
            return Step(kind="log group", name=name, action="keep")
        return Step(kind="log group", name=name, action="update", changes=changes, apply=retain)


def notes_of(deployment: Deployment) -> Sequence[str]:
    """Return notes on what the user must do or know, by platform."""
    return [note for platform in deployment.platforms for note in _platform_notes(platform, deployment)]


def _platform_notes(platform: Platform, deployment: Deployment) -> Sequence[str]:
    match platform:
        case "bedrock":
            return ()
        case "sagemaker":
            return _envelope_notes(settings_from(deployment.environment).envelope)
        case "hyperpod":
            role = "attach the output of `rlvr aws policy hyperpod` to the cluster's role, as which jobs run"
            return (f"hyperpod: {role}, and give the cluster's VPC an endpoint for Lambda",)
        case _:
            assert_never(platform)


def _envelope_notes(envelope: Envelope) -> Sequence[str]:
    match envelope:
        case "list":
            return ("sagemaker: Nova accepts this list; the verifier of open models needs --envelope http-string",)
        case "http-string" | "http-list":
            return ()
        case _:
            assert_never(envelope)
