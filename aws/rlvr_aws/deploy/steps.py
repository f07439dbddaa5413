"""A deployment as a plan: every resource held against what the account has, in the order of their needs."""

from __future__ import annotations

from collections.abc import Sequence

from rlvr_aws.account.plan import Step
from rlvr_aws.account.session import Aws
from rlvr_aws.deploy.deployment import Deployment
from rlvr_aws.deploy.function_plan import FunctionPlan
from rlvr_aws.deploy.layers import Layers
from rlvr_aws.deploy.policies import Place, function_policy, function_trust, platform_policy, platform_trust
from rlvr_aws.deploy.roles import role_steps
from rlvr_aws.layer.build import Layer

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
    "s3:GetObject",  # this and the next two for a layer that is sent by a bucket
    "s3:ListBucket",
    "s3:PutObject",
    "sts:GetCallerIdentity",
)
# AWS asks for these on behalf of other calls: a function's layers are read, and only who may list a bucket is told that
# an object is not there.
IMPLIED = frozenset({"lambda:GetLayerVersion", "s3:ListBucket"})
# The service that the function's role is handed to, which needs iam:PassRole.
PASSED_TO = "lambda.amazonaws.com"


class DeploymentPlan:
    """The steps of a deployment, and what it leads to."""

    def __init__(self, aws: Aws, deployment: Deployment, layer: Layer, package: bytes, bucket: str = "") -> None:
        self._aws = aws
        self._deployment = deployment
        self._package = package
        self.place = Place(aws.partition, aws.region, aws.account)
        self._layers = Layers(aws, deployment, layer, bucket)
        self._function = FunctionPlan(aws, deployment, self.place.role(deployment.function_role))

    def steps(self) -> list[Step]:
        """Compare everything with what the account has.

        Raises:
            AwsError: The account cannot be asked.
            DeploymentError: A layer is too large to be sent, and there is no bucket to send it by.
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
        """Return the function's address in the form that each platform takes, and the addresses of their roles.

        SageMaker's and the open-weight SDKs refuse a version behind the name; Bedrock takes one, and a job that names
        it is not changed by a later deployment.
        """
        deployment, address = self._deployment, self.place.function(self._deployment.name)
        arns = {"function": address}
        for platform in deployment.platforms:
            versioned = platform == "bedrock" and self._function.version
            arns[platform] = f"{address}:{self._function.version}" if versioned else address
            if platform != "hyperpod":
                arns[f"{platform} role"] = self.place.role(deployment.role_of(platform))
        return arns

    def _role(self, name: str, trust: dict[str, object], policy: dict[str, object]) -> list[Step]:
        return role_steps(self._aws, name, trust, policy, self._deployment.role_description)

    def _platform_roles(self) -> list[Step]:
        """Make the roles that jobs run as; HyperPod's run as the cluster's own."""
        return [
            step
            for platform in self._deployment.platforms
            if platform != "hyperpod"
            for step in self._role(
                self._deployment.role_of(platform),
                platform_trust(platform, self.place),
                platform_policy(self._deployment, self.place),
            )
        ]

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

        told = (f"kept for {days} days",)
        if have is None:
            return Step(kind="log group", name=name, action="create", changes=told, apply=create)
        if have.get("retentionInDays") == days:
            return Step(kind="log group", name=name, action="keep")
        return Step(kind="log group", name=name, action="update", changes=told, apply=retain)


def notes_of(deployment: Deployment) -> Sequence[str]:
    """Return what is left for a person to do or to know, by platform."""
    notes = []
    if "hyperpod" in deployment.platforms:
        notes.append(
            "hyperpod: jobs run as the cluster's role: attach what `rlvr aws policy hyperpod` prints to it, and give "
            "the cluster's VPC an endpoint for Lambda"
        )
    if "sagemaker" in deployment.platforms and deployment.environment.get("RLVR_ENVELOPE", "list") == "list":
        notes.append("sagemaker: Nova takes this list; the verifier of open models wants --envelope http-string")
    return notes
